"""Mastodon's JSON to our nouns. Pure; an item that cannot be read is skipped and counted, the rest of the page is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.capabilities import InteractionKind
from connectors.contract import Draft, EarlierPost, Identity, RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.errors import Rejected
from connectors.links import find_links
from connectors.metrics import Counts, Measure
from connectors.readback import OwnPost, Saying
from connectors.shape import at, count, moment, rows, word
from connectors.text import graphemes, html_to_text

LINK = 23
"""Characters that a link counts, however long it is (`characters_reserved_per_url`)."""
PRIVATE = "direct"
"""The visibility of what only those see whom it names: Mastodon's private messages."""
_TO = f"{PRIVATE}/"
"""Begins the root of a private message's ref, `direct/<name>`: whom an answer goes to, and that it must not be public."""

_NAME = re.compile(r"(?<![/\w@])@(\w+(?:[\w.-]*\w)?(?:@[\w.-]+\w)?)", re.ASCII)
_REMOTE_NAME = re.compile(r"(?<![/\w])@([a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?)@[a-z0-9.-]+[a-z0-9]+", re.IGNORECASE)
_STATUS_ID = re.compile(r"[0-9]{1,20}|[0-9A-Za-z]{18}|[0-9A-HJKMNP-TV-Z]{26}")
"""A number on Mastodon, a FlakeId on Pleroma, a ULID on GoToSocial."""
_STATUS_PATH = re.compile(
    r"/(?:web/|deck/)?(?:@[^/]+|users/[^/]+/statuses|@[^/]+/statuses|statuses|notice)/"
    rf"(?P<id>{_STATUS_ID.pattern})/?"
)
_OF_POSTS = {
    Measure.REPLIES: "replies_count",
    Measure.REPOSTS: "reblogs_count",
    Measure.LIKES: "favourites_count",
    Measure.QUOTES: "quotes_count",
}
_OF_ACCOUNTS = {
    Measure.FOLLOWERS: "followers_count",
    Measure.FOLLOWING: "following_count",
    Measure.POSTS: "statuses_count",
}


def length(text: str, warning: str = "") -> int:
    """Grapheme clusters, a link as 23 and @user@domain as @user; a warning in full (Mastodon's StatusLengthValidator)."""
    return graphemes(warning + _REMOTE_NAME.sub(r"@\1", _with_short_links(text)))


def _with_short_links(text: str) -> str:
    pieces, position = [], 0
    for link in find_links(text, bare=False):
        pieces += [text[position : link.start], "x" * LINK]
        position = link.end
    return "".join([*pieces, text[position:]])


def identity(body: Any) -> Identity | None:
    """Who is signed in, from GET /api/v1/accounts/verify_credentials."""
    account_id, handle = word(body, "id"), word(body, "acct")
    return Identity(account_id, handle) if account_id and handle else None


def created(body: Any) -> RemoteRef | None:
    """The status that an answer says was made. A scheduled status has no `uri` and is not one."""
    status_id, uri = word(body, "id"), word(body, "uri")
    return RemoteRef(status_id, word(body, "url") or uri) if status_id and uri else None


def is_private(ref: RemoteRef | None) -> bool:
    """Whether this is a private message, or an answer of ours to one: what answers it is one too."""
    return _root(ref).startswith(_TO)


def _recipient(ref: RemoteRef | None) -> str | None:
    """Whom an answer to a private message goes to; None where nobody knows."""
    return _root(ref).removeprefix(_TO) or None


def _root(ref: RemoteRef | None) -> str:
    return ref.root.id if ref is not None and ref.root is not None else ""


def newest(ids: Iterable[str | None]) -> str | None:
    """The latest of these ids: the longest, then the highest, which holds for numbers and for ULIDs alike."""
    return max(filter(None, ids), key=lambda known: (len(known), known), default=None)


def oldest(ids: Iterable[str | None]) -> str | None:
    """The earliest of these ids."""
    return min(filter(None, ids), key=lambda known: (len(known), known), default=None)


# --- what others said -------------------------------------------------------------------------------------------------


