#!/usr/bin/python3
"""How connections end: half-closes, resets and failing upstreams, each passed on as what it was."""
import socket
import threading

from backends import hang_forever
from integration import (IntegrationTest, ending, free_address, main, read_exactly, read_to_end, reset,
                         seconds, talk, wait_until)
from pki import client_context, first_flight
from sidecar import PAYLOAD_MARK, allow_all, allow_from, allow_to, connect, inbound, outbound


class HalfCloseTest(IntegrationTest):
    def test_data_after_the_clients_fin_arrives_whole_then_a_clean_end(self):
        answer = bytes(range(256)) * 4096  # 1 MiB

        def answer_after_the_end(connection):
            self.assertEqual(read_to_end(connection), b"question")
            connection.sendall(answer)
            connection.close()
        server = self.script_server(answer_after_the_end)
        a, b = self.pair(server.address)
        client = self.connect(self.exit)
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(client), answer)
        for sidecar in (a, b):
            record, = sidecar.wait_closes(1)
            self.assertEqual(record["verdict"], "FORWARDED")
            self.assertEqual(record["close_reason"], "DOWNSTREAM_FIN")
            self.assertEqual((int(record["bytes_sent"]), int(record["bytes_received"])),
                             (len(b"question"), len(answer)))

    def test_data_after_the_servers_fin_arrives_whole_then_a_clean_end(self):
        question = bytes(range(256)) * 4096
        got = []

        def end_first(connection):
            connection.sendall(b"hello")
            connection.shutdown(socket.SHUT_WR)
            got.append(read_to_end(connection))
        server = self.script_server(end_first)
        a, b = self.pair(server.address)
        client = self.connect(self.exit)
        self.assertEqual(read_to_end(client), b"hello")
        client.sendall(question)
        client.close()
        for sidecar in (a, b):
            record, = sidecar.wait_closes(1)
            self.assertEqual((record["verdict"], record["close_reason"]), ("FORWARDED", "UPSTREAM_FIN"))
        wait_until(lambda: got == [question], "the question whole")

    def test_client_that_only_ends_gets_an_end(self):
        echo = self.echo()
        a, b = self.pair(echo.address)
        client = self.connect(self.exit)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(client), b"")
        a.wait_closes(1)
        b.wait_closes(1)

    def test_half_closed_connection_that_falls_silent_times_out(self):
        quiet = self.script_server(lambda connection: threading.Event().wait(seconds(20)))
        b = self.inbound_sidecar(quiet.address, limits={"half_close_timeout_ms": 200},
                                 mtls="DISABLE", policies=[allow_all()])
        client = self.connect(self.door)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(ending(client), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["reason"], record["close_reason"]), ("TIMEOUT", "HALF_CLOSE_TIMEOUT"))

    def test_idle_connection_times_out_and_a_busy_one_does_not(self):
        echo = self.echo()
        b = self.inbound_sidecar(echo.address, limits={"idle_timeout_ms": int(seconds(1) * 1000)})
        idle, busy = self.tls(self.door), self.tls(self.door)
        stop = threading.Event()
        failures = []

        def keep_busy():
            try:
                while not stop.wait(0.05):
                    talk(busy)
            except (OSError, AssertionError) as error:
                failures.append(error)
        thread = threading.Thread(target=keep_busy)
        thread.start()
        self.assertEqual(ending(idle), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["reason"], record["close_reason"]), ("TIMEOUT", "IDLE_TIMEOUT"))
        stop.set()
        thread.join()
        self.assertEqual(failures, [])


