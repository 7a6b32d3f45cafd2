"""The relays as HTTP proxies: how each is configured for HTTP/1.1, HTTP/2 and gRPC.

As in peers.py (same certificates, TLS settings, one worker), and: connections to the next hop are kept
and shared by all clients, bodies stream through without temporary files, one log line a request.
HTTP/2 stays HTTP/2 on every hop. nginx 1.26 speaks HTTP/2 to an upstream in grpc_pass only, so that
is what carries all of its HTTP/2 here.
"""
import functools

import peers
import pki
from peers import write

MAX_PATHS = 1000

HAPROXY_HTTP = """  mode http
  option httplog
  option http-keep-alive
  http-reuse always
  timeout http-keep-alive 1h"""


def haproxy(site, folder, side, listen, upstream, protocol):
    alpn, clear = ("http/1.1", "") if protocol == "http1" else ("h2", "proto h2")
    return peers.haproxy_command(site, folder, side, listen, upstream, HAPROXY_HTTP, tls=f"alpn {alpn}",
                                 clear=clear, server="pool-purge-delay 1h")


NGINX_SETTINGS = """client_body_temp_path {folder}/tmp-body;
  proxy_temp_path {folder}/tmp-proxy;
  fastcgi_temp_path {folder}/tmp-fastcgi;
  uwsgi_temp_path {folder}/tmp-uwsgi;
  scgi_temp_path {folder}/tmp-scgi;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_buffer_size 64k;
  client_body_timeout 1h;
  upstream next {{
    server {upstream};
    keepalive 128;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }}"""
NGINX_HTTP1 = """proxy_pass {scheme}://next; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_request_buffering off; proxy_max_temp_file_size 0;
      proxy_buffer_size 16k; proxy_buffers 16 16k; proxy_read_timeout 1h; proxy_send_timeout 1h;"""
NGINX_HTTP2 = """grpc_pass {scheme}://next; grpc_buffer_size 16k; grpc_read_timeout 1h; grpc_send_timeout 1h;"""


def nginx(site, folder, side, listen, upstream, protocol):
    secure = "s" if side == "client" else ""
    if protocol == "http1":
        module, location, version = "proxy", NGINX_HTTP1.format(scheme="http" + secure), ""
    else:
        module, location, version = "grpc", NGINX_HTTP2.format(scheme="grpc" + secure), "http2 on;"
    return peers.nginx_command(
        site, folder, side, listen, load="", kind="http",
        log_fields="$request $status $bytes_sent $request_length $request_time",
        settings=NGINX_SETTINGS.format(folder=folder, upstream=upstream),
        server=f"{version} location / {{ {location} {peers.nginx_client_tls(site, side, module)} }}")


NGHTTPX = """
frontend={listen}{frontend}
backend={upstream};;proto=h2{backend}
workers=1
single-process=yes
accesslog-file={folder}/access.log
errorlog-file={folder}/error.log
frontend-http2-idle-timeout=1h
backend-read-timeout=1h
backend-write-timeout=1h
tls13-ciphers=TLS_AES_128_GCM_SHA256
tls13-client-ciphers=TLS_AES_128_GCM_SHA256
tls-min-proto-version=TLSv1.3
ecdh-curves=X25519
{tls}
"""
NGHTTPX_SERVER = """private-key-file={key}
certificate-file={cert}
verify-client=yes
verify-client-cacert={ca}"""
NGHTTPX_CLIENT = """client-private-key-file={key}
client-cert-file={cert}
cacert={ca}"""


def nghttpx(site, folder, side, listen, upstream, protocol):
    assert protocol != "http1"
    names = dict(cert=site.cert(side + ".pem"), key=site.cert(side + ".key"), ca=site.cert("ca.pem"))
    server = side == "server"
    path = write(folder, "nghttpx.conf", NGHTTPX.format(
        folder=folder, listen=listen.replace(":", ","), upstream=upstream.replace(":", ","),
        frontend="" if server else ";no-tls", backend="" if server else f";tls;sni={pki.DNS_NAME}",
        tls=(NGHTTPX_SERVER if server else NGHTTPX_CLIENT).format(**names)))
    return site.peer("/usr/sbin/nghttpx") + ["--conf", path]


# What the generator asks for, and nothing else.
OPERATIONS = ("to: [{operation: {methods: [GET, POST], paths: ['/v1/{**}']}}, "
              "{operation: {grpc: {services: [bench.Echo]}}}]")


def _operation(path):
    return f"to: [{{operation: {{methods: [GET], paths: ['{path}']}}}}]"


def firebreak(site, folder, side, listen, upstream, protocol, rules=None, inspection="OFF", **settings):
    """`rules`: the server's side has so many rules, told apart by path, in place of one. `inspection` is
    its mode; `settings` are of both sides."""
    del protocol  # detected
    allowed = [OPERATIONS] if rules is None else [
        _operation(f"/v1/resource-{i}/{{**}}") for i in range(rules)]
    return peers.firebreak_command(site, folder, side, listen, upstream, "AUTO",
                                   [f"{peers.FROM_CLIENT}, {operation}" for operation in allowed], inspection,
                                   **settings)


def floor(site, folder, side, listen, upstream, protocol):
    """Bytes, whatever they mean."""
    del protocol
    return peers.floor(site, folder, side, listen, upstream)


_RULES = {"rules-10": 10, "rules-1000": 1000, "rules-100000": 100000}
RELAYS = {"firebreak": firebreak, "floor": floor, "haproxy": haproxy, "nginx": nginx, "nghttpx": nghttpx}
RELAYS.update({name: functools.partial(firebreak, rules=count) for name, count in _RULES.items()})
RELAYS.update({f"inspect-{mode.lower()}": functools.partial(firebreak, inspection=mode)
               for mode in ("OFF", "DETECT", "BLOCK")})
# What the log costs: with none, and with sums by edge and one line for a thousand requests.
RELAYS["unlogged"] = functools.partial(firebreak, flow_log="")
RELAYS["sampled"] = functools.partial(
    firebreak, flow_log=peers.FLOW_LOG + "  sample_one_in: 1000\n  rollups: {{}}\n")


def generator_options(relay):
    """Options of the generator that go with a relay: requests that every rule is for in turn."""
    if relay not in _RULES:
        return []
    paths = min(_RULES[relay], MAX_PATHS)
    return ["--paths", str(paths), "--path-stride", str(_RULES[relay] // paths)]
