"""The story: what is tried, and how it is checked. Exit codes, bodies and flow records decide, never
text that the demo itself has printed."""
import os
import subprocess
import time

from flowlog import FlowLogs, get, said
from intruder import Intruder
from live import Download, LedgerBeat
from places import VISITOR, WORKLOADS
from shop import principal_of

REACTION_SECONDS = 1.0  # what is promised for a change of policy
SIDECAR = 15006

# Who comes, the folder of the SVID, and what the flow log says of it: reason, and a word of the detail.
STRANGERS = (
    ("no certificate", None, "TLS_FAILURE", "PEER_DID_NOT_RETURN_A_CERTIFICATE"),
    ("an SVID of another trust domain (rival.example)", "rival", "IDENTITY_INVALID", ""),
    ("a forged shop.example SVID of orders", "forged", "IDENTITY_INVALID", ""),
    ("a real SVID of orders that has expired", "expired", "IDENTITY_INVALID", "xpired"),
)


def brief(text, limit=90):
    line = " ".join(text.split())
    return line if len(line) <= limit else line[:limit - 3] + "..."


class Story:
    def __init__(self, shop, report):
        self.shop, self.report = shop, report
        self.flows = FlowLogs(shop)
        self.intruder = Intruder(self)

    def tell(self):
        self.allowed()
        self.requests()
        self.intruder.learn()
        self.inside()
        self.web_to_ledger()
        self.strangers()
        self.policy_change()
        self.bad_policy()
        self.accounts()
        self.explained()
        self.intruder.tell()

    # --- small words ---------------------------------------------------------------------------------

    def curl(self, host, port, path, *options):
        return self.shop.run(host, "curl", "-sS", "-m", "5", *options, self.shop.url(host, port, path))

    def curl_check(self, host, path, tried, body):
        """A GET through a host's own sidecar that must succeed with this body."""
        done = self.curl(host, 15001, path)
        ok = done.returncode == 0 and done.stdout == body
        self.report.check(ok, tried, f"\"{brief(body)}\"",
                          f"\"{brief(done.stdout)}\"" if done.returncode == 0 else brief(done.stderr))

    def recorded(self, workload, tried, verdict, tries=1, event="CLOSE", **wanted):
        """There is a new record like this, with this verdict, and no more of them than there were tries."""
        found = self.flows.wait(workload, event=event, **wanted)
        ok = 1 <= len(found) <= tries and all(record["verdict"] == verdict for record in found)
        rule = wanted.get("policy__rule")
        self.report.check(ok, tried, " ".join(filter(None, [verdict, wanted.get("reason"),
                                                            f"rule {rule}" if rule else ""])),
                          said(found[0] if found else None) + ("" if ok else f" ({len(found)} records)"))

    # --- chapters ------------------------------------------------------------------------------------

    def allowed(self):
        self.report.chapter("1. What policy names goes through")
        self.flows.mark(*WORKLOADS)
        self.curl_check("web", "/", "web asks orders (curl, nginx)", "orders: 2 open orders\n")
        self.curl_check("web", "/checkout", "web asks orders, which asks payments (nginx, nginx)",
                        "payments: order 1001 charged\n")
        self.redis_check("SET", "OK", "entry:1001", "42.00")
        self.redis_check("GET", "42.00", "entry:1001")
        self.recorded("payments", "payments' flow log knows the caller by its certificate", "FORWARDED",
                      event="REQUEST", direction="INBOUND", http__path="/charge", http__status=200,
                      source__principal=principal_of("orders"),
                      destination__principal=principal_of("payments"), policy__rule="orders-may-charge",
                      tls__version="TLSv1.3")

    def requests(self):
        """Rules speak of requests too: on one connection some pass, and others do not."""
        report = self.report
        report.chapter("2. orders may ask payments for /charge and for quotes, and for nothing else")
        for method, path in (("GET", "/refund"), ("POST", "/charge"), ("GET", "/charge/../refund"),
                             ("GET", "/%63harge/%2e%2e/refund")):
            self.flows.mark("payments")
            done = self.curl("orders", 15001, path, "-X", method, "--path-as-is", "-w", "%{http_code}")
            found = self.flows.wait("payments", event="REQUEST", direction="INBOUND", reason="NO_RULE")
            record = found[0] if found else None
            told = get(record, "decision_id") if record else None
            ok = (done.stdout.endswith("403") and "refunded" not in done.stdout and len(found) == 1 and
                  told in done.stdout)
            report.check(ok, f"orders asks payments: {method} {path}",
                         "403 with the decision's id, which stands in payments' flow log",
                         f"{brief(done.stdout)}; {said(record)}")
        self.flows.mark("payments")
        self.curl_check("orders", "/charge", "orders asks payments: GET /charge",
                        "payments: order 1001 charged\n")
        self.grpc_check("Get", "FORWARDED", "OK 42.00 for order 1001")
        self.grpc_check("Reset", "DROPPED", "PERMISSION_DENIED ")

    def grpc_check(self, method, verdict, begins):
        """A call by a real gRPC client; when it is refused, what it is told has the id of the decision."""
        self.flows.mark("payments")
        done = self.shop.run("orders", *self.shop.grpc("orders", 15002, method, "order 1001"))
        found = self.flows.wait("payments", event="REQUEST", direction="INBOUND", protocol="GRPC",
                                grpc__service="shop.v1.Quotes", grpc__method=method)
        record = found[0] if found else None
        ok = done.stdout.startswith(begins) and len(found) == 1 and record["verdict"] == verdict
        if verdict == "DROPPED":
            ok = ok and record["decision_id"] in done.stdout
        self.report.check(ok, f"orders calls Quotes/{method} of payments (gRPC)",
                          f"{begins.strip()}, {verdict} in payments' flow log",
                          f"{brief(done.stdout or done.stderr)}; {said(record)}")

    def inside(self):
        """Policy lets the request through; what is inside it is another matter."""
        report, shop = self.report, self.shop
        report.chapter("3. An attack inside a request that policy allows")
        self.curl_check("orders", "/charge?order=1001", "orders asks payments: GET /charge?order=1001",
                        "payments: order 1001 charged\n")
        self.flows.mark("payments")
        target = "/charge?order=1001%27+union+select+card,+name+from+cards--+"
        done = self.curl("orders", 15001, target, "-w", "%{http_code}")
        found = self.flows.wait("payments", event="REQUEST", direction="INBOUND", reason="INSPECTION")
        record = found[0] if found else None
        match = record["inspection"]["matches"][0] if record else {}
        ok = (done.stdout.endswith("403") and len(found) == 1 and record["decision_id"] in done.stdout and
              (match["category"], match["field"]) == ("sql", "query:order"))
        report.check(ok, "and the same with SQL behind the number",
                     "403 with the decision's id; what was found, and where, in payments' flow log",
                     f"{brief(done.stdout)}; {said(record)}")
        words = ["inspect", "request", "-"]
        why = subprocess.run([str(shop.binaries / "firebreak"), *words], capture_output=True, text=True, check=False,
                             timeout=10, input=f"GET {target} HTTP/1.1\r\nHost: payments\r\n\r\n")
        report.say(f"  firebreak {' '.join(words)}")
        report.quote(why.stdout)
        report.check(why.returncode == 1 and match.get("id", "?") in why.stdout, "the command line says why",
                     f"exit 1, {match.get('id')}", f"exit {why.returncode}")

    def redis_check(self, verb, answer, *arguments):
        done = self.shop.run("payments", *self.shop.redis("payments", 15001, verb, *arguments))
        self.report.check(done.returncode == 0 and done.stdout == answer + "\n",
                          f"payments books in ledger: {verb} {' '.join(arguments)} (redis-cli, redis-server)",
                          f"\"{answer}\"", f"\"{brief(done.stdout or done.stderr)}\"")

    def web_to_ledger(self):
        report, shop = self.report, self.shop
        report.chapter("4. web -> ledger: the network would let it, policy does not")
        self.flows.mark(*WORKLOADS)
        seen = shop.connect("web", "ledger", SIDECAR, "--tcp")
        report.check(seen["connected"], "web opens a TCP connection to ledger's sidecar",
                     "the network connects it", "connected" if seen["connected"] else seen["error"])
        self.flows.wait("ledger", event="CLOSE")
        self.flows.mark("ledger")

        done = shop.run("web", *shop.redis("web", 15002, "GET", "entry:1001"))
        report.check(done.returncode != 0 and "42.00" not in done.stdout,
                     "web asks ledger through its own sidecar (redis-cli)", "no answer",
                     f"exit {done.returncode}, {brief(done.stderr)}")
        # redis-cli may try a second time.
        self.recorded("web", "web's flow log says why", "DROPPED", tries=2, direction="OUTBOUND",
                      reason="NO_RULE", source__principal=principal_of("web"))
        news = self.flows.since_mark("ledger")
        report.check(not news, "ledger never heard of it", "no record in its flow log",
                     f"{len(news)} records")

        ping = ("--send", r"PING\r\n")
        seen = shop.connect("web", "ledger", SIDECAR, *self.svid_of("web"), *ping)
        report.check(seen["connected"] and not seen["reply"],
                     "an intruder in web takes web's real SVID and goes around web's sidecar", "no answer",
                     seen["reply"] or seen["error"] or "connection closed without an answer")
        self.recorded("ledger", "ledger's sidecar refused it, by identity", "DROPPED", direction="INBOUND",
                      reason="NO_RULE", source__principal=principal_of("web"))
        seen = shop.connect("payments", "ledger", SIDECAR, *self.svid_of("payments"), *ping)
        report.check(seen["reply"] == "+PONG\r\n",
                     "control: the same client with payments' SVID, from payments",
                     "\"+PONG\"", f"\"{brief(seen['reply'] or seen['error'])}\"")
        if shop.place.isolates_apps:
            seen = shop.connect("web", "ledger", 6379, "--tcp")
            report.check(not seen["connected"], "web connects to redis itself, past ledger's sidecar",
                         "nobody listens there", seen["error"] or "connected")
        else:
            report.note("(Not shown with --plain: that nobody reaches redis past its sidecar. On one "
                        "loopback interface anybody does.)")

    def svid_of(self, workload):
        return self.certificate_in(self.shop.home(workload))

    @staticmethod
    def certificate_in(folder):
        return ("--chain", folder / "svid.pem", "--key", folder / "key.pem")

    def strangers(self):
        report, shop = self.report, self.shop
        report.chapter("5. Strangers at payments' door")
        request = ("--send", r"GET /charge HTTP/1.1\r\nHost: payments\r\nConnection: close\r\n\r\n")
        self.flows.mark("payments")
        seen = shop.connect(VISITOR, "payments", SIDECAR, *self.svid_of("orders"), *request)
        report.check("order 1001 charged" in seen["reply"],
                     "control: the client used here, with orders' real SVID", "200 from payments",
                     brief(seen["reply"].split("\r\n")[0] or seen["error"]))
        self.flows.wait("payments", event="CLOSE")
        for who, folder, reason, detail in STRANGERS:
            self.flows.mark("payments")
            certificate = self.certificate_in(shop.strange(folder)) if folder else ()
            seen = shop.connect(VISITOR, "payments", SIDECAR, *certificate, *request)
            found = self.flows.wait("payments", event="CLOSE", direction="INBOUND", reason=reason)
            record = found[0] if found else None
            ok = (seen["connected"] and not seen["reply"] and len(found) == 1 and
                  record["verdict"] == "DROPPED" and detail in record.get("detail", ""))
            report.check(ok, f"a client with {who}", f"no answer, {reason} in the flow log",
                         f"\"{brief(seen['reply'] or seen['error'])}\"; {said(record)}")
        self.flows.mark("payments")
        door = f"http://{shop.place.address('payments')}:{SIDECAR}/charge"
        done = shop.run(VISITOR, "curl", "-sS", "-m", "3", door)
        found = self.flows.wait("payments", event="CLOSE", direction="INBOUND", verdict="DROPPED")
        report.check(done.returncode != 0 and "charged" not in done.stdout and len(found) == 1,
                     "a client that speaks plain HTTP (curl)", "no answer, a record in the flow log",
                     f"exit {done.returncode}; {said(found[0] if found else None)}")

    def write_policy(self, text):
        """Replaces payments.yaml in one step, as an editor or a Kubernetes volume does."""
        fresh = self.shop.policies / ".payments.yaml.new"
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, self.shop.policies / "payments.yaml")

    def policy_change(self):
        report, shop = self.report, self.shop
        report.chapter("6. A policy is edited while connections live")
        self.flows.mark(*WORKLOADS)
        self.good_policy = (shop.policies / "payments.yaml").read_text(encoding="utf-8")
        # The rule now names a workload that does not exist.
        self.tight_policy = self.good_policy.replace("shop/sa/orders", "shop/sa/billing")
        with Download(shop) as download, LedgerBeat(shop) as beat:
            download.wait_for_bytes()
            beat.wait_for(5)
            edited = time.monotonic()
            self.write_policy(self.tight_policy)
            code = download.wait_for_end(5)
            took = time.monotonic() - edited
            seen = len(beat.round_trips)
            report.note("orders downloads a long statement from payments (curl); payments keeps a connection "
                        "to ledger (redis-cli). Then orders is taken out of payments' policy.")
            size = shop.statement.stat().st_size
            cut = code not in (None, 0) and 0 < download.received < size
            report.check(cut and took < REACTION_SECONDS, "orders' download is cut", "an end within 1000 ms",
                         f"cut {took * 1000:.0f} ms after the edit, curl exit {code}, "
                         f"{download.received} of {size} bytes")
            beat.wait_for(seen + 20)
        intact = download.is_prefix_of_statement()
        report.check(intact, "what orders had received until then",
                     "the first bytes of the statement, exactly",
                     "the same bytes" if intact else "other bytes")
        self.recorded("payments", "payments' flow log says why", "DROPPED", event="REQUEST",
                      direction="INBOUND", reason="POLICY_CHANGED", http__path="/statement",
                      source__principal=principal_of("orders"))
        report.check(beat.whole(), "payments' connection to ledger, through the same sidecar",
                     "every byte, on one connection, no pause over 1000 ms",
                     f"{len(beat.round_trips)} round trips exact, {beat.connections} connection, longest "
                     f"{beat.longest * 1000:.0f} ms" + (f"; {beat.error}" if beat.error else ""))
        self.both_tell_the_same(beat)
        self.refused_now("orders tries again")

    def both_tell_the_same(self, beat):
        """What the sidecars at the two ends of one connection wrote down about it."""
        def told(workload, direction):
            found = self.flows.wait(workload, event="CLOSE", direction=direction, verdict="FORWARDED")
            return [(r["bytes_sent"], r["bytes_received"]) for r in found]

        ours, theirs = told("payments", "OUTBOUND"), told("ledger", "INBOUND")
        self.report.check(len(ours) == 1 and ours == theirs and ours[0][0] >= beat.sent,
                          "and its flow records, by the sidecars of payments and of ledger",
                          f"FORWARDED, the same counts, at least {beat.sent} bytes",
                          f"{ours} and {theirs} (sent, received)")

    def refused_now(self, tried):
        self.flows.mark("payments")
        done = self.curl("orders", 15001, "/charge", "-w", "%{http_code}")
        found = self.flows.wait("payments", event="CLOSE", direction="INBOUND", reason="NO_RULE")
        ok = done.stdout[-3:] in ("502", "503") and "charged" not in done.stdout and len(found) == 1
        self.report.check(ok, tried, "502 or 503 from its own sidecar, NO_RULE in payments' flow log",
                          f"{brief(done.stdout)}; {said(found[0] if found else None)}")

    def bad_policy(self):
        report, shop = self.report, self.shop
        report.chapter("7. A policy with a typing error")
        refused = {w: shop.metric(w, "firebreak_policy_rejections_total") for w in WORKLOADS}
        seen = len(shop.log("payments").read_text(encoding="utf-8"))
        self.write_policy(self.good_policy.replace("source: {principals", "source: {principles", 1))
        wanting = self.wait_until(lambda: [
            w for w in WORKLOADS
            if shop.metric(w, "firebreak_policy_rejections_total") == refused[w]])
        report.check(not wanting, "somebody lets orders in again, but writes \"principles\"",
                     "all four sidecars refuse the file", f"refused by {len(WORKLOADS) - len(wanting)}")
        log = shop.log("payments").read_text(encoding="utf-8")[seen:]
        error = [line for line in log.splitlines() if "error[" in line]
        report.check(len(error) == 1 and "payments.yaml:" in error[0] and 'did you mean "principals"' in log,
                     "payments' sidecar says what is wrong", "one error, with its place and a hint",
                     f"{len(error)} error")
        report.quote(log)
        self.refused_now("the last good policy stays: orders asks payments")
        done = shop.run("payments", *shop.redis("payments", 15001, "GET", "entry:1001"))
        report.check(done.returncode == 0 and done.stdout == "42.00\n", "payments asks ledger, still allowed",
                     "\"42.00\"", f"\"{brief(done.stdout or done.stderr)}\"")
        loads = shop.metric("payments", "firebreak_policy_reloads_total")
        self.write_policy(self.good_policy)
        self.wait_until(lambda: shop.metric("payments", "firebreak_policy_reloads_total") == loads)
        self.curl_check("orders", "/charge", "the typing error is put right: orders asks payments",
                        "payments: order 1001 charged\n")

    @staticmethod
    def wait_until(pending, seconds=3):
        """Waits until pending() is falsy, and returns what it said last."""
        deadline = time.monotonic() + seconds
        while (left := pending()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return left

    def accounts(self):
        report, shop = self.report, self.shop
        report.chapter("8. The flow log: who, whom, verdict, rule")
        for workload in WORKLOADS:
            self.wait_until(lambda w=workload: self.ended(w) > self.closed(w))
        logs = [str(shop.flow_log(w)) for w in WORKLOADS]
        shown = 0
        for title, filters in (("what was let in", ("--verdict", "FORWARDED", "--direction", "INBOUND")),
                               ("what was refused, or cut", ("--verdict", "DROPPED"))):
            lines = shop.firebreak("flows", "observe", "--all", *filters, *logs)
            shown += lines.count("\n")
            command = f"firebreak flows observe --all {' '.join(filters)} {shop.folder}/*/flows.jsonl"
            report.say(f"  {title}: {command}")
            report.quote(lines)
        records = [r for w in WORKLOADS for r in self.flows.records(w)]
        wanted = [r for r in records if r["verdict"] == "DROPPED" or
                  (r["verdict"], r["direction"]) == ("FORWARDED", "INBOUND")]
        report.check(shown == len(wanted) > 0, "these lines, against the files", f"{len(wanted)} lines",
                     f"{shown}")
        closes = [r["flow_id"] for r in records if r["event"] == "CLOSE"]
        ended = sum(self.ended(w) for w in WORKLOADS)
        report.check(len(closes) == len(set(closes)) == ended,
                     "every connection that has ended has exactly one CLOSE record",
                     f"{ended:.0f}, as the sidecars' metrics count",
                     f"{len(closes)}, {len(set(closes))} of them different")
        requests = sum(r["event"] == "REQUEST" for r in records)
        counted = sum(shop.metric(w, "firebreak_requests_total") for w in WORKLOADS)
        report.check(requests == counted > 0, "and every request exactly one REQUEST record",
                     f"{counted:.0f}, as the sidecars' metrics count", f"{requests}")

    def explained(self):
        """The last word: a refusal that explains itself, with the change that would allow it."""
        report, shop = self.report, self.shop
        report.chapter("9. Why was that refused, and what would allow it?")
        self.flows.mark("payments")
        done = self.curl("orders", 15001, "/refund", "-w", "%{http_code}")
        found = self.flows.wait("payments", event="REQUEST", verdict="DROPPED", http__path="/refund")
        report.check(done.stdout[-3:] == "403" and len(found) == 1, "orders asks payments for /refund",
                     "403, a record with a decision id", f"{brief(done.stdout)}; {said(found[0] if found else None)}")
        if not found:
            return
        words = ["policy", "explain", str(shop.policies), "--decision", found[0]["decision_id"],
                 "--flows", str(shop.flow_log("payments"))]
        why = subprocess.run([str(shop.binaries / "firebreak"), *words], capture_output=True, text=True,
                             check=False, timeout=10)
        report.say(f"  firebreak {' '.join(words)}")
        report.quote(why.stdout)
        field = [line for line in why.stdout.splitlines() if "paths: wants" in line and "got /refund" in line]
        added = [line for line in why.stdout.splitlines() if line.startswith("+ ") and '"/refund"' in line]
        report.check(why.returncode == 1 and len(field) == 1 and len(added) == 1,
                     "the command line explains this very decision",
                     "the field that failed, and a patch of one line",
                     f"exit {why.returncode}, {len(field)} field, {len(added)} line")

    def closed(self, workload):
        return sum(r["event"] == "CLOSE" for r in self.flows.records(workload))

    def ended(self, workload):
        return self.shop.metric(workload, "firebreak_connections_ended_total")
