#!/usr/bin/python3
"""Sidecar, collector and another sink's receiver are killed in random order under load; then every single
connection is accounted for. FIREBREAK_LONG=1: minutes instead of 20 s; FIREBREAK_SEED=N: the order of a run
before."""
import json
import os
import random
import signal
import threading
import time
from collections import Counter

from integration import main
from log_receivers import OtlpReceiver
from sidecar import allow_from, connect, deliberate_pause, free_address, inbound, seconds, wait_until
from test_collector import QUEUE, SPOOL, CollectorCase

LONG = bool(os.environ.get("FIREBREAK_LONG"))
SPAN = 240 if LONG else 20
CALLERS = 4
# What comes over minutes the receiver, which is Python, must get through as well.
REST = 0.01 if LONG else 0
# What a sidecar that is killed has in memory alone: connections that were open then, or had ended so shortly
# before that their record was not on disk yet.
TAIL = 1.0


class Call:
    """One connection as its client saw it."""

    def __init__(self, port, begun, ended):
        self.port, self.begun, self.ended = port, begun, ended


class Callers:
    """Clients of one sidecar that connect, say something, wait for the end, and remember it."""

    def __init__(self, door):
        self.door, self.calls, self.stop = door, [], threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while not self.stop.is_set():
            begun = time.monotonic()
            try:
                with connect(self.door) as client:
                    port = client.getsockname()[1]
                    try:
                        client.sendall(b"who is there")
                        client.recv(1)
                    except ConnectionError:
                        pass
                self.calls.append(Call(port, begun, time.monotonic()))
                self.stop.wait(REST)
            except OSError:
                self.stop.wait(0.02)  # the sidecar is down: nobody has a connection

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        return self.calls


class FlowFaultsTest(CollectorCase):
    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("FIREBREAK_SEED", random.randrange(1 << 32)))
        self.dice = random.Random(self.seed)
        print(f"seed {self.seed}", flush=True)
        self.keeper_process = self.collector()
        self.receiver_at = free_address()
        self.receivers = [OtlpReceiver(self.receiver_at)]
        self.addCleanup(lambda: self.receivers[-1].close())
        self.door = free_address()
        self.kills = []

    def start_sidecar(self):
        return self.sidecar(
            "b", self.server, [inbound(self.door, self.echo().address, mtls="PERMISSIVE")],
            [allow_from(self.client.principal)],
            flow_log={"file": {"path": "flows.jsonl"}, "collector": self.keeper_process.sink(),
                      "otlp": {"endpoint": self.receivers[0].url, "spool": {"path": "spool-otlp"}}})

    def kill_something(self, sidecar):
        what = self.dice.choice(["sidecar", "collector", "receiver"])
        pause = self.dice.uniform(0, 1)
        if what == "sidecar":
            killed_from = time.monotonic()
            self.kill(sidecar)
            # The kernel closes what was open some time in between.
            self.kills.append((killed_from, time.monotonic()))
            deliberate_pause(pause, "how long it stays away is part of the dice")
            sidecar.start()
        elif what == "collector":
            self.keeper_process.kill()
            deliberate_pause(pause, "how long it stays away is part of the dice")
            self.keeper_process.start()
        else:
            self.receivers[-1].close()
            deliberate_pause(pause, "how long it stays away is part of the dice")
            self.receivers.append(OtlpReceiver(self.receiver_at))
        return what

    def test_every_connection_is_accounted_for_whoever_is_killed(self):
        sidecar = self.start_sidecar()
        callers = Callers(self.door)
        killed = Counter()
        try:
            end = time.monotonic() + SPAN
            while time.monotonic() < end:
                deliberate_pause(self.dice.uniform(0.2, 1.5), "load between two kills")
                killed[self.kill_something(sidecar)] += 1
        finally:
            calls = callers.end()
        self.wait_spooled(sidecar)
        for sink in ("collector", "otlp"):
            self.wait_delivered(sidecar, sink)
        # In order, so that what is still in its memory goes out too; runs that were killed have no last HEAD.
        sidecar.signal(signal.SIGTERM)
        sidecar.wait_exit()
        self.keeper_process.stop()
        rows = self.keeper_process.query("SELECT run_id, sequence, source_port FROM flows WHERE event = 'CLOSE'")
        keys = [(row["run_id"], row["sequence"]) for row in rows]
        self.assertEqual(len(keys), len(set(keys)), f"a line was stored twice, seed {self.seed}")
        print(f"{len(calls)} connections, {len(rows)} stored; killed: {dict(killed)}")
        self.assertGreater(len(calls), 100)
        lost = self.lost(sidecar, "collector")
        self.account("the collector", calls, Counter(row["source_port"] for row in rows), lost)
        arrived = {(r["run_id"], r["sequence"]): r["source"]["port"] for receiver in self.receivers
                   for r in map(json.loads, receiver.lines()) if r["event"] == "CLOSE"}
        self.account("the receiver", calls, Counter(arrived.values()), self.lost(sidecar, "otlp"))
        os.remove(sidecar.path("flows.jsonl"))  # several runs are not what the check at the end is for

    def wait_delivered(self, sidecar, sink):
        label = f'sink="{sink}"'
        wait_until(lambda: sidecar.metric(SPOOL, label) == 0 and sidecar.metric(QUEUE, label) == 0,
                   lambda: f"everything to be delivered to {sink}, seed {self.seed}; in the spool: "
                           f"{sidecar.metric(SPOOL, label):g} bytes", timeout=120)

    def lost(self, sidecar, sink):
        """Lines that the sidecar itself says it did not deliver there."""
        lines = [json.loads(line) for line in sidecar.lines() if b'"event":"LOST"' in line]
        return sum(line["lost"]["count"] for line in lines if line["lost"].get("sink", sink) == sink)

    def account(self, where, calls, stored, counted):
        """Each connection is there once, or was cut by a kill of its sidecar, or is in a counted drop."""
        tail = seconds(TAIL)
        cut = [call for call in calls
               if any(call.begun <= until and call.ended + tail >= since for since, until in self.kills)]
        cut_ports = Counter(call.port for call in cut)
        expected = Counter(call.port for call in calls)
        missing = expected - stored
        unexplained = missing - cut_ports
        print(f"{where}: {sum(missing.values())} missing, {len(cut)} were cut or ended within {tail:g} s before a "
              f"kill, {counted} in counted drops")
        self.assertLessEqual(sum(unexplained.values()), counted,
                             f"{where}: connections of ports {dict(unexplained)}, seed {self.seed}")
        self.assertFalse(stored - expected, f"{where}: flows that nobody made, seed {self.seed}")


if __name__ == "__main__":
    main()
