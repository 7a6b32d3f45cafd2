#!/usr/bin/python3
"""Prints what a ctest run amounted to: counts by label, then every skipped and every failed test.

Usage: test_summary.py JUNIT_FILE (written by ctest --output-junit).
"""
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


def label(case):
    for item in case.iterfind("properties/property"):
        if item.get("name") == "cmake_labels" and item.get("value"):
            return item.get("value").split(";")[0]
    return "(none)"


def summarise(root):
    """Returns ({label: {outcome: count}}, {outcome: [names]})."""
    counts, names = defaultdict(lambda: dict.fromkeys(COLUMNS, 0)), defaultdict(list)
    for case in root.iter("testcase"):
        result = outcome(case)
        counts[label(case)][result] += 1
        names[result].append(case.get("name"))
    return counts, names


def main():
    counts, names = summarise(ElementTree.parse(sys.argv[1]).getroot())
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
