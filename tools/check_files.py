#!/usr/bin/python3
"""Rules for files that no compiler checks: length, banned calls, headers that say what they are, scripts that
parse and use what they import, live links.

Usage: check_files.py [--root FOLDER]. Exits 0 when clean, 1 with one line a violation.
A line may carry "lint: allow RULE (reason)" in a comment; the reason is required.
"""
import argparse
import ast
import re
import subprocess
import sys
from pathlib import Path

from source_tree import ROOT, tracked_files

SOURCE_LINES = 500
TEST_LINES = 800  # a table of cases is long and still reads well
LINE_COLUMNS = 120  # Python and shell; C++ is clang-format's business


class Ban:
    """A pattern that may not appear, why, and where it may after all."""

    def __init__(self, rule, pattern, why, kinds=(".cc", ".h"), except_in=(), in_tests=True):
        self.rule, self.pattern, self.why = rule, re.compile(pattern), why
        self.kinds, self.except_in, self.in_tests = kinds, except_in, in_tests

    def applies_to(self, path):
        if path.endswith("_test.cc") and not self.in_tests:
            return False
        return path.endswith(self.kinds) and not path.startswith(self.except_in or "\0")


# Everything that is not the product: it may wait, run programs and read the clock.
WORKBENCH = ("tests/", "bench/", "tools/", "demo/")
BANS = [
    Ban("sleep", r"\b(sleep_for|sleep_until|usleep|nanosleep|absl::SleepFor|sleep)\s*\(",
        "a thread of ours never sleeps: set a proxy/event Timer; in tests wait for the event itself",
        except_in=("tests/", "bench/")),
    Ban("sleep", r"\btime\.sleep\s*\(",
        "wait_until what comes to pass; a pause that is the attack is a deliberate_pause",
        kinds=(".py",), except_in=("tests/support/sidecar.py", "bench/", "demo/", "tools/")),
    Ban("sleep", r"\bpoll\s*\(\s*nullptr\b",
        "it waits for nothing: wait on what will come, such as a condition variable or a descriptor"),
    Ban("clock", r"\b(absl::Now|(steady|system|high_resolution)_clock::now|clock_gettime|gettimeofday)\s*\("
        r"|(?<![\w.>:])time\((nullptr|NULL|0|&)",
        "take a base/clock.h Clock, so that tests own the time",
        except_in=("base/clock", "bench/", "tests/")),
    Ban("regex", r"std::w?regex\b|#\s*include\s*<regex>", "slow and recursive on hostile input: use RE2"),
    Ban("c-string", r"\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|alloca)\s*\(",
        "no bound: use absl::StrCat, absl::SNPrintF or absl::string_view"),
    Ban("number", r"\b(ato(i|l|ll|f)|strto(l|ul|ll|ull|d)|std::sto(i|l|ll|ul|ull|d|f))\s*\(",
        "accepts rubbish or throws: use absl::SimpleAtoi or std::from_chars"),
    Ban("shell", r"(?<![\w:.>])(system|popen)\s*\(",
        "a shell parses what a peer may have written: use posix_spawn", except_in=WORKBENCH, in_tests=False),
    Ban("random", r"(?<![\w:.>])s?rand\s*\(|std::rand\b",
        "predictable: use RAND_bytes or a seeded engine"),
    Ban("string-view", r"std::string_view\b",
        "Debian's absl has its own: use absl::string_view everywhere"),
    Ban("printf", r"(?<![\w:.>])(std::)?(printf|puts)\s*\(|std::cout\b",
        "libraries do not print: return it, or use FB_LOG", except_in=WORKBENCH + ("cli/", "proxy/main/")),
    Ban("throw", r"(?<![\w\"])throw\b(?!\s*\w*[\".])(?!\s+CLI::)(?=[\s;])(?=.*;)",
        "no exceptions of ours: return absl::Status (CLI11's own are how its validators answer)"),
    Ban("dynamic-code", r"\b(dlopen|dlsym)\s*\(", "nothing is loaded at run time"),
    Ban("left-over", r"\b(TODO|FIXME|XXX|HACK)\b", "do it, or open an issue and leave the code complete",
        kinds=(".cc", ".h", ".py", ".sh", ".cmake", ".txt", ".proto", "dev", "run")),
    Ban("namespace", r"^\s*using\s+namespace\b", "name what is used"),
    Ban("shadow-python", r"^#!.*env python", "python3-cryptography is there for /usr/bin/python3 only",
        kinds=(".py",)),
]
ALLOW = re.compile(r"lint: allow ([\w-]+) \(.+\)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
THIS_CHECK = ("tools/check_files.py", "tools/check_files_test.py")


def without_comment(line):
    """The code of a line of C++; a comment may talk about what code may not do."""
    return re.sub(r"//.*", "", line)


def check_bans(path, lines):
    for ban in BANS:
        if not ban.applies_to(path):
            continue
        for number, line in enumerate(lines, 1):
            code = without_comment(line) if path.endswith((".cc", ".h")) and ban.rule != "left-over" else line
            match = ban.pattern.search(code)
            allowed = ALLOW.search(line)
            if match and not (allowed and allowed.group(1) == ban.rule):
                yield number, f"[{ban.rule}] {match.group(0).strip()!r} is banned: {ban.why}"


def check_length(path, lines):
    if path.endswith((".cc", ".h", ".py", ".sh", ".proto")) or path == "dev":
        limit = TEST_LINES if "_test." in path or path.startswith("tests/") else SOURCE_LINES
        if len(lines) > limit:
            yield limit + 1, f"[length] {len(lines)} lines, the limit is {limit}: split it by idea"
    if path.endswith((".py", ".sh")) or path == "dev":
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS:
                yield number, f"[width] {len(line)} columns, the limit is {LINE_COLUMNS}"


def check_purpose(path, lines):
    if path.endswith(".h") and not (lines and re.match(r"// \S", lines[0])):
        yield 1, "[purpose] the first line of a header is a comment that says what the file is"


def is_shell(path, lines):
    return path.endswith(".sh") or bool(lines and re.match(r"#!.*\b(ba)?sh\b", lines[0]))


def check_script(root, path, lines):
    if is_shell(path, lines):
        run = subprocess.run(["bash", "-n", path], cwd=root, capture_output=True, text=True, check=False)
        if run.returncode:
            yield 1, f"[shell-syntax] {run.stderr.strip()}"
    elif path.endswith(".py"):
        text = "\n".join(lines) + "\n"
        try:
            tree = ast.parse(text)
            compile(tree, path, "exec")
        except SyntaxError as error:
            yield error.lineno or 1, f"[python-syntax] {error.msg}"
            return
        for statement in tree.body:
            for name in statement.names if isinstance(statement, (ast.Import, ast.ImportFrom)) else []:
                used = (name.asname or name.name).split(".")[0]
                if len(re.findall(rf"\b{used}\b", text)) == 1:
                    yield statement.lineno, f"[unused-import] nothing here uses {used}"


def anchors(page):
    """What a link may name behind "#": the headings of a page, spelled as forges do."""
    headings = re.findall(r"^#+ +(.+?) *$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", LINK.sub(lambda link: link[0].split("]")[0], heading)).lower().replace(" ", "-")
            for heading in headings}


def check_links(root, path, lines):
    fenced = False
    for number, line in enumerate(lines, 1):
        fenced ^= line.lstrip().startswith("```")
        for target in [] if fenced else LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            place = (root / path).parent / name if name else root / path
            if not place.exists():
                yield number, f"[link] {target} does not exist"
            elif anchor and place.suffix == ".md" and anchor not in anchors(place):
                yield number, f"[link] {target} names no heading of {place.name}"


def check_file(root, path):
    """Yields (line, message) for one file of the tree."""
    try:
        text = (root / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # corpora and images
    if "_corpus/" in path:
        return
    lines = text.splitlines()
    if path not in THIS_CHECK:
        yield from check_bans(path, lines)
    yield from check_length(path, lines)
    yield from check_purpose(path, lines)
    yield from check_script(root, path, lines)
    if path.endswith(".md"):
        yield from check_links(root, path, lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT)
    root = parser.parse_args().root
    bad = 0
    files = tracked_files(root)
    for path in files:
        for line, message in check_file(root, path):
            print(f"{path}:{line}: {message}")
            bad += 1
    print(f"files: {len(files)} files, {bad} violations", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
