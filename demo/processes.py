"""Programs that the demo starts, and later ends: those and no others, by pid."""
import os
import signal
import subprocess
import time
from pathlib import Path

GRACE_SECONDS = 3


def started_at(pid):
    """When a process began, in clock ticks since boot; None when there is none. Tells a pid used again."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


class Processes:
    """Their pid files outlive this program, so that `down` also works after a crash."""

    def __init__(self, folder):
        self.folder = folder
        self.children = {}

    def start(self, name, argv, log):
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(log, "ab") as output:
            # A session of its own: Ctrl-C is for us, and we end them in order.
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                     start_new_session=True)
        (self.folder / name).write_text(f"{child.pid} {started_at(child.pid)}\n", encoding="utf-8")
        self.children[name] = child

    def died(self):
        """Names of programs that have ended although nobody asked them to."""
        return [name for name, child in self.children.items() if child.poll() is not None]

    def stop(self):
        """Ends them all; returns the names of those that had to be killed."""
        living = {}
        for file in sorted(self.folder.glob("*")) if self.folder.is_dir() else []:
            pid, _, began = file.read_text(encoding="utf-8").strip().partition(" ")
            if pid.isdigit() and began and started_at(int(pid)) == began:
                living[file] = (int(pid), began)
            else:
                file.unlink()
        for pid, _ in living.values():
            _signal(pid, signal.SIGTERM)
        stubborn = self._wait(living, GRACE_SECONDS)
        for pid, _ in stubborn.values():
            _signal(pid, signal.SIGKILL)
        self._wait(stubborn, GRACE_SECONDS)
        return [file.name for file in stubborn]

    def _wait(self, living, seconds):
        deadline = time.monotonic() + seconds
        living = dict(living)
        while living and time.monotonic() < deadline:
            for child in self.children.values():
                child.poll()
            for file, (pid, began) in list(living.items()):
                if started_at(pid) != began:
                    file.unlink(missing_ok=True)
                    del living[file]
            time.sleep(0.02)
        return living


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
