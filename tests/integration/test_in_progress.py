#!/usr/bin/python3
"""A call's record tells what was open at its workload when it began, and which request it is for."""
import http.client
import http.server
import threading

from http_backends import HttpServer
from integration import IntegrationTest, free_address, main, talk, wait_until
from sidecar import allow_all, allow_from, inbound, outbound

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Caller:
    """A workload that asks `onwards` before it answers, and passes traceparent on, as tracing libraries do."""

    def __init__(self, address, onwards):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                ask(onwards, self.headers.get("traceparent"))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass
        self._server = http.server.ThreadingHTTPServer(address, Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def ask(address, traceparent=None, connection=None):
    connection = connection or http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", "/v1", headers={"traceparent": traceparent} if traceparent else {})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    connection.close()


class InProgressTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        payments = self.pki.issue("ns/shop/sa/payments")
        end = self.closing(HttpServer(free_address()))
        there, self.out, self.door, app = (free_address() for _ in range(4))
        self.sidecar("c", payments, [inbound(there, end.address, protocol="AUTO")],
                     [allow_from(self.server.principal)])
        # One process for both directions, and two workers: they need not meet on one.
        self.b = self.sidecar("b", self.server, [
            inbound(self.door, app, protocol="AUTO"),
            outbound(self.out, there, [payments.principal], protocol="AUTO")],
            [allow_from(self.client.principal), allow_all("OUTBOUND", "out")])
        self.closing(Caller(app, self.out))

    def request(self, traceparent=None):
        connection = http.client.HTTPConnection(*self.door, timeout=10)
        connection.sock = self.tls(self.door)
        ask(self.door, traceparent, connection)

    def calls(self, count):
        return self.b.wait_records(count, event="REQUEST", direction="OUTBOUND")

    def test_a_call_is_tied_to_the_request_of_its_trace(self):
        for count in range(1, 9):
            self.request(f"00-{count:02x}{TRACE[2:]}-00f067aa0ba902b7-01")
            call = self.calls(count)[-1]
            cause = self.b.wait_records(count, event="REQUEST", direction="INBOUND")[-1]
            self.assertEqual((call["inflight_inbound"], call["parent_flow_id"], call["trace_id"]),
                             (1, cause["flow_id"], cause["trace_id"]))
            self.assertNotIn("inflight_inbound", cause)

    def test_without_a_trace_the_count_is_what_there_is(self):
        self.request()
        call, = self.calls(1)
        self.assertEqual(call["inflight_inbound"], 1)
        self.assertNotIn("parent_flow_id", call)

    def test_a_call_that_nobody_asked_for_says_so(self):
        self.request(f"00-{TRACE}-00f067aa0ba902b7-01")
        self.calls(1)
        self.b.wait_records(1, event="REQUEST", direction="INBOUND")
        ask(self.out, f"00-{TRACE}-00f067aa0ba902b7-01")
        orphan = self.calls(2)[-1]
        self.assertEqual(orphan["inflight_inbound"], 0)
        self.assertNotIn("parent_flow_id", orphan)


class BytesInProgressTest(IntegrationTest):
    def test_a_byte_stream_counts_while_it_lasts(self):
        payments, there = self.pki.issue("ns/shop/sa/payments"), free_address()
        self.sidecar("c", payments, [inbound(there, self.echo().address)], [allow_from(self.server.principal)])
        self.door, out = free_address(), free_address()
        b = self.sidecar("b", self.server, [inbound(self.door, self.echo().address),
                                            outbound(out, there, [payments.principal])],
                         [allow_from(self.client.principal), allow_all("OUTBOUND", "out")])
        stream = self.tls(self.door)
        talk(stream)
        for count, wanted in ((1, 1), (2, 0)):
            call = self.connect(out)
            talk(call)
            call.close()
            record = b.wait_records(count, direction="OUTBOUND")[-1]
            self.assertEqual(record["inflight_inbound"], wanted)
            stream.close()
            wait_until(lambda: b.wait_records(1, direction="INBOUND"), "the stream's end")


if __name__ == "__main__":
    main()
