"""HTTP/2 without TLS at both ends: a server that says what it has been asked, and a client. Both are
python3-h2, which knows nothing of our codec; GOAWAY is read here, since h2 ends a connection on it at once."""
import hashlib
import json
import socket
import threading

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from backends import listen
from sidecar import connect, free_address, seconds, wait_until

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATTERN = bytes(range(256)) * 256
CANCEL, NO_ERROR = 8, 0


def pattern(count):
    return (PATTERN * (count // len(PATTERN) + 1))[:count]


def frame(kind, flags=0, stream=0, payload=b""):
    """RFC 9113 section 4.1."""
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload)


class _Frames:
    """Takes the bytes of a connection apart, so that GOAWAY frames go another way than the rest."""

    def __init__(self, preface):
        self._kept = b""
        self._head = preface
        self.goaways = []  # (last stream, error code, debug data)

    def feed(self, data):
        """What h2 may read."""
        data = self._kept + data
        passed = bytearray()
        if self._head and len(data) >= self._head:
            passed += data[:self._head]
            data, self._head = data[self._head:], 0
        while not self._head and len(data) >= 9:
            whole = 9 + int.from_bytes(data[:3], "big")
            if len(data) < whole:
                break
            if data[3] == 7:
                self.goaways.append((int.from_bytes(data[9:13], "big") & 0x7fffffff,
                                     int.from_bytes(data[13:17], "big"), data[17:whole]))
            else:
                passed += data[:whole]
            data = data[whole:]
        self._kept = data
        return bytes(passed)


class _Served:
    """One request at the server, and what it is answered."""

    def __init__(self, headers):
        self.headers = headers
        fields = dict(headers)
        self.method, self.path = fields[":method"], fields.get(":path", "")
        self.kind = self.path.split("?")[0].split("/")[1] if "/" in self.path else ""
        self.number = int(self.path.rsplit("/", 1)[1]) if self.path.rsplit("/", 1)[-1].isdigit() else 0
        self.digest, self.count, self.trailers = hashlib.sha256(), 0, []
        self.echoed = bytearray()
        self.left = self.sent = 0     # of a body made of the pattern
        self.last = False             # nothing comes after what is left
        self.sums = None              # our trailers
        self.received = False         # to its end


class _ServerConnection:
    def __init__(self, server, peer, number):
        self.server, self.peer, self.number = server, peer, number
        self.lock = threading.RLock()
        self.streams = {}
        self.frames = _Frames(len(PREFACE))
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8", validate_outbound_headers=False))

    def run(self):
        with self.lock:
            self.h2.local_settings[h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS] = self.server.max_streams
            self.h2.local_settings.acknowledge()
            self.h2.initiate_connection()
            self.flush()
        while True:
            data = self.peer.recv(1 << 16)
            if not data:
                return
            with self.lock:
                for event in self.h2.receive_data(self.frames.feed(data)):
                    self.on_event(event)
                self.flush()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.peer.sendall(data)

    def on_event(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.streams[event.stream_id] = _Served(event.headers)
            self.on_request(event.stream_id)
        elif isinstance(event, h2.events.DataReceived):
            self.on_data(event)
        elif isinstance(event, h2.events.TrailersReceived):
            self.streams[event.stream_id].trailers = [list(field) for field in event.headers]
        elif isinstance(event, h2.events.StreamEnded):
            self.on_end(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            gone = self.streams.pop(event.stream_id, None)
            if gone is not None:
                self.server.resets.append((gone.path, int(event.error_code)))
        elif isinstance(event, h2.events.WindowUpdated):
            for stream in [event.stream_id] if event.stream_id else list(self.streams):
                self.pump(stream)

    def on_request(self, stream):
        served = self.streams[stream]
        if served.kind == "refuse-early":  # answers before it has read the body
            self.answer(stream, 413, b"too much")
        elif served.kind in ("echo", "drip"):
            self.h2.send_headers(stream, [(":status", "200")])
            served.left = served.number

    def on_data(self, event):
        served = self.streams.get(event.stream_id)
        if served is None:
            return
        served.digest.update(event.data)
        served.count += len(event.data)
        if served.kind == "unread":
            return
        self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if served.kind == "echo":
            served.echoed += event.data
            self.pump(event.stream_id)

    def on_end(self, stream):
        served = self.streams.get(stream)
        if served is None:
            return
        served.received = True
        self.server.seen.append((served.method, served.path, served.headers))
        getattr(self, "on_" + served.kind.replace("-", "_"), self.tell)(stream, served)

    def on_echo(self, stream, served):
        served.last = True
        self.pump(stream)

    def on_drip(self, stream, _):
        self.pump(stream)

    def on_hang(self, *_):
        pass  # until release()

    on_refuse_early = on_hang

    def on_reset(self, stream, served):
        self.h2.reset_stream(stream, served.number)
        del self.streams[stream]

    def on_status(self, stream, served):
        self.answer(stream, served.number, b"")

    def on_hints(self, stream, served):
        self.h2.send_headers(stream, [(":status", "103"), ("link", "</style.css>; rel=preload")])
        self.tell(stream, served)

    def on_bytes(self, stream, served):
        fields = [(":status", "200"), ("content-length", str(served.number))]
        if served.method == "HEAD":
            self.h2.send_headers(stream, fields, end_stream=True)
            del self.streams[stream]
            return
        self.h2.send_headers(stream, fields)
        served.left, served.last = served.number, True
        self.pump(stream)

    def on_trailers(self, stream, served):
        self.h2.send_headers(stream, [(":status", "200"), ("trailer", "x-sum")])
        served.left, served.last = served.number, True
        served.sums = [("x-sum", "done"), ("x-count", str(served.number))]
        self.pump(stream)

    def tell(self, stream, served):
        said = {"method": served.method, "target": served.path, "headers": served.headers,
                "body_bytes": served.count, "sha256": served.digest.hexdigest(),
                "trailers": served.trailers, "connection": self.number}
        self.answer(stream, 200, json.dumps(said).encode(), [("content-type", "application/json")])

    def answer(self, stream, status, body, more=()):
        self.h2.send_headers(stream, [(":status", str(status)), *more])
        served = self.streams[stream]
        served.echoed, served.last = bytearray(b"" if served.method == "HEAD" else body), True
        self.pump(stream)

    def pump(self, stream):
        try:
            self.send(stream)
        except h2.exceptions.StreamClosedError:
            pass  # by a reset that came with what we act on; its own event follows

    def send(self, stream):
        """Sends what there is, as far as the windows go."""
        served = self.streams.get(stream)
        if served is None or (served.kind not in ("echo", "drip") and not served.last):
            return
        while served.left or served.echoed:
            room = min(self.h2.local_flow_control_window(stream), 16384)
            if room <= 0:
                return
            if served.echoed:
                data = bytes(served.echoed[:room])
                del served.echoed[:room]
            else:
                at = served.sent % 256
                data = PATTERN[at:at + min(room, served.left)]
                served.sent += len(data)
                served.left -= len(data)
            self.h2.send_data(stream, data)
            self.flush()
        if served.last:
            if served.sums is not None:
                self.h2.send_headers(stream, served.sums, end_stream=True)
            else:
                self.h2.end_stream(stream)
            del self.streams[stream]

    def release(self, path, error=None):
        """Lets requests of path that hang, or drip, be answered to their end, or resets them."""
        with self.lock:
            for stream, served in list(self.streams.items()):
                if served.path != path:
                    continue
                if error is not None:
                    self.h2.reset_stream(stream, error)
                    del self.streams[stream]
                elif served.kind == "hang" and served.received:
                    self.tell(stream, served)
                elif served.kind == "drip":
                    served.last = True
                    self.pump(stream)
            self.flush()


class Http2Server:
    """Serves h2c with prior knowledge until close(). Paths: /echo, /bytes/N, /trailers/N, /status/N,
    /hang and /drip/N (N bytes at once; both end with release()), /reset/CODE, /refuse-early, /unread
    (never opens the window), /hints; any other says in JSON what it was asked."""

    def __init__(self, address=None, max_streams=1000):
        self.address = address or free_address()
        self.max_streams = max_streams
        self.seen = []    # (method, path, headers) of each request that has ended
        self.resets = []  # (path, error code) of each that the peer has reset
        self.failures = []
        self._connections = []
        self._listener = listen(self.address)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def accepted(self):
        return len(self._connections)

    def live(self, path=None):
        """How many requests (of path) are neither answered nor reset."""
        return sum(1 for c in list(self._connections) for s in list(c.streams.values())
                   if path in (None, s.path))

    def wait_live(self, count, path=None):
        wait_until(lambda: self.live(path) == count, lambda: f"{count} live, have {self.live(path)}")

    def release(self, path, error=None):
        for connection in list(self._connections):
            try:
                connection.release(path, error)
            except OSError:
                pass

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._connections:
            try:
                connection.peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.peer.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _ServerConnection(self, peer, len(self._connections))
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        try:
            connection.run()
        except OSError:
            pass
        except Exception as error:  # shown by the test that owns this server
            self.failures.append(repr(error))
        finally:
            connection.streams.clear()
            connection.peer.close()


class Answer:
    """What has come on one stream so far."""

    def __init__(self):
        self.status, self.headers, self.body, self.trailers = None, {}, bytearray(), {}
        self.informational = []
        self.ended = False
        self.reset = None  # the error code

    @property
    def over(self):
        return self.ended or self.reset is not None


class Http2Client:
    """One connection. Windows are opened as bytes come, unless `reading` is set to False."""

    def __init__(self, peer, window=None):
        self.peer = peer if isinstance(peer, socket.socket) else connect(peer, 20)
        self.reading = True
        self.closed = False
        self.answers = {}
        self._unread = []
        self._frames = _Frames(0)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        if window is not None:
            self.h2.local_settings[h2.settings.SettingCodes.INITIAL_WINDOW_SIZE] = window
            self.h2.local_settings.acknowledge()
        self.h2.initiate_connection()
        self.flush()

    @property
    def goaways(self):
        return self._frames.goaways

    def close(self):
        self.peer.close()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.peer.sendall(data)

    def request(self, method, path, headers=(), end=True, body=None):
        stream = self.h2.get_next_available_stream_id()
        self.answers[stream] = Answer()
        self.h2.send_headers(stream, [(":method", method), (":scheme", "http"), (":authority", "orders"),
                                      (":path", path), *headers], end_stream=end and body is None)
        self.flush()
        if body is not None:
            self.send(stream, body, end)
        return stream

    def send(self, stream, data, end=True):
        """Sends as the windows allow, and reads meanwhile; stops when the answer is over."""
        view = memoryview(data)
        while len(view) and not self.answers[stream].over:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(view))
            if room == 0:
                self.receive()
                continue
            self.h2.send_data(stream, bytes(view[:room]))
            view = view[room:]
            self.flush()
        if end and not self.answers[stream].over:
            self.h2.end_stream(stream)
            self.flush()

    def trailers(self, stream, headers):
        self.h2.send_headers(stream, headers, end_stream=True)
        self.flush()

    def reset(self, stream, code=CANCEL):
        self.h2.reset_stream(stream, code)
        self.flush()

    def answer(self, stream):
        """Reads until the stream is over."""
        self.read_until(lambda: self.answers[stream].over)
        return self.answers[stream]

    def ask(self, method, path, headers=(), body=None):
        return self.answer(self.request(method, path, headers, body=body))

    def head(self, stream):
        """Reads until there is a status."""
        self.read_until(lambda: self.answers[stream].status is not None or self.answers[stream].over)
        return self.answers[stream]

    def read_until(self, condition, timeout=30):
        self.peer.settimeout(seconds(timeout))
        while not condition():
            if self.closed:
                raise AssertionError(f"the connection has ended, {self.goaways}")
            self.receive()

    def receive(self):
        try:
            data = self.peer.recv(1 << 18)
        except ConnectionError:
            data = b""
        if not data:
            self.closed = True
            return
        for event in self.h2.receive_data(self._frames.feed(data)):
            self._on_event(event)
        self.flush()

    def read_on(self):
        """Opens the windows for all that has come while `reading` was False."""
        self.reading = True
        for count, stream in self._unread:
            self.h2.acknowledge_received_data(count, stream)
        self._unread = []
        self.flush()

    def _on_event(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        if answer is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            answer.headers = dict(event.headers)
            answer.status = int(answer.headers[":status"])
        elif isinstance(event, h2.events.InformationalResponseReceived):
            answer.informational.append(dict(event.headers))
        elif isinstance(event, h2.events.TrailersReceived):
            answer.trailers = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            if self.reading and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            else:
                self._unread.append((event.flow_controlled_length, event.stream_id))
        elif isinstance(event, h2.events.StreamEnded):
            answer.ended = True
        elif isinstance(event, h2.events.StreamReset):
            answer.reset = int(event.error_code)


__all__ = ["CANCEL", "Http2Client", "Http2Server", "NO_ERROR", "PREFACE", "frame", "pattern"]
