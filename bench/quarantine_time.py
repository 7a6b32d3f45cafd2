#!/usr/bin/python3
"""From `firebreak quarantine add` to the last byte, over many sidecars of one machine.

Usage: quarantine_time.py --build FOLDER [--through file|collector] [--sidecars N] [--rounds N] [-o table|json]

Every sidecar is a process of its own with one worker. All watch one list; or a collector watches it, and sends it to
all of them. Through each go two connections
that receive bytes all the time: one of the identity that is quarantined, one of another. Times are from before the
command is started, so starting it, signing and writing are in them. A connection has had its last byte when its client
sees the end; the other connections have to go on. Between rounds the identity is released and connects again.
"""
import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "support"))

BEAT_SECONDS = 0.05


async def drip(_reader, writer):
    """The workload: a line every now and then, until the client is gone."""
    try:
        while True:
            writer.write(b"still here\n")
            await writer.drain()
            await asyncio.sleep(BEAT_SECONDS)
    except OSError:
        pass
    finally:
        writer.close()


class Listener:
    """A client that reads. `lines` have come; `ended` says when there was an end to them."""

    def __init__(self):
        self.lines, self.ended, self._writer = 0, None, None

    async def connect(self, address, context):
        reader, self._writer = await asyncio.open_connection(*address, ssl=context, server_hostname="")
        await reader.readline()
        self.lines = 1
        return asyncio.create_task(self._read(reader))

    async def _read(self, reader):
        try:
            while await reader.readline():
                self.lines += 1
        except OSError:
            pass
        self.ended = time.time()

    def close(self):
        self._writer.close()


class Bench:
    def __init__(self, arguments, folder):
        from integration import TRUST_DOMAIN
        from pki import Authority, client_context
        self.arguments, self.folder = arguments, folder
        self.pki = Authority(TRUST_DOMAIN)
        self.names = {name: self.pki.issue(f"ns/shop/sa/{name}") for name in ("intruder", "bystander", "orders")}
        self.contexts = {name: client_context(svid, self.pki.pem) for name, svid in self.names.items()}
        self.firebreak("keygen", "--out", folder)
        self.sidecars, self.doors, self.collector = [], [], None

    def words(self, action):
        reason = ["--reason", "bench"] if action == "add" else []
        return [action, self.names["intruder"].principal, *reason, "--list", os.path.join(self.folder, "list.yaml"),
                "--key", os.path.join(self.folder, "quarantine-key.pem")]

    def firebreak(self, *words):
        from sidecar import binary
        subprocess.run([binary("firebreak"), "quarantine", *words], check=True, capture_output=True)

    def start(self, upstream):
        from sidecar import Sidecar, allow_from, free_address, inbound, wait_until
        with open(os.path.join(self.folder, "quarantine-key.pub"), encoding="ascii") as key:
            quarantine = {"keys": [key.read().strip()]}
        config = {"quarantine": quarantine}
        if self.arguments.through == "collector":
            config["flow_log"] = {"file": {"path": "flows.jsonl"}, "collector": self.start_collector().sink()}
        else:
            quarantine["path"] = os.path.join(self.folder, "list.yaml")
        allowed = allow_from(*(svid.principal for svid in self.names.values()))
        for number in range(self.arguments.sidecars):
            self.doors.append(free_address())
            made = Sidecar(self.folder, f"b{number}", self.names["orders"], self.pki.pem,
                           [inbound(self.doors[-1], upstream)], [allowed], concurrency=1, **config)
            self.sidecars.append(made.start(wait=False, level="error"))
        for made in self.sidecars:
            wait_until(made.ready, "sidecars to start", 60)
        if self.collector is not None:
            wait_until(lambda: self.collector.metric("quarantine_sidecars") == len(self.sidecars), "the channels", 60)

    def start_collector(self):
        from collector import Collector
        self.collector = Collector(self.folder, "collector", self.pki.issue("ns/ops/sa/collector"), self.pki.pem,
                                   ["--quarantine-list", os.path.join(self.folder, "list.yaml")])
        return self.collector.start()

    async def connect(self, name):
        listeners = [Listener() for _ in self.doors]
        tasks = [await one.connect(door, self.contexts[name]) for one, door in zip(listeners, self.doors)]
        return listeners, tasks

    async def round(self, others):
        intruder, tasks = await self.connect("intruder")
        before = [one.lines for one in others]
        begun = time.time()
        add = await asyncio.to_thread(self.firebreak, *self.words("add"))
        assert add is None
        written = os.stat(os.path.join(self.folder, "list.yaml")).st_mtime
        await asyncio.wait_for(asyncio.gather(*tasks), 30)
        while any(one.lines <= count + 1 for one, count in zip(others, before)):
            await asyncio.sleep(BEAT_SECONDS)
        serial = {made.metric("firebreak_quarantine_serial") for made in self.sidecars}
        assert len(serial) == 1, serial
        self.firebreak(*self.words("remove"))
        for made in self.sidecars:
            while made.metric("firebreak_quarantine_entries"):
                await asyncio.sleep(0.01)
        return [one.ended - begun for one in intruder], [one.ended - written for one in intruder]

    async def run(self):
        server = await asyncio.start_server(drip, "127.0.0.1", 0, backlog=1024)
        await asyncio.to_thread(self.start, server.sockets[0].getsockname())
        others, _ = await self.connect("bystander")
        from_command, from_file = [], []
        for number in range(self.arguments.rounds):
            command, file = await self.round(others)
            from_command += command
            from_file += file
            print(f"\r{number + 1} of {self.arguments.rounds} rounds", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        cut = sum(one.ended is not None for one in others)
        for one in others:
            one.close()
        return {"sidecars": self.arguments.sidecars, "rounds": self.arguments.rounds, "others_cut": cut,
                "through": self.arguments.through, "from_command": times(from_command), "from_file": times(from_file)}

    def stop(self):
        for made in self.sidecars:
            made.process.kill()
            made.process.wait(30)
        if self.collector is not None:
            self.collector.kill()


def times(values):
    ordered = sorted(values)
    return {"median": statistics.median(ordered), "p99": ordered[int(len(ordered) * 0.99)], "longest": ordered[-1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release", help="the folder of firebreak-proxy")
    parser.add_argument("--through", choices=("file", "collector"), default="file", help="how the list gets there")
    parser.add_argument("--sidecars", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("-o", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    os.environ["FIREBREAK_BIN_DIR"] = os.path.abspath(arguments.build)
    folder = tempfile.mkdtemp(prefix="firebreak-bench-")
    bench = Bench(arguments, folder)
    try:
        result = asyncio.run(bench.run())
    finally:
        bench.stop()
        shutil.rmtree(folder)
    if arguments.o == "json":
        print(json.dumps(result))
        return 0
    print(f"{result['rounds']} rounds, {result['sidecars']} sidecars, through the {result['through']}; "
          f"{result['others_cut']} other connections cut")
    for name in ("from_command", "from_file"):
        seen = result[name]
        print(f"{name.replace('_', ' the '):>16} to the last byte: median {seen['median']:.3f} s, "
              f"p99 {seen['p99']:.3f} s, longest {seen['longest']:.3f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
