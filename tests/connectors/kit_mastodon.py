"""Mastodon, for the contract suite."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.capabilities import Platform
from connectors.contract import Absent, Draft, Identity, Limit, RemoteRef
from tests.connectors.kit import NOW, TEXT, Kit, iso
from tests.connectors.loopback import Reply


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
