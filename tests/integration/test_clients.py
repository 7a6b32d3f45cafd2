#!/usr/bin/python3
"""Programs that people use, through a pair of sidecars. What they send is theirs; that it arrives is ours."""
import asyncio
import hashlib
import json
import re
import shutil
import subprocess
import threading
import unittest

import websockets

from http2_peers import Http2Server, pattern
from http_backends import HttpServer
from integration import IntegrationTest, free_address, main
from sidecar import allow_all, inbound, outbound, seconds, text_of


class WebSocketEcho:
    """A server of the websockets library, on a loop of its own."""

    def __init__(self):
        self.address = free_address()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self._serve())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _serve(self):
        return await websockets.serve(self._echo, *self.address, max_size=None)

    async def _echo(self, connection):
        async for message in connection:
            await connection.send(message)

    async def _end(self):
        self._server.close()
        await self._server.wait_closed()

    def close(self):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(seconds(10))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class ClientsTest(IntegrationTest):
    def pair_before(self, server):
        self.backend = self.closing(server)
        self.door, self.exit = free_address(), free_address()
        self.b = self.sidecar("b", self.server, [inbound(self.door, self.backend.address, protocol="AUTO")],
                              [allow_all()])
        self.a = self.sidecar("a", self.client, [outbound(self.exit, self.door, [self.server.principal],
                                                          protocol="AUTO")], [allow_all("OUTBOUND")])
        return f"http://{text_of(self.exit)}"

    def run_tool(self, *command):
        if shutil.which(command[0]) is None:
            raise unittest.SkipTest(f"{command[0]} is not installed")
        done = subprocess.run(command, capture_output=True, check=False, timeout=seconds(60))
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        return done.stdout

    def curl(self, url, *options):
        """Down, up, and without a body."""
        upload = f"{self.folder}/upload"
        with open(upload, "wb") as out:
            out.write(pattern(3_000_000))
        got = self.run_tool("curl", "-sS", "--fail", *options, f"{url}/bytes/3000000")
        self.assertEqual(hashlib.sha256(got).digest(), hashlib.sha256(pattern(3_000_000)).digest())
        told = json.loads(self.run_tool("curl", "-sS", "--fail", *options, "-T", upload, f"{url}/up"))
        self.assertEqual((told["method"], told["body_bytes"]), ("PUT", 3_000_000))
        self.assertEqual(told["sha256"], hashlib.sha256(pattern(3_000_000)).hexdigest())
        head = self.run_tool("curl", "-sS", "-I", *options, f"{url}/bytes/10")
        self.assertIn(b"content-length: 10", head.lower())

    def test_curl_with_http_1_1(self):
        url = self.pair_before(HttpServer(free_address()))
        self.curl(url, "--http1.1")
        # Not of HTTP/2: curl 7.88.1 cannot use a connection with prior knowledge twice, whoever serves it.
        connects = self.run_tool("curl", "-sS", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ",
                                 f"{url}/one", f"{url}/two")
        self.assertEqual(connects.split(), [b"1", b"0"])

    def test_curl_with_http_2(self):
        self.curl(self.pair_before(Http2Server()), "--http2-prior-knowledge")
        self.assertEqual({r["protocol"] for r in self.b.records("REQUEST")}, {"HTTP2"})

    def test_curl_that_would_upgrade_to_http_2_is_refused(self):
        url = self.pair_before(HttpServer(free_address()))
        status = self.run_tool("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--http2", url)
        self.assertEqual(status, b"400")

    def test_nghttp(self):
        url = self.pair_before(Http2Server())
        said = self.run_tool("nghttp", "--stat", "--null-out", "--multiply=20", f"{url}/bytes/100000").decode()
        self.assertEqual(len(re.findall(r" 200\s+\S+ /bytes/100000", said)), 20, said)
        self.assertEqual(len(self.b.wait_records(20, event="REQUEST")), 20)

    def test_h2load(self):
        url = self.pair_before(Http2Server())
        said = self.run_tool("h2load", "-n", "400", "-c", "4", "-m", "20", f"{url}/bytes/1000").decode()
        self.assertIn("400 total, 400 started, 400 done, 400 succeeded, 0 failed, 0 errored, 0 timeout", said)
        self.assertIn("400 2xx", said)

    def test_h2load_with_http_1_1(self):
        url = self.pair_before(HttpServer(free_address()))
        said = self.run_tool("h2load", "--h1", "-n", "200", "-c", "4", f"{url}/bytes/1000").decode()
        self.assertIn("200 total, 200 started, 200 done, 200 succeeded, 0 failed, 0 errored, 0 timeout", said)

    def test_a_websocket_client(self):
        url = self.pair_before(WebSocketEcho()).replace("http", "ws")

        async def talk():
            async with websockets.connect(f"{url}/feed", max_size=None) as connection:
                for message in ("hello", b"", pattern(1_000_000), "\N{SNOWMAN}" * 1000):
                    await connection.send(message)
                    self.assertEqual(await connection.recv(), message)
                await asyncio.wait_for(await connection.ping(), seconds(5))
            return connection.close_code

        self.assertEqual(asyncio.run(talk()), 1000)
        for sidecar in (self.a, self.b):
            record, = sidecar.wait_records(1, event="REQUEST")
            self.assertEqual((record["protocol"], record["http"]["status"], record["verdict"]),
                             ("WEBSOCKET", 101, "FORWARDED"))

    def test_a_hundred_websocket_clients(self):
        url = self.pair_before(WebSocketEcho()).replace("http", "ws")

        async def talk(number):
            async with websockets.connect(url, open_timeout=seconds(20)) as connection:
                for i in range(5):
                    await connection.send(f"{number} {i}")
                    self.assertEqual(await connection.recv(), f"{number} {i}")

        async def all_of_them():
            await asyncio.gather(*(talk(number) for number in range(100)))

        asyncio.run(all_of_them())
        self.assertEqual(len(self.b.wait_records(100, event="REQUEST", protocol="WEBSOCKET")), 100)


if __name__ == "__main__":
    main()
