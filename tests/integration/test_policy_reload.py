#!/usr/bin/python3
"""Policy that changes under live traffic: in force at once, for whom it concerns and for nobody else."""
import json
import os
import signal
import time

from backends import hang_forever
from echo_load import LiveEchoes, NewConnections
from integration import IntegrationTest, ending, free_address, main, seconds, talk, wait_until
from sidecar import allow_from, inbound, outbound, policy, wall_time


class PolicyReloadTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.b = self.inbound_sidecar(self.echo().address, [])

    def served(self):
        try:
            with self.tls(self.door) as client:
                talk(client)
            return True
        except (OSError, AssertionError):
            return False

    def reloads(self):
        return self.b.metric("firebreak_policy_reloads_total")

    def test_empty_folder_denies_and_a_file_put_there_allows(self):
        self.assertFalse(self.served())
        self.assertEqual(self.b.wait_closes(1)[0]["reason"], "NO_RULE")
        self.b.write_policy(allow_from(self.client.principal))
        wait_until(self.served, "the new policy to be in force", 5)

    def test_file_taken_away_denies_again(self):
        self.b.write_policy(allow_from(self.client.principal))
        wait_until(self.served, "allowed", 5)
        os.remove(self.b.path("policy", "0.yaml"))
        wait_until(lambda: not self.served(), "denied", 5)

    def test_rewrite_in_place_is_seen(self):
        path = self.b.path("policy", "0.yaml")
        with open(path, "w", encoding="ascii") as out:
            json.dump(allow_from(self.server.principal), out)
        wait_until(lambda: self.reloads() == 1, "a reload")
        self.assertFalse(self.served())
        with open(path, "r+", encoding="ascii") as out:
            json.dump(allow_from(self.client.principal), out)
            out.truncate()
        wait_until(self.served, "the rewritten policy to be in force", 5)

    def test_rename_over_the_old_file_is_seen(self):
        self.b.write_policy(allow_from(self.server.principal))
        wait_until(lambda: self.reloads() == 1, "a reload")
        self.b.write_policy(allow_from(self.client.principal))
        wait_until(self.served, "the new file to be in force", 5)

    def test_sighup_reloads(self):
        before = self.reloads()
        self.b.signal(signal.SIGHUP)
        self.b.wait_log("SIGHUP: reloading")
        wait_until(lambda: self.reloads() > before, "a reload")

    def test_bad_policy_keeps_the_last_good_one(self):
        self.b.write_policy(allow_from(self.client.principal))
        wait_until(self.served, "allowed", 5)
        live = self.tls(self.door)
        talk(live)
        bad = ["spec: [", '{"apiVersion": "firebreak.dev/v1"}', "\x00\x01\x02",
               json.dumps(policy("typo", rules=[{"form": []}])),
               json.dumps(allow_from("spiffe://" + self.client.principal)),
               json.dumps(policy("never", rules=[{"validity": {"weekly": [{"time_zone": "Mars/Olympus"}]}}]))]
        for count, text in enumerate(bad, 1):
            with self.subTest(text[:30]):
                self.b.write_policy(text, "1.yaml")
                wait_until(lambda c=count: self.b.metric("firebreak_policy_rejections_total") == c,
                           "the rejection to be counted")
                self.assertTrue(self.served())
                talk(live)
        self.assertIn("policy refused, the last good one stays", self.b.log())
        self.assertIn("1.yaml:1:", self.b.log())
        self.assertEqual(self.reloads(), 1)
        os.remove(self.b.path("policy", "1.yaml"))
        wait_until(lambda: self.reloads() == 2, "recovery")
        self.assertTrue(self.served())
        talk(live)

    def test_policy_cut_short_is_refused_and_the_whole_one_is_taken(self):
        """A writer in place that pauses in the middle of a list: what it has so far would deny."""
        self.b.write_policy(allow_from(self.client.principal))
        wait_until(self.served, "allowed", 5)
        live = self.tls(self.door)
        talk(live)
        whole = json.dumps(allow_from(self.server.principal, self.client.principal))
        half = whole.index(self.client.principal)
        with open(self.b.path("policy", "0.yaml"), "w", encoding="ascii") as out:
            out.write(whole[:half])
            out.flush()
            wait_until(lambda: self.b.metric("firebreak_policy_rejections_total") >= 1, "the refusal")
            talk(live)
            self.assertTrue(self.served())
            out.write(whole[half:])
        wait_until(lambda: self.reloads() == 2, "the whole file to be in force", 5)
        talk(live)
        self.assertTrue(self.served())

    def test_deny_goes_before_allow(self):
        self.b.write_policy(allow_from(self.client.principal))
        wait_until(self.served, "allowed", 5)
        self.b.write_policy(policy("ban", action="DENY", rules=[
            {"name": "web", "from": [{"source": {"principals": [self.client.principal]}}]}]), "1.yaml")
        wait_until(lambda: not self.served(), "denied", 5)
        # The one refused above may have been live when the policy changed (POLICY_CHANGED); the next is a new one.
        self.assertFalse(self.served())
        record = self.b.wait_records(1, reason="EXPLICIT_DENY")[0]
        self.assertEqual((record["policy"]["name"], record["policy"]["rule"]), ("ban", "web"))

    def test_audit_policy_decides_nothing_and_says_what_it_would(self):
        self.b.write_policy(allow_from(self.client.principal))
        self.b.write_policy(policy("trial", action="DENY", mode="AUDIT", rules=[{}]), "1.yaml")
        wait_until(self.served, "allowed", 5)
        wait_until(lambda: self.b.records()[-1]["verdict"] == "AUDIT", "an AUDIT record")
        self.assertEqual(self.b.records()[-1]["policy"]["would_be_verdict"], "DROPPED")


