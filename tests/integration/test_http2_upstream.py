#!/usr/bin/python3
"""HTTP/2 upstreams that go away, in order or not: frames by hand."""
import struct
import threading

from http2_peers import PREFACE, Http2Client, frame
from integration import IntegrationTest, free_address, main, read_exactly, read_to_end
from sidecar import allow_all, inbound, outbound, seconds

HEADERS, SETTINGS, GOAWAY = 1, 4, 7
END_STREAM, END_HEADERS = 1, 4
OK = b"\x88"  # :status 200, of the static table


class Upstream:
    """The frames of one connection, as a script reads and writes them."""

    def __init__(self, connection):
        self.connection = connection
        assert read_exactly(connection, len(PREFACE)) == PREFACE
        self.send(SETTINGS)

    def send(self, kind, flags=0, stream=0, payload=b""):
        self.connection.sendall(frame(kind, flags, stream, payload))

    def goaway(self, last):
        self.send(GOAWAY, payload=struct.pack(">II", last, 0))

    def request(self):
        """The stream of the next one."""
        while True:
            head = read_exactly(self.connection, 9)
            read_exactly(self.connection, int.from_bytes(head[:3], "big"))
            if head[3] == HEADERS:
                return int.from_bytes(head[5:9], "big")

    def answer(self, stream):
        self.send(HEADERS, END_STREAM | END_HEADERS, stream, OK)

    def serve(self):
        while True:
            self.answer(self.request())


class Http2UpstreamTest(IntegrationTest):
    def before(self, *scripts):
        """A pair before a server whose first connections do as scripts say, and later ones serve."""
        left = list(scripts)

        def serve(connection):
            upstream = Upstream(connection)
            (left.pop(0) if left else Upstream.serve)(upstream)
        self.backend = self.script_server(serve)
        door, leave = free_address(), free_address()
        self.b = self.sidecar("b", self.server, [inbound(door, self.backend.address, protocol="AUTO")], [allow_all()])
        self.sidecar("a", self.client, [outbound(leave, door, [self.server.principal], protocol="AUTO")],
                     [allow_all("OUTBOUND")])
        return self.closing(Http2Client(leave))

    def test_a_request_that_a_goaway_leaves_out_goes_to_another_connection(self):
        def leaves(upstream):
            upstream.request()
            upstream.goaway(0)
        client = self.before(leaves)
        self.assertEqual(client.ask("POST", "/").status, 200)
        self.assertEqual(self.backend.accepted, 2)
        self.assertEqual(len(self.b.wait_records(1, event="REQUEST", verdict="FORWARDED")), 1)

    def test_a_request_that_a_goaway_counts_in_is_finished_where_it_is(self):
        go_on = threading.Event()

        def drains(upstream):
            stream = upstream.request()
            upstream.goaway(stream)
            go_on.wait(seconds(10))
            upstream.answer(stream)
            read_to_end(upstream.connection)  # unread bytes would make a reset of its end
        client = self.before(drains)
        slow = client.request("GET", "/slow")
        client.read_until(lambda: client.ask("GET", "/next").status == 200 and self.backend.accepted == 2)
        self.assertFalse(client.answers[slow].over)
        go_on.set()
        self.assertEqual(client.answer(slow).status, 200)

    def test_a_kept_connection_that_ended_is_not_used_again(self):
        def once(upstream):
            upstream.answer(upstream.request())
        client = self.before(*[once] * 10)
        # Also those that are sent just as the end comes, without a GOAWAY: asking twice is harmless.
        self.assertEqual([client.ask("GET", "/").status for _ in range(12)], [200] * 12)

    def test_what_may_have_been_acted_on_is_not_sent_twice(self):
        def breaks(upstream):
            upstream.request()
        client = self.before(breaks)
        self.assertEqual(client.ask("POST", "/").status, 502)
        self.assertEqual(self.backend.accepted, 1)
        self.b.wait_records(1, event="REQUEST", reason="UPSTREAM_FAILURE")
        self.assertEqual(client.ask("POST", "/").status, 200)

    def test_a_server_that_speaks_something_else_is_a_bad_gateway(self):
        def mumbles(upstream):
            upstream.connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)
        client = self.before(mumbles)
        self.assertIn(client.ask("GET", "/").status, (502, 503))
        self.assertEqual(client.ask("GET", "/").status, 200)


if __name__ == "__main__":
    main()
