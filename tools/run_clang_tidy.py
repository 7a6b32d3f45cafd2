#!/usr/bin/python3
"""Runs clang-tidy over every .cc of ours that a build folder compiles, in parallel.

Usage: run_clang_tidy.py BUILD_FOLDER [PATH_PREFIX...]. With FIREBREAK_ANALYZE=1 in the environment
clang's path-sensitive analyzer runs too (clang-analyzer-*), except on tests. A file that was clean
is not looked at again, in whichever clone of the tree, until it, a header of ours that it names, its
compile command, .clang-tidy, that of its own folder or REVISION changes: the marks are in
~/.cache/firebreak-tidy. What changed last is looked at first. FIREBREAK_TIDY_MINUTES bounds the time, where a
machine without marks has to be through in time: what is left for another run is counted, and no failure.
Exits 1 when a file has findings, or when a .cc of ours is compiled by no target.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from source_tree import ROOT, tracked_files

TOOL = "clang-tidy-14"
CONFIG = ".clang-tidy"
TESTS = ("_test.cc", "_fuzz.cc")
REVISION = 1  # of what is asked of clang-tidy: another number makes all marks void
MONTH = 30 * 86_400  # seconds
MINUTES = float(os.environ.get("FIREBREAK_TIDY_MINUTES", "inf"))
ANALYZE = os.environ.get("FIREBREAK_ANALYZE") == "1"
QUOTED = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
INCLUDE_FLAG = re.compile(r"-(?:I|isystem)\s*(\S+)")


class Includes:
    """Digests of files together with what they include themselves. Remembers each file.

    What those include in turn is left out: a header is looked at with whoever names it, and one at the
    bottom of the tree would have everything looked at again, for an hour.
    """

    def __init__(self):
        self._read = {}

    def digest(self, path, folders):
        content, names = self._load(path)
        total = hashlib.sha256(content)
        for name in names:
            found = self._find(name, folders)
            if found:
                total.update(self._load(found)[0])
        return total

    def _load(self, path):
        if path not in self._read:
            data = Path(path).read_bytes()
            names = [n.decode() for n in QUOTED.findall(data)]
            self._read[path] = (hashlib.sha256(data).digest(), sorted(names))
        return self._read[path]

    @staticmethod
    def _find(name, folders):
        for folder in folders:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                return path
        return None


def key_of(entry, includes, common):
    # /usr is left out: its headers change only with a package, and with it the version in `common`.
    folders = [f for f in INCLUDE_FLAG.findall(entry["command"]) if not f.startswith("/usr")]
    total = includes.digest(entry["file"], folders)
    total.update(common)
    own = Path(entry["file"]).parent / CONFIG
    if own.exists():
        total.update(own.read_bytes())
    total.update(entry["command"].replace(str(ROOT), ".").encode())
    return total.hexdigest()


def tidy(build, path, end):
    """Returns (exit status, what it said, seconds); no status when it is too late to begin."""
    started = time.monotonic()
    if started > end:
        return None, "", 0
    command = [TOOL, "--quiet", "-p", str(build), path]
    if not ANALYZE or path.endswith(TESTS):
        # The path-sensitive analyzer takes three quarters of the time: half an hour on two cores.
        command.append("--checks=-clang-analyzer-*")
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout.strip() or run.stderr.strip(), time.monotonic() - started


def selected(build, prefixes):
    """Returns (compile entries of ours, files of ours that nothing compiles)."""
    entries = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["file"].startswith(str(ROOT) + "/"):
            entries[os.path.relpath(entry["file"], ROOT)] = entry
    wanted = [f for f in tracked_files() if f.endswith(".cc") and f.startswith(tuple(prefixes) or "")]
    fixtures = [f for f in wanted if not f.startswith("tools/")]
    return ({f: entries[f] for f in fixtures if f in entries}, [f for f in fixtures if f not in entries])


def newest_first(paths):
    """In the order in which commits touched them last; those that no commit knows come first."""
    log = subprocess.run(["git", "log", "--format=", "--name-only"], cwd=ROOT, capture_output=True, text=True,
                         check=False).stdout
    rank = {path: -1 for path in paths}
    for at, path in enumerate(log.splitlines()):
        if rank.get(path) == -1:
            rank[path] = at
    return sorted(paths, key=lambda path: (rank[path], path))


def mark_folder():
    """Where the marks of clean files are; those that nothing asked for in a month go."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "firebreak-tidy"
    folder.mkdir(parents=True, exist_ok=True)
    for mark in folder.iterdir():
        if time.time() - mark.stat().st_mtime > MONTH:
            mark.unlink(missing_ok=True)
    return folder


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else "build/dev").resolve()
    entries, orphans = selected(build, sys.argv[2:])
    for path in orphans:
        print(f"{path}: no target compiles this file")
    cache = mark_folder()
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    common = version + str((ANALYZE, REVISION)).encode() + (ROOT / CONFIG).read_bytes()
    includes = Includes()
    pending = {}
    for path, entry in entries.items():
        mark = cache / key_of(entry, includes, common)
        if mark.exists():
            mark.touch()
        else:
            pending[path] = mark
    print(f"clang-tidy: {len(entries)} files, {len(pending)} to look at", file=sys.stderr)
    bad, left = len(orphans), 0
    end = time.monotonic() + 60 * MINUTES
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(tidy, build, path, end): path for path in newest_first(pending)}
        for done, run in enumerate(concurrent.futures.as_completed(runs), 1):
            path = runs[run]
            status, output, seconds = run.result()
            if status is None:
                left += 1
                continue
            if status == 0:
                pending[path].touch()
            else:
                bad += 1
                print(output, flush=True)
            print(f"[{done}/{len(runs)}] {path} {seconds:.1f} s", file=sys.stderr)
    later = f", {left} left for another run after {MINUTES:g} minutes" if left else ""
    print(f"clang-tidy: {bad} files with findings{later}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
