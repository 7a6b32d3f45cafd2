#!/usr/bin/python3
"""What the firebreak command does where its input ends, never ends, or its output takes no more."""
import json
import os
import resource
import signal
import subprocess
import tempfile
import unittest

from integration import main
from sidecar import binary

PROGRAM = "firebreak"
LINE = json.dumps({"time": "2027-01-15T08:00:00Z", "event": "CLOSE", "direction": "INBOUND", "verdict": "FORWARDED",
                   "source": {"ip": "10.0.0.1"}, "destination": {"ip": "10.0.0.2"}, "protocol": "TCP"})
MEMORY = 512 << 20  # enough for all but a capture that is nearly as long as one may be


def run(*arguments, **options):
    return subprocess.run([binary(PROGRAM), *arguments], stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                          **options)


class CommandStreamsTest(unittest.TestCase):
    def test_an_output_that_is_full_is_no_success(self):
        for arguments in (["reference"], ["--help"], ["version"], ["flows", "views"], ["flows", "top", "-"],
                          ["flows", "observe", "-"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = run(*arguments, stdout=full, input=LINE + "\n")
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("standard output cannot be written", done.stderr, arguments)

    def test_nothing_more_is_read_for_an_output_that_is_full(self):
        endless = subprocess.Popen(["yes", LINE], stdout=subprocess.PIPE)  # pylint: disable=consider-using-with
        self.addCleanup(endless.wait)
        self.addCleanup(endless.kill)
        self.addCleanup(endless.stdout.close)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = run("flows", "observe", "--all", "-", stdin=endless.stdout, stdout=full)
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_a_reader_that_leaves_is_no_error(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "flows.jsonl")
            with open(path, "w", encoding="utf-8") as log:
                log.write((LINE + "\n") * 10_000)
            with subprocess.Popen([binary(PROGRAM), "flows", "observe", "--all", path], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as observe:
                observe.stdout.readline()
                observe.stdout.close()
                self.assertEqual(observe.wait(timeout=60), -signal.SIGPIPE)
                self.assertEqual(observe.stderr.read(), b"")

    def test_an_input_that_never_ends_is_refused_and_no_crash(self):
        for arguments, why in ((["stream", "/dev/zero"], "larger than 64 MiB"),
                               (["pcap", "/dev/zero"], "out of memory")):
            done = run("inspect", *arguments, stdout=subprocess.PIPE,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(why, done.stderr)

    def printed_on_a_terminal(self, **environment):
        """What `flows top` writes to a terminal."""
        screen, terminal = os.openpty()
        self.addCleanup(os.close, screen)
        plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
        done = run("flows", "top", "-", stdout=terminal, input=LINE + "\n", env={**plain, **environment})
        os.close(terminal)
        self.assertEqual(done.returncode, 0, done.stderr)
        return os.read(screen, 1 << 16)

    def test_colour_is_for_terminals_that_have_it_and_people_who_want_it(self):
        self.assertIn(b"\x1b[", self.printed_on_a_terminal(TERM="xterm"))
        self.assertIn(b"\x1b[", self.printed_on_a_terminal(NO_COLOR=""))
        for environment in ({"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}):
            self.assertNotIn(b"\x1b[", self.printed_on_a_terminal(**environment))

    def test_following_a_pipe_ends_with_it(self):
        done = run("flows", "observe", "-f", "-", stdout=subprocess.PIPE, input=LINE + "\n" + LINE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("FORWARDED"), 2, "the last line too, which has no line feed")


if __name__ == "__main__":
    main()
