#!/usr/bin/python3
"""README's configuration and policy load as they stand, with certificates made by README's own commands."""
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
BINARIES = Path(os.environ["FIREBREAK_BIN"])


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def main():
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for block in blocks(text, "yaml"):
            name = re.match(r"# (\S+\.yaml)\n", block).group(1)
            files[name] = Path(folder, name)
            files[name].parent.mkdir(exist_ok=True)
            files[name].write_text(block, encoding="utf-8")
        if set(files) != {"sidecar.yaml", "policy/payments.yaml"}:
            print(f"README has other YAML than expected: {sorted(files)}")
            return 1
        commands = [line for block in blocks(text, "sh") for line in block.splitlines()
                    if line.startswith(("firebreak certs", "firebreak-proxy"))]
        if len(commands) < 3:
            print(f"README has fewer commands than expected: {commands}")
            return 1
        for command in commands:
            program, *arguments = shlex.split(command, comments=True)
            if program == "firebreak-proxy" and "--validate" not in arguments:
                continue  # would serve
            done = subprocess.run([BINARIES / program, *arguments], cwd=folder, capture_output=True, text=True,
                                  check=False)
            print(f"$ {command}\n{done.stdout}{done.stderr}")
            if done.returncode != 0:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
