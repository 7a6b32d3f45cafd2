#!/usr/bin/python3
"""Tests of check_linkage.py."""
import unittest
from unittest import mock

import check_linkage


class Faults(unittest.TestCase):
    def faults_of(self, output):
        done = mock.Mock(returncode=0, stdout=output, stderr="")
        with mock.patch.object(check_linkage.subprocess, "run", return_value=done), \
                mock.patch.object(check_linkage.Path, "is_file", return_value=True):
            return check_linkage.faults("prog")

    def test_openssl_is_caught(self):
        self.assertEqual(self.faults_of("\tlibssl.so.3 => /lib/libssl.so.3 (0x1)\n"),
                         ["prog: loads libssl.so.3, OpenSSL"])
        self.assertEqual(len(self.faults_of("\tlibcrypto.so.1.1 => /lib/x (0x1)\n")), 1)

    def test_boringssl_is_fine(self):
        self.assertEqual(self.faults_of("\tlibssl.so.0 => /usr/lib/x/android/libssl.so.0 (0x1)\n"), [])

    def test_a_library_that_is_not_found_is_a_fault(self):
        self.assertEqual(len(self.faults_of("\tlibssl.so.0 => not found\n")), 1)

    def test_a_program_that_was_not_built_is_a_fault(self):
        self.assertEqual(check_linkage.faults("/nonexistent"), ["/nonexistent: was not built"])


if __name__ == "__main__":
    unittest.main()