def interaction(status: Any, own_id: str | None, kind: InteractionKind | None = None) -> RemoteInteraction | None:
    """A status of somebody else's; None for our own, for a boost, and where it cannot be read. kind: by default, what it is
    toward us."""
    status_id, uri = word(status, "id"), word(status, "uri")
    made, author = moment(at(status, "created_at")), _author(at(status, "account"))
    if not status_id or not uri or not made or at(status, "content") is None or at(status, "reblog") is not None:
        return None
    if own_id and author.id == own_id:
        return None
    answered, parent = word(status, "in_reply_to_account_id"), word(status, "in_reply_to_id")
    to_own = own_id is not None and answered == own_id
    url = word(status, "url") or uri
    private = at(status, "visibility") == PRIVATE
    if kind is None and private:
        kind = InteractionKind.MESSAGE
    to = author.handle if author.handle and _NAME.fullmatch(f"@{author.handle}") else ""
    return RemoteInteraction(
        native_id=uri,
        kind=kind or (InteractionKind.REPLY if to_own else InteractionKind.MENTION),
        author=author,
        text=status_text(status),
        created_at=made,
        conversation_id=parent or uri,
        ref=RemoteRef(status_id, url, root=RemoteRef(f"{_TO}{to}") if private else None),
        parent_id=parent or word(status, "quote", "quoted_status", "id"),
        language=word(status, "language"),
        url=url,
        on_own=True if to_own else None if parent else False,
        raw=status,
    )


def notified(entry: Any, own_id: str | None) -> RemoteInteraction | None:
    """What a notification of a mention or a quote tells; None for every other type, and where it cannot be read.

    `status` is null where it is filtered or gone: seen on mastodon.social.
    """
    kinds: dict[Any, InteractionKind | None] = {"mention": None, "quote": InteractionKind.QUOTE}
    told = at(entry, "type")
    if not isinstance(told, str) or told not in kinds:
        return None
    status = at(entry, "status")
    if isinstance(status, dict) and moment(at(status, "created_at")) is None:
        status = {**status, "created_at": at(entry, "created_at")}
    found = interaction(status, own_id, kinds[told])
    return found and replace(found, raw=entry)


def report(entry: Any, statuses: Mapping[str, Any], url: str) -> RemoteInteraction | None:
    """What a notification of a report tells to a moderator; None where it is another, or cannot be read.

    It is about those who were reported: they are its author, what they said is its text, and `ref` is the first of it.
    statuses: those that are known, by id. url: the instance's.
    """
    told = at(entry, "report")
    report_id, reported = word(told, "id"), at(told, "target_account")
    made = moment(at(told, "created_at")) or moment(at(entry, "created_at"))
    if at(entry, "type") != "admin.report" or not report_id or not made or not word(reported, "id"):
        return None
    ids = [str(one) for one in rows(told, "status_ids") if isinstance(one, str | int)]
    known = [statuses[one] for one in ids if one in statuses]
    page = f"{url}/admin/reports/{report_id}"
    first = next(filter(None, map(created, known)), None)
    reasons = (word(told, "category"), (word(told, "comment") or "").strip())
    return RemoteInteraction(
        native_id=page,
        kind=InteractionKind.REPORT,
        author=_author(reported),
        text="\n\n".join(status_text(one) for one in known),
        created_at=made,
        conversation_id=(word(known[0], "uri") if known else None) or page,
        ref=first or RemoteRef(ids[0] if ids else report_id, page),
        url=page,
        why=tuple(filter(None, reasons)),
        about=word(known[0], "uri") if known else None,
        raw=entry,
    )


def reported(entries: Iterable[Any]) -> list[str]:
    """The ids of all statuses that these notifications say were reported."""
    ids = [one for entry in entries for one in rows(entry, "report", "status_ids")]
    return list(dict.fromkeys(str(one) for one in ids if isinstance(one, str | int)))


def _author(account: Any) -> RemoteAuthor:
    bot = at(account, "bot")
    return RemoteAuthor(
        word(account, "id"),
        word(account, "acct"),
        word(account, "display_name"),
        bot if isinstance(bot, bool) else None,
    )


def status_text(status: Any) -> str:
    """A status as a person reads it: its content warning, if there is one, the text, and the choices of a poll."""
    content, warning = html_to_text(word(status, "content") or ""), word(status, "spoiler_text")
    choices = _choices(status)
    if not warning and not choices:
        return content
    return "\n\n".join(filter(None, [warning, content, "\n".join(f"- {choice}" for choice in choices)]))