class ResetTest(IntegrationTest):
    def test_client_reset_while_relaying_reaches_the_server_as_reset(self):
        seen = []

        def watch(connection):
            read_exactly(connection, 4)
            connection.sendall(b"pong")
            seen.append(ending(connection))
        server = self.script_server(watch)
        a, b = self.pair(server.address)
        client = self.connect(self.exit)
        client.sendall(b"ping")
        read_exactly(client, 4)
        reset(client)
        for sidecar in (a, b):
            record, = sidecar.wait_closes(1)
            self.assertEqual(record["close_reason"], "DOWNSTREAM_RESET")
        wait_until(lambda: seen == ["reset"], lambda: f"a reset, not {seen}")

    def test_server_reset_while_relaying_reaches_the_client_as_reset(self):
        def slam(connection):
            read_exactly(connection, 4)
            reset(connection)
        server = self.script_server(slam)
        a, b = self.pair(server.address)
        client = self.connect(self.exit)
        client.sendall(b"ping")
        self.assertEqual(ending(client), "reset")
        for sidecar in (a, b):
            record, = sidecar.wait_closes(1)
            self.assertEqual(record["close_reason"], "UPSTREAM_RESET")

    def test_upstream_that_accepts_and_resets_at_once_is_passed_on_as_reset(self):
        server = self.script_server(reset)
        a, b = self.pair(server.address)
        for count in range(1, 21):
            self.assertEqual(self.ending_at(self.exit), "reset")
            a.wait_closes(count)
            b.wait_closes(count)

    def test_reset_while_detecting_is_recorded(self):
        echo = self.echo()
        b = self.inbound_sidecar(echo.address, mtls="PERMISSIVE")
        reset(self.connect(self.door))
        record, = b.wait_closes(1)
        self.assertEqual(record["close_reason"], "DOWNSTREAM_RESET")
        self.assertEqual(echo.accepted, 0)

    def test_close_before_the_first_byte_is_recorded_while_detecting(self):
        b = self.inbound_sidecar(self.echo().address, mtls="PERMISSIVE")
        self.connect(self.door).close()
        record, = b.wait_closes(1)
        self.assertNotEqual(record["verdict"], "FORWARDED")

    def test_close_and_reset_within_the_handshake_are_recorded(self):
        echo = self.echo()
        b = self.inbound_sidecar(echo.address)
        hello = first_flight(client_context(self.client, self.pki.pem))
        count = 0
        for part in (0, 1, 5, 6, len(hello) // 2, len(hello) - 1, len(hello)):
            for end in (reset, socket.socket.close):
                client = self.connect(self.door)
                client.sendall(hello[:part])
                if part == len(hello):
                    client.recv(1)  # its answer is on the way
                end(client)
                count += 1
                b.wait_closes(count)
        for record in b.records():
            self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "TLS_FAILURE"))
        self.assertEqual(echo.accepted, 0)

    def test_client_that_leaves_while_connecting_is_recorded_and_frees_its_upstream(self):
        for held in hang_forever(address := free_address()):
            self.closing(held)
        a = self.outbound_sidecar(address, limits={"connect_timeout_ms": int(seconds(0.5) * 1000)})
        reset(self.connect(self.exit))
        self.connect(self.exit).close()
        a.wait_closes(2)

    def test_storm_of_resets_leaves_nothing_behind(self):
        echo = self.echo()
        a, b = self.pair(echo.address)
        for number in range(150):
            client = connect(self.exit)  # closed here, and not at the end of the test
            if number % 3:
                client.sendall(b"x" * (number * 100))
            if number % 3 == 2:
                read_exactly(client, 1)
            reset(client)
        a.wait_closes(150)
        # A client that left early may never have led to a connection between the sidecars.
        wait_until(lambda: b.metric("firebreak_connections_open") == 0, "b to be idle")
        talk(self.connect(self.exit))


