#!/usr/bin/python3
"""Compares pairs of relays: generator -> A -> mutual TLS -> B -> back end, all on loopback.

Interleaves short blocks of all relays (A B C C B A), measures the CPU time of A and B together, and
reports medians with quartiles of the values and of the per-block ratios to the subject. The method is
in docs/PERFORMANCE.md. Absolute numbers of a shared machine mean little; the ratios are the result.
"""
import argparse
import functools
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time

import http_peers
import peers
import pki
import processes
import scenarios
from processes import GENERATOR_CORE, RELAY_CORE, Failed, cpu_ns, memory_kib


def command_of(relay, protocol):
    """The function that configures a relay for a protocol of fbload, or None when it has none."""
    if protocol == "raw":
        return peers.RELAYS.get(relay)
    if relay == "nghttpx" and protocol == "http1" or relay not in http_peers.RELAYS:
        return None
    return functools.partial(http_peers.RELAYS[relay], protocol=protocol)


class Pair:
    """Two running relays of one kind. `relay` None: no relay at all, the generator meets the back end."""

    def __init__(self, children, site, relay, folder, protocol, backend_port):
        self.name, self.children = relay or "direct", children
        self.relays, self.ready_ms, self.port = [], [], backend_port
        for side in ("server", "client") if relay else ():
            port = processes.free_port()
            place = os.path.join(folder, f"{relay}-{side}")
            shutil.rmtree(place, ignore_errors=True)
            os.makedirs(place)
            command = command_of(relay, protocol)(site, place, side, f"127.0.0.1:{port}",
                                                  f"127.0.0.1:{self.port}")
            child = children.start(command, RELAY_CORE, log=os.path.join(place, "output.log"))
            self.relays.append(child)
            self.ready_ms.append(processes.wait_until_accepting(child, port) * 1e3)
            self.port = port

    def cpu_ns(self):
        return sum(cpu_ns(child.pid) for child in self.relays)

    def memory(self):
        """[B, A], each {"rss", "anon"} in KiB."""
        return [memory_kib(child.pid) for child in self.relays]

    def stop(self):
        for child in self.relays:
            self.children.stop(child)


class Generator:
    """fbload client, driven block by block."""

    def __init__(self, children, site, port, options):
        self._children = children
        self._child = children.start([site.program("fbload"), "client", "--connect", f"127.0.0.1:{port}"]
                                     + options, GENERATOR_CORE, pipes=True)
        self._line()

    def block(self, seconds):
        self._child.stdin.write(f"{seconds}\n")
        self._child.stdin.flush()
        return self._line()

    def _line(self):
        line = self._child.stdout.readline()
        if not line:
            raise Failed("the generator ended early")
        return json.loads(line)

    def close(self):
        self._child.stdin.close()
        self._child.wait(10)
        self._children.stop(self._child)


def spread(values):
    """Median and quartiles."""
    if not values:
        return None
    if len(values) == 1:
        return {"median": values[0], "q1": values[0], "q3": values[0], "n": 1}
    q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": median, "q1": q1, "q3": q3, "n": len(values)}


def quantile_us(blocks, wanted):
    """A quantile of the latencies of all blocks together: single blocks are too short for a p99.9."""
    counts = {}
    for block in blocks:
        for nanoseconds, count in block["latencies"]:
            counts[nanoseconds] = counts.get(nanoseconds, 0) + count
    rank, seen = wanted * sum(counts.values()), 0
    for nanoseconds in sorted(counts):
        seen += counts[nanoseconds]
        if seen > rank:
            return nanoseconds / 1e3
    return None


def run_block(pair, generator, scenario, seconds):
    """Returns one block's figures, or None when it had errors."""
    before = pair.cpu_ns()
    result = generator.block(seconds)
    spent = pair.cpu_ns() - before
    if result["errors"] or not result["exchanges"]:
        return None
    work = result["exchanges"] * scenario.work_each
    return {"cost": spent / work / scenario.scale, "rate": work / result["seconds"],
            "p50_us": result["p50_us"], "p99_us": result["p99_us"], "late": result["late"],
            "latencies": result["latencies"]}


def run_scenario(bench, scenario, relays):
    """Interleaves the blocks of all relays. Returns {relay: [block or None per round]}."""
    names = relays + (["direct"] if scenario.open_loop else [])
    pairs, generators = {}, {}
    try:
        for name in names:
            pairs[name] = bench.pair(None if name == "direct" else name, scenario.protocol)
            options = scenario.options + ["--protocol", scenario.protocol]
            generators[name] = Generator(bench.children, bench.site, pairs[name].port,
                                         options + http_peers.generator_options(name))
            run_block(pairs[name], generators[name], scenario, bench.seconds)  # warm, not counted
        blocks = {name: [] for name in names}
        for number in range(bench.rounds):
            for name in names if number % 2 == 0 else reversed(names):
                blocks[name].append(run_block(pairs[name], generators[name], scenario, bench.seconds))
            bench.progress(f"{scenario.name} {number + 1}/{bench.rounds}")
        return blocks
    finally:
        for generator in generators.values():
            generator.close()
        for pair in pairs.values():
            pair.stop()