def _choices(status: Any) -> list[str]:
    return [title for option in rows(status, "poll", "options") if (title := word(option, "title"))]


# --- what we said -----------------------------------------------------------------------------------------------------


def said(draft: Draft) -> str:
    """The text as it is sent: an answer to a private message reaches only whom it names, so it names who wrote that."""
    to = _recipient(draft.in_reply_to) if is_private(draft.in_reply_to) else None
    return draft.text if to is None or to.casefold() in _named(draft.text) else f"@{to} {draft.text}"


def too_public(draft: Draft) -> str | None:
    """Why an answer to a private message would not stay private, in words; None where it does, and of any other draft."""
    if not is_private(draft.in_reply_to):
        return None
    to = _recipient(draft.in_reply_to)
    if to is None:
        return "nobody knows any more who wrote this private message"
    if draft.options.audience is not None:
        return "an answer to a private message is private, and has no other audience"
    if _named(draft.text) - {to.casefold()}:
        return "whoever is named in a private message on Mastodon can read it"
    return None


def _named(text: str) -> set[str]:
    return {name.casefold() for name in _NAME.findall(text)}


def answering(ref: RemoteRef, draft: Draft) -> RemoteRef:
    """A status of ours, known as private where it answers a private message. It does not tell whom: it is kept open."""
    return replace(ref, root=RemoteRef(_TO)) if is_private(draft.in_reply_to) else ref


def own_post(status: Any) -> OwnPost | None:
    """One of our own statuses as the match rule compares it; None where it cannot be read or is a boost."""
    ref, made = created(status), moment(at(status, "created_at"))
    if ref is None or made is None or at(status, "reblog") is not None:
        return None
    says = Saying(
        html_to_text(word(status, "content") or ""),
        word(status, "in_reply_to_id"),
        len(rows(status, "media_attachments")),
        _beside(word(status, "spoiler_text"), _choices(status)),
    )
    return OwnPost(ref, made, says, word(status, "application", "name"))


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    poll = draft.options.poll
    return Saying(
        said(draft),
        draft.in_reply_to.id if draft.in_reply_to else None,
        len(draft.pictures),
        _beside(draft.options.warning, poll.choices if poll else ()),
    )


def _beside(warning: str | None, choices: Iterable[str]) -> tuple[str, ...]:
    """What stands beside the words; the warning first, empty where there is none but choices follow."""
    chosen = tuple(choices)
    return (warning or "", *chosen) if warning or chosen else ()


def earlier(status: Any) -> EarlierPost | None:
    """One of our own statuses; None for a boost, for a private message, and where it cannot be read."""
    post = own_post(status)
    if post is None or at(status, "visibility") == PRIVATE:
        return None
    return EarlierPost(post.ref, status_text(status), post.made, counts(status), post.says.place)


def counts(status: Any) -> Counts:
    """What is counted of a status, as far as it is told."""
    return _told(status, _OF_POSTS)


def account_counts(account: Any) -> Counts:
    """What is counted of an account, as far as it is told."""
    return _told(account, _OF_ACCOUNTS)


def _told(body: Any, names: Mapping[Measure, str]) -> Counts:
    found = {measure: count(at(body, name)) for measure, name in names.items()}
    return {measure: value for measure, value in found.items() if value is not None and value >= 0}


def is_before(status: Any, then: datetime) -> bool:
    """Whether a status was made before that."""
    made = moment(at(status, "created_at"))
    return made is not None and made < then


def referred(reference: str, base_url: str) -> str:
    """The id, on our own instance, of the status that a person points at. Raises Rejected for anything else."""
    told = reference.strip()
    if _STATUS_ID.fullmatch(told):
        return told
    home = urlsplit(base_url)
    try:
        address = urlsplit(told if "://" in told else f"https://{told}")
    except ValueError:
        address = urlsplit("")
    found = _STATUS_PATH.fullmatch(address.path.removeprefix(home.path.rstrip("/")))
    if found is None or address.hostname != home.hostname:
        detail = f"A status is named by its address on {home.hostname} (/@name/123) or its number there."
        raise Rejected("mastodon", detail, code="unreadable-reference")
    return found["id"]
