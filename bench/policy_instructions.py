#!/usr/bin/python3
"""How many instructions a decision takes, by callgrind: the same on a busy machine as on a quiet one.

Usage: policy_instructions.py [--build FOLDER] [--decisions N] [--rules N ...] [--shapes NAME ...] [-o table|json]

Counts the question, put together anew each time, and the answer, memo warm; not reading the policy. Needs valgrind,
and a release build of policy_bench that found its headers. Exits 3 without.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SHAPES = ("exact_paths", "templates", "hosts", "grpc_methods", "headers", "callers", "addresses", "callers_and_paths")


def instructions(arguments, shape, answer, rules):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        subprocess.run(["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}", "-q",
                        os.path.join(arguments.build, "policy_bench"), str(arguments.decisions),
                        f"--benchmark_filter=^{shape}/{answer}/{rules}(/|$)"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(out, encoding="utf-8") as lines:
            total = re.search(r"^totals: (\d+)$", lines.read(), re.MULTILINE)
    count = int(total.group(1)) if total else 0
    if count == 0:
        print("error: nothing was counted: policy_bench was built without valgrind's headers", file=sys.stderr)
        raise SystemExit(3)
    return count / arguments.decisions


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--rules", type=int, nargs="+", default=[10, 1_000, 100_000])
    parser.add_argument("--shapes", nargs="+", default=SHAPES, choices=SHAPES)
    parser.add_argument("-o", dest="output", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("error: valgrind is not installed", file=sys.stderr)
        raise SystemExit(3)
    if arguments.output == "table":
        print(f"{'POLICY':<20}{'ANSWER':<10}" + "".join(f"{rules:>12,}" for rules in arguments.rules), flush=True)
    for shape in arguments.shapes:
        for answer in ("allowed", "denied"):
            counts = {rules: instructions(arguments, shape, answer, rules) for rules in arguments.rules}
            if arguments.output == "json":
                print(json.dumps({"policy": shape, "answer": answer, "instructions": counts}), flush=True)
            else:
                # Not every shape has both answers.
                cells = (f"{count:>12,.0f}" if count >= 1 else f"{'-':>12}" for count in counts.values())
                print(f"{shape:<20}{answer:<10}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
