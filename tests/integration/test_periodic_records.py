#!/usr/bin/python3
"""What lives for long tells of itself while it lives, and is counted once all the same."""
import json
import socket
import subprocess

from integration import main, read_exactly, read_to_end
from sidecar import binary
from test_http1 import HttpPair

EVERY_SECOND = {"file": {"path": "flows.jsonl"}, "periodic_interval": 1}


class PeriodicRecordsTest(HttpPair):
    def stop_both(self):
        self.a.stop()
        self.b.stop()

    def flows(self, *arguments, expect=0):
        done = subprocess.run([binary("firebreak"), "flows", *arguments], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def check_sums(self, records):
        """The intervals of one connection or request are the parts of its totals."""
        for side in ("sent", "received"):
            so_far = 0
            for record in records:
                so_far += record["interval"][f"bytes_{side}"]
                self.assertEqual(record[f"bytes_{side}"], so_far)
        for before, record in zip(records, records[1:]):
            self.assertEqual(record["duration_us"] - before["duration_us"], record["interval"]["duration_us"])

    def test_a_websocket_tells_of_itself_and_its_connection_every_interval(self):
        self.http_pair(flow_log=EVERY_SECOND)
        raw = self.connect(self.exit)
        raw.sendall(b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += raw.recv(4096)
        for count in (1, 2):
            raw.sendall(b"\x81\x05hello")
            read_exactly(raw, 7)
            for sidecar in (self.a, self.b):
                sidecar.wait_records(count, event="PERIODIC", protocol="WEBSOCKET")
        raw.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(raw), b"")
        for sidecar in (self.a, self.b):
            end, = sidecar.wait_records(1, event="REQUEST")
            periodic = sidecar.records("PERIODIC")
            requests = [r for r in periodic if "http" in r]
            connections = [r for r in periodic if "http" not in r]
            self.check_sums(requests)
            self.check_sums(connections)
            self.assertEqual({r["decision_id"] for r in requests}, {end["decision_id"]})
            self.assertEqual({r["flow_id"] for r in periodic}, {end["flow_id"]})
            self.assertEqual({r["verdict"] for r in periodic}, {"FORWARDED"})
            self.assertEqual(requests[-1]["http"]["status"], 101)
            self.assertEqual(end["http"]["request_bytes"], 14)
            self.assertGreaterEqual(end["duration_us"], requests[-1]["duration_us"])

    def test_nothing_is_counted_twice_by_any_question(self):
        self.http_pair(upstream=self.echo().address, flow_log=EVERY_SECOND)
        raw = self.connect(self.exit)
        raw.sendall(b"\x00no request of any kind")
        self.b.wait_records(2, event="PERIODIC", protocol="TCP", timeout=20)
        self.a.wait_records(2, event="PERIODIC", protocol="TCP", timeout=20)
        raw.close()
        close, = self.b.wait_closes(1)
        self.a.wait_closes(1)
        self.check_sums(self.b.records("PERIODIC"))
        self.assertEqual(close["bytes_sent"], 23)
        self.stop_both()
        logs = [self.a.path("flows.jsonl"), self.b.path("flows.jsonl")]
        edge, = map(json.loads, self.flows("top", *logs, "-o", "json").stdout.splitlines())
        self.assertEqual((edge["connections"], edge["bytes_sent"]), (1, 23))
        graph = json.loads(self.flows("map", *logs, "-o", "json").stdout)
        self.assertEqual([e["connections"] for e in graph["edges"]], [1])
        self.assertIn("joined 1, one-sided 0, differing 0", self.flows("reconcile", *logs).stderr)
        for sidecar, log in zip((self.a, self.b), logs):
            self.flows("verify", log, "--bundle", sidecar.path("bundle.pem"))
        store = self.a.path("store")
        self.flows("import", "--store", store, *logs)
        for view, sums in (("flows", "2,46"), ("edges", "2,46")):
            count = "count(*)" if view == "flows" else "sum(connections)"
            answer = self.flows("query", "--store", store, "-o", "csv",
                                f"SELECT {count} AS n, sum(bytes_sent) AS bytes FROM {view}").stdout
            self.assertEqual(answer.split(), ["n,bytes", sums])
        answer = self.flows("query", "--store", store, "-o", "csv",
                            "SELECT sum(interval_bytes_sent) AS bytes FROM progress GROUP BY direction").stdout
        self.assertEqual(answer.split(), ["bytes", "23", "23"])
        detected = subprocess.run([binary("firebreak"), "detect", "--flows", *logs], capture_output=True,
                                  text=True, timeout=60, check=False)
        self.assertEqual(detected.returncode, 0, detected.stdout + detected.stderr)


if __name__ == "__main__":
    main()
