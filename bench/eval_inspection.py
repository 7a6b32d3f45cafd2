#!/usr/bin/python3
"""How much inspection detects and how much of ordinary traffic it blocks, by set and paranoia level.

Usage: eval_inspection.py FOLDER [--firebreak PROGRAM] [--paranoia N ...] [--halves | --modsecurity [--without RULE]]

FOLDER holds labelled requests, *.bin or *.bin.zst (`firebreak inspect corpus --help` says how they
are written). A set that has a NAME-train* beside it is measured a second time with what is learned
from that ("learned"). --halves reports the two halves of each set by themselves: rules are tuned by looking
at half 0, so half 1 is the honest figure. --modsecurity puts libmodsecurity with the OWASP Core Rule
Set beside it: the same requests in the same run, in turns, by the CPU time that each took.
Exits 2 when the folder has no such files, or the peer is to be asked and is not there.
"""
import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where Debian's modsecurity-crs puts the rule set, which is used as it comes.
CRS_SETUP = "/etc/modsecurity/crs/crs-setup.conf"
CRS_RULES = "/usr/share/modsecurity-crs/rules/*.conf"


def files_of(folder):
    return sorted(p for p in folder.glob("*") if p.name.endswith((".bin", ".bin.zst")))


def trainings_for(file, files):
    """What to learn from before a set is judged: nothing, and the training part if it has one."""
    family = file.name.split("-")[0] + "-train"
    if file.name.startswith(family):
        return [None]
    return [None] + [other for other in files if other.name.startswith(family)]


def evaluate(program, file, paranoia, half, training):
    command = [program, "inspect", "corpus", str(file), "-o", "json", "--paranoia", str(paranoia)]
    if training is not None:
        command += ["--learn", str(training)]
    if half is not None:
        command += ["--half", str(half)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"eval_inspection: {file.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)[0]


def percent(row, name):
    return f"{row[name] * 100:.3f} %" if name in row else ""


def line(row, paranoia, half, learned):
    seconds = row["seconds"]
    requests = row["benign"] + row["malicious"]
    speed = f"{requests / seconds:,.0f}" if seconds > 0 else ""
    name = row["set"].replace(".bin.zst", "").replace(".bin", "")
    name += " (learned)" if learned else ""
    cells = [name, paranoia, "all" if half is None else half, row["benign"], row["malicious"],
             percent(row, "tpr"), percent(row, "fpr"), percent(row, "balanced_accuracy"), speed]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def peer_missing(options):
    """Why the peer cannot be asked, or None."""
    program = Path(options.firebreak).parent / "eval_modsecurity"
    if not program.is_file():
        return f"{program} is not built (Debian: libmodsecurity-dev)"
    if not Path(CRS_SETUP).is_file():
        return f"{CRS_SETUP} is not there (Debian: modsecurity-crs)"
    return None


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def compare(options, files):
    """Firebreak, the peer, Firebreak again: the mean of its two speeds stands for the same minutes. Its CPU
    time is that of the whole process, reading the file included; the peer's is that of its requests alone."""
    program = str(Path(options.firebreak).parent / "eval_modsecurity")
    print("| set | paranoia | benign / malicious | TPR, CRS | FPR, CRS | requests/s, CRS "
          "| TPR, Firebreak | FPR, Firebreak | requests/s, Firebreak | times as fast |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for file in files:
        for paranoia in options.paranoia:
            begin = children_cpu()
            evaluate(options.firebreak, file, paranoia, None, None)
            ours = children_cpu() - begin
            done = subprocess.run([program, CRS_SETUP, CRS_RULES, str(paranoia), str(options.without), str(file)],
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"eval_inspection: {file.name}: {done.stderr.strip()}")
            peer = json.loads(done.stdout)[0]
            begin = children_cpu()
            after = evaluate(options.firebreak, file, paranoia, None, None)
            ours += children_cpu() - begin
            requests = peer["benign"] + peer["malicious"]
            ours = 2 * requests / ours
            theirs = requests / peer["seconds"]
            cells = [file.name.split(".")[0], paranoia, f"{peer['benign']:,} / {peer['malicious']:,}",
                     percent(peer, "tpr"), percent(peer, "fpr"), f"{theirs:,.0f}",
                     percent(after, "tpr"), percent(after, "fpr"), f"{ours:,.0f}", f"{ours / theirs:.0f}"]
            print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)
            worst = sorted(peer["false_alarms"].items(), key=lambda item: -item[1])[:4]
            if worst:
                print(f"{file.name}: rules in blocked benign requests: {worst}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--firebreak", default=str(ROOT / "build" / "release" / "firebreak"))
    parser.add_argument("--paranoia", type=int, nargs="+", default=[1])
    parser.add_argument("--halves", action="store_true")
    parser.add_argument("--modsecurity", action="store_true")
    parser.add_argument("--without", type=int, default=0, metavar="RULE", help="a rule of the peer's to take out")
    options = parser.parse_args()
    files = files_of(options.folder) if options.folder.is_dir() else []
    if not files:
        print(f"eval_inspection: no labelled requests in {options.folder}: nothing was measured",
              file=sys.stderr)
        return 2
    if not Path(options.firebreak).is_file():
        print(f"eval_inspection: {options.firebreak} is not built", file=sys.stderr)
        return 2
    if options.modsecurity:
        reason = peer_missing(options)
        if reason is not None:
            print(f"eval_inspection: libmodsecurity was not measured: {reason}", file=sys.stderr)
            return 2
        compare(options, files)
        return 0
    print("| set | paranoia | half | benign | malicious | TPR | FPR | balanced | requests/s, one core |")
    print("|---|---|---|---|---|---|---|---|---|")
    for file in files:
        for paranoia in options.paranoia:
            for half in (0, 1) if options.halves else (None,):
                for training in trainings_for(file, files):
                    row = evaluate(options.firebreak, file, paranoia, half, training)
                    print(line(row, paranoia, half, training is not None), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
