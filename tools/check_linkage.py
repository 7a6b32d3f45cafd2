#!/usr/bin/python3
"""Checks that programs of ours load no OpenSSL: its symbols and BoringSSL's share names and collide.

Usage: check_linkage.py PROGRAM... Exits 1 when ldd shows one or a program is missing.
"""
import re
import subprocess
import sys
from pathlib import Path

# BoringSSL's own libraries are libssl.so.0 and libcrypto.so.0, in Debian's android/ folder.
OPENSSL = re.compile(r"^\s*(lib(?:ssl|crypto)\.so\.(?:1|3)\S*)", re.MULTILINE)


def faults(program):
    if not Path(program).is_file():
        return [f"{program}: was not built"]
    run = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    if run.returncode:
        return [f"{program}: ldd failed: {run.stderr.strip()}"]
    found = [f"{program}: loads {name}, OpenSSL" for name in OPENSSL.findall(run.stdout)]
    return found + [f"{program}: {line.strip()}" for line in run.stdout.splitlines() if "not found" in line]


def main():
    found = [fault for program in sys.argv[1:] for fault in faults(program)]
    for fault in found:
        print(fault)
    return 1 if found or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
