"""What the contract suite must know of each platform: how it is signed in to, and what it answers when all is well.

The shapes are those of the recordings; the content is made up here.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from connectors.contract import Absent, Draft, Identity, Limit, Platform, RemoteRef, SignIn, Unproven
from connectors.sessions import Memory
from tests.connectors.loopback import Loopback, Reply

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
TEXT = "Grüße – see https://example.org/a?b=1&c=2 <b> 👩‍💻\n\nsecond line"


class Shown(Protocol):
    """How a platform shows one post that says this, ours or somebody else's."""

    def __call__(self, draft: Draft, *, ours: bool) -> Any: ...


@dataclass(frozen=True)
class Kit:
    """One platform. Bodies are functions of what a test needs in them."""

    platform: Platform
    credential: dict[str, str]
    identity: Identity
    draft: Draft
    target: RemoteRef
    write: tuple[str, str]
    """Method and path of a first post."""
    reply_write: tuple[str, str]
    created: Any
    created_id: str
    sent_text: Callable[[Any], str]
    """The text within the body of a write."""
    refusal: Reply
    """A definite refusal that quotes the text, as platforms do."""
    limited: Reply
    limited_for: float
    whoami: tuple[str, Any]
    own_listing: tuple[str, Callable[[list[tuple[str, Draft, datetime]]], Any]]
    """Path, and the account's own posts as (id, draft, made), newest first."""
    silence: type[Absent | Unproven]
    inbox: tuple[str, Callable[[list[tuple[str, str, datetime]]], Any]]
    """Path, and a page of mentions as (id, text, made), newest first."""
    told_left: tuple[dict[str, str], Limit]
    """Headers of a write that went well, and what they mean."""
    look_up: tuple[str, Shown]
    """Path, and how the platform shows the post `created_id`."""
    missing: Reply
    """What the platform says of a post that is not there."""
    references: tuple[str, ...]
    """How a person may name the post `created_id`; {host} is where the platform lives."""
    foreign: tuple[str, ...]
    """What cannot be read as the name of a post of this platform."""
    native_id: Callable[[str], str] = str
    client_id: str | None = None
    removal: tuple[str, str] = ("DELETE", "")
    prepare: Callable[[Loopback], None] = lambda _server: None

    def sign_in(self, url: str, *, timeout: float = 0.4) -> SignIn:
        return SignIn(url, self.credential, self.identity, Memory(), timeout)

    @property
    def reply(self) -> Draft:
        return replace(self.draft, in_reply_to=self.target, title=None, community=None)


def iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


# --- X ----------------------------------------------------------------------------------------------------------------


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

# --- Reddit -----------------------------------------------------------------------------------------------------------


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
    removal=("POST", "/api/del"),
    prepare=_reddit_token,
)

# --- Mastodon ---------------------------------------------------------------------------------------------------------


def _html(text: str) -> str:
    link = '<a href="https://example.org/a?b=1&amp;c=2"><span class="invisible">https://</span>example.org/a?b=1&amp;c=2</a>'
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("https://example.org/a?b=1&amp;c=2", link)
    return "".join(f"<p>{part}</p>" for part in escaped.split("\n\n"))


def _status(status_id: str, html: str, made: datetime, account: str, parent: str | None = None) -> dict[str, Any]:
    return {
        "id": status_id,
        "uri": f"https://social.example/users/{account}/statuses/{status_id}",
        "url": f"https://social.example/@{account}/{status_id}",
        "created_at": iso(made),
        "content": html,
        "spoiler_text": "",
        "in_reply_to_id": parent,
        "in_reply_to_account_id": None,
        "language": "en",
        "reblog": None,
        "account": {"id": account, "acct": "someone@far.example", "display_name": "Some One"},
    }


def _mastodon_own(own: list[tuple[str, Draft, datetime]]) -> Any:
    return [
        _status(i, _html(draft.text), made, "42", draft.in_reply_to.id if draft.in_reply_to else None)
        for i, draft, made in own
    ]


def _mastodon_inbox(entries: list[tuple[str, str, datetime]]) -> Any:
    return [
        {"id": f"9{i}", "type": "mention", "created_at": iso(made), "status": _status(i, _html(text), made, "7")}
        for i, text, made in entries
    ]


MASTODON = Kit(
    platform=Platform.MASTODON,
    credential={"access_token": "SECRET-m"},
    identity=Identity("42", "parley"),
    draft=Draft(TEXT, language="de"),
    target=RemoteRef("900"),
    write=("POST", "/api/v1/statuses"),
    reply_write=("POST", "/api/v1/statuses"),
    created=_status("1001", _html(TEXT), NOW, "42"),
    created_id="1001",
    sent_text=lambda body: str(body["status"]),
    refusal=Reply({"error": f"Validation failed: you may not say {TEXT}"}, 422),
    limited=Reply(
        {"error": "Too many requests"},
        429,
        {"date": "Fri, 20 Nov 2026 12:00:00 GMT", "x-ratelimit-reset": "2026-11-20T12:04:00.000000Z"},
    ),
    limited_for=240,
    whoami=("/api/v1/accounts/verify_credentials", {"id": "42", "acct": "parley"}),
    own_listing=("/api/v1/accounts/42/statuses", _mastodon_own),
    silence=Absent,
    inbox=("/api/v1/notifications", _mastodon_inbox),
    told_left=(
        {
            "date": "Fri, 20 Nov 2026 12:00:00 GMT",
            "x-ratelimit-limit": "300",
            "x-ratelimit-remaining": "299",
            "x-ratelimit-reset": "2026-11-20T12:04:00.993839Z",
        },
        Limit(299, 240.99, "account"),
    ),
    look_up=(
        "/api/v1/statuses/1001",
        lambda draft, *, ours: _status(
            "1001",
            _html(draft.text),
            NOW,
            "42" if ours else "7",
            draft.in_reply_to.id if draft.in_reply_to else None,
        ),
    ),
    missing=Reply({"error": "Record not found"}, 404),
    references=(
        "1001",
        "{host}/@parley/1001",
        "{host}/@parley/1001/",
        "{host}/users/parley/statuses/1001",
        "{host}/web/@parley/1001",
        "{host}/deck/@parley@social.example/1001",
    ),
    foreign=(
        "https://elsewhere.example/@parley/1001",
        "{host}/@parley",
        "{host}/about",
        "@parley",
        "https://[x/@parley/1001",
    ),
    native_id=lambda number: f"https://social.example/users/7/statuses/{number}",
    removal=("DELETE", "/api/v1/statuses/1001"),
)

