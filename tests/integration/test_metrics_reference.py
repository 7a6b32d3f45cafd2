#!/usr/bin/python3
"""docs/reference/metrics.md lists what is served, all of it, and its alerts ask for nothing else.

FIREBREAK_UPDATE=1 writes the page anew instead.
"""
import http.client
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from collector import Collector
from http_backends import HttpServer
from integration import free_address, main, seconds, wait_until
from quarantine import QuarantineFixture
from sidecar import allow_all, binary, inbound

ROOT = Path(__file__).resolve().parents[2]
METRICS = ROOT / "docs/reference/metrics.md"
ALERTS = ROOT / "docs/reference/alerts.yaml"
PROMTOOL = shutil.which("promtool")


class MetricsReferenceTest(QuarantineFixture):
    def scrapes(self):
        """What a sidecar and a collector serve that have all that has metrics, and have seen traffic."""
        self.edit("add", self.ledger)
        keeper = Collector(self.folder, "collector", self.pki.issue("ns/ops/sa/collector"), self.pki.pem,
                           ["--quarantine-list", self.list])
        self.addCleanup(keeper.stop)
        keeper.start()
        for folder in ("packs", "baselines"):
            os.mkdir(os.path.join(self.folder, folder), 0o700)
        pack_key = os.path.join(self.folder, "pack-key")
        subprocess.run([binary("firebreak"), "inspect", "pack", "keygen", pack_key], check=True, capture_output=True)
        backend, door = self.closing(HttpServer(free_address())), free_address()
        learning = {"state": "LEARN", "folder": os.path.join(self.folder, "baselines")}
        b = self.sidecar("b", self.server, [inbound(door, backend.address, name="in", protocol="AUTO")], [allow_all()],
                         quarantine=self.quarantine,
                         inspection={"mode": "BLOCK", "learning": learning,
                                     "packs": ["builtin", os.path.join(self.folder, "packs")],
                                     "pack_keys": [Path(pack_key + ".pub").read_text(encoding="ascii").strip()]},
                         flow_log={"file": {"path": "flows.jsonl"}, "collector": keeper.sink()})
        client = http.client.HTTPConnection(*door)
        client.sock = self.tls(door, self.client)
        client.request("GET", "/items")
        self.assertEqual(client.getresponse().status, 200)
        client.close()
        b.wait_closes(1)
        wait_until(lambda: keeper.metric("lines_total") >= 2 and keeper.metric("quarantine_sidecars") == 1,
                   keeper.metrics)
        return [program.get(program.metrics_at, "/metrics")[1] for program in (b, keeper)]

    def test_the_page_lists_each_family_and_alerts_ask_for_no_other(self):
        scrapes = self.scrapes()
        files = [Path(self.folder, name) for name in ("sidecar.txt", "collector.txt")]
        for file, scrape in zip(files, scrapes):
            file.write_text(scrape, encoding="utf-8")
        check = [] if os.environ.get("FIREBREAK_UPDATE") else ["--check"]
        done = subprocess.run([sys.executable, "-B", ROOT / "tools/gen_metrics_reference.py", *check, *files],
                              capture_output=True, text=True, timeout=seconds(60), check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        served = set(re.findall(r"^# HELP (\w+) ", "\n".join(scrapes), re.MULTILINE))
        asked = set(re.findall(r"\bfirebreak_\w+", ALERTS.read_text(encoding="utf-8")))
        self.assertGreater(len(asked), 10)
        self.assertEqual(asked - served, set())


class FlowsPageTest(unittest.TestCase):
    """docs/FLOWS.md says where metrics are listed, and keeps no list of its own that would go its own way."""

    def test_it_names_metrics_as_the_reference_does(self):
        page = (ROOT / "docs/FLOWS.md").read_text(encoding="utf-8")
        known = set(re.findall(r"^\| `(firebreak_\w+)", METRICS.read_text(encoding="utf-8"), re.MULTILINE))
        self.assertGreater(len(known), 50)
        self.assertTrue("(reference/metrics.md#collector)" in page, "no link to the list")
        named = set(re.findall(r"`(firebreak_(?!views)\w+)", page))
        self.assertGreater(len(named), 2)
        self.assertEqual(named - known, set())
        words = set(re.findall(r"`(\w+)`", page))
        self.assertEqual({name for name in known if re.sub("^firebreak_(collector_)?", "", name) in words}, set())


@unittest.skipUnless(PROMTOOL, "promtool is not installed")
class AlertsTest(unittest.TestCase):
    def test_promtool_takes_the_rules(self):
        done = subprocess.run([PROMTOOL, "check", "rules", ALERTS], capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
