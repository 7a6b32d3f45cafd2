#!/usr/bin/python3
"""A real ClickHouse beside the store of `firebreak flows import`: it loses nothing, and the same questions
have the same answers."""
import json
import os
import socket
import subprocess
import urllib.parse

from integration import main, read_exactly, read_to_end
from log_receivers import ClickHouse
from sidecar import binary, connect, wait_until
from test_flow_sinks import LoggedCase
from test_http1 import HttpPair
from test_parquet import parquet

SCHEMA = [binary("firebreak"), "flows", "schema", "--for", "clickhouse"]


class Server:
    """A ClickHouse server with the tables of `firebreak flows schema`, and the sink that writes there."""

    def __init__(self, case):
        if ClickHouse.PROGRAM is None:
            case.skipTest("clickhouse-server is not installed")
        self.store = case.closing(ClickHouse(case.folder))

    def make_tables(self):
        schema = subprocess.run(SCHEMA, check=True, capture_output=True, text=True).stdout
        for statement in schema.split(";"):
            if statement.strip():
                self.store.ask(statement)

    def sink(self):
        return {"endpoint": self.store.url, "table": "firebreak.flows", "spool": {"path": "spool"}}

    @property
    def address(self):
        return "clickhouse://" + urllib.parse.urlsplit(self.store.url).netloc + "/firebreak.flows"


class ClickHouseSinkTest(LoggedCase):
    def setUp(self):
        super().setUp()
        self.server_of_flows = Server(self)
        self.store = self.server_of_flows.store

    def test_the_store_gives_back_what_the_file_holds(self):
        self.server_of_flows.make_tables()
        b = self.logged_sidecar(clickhouse=self.server_of_flows.sink())
        self.call(20)
        b.wait_closes(20)
        b.stop()
        rows = json.loads(self.store.ask("SELECT line FROM firebreak.flows ORDER BY sequence FORMAT JSONCompact"))
        self.assertEqual([line for line, in rows["data"]], [line.decode() for line in b.lines()])
        counted = self.store.ask("SELECT event, verdict, reason, count() FROM firebreak.flows "
                                 "WHERE flow_id != '' GROUP BY event, verdict, reason")
        self.assertEqual(counted.split(), ["CLOSE", "DROPPED", b.records()[0]["reason"], "20"])
        edges = self.store.ask("SELECT sum(flows) FROM firebreak.flows_edges WHERE event = 'CLOSE'")
        self.assertEqual(int(edges), 20)

    def test_a_table_that_comes_late_and_a_server_that_is_killed_lose_nothing(self):
        b = self.logged_sidecar(clickhouse=self.server_of_flows.sink())
        self.call(5)
        b.wait_closes(5)
        failures = "firebreak_flow_sink_failures_total"
        wait_until(lambda: b.metric(failures, 'sink="clickhouse"') >= 1, "a try without a table")
        self.server_of_flows.make_tables()
        count = "SELECT count() FROM firebreak.flows"
        wait_until(lambda: int(self.store.ask(count)) >= 6, "the lines", timeout=60)
        self.store.kill()
        self.call(5)
        b.wait_closes(10)
        self.store.start()
        wait_until(lambda: int(self.store.ask(count)) >= 11, "the lines", timeout=60)
        b.stop()
        self.assertEqual(int(self.store.ask("SELECT uniqExact(run_id, sequence) FROM firebreak.flows")),
                         len(b.lines()))


