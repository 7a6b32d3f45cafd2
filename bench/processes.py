"""Starting, pinning, measuring and ending the benchmark's own child processes, and no others."""
import mmap
import os
import random
import resource
import socket
import struct
import subprocess
import time

GENERATOR_CORE, RELAY_CORE = 0, 1
LIMIT_FILES = 20000
# Shared with the child, which notes here when it is about to exec: forking Python is not start-up.
_EXEC_TIME = mmap.mmap(-1, 8)


class Failed(Exception):
    """A child did not do what the benchmark needs of it."""


def free_port():
    """A free port below the ephemeral range: in it, a probe of a port that nobody listens on can by
    chance be given that very port and connect to itself."""
    for _ in range(200):
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failed("no free port between 20000 and 32000")


def _prepare(core):
    def prepare():
        if core in os.sched_getaffinity(0):
            os.sched_setaffinity(0, {core})
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        wanted = LIMIT_FILES if hard == resource.RLIM_INFINITY else min(LIMIT_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        struct.pack_into("d", _EXEC_TIME, 0, time.perf_counter())
    return prepare


class Children:
    """Every process started through it is ended by end(), by its own pid."""

    def __init__(self):
        self._running = []

    def start(self, command, core, log=None, pipes=False):
        out = subprocess.PIPE if pipes else (open(log, "ab") if log else subprocess.DEVNULL)
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE if pipes else subprocess.DEVNULL, stdout=out,
            stderr=open(log, "ab") if log else None, text=pipes, preexec_fn=_prepare(core))
        self._running.append(child)
        return child

    def stop(self, child):
        if child in self._running:
            self._running.remove(child)
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()

    def end(self):
        for child in list(self._running):
            self.stop(child)


def wait_until_accepting(child, port, limit_s=60.0):
    """Returns the seconds from exec until the port accepted, for the child started last.

    Polls every 0.2 ms: a start is some milliseconds.
    """
    started = struct.unpack_from("d", _EXEC_TIME)[0]
    while time.perf_counter() - started < limit_s:
        if child.poll() is not None:
            raise Failed(f"{child.args[0]} ended at once with {child.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return time.perf_counter() - started
        time.sleep(0.0002)
    raise Failed(f"{child.args[0]} does not accept on port {port}")


def cpu_ns(pid):
    """Nanoseconds on a CPU, summed over threads (schedstat; utime counts in ticks of 10 ms)."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
            total += int(stat.read().split()[0])
    return total


def memory_kib(pid):
    """Returns {"rss": ..., "anon": ...} in KiB."""
    found = {}
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            name, _, rest = line.partition(":")
            if name in ("VmRSS", "RssAnon"):
                found["rss" if name == "VmRSS" else "anon"] = int(rest.split()[0])
    return found
