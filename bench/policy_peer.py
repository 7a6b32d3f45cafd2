#!/usr/bin/python3
"""What a decision costs, beside Open Policy Agent: the same policies and requests, in turn, in the same run.

Usage: policy_peer.py [--build FOLDER] [--rounds N] [--rules N ...] [-o table|json]

Needs Go: the peer is built from the Go module proxy (bench/opa). Both are asked in their own process, without a network
in between, on one core; what counts is CPU time. Rego is written in two ways: a rule for each rule, which
OPA's own index finds, up to 10,000 of them (more take it minutes to compile), and one rule that looks into a
document. Exits 3 when the peer cannot be built.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

FOLDER = os.path.dirname(os.path.abspath(__file__))
SHAPES = ("exact_paths", "callers")
MOST_REGO_RULES = 10_000


def build_peer(folder):
    program = os.path.join(folder, "opa_bench")
    try:
        subprocess.run(["go", "build", "-o", program, "."], cwd=os.path.join(FOLDER, "opa"), check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"error: the peer cannot be built: {error}", file=sys.stderr)
        raise SystemExit(3) from error
    return program


def ours(build, shape, rules):
    """{allowed: ns}"""
    done = subprocess.run([os.path.join(build, "policy_bench"), "--benchmark_format=json",
                           f"--benchmark_filter=^{shape}/(allowed|denied)/{rules}$"],
                          capture_output=True, text=True, check=True)
    return {"/allowed/" in run["name"]: run["cpu_time"] for run in json.loads(done.stdout)["benchmarks"]}


def theirs(program, shape, way, rules):
    done = subprocess.run([program, "-shape", shape, "-way", way, "-rules", str(rules)], capture_output=True,
                          text=True, check=True)
    return {line["allowed"]: line["ns"] for line in map(json.loads, done.stdout.splitlines())}


def spread(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    first, median, third = statistics.quantiles(values, n=4, method="inclusive")
    return median, first, third


def measure(arguments, program):
    rows = []
    for shape in SHAPES:
        for rules in arguments.rules:
            ways = ["table"] + (["rules"] if rules <= MOST_REGO_RULES else [])
            got = {way: {True: [], False: []} for way in ["firebreak", *ways]}
            for done in range(arguments.rounds):
                print(f"\r{shape}, {rules:,} rules, round {done + 1} of {arguments.rounds} ", end="",
                      file=sys.stderr, flush=True)
                for way, times in got.items():
                    answer = (ours(arguments.build, shape, rules) if way == "firebreak"
                              else theirs(program, shape, way, rules))
                    for allowed, ns in answer.items():
                        times[allowed].append(ns)
            for allowed in (True, False):
                for way in ways:
                    ratios = [peer / own for peer, own in zip(got[way][allowed], got["firebreak"][allowed])]
                    rows.append({"shape": shape, "rules": rules, "allowed": allowed, "way": way,
                                 "firebreak_ns": spread(got["firebreak"][allowed]),
                                 "opa_ns": spread(got[way][allowed]), "ratio": spread(ratios)})
    print(file=sys.stderr)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release/bench", help="the folder of policy_bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rules", type=int, nargs="+", default=[10, 1_000, 10_000, 100_000])
    parser.add_argument("-o", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="firebreak-bench-") as folder:
        rows = measure(arguments, build_peer(folder))
    if arguments.o == "json":
        print(json.dumps(rows))
        return 0
    print("CPU time of a decision, median [quartiles], and how many times ours the peer's is\n"
          f"{'policy':12} {'rules':>8} {'answer':8} {'firebreak, ns':>20} {'OPA as':8} {'OPA, us':>22} {'ratio':>6}")
    for row in rows:
        own, first, third = row["firebreak_ns"]
        peer, low, high = (value / 1e3 for value in row["opa_ns"])
        print(f"{row['shape']:12} {row['rules']:8,} {'allowed' if row['allowed'] else 'denied':8} "
              f"{own:7.0f} [{first:.0f}-{third:.0f}]".ljust(52)
              + f"{row['way']:8} {peer:7.1f} [{low:.1f}-{high:.1f}] {row['ratio'][0]:8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