# --- Bluesky ----------------------------------------------------------------------------------------------------------

DID = "did:plc:parley"
CID = "bafyreieq46l7x2t6adc7p4uil7j4tbpipwzr3tu4dtuadmeszvmglkf2c4"


def jwt(lasts: float, name: str = "t") -> str:
    """A token with an expiry, unsigned: connectors read the time and verify nothing."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + lasts, "n": name}).encode()).decode().rstrip("=")
    return f"SECRET-head.{claims}.sig"


def _bluesky_session(server: Loopback) -> None:
    body = {"accessJwt": jwt(3600), "refreshJwt": jwt(86400), "did": DID, "handle": "parley.example"}
    server.on("POST", "/xrpc/com.atproto.server.createSession", Reply(body))


def _post_uri(key: str) -> str:
    return f"at://did:plc:someone/app.bsky.feed.post/{key}"


def _bluesky_inbox(entries: list[tuple[str, str, datetime]]) -> Any:
    return {
        "notifications": [
            {
                "uri": _post_uri(key),
                "cid": CID,
                "author": {"did": "did:plc:someone", "handle": "someone.example"},
                "reason": "mention",
                "record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": iso(made), "langs": ["en"]},
                "indexedAt": iso(made),
                "isRead": False,
            }
            for key, text, made in entries
        ]
    }


def _bluesky_shown(draft: Draft, *, ours: bool) -> Any:
    assert ours, "what is not ours is not asked for"
    value: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": draft.text, "createdAt": iso(NOW)}
    if draft.in_reply_to:
        target = {"uri": draft.in_reply_to.id, "cid": CID}
        value["reply"] = {"root": target, "parent": target}
    return {"uri": f"at://{DID}/app.bsky.feed.post/1001", "cid": CID, "value": value}


BLUESKY = Kit(
    platform=Platform.BLUESKY,
    credential={"identifier": "parley.example", "app_password": "SECRET-b"},
    identity=Identity(DID, "parley.example"),
    draft=Draft(TEXT, language="de"),
    target=RemoteRef(_post_uri("900"), revision=CID),
    write=("POST", "/xrpc/com.atproto.repo.putRecord"),
    reply_write=("POST", "/xrpc/com.atproto.repo.putRecord"),
    created={"uri": f"at://{DID}/app.bsky.feed.post/1001", "cid": CID, "validationStatus": "valid"},
    created_id=f"at://{DID}/app.bsky.feed.post/1001",
    sent_text=lambda body: str(body["record"]["text"]),
    refusal=Reply({"error": "InvalidRequest", "message": f"Invalid record: {TEXT}"}, 400),
    limited=Reply(
        {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"},
        429,
        {"date": "Fri, 20 Nov 2026 12:00:00 GMT", "ratelimit-remaining": "0", "ratelimit-reset": str(EPOCH + 120)},
    ),
    limited_for=120,
    whoami=("/xrpc/com.atproto.server.getSession", {"did": DID, "handle": "parley.example"}),
    own_listing=(
        "/xrpc/com.atproto.repo.getRecord",
        lambda own: {"uri": f"at://{DID}/app.bsky.feed.post/{own[0][0]}", "cid": CID, "value": {}},
    ),
    silence=Absent,
    inbox=("/xrpc/app.bsky.notification.listNotifications", _bluesky_inbox),
    told_left=(
        {
            "date": "Fri, 20 Nov 2026 12:00:00 GMT",
            "ratelimit-limit": "5000",
            "ratelimit-remaining": "4997",
            "ratelimit-reset": str(EPOCH + 3500),
            "ratelimit-policy": "5000;w=3600",
        },
        Limit(1665, 3500, "account"),
    ),
    look_up=("/xrpc/com.atproto.repo.getRecord", _bluesky_shown),
    missing=Reply({"error": "RecordNotFound", "message": "Could not locate record"}, 400),
    references=(
        f"at://{DID}/app.bsky.feed.post/1001",
        "at://parley.example/app.bsky.feed.post/1001",
        "https://bsky.app/profile/parley.example/post/1001",
        "https://bsky.app/profile/Parley.example/post/1001?ref=x",
        f"bsky.app/profile/{DID}/post/1001",
    ),
    foreign=(
        "1001",
        f"at://{DID}/app.bsky.feed.like/1001",
        "https://bsky.app/profile/parley.example",
        "https://notbsky.app/profile/parley.example/post/1001",
    ),
    native_id=_post_uri,
    removal=("POST", "/xrpc/com.atproto.repo.deleteRecord"),
    prepare=_bluesky_session,
)

KITS = (X, REDDIT, MASTODON, BLUESKY)
