"""The shop: its folder, its certificates, its sidecars and programs, and how to speak to them."""
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from string import Template

from places import WORKLOADS, Loopback
from processes import Processes

HERE = Path(__file__).resolve().parent
TRUST_DOMAIN = "shop.example"
START_SECONDS = 30  # a machine may be busy with other tests
STATEMENT_LINES = 160_000  # 4 MB


class DemoError(Exception):
    """The demo cannot go on; the text is for the user."""


def principal_of(workload, trust_domain=TRUST_DOMAIN):
    return f"{trust_domain}/ns/shop/sa/{workload}"


def folder_for(place, tag):
    """Where the demo keeps its files: under /run for root, so that a restart of the machine clears them."""
    name = "firebreak-demo" + ("-plain" if isinstance(place, Loopback) else "") + (f"-{tag}" if tag else "")
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        return Path("/run") / name
    folder = os.environ.get("XDG_RUNTIME_DIR") or os.environ.get("TMPDIR") or "/tmp"
    return Path(folder) / f"{name}-{os.getuid()}"


class Shop:
    def __init__(self, place, folder, binaries):
        self.place, self.folder, self.binaries = place, folder, binaries
        self.processes = Processes(folder / "pids")
        self.policies = folder / "policies"
        self.quarantine = folder / "quarantine.yaml"
        self.quarantine_key = folder / "pki" / "quarantine-key.pem"

    # --- up and down ---------------------------------------------------------------------------------

    def up(self):
        for program in ("firebreak", "firebreak-proxy"):
            if not os.access(self.binaries / program, os.X_OK):
                raise DemoError(f"{self.binaries / program} is missing: run ./dev build")
        self._make_folder()
        self._issue_certificates()
        self.place.up()
        for workload in WORKLOADS:
            self._start_program(workload)
        for workload in WORKLOADS:
            self._start_sidecar(workload)
        self._wait_until_ready()

    def down(self):
        """Also after a crash. Returns what had to be killed."""
        killed = self.processes.stop()
        self.place.down()
        if self.folder.is_dir():
            self._own_folder()
            shutil.rmtree(self.folder)
        return killed

    def _own_folder(self):
        # The name is guessable: a folder somebody else has put there is not ours to use or to delete.
        status = os.lstat(self.folder)
        if status.st_uid != os.geteuid() or not os.path.isdir(self.folder) or os.path.islink(self.folder):
            raise DemoError(f"{self.folder} belongs to somebody else")

    def _make_folder(self):
        self.folder.mkdir(mode=0o755)
        self._own_folder()
        self.policies.mkdir()
        for file in sorted((HERE / "policies").glob("*.yaml")):
            shutil.copyfile(file, self.policies / file.name)
        self.firebreak("quarantine", "keygen", "--out", self.quarantine_key.parent)
        for workload in WORKLOADS:
            home = self.home(workload)
            (home / "tmp").mkdir(parents=True)
            (home / "www").mkdir()
            self._render(HERE / "sidecars" / f"{workload}.yaml", home / "sidecar.yaml", workload)
        self.statement.write_bytes(b"".join(b"%012d charge 42.00\n" % i for i in range(STATEMENT_LINES)))

    def _render(self, template, target, workload):
        names = {"SELF": self.place.address(workload), "LOCAL": self.place.local_of(workload),
                 "FOLDER": str(self.home(workload)), "POLICIES": str(self.policies),
                 "QUARANTINE": str(self.quarantine),
                 "QUARANTINE_KEY": self.quarantine_key.with_suffix(".pub").read_text(encoding="ascii").strip(),
                 "NGINX_USER": "user nobody nogroup;" if os.geteuid() == 0 else ""}
        names.update({other.upper(): self.place.address(other) for other in WORKLOADS})
        target.write_text(Template(template.read_text(encoding="utf-8")).substitute(names), encoding="utf-8")

    def _issue_certificates(self):
        """Everything by `firebreak certs`: what the shop needs, and what its enemies bring along."""
        pki = self.folder / "pki"
        self.firebreak("certs", "ca", "init", "--trust-domain", TRUST_DOMAIN, "--out", pki / "shop")
        self.firebreak("certs", "ca", "init", "--trust-domain", "rival.example", "--out", pki / "rival")
        self.firebreak("certs", "ca", "init", "--trust-domain", TRUST_DOMAIN, "--out", pki / "forger")
        for workload in WORKLOADS:
            self._issue("shop", principal_of(workload), self.home(workload))
        self._issue("rival", principal_of("orders", "rival.example"), self.strange("rival"))
        self._issue("forger", principal_of("orders"), self.strange("forged"))
        self._issue("shop", principal_of("orders"), self.strange("expired"),
                    "--not-before=-2h", "--not-after=-1h")

    def _issue(self, ca, principal, out, *more):
        self.firebreak("certs", "issue", "--ca", self.folder / "pki" / ca, "--spiffe-id",
                       f"spiffe://{principal}", "--out", out, *more)

    def _start_program(self, workload):
        home = self.home(workload)
        if workload in ("orders", "payments"):
            self._render(HERE / "apps" / f"{workload}.nginx.conf", home / "nginx.conf", workload)
            argv = ["nginx", "-e", "stderr", "-p", str(home), "-c", str(home / "nginx.conf")]
        elif workload == "ledger":
            argv = ["redis-server", "--bind", self.place.local_of(workload), "--port", "6379", "--save", "",
                    "--appendonly", "no", "--dir", str(home / "tmp")]
        else:
            return  # web is whoever calls curl there
        self.processes.start(f"{workload}-program", self.place.wrap(workload, argv), home / "program.log")
        if workload == "payments":
            argv = ["/usr/bin/python3", "-B", str(HERE / "apps" / "quotes.py"), self.grpc_target(workload, 9090)]
            self.processes.start("quotes-program", self.place.wrap(workload, argv), home / "quotes.log")

    def _start_sidecar(self, workload):
        argv = [str(self.binaries / "firebreak-proxy"), "--config", str(self.home(workload) / "sidecar.yaml")]
        self.processes.start(f"{workload}-sidecar", self.place.wrap(workload, argv), self.log(workload))

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        waiting = {w: ("curl", "-fsS", "-m", "1", self.url(w, 15021, "/healthz/ready")) for w in WORKLOADS}
        programs = {"orders program": ("orders", ("curl", "-fsS", "-m", "1", self.url("orders", 8080, "/"))),
                    "payments program": ("payments", ("curl", "-fsS", "-m", "1",
                                                      self.url("payments", 8080, "/charge"))),
                    "quotes program": ("payments", self.grpc("payments", 9090, "Get", "ready")),
                    "ledger program": ("ledger", self.redis("ledger", 6379, "PING"))}
        waiting = {**{f"{w} sidecar": (w, argv) for w, argv in waiting.items()}, **programs}
        while waiting:
            waiting = {n: (w, argv) for n, (w, argv) in waiting.items() if self.run(w, *argv).returncode != 0}
            died = self.processes.died()
            if died or (waiting and time.monotonic() > deadline):
                raise DemoError(f"did not start: {', '.join(died or waiting)}\n{self.log_tails()}")
            if waiting:
                time.sleep(0.05)

    # --- where things are ----------------------------------------------------------------------------

    def home(self, workload):
        return self.folder / workload

    def strange(self, name):
        return self.folder / "pki" / f"{name}-svid"

    def log(self, workload):
        return self.home(workload) / "sidecar.log"

    def flow_log(self, workload):
        return self.home(workload) / "flows.jsonl"

    @property
    def statement(self):
        return self.home("payments") / "www" / "statement"

    def url(self, workload, port, path):
        return f"http://{self.place.local_of(workload)}:{port}{path}"

    def log_tails(self, lines=8):
        tails = []
        for file in sorted(self.folder.glob("*/*.log")):
            text = file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
            tails.append("\n".join([f"--- {file}", *text]))
        return "\n".join(tails)

    # --- doing things there --------------------------------------------------------------------------

    def firebreak(self, *arguments):
        """Runs the command line; its stdout. An error of it is an error of the demo."""
        argv = [str(self.binaries / "firebreak"), *map(str, arguments)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DemoError(f"{' '.join(argv)} exited {done.returncode}:\n{done.stderr}")
        return done.stdout

    def run(self, host, *argv, timeout=10):
        """Runs a program on a host, to its end."""
        return subprocess.run(self.place.wrap(host, list(argv)), capture_output=True, text=True, check=False,
                              timeout=timeout, stdin=subprocess.DEVNULL)

    def popen(self, host, *argv, **options):
        return subprocess.Popen(self.place.wrap(host, list(argv)), **options)

    def redis(self, host, port, *command):
        return ("redis-cli", "-h", self.place.local_of(host), "-p", str(port), *command)

    def grpc_target(self, workload, port):
        return f"{self.place.local_of(workload)}:{port}"

    def grpc(self, host, port, method, message):
        return ("/usr/bin/python3", "-B", str(HERE / "grpc_call.py"), self.grpc_target(host, port),
                f"/shop.v1.Quotes/{method}", message)

    def connect(self, host, target, port, *arguments):
        """What client.py sees when it connects from a host to a target's address."""
        done = self.run(host, "/usr/bin/python3", "-B", str(HERE / "client.py"), self.place.address(target),
                        str(port), *map(str, arguments))
        if done.returncode != 0:
            raise DemoError(f"client.py exited {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def metric(self, workload, name):
        """The sum over a metric's series."""
        done = self.run(workload, "curl", "-fsS", "-m", "2", self.url(workload, 15020, "/metrics"))
        lines = [line for line in done.stdout.splitlines() if line.split("{")[0].split(" ")[0] == name]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)
