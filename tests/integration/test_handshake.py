#!/usr/bin/python3
"""Who and what a sidecar shakes hands with. Python's ssl (OpenSSL) is the other side: a second opinion."""
import select
import socket
import ssl
import struct
import threading
import time

from integration import (IntegrationTest, ending, free_address, main, read_exactly, reset, seconds, talk,
                         wait_until)
from pki import Authority, client_context, first_flight, hours, server_context
from sidecar import PAYLOAD_MARK, allow_from, allow_to, connect, inbound, memory_kib, outbound, policy


def handshake_message(kind, length, body=b""):
    """Plaintext TLS records that carry one handshake message which claims `length` bytes."""
    data = struct.pack("!B", kind) + length.to_bytes(3, "big") + body
    records = b""
    for start in range(0, len(data), 16384):
        piece = data[start:start + 16384]
        records += b"\x16\x03\x01" + struct.pack("!H", len(piece)) + piece
    return records


class StrictListenerTest(IntegrationTest):
    """One sidecar before one echo server; whatever a stranger sends, the next good client is served."""

    def setUp(self):
        super().setUp()
        self.backend = self.echo()
        self.b = self.inbound_sidecar(self.backend.address, limits={
            "handshake_timeout_ms": int(seconds(1) * 1000), "max_client_hello_bytes": 16384})

    def assert_refused(self, reason, count=1):
        records = self.b.wait_closes(count)
        for record in records[-count:]:
            self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", reason), record)
        self.assertEqual(self.backend.accepted, 0)
        talk(self.tls(self.door), PAYLOAD_MARK)
        return records

    def refuse_bytes(self, *attempts):
        for data in attempts:
            client = self.connect(self.door)
            try:
                client.sendall(data)
            except ConnectionError:
                pass
            self.assertIn(ending(client), ("end", "reset"))
        for record in self.assert_refused("TLS_FAILURE", len(attempts)):
            self.assertTrue(record.get("detail"), record)

    def test_garbage_is_refused(self):
        self.refuse_bytes(b"\x00" * 4096, bytes(range(256)) * 16, b"\xff" * 17,
                          b"\x80\x2e\x01\x00\x02" + b"\x00" * 43)  # as SSLv2 began

    def test_plain_http_is_refused(self):
        self.refuse_bytes(b"GET / HTTP/1.1\r\nHost: orders\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                          b"CONNECT orders:80 HTTP/1.1\r\n\r\n")

    def test_malformed_records_and_messages_are_refused(self):
        self.refuse_bytes(
            b"\x16\x03\x01\xff\xff" + b"\x01" * 100,            # a record longer than any may be
            b"\x17\x03\x03\x00\x10" + b"\x00" * 16,             # application data first
            b"\x15\x03\x03\x00\x02\x01\x00",                    # close_notify first
            b"\x15\x03\x03\x00\x02\x02\x28",                    # a fatal alert
            handshake_message(1, 4, b"\x00" * 4),               # a ClientHello of four bytes
            handshake_message(11, 16, b"\x00" * 16))            # Certificate before ClientHello

    def test_huge_client_hello_is_refused_before_it_is_all_there(self):
        self.refuse_bytes(handshake_message(1, 0xffffff, b"\x03\x03" + b"\x00" * 32),
                          handshake_message(1, 1 << 20, b"\x03\x03" + b"\x00" * (1 << 20)))

    def test_memory_stays_flat_under_huge_client_hellos(self):
        before = self.b.rss_kib()
        for _ in range(100):
            client = connect(self.door)
            try:
                client.sendall(handshake_message(1, 0xffffff, b"\x03\x03" + b"\x00" * 200_000))
            except ConnectionError:
                pass
            client.close()
        self.b.wait_closes(100)
        self.assertLess(self.b.rss_kib() - before, memory_kib(16 * 1024))

    def test_tls_1_2_client_is_refused_and_told_so(self):
        context = client_context(self.client, self.pki.pem)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(ssl.SSLError) as caught:
            self.tls(self.door, context=context)
        self.assertIn("PROTOCOL_VERSION", str(caught.exception).upper())
        self.assert_refused("TLS_FAILURE")

    def test_silent_client_meets_the_handshake_timeout(self):
        client = self.connect(self.door)
        start = time.monotonic()
        self.assertIn(ending(client), ("end", "reset"))
        self.assertGreater(time.monotonic() - start, seconds(0.9))
        record, = self.assert_refused("TLS_FAILURE")
        self.assertIn("handshake_timeout_ms", record["detail"])

    def test_trickling_client_meets_the_handshake_timeout(self):
        """A byte now and then must not buy more time."""
        hello = first_flight(client_context(self.client, self.pki.pem))
        client = self.connect(self.door)
        start = time.monotonic()
        with self.assertRaises(ConnectionError):
            for byte in hello:
                client.sendall(bytes([byte]))
                select.select([client], [], [], seconds(0.1))  # it is readable once it is cut
        self.assertLess(time.monotonic() - start, seconds(5))
        record, = self.assert_refused("TLS_FAILURE")
        self.assertIn("handshake_timeout_ms", record["detail"])

    def test_handshake_in_pieces_of_one_byte_succeeds_when_it_is_quick_enough(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = client_context(self.client, self.pki.pem).wrap_bio(incoming, outgoing)
        client = self.connect(self.door)

        def flush():
            for byte in outgoing.read():
                client.sendall(bytes([byte]))
        while True:
            try:
                session.do_handshake()
                break
            except ssl.SSLWantReadError:
                flush()
                incoming.write(client.recv(3))
        flush()
        session.write(b"ping")
        flush()
        answer = b""
        while len(answer) < 4:
            try:
                answer += session.read(4)
            except ssl.SSLWantReadError:
                incoming.write(client.recv(1))
        self.assertEqual(answer, b"ping")

    def test_no_client_certificate_is_refused_and_told_so(self):
        client = self.tls(self.door, svid=False)  # TLS 1.3: the client learns of it when it reads
        with self.assertRaises(ssl.SSLError) as caught:
            client.recv(1)
        self.assertIn("CERTIFICATE_REQUIRED", str(caught.exception).upper())
        self.assert_refused("TLS_FAILURE")

    def test_other_trust_domain_is_refused(self):
        other = Authority("evil.example")
        self.assert_identity_refused(other.issue("ns/shop/sa/web"), "UNKNOWN_TRUST_DOMAIN")

    def test_our_identity_from_a_foreign_authority_is_refused(self):
        forger = Authority("evil.example")
        self.assert_identity_refused(forger.issue("ns/shop/sa/web", trust_domain="shop.example"),
                                     "UNTRUSTED_ISSUER")

    def test_foreign_identity_from_our_authority_is_refused(self):
        self.assert_identity_refused(self.pki.issue("ns/shop/sa/web", trust_domain="evil.example"),
                                     "UNKNOWN_TRUST_DOMAIN")

    def test_impostor_of_our_authority_is_refused(self):
        """Same name, another key."""
        self.assert_identity_refused(Authority("shop.example").issue("ns/shop/sa/web"), "UNTRUSTED_ISSUER")

    def test_expired_svid_is_refused(self):
        self.assert_identity_refused(self.pki.issue("ns/shop/sa/web", not_after=hours(-1)), "EXPIRED")

    def test_svid_that_is_not_yet_valid_is_refused(self):
        self.assert_identity_refused(self.pki.issue("ns/shop/sa/web", not_before=hours(1)), "NOT_YET_VALID")

    def test_chain_that_is_too_long_is_refused(self):
        padded = self.pki.issue("ns/shop/sa/web")
        padded.chain_pem += self.pki.pem * 20
        self.assert_identity_refused(padded, "CHAIN_TOO_LONG")

    def test_certificate_that_is_too_large_is_refused(self):
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.tls(self.door, svid=self.pki.issue("ns/shop/sa/web", padding=40_000)).recv(1)
        record, = self.b.wait_closes(1)
        self.assertEqual(record["verdict"], "DROPPED")
        self.assertIn(record["reason"], ("TLS_FAILURE", "IDENTITY_INVALID"))

    def assert_identity_refused(self, svid, detail):
        client = self.tls(self.door, svid=svid)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            client.recv(1)
        record, = self.assert_refused("IDENTITY_INVALID")
        self.assertIn(detail, record["detail"])
        # Not verified, so not to be believed: it must not stand where a principal stands.
        self.assertNotIn("principal", record["source"])

    def test_identity_without_a_rule_is_denied_by_policy(self):
        stranger = self.pki.issue("ns/shop/sa/stranger")
        self.assertEqual(ending(self.tls(self.door, svid=stranger)), "reset")
        record, = self.assert_refused("NO_RULE")
        self.assertEqual(record["source"]["principal"], stranger.principal)
        self.b.wait_log(f"[{record['decision_id']}]")

    def test_good_client_is_recorded_whole(self):
        client = self.tls(self.door)
        talk(client, b"x" * 1000)
        client.unwrap()
        client.close()
        record, = self.b.wait_closes(1)
        self.assertEqual(record["verdict"], "FORWARDED")
        self.assertNotIn("reason", record)
        self.assertEqual(record["source"]["principal"], self.client.principal)
        self.assertEqual(record["destination"]["principal"], self.server.principal)
        self.assertEqual(record["tls"]["version"], "TLSv1.3")
        self.assertEqual(int(record["tls"]["svid_serial"], 16), self.client.certificate.serial_number)
        self.assertEqual(record["policy"]["rule"], "known")
        self.assertEqual((int(record["bytes_sent"]), int(record["bytes_received"])), (1000, 1000))

    def test_session_resumption_is_never_offered(self):
        context = client_context(self.client, self.pki.pem)
        first = self.tls(self.door, context=context)
        talk(first)
        self.assertFalse(first.session.has_ticket)
        again = self.closing(context.wrap_socket(connect(self.door), session=first.session))
        talk(again)
        self.assertFalse(again.session_reused)

    def test_truncated_stream_is_passed_on_as_reset(self):
        """FIN without close_notify may be an attacker's: the workload must not take it for an end."""
        seen = []

        def watch(connection):
            read_exactly(connection, 4)
            connection.sendall(b"pong")
            seen.append(ending(connection))
        address = free_address()
        b = self.sidecar("c", self.server, [inbound(address, self.script_server(watch).address)],
                         [allow_from(self.client.principal)])
        truncated, proper = self.tls(address), self.tls(address)
        port = truncated.getsockname()[1]
        for client, last in ((truncated, "reset"), (proper, "end")):
            client.sendall(b"ping")
            read_exactly(client, 4)
            if client is proper:
                client.unwrap().close()
            else:
                client.shutdown(socket.SHUT_RDWR)
            wait_until(lambda: seen, "the server to see the end")
            self.assertEqual(seen.pop(), last)
        # Two workers write them, in whichever order.
        reasons = {record["source"]["port"]: record["close_reason"] for record in b.wait_closes(2)}
        self.assertEqual(reasons[port], "DOWNSTREAM_RESET")

    def test_handshake_flood_leaves_good_clients_served(self):
        """Silent connections by the hundred, while others shake hands."""
        silent = [self.connect(self.door) for _ in range(300)]
        for _ in range(5):
            talk(self.tls(self.door))
        self.b.wait_records(300, reason="TLS_FAILURE", timeout=15)
        del silent


class OutboundIdentityTest(IntegrationTest):
    """Python's TLS as the upstream of an outbound sidecar."""

    def serve(self, svid, bundle=None, minimum=None, maximum=None):
        """An upstream that shakes hands as svid; self.heard gets what application bytes reach it."""
        context = server_context(svid, bundle or self.pki.pem)
        if maximum is not None:
            context.minimum_version, context.maximum_version = minimum, maximum
        self.heard = bytearray()
        self.handshakes = []

        def script(connection):
            connection.settimeout(seconds(10))
            try:
                secure = context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False)
                self.handshakes.append(secure.version())
                with secure:
                    while data := secure.recv(65536):
                        self.heard.extend(data)
                        secure.sendall(data)
            except (OSError, ssl.SSLError):
                pass
        return self.script_server(script).address

    def assert_refused(self, address, reason, detail):
        a = self.outbound_sidecar(address)
        self.assertEqual(self.ending_at(self.exit, PAYLOAD_MARK), "reset")
        record, = a.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"], record["close_reason"]),
                         ("DROPPED", reason, "HANDSHAKE_FAILED"))
        self.assertIn(detail, record["detail"])
        self.assertEqual(int(record.get("bytes_sent", 0)), 0)
        a.stop()
        self.assertEqual(bytes(self.heard), b"", "application bytes reached an unproved peer")

    def test_expected_identity_is_served(self):
        address = self.serve(self.server)
        a = self.outbound_sidecar(address)
        client = self.connect(self.exit)
        talk(client, PAYLOAD_MARK)
        client.close()
        a.wait_records(1)
        self.assertEqual(self.handshakes, ["TLSv1.3"])

    def test_valid_svid_of_somebody_else_is_an_identity_mismatch(self):
        other = self.pki.issue("ns/shop/sa/ledger")
        self.assert_refused(self.serve(other), "IDENTITY_MISMATCH", other.principal)

    def test_identity_that_only_begins_like_the_expected_one_is_a_mismatch(self):
        longer = self.pki.issue("ns/shop/sa/orders-admin")
        self.assert_refused(self.serve(longer), "IDENTITY_MISMATCH", longer.principal)

    def test_expired_upstream_is_refused(self):
        expired = self.pki.issue("ns/shop/sa/orders", not_after=hours(-1))
        self.assert_refused(self.serve(expired), "IDENTITY_INVALID", "EXPIRED")

    def test_upstream_of_another_trust_domain_is_refused(self):
        other = Authority("evil.example").issue("ns/shop/sa/orders")
        self.assert_refused(self.serve(other), "IDENTITY_INVALID", "UNKNOWN_TRUST_DOMAIN")

    def test_forged_upstream_is_refused(self):
        forged = Authority("evil.example").issue("ns/shop/sa/orders", trust_domain="shop.example")
        self.assert_refused(self.serve(forged), "IDENTITY_INVALID", "UNTRUSTED_ISSUER")

    def test_upstream_that_leaves_within_the_handshake_is_recorded(self):
        def reset_after_hello(connection):
            connection.recv(1)
            reset(connection)
        endings = {"reset at once": reset, "reset after ClientHello": reset_after_hello,
                   "closed at once": lambda connection: None,
                   "closed after ClientHello": lambda connection: connection.recv(65536)}
        for number, (what, script) in enumerate(endings.items()):
            with self.subTest(what):
                way_out = free_address()
                a = self.sidecar(f"a{number}", self.client, [
                    outbound(way_out, self.script_server(script).address, [self.server.principal])],
                    [allow_to(self.server.principal)])
                self.assertEqual(self.ending_at(way_out), "reset")
                record, = a.wait_closes(1)
                self.assertIn(record["reason"], ("TLS_FAILURE", "UPSTREAM_FAILURE"))
                self.assertTrue(record["detail"])

    def test_tls_1_2_upstream_is_refused(self):
        address = self.serve(self.server, minimum=ssl.TLSVersion.TLSv1_2, maximum=ssl.TLSVersion.TLSv1_2)
        a = self.outbound_sidecar(address)
        self.assertEqual(self.ending_at(self.exit), "reset")
        record, = a.wait_closes(1)
        self.assertIn(record["reason"], ("TLS_FAILURE", "UPSTREAM_FAILURE"))

    def test_upstream_that_does_not_want_us_is_told_in_the_record(self):
        """It trusts another authority, so its alert ends the handshake, or what comes just after."""
        address = self.serve(self.server, bundle=Authority("shop.example", name="other CA").pem)
        a = self.outbound_sidecar(address)
        self.assertEqual(self.ending_at(self.exit), "reset")
        a.wait_closes(1)
        self.assertEqual(bytes(self.heard), b"")

    def test_pair_of_sidecars_refuses_the_wrong_one(self):
        """Two of our own: the outbound one expects orders and meets ledger's."""
        echo = self.echo()
        ledger = self.pki.issue("ns/shop/sa/ledger")
        door = free_address()
        b = self.sidecar("ledger", ledger, [inbound(door, echo.address)], [allow_from(self.client.principal)])
        a = self.outbound_sidecar(door)
        self.assertEqual(self.ending_at(self.exit, PAYLOAD_MARK), "reset")
        self.assertEqual(a.wait_closes(1)[0]["reason"], "IDENTITY_MISMATCH")
        self.assertEqual(b.wait_closes(1)[0]["reason"], "TLS_FAILURE")
        self.assertEqual((echo.accepted, echo.received), (0, 0))

    def test_one_of_several_expected_identities_is_enough(self):
        ledger = self.pki.issue("ns/shop/sa/ledger")
        way_out = free_address()
        a = self.sidecar("a", self.client,
                         [outbound(way_out, self.serve(ledger), [self.server.principal, ledger.principal])],
                         [allow_to(ledger.principal)])
        client = self.connect(way_out)
        talk(client)
        client.close()
        self.assertEqual(a.wait_closes(1)[0]["destination"]["principal"], ledger.principal)


