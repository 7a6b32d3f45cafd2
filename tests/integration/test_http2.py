#!/usr/bin/python3
"""HTTP/2 through a pair of sidecars: an application with prior knowledge, mTLS with ALPN h2, an h2c server."""
import hashlib
import json
import time

from http2_peers import CANCEL, NO_ERROR, PREFACE, Http2Client, Http2Server, frame, pattern
from integration import IntegrationTest, free_address, main, wait_until
from pki import client_context
from sidecar import allow_all, deliberate_pause, inbound, memory_kib, outbound, policy, seconds

INTERNAL_ERROR, REFUSED_STREAM = 2, 7


def digest(data):
    return hashlib.sha256(data).hexdigest()


# What the server is asked for tells requests apart.
FLOW_LOG = {"file": {"path": "flows.jsonl"}, "show_paths": ["/bytes", "/drip"]}


class Http2Pair(IntegrationTest):
    """client -> a == mTLS == b -> server, all listeners AUTO."""

    def http2_pair(self, policies=None, limits=None, **server):
        self.backend = self.closing(Http2Server(**server))
        self.addCleanup(lambda: self.assertEqual(self.backend.failures, []))
        self.door, self.exit = free_address(), free_address()
        self.b = self.sidecar("b", self.server, [inbound(self.door, self.backend.address, protocol="AUTO")],
                              policies or [allow_all()], limits=limits, flow_log=FLOW_LOG)
        self.a = self.sidecar("a", self.client, [outbound(self.exit, self.door, [self.server.principal],
                                                          protocol="AUTO")],
                              [allow_all("OUTBOUND")], limits=limits, flow_log=FLOW_LOG)

    def client_of(self, address=None, **options):
        return self.closing(Http2Client(address or self.exit, **options))

    def told(self, method, path, client=None, **options):
        answer = (client or self.client_of()).ask(method, path, **options)
        self.assertEqual((answer.status, answer.reset), (200, None), bytes(answer.body[:200]))
        return json.loads(answer.body)

    def request_record(self, sidecar, path, **fields):
        """The one REQUEST record of path."""
        def found():
            return [r for r in sidecar.records("REQUEST") if r["http"]["path"] == path]
        record, = wait_until(found, lambda: f"a record of {path}: {sidecar.records('REQUEST')}")
        for name, value in fields.items():
            self.assertEqual(record.get(name), value, record)
        return record


