#!/usr/bin/python3
"""Writes the tables of docs/reference/metrics.md from what a sidecar and a collector serve as /metrics.

Usage: gen_metrics_reference.py [--check] SIDECAR COLLECTOR. The two are files with a scrape each, of programs that have
all their features on and have seen traffic; tests/integration/test_metrics_reference.py makes them and runs this. With
--check writes nothing, and exits 1 when the page is stale. The last column is written by hand, in the page, and kept;
where a family has none, it exits 1 as well.
"""
import argparse
import re
import sys
from pathlib import Path

from gen_config_reference import ROOT, with_section

PAGE = ROOT / "docs/reference/metrics.md"
# What a name ends in says what it counts in; the first that fits.
UNITS = [("_timestamp_seconds", "seconds since 1970"), ("_seconds", "seconds"), ("_bytes", "bytes"),
         ("_bytes_total", "bytes"), ("_serial", "serial"), ("", "number")]


class Family:
    """One metric of a scrape: its name, type and help, and the names of its labels."""

    def __init__(self, name, described):
        self.name, self.described, self.type, self.labels = name, described, "", []

    def row(self, meaning):
        labels = ", ".join(f"`{label}`" for label in self.labels)
        unit = next(unit for end, unit in UNITS if self.name.endswith(end))
        if re.match(r"(1 while|1 where|Whether) ", self.described):
            unit = "0 or 1"
        return f"| `{self.name}` | {self.type} | {labels} | {unit} | {self.described} | {meaning} |"


def families(scrape):
    """The families of a scrape in Prometheus' text format, in order; raises ValueError on a sample of none."""
    found = {}
    for line in scrape.splitlines():
        described = re.fullmatch(r"# HELP (\w+) (.+)", line)
        typed = re.fullmatch(r"# TYPE (\w+) (\w+)", line)
        sample = re.fullmatch(r"(\w+)(?:\{(.*)\})? \S+", line)
        if described:
            found[described[1]] = Family(described[1], described[2])
        elif typed:
            found[typed[1]].type = typed[2]
        elif sample and sample[1] in found:
            found[sample[1]].labels = re.findall(r'(\w+)="', sample[2] or "")
        else:
            raise ValueError(f"no sample of a family that was described: {line}")
    return list(found.values())


def meanings(page):
    """{family: the last column of its row} of the page as it is."""
    return dict(re.findall(r"^\| `(\w+)` \|.* \| ([^|]*) \|$", page, re.MULTILINE))


def table(found, known):
    lines = ["| metric | type | labels | unit | what it says | what it means to you |", "|---|---|---|---|---|---|"]
    return "\n".join(lines + [family.row(known.get(family.name, "")) for family in found])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("sidecar", type=Path)
    parser.add_argument("collector", type=Path)
    options = parser.parse_args()
    old = PAGE.read_text(encoding="utf-8")
    new, known, silent = old, meanings(old), []
    for section in ("sidecar", "collector"):
        found = families(getattr(options, section).read_text(encoding="utf-8"))
        silent += [family.name for family in found if not known.get(family.name)]
        new = with_section(new, section, table(found, known))
    if not options.check:
        PAGE.write_text(new, encoding="utf-8")
    elif new != old:
        print("docs/reference/metrics.md is stale: FIREBREAK_UPDATE=1 "
              "tests/integration/test_metrics_reference.py writes it", file=sys.stderr)
    for name in silent:
        print(f"docs/reference/metrics.md: {name}: its last column says nothing", file=sys.stderr)
    return 1 if silent or (options.check and new != old) else 0


if __name__ == "__main__":
    sys.exit(main())
