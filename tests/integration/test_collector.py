#!/usr/bin/python3
"""Sidecars that report to a real collector: what arrives, who may report, and what a kill costs."""
import os
import shutil
import signal
import threading

from collector import Collector
from integration import IntegrationTest, main
from pki import Authority
from sidecar import allow_from, connect, free_address, inbound, wait_until

SPOOL = "firebreak_flow_sink_spool_bytes"
QUEUE = "firebreak_flow_sink_queue_bytes"
FAILURES = "firebreak_flow_sink_failures_total"


def flows_of(*sidecars):
    """(run_id, sequence) of the lines of their logs that a store keeps as flows."""
    return sorted((record["run_id"], record["sequence"]) for sidecar in sidecars
                  for record in sidecar.records(None) if record["event"] in ("CLOSE", "REQUEST"))


class CollectorCase(IntegrationTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls.pki.issue("ns/ops/sa/collector")

    def collector(self, name="collector", svid=None, bundle=None, start=True, options=()):
        made = Collector(self.folder, name, svid or self.keeper, bundle or self.pki.pem, options)
        self.addCleanup(made.stop)
        return made.start() if start else made

    def reporting(self, name, svid, collector, start=True, **options):
        """A sidecar in front of an echo server; each call is a connection of its own."""
        made = self.sidecar(
            name, svid, [inbound(free_address(), self.echo().address, mtls="PERMISSIVE")],
            [allow_from(self.client.principal)], start=start,
            flow_log={"file": {"path": "flows.jsonl"}, "collector": collector.sink(**options)})
        made.door = made.config["listeners"][0]["address"]
        return made

    def call(self, sidecar, times=1):
        """Connections without an identity: each is refused, and is one CLOSE line."""
        ip, port = sidecar.door.rsplit(":", 1)
        for _ in range(times):
            with connect((ip, int(port))) as client:
                client.sendall(b"who is there")
                try:
                    client.recv(1)
                except ConnectionError:
                    pass

    def wait_spooled(self, sidecar):
        """Waits until nothing is in its memory alone."""
        wait_until(lambda: sidecar.metric("firebreak_connections_open") == 0, "its connections to end")
        wait_until(lambda: len(sidecar.records()) >= sidecar.ended(), "their records")
        wait_until(lambda: sidecar.metric(QUEUE, 'sink="collector"') == 0, "them to be in the spool")

    def wait_delivered(self, *sidecars, timeout=90):
        for sidecar in sidecars:
            self.wait_spooled(sidecar)
            wait_until(lambda: sidecar.metric(SPOOL, 'sink="collector"') == 0,
                       lambda: f"the spool of {sidecar.name} to be empty; log:\n{sidecar.log()[-4000:]}", timeout)

    def kill(self, sidecar):
        sidecar.signal(signal.SIGKILL)
        sidecar.expect_exit = -signal.SIGKILL
        sidecar.wait_exit()


class CollectorTest(CollectorCase):
    def test_what_sidecars_log_is_stored_once_and_answers_questions(self):
        collector = self.collector()
        a = self.reporting("a", self.client, collector)
        b = self.reporting("b", self.server, collector)
        self.call(a, 10)
        self.call(b, 20)
        a.wait_closes(10)
        b.wait_closes(20)
        wait_until(lambda: len(collector.stored()) == 30, lambda: f"30 flows, have {collector.stored()}")
        self.assertEqual(sorted(collector.stored()), flows_of(a, b))
        # The other commands, while the collector runs.
        rows = collector.query("SELECT reporter_principal, count(*) AS n FROM flows GROUP BY 1 ORDER BY 1")
        self.assertEqual({row["reporter_principal"]: row["n"] for row in rows},
                         {self.client.principal: 10, self.server.principal: 20})
        for command in ("top", "map", "observe"):
            self.assertIn("orders", collector.firebreak(command, "--store", collector.store))
        exported = collector.firebreak("export", "--store", collector.store, "--reason",
                                       b.records()[0]["reason"])
        self.assertEqual(len(exported.splitlines()), 30)
        a.stop()
        b.stop()
        self.assertEqual(collector.metric("lines_total", 'result="stored"'), len(a.lines()) + len(b.lines()))
        self.assertEqual(collector.metric("lines_total", 'result="duplicate"'), 0)
        collector.stop()
        self.assertIn("stopping", collector.log())

    def test_no_file_of_its_store_is_for_everybody(self):
        collector = self.collector()
        b = self.reporting("b", self.server, collector)
        self.call(b)
        wait_until(lambda: len(collector.stored()) == 1, "the flow")
        names = [os.path.join(folder, name) for folder, _, names in os.walk(collector.store) for name in names]
        self.assertIn(os.path.join(collector.store, "catalog.db"), names)
        for name in names:
            self.assertEqual(os.stat(name).st_mode & 0o7007, 0, name)

    def test_a_file_does_what_flags_do(self):
        collector = self.collector(start=False)
        collector.command = collector.configured_command
        collector.start()
        b = self.reporting("b", self.server, collector)
        self.call(b, 3)
        wait_until(lambda: len(collector.stored()) == 3, "3 flows")
        b.stop()
        collector.stop()
        self.assertEqual(sorted(collector.stored()), flows_of(b))

    def test_a_new_svid_of_a_sidecar_is_what_it_shows_from_then_on(self):
        collector = self.collector()
        b = self.reporting("b", self.server, collector)
        self.call(b)
        wait_until(lambda: len(collector.stored()) == 1, "the first flow")
        before = collector.metric("connections_accepted_total")
        b.write_identity(self.pki.issue("ns/shop/sa/orders"))
        b.wait_log("identity in force")
        self.call(b)
        wait_until(lambda: len(collector.stored()) == 2, "the second flow")
        self.assertGreater(collector.metric("connections_accepted_total"), before)

    def test_a_new_svid_of_a_collector_is_what_it_shows_from_then_on(self):
        collector = self.collector()
        b = self.reporting("b", self.server, collector)
        fresh = self.pki.issue("ns/ops/sa/collector")
        with open(collector.path("key.pem"), "wb") as key:
            key.write(fresh.key_pem)
        with open(collector.path("svid.pem"), "wb") as chain:
            chain.write(fresh.chain_pem)
        wait_until(lambda: collector.log().count("identity in force") >= 2, "it to be in force")
        self.call(b)
        wait_until(lambda: len(collector.stored()) == 1, "the flow")

    def test_a_revoked_sidecar_is_cut_off(self):
        collector = self.collector(start=False)
        collector.options += ["--crl", collector.path("crl.pem")]
        with open(collector.path("crl.pem"), "wb") as crl:
            crl.write(self.pki.crl())
        collector.start()
        b = self.reporting("b", self.server, collector)
        self.call(b)
        wait_until(lambda: len(collector.stored()) == 1, "the flow")
        with open(collector.path("crl.new"), "wb") as crl:
            crl.write(self.pki.crl(self.server))
        os.rename(collector.path("crl.new"), collector.path("crl.pem"))
        collector.wait_log("is trusted no more")
        self.call(b)
        wait_until(lambda: b.metric(FAILURES, 'sink="collector"') >= 1, "a try that fails")
        self.assertEqual(len(collector.stored()), 1)


class WhoMayReportTest(CollectorCase):
    def test_a_collector_of_another_trust_domain_is_told_nothing(self):
        other = Authority("other.example")
        keeper = other.issue("ns/ops/sa/collector")
        collector = self.collector(svid=keeper, bundle=other.pem)
        b = self.reporting("b", self.server, collector)
        self.call(b, 3)
        wait_until(lambda: b.metric(FAILURES, 'sink="collector"') >= 1, "a try that fails")
        self.assertGreater(b.metric(SPOOL, 'sink="collector"'), 0)
        self.assertEqual(collector.metric("lines_total"), 0)

    def test_a_collector_with_another_name_is_told_nothing(self):
        collector = self.collector()
        b = self.reporting("b", self.server, collector, expect_identities=["shop.example/ns/ops/sa/archive"])
        self.call(b, 3)
        b.wait_log("IDENTITY_MISMATCH")
        self.assertEqual(collector.metric("lines_total"), 0)

    def test_only_reporters_that_are_allowed_are_heard(self):
        collector = self.collector(options=["--allow-reporters", "shop.example/ns/shop/sa/web*"])
        a = self.reporting("a", self.client, collector)
        b = self.reporting("b", self.server, collector)
        self.call(a)
        self.call(b)
        b.wait_log("may not report here")
        wait_until(lambda: len(collector.stored()) == 1, "the flow of the other")
        self.assertEqual(collector.stored(), flows_of(a))

    def test_a_sidecar_that_reports_for_another_is_refused_and_flagged(self):
        """It sends on, under its own SVID, what it has found in the spool of another."""
        collector = self.collector(start=False)
        victim = self.reporting("victim", self.server, collector)
        self.call(victim, 5)
        self.wait_spooled(victim)
        self.kill(victim)
        liar = self.reporting("liar", self.client, collector, start=False)
        shutil.copytree(victim.path("spool"), liar.path("spool"))
        collector.start()
        liar.expect_lost = True
        liar.start()
        lost = "firebreak_flow_sink_lost_lines_total"
        wait_until(lambda: liar.metric(lost, 'sink="collector"', 'cause="REFUSED"') >= 5, "them to be refused")
        wait_until(lambda: collector.query("SELECT * FROM findings"), "a finding")
        [finding] = collector.query("SELECT kind, sender, claimed, sum(lines) AS lines FROM findings GROUP BY 1, 2, 3")
        self.assertEqual((finding["kind"], finding["sender"], finding["claimed"]),
                         ("IDENTITY", self.client.principal, self.server.principal))
        self.assertGreaterEqual(finding["lines"], 5)
        self.assertGreaterEqual(collector.metric("lines_total", 'result="foreign"'), 5)
        collector.wait_log(f"{self.client.principal} reports for somebody it is not")
        self.assertEqual(collector.stored(), [])
        # Its own lines go on, and the victim's come from the victim.
        self.call(liar)
        wait_until(lambda: len(collector.stored()) == 1, "the liar's own flow")
        victim.start()
        wait_until(lambda: len(collector.stored()) == 6, "the victim's")
        self.kill(victim)
        os.remove(victim.path("flows.jsonl"))  # two runs are not what the check at the end is for


class LingerTest(CollectorCase):
    def served(self, sidecar):
        """A connection that is allowed: nobody waits for its lines."""
        ip, port = sidecar.door.rsplit(":", 1)
        with self.tls((ip, int(port)), self.client) as client:
            client.sendall(b"hello")
            self.assertEqual(client.recv(5), b"hello")

    def lingering(self, collector):
        sidecar = self.reporting("b", self.server, collector, linger_seconds=60)
        for _ in range(3):
            self.served(sidecar)
        sidecar.wait_closes(3)
        self.wait_spooled(sidecar)
        self.assertGreater(sidecar.metric(SPOOL, 'sink="collector"'), 0)
        self.assertEqual(collector.metric("lines_total", 'result="stored"'), 0)
        return sidecar

    def test_what_was_allowed_lingers_until_something_is_refused(self):
        collector = self.collector()
        sidecar = self.lingering(collector)
        self.call(sidecar)
        wait_until(lambda: len(collector.stored()) == 4, "all of it, well before the minute is over")

    def test_what_lingers_survives_a_kill(self):
        collector = self.collector()
        sidecar = self.lingering(collector)
        self.kill(sidecar)
        sidecar.expect_exit = 0
        sidecar.start()
        wait_until(lambda: len(collector.stored()) == 3, "what the killed one had in its spool")
        self.kill(sidecar)
        os.remove(sidecar.path("flows.jsonl"))  # two runs are not what the check at the end is for


class KilledCollectorTest(CollectorCase):
    def test_every_connection_is_accounted_for_however_often_the_collector_is_killed(self):
        collector = self.collector()
        sidecars = [self.reporting("a", self.client, collector), self.reporting("b", self.server, collector)]
        stop = threading.Event()

        def load(sidecar):
            while not stop.is_set():
                self.call(sidecar)

        callers = [threading.Thread(target=load, args=(sidecar,)) for sidecar in sidecars for _ in range(2)]
        for caller in callers:
            caller.start()
        try:
            for _ in range(4):
                before = collector.metric("lines_total", 'result="stored"')
                wait_until(lambda: collector.metric("lines_total", 'result="stored"') >= before + 100,
                           "some to be stored", timeout=60)
                collector.kill()
                collector.start()
        finally:
            stop.set()
            for caller in callers:
                caller.join()
        self.wait_delivered(*sidecars)
        collector.stop()
        stored = collector.stored()
        self.assertEqual(len(stored), len(set(stored)), "a line was stored twice")
        self.assertEqual(sorted(stored), flows_of(*sidecars))

    def test_two_collectors_together_have_everything(self):
        one, two = self.collector("one"), self.collector("two")
        b = self.reporting("b", self.server, one)
        self.call(b, 5)
        wait_until(lambda: len(one.stored()) == 5, "the first")
        one.kill()
        self.call(b, 5)
        b.wait_closes(10)
        self.wait_spooled(b)
        self.kill(b)
        first = flows_of(b)
        b.config["flow_log"]["collector"] = two.sink()
        b.write_config()
        b.start()
        wait_until(lambda: len(two.stored()) >= 5, "what the other missed")
        together = set(one.stored()) | set(two.stored())
        self.assertLessEqual(set(first), together)
        self.kill(b)
        os.remove(b.path("flows.jsonl"))  # two runs are not what the check at the end is for


if __name__ == "__main__":
    main()
