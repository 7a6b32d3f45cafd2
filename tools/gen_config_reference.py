#!/usr/bin/python3
"""Writes the field and limit tables of docs/reference/config.md from config/proxy.proto, config/flow_log.proto
and base/limits.*, and the field tables of docs/reference/collector.md from config/collector.proto.

Usage: gen_config_reference.py [--check]. With --check writes nothing and exits 1 when the page is stale.
The rest of the pages, outside the "generated" markers, is written by hand.
"""
import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = [ROOT / "config/proxy.proto", ROOT / "config/flow_log.proto"]
COLLECTOR_PROTO = ROOT / "config/collector.proto"
LIMITS_H = ROOT / "base/limits.h"
LIMITS_CC = ROOT / "base/limits.cc"
PAGE = ROOT / "docs/reference/config.md"
COLLECTOR_PAGE = ROOT / "docs/reference/collector.md"

FIELD = re.compile(r"(?:(repeated|optional) )?([\w.]+|map<[^>]+>) (\w+) = \d+;$")
VALUE = re.compile(r"(\w+) = \d+;$")
SCALARS = {"string": "text", "bool": "`true` or `false`", "int32": "integer", "int64": "integer",
           "uint32": "integer", "uint64": "integer"}


class Block:
    """A message or enum: its comment, and its members as (name, type, comment)."""

    def __init__(self, kind, name, comment):
        self.kind, self.name, self.comment, self.members = kind, name, comment, []


def read_proto(path):
    """Returns the blocks of a .proto in order; raises ValueError on a member without a comment."""
    blocks, stack, comment = [], [], []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if line.startswith("//"):
            comment.append(line[2:].strip())
            continue
        opened = re.match(r"(message|enum|oneof) (\w+) \{$", line)
        if opened:
            stack.append(Block(opened.group(1), opened.group(2), " ".join(comment)))
            if opened.group(1) != "oneof":
                blocks.append(stack[-1])
        elif line == "}":
            stack.pop()
        elif stack:
            add_member(stack, line, " ".join(comment), f"{path.name}:{number}")
        comment = []
    return blocks


def add_member(stack, line, comment, where):
    if not line:
        return
    if stack[-1].kind == "enum":
        match = VALUE.match(line)
        member = match and (match.group(1), "", comment)
    else:
        match = FIELD.match(line)
        member = match and (match.group(3), " ".join(filter(None, match.group(1, 2))), comment)
    if not member or not comment:
        raise ValueError(f"{where}: cannot read, or no comment: {line}")
    owner = next(b for b in reversed(stack) if b.kind != "oneof")
    owner.members.append(member)


def shown_type(declared, blocks, others=()):
    """What a field takes, in words, linked to the section of a message; that of `others` is on PAGE."""
    by_name = {b.name: b for b in [*others, *blocks]}
    declared = declared.removeprefix("optional ")
    if declared.startswith("repeated "):
        return "list of " + shown_type(declared.removeprefix("repeated "), blocks, others)
    if declared.startswith("map<"):
        value = declared[4:-1].split(", ")[1]
        return "map of name to " + shown_type(value, blocks, others)
    if declared in SCALARS:
        return SCALARS[declared]
    block = by_name[declared.split(".")[-1]]
    if block.kind == "enum":
        names = [name for name, _, _ in block.members if not name.endswith("_UNSPECIFIED")]
        return " or ".join(f"`{name}`" for name in names)
    page = "" if block in blocks else PAGE.name
    return f"[{declared}]({page}#{declared.lower()})"


def field_tables(blocks, others=()):
    lines = []
    for block in blocks:
        comment = block.comment
        lines += [f"### {block.name}", "", comment, ""]
        if block.kind == "enum":
            lines += ["| value | meaning |", "|---|---|"]
            lines += [f"| `{n}` | {c} |" for n, _, c in block.members if not n.endswith("_UNSPECIFIED")]
        else:
            lines += ["| field | takes | meaning |", "|---|---|---|"]
            lines += [f"| `{n}` | {shown_type(t, blocks, others)} | {c} |" for n, t, c in block.members]
        lines.append("")
    return "\n".join(lines)


def read_number(text):
    """A C++ integer of the limits table: digits with ', kDayMs, kMaxInt, and products."""
    product = 1
    for factor in text.split("*"):
        factor = factor.strip().replace("'", "")
        product *= {"kDayMs": 86_400_000, "kMaxInt": 2_147_483_647}.get(factor) or int(factor)
    return product


def limit_table(header, source):
    defaults = dict(re.findall(r"int64_t (\w+) = ([\d']+);", header))
    rows = re.findall(r'\{"(\w+)", &Limits::\w+, ([^,]+), ([^,]+),\s*"([^"]+)"\}', source)
    if set(defaults) != {row[0] for row in rows}:
        raise ValueError("base/limits.h and base/limits.cc do not list the same limits")
    lines = ["| limit | default | from | to | meaning |", "|---|---|---|---|---|"]
    for name, low, high, meaning in rows:
        bounds = [str(value) for value in (read_number(defaults[name]), int(low.replace("'", "")),
                                             read_number(high))]
        lines.append(f"| `{name}` | {' | '.join(bounds)} | {meaning} |")
    return "\n".join(lines) + "\n"


def with_section(page, name, body):
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->\n"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the markers of section {name} are missing")
    head, rest = page.split(begin)
    return head + begin + "\n" + body.strip() + "\n\n" + end + rest.split(end)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    blocks = [block for proto in PROTOS for block in read_proto(proto)]
    new = with_section(PAGE.read_text(encoding="utf-8"), "fields", field_tables(blocks))
    pages = {PAGE: with_section(new, "limits", limit_table(LIMITS_H.read_text(encoding="utf-8"),
                                                           LIMITS_CC.read_text(encoding="utf-8"))),
             COLLECTOR_PAGE: with_section(COLLECTOR_PAGE.read_text(encoding="utf-8"), "fields",
                                          field_tables(read_proto(COLLECTOR_PROTO), blocks))}
    stale = [page for page, text in pages.items() if page.read_text(encoding="utf-8") != text]
    for page in stale:
        if check:
            print(f"docs/reference/{page.name} is stale: run tools/gen_config_reference.py", file=sys.stderr)
        else:
            page.write_text(pages[page], encoding="utf-8")
    if check and stale:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
