#!/usr/bin/python3
"""Trust that changes under live traffic: bundles, revocation lists and the sidecar's own SVID."""
import os
import time

from echo_load import LiveEchoes, NewConnections
from handmade_tls import HandmadeTls, handmade_client
from http_backends import HttpServer
from integration import (IntegrationTest, ending, free_address, main, read_exactly, seconds, talk,
                         wait_until)
from pki import Authority, client_context, hours, server_context
from sidecar import allow_from, inbound, policy, wall_time, write_whole


class TrustReloadTest(IntegrationTest):
    def test_connections_of_an_authority_no_longer_trusted_are_cut(self):
        old = Authority("shop.example", name="old CA")
        old_client = old.issue("ns/shop/sa/web")
        both = self.pki.pem + old.pem
        b = self.inbound_sidecar(self.echo().address, bundle=both)
        stays = [self.tls(self.door) for _ in range(20)]
        goes = [self.tls(self.door, svid=old_client) for _ in range(20)]
        for client in stays + goes:
            talk(client)
        with LiveEchoes(stays) as kept:
            changed = time.time()
            b.write_identity(bundle_pem=self.pki.pem)
            cut = b.wait_records(20, reason="TRUST_CHANGED")
            after = kept.rounds
            wait_until(lambda: kept.rounds > after + 2, "the others to go on")
        self.assertEqual((kept.cut, kept.wrong), ({}, []))
        self.assertEqual({ending(client) for client in goes}, {"reset"})
        for record in cut:
            self.assertEqual((record["verdict"], record["close_reason"]), ("DROPPED", "POLICY"))
            self.assertLess(wall_time(record) - changed, seconds(1.0))
        self.assertEqual(ending(self.tls(self.door, svid=old_client)), "reset")
        self.assertEqual(b.wait_closes(21)[-1]["reason"], "IDENTITY_INVALID")

    def test_revoked_live_connection_is_cut_and_its_svid_refused(self):
        revoked = self.pki.issue("ns/shop/sa/web")
        b = self.inbound_sidecar(self.echo().address, start=False)
        b.config["identity"]["files"]["crl"] = "crl.pem"
        b.write_config()
        write_whole(b.path("crl.pem"), self.pki.crl())
        b.start()
        good, bad = self.tls(self.door), self.tls(self.door, svid=revoked)
        talk(good)
        talk(bad)
        changed = time.time()
        write_whole(b.path("crl.pem"), self.pki.crl(revoked))
        record, = b.wait_records(1, reason="REVOKED")
        self.assertLess(wall_time(record) - changed, seconds(1.0))
        self.assertEqual(ending(bad), "reset")
        talk(good)
        again = self.tls(self.door, svid=revoked)
        self.assertEqual(ending(again), "reset")
        record = b.wait_closes(2)[-1]
        self.assertEqual((record["reason"], record["close_reason"]), ("REVOKED", "HANDSHAKE_FAILED"))
        talk(self.tls(self.door))

    def test_request_under_way_of_a_revoked_client_keeps_the_rule_that_allowed_it(self):
        revoked = self.pki.issue("ns/shop/sa/web")
        http, self.door = self.closing(HttpServer(free_address())), free_address()
        rules = [{"name": name, "to": [{"operation": {"paths": [f"/{name}"]}}]} for name in ("first", "second")]
        b = self.sidecar("b", self.server, [inbound(self.door, http.address, protocol="AUTO")],
                         [policy("paths", rules=rules)], start=False)
        b.config["identity"]["files"]["crl"] = "crl.pem"
        b.write_config()
        write_whole(b.path("crl.pem"), self.pki.crl())
        b.start()
        client = self.tls(self.door, svid=revoked)
        client.sendall(b"POST /second HTTP/1.1\r\nhost: b\r\ncontent-length: 10\r\n\r\nhalf ")
        wait_until(lambda: b.metric("firebreak_held_bytes") > 0, "the request to be under way")
        write_whole(b.path("crl.pem"), self.pki.crl(revoked))
        request, = b.wait_records(1, event="REQUEST", reason="REVOKED")
        self.assertEqual(request["policy"]["rule"], "second")
        connection, = b.wait_closes(1)
        self.assertEqual((connection["reason"], connection["close_reason"]), ("REVOKED", "POLICY"))
        self.assertNotIn("rule", connection["policy"])

    def test_federated_trust_domain_is_served_by_its_own_bundle_only(self):
        partner = Authority("partner.example")
        visitor = partner.issue("ns/shop/sa/visitor")
        b = self.inbound_sidecar(self.echo().address, [allow_from(self.client.principal, visitor.principal)],
                                 start=False)
        b.config["identity"]["files"]["federated_bundles"] = {"partner.example": "partner.pem"}
        b.write_config()
        write_whole(b.path("partner.pem"), partner.pem)
        b.start()
        client = self.tls(self.door, svid=visitor)
        talk(client)
        # Either authority signs for the other's trust domain: neither is believed.
        for forged in (partner.issue("ns/shop/sa/web", trust_domain="shop.example"),
                       self.pki.issue("ns/shop/sa/visitor", trust_domain="partner.example")):
            self.assertEqual(ending(self.tls(self.door, svid=forged)), "reset")
        self.assertEqual({r["reason"] for r in b.wait_closes(2)}, {"IDENTITY_INVALID"})
        write_whole(b.path("partner.pem"), Authority("partner.example").pem)
        b.wait_records(1, reason="TRUST_CHANGED")
        self.assertEqual(ending(client), "reset")

    def test_bad_identity_files_keep_the_last_good_ones(self):
        b = self.inbound_sidecar(self.echo().address)
        live = self.tls(self.door)
        talk(live)
        expired = self.pki.issue("ns/shop/sa/orders", not_after=hours(-1))
        bad = [("bundle.pem", b""), ("bundle.pem", b"garbage"), ("svid.pem", self.client.chain_pem),
               ("svid.pem", b"-----BEGIN CERTIFICATE-----\n"), ("key.pem", self.client.key_pem)]
        good = {"bundle.pem": self.pki.pem, "svid.pem": self.server.chain_pem,
                "key.pem": self.server.key_pem}
        for count, (file, data) in enumerate(bad, 1):
            with self.subTest(file=file, data=data[:20]):
                write_whole(b.path(file), data)
                wait_until(lambda c=count: b.metric("firebreak_identity_rejections_total") == c,
                           "a rejection")
                talk(live)
                talk(self.tls(self.door))
                reloads = b.metric("firebreak_identity_reloads_total")
                write_whole(b.path(file), good[file])
                wait_until(lambda r=reloads: b.metric("firebreak_identity_reloads_total") == r + 1,
                           "recovery")
        rejections = len(bad)
        b.write_identity(expired)
        wait_until(lambda: b.metric("firebreak_identity_rejections_total") > rejections, "a rejection")
        talk(live)
        talk(self.tls(self.door))

    def test_rotated_svid_serves_new_handshakes_and_leaves_old_connections_alone(self):
        b = self.inbound_sidecar(self.echo().address)
        old = self.tls(self.door)
        talk(old)
        fresh = self.pki.issue("ns/shop/sa/orders")
        b.write_identity(fresh)
        serial = f"{fresh.certificate.serial_number:X}"

        def served_by_the_new_one():
            with self.tls(self.door) as client:
                talk(client)
                return client.getpeercert()["serialNumber"].lstrip("0") == serial
        wait_until(served_by_the_new_one, "the new SVID to be shown", 5)
        talk(old)

    def test_rotation_under_load_fails_no_handshake(self):
        a, b = self.pair(self.echo().address)
        live = [self.connect(self.exit) for _ in range(20)]
        with LiveEchoes(live) as kept, NewConnections(self.exit) as fresh:
            for count in range(1, 6):
                for sidecar, path in ((a, "ns/shop/sa/web"), (b, "ns/shop/sa/orders")):
                    sidecar.write_identity(self.pki.issue(path))
                for sidecar in (a, b):
                    # Key and certificate change one after the other: a look in between is a rejection.
                    wait_until(lambda s=sidecar, c=count: s.metric("firebreak_identity_reloads_total") >= c,
                               "the new SVID to be in force")
            wait_until(lambda: fresh.served > 20 and kept.rounds > 5, "traffic", 30)
        self.assertEqual((kept.cut, kept.wrong, fresh.failures), ({}, [], []))
        self.assertEqual(b.ended('reason="TLS_FAILURE"'), 0)
        self.assertEqual(a.ended('verdict="DROPPED"'), 0)

    def test_authority_rotated_with_overlap_fails_no_handshake(self):
        new = Authority("shop.example", name="new CA")
        a, b = self.pair(self.echo().address)
        live = [self.connect(self.exit) for _ in range(10)]

        def reloaded(sidecar, count):
            wait_until(lambda: sidecar.metric("firebreak_identity_reloads_total") >= count, "a reload")
        with LiveEchoes(live) as kept, NewConnections(self.exit) as fresh:
            for sidecar in (a, b):
                sidecar.write_identity(bundle_pem=self.pki.pem + new.pem)
                reloaded(sidecar, 1)
            for sidecar, path in ((a, "ns/shop/sa/web"), (b, "ns/shop/sa/orders")):
                sidecar.write_identity(new.issue(path))
                reloaded(sidecar, 2)
            served = fresh.served
            wait_until(lambda: fresh.served > served + 10, "traffic under the new authority", 30)
        self.assertEqual((kept.cut, kept.wrong, fresh.failures), ({}, [], []))
        for sidecar in (a, b):
            sidecar.write_identity(bundle_pem=new.pem)
        # Whichever of the two is first to drop the old authority cuts what still lives of it.
        wait_until(lambda: sum(s.ended('reason="TRUST_CHANGED"') for s in (a, b)) >= 10, "the old to be cut")
        door = self.connect(self.exit)
        wait_until(lambda: a.metric("firebreak_identity_reloads_total") >= 3, "a reload")
        talk(door)

    def test_files_gone_for_a_while_change_nothing(self):
        b = self.inbound_sidecar(self.echo().address)
        live = self.tls(self.door)
        os.rename(b.path("bundle.pem"), b.path("elsewhere"))
        wait_until(lambda: b.metric("firebreak_identity_rejections_total") == 1, "a rejection")
        talk(live)
        talk(self.tls(self.door))
        os.rename(b.path("elsewhere"), b.path("bundle.pem"))
        wait_until(lambda: b.metric("firebreak_identity_reloads_total") == 1, "recovery")
        talk(live)

    def test_svid_of_somebody_else_is_refused_and_the_old_one_stays(self):
        b = self.inbound_sidecar(self.echo().address)
        live = self.tls(self.door)
        talk(live)
        b.write_identity(self.client)
        b.wait_log("the SVID is now that of spiffe://" + self.client.principal)
        self.assertGreaterEqual(b.metric("firebreak_identity_rejections_total"), 1)
        self.assertEqual(b.metric("firebreak_identity_reloads_total"), 0)
        talk(live)
        again = self.tls(self.door)
        talk(again)
        self.assertEqual(int(again.getpeercert()["serialNumber"], 16),
                         self.server.certificate.serial_number)

    def test_two_listeners_share_one_identity(self):
        echo = self.echo()
        doors = [free_address(), free_address()]
        b = self.sidecar("b", self.server, [inbound(doors[0], echo.address, name="one"),
                                            inbound(doors[1], echo.address, name="two")],
                         [allow_from(self.client.principal)])

        def serials():
            shown = []
            for door in doors:
                with self.tls(door) as client:
                    talk(client)
                    shown.append(int(client.getpeercert()["serialNumber"], 16))
            return shown
        self.assertEqual(serials(), [self.server.certificate.serial_number] * 2)
        renewed = self.pki.issue("ns/shop/sa/orders")
        b.write_identity(renewed)
        wait_until(lambda: b.metric("firebreak_identity_reloads_total") >= 1, "the new SVID to be in force")
        self.assertEqual(serials(), [renewed.certificate.serial_number] * 2)


