"""The feed that others may follow, read by feedparser as a follower would."""

from __future__ import annotations

from typing import Any

import feedparser
import pytest
import requests


@pytest.mark.parametrize(("kind", "version"), [("rss", "rss20"), ("atom", "atom10")])
def test_a_feed_tells_what_members_began(kind: str, version: str, control: Any, wire: Any) -> None:
    account = control.account("mastodon")
    ours = wire.mastodon(account).status_post("Ours")
    control.post(
        "members/say", platform="mastodon", member="member-wren", text="An <old> \x08 & a new garden\nwith trees"
    )
    control.post("members/say", platform="mastodon", kind="question", reply_to=ours["id"])
    control.post("members/say", platform="bluesky", member="member-otter", text="x" * 90)
    answer = requests.get(f"{control.url}/feed.{kind}", timeout=5)
    found = feedparser.parse(answer.content)
    assert (found.version, bool(found.bozo)) == (version, False)
    assert [one.title for one in found.entries] == ["x" * 79 + "…", "An <old>  & a new garden"]
    assert len({one.id for one in found.entries}) == 2
    assert "mastodon.sandbox.example" in found.entries[1].link
    assert found.entries[1].published_parsed is not None
    only = feedparser.parse(requests.get(f"{control.url}/feed.{kind}?platform=bluesky", timeout=5).content)
    assert len(only.entries) == 1


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_a_feed_that_did_not_change_says_so(kind: str, control: Any) -> None:
    url = f"{control.url}/feed.{kind}"
    control.post("members/say", platform="x", member="member-wren", text="First")
    first = requests.get(url, timeout=5)
    asked = {"If-None-Match": first.headers["ETag"]}
    assert (requests.get(url, headers=asked, timeout=5).status_code, "Last-Modified" in first.headers) == (304, True)
    control.post("members/say", platform="x", member="member-wren", text="Second")
    assert requests.get(url, headers=asked, timeout=5).status_code == 200
    assert requests.get(f"{url}?platform=nowhere", timeout=5).status_code == 400
