#!/usr/bin/python3
"""Volume: large transfers byte-exact in bounded memory, receivers that do not read, thousands at once."""
import hashlib
import os
import resource
import selectors
import socket
import threading
import time

from integration import IntegrationTest, free_address, main, read_exactly, seconds, talk, wait_until
from memory import RssWatch
from sidecar import TIME_FACTOR, allow_from, allow_to, connect, inbound, memory_kib, outbound

MIB = 1 << 20
LONG = os.environ.get("FIREBREAK_LONG") == "1"
# Each way. FIREBREAK_LONG=1: 10 GiB.
VOLUME = 10 << 30 if LONG else (256 * MIB if TIME_FACTOR == 1 else 64 * MIB)
# What one connection may add to a sidecar: buffers, slabs and the allocator's slack, not the volume.
# Sanitizers keep what was freed in quarantine.
BOUND_KIB = 24 * 1024 if TIME_FACTOR == 1 else 512 * 1024


def send_stream(connection, count, seed):
    """Sends count bytes that repeat with no period a buffer could have, then ends; returns their hash."""
    block = hashlib.shake_256(seed).digest(MIB + 4093)
    digest = hashlib.sha256()
    view = memoryview(block)
    while count > 0:
        piece = view[:min(count, len(block))]
        connection.sendall(piece)
        digest.update(piece)
        count -= len(piece)
    connection.shutdown(socket.SHUT_WR)
    return digest.hexdigest()


def receive_stream(connection):
    digest, count = hashlib.sha256(), 0
    buffer = bytearray(MIB)
    while got := connection.recv_into(buffer):
        digest.update(memoryview(buffer)[:got])
        count += got
    return count, digest.hexdigest()


def both_ways(connection, count, seed):
    """Sends and receives at once: (what was sent, what was received)."""
    result = {}
    sender = threading.Thread(target=lambda: result.update(sent=send_stream(connection, count, seed)))
    sender.start()
    received = receive_stream(connection)
    sender.join()
    return (count, result["sent"]), received


class LargeTransferTest(IntegrationTest):
    def test_both_directions_at_once_arrive_exact_in_bounded_memory(self):
        at_server = []

        def script(connection):
            connection.settimeout(None)
            at_server.append(both_ways(connection, VOLUME, b"down"))
        a, b = self.pair(self.script_server(script).address)
        client = self.connect(self.exit)
        client.settimeout(None)
        start, used = time.monotonic(), a.cpu_seconds() + b.cpu_seconds()
        with RssWatch(a, b) as memory:
            sent, received = both_ways(client, VOLUME, b"up")
        took = time.monotonic() - start
        client.close()
        wait_until(lambda: at_server, "the server to finish")
        self.assertEqual(at_server[0], (received, sent))
        self.assertEqual((sent[0], received[0]), (VOLUME, VOLUME))
        print(f"\n{VOLUME / MIB:.0f} MiB each way in {took:.1f} s, {2 * VOLUME / MIB / took:.0f} MiB/s; "
              f"CPU {(a.cpu_seconds() + b.cpu_seconds() - used) / (2 * VOLUME / (1 << 30)):.2f} s/GiB for "
              f"both; RSS {memory.before} KiB, at most {memory.peak} KiB")
        for growth in memory.growth():
            self.assertLess(growth, BOUND_KIB)
        for sidecar in (a, b):
            record, = sidecar.wait_closes(1)
            self.assertEqual((int(record["bytes_sent"]), int(record["bytes_received"])), (VOLUME, VOLUME))
            self.assertEqual(sidecar.metric("firebreak_sent_bytes_total"), VOLUME)


class BufferSizeTest(IntegrationTest):
    def test_mtls_carries_both_ways_byte_exactly_whatever_the_size_of_a_piece(self):
        """A piece may end in the middle of a TLS record, or of what one read of the socket brought."""
        volume = 8 * MIB + 4097
        for size in (4_096, 16_384, 65_536, 81_920):
            with self.subTest(connection_buffer_bytes=size):
                self.carry(volume, size)

    def carry(self, volume, size):
        at_server = []
        server = self.script_server(lambda c: at_server.append(both_ways(c, volume, b"down")))
        door, way_out = free_address(), free_address()
        limits = {"connection_buffer_bytes": size}
        pair = [self.sidecar(f"b{size}", self.server, [inbound(door, server.address)],
                             [allow_from(self.client.principal)], limits=limits),
                self.sidecar(f"a{size}", self.client, [outbound(way_out, door, [self.server.principal])],
                             [allow_to(self.server.principal)], limits=limits)]
        client = self.connect(way_out, timeout=30)
        sent, received = both_ways(client, volume, b"up")
        client.close()
        wait_until(lambda: at_server, "the server to finish")
        self.assertEqual(at_server[0], (received, sent))
        self.assertEqual((sent[0], received[0]), (volume, volume))
        for sidecar in pair:
            record, = sidecar.wait_closes(1)
            self.assertEqual((record["verdict"], record.get("reason")), ("FORWARDED", None))
            self.assertEqual((record["bytes_sent"], record["bytes_received"]), (volume, volume))


