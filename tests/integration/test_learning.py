#!/usr/bin/python3
"""What requests are like and which protocols are spoken is learned, frozen for a review and enforced, and outlives the
sidecar that learned it."""
import http.client
import json
import os
import re
import signal
import stat
import subprocess

from http_backends import HttpServer
from integration import IntegrationTest, ending, free_address, main, read_exactly, wait_until
from sidecar import allow_all, binary, inbound

LEAST = 300
ODD = "six d'or"


class LearningTest(IntegrationTest):
    """mTLS client -> sidecars of `orders`, one after another over the same state -> server."""

    def setUp(self):
        super().setUp()
        self.backend = self.closing(HttpServer(free_address()))
        self.keep_in = os.path.join(self.folder, "baselines")
        os.mkdir(self.keep_in, 0o700)
        self.state_file = os.path.join(self.keep_in, "in.yaml")
        self.b, self.client_http = None, None

    def restart(self, state, mode="BLOCK", start=True, **inspection):
        if self.b is not None and self.b.exit_code is None:
            self.leave()
            self.b.stop()
        self.door = free_address()
        learning = {"state": state, "folder": self.keep_in, "least_samples": LEAST, "least_hours": 0}
        self.b = self.sidecar(f"b{len(self.sidecars)}", self.server,
                              [inbound(self.door, self.backend.address, name="in", protocol="AUTO")], [allow_all()],
                              start=start, inspection={"mode": mode, "learning": learning, **inspection})

    def leave(self):
        if self.client_http is not None:
            self.client_http.close()
        self.client_http = None

    def charge(self, amount, path="/v1/charges"):
        """The status of the answer. After a refusal a new connection is made."""
        if self.client_http is None:
            self.client_http = http.client.HTTPConnection(*self.door)
            self.client_http.sock = self.tls(self.door, self.client)
        body = json.dumps({"amount": amount, "currency": "EUR"})
        self.client_http.request("POST", path, body, {"Content-Type": "application/json"})
        response = self.client_http.getresponse()
        response.read()
        if response.status != 200:
            self.leave()
        return response.status

    def learned(self):
        return self.b.metric("firebreak_baseline_requests", 'listener="in"')

    def learn(self, count):
        """Sends ordinary requests, never more than a queue holds at once, until they are all learned."""
        for sent in range(0, count, 50):
            before = self.learned()
            some = min(50, count - sent)
            for i in range(some):
                self.assertEqual(self.charge(str(100 + (sent + i) % 900)), 200)
            wait_until(lambda: self.learned() == before + some, "what was sent is learned")

    def last_finding(self, count=1):
        record = self.b.wait_records(count, event="REQUEST", reason="INSPECTION")[-1]
        return record, record["inspection"]["matches"][0]

    def test_it_enforces_by_itself_once_it_has_seen_enough_and_explains_what_it_blocks(self):
        self.restart("ENFORCE")
        self.learn(LEAST - 10)
        self.assertEqual(self.b.metric("firebreak_baseline_enforced"), 0)
        self.learn(10)
        wait_until(lambda: self.b.metric("firebreak_baseline_enforced") == 1, "the floor is reached")
        wait_until(lambda: self.charge(ODD) == 403, "what deviates is refused")
        record, match = self.last_finding()
        self.assertEqual((match["id"], match["category"], match["field"]),
                         ("FBI-BASE-001", "baseline", "json:$.amount"))
        self.assertRegex(match["excerpt"], r"`\$\.amount`: .*new class")
        self.assertEqual((record["verdict"], record["inspection"]["action"]), ("DROPPED", "BLOCK"))
        self.assertEqual(self.charge("177"), 200)

    def test_learn_freeze_review_enforce(self):
        self.restart("LEARN")
        self.learn(LEAST)
        self.assertEqual(self.charge(ODD), 200)  # nothing is judged while it is learned
        self.restart("FREEZE")
        self.assertEqual(self.charge(ODD), 200)
        record = self.b.wait_records(1, event="REQUEST")[-1]
        self.assertEqual((record["verdict"], record["inspection"]["score"]), ("FORWARDED", 0))
        self.assertEqual(record["inspection"]["matches"][0]["id"], "FBI-BASE-002")
        shown = subprocess.run([binary("firebreak"), "inspect", "baseline", "show", self.state_file],
                               capture_output=True, text=True, check=True).stdout
        self.assertIn("/v1/charges", shown)
        self.restart("ENFORCE")  # from its first request on
        self.assertEqual(self.charge(ODD), 403)
        self.assertEqual(self.charge("177"), 200)

    def test_what_was_learned_outlives_the_sidecar_and_is_for_its_owner_alone(self):
        self.restart("LEARN")
        self.learn(200)
        self.leave()
        self.b.stop()
        self.assertEqual(stat.S_IMODE(os.stat(self.state_file).st_mode), 0o600)
        self.restart("ENFORCE")
        self.assertEqual(self.learned(), 200)
        self.learn(100)
        wait_until(lambda: self.b.metric("firebreak_baseline_enforced") == 1, "the floor is reached")

    def test_what_is_enforced_survives_a_kill(self):
        self.restart("ENFORCE")
        self.learn(LEAST)
        wait_until(lambda: self.b.metric("firebreak_baseline_enforced") == 1, "the floor is reached")
        wait_until(self.is_written_as_enforced, "that is on disk")
        self.leave()
        self.b.signal(signal.SIGKILL)
        self.assertEqual(self.b.wait_exit(), -signal.SIGKILL)
        self.restart("ENFORCE")
        self.assertEqual(self.charge(ODD), 403)

    def is_written_as_enforced(self):
        if not os.path.exists(self.state_file):
            return False
        with open(self.state_file, encoding="utf-8") as file:
            return file.readline() == "state: ENFORCE\n"

    def test_attacks_and_errors_are_not_learned(self):
        self.restart("LEARN", mode="DETECT")
        self.assertEqual(self.charge("1' UNION SELECT name, password FROM users-- "), 200)
        self.assertNotEqual(self.charge("100", "/status/404"), 200)
        self.assertEqual(self.charge("100"), 200)
        wait_until(lambda: self.learned() == 1, "the other one is learned")
        self.leave()
        self.b.stop()
        with open(self.state_file, encoding="utf-8") as file:
            self.assertEqual(re.search(r"^samples: (\d+)", file.read(), re.M)[1], "1")

    def test_an_exclusion_lets_a_field_deviate(self):
        self.restart("LEARN")
        self.learn(LEAST)
        self.restart("ENFORCE", exclusions=[{"rule": "FBI-BASE-", "field": "json:$.amount"}])
        self.assertEqual(self.charge(ODD), 200)
        self.assertEqual(self.charge("100", "/v1/charges.bak"), 403)

    def refused(self, text):
        with open(self.state_file, "w", encoding="utf-8") as file:
            file.write(text)
        self.restart("ENFORCE", start=False)
        for options in ((), ("--validate",)):
            code, _, said = self.b.run(*options)
            self.assertEqual(code, 2, said)
        with open(self.state_file, encoding="utf-8") as file:
            self.assertEqual(file.read(), text)  # it is left for whoever looks into it
        return said

    def test_a_state_file_that_is_not_whole_is_refused_with_its_place(self):
        self.assertIn("in.yaml:2:", self.refused("state: LEARN\nsamples: many\n"))
        self.assertIn("in.yaml", self.refused("state: ENFORCE\n"))

    def test_a_folder_that_is_not_there_is_told_at_the_start(self):
        os.rmdir(self.keep_in)
        self.restart("LEARN", start=False)
        code, _, said = self.b.run()
        self.assertEqual(code, 2)
        self.assertIn("there is no such folder", said)


