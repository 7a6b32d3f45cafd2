#!/usr/bin/python3
"""gRPC through a pair of sidecars, with a real gRPC stack at both ends. Messages are bytes: no protoc."""
import concurrent.futures
import threading

import grpc

from integration import IntegrationTest, free_address, main, wait_until
from sidecar import allow_all, inbound, outbound, policy, seconds, text_of

SERVICE = "shop.v1.Ledger"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
             ("grpc.enable_http_proxy", 0)]


class Ledger:
    """Append: unary, List: server-streaming, Import: client-streaming, Chat: both."""

    def __init__(self):
        self.address = free_address()
        self.seen = []         # metadata of each call
        self.cancelled = threading.Event()
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(16), options=UNLIMITED)
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {
            "Append": grpc.unary_unary_rpc_method_handler(self.append),
            "List": grpc.unary_stream_rpc_method_handler(self.list),
            "Import": grpc.stream_unary_rpc_method_handler(self.imported),
            "Chat": grpc.stream_stream_rpc_method_handler(self.chat),
            "Fail": grpc.unary_unary_rpc_method_handler(self.fail),
            "Wait": grpc.unary_unary_rpc_method_handler(self.wait)})])
        self._server.add_insecure_port(text_of(self.address))
        self._server.start()

    def close(self):
        self._server.stop(None).wait()

    def note(self, context):
        self.seen.append(dict(context.invocation_metadata()))

    def append(self, request, context):
        self.note(context)
        context.set_trailing_metadata([("x-entries", "1")])
        return b"appended " + request

    def list(self, request, context):
        self.note(context)
        for i in range(int(request)):
            yield b"entry %d" % i

    def imported(self, requests, context):
        self.note(context)
        return b"%d" % sum(len(request) for request in requests)

    def chat(self, requests, context):
        self.note(context)
        for request in requests:
            yield b"you said " + request

    def fail(self, request, context):
        self.note(context)
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the books are closed")

    def wait(self, request, context):
        self.note(context)
        context.add_callback(self.cancelled.set)
        self.cancelled.wait(seconds(30))
        return b"done"


class GrpcPair(IntegrationTest):
    def grpc_pair(self, policies=None, **config):
        self.ledger = self.closing(Ledger())
        self.door, self.exit = free_address(), free_address()
        self.b = self.sidecar("b", self.server, [inbound(self.door, self.ledger.address, protocol="AUTO")],
                              policies or [allow_all()], **config)
        self.a = self.sidecar("a", self.client, [outbound(self.exit, self.door, [self.server.principal],
                                                          protocol="AUTO")], [allow_all("OUTBOUND")], **config)
        self.channel = self.closing(grpc.insecure_channel(text_of(self.exit), options=UNLIMITED))

    def unary(self, method="Append", request=b"17", service=SERVICE, **options):
        return self.channel.unary_unary(f"/{service}/{method}").with_call(
            request, timeout=seconds(10), wait_for_ready=False, **options)

    def failed(self, *arguments, **options):
        with self.assertRaises(grpc.RpcError) as raised:
            self.unary(*arguments, **options)
        return raised.exception

    def record(self, sidecar, method, **fields):
        def found():
            return [r for r in sidecar.records("REQUEST") if r.get("grpc", {}).get("method") == method]
        record, = wait_until(found, lambda: f"a record of {method}: {sidecar.records('REQUEST')}")
        for name, value in fields.items():
            self.assertEqual(record.get(name), value, record)
        return record


