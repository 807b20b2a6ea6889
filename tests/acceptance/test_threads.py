"""A thread with a picture, through the API and the machine's own ticks, as it really stands on four platforms."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import requests

from local.demo import OneMachine
from local.machine import Machine, operator_token
from local.sandbox.server import SandboxServer
from local.story import threads
from local.story.drawing import png
from local.story.stage import Api, Sandbox, StoryFailed, published
from local.story.story import PLATFORMS, Story

pytestmark = pytest.mark.acceptance
MARK = "by the witness"


def test_a_thread_with_a_picture_stands_as_it_was_meant(tmp_path: Path) -> None:
    with Machine(tmp_path, 0, 0) as machine:
        stage = OneMachine(machine, operator_token(machine.desk))
        story = Story(stage, tell=lambda _: None)
        owner = story._open_workspace()
        story._connect(owner)
        manager = Api(owner.url, story._people["manager"]["token"])
        post = threads.schedule(manager, story._accounts, png(200, 100), MARK, ahead=3)
        published(stage, manager, post["id"], "the threads", 90)
        sandbox = Sandbox(stage.sandbox_url)
        shown = set()
        for platform in PLATFORMS:
            account = story._accounts[platform]["sandbox_id"]
            assert threads.verify(sandbox, platform, account, None, MARK).startswith("https://")
            shown.add(sandbox.posts(platform, account)[0]["pictures"][0]["sha256"])
        (digest,) = shown
        threads.verify(sandbox, "x", story._accounts["x"]["sandbox_id"], digest, MARK)
        asked = requests.get(f"{stage.sandbox_url}/_sandbox/requests", params={"sort": "write"}, timeout=10).json()
        assert asked["count"] == 3 + 3 + 3 + 1, "each part is one write, and all of Bluesky's are one"


def _part(account: dict[str, Any], text: str, above: str | None = None, media: str | None = None) -> str:
    form = {"status": text, "in_reply_to_id": above, "media_ids[]": media}
    headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}
    url = f"{account['base_url']}/api/v1/statuses"
    return str(requests.post(url, data=form, headers=headers, timeout=5).json()["id"])


def _picture(account: dict[str, Any], alt: str) -> str:
    headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}
    files = {"file": ("a.png", png())}
    url = f"{account['base_url']}/api/v2/media"
    return str(requests.post(url, files=files, data={"description": alt}, headers=headers, timeout=5).json()["id"])


def test_a_thread_that_does_not_stand_so_is_told(tmp_path: Path) -> None:
    digest = hashlib.sha256(png()).hexdigest()
    with SandboxServer(tmp_path) as server:
        sandbox = Sandbox(server.url)

        def stands(name: str, alt: str, *, parts: int = 3, flat: bool = False, sha256: str = digest) -> str:
            account = sandbox.make_account("mastodon", name)
            head = last = _part(account, f"First of 3, {MARK}", media=_picture(account, alt))
            for nth in ("Second", "Third")[: parts - 1]:
                last = _part(account, f"{nth} of 3, {MARK}", above=head if flat else last)
            return threads.verify(sandbox, "mastodon", account["id"], sha256, MARK)

        assert stands("good", threads.ALT)
        for name, given, what in (
            ("short", {"parts": 2}, "2 parts"),
            ("flat", {"flat": True}, "does not stand under"),
            ("another", {"sha256": "0"}, "another picture"),
        ):
            with pytest.raises(StoryFailed, match=what):
                stands(name, threads.ALT, **given)  # type: ignore[arg-type]
        with pytest.raises(StoryFailed, match="described otherwise"):
            stands("other-words", "Something else")
