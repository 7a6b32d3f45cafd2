#!/usr/bin/python3
"""Sums by edge: exact whatever sampling leaves out, bounded whatever comes, and told by real sidecars."""
import json
import subprocess

from integration import main
from sidecar import allow_all, allow_from, binary
from test_http1 import HttpPair


class RollupTest(HttpPair):
    def logged_pair(self, policies=None, **flow_log):
        self.http_pair(policies, flow_log={"file": {"path": "flows.jsonl"}, "rollups": {}, **flow_log})

    def sums(self, sidecar):
        """The sidecar stops, and the sums of all its ROLLUP lines are added up by edge."""
        sidecar.stop()
        sums = {}
        for record in sidecar.records("ROLLUP"):
            edge = (record.get("source", {}).get("principal"), record.get("destination", {}).get("principal"),
                    record["verdict"], record["rollup"].get("others", False))
            total = sums.setdefault(edge, {})
            for name, value in record["rollup"].items():
                total[name] = total.get(name, 0) + value
        return sums

    def test_sampling_takes_nothing_away_from_the_sums(self):
        self.logged_pair(sample_one_in=1000)
        for _ in range(40):
            response, body = self.ask("GET", "/v1/charges")
            self.assertEqual(response.status, 200)
        sent = self.sums(self.a)[(self.client.principal, self.server.principal, "FORWARDED", False)]
        taken = self.sums(self.b)[(self.client.principal, self.server.principal, "FORWARDED", False)]
        for sums in (sent, taken):
            self.assertEqual((sums["requests"], sums["errors"], sums["latency_count"]), (40, 0, 40))
            self.assertEqual(sums["bytes_received"], 40 * len(body))
            self.assertGreaterEqual(sums["latency_sum_us"], 40)
            self.assertEqual(sums["within_10s"], 40)
        self.assertLess(len(self.a.records("REQUEST")), 40)

    def test_refusals_stand_apart_and_the_lines_are_part_of_the_chain(self):
        document = allow_from(self.client.principal)
        document["spec"]["rules"][0]["to"] = [{"operation": {"methods": ["GET"]}}]
        self.logged_pair([document])
        for method, status in (("GET", 200), ("DELETE", 403), ("DELETE", 403)):
            self.assertEqual(self.ask(method, "/")[0].status, status)
        sums = self.sums(self.b)
        for verdict, requests in (("FORWARDED", 1), ("DROPPED", 2)):
            self.assertEqual(sums[(self.client.principal, self.server.principal, verdict, False)]["requests"],
                             requests)
        log = self.b.path("flows.jsonl")
        done = subprocess.run([binary("firebreak"), "flows", "verify", log], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = subprocess.run([binary("firebreak"), "flows", "observe", "--event", "ROLLUP", "--all", "-o", "json",
                               "--verdict", "DROPPED", log], capture_output=True, text=True, timeout=60, check=True)
        shown = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([record["rollup"]["requests"] for record in shown], [2])

    def test_edges_beyond_the_limit_are_summed_together(self):
        self.logged_pair([allow_all()], rollups={"max_edges": 1})
        self.assertEqual(self.ask("GET", "/")[0].status, 200)
        self.b.wait_records(1, event="REQUEST")
        other = self.pki.issue("ns/shop/sa/other")
        for svid in (other, other):
            with self.tls(self.door, svid) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                client.recv(65536)
        self.b.wait_records(3, event="REQUEST")
        self.assertEqual(sum(sums["requests"] for sums in self.sums(self.b).values()), 3)
        minutes = {}  # a minute may end in between
        for record in self.b.records("ROLLUP"):
            minutes.setdefault(record["time"], []).append(record["rollup"].get("others", False))
        for others in minutes.values():
            self.assertEqual(others.count(False), 1)
        if len(minutes) == 1:
            self.assertEqual(minutes.popitem()[1].count(True), 1)


if __name__ == "__main__":
    main()
