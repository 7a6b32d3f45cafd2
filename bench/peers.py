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
  log global
  timeout connect 10s
  timeout client 1h
  timeout server 1h
{mode}
listen relay
  bind {listen} backlog 4096 {bind}
  server upstream {upstream} {server}
"""
HAPROXY_TCP = """  mode tcp
  option tcplog"""


def haproxy_command(site, folder, side, listen, upstream, mode, tls="", clear="", server=""):
    """`mode` is what the defaults section says of the protocol; `tls` and `clear` go with the end that
    speaks TLS and the one that does not, `server` with the next hop."""
    credentials = (f"ssl crt {site.cert(side + '.both.pem')} ca-file {site.cert('ca.pem')} "
                   "verify required ssl-min-ver TLSv1.3")
    if side == "server":
        bind, to_upstream = f"{credentials} curves X25519 no-tls-tickets {tls}", clear
    else:
        bind, to_upstream = clear, f"{credentials} no-ssl-reuse {tls}"
    path = write(folder, "haproxy.cfg", HAPROXY.format(
        mode=mode, listen=listen, upstream=upstream, bind=bind, server=f"{server} {to_upstream}"))
    return site.peer("/usr/sbin/haproxy") + ["-db", "-f", path]


def haproxy(site, folder, side, listen, upstream):
    return haproxy_command(site, folder, side, listen, upstream, HAPROXY_TCP)


NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
{load}
events {{ worker_connections 16000; }}
{kind} {{
  log_format relay '$time_iso8601 $remote_addr:$remote_port {log_fields}';
  access_log {folder}/access.log relay buffer=64k flush=1s;
  {settings}
  server {{
    listen {listen} {listen_ssl} backlog=4096;
    {server_tls}
    {server}
  }}
}}
"""
NGINX_SERVER = """ssl_certificate {cert}; ssl_certificate_key {key};
    ssl_client_certificate {ca}; ssl_verify_client on;
    ssl_protocols TLSv1.3; ssl_ecdh_curve X25519; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_session_cache off; ssl_session_tickets off;"""
NGINX_CLIENT = """{module}_ssl_certificate {cert}; {module}_ssl_certificate_key {key};
    {module}_ssl_trusted_certificate {ca}; {module}_ssl_verify on; {module}_ssl_name {dns};
    {module}_ssl_protocols TLSv1.3; {module}_ssl_session_reuse off;
    {module}_ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"""


def nginx_client_tls(site, side, module):
    """What the module that passes things on (proxy, grpc) says about TLS to the next hop, if it speaks it."""
    if side == "server":
        return ""
    return NGINX_CLIENT.format(module=module, cert=site.cert(side + ".pem"), key=site.cert(side + ".key"),
                               ca=site.cert("ca.pem"), dns=pki.DNS_NAME)


def nginx_command(site, folder, side, listen, **parts):
    """`parts` are those of NGINX that differ between kinds of proxy."""
    tls = "" if side == "client" else NGINX_SERVER.format(
        cert=site.cert(side + ".pem"), key=site.cert(side + ".key"), ca=site.cert("ca.pem"))
    path = write(folder, "nginx.conf", NGINX.format(
        folder=folder, listen=listen, listen_ssl="ssl" if side == "server" else "", server_tls=tls, **parts))
    return site.peer("/usr/sbin/nginx") + ["-p", folder, "-c", path, "-e", os.path.join(folder, "error.log")]


def nginx(site, folder, side, listen, upstream):
    modules = (site.peer_root or "") + "/usr/lib/nginx/modules"
    proxy_ssl = "proxy_ssl on; " if side == "client" else ""
    return nginx_command(
        site, folder, side, listen, load=f"load_module {modules}/ngx_stream_module.so;", kind="stream",
        log_fields="$status $bytes_sent $bytes_received $session_time",
        settings="proxy_connect_timeout 10s; proxy_timeout 1h;",
        server=f"proxy_pass {upstream}; {proxy_ssl}{nginx_client_tls(site, side, 'proxy')}")


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
inspection: {{mode: {inspection}}}
policy: {{paths: ["{policy}"]}}
"""
FLOW_LOG = """flow_log:
  file: {{path: "{folder}/flows.jsonl"}}
"""
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
# A file of a policy may hold a million YAML values, so many rules go into several.
RULES_PER_FILE = 25000

FROM_CLIENT = f'from: [{{source: {{principals: ["{pki.spiffe_path("client")}"]}}}}]'
TO_SERVER = f'to: [{{destination: {{principals: ["{pki.spiffe_path("server")}"]}}}}]'


def write_policy(folder, direction, rules):
    """Returns the folder of a policy that allows what `rules`, flow mappings without braces, say."""
    place = os.path.join(folder, "policy")
    os.makedirs(place, exist_ok=True)
    for first in range(0, len(rules), RULES_PER_FILE):
        text = "\n".join(f"  - {{{rule}}}" for rule in rules[first:first + RULES_PER_FILE])
        write(place, f"{first}.yaml", POLICY.format(name=f"bench-{first}", direction=direction, rules=text))
    return place


def firebreak_command(site, folder, side, listen, upstream, protocol, server_rules, server_inspection="OFF",
                      flow_log=FLOW_LOG):
    """`server_rules` are those of the server's side; the client's has one, and inspects nothing."""
    if side == "server":
        direction, extra, rules = "INBOUND", "mtls: STRICT", server_rules
    else:
        direction, extra = "OUTBOUND", f'expect_identities: ["{pki.spiffe_path("server")}"]'
        rules = [TO_SERVER]
    path = write(folder, "proxy.yaml", (FIREBREAK + flow_log).format(
        side=side, domain=pki.TRUST_DOMAIN, cert=site.cert(side + ".pem"), key=site.cert(side + ".key"),
        ca=site.cert("ca.pem"), direction=direction, listen=listen, upstream=upstream, extra=extra,
        policy=write_policy(folder, direction, rules), folder=folder, protocol=protocol,
        inspection=server_inspection if side == "server" else "OFF"))
    return [site.program("firebreak-proxy"), "--config", path, "--concurrency", "1", "--log-level", "error"]


def firebreak(site, folder, side, listen, upstream):
    return firebreak_command(site, folder, side, listen, upstream, "TCP", [FROM_CLIENT])


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
