#!/usr/bin/python3
"""Checks every #include against the table in layers.json, and the table in docs/ARCHITECTURE.md too.

Usage: check_layers.py [--root FOLDER] [--table FILE]. Exits 0 when clean, 1 with one line a
violation (file:line: what, why), 2 when the table itself is wrong.
"""
import argparse
import fnmatch
import json
import re
import sys
from pathlib import Path

from source_tree import ROOT, cpp_files

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
PAGE = "docs/ARCHITECTURE.md"
PAGE_ROW = re.compile(r"^\| `([^`]+)` \| .* \| ([^|]*) ?\|$")
FOREIGN_QUOTED = ("absl/", "google/", "gtest/", "gmock/", "benchmark/")


class TableError(Exception):
    """The table contradicts itself."""


class Table:
    def __init__(self, data):
        self.layers = data["layers"]
        self.beside = data["tests_beside_the_code"]
        self.named_only_by = data["named_only_by"]
        self.homes = data["library_homes"]
        self._check()

    def _check(self):
        for layer, allowed in self.layers.items():
            for name in allowed:
                if name != "*" and name not in self.layers:
                    raise TableError(f"row {layer} allows {name}, which has no row")
        for layer in self.layers:
            self._check_acyclic(layer, (layer,))

    def _check_acyclic(self, layer, path):
        for name in self.layers[layer]:
            if name == path[0]:
                raise TableError("rows form a cycle: " + " -> ".join(path + (name,)))
            if name != "*" and name not in path:
                self._check_acyclic(name, path + (name,))

    def layer_of(self, path):
        """The row of a file or an include: the longest folder that has one; None if none has."""
        folder = path.rpartition("/")[0]
        while folder:
            if folder in self.layers:
                return folder
            folder = folder.rpartition("/")[0]
        return None

    def may_include(self, path, target):
        allowed = self.layers[self.layer_of(path)]
        if path.endswith(tuple(self.beside["suffixes"])):
            allowed = allowed + self.beside["may_include"]
        own = self.layer_of(path)
        layer = self.layer_of(target)
        return "*" in allowed or layer == own or layer in allowed or target.startswith(
            tuple(a + "/" for a in allowed))


def within(path, folders):
    return any(path.startswith(folder + "/") for folder in folders)


def check_ours(table, path, target):
    """Yields what is wrong with one quoted include of a file of ours."""
    folder = target.rpartition("/")[0]
    if not folder or ".." in target.split("/"):
        yield f'"{target}" must be written from the root of the repository'
        return
    if table.layer_of(target) is None:
        yield f'"{target}" lies in no folder of tools/layers.json; add a row or correct the path'
        return
    if not table.may_include(path, target):
        yield f"{table.layer_of(path)} may not include {table.layer_of(target)} (\"{target}\")"
    for rule in table.named_only_by:
        # Fixed-depth match: filters/* is filters/authz, not filters/authz/deeper.
        owner = "/".join(folder.split("/")[:rule["folders"].count("/") + 1])
        named = fnmatch.fnmatch(owner, rule["folders"]) and owner not in rule["except"]
        if named and not within(path, rule["by"] + [owner]):
            yield f'may not name "{target}": {rule["why"]}'


def check_library(table, path, target):
    """Yields what is wrong with one include of a library's header."""
    for home in table.homes:
        if target.startswith(tuple(home["headers"])) and not within(path, home["homes"]):
            yield f"<{target}> is not for {path.rpartition('/')[0]}: {home['why']}"


def check_file(table, path, text):
    """Returns (line, message) pairs for one file."""
    if table.layer_of(path) is None:
        return [(1, "lies in no folder of tools/layers.json; add a row")]
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, target = match.groups()
        ours = quote == '"' and not target.startswith(FOREIGN_QUOTED)
        check = check_ours if ours else check_library
        found.extend((number, message) for message in check(table, path, target))
    return found


def check_page(layers, folders, text):
    """Yields (line, message) for each row of the page's folder table that differs from layers.json, and
    for each folder that has no row there."""
    rows = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = PAGE_ROW.match(line)
        if match and match[1] in layers:
            names = {name.strip() for name in match[2].split(",")} - {""}
            rows[match[1]] = {"*"} if names == {"everything"} else names
            if rows[match[1]] != set(layers[match[1]]):
                yield number, f"row {match[1]} is not that of tools/layers.json: {', '.join(layers[match[1]])}"
    for folder in sorted(folders - rows.keys()):
        yield 1, f"no row for {folder}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--table", type=Path, default=Path(__file__).parent / "layers.json")
    args = parser.parse_args()
    try:
        table = Table(json.loads(args.table.read_text()))
    except (TableError, KeyError, ValueError) as error:
        print(f"{args.table}: {error}", file=sys.stderr)
        return 2
    bad = 0
    files = cpp_files(args.root)
    for path in files:
        for line, message in check_file(table, path, (args.root / path).read_text()):
            print(f"{path}:{line}: {message}")
            bad += 1
    page = args.root / PAGE
    if page.exists():
        folders = {table.layer_of(path) for path in files} - {None}
        for line, message in check_page(table.layers, folders, page.read_text(encoding="utf-8")):
            print(f"{PAGE}:{line}: {message}")
            bad += 1
    print(f"layers: {len(files)} files, {bad} violations", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