class Http2ForwardingTest(Http2Pair):
    def setUp(self):
        super().setUp()
        self.http2_pair()

    def test_request_and_response_arrive_as_they_were_sent(self):
        told = self.told("POST", "/v1/charges?currency=eur", body=b"amount=7",
                         headers=[("x-order", "17"), ("cookie", "a=1"), ("cookie", "b=2")])
        self.assertEqual((told["method"], told["target"]), ("POST", "/v1/charges?currency=eur"))
        self.assertEqual((told["body_bytes"], told["sha256"]), (8, digest(b"amount=7")))
        headers = {}
        for name, value in told["headers"]:
            headers.setdefault(name, []).append(value)
        self.assertEqual(headers["x-order"], ["17"])
        self.assertEqual("; ".join(headers["cookie"]), "a=1; b=2")
        self.assertEqual(headers[":authority"], ["orders"])
        self.assertEqual(headers["x-firebreak-principal"], [self.client.principal])

    def test_the_application_learns_who_asks_and_forgeries_are_gone(self):
        told = self.told("GET", "/", headers=[("x-firebreak-principal", "shop.example/ns/shop/sa/admin"),
                                              ("x-forwarded-client-cert", "By=me")])
        self.assertEqual([v for n, v in told["headers"] if n == "x-firebreak-principal"], [self.client.principal])
        xfcc, = [v for n, v in told["headers"] if n == "x-forwarded-client-cert"]
        self.assertRegex(xfcc, f"^By=spiffe://{self.server.principal};Hash=[0-9a-f]{{64}};"
                               f"URI=spiffe://{self.client.principal}$")

    def test_alpn_of_the_inbound_side_is_h2_where_it_is_offered(self):
        context = client_context(self.client, self.pki.pem)
        context.set_alpn_protocols(["h2", "http/1.1"])
        connection = self.tls(self.door, context=context)
        self.assertEqual(connection.selected_alpn_protocol(), "h2")
        client = Http2Client(connection)
        self.assertEqual(self.told("GET", "/direct", client)["target"], "/direct")
        for sidecar in (self.b, self.a):
            self.told("GET", "/both")
            self.assertTrue(sidecar.wait_records(1, event="REQUEST", protocol="HTTP2"))

    def test_a_hundred_requests_at_once_share_one_connection(self):
        client = self.client_of()
        streams = [client.request("GET", "/hang") for _ in range(100)]
        self.backend.wait_live(100, "/hang")
        self.assertEqual(self.backend.accepted, 1)
        self.backend.release("/hang")
        for stream in streams:
            self.assertEqual(client.answer(stream).status, 200)
        for sidecar in (self.a, self.b):
            wait_until(lambda s=sidecar: s.metric("firebreak_connections_open") == 1, "one connection")

    def test_a_thousand_requests_one_after_the_other(self):
        client = self.client_of()
        for i in range(1000):
            self.assertEqual(self.told("POST", f"/v1/orders/{i}", client, body=b"x")["target"], f"/v1/orders/{i}")
        self.assertEqual((self.backend.accepted, len(self.backend.seen)), (1, 1000))
        for sidecar in (self.a, self.b):
            self.assertEqual(len(sidecar.wait_records(1000, event="REQUEST")), 1000)

    def test_an_upstream_that_takes_few_streams_gets_more_connections_and_refuses_nothing(self):
        self.backend.max_streams = 10
        client = self.client_of()
        streams = [client.request("GET", "/hang") for _ in range(100)]
        self.backend.wait_live(100, "/hang")
        self.assertEqual(self.backend.accepted, 10)
        self.backend.release("/hang")
        for stream in streams:
            self.assertEqual(client.answer(stream).status, 200)

    def test_bodies_of_any_size_are_exact_both_ways(self):
        client = self.client_of()
        for count in (0, 1, 16383, 16384, 16385, 65535, 65536, 12_000_000):
            got = client.ask("GET", f"/bytes/{count}")
            self.assertEqual((got.status, len(got.body), digest(got.body)), (200, count, digest(pattern(count))))
            told = self.told("POST", "/", client, body=pattern(count))
            self.assertEqual((told["body_bytes"], told["sha256"]), (count, digest(pattern(count))))

    def test_bodies_go_both_ways_at_once(self):
        client = self.client_of()
        stream = client.request("POST", "/echo", end=False)
        self.assertEqual(client.head(stream).status, 200)  # before a byte of the body has been sent
        for piece in (b"one", b"two" * 10_000, pattern(2_000_000)):
            before = len(client.answers[stream].body)
            client.send(stream, piece, end=False)
            client.read_until(lambda b=before, p=piece: len(client.answers[stream].body) == b + len(p))
            self.assertEqual(client.answers[stream].body[before:], piece)
        client.send(stream, b"")
        self.assertTrue(client.answer(stream).ended)

    def test_large_bodies_of_many_streams_do_not_starve_each_other(self):
        client = self.client_of()
        large = [client.request("GET", "/bytes/3000000") for _ in range(8)]
        small = [client.request("GET", f"/small/{i}") for i in range(20)]
        for stream in small:
            self.assertEqual(client.answer(stream).status, 200)
        self.assertFalse(all(client.answers[stream].over for stream in large))
        for stream in large:
            self.assertEqual(digest(client.answer(stream).body), digest(pattern(3_000_000)))

    def test_trailers_pass_both_ways(self):
        client = self.client_of()
        got = client.ask("GET", "/trailers/100000")
        self.assertEqual((got.status, got.trailers, digest(got.body)),
                         (200, {"x-sum": "done", "x-count": "100000"}, digest(pattern(100_000))))
        stream = client.request("POST", "/", [("trailer", "x-sum")], end=False)
        client.send(stream, b"body", end=False)
        client.trailers(stream, [("x-sum", "17")])
        told = json.loads(client.answer(stream).body)
        self.assertEqual((told["body_bytes"], told["trailers"]), (4, [["x-sum", "17"]]))

    def test_head_204_and_304_have_no_body(self):
        client = self.client_of()
        for method, path, status in (("HEAD", "/bytes/1000", 200), ("GET", "/status/204", 204),
                                     ("GET", "/status/304", 304)):
            got = client.ask(method, path)
            self.assertEqual((got.status, got.body, got.ended), (status, b"", True), path)
        self.assertEqual(client.ask("HEAD", "/bytes/1000").headers["content-length"], "1000")

    def test_informational_responses_come_before_the_final_one(self):
        got = self.client_of().ask("GET", "/hints")
        self.assertEqual([(i[":status"], i["link"]) for i in got.informational], [("103", "</style.css>; rel=preload")])
        self.assertEqual(got.status, 200)

    def test_a_server_that_answers_early_is_heard(self):
        client = self.client_of()
        stream = client.request("POST", "/refuse-early", end=False)
        got = client.answer(stream)
        self.assertEqual((got.status, bytes(got.body)), (413, b"too much"))
        self.assertEqual(self.told("GET", "/after", client)["target"], "/after")

    def test_each_request_has_a_record_and_the_connection_one(self):
        client = self.client_of()
        for i in range(3):
            self.told("POST", f"/v1/orders/{i}?token=geheim", client, body=b"12345",
                      headers=[("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")])
        client.close()
        for sidecar in (self.a, self.b):
            requests = sidecar.wait_records(3, event="REQUEST")
            self.assertEqual({r["http"]["status"] for r in requests}, {200})
            self.assertEqual({r["http"]["path"] for r in requests}, {"/v1/orders/{id}"})
            self.assertEqual({r["http"]["request_bytes"] for r in requests}, {5})
            self.assertEqual({r["trace_id"] for r in requests}, {"0af7651916cd43dd8448eb211c80319c"})
            self.assertEqual({(r["protocol"], r["verdict"]) for r in requests}, {("HTTP2", "FORWARDED")})
            self.assertNotIn("geheim", json.dumps(requests))
            self.assertEqual(len({r["flow_id"] for r in requests}), 1)
        close, = self.a.wait_closes(1)  # b's stays, for the next request
        self.assertEqual(close["flow_id"], self.a.records("REQUEST")[0]["flow_id"])
        self.assertEqual((close["protocol"], close["close_reason"]), ("HTTP2", "DOWNSTREAM_FIN"))


