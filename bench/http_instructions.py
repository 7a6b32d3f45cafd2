#!/usr/bin/python3
"""What an HTTP request takes of each sidecar of a pair: instructions, allocations and system calls of its worker.

Usage: http_instructions.py [--build FOLDER] [--scenarios NAME ...] [--relay NAME] [--seconds S] [--keep FOLDER]
                            [-o table|json]

Instructions and allocations by callgrind (user space only), system calls by strace: the same on a busy machine as on
a quiet one, but for how many requests a turn of the worker serves. Only the worker's thread is counted, so the flow log
appears with what a worker does for it (`--relay unlogged`: without). With --keep, `callgrind_annotate
FOLDER/NAME-SIDE/counts.*` says where they are. Needs valgrind, strace, and leave to trace. Exits 3 without.
"""
import argparse
import collections
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import http_peers
import pair
import peers
import pki
import processes
import scenarios
from processes import Failed

SIDES = ("client", "server")
ALLOCATORS = ("malloc", "calloc", "realloc", "operator new", "posix_memalign", "aligned_alloc", "default_malloc",
              "default_calloc", "default_realloc")


class Counted:
    """A pair of sidecars of which one runs under a program that counts."""

    def __init__(self, children, site, arguments, scenario, counted, wrapper, folder):
        self._children, self._parts = children, []
        self.port = processes.free_port()
        self._start([site.program("fbload"), "server", "--listen", f"127.0.0.1:{self.port}",
                     "--protocol", scenario.protocol], self.port)
        for side in ("server", "client"):
            port = processes.free_port()
            place = os.path.join(folder, side)
            os.makedirs(place)
            command = http_peers.RELAYS[arguments.relay](
                site, place, side, f"127.0.0.1:{port}", f"127.0.0.1:{self.port}", protocol=scenario.protocol)
            child = self._start((wrapper if side == counted else []) + command, port, os.path.join(place, "output.log"))
            if side == counted:
                self.child = child
            self.port = port
        self.generator = self._generator(site, scenario.options + ["--protocol", scenario.protocol])
        self.block(1)  # opens what is kept open, and fills what is remembered

    def _generator(self, site, options, tries=5):
        """A sidecar listens for a moment to see whether its address is free, and then for good; being counted, it
        takes long between them."""
        try:
            return pair.Generator(self._children, site, self.port, options)
        except Failed:
            if tries == 1:
                raise
            time.sleep(1)
            return self._generator(site, options, tries - 1)

    def _start(self, command, port, log=None):
        child = self._children.start(command, processes.RELAY_CORE, log=log)
        self._parts.append(child)
        processes.wait_until_accepting(child, port)
        return child

    def block(self, seconds):
        """Returns how many requests were answered."""
        result = self.generator.block(seconds)
        if result["errors"] or not result["exchanges"]:
            raise Failed(f"a block went wrong: {result['errors']} errors, {result['exchanges']} requests")
        return result["exchanges"]

    def stop(self):
        self.generator.close()
        for part in reversed(self._parts):
            self._children.stop(part)


def allocations(lines):
    """How often a thread asked for memory, by the calls lines of callgrind's format, which gives each name a number
    where it first stands. What one allocator asks of another (operator new of malloc) is not counted twice."""
    names = {}

    def allocates(line):
        number, name = re.match(r"c?fn=\((\d+)\)(?: (.*))?", line).groups()
        names[number] = name or names[number]
        return names[number].startswith(ALLOCATORS)

    total, inside, asks = 0, False, False
    for line in lines:
        if line.startswith("fn="):
            inside = allocates(line)
        elif line.startswith("cfn="):
            asks = allocates(line)
        elif line.startswith("calls=") and asks and not inside:
            total += int(line[len("calls="):].split()[0])
    return total


def instructions(children, site, arguments, scenario, side, folder):
    out = os.path.join(folder, "counts")
    wrapper = ["valgrind", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={out}", "-q"]
    counted = Counted(children, site, arguments, scenario, side, wrapper, folder)

    def control(what):
        subprocess.run(["callgrind_control", what, str(counted.child.pid)], check=True, stdout=subprocess.DEVNULL)

    control("--zero")
    requests = counted.block(arguments.seconds)
    control("--dump")
    time.sleep(0.5)
    counted.stop()
    threads = []
    for path in glob.glob(out + ".1-*"):
        with open(path, encoding="utf-8") as lines:
            text = lines.read()
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
        threads.append((int(total.group(1)) if total else 0, allocations(text.splitlines())))
    if not threads or max(threads)[0] == 0:
        raise Failed("callgrind counted nothing")
    busiest = max(threads)
    return {"instructions": busiest[0] / requests, "allocations": busiest[1] / requests}


def system_calls(children, site, arguments, scenario, side, folder):
    out = os.path.join(folder, "calls")
    wrapper = ["strace", "-D", "-f", "-qq", "-o", out]  # -D: the child is the sidecar, which is to be ended
    counted = Counted(children, site, arguments, scenario, side, wrapper, folder)
    time.sleep(0.5)
    before = os.path.getsize(out)
    requests = counted.block(arguments.seconds)
    time.sleep(0.5)
    with open(out, encoding="utf-8", errors="replace") as calls:
        calls.seek(before)
        threads = collections.defaultdict(collections.Counter)
        for line in calls:
            match = re.match(r"(\d+) +(\w+)\(", line)  # not where a call that was interrupted goes on
            if match:
                threads[match[1]][match[2]] += 1
    counted.stop()
    if not threads:
        raise Failed("strace saw nothing")
    busiest = max(threads.values(), key=lambda calls: sum(calls.values()))
    return {"system_calls": {name: count / requests for name, count in busiest.most_common()
                             if count / requests >= 0.005}}


def report(output, name, side, figures):
    if output == "json":
        print(json.dumps({"scenario": name, "side": side, **figures}), flush=True)
        return
    calls = ", ".join(f"{call} {count:.2f}" for call, count in figures["system_calls"].items())
    print(f"{name:<12}{side:<8}{figures['instructions']:>9,.0f} instructions{figures['allocations']:>8.1f} allocations"
          f"   {calls}", flush=True)


def measure(children, arguments, folder):
    certificates = os.path.join(folder, "certificates")
    os.makedirs(certificates)
    pki.make(certificates)
    site = peers.Site(certificates, os.path.abspath(arguments.build))
    for name in arguments.scenarios:
        for side in SIDES:
            figures = {}
            for count in (instructions, system_calls):
                place = os.path.join(folder, f"{name}-{side}", count.__name__)
                os.makedirs(place)
                figures.update(count(children, site, arguments, scenarios.BY_NAME[name], side, place))
            report(arguments.output, name, side, figures)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--scenarios", nargs="+", default=["http1", "http2"],
                        choices=[scenario.name for scenario in scenarios.HTTP])
    parser.add_argument("--relay", default="firebreak", choices=("firebreak", "unlogged", "sampled"))
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--keep", help="an empty folder that keeps configurations, logs and counts")
    parser.add_argument("-o", dest="output", choices=("table", "json"), default="table")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    for tool in ("valgrind", "callgrind_control", "strace"):
        if shutil.which(tool) is None:
            print(f"error: {tool} is not installed", file=sys.stderr)
            return 3
    children = processes.Children()
    folder = arguments.keep or tempfile.mkdtemp(prefix="firebreak-bench-")
    try:
        measure(children, arguments, folder)
    except (Failed, subprocess.CalledProcessError) as error:
        print(f"error: {error} (--keep FOLDER keeps the logs)", file=sys.stderr)
        return 3
    finally:
        children.end()
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
