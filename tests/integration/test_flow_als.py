#!/usr/bin/python3
"""The flow log in Envoy's access log service, read by gRPC's own server."""
import json
import os
import socket
import threading

import grpc
import h2.config
import h2.connection
import h2.events

from als_receiver import AlsReceiver
from backends import listen
from integration import main
from log_receivers import OtlpReceiver
from pki import Authority, server_context
from sidecar import free_address, text_of, wait_until, write_whole
from test_flow_sinks import LoggedCase, keys_of

NAME = "logs.example"


class AlsCase(LoggedCase):
    def als(self, receiver, **more):
        return {"endpoint": receiver.url, "spool": {"path": "spool"}, **more}

    def told(self, sidecar):
        """What names the lines that have an entry."""
        flows = [line for line in sidecar.lines() if json.loads(line)["event"] not in ("HEAD", "LOST", "ROLLUP")]
        return keys_of(flows)

    def failures(self, sidecar):
        return sidecar.metric("firebreak_flow_sink_failures_total", 'sink="als"')


class AlsTest(AlsCase):
    def setUp(self):
        super().setUp()
        self.receiver = self.closing(AlsReceiver())

    def test_a_receiver_is_given_every_flow_once(self):
        b = self.logged_sidecar(als=self.als(self.receiver, log_name="mesh"))
        self.call(20)
        b.wait_closes(20)
        b.stop()
        self.assertEqual(self.receiver.lines(), self.told(b))
        self.assertEqual(set(self.receiver.identifiers), {("b-0", "b.shop", "mesh")})
        self.assertEqual(len(self.receiver.peers), 1, "one connection for all of it")
        record, entry = b.records()[0], self.receiver.entries[0]
        self.assertEqual(entry.kind, "tcp")
        self.assertEqual(entry.at(1, 26).decode(), record["flow_id"])
        self.assertEqual(entry.at(1, 2, 1, 3), record["source"]["port"])
        self.assertEqual(entry.at(1, 13, 1, 2).decode(), record["destination"]["ip"])
        self.assertEqual(entry.at(1, 33), 3, "TcpConnectionEnd")
        self.assertEqual(entry.tags["firebreak.verdict"], "DROPPED")
        self.assertEqual(entry.tags["firebreak.reason"], record["reason"])
        self.assertEqual(os.listdir(b.path("spool")), ["lock"])

    def test_what_a_receiver_missed_comes_in_order_when_it_is_back(self):
        self.receiver.end = lambda entries: grpc.StatusCode.UNAVAILABLE
        b = self.logged_sidecar(als=self.als(self.receiver))
        self.call(5)
        b.wait_closes(5)
        wait_until(lambda: self.failures(b) >= 2, "it to be tried again")
        self.assertGreater(b.metric("firebreak_flow_sink_spool_bytes", 'sink="als"'), 0)
        self.receiver.end = lambda entries: None
        wait_until(lambda: len(self.receiver.entries) >= 5, "what was missed", timeout=60)
        b.stop()
        self.assertEqual(self.receiver.lines(), self.told(b))

    def test_what_was_under_way_when_the_receiver_was_stopped_comes_again(self):
        held = threading.Event()
        self.addCleanup(held.set)
        reading = threading.Event()

        def hold(entries):
            reading.set()
            held.wait(30)

        self.receiver.end = hold
        b = self.logged_sidecar(als=self.als(self.receiver))
        self.call(5)
        b.wait_closes(5)
        self.assertTrue(reading.wait(30))
        address = self.receiver.address
        self.receiver.close()
        held.set()
        again = self.closing(AlsReceiver(address))
        wait_until(lambda: set(again.lines()) >= set(self.told(b)), "all of it", timeout=60)
        b.stop()

    def test_a_batch_that_is_refused_is_set_aside_and_told_of(self):
        self.receiver.end = lambda entries: grpc.StatusCode.INVALID_ARGUMENT
        b = self.logged_sidecar(als=self.als(self.receiver), heads={"milliseconds": 100})
        b.expect_lost = True
        self.call(5)
        b.wait_closes(5)
        lost = "firebreak_flow_sink_lost_lines_total"
        wait_until(lambda: b.metric(lost, 'sink="als"', 'cause="REFUSED"') >= 5, "it to be counted")
        self.receiver.end = lambda entries: None
        b.stop()
        with open(b.path("spool", "refused.jsonl"), "rb") as aside:
            refused = aside.read().split(b"\n")[:-1]
        told = [json.loads(line)["lost"] for line in b.lines() if json.loads(line)["event"] == "LOST"]
        self.assertEqual({loss["sink"] for loss in told}, {"als"})
        self.assertLessEqual(set(self.told(b)), set(keys_of(refused)) | set(self.receiver.lines()))