def summarise(scenario, blocks, subject):
    """Values of each relay, and the ratio subject / relay round by round."""
    out = {"title": scenario.title, "unit": scenario.unit, "subject": subject, "relays": {}}
    for name, results in blocks.items():
        good = [b for b in results if b]
        entry = {"failed_blocks": len(results) - len(good), "late": sum(b["late"] for b in good)}
        for key in ("cost", "rate", "p50_us", "p99_us"):
            entry[key] = spread([b[key] for b in good])
        both = [(s, b) for s, b in zip(blocks[subject], results) if s and b]
        entry["p999_us"] = quantile_us(good, 0.999)
        if name not in (subject, "direct"):
            entry["ratio"] = spread([s["cost"] / b["cost"] for s, b in both])
        if "direct" in blocks and name != "direct":
            same_round = [(b, d) for b, d in zip(results, blocks["direct"]) if b and d]
            entry["added_p50_us"] = spread([b["p50_us"] - d["p50_us"] for b, d in same_round])
            entry["added_p99_us"] = spread([b["p99_us"] - d["p99_us"] for b, d in same_round])
        out["relays"][name] = entry
    return out


def measure_idle(bench, relay):
    """Memory at start, with idle connections, and after they closed; for B (TLS server) and A."""
    pair = bench.pair(relay)
    try:
        warm = Generator(bench.children, bench.site, pair.port, ["--connections", "1"])
        warm.block(0.05)
        warm.close()
        time.sleep(0.3)
        start = pair.memory()
        generator = Generator(bench.children, bench.site, pair.port, ["--connections", str(bench.idle)])
        time.sleep(2)
        held = pair.memory()
        generator.close()
        time.sleep(5)
        after = pair.memory()
    finally:
        pair.stop()
    out = {}
    for index, side in enumerate(("server", "client")):
        grown = held[index]["rss"] - start[index]["rss"]
        back = held[index]["rss"] - after[index]["rss"]
        out[side] = {"start_kib": start[index]["rss"], "start_anon_kib": start[index]["anon"],
                     "kib_per_connection": grown / bench.idle,
                     "given_back": back / grown if grown > 0 else None}
    return out


def measure_start(bench, relay):
    """Milliseconds from spawn until the port accepts, server and client sides alike."""
    times = []
    for number in range(bench.starts):
        pair = bench.pair(relay)
        times += pair.ready_ms
        pair.stop()
        bench.progress(f"start {relay} {number + 1}/{bench.starts}")
    return dict(spread(times), min=min(times))


class Bench:
    """What every measurement needs."""

    def __init__(self, args, children, folder):
        self.children, self.folder = children, folder
        self.rounds, self.seconds = (6, 0.3) if args.quick else (args.rounds, args.seconds)
        self.idle, self.starts = (300, 3) if args.quick else (args.idle, 15)
        self.told = set()
        self.begun = time.monotonic()
        self.deadline = self.begun + args.limit * 60
        certificates = os.path.join(folder, "certificates")
        os.makedirs(certificates, exist_ok=True)
        pki.make(certificates)
        self.site = peers.Site(certificates, os.path.abspath(args.build), args.peer_root)
        self._backends = {}

    def pair(self, relay, protocol="raw"):
        return Pair(self.children, self.site, relay, self.folder, protocol, self._backend(protocol))

    def _backend(self, protocol):
        """The port of the back end for a protocol, which is started when first asked for."""
        if protocol not in self._backends:
            port = processes.free_port()
            backend = self.children.start([self.site.program("fbload"), "server", "--listen",
                                           f"127.0.0.1:{port}", "--protocol", protocol], GENERATOR_CORE)
            processes.wait_until_accepting(backend, port)
            self._backends[protocol] = port
        return self._backends[protocol]

    def progress(self, text):
        if time.monotonic() > self.deadline:
            raise Failed("the time limit (--limit) is over")
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def announce(self, text):
        minutes, seconds = divmod(int(time.monotonic() - self.begun), 60)
        clear = "\r\033[K" if sys.stderr.isatty() else ""
        print(f"{clear}{minutes:3}:{seconds:02} {text}", file=sys.stderr, flush=True)


def show(value, digits=1):
    if value is None:
        return "-"
    return f"{value['median']:.{digits}f} [{value['q1']:.{digits}f}-{value['q3']:.{digits}f}]"


