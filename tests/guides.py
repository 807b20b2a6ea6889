"""Guides: the commands that a document shows, run as they stand against a machine of their own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from local.machine import API_PORT, SANDBOX_PORT
from local.machine import Machine as House

ROOT = Path(__file__).resolve().parents[1]
FREE_OF_SETTINGS = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}

_FENCE = re.compile(r"^```(?P<kind>[a-z]*)(?P<mark>[ a-z]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_Seen = TypeVar("_Seen")

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def fenced(path: Path, kind: str, mark: str = "") -> list[str]:
    """The fenced blocks of a document of this kind that bear this mark."""
    found = _FENCE.finditer(path.read_text(encoding="utf-8"))
    return [one["body"] for one in found if one["kind"] == kind and one["mark"].strip() == mark]


def outside_fences(path: Path) -> str:
    """What a document says outside of its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run_as_shown(
    documents: Sequence[Path],
    home: Path,
    *,
    more: Mapping[str, str] = {},
    at_the_end: Callable[[House], _Seen] | None = None,
) -> tuple[str, _Seen | None]:
    """What the documents' `sh run` blocks print, in one shell; and what `at_the_end` sees of the machine they ran against.

    home: a folder that does not exist yet. more: settings beyond the defaults. Fails where a command does.
    """
    port, sandbox_port, python = free_port(), free_port(), shlex.quote(sys.executable)
    here = {
        f"127.0.0.1:{API_PORT}": f"127.0.0.1:{port}",
        f"127.0.0.1:{SANDBOX_PORT}": f"127.0.0.1:{sandbox_port}",
        ".venv/bin/parley": f"{python} -m local.cli",
        ".venv/bin/python": python,
    }
    blocks = "\n".join(block for one in documents for block in fenced(one, "sh", "run"))
    script = re.sub("|".join(map(re.escape, here)), lambda found: here[found[0]], blocks)
    environment = {**FREE_OF_SETTINGS, **more}
    with House(home, port, sandbox_port, environment) as machine:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=home.parent,
            env={**environment, "PARLEY_HOME": str(home), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout, at_the_end(machine) if at_the_end else None
