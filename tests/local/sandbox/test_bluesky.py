"""Bluesky, spoken in plain XRPC."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

KEY = "3n2qjxwo62423"
POSTS = "app.bsky.feed.post"


@pytest.fixture
def account(control: Any) -> Any:
    return control.account("bluesky")


@pytest.fixture
def agent(wire: Any, account: Any) -> Any:
    return wire.bluesky(account)


def _says(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


def test_a_session_names_its_owner_and_its_end(agent: Any, account: Any) -> None:
    assert agent.session["did"] == account["id"]
    claims = agent.session["accessJwt"].split(".")[1]
    read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert read["exp"] - read["iat"] == 7200
    assert agent.get("com.atproto.server.getSession").json()["handle"] == "parley-desk.bsky.test"
    assert agent.get("com.atproto.identity.resolveHandle", handle=account["handle"]).json() == {"did": account["id"]}


def test_putting_the_same_record_again_changes_nothing(agent: Any, control: Any) -> None:
    first = agent.put(KEY, "hello", swapRecord=None).json()
    again = agent.put(KEY, "hello", swapRecord=None)
    assert "commit" in first
    assert again.status_code == 200
    assert "commit" not in again.json()
    assert (again.json()["uri"], again.json()["cid"]) == (first["uri"], first["cid"])
    assert control.texts("bluesky") == ["hello"]


def test_other_bytes_under_the_same_key_are_refused(agent: Any, control: Any) -> None:
    first = agent.put(KEY, "hello", swapRecord=None).json()
    for other in ({"text": "changed"}, {"createdAt": "2026-11-20T12:00:01.000Z"}):
        answer = agent.put(KEY, "hello", swapRecord=None, record=other)
        assert answer.status_code == 400
        assert answer.json() == {"error": "InvalidSwap", "message": f"Record was at {first['cid']}"}
    assert control.texts("bluesky") == ["hello"]
    agent.put(KEY, "without a swap it is overwritten")
    assert control.texts("bluesky") == ["without a swap it is overwritten"]


def test_get_record_proves_presence_and_absence(agent: Any, account: Any) -> None:
    asked = {"repo": account["id"], "collection": POSTS, "rkey": KEY}
    assert _says(agent.get("com.atproto.repo.getRecord", **asked)) == (400, "RecordNotFound")
    made = agent.put(KEY, "hello", swapRecord=None).json()
    found = agent.get("com.atproto.repo.getRecord", **asked).json()
    assert (found["cid"], found["value"]["text"]) == (made["cid"], "hello")
    for _ in range(2):
        assert agent.post("com.atproto.repo.deleteRecord", asked).status_code == 200
    assert _says(agent.get("com.atproto.repo.getRecord", **asked)) == (400, "RecordNotFound")


def test_creating_under_a_used_key_is_a_500(agent: Any, account: Any) -> None:
    agent.put(KEY, "hello")
    record = {"$type": POSTS, "text": "hello", "createdAt": "2026-11-20T12:00:00.000Z"}
    body = {"repo": account["id"], "collection": POSTS, "record": record}
    assert _says(agent.post("com.atproto.repo.createRecord", body | {"rkey": KEY})) == (500, "InternalServerError")
    for _ in range(2):
        assert agent.post("com.atproto.repo.createRecord", body).status_code == 200
    listed = agent.get("com.atproto.repo.listRecords", repo=account["id"], collection=POSTS, limit=2).json()
    rest = agent.get(
        "com.atproto.repo.listRecords", repo=account["id"], collection=POSTS, cursor=listed["cursor"]
    ).json()
    assert len(listed["records"]) + len(rest["records"]) == 3


def test_records_are_checked(agent: Any, account: Any, control: Any) -> None:
    for key, text, record in (
        (KEY, "a" * 301, {}),
        (KEY, "👨‍👩‍👧‍👦" * 130, {}),
        (KEY, "x", {"createdAt": "yesterday"}),
        (KEY, "x", {"weight": 1.5}),
        ("job-123", "x", {}),
        (KEY, "x", {"reply": {"root": {"uri": "at://x"}}}),
    ):
        assert _says(agent.put(key, text, record=record)) == (400, "InvalidRequest")
    assert agent.put(KEY, "x", repo="did:plc:other").status_code == 401
    assert agent.put(KEY, "👨‍👩‍👧‍👦" * 100).status_code == 200
    assert control.get("posts", platform="bluesky")["count"] == 1


def test_mentions_need_a_facet_and_answers_do_not(agent: Any, account: Any, control: Any, wire: Any) -> None:
    ours = agent.put(KEY, "Ask us").json()
    control.post("members/say", platform="bluesky", kind="praise", account=account["id"])
    control.post("members/say", platform="bluesky", kind="question", reply_to=ours["uri"])
    wire.bluesky(control.account("bluesky", "second-desk")).put(KEY, f"hey @{account['handle']}")
    found = agent.get("app.bsky.notification.listNotifications").json()["notifications"]
    assert [one["reason"] for one in found] == ["reply", "mention"]
    assert found[0]["reasonSubject"] == ours["uri"]
    assert found[0]["record"]["reply"]["root"] == {"uri": ours["uri"], "cid": ours["cid"]}
    facet = found[1]["record"]["facets"][0]["index"]
    text = found[1]["record"]["text"].encode()
    assert text[facet["byteStart"] : facet["byteEnd"]].decode() == f"@{account['handle']}"
    only = agent.get("app.bsky.notification.listNotifications", reasons=["mention"]).json()["notifications"]
    assert [one["uri"] for one in only] == [found[1]["uri"]]


def test_the_cursor_leads_into_history(agent: Any, account: Any, control: Any) -> None:
    for number in range(5):
        control.post("members/say", platform="bluesky", member="member-wren", text=f"n{number}", account=account["id"])
    seen, cursor = [], None
    for _ in range(3):
        page = agent.get("app.bsky.notification.listNotifications", limit=2, cursor=cursor).json()
        seen += [one["record"]["text"][-2:] for one in page["notifications"]]
        cursor = page.get("cursor")
    assert cursor is None
    assert seen == ["n4", "n3", "n2", "n1", "n0"]


def test_posts_feeds_and_threads_show_what_was_said(agent: Any, account: Any, control: Any) -> None:
    ours = agent.put(KEY, "Root").json()["uri"]
    answer = control.post("members/say", platform="bluesky", kind="question", reply_to=ours)["id"]
    posts = agent.get("app.bsky.feed.getPosts", uris=[ours, "at://did:plc:x/app.bsky.feed.post/none"]).json()["posts"]
    assert [(one["uri"], one["replyCount"]) for one in posts] == [(ours, 1)]
    feed = agent.get("app.bsky.feed.getAuthorFeed", actor=account["id"]).json()["feed"]
    assert [one["post"]["uri"] for one in feed] == [ours]
    thread = agent.get("app.bsky.feed.getPostThread", uri=answer).json()["thread"]
    assert thread["post"]["uri"] == answer
    assert thread["parent"]["post"]["uri"] == ours
    below = agent.get("app.bsky.feed.getPostThread", uri=ours).json()["thread"]["replies"]
    assert [one["post"]["uri"] for one in below] == [answer]


def test_tokens_end_as_the_real_ones_do(agent: Any, account: Any, control: Any, wire: Any) -> None:
    where = "com.atproto.server.getSession"
    assert _says(agent.get(where, token="garbage")) == (400, "InvalidToken")
    assert _says(agent.get(where, token="")) == (401, "AuthMissing")
    assert _says(agent.get(where, token=agent.session["refreshJwt"])) == (400, "InvalidToken")
    control.post("clock", advance=7201)
    assert _says(agent.get(where)) == (400, "ExpiredToken")
    fresh = agent.post("com.atproto.server.refreshSession", token=agent.session["refreshJwt"]).json()
    assert agent.get(where, token=fresh["accessJwt"]).status_code == 200
    control.post("revoke", platform="bluesky", account=account["id"])
    assert _says(agent.post("com.atproto.server.refreshSession", token=fresh["refreshJwt"])) == (400, "ExpiredToken")
    assert "accessJwt" not in wire.bluesky(account).session


def test_a_write_tells_of_points_once_they_are_what_is_left_least(agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = agent.put(KEY, "hello")
    assert (first.headers["ratelimit-limit"], first.headers["ratelimit-policy"]) == ("3000", "3000;w=300")
    monkeypatch.setattr("local.sandbox.bluesky.POINTS", 100)
    second = agent.put(KEY, "hello")
    assert second.headers["ratelimit-policy"] == "100;w=3600"
    assert second.headers["ratelimit-remaining"] == "96", "two puts at two points each"