class SlowReceiverTest(IntegrationTest):
    def pour(self, connection):
        """Sends until the receiver's side is full; returns how much went in."""
        connection.settimeout(seconds(1))
        poured, block = 0, bytes(MIB)
        try:
            while poured < 1024 * MIB:
                poured += connection.send(block)
        except TimeoutError:
            return poured
        self.fail("nothing ever stopped the sender")
        return None

    def test_client_that_never_reads_pauses_the_server_and_nobody_else(self):
        poured = []
        drained = threading.Event()

        def script(connection):
            if read_exactly(connection, 4) == b"pour":
                poured.append(self.pour(connection))
                drained.wait(seconds(30))
            else:
                connection.sendall(b"pong")
        a, b = self.pair(self.script_server(script).address)
        with RssWatch(a, b) as memory:
            stuck = self.connect(self.exit)
            stuck.sendall(b"pour")
            wait_until(lambda: poured, "the server to be paused", 30)
            for _ in range(20):
                other = self.connect(self.exit)
                other.sendall(b"ping")
                self.assertEqual(read_exactly(other, 4), b"pong")
                other.close()
        for growth in memory.growth():
            self.assertLess(growth, BOUND_KIB)
        before = a.cpu_seconds() + b.cpu_seconds()
        threading.Event().wait(1)
        self.assertLess(a.cpu_seconds() + b.cpu_seconds() - before, 0.3, "a paused connection spins")
        # It is paused, not lost: all of it comes once the client reads.
        self.assertEqual(len(read_exactly(stuck, poured[0])), poured[0])
        drained.set()

    def test_server_that_never_reads_pauses_the_client(self):
        release = threading.Event()
        received = []

        def script(connection):
            release.wait(seconds(60))
            received.append(receive_stream(connection)[0])
        a, b = self.pair(self.script_server(script).address)
        client = self.connect(self.exit)
        with RssWatch(a, b) as memory:
            poured = self.pour(client)
        for growth in memory.growth():
            self.assertLess(growth, BOUND_KIB)
        release.set()
        client.settimeout(seconds(30))
        client.shutdown(socket.SHUT_WR)
        wait_until(lambda: received, "the server to have read it all", 30)
        self.assertEqual(received, [poured])

    def test_hundred_clients_that_never_read_cost_their_buffers_only(self):
        def script(connection):
            connection.settimeout(seconds(0.3))
            try:
                while True:
                    connection.send(bytes(MIB))
            except TimeoutError:
                threading.Event().wait(seconds(5))
        a, b = self.pair(self.script_server(script).address)
        held = [self.connect(self.exit) for _ in range(100)]
        wait_until(lambda: b.metric("firebreak_connections_opened_total") == 100, "100 connections")
        threading.Event().wait(seconds(1))
        # 64 KiB each way and what a TLS session needs, a hundred times, with room to spare.
        for sidecar in (a, b):
            self.assertLess(sidecar.rss_kib(), memory_kib(100 * 400 + 60 * 1024))
        for client in held:
            client.close()


class ManyConnectionsTest(IntegrationTest):
    COUNT = 2000 if TIME_FACTOR == 1 else 400

    def test_thousands_echo_at_once_and_each_is_recorded(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        need = 3 * self.COUNT
        if hard != resource.RLIM_INFINITY and hard < max(need, 16384):
            self.skipTest(f"needs 16384 descriptors, may have {hard}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 16384), hard))
        echo = self.echo()
        a, b = self.pair(echo.address)
        clients = [self.connect(self.exit, timeout=60) for _ in range(self.COUNT)]
        for number, client in enumerate(clients):
            client.sendall(self.words(number))
        self.exchange(clients)
        self.assertEqual(b.metric("firebreak_connections_opened_total"), self.COUNT)
        wait_until(lambda: a.metric("firebreak_connections_open") == self.COUNT, "all to be open at once")
        for client in clients:
            client.close()
        for sidecar in (a, b):
            records = sidecar.wait_closes(self.COUNT, timeout=60)
            self.assertEqual({r["verdict"] for r in records}, {"FORWARDED"})
            self.assertEqual(sum(int(r["bytes_sent"]) for r in records),
                             sum(len(self.words(n)) for n in range(self.COUNT)))

    @staticmethod
    def words(number):
        return f"{number:08d}".encode() * (1 + number % 50)

    def exchange(self, clients):
        """Each must get back exactly what it sent, in any order among them."""
        answers = {client: bytearray() for client in clients}
        wanted = {client: self.words(number) for number, client in enumerate(clients)}
        selector = selectors.DefaultSelector()
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        deadline = time.monotonic() + seconds(60)
        while selector.get_map():
            self.assertLess(time.monotonic(), deadline, f"{len(selector.get_map())} had no answer")
            for key, _ in selector.select(1):
                client = key.fileobj
                answers[client] += client.recv(65536)
                if len(answers[client]) >= len(wanted[client]):
                    self.assertEqual(bytes(answers[client]), wanted[client])
                    selector.unregister(client)

    def test_connections_one_after_another_leave_nothing_behind(self):
        a, b = self.pair(self.echo().address)
        count = 500 if TIME_FACTOR == 1 else 100
        for _ in range(count // 5):
            self.turn()
        settled = [a.rss_kib(), b.rss_kib()]
        for _ in range(count):
            self.turn()
        total = count + count // 5
        a.wait_closes(total)
        b.wait_closes(total)
        for sidecar, before in zip((a, b), settled):
            if TIME_FACTOR == 1:
                self.assertLess(sidecar.rss_kib() - before, 4096)

    def turn(self):
        with connect(self.exit) as client:
            talk(client)


if __name__ == "__main__":
    main()
