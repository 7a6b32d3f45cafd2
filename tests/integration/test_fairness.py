#!/usr/bin/python3
"""One connection that is always busy: the others of its worker, and those who decide, are not kept waiting."""
import datetime
import os
import re
import socket
import threading
import time

from handmade_tls import handmade_client
from integration import IntegrationTest, free_address, main, seconds, talk, wait_until
from pki import client_context
from sidecar import allow_from, inbound, wall_time


class Discard:
    """Reads a socket as fast as the kernel can throw its bytes away."""

    def __init__(self, connection):
        self.connection = connection
        self.count = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        room = bytearray(1 << 20)
        try:
            while got := self.connection.recv_into(room, 0, socket.MSG_TRUNC):
                self.count += got
        except OSError:
            pass

    def close(self):
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it had been cut
        self._thread.join()
        self.connection.close()


class BusyConnectionTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.greedy = self.pki.issue("ns/shop/sa/greedy")
        bulk, self.door = free_address(), free_address()
        zeroes = os.memfd_create("zeroes")
        self.addCleanup(os.close, zeroes)
        size = 1 << 26
        os.ftruncate(zeroes, size)

        def flood(connection):
            while True:
                os.sendfile(connection.fileno(), zeroes, 0, size)
        self.b = self.sidecar(
            "b", self.server,
            [inbound(bulk, self.script_server(flood).address, name="bulk"),
             inbound(self.door, self.echo().address, name="echo")],
            [allow_from(self.client.principal, self.greedy.principal)], concurrency=1)
        self.slow_down(self.b.pid)
        tls = handmade_client(bulk, client_context(self.greedy, self.pki.pem)).shake()
        tls.connection.settimeout(None)
        self.busy = Discard(tls.connection)
        self.addCleanup(self.busy.close)
        wait_until(lambda: self.busy.count > 32 << 20, "the bulk to flow", 20)

    @staticmethod
    def slow_down(pid):
        """Gives the sidecar one CPU and less of it than its peers: its sockets are then always ready."""
        for thread in map(int, os.listdir(f"/proc/{pid}/task")):
            os.sched_setaffinity(thread, [min(os.sched_getaffinity(0))])
            os.setpriority(os.PRIO_PROCESS, thread, 5)

    def test_busy_connection_does_not_keep_another_waiting(self):
        other = self.tls(self.door)
        talk(other)
        before, worst = self.busy.count, 0
        for _ in range(100):
            start = time.monotonic()
            talk(other)
            worst = max(worst, time.monotonic() - start)
        wait_until(lambda: self.busy.count > before, "the bulk to go on")
        self.assertLess(worst, seconds(1))

    def test_busy_connection_does_not_keep_a_new_one_waiting(self):
        for _ in range(5):
            start = time.monotonic()
            with self.tls(self.door) as fresh:
                talk(fresh)
            self.assertLess(time.monotonic() - start, seconds(2))

    def test_busy_connection_is_cut_within_a_second_of_the_policy_in_force(self):
        self.b.write_policy(allow_from(self.client.principal))
        record, = self.b.wait_records(1, reason="POLICY_CHANGED", timeout=5)
        stamp = re.search(r"^(\S+)Z \S+ policy in force: ", self.b.log(), re.MULTILINE)[1]
        in_force = datetime.datetime.fromisoformat(stamp + "+00:00").timestamp()
        self.assertLess(wall_time(record) - in_force, seconds(1.0))
        self.assertEqual((record["verdict"], record["close_reason"]), ("DROPPED", "POLICY"))
        talk(self.tls(self.door))


if __name__ == "__main__":
    main()