class WaitingServer:
    """Speaks TLS, and HTTP/2 only once it was spoken to, as proxies do that choose by the first bytes: what TLS itself
    sends after the handshake is then all there is to read."""

    def __init__(self, context):
        self.address = free_address()
        self.body = b""
        self._context = context
        self._listener = listen(self.address)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        try:
            with self._context.wrap_socket(self._listener.accept()[0], server_side=True) as client:
                self._talk(client, h2.connection.H2Connection(h2.config.H2Configuration(client_side=False)))
        except OSError:
            pass  # the test is over

    def _talk(self, client, http):
        first = client.recv(65536)
        http.initiate_connection()
        while first:
            for event in http.receive_data(first):
                if isinstance(event, h2.events.DataReceived):
                    self.body += event.data
                    http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if isinstance(event, h2.events.StreamEnded):
                    http.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/grpc")])
                    http.send_headers(event.stream_id, [("grpc-status", "0")], end_stream=True)
            client.sendall(http.data_to_send())
            first = client.recv(65536)

    def close(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended
        self._thread.join()
        self._listener.close()


class AlsTlsTest(AlsCase):
    def setUp(self):
        super().setUp()
        self.web = Authority("web.example")

    def credentials(self, *names, clients=None):
        shown = self.web.issue_server(*names)
        return grpc.ssl_server_credentials([(shown.key_pem, shown.chain_pem)],
                                           root_certificates=clients,
                                           require_client_auth=clients is not None)

    def sidecar_with(self, receiver_url, **tls):
        roots = os.path.join(self.folder, "roots.pem")
        write_whole(roots, self.web.pem)
        return self.logged_sidecar(als={"endpoint": receiver_url, "spool": {"path": "spool"},
                                        "tls": {"trust_bundle": roots, "server_name": NAME, **tls}})

    def test_a_receiver_that_asks_is_shown_a_certificate_and_given_every_flow(self):
        receiver = self.closing(AlsReceiver(credentials=self.credentials(NAME, clients=self.web.pem)))
        shown = self.web.issue("ns/shop/sa/orders")
        chain, key = (os.path.join(self.folder, name) for name in ("shown.pem", "shown-key.pem"))
        write_whole(chain, shown.chain_pem)
        write_whole(key, shown.key_pem)
        b = self.sidecar_with(receiver.url, certificate_chain=chain, private_key=key)
        self.call(5)
        b.wait_closes(5)
        b.stop()
        self.assertEqual(receiver.lines(), self.told(b))

    def test_a_receiver_that_waits_to_be_spoken_to_is_spoken_to(self):
        context = server_context(self.web.issue_server(NAME))
        context.set_alpn_protocols(["h2"])
        receiver = self.closing(WaitingServer(context))
        b = self.sidecar_with("https://" + text_of(receiver.address))
        self.call()
        b.wait_closes(1)
        delivered = "firebreak_flow_sink_lines_total"
        wait_until(lambda: b.metric(delivered, 'sink="als"') >= 2, "it to be delivered")
        self.assertEqual(self.failures(b), 0)
        b.stop()
        self.assertIn(b.records()[0]["flow_id"].encode(), receiver.body)

    def test_nothing_is_said_to_whoever_cannot_prove_its_name(self):
        receiver = self.closing(AlsReceiver(credentials=self.credentials("other.example")))
        b = self.sidecar_with(receiver.url)
        self.call()
        b.wait_closes(1)
        wait_until(lambda: self.failures(b) >= 1, "a try")
        self.assertEqual(receiver.entries, [])

    def test_who_does_not_agree_on_http_2_is_told_nothing(self):
        receiver = self.closing(OtlpReceiver(context=server_context(self.web.issue_server(NAME))))
        b = self.sidecar_with(receiver.url.removesuffix("/v1/logs"))
        self.call()
        b.wait_closes(1)
        wait_until(lambda: self.failures(b) >= 1, "a try")
        self.assertEqual(receiver.posts, 0)
        self.assertIn("does not speak HTTP/2", b.log())


if __name__ == "__main__":
    main()
