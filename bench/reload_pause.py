#!/usr/bin/python3
"""How long a reload of a large policy holds a worker up, in a running sidecar with live connections.

Usage: reload_pause.py --build FOLDER [--rules N] [--connections N] [--reloads N]

A sidecar with N rules carries N live connections. Its policy changes as often as asked, each time a whole reload. Printed
are what the sidecar measured itself (firebreak_policy_longest_pause_seconds: one turn of a worker, in which it did nothing
else), and what one client saw that sends 64 bytes and waits for their echo all the time: the longest wait while
nothing was reloaded, and while it was. On a machine with few cores the latter has the compilation of the policy in
it, on the main thread, which competes with the worker and the client for a core.
"""
import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "support"))

RULES_PER_FILE = 25_000


def write_rules(sidecar, rules, principal, version):
    """The client's rule, and others that concern nobody here. The version makes it another policy."""
    from sidecar import policy
    for first in range(0, rules, RULES_PER_FILE):
        some = [{"name": f"r{i}", "from": [{"source": {"principals": [f"shop.example/ns/shop/sa/peer-{i}"]}}],
                 "to": [{"operation": {"methods": ["POST"], "paths": [f"/v1/resource-{i}"]}}]}
                for i in range(first, min(rules, first + RULES_PER_FILE))]
        if first == 0:
            some.insert(0, {"name": f"client-{version}", "from": [{"source": {"principals": [principal]}}]})
            sidecar.write_policy(policy(f"p{first}", rules=some), f"{first}.yaml")
        elif version == 0:
            sidecar.write_policy(policy(f"p{first}", rules=some), f"{first}.yaml")


class Pinger:
    """Echoes 64 bytes all the time, and knows the longest wait since it was last asked."""

    def __init__(self, connection):
        self._connection, self._longest, self.rounds = connection, 0.0, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        from integration import read_exactly
        while not self._stop.is_set():
            begun = time.perf_counter()
            self._connection.sendall(b"x" * 64)
            read_exactly(self._connection, 64)
            self._longest = max(self._longest, time.perf_counter() - begun)
            self.rounds += 1

    def longest(self):
        longest, self._longest = self._longest, 0.0
        return longest

    def stop(self):
        self._stop.set()
        self._thread.join()


def measure(arguments, folder):
    from backends import EchoServer
    from integration import TRUST_DOMAIN
    from pki import Authority, client_context
    from sidecar import Sidecar, connect, free_address, inbound, wait_until
    pki = Authority(TRUST_DOMAIN)
    client, server, door = pki.issue("ns/shop/sa/web"), pki.issue("ns/shop/sa/orders"), free_address()
    echo = EchoServer(None)
    sidecar = Sidecar(folder, "b", server, pki.pem, [inbound(door, echo.address)], concurrency=1)
    write_rules(sidecar, arguments.rules, client.principal, 0)
    pinger = None
    try:
        sidecar.start(wait=False, level="info", nofile=8192)
        wait_until(sidecar.ready, "a policy of this size to be loaded", 120)
        context = client_context(client, pki.pem)
        live = [context.wrap_socket(connect(door)) for _ in range(arguments.connections)]
        for one in live:
            one.sendall(b"here")
            one.recv(4)
        pinger = Pinger(live[0])
        waits = {"quiet": [], "reload": []}
        for version in range(1, arguments.reloads + 1):
            rounds = pinger.rounds
            pinger.longest()
            wait_until(lambda r=rounds: pinger.rounds > r + 500, "some echoes")
            waits["quiet"].append(pinger.longest())
            write_rules(sidecar, arguments.rules, client.principal, version)
            wait_until(lambda v=version: sidecar.metric("firebreak_policy_reloads_total") >= v, "the reload", 120)
            waits["reload"].append(pinger.longest())
            print(f"\r{version} of {arguments.reloads} reloads", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        return {"rules": arguments.rules, "connections": arguments.connections, "reloads": arguments.reloads,
                "longest_pause_us": sidecar.metric("firebreak_policy_longest_pause_seconds") * 1e6,
                "cut": sidecar.ended(), "echoes": pinger.rounds,
                "longest_wait_quiet_ms": statistics.median(waits["quiet"]) * 1e3,
                "longest_wait_reload_ms": statistics.median(waits["reload"]) * 1e3}
    finally:
        if pinger is not None:
            pinger.stop()
        sidecar.process.terminate()
        sidecar.process.wait(30)
        echo.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", help="the folder of firebreak-proxy")
    parser.add_argument("--rules", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--reloads", type=int, default=10)
    parser.add_argument("-o", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    os.environ["FIREBREAK_BIN_DIR"] = os.path.abspath(arguments.build)
    folder = tempfile.mkdtemp(prefix="firebreak-bench-")
    try:
        result = measure(arguments, folder)
    finally:
        shutil.rmtree(folder)
    if arguments.o == "json":
        print(json.dumps(result))
        return 0
    print(f"{result['reloads']} reloads of {result['rules']:,} rules under {result['connections']:,} connections, "
          f"{result['cut']} of them cut, {result['echoes']:,} echoes meanwhile\n"
          f"longest turn of the worker      {result['longest_pause_us']:8.0f} us\n"
          f"longest wait of a client, quiet {result['longest_wait_quiet_ms']:8.2f} ms (median over rounds)\n"
          f"  while the policy was reloaded {result['longest_wait_reload_ms']:8.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
