"""Bluesky's gates, blocks and cards in the sandbox, spoken in plain XRPC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.sandbox.network import SandboxNetwork

KEY = "3n2qjxwo62423"
POSTS, GATES, BLOCKS = "app.bsky.feed.post", "app.bsky.feed.threadgate", "app.bsky.graph.block"


@pytest.fixture
def agent(wire: Any, control: Any) -> Any:
    return wire.bluesky(control.account("bluesky"))


def put(agent: Any, collection: str, rkey: str, record: Any, **more: Any) -> Any:
    body = {"repo": agent.did, "collection": collection, "rkey": rkey, "record": record, **more}
    return agent.post("com.atproto.repo.putRecord", body)


def gate(agent: Any, *hidden: str, **more: Any) -> dict[str, Any]:
    made = {"post": f"at://{agent.did}/{POSTS}/{KEY}", "createdAt": "2026-11-20T12:00:00.000Z", **more}
    return made | ({"hiddenReplies": list(hidden)} if hidden else {})


def test_a_gate_is_changed_only_in_place_of_what_was_read(agent: Any) -> None:
    first = put(agent, GATES, KEY, gate(agent), swapRecord=None).json()
    refused = put(agent, GATES, KEY, gate(agent, "at://a/b/c"), swapRecord=None)
    assert refused.json() == {"error": "InvalidSwap", "message": f"Record was at {first['cid']}"}
    assert put(agent, GATES, KEY, gate(agent, "at://a/b/c"), swapRecord=first["cid"]).status_code == 200
    asked = {"repo": agent.did, "collection": GATES, "rkey": KEY}
    assert agent.get("com.atproto.repo.getRecord", **asked).json()["value"]["hiddenReplies"] == ["at://a/b/c"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"post": "at://did:plc:another/app.bsky.feed.post/" + KEY},
        {"hiddenReplies": [f"at://a/b/{n}" for n in range(301)]},
        {"allow": [{"$type": f"{GATES}#friendRule"}]},
        {"createdAt": 7},
    ],
    ids=["another's", "too-many", "a-rule-of-its-own", "no-time"],
)
def test_a_gate_that_is_none_is_refused(agent: Any, wrong: dict[str, Any]) -> None:
    assert put(agent, GATES, KEY, gate(agent) | wrong).status_code == 400


def test_a_gate_and_its_post_are_kept_together_or_not_at_all(agent: Any, control: Any) -> None:
    kind = "com.atproto.repo.applyWrites#create"
    post = {"$type": POSTS, "text": "gated", "createdAt": "2026-11-20T12:00:00.000Z"}
    writes = [
        {"$type": kind, "collection": POSTS, "rkey": KEY, "value": post},
        {"$type": kind, "collection": GATES, "rkey": KEY, "value": gate(agent, allow=[])},
    ]
    odd = [writes[0], {**writes[1], "value": {}}]
    assert agent.post("com.atproto.repo.applyWrites", {"repo": agent.did, "writes": odd}).status_code == 400
    assert control.texts("bluesky") == []
    assert agent.post("com.atproto.repo.applyWrites", {"repo": agent.did, "writes": writes}).status_code == 200
    assert agent.post("com.atproto.repo.applyWrites", {"repo": agent.did, "writes": writes[1:]}).status_code == 500
    thread = agent.get("app.bsky.feed.getPostThread", uri=f"at://{agent.did}/{POSTS}/{KEY}").json()
    assert thread["threadgate"]["record"]["allow"] == []


def test_a_block_is_seen_in_the_profile_until_it_goes(agent: Any, control: Any) -> None:
    other = control.account("bluesky", "another-desk")
    block = {"subject": other["id"], "createdAt": "2026-11-20T12:00:00.000Z"}
    assert put(agent, BLOCKS, KEY, block).status_code == 200
    profile = agent.get("app.bsky.actor.getProfile", actor=other["handle"]).json()
    assert profile["viewer"]["blocking"] == f"at://{agent.did}/{BLOCKS}/{KEY}"
    gone = {"repo": agent.did, "collection": BLOCKS, "rkey": KEY}
    for _ in range(2):
        assert agent.post("com.atproto.repo.deleteRecord", gone).status_code == 200
    assert "blocking" not in agent.get("app.bsky.actor.getProfile", actor=other["handle"]).json()["viewer"]


@pytest.mark.parametrize(
    "external",
    [{"uri": "https://example.org/"}, {"uri": "no address", "title": "", "description": ""}, None],
    ids=["no-title", "no-address", "nothing"],
)
def test_a_card_that_is_none_is_refused(agent: Any, external: Any) -> None:
    embed = {"$type": "app.bsky.embed.external", "external": external}
    assert agent.put(KEY, "look", record={"embed": embed}).status_code == 400


def test_a_search_finds_a_phrase_in_any_case_newest_first(agent: Any) -> None:
    for n, text in enumerate(("Otters at night", "no such animal", "more OTTERS AT NIGHT")):
        agent.put(f"3n2qjxwo6242{n + 2}", text)
    found = agent.get("app.bsky.feed.searchPosts", q='"otters at night"').json()["posts"]
    assert [one["record"]["text"] for one in found] == ["more OTTERS AT NIGHT", "Otters at night"]
    assert agent.get("app.bsky.feed.searchPosts", q='""').json()["error"] == "BadQueryString"


def test_records_are_there_after_a_restart(tmp_path: Path) -> None:
    first = SandboxNetwork(tmp_path)
    first.keep_record("bluesky", "at://a/b/1", {"n": 1})
    first.keep_record("bluesky", "at://a/b/2", {"n": 2})
    first.keep_record("bluesky", "at://a/b/1", None)
    first.close()
    again = SandboxNetwork(tmp_path)
    assert again.records("bluesky", "at://a/") == {"at://a/b/2": {"n": 2}}
    assert again.record("bluesky", "at://a/b/1") is None
    again.close()
