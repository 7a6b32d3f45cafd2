#!/usr/bin/python3
"""Tests of check_layers.py: seeded violations are caught, legal includes pass."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check_layers

TABLE_FILE = Path(__file__).parent / "layers.json"


def real_table():
    return check_layers.Table(json.loads(TABLE_FILE.read_text()))


def messages(path, text):
    return [m for _, m in check_layers.check_file(real_table(), path, text)]


class Legal(unittest.TestCase):
    def assert_clean(self, path, text):
        self.assertEqual(messages(path, text), [])

    def test_lower_layers_abseil_and_the_standard_library(self):
        self.assert_clean("policy/a.cc", '#include <string>\n#include "policy/a.h"\n'
                          '#include "absl/status/status.h"\n#include "base/ip.h"\n'
                          '#include "certs/spiffe_id.h"\n')

    def test_a_library_in_its_home(self):
        self.assert_clean("proxy/tls/a.cc", "#include <openssl/ssl.h>\n")
        self.assert_clean("certs/a.cc", "#include <openssl/x509.h>\n")
        self.assert_clean("proxy/event/loop.cc", "#include <event2/event.h>\n")

    def test_the_composition_root_names_filters(self):
        self.assert_clean("proxy/main/builtin_filters.cc", '#include "filters/authz/authz_filter.h"\n')

    def test_a_filter_includes_its_own_folder_and_engine(self):
        self.assert_clean("filters/authz/a.cc", '#include "filters/authz/a.h"\n#include "policy/permit.h"\n')

    def test_a_test_beside_the_code_uses_the_test_support(self):
        self.assert_clean("certs/svid_test.cc", '#include "tests/support/test_ca.h"\n')

    def test_commented_out_includes_do_not_count(self):
        self.assert_clean("base/a.cc", '// #include "policy/permit.h"\n')


class Page(unittest.TestCase):
    LAYERS = {"base": [], "http": ["base"], "proxy/main": ["*"]}
    PAGE = "| `base` | x | |\n| `http` | x | base |\n| `proxy/main` | x | everything |\n"

    def check(self, page):
        return [m for _, m in check_layers.check_page(self.LAYERS, set(self.LAYERS), page)]

    def test_a_page_that_says_what_the_table_says_is_clean(self):
        self.assertEqual(self.check(self.PAGE), [])

    def test_a_row_that_differs_and_a_row_that_is_missing_are_told(self):
        self.assertEqual(len(self.check(self.PAGE.replace("| x | base |", "| x | base, flows |"))), 1)
        self.assertEqual(self.check(self.PAGE.replace("| `http` | x | base |\n", "")), ["no row for http"])


class Violations(unittest.TestCase):
    def assert_caught(self, path, text, part):
        found = messages(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertIn(part, found[0])

    def test_base_knows_nobody_above_it(self):
        self.assert_caught("base/a.cc", '#include "policy/permit.h"\n', "base may not include policy")

    def test_a_filter_never_includes_the_proxy(self):
        self.assert_caught("filters/authz/a.cc", '#include "proxy/net/connection.h"\n',
                           "filters/authz may not include proxy/net")

    def test_filters_never_include_each_other(self):
        found = messages("filters/authz/a.cc", '#include "filters/flow_log/flow_log.h"\n')
        self.assertEqual(len(found), 2, found)

    def test_nobody_else_names_a_concrete_filter(self):
        found = messages("proxy/net/a.cc", '#include "filters/authz/authz_filter.h"\n')
        self.assertTrue(any("only the composition root" in m for m in found), found)

    def test_the_command_line_never_includes_the_proxy(self):
        self.assert_caught("cli/a.cc", '#include "proxy/main/server.h"\n', "cli may not include proxy/main")

    def test_a_c_library_away_from_its_home(self):
        self.assert_caught("policy/a.cc", "#include <openssl/x509.h>\n", "BoringSSL stays behind")
        self.assert_caught("proxy/net/a.cc", "#include <event2/event.h>\n", "use proxy/event")
        self.assert_caught("config/a.cc", "#include <spdlog/spdlog.h>\n", "use base/log.h")

    def test_libraries_that_pull_in_openssl_have_no_home(self):
        self.assert_caught("flows/a.cc", "#include <curl/curl.h>\n", "pulls in OpenSSL")

    def test_production_code_never_includes_test_support(self):
        self.assert_caught("certs/svid.cc", '#include "tests/support/test_ca.h"\n',
                           "certs may not include tests")

    def test_includes_are_written_from_the_root(self):
        self.assert_caught("base/a.cc", '#include "ip.h"\n', "from the root")
        self.assert_caught("base/a.cc", '#include "../base/ip.h"\n', "from the root")

    def test_a_folder_without_a_row(self):
        self.assert_caught("newthing/a.cc", "", "add a row")
        self.assert_caught("base/a.cc", '#include "newthing/a.h"\n', "add a row")

    def test_a_space_after_the_hash_hides_nothing(self):
        self.assert_caught("base/a.cc", '  #  include "policy/permit.h"\n', "base may not include policy")


class TheTable(unittest.TestCase):
    def with_layers(self, layers):
        data = json.loads(TABLE_FILE.read_text())
        data["layers"] = layers
        return data

    def test_a_cycle_is_refused(self):
        with self.assertRaisesRegex(check_layers.TableError, "cycle"):
            check_layers.Table(self.with_layers({"a": ["b"], "b": ["c"], "c": ["a"]}))

    def test_an_unknown_name_is_refused(self):
        with self.assertRaisesRegex(check_layers.TableError, "has no row"):
            check_layers.Table(self.with_layers({"a": ["nothing"]}))


class CommandLine(unittest.TestCase):
    def run_on(self, files):
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return subprocess.run([sys.executable, check_layers.__file__, "--root", root],
                                  capture_output=True, text=True, check=False)

    def test_exits_one_and_names_file_and_line(self):
        result = self.run_on({"base/a.cc": '\n#include "cli/x.h"\n', "base/b.cc": ""})
        self.assertEqual(result.returncode, 1)
        self.assertIn("base/a.cc:2: base may not include cli", result.stdout)

    def test_exits_zero_when_clean(self):
        self.assertEqual(self.run_on({"base/a.cc": "#include <string>\n"}).returncode, 0)


if __name__ == "__main__":
    unittest.main()