QUESTION, ANSWER = b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n"
BANNER = b"SSH-2.0-OpenSSH_9.2p1\r\n"
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class LearnedProtocolTest(IntegrationTest):
    """mTLS client -> sidecars of `cache`, one after another over the same state -> a server that speaks Redis."""

    def setUp(self):
        super().setUp()
        self.reached = []
        self.backend = self.script_server(self.answer)
        self.keep_in = os.path.join(self.folder, "baselines")
        os.mkdir(self.keep_in, 0o700)

    def answer(self, connection):
        while got := connection.recv(4096):
            self.reached.append(got)
            connection.sendall(ANSWER if got == QUESTION else b"-ERR unknown command\r\n")

    def restart(self, state, action="RESET", **streams):
        for sidecar in self.sidecars:
            if sidecar.exit_code is None:
                sidecar.stop()
        self.door = free_address()
        learning = {"state": state, "folder": self.keep_in, "least_samples": LEAST, "least_hours": 0}
        self.b = self.sidecar(f"b{len(self.sidecars)}", self.server,
                              [inbound(self.door, self.backend.address, name="in", protocol="TCP")], [allow_all()],
                              inspection={"streams": {"action": action, **streams}, "learning": learning})

    def ask(self):
        with self.tls(self.door, self.client) as client:
            client.sendall(QUESTION)
            self.assertEqual(read_exactly(client, len(ANSWER)), ANSWER)

    def learned(self):
        return self.b.metric("firebreak_baseline_connections", 'listener="in"')

    def learn(self, count):
        """Makes ordinary connections, never more than a queue holds at once, until they are all learned."""
        for done in range(0, count, 50):
            before, some = self.learned(), min(50, count - done)
            for _ in range(some):
                self.ask()
            wait_until(lambda: self.learned() == before + some, "what was spoken is learned")

    def refused(self, first):
        """How a connection that begins so ends, and what its record says."""
        client = self.tls(self.door, self.client)
        client.sendall(first)
        how = ending(client)
        record, = self.b.wait_records(1, reason="INSPECTION")
        return how, record

    def test_another_protocol_than_was_learned_is_refused_and_explained(self):
        self.restart("ENFORCE")
        self.learn(LEAST)
        wait_until(lambda: self.b.metric("firebreak_baseline_enforced") == 1, "the floor is reached")
        how, record = self.refused(REQUEST)  # whose protocol is no risk in itself
        self.assertEqual(how, "reset")
        self.assertEqual((record["verdict"], record["reason"], record["inspection"]["action"]),
                         ("DROPPED", "INSPECTION", "BLOCK"))
        match, = record["inspection"]["matches"]
        self.assertEqual((match["id"], match["category"], match["field"]), ("FBI-BASE-001", "baseline", "stream"))
        self.assertEqual(match["excerpt"], f"`redis` on this edge in {LEAST} of {LEAST} connections, now `http1`")
        self.assertNotIn(REQUEST, self.reached)
        self.ask()

    def test_what_was_learned_outlives_the_sidecar_and_is_reviewed_before_it_is_enforced(self):
        self.restart("LEARN")
        self.learn(LEAST)
        self.restart("FREEZE", protocol="redis")
        self.ask()
        state_file = os.path.join(self.keep_in, "in.yaml")
        shown = subprocess.run([binary("firebreak"), "inspect", "baseline", "show", state_file],
                               capture_output=True, text=True, check=True).stdout
        self.assertRegex(shown, rf"0 requests and {LEAST} connections")
        self.assertRegex(shown, rf" {LEAST} +redis {LEAST}\n")
        self.restart("ENFORCE")  # from its first connection on
        self.ask()
        _, record = self.refused(BANNER)
        self.assertIn("FBI-BASE-001", [match["id"] for match in record["inspection"]["matches"]])

    def test_a_frozen_baseline_counts_for_nothing(self):
        self.restart("LEARN")
        self.learn(LEAST)
        self.restart("FREEZE")
        with self.tls(self.door, self.client) as client:
            client.sendall(REQUEST)
            self.assertEqual(read_exactly(client, 4), b"-ERR")
        record, = self.b.wait_closes(1)
        self.assertEqual((record["verdict"], record["inspection"]["score"]), ("FORWARDED", 0))
        match, = record["inspection"]["matches"]
        self.assertEqual(match["id"], "FBI-BASE-002")
        self.assertIn("now `http1`", match["excerpt"])


if __name__ == "__main__":
    main()
