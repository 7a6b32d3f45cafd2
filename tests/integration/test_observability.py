#!/usr/bin/python3
"""What a sidecar says of itself: flow records, log, health and metrics endpoints."""
import http.client
import os
import signal
import socket
import stat
import time

from integration import IntegrationTest, ending, main, read_to_end, seconds, talk, wait_until
from pki import client_context
from sidecar import connect


class EndpointTest(IntegrationTest):
    """The health and metrics endpoints answer or close, whatever is asked."""

    def setUp(self):
        super().setUp()
        self.b = self.inbound_sidecar(self.echo().address)

    def ask(self, data, address=None):
        client = self.connect(address or self.b.health)
        try:
            client.sendall(data)
        except ConnectionError:
            pass
        answer = b""
        try:
            while piece := client.recv(65536):
                answer += piece
        except ConnectionError:
            pass
        return answer

    def test_odd_requests_are_answered_or_closed(self):
        expected = {
            b"GET /healthz/ready HTTP/1.1\r\nHost: x\r\n\r\n": b"HTTP/1.1 200 ",
            b"GET /healthz/ready?verbose HTTP/1.0\r\n\r\n": b"HTTP/1.1 200 ",
            b"POST /healthz/ready HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody": b"HTTP/1.1 405 ",
            b"DELETE /metrics HTTP/1.1\r\n\r\n": b"HTTP/1.1 405 ",
            b"GET /nothing/here HTTP/1.1\r\n\r\n": b"HTTP/1.1 404 ",
            b"GET /../../etc/passwd HTTP/1.1\r\n\r\n": b"HTTP/1.1 404 ",
            b"GET http://x/metrics HTTP/1.1\r\n\r\n": b"HTTP/1.1 400 ",
            b"GET  HTTP/1.1\r\n\r\n": b"HTTP/1.1 400 ",
            b"\r\n\r\n": b"HTTP/1.1 400 ",
            b"\x16\x03\x01\x02\x00\x01\r\n\r\n": b"HTTP/1.1 400 ",
            bytes(range(256)) + b"\r\n\r\n": b"HTTP/1.1 400 ",
            b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n": b"HTTP/1.1 400 ",
            b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 50_000 + b"\r\n": b"HTTP/1.1 400 ",
        }
        for request, answer in expected.items():
            for address in (self.b.health, self.b.metrics_at):
                with self.subTest(request[:30]):
                    self.assertTrue(self.ask(request, address).startswith(answer))
        self.assertTrue(self.b.ready())

    def test_request_in_pieces_of_one_byte_is_answered(self):
        client = self.connect(self.b.health)
        for byte in b"GET /healthz/ready HTTP/1.1\r\n\r\n":
            client.sendall(bytes([byte]))
        self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200 "))

    def test_client_that_never_finishes_its_request_is_closed_and_others_are_served(self):
        slow = [self.connect(self.b.health) for _ in range(10)]
        for client in slow:
            client.sendall(b"GET /healthz/re")
        self.assertTrue(self.b.ready())
        for client in slow:
            client.settimeout(seconds(15))
            self.assertIn(ending(client), ("end", "reset"))
        self.assertTrue(self.b.ready())

    def test_many_silent_clients_do_not_stop_the_data_path(self):
        held = [self.connect(self.b.metrics_at) for _ in range(300)]
        talk(self.tls(self.door))
        for client in held:
            client.close()
        wait_until(lambda: self.b.get(self.b.metrics_at, "/metrics")[0] == 200, "metrics again")

    def test_silent_clients_of_the_metrics_port_fail_no_health_probe(self):
        for _ in range(20):
            for _ in range(20):
                self.connect(self.b.metrics_at)
            self.assertEqual(self.b.get(self.b.health, "/healthz/ready"), (200, "ready\n"))
        wait_until(lambda: self.scraped(), "metrics again, once the silent ones have met their time-out", 15)

    def scraped(self):
        try:
            return self.b.get(self.b.metrics_at, "/metrics")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def test_client_that_goes_on_sending_after_its_answer_is_cut_off(self):
        client = self.connect(self.b.metrics_at)
        client.sendall(b"GET /healthz/ready HTTP/1.1\r\n\r\n")
        block, deadline = bytes(1 << 16), time.monotonic() + seconds(4)
        with self.assertRaises(ConnectionError):
            while time.monotonic() < deadline:
                client.sendall(block)
        self.assertTrue(self.b.ready())

    def test_client_that_reads_nothing_does_not_stop_the_others(self):
        for _ in range(20):
            self.connect(self.b.metrics_at).sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        self.assertEqual(self.b.get(self.b.metrics_at, "/metrics")[0], 200)

    def test_metrics_name_what_they_count(self):
        with self.tls(self.door) as client:
            talk(client)
        self.b.wait_closes(1)
        lines = self.b.get(self.b.metrics_at, "/metrics")[1].splitlines()
        names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
        for name in names:
            self.assertTrue(name.startswith("firebreak_"), name)
            self.assertTrue(any(line.startswith(f"# HELP {name} ") for line in lines), name)
            self.assertTrue(any(line.startswith(f"# TYPE {name} ") for line in lines), name)
        self.assertEqual(self.b.ended('direction="inbound"', 'verdict="FORWARDED"'), 1)


