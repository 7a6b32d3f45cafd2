"""The frame of tests of quarantine: a key, a list, and who edits it."""
import os
import subprocess
import time

from integration import IntegrationTest, seconds, wait_until
from sidecar import allow_from, binary


class QuarantineFixture(IntegrationTest):
    """`web`, `ledger` and their victim-to-be; a key, and a list that every sidecar reads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.pki.issue("ns/shop/sa/ledger")

    def setUp(self):
        super().setUp()
        self.firebreak("keygen", "--out", self.folder)
        self.list = os.path.join(self.folder, "quarantine.yaml")
        with open(os.path.join(self.folder, "quarantine-key.pub"), encoding="ascii") as key:
            self.quarantine = {"path": self.list, "keys": [key.read().strip()]}

    def firebreak(self, *words, code=0):
        done = subprocess.run([binary("firebreak"), "quarantine", *words], capture_output=True, text=True,
                              check=False, timeout=seconds(20))
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def edit(self, action, svid, *words, code=0):
        """Returns when it was begun."""
        begun = time.time()
        reason = ["--reason", "SHOP-7"] if action == "add" else []
        self.firebreak(action, svid.principal, *reason, *words, "--list", self.list,
                       "--key", os.path.join(self.folder, "quarantine-key.pem"), code=code)
        return begun

    def held_sidecar(self, upstream, **config):
        return self.inbound_sidecar(upstream, [allow_from(self.client.principal, self.ledger.principal)],
                                    quarantine=self.quarantine, **config)

    def wait_serial(self, sidecar, more_than=0):
        wait_until(lambda: sidecar.metric("firebreak_quarantine_serial") > more_than, "the list in force")
        return sidecar.metric("firebreak_quarantine_serial")
