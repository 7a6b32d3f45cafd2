#!/usr/bin/python3
"""Questions to the logs of real sidecars: who talked to whom, whether both say the same, SQL."""
import csv
import io
import json
import subprocess

from integration import main
from sidecar import allow_from, binary
from test_http1 import HttpPair


class FlowQuestionsTest(HttpPair):
    """Ten requests through a pair, four of them refused by the destination's sidecar."""

    def setUp(self):
        super().setUp()
        self.http_pair([self.only_gets()],
                       flow_log={"file": {"path": "flows.jsonl"}, "show_paths": ["/v1/charges/3"]})
        for i in range(6):
            self.assertEqual(self.ask("GET", f"/v1/charges/{i}")[0].status, 200)
        for _ in range(4):
            self.assertEqual(self.ask("DELETE", "/v1/charges/7")[0].status, 403)
        self.a.wait_records(10, event="REQUEST")
        self.b.wait_records(10, event="REQUEST")
        self.logs = [self.a.path("flows.jsonl"), self.b.path("flows.jsonl")]

    def only_gets(self):
        document = allow_from(self.client.principal, name="gets")
        document["spec"]["rules"][0]["to"] = [{"operation": {"methods": ["GET"]}}]
        return document

    def firebreak(self, *arguments, expect=0):
        done = subprocess.run([binary("firebreak"), "flows", *arguments], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def lines(self, *arguments, **options):
        return [json.loads(line) for line in self.firebreak(*arguments, **options).stdout.splitlines()]

    def test_what_both_sidecars_report_counts_once(self):
        [edge] = [row for row in self.lines("top", *self.logs, "-o", "json") if row["requests"]]
        self.assertEqual((edge["requests"], edge["denied"]), (10, 4))
        graph = json.loads(self.firebreak("map", *self.logs, "-o", "json").stdout)
        self.assertIn([edge["source"], edge["destination"]],
                      [[e["source"], e["destination"]] for e in graph["edges"]])

    def test_both_logs_tell_of_the_same_requests(self):
        done = self.firebreak("reconcile", *self.logs, "--event", "REQUEST")
        self.assertIn("one-sided 0, differing 0", done.stderr)

    def test_a_line_that_one_sidecar_hides_is_named(self):
        hidden = self.b.path("hidden.jsonl")
        with open(self.logs[1], encoding="utf-8") as log, open(hidden, "w", encoding="utf-8") as out:
            out.writelines(line for line in log if '"/v1/charges/3"' not in line)
        [finding] = self.lines("reconcile", self.logs[0], hidden, "--event", "REQUEST", "-o", "json", expect=1)
        self.assertEqual(finding["finding"], "ONE_SIDED_MISSING")
        self.assertEqual(finding["missing_at"], self.server.principal)
        self.assertIn("/v1/charges/3", finding["flow"]["what"])

    def test_ids_show_where_they_are_let(self):
        paths = {line["http"]["path"] for line in self.lines("observe", *self.logs, "--event", "REQUEST", "--all",
                                                             "-o", "json")}
        self.assertEqual(paths, {"/v1/charges/3", "/v1/charges/{id}"})

    def test_sql_answers_what_the_logs_say(self):
        store = self.a.path("store")
        self.firebreak("import", "--store", store, *self.logs)
        [row] = self.lines("query", "--store", store, "-o", "json",
                           "SELECT count(*) AS all_of_them, sum(verdict = 'DROPPED') AS dropped FROM flows "
                           "WHERE event = 'REQUEST' AND direction = 'INBOUND'")
        self.assertEqual(row, {"all_of_them": 10, "dropped": 4})
        table = csv.DictReader(io.StringIO(
            self.firebreak("export", "--store", store, "--reason", "NO_RULE", "-o", "csv").stdout))
        self.assertEqual({r["http_method"] for r in table}, {"DELETE"})

    def test_other_schemas_have_every_request(self):
        for form, field in (("ocsf", "http_request"), ("zeek", "method"), ("hubble", "flow")):
            lines = self.lines("observe", self.logs[1], "--event", "REQUEST", "--all", "-o", form)
            self.assertEqual(len(lines), 10)
            self.assertTrue(all(field in line for line in lines), form)


if __name__ == "__main__":
    main()
