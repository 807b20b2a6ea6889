"""Mastodon, for the contract suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from connectors.capabilities import Platform
from connectors.contract import Absent, Draft, Identity, Limit, RemoteRef
from connectors.metrics import Counts, Measure
from connectors.moderation import Moderation, Target
from connectors.options import Audience, Option, Options, Poll
from tests.connectors.kit import NOW, TEXT, Kit, iso
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.verbs import Hears, Moderates, Said, Spoken, Tells


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


# --- what is read again, moderated, counted ---------------------------------------------------------------------------

STATUS, STATUSES, OWN = "/api/v1/statuses/{}", "/api/v1/statuses", "/api/v1/accounts/42/statuses"
WHOAMI = "/api/v1/accounts/verify_credentials"


def said_status(one: Said, parent: Said | None = None) -> dict[str, Any]:
    """A status as the instance shows it; `in_reply_to_account_id` where the parent is known."""
    status = _status(one.number, _html(one.text), one.made, "42" if one.ours else "7", one.parent)
    return {**status, "in_reply_to_account_id": ("42" if parent.ours else "7") if parent else None}


def _again(server: Loopback, there: Sequence[Said]) -> None:
    known = {one.number: said_status(one) for one in there}

    def answer(asked: Asked) -> Reply:
        return Reply([known[number] for number in asked.query.get("id[]", []) if number in known])

    server.on("GET", STATUSES, answer)


def _around(server: Loopback, above: Sequence[Said], post: Said, below: Sequence[Said]) -> None:
    everybody = {one.number: one for one in (*above, post, *below)}
    shown = {number: said_status(one, everybody.get(one.parent or "")) for number, one in everybody.items()}
    context = {name: [shown[it.number] for it in some] for name, some in (("ancestors", above), ("descendants", below))}
    server.on("GET", STATUS.format(post.number), Reply(shown[post.number]))
    server.on("GET", STATUS.format(post.number) + "/context", Reply(context))


def _gone(server: Loopback, post: Said) -> None:
    for path in ("", "/context"):
        server.on("GET", STATUS.format(post.number) + path, Reply({"error": "Record not found"}, 404))


def _own(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    after = {page[-1].number: following for page, following in zip(pages, [*pages[1:], []], strict=True)}

    def answer(asked: Asked) -> Reply:
        before = asked.query.get("max_id", [""])[0]
        return Reply([said_status(one) for one in (after.get(before, []) if before else pages[0])])

    server.on("GET", OWN, answer)


def _past(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    shown = [_mastodon_inbox([(one.number, one.text, one.made) for one in page]) for page in pages]
    after = {page[-1]["id"]: following for page, following in pairwise(shown)}

    def answer(asked: Asked) -> Reply:
        before = asked.query.get("max_id", [""])[0]
        return Reply(after.get(before, []) if before or not shown else shown[0])

    server.on("GET", "/api/v1/notifications", answer)


def _write_of(action: Moderation) -> tuple[str, str]:
    return "POST", "/api/v1/reports" if action is Moderation.REPORT else f"/api/v1/accounts/7/{action}"


def _takes(server: Loopback, action: Moderation) -> None:
    done = {"id": "7", "muting": action is Moderation.MUTE, "blocking": action is Moderation.BLOCK}
    server.on(*_write_of(action), Reply(done))


_NAMES = {
    Measure.REPLIES: "replies_count",
    Measure.REPOSTS: "reblogs_count",
    Measure.LIKES: "favourites_count",
    Measure.QUOTES: "quotes_count",
    Measure.FOLLOWERS: "followers_count",
    Measure.FOLLOWING: "following_count",
    Measure.POSTS: "statuses_count",
}


def _named(counts: Counts) -> dict[str, int]:
    return {_NAMES[measure]: number for measure, number in counts.items()}


def _tells(server: Loopback, posts: Mapping[str, Counts], account: Counts, _communities: object) -> None:
    shown = {number: {**_status(number, "", NOW, "42"), **_named(counts)} for number, counts in posts.items()}
    server.on("GET", STATUSES, lambda asked: Reply([shown[it] for it in asked.query.get("id[]", []) if it in shown]))
    server.on("GET", WHOAMI, Reply({"id": "42", "acct": "parley", **_named(account)}))


def _asks(options: Options, name: str, *values: object) -> Spoken:
    """How an option is asked for: a field of the body that has one of these values."""
    return Spoken(replace(DRAFT, options=options), lambda asked: asked.form.get(name) in values)


DRAFT = Draft(TEXT, language="de")
MASTODON = Kit(
    platform=Platform.MASTODON,
    credential={"access_token": "SECRET-m"},
    identity=Identity("42", "parley"),
    draft=DRAFT,
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
    hears=Hears(ref_id=lambda one: one.number, again=_again, around=_around, gone=_gone, own=_own, past=_past),
    moderates=Moderates(
        target=Target(RemoteRef("2001"), "7", "someone@far.example", on_own=True, reason="rude"),
        stage=_takes,
        write={
            action: _write_of(action)
            for action in (
                Moderation.MUTE,
                Moderation.UNMUTE,
                Moderation.BLOCK,
                Moderation.UNBLOCK,
                Moderation.REPORT,
            )
        },
        carried=lambda asked, action: asked.path == _write_of(action)[1],
    ),
    tells=Tells(
        ids=("1001", "1002", "1003"),
        stage=_tells,
        post={Measure.REPLIES: 1, Measure.REPOSTS: 2, Measure.LIKES: 3, Measure.QUOTES: 4},
        account={Measure.FOLLOWERS: 5, Measure.FOLLOWING: 6, Measure.POSTS: 7},
    ),
    speaks={
        Option.WARNING: _asks(Options(warning="Long"), "spoiler_text", "Long"),
        Option.SENSITIVE: _asks(Options(sensitive=True), "sensitive", "1"),
        Option.AUDIENCE: _asks(Options(audience=Audience.UNLISTED), "visibility", "unlisted"),
        Option.POLL: _asks(
            Options(poll=Poll(("Yes", "No"), timedelta(days=1))),
            "poll",
            {"options": ["Yes", "No"], "expires_in": 86_400, "multiple": False},
        ),
    },
)
