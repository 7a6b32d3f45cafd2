#!/usr/bin/python3
"""Bodies and numbers of streams that no memory could hold. FIREBREAK_LONG=1: bodies of 10 GiB,
and 100,000 streams."""
import hashlib
import json
import os
import shutil
import subprocess
import threading
import unittest

from http2_peers import PATTERN, Http2Server
from http_backends import HttpServer
from integration import IntegrationTest, free_address, main
from memory import RssWatch
from sidecar import TIME_FACTOR, allow_all, inbound, memory_kib, outbound, text_of, wait_until

MIB = 1 << 20
LONG = os.environ.get("FIREBREAK_LONG") == "1"
STREAMS = 100_000 if LONG else 20_000 if TIME_FACTOR == 1 else 5_000


def volume(mib):
    return 10 << 30 if LONG else mib * MIB if TIME_FACTOR == 1 else 16 * MIB


class HttpPair(IntegrationTest):
    def pair_before(self, address):
        door, leave = free_address(), free_address()
        self.b = self.sidecar("b", self.server, [inbound(door, address, protocol="AUTO")], [allow_all()])
        self.a = self.sidecar("a", self.client, [outbound(leave, door, [self.server.principal], protocol="AUTO")],
                              [allow_all("OUTBOUND")])
        return f"http://{text_of(leave)}"


class BodyTest(HttpPair):
    def test_bodies_of_http_1_1_of_any_size_arrive_exact_in_bounded_memory(self):
        self.both_ways(HttpServer(free_address()), volume(64), "--http1.1")

    def test_bodies_of_http_2_of_any_size_arrive_exact_in_bounded_memory(self):
        self.both_ways(Http2Server(), volume(24), "--http2-prior-knowledge")

    def both_ways(self, server, count, version):
        url = self.pair_before(self.closing(server).address)
        with RssWatch(self.a, self.b) as memory:
            self.assertEqual(self.downloaded(f"{url}/bytes/{count}", version), self.digest_of(count))
            said = json.loads(self.uploaded(f"{url}/upload", version, count))
        self.assertEqual((said["body_bytes"], said["sha256"]), self.digest_of(count))
        print(f"\n{count // MIB} MiB each way: RSS {memory.before} KiB, at most {memory.peak} KiB")
        self.assertLess(max(memory.growth()), memory_kib(24 * 1024), memory.growth())
        for sidecar in (self.a, self.b):
            down, up = sorted(sidecar.wait_records(2, event="REQUEST"), key=lambda r: r["http"]["method"])
            self.assertEqual((int(down["http"]["response_bytes"]), int(up["http"]["request_bytes"])), (count, count))

    @staticmethod
    def digest_of(count):
        digest, left = hashlib.sha256(), count
        while left > 0:
            digest.update(PATTERN[:left])
            left -= len(PATTERN[:left])
        return count, digest.hexdigest()

    @staticmethod
    def downloaded(url, version):
        digest, count = hashlib.sha256(), 0
        with subprocess.Popen(["curl", "-sS", "-f", "--noproxy", "*", version, url],
                              stdout=subprocess.PIPE) as curl:
            while piece := curl.stdout.read(MIB):
                digest.update(piece)
                count += len(piece)
        return count, digest.hexdigest()

    @staticmethod
    def uploaded(url, version, count):
        with subprocess.Popen(["curl", "-sS", "-f", "--noproxy", "*", version, "-T", "-", url],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as curl:
            def write(left=count):
                while left > 0:
                    curl.stdin.write(PATTERN[:left])
                    left -= len(PATTERN[:left])
                curl.stdin.close()
            writer = threading.Thread(target=write)
            writer.start()
            said = curl.stdout.read()
            writer.join()
        return said


class ManyStreamsTest(HttpPair):
    def test_streams_of_one_connection_leave_nothing_behind(self):
        fbload = os.path.join(os.environ["FIREBREAK_BIN_DIR"], "fbload")
        if shutil.which("h2load") is None or not os.access(fbload, os.X_OK):
            raise unittest.SkipTest("needs h2load and fbload")
        address = free_address()
        server = subprocess.Popen([fbload, "server", "--listen", text_of(address), "--protocol", "http2"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        url = self.pair_before(address)
        for sidecar in (self.a, self.b):
            sidecar.expect_lost = True  # and counted, where the flow log's thread cannot keep up
        self.load(f"{url}/1", 2_000)
        with RssWatch(self.a, self.b) as memory:
            self.load(f"{url}/1", STREAMS)
        self.assertLess(max(memory.growth()), memory_kib(8 * 1024), memory.growth())
        for sidecar in (self.a, self.b):
            self.assertEqual(sidecar.metric("firebreak_requests_total"), 2_000 + STREAMS)
            # Each has its record, or is counted among those that were lost.
            wait_until(lambda s=sidecar: sum(s.metric(f"firebreak_flow_records_{fate}_total") for fate in
                                             ("written", "dropped")) >= 2_000 + STREAMS, "records")

    def load(self, url, count):
        done = subprocess.run(["h2load", "-n", str(count), "-c", "1", "-m", "100", url], capture_output=True,
                              text=True, timeout=300, check=True)
        self.assertIn(f"{count} succeeded, 0 failed, 0 errored, 0 timeout", done.stdout)


if __name__ == "__main__":
    main()
