#!/usr/bin/python3
"""How long a reload of a large policy holds a worker up, in a running sidecar with live connections.

Usage: reload_pause.py --build FOLDER [--rules N] [--connections N] [--reloads N]

A sidecar with N rules carries N live connections. Its policy changes as often as asked, each time a whole reload.
Printed are what the sidecar measured itself (firebreak_policy_longest_pause_seconds: one turn of a worker, in which
it did nothing else), and what one client saw that sends 64 bytes and waits for their echo all the time: the longest
wait while nothing was reloaded, and while it was. The latter has in it that the policy is compiled on a thread that
competes with worker, client and back end for a core.
"""
import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "support"))

RULES_PER_FILE = 25_000


def policy_files(rules, principal):
    """The client's rule, and others that concern nobody here: {file: text}, in the first a name to change."""
    from sidecar import policy
    files = {}
    for first in range(0, rules, RULES_PER_FILE):
        some = [{"name": f"r{i}", "from": [{"source": {"principals": [f"shop.example/ns/shop/sa/peer-{i}"]}}],
                 "to": [{"operation": {"methods": ["POST"], "paths": [f"/v1/resource-{i}"]}}]}
                for i in range(first, min(rules, first + RULES_PER_FILE))]
        if first == 0:
            some.insert(0, {"name": "client-0", "from": [{"source": {"principals": [principal]}}]})
        files[f"{first}.yaml"] = json.dumps(policy(f"p{first}", rules=some))
    return files


def ping(context, address, longest, rounds):
    """Echoes 64 bytes until it is ended; a process of its own, so that nothing here holds it up."""
    from integration import read_exactly
    from sidecar import connect
    connection = context.wrap_socket(connect(address))
    while True:
        begun = time.perf_counter()
        connection.sendall(b"x" * 64)
        read_exactly(connection, 64)
        longest.value = max(longest.value, time.perf_counter() - begun)
        rounds.value += 1


class Pinger:
    def __init__(self, context, address):
        self._longest, self._rounds = multiprocessing.Value("d", 0.0), multiprocessing.Value("q", 0)
        self._process = multiprocessing.Process(target=ping, daemon=True,
                                                args=(context, address, self._longest, self._rounds))
        self._process.start()

    @property
    def rounds(self):
        return self._rounds.value

    def longest(self):
        """The longest wait since this was last asked, in seconds."""
        longest, self._longest.value = self._longest.value, 0.0
        return longest

    def stop(self):
        self._process.kill()
        self._process.join()


def measure(arguments, folder):
    from backends import EchoServer
    from integration import TRUST_DOMAIN
    from pki import Authority, client_context
    from sidecar import Sidecar, connect, free_address, inbound, wait_until
    pki = Authority(TRUST_DOMAIN)
    client, server, door = pki.issue("ns/shop/sa/web"), pki.issue("ns/shop/sa/orders"), free_address()
    echo = EchoServer(None)
    sidecar = Sidecar(folder, "b", server, pki.pem, [inbound(door, echo.address)], concurrency=1)
    files = policy_files(arguments.rules, client.principal)
    for name, text in files.items():
        sidecar.write_policy(text, name)
    pinger = None
    try:
        sidecar.start(wait=False, level="info", nofile=8192)
        wait_until(sidecar.ready, "a policy of this size to be loaded", 120)
        context = client_context(client, pki.pem)
        live = [context.wrap_socket(connect(door)) for _ in range(arguments.connections)]
        for one in live:
            one.sendall(b"here")
            one.recv(4)
        pinger = Pinger(context, door)
        waits = {"quiet": [], "reload": []}
        for version in range(1, arguments.reloads + 1):
            rounds = pinger.rounds
            pinger.longest()
            wait_until(lambda r=rounds: pinger.rounds > r + 500, "some echoes")
            waits["quiet"].append(pinger.longest())
            sidecar.write_policy(files["0.yaml"].replace("client-0", f"client-{version}"), "0.yaml")
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