class Http2ResetTest(Http2Pair):
    def setUp(self):
        super().setUp()
        self.http2_pair()

    def cancelled(self, client, path, stream):
        """Resets the stream, and sees that this reaches the server and the records, and nothing else."""
        client.reset(stream)
        wait_until(lambda: (path, CANCEL) in self.backend.resets, lambda: f"{path} reset: {self.backend.resets}")
        for sidecar in (self.a, self.b):
            self.request_record(sidecar, path, close_reason="DOWNSTREAM_RESET")
        self.assertEqual(self.told("GET", "/next", client)["connection"], 0)

    def test_before_the_response_begins(self):
        client = self.client_of()
        stream = client.request("GET", "/hang")
        self.backend.wait_live(1)
        self.cancelled(client, "/hang", stream)

    def test_before_the_body_begins(self):
        client = self.client_of()
        stream = client.request("POST", "/hang", end=False)
        self.backend.wait_live(1)
        self.cancelled(client, "/hang", stream)

    def test_within_the_request_body(self):
        client = self.client_of()
        stream = client.request("POST", "/hang", end=False)
        client.send(stream, pattern(100_000), end=False)
        self.backend.wait_live(1)
        self.cancelled(client, "/hang", stream)

    def test_while_the_request_body_waits_for_a_window(self):
        client = self.client_of()
        stream = client.request("POST", "/unread", end=False)
        # Sidecars hold a window and an outbox each; beyond that the client has to wait.
        client.h2.send_data(stream, pattern(16384))
        client.flush()
        sent = 16384
        deadline = time.monotonic() + seconds(1)
        while time.monotonic() < deadline:
            room = min(client.h2.local_flow_control_window(stream), 16384)
            if room == 0:
                client.peer.settimeout(0.1)
                try:
                    client.receive()
                except TimeoutError:
                    pass
                continue
            client.h2.send_data(stream, pattern(room))
            client.flush()
            sent += room
        self.assertLess(sent, 1_000_000)
        self.cancelled(client, "/unread", stream)

    def test_within_the_response_body(self):
        client = self.client_of()
        stream = client.request("GET", "/drip/1000")
        client.read_until(lambda: len(client.answers[stream].body) == 1000)
        self.cancelled(client, "/drip/1000", stream)

    def test_while_the_response_body_waits_for_a_window(self):
        client = self.client_of(window=1000)
        client.reading = False
        stream = client.request("GET", "/bytes/10000000")
        client.read_until(lambda: len(client.answers[stream].body) == 1000)
        self.cancelled(client, "/bytes/10000000", stream)

    def test_at_once_and_a_hundred_times(self):
        client = self.client_of()
        for i in range(90):  # below what counts as a flood
            client.reset(client.request("GET", f"/hang?{i}"))
        self.assertEqual(self.told("GET", "/next", client)["target"], "/next")
        self.backend.wait_live(0)
        for sidecar in (self.a, self.b):
            wait_until(lambda s=sidecar: s.metric("firebreak_connections_open") == 1, "one connection")

    def test_a_lost_connection_cancels_its_streams(self):
        client = self.client_of()
        for i in range(10):
            client.request("GET", f"/hang?{i}")
        self.backend.wait_live(10)
        client.close()
        self.backend.wait_live(0)
        for sidecar in (self.a, self.b):
            self.assertEqual({r["close_reason"] for r in sidecar.wait_records(10, event="REQUEST")},
                             {"DOWNSTREAM_RESET"})

    def test_a_client_that_closes_in_order_cancels_its_streams(self):
        client = self.client_of()
        client.ask("GET", "/")  # all that has been sent is read: the close is an end, not a reset
        client.request("GET", "/hang")
        client.request("POST", "/hang", end=False)
        self.backend.wait_live(2)
        client.close()
        self.backend.wait_live(0)
        self.a.wait_closes(1)

    def test_a_reset_of_the_server_reaches_the_client(self):
        client = self.client_of()
        got = client.ask("GET", f"/reset/{INTERNAL_ERROR}")
        self.assertEqual(got.status, 502)
        stream = client.request("GET", "/drip/100")
        client.read_until(lambda: len(client.answers[stream].body) == 100)
        self.backend.release("/drip/100", INTERNAL_ERROR)
        got = client.answer(stream)
        self.assertEqual((got.status, got.ended), (200, False))
        self.assertNotIn(got.reset, (None, NO_ERROR))
        record = self.request_record(self.b, "/drip/100")
        self.assertEqual((record["verdict"], record["reason"], record["close_reason"]),
                         ("ERROR", "UPSTREAM_FAILURE", "UPSTREAM_RESET"))

    def test_a_refused_stream_is_tried_again_and_then_given_up(self):
        got = self.client_of().ask("GET", f"/reset/{REFUSED_STREAM}")
        self.assertIn(got.status, (502, 503))
        # Two attempts of b, and no more of a: b has answered.
        self.assertEqual(len(self.backend.seen), 2)


