"""The kinds of load: the generator's options, and what one unit of work is."""

GIB = 1 << 30
BULK_BYTES = 1 << 20
HTTP1_RELAYS = ("firebreak", "haproxy", "nginx")
HTTP2_RELAYS = ("firebreak", "haproxy", "nginx", "nghttpx")
RULES_RELAYS = ("rules-10", "rules-1000", "rules-100000")
INSPECTION_RELAYS = ("inspect-off", "inspect-detect", "inspect-block")


class Scenario:
    """`protocol` is fbload's; `relays` are those it compares unless the command line names others
    (None: all that do TCP). An `open_loop` one is also run without relays, for the latency they add."""

    def __init__(self, name, title, unit, options, work_each=1.0, scale=1e3, protocol="raw", relays=None,
                 open_loop=False):
        self.name, self.title, self.unit, self.options = name, title, unit, options
        self.work_each, self.scale = work_each, scale
        self.protocol, self.relays, self.open_loop = protocol, relays, open_loop


def _bulk(name, title, options, **more):
    return Scenario(name, title, "CPU ms/GiB", options, BULK_BYTES / GIB, 1e6, **more)


def _http1(name, title, options, unit="CPU us/request", relays=HTTP1_RELAYS, **more):
    return Scenario(name, title, unit, options, protocol="http1", relays=relays, **more)


def _http2(name, title, options, unit="CPU us/request", protocol="http2", **more):
    return Scenario(name, title, unit, options, protocol=protocol, relays=HTTP2_RELAYS, **more)


_STREAMS = ["--connections", "4", "--streams", "16"]

TCP = [
    _bulk("download", "bulk, back end to client", ["--connections", "4", "--response", str(BULK_BYTES)]),
    _bulk("upload", "bulk, client to back end",
          ["--connections", "4", "--request", str(BULK_BYTES), "--response", "1"]),
    Scenario("small", "64 bytes each way, 32 kept connections", "CPU us/exchange",
             ["--connections", "32", "--request", "48", "--response", "64"]),
    Scenario("paced", "the same at 4,000 a second, open loop", "CPU us/exchange",
             ["--connections", "32", "--request", "48", "--response", "64", "--rate", "4000"],
             open_loop=True),
    Scenario("connect", "a new connection for each exchange", "CPU us/connection",
             ["--connections", "8", "--request", "48", "--response", "64", "--reconnect", "1"]),
]

HTTP = [
    _http1("http1", "HTTP/1.1: GET, 1 KiB back, 32 kept connections",
           ["--connections", "32", "--response", "1024"]),
    _http1("http1-post", "HTTP/1.1: POST of 1 KiB, 64 bytes back, 32 kept connections",
           ["--connections", "32", "--request", "1024", "--response", "64"]),
    _http1("http1-paced", "HTTP/1.1: GET, 1 KiB back, at 4,000 a second, open loop",
           ["--connections", "32", "--response", "1024", "--rate", "4000"], open_loop=True),
    _http1("http1-connect", "HTTP/1.1: a new connection of the client for each GET",
           ["--connections", "8", "--response", "1024", "--reconnect", "1"]),
    _bulk("http1-download", "HTTP/1.1: GET, 1 MiB back",
          ["--connections", "4", "--response", str(BULK_BYTES)], protocol="http1", relays=HTTP1_RELAYS),
    _bulk("http1-upload", "HTTP/1.1: POST of 1 MiB",
          ["--connections", "4", "--request", str(BULK_BYTES), "--response", "1"], protocol="http1",
          relays=HTTP1_RELAYS),
    _http2("http2", "HTTP/2: GET, 1 KiB back, 4 connections of 16 streams",
           _STREAMS + ["--response", "1024"]),
    _http2("http2-paced", "HTTP/2: GET, 1 KiB back, at 4,000 a second, open loop",
           _STREAMS + ["--response", "1024", "--rate", "4000"], open_loop=True),
    _bulk("http2-download", "HTTP/2: GET, 1 MiB back, 4 connections of one stream",
          ["--connections", "4", "--response", str(BULK_BYTES)], protocol="http2", relays=HTTP2_RELAYS),
    _http2("grpc", "gRPC: unary, 64 bytes each way, 4 connections of 16 calls",
           _STREAMS + ["--request", "64", "--response", "64"], "CPU us/call", "grpc"),
    _http2("grpc-stream", "gRPC: messages of 64 bytes both ways on 4 connections of 16 lasting calls",
           _STREAMS + ["--request", "64", "--response", "64"], "CPU us/message", "grpc-stream"),
    _http1("rules", "HTTP/1.1: GET, 1 KiB back, by the number of L7 rules of the server's side",
           ["--connections", "32", "--response", "1024"], relays=RULES_RELAYS),
    _http1("inspection", "HTTP/1.1: POST of 1 KiB, 64 bytes back, with and without inspection on the server's side",
           ["--connections", "32", "--request", "1024", "--response", "64"], relays=INSPECTION_RELAYS),
]

ALL = TCP + HTTP
GROUPS = {"tcp": TCP, "http": HTTP}
BY_NAME = {scenario.name: scenario for scenario in ALL}
# Measurements that are no load: see pair.py.
OTHERS = ("idle", "start")
DEFAULT = "tcp,idle,start"


def chosen(text):
    """The names in a comma-separated list, groups expanded, in our order. Raises KeyError for an
    unknown one."""
    names = set()
    for name in text.split(","):
        if name in GROUPS:
            names.update(scenario.name for scenario in GROUPS[name])
        elif name in OTHERS or name in BY_NAME:
            names.add(name)
        else:
            raise KeyError(name)
    return [name for name in [s.name for s in ALL] + list(OTHERS) if name in names]
