"""A firebreak-proxy under test: its configuration, its process, its records, its counters. And what it
has in common with other programs under test.

    sidecar = Sidecar(folder, "b", svid, bundle_pem, listeners=[...], policies=[allow(...)])
    sidecar.start()
    sidecar.wait_closes(1)
    sidecar.stop()      # SIGTERM, exit code, and what must hold of every run: see check_records
"""
import datetime
import hashlib
import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time

TIME_FACTOR = float(os.environ.get("FIREBREAK_TIME_FACTOR", "1"))
# Payload that tests send where it must not come back in a log or record.
PAYLOAD_MARK = b"payload-that-nobody-may-write-down"


def seconds(count):
    """A time-out for a plain build, made longer for a slow one."""
    return count * TIME_FACTOR


def memory_kib(count):
    """What memory may grow by in a plain build. A sanitizer's shadow, and the 256 MiB that
    AddressSanitizer keeps from being used again, come on top."""
    return count if TIME_FACTOR == 1 else 8 * count + 320 * 1024


def binary(name="firebreak-proxy"):
    folder = os.environ.get("FIREBREAK_BIN_DIR", "")
    if not folder:
        raise RuntimeError("set FIREBREAK_BIN_DIR to the folder of the programs under test")
    return os.path.join(folder, name)