class Http2MalformedTest(Http2Pair):
    def test_X_02_each_request_that_is_reset_for_its_form_has_a_record(self):
        self.http2_pair()
        good = [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/v1/orders?token=geheim")]
        cases = [good[:3] + [(":path", "admin?token=geheim")], good[:3] + [(":path", "/v1/orders")] * 2,
                 good + [("connection", "close")], good + [("X-Order", "1")], good + [("a", "b\r\nc: d")],
                 good + [("content-length", "5")], good[:2] + good[3:]]
        raw = self.connect(self.exit)
        raw.sendall(PREFACE + frame(4))
        for count, fields in enumerate(cases):
            block = b"".join(b"\x00" + bytes([len(n)]) + n.encode() + bytes([len(v)]) + v.encode() for n, v in fields)
            raw.sendall(frame(1, 5, 2 * count + 1, block))
            record = self.a.wait_records(count + 1, event="REQUEST")[count]
            self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "MALFORMED"), record)
            self.assertTrue(record["detail"])
            self.assertNotIn("status", record["http"], "it was not answered")
        self.assertEqual(len(self.a.records("REQUEST")), len(cases))
        self.assertNotIn("geheim", json.dumps(self.a.records("REQUEST")))
        self.assertEqual(self.backend.seen, [])


class Http2SlowReaderTest(Http2Pair):
    """H2-08"""

    def test_who_opens_no_window_costs_little_and_is_ended(self):
        self.http2_pair(limits={"stream_idle_timeout_ms": 2000})
        warm = self.client_of()
        warm.ask("GET", "/bytes/10000000")
        before = [sidecar.peak_kib() for sidecar in (self.a, self.b)]
        slow = self.client_of(window=0)
        slow.reading = False
        streams = [slow.request("GET", "/bytes/50000000") for _ in range(50)]
        for _ in range(10):
            self.assertEqual(self.told("GET", "/meanwhile", warm)["target"], "/meanwhile")
        for stream in streams:
            self.assertIsNotNone(slow.answer(stream).reset)
        grown = [s.peak_kib() - b for s, b in zip((self.a, self.b), before)]
        # A window of 64 KiB and an outbox of as much for each stream.
        self.assertLess(max(grown), memory_kib(50 * 256), grown)
        timed_out = 0  # each request in one of the two, whoever was first
        for sidecar in (self.a, self.b):
            records = [r for r in sidecar.wait_records(61, event="REQUEST") if r["http"]["path"] == "/bytes/50000000"]
            self.assertEqual(len(records), 50)
            timed_out += sum(r.get("reason") == "TIMEOUT" for r in records)
        self.assertGreaterEqual(timed_out, 50)
        self.backend.wait_live(0)

    def test_what_is_held_for_who_opens_no_window_is_let_go(self):
        """H2-08: also where the whole response is with us, and its exchange has ended"""
        self.http2_pair(limits={"stream_idle_timeout_ms": 1000})
        client = self.client_of(window=0)
        client.reading = False
        stream = client.request("GET", "/bytes/1000")
        self.assertEqual(client.answer(stream).reset, CANCEL)
        self.assertEqual((client.answers[stream].status, client.answers[stream].body), (200, b""))

    def test_who_reads_slowly_gets_everything(self):
        self.http2_pair(limits={"stream_idle_timeout_ms": int(seconds(2000))})
        client = self.client_of(window=10_000)
        client.reading = False
        stream = client.request("GET", "/bytes/100000")
        for count in range(10_000, 100_001, 10_000):
            client.read_until(lambda c=count: len(client.answers[stream].body) == c)
            deliberate_pause(0.3, "it reads slowly")
            client.read_on()
            client.reading = False
        self.assertEqual(digest(client.answer(stream).body), digest(pattern(100_000)))

    def test_a_request_whose_body_stops_is_ended(self):
        self.http2_pair(limits={"stream_idle_timeout_ms": 1000})
        client = self.client_of()
        stream = client.request("POST", "/hang", end=False)
        client.send(stream, b"some", end=False)
        self.assertEqual(client.answer(stream).status, 504)
        # Whoever of the two was first has cancelled the other.
        self.assertIn("TIMEOUT", [self.request_record(s, "/hang").get("reason") for s in (self.a, self.b)])
        self.backend.wait_live(0)


