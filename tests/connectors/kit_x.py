"""X, for the contract suite."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.capabilities import Platform
from connectors.contract import Draft, Identity, Limit, RemoteRef, Unproven
from tests.connectors.kit import EPOCH, NOW, TEXT, Kit, iso
from tests.connectors.loopback import Reply


def _x_post(post_id: str, draft: Draft, made: datetime) -> dict[str, Any]:
    post: dict[str, Any] = {
        "id": post_id,
        "text": draft.text.replace("https://example.org/a?b=1&c=2", "https://t.co/abc")
        .replace("<", "&lt;")
        .replace(">", "&gt;"),
        "created_at": iso(made),
        "author_id": "42",
        "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://example.org/a?b=1&c=2"}]},
    }
    if draft.in_reply_to:
        post["text"] = f"@someone {post['text']}"
        post["referenced_tweets"] = [{"type": "replied_to", "id": draft.in_reply_to.id}]
    return post


def _x_mentions(entries: list[tuple[str, str, datetime]]) -> Any:
    posts = [{"id": i, "text": t, "author_id": "7", "created_at": iso(m), "conversation_id": i} for i, t, m in entries]
    return _x_page(posts)


def _x_page(posts: list[Any]) -> Any:
    if not posts:
        return {"meta": {"result_count": 0}}
    users = [{"id": "7", "username": "someone", "name": "Some One"}]
    return {
        "data": posts,
        "includes": {"users": users},
        "meta": {"result_count": len(posts), "newest_id": posts[0]["id"]},
    }


X_WINDOWS = {
    "date": "Fri, 20 Nov 2026 12:00:00 GMT",
    "x-rate-limit-remaining": "97",
    "x-rate-limit-reset": str(EPOCH + 840),
    "x-user-limit-24hour-remaining": "450",
    "x-user-limit-24hour-reset": str(EPOCH + 40_000),
    "x-app-limit-24hour-remaining": "9000",
    "x-app-limit-24hour-reset": str(EPOCH + 50_000),
}

X = Kit(
    platform=Platform.X,
    credential={"access_token": "SECRET-x"},
    identity=Identity("42", "parley"),
    draft=Draft(TEXT),
    target=RemoteRef("900"),
    write=("POST", "/2/tweets"),
    reply_write=("POST", "/2/tweets"),
    created={"data": {"id": "1001", "text": TEXT}},
    created_id="1001",
    sent_text=lambda body: str(body["text"]),
    refusal=Reply(
        {"title": "Forbidden", "status": 403, "type": "about:blank", "detail": f"You may not say {TEXT}"}, 403
    ),
    limited=Reply(
        {"title": "Too Many Requests", "status": 429},
        429,
        {
            "date": "Fri, 20 Nov 2026 12:00:00 GMT",
            "x-rate-limit-remaining": "12",
            "x-rate-limit-reset": str(EPOCH + 60),
            "x-user-limit-24hour-remaining": "0",
            "x-user-limit-24hour-reset": str(EPOCH + 7200),
        },
    ),
    limited_for=7200,
    whoami=("/2/users/me", {"data": {"id": "42", "username": "parley", "name": "P"}}),
    own_listing=("/2/users/42/tweets", lambda own: _x_page([_x_post(*entry) for entry in own])),
    silence=Unproven,
    inbox=("/2/users/42/mentions", _x_mentions),
    told_left=(X_WINDOWS, Limit(97, 840, "account")),
    look_up=(
        "/2/tweets/1001",
        lambda draft, *, ours: {"data": {**_x_post("1001", draft, NOW), "author_id": "42" if ours else "7"}},
    ),
    missing=Reply(
        {
            "errors": [
                {
                    "value": "1001",
                    "title": "Not Found Error",
                    "type": "https://api.twitter.com/2/problems/resource-not-found",
                }
            ]
        }
    ),
    references=(
        "1001",
        " 1001 ",
        "https://x.com/parley/status/1001",
        "https://x.com/parley/status/1001?s=20",
        "x.com/i/web/status/1001",
        "https://x.com/i/status/1001",
        "https://twitter.com/Some_One/statuses/1001/photo/1",
        "https://mobile.twitter.com/parley/status/1001#m",
    ),
    foreign=("https://x.com/parley", "https://notx.com/parley/status/1001", "https://x.com.evil.example/a/status/1001"),
    removal=("DELETE", "/2/tweets/1001"),
)
