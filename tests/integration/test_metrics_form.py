#!/usr/bin/python3
"""Metrics as Prometheus wants them: promtool finds nothing to say of a sidecar's or of a collector's."""
import http.client
import shutil
import subprocess
import unittest

from collector import Collector
from http_backends import HttpServer
from integration import IntegrationTest, main
from sidecar import allow_all, free_address, inbound, wait_until

PROMTOOL = shutil.which("promtool")


def remarks(exposition):
    """promtool's exit code and what it says: 0 and nothing where all is well formed, named and described."""
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=exposition, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@unittest.skipUnless(PROMTOOL, "promtool is not installed")
class PromtoolTest(IntegrationTest):
    def test_a_counter_of_the_wrong_name_is_found(self):
        code, said = remarks("# HELP things Things.\n# TYPE things counter\nthings 1\n")
        self.assertEqual((code, "_total" in said), (3, True), said)

    def test_sidecar_and_collector_are_clean_after_traffic_that_passed_and_was_refused(self):
        keeper = Collector(self.folder, "collector", self.pki.issue("ns/ops/sa/collector"), self.pki.pem)
        self.addCleanup(keeper.stop)
        keeper.start()
        backend = self.closing(HttpServer(free_address()))
        door = free_address()
        b = self.sidecar("b", self.server, [inbound(door, backend.address, protocol="AUTO")], [allow_all()],
                         inspection={"mode": "BLOCK", "data_loss": {"mode": "DETECT"}},
                         flow_log={"file": {"path": "flows.jsonl"}, "collector": keeper.sink()})
        for path, status in (("/items", 200), ("/items?id=1%27%20OR%201=1--%20", 403)):
            client = self.closing(http.client.HTTPConnection(*door))
            client.sock = self.tls(door, self.client)
            client.request("GET", path)
            self.assertEqual(client.getresponse().status, status)
        self.ending_at(door, b"GET / HTTP/1.1\r\n\r\n")  # without mutual TLS
        wait_until(lambda: keeper.metric("lines_total") >= 3, keeper.metrics)
        self.assertEqual(remarks(b.get(b.metrics_at, "/metrics")[1]), (0, ""))
        self.assertEqual(remarks(keeper.get(keeper.metrics_at, "/metrics")[1]), (0, ""))


if __name__ == "__main__":
    main()
