#!/usr/bin/python3
"""Receivers of the flow log that speak TLS: who proves its name gets every line, others get none."""
import os
import ssl

from integration import main
from log_receivers import OtlpReceiver
from pki import Authority, hours, server_context
from sidecar import wait_until, write_whole
from test_flow_sinks import LoggedCase

NAME = "logs.example"


class HangsUp:
    """In place of a context: listens to the beginning of a handshake, and ends it."""

    def wrap_socket(self, connection, server_side):
        connection.recv(64)
        connection.close()
        raise ConnectionError


class TlsSinkTest(LoggedCase):
    def setUp(self):
        super().setUp()
        self.web = Authority("web.example")
        self.receiver = self.closing(OtlpReceiver(context=server_context(self.web.issue_server(NAME))))

    def sidecar_with(self, start=True, **tls):
        roots = os.path.join(self.folder, "roots.pem")
        write_whole(roots, self.web.pem)
        return self.logged_sidecar(start, otlp={"endpoint": self.receiver.url, "spool": {"path": "spool"},
                                         "tls": {"trust_bundle": roots, "server_name": NAME, **tls}})

    def failures(self, sidecar):
        return sidecar.metric("firebreak_flow_sink_failures_total", 'sink="otlp"')

    def test_whoever_proves_its_name_is_given_every_line_once(self):
        b = self.sidecar_with()
        self.call(20)
        b.wait_closes(20)
        b.stop()
        self.assertEqual(self.receiver.lines(), b.lines())
        self.assertEqual(len(self.receiver.connections), 1, "one connection for all of it")

    def test_an_address_is_a_name_too(self):
        self.receiver.context = server_context(self.web.issue_server(self.receiver.address[0]))
        b = self.sidecar_with(server_name="")
        self.call()
        b.wait_closes(1)
        b.stop()
        self.assertEqual(self.receiver.lines(), b.lines())

    def test_a_receiver_that_speaks_no_more_than_tls_1_2_will_do(self):
        self.receiver.context.maximum_version = ssl.TLSVersion.TLSv1_2
        b = self.sidecar_with()
        self.call()
        b.wait_closes(1)
        b.stop()
        self.assertEqual(self.receiver.lines(), b.lines())

    def test_nothing_is_said_to_whoever_cannot_prove_its_name(self):
        impostors = {
            "another name": server_context(self.web.issue_server("other.example")),
            "another authority": server_context(Authority("web.example").issue_server(NAME)),
            "expired": server_context(self.web.issue_server(NAME, not_after=hours(-1))),
            "no name, but an SVID": server_context(self.web.issue("ns/shop/sa/logs")),
            "clear text": None,
            "hangs up": HangsUp(),
        }
        b = self.sidecar_with(start=False)
        self.assertIn("https://", b.config["flow_log"]["otlp"]["endpoint"])
        for name, self.receiver.context in impostors.items():
            b.start()
            wait_until(lambda: self.failures(b) >= 1, f"a try at {name}")
            self.assertEqual((self.receiver.posts, self.receiver.records), (0, []), name)
            self.assertGreater(b.metric("firebreak_flow_sink_spool_bytes", 'sink="otlp"'), 0)
            self.kill(b)
        os.remove(b.path("flows.jsonl"))  # several runs are not what the check at the end is for

    def test_what_is_kept_goes_to_whoever_proves_its_name_in_the_end(self):
        good = self.receiver.context
        self.receiver.context = server_context(self.web.issue_server("other.example"))
        b = self.sidecar_with()
        self.call(5)
        b.wait_closes(5)
        wait_until(lambda: self.failures(b) >= 2, "two tries")
        self.assertEqual(self.receiver.posts, 0)
        self.receiver.context = good
        wait_until(lambda: len(self.receiver.records) >= 6, "what was kept", timeout=60)
        b.stop()
        self.assertEqual(self.receiver.lines(), b.lines())

    def test_a_receiver_that_asks_is_shown_a_certificate(self):
        svid = self.web.issue("ns/shop/sa/orders")
        chain, key = (os.path.join(self.folder, name) for name in ("shown.pem", "shown-key.pem"))
        write_whole(chain, svid.chain_pem)
        write_whole(key, svid.key_pem)
        self.receiver.context = server_context(self.web.issue_server(NAME), self.web.pem)
        b = self.sidecar_with(certificate_chain=chain, private_key=key)
        self.call()
        b.wait_closes(1)
        b.stop()
        self.assertEqual(self.receiver.lines(), b.lines())

    def test_a_receiver_that_asks_in_vain_gets_nothing(self):
        self.receiver.context = server_context(self.web.issue_server(NAME), self.web.pem)
        b = self.sidecar_with()
        self.call()
        b.wait_closes(1)
        wait_until(lambda: self.failures(b) >= 2, "two tries", timeout=60)
        self.assertEqual(self.receiver.posts, 0)

    def test_roots_that_cannot_be_read_end_the_start(self):
        b = self.sidecar_with(start=False)
        b.config["flow_log"]["otlp"]["tls"]["trust_bundle"] = b.path("nowhere.pem")
        b.write_config()
        code, _, err = b.run()
        self.assertNotEqual(code, 0)
        self.assertIn("nowhere.pem", err)


if __name__ == "__main__":
    main()
