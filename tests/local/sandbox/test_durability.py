"""What was answered with success is still there after kill -9; a state directory has one owner; a taken port is one sentence."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from local.sandbox.server import SandboxServer
from tests.local.sandbox.conftest import Control, Wire
from tests.local.sandbox.drawing import png

ROOT = Path(__file__).parents[3]
KEY = "3n2qjxwo62423"


@pytest.fixture
def started() -> Iterator[Callable[[Path], tuple[subprocess.Popen[str], str]]]:
    running: list[subprocess.Popen[str]] = []

    def start(state: Path) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "local.sandbox", "--port", "0", "--state", str(state)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        return process, line.split()[-1].removesuffix("/_sandbox/")

    yield start
    for process in running:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_posts_tokens_and_clock_survive_kill_9(started: Any, tmp_path: Path) -> None:
    process, url = started(tmp_path)
    control, wire = Control(url), Wire(url)
    accounts = {name: control.account(name) for name in ("x", "reddit", "mastodon", "bluesky")}
    wire.x(accounts["x"]).create_tweet(text="x stays", user_auth=False)
    wire.reddit(accounts["reddit"]).subreddit("repairs").submit("r", selftext="r stays")
    first = wire.mastodon(accounts["mastodon"]).status_post("m stays", idempotency_key="k")
    wire.bluesky(accounts["bluesky"]).put(KEY, "b stays", swapRecord=None)
    pictured = wire.bluesky(accounts["bluesky"])
    image = {"alt": "grey", "image": pictured.upload(png()).json()["blob"]}
    record = {"embed": {"$type": "app.bsky.embed.images", "images": [image]}}
    pictured.put("3n2qjxwo62523", "b shows", record=record)
    loose = wire.mastodon(accounts["mastodon"]).media_post(png(9, 9), "image/png")
    gone = wire.mastodon(accounts["mastodon"]).status_post("m goes")
    wire.mastodon(accounts["mastodon"]).status_delete(gone["id"])
    control.post("clock", advance=1000)
    control.post("faults", platform="x", kind="late", on="write", seconds=500)
    with pytest.raises(requests.ConnectionError):
        wire.x(accounts["x"]).create_tweet(text="x comes late", user_auth=False)
    before, files = control.get("posts"), control.get("uploads")
    now = control.get("health")["now"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    _, url = started(tmp_path)
    control, wire = Control(url), Wire(url)
    assert control.get("posts") == before
    assert {one["text"] for one in before["posts"]} == {"x stays", "r stays", "m stays", "b stays", "b shows"}
    assert control.get("uploads") == files
    assert [one["width"] for one in files["uploads"]] == [40, 9]
    digest = before["posts"][-1]["pictures"][0]["sha256"]
    assert requests.get(f"{url}/_sandbox/media/{digest}", timeout=5).content == png()
    shown = wire.mastodon(accounts["mastodon"]).status_post("m shows", media_ids=[loose["id"]])
    assert shown["media_attachments"][0]["id"] == loose["id"]
    assert control.get("health")["now"] > now
    assert {name: control.account(name)["credential"] for name in accounts} == {
        name: one["credential"] for name, one in accounts.items()
    }
    again = wire.mastodon(accounts["mastodon"]).status_post("m stays", idempotency_key="k")
    assert again["id"] == first["id"]
    assert again["uri"] == first["uri"], "the same on another port"
    assert "commit" not in wire.bluesky(accounts["bluesky"]).put(KEY, "b stays", swapRecord=None).json()
    control.post("clock", advance=500)
    assert control.texts("x") == ["x stays", "x comes late"]


def test_a_journal_from_before_pictures_is_read(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        Wire(server.url).mastodon(Control(server.url).account("mastodon")).status_post("old")
    journal = tmp_path / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    for line in lines:
        if line["e"] == "post":
            assert line["v"].pop("pictures") == []
    late = {"id": 1, "due": "2026-11-20T12:00:00+00:00", "platform": "x", "method": "GET", "path": "/2/users/me"}
    lines.append({"e": "late", "v": {**late, "query": "", "headers": {}, "body": ""}})
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with SandboxServer(tmp_path) as server:
        assert Control(server.url).get("posts")["posts"][0]["pictures"] == []


def test_a_line_that_was_cut_short_does_not_stop_a_start(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        wire = Wire(server.url)
        wire.mastodon(Control(server.url).account("mastodon")).status_post("whole")
    journal = tmp_path / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"e":"post","v":{"pla')
    for _ in range(2):
        with SandboxServer(tmp_path) as server:
            control = Control(server.url)
            assert control.texts("mastodon") == ["whole"]
            control.post("members/say", platform="mastodon", kind="praise")
    with SandboxServer(tmp_path) as server:
        assert len(Control(server.url).texts("mastodon", who="members")) == 2


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.sandbox", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = _run("--port", str(taken.getsockname()[1]))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "in use" in ended.stderr


def test_a_state_directory_has_one_owner(tmp_path: Path) -> None:
    with SandboxServer(tmp_path):
        ended = _run("--port", "0", "--state", str(tmp_path))
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "state directory" in ended.stderr


def test_stopping_frees_the_port_and_may_be_done_twice() -> None:
    server = SandboxServer().start()
    port = int(server.url.rsplit(":", 1)[1])
    requests.get(f"{server.url}/_sandbox/health", timeout=5)
    server.stop()
    server.stop()
    with SandboxServer(port=port) as again:
        assert again.url == server.url


def test_a_server_that_sees_its_end_early_stops_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    server = SandboxServer().start()
    serving, plain = server._thread, server._stopping.set
    assert serving is not None

    def set_and_seen() -> None:
        plain()
        with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=5):
            serving.join(5)  # a connection wakes it before it is told

    monkeypatch.setattr(server._stopping, "set", set_and_seen)
    server.stop()
    assert not serving.is_alive()
    with SandboxServer(port=int(server.url.rsplit(":", 1)[1])):
        pass


def test_nothing_said_is_written_to_the_output(started: Any, tmp_path: Path) -> None:
    process, url = started(tmp_path)
    control = Control(url)
    account = control.account("x")
    Wire(url).x(account).create_tweet(text="quiet words", user_auth=False)
    requests.get(f"{url}/x/2/nothing?secret=1", timeout=5)
    process.terminate()
    said, _ = process.communicate(timeout=10)
    assert said == ""
    assert process.returncode == 0
