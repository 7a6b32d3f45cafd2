#!/usr/bin/python3
"""gRPC that is none, through a pair of sidecars: over HTTP/1.1, for the filter is the same for every
version, and Python then writes the messages byte by byte."""
import http.client

from http_backends import HttpServer
from integration import IntegrationTest, free_address, main, read_exactly
from sidecar import allow_all, inbound, outbound

INVALID_ARGUMENT, RESOURCE_EXHAUSTED = "3", "8"


def message(payload, flag=0, length=None):
    return bytes([flag]) + (len(payload) if length is None else length).to_bytes(4, "big") + payload


class GrpcFramingTest(IntegrationTest):
    def grpc_pair(self, upstream=None, **limits):
        self.backend = self.closing(HttpServer(free_address()))
        self.door, self.exit = free_address(), free_address()
        self.b = self.sidecar("b", self.server,
                              [inbound(self.door, upstream or self.backend.address, protocol="AUTO")],
                              [allow_all()], limits=limits)
        self.a = self.sidecar("a", self.client,
                              [outbound(self.exit, self.door, [self.server.principal], protocol="AUTO")],
                              [allow_all("OUTBOUND")], limits=limits)

    def call(self, body, **headers):
        client = self.closing(http.client.HTTPConnection(*self.exit, timeout=10))
        client.request("POST", "/shop.Ledger/Append", body,
                       {"Content-Type": "application/grpc", "TE": "trailers",
                        **{name.replace("_", "-"): value for name, value in headers.items()}})
        return client.getresponse()

    def test_messages_pass(self):
        self.grpc_pair()
        self.assertEqual(self.call(message(b"one") + message(b"") + message(b"three")).status, 200)
        self.assertEqual(self.call(message(b"gz", flag=1), grpc_encoding="gzip").status, 200)
        self.assertEqual(len(self.backend.seen), 2)

    def test_bad_framing_is_answered_as_grpc_does(self):
        """I-05"""
        self.grpc_pair()
        for body, status, reason, detail in (
                (message(b"x", flag=2), INVALID_ARGUMENT, "MALFORMED", "grpc_message_flag"),
                (message(b"x", flag=1), INVALID_ARGUMENT, "MALFORMED", "grpc_compression_undeclared"),
                (message(b"short", length=9), INVALID_ARGUMENT, "MALFORMED", "grpc_message_truncated"),
                (message(b"x", length=0xFFFFFFFF), RESOURCE_EXHAUSTED, "LIMIT", "max_grpc_message_bytes"),
                (message(b"") * 10_001, RESOURCE_EXHAUSTED, "LIMIT", "max_grpc_empty_messages")):
            with self.subTest(detail):
                before = len(self.a.records(None))
                response = self.call(body)
                self.assertEqual((response.status, response.getheader("grpc-status")), (200, status))
                record, = self.a.wait_records(1, event="REQUEST", detail=detail, after=before)
                self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", reason))

    def test_a_deadline_is_clamped_or_refused(self):
        """I-06"""
        self.grpc_pair(max_grpc_timeout_ms=60_000)
        for sent, forwarded in (("5S", "5S"), ("99999999H", "60000m"), ("61S", "60000m")):
            self.assertEqual(self.call(message(b"x"), grpc_timeout=sent).status, 200)
            headers = {name.lower(): value for name, value in self.backend.seen[-1][2]}
            self.assertEqual(headers["grpc-timeout"], forwarded)
        self.assertEqual(self.call(message(b"x"), grpc_timeout="-1S").getheader("grpc-status"), INVALID_ARGUMENT)
        self.assertEqual(len(self.backend.seen), 3)

    def test_a_bad_message_of_the_server_breaks_the_response_off(self):
        """I-05"""
        asked = message(b"question")

        def answer(connection):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += read_exactly(connection, 1)
            read_exactly(connection, len(asked))
            body = message(b"good") + message(b"bad", flag=7)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nContent-Length: %d\r\n\r\n"
                               % len(body) + body)
        self.grpc_pair(upstream=self.script_server(answer).address)
        with self.assertRaises((http.client.IncompleteRead, http.client.BadStatusLine, ConnectionError)):
            self.call(asked).read()
        record, = self.b.wait_records(1, event="REQUEST")
        self.assertEqual((record["verdict"], record["reason"], record["detail"]),
                         ("DROPPED", "MALFORMED", "grpc_message_flag"))


if __name__ == "__main__":
    main()
