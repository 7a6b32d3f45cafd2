#!/usr/bin/python3
"""The quarantine list through the collector: at every sidecar at once, and believed no sooner than a file."""
import concurrent.futures
import os
import time

import grpc

from collector import Collector
from integration import ending, free_address, main, seconds, talk, wait_until
from quarantine import QuarantineFixture
from sidecar import allow_from, inbound, memory_kib, outbound, policy, text_of, wall_time, write_whole

SERIAL = "firebreak_quarantine_serial"
REJECTIONS = "firebreak_quarantine_rejections_total"
CONNECTED = "firebreak_quarantine_collector_connected"


class ChannelFixture(QuarantineFixture):
    """The list is a file of the collector's; sidecars have no file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls.pki.issue("ns/ops/sa/collector")

    def setUp(self):
        super().setUp()
        self.quarantine = {"keys": self.quarantine["keys"], "last_good_path": "last-good.yaml"}

    def collector(self, *options):
        made = Collector(self.folder, "collector", self.keeper, self.pki.pem,
                         options or ["--quarantine-list", self.list])
        self.addCleanup(made.stop)
        return made.start()

    def flow_log(self, collector):
        return {"file": {"path": "flows.jsonl"}, "collector": collector.sink()}

    def held_sidecar(self, upstream, **config):
        collector = config.pop("collector")
        return super().held_sidecar(upstream, flow_log=self.flow_log(collector), **config)

    def wait_current(self, collector, sidecars):
        """Waits until all of them say that they have the list."""
        wait_until(lambda: collector.metric("quarantine_sidecars_current") == sidecars
                   == collector.metric("quarantine_sidecars"), f"{sidecars} sidecars with the list")

    def put(self, text, path=None):
        write_whole(path or self.list, text)

    def text(self):
        with open(self.list, encoding="utf-8") as text:
            return text.read()


class QuarantineChannelTest(ChannelFixture):
    def test_a_live_connection_is_cut_at_both_ends_within_a_second(self):
        collector = self.collector()
        b = self.held_sidecar(self.echo().address, collector=collector)
        # The other side of these has no list: whoever cuts them is the one that is looked at.
        way_out, no_list = free_address(), free_address()
        self.sidecar("c", self.server, [inbound(no_list, self.echo().address)], [allow_from(self.ledger.principal)])
        own = self.sidecar("own", self.ledger, [outbound(way_out, no_list, [self.server.principal])],
                           [policy("out", direction="OUTBOUND", rules=[{}])], quarantine=self.quarantine,
                           flow_log=self.flow_log(collector))
        wait_until(lambda: collector.metric("quarantine_sidecars") == 2, "both sidecars")
        out, into, keep = self.connect(way_out), self.tls(self.door, self.ledger), self.tls(self.door)
        for client in (out, into, keep):
            talk(client)
        begun = self.edit("add", self.ledger)
        self.assertEqual((ending(out), ending(into)), ("reset", "reset"))
        for sidecar in (b, own):
            record, = sidecar.wait_records(1, reason="QUARANTINED")
            self.assertLess(wall_time(record) - begun, seconds(1.0))
            self.assertEqual(record["quarantine"], "ISOLATE")
        talk(keep)
        self.wait_current(collector, 2)
        serial = b.metric(SERIAL)
        self.assertEqual(collector.metric("quarantine_serial"), serial)
        self.assertEqual(collector.quarantine(), {self.server.principal: serial, self.ledger.principal: serial})
        self.edit("remove", self.ledger)
        self.wait_serial(own, serial)
        self.wait_serial(b, serial)
        talk(self.connect(way_out))

    def test_a_collector_that_starts_anew_gives_out_what_came_meanwhile(self):
        collector = self.collector()
        b = self.held_sidecar(self.echo().address, collector=collector)
        wait_until(lambda: b.metric(CONNECTED) == 1, "the channel")
        collector.stop()
        wait_until(lambda: b.metric(CONNECTED) == 0, "the sidecar to notice")
        self.edit("add", self.ledger)
        talk(self.tls(self.door, self.ledger))
        collector.start()
        self.wait_serial(b)
        self.assertEqual(ending(self.tls(self.door, self.ledger)), "reset")
        self.wait_current(collector, 1)

    def test_what_nobody_with_a_key_has_signed_is_refused_counted_and_changes_nothing(self):
        collector = self.collector()
        b = self.held_sidecar(self.echo().address, collector=collector)
        self.edit("add", self.ledger)
        serial = self.wait_serial(b)
        other = os.path.join(self.folder, "other")
        self.firebreak("keygen", "--out", other)
        self.firebreak("add", self.server.principal, "--reason", "x", "--list", os.path.join(other, "list"),
                       "--key", os.path.join(other, "quarantine-key.pem"))
        good = self.text()
        self.put(good.replace("ledger", "web").replace(f"serial: {serial:.0f}", f"serial: {serial + 1:.0f}"))
        wait_until(lambda: b.metric(REJECTIONS) == 1, "the changed list to be refused")
        with open(os.path.join(other, "list"), encoding="utf-8") as text:
            self.put(text.read())
        wait_until(lambda: b.metric(REJECTIONS) == 2, "the stranger's list to be refused")
        b.wait_log("the collector: the signature by key")
        b.wait_log("none of those that are trusted")
        self.assertEqual((collector.metric("quarantine_sidecars"), collector.metric("quarantine_sidecars_current")),
                         (1, 0))
        self.assertEqual((b.metric(SERIAL), ending(self.tls(self.door, self.ledger))), (serial, "reset"))
        talk(self.tls(self.door))
        # The honest list that follows is taken at once.
        self.put(good)
        self.edit("remove", self.ledger)
        self.wait_serial(b, serial)
        talk(self.tls(self.door, self.ledger))

    def test_a_sidecar_that_starts_while_the_collector_is_away_keeps_its_list(self):
        collector = self.collector()
        b = self.held_sidecar(self.echo().address, collector=collector)
        self.edit("add", self.ledger)
        serial = self.wait_serial(b)
        b.stop()
        collector.stop()
        os.remove(b.path("flows.jsonl"))  # two runs are not what the check at the end is for
        b.start()
        self.assertEqual((b.metric(SERIAL), b.metric(CONNECTED)), (serial, 0))
        self.assertEqual(ending(self.tls(self.door, self.ledger)), "reset")

    def test_of_file_and_collector_the_newer_list_is_in_force(self):
        collector = self.collector()
        self.quarantine["path"] = os.path.join(self.folder, "file.yaml")
        b = self.held_sidecar(self.echo().address, collector=collector)
        self.edit("add", self.ledger)
        serial = self.wait_serial(b)
        newer = self.text()
        self.edit("remove", self.ledger)
        latest = self.wait_serial(b, serial)
        self.put(newer, self.quarantine["path"])
        wait_until(lambda: b.metric(REJECTIONS) == 1, "the older file to be refused")
        self.assertEqual(b.metric(SERIAL), latest)
        talk(self.tls(self.door, self.ledger))


class OtherVersionTest(ChannelFixture):
    """Either side may be older than the call, or not have it turned on."""

    def test_a_collector_that_knows_no_such_call_takes_flows_all_the_same(self):
        collector = self.collector("--max-connections", "100")
        self.quarantine["path"] = self.list
        b = self.held_sidecar(self.echo().address, collector=collector)
        b.wait_log("no quarantine lists from the collector: this collector gives out no quarantine list")
        talk(self.tls(self.door, self.ledger))
        self.edit("add", self.ledger)
        self.wait_serial(b)
        self.assertEqual(ending(self.tls(self.door, self.ledger)), "reset")
        wait_until(collector.stored, "the flow")
        self.assertEqual((b.metric(CONNECTED), b.metric(REJECTIONS)), (0, 0))
        self.assertEqual(collector.get(collector.metrics_at, "/quarantine")[0], 404)

    def test_a_sidecar_that_does_not_ask_is_sent_nothing(self):
        collector = self.collector()
        self.quarantine.update(path=os.path.join(self.folder, "file.yaml"), from_collector=False)
        b = self.held_sidecar(self.echo().address, collector=collector)
        self.edit("add", self.ledger)
        wait_until(lambda: collector.metric("quarantine_serial") > 0, "the list at the collector")
        client = self.tls(self.door, self.ledger)
        talk(client)
        client.close()
        wait_until(collector.stored, "the flow")
        self.assertEqual((b.metric(SERIAL), collector.metric("quarantine_sidecars")), (0, 0))
        self.assertNotIn(CONNECTED, b.metrics())

    def test_a_collector_to_take_lists_from_has_to_be_named(self):
        broken = self.sidecar("c", self.server, [inbound(free_address(), ("127.0.0.1", 1))], start=False,
                              quarantine={**self.quarantine, "from_collector": True})
        code, _, err = broken.run("--validate")
        self.assertEqual(code, 2)
        self.assertIn("quarantine.from_collector without flow_log.collector", err)


class FloodingCollector:
    """A collector gone bad, on a gRPC stack of its own: says `message` without end to who asks for lists."""

    def __init__(self, svid, bundle_pem, message):
        self.address, self.svid, self._message = free_address(), svid, message
        self.calls = 0
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
            "firebreak.flow.v1.FlowCollector",
            {"Quarantine": grpc.stream_stream_rpc_method_handler(self._flood)})])
        self._server.add_secure_port(text_of(self.address), grpc.ssl_server_credentials(
            [(svid.key_pem, svid.chain_pem)], root_certificates=bundle_pem, require_client_auth=True))
        self._server.start()

    def sink(self):
        return {"address": text_of(self.address), "expect_identities": [self.svid.principal],
                "spool": {"path": "spool"}}

    def _flood(self, requests, context):
        next(requests)
        self.calls += 1
        while context.is_active():
            yield self._message

    def close(self):
        self._server.stop(None).wait()


def list_message(text):
    """QuarantineList of collector.proto: field 1, bytes."""
    size, varint = len(text), bytearray()
    while size >= 0x80:
        varint.append(size & 0x7f | 0x80)
        size >>= 7
    return b"\x0a" + bytes(varint) + bytes([size]) + text


class HostileCollectorTest(ChannelFixture):
    """It can withhold lists, and no more: not make one up, and not slow the sidecar down."""

    def flooded(self, message):
        flood = self.closing(FloodingCollector(self.keeper, self.pki.pem, message))
        return flood, self.held_sidecar(self.echo().address, collector=flood)

    def test_a_flood_of_lists_is_read_no_faster_than_a_file(self):
        begun = time.monotonic()
        flood, b = self.flooded(list_message(b"x" * (1 << 20)))
        wait_until(lambda: b.metric(REJECTIONS) >= 2, "the first lists to be refused")
        before = b.rss_kib()
        wait_until(lambda: b.metric(REJECTIONS) >= 8, "more of them")
        self.assertLess(b.metric(REJECTIONS), (time.monotonic() - begun) / 0.2 + 2)
        self.assertLess(b.rss_kib() - before, memory_kib(8 << 10))
        self.assertEqual(flood.calls, 1)
        with self.tls(self.door) as client:
            talk(client)
        b.stop()  # in order, whatever still comes

    def test_a_flood_of_answers_changes_nothing(self):
        _, b = self.flooded(b"")
        wait_until(lambda: b.metric(CONNECTED) == 1, "the channel")
        before = b.rss_kib()
        client = self.tls(self.door)
        for _ in range(200):
            talk(client)
        self.assertLess(b.rss_kib() - before, memory_kib(8 << 10))
        self.assertEqual(b.metric(REJECTIONS), 0)

    def test_what_is_no_list_or_too_large_is_refused_and_counted(self):
        for name, message in (("nonsense", b"\xff"), ("large", list_message(b"x" * (2 << 20)))):
            with self.subTest(name):
                flood = self.closing(FloodingCollector(self.keeper, self.pki.pem, message))
                door = free_address()
                made = self.sidecar(name, self.server, [inbound(door, self.echo().address)],
                                    [allow_from(self.client.principal)], quarantine=self.quarantine,
                                    flow_log=self.flow_log(flood))
                wait_until(lambda m=made: m.metric(REJECTIONS) >= 1, "it to be refused")
                self.assertEqual(made.metric(CONNECTED), 0)
                talk(self.tls(door))

    def test_a_collector_that_is_somebody_else_is_not_listened_to(self):
        flood = self.closing(FloodingCollector(self.pki.issue("ns/shop/sa/cart"), self.pki.pem, b""))
        flood.svid = self.keeper  # whom the sidecar expects
        b = self.held_sidecar(self.echo().address, collector=flood)
        b.wait_log("no quarantine lists from the collector: IDENTITY_MISMATCH")
        self.assertEqual((flood.calls, b.metric(CONNECTED)), (0, 0))


if __name__ == "__main__":
    main()
