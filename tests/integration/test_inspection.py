#!/usr/bin/python3
"""Attacks inside requests that policy allows: blocked or written down, however they are wrapped and cut."""
import gzip
import http.client
import json
import urllib.parse

from http2_peers import Http2Client, Http2Server
from http_backends import HttpServer
from integration import IntegrationTest, free_address, main, wait_until
from sidecar import allow_all, inbound, outbound

INJECTION = "1' UNION SELECT name, password FROM users-- "
ORDINARY = {"note": "O'Brien & sons: select the best union, 1 = 1 for once", "amount": 12.5}
# As `zstd -3` writes what it cannot look ahead in: a window of 2 MiB, and two blocks of text as it is.
ZSTD_3 = b"\x28\xb5\x2f\xfd\x00" + bytes([(21 - 10) << 3]) + (5 << 3).to_bytes(3, "little") + b"hello"
ZSTD_END = (5 << 3 | 1).to_bytes(3, "little") + b" text"


class InspectionTest(IntegrationTest):
    """mTLS client -> b, which inspects -> server."""

    def inspected(self, backend=None, limits=None, concurrency=1, **inspection):
        self.backend = self.closing(backend or HttpServer(free_address()))
        self.door = free_address()
        self.b = self.sidecar("b", self.server, [inbound(self.door, self.backend.address, protocol="AUTO")],
                              [allow_all()], limits=limits, concurrency=concurrency, inspection=inspection)
        self.client_http = self.closing(http.client.HTTPConnection(*self.door))
        self.client_http.sock = self.tls(self.door, self.client)

    def ask(self, method, path, body=None, headers=None):
        self.client_http.request(method, path, body=body, headers=headers or {})
        response = self.client_http.getresponse()
        return response, response.read().decode()

    def test_an_injection_in_the_query_is_403_with_the_id_of_its_record_and_reaches_nobody(self):
        self.inspected(mode="BLOCK")
        response, text = self.ask("GET", "/items?id=" + urllib.parse.quote(INJECTION))
        self.assertEqual(response.status, 403)
        record, = self.b.wait_records(1, event="REQUEST", reason="INSPECTION")
        self.assertIn(record["decision_id"], text)
        self.assertNotIn("SQL", text)  # what was found is not the client's to know
        found = record["inspection"]
        self.assertEqual((record["verdict"], found["action"]), ("DROPPED", "BLOCK"))
        self.assertGreaterEqual(found["score"], 5)
        self.assertEqual((found["matches"][0]["category"], found["matches"][0]["field"]), ("sql", "query:id"))
        self.assertEqual(self.backend.seen, [])
        self.assertEqual(self.b.metric("firebreak_requests_total", 'reason="INSPECTION"'), 1)
        self.assertEqual(self.ask("GET", "/items?id=12")[0].status, 200)  # the connection goes on

    def test_it_is_found_in_json_forms_parts_and_behind_gzip(self):
        self.inspected(mode="BLOCK")
        part = f'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n{INJECTION}\r\n--b--\r\n'
        document = json.dumps({"user": {"ids": [1, INJECTION]}})
        for body, headers, field in (
                (document, {"Content-Type": "application/json"}, "json:$.user.ids[]"),
                (document, {"Content-Type": "text/plain"}, "json:$.user.ids[]"),
                (gzip.compress(document.encode()), {"Content-Type": "application/json", "Content-Encoding": "gzip"},
                 "json:$.user.ids[]"),
                (urllib.parse.urlencode({"id": INJECTION}), {"Content-Type": "application/x-www-form-urlencoded"},
                 "form:id"),
                (part, {"Content-Type": "multipart/form-data; boundary=b"}, "multipart:id")):
            with self.subTest(headers):
                before = len(self.b.records("REQUEST"))
                self.client_http.close()
                self.client_http.sock = self.tls(self.door, self.client)
                self.assertEqual(self.ask("POST", "/", body, headers)[0].status, 403)
                record = self.b.wait_records(before + 1, event="REQUEST")[-1]
                self.assertEqual(record["inspection"]["matches"][0]["field"], field)
        self.assertEqual([seen for seen in self.backend.seen if INJECTION in str(seen)], [])

    def test_pieces_of_a_byte_make_no_difference(self):
        self.inspected(mode="BLOCK")
        raw = self.tls(self.door, self.client)
        body = json.dumps({"id": INJECTION}).encode()
        for byte in (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                     % len(body)) + body:
            try:
                raw.sendall(bytes([byte]))
            except OSError:
                break  # refused already
        self.assertTrue(raw.recv(4096).startswith(b"HTTP/1.1 403 "))

    def test_detect_writes_down_and_lets_pass(self):
        self.inspected(mode="DETECT")
        self.assertEqual(self.ask("GET", "/items?id=" + urllib.parse.quote(INJECTION))[0].status, 200)
        record, = self.b.wait_records(1, event="REQUEST")
        self.assertEqual((record["verdict"], record["inspection"]["action"]), ("FORWARDED", "DETECT"))

    def test_ordinary_requests_pass_and_their_records_say_nothing(self):
        self.inspected(mode="BLOCK")
        for body in (json.dumps(ORDINARY), gzip.compress(json.dumps(ORDINARY).encode())):
            headers = {"Content-Type": "application/json"}
            if isinstance(body, bytes):
                headers["Content-Encoding"] = "gzip"
            self.assertEqual(self.ask("POST", "/v1/notes?q=it%27s+4+%3D+4", body, headers)[0].status, 200)
        for record in self.b.wait_records(2, event="REQUEST"):
            self.assertNotIn("inspection", record)

    def test_a_coding_that_cannot_be_undone_is_refused(self):
        self.inspected(mode="BLOCK")
        response, _ = self.ask("POST", "/", b"x", {"Content-Encoding": "compress"})
        self.assertEqual(response.status, 415)
        record, = self.b.wait_records(1, event="REQUEST", reason="INSPECTION")
        self.assertEqual(record["inspection"]["matches"][0]["id"], "FBI-ENC-001")

    def begin_upload(self, svid, coding, begin):
        """A request of whose body this much has come."""
        connection = self.tls(self.door, svid)
        connection.sendall(b"POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n"
                           b"Content-Encoding: %b\r\n\r\n%x\r\n%b\r\n" % (coding, len(begin), begin))
        return connection

    def end_upload(self, connection, rest):
        connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(rest), rest))
        self.assertIn(b"HTTP/1.1 200 ", connection.recv(4096)[:13])

    def test_a_caller_with_sixty_uploads_half_sent_takes_nobody_elses_memory_for_decoders(self):
        # What each of 16 workers has by default: of it 60 decoders of gzip are more than half.
        self.inspected(limits={"max_held_bytes": 4 << 20}, mode="BLOCK")
        body = gzip.compress(b"a=b")
        held = lambda: self.b.metric("firebreak_held_bytes")
        for _ in range(60):
            self.begin_upload(self.client, b"gzip", body[:12])
        wait_until(lambda: held() > 60 * 45056, "their decoders")
        other = self.pki.issue("ns/shop/sa/other")
        before = held()
        zstd = self.begin_upload(other, b"zstd", ZSTD_3)
        wait_until(lambda: held() > before + (2 << 20), "the window")
        self.end_upload(self.begin_upload(other, b"gzip", body[:12]), body[12:])
        self.end_upload(zstd, ZSTD_END)
        self.assertEqual(self.b.metric("firebreak_inspection_errors_total"), 0)
        for _ in range(20):  # its own it can take away from itself
            self.begin_upload(self.client, b"gzip", body[:12])
        wait_until(lambda: self.b.metric("firebreak_inspection_errors_total") > 0, "an upload that is one too many")

    def test_the_window_of_zstd_is_there_on_each_of_many_workers(self):
        self.inspected(concurrency=32, mode="BLOCK")
        self.end_upload(self.begin_upload(self.client, b"zstd", ZSTD_3), ZSTD_END)
        self.assertEqual(self.b.metric("firebreak_inspection_errors_total"), 0)

    def test_over_http2_too_and_other_streams_go_on(self):
        self.inspected(Http2Server(), mode="BLOCK")
        leave = free_address()
        self.sidecar("a", self.client, [outbound(leave, self.door, [self.server.principal], protocol="AUTO")],
                     [allow_all("OUTBOUND")])
        client = self.closing(Http2Client(leave))
        self.assertEqual(client.ask("GET", "/echo?id=" + urllib.parse.quote(INJECTION)).status, 403)
        self.assertEqual(client.ask("GET", "/status/204").status, 204)
        wait_until(lambda: self.b.metric("firebreak_requests_total", 'reason="INSPECTION"') == 1, "a count")


if __name__ == "__main__":
    main()
