#!/usr/bin/python3
"""Captured connections: nftables redirects, SO_ORIGINAL_DST says where to. In a network namespace of the
test process's own, which ends with it. Needs root; skipped, visibly, without."""
import ctypes
import os
import shutil
import subprocess
import unittest

from integration import IntegrationTest, ending, main, talk
from sidecar import allow_from, allow_to, inbound, outbound, policy, text_of

CLONE_NEWNET = 0x40000000
SIDECAR_ID = 1337  # whose traffic the rules leave alone, as capture rules do
APP_PORT, SECRET_PORT, OUT, IN = 8080, 8081, 15001, 15006
RULES = f"""
table inet firebreak_test {{
  chain output {{
    type nat hook output priority -100;
    meta skuid {SIDECAR_ID} return
    tcp dport {APP_PORT} redirect to :{OUT}
    tcp dport {SECRET_PORT} redirect to :{IN}
  }}
}}
"""


def enter_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise unittest.SkipTest(f"cannot make a network namespace: {os.strerror(ctypes.get_errno())}")
    for arguments in (["link", "set", "lo", "up"], *(
            ["addr", "add", f"10.99.0.{n}/32", "dev", "lo"] for n in range(1, 5)), *(
            ["-6", "addr", "add", f"fd99::{n}/128", "dev", "lo", "nodad"] for n in range(1, 5))):
        subprocess.run(["ip", *arguments], check=True)
    done = subprocess.run(["nft", "-f", "-"], input=RULES, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(f"no nat in this kernel: {done.stderr.strip()}")


class CaptureTest(IntegrationTest):
    LOOPBACK, NETWORK = "127.0.0.1", "10.99.0."

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("network namespaces need root")
        for program in ("ip", "nft", "setpriv"):
            if shutil.which(program) is None:
                raise unittest.SkipTest(f"needs {program}")
        super().setUpClass()
        enter_namespace()

    def at(self, number, port=APP_PORT):
        return f"{self.NETWORK}{number}", port

    def captured(self, name, svid, listeners, policies, **config):
        """A sidecar that runs as the user whose connections are not captured again."""
        made = self.sidecar(name, svid, listeners, policies, start=False, **config)
        made.prefix = ["setpriv", f"--reuid={SIDECAR_ID}", f"--regid={SIDECAR_ID}", "--clear-groups"]
        os.chmod(self.folder, 0o755)
        for folder, folders, files in os.walk(made.folder):
            for each in [folder, *(os.path.join(folder, f) for f in files)]:
                os.chown(each, SIDECAR_ID, SIDECAR_ID)
        return made.start()

    def capture_outbound(self, policies, **outbound_config):
        return self.captured("a", self.client, [outbound((self.LOOPBACK, OUT), None, None)], policies,
                             outbound=outbound_config)

    def test_known_destination_is_reached_over_mutual_tls(self):
        echo = self.echo()
        b = self.captured("b", self.server, [inbound(self.at(2), echo.address)],
                          [allow_from(self.client.principal)])
        a = self.capture_outbound([allow_to(self.server.principal)], destinations=[
            {"address": self.at(2)[0], "ports": [APP_PORT], "expect_identities": [self.server.principal]}])
        client = self.connect(self.at(2))
        talk(client, b"captured" * 1000)
        client.close()
        record, = a.wait_closes(1)
        self.assertEqual((record["destination"]["ip"], record["destination"]["port"]), self.at(2))
        self.assertEqual(record["destination"]["principal"], self.server.principal)
        self.assertEqual(b.wait_closes(1)[0]["source"]["principal"], self.client.principal)

    def test_unknown_destination_is_denied(self):
        echo = self.echo(self.at(3))
        a = self.capture_outbound([policy("all", direction="OUTBOUND", rules=[{}])], destinations=[
            {"address": self.at(2)[0], "expect_identities": [self.server.principal]}])
        self.assertEqual(self.ending_at(self.at(3)), "reset")
        record, = a.wait_closes(1)
        self.assertEqual((record["verdict"], record["reason"]), ("DROPPED", "UNKNOWN_DESTINATION"))
        self.assertEqual(echo.accepted, 0)

    def test_unknown_destination_passes_where_configured_and_allowed(self):
        block = self.at(3)[0] + ("/128" if ":" in self.NETWORK else "/32")
        self.echo(self.at(3))
        forbidden = self.echo(self.at(4))
        a = self.capture_outbound(
            [policy("some", direction="OUTBOUND", rules=[{"to": [{"destination": {"ipBlocks": [block]}}]}])],
            unknown_destinations="PASSTHROUGH")
        client = self.connect(self.at(3))
        talk(client)
        client.close()
        record, = a.wait_closes(1)
        self.assertEqual((record["verdict"], record["destination"]["ip"]), ("FORWARDED", self.at(3)[0]))
        self.assertNotIn("tls", record)
        self.assertEqual(self.ending_at(self.at(4)), "reset")
        self.assertEqual(a.wait_closes(2)[-1]["reason"], "NO_RULE")
        self.assertEqual(forbidden.accepted, 0)

    def test_destination_with_the_wrong_identity_is_refused(self):
        echo = self.echo()
        ledger = self.pki.issue("ns/shop/sa/ledger")
        self.captured("b", ledger, [inbound(self.at(2), echo.address)], [allow_from(self.client.principal)])
        a = self.capture_outbound([allow_to(self.server.principal)], destinations=[
            {"address": self.at(2)[0], "expect_identities": [self.server.principal]}])
        self.assertEqual(self.ending_at(self.at(2)), "reset")
        self.assertEqual(a.wait_closes(1)[0]["reason"], "IDENTITY_MISMATCH")
        self.assertEqual(echo.accepted, 0)

    def test_connection_that_nobody_redirected_leads_nowhere(self):
        a = self.capture_outbound([policy("all", direction="OUTBOUND", rules=[{}])],
                                  unknown_destinations="PASSTHROUGH")
        self.assertEqual(self.ending_at((self.LOOPBACK, OUT)), "reset")
        self.assertIn(a.wait_closes(1)[0]["reason"], ("UNKNOWN_DESTINATION", "LOOP"))

    def test_inbound_without_upstream_reaches_the_port_that_was_asked_for(self):
        echo = self.echo(self.at(1, SECRET_PORT))
        allowed = policy("port", rules=[{"from": [{"source": {"principals": [self.client.principal]}}],
                                         "to": [{"operation": {"ports": [str(SECRET_PORT)]}}]}])
        b = self.captured("b", self.server, [inbound((self.LOOPBACK, IN), None)], [allowed])
        with self.tls(self.at(1, SECRET_PORT)) as client:
            talk(client)
        record, = b.wait_closes(1)
        self.assertEqual((record["verdict"], record["destination"]["port"]), ("FORWARDED", SECRET_PORT))
        self.assertEqual(record["destination"]["ip"], self.at(1)[0])
        self.assertEqual(echo.accepted, 1)
        self.assertIn(text_of((self.LOOPBACK, IN)), b.config["listeners"][0]["address"])

    def test_inbound_capture_denies_a_port_that_no_rule_names(self):
        echo = self.echo(self.at(1, SECRET_PORT))
        other = policy("port", rules=[{"to": [{"operation": {"ports": ["9999"]}}]}])
        b = self.captured("b", self.server, [inbound((self.LOOPBACK, IN), None)], [other])
        self.assertEqual(ending(self.tls(self.at(1, SECRET_PORT))), "reset")
        self.assertEqual(b.wait_closes(1)[0]["reason"], "NO_RULE")
        self.assertEqual(echo.accepted, 0)


class CaptureIPv6Test(CaptureTest):
    LOOPBACK, NETWORK = "::1", "fd99::"


if __name__ == "__main__":
    main()
