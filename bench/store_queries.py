#!/usr/bin/python3
"""Asks the same questions of the same flows in three stores: ours, one table of SQLite, ClickHouse.

    bench/store_queries.py --rows 1000000 [--build build/release]

Fills all three with what store_bench makes (ClickHouse's own table of `firebreak flows schema`, without
the text of the lines, which no question reads), asks each question in turns of all stores, checks that
the answers are the same, and reports the median time of each, with the disk that each takes. ClickHouse
is Debian's server, started on loopback in a folder of its own, and ended. Answers come from files that
the kernel has in memory, as far as that goes: what is measured is the work, not the disk.

It says first how much disk it needs, in the folder of temporary files (TMPDIR), and exits 2 where there is less:
10^7 rows take 14 GB with all three stores; 10^8, with --stores store,clickhouse, 26 GB.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "support"))

from log_receivers import ClickHouse  # noqa: E402

SERVICE = "bench.example/ns/mesh/sa/svc-"
START = 1795000000000000  # of the first flow, in microseconds
MINUTE = 60_000_000
PATIENCE = 3600  # seconds, for one question
# Bytes a row while a store is filled, with room to spare: ClickHouse merges all of it into one part at the end.
DISK = {"store": 60, "sqlite": 1100, "clickhouse": 200}
# Below that the minute that is asked for is empty, of which the three sum up differently.
LEAST_ROWS = 300_000
# Each names columns that all three have; {flows} is the table.
QUESTIONS = {
    "how many": "SELECT count(*) FROM {flows}",
    "largest pairs": "SELECT source_principal, destination_principal, count(*), sum(duration_us) FROM {flows} "
                     "GROUP BY source_principal, destination_principal "
                     "ORDER BY count(*) DESC, source_principal, destination_principal LIMIT 10",
    "by verdict and reason": "SELECT verdict, reason, count(*) FROM {flows} GROUP BY verdict, reason "
                             "ORDER BY verdict, reason",
    "refusals of one caller": f"SELECT count(*) FROM {{flows}} WHERE verdict = 'DROPPED' AND "
                              f"source_principal = '{SERVICE}7'",
    "routes of one service": f"SELECT http_path_template, count(*), sum(duration_us), max(duration_us) FROM "
                             f"{{flows}} WHERE destination_principal = '{SERVICE}8' GROUP BY http_path_template "
                             "ORDER BY http_path_template",
    "one minute": f"SELECT count(*), sum(duration_us) FROM {{flows}} WHERE time_us >= {START + MINUTE} AND "
                  f"time_us < {START + 2 * MINUTE}",
    "server errors": "SELECT http_status, count(*) FROM {flows} WHERE http_status >= 500 "
                          "GROUP BY http_status ORDER BY http_status",
    "a trace that is not there": "SELECT time_us, http_path FROM {flows} WHERE "
                                 "trace_id = '00000000000000000000000000000000'",
}


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(folder) for name in names)


class OwnStore:
    """Ours, or one table of SQLite: both are store_bench's."""

    def __init__(self, bench, folder, rows, kind):
        self.folder = os.path.join(folder, kind)
        os.makedirs(self.folder)
        self.made = subprocess.run([bench, self.folder, str(rows), kind], check=True, capture_output=True,
                                   text=True).stdout.strip()
        self.process = subprocess.Popen([bench, self.folder, "ask", kind], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, question):
        self.process.stdin.write(question.format(flows="flows") + "\n")
        self.process.stdin.flush()
        seconds = float(self.process.stdout.readline())
        rows = []
        while True:
            line = self.process.stdout.readline().strip()
            if not line:
                return seconds, rows
            rows.append(json.loads(line))

    def bytes(self):
        return folder_bytes(self.folder)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class ClickHouseStore:
    def __init__(self, bench, folder, rows, firebreak):
        self.server = ClickHouse(folder)
        schema = subprocess.run([firebreak, "flows", "schema", "--for", "clickhouse"], check=True,
                                capture_output=True, text=True).stdout
        for statement in schema.split(";"):
            if statement.strip() and "MATERIALIZED VIEW" not in statement:
                self.server.ask(statement)
        begun = time.monotonic()
        maker = subprocess.Popen([bench, folder, str(rows), "rows"], stdout=subprocess.PIPE)
        url = self.server.url + "?query=INSERT%20INTO%20firebreak.flows%20FORMAT%20JSONEachRow"
        request = urllib.request.Request(url, data=iter(lambda: maker.stdout.read(1 << 20), b""),
                                         headers={"Transfer-Encoding": "chunked"})
        urllib.request.urlopen(request, timeout=PATIENCE).read()
        if maker.wait():
            raise SystemExit("store_bench could not make the rows")
        self.made = f"{rows} rows, {rows / (time.monotonic() - begun):.0f} a second with the making of them"
        self.server.ask("OPTIMIZE TABLE firebreak.flows FINAL", timeout=PATIENCE)

    def ask(self, question):
        begun = time.monotonic()
        answer = self.server.ask(question.format(flows="firebreak.flows") + " FORMAT JSONCompact", timeout=PATIENCE)
        seconds = time.monotonic() - begun
        return seconds, [[str(cell) for cell in row] for row in json.loads(answer)["data"]]

    def bytes(self):
        return int(self.server.ask("SELECT sum(bytes) FROM system.parts WHERE active AND table = 'flows'"))

    def close(self):
        self.server.close()


