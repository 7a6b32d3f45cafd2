"""The frame of an integration test: a folder, a PKI, sidecars and servers that are ended afterwards."""
import os
import shutil
import socket
import ssl
import struct
import sys
import tempfile
import unittest

from backends import EchoServer, ScriptServer
from pki import Authority, client_context
from sidecar import (Sidecar, allow_from, allow_to, connect, free_address, inbound, outbound, seconds,
                     wait_until)

SKIPPED = 77  # ctest's word for it, see CMakeLists.txt
TRUST_DOMAIN = "shop.example"


class IntegrationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = Authority(TRUST_DOMAIN)
        cls.client = cls.pki.issue("ns/shop/sa/web")
        cls.server = cls.pki.issue("ns/shop/sa/orders")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="firebreak-test-")
        self.sidecars = []
        self.addCleanup(self._remove_folder)

    def tearDown(self):
        if any(test is self for test, _ in self._outcome.result.failures + self._outcome.result.errors):
            for sidecar in self.sidecars:
                print(f"\n{sidecar.name}: the end of its log and its last records\n{sidecar.log()[-3000:]}\n"
                      + "\n".join(map(str, sidecar.records(None)[-3:])), file=sys.stderr)

    def _remove_folder(self):
        # A failed test leaves its folder, with the logs, where asked to.
        if not os.environ.get("FIREBREAK_KEEP"):
            shutil.rmtree(self.folder)

    # What a test is made of; all of it ends with the test, last made first ended.
    def sidecar(self, name, svid, listeners, policies=(), start=True, bundle=None, **config):
        made = Sidecar(self.folder, name, svid, bundle or self.pki.pem, listeners, policies, **config)
        self.sidecars.append(made)
        self.addCleanup(made.stop)
        if start:
            made.start()
        return made

    def echo(self, address=None):
        return self.closing(EchoServer(address))

    def script_server(self, script, **options):
        server = ScriptServer(script, **options)
        self.addCleanup(lambda: self.assertEqual(server.failures, []))
        return self.closing(server)

    def closing(self, thing):
        self.addCleanup(thing.close)
        return thing

    def inbound_sidecar(self, upstream, policies=None, limits=None, mtls=None, start=True, **config):
        """The sidecar of `orders` before upstream; self.door is its address."""
        self.door = free_address()
        options = {} if mtls is None else {"mtls": mtls}
        if policies is None:
            policies = [allow_from(self.client.principal)]
        return self.sidecar("b", self.server, [inbound(self.door, upstream, **options)], policies,
                            limits=limits, start=start, **config)

    def outbound_sidecar(self, upstream, policies=None, limits=None, expect=None, start=True, **config):
        """The sidecar of `web`, which leads to upstream; self.exit is its address."""
        self.exit = free_address()
        if policies is None:
            policies = [allow_to(self.server.principal)]
        expect = [self.server.principal] if expect is None else expect
        return self.sidecar("a", self.client, [outbound(self.exit, upstream, expect)], policies,
                            limits=limits, start=start, **config)

    def pair(self, upstream, limits=None):
        """client -> exit, a == mTLS == b, door -> upstream."""
        b = self.inbound_sidecar(upstream, limits=limits)
        return self.outbound_sidecar(self.door, limits=limits), b

    def connect(self, address, timeout=10):
        return self.closing(connect(address, timeout))

    def ending_at(self, address, say=b""):
        """Connects, says something and waits for the end: "end", "reset" or "nothing", as ending() has it."""
        try:
            client = self.connect(address)
            client.sendall(say)
        except ConnectionError:
            return "reset"  # before connect() had returned, or before all was said
        return ending(client)

    def tls(self, address, svid=None, bundle=None, context=None):
        """Python's own TLS client, connected and shaken hands; svid False: shows no certificate."""
        if context is None:
            shown = None if svid is False else svid or self.client
            context = client_context(shown, bundle or self.pki.pem)
        return self.closing(context.wrap_socket(connect(address), suppress_ragged_eofs=False))


def read_exactly(connection, count):
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(min(count - len(data), 1 << 20))
        if not piece:
            raise AssertionError(f"the stream ended after {len(data)} of {count} bytes")
        data += piece
    return bytes(data)


def read_to_end(connection):
    data = bytearray()
    while True:
        piece = connection.recv(1 << 20)
        if not piece:
            return bytes(data)
        data += piece


def talk(connection, payload=b"ping"):
    """Sends payload to something that echoes, and takes it back."""
    connection.sendall(payload)
    answer = read_exactly(connection, len(payload))
    assert answer == payload, (answer, payload)


def reset(connection):
    """Closes with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def ending(connection):
    """How the peer ends a connection that says nothing more: "end" or "reset" (a TLS failure counts as
    reset, since no client can take it for an end)."""
    try:
        data = connection.recv(1 << 16)
        while data:
            data = connection.recv(1 << 16)
        return "end"
    except ssl.SSLError as error:
        return "reset" if "TIMED_OUT" not in str(error) else "nothing"
    except ConnectionError:
        return "reset"
    except TimeoutError:
        return "nothing"


def main():
    """unittest.main, except that a run in which everything was skipped says so to ctest."""
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped and result.testsRun <= len(result.skipped) else 0)


__all__ = ["IntegrationTest", "TRUST_DOMAIN", "ending", "free_address", "main", "read_exactly",
           "read_to_end", "reset", "seconds", "talk", "wait_until"]
