#!/usr/bin/python3
"""What a workload gives away: in responses, in what it sends out, over WebSockets. And who is inspected, and how."""
import base64
import http.client
import json
import os
import threading
import urllib.parse

from http2_peers import Http2Client, Http2Server
from http_backends import HttpServer
from integration import IntegrationTest, free_address, main, read_exactly
from sidecar import allow_all, inbound, outbound, policy

INJECTION = "1' UNION SELECT name, password FROM users-- "
OUTPUT = b"uid=33(www-data) gid=33(www-data) groups=33"
TOKEN = "ghp_Zx81LmQv7RtYw3NbKc5HsJd9FgA0uE4i2ePq"


def stored_brotli(text):
    """RFC 7932: one block that is not compressed, and the end."""
    return ((len(text) - 1) << 4 | 1 << 20).to_bytes(3, "little") + text + b"\x03"


def stored_zstd(text):
    """RFC 8878: a frame of one raw block."""
    return (b"\x28\xb5\x2f\xfd\xa0" + len(text).to_bytes(4, "little") +
            (len(text) << 3 | 1).to_bytes(3, "little") + text)


def frame(first, payload):
    """RFC 6455 section 5.2, masked; payload below 126 bytes."""
    mask = os.urandom(4)
    return bytes([first, 0x80 | len(payload)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


class InspectedTest(IntegrationTest):
    """mTLS client -> b, which inspects -> server."""

    def inspected(self, policies=None, backend=None, **inspection):
        self.backend = backend or self.closing(HttpServer(free_address()))
        self.door = free_address()
        self.b = self.sidecar("b", self.server, [inbound(self.door, self.backend.address, protocol="AUTO")],
                              policies or [allow_all()], inspection=inspection)

    def begin(self, method, path, body=None, headers=None):
        client = self.closing(http.client.HTTPConnection(*self.door))
        client.sock = self.tls(self.door, self.client)
        client.request(method, path, body=body, headers=headers or {})
        return client.getresponse()

    def ask(self, *request, **more):
        response = self.begin(*request, **more)
        return response.status, response.read()

    def answering(self, first, then=b""):
        """A server that answers in one piece, and goes on once self.go_on is set."""
        self.go_on = threading.Event()

        def script(connection):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += read_exactly(connection, 1)
            connection.sendall(first)
            if then and self.go_on.wait(10):
                connection.sendall(then)
        return self.script_server(script)

    def assertSecretNotWritten(self, sidecar):
        sidecar.stop()
        with open(sidecar.path("flows.jsonl"), "rb") as flows:
            written = flows.read() + sidecar.log().encode()
        self.assertNotIn(TOKEN.encode(), written)
        self.assertNotIn(TOKEN[:12].encode(), written)


class ReplyTest(InspectedTest):
    def assertBlocked(self):
        record, = self.b.wait_records(1, event="REQUEST", reason="INSPECTION")
        self.assertEqual(record["inspection"]["matches"][0]["id"], "FBI-OUT-005")
        self.assertEqual(record["inspection"]["action"], "BLOCK")
        return record["decision_id"]

    def test_the_output_of_a_command_in_the_first_piece_is_answered_with_502(self):
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(OUTPUT), OUTPUT)
        self.inspected(responses={"mode": "BLOCK"}, backend=self.answering(whole))
        status, text = self.ask("GET", "/")
        self.assertEqual(status, 502)
        self.assertIn(self.assertBlocked(), text.decode())

    def test_without_an_announced_length_it_is_answered_with_502_too(self):
        whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(OUTPUT), OUTPUT)
        self.inspected(responses={"mode": "BLOCK"}, backend=self.answering(whole))
        self.assertEqual(self.ask("GET", "/")[0], 502)
        self.assertBlocked()

    def test_over_http2_it_is_answered_likewise_and_other_streams_go_on(self):
        self.inspected(responses={"mode": "BLOCK"}, backend=self.closing(Http2Server()))
        leave = free_address()
        self.sidecar("a", self.client, [outbound(leave, self.door, [self.server.principal], protocol="AUTO")],
                     [allow_all("OUTBOUND")])
        client = self.closing(Http2Client(leave))
        self.assertEqual(client.ask("GET", "/", [("x-say", OUTPUT.decode())]).status, 502)
        self.assertEqual(client.ask("GET", "/").status, 200)
        self.assertBlocked()

    def test_what_comes_later_breaks_the_response_off(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(OUTPUT), OUTPUT)
        self.inspected(responses={"mode": "BLOCK"}, backend=self.answering(head, chunks))
        response = self.begin("GET", "/")
        self.assertEqual(response.status, 200)
        self.go_on.set()
        with self.assertRaises((http.client.HTTPException, OSError)):
            response.read()
        self.assertBlocked()

    def test_a_secret_in_a_response_is_stopped_and_written_down_nowhere(self):
        body = json.dumps({"token": TOKEN}).encode()
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        self.inspected(data_loss={"mode": "BLOCK"}, backend=self.answering(whole))
        self.assertEqual(self.ask("GET", "/")[0], 502)
        record, = self.b.wait_records(1, event="REQUEST", reason="INSPECTION")
        match, = record["inspection"]["matches"]
        self.assertEqual((match["id"], match["excerpt"]), ("FBI-DLP-001", "github-token ending in 2ePq"))
        self.assertSecretNotWritten(self.b)

    def test_detect_writes_down_and_lets_pass(self):
        self.inspected(responses={"mode": "DETECT"}, data_loss={"mode": "DETECT", "off": ["jwt"]})
        status, body = self.ask("GET", f"/echo?token={TOKEN}")
        self.assertEqual(status, 200)
        self.assertIn(TOKEN.encode(), body)
        record, = self.b.wait_records(1, event="REQUEST", verdict="FORWARDED")
        self.assertEqual(record["inspection"]["action"], "DETECT")
        self.assertSecretNotWritten(self.b)

    def test_outbound_it_is_the_request_that_may_not_take_a_secret_along(self):
        backend = self.closing(HttpServer(free_address()))
        leave = free_address()
        a = self.sidecar("a", self.client, [outbound(leave, backend.address, [], protocol="AUTO", mtls="DISABLE")],
                         [allow_all("OUTBOUND")], inspection={"data_loss": {"mode": "BLOCK"}})
        for body, status in ((json.dumps({"key": TOKEN}), 403), (json.dumps({"key": "public"}), 200)):
            client = self.closing(http.client.HTTPConnection(*leave))
            client.request("POST", "/", body=body, headers={"Content-Type": "application/json"})
            self.assertEqual(client.getresponse().status, status)
        a.wait_records(1, event="REQUEST", reason="INSPECTION")
        self.assertSecretNotWritten(a)

    def test_br_and_zstd_hide_nothing(self):
        self.inspected(mode="BLOCK")
        for body, status in ((json.dumps({"id": INJECTION}).encode(), 403), (b'{"id": 7}', 200)):
            for coding, pack in (("br", stored_brotli), ("zstd", stored_zstd)):
                with self.subTest(coding=coding, status=status):
                    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
                    self.assertEqual(self.ask("POST", "/", pack(body), headers)[0], status)
        self.assertEqual(self.b.metric("firebreak_inspection_errors_total"), 0)


