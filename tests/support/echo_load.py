"""Load that notices everything: live connections that echo all the time, and new ones made all the time."""
import random
import threading
import time

from integration import read_exactly
from sidecar import connect


class LiveEchoes:
    """Connections, each with its own payload, that echo in turn from one thread until stopped. A
    connection that is cut is noted with the time; one whose bytes differ is a failure."""

    def __init__(self, connections):
        self.alive = list(connections)
        self.cut = {}      # connection -> wall time at which it was seen
        self.wrong = []
        self.rounds = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        random_bytes = random.Random(7).randbytes
        while not self._stop.is_set():
            sent = {}
            for connection in list(self.alive):
                sent[connection] = random_bytes(512)
                self._try(connection, lambda c: c.sendall(sent[c]))
            for connection in list(self.alive):
                self._try(connection, lambda c: self._check(c, sent[c]))
            self.rounds += 1

    def _check(self, connection, expected):
        if read_exactly(connection, len(expected)) != expected:
            self.wrong.append(connection)

    def _try(self, connection, action):
        try:
            action(connection)
        except (OSError, AssertionError):
            self.cut[connection] = time.time()
            self.alive.remove(connection)


class NewConnections:
    """Makes a connection, echoes once, ends it, and again, from some threads until stopped."""

    def __init__(self, address, threads=2):
        self.address = address
        self.served = 0
        self.failures = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        while not self._stop.is_set():
            try:
                with connect(self.address) as client:
                    client.sendall(b"hello")
                    got = read_exactly(client, 5)
                with self._lock:
                    self.served += got == b"hello"
            except (OSError, AssertionError) as error:
                with self._lock:
                    self.failures.append(error)
