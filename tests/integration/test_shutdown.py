#!/usr/bin/python3
"""Stopping: SIGTERM drains, within a time; the exit code says whether anybody was cut."""
import signal
import socket
import threading
import time

from integration import IntegrationTest, ending, main, read_exactly, seconds, talk, wait_until
from sidecar import connect


class DrainTest(IntegrationTest):
    def test_idle_sidecar_exits_0_at_once(self):
        b = self.inbound_sidecar(self.echo().address)
        start = time.monotonic()
        b.signal(signal.SIGTERM)
        self.assertEqual(b.wait_exit(5), 0)
        self.assertLess(time.monotonic() - start, seconds(3))
        b.check_records()

    def test_sigint_stops_too(self):
        b = self.inbound_sidecar(self.echo().address)
        b.signal(signal.SIGINT)
        self.assertEqual(b.wait_exit(5), 0)

    def test_connection_in_flight_may_finish(self):
        a, b = self.pair(self.echo().address)
        client = self.connect(self.exit)
        talk(client)
        for sidecar in (b, a):
            sidecar.signal(signal.SIGTERM)
            sidecar.wait_log("stopping: ")
        for _ in range(20):
            talk(client, b"still here" * 100)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(client.recv(1), b"")
        for sidecar in (a, b):
            self.assertEqual(sidecar.wait_exit(), 0)
            record, = sidecar.records()
            self.assertEqual((record["verdict"], record.get("reason")), ("FORWARDED", None))
            sidecar.check_records()

    def test_draining_sidecar_is_not_ready_and_takes_nobody_new(self):
        b = self.inbound_sidecar(self.echo().address)
        client = self.tls(self.door)
        talk(client)
        b.signal(signal.SIGTERM)
        wait_until(lambda: b.get(b.health, "/healthz/ready")[0] == 503, "503 while draining")
        self.assertIn("draining", b.get(b.health, "/healthz/ready")[1])
        self.assertEqual(b.get(b.metrics_at, "/metrics")[0], 200)

        def refused():
            try:
                connect(self.door).close()
                return False
            except ConnectionRefusedError:
                return True
        wait_until(refused, "new connections to be refused")
        client.close()
        self.assertEqual(b.wait_exit(), 0)

    def test_drain_timeout_cuts_and_exits_1(self):
        b = self.inbound_sidecar(self.echo().address, limits={"drain_timeout_ms": 300})
        clients = [self.tls(self.door) for _ in range(20)]
        for client in clients:
            talk(client)
        start = time.monotonic()
        b.signal(signal.SIGTERM)
        self.assertEqual(b.wait_exit(10), 1)
        self.assertGreater(time.monotonic() - start, 0.29)
        self.assertEqual({ending(client) for client in clients}, {"reset"})
        self.assertEqual([(r["verdict"], r["reason"], r["close_reason"]) for r in b.records()],
                         [("FORWARDED", "DRAINED", "DRAINED")] * 20)
        b.check_records()

    def test_no_time_to_drain_and_nobody_to_cut_exits_0(self):
        b = self.inbound_sidecar(self.echo().address, limits={"drain_timeout_ms": 0})
        with self.tls(self.door) as client:
            talk(client)
        b.wait_closes(1)
        b.signal(signal.SIGTERM)
        self.assertEqual(b.wait_exit(5), 0)
        record, = b.records()
        self.assertNotIn("reason", record)
        b.check_records()

    def test_second_sigterm_ends_it_at_once(self):
        b = self.inbound_sidecar(self.echo().address, limits={"drain_timeout_ms": 60_000})
        client = self.tls(self.door)
        talk(client)
        b.signal(signal.SIGTERM)
        b.wait_log("stopping")
        start = time.monotonic()
        b.signal(signal.SIGTERM)
        self.assertEqual(b.wait_exit(5), 1)
        self.assertLess(time.monotonic() - start, seconds(3))
        self.assertEqual(len(b.records()), 1)
        b.check_records()

    def test_sighup_while_draining_harms_nothing(self):
        b = self.inbound_sidecar(self.echo().address)
        client = self.tls(self.door)
        talk(client)
        b.signal(signal.SIGTERM)
        b.wait_log("stopping")
        b.signal(signal.SIGHUP)
        b.wait_log("SIGHUP: reloading")
        talk(client)
        client.close()
        self.assertEqual(b.wait_exit(), 0)

    def test_half_made_handshakes_do_not_outlive_the_drain(self):
        b = self.inbound_sidecar(self.echo().address, limits={"drain_timeout_ms": 300})
        silent = [self.connect(self.door) for _ in range(5)]
        # Another that is served shows that those before it were accepted.
        talk(client := self.tls(self.door))
        client.close()
        b.signal(signal.SIGTERM)
        b.wait_exit(10)
        self.assertLessEqual({r["reason"] for r in b.records() if r["verdict"] == "DROPPED"}, {"DRAINED"})
        b.check_records()
        del silent

    def test_stopping_under_load_writes_a_record_for_everyone(self):
        a, b = self.pair(self.echo().address)
        stop = threading.Event()
        served = []

        def load():
            count = 0
            while not stop.is_set():
                try:
                    with connect(self.exit) as client:
                        talk(client)
                        count += 1
                except (OSError, AssertionError):
                    pass
            served.append(count)
        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_until(lambda: a.metric("firebreak_connections_opened_total") >= 50, "some load")
        a.signal(signal.SIGTERM)
        self.assertEqual(a.wait_exit(), 0)
        stop.set()
        for thread in threads:
            thread.join()
        a.check_records()
        forwarded = [r for r in a.records() if r["verdict"] == "FORWARDED"]
        self.assertGreaterEqual(len(forwarded), sum(served))

    def test_kill_leaves_whole_lines_and_the_next_run_goes_on(self):
        b = self.inbound_sidecar(self.echo().address)
        for _ in range(20):
            with self.tls(self.door) as client:
                talk(client)
        b.wait_records(20)
        b.process.kill()
        self.assertEqual(b.wait_exit(), -signal.SIGKILL)
        before = len(b.records())
        b.start()
        with self.tls(self.door) as client:
            talk(client)
        wait_until(lambda: len(b.records()) == before + 1, "the record of the new run")
        b.signal(signal.SIGTERM)
        self.assertEqual(b.wait_exit(), 0)

    def test_answer_that_is_on_its_way_arrives_whole_while_draining(self):
        size = 8 << 20

        def script(connection):
            read_exactly(connection, 1)
            connection.sendall(bytes(size))
            connection.close()
        a, b = self.pair(self.script_server(script).address)
        client = self.connect(self.exit)
        client.sendall(b"?")
        read_exactly(client, 1)
        a.signal(signal.SIGTERM)
        b.signal(signal.SIGTERM)
        self.assertEqual(len(read_exactly(client, size - 1)), size - 1)
        client.close()
        self.assertEqual((a.wait_exit(), b.wait_exit()), (0, 0))


if __name__ == "__main__":
    main()
