"""A `firebreak collector` under test: its process, its counters, what is in its store."""
import json
import signal
import subprocess

from sidecar import Program, binary, free_address, seconds, text_of, write_whole


class Collector(Program):
    def __init__(self, folder, name, svid, bundle_pem, options=()):
        super().__init__(folder, name, svid, bundle_pem)
        self.address = free_address()
        self.store = self.path("store")
        self.options = list(options)

    def sink(self, **more):
        """flow_log.collector of a sidecar that reports here, and soon: tests wait for it."""
        return {"address": text_of(self.address), "expect_identities": [self.svid.principal],
                "spool": {"path": "spool"}, "linger_seconds": 1, **more}

    def command(self):
        return [binary("firebreak"), "collector", "--listen", text_of(self.address), "--store", self.store,
                "--trust-domain", self.svid.principal.split("/")[0], "--svid", self.path("svid.pem"),
                "--key", self.path("key.pem"), "--bundle", self.path("bundle.pem"),
                "--metrics", text_of(self.metrics_at), "--flush-after", "200ms", *self.options]

    def configured_command(self):
        """The same as command(), in a file."""
        config = {"trust_domain": self.svid.principal.split("/")[0],
                  "identity": {"files": {"certificate_chain": "svid.pem", "private_key": "key.pem",
                                         "trust_bundle": "bundle.pem"}},
                  "listen": {"address": text_of(self.address)},
                  "store": {"path": "store", "flush_milliseconds": 200},
                  "metrics": {"address": text_of(self.metrics_at)}}
        write_whole(self.path("collector.yaml"), json.dumps(config))
        return [binary("firebreak"), "collector", "--config", self.path("collector.yaml")]

    def start(self, wait=True):
        return self.launch(self.command(), wait)

    def kill(self):
        """As a power cut of the process: kill -9."""
        self.signal(signal.SIGKILL)
        self.wait_exit()

    def metric(self, name, *labels):
        """NAME of firebreak_collector_NAME."""
        return super().metric(f"firebreak_collector_{name}", *labels)

    def quarantine(self):
        """{principal: serial} of the sidecars that take quarantine lists from here."""
        lines = [json.loads(line) for line in self.get(self.metrics_at, "/quarantine")[1].splitlines()]
        return {line["principal"]: line["serial"] for line in lines}

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
