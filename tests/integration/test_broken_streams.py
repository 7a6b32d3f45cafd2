#!/usr/bin/python3
"""Peers that break TLS, or fill a certificate with nonsense: what the records say of it."""
from cryptography import x509

from handmade_tls import HandmadeTls, handmade_client
from integration import IntegrationTest, ending, main, read_exactly, wait_until
from pki import Authority, client_context, server_context
from sidecar import PAYLOAD_MARK

MAX_DETAIL_BYTES = 600


def broken(record):
    """The last byte belongs to the authentication tag."""
    return record[:-1] + bytes([record[-1] ^ 1])


class BrokenStreamTest(IntegrationTest):
    def greeted(self):
        """A client that has been served once."""
        client = self.closing(handmade_client(self.door, client_context(self.client, self.pki.pem)))
        client.shake()
        client.send(b"ping")
        self.assertEqual(read_exactly(client, 4), b"ping")
        return client

    def test_broken_record_of_a_client_is_recorded_as_malformed(self):
        echo = self.echo()
        b = self.inbound_sidecar(echo.address)
        client = self.greeted()
        client.connection.sendall(broken(client.seal(PAYLOAD_MARK)))
        self.assertEqual(ending(client.connection), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"], record["close_reason"]),
                         ("FORWARDED", "MALFORMED", "DOWNSTREAM_RESET"))
        self.assertTrue(record["detail"])
        self.assertEqual((record["bytes_sent"], echo.received), (4, 4))

    def test_broken_record_of_an_upstream_is_recorded_as_malformed(self):
        context = server_context(self.server, self.pki.pem)

        def script(connection):
            tls = HandmadeTls(connection, context, server_side=True).shake()
            tls.send(read_exactly(tls, 4))
            connection.sendall(broken(tls.seal(PAYLOAD_MARK)))
            tls.recv(1)
        a = self.outbound_sidecar(self.script_server(script).address)
        client = self.connect(self.exit)
        client.sendall(b"ping")
        self.assertEqual(read_exactly(client, 4), b"ping")
        self.assertEqual(ending(client), "reset")
        record, = a.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"], record["close_reason"]),
                         ("FORWARDED", "MALFORMED", "UPSTREAM_RESET"))
        self.assertTrue(record["detail"])
        self.assertEqual(record["bytes_received"], 4)

    def test_end_without_close_notify_is_recorded_with_a_detail(self):
        b = self.inbound_sidecar(self.echo().address)
        self.greeted().close()
        record, = b.wait_closes(1)
        self.assertEqual((record["verdict"], record["close_reason"]), ("FORWARDED", "DOWNSTREAM_RESET"))
        self.assertIn("close_notify", record["detail"])


class HugeNameTest(IntegrationTest):
    def test_detail_stays_short_however_long_the_issuer_is_called(self):
        """The name stands in the detail, and in the log: neither may be made to grow by a stranger."""
        forger = Authority("shop.example")
        forger.name = x509.Name([
            x509.NameAttribute(x509.ObjectIdentifier(f"1.3.6.1.4.1.55555.{i}"), "\x01\n\u2028" + "x" * 2500)
            for i in range(4)])
        b = self.inbound_sidecar(self.echo().address)
        self.assertEqual(ending(self.tls(self.door, svid=forger.issue("ns/shop/sa/web"))), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "IDENTITY_INVALID"))
        self.assertTrue(record["detail"])
        self.assertLessEqual(len(record["detail"].encode()), MAX_DETAIL_BYTES)
        wait_until(lambda: "IDENTITY_INVALID" in b.log(), "the refusal in the log")
        self.assertLess(max(map(len, b.log().splitlines())), 5 * MAX_DETAIL_BYTES)


if __name__ == "__main__":
    main()