class UpstreamTest(IntegrationTest):
    def test_refused_connection_is_an_upstream_failure(self):
        b = self.inbound_sidecar(free_address())
        self.assertEqual(ending(self.tls(self.door)), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"], record["close_reason"]),
                         ("ERROR", "UPSTREAM_FAILURE", "CONNECT_FAILED"))
        self.assertIn("refused", record["detail"].lower())

    def test_refusal_is_told_at_both_ends_of_a_pair(self):
        a, b = self.pair(free_address())
        self.assertEqual(self.ending_at(self.exit), "reset")
        a.wait_closes(1)
        record, = b.wait_closes(1)
        self.assertEqual(record["reason"], "UPSTREAM_FAILURE")

    def test_upstream_that_never_answers_meets_the_connect_timeout(self):
        for held in hang_forever(address := free_address()):
            self.closing(held)
        b = self.inbound_sidecar(address, limits={"connect_timeout_ms": 300})
        self.assertEqual(ending(self.tls(self.door)), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"], record["close_reason"]),
                         ("ERROR", "TIMEOUT", "CONNECT_FAILED"))
        self.assertIn("connect_timeout_ms", record["detail"])

    def test_upstream_that_never_shakes_hands_meets_the_handshake_timeout(self):
        mute = self.script_server(lambda connection: threading.Event().wait(seconds(20)))
        a = self.outbound_sidecar(mute.address, limits={"handshake_timeout_ms": 300})
        self.assertEqual(self.ending_at(self.exit), "reset")
        record, = a.wait_closes(1)
        self.assertEqual(record["reason"], "TIMEOUT")
        self.assertIn("handshake_timeout_ms", record["detail"])

    def test_upstream_that_speaks_no_tls_is_a_tls_failure(self):
        for words in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 64, b"\x15\x03\x03\x00\x02\x02\x28"):
            with self.subTest(words=words[:8]):
                server = self.script_server(lambda connection, w=words: connection.sendall(w))
                way_out = free_address()
                a = self.sidecar(f"a{words[0]}", self.client,
                                 [outbound(way_out, server.address, [self.server.principal])],
                                 [allow_to(self.server.principal)])
                self.assertEqual(self.ending_at(way_out), "reset")
                record, = a.wait_closes(1)
                self.assertIn(record["reason"], ("TLS_FAILURE", "UPSTREAM_FAILURE"))
                self.assertEqual(record["close_reason"], "HANDSHAKE_FAILED")

    def test_answer_of_one_byte_at_a_time_arrives_whole(self):
        answer = bytes(range(256)) * 4

        def drip(connection):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            read_exactly(connection, 1)
            for byte in answer:
                connection.sendall(bytes([byte]))
            connection.close()
        a, b = self.pair(self.script_server(drip).address)
        client = self.connect(self.exit)
        client.sendall(b"?")
        self.assertEqual(read_to_end(client), answer)
        client.close()
        for sidecar in (a, b):
            record, = sidecar.wait_closes(1)
            self.assertEqual(int(record["bytes_received"]), len(answer))

    def test_upstream_that_comes_back_serves_again(self):
        address = free_address()
        a, b = self.pair(address)
        self.assertEqual(self.ending_at(self.exit), "reset")
        self.echo(address)
        talk(self.connect(self.exit), PAYLOAD_MARK)
        self.assertEqual(b.ended('reason="UPSTREAM_FAILURE"'), 1)
        a.wait_records(1)


class IPv6Test(IntegrationTest):
    def test_pair_over_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")
        # ::1 is shared by all test processes, so take ports that the kernel says are free.
        def address():
            with socket.create_server(("::1", 0), family=socket.AF_INET6) as probe:
                return "::1", probe.getsockname()[1]
        echo = self.echo(address())
        door, way_out = address(), address()
        b = self.sidecar("b", self.server, [inbound(door, echo.address)], [allow_from(self.client.principal)])
        a = self.sidecar("a", self.client, [outbound(way_out, door, [self.server.principal])],
                         [allow_to(self.server.principal)])
        client = self.connect(way_out)
        talk(client, b"six" * 1000)
        client.close()
        self.assertEqual(a.wait_closes(1)[0]["source"]["ip"], "::1")
        b.wait_closes(1)


if __name__ == "__main__":
    main()
