#!/usr/bin/python3
"""What a hostile HTTP/2 client costs: its own connection, and nobody else anything. Frames by hand, over mTLS."""
import select
import socket
import ssl
import struct
import threading
import time

import hpack

from http2_peers import PREFACE, Http2Client, Http2Server, frame
from integration import IntegrationTest, free_address, main, wait_until
from memory import RssWatch
from pki import client_context
from sidecar import allow_all, connect, deliberate_pause, inbound, memory_kib, outbound, seconds

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
ENHANCE_YOUR_CALM = 11
REQUEST = [(":method", "GET"), (":scheme", "http"), (":authority", "orders"), (":path", "/hang")]


def encoded(fields):
    """Without an entry of the dynamic table, so that it may be sent any number of times."""
    return b"".join(b"\x00" + bytes([len(n)]) + n.encode() + bytes([len(v)]) + v.encode() for n, v in fields)


class Http2FloodTest(IntegrationTest):
    """legitimate client -> a == mTLS == b -> server; the flood goes straight to b, from a valid identity."""

    def setUp(self):
        super().setUp()
        self.backend = self.closing(Http2Server())
        self.door, self.exit = free_address(), free_address()
        limits = {"http_header_timeout_ms": 1000, "max_held_bytes": 8 << 20}
        self.b = self.sidecar("b", self.server, [inbound(self.door, self.backend.address, protocol="AUTO")],
                              [allow_all()], limits=limits)
        self.a = self.sidecar("a", self.client, [outbound(self.exit, self.door, [self.server.principal],
                                                          protocol="AUTO")], [allow_all("OUTBOUND")])
        self.bystander = self.closing(Http2Client(self.exit))
        self.worst = 0.0
        self.ask()

    def ask(self):
        began = time.monotonic()
        self.assertEqual(self.bystander.ask("GET", "/legitimate").status, 200)
        self.worst = max(self.worst, time.monotonic() - began)

    def attacker(self, small=False, svid=None):
        raw = socket.socket() if small else connect(self.door)
        if small:  # little fits between an attacker that does not read and what we hold for it
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.connect(self.door)
            raw.settimeout(seconds(10))
        context = client_context(svid or self.client, self.pki.pem)
        context.set_alpn_protocols(["h2"])
        raw = self.closing(context.wrap_socket(raw, suppress_ragged_eofs=False))
        raw.sendall(PREFACE + frame(SETTINGS) + frame(SETTINGS, ACK))
        return raw

    def flooded(self, detail, flood, reads=True, answer=None):
        """Floods until b ends the connection, while another client is served. With `answer`, the flood goes
        on after each of its pieces when one more of such a frame has come."""
        before = self.b.rss_kib()
        attacker = self.attacker(small=not reads)
        ended = threading.Event()
        read = bytearray()

        def read_some():
            piece = attacker.recv(65536)
            if not piece:
                raise ConnectionError("ended")
            read.extend(piece)

        def read_what_is_there():
            while attacker.pending() or select.select([attacker], [], [], 0)[0]:
                read_some()

        def send():  # and read, in one thread: Python's TLS sockets are not for two
            try:
                for count, piece in enumerate(flood, 1):
                    attacker.sendall(piece)
                    if reads:
                        read_what_is_there()
                    while answer is not None and read.count(answer) < count:
                        read_some()
            except (OSError, ssl.SSLError):
                pass
            if reads:
                try:
                    piece = attacker.recv(65536)
                    while piece:
                        read.extend(piece)
                        piece = attacker.recv(65536)
                except OSError:
                    pass
                attacker.close()  # b waits a little for our end of the connection
            ended.set()

        threads = [threading.Thread(target=send, daemon=True)]
        for thread in threads:
            thread.start()
        while not ended.is_set():
            self.ask()
        record, = self.b.wait_records(1, timeout=20)
        self.ask()
        self.assertEqual((record["verdict"], record.get("reason")), ("DROPPED", "MALFORMED"), record)
        self.assertIn(record["detail"], detail if isinstance(detail, tuple) else (detail,))
        self.assertEqual(self.b.ended('reason="MALFORMED"'), 1)
        self.assertLess(self.worst, seconds(1))
        self.assertLess(self.b.rss_kib() - before, memory_kib(8192))
        self.backend.wait_live(0)
        attacker.close()
        for thread in threads:
            thread.join()
        return bytes(read)

    def calmed(self, read):
        """A reader is told to calm down."""
        self.assertRegex(read, b"(?s)\\x00\\x00.\\x07\\x00\\x00\\x00\\x00\\x00....\\x00\\x00\\x00" +
                         bytes([ENHANCE_YOUR_CALM]))

    def test_H2_01_rapid_reset(self):
        head = encoded(REQUEST)
        self.calmed(self.flooded("h2_reset_flood", (
            frame(HEADERS, END_STREAM | END_HEADERS, i, head) + frame(RST_STREAM, 0, i, struct.pack(">I", 8))
            for i in range(1, 200_001, 2))))

    def test_H2_02_resets_that_we_are_made_to_send(self):
        head = encoded(REQUEST)
        def flood():
            for i in range(1, 200_001, 2):
                yield (frame(HEADERS, END_STREAM | END_HEADERS, i, head)
                       + frame(WINDOW_UPDATE, 0, i, b"\x7f" + b"\xff" * 3))
        # A hundred at once would be more streams than we allow, and refused for that.
        self.calmed(self.flooded("h2_reset_flood", flood(), answer=b"\x00\x00\x04" + bytes([RST_STREAM, 0])))

    def test_H2_03_continuations_without_end(self):
        def flood():
            yield frame(HEADERS, END_STREAM, 1, encoded(REQUEST))
            for _ in range(100_000):
                yield frame(CONTINUATION, 0, 1, encoded([("x", "y")]))
        self.calmed(self.flooded("h2_continuation_flood", flood()))

    def test_H2_03_headers_that_never_end_are_timed_out(self):
        def flood():
            yield frame(HEADERS, END_STREAM, 1, encoded(REQUEST))
            for _ in range(7):
                deliberate_pause(0.5, "each piece comes in time, and the whole does not")
                yield frame(CONTINUATION, 0, 1, encoded([("x", "y")]))
        self.flooded("header_timeout", flood())

    def test_H2_04_one_byte_references_to_a_long_field(self):
        head = hpack.Encoder().encode([(n.encode(), v.encode()) for n, v in REQUEST] + [(b"x", b"v" * 4000)])
        def flood():
            for i in range(1, 2001, 2):
                yield frame(HEADERS, END_STREAM, i, (head if i == 1 else encoded(REQUEST)) + b"\xbe" * 12_000)
                yield frame(CONTINUATION, END_HEADERS, i, b"\xbe" * 16_000)
        self.calmed(self.flooded("h2_header_flood", flood()))

    def test_H2_06_pings_that_are_not_read(self):
        self.flooded_control("h2_ping_flood", frame(PING, 0, 0, b"12345678"))

    def test_H2_06_settings_that_are_not_read(self):
        self.flooded_control("h2_settings_flood", frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)))

    def flooded_control(self, detail, one):
        block = one * (16384 // len(one))
        # Which of the two budgets is spent first depends on what the sockets between them hold.
        self.flooded((detail, "h2_outbound_flood"), (block for _ in range(5_000)), reads=False)

    def test_H2_06_empty_data(self):
        def flood():
            yield frame(HEADERS, END_HEADERS, 1, encoded([(":method", "POST"), *REQUEST[1:]]))
            for _ in range(100_000):
                yield frame(DATA, 0, 1)
        self.calmed(self.flooded("h2_empty_data_flood", flood()))

    def test_H2_06_priorities(self):
        self.calmed(self.flooded("h2_priority_flood", (frame(PRIORITY, 0, i, bytes(4) + b"\x10")
                                                       for i in range(1, 200_001, 2))))

    def test_H2_06_window_updates(self):
        self.calmed(self.flooded("h2_window_update_flood", (frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1))
                                                            for _ in range(100_000))))

    def test_H2_06_frames_of_no_known_type(self):
        self.calmed(self.flooded("h2_stray_flood", (frame(0xbe, 0, 0, b"x") for _ in range(100_000))))

    def test_H2_07_streams_opened_and_reset_by_the_hundred_are_a_flood_too(self):
        head = encoded(REQUEST)
        def flood():
            for first in range(1, 200_001, 200):
                yield b"".join(frame(HEADERS, END_STREAM | END_HEADERS, i, head) for i in range(first, first + 200, 2))
                yield b"".join(frame(RST_STREAM, 0, i, struct.pack(">I", 8)) for i in range(first, first + 200, 2))
        self.calmed(self.flooded("h2_reset_flood", flood()))

    def held_by_many(self, payload, path, settings=b""):
        """20 connections of one source, 100 streams each, that want to be remembered."""
        said, refused = 0, lambda: self.b.metric("firebreak_requests_total", 'reason="LIMIT"')
        before = refused()
        for _ in range(20):
            attacker = self.attacker(svid=self.intruder)
            attacker.sendall(frame(SETTINGS, 0, 0, settings) + payload(path))
            said += len(payload(path))
        wait_until(lambda: refused() - before >= 100, "refusals")
        return said

    def test_H2_08_little_sent_does_not_make_much_held(self):
        self.intruder = self.pki.issue("ns/shop/sa/intruder")
        cases = {"headers by reference": (self.references, "/hang", b""),
                 "windows that stay shut": (self.plain, "/bytes/100000", struct.pack(">HI", 4, 0))}
        for name, (payload, path, settings) in cases.items():
            with self.subTest(name), RssWatch(self.b) as memory:
                said = self.held_by_many(payload, path, settings)
                self.ask()
            print(f"\n{name}: {said} bytes sent, {memory.growth()[0]} KiB more held")
            self.assertLess(memory.growth()[0], memory_kib(24 * 1024))

    def test_H2_08_trailers_of_requests_are_held_for_nobody(self):
        """Of requests that an upstream has, and of such as are refused but cannot be told so."""
        self.intruder = self.pki.issue("ns/shop/sa/intruder")
        table = hpack.Encoder().encode([(b"x", b"v" * 4000)])
        for path, connections in (("/hang", 10), ("/%00", 20)):
            with self.subTest(path), RssWatch(self.b) as memory:
                head = encoded([*REQUEST[:3], (":path", path)])
                begun = self.b.metric("firebreak_requests_total")
                attackers = [self.attacker(svid=self.intruder) for _ in range(connections)]
                for attacker in attackers:
                    attacker.sendall(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)) + b"".join(
                        frame(HEADERS, END_HEADERS, i, head) for i in range(1, 201, 2)))
                if path != "/hang":
                    wait_until(lambda n=begun: self.b.metric("firebreak_requests_total") - n >= 100 * connections,
                               "the answers")
                for attacker in attackers:
                    attacker.sendall(b"".join(
                        frame(HEADERS, END_STREAM | END_HEADERS, i, (table if i == 1 else b"\xbe") + b"\xbe" * 14)
                        for i in range(1, 201, 2)))
                    attacker.sendall(frame(PING, 0, 0, b"12345678"))
                    self.read_until(attacker, frame(PING, ACK, 0, b"12345678"))
                self.ask()
            print(f"\n{path}: {memory.growth()[0]} KiB more held")
            self.assertLess(memory.growth()[0], memory_kib(24 * 1024))

    @staticmethod
    def read_until(connection, wanted):
        got = b""
        while wanted not in got:
            piece = connection.recv(65536)
            if not piece:
                raise AssertionError("ended")
            got = got[-len(wanted):] + piece

    def test_H2_08_a_body_that_the_server_did_not_take_goes_with_its_answer(self):
        answered = lambda: self.b.metric("firebreak_requests_total")
        before = answered()
        head = encoded([(":method", "POST"), *REQUEST[1:3], (":path", "/refuse-early")])
        for count in range(1, 6):
            attacker = self.attacker()
            attacker.sendall(b"".join(
                frame(HEADERS, END_HEADERS, i, head) + frame(DATA, 0, i, b"z" * 16000) * 3
                + frame(DATA, END_STREAM, i, b"z" * 16000) for i in (1, 3, 5, 7)))
            wait_until(lambda n=count: answered() == before + 4 * n, "the answers")
            attacker.close()
        wait_until(lambda: self.b.metric("firebreak_held_bytes") == 0, "all of it to be given back", 10)

    def test_a_download_goes_on_however_much_others_hold(self):
        """And however much its own source holds for streams that nobody reads."""
        victim = self.attacker()
        get = encoded([*REQUEST[:3], (":path", "/bytes/5000000")])
        plenty = struct.pack(">I", 1 << 30)
        victim.sendall(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1)) + frame(WINDOW_UPDATE, 0, 0, plenty)
                       + b"".join(frame(HEADERS, END_STREAM | END_HEADERS, i, get) for i in range(1, 21, 2)))
        wait_until(lambda: self.b.metric("firebreak_held_bytes") > 1 << 20, "the stalled downloads")
        live, got, buffer = 49, 0, b""
        get = encoded([*REQUEST[:3], (":path", "/bytes/2000000")])
        victim.sendall(frame(HEADERS, END_STREAM | END_HEADERS, live, get) + frame(WINDOW_UPDATE, 0, live, plenty))
        other = None
        while got < 2000000:
            while len(buffer) < 9 or len(buffer) < 9 + int.from_bytes(buffer[:3], "big"):
                buffer += victim.recv(65536)
            size, kind, stream = int.from_bytes(buffer[:3], "big"), buffer[3], int.from_bytes(buffer[5:9], "big")
            buffer = buffer[9 + size:]
            if kind == DATA and stream == live:
                got += size
                if other is None:
                    other = self.attacker(svid=self.pki.issue("ns/shop/sa/other"))
                    other.sendall(self.references("/hang"))
                    wait_until(lambda: self.b.metric("firebreak_requests_total", 'reason="LIMIT"') > 0, "it to be full")

    @staticmethod
    def references(path):
        fields = [*REQUEST[:3], (":path", path)]
        head = hpack.Encoder().encode([(n.encode(), v.encode()) for n, v in fields] + [(b"x", b"v" * 4000)])
        return b"".join(frame(HEADERS, END_STREAM | END_HEADERS, i,
                              (head if i == 1 else encoded(fields)) + b"\xbe" * 14) for i in range(1, 201, 2))

    @staticmethod
    def plain(path):
        head = encoded([*REQUEST[:3], (":path", path)])
        return b"".join(frame(HEADERS, END_STREAM | END_HEADERS, i, head) for i in range(1, 201, 2))

    def test_H2_10_length_that_is_not_the_bodys_resets_the_stream_alone(self):
        attacker = self.attacker()
        post = [(":method", "POST"), *REQUEST[1:], ("content-length", "3")]
        attacker.sendall(frame(HEADERS, END_HEADERS, 1, encoded(post)) + frame(DATA, END_STREAM, 1, b"four"))
        attacker.sendall(frame(HEADERS, END_STREAM | END_HEADERS, 3, encoded([*REQUEST[:3], (":path", "/after")])))
        wait_until(lambda: "/after" in {path for _, path, _ in self.backend.seen}, "the next stream")
        self.assertEqual({path for _, path, _ in self.backend.seen}, {"/legitimate", "/after"})
        record, = [r for r in self.b.wait_records(3, event="REQUEST") if r["http"]["path"] == "/hang"]
        self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "MALFORMED"))


if __name__ == "__main__":
    main()
