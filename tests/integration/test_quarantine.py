#!/usr/bin/python3
"""Quarantine: an identity is cut off by its peers and by itself, within a second, and nobody else is."""
import os

from echo_load import LiveEchoes
from http_backends import HttpServer
from integration import ending, free_address, main, seconds, talk, wait_until
from quarantine import QuarantineFixture
from sidecar import allow_from, inbound, outbound, policy, wall_time


class QuarantineTest(QuarantineFixture):
    HALF = 50

    def test_peer_is_cut_within_a_second_and_the_others_never_notice(self):
        b = self.held_sidecar(self.echo().address)
        keep = [self.tls(self.door) for _ in range(self.HALF)]
        lose = [self.tls(self.door, self.ledger) for _ in range(self.HALF)]
        for client in keep + lose:
            talk(client)
        with LiveEchoes(keep) as kept, LiveEchoes(lose) as lost:
            wait_until(lambda: kept.rounds > 2 and lost.rounds > 2, "traffic")
            begun = self.edit("add", self.ledger)
            wait_until(lambda: len(lost.cut) == self.HALF, lambda: f"all cut, {len(lost.cut)} are")
            after = kept.rounds
            wait_until(lambda: kept.rounds > after + 2, "the others to go on")
        self.assertEqual((kept.wrong, lost.wrong, kept.cut, len(kept.alive)), ([], [], {}, self.HALF))
        for record in b.wait_records(self.HALF, reason="QUARANTINED"):
            self.assertLess(wall_time(record) - begun, seconds(1.0))
            self.assertEqual((record["verdict"], record["close_reason"], record["quarantine"]),
                             ("DROPPED", "POLICY", "ISOLATE"))
            self.assertEqual((record["policy"]["name"], record["policy"]["rule"], record["policy"]["reason"]),
                             ("quarantine", self.ledger.principal, "SHOP-7"))
        self.assertEqual(ending(self.tls(self.door, self.ledger)), "reset")
        talk(self.tls(self.door))
        self.assertEqual(b.metric("firebreak_quarantine_entries"), 1)
        wait_until(lambda: b.ended('reason="QUARANTINED"') == self.HALF + 1, "all of them to be counted")

    def test_its_own_sidecar_lets_it_call_nobody_and_a_peer_reaches_it_no_more(self):
        """OUTBOUND too: of the one that is quarantined, and of one that would call it."""
        self.held_sidecar(self.echo().address)
        exits, sidecars = {}, {}
        for name, svid in (("own", self.ledger), ("peer", self.client)):
            exits[name] = free_address()
            sidecars[name] = self.sidecar(
                name, svid, [outbound(exits[name], self.door, [self.server.principal])],
                [policy("out", direction="OUTBOUND", rules=[{}])], quarantine=self.quarantine)
        live = self.connect(exits["own"])
        talk(live)
        self.edit("add", self.ledger)
        self.assertEqual(ending(live), "reset")
        serial = self.wait_serial(sidecars["own"])
        self.assertEqual(self.ending_at(exits["own"]), "reset")
        sidecars["own"].wait_records(1, reason="QUARANTINED")
        talk(self.connect(exits["peer"]))
        self.edit("add", self.server)
        self.wait_serial(sidecars["peer"], serial)
        self.assertEqual(self.ending_at(exits["peer"]), "reset")
        sidecars["peer"].wait_records(1, reason="QUARANTINED")

    def test_whoever_looks_into_it_may_still_reach_it(self):
        b = self.held_sidecar(self.echo().address)
        live = self.tls(self.door)
        talk(live)
        self.edit("add", self.server, "--allow", self.client.principal)
        self.wait_serial(b)
        talk(live)
        talk(self.tls(self.door))
        self.assertEqual(ending(self.tls(self.door, self.ledger)), "reset")

    def test_released_by_itself_and_by_hand(self):
        b = self.held_sidecar(self.echo().address)
        self.edit("add", self.client, "--ttl", "2s")
        serial = self.wait_serial(b)
        self.assertEqual(ending(self.tls(self.door)), "reset")
        wait_until(lambda: b.metric("firebreak_quarantine_entries") == 0, "the release")
        talk(self.tls(self.door))
        self.edit("add", self.client, "--ttl", "1h")
        serial = self.wait_serial(b, serial)
        self.assertEqual(ending(self.tls(self.door)), "reset")
        self.edit("remove", self.client)
        self.wait_serial(b, serial)
        talk(self.tls(self.door))
        self.edit("remove", self.client, code=1)

    def test_list_is_in_force_from_the_first_connection(self):
        self.edit("add", self.client)
        self.held_sidecar(self.echo().address)
        self.assertEqual(ending(self.tls(self.door)), "reset")


