#!/usr/bin/python3
"""The demo: four workloads behind their sidecars, allowed, denied and attacked traffic, all of it checked.

Usage: demo.py [--keep] [--plain] | demo.py down [--plain]
Exits 0 when everything is as it should be, 1 when something is not, 2 when the demo cannot run here.
"""
import argparse
import fcntl
import os
import signal
import sys
import time
from pathlib import Path

from places import Loopback, Namespaces, PlaceError
from report import Report
from shop import DemoError, Shop, folder_for
from story import Story

ROOT = Path(__file__).resolve().parent.parent
BINARIES = Path(os.environ.get("FIREBREAK_BIN", ROOT / "build" / "release"))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev demo", description="Show Firebreak at work.")
    parser.add_argument("action", nargs="?", choices=("up", "down"), default="up",
                        help="down removes what --keep left up")
    parser.add_argument("--keep", action="store_true", help="leave it up, to play with")
    parser.add_argument("--plain", action="store_true",
                        help="loopback addresses instead of network namespaces; needs no root")
    parser.add_argument("--tag", default="", help="a name, so that several demos can run side by side")
    arguments = parser.parse_args()
    if len(arguments.tag) > 16 or not (arguments.tag.isalnum() or not arguments.tag):
        parser.error("--tag takes up to 16 letters and digits")
    return arguments


def lock(folder):
    """One demo at a time in a folder. The lock goes with the process, however it ends."""
    handle = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DemoError("a demo is running already") from None


def unlock(folder):
    Path(f"{folder}.lock").unlink(missing_ok=True)


def down(arguments):
    """Removes both kinds, unless told which."""
    found = False
    for place in [Loopback(arguments.tag)] if arguments.plain else [Namespaces(arguments.tag),
                                                                    Loopback(arguments.tag)]:
        folder = folder_for(place, arguments.tag)
        if not folder.is_dir():
            continue
        lock(folder)
        Shop(place, folder, BINARIES).down()
        unlock(folder)
        found = True
    print("the demo is down" if found else "there was no demo up")
    return 0


def hint_to_play(shop, report, tag):
    def there(host, *argv):
        return "    " + " ".join(shop.place.wrap(host, list(argv)))

    firebreak = os.path.relpath(BINARIES / "firebreak")
    more = f" --tag {tag}" if tag else ""
    report.chapter("It is still up: try")
    for line in (
            there("web", "curl", shop.url("web", 15001, "/checkout")),
            there("web", *shop.redis("web", 15002, "PING")) + "    # refused: see why in the flow log",
            f"    {firebreak} flows observe -f {shop.folder}/*/flows.jsonl",
            f"    {firebreak} flows observe -o wide --verdict DROPPED {shop.folder}/*/flows.jsonl",
            f"    {firebreak} certs inspect {shop.home('orders')}/svid.pem",
            f"    edit {shop.policies}/payments.yaml    # in force within a second",
            there("payments", "curl", "-s", shop.url("payments", 15020, "/metrics")),
            f"    ./dev demo down{more}    # removes it all"):
        report.say(line)


def tell(shop, report, arguments):
    """Sets up, tells the story, and says what it found. The caller cleans up."""
    began = time.monotonic()
    report.say(f"Firebreak demo: web -> orders -> payments -> ledger, {shop.place.title},")
    report.say("each behind its own firebreak-proxy. Whatever no policy names is refused.")
    shop.up()
    Story(shop, report).tell()
    report.say()
    seconds = time.monotonic() - began
    if report.failures:
        report.say(f"FAILED: {len(report.failures)} of {report.passed + len(report.failures)} checks:")
        for failure in report.failures:
            report.say(f"    {failure}")
        report.quote(shop.log_tails())
        return 1
    report.say(f"All {report.passed} checks passed in {seconds:.1f} s.")
    if not arguments.keep:
        report.say("Look around yourself: ./dev demo --keep leaves it up and says what to try.")
    return 0


def interrupt(number, _frame):
    raise KeyboardInterrupt(signal.Signals(number).name)


def up(arguments):
    place = Loopback(arguments.tag) if arguments.plain else Namespaces(arguments.tag)
    if reason := place.why_not():
        raise DemoError(f"{reason}; ./dev demo --plain needs neither")
    folder = folder_for(place, arguments.tag)
    lock(folder)
    shop = Shop(place, folder, BINARIES)
    report = Report()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    keep = False
    try:
        shop.down()  # what a crash or --keep may have left
        status = tell(shop, report, arguments)
        keep = arguments.keep
        if keep:
            hint_to_play(shop, report, arguments.tag)
        return status
    finally:
        if not keep:
            # From here on nothing stops us from tidying up.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            shop.down()
            unlock(folder)


def main():
    arguments = parse_arguments()
    try:
        return down(arguments) if arguments.action == "down" else up(arguments)
    except KeyboardInterrupt:
        print("interrupted; everything is removed", file=sys.stderr)
        return 130
    except (DemoError, PlaceError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
