"""The flow log beside its file: chain and signed heads, receivers that are away, killed or refuse, and
what becomes of each line."""
import base64
import hashlib
import json
import os
import random
import signal
import socket
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from integration import IntegrationTest, main
from log_receivers import OtlpReceiver
from sidecar import allow_from, connect, free_address, inbound, text_of, wait_until


def keys_of(lines):
    """What names a line: its run and its sequence."""
    return [(record["run_id"], record["sequence"]) for record in map(json.loads, lines)]


class LoggedCase(IntegrationTest):
    """One inbound sidecar in front of an echo server; each call is a connection of its own."""

    def logged_sidecar(self, start=True, **flow_log):
        self.door = free_address()
        return self.sidecar(
            "b", self.server, [inbound(self.door, self.echo().address, mtls="PERMISSIVE")],
            [allow_from(self.client.principal)], start=start,
            flow_log={"file": {"path": "flows.jsonl"}, **flow_log})

    def call(self, times=1):
        """Connections without an identity: each is refused, and is one CLOSE line."""
        for _ in range(times):
            with connect(self.door) as client:
                client.sendall(b"who is there")
                try:
                    client.recv(1)
                except ConnectionError:
                    pass

    def kill(self, sidecar):
        sidecar.signal(signal.SIGKILL)
        sidecar.expect_exit = -signal.SIGKILL
        sidecar.wait_exit()


class ChainTest(LoggedCase):
    def verified_heads(self, lines):
        """Checks every signature with another implementation, and returns how many there were."""
        heads = 0
        for line in lines:
            record = json.loads(line)
            if record["event"] != "HEAD":
                continue
            der = base64.b64decode(record["head"]["certificate_chain"])
            leaf = x509.load_der_x509_certificate(der)
            uris = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            self.assertEqual(uris.get_values_for_type(x509.UniformResourceIdentifier),
                             ["spiffe://" + record["reporter"]["principal"]])
            self.assertEqual(record["head"]["algorithm"], "ecdsa_secp256r1_sha256")
            signed = b"firebreak.flow.v1.HEAD\n" + line[:line.rindex(b',"signature":')]
            leaf.public_key().verify(base64.b64decode(record["signature"]), signed,
                                     ec.ECDSA(hashes.SHA256()))
            heads += 1
        return heads

    def test_every_line_hangs_on_the_one_before_and_heads_are_signed(self):
        b = self.logged_sidecar(heads={"records": 3})
        self.call(10)
        b.wait_closes(10)
        b.stop()
        self.assertGreaterEqual(self.verified_heads(b.lines()), 4)

    def test_a_run_goes_on_from_the_last_line_of_the_one_before_even_when_that_was_cut(self):
        b = self.logged_sidecar()
        self.call()
        b.wait_closes(1)
        self.kill_and_cut(b)
        before = b.lines()
        with open(b.path("flows.jsonl"), "rb") as log:
            tail = log.read().split(b"\n")[-1]
        b.start()
        wait_until(lambda: len(b.lines()) > len(before) + 1, "the first line of the next run")
        first = json.loads(b.lines()[len(before) + 1])
        self.assertEqual((first["event"], first["sequence"]), ("HEAD", 1))
        self.assertEqual(first["previous_hash"], hashlib.sha256(tail).hexdigest())
        self.kill(b)
        os.remove(b.path("flows.jsonl"))  # two runs are not what the check at the end is for

    def kill_and_cut(self, sidecar):
        self.kill(sidecar)
        with open(sidecar.path("flows.jsonl"), "ab") as log:
            log.write(b'{"time":"2026-')

    def test_a_new_svid_signs_from_then_on(self):
        b = self.logged_sidecar(heads={"records": 1})
        first = self.pki.issue("ns/shop/sa/orders")
        b.write_identity(first)
        b.wait_log("identity in force")
        self.call()
        b.wait_closes(1)
        b.stop()
        self.verified_heads(b.lines())
        chains = {json.loads(line)["head"]["certificate_chain"] for line in b.lines()
                  if json.loads(line)["event"] == "HEAD"}
        self.assertEqual(len(chains), 2)


