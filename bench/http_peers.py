"""The relays as HTTP proxies: how each is configured for HTTP/1.1, HTTP/2 and gRPC.

As in peers.py (same certificates, TLS settings, one worker), and: connections to the next hop are kept
and shared by all clients, bodies stream through without temporary files, one log line a request.
HTTP/2 stays HTTP/2 on every hop. nginx 1.26 speaks HTTP/2 to an upstream in grpc_pass only, so that
is what carries all of its HTTP/2 here.
"""
import functools
import os

import peers
import pki
from peers import write

RULES_PER_FILE = 25000
MAX_PATHS = 1000

HAPROXY = """
global
  nbthread 1
  maxconn 8000
  log stdout format raw local0
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
  ssl-default-server-ciphersuites TLS_AES_128_GCM_SHA256
defaults
  mode http
  log global
  option httplog
  option http-keep-alive
  http-reuse always
  timeout connect 10s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
listen relay
  bind {listen} backlog 4096 {bind}
  server upstream {upstream} pool-purge-delay 1h {server}
"""


def haproxy(site, folder, side, listen, upstream, protocol):
    both, ca = site.cert(side + ".both.pem"), site.cert("ca.pem")
    alpn, clear = ("http/1.1", "") if protocol == "http1" else ("h2", "proto h2")
    if side == "server":
        bind = (f"ssl crt {both} ca-file {ca} verify required ssl-min-ver TLSv1.3 curves X25519 "
                f"no-tls-tickets alpn {alpn}")
        server = clear
    else:
        bind = clear
        server = f"ssl crt {both} ca-file {ca} verify required ssl-min-ver TLSv1.3 no-ssl-reuse alpn {alpn}"
    path = write(folder, "haproxy.cfg",
                 HAPROXY.format(listen=listen, upstream=upstream, bind=bind, server=server))
    return site.peer("/usr/sbin/haproxy") + ["-db", "-f", path]


NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 16000; }}
http {{
  log_format relay '$time_iso8601 $remote_addr:$remote_port $request $status $bytes_sent $request_length '
                   '$request_time';
  access_log {folder}/access.log relay buffer=64k flush=1s;
  client_body_temp_path {folder}/tmp-body;
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
  }}
  server {{
    listen {listen} {listen_ssl} backlog=4096;
    {server_tls}
    {server_http}
    location / {{
      {location}
      {client_tls}
    }}
  }}
}}
"""
NGINX_HTTP1 = """proxy_pass {scheme}://next; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_request_buffering off; proxy_max_temp_file_size 0;
      proxy_buffer_size 16k; proxy_buffers 16 16k; proxy_read_timeout 1h; proxy_send_timeout 1h;"""
NGINX_HTTP2 = """grpc_pass {scheme}://next; grpc_buffer_size 16k; grpc_read_timeout 1h; grpc_send_timeout 1h;"""


def nginx(site, folder, side, listen, upstream, protocol):
    names = dict(cert=site.cert(side + ".pem"), key=site.cert(side + ".key"), ca=site.cert("ca.pem"),
                 dns=pki.DNS_NAME)
    server_tls = peers.NGINX_SERVER.format(**names) if side == "server" else ""
    client_tls = peers.NGINX_CLIENT.format(**names) if side == "client" else ""
    if protocol == "http1":
        scheme = "https" if side == "client" else "http"
        location, server_http = NGINX_HTTP1.format(scheme=scheme), ""
    else:
        scheme = "grpcs" if side == "client" else "grpc"
        location, server_http = NGINX_HTTP2.format(scheme=scheme), "http2 on;"
        client_tls = client_tls.replace("proxy_ssl_", "grpc_ssl_")
    path = write(folder, "nginx.conf", NGINX.format(
        folder=folder, listen=listen, listen_ssl="ssl" if side == "server" else "", upstream=upstream,
        server_tls=server_tls, client_tls=client_tls, location=location, server_http=server_http))
    return site.peer("/usr/sbin/nginx") + ["-p", folder, "-c", path, "-e", os.path.join(folder, "error.log")]


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


POLICY = """
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {{name: {name}, namespace: bench}}
spec:
  direction: {direction}
  action: ALLOW
  rules:
{rules}
"""
# What the generator asks for, and nothing else.
OPERATIONS = ("to: [{operation: {methods: [GET, POST], paths: ['/v1/{**}']}}, "
              "{operation: {grpc: {services: [bench.Echo]}}}]")


def _operation(path):
    return f"to: [{{operation: {{methods: [GET], paths: ['{path}']}}}}]"


def _write_policy(folder, direction, rules):
    """A file of a policy may hold a million YAML values, so many rules go into several."""
    place = os.path.join(folder, "policy")
    os.makedirs(place, exist_ok=True)
    for first in range(0, len(rules), RULES_PER_FILE):
        text = "\n".join(f"  - {{{rule}}}" for rule in rules[first:first + RULES_PER_FILE])
        write(place, f"{first}.yaml", POLICY.format(name=f"bench-{first}", direction=direction, rules=text))
    return place


def firebreak(site, folder, side, listen, upstream, protocol, rules=None):
    """`rules`: the server's side has so many rules, told apart by path, in place of one."""
    del protocol  # detected
    if side == "server":
        direction, extra = "INBOUND", "mtls: STRICT"
        source = f'from: [{{source: {{principals: ["{pki.spiffe_path("client")}"]}}}}]'
        texts = [f"{source}, {OPERATIONS}"] if rules is None else [
            f"{source}, {_operation(f'/v1/resource-{i}/{{**}}')}" for i in range(rules)]
    else:
        direction, extra = "OUTBOUND", f'expect_identities: ["{pki.spiffe_path("server")}"]'
        destination = f'{{destination: {{principals: ["{pki.spiffe_path("server")}"]}}}}'
        texts = [f"to: [{destination}]"]
    path = write(folder, "proxy.yaml", peers.FIREBREAK.format(
        side=side, domain=pki.TRUST_DOMAIN, cert=site.cert(side + ".pem"), key=site.cert(side + ".key"),
        ca=site.cert("ca.pem"), direction=direction, listen=listen, upstream=upstream, extra=extra,
        policy=_write_policy(folder, direction, texts), folder=folder, protocol="AUTO"))
    return [site.program("firebreak-proxy"), "--config", path, "--concurrency", "1", "--log-level", "error"]


def floor(site, folder, side, listen, upstream, protocol):
    """Bytes, whatever they mean."""
    del protocol
    return peers.floor(site, folder, side, listen, upstream)


_RULES = {"rules-10": 10, "rules-1000": 1000, "rules-100000": 100000}
RELAYS = {"firebreak": firebreak, "floor": floor, "haproxy": haproxy, "nginx": nginx, "nghttpx": nghttpx}
RELAYS.update({name: functools.partial(firebreak, rules=count) for name, count in _RULES.items()})


def generator_options(relay):
    """Options of the generator that go with a relay: requests that every rule is for in turn."""
    if relay not in _RULES:
        return []
    paths = min(_RULES[relay], MAX_PATHS)
    return ["--paths", str(paths), "--path-stride", str(_RULES[relay] // paths)]
