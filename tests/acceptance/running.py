"""The command `parley`, run as a user would run it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on just now."""
    with closing(socket.socket()) as one, closing(socket.socket()) as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def start(home: Path, *arguments: str, ports: tuple[int, int] | None = None, **settings: str) -> subprocess.Popen[str]:
    """The command `parley`, as a user would run it."""
    at = ["--port", str(ports[0]), "--sandbox-port", str(ports[1])] if ports else []
    return subprocess.Popen(
        [sys.executable, "-m", "local.cli", *arguments, "--home", str(home), *at],
        cwd=ROOT,
        env={**{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_as_in_a_terminal,  # noqa: PLW1509 - no threads of ours run while a test starts one
    )


def _as_in_a_terminal() -> None:
    """Ctrl-C is heard: a shell's background job, which these tests may be in, is started deaf to it and hands that down."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=180)
    return process.returncode, out, err


def demo(home: Path, ports: tuple[int, int]) -> dict[str, Any]:
    code, out, err = finished(start(home, "demo", "--json", ports=ports))
    assert code == 0, err
    account: dict[str, Any] = json.loads(out)
    return account


def wait_until(what: str, look: Any, seconds: float = 30) -> Any:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            found = look()
        except (OSError, sqlite3.Error):
            found = None
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


def refusal(process: subprocess.Popen[str]) -> str:
    """The one sentence with which a start was refused."""
    code, _, err = finished(process)
    assert code == 1
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1, err
    return err