def check_disk(parser, rows, stores):
    needed = sum(DISK[store] for store in stores) * rows
    free = shutil.disk_usage(tempfile.gettempdir()).free
    print(f"needs {needed / 1e9:.1f} GB in {tempfile.gettempdir()}, where {free / 1e9:.1f} GB are free",
          file=sys.stderr, flush=True)
    if needed > free:
        parser.error("there is not enough room; fewer --rows or --stores, or another TMPDIR")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="times that each question is asked of each store")
    parser.add_argument("--build", default="build/release", help="folder of our programs")
    parser.add_argument("--stores", default="store,sqlite,clickhouse", help="comma-separated")
    args = parser.parse_args()
    wanted = args.stores.split(",")
    if args.rows < LEAST_ROWS or not set(wanted) <= set(DISK):
        parser.error(f"--rows of {LEAST_ROWS} at least, --stores of {', '.join(DISK)}")
    check_disk(parser, args.rows, wanted)
    folder = tempfile.mkdtemp(prefix="firebreak-queries-")
    stores = {}
    try:
        bench = os.path.join(os.path.abspath(args.build), "store_bench")
        for name in wanted:
            if name == "clickhouse":
                if ClickHouse.PROGRAM is None:
                    print("left out: clickhouse-server is not installed", file=sys.stderr)
                    continue
                firebreak = os.path.join(os.path.abspath(args.build), "firebreak")
                stores[name] = ClickHouseStore(bench, folder, args.rows, firebreak)
            else:
                stores[name] = OwnStore(bench, folder, args.rows, name)
            print(f"{name}: {stores[name].made}; {stores[name].bytes() / args.rows:.1f} bytes a row on disk",
                  flush=True)
        return compare(stores, args.rounds)
    finally:
        for store in stores.values():
            store.close()
        shutil.rmtree(folder)


def compare(stores, rounds):
    differing = 0
    print(f"{'question':<28}" + "".join(f"{name + ', s':>16}" for name in stores))
    for name, question in QUESTIONS.items():
        times, answers = {store: [] for store in stores}, {}
        for _ in range(rounds):
            for store, asked in stores.items():
                seconds, answers[store] = asked.ask(question)
                times[store].append(seconds)
        same = len({json.dumps(answer) for answer in answers.values()}) == 1
        differing += not same
        print(f"{name:<28}" + "".join(f"{statistics.median(t):>16.4f}" for t in times.values())
              + ("" if same else f"  ANSWERS DIFFER: {answers}"), flush=True)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