class Http2DrainTest(Http2Pair):
    def drained(self, sidecar):
        self.http2_pair()
        client = self.client_of()
        stream = client.request("GET", "/drip/1000")
        client.read_until(lambda: len(client.answers[stream].body) == 1000)
        sidecar = getattr(self, sidecar)
        sidecar.process.terminate()
        if sidecar is self.a:
            client.read_until(lambda: client.goaways)
        else:
            wait_until(lambda: not self.accepts(self.door), "the door is closed")
        self.backend.release("/drip/1000")
        got = client.answer(stream)
        self.assertEqual((got.status, got.ended, digest(got.body)), (200, True, digest(pattern(1000))))
        if sidecar is self.a:
            client.read_until(lambda: client.goaways[-1][0] == stream)
            self.assertEqual({code for _, code, _ in client.goaways}, {NO_ERROR})
        began = time.monotonic()
        self.assertEqual(sidecar.wait_exit(), 0)
        self.assertLess(time.monotonic() - began, seconds(5))
        sidecar.check_records()
        record, = sidecar.records("REQUEST")
        self.assertEqual((record["verdict"], record["http"]["status"]), ("FORWARDED", 200))

    def accepts(self, address):
        try:
            self.connect(address).close()
            return True
        except OSError:
            return False

    def test_streams_of_a_sidecar_that_stops_finish_outbound(self):
        self.drained("a")

    def test_streams_of_a_sidecar_that_stops_finish_inbound(self):
        self.drained("b")


