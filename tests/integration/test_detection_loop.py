#!/usr/bin/python3
"""The whole loop: a sidecar's log, the collector's store, the detector, the signed list, the fleet."""
import datetime
import http.client
import json
import os
import signal
import subprocess

from http_backends import HttpServer
from integration import free_address, main, seconds, wait_until
from sidecar import allow_from, binary, inbound, write_whole
from test_quarantine_channel import ChannelFixture

RESPONSE = """minimum_probability: 0.9
minimum_severity: HIGH
mode: READONLY
ttl_minutes: 30
identities_an_hour: 1
fleet_percent_an_hour: 50
list: quarantine.yaml
key: quarantine-key.pem
"""


class DetectionLoopTest(ChannelFixture):
    def path(self, name):
        return os.path.join(self.folder, name)

    def learn(self):
        """A baseline of a day of calls by both callers, up to now."""
        end = datetime.datetime.now(datetime.timezone.utc)
        with open(self.path("day.jsonl"), "w", encoding="utf-8") as out:
            for minute in range(1440):
                for number, caller in enumerate((self.client, self.ledger)):
                    time = end - datetime.timedelta(minutes=1440 - minute, seconds=number + 60)
                    out.write(json.dumps({
                        "time": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "flow_id": f"{minute * 2 + number + 1:032x}",
                        "event": "REQUEST", "direction": "INBOUND", "verdict": "FORWARDED",
                        "reporter": {"node": "b-0", "principal": self.server.principal},
                        "source": {"principal": caller.principal},
                        "destination": {"principal": self.server.principal, "port": 8080}, "protocol": "HTTP1",
                        "http": {"method": "GET", "path": "/items", "path_template": "/items"},
                        "duration_us": 3000}) + "\n")
        subprocess.run([binary("firebreak"), "detect", "--learn", "20h", "--save-baseline", self.path("baseline"),
                        self.path("day.jsonl")], check=True, capture_output=True, timeout=seconds(60))

    def follow(self, collector):
        with open(self.path("detect.txt"), "w", encoding="utf-8") as said:
            detector = subprocess.Popen(
                [binary("firebreak"), "detect", "--follow", "--store", collector.store, "--baseline",
                 self.path("baseline"), "--labels", self.path("labels.yaml"), "--respond",
                 self.path("response.yaml"), "--since", "1h", "--sink", self.path("incidents.jsonl"), "-o", "json"],
                stdout=subprocess.DEVNULL, stderr=said)
        self.addCleanup(detector.wait, seconds(20))
        self.addCleanup(detector.send_signal, signal.SIGINT)
        return detector

    def status(self, svid, method, path):
        client = self.closing(http.client.HTTPConnection(*self.door))
        client.sock = self.tls(self.door, svid)
        client.request(method, path)
        return client.getresponse().status

    def said(self):
        with open(self.path("detect.txt"), encoding="utf-8") as said:
            return said.read()

    def test_an_intruder_whom_the_collector_saw_is_held_by_every_sidecar(self):
        self.learn()
        write_whole(self.path("labels.yaml"), "honey_routes: [{path: /admin/backup}]\nidentities:\n"
                    f"- {{principal: {self.keeper.principal}, labels: [protected]}}\n")
        write_whole(self.path("response.yaml"), RESPONSE)
        collector = self.collector()
        self.door, backend = free_address(), self.closing(HttpServer(free_address()))
        b = self.sidecar("b", self.server, [inbound(self.door, backend.address, protocol="AUTO")],
                         [allow_from(self.client.principal, self.ledger.principal)],
                         quarantine=self.quarantine, flow_log=self.flow_log(collector))
        self.follow(collector)
        self.assertEqual(self.status(self.client, "POST", "/items"), 200)
        self.status(self.client, "GET", "/admin/backup")
        # Calls are held back for half a minute, for those that are late.
        wait_until(lambda: b.metric("firebreak_quarantine_serial") > 0, self.said, timeout=60)
        self.assertIn(f"READONLY {self.client.principal} for 30m", self.said())
        self.assertEqual(self.status(self.client, "POST", "/items"), 403)
        self.assertEqual(self.status(self.client, "GET", "/items"), 200)
        self.assertEqual(self.status(self.ledger, "POST", "/items"), 200)
        self.wait_current(collector, 1)


if __name__ == "__main__":
    main()