class RotationTest(LoggedCase):
    def test_rotated_files_hold_one_chain(self):
        b = self.logged_sidecar(file={"path": "flows.jsonl", "rotate_bytes": 65536, "keep": 20,
                                      "sync": "SECOND"})
        self.call(150)
        wait_until(lambda: b.ended() == 150, "all to end")
        b.signal(signal.SIGTERM)
        b.wait_exit()
        whole = b""
        for number in range(20, 0, -1):
            if os.path.exists(b.path(f"flows.jsonl.{number}")):
                with open(b.path(f"flows.jsonl.{number}"), "rb") as part:
                    data = part.read()
                self.assertLessEqual(len(data), 65536)
                whole += data
        self.assertTrue(whole, "nothing was rotated")
        with open(b.path("flows.jsonl"), "rb") as part:
            whole += part.read()
        with open(b.path("flows.jsonl"), "wb") as out:
            out.write(whole)
        b.check_records()
        self.assertEqual(len(b.records()), 150)


class OtlpTest(LoggedCase):
    def setUp(self):
        super().setUp()
        self.receiver = self.closing(OtlpReceiver())
        self.otlp = {"endpoint": self.receiver.url, "spool": {"path": "spool"}}

    def test_a_receiver_is_given_every_line_once(self):
        b = self.logged_sidecar(otlp=self.otlp)
        self.call(20)
        b.wait_closes(20)
        b.stop()
        self.assertEqual(self.receiver.lines(), b.lines())
        close = next(r for r in self.receiver.records if r["event"] == "firebreak.flow.close")
        self.assertEqual(close["attributes"]["firebreak.verdict"], b"DROPPED")
        self.assertEqual(close["attributes"]["destination.port"], b.records()[0]["destination"]["port"])
        self.assertEqual(os.listdir(b.path("spool")), ["lock"])

    def test_what_a_receiver_missed_comes_in_order_when_it_is_back(self):
        self.receiver.answer = lambda records: 503
        b = self.logged_sidecar(otlp=self.otlp)
        self.call(5)
        b.wait_closes(5)
        wait_until(lambda: self.receiver.posts >= 2, "it to be tried again")
        self.assertGreater(b.metric("firebreak_flow_sink_spool_bytes", 'sink="otlp"'), 0)
        self.receiver.answer = lambda records: 200
        wait_until(lambda: len(self.receiver.records) >= 6, "what was missed", timeout=60)
        b.stop()
        self.assertEqual(self.receiver.lines(), b.lines())

    def test_a_batch_that_is_refused_is_set_aside_and_told_of(self):
        self.receiver.answer = lambda records: 400
        b = self.logged_sidecar(otlp=self.otlp, heads={"milliseconds": 100})
        self.call(5)
        b.wait_closes(5)
        lost = 'firebreak_flow_sink_lost_lines_total'
        wait_until(lambda: b.metric(lost, 'sink="otlp"', 'cause="REFUSED"') >= 6, "it to be counted")
        self.receiver.answer = lambda records: 200
        b.expect_lost = True
        self.call()
        b.wait_closes(6)
        b.stop()
        with open(b.path("spool", "refused.jsonl"), "rb") as aside:
            refused = aside.read().split(b"\n")[:-1]
        told = [json.loads(line)["lost"] for line in b.lines() if json.loads(line)["event"] == "LOST"]
        self.assertEqual({loss["sink"] for loss in told}, {"otlp"})
        self.assertLessEqual(sum(loss["count"] for loss in told), len(refused))
        self.assertEqual(sorted(refused + self.receiver.lines()), sorted(b.lines()))

    def test_nothing_waits_for_a_receiver_that_hangs_up(self):
        asked, hang_up = threading.Event(), threading.Event()

        def answer(_):
            asked.set()
            hang_up.wait(60)

        self.receiver.answer = answer
        b = self.logged_sidecar(otlp=self.otlp)
        self.addCleanup(hang_up.set)
        self.call()
        self.assertTrue(asked.wait(10), "the receiver was not asked")
        self.call(19)
        b.wait_closes(20)
        self.assertFalse(hang_up.is_set(), "the calls were over while the receiver still kept silent")
        self.assertEqual((self.receiver.posts, self.receiver.lines()), (1, []))
        self.assertGreater(b.metric("firebreak_flow_sink_spool_bytes", 'sink="otlp"'), 0)
        hang_up.set()
        wait_until(lambda: self.receiver.posts >= 2, "it to be tried again")
        self.receiver.answer = lambda records: 200
        wait_until(lambda: len(self.receiver.records) >= 20, "what was kept", timeout=60)
        b.stop()
        self.assertEqual(self.receiver.lines(), b.lines())


