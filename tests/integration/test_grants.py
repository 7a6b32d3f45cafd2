#!/usr/bin/python3
"""Rules that hold for a time or a number of uses only: live connections feel it, others do not."""
import datetime
import http.client
import time

from echo_load import LiveEchoes
from http_backends import HttpServer
from integration import IntegrationTest, ending, free_address, main, seconds, talk, wait_until
from sidecar import allow_from, inbound, outbound, policy, wall_time


def from_client(principal, **rule):
    return {"from": [{"source": {"principals": [principal]}}], **rule}


def rfc3339(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def status_of(connection, headers=None):
    """What a request on this connection is answered with; the connection goes on."""
    asking = http.client.HTTPConnection("shop.example")
    asking.sock = connection
    asking.request("GET", "/", headers=headers or {})
    response = asking.getresponse()
    response.read()
    return response.status


class ValidityTest(IntegrationTest):
    COUNT = 50

    def test_grant_that_ends_cuts_its_connections_within_a_second_and_no_others(self):
        ledger = self.pki.issue("ns/shop/sa/ledger")
        end = time.time() + seconds(4)
        b = self.inbound_sidecar(self.echo().address, [
            allow_from(self.client.principal, name="web"),
            policy("ledger", rules=[from_client(ledger.principal, name="a-while", ticket="SHOP-7",
                                                validity={"not_after": rfc3339(end)})])])
        outs = {}
        for name, svid in (("web", self.client), ("ledger", ledger)):
            outs[name] = free_address()
            self.sidecar(name, svid, [outbound(outs[name], self.door, [self.server.principal])],
                         [policy("out", direction="OUTBOUND", rules=[{}])])
        keep = [self.connect(outs["web"]) for _ in range(self.COUNT)]
        lose = [self.connect(outs["ledger"]) for _ in range(self.COUNT)]
        for client in keep + lose:
            talk(client)
        self.assertLess(time.time(), end, "the machine was too slow for what is tested here")
        with LiveEchoes(keep) as kept, LiveEchoes(lose) as lost:
            cut = b.wait_records(self.COUNT, reason="EXPIRED_GRANT", timeout=20)
            wait_until(lambda: len(lost.cut) == self.COUNT, lambda: f"all cut, {len(lost.cut)} are", 10)
            after = kept.rounds
            wait_until(lambda: kept.rounds > after + 2, "the others to go on")
        self.assertEqual((kept.wrong, lost.wrong, kept.cut, len(kept.alive)), ([], [], {}, self.COUNT))
        for record in cut:
            self.assertGreaterEqual(wall_time(record), end - 0.001)
            self.assertLess(wall_time(record) - end, seconds(1.0))
            self.assertEqual((record["verdict"], record["close_reason"]), ("DROPPED", "POLICY"))
            self.assertEqual((record["policy"]["rule"], record["policy"]["ticket"]), ("a-while", "SHOP-7"))
        self.assertEqual(b.metric("firebreak_policy_reloads_total"), 0)
        # A new one is refused for the same reason.
        self.assertEqual(ending(self.tls(self.door, ledger)), "reset")
        self.assertEqual(b.wait_closes(self.COUNT + 1)[-1]["reason"], "EXPIRED_GRANT")

    def test_grant_begins_by_itself(self):
        begin = time.time() + seconds(2)
        b = self.inbound_sidecar(self.echo().address, [policy("soon", rules=[
            from_client(self.client.principal, validity={"not_before": rfc3339(begin)})])])
        self.assertEqual(ending(self.tls(self.door)), "reset")
        self.assertEqual(b.wait_closes(1)[0]["reason"], "EXPIRED_GRANT")

        def served():
            try:
                talk(self.tls(self.door))
                return True
            except (OSError, AssertionError):
                return False
        wait_until(served, "the grant to begin", 10)
        self.assertGreaterEqual(time.time(), begin)


class MaxUsesTest(IntegrationTest):
    def uses(self, count):
        return policy("few", rules=[from_client(self.client.principal, name="few", max_uses=count)])

    def test_connections_are_counted_over_all_workers_and_reloads(self):
        b = self.inbound_sidecar(self.echo().address, [self.uses(8)])
        held = [self.tls(self.door) for _ in range(8)]
        for client in held:
            talk(client)
        self.assertEqual(ending(self.tls(self.door)), "reset")
        record, = b.wait_closes(1)
        self.assertEqual((record["reason"], record["policy"]["rule"]), ("EXPIRED_GRANT", "few"))
        # Asked again, those that hold a use keep it; what is granted beyond it is the difference.
        b.write_policy(self.uses(9))
        wait_until(lambda: b.metric("firebreak_policy_reloads_total") == 1, "a reload")
        for client in held:
            talk(client)
        talk(self.tls(self.door))
        self.assertEqual(ending(self.tls(self.door)), "reset")
        for client in held:
            talk(client)

    def test_requests_are_counted_one_by_one(self):
        backend = self.closing(HttpServer(free_address()))
        self.door = free_address()
        self.sidecar("b", self.server, [inbound(self.door, backend.address, protocol="AUTO")], [self.uses(3)])
        with self.tls(self.door) as client:
            answers = [status_of(client) for _ in range(5)]
        self.assertEqual(answers, [200, 200, 200, 403, 403])


class ConfigurationTest(IntegrationTest):
    def test_deny_about_requests_on_a_port_declared_tcp_is_refused(self):
        upstream = free_address()
        b = self.sidecar("b", self.server, [inbound(free_address(), upstream, protocol="TCP")],
                         [policy("p", action="DENY", rules=[{"to": [{"operation": {
                             "methods": ["DELETE"], "ports": [str(upstream[1])]}}]}])], start=False)
        code, _, errors = b.run("--validate")
        self.assertEqual(code, 2)
        self.assertIn(f"error[FB0317]: port {upstream[1]} is declared TCP", errors)
        b.config["listeners"][0]["protocol"] = "AUTO"
        b.write_config()
        self.assertEqual(b.run("--validate")[0], 0)

    def test_remote_address_is_that_which_trusted_proxies_name(self):
        backend = self.closing(HttpServer(free_address()))
        for hops, expected in ((0, "refused"), (1, 200), (2, 403)):
            with self.subTest(hops=hops):
                self.door = free_address()
                self.sidecar(f"b{hops}", self.server,
                             [inbound(self.door, backend.address, protocol="AUTO")],
                             [policy("p", rules=[{"from": [{"source": {
                                 "principals": [self.client.principal],
                                 "remoteIpBlocks": ["198.51.100.0/24"]}}]}])],
                             http={"trusted_hops": hops})
                client = self.tls(self.door)
                if expected == "refused":  # at once: no request can change who connects
                    self.assertEqual(ending(client), "reset")
                else:
                    self.assertEqual(status_of(
                        client, {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}), expected)


if __name__ == "__main__":
    main()
