"""Connections that live while the policy changes under them."""
import subprocess
import threading
import time

BEAT_SECONDS = 0.02
TIMEOUT_SECONDS = 5


class Download:
    """curl in orders, from payments' nginx, which sends slowly. Its sidecar may cut it."""

    def __init__(self, shop):
        self.shop = shop
        self.file = shop.home("orders") / "tmp" / "statement"
        self.child = None

    def __enter__(self):
        self.child = self.shop.popen("orders", "curl", "-sS", "-o", str(self.file),
                                     self.shop.url("orders", 15001, "/statement"), stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    @property
    def received(self):
        return self.file.stat().st_size if self.file.exists() else 0

    def wait_for_bytes(self):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self.received and self.child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)

    def wait_for_end(self, seconds):
        """curl's exit code; None when it still runs."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def is_prefix_of_statement(self):
        got = self.file.read_bytes() if self.file.exists() else b""
        return bool(got) and self.shop.statement.read_bytes().startswith(got)


class LedgerBeat:
    """redis-cli in payments: one connection to ledger, and a new text echoed on it all the time."""

    def __init__(self, shop):
        self.shop = shop
        self.round_trips = []  # seconds each
        self.sent = 0  # bytes that redis-cli put on the connection, as its protocol frames them
        self.connections = 0
        self.error = ""
        self._stop = threading.Event()

    def __enter__(self):
        self.child = self.shop.popen("payments", *self.shop.redis("payments", 15001), stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._thread = threading.Thread(target=self._beat)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        try:
            self.child.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.communicate()

    def _ask(self, *words):
        self.child.stdin.write((" ".join(words) + "\n").encode())
        self.child.stdin.flush()
        self.sent += len(f"*{len(words)}\r\n") + sum(len(f"${len(w)}\r\n{w}\r\n") for w in words)
        return self.child.stdout.readline().decode().rstrip("\n")

    def _beat(self):
        try:
            # redis gives each connection a number: the same one at the end means the same connection.
            first = self._ask("CLIENT", "ID")
            while not self._stop.wait(BEAT_SECONDS):
                text = f"{len(self.round_trips):08d}" + "x" * (len(self.round_trips) * 37 % 4000)
                began = time.monotonic()
                if (answer := self._ask("ECHO", text)) != text:
                    self.error = f"round trip {len(self.round_trips)} came back as \"{answer[:40]}\""
                    return
                self.round_trips.append(time.monotonic() - began)
            self.connections = len({first, self._ask("CLIENT", "ID")})
        except OSError as error:
            self.error = str(error)

    def wait_for(self, count):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(self.round_trips) < count and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)

    @property
    def longest(self):
        return max(self.round_trips, default=0)

    def whole(self):
        return bool(self.round_trips) and not self.error and self.connections == 1 and self.longest < 1
