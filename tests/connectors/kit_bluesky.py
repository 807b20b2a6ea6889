"""Bluesky, for the contract suite."""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime
from typing import Any

from connectors.capabilities import Platform
from connectors.contract import Absent, Draft, Identity, Limit, RemoteRef
from tests.connectors.kit import EPOCH, NOW, TEXT, Kit, iso
from tests.connectors.kit_bluesky_verbs import CID, DID, HEARS, MODERATES, SPEAKS, TELLS
from tests.connectors.loopback import Loopback, Reply


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
    sent_text=lambda body: str((body.get("record") or body["writes"][0]["value"])["text"]),
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
    deletes_alike=True,
    removal=("POST", "/xrpc/com.atproto.repo.deleteRecord"),
    prepare=_bluesky_session,
    hears=HEARS,
    moderates=MODERATES,
    tells=TELLS,
    speaks=SPEAKS,
)
