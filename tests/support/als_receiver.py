"""A real gRPC server of Envoy's access log service, without protoc: messages are taken apart by field number."""
import concurrent.futures
import threading

import grpc

from log_receivers import fields_of, one
from sidecar import free_address, text_of

SERVICE = "envoy.service.accesslog.v3.AccessLogService"


class Entry:
    """One HTTPAccessLogEntry or TCPAccessLogEntry."""

    def __init__(self, kind, bytes_):
        self.kind = kind  # "http" or "tcp"
        self.bytes = bytes_
        self.common = one(bytes_, 1)
        self.tags = {one(pair, 1).decode(): one(pair, 2).decode()
                     for number, pair in fields_of(self.common) if number == 22}

    @property
    def line(self):
        """What names the line that this entry is of."""
        return self.tags["firebreak.run_id"], int(self.tags["firebreak.sequence"])

    def at(self, *path):
        return one(self.bytes, *path)


class AlsReceiver:
    """`end(entries)` says how a call ends, once it was read to its end: None is OK, a grpc.StatusCode is not."""

    def __init__(self, address=None, credentials=None):
        self.address = address or free_address()
        self.entries = []      # of calls that ended with OK
        self.identifiers = []  # of each call: node, cluster, name of the log
        self.end = lambda entries: None
        self.peers = set()
        self.lock = threading.Lock()
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {
            "StreamAccessLogs": grpc.stream_unary_rpc_method_handler(self.stream_access_logs)})])
        if credentials is None:
            self.server.add_insecure_port(text_of(self.address))
        else:
            self.server.add_secure_port(text_of(self.address), credentials)
        self.server.start()
        self.scheme = "http" if credentials is None else "https"

    @property
    def url(self):
        return f"{self.scheme}://{text_of(self.address)}"

    def stream_access_logs(self, messages, context):
        entries = []
        for number, message in enumerate(messages):
            fields = dict(fields_of(message))
            assert (1 in fields) == (number == 0), "the first message alone says who sends"
            if number == 0:
                self.identifiers.append(tuple(one(message, *path).decode() for path in ((1, 1, 1), (1, 1, 2), (1, 2))))
            for kind, field in (("http", 2), ("tcp", 3)):
                entries += [Entry(kind, value) for _, value in fields_of(fields.get(field, b""))]
        with self.lock:
            self.peers.add(context.peer())
            status = self.end(entries)
            if status is None:
                self.entries += entries
        if status is not None:
            context.abort(status, "as it was told")
        return b""

    def lines(self):
        with self.lock:
            return [entry.line for entry in self.entries]

    def close(self):
        self.server.stop(None).wait()