class Http2PolicyTest(Http2Pair):
    def charges(self, *paths):
        return policy("charge", rules=[{"name": "charges",
                                        "from": [{"source": {"principals": [self.client.principal]}}],
                                        "to": [{"operation": {"methods": ["GET", "POST"], "paths": list(paths)}}]}])

    def setUp(self):
        super().setUp()
        self.http2_pair(policies=[self.charges("/drip/{*}", "/bytes/{*}", "/open/{**}")])

    def test_a_refusal_is_of_one_stream(self):
        client = self.client_of()
        live = client.request("GET", "/drip/1000")
        client.read_until(lambda: len(client.answers[live].body) == 1000)
        for method, path in (("GET", "/other"), ("DELETE", "/open/1"), ("GET", "/open/../other"), ("GET", "/opening"),
                             ("GET", "/bytes/1/2")):
            got = client.ask(method, path)
            self.assertEqual((got.status, got.ended), (403, True), path)
            decision = got.headers["x-firebreak-decision-id"]
            self.assertIn(decision.encode(), got.body)
            self.assertNotIn(b"charge", got.body)
            record = self.b.wait_records(1, event="REQUEST", decision_id=decision)[0]
            self.assertEqual((record["verdict"], record["reason"], record["http"]["status"]),
                             ("DROPPED", "NO_RULE", 403))
        self.assertEqual(self.told("GET", "/open/2", client)["target"], "/open/2")
        self.backend.release("/drip/1000")
        self.assertTrue(client.answer(live).ended)
        self.assertEqual(self.backend.accepted, 1)
        self.assertEqual({path for _, path, _ in self.backend.seen}, {"/drip/1000", "/open/2"})

    def test_a_refused_body_is_not_read_on(self):
        client = self.client_of()
        stream = client.request("POST", "/other", end=False)
        self.assertEqual(client.answer(stream).status, 403)
        self.assertEqual(self.told("GET", "/open/2", client)["target"], "/open/2")

    def test_a_changed_policy_ends_the_streams_it_no_longer_allows_and_no_other(self):
        client = self.client_of()
        doomed, spared = client.request("GET", "/drip/1000"), client.request("GET", "/bytes/5000000")
        client.read_until(lambda: len(client.answers[doomed].body) == 1000)
        waiting = client.request("GET", "/drip/1001")
        self.backend.wait_live(1, "/drip/1001")
        self.b.write_policy(self.charges("/bytes/{*}", "/open/{**}"))
        began = time.monotonic()
        client.read_until(lambda: client.answers[doomed].over)
        self.assertLess(time.monotonic() - began, seconds(1))
        self.assertNotIn(client.answers[doomed].reset, (None, NO_ERROR))
        self.assertTrue(client.answer(waiting).over)
        self.assertEqual(digest(client.answer(spared).body), digest(pattern(5_000_000)))
        self.request_record(self.b, "/drip/1000", verdict="DROPPED", reason="POLICY_CHANGED")
        self.request_record(self.b, "/bytes/5000000", verdict="FORWARDED")
        self.backend.wait_live(0)
        self.assertEqual(self.told("GET", "/open/1", client)["target"], "/open/1")
        self.assertEqual(client.ask("GET", "/drip/1").status, 403)


if __name__ == "__main__":
    main()
