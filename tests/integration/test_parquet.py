#!/usr/bin/python3
"""What `flows export -o parquet` writes is read back by pyarrow, which no Debian package has: `pip install --target
FOLDER pyarrow`, and FIREBREAK_PYARROW=FOLDER."""
import csv
import datetime
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

from integration import main
from sidecar import binary

sys.path.extend(filter(None, [os.environ.get("FIREBREAK_PYARROW")]))
try:
    import pyarrow.parquet as parquet
except ImportError:
    parquet = None

GROUP_ROWS = 65536


def flow_line(number):
    """A line of a flow log; every third lacks what the others have."""
    line = {"time": f"2026-11-22T10:{number // 60 % 60:02}:{number % 60:02}.{number:06}Z", "run_id": "aa",
            "sequence": number + 1, "event": "REQUEST", "direction": "INBOUND", "verdict": "FORWARDED",
            "source": {"principal": f"d/ns/shop/sa/s{number % 7}"}, "protocol": "HTTP1",
            "http": {"method": "GET", "path": f"/caf\u00e9/x{number}", "request_bytes": 0, "response_bytes": number},
            "duration_us": 2**64 - 1 - number}
    if number % 3 == 0:
        line.update(event="OPEN", http={}, protocol="TCP", inflight_inbound=0)
        del line["duration_us"]
    return json.dumps(line)


def as_csv(value):
    """A cell as `export -o csv` has it."""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return "" if value is None else str(value)


class ParquetTest(unittest.TestCase):
    def setUp(self):
        if parquet is None:
            self.skipTest("pyarrow is not installed: FIREBREAK_PYARROW")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def flows(self, *arguments):
        return subprocess.run([binary("firebreak"), "flows", *arguments], capture_output=True, timeout=120,
                              check=True).stdout

    def stored(self, count):
        """A store of so many lines."""
        log, store = os.path.join(self.folder, "flows.jsonl"), os.path.join(self.folder, "store")
        with open(log, "w", encoding="utf-8") as out:
            out.writelines(flow_line(number) + "\n" for number in range(count))
        self.flows("import", "--store", store, log)
        return store

    def test_pyarrow_reads_each_cell_as_csv_has_it(self):
        store = self.stored(GROUP_ROWS + 1000)
        file = os.path.join(self.folder, "flows.parquet")
        self.flows("export", "--store", store, "-o", "parquet", "--out", file)
        table = parquet.read_table(file)
        self.assertEqual(parquet.ParquetFile(file).num_row_groups, 2)
        self.assertEqual([str(table.schema.field(name).type) for name in ("time", "sequence", "event")],
                         ["timestamp[us, tz=UTC]", "uint64", "string"])
        rows = csv.reader(io.StringIO(self.flows("export", "--store", store, "-o", "csv").decode(), newline=""))
        self.assertEqual(next(rows), table.column_names)
        columns = [column.to_pylist() for column in table.columns]
        for number, (expected, read) in enumerate(zip(rows, zip(*columns), strict=True)):
            self.assertEqual([as_csv(value) for value in read], expected, number)

    def test_filters_and_standard_output(self):
        store = self.stored(30)
        piped = self.flows("export", "--store", store, "-o", "parquet", "--event", "OPEN")
        table = parquet.read_table(io.BytesIO(piped))
        self.assertEqual(table.column("event").to_pylist(), ["OPEN"] * 10)
        none = self.flows("export", "--store", store, "-o", "parquet", "--event", "CLOSE")
        self.assertEqual(parquet.read_table(io.BytesIO(none)).num_rows, 0)


if __name__ == "__main__":
    main()
