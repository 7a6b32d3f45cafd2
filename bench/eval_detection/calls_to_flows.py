#!/usr/bin/python3
"""Turns a table of recorded calls into flow records, and may put an intruder among them.

Usage: calls_to_flows.py CALLS.csv [--intruder SEED] > flows.jsonl
CALLS.csv, or - for standard input, has a header and the columns minute, start in milliseconds, source pod,
destination pod, operation, duration in microseconds. Each call becomes the record of the destination's sidecar.
The intruder starts in the last quarter, at a pod that calls others, and makes five calls over edges that were seen
before, each a minute or so after the other. His flow ids begin with "bad".
"""
import argparse
import csv
import datetime
import json
import random
import sys


def identity(pod):
    return "recorded/ns/app/sa/" + pod.rsplit("-", 2)[0]


def flow(number, start_us, duration_us, source, destination, path):
    end = datetime.datetime.fromtimestamp((start_us + duration_us) / 1e6, datetime.timezone.utc)
    return {"time": end.isoformat().replace("+00:00", "Z"), "flow_id": number, "event": "REQUEST",
            "direction": "INBOUND", "verdict": "FORWARDED", "reporter": {"node": destination, "namespace": "app"},
            "source": {"principal": identity(source), "ip": address(source)},
            "destination": {"principal": identity(destination), "ip": address(destination), "port": 8080},
            "protocol": "HTTP1", "http": {"method": "GET", "path": path, "path_template": path, "status": 200},
            "duration_us": duration_us}


ADDRESSES = {}


def address(pod):
    number = ADDRESSES.setdefault(pod, len(ADDRESSES) + 1)
    return f"10.1.{number // 250}.{number % 250}"


def intruder(calls, seed):
    """Five calls, each from where the one before led to, or from the first pod again."""
    chance = random.Random(seed)
    starts = sorted(call[0] for call in calls)
    at = chance.randint(starts[len(starts) * 3 // 4], starts[-1] - 1_000_000_000)
    edges = {}
    for _, _, source, destination, path in calls:
        edges.setdefault(source, set()).add((destination, path))
    first = here = chance.choice(sorted(edges))
    for number in range(5):
        destination, path = chance.choice(sorted(edges[here]))
        yield (at, 20_000, here, destination, path, f"bad{number:029x}")
        at += chance.randint(20, 90) * 1_000_000
        here = destination if destination in edges else first


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls")
    parser.add_argument("--intruder", type=int)
    options = parser.parse_args()
    source = sys.stdin if options.calls == "-" else open(options.calls, newline="", encoding="utf-8")
    calls = [(int(row[1]) * 1000, int(row[5]), row[2], row[3], row[4]) for row in list(csv.reader(source))[1:]]
    records = [call + (f"{number:032x}",) for number, call in enumerate(calls, 1)]
    if options.intruder is not None:
        records += intruder(calls, options.intruder)
    for start, duration, caller, callee, path, number in sorted(records, key=lambda record: record[0] + record[1]):
        print(json.dumps(flow(number, start, duration, caller, callee, path)))


if __name__ == "__main__":
    main()
