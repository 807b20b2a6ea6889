"""The story on one machine: through the command, twice, after `kill -9` at the worst moment, and what stops a start."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from local.sandbox.server import SandboxServer

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).resolve().parents[2]
PLATFORMS = ("x", "reddit", "mastodon", "bluesky")


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


def sending(home: Path) -> list[str]:
    """Platforms whose variant is SENDING just now, read from the record's file beside the running process."""
    with closing(sqlite3.connect(f"file:{home / 'parley.sqlite'}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT body FROM item WHERE sk LIKE 'VARIANT#%'").fetchall()
    return [item["platform"] for (body,) in rows if (item := json.loads(body))["state"] == "sending"]


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


def posted(home: Path) -> dict[tuple[str, str], list[str]]:
    """What really stands in the sandbox, by platform and account: the words of first posts, what replies stand under."""
    found: dict[tuple[str, str], list[str]] = {}
    with SandboxServer(home / "sandbox") as server:
        for post in requests.get(f"{server.url}/_sandbox/posts", timeout=10).json()["posts"]:
            about = post["reply_to"] or f"first post: {post['title']} {post['text']}"
            found.setdefault((post["platform"], post["handle"]), []).append(about)
    return found


def test_the_story_is_verified_and_again_on_the_same_record(tmp_path: Path) -> None:
    ports = free_ports()
    first = demo(tmp_path, ports)
    assert {line["step"] for line in first["verified"]} == {2, 3, 4, 5, 6, 7}
    assert first["first_published_s"] <= 30
    assert first["seconds"] <= 120
    again = demo(tmp_path, ports)
    assert again["settled_before"] == []
    workspaces = {line["seen"] for one in (first, again) for line in one["verified"] if "workspace" in line["seen"]}
    assert len(workspaces) == 2


def test_killed_in_the_middle_of_sending_it_says_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    ports = free_ports()
    url = f"http://127.0.0.1:{ports[1]}/_sandbox"
    running = start(tmp_path, "demo", "--json", ports=ports)
    try:
        wait_until("the sandbox", lambda: requests.get(f"{url}/health", timeout=1).ok)
        for platform in PLATFORMS:
            # The post lands; its answer takes so long that the process is gone before it comes.
            fault = {"kind": "slow", "platform": platform, "on": "write", "seconds": 20}
            assert requests.post(f"{url}/faults", json=fault, timeout=5).ok
        wait_until("posts that are being sent", lambda: len(sending(tmp_path)) >= 2)
    finally:
        running.kill()
        running.communicate()
    in_doubt = sending(tmp_path)
    assert in_doubt

    code, out, err = finished(start(tmp_path, "doubts", "--json"))
    assert code == 0, err
    assert sorted(one["platform"] for one in json.loads(out)) == sorted(in_doubt)

    account = demo(tmp_path, ports)
    settled = {one["platform"]: one["state"] for one in account["settled_before"]}
    assert sorted(settled) == sorted(in_doubt)
    assert set(settled.values()) <= {"published", "needs_review"}
    for (platform, handle), posts in posted(tmp_path).items():
        assert len(posts) == len(set(posts)), f"{handle} on {platform} said something twice"
        if settled.get(platform) == "published":
            assert any(one.startswith("first post") for one in posts)


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


def refusal(process: subprocess.Popen[str]) -> str:
    """The one sentence with which a start was refused."""
    code, _, err = finished(process)
    assert code == 1
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1, err
    return err


@pytest.mark.parametrize("place", ["api", "sandbox"])
def test_a_port_in_use_is_one_sentence(tmp_path: Path, taken: int, place: str) -> None:
    free, _ = free_ports()
    ports = (taken, free) if place == "api" else (free, taken)
    assert f"Port {taken}" in refusal(start(tmp_path, "serve", "--sandbox", ports=ports))


def test_a_damaged_record_is_one_sentence(tmp_path: Path) -> None:
    assert finished(start(tmp_path, "init"))[0] == 0
    (tmp_path / "parley.sqlite").write_bytes(b"this is no database" * 100)
    assert "is not a Parley database" in refusal(start(tmp_path, "serve", ports=free_ports()))


def test_a_locked_record_is_one_sentence(tmp_path: Path) -> None:
    assert finished(start(tmp_path, "init"))[0] == 0
    with closing(sqlite3.connect(tmp_path / "parley.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert "locked" in refusal(start(tmp_path, "init"))


def test_a_key_file_that_others_may_read_stops_the_start(tmp_path: Path) -> None:
    assert finished(start(tmp_path, "init"))[0] == 0
    (tmp_path / "vault.key").chmod(0o644)
    assert "vault.key" in refusal(start(tmp_path, "init"))


def test_a_record_without_its_key_stops_the_start_and_makes_no_new_one(tmp_path: Path) -> None:
    assert finished(start(tmp_path, "init"))[0] == 0
    (tmp_path / "vault.key").unlink()
    assert "put the key file back" in refusal(start(tmp_path, "init"))
    assert not (tmp_path / "vault.key").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARLEY_ENGINE", "oracle"),
        ("PARLEY_LEASE_SECONDS", "soon"),
        ("PARLEY_LEASE_SECONDS", "5"),
        ("PARLEY_HOSTS_MASTODON", "http://169.254.169.254"),
        ("PARLEY_HOST_X", "https://x.example"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    code, _, err = finished(start(tmp_path, "init", **{name: value}))
    assert code == 1
    assert name in err
    assert "Traceback" not in err


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    code, _, err = finished(start(tmp_path, "init", PARLEY_ENGINE="aws"))
    assert code == 1
    for name in ("PARLEY_TABLE", "PARLEY_KMS_KEY", "PARLEY_MAIL_FROM"):
        assert name in err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serving_stops_when_asked_to(tmp_path: Path, how: signal.Signals) -> None:
    ports = free_ports()
    running = start(tmp_path, "serve", "--sandbox", ports=ports)
    try:
        answer = wait_until("the API", lambda: requests.get(f"http://127.0.0.1:{ports[0]}/health", timeout=2))
        assert answer.json()["status"] == "ok"
        running.send_signal(how)
        code, out, err = finished(running)
    finally:
        running.kill()
        running.communicate()
    assert code == 0, err
    assert "Traceback" not in err
    assert f":{ports[0]}" in out


def test_an_interrupted_demo_says_so_in_one_sentence(tmp_path: Path) -> None:
    ports = free_ports()
    running = start(tmp_path, "demo", ports=ports)
    try:
        wait_until("the API", lambda: requests.get(f"http://127.0.0.1:{ports[0]}/health", timeout=2))
        running.send_signal(signal.SIGINT)
        assert "Interrupted" in refusal(running)
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("port", ["0", "99999", "http"])
def test_a_port_that_there_is_not_is_refused_by_name(tmp_path: Path, port: str) -> None:
    code, _, err = finished(start(tmp_path, "serve", "--port", port))
    assert code == 2
    assert "--port" in err
    assert "Traceback" not in err


def test_the_log_holds_no_text_name_or_token(tmp_path: Path) -> None:
    code, out, _ = finished(start(tmp_path, "init", "--json"))
    assert code == 0
    token = json.loads(out)["operator_token"]
    account = demo(tmp_path, free_ports())
    log = (tmp_path / "parley.log").read_text(encoding="utf-8")
    assert log.count("\n") > 50
    handles = next(line["seen"] for line in account["verified"] if "mastodon:" in line["seen"])
    mark = handles.split("mastodon: ")[1].split(",")[0]
    for private in (token, mark, "member-otter", "workshop", "owner@desk.example", "Repair", "ending my life"):
        assert private not in log