class QuarantineListTest(QuarantineFixture):
    """Whoever can write the file, and has no key, changes nothing."""

    def setUp(self):
        super().setUp()
        self.b = self.held_sidecar(self.echo().address)
        self.edit("add", self.ledger)
        self.wait_serial(self.b)

    def held(self):
        talk(self.tls(self.door))
        return ending(self.tls(self.door, self.ledger)) == "reset"

    def put(self, text):
        with open(self.list + ".new", "w", encoding="utf-8") as out:
            out.write(text)
        os.rename(self.list + ".new", self.list)

    def test_deleted_list_releases_nobody_and_says_so(self):
        os.remove(self.list)
        wait_until(lambda: self.b.metric("firebreak_quarantine_missing") == 1, "the metric")
        self.assertTrue(self.held())
        self.assertIn("no quarantine list is here; the last good one stays", self.b.log())

    def test_forged_stale_and_broken_lists_are_refused_and_counted(self):
        with open(self.list, encoding="utf-8") as text:
            old = text.read()
        self.edit("add", self.ledger, "--mode", "isolate", "--ttl", "2h")
        wait_until(lambda: self.b.metric("firebreak_quarantine_reloads_total") == 2, "the second list")
        other = os.path.join(self.folder, "other")
        self.firebreak("keygen", "--out", other)
        self.firebreak("add", self.server.principal, "--reason", "x", "--list", os.path.join(other, "list"),
                       "--key", os.path.join(other, "quarantine-key.pem"))
        with open(os.path.join(other, "list"), encoding="utf-8") as text:
            stranger = text.read()
        for count, text in enumerate([old, stranger, old.replace("ledger", "web"), "{", old[:-20]], 1):
            self.put(text)
            wait_until(lambda c=count: self.b.metric("firebreak_quarantine_rejections_total") == c,
                       "the refusal to be counted")
            self.assertTrue(self.held())
        self.assertIn("is not newer than", self.b.log())
        self.assertIn("none of those that are trusted", self.b.log())

    def test_sidecar_starts_without_a_list_and_without_one_that_it_believes(self):
        os.remove(self.list)
        for name, text in (("none", None), ("forged", "forged")):
            if text is not None:
                self.put(text)
            door = free_address()
            made = self.sidecar(name, self.server, [inbound(door, self.door)],
                                [allow_from(self.ledger.principal)], quarantine=self.quarantine)
            self.tls(door, self.ledger).close()
            self.assertNotEqual(made.wait_closes(1)[0].get("reason"), "QUARANTINED")
            self.assertEqual(made.metric("firebreak_quarantine_rejections_total"), text is not None)

    def test_sidecar_that_starts_again_refuses_an_older_list_and_keeps_what_held(self):
        kept = dict(self.quarantine, last_good_path=os.path.join(self.folder, "last-good.yaml"))
        with open(self.list, encoding="utf-8") as text:
            old = text.read()
        self.edit("remove", self.ledger)
        self.edit("add", self.ledger)

        def started(name):
            door = free_address()
            return self.sidecar(name, self.server, [inbound(door, self.door)], [allow_from(self.ledger.principal)],
                                quarantine=kept)
        first = started("first")
        serial = self.wait_serial(first)
        first.stop()
        self.put(old)
        again = started("again")
        self.assertEqual(again.metric("firebreak_quarantine_serial"), serial)
        self.assertEqual(again.metric("firebreak_quarantine_rejections_total"), 1)
        self.assertEqual(again.metric("firebreak_quarantine_entries"), 1)

    def test_key_that_is_none_is_an_error_of_the_configuration(self):
        broken = self.sidecar("c", self.server, [inbound(free_address(), self.door)], start=False,
                              quarantine={"path": self.list, "keys": ["AAAA"]})
        code, _, err = broken.run("--validate")
        self.assertEqual(code, 2)
        self.assertIn("quarantine.keys[0]: not a public key on P-256", err)


class ReadonlyTest(QuarantineFixture):
    def setUp(self):
        super().setUp()
        http, self.door = self.closing(HttpServer(free_address())), free_address()
        self.b = self.sidecar("b", self.server, [inbound(self.door, http.address, protocol="AUTO")],
                              [allow_from(self.client.principal)], quarantine=self.quarantine)

    def status(self, method):
        client = self.tls(self.door)
        client.sendall(f"{method} /a HTTP/1.1\r\nhost: b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                       .encode())
        return int(client.recv(1 << 16).split()[1])

    def test_safe_requests_pass_and_others_do_not(self):
        self.edit("add", self.client, "--mode", "readonly")
        self.wait_serial(self.b)
        self.assertEqual(self.status("GET"), 200)
        self.assertEqual(self.status("POST"), 403)
        refused, = self.b.wait_records(1, event="REQUEST", reason="QUARANTINED")
        self.assertEqual((refused["http"]["method"], refused["quarantine"]), ("POST", "READONLY"))

    def test_request_that_is_cut_with_its_connection_says_by_what(self):
        client = self.tls(self.door)
        client.sendall(b"POST /a HTTP/1.1\r\nhost: b\r\ncontent-length: 10\r\n\r\nhalf ")
        wait_until(lambda: self.b.metric("firebreak_held_bytes") > 0, "the request to be under way")
        self.edit("add", self.client)
        cut, = self.b.wait_records(1, event="REQUEST", reason="QUARANTINED")
        self.assertEqual((cut["quarantine"], cut["policy"]["name"]), ("ISOLATE", "quarantine"))

    def test_observe_changes_nothing_but_the_records(self):
        self.edit("add", self.client, "--mode", "observe")
        self.wait_serial(self.b)
        self.assertEqual(self.status("POST"), 200)
        marked = self.b.wait_records(1, event="REQUEST", quarantine="OBSERVE")[0]
        self.assertEqual(marked["verdict"], "FORWARDED")


if __name__ == "__main__":
    main()
