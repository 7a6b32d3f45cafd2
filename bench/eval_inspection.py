#!/usr/bin/python3
"""How much inspection detects, how much of ordinary traffic it blocks, and what it costs.

Usage: eval_inspection.py FOLDER [--firebreak PROGRAM] [--part PART ...] [--paranoia N ...] [--halves] [--without RULE]

FOLDER holds labelled requests, *.bin or *.bin.zst (`firebreak inspect corpus --help` says how they are
written). All four parts are measured, or those that --part names; each prints a table.

detection  TPR and FPR by set. A set that has a NAME-train* beside it is measured a second time with what
           is learned from that ("learned"). --halves reports the two halves of each set by themselves: rules
           are tuned by looking at half 0, so half 1 is the honest figure.
learning   sets that have a training part, with routes withheld from it and with attacks among it
           (bench/eval_baseline.cc).
speed      requests a second of CPU time, and the 99th percentile of the time that one takes: as it is, with what
           is learned, and with a pack of 100 rules; beside libmodsecurity with the OWASP Core Rule Set: the
           same bytes in the same run, by turns (bench/inspection_speed.cc). --without takes a rule of the
           peer's out.
text       GB a second of bodies in which there is nothing to find.

The last two want a machine that has nothing else to do. Exits 2 when the folder has no such files or a
program is not built, 3 when all but the peer was measured, which is then not installed.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where Debian's modsecurity-crs puts the rule set, which is used as it comes.
CRS_SETUP = "/etc/modsecurity/crs/crs-setup.conf"
CRS_RULES = "/usr/share/modsecurity-crs/rules/*.conf"
PACK_RULES = 100  # half of them for a path of their own


def files_of(folder):
    return sorted(p for p in folder.glob("*") if p.name.endswith((".bin", ".bin.zst")))


def name_of(file):
    return file.name.replace(".bin.zst", "").replace(".bin", "")


def training_name(file):
    """How the names of training parts in the family of a set begin."""
    return file.name.split("-")[0] + "-train"


def is_training(file):
    return file.name.startswith(training_name(file))


def training_for(file, files):
    """The training part of a set; None: it has none, or is one itself."""
    if is_training(file):
        return None
    return next((other for other in files if other.name.startswith(training_name(file))), None)


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"eval_inspection: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def percent(row, name):
    return f"{row[name] * 100:.3f} %" if name in row else ""


def print_row(cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def print_head(title, cells):
    print(f"\n{title}\n")
    print_row(cells)
    print("|" + "---|" * len(cells))


def detection(options, files):
    print_head("Detection", ["set", "paranoia", "half", "benign", "malicious", "TPR", "FPR", "balanced"])
    for file in files:
        training = training_for(file, files)
        for paranoia in options.paranoia:
            for half in (0, 1) if options.halves else (None,):
                for learned in (None,) if training is None else (None, training):
                    command = [options.firebreak, "inspect", "corpus", file, "-o", "json", "--paranoia", paranoia]
                    command += [] if learned is None else ["--learn", learned]
                    command += [] if half is None else ["--half", half]
                    row = json.loads(run(*command))[0]
                    print_row([name_of(file) + ("" if learned is None else " (learned)"), paranoia,
                               "all" if half is None else half, f"{row['benign']:,}", f"{row['malicious']:,}",
                               percent(row, "tpr"), percent(row, "fpr"), percent(row, "balanced_accuracy")])
    return True


def learning(options, files):
    for file in files:
        training = training_for(file, files)
        if training is not None:
            print(f"\nLearning, {name_of(file)}\n\n```")
            print(run(program_beside(options, "eval_baseline"), training, file).rstrip())
            print("```", flush=True)
    return True


def speed(options, files):
    """False: without the peer."""
    race = program_beside(options, "inspection_speed")
    peer = ["--peer", CRS_SETUP, CRS_RULES, "--without", options.without]
    tested = [file for file in files if not is_training(file)]
    tried = subprocess.run([str(part) for part in [race, "requests", *peer, "/dev/null"]], capture_output=True,
                           text=True, check=False)
    installed = tried.returncode == 0
    if not installed:
        print(f"eval_inspection: the peer is not measured: {tried.stderr.strip()}", file=sys.stderr)
    print_head("Speed", ["set", "paranoia", "engine", "TPR", "FPR", "requests/s, one core", "p50 µs", "p99 µs",
                         "times as fast as the peer"])
    for file in tested:
        training = training_for(file, files)
        for paranoia in options.paranoia:
            command = [race, "requests", "--paranoia", paranoia, "--packs", PACK_RULES]
            command += [] if training is None else ["--learn", training]
            rows = json.loads(run(*command, *(peer if installed else []), file))
            print_race(rows[0], name_of(file), paranoia)
    return installed


def print_race(row, name, paranoia):
    requests = row["benign"] + row["malicious"]
    speeds = {engine["engine"]: requests / max(engine["cpu_seconds"], 1e-6) for engine in row["engines"]}
    for engine in row["engines"]:
        mine = speeds[engine["engine"]]
        theirs = speeds.get("modsecurity")
        factor = "" if theirs is None or engine["engine"] == "modsecurity" else f"{mine / theirs:.0f}"
        print_row([name, paranoia, engine["engine"], percent(engine, "tpr"), percent(engine, "fpr"), f"{mine:,.0f}",
                   f"{engine['p50_us']:,.1f}", f"{engine['p99_us']:,.1f}", factor])
        worst = sorted(engine["false_alarms"].items(), key=lambda item: -item[1])[:4]
        if worst:
            print(f"{name}: {engine['engine']}: rules in blocked benign requests: {worst}", file=sys.stderr)


def text(options, _):
    print_head("Clean text", ["body", "GB/s, one core"])
    for kind, rate in json.loads(run(program_beside(options, "inspection_speed"), "text")).items():
        print_row([kind, f"{rate:.2f}"])
    return True


PARTS = {"detection": detection, "learning": learning, "speed": speed, "text": text}


def program_beside(options, name):
    return Path(options.firebreak).parent / name


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--firebreak", default=str(ROOT / "build" / "release" / "firebreak"))
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--paranoia", type=int, nargs="+", default=[1])
    parser.add_argument("--halves", action="store_true")
    parser.add_argument("--without", type=int, default=0, metavar="RULE", help="a rule of the peer's to take out")
    options = parser.parse_args()
    files = files_of(options.folder) if options.folder.is_dir() else []
    if not files:
        print(f"eval_inspection: no labelled requests in {options.folder}: nothing was measured",
              file=sys.stderr)
        return 2
    for program in (Path(options.firebreak), program_beside(options, "eval_baseline"),
                    program_beside(options, "inspection_speed")):
        if not program.is_file():
            print(f"eval_inspection: {program} is not built", file=sys.stderr)
            return 2
    whole = [PARTS[part](options, files) for part in options.part]
    return 0 if all(whole) else 3


if __name__ == "__main__":
    sys.exit(main())
