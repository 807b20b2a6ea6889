"""Mastodon's JSON to our nouns. Pure; an item that cannot be read is skipped and counted, the rest of the page is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.capabilities import Capabilities, InteractionKind, PictureLimits, Terms
from connectors.contract import Draft, Identity, RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.errors import Rejected
from connectors.links import find_links
from connectors.readback import OwnPost, Saying
from connectors.shape import at, moment, rows, word
from connectors.text import graphemes, html_to_text

MOST_BELIEVED = 100_000_000
"""A number from an instance that is higher than this is no limit that anybody meant."""
LINK = 23
"""Characters that a link counts, however long it is (`characters_reserved_per_url`)."""
_REMOTE_NAME = re.compile(r"(?<![/\w])@([a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?)@[a-z0-9.-]+[a-z0-9]+", re.IGNORECASE)
_STATUS_ID = re.compile(r"[0-9]{1,20}|[0-9A-Za-z]{18}|[0-9A-HJKMNP-TV-Z]{26}")
"""A number on Mastodon, a FlakeId on Pleroma, a ULID on GoToSocial."""
_STATUS_PATH = re.compile(
    r"/(?:web/|deck/)?(?:@[^/]+|users/[^/]+/statuses|@[^/]+/statuses|statuses|notice)/"
    rf"(?P<id>{_STATUS_ID.pattern})/?"
)


def length(text: str) -> int:
    """Grapheme clusters, with a link as 23 and @user@domain as @user (Mastodon's StatusLengthValidator)."""
    pieces, position = [], 0
    for link in find_links(text, bare=False):
        pieces += [text[position : link.start], "x" * LINK]
        position = link.end
    return graphemes(_REMOTE_NAME.sub(r"@\1", "".join([*pieces, text[position:]])))


def identity(body: Any) -> Identity | None:
    """Who is signed in, from GET /api/v1/accounts/verify_credentials."""
    account_id, handle = word(body, "id"), word(body, "acct")
    return Identity(account_id, handle) if account_id and handle else None


def created(body: Any) -> RemoteRef | None:
    """The status that an answer says was made. A scheduled status has no `uri` and is not one."""
    status_id, uri = word(body, "id"), word(body, "uri")
    return RemoteRef(status_id, word(body, "url") or uri) if status_id and uri else None


def newest(ids: Iterable[str]) -> str | None:
    """The latest of these ids: the longest, then the highest, which holds for numbers and for ULIDs alike."""
    return max(ids, key=lambda known: (len(known), known), default=None)


def interactions(notifications: Any, own_id: str | None) -> tuple[list[RemoteInteraction], int]:
    """One page of notifications in its own order, and how many are nobody's interaction or could not be read."""
    entries = notifications if isinstance(notifications, list) else []
    read = [found for entry in entries if (found := _interaction(entry, own_id))]
    return read, len(entries) - len(read)


def _interaction(entry: Any, own_id: str | None) -> RemoteInteraction | None:
    status = at(entry, "status")  # null where the status is filtered or gone: seen on mastodon.social
    status_id, uri = word(status, "id"), word(status, "uri")
    made = moment(at(status, "created_at")) or moment(at(entry, "created_at"))
    author_id = word(status, "account", "id")
    if word(entry, "type") != "mention" or not status_id or not uri or not made or at(status, "content") is None:
        return None
    if own_id and author_id == own_id:
        return None
    answered = word(status, "in_reply_to_account_id")
    parent = word(status, "in_reply_to_id")
    url = word(status, "url") or uri
    return RemoteInteraction(
        native_id=uri,
        kind=InteractionKind.REPLY if own_id and answered == own_id else InteractionKind.MENTION,
        author=RemoteAuthor(author_id, word(status, "account", "acct"), word(status, "account", "display_name")),
        text=status_text(status),
        created_at=made,
        conversation_id=parent or uri,
        ref=RemoteRef(status_id, url),
        parent_id=parent,
        language=word(status, "language"),
        url=url,
        raw=entry,
    )


def status_text(status: Any) -> str:
    """A status as a person reads it: its content warning, if there is one, then the text."""
    warning = word(status, "spoiler_text")
    content = html_to_text(word(status, "content") or "")
    return f"{warning}\n\n{content}" if warning else content


def own_post(status: Any) -> OwnPost | None:
    """One of our own statuses as the match rule compares it; None where it cannot be read or is a boost."""
    ref, made = created(status), moment(at(status, "created_at"))
    if ref is None or made is None or at(status, "reblog") is not None:
        return None
    shown = len(rows(status, "media_attachments"))
    says = Saying(html_to_text(word(status, "content") or ""), word(status, "in_reply_to_id"), shown)
    return OwnPost(ref, made, says, word(status, "application", "name"))


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    return Saying(draft.text, draft.in_reply_to.id if draft.in_reply_to else None, len(draft.pictures))


def terms(instance: Any, usual: Capabilities) -> Terms:
    """What an instance document (v2 or v1) allows, as far as it differs from what is usual. Odd numbers are not believed."""
    said = at(instance, "configuration", "statuses")
    length = _count(at(said, "max_characters")) or _count(at(instance, "max_toot_chars"))
    per_link = _count(at(said, "characters_reserved_per_url"))
    pictures = _pictures(at(said, "max_media_attachments"), at(instance, "configuration", "media_attachments"), usual)
    return Terms(
        length if length != usual.max_length else None,
        per_link if per_link != LINK else None,
        pictures if pictures != usual.pictures else None,
    )


def _pictures(most: Any, told: Any, usual: Capabilities) -> PictureLimits | None:
    """What an instance says of pictures, the usual where it is silent; of the types, those that we know."""
    known = usual.pictures
    if known is None or (at(told) is None and most is None):
        return known
    types = known.types & {one for one in rows(told, "supported_mime_types") if isinstance(one, str)}
    return PictureLimits(
        most=_count(most) or known.most,
        types=types or known.types,
        max_bytes=_count(at(told, "image_size_limit")) or known.max_bytes,
        max_alt=_count(at(told, "description_limit")) or known.max_alt,
        max_side=known.max_side,
        max_pixels=_count(at(told, "image_matrix_limit")) or known.max_pixels,
    )


def _count(value: Any) -> int | None:
    """A positive number that a limit may have; None for anything else."""
    believable = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_BELIEVED
    return value if believable else None


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
