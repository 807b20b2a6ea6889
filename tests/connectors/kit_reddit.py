"""Reddit, for the contract suite."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.capabilities import Platform
from connectors.contract import Draft, Identity, Limit, RemoteRef, Unproven
from tests.connectors.kit import NOW, TEXT, Kit
from tests.connectors.loopback import Loopback, Reply


def _reddit_token(server: Loopback) -> None:
    body = {"access_token": "SECRET-access", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
    server.on("POST", "/api/v1/access_token", Reply(body))


def _reddit_own(own: list[tuple[str, Draft, datetime]]) -> Any:
    children = []
    for name, draft, made in own:
        item: dict[str, Any] = {
            "name": name,
            "author": "parley",
            "created_utc": made.timestamp(),
            "permalink": "/r/test/x/",
        }
        if draft.in_reply_to:
            item |= {"body": draft.text, "parent_id": draft.in_reply_to.id}
        else:
            item |= {"title": draft.title, "selftext": draft.text, "subreddit": "Test"}
        children.append({"kind": name[:2], "data": item})
    return {"kind": "Listing", "data": {"children": children, "after": None}}


def _reddit_inbox(entries: list[tuple[str, str, datetime]]) -> Any:
    children = [
        {
            "kind": "t1",
            "data": {
                "name": name,
                "author": "someone",
                "author_fullname": "t2_7",
                "body": text,
                "type": "username_mention",
                "created_utc": made.timestamp(),
                "context": f"/r/test/comments/abc/t/{name[3:]}/?context=3",
                "parent_id": "t3_abc",
                "subreddit": "test",
            },
        }
        for name, text, made in entries
    ]
    return {"kind": "Listing", "data": {"children": children, "after": None}}


def _reddit_shown(draft: Draft, *, ours: bool) -> Any:
    name = "t1_1001" if draft.in_reply_to else "t3_1001"
    body = _reddit_own([(name, draft, NOW)])
    body["data"]["children"][0]["data"]["author"] = "Parley" if ours else "someone"
    return body


REDDIT = Kit(
    platform=Platform.REDDIT,
    credential={
        "client_id": "id",
        "client_secret": "SECRET-client",
        "refresh_token": "SECRET-refresh",
        "user_agent": "parley tests by nobody",
    },
    identity=Identity("t2_42", "parley"),
    draft=Draft(TEXT, title="A title", community="r/test"),
    target=RemoteRef("t1_900"),
    write=("POST", "/api/submit"),
    reply_write=("POST", "/api/comment"),
    created={
        "json": {"errors": [], "data": {"id": "1001", "name": "t3_1001", "url": "https://www.reddit.com/r/t/1001/"}}
    },
    created_id="t3_1001",
    sent_text=lambda body: str(body["text"]),
    refusal=Reply({"json": {"errors": [["SUBMIT_VALIDATION", f"You may not say {TEXT}", "text"]]}}),
    limited=Reply(
        None, 429, {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "1000", "x-ratelimit-reset": "93"}, b""
    ),
    limited_for=93,
    whoami=("/api/v1/me", {"id": "42", "name": "parley"}),
    own_listing=("/user/parley/submitted", _reddit_own),
    silence=Unproven,
    inbox=("/message/inbox", _reddit_inbox),
    told_left=(
        {"x-ratelimit-remaining": "584.0", "x-ratelimit-used": "16", "x-ratelimit-reset": "251"},
        Limit(584, 251, "app"),
    ),
    look_up=("/api/info", _reddit_shown),
    missing=Reply({"kind": "Listing", "data": {"children": [], "after": None}}),
    references=(
        "t3_1001",
        "1001",
        "https://redd.it/1001",
        "https://www.reddit.com/r/test/comments/1001/a_title/",
        "https://old.reddit.com/r/test/comments/1001/a_title/?utm_source=share",
        "https://reddit.com/comments/1001",
        "https://www.reddit.com/user/parley/comments/1001/a_title",
        "www.reddit.com/r/test/comments/1001/",
    ),
    foreign=(
        "https://www.reddit.com/r/test/s/AbCdEf",
        "https://www.reddit.com/r/test/",
        "https://notreddit.com/r/test/comments/1001/a/",
        "t5_1001",
    ),
    client_id="id",
    native_id=lambda number: f"t1_{number}",
    deletes_alike=True,
    reply_id=lambda number: f"t1_{number}",
    mention_id=lambda number: f"t1_{number}",
    removal=("POST", "/api/del"),
    prepare=_reddit_token,
)