class SameAnswersTest(HttpPair):
    """What `firebreak flows ... --store` says of a folder and of a server that hold the same lines."""

    QUESTIONS = (
        "SELECT * FROM flows ORDER BY reporter_principal, sequence",
        "SELECT * FROM progress ORDER BY reporter_principal, sequence",
        "SELECT * FROM edges ORDER BY minute, source, destination, direction, verdict, coalesce(reason, '')",
        "SELECT * FROM rollups ORDER BY reporter, time, coalesce(source, ''), coalesce(destination, ''), verdict",
        "SELECT * FROM identities ORDER BY name",
        "SELECT * FROM losses",
        "SELECT * FROM unknown_events",
        "SELECT destination_principal, http_path_template, http_status, count(*) AS n, sum(http_response_bytes) AS b "
        "FROM flows WHERE event = 'REQUEST' GROUP BY destination_principal, http_path_template, http_status "
        "ORDER BY n DESC, http_path_template, destination_principal",
        "SELECT event, source_principal, count(*) AS n, sum(interval_bytes_sent) AS b FROM progress "
        "WHERE event = 'PERIODIC' GROUP BY event, source_principal ORDER BY n, source_principal",
        "SELECT count(*) AS n FROM flows WHERE time >= '2020-01-01T00:00:00.000000Z' AND reason IS NULL",
    )

    # Of an event that a later version may write.
    LATER = {"time": "2026-11-22T10:00:00.000001Z", "run_id": "aa", "sequence": 1, "event": "MIGRATED",
             "direction": "INBOUND", "reporter": {"principal": "d/ns/shop/sa/later"},
             "source": {"principal": "d/ns/shop/sa/earlier"}, "duration_us": 5}

    def setUp(self):
        super().setUp()
        self.other = Server(self)
        self.other.make_tables()
        self.http_pair(flow_log={"file": {"path": "flows.jsonl"}, "periodic_interval": 1, "rollups": {},
                                 "clickhouse": self.other.sink()})
        self.make_traffic()
        for sidecar in (self.a, self.b):
            sidecar.stop()
        self.folder_of_flows = os.path.join(self.folder, "store")
        later = os.path.join(self.folder, "later.jsonl")
        with open(later, "w", encoding="utf-8") as out:
            json.dump(self.LATER, out)
        self.flows("import", "--store", self.folder_of_flows, later, self.a.path("flows.jsonl"),
                   self.b.path("flows.jsonl"))
        lines = len(self.a.lines()) + len(self.b.lines())
        count = "SELECT uniqExact(run_id, sequence) FROM firebreak.flows"
        wait_until(lambda: int(self.other.store.ask(count)) == lines, "every line, once")
        row = {"time": 1795341600, "time_us": 1795341600000001, "reporter_principal": "d/ns/shop/sa/later",
               "source_principal": "d/ns/shop/sa/earlier", "weight": 1, "line": json.dumps(self.LATER),
               **{name: self.LATER[name] for name in ("run_id", "sequence", "event", "direction", "duration_us")}}
        self.other.store.ask("INSERT INTO firebreak.flows FORMAT JSONEachRow " + json.dumps(row))
        # At least once: some come again.
        self.other.store.ask("INSERT INTO firebreak.flows SELECT * FROM firebreak.flows WHERE sequence % 3 = 0")

    def make_traffic(self):
        for i in range(4):
            self.told("POST", f"/v1/charges/{i}?card=no", body=b"x" * i)
        with connect(self.door) as stranger:  # speaks no TLS
            stranger.sendall(b"who is there")
            read_to_end(stranger)
        malformed = self.connect(self.exit)
        malformed.sendall(b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n")
        read_to_end(malformed)
        alive = self.connect(self.exit)
        alive.sendall(b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += alive.recv(4096)
        alive.sendall(b"\x81\x05hello")
        read_exactly(alive, 7)
        for sidecar in (self.a, self.b):
            sidecar.wait_records(1, event="PERIODIC", protocol="WEBSOCKET")
        alive.shutdown(socket.SHUT_WR)
        read_to_end(alive)

    def flows(self, *arguments, expect=0):
        done = subprocess.run([binary("firebreak"), "flows", *arguments], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def both(self, command, *arguments):
        """What the two stores answer."""
        return [self.flows(command, "--store", store, *arguments).stdout.splitlines()
                for store in (self.folder_of_flows, self.other.address)]

    def test_in_sql(self):
        for question in self.QUESTIONS:
            with self.subTest(question):
                ours, theirs = self.both("query", "-o", "json", question)
                self.assertEqual([json.loads(row) for row in ours], [json.loads(row) for row in theirs])
                if "losses" not in question:
                    self.assertTrue(ours, question)

    def test_by_command(self):
        for command in (["observe", "--all", "-o", "json"], ["observe", "--all", "-o", "json", "--verdict", "DROPPED"],
                        ["observe", "--all", "-o", "json", "--event", "REQUEST", "--not", "--http-status", "200"],
                        ["top", "-o", "json"], ["top", "--by", "route", "-o", "json"], ["map", "-o", "json"],
                        ["map", "-o", "dot"], ["export", "-o", "csv"]):
            with self.subTest(command):
                ours, theirs = self.both(*command)
                self.assertTrue(ours, command)
                self.assertEqual(sorted(ours), sorted(theirs))

    def test_parquet_of_either(self):
        if parquet is None:
            self.skipTest("pyarrow is not installed: FIREBREAK_PYARROW")
        tables = []
        for number, store in enumerate((self.folder_of_flows, self.other.address)):
            file = os.path.join(self.folder, f"{number}.parquet")
            self.flows("export", "--store", store, "-o", "parquet", "--out", file)
            tables.append(sorted(parquet.read_table(file).to_pylist(), key=str))
        self.assertTrue(tables[0])
        self.assertEqual(*tables)

    def test_a_window_of_time(self):
        ours, theirs = self.both("observe", "--all", "-o", "json", "--since", "1h")
        self.assertEqual(sorted(ours), sorted(theirs))
        for nothing in self.both("observe", "--all", "-o", "json", "--until", "2020-01-01T00:00:00Z"):
            self.assertEqual(nothing, [])

    def test_a_question_can_do_nothing_but_read(self):
        for statement in ("INSERT INTO firebreak.flows (sequence) VALUES (1)", "DROP TABLE firebreak.flows",
                          "SET readonly = 0", "CREATE DATABASE other"):
            said = self.flows("query", "--store", self.other.address, statement, expect=2).stderr
            self.assertIn("eadonly", said)
        said = self.flows("query", "--store", self.other.address, "SELECT 1 FORMAT JSON", expect=2).stderr
        self.assertIn("leave FORMAT out", said)

    def test_what_the_server_says_is_told(self):
        said = self.flows("query", "--store", self.other.address, "SELECT nothing FROM flows", expect=2).stderr
        self.assertIn("nothing", said)
        self.other.store.kill()
        said = self.flows("observe", "--store", self.other.address, "--all", expect=2).stderr
        self.assertIn(urllib.parse.urlsplit(self.other.store.url).netloc, said)


if __name__ == "__main__":
    main()