class SyslogTest(LoggedCase):
    def test_each_line_is_a_datagram(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(free_address())
            receiver.settimeout(10)
            b = self.logged_sidecar(syslog={"address": "udp://" + text_of(receiver.getsockname())})
            self.call()
            b.wait_closes(1)
            b.stop()
            got = [receiver.recv(65536) for _ in b.lines()]
        for line, message in zip(b.lines(), got):
            head, _, rest = message.partition(b" - {")
            self.assertEqual(b"{" + rest, line)
            priority = b"<132>1 " if b'"verdict":"DROPPED"' in line else b"<134>1 "
            self.assertTrue(head.startswith(priority + json.loads(line)["time"].encode() + b" b-0 "), head)


class FaultTest(LoggedCase):
    ROUNDS = int(os.environ.get("FIREBREAK_FAULT_ROUNDS", "8"))

    def test_every_line_arrives_or_is_told_of_whoever_is_killed(self):
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        address = free_address()
        receiver = OtlpReceiver(address)
        receivers = [receiver]
        b = self.logged_sidecar(otlp={"endpoint": receiver.url, "spool": {"path": "spool"}})
        for _ in range(self.ROUNDS):
            before = len(b.records())
            calls = dice.randrange(1, 20)
            self.call(calls)
            b.wait_records(before + calls)
            what = dice.choice(["sidecar", "receiver", "refuse", "nothing"])
            if what == "sidecar":
                self.kill(b)
                b.start()
            elif what == "receiver":
                receiver.close()
                receiver = OtlpReceiver(address)
                receivers.append(receiver)
            elif what == "refuse":
                receiver.answer = lambda records: dice.choice([503, None])
            else:
                receiver.answer = lambda records: 200
        receiver.answer = lambda records: 200
        closes = {key for key, line in zip(keys_of(b.lines()), b.lines()) if b'"event":"CLOSE"' in line}
        # A kill may come between the file and the spool: those lines, of the last moment before it, may be
        # missing at the receiver. Everything else must be there.
        wait_until(lambda: b.metric("firebreak_flow_sink_spool_bytes", 'sink="otlp"') == 0,
                   f"the spool to be empty, seed {seed}", timeout=90)
        self.kill(b)
        receiver.close()
        arrived = {key for each in receivers for key in keys_of(each.lines())}
        missing = closes - arrived
        self.assertLessEqual({run for run, _ in missing}, self.killed_runs(b), f"seed {seed}")
        for run in {run for run, _ in missing}:
            last = max(sequence for r, sequence in arrived | closes if r == run)
            gap = [sequence for r, sequence in missing if r == run]
            self.assertEqual(sorted(gap)[-1], last, f"a hole in the middle of run {run}, seed {seed}")
        os.remove(b.path("flows.jsonl"))  # several runs are not what the check at the end is for

    def killed_runs(self, sidecar):
        ended = {json.loads(line)["run_id"] for line in sidecar.lines()
                 if json.loads(line).get("head", {}).get("last")}
        return {run for run, _ in keys_of(sidecar.lines())} - ended


if __name__ == "__main__":
    main()
