#!/usr/bin/python3
"""Tests of check_files.py: each rule fires on what it is for, and not on its neighbours."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check_files


def rules_broken(files):
    """Returns the rules broken by a tree of {path: text}, as "path:line:rule" strings."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        for name in files:
            for line, message in check_files.check_file(root, name):
                found.append(f"{name}:{line}:{message.split(']')[0][1:]}")
    return found


class BannedCalls(unittest.TestCase):
    def assert_banned(self, rule, code, path="policy/a.cc"):
        self.assertEqual(rules_broken({path: code + "\n"}), [f"{path}:1:{rule}"])

    def assert_fine(self, code, path="policy/a.cc"):
        self.assertEqual(rules_broken({path: code + "\n"}), [])

    def test_sleeping(self):
        self.assert_banned("sleep", "std::this_thread::sleep_for(std::chrono::seconds(1));")
        self.assert_fine("std::this_thread::sleep_for(gap);", "tests/support/a.cc")
        self.assert_banned("sleep", "time.sleep(0.5)", "tests/integration/test_a.py")
        self.assert_fine("deliberate_pause(0.5, 'it reads slowly')", "tests/integration/test_a.py")

    def test_reading_the_clock_outside_base(self):
        self.assert_banned("clock", "const auto now = absl::Now();")
        self.assert_banned("clock", "auto t = std::chrono::steady_clock::now();")
        self.assert_banned("clock", "const time_t t = time(nullptr);")
        self.assert_fine("return absl::Now();", "base/clock.cc")
        self.assert_fine("auto now = clock.WallNow(); run_time(now); flow.time(0); x.time_since_epoch();")

    def test_unbounded_c_strings(self):
        self.assert_banned("c-string", "sprintf(buffer, \"%s\", name);")
        self.assert_banned("c-string", "strcpy(a, b);")
        self.assert_fine("snprintf(buffer, sizeof(buffer), \"%d\", n);")

    def test_shells(self):
        self.assert_banned("shell", "system(command.c_str());")
        self.assert_fine("popen(command, mode);", "cli/a_test.cc")
        self.assert_fine("file_system(path); a.system(); std::system_error e(code);")

    def test_regex_and_string_view(self):
        self.assert_banned("regex", "std::regex pattern(text);")
        self.assert_banned("string-view", "void F(std::string_view text);")
        self.assert_fine("void F(absl::string_view text);")

    def test_numbers_that_accept_rubbish(self):
        self.assert_banned("number", "int n = atoi(text);")
        self.assert_banned("number", "int n = std::stoi(text);")

    def test_left_overs_even_in_comments(self):
        self.assert_banned("left-over", "// TODO: later")
        self.assert_banned("left-over", "# FIXME", "tools/a.py")
        self.assert_fine("int todo = 1;")

    def test_printing_in_a_library(self):
        self.assert_banned("printf", "std::cout << text;")
        self.assert_banned("printf", "printf(\"%d\", n);")
        self.assert_fine("std::fprintf(stderr, \"x\");")
        self.assert_fine("std::printf(\"x\");", "cli/a.cc")

    def test_exceptions_of_ours(self):
        self.assert_banned("throw", "throw std::runtime_error(text);")
        self.assert_fine("throw CLI::ValidationError(text);", "cli/a.cc")
        self.assert_fine("} catch (const YAML::Exception& e) {  // they throw; we do not")

    def test_comments_may_name_what_is_banned(self):
        self.assert_fine("// Never absl::Now() here, and no sprintf(either).")

    def test_an_exemption_needs_its_rule_and_a_reason(self):
        self.assert_fine("int n = rand();  // lint: allow random (jitter only, no secret)")
        self.assert_banned("random", "int n = rand();  // lint: allow random")
        self.assert_banned("random", "int n = rand();  // lint: allow sleep (wrong rule)")


class Files(unittest.TestCase):
    def test_length(self):
        long = "int a;\n" * 501
        self.assertEqual(rules_broken({"base/a.cc": long}), ["base/a.cc:501:length"])
        self.assertEqual(rules_broken({"base/a_test.cc": long}), [])

    def test_scripts_must_parse(self):
        script = "#!/usr/bin/env bash\nif true; then\n"
        self.assertEqual(rules_broken({"dev": script}), ["dev:1:shell-syntax"])
        self.assertEqual(rules_broken({"a.py": "def f(:\n"}), ["a.py:1:python-syntax"])
        self.assertEqual(rules_broken({"a.py": "X = 1\n", "b.sh": "true\n"}), [])

    def test_imports_are_used(self):
        used = "import os.path\nfrom a import b as c\nprint(os.path, c)\n"
        self.assertEqual(rules_broken({"a.py": used, "b.py": "import os, sys\nos\n"}), ["b.py:1:unused-import"])

    def test_links(self):
        text = "[a](b.md) [c](missing.md) [d](https://x.example/) `[f](gone.md)`\n"
        self.assertEqual(rules_broken({"docs/a.md": text, "docs/b.md": ""}), ["docs/a.md:1:link"])

    def test_links_to_headings(self):
        pages = {"a.md": "[a](b.md#what-it-does) [b](#here)\n## Here\n", "b.md": "# [What](c.md) `it` does!\n",
                 "c.md": ""}
        self.assertEqual(rules_broken(pages), [])
        self.assertEqual(rules_broken({"a.md": "[a](b.md#gone)\n[b](#here)\n", "b.md": "# There\n"}),
                         ["a.md:1:link", "a.md:2:link"])

    def test_links_in_code_blocks_are_not_links(self):
        self.assertEqual(rules_broken({"a.md": "```\n[a](missing.md)\n```\n"}), [])

    def test_corpora_are_left_alone(self):
        self.assertEqual(rules_broken({"config/yaml_corpus/a.py": "def f(:\n"}), [])

    def test_headers_say_what_they_are(self):
        self.assertEqual(rules_broken({"policy/a.h": "#ifndef A_H_\n"}), ["policy/a.h:1:purpose"])
        self.assertEqual(rules_broken({"policy/a.h": ""}), ["policy/a.h:1:purpose"])
        self.assertEqual(rules_broken({"policy/a.h": "// What an A is.\n", "policy/a.cc": "int a;\n"}), [])


class CommandLine(unittest.TestCase):
    def test_exits_one_and_names_the_line(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "base").mkdir()
            (Path(folder) / "base" / "a.cc").write_text("\nstrcpy(a, b);\n")
            run = subprocess.run([sys.executable, check_files.__file__, "--root", folder],
                                 capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("base/a.cc:2: [c-string]", run.stdout)


if __name__ == "__main__":
    unittest.main()
