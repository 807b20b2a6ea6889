"""`make lock`: resolve the dependencies anew. Every list carries hashes and names no index address."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMON = ("--quiet", "--no-header", "--generate-hashes", "--no-emit-index-url", "--python-version", "3.11")

LISTS: dict[str, tuple[str, ...]] = {
    # Everything on one machine: runs on any Python from 3.11 on, on any system.
    "requirements.lock": ("pyproject.toml", "--all-extras", "--universal"),
    # uv itself, by which the rest is installed.
    "requirements-uv.lock": ("requirements-uv.in", "--universal"),
    # The local AWS emulator and the template's linter, in an environment of their own.
    "requirements-stack.lock": ("requirements-stack.in", "--universal"),
    # What goes into the Lambda archive (lambda_requirements): compiled for Lambda's system, from wheels only, in the
    # versions that everything here is tested with.
    "requirements.txt": (
        "-",
        "--python-platform=x86_64-manylinux2014",
        "--only-binary=:all:",
        "--constraint=requirements.lock",
        "--no-annotate",
    ),
}

BROUGHT = frozenset({"boto3", "chalice"})
"""Not in the archive's list: Lambda ships boto3, and `chalice package` adds the two files of Chalice that run there."""


def lambda_requirements() -> list[str]:
    """What pyproject.toml asks for at run time, less what Lambda and Chalice bring with all that those need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [one for one in project["dependencies"] if re.split(r"[^A-Za-z0-9._-]", one)[0].lower() not in BROUGHT]


def main() -> int:
    """Write every list. Returns uv's exit code where it fails."""
    uv = Path(sys.executable).parent / "uv"
    for target, arguments in LISTS.items():
        source, *options = arguments
        command = [str(uv), "pip", "compile", source, *COMMON, *options, "--output-file", target]
        given = "\n".join(lambda_requirements()) if source == "-" else None
        done = subprocess.run(command, cwd=ROOT, env=os.environ, input=given, text=True, check=False)
        if done.returncode:
            print(f"{target} could not be resolved; the list that stood there is unchanged.", file=sys.stderr)
            return done.returncode
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
