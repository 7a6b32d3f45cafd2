#!/usr/bin/python3
"""`firebreak detect --follow`: intruders are told of and cut off as logs grow; a flood does not cut off a fleet."""
import datetime
import http.server
import json
import os
import signal
import subprocess
import threading

from integration import IntegrationTest, main
from sidecar import binary, seconds, wait_until

START = datetime.datetime(2026, 1, 5, 8, 0, 0, tzinfo=datetime.timezone.utc)
DAY = 86_400
PRINCIPAL = "shop.example/ns/shop/sa/"
RESPONSE = """minimum_probability: 0.9
minimum_severity: HIGH
mode: READONLY
ttl_minutes: 30
identities_an_hour: 2
fleet_percent_an_hour: 50
list: quarantine.yaml
key: quarantine-key.pem
"""
LABELS = f"""identities:
- {{principal: {PRINCIPAL}collector, labels: [protected]}}
honey_routes: [{{path: /admin/backup}}]
"""


class Webhook:
    """Takes what is posted to it."""

    def __init__(self):
        self.bodies = []
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                webhook.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class DetectFollowTest(IntegrationTest):
    """A day of calls web -> orders is there; what comes after it is appended."""

    def setUp(self):
        super().setUp()
        self.ids = 0
        self.log = os.path.join(self.folder, "flows.jsonl")
        self.sink = os.path.join(self.folder, "incidents.jsonl")
        self.list = os.path.join(self.folder, "quarantine.yaml")
        self.firebreak("quarantine", "keygen", "--out", self.folder)
        self.put("response.yaml", RESPONSE)
        self.put("labels.yaml", LABELS)
        names = ["web", "orders", "cart", "ledger", "collector", "payments"]
        self.append(*[(name, "orders", i * 60 + n, "/v1/{id}") for i in range(1440) for n, name in enumerate(names)])
        self.process = None

    def tearDown(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        super().tearDown()

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def firebreak(self, *words, code=0):
        done = subprocess.run([binary("firebreak"), *words], capture_output=True, text=True, check=False,
                              timeout=seconds(60))
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def append(self, *calls):
        """Each is (from, to, seconds after the start, path), as both sidecars report it."""
        with open(self.log, "a", encoding="utf-8") as out:
            for source, destination, at, path in calls:
                for direction, node in (("OUTBOUND", source), ("INBOUND", destination)):
                    self.ids += 1
                    time = START + datetime.timedelta(seconds=at)
                    out.write(json.dumps({
                        "time": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "flow_id": f"{self.ids:032x}",
                        "event": "REQUEST", "direction": direction, "verdict": "FORWARDED",
                        "reporter": {"node": f"{node}-0"},
                        "source": {"principal": PRINCIPAL + source},
                        "destination": {"principal": PRINCIPAL + destination, "port": 8080},
                        "protocol": "HTTP1",
                        "http": {"method": "GET", "path": path, "path_template": path}, "duration_us": 3000}) + "\n")

    def follow(self, *more):
        with open(self.path("err.txt"), "w", encoding="utf-8") as err:
            self.process = subprocess.Popen(
                [binary("firebreak"), "detect", "--follow", "--learn", "20h", "--labels", self.path("labels.yaml"),
                 "--sink", self.sink, "--respond", self.path("response.yaml"), "-o", "json", *more, self.log],
                stdout=subprocess.DEVNULL, stderr=err)

    def stop(self):
        """Ends it as Ctrl-C does, and returns what it said."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=seconds(20))
        with open(self.path("err.txt"), encoding="utf-8") as err:
            return code, err.read()

    def incidents(self):
        if not os.path.exists(self.sink):
            return []
        with open(self.sink, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def held(self):
        if not os.path.exists(self.list):
            return []
        listed = self.firebreak("quarantine", "list", "--list", self.list, "--public-key",
                                self.path("quarantine-key.pub"), "-o", "json")
        return sorted(json.loads(line)["identity"] for line in listed.stdout.splitlines())

    def test_an_intruder_is_told_of_and_cut_off_while_the_log_grows(self):
        hook = self.closing(Webhook())
        self.follow("--sink", hook.url)
        self.append(("web", "orders", DAY + 10, "/admin/backup"), ("web", "orders", DAY + 60, "/v1/{id}"))
        wait_until(self.held, "somebody on the list")
        self.assertEqual(self.held(), [PRINCIPAL + "web"])
        wait_until(self.incidents, "the incident")
        self.assertEqual(self.incidents()[0]["class_uid"], 2004)
        wait_until(lambda: hook.bodies, "the webhook")
        self.assertEqual(json.loads(hook.bodies[0]), self.incidents()[0])
        code, said = self.stop()
        self.assertEqual(code, 1, said)
        self.assertIn("READONLY " + PRINCIPAL + "web for 30m", said)

    def test_what_was_learned_survives_a_kill(self):
        state = self.path("detector.now")
        self.follow("--save-baseline", state)
        wait_until(lambda: os.path.exists(state), "what was learned to be saved")
        self.process.kill()
        self.process.wait()
        self.follow("--baseline", state, "--save-baseline", state)
        self.append(("web", "orders", DAY + 10, "/admin/backup"), ("web", "orders", DAY + 60, "/v1/{id}"))
        wait_until(self.held, "somebody on the list")
        code, said = self.stop()
        self.assertEqual(code, 1, said)
        self.assertEqual(self.held(), [PRINCIPAL + "web"])
        self.assertIn("records passed over", said)

    def test_a_flood_of_incidents_cuts_off_no_more_than_the_budget_and_nobody_protected(self):
        self.follow()
        flood = [(f"flood-{i}", "orders", DAY + 10 + i, "/admin/backup") for i in range(12)]
        self.append(("collector", "orders", DAY + 5, "/admin/backup"), *flood,
                    ("web", "orders", DAY + 90, "/v1/{id}"))
        wait_until(lambda: len(self.incidents()) >= 13, lambda: f"13 incidents, not {len(self.incidents())}")
        code, said = self.stop()
        self.assertEqual(code, 1, said)
        self.assertEqual(len(self.held()), 2)
        self.assertNotIn(PRINCIPAL + "collector", self.held())
        self.assertIn("collector: it is protected", said)
        self.assertIn("the budget of this hour is spent", said)

    def test_a_dry_run_says_what_it_would_have_done(self):
        self.append(("web", "orders", DAY + 10, "/admin/backup"), ("web", "orders", DAY + 60, "/v1/{id}"))
        done = self.firebreak("detect", "--learn", "20h", "--labels", self.path("labels.yaml"), "--respond",
                              self.path("response.yaml"), "--dry-run", self.log, code=1)
        self.assertIn("would READONLY " + PRINCIPAL + "web for 30m", done.stderr)
        self.assertEqual(self.held(), [])


if __name__ == "__main__":
    main()
