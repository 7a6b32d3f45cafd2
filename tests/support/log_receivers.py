"""Receivers of flow logs: an OTLP endpoint that does as it is told, and a real ClickHouse."""
import gzip
import http.server
import os
import shutil
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

from sidecar import free_address, seconds, text_of, wait_until


def fields_of(message):
    """The fields of a protobuf message: (number, value), a value being an int or bytes."""
    at = 0

    def varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    while at < len(message):
        tag = varint()
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            yield number, varint()
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        yield number, message[at:at + size]
        at += size


def one(message, *path):
    """The value at a path of field numbers; None when it is not there."""
    for number in path:
        message = dict(fields_of(message)).get(number)
        if message is None:
            return None
    return message


def log_records(request):
    """The LogRecords of an ExportLogsServiceRequest: body, attributes, event name."""
    for number, resource_logs in fields_of(request):
        assert number == 1, number
        for scope_logs in (value for n, value in fields_of(resource_logs) if n == 2):
            for record in (value for n, value in fields_of(scope_logs) if n == 2):
                attributes = {one(pair, 1).decode(): next(value for _, value in fields_of(one(pair, 2)))
                              for n, pair in fields_of(record) if n == 6}
                yield {"body": one(record, 5, 1), "attributes": attributes, "event": one(record, 12).decode()}


class OtlpReceiver:
    """Takes logs at /v1/logs. `answer(records)` returns the status to answer with, or None to hang up.
    With `context` it speaks TLS."""

    def __init__(self, address=None, context=None):
        self.address = address or free_address()
        self.context = context
        self.records = []       # taken, in the order in which they came
        self.answer = lambda records: 200
        self.posts = 0
        self.connections = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                receiver.connections.append(self.request)
                if receiver.context is not None:
                    self.request = receiver.context.wrap_socket(self.request, server_side=True)
                    receiver.connections[-1] = self.request
                super().setup()

            def finish(self):
                super().finish()
                self.connection.close()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/x-protobuf" and self.path == "/v1/logs"
                records = list(log_records(gzip.decompress(body)))
                receiver.posts += 1
                status = receiver.answer(records)
                if status is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                if status == 200:
                    receiver.records += records
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass  # a sidecar that was killed, or a connection that was hung up

        self.server = Server(self.address, Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def url(self):
        scheme = "http" if self.context is None else "https"
        return f"{scheme}://{text_of(self.address)}/v1/logs"

    def lines(self):
        return [record["body"] for record in list(self.records)]

    def close(self):
        """Ends it and every connection. What was being received may still be taken: see `records`."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it had ended


class ClickHouse:
    """A server of the Debian package, on loopback, with nothing but its own folder."""

    PROGRAM = shutil.which("clickhouse-server")

    def __init__(self, folder):
        self.folder = os.path.join(folder, "clickhouse")
        os.makedirs(self.folder)
        self.http, tcp = free_address(), free_address()
        with open(os.path.join(self.folder, "config.xml"), "w", encoding="utf-8") as out:
            out.write(f"""<yandex>
<logger><level>warning</level><log>{self.folder}/log</log><errorlog>{self.folder}/errors</errorlog></logger>
<http_port>{self.http[1]}</http_port><tcp_port>{tcp[1]}</tcp_port><listen_host>{self.http[0]}</listen_host>
<path>{self.folder}/data/</path><tmp_path>{self.folder}/tmp/</tmp_path>
<users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>5368709</mark_cache_size></yandex>""")
        with open(os.path.join(self.folder, "users.xml"), "w", encoding="utf-8") as out:
            out.write("""<yandex><profiles><default></default></profiles>
<users><default><password></password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota></default></users>
<quotas><default></default></quotas></yandex>""")
        self.process = None
        self.start()

    @property
    def url(self):
        return f"http://{text_of(self.http)}/"

    def start(self):
        with open(os.path.join(self.folder, "output"), "ab") as output:
            self.process = subprocess.Popen(
                [self.PROGRAM, f"--config-file={self.folder}/config.xml"], cwd=self.folder,
                stdout=output, stderr=output, start_new_session=True)
        wait_until(self.answers, lambda: f"ClickHouse, which says: {self.said()}", timeout=30)

    def said(self):
        with open(os.path.join(self.folder, "output"), "rb") as output:
            return output.read()[-2000:]

    def answers(self):
        try:
            return self.ask("SELECT 1").strip() == "1"
        except (OSError, urllib.error.URLError):
            return False

    def ask(self, query, timeout=20):
        request = urllib.request.Request(self.url, data=query.encode())
        with urllib.request.urlopen(request, timeout=seconds(timeout)) as answer:
            return answer.read().decode()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.kill()
