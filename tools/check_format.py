#!/usr/bin/python3
"""Checks that every C++ file is as clang-format-14 would write it; --fix rewrites them.

Exits 0 when clean, 1 with the files that differ, 77 (skipped) without clang-format-14.
"""
import re
import shutil
import subprocess
import sys

from source_tree import ROOT, cpp_files

TOOL = "clang-format-14"


def main():
    if shutil.which(TOOL) is None:
        print(f"skipped: {TOOL} is not installed", file=sys.stderr)
        return 77
    files = cpp_files()
    mode = ["-i"] if "--fix" in sys.argv[1:] else ["--dry-run", "-Werror"]
    run = subprocess.run([TOOL, *mode, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    # One line a file, at its first difference; the tool itself prints three lines a token.
    first = {}
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: error:", run.stderr, re.MULTILINE):
        first.setdefault(path, line)
    for path, line in first.items():
        print(f"{path}:{line}: not as {TOOL} writes it (./dev fmt)")
    if run.returncode and not first:
        print(run.stderr, file=sys.stderr)
    print(f"format: {len(files)} files, {len(first)} to mend", file=sys.stderr)
    return 1 if run.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