class MtlsModeTest(IntegrationTest):
    def from_anywhere(self):
        # No principal named: the only rule that can match a peer without an identity.
        return policy("clear", rules=[{"from": [{"source": {"ipBlocks": ["127.0.0.0/8"]}}]}])

    def test_permissive_serves_clear_text_and_tls_on_one_port(self):
        b = self.inbound_sidecar(self.echo().address, [self.from_anywhere()], mtls="PERMISSIVE")
        clear, secure = self.connect(self.door), self.tls(self.door)
        talk(clear, b"clear")
        talk(secure, b"secure")
        clear.close()
        b.wait_closes(1)
        secure.close()
        records = b.wait_closes(2)
        self.assertNotIn("principal", records[0]["source"])
        self.assertNotIn("tls", records[0])
        self.assertEqual(records[1]["source"]["principal"], self.client.principal)

    def test_permissive_gives_clear_text_no_identity(self):
        echo = self.echo()
        b = self.inbound_sidecar(echo.address, [allow_from(self.client.principal)], mtls="PERMISSIVE")
        client = self.connect(self.door)
        client.sendall(b"let me in")
        self.assertEqual(ending(client), "reset")
        self.assertEqual(b.wait_closes(1)[0]["reason"], "NO_RULE")
        self.assertEqual(echo.accepted, 0)
        talk(self.tls(self.door))

    def test_permissive_refuses_tls_without_an_identity(self):
        """TLS that fails must not fall back to clear text."""
        echo = self.echo()
        b = self.inbound_sidecar(echo.address, [self.from_anywhere()], mtls="PERMISSIVE")
        self.assertEqual(ending(self.tls(self.door, svid=False)), "reset")
        self.assertEqual(b.wait_closes(1)[0]["reason"], "TLS_FAILURE")
        self.assertEqual(echo.accepted, 0)

    def test_permissive_ends_a_client_that_never_speaks(self):
        b = self.inbound_sidecar(self.echo().address, [self.from_anywhere()], mtls="PERMISSIVE",
                                 limits={"detect_timeout_ms": 200})
        self.assertEqual(self.ending_at(self.door), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["reason"], record["verdict"]), ("TIMEOUT", "DROPPED"))

    def test_disable_passes_bytes_on_and_a_client_hello_is_only_bytes(self):
        b = self.inbound_sidecar(self.echo().address, [self.from_anywhere()], mtls="DISABLE")
        client = self.connect(self.door)
        talk(client, first_flight(client_context(self.client, self.pki.pem)))
        client.close()
        self.assertNotIn("tls", b.wait_closes(1)[0])

    def test_outbound_disable_speaks_clear_text(self):
        echo, way_out = self.echo(), free_address()
        a = self.sidecar("a", self.client, [outbound(way_out, echo.address, None, mtls="DISABLE")], [
            policy("clear", direction="OUTBOUND", rules=[
                {"to": [{"destination": {"ipBlocks": ["127.0.0.0/8"]}}]}])])
        client = self.connect(way_out)
        talk(client)
        client.close()
        self.assertEqual(a.wait_closes(1)[0]["verdict"], "FORWARDED")

    def test_server_that_speaks_first_is_heard_in_every_mode(self):
        def greet(connection):
            connection.sendall(b"220 ready")
            threading.Event().wait(seconds(0.2))
            connection.close()
        server = self.script_server(greet)
        for mode in ("STRICT", "DISABLE"):
            with self.subTest(mode):
                door = free_address()
                self.sidecar(mode, self.server, [inbound(door, server.address, mtls=mode)],
                             [self.from_anywhere()])
                client = self.tls(door) if mode == "STRICT" else self.connect(door)
                self.assertEqual(read_exactly(client, 9), b"220 ready")


if __name__ == "__main__":
    main()
