#!/usr/bin/python3
"""HTTP/1.1 through a pair of sidecars: what is sent arrives, whatever is doubtful does not."""
import hashlib
import http.client
import json
import socket

from http_backends import HttpServer
from integration import IntegrationTest, free_address, main, read_exactly, read_to_end, wait_until
from sidecar import allow_all, allow_from, inbound, outbound, policy

PATTERN = bytes(range(256)) * 256


def pattern(count):
    return (PATTERN * (count // len(PATTERN) + 1))[:count]


class HttpPair(IntegrationTest):
    """client -> a == mTLS == b -> server, all listeners AUTO."""
    PROTOCOL = "AUTO"

    def http_pair(self, policies=None, upstream=None, limits=None, **config):
        self.backend = self.closing(HttpServer(free_address()))
        self.door, self.exit = free_address(), free_address()
        self.b = self.sidecar("b", self.server,
                              [inbound(self.door, upstream or self.backend.address, protocol=self.PROTOCOL)],
                              policies or [allow_all()], limits=limits, **config)
        self.a = self.sidecar("a", self.client,
                              [outbound(self.exit, self.door, [self.server.principal], protocol=self.PROTOCOL)],
                              [allow_all("OUTBOUND")], limits=limits, **config)

    def client_of(self, address=None, timeout=10):
        ip, port = address or self.exit
        return self.closing(http.client.HTTPConnection(ip, port, timeout=timeout))

    def ask(self, method, target, body=None, headers=None, connection=None):
        connection = connection or self.client_of()
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return response, response.read()

    def told(self, method, target, **options):
        """What the server says it was asked."""
        response, body = self.ask(method, target, **options)
        self.assertEqual(response.status, 200, body)
        return json.loads(body)


class Http1ForwardingTest(HttpPair):
    def setUp(self):
        super().setUp()
        self.http_pair()

    def test_request_and_response_arrive_as_they_were_sent(self):
        told = self.told("POST", "/v1/charges?currency=eur", body=b"amount=7", headers={"x-order": "17"})
        self.assertEqual((told["method"], told["target"]), ("POST", "/v1/charges?currency=eur"))
        self.assertEqual(told["sha256"], hashlib.sha256(b"amount=7").hexdigest())
        self.assertIn(["x-order", "17"], [[n.lower(), v] for n, v in told["headers"]])

    def test_the_application_learns_who_asks_and_forgeries_are_gone(self):
        told = self.told("GET", "/", headers={"X-Firebreak-Principal": "shop.example/ns/shop/sa/admin",
                                              "X-Forwarded-Client-Cert": "By=me"})
        headers = {}
        for name, value in told["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        self.assertEqual(headers["x-firebreak-principal"], [self.client.principal])
        xfcc, = headers["x-forwarded-client-cert"]
        self.assertRegex(xfcc, f"^By=spiffe://{self.server.principal};Hash=[0-9a-f]{{64}};"
                               f"URI=spiffe://{self.client.principal}$")

    def test_connections_are_kept_on_both_sides(self):
        client = self.client_of()
        ports = {self.told("GET", f"/{i}", connection=client)["connection"] for i in range(20)}
        self.assertEqual(len(ports), 1)
        for sidecar in (self.a, self.b):
            wait_until(lambda s=sidecar: s.metric("firebreak_connections_open") == 1, "one connection")

    def test_bodies_of_any_framing_and_size_are_exact(self):
        client = self.client_of(timeout=60)
        for count in (0, 1, 16383, 16384, 65536, 3_000_000):
            for kind in ("bytes", "chunked"):
                _, body = self.ask("GET", f"/{kind}/{count}", connection=client)
                self.assertEqual(hashlib.sha256(body).digest(), hashlib.sha256(pattern(count)).digest(), count)
            sent = pattern(count)
            told = self.told("POST", "/", body=sent, connection=client)
            self.assertEqual((told["body_bytes"], told["sha256"]), (count, hashlib.sha256(sent).hexdigest()))
            # An iterator's length is not known: http.client sends it in chunks.
            told = self.told("POST", "/", body=iter([sent[:7], sent[7:]]), connection=client)
            self.assertEqual((told["body_bytes"], told["sha256"]), (count, hashlib.sha256(sent).hexdigest()))

    def test_head_204_and_304_have_no_body_and_keep_the_connection(self):
        client = self.client_of()
        for method, target, status in (("HEAD", "/bytes/1000", 200), ("GET", "/status/204", 204),
                                       ("GET", "/status/304", 304), ("HEAD", "/chunked/1000", 200)):
            response, body = self.ask(method, target, connection=client)
            self.assertEqual((response.status, body), (status, b""), target)
        self.assertEqual(self.told("GET", "/after", connection=client)["target"], "/after")

    def test_expect_100_continue_is_the_servers_to_answer(self):
        raw = self.connect(self.exit)
        raw.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        self.assertTrue(read_exactly(raw, 25).startswith(b"HTTP/1.1 100 "))
        raw.sendall(b"body")
        raw.settimeout(10)
        self.assertIn(b"200 OK", raw.recv(65536))

    def test_each_request_has_a_record_and_the_connection_one(self):
        client = self.client_of()
        for i in range(3):
            self.told("GET", f"/v1/orders/{i}?token=geheim", connection=client,
                      headers={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
        client.close()
        for sidecar in (self.a, self.b):
            requests = sidecar.wait_records(3, event="REQUEST")
            self.assertEqual({r["http"]["status"] for r in requests}, {200})
            self.assertEqual({r["http"]["path"] for r in requests}, {"/v1/orders/{id}"})
            self.assertEqual({r["trace_id"] for r in requests}, {"0af7651916cd43dd8448eb211c80319c"})
            self.assertEqual({r["protocol"] for r in requests}, {"HTTP1"})
            self.assertNotIn("geheim", json.dumps(requests))
            self.assertEqual(len({r["flow_id"] for r in requests}), 1)
        close, = self.a.wait_closes(1)  # b's stays, for the next request
        self.assertEqual(close["flow_id"], self.a.wait_records(1, event="REQUEST")[0]["flow_id"])
        self.assertEqual((close["protocol"], close["close_reason"]), ("HTTP1", "DOWNSTREAM_FIN"))

    def test_websocket_bytes_pass_both_ways_until_both_end(self):
        raw = self.connect(self.exit)
        raw.sendall(b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += raw.recv(4096)
        self.assertTrue(head.startswith(b"HTTP/1.1 101 "), head)
        self.assertIn(b"s3pplmbitxaq9kygzzhzrbk+xoo=", head.lower())
        for payload in (b"\x81\x05hello", b"\x82\x7e\x40\x00" + pattern(16384)):
            raw.sendall(payload)
            self.assertEqual(read_exactly(raw, len(payload)), payload)
        raw.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(raw), b"")
        record, = self.b.wait_records(1, event="REQUEST")
        self.assertEqual((record["protocol"], record["http"]["status"]), ("WEBSOCKET", 101))

    def test_a_server_that_answers_early_is_heard(self):
        raw = self.connect(self.exit)
        raw.sendall(b"POST /refuse-early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nstart")
        answer = read_to_end(raw)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer[:100])


class Http1UpstreamTest(HttpPair):
    def test_an_upstream_that_is_away_is_503(self):
        self.http_pair(upstream=free_address())
        response, _ = self.ask("GET", "/")
        self.assertEqual(response.status, 503)
        record, = self.b.wait_records(1, event="REQUEST")
        self.assertEqual((record["verdict"], record["reason"]), ("ERROR", "UPSTREAM_FAILURE"))

    def test_a_response_that_breaks_off_breaks_off(self):
        def half(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            connection.close()
        self.http_pair(upstream=self.script_server(half).address)
        client = self.client_of()
        client.request("GET", "/")
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            client.getresponse().read()

    def test_a_kept_connection_that_the_server_closed_is_not_an_error(self):
        def once(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.close()
        self.http_pair(upstream=self.script_server(once).address)
        client = self.client_of()
        for _ in range(20):
            response, body = self.ask("GET", "/", connection=client)
            self.assertEqual((response.status, body), (200, b"ok"))


class Http1PolicyTest(HttpPair):
    def setUp(self):
        super().setUp()
        self.http_pair(policies=[
            policy("charge", rules=[{"name": "charges",
                                     "from": [{"source": {"principals": [self.client.principal]}}],
                                     "to": [{"operation": {"methods": ["POST"], "paths": ["/v1/charges/{*}"]}},
                                            {"operation": {"methods": ["GET"], "paths": ["/open/{**}"]}}]}])])

    def test_a_rule_allows_its_method_and_path_and_nothing_else(self):
        client = self.client_of()
        self.assertEqual(self.told("POST", "/v1/charges/17", connection=client)["target"], "/v1/charges/17")
        for method, target in (("GET", "/v1/charges/17"), ("POST", "/v1/charges"), ("POST", "/v1/charges/1/2"),
                               ("POST", "/v1/charges/../admin"), ("GET", "/opening"), ("POST", "/V1/charges/1")):
            response, body = self.ask(method, target, connection=client)
            self.assertEqual(response.status, 403, target)
            decision = response.getheader("x-firebreak-decision-id")
            self.assertIn(decision.encode(), body)
            self.assertNotIn(b"charge", body)
            record = self.b.wait_records(1, event="REQUEST", decision_id=decision)[0]
            self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "NO_RULE"))
        self.assertEqual(len(self.backend.seen), 1)

    def test_the_forwarded_path_is_the_one_decided_on(self):
        told = self.told("POST", "/v1/./x/..//charges/%41%2d1?q=%2e")
        self.assertEqual(told["target"], "/v1/charges/A-1?q=%2e")
        record, = self.b.wait_records(1, event="REQUEST")
        self.assertEqual((record["http"]["path"], record["http"]["path_template"]),
                         ("/v1/charges/A-1", "/v1/charges/{*}"))

    def test_a_body_behind_a_refusal_is_never_a_request(self):
        """H1-09"""
        raw = self.tls(self.door)
        smuggled = b"GET /open/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        raw.sendall(b"GET /denied HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(smuggled) + smuggled)
        answer = read_to_end(raw)
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer)
        self.assertEqual(self.backend.seen, [])

    def test_a_byte_stream_is_refused_where_rules_speak_of_requests(self):
        raw = self.tls(self.door)
        raw.sendall(b"\x00\x01\x02 these bytes are no request")
        self.assertEqual(read_to_end_or_reset(raw), b"")
        record, = self.b.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"], record["protocol"]), ("DROPPED", "NO_RULE", "TCP"))

    def test_a_changed_policy_acts_on_the_next_request_of_a_kept_connection(self):
        client = self.client_of()
        self.told("POST", "/v1/charges/1", connection=client)
        reloads = self.b.metric("firebreak_policy_reloads_total")
        self.b.write_policy(policy("charge", rules=[{"to": [{"operation": {"paths": ["/other"]}}]}]))
        wait_until(lambda: self.b.metric("firebreak_policy_reloads_total") > reloads, "the new policy")
        response, _ = self.ask("POST", "/v1/charges/1", connection=client)
        self.assertEqual(response.status, 403)
        self.assertEqual(self.told("GET", "/other", connection=client)["target"], "/other")


class Http1OutboundTest(HttpPair):
    """Our own program is told why, whatever rule refuses it, if it speaks HTTP."""

    def refused(self, **rule):
        self.exit, nobody = free_address(), free_address()
        self.a = self.sidecar("a", self.client,
                              [outbound(self.exit, nobody, [self.server.principal], protocol=self.PROTOCOL)],
                              [policy("out", direction="OUTBOUND", **rule)])

    def answered(self, reason, rule):
        client = self.client_of()
        for _ in range(2):
            response, body = self.ask("GET", "/", connection=client)
            self.assertEqual(response.status, 403)
            decision = response.getheader("x-firebreak-decision-id")
            self.assertIn(decision.encode(), body)
            record, = self.a.wait_records(1, event="REQUEST", decision_id=decision)
            self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", reason))
        client.close()
        record, = self.a.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"], record["close_reason"]), ("DROPPED", reason, "DENIED"))
        self.assertEqual(record["policy"].get("rule"), rule)

    def test_a_destination_that_no_rule_allows_is_answered_with_the_id_of_the_decision(self):
        self.refused(rules=[])
        self.answered("NO_RULE", None)

    def test_a_destination_that_a_rule_denies_is_answered_likewise(self):
        self.refused(action="DENY", rules=[{"name": "nobody"}])
        self.answered("EXPLICIT_DENY", "nobody")

    def test_bytes_to_it_are_reset(self):
        self.refused(rules=[])
        self.assertEqual(self.ending_at(self.exit, b"\x00\x01 no request"), "reset")
        record, = self.a.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"], record["protocol"]), ("DROPPED", "NO_RULE", "TCP"))


class Http1RefusalTest(HttpPair):
    """What the security catalogue says must not pass, on the wire. The codec's own tests hold the rest."""

    CASES = [
        ("H1_01", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("H1_02", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
        ("H1_03", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("H1_04", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n"),
        ("H1_05", b"GET / HTTP/1.1\nHost: a\n\n"),
        ("H1_06", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        ("H1_07", b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("H1_08", b"GET / HTTP/1.1\r\n\r\n"),
        ("P_02", b"GET /%2Fadmin HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("P_03", b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("P_05", b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("A_03", b"GET / HTTP/1.1\r\nHost: a\r\nx_firebreak_principal: me\r\n\r\n"),
        ("U_03", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
        ("H2_10", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                  b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"),
    ]

    def test_nothing_of_it_reaches_the_server_and_each_has_a_record(self):
        self.http_pair()
        for name, request in self.CASES:
            with self.subTest(name):
                before = len(self.a.records(None))
                raw = self.connect(self.exit)
                raw.sendall(request)
                raw.shutdown(socket.SHUT_WR)
                answer = read_to_end_or_reset(raw)
                self.assertRegex(answer, rb"^HTTP/1\.1 (400|405|501|505) ")
                record = self.a.wait_records(1, event="REQUEST", reason="MALFORMED", after=before)[0]
                self.assertEqual(record["verdict"], "DROPPED")
        self.assertEqual(self.backend.seen, [])


class Http1DisguiseTest(HttpPair):
    """A request that is not taken for one is no way around what is done to requests."""

    FIELDS = b"Host: a\r\nX-Firebreak-Principal: shop.example/ns/shop/sa/admin\r\n\r\n"
    REQUEST = b"GET / HTTP/1.1\r\n" + FIELDS

    def disguise_pair(self):
        """A server that takes whatever comes, behind b; returns what it has received."""
        received = []

        def note(connection):
            while piece := connection.recv(65536):
                received.append(piece)
        self.http_pair(policies=[allow_from(self.client.principal)], upstream=self.script_server(note).address,
                       limits={"protocol_detect_timeout_ms": 50})
        return received

    def say(self, pieces):
        """Says each piece once b has given up waiting for more, and opened the upstream; the CLOSE record of it."""
        count = len(self.b.records())
        opened = self.b.metric("firebreak_connections_opened_total")
        raw = self.tls(self.door)
        for piece in pieces[:-1]:
            raw.sendall(piece)
            wait_until(lambda: self.b.metric("firebreak_connections_opened_total") > opened, "open")
        try:
            raw.sendall(pieces[-1])
        except OSError:
            pass  # cut for the first piece already
        answer = read_to_end_or_reset(raw)
        raw.close()
        return self.b.wait_records(count + 1)[count], answer

    def test_A_03_a_request_that_passes_for_a_byte_stream_is_cut_before_its_first_field(self):
        received = self.disguise_pair()
        for pieces in [[b"\r\n\r\n" + self.REQUEST], [b"GET\t" + self.REQUEST[4:]], [b"GE", self.REQUEST[2:]],
                       [b"PRI * HTTP", b"/2.0\r\n\r\nSM\r\n\r\n" + self.REQUEST]]:
            with self.subTest(pieces[0]):
                record, _ = self.say(pieces)
                self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "MALFORMED"), record)
        self.assertNotIn(b"admin", b"".join(received))

    def test_A_03_a_request_whose_line_names_no_protocol_is_refused_before_and_after_silence(self):
        """As of HTTP/0.9. Servers in Node.js and Python read the fields behind it all the same."""
        received = self.disguise_pair()
        for line in (b"\r\nGET /admin\r\n", b"GET /admin\r\n", b"POST /admin\r\n", b"\r\n\r\nPROPFIND /admin\n"):
            for silence in ([], [b""]):
                with self.subTest(line=line, silent=bool(silence)):
                    record, answer = self.say([*silence, line + self.FIELDS])
                    self.assertRegex(answer, rb"^HTTP/1\.1 400 ")
                    self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "MALFORMED"), record)
        self.assertEqual(b"".join(received), b"")

    def test_A_03_a_request_whose_version_has_another_name_is_cut_before_it_ends(self):
        """Netty takes any name for one, and acts when the fields have ended."""
        received = self.disguise_pair()
        for line in (b"X admin FOO/1.1\r\n", b"\r\nGETS admin a/b/12.3 \r\n"):
            for pieces in ([line + self.FIELDS], [line, self.FIELDS], [line[:9], line[9:] + self.FIELDS]):
                with self.subTest(pieces=pieces):
                    record, _ = self.say(pieces)
                    self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "MALFORMED"), record)
        self.assertNotIn(b"admin\r\n", b"".join(received))

    def test_a_request_after_silence_is_served_as_any_other(self):
        """Clients open connections before they need them. Inbound and, as a local client does, through both."""
        self.http_pair(policies=[allow_from(self.client.principal)], limits={"protocol_detect_timeout_ms": 50})
        for sidecar, connect in ((self.b, lambda: self.tls(self.door)), (self.a, lambda: self.connect(self.exit))):
            opened = sidecar.metric("firebreak_connections_opened_total")
            raw = connect()
            wait_until(lambda s=sidecar, n=opened: s.metric("firebreak_connections_opened_total") > n, "open")
            raw.settimeout(10)
            raw.sendall(self.REQUEST)
            self.assertRegex(raw.recv(65536), rb"^HTTP/1\.1 200 ")
            record = sidecar.wait_records(1, event="REQUEST")[0]
            self.assertEqual(record["verdict"], "FORWARDED")
            raw.close()
        for seen in self.backend.seen:
            self.assertNotIn("sa/admin", str(seen))


class Http1PathSwitchTest(HttpPair):
    """Paths that programs read differently pass only where the workload's configuration says so."""

    CASES = [("/a;b=1", "/a;b=1", "allow_path_parameters"), ("/a%2fb", "/a%2Fb", "allow_escaped_slash"),
             ("/%c3%a4", "/%C3%A4", "allow_non_ascii_paths")]

    def test_by_default_they_are_refused(self):
        self.http_pair()
        for target, _, _ in self.CASES:
            response, _ = self.ask("GET", target)
            self.assertEqual(response.status, 400, target)
        self.assertEqual(self.backend.seen, [])

    def check_switch(self, switch):
        """It passes what it names and nothing else."""
        self.http_pair(http={switch: True})
        for target, forwarded, other in self.CASES:
            response, _ = self.ask("GET", target)
            self.assertEqual(response.status, 200 if other == switch else 400, target)
            if other == switch:
                self.assertEqual([seen for _, seen, _ in self.backend.seen], [forwarded])

    def test_parameters_pass_with_their_switch(self):
        self.check_switch("allow_path_parameters")

    def test_escaped_slashes_pass_with_their_switch(self):
        self.check_switch("allow_escaped_slash")

    def test_non_ascii_paths_pass_with_their_switch(self):
        self.check_switch("allow_non_ascii_paths")


def read_to_end_or_reset(connection):
    data = b""
    try:
        while True:
            piece = connection.recv(65536)
            if not piece:
                return data
            data += piece
    except OSError:
        return data


if __name__ == "__main__":
    main()