class AdminSocketTest(IntegrationTest):
    def test_unix_socket_is_for_its_owner_alone_and_answers_readiness(self):
        b = self.inbound_sidecar(self.echo().address, start=False)
        path = b.path("admin.sock")
        b.config["admin"] = {"address": f"unix:{path}"}
        b.write_config()
        b.start()
        found = os.stat(path)
        self.assertTrue(stat.S_ISSOCK(found.st_mode))
        self.assertEqual(stat.S_IMODE(found.st_mode), 0o600)
        client = self.closing(socket.socket(socket.AF_UNIX))
        client.settimeout(seconds(10))
        client.connect(path)
        client.sendall(b"GET /healthz/ready HTTP/1.1\r\n\r\n")
        answer = read_to_end(client)
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
        self.assertTrue(answer.endswith(b"\r\n\r\nready\n"), answer)


class RecordTest(IntegrationTest):
    def test_open_record_comes_before_its_close(self):
        b = self.inbound_sidecar(self.echo().address, flow_log={"file": {"path": "flows.jsonl",
                                                                         "open_records": True}})
        with self.tls(self.door) as client:
            talk(client)
        b.wait_closes(1)
        first, last = b.records(None)
        self.assertEqual((first["event"], last["event"]), ("OPEN", "CLOSE"))
        self.assertEqual(first["flow_id"], last["flow_id"])

    def test_bytes_of_a_peer_are_escaped_before_they_reach_the_log(self):
        b = self.inbound_sidecar(self.echo().address)
        context = client_context(self.client, self.pki.pem)
        client = self.closing(context.wrap_socket(connect(self.door), server_hostname="orders.shop"))
        talk(client)
        client.close()
        self.assertEqual(b.wait_closes(1)[0]["tls"]["sni"], "orders.shop")
        garbage = self.connect(self.door)
        garbage.sendall(b"\x1b[31mred\x07\r\nforged line\n" * 10)
        self.assertIn(ending(garbage), ("end", "reset"))
        b.wait_closes(2)
        self.assertNotIn("\x1b", b.log())
        self.assertNotIn("forged line", b.log())

    def test_flow_file_moved_away_is_opened_anew_on_sighup(self):
        b = self.inbound_sidecar(self.echo().address)
        with self.tls(self.door) as client:
            talk(client)
        b.wait_closes(1)
        os.rename(b.path("flows.jsonl"), b.path("flows.1"))
        b.signal(signal.SIGHUP)
        wait_until(lambda: os.path.exists(b.path("flows.jsonl")), "a new file")
        with self.tls(self.door) as client:
            talk(client)
        b.wait_records(1)
        # The two together are one run, for the checks that follow.
        with open(b.path("flows.1"), "rb") as old, open(b.path("flows.jsonl"), "rb") as new:
            whole = old.read() + new.read()
        b.signal(signal.SIGTERM)
        b.wait_exit()
        self.assertEqual([line.count(b'"sequence":') for line in whole.splitlines()], [1, 1, 1])
        self.assertIn(b'"sequence":3,', whole.splitlines()[2])

    def test_records_of_both_sides_tell_the_same_story(self):
        a, b = self.pair(self.echo().address)
        client = self.connect(self.exit)
        talk(client, b"x" * 777)
        client.close()
        out, = a.wait_closes(1)
        into, = b.wait_closes(1)
        for key in ("bytes_sent", "bytes_received", "verdict", "close_reason", "protocol"):
            self.assertEqual(out[key], into[key], key)
        for side in ("source", "destination"):
            self.assertEqual(out[side]["principal"], into[side]["principal"])
        self.assertEqual((out["direction"], into["direction"]), ("OUTBOUND", "INBOUND"))
        self.assertEqual(out["tls"]["cipher"], into["tls"]["cipher"])


if __name__ == "__main__":
    main()