def wait_until(condition, what, timeout=10):
    """Polls until condition() is true and returns its value. `what` is for the failure message."""
    deadline = time.monotonic() + seconds(timeout)
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds(timeout):g} s: {what() if callable(what) else what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def deliberate_pause(count, why):
    """The one sleep of a test: where the pause is the attack, or the span that something is measured over;
    `why` says which. Whatever comes to pass is waited for: see wait_until."""
    assert why
    time.sleep(seconds(count))


def wall_time(record):
    """When a record was written, in seconds as time.time() has them."""
    return datetime.datetime.strptime(record["time"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


_next_port = [20000]


def free_address(ip=None):
    """(ip, port) that nobody else uses. Each test process has a loopback address of its own and counts
    ports up from below the ephemeral range: nothing is bound for a moment and then hoped to stay free,
    which SO_REUSEPORT would turn into two sidecars that share connections."""
    if ip is None:
        pid = os.getpid()
        ip = f"127.{64 + (pid >> 16) % 128}.{pid >> 8 & 255}.{pid & 255}"
    _next_port[0] += 1
    return ip, _next_port[0]


def text_of(address):
    ip, port = address
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def policy(name, action="ALLOW", direction="INBOUND", rules=(), **spec):
    return {"apiVersion": "firebreak.dev/v1", "kind": "AuthorizationPolicy", "metadata": {"name": name},
            "spec": {"action": action, "direction": direction, "rules": list(rules), **spec}}


def allow_from(*principals, name="allow-from"):
    """INBOUND: these identities may connect."""
    return policy(name, rules=[{"name": "known", "from": [{"source": {"principals": list(principals)}}]}])


def allow_to(*principals, name="allow-to"):
    """OUTBOUND: this workload may connect to these identities."""
    return policy(name, direction="OUTBOUND",
                  rules=[{"name": "known", "to": [{"destination": {"principals": list(principals)}}]}])


def allow_all(direction="INBOUND", name="allow-all"):
    return policy(name, direction=direction, rules=[{}])


def write_whole(path, data):
    """Replaces a file the way careful programs do: a new one, renamed over the old."""
    fresh = str(path) + ".new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())
    os.rename(fresh, path)


class Program:
    """One that runs until SIGTERM, with a folder of its own, a log in it, an SVID, readiness and metrics.
    It may be started again after it has ended, and keeps its folder and its addresses."""

    def __init__(self, folder, name, svid, bundle_pem):
        self.folder, self.name, self.svid = os.path.join(folder, name), name, svid
        os.makedirs(self.folder)
        self.process = None
        self.exit_code = None    # once it has been waited for
        self.expect_exit = 0     # what stop() demands
        self.metrics_at = free_address()
        self.health = self.metrics_at  # where it says whether it is ready
        self.write_identity(svid, bundle_pem)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write_identity(self, svid=None, bundle_pem=None):
        if svid is not None:
            write_whole(self.path("key.pem"), svid.key_pem)
            write_whole(self.path("svid.pem"), svid.chain_pem)
        if bundle_pem is not None:
            write_whole(self.path("bundle.pem"), bundle_pem)

    # Process.
    def launch(self, command, wait=True, before=None):
        """Starts it; `before` is called in the new process first."""
        self.exit_code = None
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=before)
        if wait:
            wait_until(self.ready, lambda: f"{self.name} ready; {self.end_of_log()}", timeout=20)
        return self

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait_exit(self, timeout=30):
        try:
            self.exit_code = self.process.wait(seconds(timeout))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"{self.name} did not exit within {seconds(timeout):g} s; {self.end_of_log()}") from None
        return self.exit_code

    def stop(self):
        """Ends it with SIGTERM if it still runs, then checks its exit code. True: it had not been waited for."""
        if self.process is None or self.exit_code is not None:
            return False
        if self.alive():
            self.signal(signal.SIGTERM)
        self.wait_exit()
        assert self.exit_code == self.expect_exit, \
            f"{self.name} exited {self.exit_code}, not {self.expect_exit}; {self.end_of_log()}"
        return True

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def end_of_log(self):
        return f"the end of its log:\n{self.log()[-8000:]}"

    def wait_log(self, text, timeout=10):
        wait_until(lambda: text in self.log(), lambda: f"{text!r} from {self.name}; {self.end_of_log()}", timeout)

    # HTTP endpoints.
    def get(self, address, path):
        connection = http.client.HTTPConnection(*address, timeout=seconds(10))
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def ready(self):
        if not self.alive():
            raise AssertionError(f"{self.name} exited {self.process.returncode}; {self.end_of_log()}")
        try:
            return self.get(self.health, "/healthz/ready")[0] == 200
        except OSError:
            return False

    def metrics(self):
        """{name: {label set as text: value}}; the empty text for a metric without labels."""
        found = {}
        for line in self.get(self.metrics_at, "/metrics")[1].splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if match:
                found.setdefault(match[1], {})[match[2] or ""] = float(match[3])
        return found

    def metric(self, name, *labels):
        """The sum of a metric over its label sets that contain all of labels, such as reason="LIMIT"."""
        return sum(value for have, value in self.metrics().get(name, {}).items()
                   if all(label in have for label in labels))


class Sidecar(Program):
    def __init__(self, folder, name, svid, bundle_pem, listeners, policies=(), limits=None, **config):
        super().__init__(folder, name, svid, bundle_pem)
        os.makedirs(self.path("policy"))
        self.prefix = []         # a command that runs the sidecar, such as ip netns exec
        self.expect_lost = False  # may a record be missing?
        self.health = free_address()
        self.config = {
            "node": {"name": name + "-0", "namespace": "shop", "workload": name, "labels": {"app": name}},
            "trust_domain": svid.principal.split("/")[0],
            "identity": {"files": {"certificate_chain": "svid.pem", "private_key": "key.pem",
                                   "trust_bundle": "bundle.pem"}},
            "listeners": listeners,
            "policy": {"paths": ["policy"]},
            "flow_log": {"file": {"path": "flows.jsonl"}},
            "health": {"address": text_of(self.health)},
            "metrics": {"address": text_of(self.metrics_at)},
            "limits": {"drain_timeout_ms": int(seconds(10) * 1000), **(limits or {})},
            "concurrency": 2,
            **config}
        for number, document in enumerate(policies):
            self.write_policy(document, f"{number}.yaml")
        self.write_config()

    # Files.
    def write_config(self):
        write_whole(self.path("proxy.yaml"), json.dumps(self.config, indent=1))  # JSON is YAML

    def write_policy(self, document, file="0.yaml"):
        text = document if isinstance(document, str) else json.dumps(document)
        write_whole(self.path("policy", file), text)

    # Process.
    def command(self, *options):
        return [*self.prefix, binary(), "--config", self.path("proxy.yaml"), *options]

    def run(self, *options, timeout=20):
        """Runs it to its end: (exit code, stdout, stderr)."""
        done = subprocess.run(self.command(*options), capture_output=True, text=True, check=False,
                              timeout=seconds(timeout))
        return done.returncode, done.stdout, done.stderr

    def start(self, *options, wait=True, nofile=None, level="debug"):
        limit = None
        if nofile is not None:
            def limit():
                resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))
        return self.launch(self.command("--log-level", level, *options), wait, before=limit)

    def stop(self):
        """Ends it with SIGTERM if it still runs, then checks exit code and records."""
        ended = 0
        if self.alive():
            try:
                ended = self.ended()
            except (OSError, http.client.HTTPException):
                pass  # no answer from it: its exit code is the better witness
        if not super().stop():
            return
        self.check_records()
        assert len(self.records()) >= ended, f"{ended:g} connections were counted, not all have a record"
        self.check_secrets()

    def ended(self, *labels):
        return self.metric("firebreak_connections_ended_total", *labels)

    # /proc, which says these even of a process that nobody may trace.
    def rss_kib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])

    def peak_kib(self):
        """The most it has ever been, which no look can miss."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Flow records.
    def lines(self):
        """The lines of the log so far, as bytes. A last one that is still being written waits."""
        try:
            with open(self.path("flows.jsonl"), "rb") as flows:
                return flows.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return []

    def records(self, event="CLOSE"):
        """Those written so far; None: of every event but HEAD, which tells of the log."""
        records = [json.loads(line) for line in self.lines()]
        return [r for r in records if event == r["event"] or (event is None and r["event"] != "HEAD")]

    def wait_records(self, count=1, timeout=10, event="CLOSE", after=0, **fields):
        """Waits for that many records of an event with these fields, but for the first `after` of the
        log's lines, and returns them."""
        def matching():
            return [r for r in self.records(None)[after:] if r["event"] == event
                    and all(r.get(key) == value for key, value in fields.items())]
        wait_until(lambda: len(matching()) >= count,
                   lambda: f"{count} records with {fields} of {self.name}, has: {self.records()[-5:]}",
                   timeout)
        return matching()

    def wait_closes(self, count, timeout=20):
        """Waits for exactly count ended connections, in the counters and in the records; returns these."""
        wait_until(lambda: self.ended() >= count, lambda: f"{count} ended, have {self.ended()}", timeout)
        wait_until(lambda: len(self.records()) >= count,
                   lambda: f"{count} CLOSE records, have {len(self.records())}", timeout)
        assert self.ended() == count and len(self.records()) == count, \
            f"{count} connections, {self.ended():g} counted, {len(self.records())} records"
        return self.records()

    def check_records(self):
        """What must hold of every run, whatever happened in it."""
        lines = self.lines()
        every = [json.loads(line) for line in lines]
        assert [r["sequence"] for r in every] == list(range(1, len(every) + 1)), "sequence has gaps"
        hashes = [hashlib.sha256(line).hexdigest() for line in lines]
        assert [r["previous_hash"] for r in every[1:]] == hashes[:-1], "the chain is broken"
        if every:
            assert every[0]["event"] == "HEAD" and every[-1].get("head", {}).get("last"), "no head at an end"
        if not self.expect_lost:
            assert not [r for r in every if r["event"] == "LOST"], "records were lost"
        closes = self.records()
        assert len({r["flow_id"] for r in closes}) == len(closes), "two CLOSE records for one connection"
        for record in closes:
            assert record["close_reason"], record
            assert record["verdict"] in ("FORWARDED", "AUDIT") or record.get("reason"), record
            assert record.get("reason") != "INTERNAL", record

    def check_secrets(self):
        with open(self.path("flows.jsonl"), "rb") as flows:
            written = flows.read() + self.log().encode()
        for secret in [*self.svid.secrets(), PAYLOAD_MARK.decode()]:
            assert secret.encode() not in written, f"a secret stands in the log or records of {self.name}"


# Listeners of tests are declared TCP unless they say otherwise: with AUTO a server that speaks first
# waits for protocol_detect_timeout_ms.
def inbound(address, upstream, name="in", protocol="TCP", **options):
    if upstream is not None:
        options["upstream"] = text_of(upstream)
    return {"name": name, "direction": "INBOUND", "address": text_of(address),
            "protocol": protocol, **options}


def outbound(address, upstream, expect, name="out", protocol="TCP", **options):
    if upstream is not None:
        options["upstream"] = text_of(upstream)
    if expect:
        options["expect_identities"] = list(expect)
    return {"name": name, "direction": "OUTBOUND", "address": text_of(address),
            "protocol": protocol, **options}


def connect(address, timeout=10):
    connection = socket.create_connection(address, timeout=seconds(timeout))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
