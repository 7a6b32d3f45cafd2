#!/usr/bin/python3
"""How many flow records a second one `firebreak collector` takes in, and what each costs.

Usage: collector_throughput.py --build FOLDER [--publishers N] [--records N] [--batch N] [--rounds N]
                               [-o table|json]

Publishers (bench/collector_load.cc) are threads with an SVID and a connection each, which send what the sink of a
sidecar sends, batches of lines in zstd over mutual TLS, 512 KiB of text or --batch lines each, and wait for each
receipt: so a record counts once it is on the collector's disk. Few sidecars with much to tell send large batches,
many with little send one a second with a line or two: both have to be measured. The collector is one process on one
thread; its CPU time is read from the kernel, and includes making segments of everything. After each round it is
stopped, and the store asked how many rows it has: that must be every record that was sent. On a machine with two
cores the publishers have one to themselves.
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

from processes import GENERATOR_CORE, RELAY_CORE, Children, Failed, cpu_ns, free_port, wait_until_accepting

CONFIG = """trust_domain: bench.example
identity: {{files: {{certificate_chain: collector.pem, private_key: collector.key, trust_bundle: ca.pem}}}}
listen: {{address: "127.0.0.1:{port}"}}
store: {{path: store}}
"""


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(folder) for name in names)


def stopped(children, collector):
    """Ends the collector in order, and returns the nanoseconds of CPU that it had used when all was stored."""
    used = cpu_ns(collector.pid)
    collector.terminate()
    while True:
        try:
            used = max(used, cpu_ns(collector.pid))
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended
        if collector.poll() is not None:
            break
        time.sleep(0.005)
    if collector.returncode != 0:
        raise Failed(f"the collector exited {collector.returncode}")
    children.stop(collector)
    return used


def measure(arguments, children, folder):
    firebreak, load = (os.path.join(arguments.build, name) for name in ("firebreak", "collector_load"))
    subprocess.run([load, "prepare", folder], check=True)
    port = free_port()
    with open(os.path.join(folder, "collector.yaml"), "w", encoding="utf-8") as config:
        config.write(CONFIG.format(port=port))
    collector = children.start([firebreak, "collector", "--config", config.name], RELAY_CORE,
                               os.path.join(folder, "collector.log"))
    wait_until_accepting(collector, port)
    idle = cpu_ns(collector.pid)
    amounts = [str(number) for number in (arguments.publishers, arguments.records, arguments.batch)]
    sender = children.start([load, "run", folder, str(port), *amounts], GENERATOR_CORE, pipes=True)
    out, _ = sender.communicate()
    if sender.returncode != 0:
        raise Failed(f"collector_load exited {sender.returncode}")
    sent = json.loads(out)
    cpu_s = (stopped(children, collector) - idle) / 1e9
    store = os.path.join(folder, "store")
    query = [firebreak, "flows", "query", "--store", store, "-o", "csv", "SELECT count(*) AS n FROM flows"]
    rows = int(subprocess.run(query, check=True, capture_output=True, text=True).stdout.split()[1])
    if rows != sent["records"] or sent["refused"]:
        raise Failed(f"{sent['records']} records were sent, {sent['refused']} refused, {rows} stored")
    return {"records": rows, "put_off": sent["put_off"], "line_bytes": sent["bytes"] / rows,
            "records_per_s": rows / sent["seconds"], "batches_per_s": sent["batches"] / sent["seconds"],
            "collector_cpu_us_per_batch": cpu_s / sent["batches"] * 1e6,
            "collector_cpu_s_per_million": cpu_s / rows * 1e6,
            "publisher_cpu_s_per_million": sent["cpu_seconds"] / rows * 1e6,
            "disk_bytes_per_record": folder_bytes(store) / rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release", help="folder of firebreak and collector_load")
    parser.add_argument("--publishers", type=int, default=32)
    parser.add_argument("--records", type=int, default=1_000_000, help="in all, each round")
    parser.add_argument("--batch", type=int, default=1_000_000, help="lines sent at once, at most")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    rounds = []
    children = Children()
    try:
        for _ in range(arguments.rounds):
            folder = tempfile.mkdtemp(prefix="firebreak-bench-")
            try:
                rounds.append(measure(arguments, children, folder))
            finally:
                shutil.rmtree(folder)
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        print(f"collector_throughput: {error}", file=sys.stderr)
        return 1
    finally:
        children.end()
    figures = {name: [one[name] for one in rounds] for name in rounds[0]}
    if arguments.output == "json":
        print(json.dumps({"publishers": arguments.publishers, "rounds": figures}))
        return 0
    print(f"{arguments.publishers} publishers, {len(rounds)} rounds: median (from to)")
    for name, values in figures.items():
        print(f"{name:30} {statistics.median(values):14,.1f} ({min(values):,.1f} {max(values):,.1f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
