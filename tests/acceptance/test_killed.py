"""The story, after `kill -9` at the worst moment."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests

from local.sandbox.server import SandboxServer
from tests.acceptance.running import demo, finished, free_ports, start, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

PLATFORMS = ("x", "reddit", "mastodon", "bluesky")


def sending(home: Path) -> list[str]:
    """Platforms whose variant is SENDING just now, read from the record's file beside the running process."""
    with closing(sqlite3.connect(f"file:{home / 'parley.sqlite'}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT body FROM item WHERE sk LIKE 'VARIANT#%'").fetchall()
    return [item["platform"] for (body,) in rows if (item := json.loads(body))["state"] == "sending"]


def posted(home: Path) -> dict[tuple[str, str], list[str]]:
    """What really stands in the sandbox, by platform and account: the words of first posts, what replies stand under."""
    found: dict[tuple[str, str], list[str]] = {}
    with SandboxServer(home / "sandbox") as server:
        for post in requests.get(f"{server.url}/_sandbox/posts", timeout=10).json()["posts"]:
            about = post["reply_to"] or f"first post: {post['title']} {post['text']}"
            found.setdefault((post["platform"], post["handle"]), []).append(about)
    return found


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
