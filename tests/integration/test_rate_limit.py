#!/usr/bin/python3
"""Rate limits of the inbound sidecar, by the identity of who asks."""
import http.client
import time

from http_backends import HttpServer
from integration import IntegrationTest, free_address, main, wait_until
from sidecar import allow_all, inbound

UPGRADE = (b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


class RateLimitTest(IntegrationTest):
    """mTLS clients of several identities -> b -> server; b has one worker, so that limits are exact."""

    def limited(self, *rate_limits):
        self.backend = self.closing(HttpServer(free_address()))
        self.door = free_address()
        self.b = self.sidecar("b", self.server, [inbound(self.door, self.backend.address, protocol="AUTO")],
                              [allow_all()], concurrency=1, rate_limits=list(rate_limits))

    def client_of(self, svid):
        client = self.closing(http.client.HTTPConnection(*self.door))
        client.sock = self.tls(self.door, svid)
        return client

    def ask(self, client, headers=None, method="GET"):
        client.request(method, "/", headers=headers or {})
        response = client.getresponse()
        response.read()
        return response

    def refusals(self):
        return self.b.metric("firebreak_requests_total", 'reason="RATE_LIMIT"')

    def test_above_the_rate_it_is_429_with_a_reason_and_the_connection_goes_on(self):
        self.limited({"principals": [self.client.principal], "requests_per_second": 2, "burst": 3})
        client = self.client_of(self.client)
        began = time.monotonic()
        answers = [self.ask(client) for _ in range(20)]
        allowed = [a for a in answers if a.status == 200]
        refused = [a for a in answers if a.status == 429]
        self.assertEqual(len(allowed) + len(refused), 20)
        self.assertGreaterEqual(len(allowed), 3)
        self.assertLessEqual(len(allowed), 3 + 2 * (time.monotonic() - began) + 1)
        self.assertEqual({a.getheader("retry-after") for a in refused}, {"1"})
        self.assertEqual(len(self.backend.seen), len(allowed))
        wait_until(lambda: self.refusals() == len(refused), "all counted")
        record = self.b.wait_records(len(refused), event="REQUEST", reason="RATE_LIMIT")[0]
        self.assertEqual((record["verdict"], record["detail"], record["http"]["status"]),
                         ("DROPPED", "requests_per_second", 429))
        self.assertEqual(record["source"]["principal"], self.client.principal)
        # A second later one passes again.
        wait_until(lambda: self.ask(client).status == 200, "room for one more")

    def test_requests_of_a_pipeline_are_one_at_a_time(self):
        self.limited({"principals": [self.client.principal], "concurrent": 1})
        raw = self.tls(self.door, self.client)
        raw.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 9 +
                    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := raw.recv(65536):
            answer += piece
        self.assertEqual(answer.count(b"HTTP/1.1 200 "), 10, answer)
        self.assertEqual(self.refusals(), 0)

    def test_a_grpc_client_is_told_resource_exhausted(self):
        self.limited({"requests_per_second": 1, "burst": 1})
        client = self.client_of(self.client)
        headers = {"Content-Type": "application/grpc", "TE": "trailers"}
        answers = [self.ask(client, headers, "POST") for _ in range(5)]
        self.assertIn("8", {a.getheader("grpc-status") for a in answers if a.status == 200})

    def test_identities_are_counted_apart_and_others_have_no_limit(self):
        other = self.pki.issue("ns/shop/sa/batch")
        self.limited({"principals": ["*/sa/web"], "requests_per_second": 1, "burst": 1})
        web, batch = self.client_of(self.client), self.client_of(other)
        self.assertIn(429, [self.ask(web).status for _ in range(10)])
        self.assertEqual({self.ask(batch).status for _ in range(50)}, {200})

    def test_requests_at_once_are_bounded_over_all_connections(self):
        self.limited({"concurrent": 2})
        held = []
        for _ in range(2):
            socket = self.closing(self.tls(self.door, self.client))
            socket.sendall(UPGRADE)
            self.assertTrue(socket.recv(4096).startswith(b"HTTP/1.1 101 "))
            held.append(socket)
        client = self.client_of(self.client)
        self.assertEqual(self.ask(client).status, 429)
        record, = self.b.wait_records(1, event="REQUEST", reason="RATE_LIMIT")
        self.assertEqual(record["detail"], "concurrent")
        held.pop().close()
        wait_until(lambda: self.ask(client).status == 200, "room for one more")
        # One after the other they are never at once.
        self.assertEqual({self.ask(client).status for _ in range(50)}, {200})


if __name__ == "__main__":
    main()
