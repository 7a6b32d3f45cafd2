#!/usr/bin/python3
"""Tests of test_summary.py on what ctest 3.25 writes."""
import unittest
import xml.etree.ElementTree as ElementTree

import test_summary

JUNIT = """<testsuite>
<testcase name="unit/a.B" status="run"><system-out/></testcase>
<testcase name="unit/a.C" status="fail"><failure message=""/></testcase>
<testcase name="e2e/x" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>
<testcase name="odd" status="run"/>
</testsuite>"""
LISTING = {"tests": [
    {"name": "unit/a.B", "properties": [{"name": "LABELS", "value": ["unit"]}]},
    {"name": "unit/a.C", "properties": [{"name": "LABELS", "value": ["unit"]}]},
    {"name": "e2e/x", "properties": [{"name": "TIMEOUT", "value": 5}, {"name": "LABELS", "value": ["e2e"]}]},
    {"name": "odd"}]}


class Summary(unittest.TestCase):
    def setUp(self):
        self.counts, self.names = test_summary.summarise(
            ElementTree.fromstring(JUNIT), test_summary.labels(LISTING))

    def test_counts_by_label(self):
        self.assertEqual(self.counts["unit"], {"passed": 1, "failed": 1, "skipped": 0})
        self.assertEqual(self.counts["e2e"], {"passed": 0, "failed": 0, "skipped": 1})

    def test_a_test_without_label_still_counts(self):
        self.assertEqual(self.counts["(no label)"]["passed"], 1)

    def test_skips_and_failures_are_named(self):
        self.assertEqual(dict(self.names)["skipped"], ["e2e/x"])
        self.assertEqual(dict(self.names)["failed"], ["unit/a.C"])


if __name__ == "__main__":
    unittest.main()
