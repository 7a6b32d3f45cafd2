#!/usr/bin/python3
"""Limits that are reached: told, without spinning, and over as soon as the cause is."""
import os
import resource
import time

from integration import IntegrationTest, main, seconds, talk
from sidecar import TIME_FACTOR, allow_all, deliberate_pause


class LimitsCase(IntegrationTest):
    def outcomes(self, count):
        """Of that many connections held open at once: "served" or "refused" for each."""
        clients, found = [], []
        for _ in range(count):
            try:
                clients.append(self.connect(self.door))
            except ConnectionResetError:
                found.append("refused")
        for client in clients:
            try:
                talk(client)
                found.append("served")
            except (OSError, AssertionError):
                found.append("refused")
        return found


class ConnectionLimitTest(LimitsCase):
    def test_max_connections_refuses_the_next_and_serves_again_afterwards(self):
        b = self.inbound_sidecar(self.echo().address, limits={"max_connections": 8}, concurrency=1)
        held = [self.tls(self.door) for _ in range(8)]
        for client in held:
            talk(client)
        for count in range(1, 6):
            self.assertEqual(self.ending_at(self.door), "reset")
            b.wait_closes(count)
        for record in b.records():
            self.assertEqual((record["verdict"], record["reason"], record["close_reason"], record["detail"]),
                             ("DROPPED", "LIMIT", "LIMIT", "max_connections"))
        for client in held:
            talk(client)
        held.pop().close()
        b.wait_closes(6)
        talk(self.tls(self.door))

    def test_max_handshakes_refuses_the_next_and_leaves_established_ones_alone(self):
        b = self.inbound_sidecar(self.echo().address, concurrency=1, limits={
            "max_handshakes": 5, "handshake_timeout_ms": int(seconds(2) * 1000)})
        established = [self.tls(self.door) for _ in range(10)]
        for client in established:
            talk(client)
        silent = [self.connect(self.door) for _ in range(5)]
        self.assertEqual(self.ending_at(self.door), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["reason"], record["detail"]), ("LIMIT", "max_handshakes"))
        for client in established:
            talk(client)
        b.wait_closes(6)  # the silent ones meet their time-out
        talk(self.tls(self.door))
        del silent

    def test_limit_is_shared_out_among_workers_and_holds_for_all(self):
        b = self.inbound_sidecar(self.echo().address, [allow_all()], limits={"max_connections": 20},
                                 mtls="DISABLE")
        outcomes = self.outcomes(80)
        self.assertGreaterEqual(outcomes.count("refused"), 60)
        self.assertEqual(b.ended('reason="LIMIT"'), outcomes.count("refused"))


class DescriptorTest(LimitsCase):
    def test_half_of_the_descriptors_bound_the_connections(self):
        b = self.inbound_sidecar(self.echo().address, [allow_all()], mtls="DISABLE", start=False)
        b.start(nofile=256)
        served = self.outcomes(200).count("served")
        self.assertGreaterEqual(served, 16)
        self.assertLessEqual(served, 64)
        self.assertEqual(b.ended('reason="LIMIT"'), 200 - served)
        # The endpoints still have descriptors of their own.
        self.assertEqual(b.get(b.health, "/healthz/ready")[0], 200)

    def test_running_out_of_descriptors_does_not_spin_and_is_got_over(self):
        if os.environ.get("FIREBREAK_SANITIZER") == "address":
            self.skipTest("UBSan opens a pipe to look at an object: without descriptors it sees only faults")
        echo = self.echo()
        b = self.inbound_sidecar(echo.address, [allow_all()], mtls="DISABLE")
        talk(self.connect(self.door))
        # Take them away from under it, which no limit of its own can foresee.
        soft, hard = resource.prlimit(b.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(b.pid, resource.RLIMIT_NOFILE, (40, hard))
        began = time.monotonic()
        clients = []
        for _ in range(100):
            try:
                clients.append(self.connect(self.door))
                clients[-1].sendall(b"ping")
            except ConnectionError:
                pass  # accepted, and told at once that there is no descriptor for its upstream
        b.wait_log("cannot accept on")
        used = b.cpu_seconds()
        deliberate_pause(2, "the span that CPU is measured over")
        self.assertLess(b.cpu_seconds() - used, 0.4 * TIME_FACTOR, "it spins")
        self.assertLess(b.log().count("cannot accept on"), 10)
        resource.prlimit(b.pid, resource.RLIMIT_NOFILE, (soft, hard))
        lasted = time.monotonic() - began
        outcomes = [self.answer(client) for client in clients]
        # Those that had been accepted and found no descriptor for the upstream were told so; all others
        # were only late.
        self.assertEqual(set(outcomes) - {"pong", "reset"}, set())
        # Each worker tries again ten times a second, and finds a descriptor for one more connection each time.
        self.assertLessEqual(outcomes.count("reset"), 40 + 2 * (10 * lasted + 1))
        self.assertEqual(b.ended('reason="UPSTREAM_FAILURE"'), 100 - outcomes.count("pong"))
        talk(self.connect(self.door))

    @staticmethod
    def answer(client):
        try:
            return "pong" if client.recv(4) == b"ping" else "end"
        except ConnectionError:
            return "reset"


if __name__ == "__main__":
    main()
