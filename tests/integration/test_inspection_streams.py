#!/usr/bin/python3
"""What is spoken on connections that carry bytes: shells, miners and other protocols than declared."""
import queue
import threading
import time

from http_backends import HttpServer
from integration import IntegrationTest, ending, free_address, main, read_exactly, read_to_end, seconds
from sidecar import allow_all, inbound, policy

PROMPT = b"www-data@shop:/var/www$ "
COMMAND = b"cat /etc/shadow\n"
POOL = b'{"id":1,"method":"mining.subscribe","params":["miner/1.0"]}\n'


class StreamInspectionTest(IntegrationTest):
    """client -> b, which inspects -> server, in clear text."""

    def inspected(self, script, limits=None, policies=None, **streams):
        server = self.script_server(script)
        self.b = self.inbound_sidecar(server.address, policies=policies or [allow_all()], mtls="DISABLE",
                                      limits=limits or {}, inspection={"streams": streams})

    def test_a_reverse_shell_ends_before_its_command_arrives(self):
        def command_after_the_prompt(connection):
            read_exactly(connection, len(PROMPT))
            connection.sendall(COMMAND)
            read_to_end(connection)
        self.inspected(command_after_the_prompt, action="BLOCK")
        client = self.connect(self.door)
        for byte in PROMPT:
            client.sendall(bytes([byte]))
        self.assertEqual(read_to_end(client), b"")
        record, = self.b.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "INSPECTION"))
        match, = record["inspection"]["matches"]
        self.assertEqual((match["id"], record["inspection"]["action"]), ("FBI-SHELL-001", "BLOCK"))

    def test_a_miner_is_reset_and_an_ordinary_stream_passes(self):
        self.inspected(lambda connection: connection.sendall(read_exactly(connection, 5)), action="RESET")
        client = self.connect(self.door)
        client.sendall(b"12345")
        self.assertEqual(read_exactly(client, 5), b"12345")
        client.close()
        miner = self.connect(self.door)
        miner.sendall(POOL)
        self.assertEqual(ending(miner), "reset")
        records = {r["verdict"]: r for r in self.b.wait_closes(2)}
        self.assertNotIn("inspection", records["FORWARDED"])
        self.assertEqual(records["DROPPED"]["inspection"]["matches"][0]["id"], "FBI-PROTO-007")

    def test_detect_writes_down_what_is_not_as_declared_and_lets_pass(self):
        banner = b"SSH-2.0-OpenSSH_9.2p1\r\n"
        self.inspected(lambda connection: connection.sendall(banner), action="DETECT", protocol="postgresql")
        client = self.connect(self.door)
        self.assertEqual(read_exactly(client, len(banner)), banner)
        client.close()
        record, = self.b.wait_closes(1)
        self.assertEqual(record["verdict"], "FORWARDED")
        self.assertIn("FBI-PROTO-001", [m["id"] for m in record["inspection"]["matches"]])

    def declared_by_a_rule(self, protocol, action):
        """What becomes of SSH under a rule that declares this, on a listener that declares MySQL."""
        banner = b"SSH-2.0-OpenSSH_9.2p1\r\n"
        rules = [{"name": "query", "inspection": {"protocol": protocol}}]
        self.inspected(lambda connection: connection.sendall(banner), policies=[policy("p", rules=rules)],
                       action=action, protocol="mysql")
        client = self.connect(self.door)
        if action == "RESET" and protocol != "ssh":
            self.assertEqual(ending(client), "reset")
        else:
            self.assertEqual(read_exactly(client, len(banner)), banner)
        client.close()
        record, = self.b.wait_closes(1)
        return record["verdict"], [m["id"] for m in record.get("inspection", {}).get("matches", [])]

    def test_what_a_rule_declares_is_held_against_a_stream_as_the_listener_acts(self):
        self.assertEqual(self.declared_by_a_rule("postgresql", "RESET"),
                         ("DROPPED", ["FBI-PROTO-001", "FBI-PROTO-004"]))

    def test_what_a_rule_declares_may_be_spoken_whatever_the_listener_declares(self):
        self.assertEqual(self.declared_by_a_rule("ssh", "RESET"), ("FORWARDED", []))

    def test_what_a_rule_declares_is_looked_for_where_the_listener_looks_into_no_streams(self):
        self.assertEqual(self.declared_by_a_rule("postgresql", "NONE"),
                         ("FORWARDED", ["FBI-PROTO-001", "FBI-PROTO-004"]))

    def test_http_where_a_rule_declares_another_protocol_is_403(self):
        server = self.closing(HttpServer(free_address()))
        rules = [{"name": "query", "inspection": {"mode": "BLOCK", "protocol": "postgresql"}}]
        door = free_address()
        self.b = self.sidecar("b", self.server, [inbound(door, server.address, protocol="AUTO", mtls="DISABLE")],
                              [policy("p", rules=rules)])
        client = self.connect(door)
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.assertRegex(read_to_end(client), rb"^HTTP/1\.1 403 ")
        record, = self.b.wait_records(1, event="REQUEST", reason="INSPECTION")
        self.assertEqual((record["verdict"], record["inspection"]["matches"][0]["id"]), ("DROPPED", "FBI-PROTO-001"))
        self.assertEqual(server.seen, [])

    def test_a_tarpit_holds_for_its_time_and_no_more_than_its_number(self):
        finished = threading.Event()
        self.inspected(lambda connection: finished.wait(seconds(20)), limits={"tarpit_ms": 700}, action="TARPIT")
        client, began = self.connect(self.door), time.monotonic()
        client.sendall(POOL)
        self.assertEqual(ending(client), "reset")
        self.assertGreater(time.monotonic() - began, 0.5)
        record, = self.b.wait_closes(1)
        self.assertEqual(record["reason"], "INSPECTION")
        self.assertGreater(int(record["duration_us"]), 500_000)
        finished.set()

    def test_a_tarpit_lets_go_of_the_server_at_once_and_holds_the_client(self):
        endings = queue.Queue()
        self.inspected(lambda connection: endings.put(ending(connection)), limits={"tarpit_ms": 3_600_000},
                       action="TARPIT")
        client = self.connect(self.door)
        client.sendall(POOL)
        self.assertEqual(endings.get(timeout=seconds(20)), "reset")
        client.sendall(POOL)  # a connection that had ended would break
        self.assertEqual(self.b.records(), [])

    def test_without_room_a_tarpit_resets_at_once(self):
        finished = threading.Event()
        self.inspected(lambda connection: finished.wait(seconds(20)), action="TARPIT",
                       limits={"tarpit_ms": 3_600_000, "max_tarpits": 0})
        client = self.connect(self.door)
        client.sendall(POOL)
        self.assertEqual(ending(client), "reset")
        self.b.wait_closes(1)
        finished.set()


if __name__ == "__main__":
    main()
