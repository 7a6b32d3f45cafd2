#!/usr/bin/python3
"""README, followed by a machine: its files, its commands and its curl, on a loopback address of the test's own.
And what it shows of the demo stands in docs/DEMO.md.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/support"))

from sidecar import free_address, seconds, wait_until  # noqa: E402

BINARIES = os.environ["FIREBREAK_BIN"]
README = (TREE / "README.md").read_text(encoding="utf-8")
FILES = {"payments/sidecar.yaml", "payments/policy/in.yaml", "orders/sidecar.yaml", "orders/policy/out.yaml"}


def blocks(language, text=README):
    """The fenced blocks of that language; "" are those of none."""
    found, fence = [], None
    for line in text.splitlines():
        if line.startswith("```"):
            fence = (line[3:], []) if fence is None else found.append(fence)
        elif fence is not None:
            fence[1].append(line)
    return ["\n".join(lines) + "\n" for name, lines in found if name == language]


class ReadmeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.ip = free_address()[0]  # nobody else's, so its ports are as README says
        self.environment = {**os.environ, "PATH": f"{BINARIES}:{os.environ['PATH']}"}
        self.running = []
        self.addCleanup(self.end)

    def end(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(timeout=seconds(40))

    def here(self, text):
        return text.replace("127.0.0.1", self.ip)

    def run_line(self, line):
        """One line of README as a shell would run it, up to its end; in the background where it says &."""
        command = self.here(line.split("    #")[0].rstrip())
        if re.search(r"&(\s+#.*)?$", line):
            program = shlex.split(command.split("  #")[0].rstrip(" &"))
            self.running.append(subprocess.Popen(program, cwd=self.folder.name, env=self.environment,
                                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            return ""
        done = subprocess.run(["bash", "-c", command], cwd=self.folder.name, env=self.environment, capture_output=True,
                              text=True, timeout=seconds(60), check=False)
        self.assertEqual(done.returncode, 0, f"$ {line}\n{done.stdout}{done.stderr}")
        return done.stdout

    def answers(self, port):
        return subprocess.run(["curl", "-s", "--noproxy", "*", f"http://{self.ip}:{port}/"], capture_output=True,
                              timeout=seconds(10), check=False).returncode == 0

    def test_what_it_says_works_as_it_says(self):
        names = set()
        for block in blocks("yaml"):
            name = re.match(r"# (\S+\.yaml)\n", block).group(1)
            names.add(name)
            path = Path(self.folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.here(block), encoding="utf-8")
        self.assertEqual(names, FILES)
        for block in blocks("sh"):
            for line in block.splitlines():
                self.run_line(line)
        self.assertEqual(len(self.running), 3, "the program and two sidecars")
        for port in (8080, 9001, 15021):
            wait_until(lambda at=port: self.answers(at), f"port {port}")
        shown = [line for block in blocks("console") for line in block.splitlines()]
        self.assertEqual([line for line in shown[::2] if not line.startswith("$ curl ")], [])
        decisions = []
        for command, expected in zip(shown[::2], shown[1::2]):
            said = self.run_line(command[2:].replace("curl ", "curl -s --noproxy '*' ", 1)).rstrip("\n")
            decisions += re.findall(r"[0-9a-f]{32}", said)
            self.assertEqual(re.sub(r"[0-9a-f]{32}", "ID", said), re.sub(r"[0-9a-f]{32}", "ID", expected), command)
        self.assertEqual(len(decisions), 2)
        observed = ["firebreak", "flows", "observe", "payments/flows.jsonl", "--all", "--verdict", "DROPPED"]
        reasons = wait_until(lambda: re.findall(r"DROPPED \((NO_RULE|INSPECTION)", self.run_line(shlex.join(observed))),
                             "its records")
        self.assertIn("NO_RULE", reasons)
        ask = ["firebreak", "policy", "explain", "payments/policy/", "--flows", "payments/flows.jsonl", "--decision",
               decisions[0]]
        explained = subprocess.run(ask, cwd=self.folder.name, env=self.environment, capture_output=True, text=True,
                                   timeout=seconds(60), check=False)
        self.assertIn("orders-may-read-charges", explained.stdout, explained.stderr)

    def test_its_part_of_the_demo_is_of_the_run_in_demo_md(self):
        run = (TREE / "docs/DEMO.md").read_text(encoding="utf-8").splitlines()
        shown = [block for block in blocks("") if block.startswith("Firebreak demo")]
        self.assertEqual(len(shown), 1)
        self.assertEqual([line for line in shown[0].splitlines() if line != "..." and line not in run], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
