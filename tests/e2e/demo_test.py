#!/usr/bin/python3
"""The demo as a test: it exits 0, and leaves nothing behind, also when it is interrupted.

Its steps are those of docs/DEMO.md.

Usage: demo_test.py namespaces|plain|interrupted. 77: cannot be tried here. FIREBREAK_BIN: the programs.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
DEMO = TREE / "demo"
sys.path.insert(0, str(DEMO))

from places import HOSTS, NETNS, Loopback, Namespaces  # noqa: E402
from shop import folder_for  # noqa: E402

PROGRAMS = ("nginx", "redis-server", "redis-cli", "curl")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def left_behind(place, folder, tag):
    """What a demo has left: its folder, its namespaces, processes that name its folder."""
    left = [str(path) for path in (folder, Path(f"{folder}.lock")) if path.exists()]
    if isinstance(place, Namespaces):
        left += [n for n in map(place.namespace, HOSTS + ("switch",)) if (NETNS / n).exists()]
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{folder}/" in command:
            left.append(f"{tag}: process {file.parent.name}: {command}")
    return left


def start(tag, *arguments, **options):
    return subprocess.Popen(["/usr/bin/python3", "-B", str(DEMO / "demo.py"), "--tag", tag, *arguments],
                            **options)


def steps(output):
    """Its chapters and checks, without what was measured."""
    return [line for line in output.splitlines() if re.match(r"\d+\. |\S+ (ok|FAIL) |All \d+ checks", line)]


def differs_from_page(output):
    """The lines in which the steps of a run are not those of docs/DEMO.md; the time it took may be another."""
    page = (TREE / "docs/DEMO.md").read_text(encoding="utf-8")
    seen, told = ([re.sub(r"passed in .*", "passed", line) for line in steps(text)] for text in (output, page))
    return sorted(set(seen) ^ set(told)) or (["the order"] if seen != told else [])


def main():
    kind = sys.argv[1]
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        skip(f"not installed: {', '.join(missing)} (./dev deps demo)")
    tag = f"{kind[0]}{os.getpid()}"
    place = Namespaces(tag) if kind == "namespaces" else Loopback(tag)
    if reason := place.why_not():
        skip(reason)
    plain = [] if kind == "namespaces" else ["--plain"]
    output = []
    if kind == "interrupted":
        child = start(tag, *plain, stdout=subprocess.PIPE, text=True)
        for line in child.stdout:
            if line.startswith("3."):  # everything is up, and work is under way
                child.send_signal(signal.SIGINT)
                break
        child.stdout.read()
        wanted = 130
    else:
        child = start(tag, *plain, stdout=subprocess.PIPE, encoding="utf-8",
                      env={**os.environ, "PYTHONIOENCODING": "utf-8"})
        for line in child.stdout:
            print(line, end="", flush=True)
            output.append(line)
        wanted = 0
    status = child.wait()
    differing = differs_from_page("".join(output)) if kind == "namespaces" and status == wanted else []
    for line in differing:
        print(f"docs/DEMO.md is not of this demo, paste a run into it: {line}")
    left = left_behind(place, folder_for(place, tag), tag)
    print(f"exit code {status}, expected {wanted}; left behind: {left or 'nothing'}")
    return 0 if status == wanted and not left and not differing else 1


if __name__ == "__main__":
    sys.exit(main())
