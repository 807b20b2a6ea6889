"""A Mastodon server for a test that is not our own: mastodon_mock, started on loopback and ended again."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

STARTS_WITHIN = 60.0
SEED = """
[[seed.accounts]]
username = "desk"
access_token = "desk-token"

[[seed.accounts]]
username = "member"
access_token = "member-token"
"""


@dataclass(frozen=True)
class MastodonServer:
    """Where it is, and who is there: our account and a member, by the names before their tokens."""

    url: str

    def as_member(self, method: str, path: str, **body: Any) -> Any:
        """What the member does, over the wire."""
        headers = {"Authorization": "Bearer member-token"}
        answer = requests.request(method, f"{self.url}/api/v1/{path}", json=body or None, headers=headers, timeout=10)
        assert answer.ok, f"{path}: {answer.status_code}"
        return answer.json()


@contextmanager
def running(folder: Path, scratch: Path) -> Iterator[MastodonServer]:
    """The server, with two accounts and nothing said; it ends with the block."""
    config = scratch / "mastodon_mock.toml"
    config.write_text(SEED)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(folder / "venv/bin/mastodon_mock"), "serve", "--config", str(config), "--in-memory"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    with (scratch / "server.log").open("w") as log:
        program = subprocess.Popen(command, cwd=scratch, stdout=log, stderr=subprocess.STDOUT)
        try:
            server = MastodonServer(f"http://127.0.0.1:{port}")
            _answers(server.url, program, scratch)
            yield server
        finally:
            program.terminate()
            program.wait(10)


def _answers(url: str, program: subprocess.Popen[bytes], scratch: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and program.poll() is None:
        try:
            requests.get(f"{url}/api/v2/instance", timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"mastodon_mock did not start: {(scratch / 'server.log').read_text()[-600:]}")
