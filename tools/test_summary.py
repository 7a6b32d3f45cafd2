#!/usr/bin/python3
"""Prints what a ctest run amounted to: counts by label, then every skipped and every failed test.

Usage: test_summary.py BUILD_FOLDER (with tests.xml of ctest --output-junit; the labels, which
CMake 3.25 leaves out of it, are asked of ctest).
"""
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict

COLUMNS = ("passed", "failed", "skipped")
LABELS = ("unit", "integration", "e2e", "fuzz", "lint", "bench")


def outcome(case):
    if case.get("status") == "fail" or case.find("failure") is not None:
        return "failed"
    if case.get("status") in ("notrun", "disabled") or case.find("skipped") is not None:
        return "skipped"
    return "passed"


def labels(listing):
    """{test name: first label} of `ctest --show-only=json-v1`."""
    found = {}
    for test in listing["tests"]:
        for item in test.get("properties", []):
            if item["name"] == "LABELS" and item["value"]:
                found[test["name"]] = item["value"][0]
    return found


def summarise(root, label_of):
    """Returns ({label: {outcome: count}}, {outcome: [names]})."""
    counts, names = defaultdict(lambda: dict.fromkeys(COLUMNS, 0)), defaultdict(list)
    for case in root.iter("testcase"):
        result, name = outcome(case), case.get("name")
        counts[label_of.get(name, "(no label)")][result] += 1
        names[result].append(name)
    return counts, names


def main():
    build = sys.argv[1]
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True,
                             check=True).stdout
    root = ElementTree.parse(f"{build}/tests.xml").getroot()
    counts, names = summarise(root, labels(json.loads(listing)))
    print("\n" + f"{'label':<14}" + "".join(f"{c:>9}" for c in COLUMNS))
    known = [name for name in LABELS if name in counts]
    for name in known + sorted(set(counts) - set(known)):
        print(f"{name:<14}" + "".join(f"{counts[name][c]:>9}" for c in COLUMNS))
    for result in ("skipped", "failed"):
        for name in names[result]:
            print(f"{result}: {name}")
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