class LiveConnectionTest(IntegrationTest):
    HALF = 100

    def test_half_is_cut_within_a_second_and_the_other_half_never_notices(self):
        ledger = self.pki.issue("ns/shop/sa/ledger")
        echo = self.echo()
        b = self.inbound_sidecar(echo.address, [
            allow_from(self.client.principal, name="web"), allow_from(ledger.principal, name="ledger")])
        outs = {}
        for name, svid in (("web", self.client), ("ledger", ledger)):
            outs[name] = free_address()
            self.sidecar(name, svid, [outbound(outs[name], self.door, [self.server.principal])],
                         [policy("out", direction="OUTBOUND", rules=[{}])])
        keep = [self.connect(outs["web"]) for _ in range(self.HALF)]
        lose = [self.connect(outs["ledger"]) for _ in range(self.HALF)]
        for client in keep + lose:
            talk(client)
        with LiveEchoes(keep) as kept, LiveEchoes(lose) as lost:
            wait_until(lambda: kept.rounds > 2 and lost.rounds > 2, "traffic")
            changed = time.time()
            os.remove(b.path("policy", "1.yaml"))
            cut = b.wait_records(self.HALF, reason="POLICY_CHANGED")
            wait_until(lambda: len(lost.cut) == self.HALF, lambda: f"all cut, {len(lost.cut)} are", 10)
            after = kept.rounds
            wait_until(lambda: kept.rounds > after + 2, "the others to go on")
        self.assertEqual((kept.wrong, lost.wrong, kept.cut, len(kept.alive)), ([], [], {}, self.HALF))
        self.assertEqual(len(cut), self.HALF)
        for record in cut:
            self.assertLess(wall_time(record) - changed, seconds(1.0))
            self.assertEqual(record["source"]["principal"], ledger.principal)
            self.assertEqual((record["verdict"], record["close_reason"]), ("DROPPED", "POLICY"))
        self.assertEqual(b.ended(), self.HALF)

    def test_outbound_connection_no_longer_allowed_is_cut(self):
        a, b = self.pair(self.echo().address)
        client = self.connect(self.exit)
        talk(client)
        changed = time.time()
        a.write_policy(policy("none", direction="OUTBOUND"))
        self.assertEqual(ending(client), "reset")
        record, = a.wait_closes(1)
        self.assertEqual(record["reason"], "POLICY_CHANGED")
        self.assertLess(wall_time(record) - changed, seconds(1.0))
        self.assertEqual(b.wait_closes(1)[0]["close_reason"], "DOWNSTREAM_RESET")

    def test_connection_that_waits_for_its_upstream_is_cut_too(self):
        for held in hang_forever(address := free_address()):
            self.closing(held)
        b = self.inbound_sidecar(address)
        client = self.tls(self.door)
        b.write_policy(policy("none"))
        self.assertEqual(ending(client), "reset")
        self.assertEqual(b.wait_closes(1)[0]["reason"], "POLICY_CHANGED")

    def test_policy_that_changes_all_the_time_disturbs_nobody_who_stays_allowed(self):
        a, b = self.pair(self.echo().address)
        either = [allow_from(self.client.principal),
                  allow_from(self.client.principal, self.server.principal, name="wider")]
        memory = b.rss_kib()
        with LiveEchoes([self.connect(self.exit) for _ in range(50)]) as live, \
                NewConnections(self.exit) as fresh:
            count = 0
            deadline = time.monotonic() + seconds(30)
            while b.metric("firebreak_policy_reloads_total") < 5 and time.monotonic() < deadline:
                count += 1
                b.write_policy(either[count % 2])
                rounds = live.rounds
                wait_until(lambda r=rounds: live.rounds > r, "another round of echoes")
            self.assertGreater(count, 5)
            wait_until(lambda: live.rounds > 5 and fresh.served > 20, "traffic", 30)
        self.assertEqual((live.wrong, live.cut, fresh.failures), ([], {}, []))
        # However fast it changes, a change is in force within bounded time.
        b.write_policy(policy("none"))
        b.wait_records(1, reason="POLICY_CHANGED", timeout=2)
        if seconds(1) == 1:
            self.assertLess(b.rss_kib() - memory, 32 * 1024)

    def test_change_while_others_change_all_the_time_is_not_put_off(self):
        """A file that never rests must not keep a denial from taking effect."""
        b = self.inbound_sidecar(self.echo().address)
        client = self.tls(self.door)
        talk(client)
        b.write_policy(policy("none"))
        begun = time.time()
        deadline = time.monotonic() + seconds(3)
        noise = 0
        while not b.records() and time.monotonic() < deadline:
            noise += 1
            b.write_policy(policy("noise", rules=[]), "9.yaml")
            b.ready()  # an answer paces the loop
        record, = b.wait_closes(1)
        self.assertLess(wall_time(record) - begun, seconds(1.0))


class TwoListenersTest(IntegrationTest):
    def test_ports_are_those_of_the_workload(self):
        """One policy for two listeners: operation.ports is the port behind each."""
        first, second = self.echo(), self.echo()
        doors = [free_address(), free_address()]
        b = self.sidecar("b", self.server, [inbound(doors[0], first.address, name="one"),
                                            inbound(doors[1], second.address, name="two")],
                         [policy("ports", rules=[
                             {"to": [{"operation": {"ports": [str(first.address[1])]}}]}])])
        talk(self.tls(doors[0]))
        self.assertEqual(ending(self.tls(doors[1])), "reset")
        self.assertEqual(b.wait_closes(1)[0]["destination"]["port"], second.address[1])


if __name__ == "__main__":
    main()
