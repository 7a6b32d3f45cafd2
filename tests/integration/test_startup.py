#!/usr/bin/python3
"""Starting: everything that is wrong is told, by name, before anything is served; exit code 2."""
import os
import socket
import subprocess

from integration import IntegrationTest, free_address, main, talk
from pki import Authority, hours
from sidecar import binary, inbound, policy, text_of


class StartupFilesTest(IntegrationTest):
    FILES = {"configuration": "proxy.yaml", "certificate": "svid.pem", "key": "key.pem",
             "bundle": "bundle.pem", "policy": os.path.join("policy", "0.yaml")}

    def prepared(self, name="b"):
        self.door = free_address()
        return self.sidecar(name, self.server, [inbound(self.door, free_address())],
                            [policy("none")], start=False)

    def assert_refused(self, sidecar, *words):
        for options in ([], ["--validate"]):
            code, out, err = sidecar.run(*options)
            self.assertEqual(code, 2, (options, out, err))
            self.assertEqual(out, "")
            for word in words:
                self.assertIn(word, err)
        for secret in sidecar.svid.secrets():
            self.assertNotIn(secret, err)

    def test_whole_set_is_valid(self):
        sidecar = self.prepared()
        code, out, err = sidecar.run("--validate")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("proxy.yaml", out)
        self.assertFalse(os.path.exists(sidecar.path("flows.jsonl")), "--validate wrote something")

    def test_missing_file_is_named(self):
        for number, (what, file) in enumerate(self.FILES.items()):
            with self.subTest(what):
                sidecar = self.prepared(f"b{number}")
                os.remove(sidecar.path(file))
                if what == "policy":  # in the folder its absence is no error: nothing is then allowed
                    sidecar.config["policy"]["paths"] = ["policy/0.yaml"]
                    sidecar.write_config()
                self.assert_refused(sidecar, sidecar.path(file))

    def test_empty_file_is_named(self):
        for number, (what, file) in enumerate(self.FILES.items()):
            if what == "policy":
                continue  # an empty policy file is no policy, which denies
            with self.subTest(what):
                sidecar = self.prepared(f"b{number}")
                os.truncate(sidecar.path(file), 0)
                self.assert_refused(sidecar, os.path.basename(file))

    def test_folder_in_place_of_a_file_is_named(self):
        for number, (what, file) in enumerate(self.FILES.items()):
            if what == "policy":
                continue  # folders are what policy paths may be
            with self.subTest(what):
                sidecar = self.prepared(f"b{number}")
                os.remove(sidecar.path(file))
                os.mkdir(sidecar.path(file))
                self.assert_refused(sidecar, os.path.basename(file))

    def test_file_without_permission_is_named(self):
        """As a user who may not read it, where we can be one."""
        for number, (what, file) in enumerate(self.FILES.items()):
            with self.subTest(what):
                sidecar = self.prepared(f"b{number}")
                if os.geteuid() == 0:
                    sidecar.prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
                    for folder, _, files in os.walk(self.folder):
                        os.chmod(folder, 0o755)
                        for each in files:
                            os.chmod(os.path.join(folder, each), 0o644)
                os.chmod(sidecar.path(file), 0)
                self.assert_refused(sidecar, os.path.basename(file))

    def test_missing_crl_is_named(self):
        sidecar = self.prepared()
        sidecar.config["identity"]["files"]["crl"] = "crl.pem"
        sidecar.write_config()
        self.assert_refused(sidecar, "crl.pem")

    def test_garbage_in_a_file_is_named(self):
        for number, (what, file) in enumerate(self.FILES.items()):
            with self.subTest(what):
                sidecar = self.prepared(f"b{number}")
                with open(sidecar.path(file), "wb") as out:
                    out.write(bytes(range(256)) * 8)
                self.assert_refused(sidecar, os.path.basename(file))

    def test_truncated_pem_is_named(self):
        for number, file in enumerate(("svid.pem", "key.pem", "bundle.pem")):
            with self.subTest(file):
                sidecar = self.prepared(f"b{number}")
                os.truncate(sidecar.path(file), os.path.getsize(sidecar.path(file)) // 2)
                self.assert_refused(sidecar, file)

    def test_key_of_another_certificate_is_named(self):
        sidecar = self.prepared()
        with open(sidecar.path("key.pem"), "wb") as key:
            key.write(self.client.key_pem)
        self.assert_refused(sidecar, "key.pem", "svid.pem", "not the one")

    def test_own_svid_that_is_no_good_is_named(self):
        bad = {"expired": self.pki.issue("ns/shop/sa/orders", not_after=hours(-1)),
               "of another trust domain": Authority("evil.example").issue("ns/shop/sa/orders"),
               "of another authority": Authority("shop.example").issue("ns/shop/sa/orders")}
        for number, (what, svid) in enumerate(bad.items()):
            with self.subTest(what):
                sidecar = self.prepared(f"b{number}")
                sidecar.write_identity(svid)
                self.assert_refused(sidecar, "svid.pem")

    def test_policy_error_has_file_line_and_column(self):
        sidecar = self.prepared()
        sidecar.write_policy("apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
                             "metadata: {name: x}\nspec:\n  ruels: []\n")
        self.assert_refused(sidecar, "0.yaml:5:3", "ruels", 'did you mean "rules"')

    def place_of(self, sidecar, value):
        """The position of a value that stands once in the configuration, as errors give it."""
        with open(sidecar.path("proxy.yaml"), encoding="utf-8") as config:
            [(line, column)] = [(number, text.index(f'"{value}"') + 1)
                                for number, text in enumerate(config, 1) if f'"{value}"' in text]
        return f"proxy.yaml:{line}:{column}: "

    def assert_placed(self, sidecar, value, *words):
        sidecar.write_config()
        before = sorted(os.listdir(sidecar.path(".")))
        self.assert_refused(sidecar, self.place_of(sidecar, value), *words)
        self.assertEqual(sorted(os.listdir(sidecar.path("."))), before, "something was written")

    def test_key_that_is_none_has_a_place(self):
        sidecar = self.prepared()
        good = subprocess.run([binary("firebreak"), "quarantine", "keygen", "--out", self.folder], check=True,
                              capture_output=True, text=True, timeout=20)
        key = good.stdout.split('keys: ["')[1].split('"]')[0]
        sidecar.config["quarantine"] = {"path": "list.yaml", "keys": [key, "none"]}
        self.assert_placed(sidecar, "none", "error[FB0202]: quarantine.keys[1]: ",
                           "help: the line that `firebreak quarantine keygen` has written")
        del sidecar.config["quarantine"]
        sidecar.config["inspection"] = {"packs": ["builtin"], "pack_keys": ["no key"]}
        self.assert_placed(sidecar, "no key", "error[FB0202]: inspection.pack_keys[0]: ",
                           "help: the line that `firebreak inspect pack keygen` has written")

    def test_path_that_leads_nowhere_has_a_place(self):
        sidecar = self.prepared()
        sidecar.config["policy"]["paths"].append("no/policy.yaml")
        sidecar.config["inspection"] = {"packs": ["no/pack.yaml"], "pack_keys": ["no key"]}
        self.assert_placed(sidecar, "no/policy.yaml", "error[FB0101]: ", "cannot read: ")
        self.assert_placed(sidecar, "no/pack.yaml", "error[FB0101]: ", "cannot read: ")

    def test_flow_log_that_cannot_be_written_has_a_place(self):
        sidecar = self.prepared()
        os.mkdir(sidecar.path("logs"))
        for path in ("no/such/folder/flows.jsonl", "logs"):
            with self.subTest(path):
                sidecar.config["flow_log"] = {"file": {"path": path}}
                self.assert_placed(sidecar, path, "error[FB0101]: flow_log.file.path: ", path)
        sidecar.config["flow_log"] = {"otlp": {"endpoint": "http://127.0.0.1:4318/v1/logs",
                                               "spool": {"path": "no/such/spool"}}}
        self.assert_placed(sidecar, "no/such/spool", "error[FB0101]: flow_log.otlp.spool.path: ",
                           "there is no folder ")

    def test_flow_log_to_standard_output_is_good_whatever_that_is(self):
        """Under systemd it is a socket, which nobody can open."""
        sidecar = self.prepared()
        sidecar.config["flow_log"]["file"]["path"] = "/dev/stdout"
        sidecar.write_config()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            done = subprocess.run(sidecar.command("--validate"), stdout=theirs, stderr=subprocess.PIPE, text=True,
                                  timeout=20, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_flow_log_without_the_right_to_write_has_a_place(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, who then gives it up")
        sidecar = self.prepared()
        sidecar.prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for folder, _, files in os.walk(self.folder):
            os.chmod(folder, 0o755)
            for each in files:
                os.chmod(os.path.join(folder, each), 0o644)
        self.assert_refused(sidecar, self.place_of(sidecar, "flows.jsonl"), "error[FB0101]: ",
                            "cannot be written: Permission denied")
        self.assertFalse(os.path.exists(sidecar.path("flows.jsonl")))

    def test_namespace_of_another_svid_is_a_warning(self):
        sidecar = self.prepared()
        sidecar.config["node"]["namespace"] = "billing"
        sidecar.write_config()
        code, out, err = sidecar.run("--validate")
        self.assertEqual(code, 0, err)
        self.assertIn("is valid", out)
        self.assertIn(self.place_of(sidecar, "billing") + "warning[FB0204]: the SVID is of namespace \"shop\"", err)

    def test_several_faults_are_told_at_once(self):
        sidecar = self.prepared()
        os.remove(sidecar.path("key.pem"))
        sidecar.write_policy("nonsense: true\n")
        sidecar.config["quarantine"] = {"path": "list.yaml", "keys": ["none"]}
        sidecar.config["inspection"] = {"packs": ["builtin"], "pack_keys": ["no key"]}
        sidecar.config["flow_log"]["file"]["path"] = "no/flows.jsonl"
        sidecar.write_config()
        self.assert_refused(sidecar, "key.pem", "0.yaml", "nonsense", "quarantine.keys[0]",
                            "inspection.pack_keys[0]", "no/flows.jsonl")


class StartupUsageTest(IntegrationTest):
    def prepared(self, **config):
        self.door = free_address()
        return self.sidecar("b", self.server, [inbound(self.door, free_address())], start=False, **config)

    def test_port_in_use_is_named(self):
        sidecar = self.prepared()
        for taken in (self.door, sidecar.health, sidecar.metrics_at):
            with self.subTest(taken), socket.create_server(taken):
                code, _, err = sidecar.run()
                self.assertEqual(code, 2, err)
                self.assertIn(text_of(taken), err)

    def test_address_that_is_not_ours_is_named(self):
        sidecar = self.prepared()
        sidecar.config["listeners"][0]["address"] = "192.0.2.1:15006"
        sidecar.write_config()
        code, _, err = sidecar.run()
        self.assertEqual(code, 2)
        self.assertIn("192.0.2.1:15006", err)

    def test_flow_log_that_cannot_be_written_is_named(self):
        sidecar = self.prepared()
        sidecar.config["flow_log"]["file"]["path"] = "no/such/folder/flows.jsonl"
        sidecar.write_config()
        code, _, err = sidecar.run()
        self.assertEqual(code, 2)
        self.assertIn("no/such/folder/flows.jsonl", err)

    def test_second_sidecar_of_the_same_user_on_one_port_is_refused(self):
        """SO_REUSEPORT alone would let it bind, and half of the connections would go to each."""
        first = self.sidecar("first", self.server, [inbound(free_address(), self.echo().address)])
        second = self.sidecar("second", self.server, first.config["listeners"], start=False)
        code, _, err = second.run(timeout=5)
        self.assertEqual(code, 2)
        self.assertIn(first.config["listeners"][0]["address"], err)

    def test_bad_usage_exits_2(self):
        sidecar = self.prepared()
        for options in (["--no-such-option"], ["--concurrency", "0"], ["--concurrency", "many"],
                        ["--log-level", "loud"]):
            with self.subTest(options):
                code, out, err = sidecar.run(*options)
                self.assertEqual((code, out), (2, ""))
                self.assertTrue(err)

    def test_version_and_help_exit_0(self):
        for option in ("--version", "--help"):
            code, out, _ = self.prepared_once().run(option)
            self.assertEqual(code, 0)
            self.assertTrue(out)

    def test_unknown_option_is_named_before_what_is_missing(self):
        done = subprocess.run([binary("firebreak-proxy"), "--bogus"], capture_output=True, text=True,
                              timeout=20, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--bogus: unknown option", done.stderr)

    def prepared_once(self):
        return self.sidecars[0] if self.sidecars else self.prepared()

    def test_limit_that_does_not_exist_is_named(self):
        sidecar = self.prepared(limits={"max_conections": 5})
        code, _, err = sidecar.run("--validate")
        self.assertEqual(code, 2)
        self.assertIn("max_conections", err)
        self.assertIn("max_connections", err)

    def test_without_policy_it_starts_and_denies(self):
        echo = self.echo()
        self.door = free_address()
        b = self.sidecar("b", self.server, [inbound(self.door, echo.address)])
        with self.assertRaises((AssertionError, OSError)):
            talk(self.tls(self.door))
        self.assertEqual(b.wait_closes(1)[0]["reason"], "NO_RULE")
        self.assertEqual(echo.accepted, 0)


if __name__ == "__main__":
    main()
