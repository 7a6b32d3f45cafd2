"""A `firebreak collector` under test: its process, its counters, what is in its store."""
import http.client
import json
import os
import re
import signal
import subprocess

from sidecar import binary, free_address, seconds, text_of, wait_until, write_whole


class Collector:
    """Keeps its address and its folder over restarts."""

    def __init__(self, folder, name, svid, bundle_pem, options=()):
        self.folder, self.name, self.svid = os.path.join(folder, name), name, svid
        os.makedirs(self.folder)
        self.address, self.metrics_at = free_address(), free_address()
        self.store = self.path("store")
        self.options = list(options)
        self.process = None
        write_whole(self.path("key.pem"), svid.key_pem)
        write_whole(self.path("svid.pem"), svid.chain_pem)
        write_whole(self.path("bundle.pem"), bundle_pem)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def sink(self, **more):
        """flow_log.collector of a sidecar that reports here."""
        return {"address": text_of(self.address), "expect_identities": [self.svid.principal],
                "spool": {"path": "spool"}, **more}

    def command(self):
        return [binary("firebreak"), "collector", "--listen", text_of(self.address), "--store", self.store,
                "--trust-domain", self.svid.principal.split("/")[0], "--svid", self.path("svid.pem"),
                "--key", self.path("key.pem"), "--bundle", self.path("bundle.pem"),
                "--metrics", text_of(self.metrics_at), "--flush-after", "200ms", *self.options]

    def start(self, wait=True):
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            wait_until(self.ready, lambda: f"{self.name} ready; log:\n{self.log()[-8000:]}", timeout=20)
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As a power cut of the process: kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM; it must end in order."""
        if not self.alive():
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds(30))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} did not end; log:\n{self.log()[-8000:]}") from None
        assert code == 0, f"{self.name} exited {code}; log:\n{self.log()[-8000:]}"

    close = stop

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_log(self, text, timeout=10):
        wait_until(lambda: text in self.log(),
                   lambda: f"{text!r} in the log of {self.name}:\n{self.log()[-8000:]}", timeout)

    def get(self, path):
        connection = http.client.HTTPConnection(*self.metrics_at, timeout=seconds(10))
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def ready(self):
        if not self.alive():
            raise AssertionError(f"{self.name} exited {self.process.returncode}; log:\n{self.log()[-8000:]}")
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def metric(self, name, *labels):
        """The sum of firebreak_collector_NAME over its label sets that contain all of labels."""
        return sum(float(value) for have, value in
                   re.findall(rf"^firebreak_collector_{name}(\S*) (\S+)$", self.get("/metrics")[1], re.M)
                   if all(label in have for label in labels))

    # What people do.
    def firebreak(self, *arguments, expect=0):
        done = subprocess.run([binary("firebreak"), "flows", *arguments], capture_output=True, text=True,
                              timeout=seconds(60), check=False)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    def query(self, sql):
        return [json.loads(line) for line in
                self.firebreak("query", "--store", self.store, "--max-rows", "0", "-o", "json",
                               sql).splitlines()]

    def stored(self):
        """(run_id, sequence) of every flow in the store."""
        return [(row["run_id"], row["sequence"]) for row in self.query("SELECT run_id, sequence FROM flows")]