def print_report(report):
    print(f"{report['machine']}; {report['rounds']} blocks of {report['seconds']} s "
          "a relay; medians [quartiles]; CPU is that of both relays of a pair")
    for name, scenario in report["scenarios"].items():
        print(f"\n{name}: {scenario['title']} ({scenario['unit']})")
        print(f"  {'relay':<12} {'cost':>24} {scenario['subject'] + '/relay':>22} {'rate /s':>12}"
              "  latency us p50, p99, p99.9 of all blocks")
        for name, entry in scenario["relays"].items():
            cost = show(entry["cost"]) if name != "direct" else "-"
            rate = f"{entry['rate']['median']:.0f}" if entry["rate"] and entry["rate"]["median"] > 10 else (
                f"{entry['rate']['median']:.2f}" if entry["rate"] else "-")
            latency = f"{show(entry['p50_us'], 0)}, {show(entry['p99_us'], 0)}"
            latency += f", {entry['p999_us']:.0f}" if entry["p999_us"] else ", -"
            if entry.get("added_p50_us"):
                latency += f"; added {show(entry['added_p50_us'], 0)}, {show(entry['added_p99_us'], 0)}"
            failed = f"; {entry['failed_blocks']} blocks failed" if entry["failed_blocks"] else ""
            print(f"  {name:<12} {cost:>24} {show(entry.get('ratio'), 2):>22} {rate:>12}  {latency}{failed}")
    if report["memory"]:
        print(f"\nmemory, {report['idle']} idle connections (server side / client side)")
        print(f"  {'relay':<10} {'RSS at start MiB':>20} {'KiB/connection':>18} {'given back after 5 s':>22}")
        for name, sides in report["memory"].items():
            def both(key, scale, digits):
                values = [sides[s][key] for s in ("server", "client")]
                return " / ".join("-" if v is None else f"{v * scale:.{digits}f}" for v in values)
            print(f"  {name:<10} {both('start_kib', 1 / 1024, 1):>20} {both('kib_per_connection', 1, 1):>18} "
                  f"{both('given_back', 100, 0) + ' %':>22}")
    if report["start"]:
        print("\nspawn until accepting, ms")
        for name, value in report["start"].items():
            print(f"  {name:<10} {show(value)} min {value['min']:.1f}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    parser.add_argument("--relays", help="comma-separated; the first is compared with the others (default: "
                        "firebreak, and those that suit the scenario)")
    parser.add_argument("--scenarios", default=scenarios.DEFAULT,
                        help=f"comma-separated: {', '.join(scenarios.BY_NAME)}, idle, start; or tcp, http for "
                        f"all of that kind (default {scenarios.DEFAULT})")
    parser.add_argument("--rounds", type=int, default=30, help="blocks a relay and scenario")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a block")
    parser.add_argument("--idle", type=int, default=2000, help="idle connections of the memory measurement")
    parser.add_argument("--quick", action="store_true", help="few short blocks: does it work at all")
    parser.add_argument("--build", default="build/release", help="folder of our programs")
    parser.add_argument("--peer-root", help="folder of bench/fetch_peers.sh: newer haproxy and nginx")
    parser.add_argument("--keep", help="folder that keeps configurations and logs")
    parser.add_argument("--limit", type=float, default=30, help="minutes after which it gives up")
    return parser.parse_args()


def chosen_relays(bench, names, protocol):
    """Those that can run here; says why another cannot, once."""
    relays = []
    for name in names:
        if name not in http_peers.RELAYS:
            raise Failed(f"unknown relay {name}; there are {', '.join(http_peers.RELAYS)}")
        if command_of(name, protocol) is None:
            continue
        reason = peers.missing(bench.site, name, protocol)
        if reason is None:
            relays.append(name)
        elif reason not in bench.told:
            bench.told.add(reason)
            bench.announce(f"left out: {name}: {reason}")
    if not relays:
        raise Failed("no relay to measure")
    return relays


def measure(args, bench):
    try:
        wanted = scenarios.chosen(args.scenarios)
    except KeyError as unknown:
        raise Failed(f"unknown scenario {unknown}") from unknown
    named = args.relays.split(",") if args.relays else None
    report = {"rounds": bench.rounds, "seconds": bench.seconds, "idle": bench.idle,
              "machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}",
              "peer_root": args.peer_root, "scenarios": {}, "memory": {}, "start": {}}
    for name in wanted:
        if name in scenarios.BY_NAME:
            scenario = scenarios.BY_NAME[name]
            fixed = scenario.relays == scenarios.RULES_RELAYS
            names = scenario.relays if fixed else named or scenario.relays or tuple(peers.RELAYS)
            relays = chosen_relays(bench, names, scenario.protocol)
            bench.announce(f"{name}: {', '.join(relays)}")
            blocks = run_scenario(bench, scenario, relays)
            report["scenarios"][name] = summarise(scenario, blocks, relays[0])
            continue
        bench.announce(name)
        for relay in chosen_relays(bench, named or tuple(peers.RELAYS), "raw"):
            if name == "idle":
                report["memory"][relay] = measure_idle(bench, relay)
            else:
                report["start"][relay] = measure_start(bench, relay)
    return report


def main():
    args = parse_arguments()
    children = processes.Children()
    folder = args.keep or tempfile.mkdtemp(prefix="firebreak-bench-")
    os.makedirs(folder, exist_ok=True)
    try:
        report = measure(args, Bench(args, children, folder))
    except Failed as error:
        print(f"bench: {error} (--keep FOLDER keeps the logs)", file=sys.stderr)
        return 3
    finally:
        children.end()
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
    if args.output == "json":
        json.dump(report, sys.stdout, indent=1)
        print()
    else:
        print_report(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
