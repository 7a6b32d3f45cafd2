"""What the demo prints, and the tally that becomes its exit code."""
import os
import sys
import textwrap

WIDTH = 100


class Report:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.passed = 0
        self.failures = []
        self.color = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        marks = ("\u2713", "\u2717") if "utf" in (out.encoding or "").lower() else ("+", "x")
        self.ok_mark = self._paint("32", f"{marks[0]} ok  ")
        self.fail_mark = self._paint("31", f"{marks[1]} FAIL")

    def _paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.color else text

    def say(self, text=""):
        print(text, file=self.out, flush=True)

    def chapter(self, title):
        self.say()
        self.say(self._paint("1", title))

    def note(self, text):
        for line in textwrap.wrap(text, WIDTH - 7):
            self.say("       " + line)

    def check(self, ok, tried, expected, happened):
        """One step: what was tried, what should have happened, what did."""
        if ok:
            self.passed += 1
        else:
            self.failures.append(tried)
        self.say(f"{self.ok_mark if ok else self.fail_mark} {tried}")
        self.note(f"expected {expected}; got {happened}")

    def quote(self, text):
        """Output of another program, as it is."""
        for line in text.rstrip("\n").splitlines():
            self.say("    " + line)