class GrpcForwardingTest(GrpcPair):
    def setUp(self):
        super().setUp()
        self.grpc_pair()

    def test_unary(self):
        answer, call = self.unary(metadata=[("x-order", "17"), ("x-raw-bin", b"\x00\xff")])
        self.assertEqual(answer, b"appended 17")
        self.assertEqual(dict(call.trailing_metadata())["x-entries"], "1")
        seen, = self.ledger.seen
        self.assertEqual((seen["x-order"], seen["x-raw-bin"]), ("17", b"\x00\xff"))
        self.assertEqual(seen["x-firebreak-principal"], self.client.principal)
        for sidecar in (self.a, self.b):
            record = self.record(sidecar, "Append", protocol="GRPC", verdict="FORWARDED")
            self.assertEqual((record["grpc"]["service"], record["grpc"]["status"]), (SERVICE, 0))
            self.assertEqual(record["http"]["status"], 200)

    def test_server_streaming(self):
        answers = list(self.channel.unary_stream(f"/{SERVICE}/List")(b"1000", timeout=seconds(10)))
        self.assertEqual(answers, [b"entry %d" % i for i in range(1000)])
        self.assertEqual(self.record(self.b, "List")["grpc"]["status"], 0)

    def test_client_streaming(self):
        answer = self.channel.stream_unary(f"/{SERVICE}/Import")(
            (b"x" * i for i in range(1000)), timeout=seconds(10))
        self.assertEqual(answer, b"%d" % sum(range(1000)))

    def test_both_ways_each_message_before_the_next(self):
        said = threading.Semaphore(0)
        def words():
            for i in range(100):
                said.acquire()
                yield b"%d" % i
        said.release()
        heard = []
        for answer in self.channel.stream_stream(f"/{SERVICE}/Chat")(words(), timeout=seconds(20)):
            heard.append(answer)
            said.release()
        self.assertEqual(heard, [b"you said %d" % i for i in range(100)])

    def test_many_calls_at_once(self):
        calls = [self.channel.unary_unary(f"/{SERVICE}/Append").future(b"%d" % i, timeout=seconds(20))
                 for i in range(300)]
        self.assertEqual([call.result() for call in calls], [b"appended %d" % i for i in range(300)])

    def test_large_messages(self):
        large = bytes(range(256)) * 40_000
        self.assertEqual(self.unary(request=large)[0], b"appended " + large)

    def test_a_status_of_the_service_arrives_and_is_recorded(self):
        error = self.failed("Fail")
        self.assertEqual((error.code(), error.details()),
                         (grpc.StatusCode.FAILED_PRECONDITION, "the books are closed"))
        for sidecar in (self.a, self.b):
            record = self.record(sidecar, "Fail", verdict="FORWARDED")
            self.assertEqual(record["grpc"]["status"], grpc.StatusCode.FAILED_PRECONDITION.value[0])

    def test_a_method_that_is_not_there_is_the_services_to_refuse(self):
        self.assertEqual(self.failed("Nothing").code(), grpc.StatusCode.UNIMPLEMENTED)
        self.assertEqual(self.record(self.b, "Nothing")["grpc"]["status"], 12)  # trailers only

    def test_cancellation_reaches_the_service(self):
        call = self.channel.unary_unary(f"/{SERVICE}/Wait").future(b"", timeout=seconds(30))
        wait_until(lambda: self.ledger.seen, "the call")
        call.cancel()
        self.assertTrue(self.ledger.cancelled.wait(seconds(5)))
        for sidecar in (self.a, self.b):
            self.record(sidecar, "Wait", close_reason="DOWNSTREAM_RESET")

    def test_a_deadline_passes_on(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.channel.unary_unary(f"/{SERVICE}/Wait")(b"", timeout=seconds(0.5))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assertTrue(self.ledger.cancelled.wait(seconds(5)))


class GrpcPolicyTest(GrpcPair):
    def setUp(self):
        super().setUp()
        self.grpc_pair(policies=[policy("ledger", rules=[
            {"name": "append", "from": [{"source": {"principals": [self.client.principal]}}],
             "to": [{"operation": {"grpc": {"services": [SERVICE], "methods": ["Append", "Chat", "Wait"]}}}]}])])

    def test_what_is_allowed_passes(self):
        self.assertEqual(self.unary()[0], b"appended 17")
        self.record(self.b, "Append", verdict="FORWARDED")

    def test_a_refusal_is_permission_denied_with_the_decision(self):
        for method, service in (("List", SERVICE), ("Append", "shop.v1.Other"), ("append", SERVICE)):
            error = self.failed(method, service=service)
            self.assertEqual(error.code(), grpc.StatusCode.PERMISSION_DENIED)
            decision = dict(error.initial_metadata() or ()).get("x-firebreak-decision-id") or \
                dict(error.trailing_metadata())["x-firebreak-decision-id"]
            self.assertIn(decision, error.details())
            self.assertNotIn("ledger", error.details())
            record = self.b.wait_records(1, event="REQUEST", decision_id=decision)[0]
            self.assertEqual((record["verdict"], record["reason"], record["grpc"]["status"], record["http"]["status"]),
                             ("DROPPED", "NO_RULE", 7, 200))
        self.assertEqual(self.ledger.seen, [])

    def test_a_stream_that_is_refused_while_it_sends_hears_of_it(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.channel.stream_unary(f"/{SERVICE}/Import")((b"x" * 10_000 for _ in range(1000)),
                                                            timeout=seconds(10))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(self.unary()[0], b"appended 17")

    def test_a_live_call_that_is_no_longer_allowed_ends(self):
        call = self.channel.unary_unary(f"/{SERVICE}/Wait").future(b"", timeout=seconds(30))
        wait_until(lambda: self.ledger.seen, "the call")
        self.b.write_policy(policy("ledger", rules=[
            {"to": [{"operation": {"grpc": {"services": [SERVICE], "methods": ["Append"]}}}]}]))
        self.assertEqual(call.exception(timeout=seconds(10)).code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertTrue(self.ledger.cancelled.wait(seconds(5)))
        self.record(self.b, "Wait", verdict="DROPPED", reason="POLICY_CHANGED")
        self.assertEqual(self.unary()[0], b"appended 17")


class GrpcUpstreamTest(GrpcPair):
    def test_a_service_that_is_away_is_unavailable(self):
        self.grpc_pair()
        self.ledger.close()
        self.assertEqual(self.failed().code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(self.record(self.b, "Append", reason="UPSTREAM_FAILURE")["grpc"]["status"], 14)


if __name__ == "__main__":
    main()
