#!/usr/bin/python3
"""Virtual patches: signed packs of rules that block, are exchanged while requests pass, and are refused unsigned."""
import http.client
import os
import subprocess

from http_backends import HttpServer
from integration import IntegrationTest, free_address, main, wait_until
from sidecar import allow_all, binary, inbound, write_whole

PACK = """\
pack: shop-patches
version: {version}
rules:
- id: SHOP-7
  cve: [CVE-2026-1234, CVE-2026-1235]
  severity: {severity}
  why: The import opens what it is told to.
  paths: ["/import*"]
  conditions:
  - {{places: [query], fields: [file], starts_with: ["{word}"]}}
  tests:
  - {{target: "/import?file={word}1", matches: true}}
  - {{target: "/import?file=ordinary", matches: false}}
"""


class RulePacksTest(IntegrationTest):
    """mTLS client -> b, which has packs -> server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firebreak = binary("firebreak")

    def setUp(self):
        super().setUp()
        self.backend = self.closing(HttpServer(free_address()))
        self.packs = os.path.join(self.folder, "packs")
        os.mkdir(self.packs)
        self.key, self.public = self.keys("ours")

    def keys(self, name):
        key = os.path.join(self.folder, name)
        subprocess.run([self.firebreak, "inspect", "pack", "keygen", key], check=True, capture_output=True)
        with open(key + ".pub", encoding="ascii") as file:
            return key, file.read().strip()

    def pack(self, word, version=1, severity="CRITICAL", key=None):
        """Puts a signed pack in place, the signature last."""
        path = os.path.join(self.folder, "shop.yaml")
        write_whole(path, PACK.format(word=word, version=version, severity=severity))
        subprocess.run([self.firebreak, "inspect", "pack", "sign", path, "--key", key or self.key], check=True,
                       capture_output=True)
        for suffix in ("", ".sig"):
            os.rename(path + suffix, os.path.join(self.packs, "shop.yaml" + suffix))

    def serve(self, start=True, mode="BLOCK", **inspection):
        self.door = free_address()
        self.b = self.sidecar(f"b{len(self.sidecars)}", self.server,
                              [inbound(self.door, self.backend.address, protocol="AUTO")], [allow_all()], start=start,
                              inspection={"mode": mode, "packs": ["builtin", self.packs], "pack_keys": [self.public],
                                          **inspection})

    def ask(self, target):
        client = http.client.HTTPConnection(*self.door)
        client.sock = self.tls(self.door, self.client)
        client.request("GET", target)
        response = client.getresponse()
        response.read()
        client.close()
        return response.status

    def test_a_match_is_403_and_its_record_names_rule_pack_and_cve(self):
        self.pack("evil")
        self.serve()
        self.assertEqual(self.ask("/import?file=evil%2Fthing"), 403)
        self.assertEqual(self.ask("/import?file=good"), 200)
        self.assertEqual(self.ask("/export?file=evil"), 200)  # it is about another path
        record, = self.b.wait_records(1, event="REQUEST", reason="INSPECTION")
        self.assertEqual(record["inspection"]["action"], "BLOCK")
        self.assertEqual(record["inspection"]["matches"],
                         [{"id": "SHOP-7", "category": "pack", "field": "query:file", "excerpt": "evil/thing",
                           "pack": "shop-patches", "cve": "CVE-2026-1234 CVE-2026-1235"}])

    def test_its_severity_counts_with_the_rest(self):
        self.pack("evil", severity="WARNING")
        self.serve()
        self.assertEqual(self.ask("/import?file=evil"), 200)
        record, = self.b.wait_records(1, event="REQUEST")
        self.assertEqual((record["inspection"]["score"], record["inspection"]["action"]), (3, "DETECT"))

    def test_a_new_pack_is_in_force_without_a_restart(self):
        self.pack("evil")
        self.serve()
        self.assertEqual(self.ask("/import?file=evil"), 403)
        self.pack("worse", version=2)
        wait_until(lambda: self.ask("/import?file=worse") == 403, "the new pack is in force")
        self.assertEqual(self.ask("/import?file=evil"), 200)
        for suffix in ("", ".sig"):
            os.remove(os.path.join(self.packs, "shop.yaml" + suffix))
        wait_until(lambda: self.ask("/import?file=worse") == 200, "no pack is in force")
        self.assertEqual(self.b.metric("firebreak_pack_rules"), 0)

    def test_a_pack_that_is_not_signed_by_a_known_key_changes_nothing_and_is_told(self):
        self.pack("evil")
        self.serve()
        for spoil in ("another key", "another text", "no signature"):
            with self.subTest(spoil):
                before = self.b.metric("firebreak_pack_rejections_total")
                self.spoil(spoil)
                wait_until(lambda: self.b.metric("firebreak_pack_rejections_total") > before, "it is refused")
                self.assertEqual(self.ask("/import?file=evil"), 403)
                self.assertEqual(self.ask("/import?file=other"), 200)
        self.b.wait_log("no good signature")
        self.b.wait_log("rule packs refused, the last good ones stay")

    def spoil(self, how):
        path = os.path.join(self.packs, "shop.yaml")
        if how == "another key":
            self.pack("other", version=2, key=self.keys("theirs")[0])
        elif how == "another text":
            self.pack("evil")
            with open(path, "a", encoding="utf-8") as file:
                file.write("# one more line\n")
        else:
            os.remove(path + ".sig")

    def test_nothing_starts_with_a_pack_that_nobody_signed(self):
        self.pack("evil", key=self.keys("theirs")[0])
        self.serve(start=False)
        code, _, said = self.b.run()
        self.assertEqual(code, 2)
        self.assertIn("shop.yaml.sig: by none of the keys", said)


if __name__ == "__main__":
    main()