class RevocationTest(IntegrationTest):
    """Revocation reaches a connection at whatever point of its life it is."""

    def with_crl(self, sidecar):
        sidecar.config["identity"]["files"]["crl"] = "crl.pem"
        sidecar.write_config()
        write_whole(sidecar.path("crl.pem"), self.pki.crl())
        sidecar.start()
        return sidecar

    def revoke(self, sidecar, *svids, **options):
        write_whole(sidecar.path("crl.pem"), self.pki.crl(*svids, **options))

    def test_client_revoked_while_it_withholds_its_finished_is_refused(self):
        revoked = self.pki.issue("ns/shop/sa/web")
        echo = self.echo()
        # One worker: when it has cut the witness it has the new list.
        b = self.with_crl(self.inbound_sidecar(echo.address, start=False, concurrency=1))
        context = client_context(revoked, self.pki.pem)
        witness = self.tls(self.door, context=context)
        talk(witness, b"ping")
        parked = self.closing(handmade_client(self.door, context)).shake(withhold=True)
        self.revoke(b, revoked)
        b.wait_records(1, reason="REVOKED")
        self.assertEqual(ending(witness), "reset")
        try:
            parked.connection.sendall(parked.withheld + parked.seal(b"too late"))
        except ConnectionError:
            pass
        self.assertEqual(ending(parked.connection), "reset")
        record = b.wait_closes(2)[1]
        self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "REVOKED"))
        self.assertEqual((record.get("bytes_sent", 0), record.get("bytes_received", 0)), (0, 0))
        self.assertEqual((echo.accepted, echo.received), (1, len(b"ping")))

    def test_upstream_revoked_while_it_withholds_its_finished_gets_no_byte(self):
        revoked = self.pki.issue("ns/shop/sa/orders")
        context = server_context(revoked, self.pki.pem)
        parked, heard = [], []

        def script(connection):
            tls = HandmadeTls(connection, context, server_side=True)
            if server.accepted == 1:
                tls.shake()
                tls.send(read_exactly(tls, 4))
                tls.recv(1)
                return
            parked.append(tls.shake(withhold=True))
            while True:
                heard.append(tls.recv(1 << 16))
        server = self.script_server(script)
        a = self.with_crl(self.outbound_sidecar(server.address, start=False, concurrency=1))
        witness = self.connect(self.exit)
        talk(witness, b"ping")
        client = self.connect(self.exit)
        client.sendall(b"only for orders")
        wait_until(lambda: parked, "the second handshake to be parked")
        self.revoke(a, revoked)
        a.wait_records(1, reason="REVOKED")
        self.assertEqual(ending(witness), "reset")
        parked[0].connection.sendall(parked[0].withheld)
        self.assertEqual(ending(client), "reset")
        record = a.wait_closes(2)[1]
        self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "REVOKED"))
        self.assertEqual((record.get("bytes_sent", 0), record.get("bytes_received", 0)), (0, 0))
        self.assertEqual(heard, [])

    def test_expired_live_connection_outlives_a_fresh_list_unless_that_names_it(self):
        expiry = hours(seconds(3) / 3600)
        expiring = self.pki.issue("ns/shop/sa/web", not_after=expiry)
        other = self.pki.issue("ns/shop/sa/web")
        b = self.with_crl(self.inbound_sidecar(self.echo().address, start=False, concurrency=1))
        live, witness = self.tls(self.door, svid=expiring), self.tls(self.door, svid=other)
        for client in (live, witness):
            talk(client)
        wait_until(lambda: hours(0) > expiry, "expiry", 10)
        # A list that did not exist when the SVID was last valid; the witness shows that it was asked.
        self.revoke(b, other, last_update=hours(0))
        b.wait_records(1, reason="REVOKED")
        self.assertEqual(ending(witness), "reset")
        for _ in range(3):
            talk(live)
        self.assertEqual(ending(self.tls(self.door, svid=expiring)), "reset")
        self.revoke(b, other, expiring, last_update=hours(0))
        b.wait_records(2, reason="REVOKED")
        self.assertEqual(ending(live), "reset")


if __name__ == "__main__":
    main()
