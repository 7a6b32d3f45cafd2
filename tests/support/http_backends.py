"""An HTTP/1.1 server to stand behind sidecars. It says what it has been asked, so that a test can
compare what was sent with what has arrived."""
import base64
import hashlib
import http.server
import json
import threading

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _body(self):
        """(bytes, sha256) of the request's body, read piece by piece."""
        digest, count = hashlib.sha256(), 0
        if self.headers.get("Transfer-Encoding") == "chunked":
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                data = self.rfile.read(size)
                digest.update(data)
                count += len(data)
                if size == 0:
                    self.trailers = []
                    line = self.rfile.readline().strip()
                    while line:
                        self.trailers.append(line.decode("latin-1"))
                        line = self.rfile.readline().strip()
                    break
                self.rfile.readline()
        else:
            left = int(self.headers.get("Content-Length", 0))
            while left:
                data = self.rfile.read(min(left, 1 << 16))
                if not data:
                    break
                digest.update(data)
                count += len(data)
                left -= len(data)
        return count, digest.hexdigest()

    def handle_expect_100(self):
        return True  # sent by _serve, for those paths that take the body

    def _serve(self):
        self.trailers = []
        path = self.path.split("?")[0]
        if path == "/ws":
            return self._websocket()
        if path == "/refuse-early":  # answers before it has read the body
            self.close_connection = True
            return self._send(413, b"too much")
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        count, digest = self._body()
        self.server.seen.append((self.command, self.path, list(self.headers.items())))
        if path.startswith("/bytes/"):
            return self._send_pattern(int(path.rsplit("/", 1)[1]), chunked=False)
        if path.startswith("/chunked/"):
            return self._send_pattern(int(path.rsplit("/", 1)[1]), chunked=True)
        if path.startswith("/status/"):
            return self._send(int(path.rsplit("/", 1)[1]), b"")
        said = {"method": self.command, "target": self.path, "headers": list(self.headers.items()),
                "body_bytes": count, "sha256": digest, "trailers": self.trailers,
                "connection": self.client_address[1]}
        return self._send(200, json.dumps(said).encode(), "application/json")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = _serve

    def _send(self, status, body, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status >= 200 and status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)

    def _send_pattern(self, count, chunked):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Trailer", "x-sum")
        else:
            self.send_header("Content-Length", str(count))
        self.end_headers()
        if self.command == "HEAD":
            return
        piece = bytes(range(256)) * 256
        while count:
            data = piece[:count]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
            count -= len(data)
        if chunked:
            self.wfile.write(b"0\r\nx-sum: done\r\n\r\n")

    def _websocket(self):
        key = self.headers["Sec-WebSocket-Key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        self.close_connection = True
        while True:  # echoes bytes: to a proxy frames are bytes
            data = self.connection.recv(1 << 16)
            if not data:
                return
            self.wfile.write(data)


class HttpServer:
    """Serves on `address` (ip, port) in threads of its own until close()."""

    def __init__(self, address):
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

            def handle_error(self, request, client_address):
                pass  # a peer that goes away is part of many tests
        self._server = Server(address, _Handler)
        self._server.seen = []
        self.address = self._server.server_address[:2]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def seen(self):
        """(method, target, headers) of each request that has arrived."""
        return self._server.seen

    def close(self):
        self._server.shutdown()
        self._server.server_close()
