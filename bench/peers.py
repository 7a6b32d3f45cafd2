"""The relays that are compared: how each is configured and started, alike in everything we can set.

TLS 1.3, X25519, AES-128-GCM, both ends verified, no resumption, one worker, one log line a connection
to a file (the floor relay has no log). Each function writes its files into `folder` and returns the
command line; `side` is "client" (plain in, TLS out) or "server" (TLS in, plain out).
"""
import os
import shutil

import pki


class Site:
    """Where things are: certificates, built programs, and the peers' root if it is not the machine's."""

    def __init__(self, certificates, build, peer_root=None):
        self.certificates, self.build, self.peer_root = certificates, build, peer_root

    def cert(self, name):
        return os.path.join(self.certificates, name)

    def program(self, name):
        return os.path.join(self.build, name)

    def peer(self, path):
        """The command for a peer's program: under --peer-root through that root's own ld.so."""
        if self.peer_root is None:
            return [path]
        libraries = os.path.join(self.peer_root, "usr/lib/x86_64-linux-gnu")
        return [os.path.join(libraries, "ld-linux-x86-64.so.2"), "--library-path", libraries,
                self.peer_root + path]


def write(folder, name, text):
    """Writes a file, and returns its path."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def floor(site, folder, side, listen, upstream):
    del folder
    return [site.program("floor_relay"), "--mode", side, "--listen", listen, "--upstream", upstream,
            "--cert", site.cert(side + ".pem"), "--key", site.cert(side + ".key"),
            "--ca", site.cert("ca.pem")]


HAPROXY = """
global
  nbthread 1
  maxconn 8000
  log stdout format raw local0
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
  ssl-default-server-ciphersuites TLS_AES_128_GCM_SHA256
defaults
  mode tcp
  log global
  option tcplog
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen relay
  bind {listen} backlog 4096 {bind}
  server upstream {upstream} {server}
"""


def haproxy(site, folder, side, listen, upstream):
    both, ca = site.cert(side + ".both.pem"), site.cert("ca.pem")
    bind = server = ""
    if side == "server":
        bind = (f"ssl crt {both} ca-file {ca} verify required ssl-min-ver TLSv1.3 curves X25519 "
                "no-tls-tickets")
    else:
        server = f"ssl crt {both} ca-file {ca} verify required ssl-min-ver TLSv1.3 no-ssl-reuse"
    path = write(folder, "haproxy.cfg",
                  HAPROXY.format(listen=listen, upstream=upstream, bind=bind, server=server))
    return site.peer("/usr/sbin/haproxy") + ["-db", "-f", path]


NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
load_module {modules}/ngx_stream_module.so;
events {{ worker_connections 16000; }}
stream {{
  log_format relay '$time_iso8601 $remote_addr:$remote_port $status $bytes_sent $bytes_received '
                   '$session_time';
  access_log {folder}/access.log relay buffer=64k flush=1s;
  proxy_connect_timeout 10s;
  proxy_timeout 1h;
  server {{
    listen {listen} {listen_ssl} backlog=4096;
    proxy_pass {upstream};
    {tls}
  }}
}}
"""
NGINX_SERVER = """ssl_certificate {cert}; ssl_certificate_key {key};
    ssl_client_certificate {ca}; ssl_verify_client on;
    ssl_protocols TLSv1.3; ssl_ecdh_curve X25519; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_session_cache off; ssl_session_tickets off;"""
NGINX_CLIENT = """proxy_ssl_certificate {cert}; proxy_ssl_certificate_key {key};
    proxy_ssl_trusted_certificate {ca}; proxy_ssl_verify on; proxy_ssl_name {dns};
    proxy_ssl_protocols TLSv1.3; proxy_ssl_session_reuse off;
    proxy_ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"""


def nginx(site, folder, side, listen, upstream):
    tls = (NGINX_SERVER if side == "server" else "proxy_ssl on; " + NGINX_CLIENT).format(
        cert=site.cert(side + ".pem"), key=site.cert(side + ".key"), ca=site.cert("ca.pem"), dns=pki.DNS_NAME)
    path = write(folder, "nginx.conf", NGINX.format(
        folder=folder, modules=(site.peer_root or "") + "/usr/lib/nginx/modules", listen=listen,
        listen_ssl="ssl" if side == "server" else "", upstream=upstream, tls=tls))
    return site.peer("/usr/sbin/nginx") + ["-p", folder, "-c", path, "-e", os.path.join(folder, "error.log")]


FIREBREAK = """
node: {{name: bench-{side}, namespace: bench, workload: {side}}}
trust_domain: {domain}
identity:
  files: {{certificate_chain: "{cert}", private_key: "{key}", trust_bundle: "{ca}"}}
listeners:
- name: relay
  direction: {direction}
  address: "{listen}"
  upstream: "{upstream}"
  protocol: {protocol}
  {extra}
policy: {{paths: ["{policy}"]}}
flow_log:
  file: {{path: "{folder}/flows.jsonl"}}
"""
FIREBREAK_POLICY = """
apiVersion: firebreak.dev/v1
kind: AuthorizationPolicy
metadata: {{name: bench, namespace: bench}}
spec:
  direction: {direction}
  action: ALLOW
  rules:
  - name: bench
    {rule}
"""


def firebreak(site, folder, side, listen, upstream):
    if side == "server":
        direction, extra = "INBOUND", "mtls: STRICT"
        rule = f'from: [{{source: {{principals: ["{pki.spiffe_path("client")}"]}}}}]'
    else:
        direction, extra = "OUTBOUND", f'expect_identities: ["{pki.spiffe_path("server")}"]'
        rule = f'to: [{{destination: {{principals: ["{pki.spiffe_path("server")}"]}}}}]'
    policy = write(folder, "policy.yaml", FIREBREAK_POLICY.format(direction=direction, rule=rule))
    path = write(folder, "proxy.yaml", FIREBREAK.format(
        side=side, domain=pki.TRUST_DOMAIN, cert=site.cert(side + ".pem"), key=site.cert(side + ".key"),
        ca=site.cert("ca.pem"), direction=direction, listen=listen, upstream=upstream, extra=extra,
        policy=policy, folder=folder, protocol="TCP"))
    return [site.program("firebreak-proxy"), "--config", path, "--concurrency", "1", "--log-level", "error"]


RELAYS = {"firebreak": firebreak, "floor": floor, "haproxy": haproxy, "nginx": nginx}


def missing(site, name, protocol):
    """Why a relay cannot run here, or None."""
    if name in ("haproxy", "nginx", "nghttpx"):
        path = (site.peer_root or "") + f"/usr/sbin/{name}"
        if shutil.which(path) is None:
            return f"{path} is not there"
        module = (site.peer_root or "") + "/usr/lib/nginx/modules/ngx_stream_module.so"
        if name == "nginx" and protocol == "raw" and not os.path.exists(module):
            return f"{module} is not there (Debian: libnginx-mod-stream)"
        return None
    path = site.program("floor_relay" if name == "floor" else "firebreak-proxy")
    return None if os.access(path, os.X_OK) else f"{path} is not built"