class SocketTest(InspectedTest):
    def open_socket(self):
        raw = self.tls(self.door, self.client)
        key = base64.b64encode(os.urandom(16)).decode()
        raw.sendall((f"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += read_exactly(raw, 1)
        self.assertTrue(head.startswith(b"HTTP/1.1 101 "), head)
        return raw

    def test_an_attack_in_a_message_in_pieces_ends_the_connection(self):
        self.inspected(mode="BLOCK")
        raw = self.open_socket()
        hello = frame(0x81, b'{"id": 7}')
        raw.sendall(hello)
        self.assertEqual(read_exactly(raw, len(hello)), hello)  # echoed by the server
        half = len(INJECTION) // 2
        last = frame(0x80, INJECTION[half:].encode())
        raw.sendall(frame(0x01, INJECTION[:half].encode()))
        for byte in last:
            try:
                raw.sendall(bytes([byte]))
            except OSError:
                break  # refused already
        record, = self.b.wait_records(1, event="REQUEST", reason="INSPECTION")
        self.assertEqual((record["protocol"], record["inspection"]["matches"][0]["field"]), ("WEBSOCKET", "websocket"))


class OrdersTest(InspectedTest):
    """Who says how something is inspected: the file, the listener, the rule of a policy."""

    def injected(self, path="/items"):
        return self.ask("GET", f"{path}?id={urllib.parse.quote(INJECTION)}")[0]

    def test_a_rule_of_the_policy_has_the_last_word(self):
        rules = [{"name": "lenient", "to": [{"operation": {"paths": ["/lenient"]}}], "inspection": {"mode": "DETECT"}},
                 {"name": "off", "to": [{"operation": {"paths": ["/off"]}}], "inspection": {"mode": "OFF"}},
                 {"name": "rest", "to": [{"operation": {"paths": ["/items"]}}]}]
        self.inspected([policy("p", rules=rules)], mode="BLOCK")
        self.assertEqual([self.injected(path) for path in ("/items", "/lenient", "/off")], [403, 200, 200])
        said = {r["policy"]["rule"]: r.get("inspection", {}).get("action")
                for r in self.b.wait_records(3, event="REQUEST")}
        self.assertEqual(said, {"rest": "BLOCK", "lenient": "DETECT", "off": None})

    def test_exclusions_hold_on_their_path_and_thresholds_everywhere(self):
        self.inspected(mode="BLOCK", exclusions=[{"rule": "FBI-", "field": "query:id", "path": "/search/*"}])
        self.assertEqual([self.injected(path) for path in ("/items", "/search/x")], [403, 200])

    def test_what_is_wrong_is_said_with_its_place(self):
        c = self.sidecar("c", self.server, [inbound(free_address(), free_address())], [allow_all()], start=False,
                         inspection={"exclusions": [{"field": "jsn:a"}], "streams": {"protocol": "postgres"}})
        code, _, errors = c.run("--validate")
        self.assertEqual(code, 2)
        self.assertRegex(errors, r"proxy.yaml:\d+:\d+: error\[FB\d+\]: \"jsn\" is no place")
        self.assertIn('unknown protocol "postgres"', errors)


if __name__ == "__main__":
    main()
