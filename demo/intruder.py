"""The last chapter: somebody inside, who is seen by the way they take, and cut off."""
import json
import subprocess
import time

from flowlog import get, said
from live import Download, LedgerBeat
from places import WORKLOADS
from shop import principal_of

REACTION_SECONDS = 1.0
BAIT = "/admin/backup"
LABELS = f"""identities:
- {{principal: {principal_of("web")}, labels: [internet_facing]}}
- {{principal: {principal_of("ledger")}, labels: [crown_jewel, protected]}}
honey_routes:
- {{path: "{BAIT}"}}      # nobody has a reason to ask for it
"""


class Intruder:
    def __init__(self, story):
        self.story, self.shop, self.report = story, story.shop, story.report
        self.folder = self.shop.folder / "detection"

    def learn(self):
        """What has happened so far is what is usual."""
        self.folder.mkdir()
        self.firebreak("detect", "--learn", "1h", "--save-baseline", self.folder / "usual.baseline",
                       *self.logs("usual"))

    def logs(self, name, **marks):
        """Copies of the flow logs, each from a line on."""
        copies = []
        for workload in WORKLOADS:
            lines = self.story.flows.records(workload)[marks.get(workload, 0):]
            copy = self.folder / f"{name}-{workload}.jsonl"
            copy.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
            copies.append(copy)
        return copies

    def firebreak(self, *words):
        return subprocess.run([str(self.shop.binaries / "firebreak"), *map(str, words)], capture_output=True,
                              text=True, check=False, timeout=20)

    def tell(self):
        self.report.chapter("10. An intruder in web")
        marks = {w: len(self.story.flows.records(w)) for w in WORKLOADS}
        self.moves()
        self.detected(marks)
        self.cut_off()
        self.released()

    def moves(self):
        """Each by a program of the workload, through its own sidecar; the last with its SVID, around it."""
        report, shop, flows = self.report, self.shop, self.story.flows
        flows.mark(*WORKLOADS)
        done = shop.run("web", *shop.redis("web", 15002, "KEYS", "entry:*"))
        found = flows.wait("web", event="CLOSE", direction="OUTBOUND", reason="NO_RULE")
        report.check(done.returncode != 0 and found, "it reaches for ledger", "refused by web's own sidecar",
                     said(found[0] if found else None))
        self.story.curl("web", 15001, BAIT)
        found = flows.wait("orders", event="REQUEST", direction="INBOUND", http__path=BAIT)
        report.check(found, "it looks around in orders, which web may call", "FORWARDED, and 404 from orders",
                     f"{said(found[0] if found else None)}, {get(found[0], 'http.status') if found else '-'}")
        self.story.curl("orders", 15001, BAIT)
        found = flows.wait("payments", event="REQUEST", direction="INBOUND", http__path=BAIT)
        report.check(found and found[0]["verdict"] == "DROPPED",
                     "it has broken into orders, and looks around in payments from there",
                     "refused by payments' sidecar", said(found[0] if found else None))
        self.story.curl("orders", 15001, "/statement", "-r", "0-99", "-o", "/dev/null")
        found = flows.wait("payments", event="REQUEST", direction="INBOUND", http__path="/statement")
        report.check(found, "it finds what orders may ask for", "FORWARDED: policy allows it",
                     said(found[0] if found else None))
        seen = shop.connect("orders", "ledger", 15006, *self.story.svid_of("orders"), "--send", r"PING\r\n")
        found = flows.wait("ledger", event="CLOSE", direction="INBOUND", source__principal=principal_of("orders"))
        report.check(not seen["reply"] and found, "it reaches for ledger with orders' SVID",
                     "refused by ledger's sidecar", said(found[0] if found else None))

    def detected(self, marks):
        report = self.report
        labels = self.folder / "labels.yaml"
        labels.write_text(LABELS, encoding="utf-8")
        words = ["detect", "--baseline", self.folder / "usual.baseline", "--labels", labels,
                 *self.logs("since", **marks)]
        found = self.firebreak(*words)
        report.say("  firebreak " + " ".join(map(str, words[:-len(WORKLOADS)])) + f" {self.folder}/since-*.jsonl")
        report.quote(found.stdout)
        titles = [json.loads(line)["finding_info"]["title"]
                  for line in self.firebreak(*words, "-o", "json").stdout.splitlines()]
        report.check(found.returncode == 1 and any("web -> orders -> payments" in title for title in titles),
                     "an incident, with the way that was taken", "exit 1, web -> orders -> payments",
                     f"exit {found.returncode}, " + "; ".join(titles))

    def quarantine(self, action, workload, *more):
        words = ["quarantine", action, principal_of(workload), *more, "--list", self.shop.quarantine,
                 "--key", self.shop.quarantine_key]
        done = self.firebreak(*words)
        self.report.say("  firebreak " + " ".join(map(str, words)))
        self.report.quote(done.stdout)
        return done.returncode == 0

    def cut_off(self):
        report, shop, flows = self.report, self.shop, self.story.flows
        labels = ("--ttl", "15m", "--reason", "incident", "--labels", self.folder / "labels.yaml")
        flows.mark(*WORKLOADS)
        with Download(shop) as download, LedgerBeat(shop) as beat:
            download.wait_for_bytes()
            beat.wait_for(5)
            begun = time.monotonic()
            added = self.quarantine("add", "orders", *labels)
            code = download.wait_for_end(5)
            took = time.monotonic() - begun
            added = self.quarantine("add", "web", *labels) and added
            report.note("The intruder in orders downloads payments' statement, and is quarantined meanwhile; "
                        "then in web too.")
            report.check(added and code not in (None, 0) and took < REACTION_SECONDS, "the download is cut",
                         "an end within 1000 ms of the command", f"cut after {took * 1000:.0f} ms, curl exit {code}")
            beat.wait_for(len(beat.round_trips) + 20)
        report.check(beat.whole(), "payments' connection to ledger",
                     "every byte, on one connection, no pause over 1000 ms",
                     f"{len(beat.round_trips)} round trips exact, {beat.connections} connection, longest "
                     f"{beat.longest * 1000:.0f} ms" + (f"; {beat.error}" if beat.error else ""))
        # Whichever sidecar is first cuts it; for the other it is then a connection that broke.
        cut = [r for w in ("orders", "payments") for r in flows.wait(w, event="CLOSE", reason="QUARANTINED")]
        report.check(cut and cut[0]["quarantine"] == "ISOLATE", "the flow log of who cut it says why",
                     "DROPPED QUARANTINED", said(cut[0] if cut else None))
        flows.mark("web")
        self.story.wait_until(lambda: not shop.metric("web", "firebreak_quarantine_entries"))
        done = self.story.curl("web", 15001, "/", "-w", "%{http_code}")
        found = flows.wait("web", direction="OUTBOUND", reason="QUARANTINED")
        report.check("2 open orders" not in done.stdout and found, "web goes nowhere any more",
                     "no answer, QUARANTINED by its own sidecar", said(found[0] if found else None))

    def released(self):
        serial = self.shop.metric("web", "firebreak_quarantine_serial")
        for workload in ("orders", "web"):
            self.quarantine("remove", workload)
        self.story.wait_until(lambda: [w for w in WORKLOADS if self.shop.metric(w, "firebreak_quarantine_entries")])
        self.report.check(self.shop.metric("web", "firebreak_quarantine_serial") > serial, "both are released",
                          "a newer list in force", "in force")
        self.story.curl_check("web", "/checkout", "web asks orders, which asks payments",
                              "payments: order 1001 charged\n")
