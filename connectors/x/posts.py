"""X's posts as JSON: their ids, their words as a person typed them, our own as the match rule compares them. Pure.

Version 2.167 of X's OpenAPI document renamed *_tweets to *_posts and note_tweet to note_post while the paths stayed:
both spellings are read here, and the parameter names stand in one place (`FIELDS`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Draft, Identity, RemoteRef
from connectors.errors import Rejected
from connectors.links import find_links
from connectors.readback import OwnPost, Saying
from connectors.shape import at, moment, rows, word

FIELDS: Mapping[str, Any] = {
    "tweet_fields": [
        "attachments",
        "author_id",
        "conversation_id",
        "created_at",
        "edit_history_tweet_ids",
        "entities",
        "in_reply_to_user_id",
        "lang",
        "note_tweet",
        "public_metrics",
        "referenced_tweets",
    ],
    "user_fields": ["name", "username"],
}
EXPANSIONS = ["author_id", "referenced_tweets.id"]
OWN_EXPANSIONS = ["attachments.poll_ids"]

_EPOCH_MS = 1288834974657
"""Unix milliseconds of X's first snowflake: id = (ms - epoch) << 22."""
_PROTOCOL = re.compile(r"^https?://", re.IGNORECASE)
_REFERENCE = re.compile(
    r"(?:(?:https?://)?(?:(?:www|mobile)\.)?(?:x|twitter)\.com/(?:i/web|i|\w+)/status(?:es)?/)?(?P<id>[0-9]{1,20})(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)
_PICTURE_PAGE = re.compile(r"/status/[0-9]+/(?:photo|video)/[0-9]+$")
_LEADING_MENTIONS = re.compile(r"^(?:@\w+\s+)+")


# --- ids --------------------------------------------------------------------------------------------------------------


def snowflake(when: datetime) -> str:
    """The smallest id that a post made at `when` could have."""
    return str(max(0, int(when.timestamp() * 1000) - _EPOCH_MS) << 22)


def earlier(post_id: str, margin: timedelta) -> str:
    """The id of a post made `margin` before this one."""
    return str(max(0, int(post_id) - (int(margin.total_seconds() * 1000) << 22)))


def newest(ids: Iterable[str]) -> str | None:
    """The highest of these ids, compared as numbers; None of none."""
    return max((number for number in ids if is_id(number)), key=int, default=None)


def is_id(told: Any) -> bool:
    """Whether this is an id as X makes them: up to 20 digits."""
    return isinstance(told, str) and told.isascii() and told.isdigit() and len(told) <= 20


def made(post: Any) -> datetime | None:
    """When a post was made: X's word for it, else the time that is in its id."""
    post_id = word(post, "id")
    told = moment(word(post, "created_at"))
    if told is not None or not is_id(post_id) or post_id is None or int(post_id) >> 22 == 0:
        return told
    return moment((((int(post_id) >> 22) + _EPOCH_MS) // 1000) * 1.0)


def versions(post: Any) -> list[str]:
    """All ids that a post had, oldest first: each edit gives it another. Only its own where X does not tell."""
    told = rows(post, "edit_history_tweet_ids") or rows(post, "edit_history_post_ids")
    own = word(post, "id")
    return [one for one in told if isinstance(one, str) and one] or ([own] if own else [])


def references(post: Any) -> dict[str, str]:
    """What a post refers to: replied_to, quoted, retweeted -> id."""
    told = rows(post, "referenced_tweets") or rows(post, "referenced_posts")
    return {kind: post_id for entry in told if (kind := word(entry, "type")) and (post_id := word(entry, "id"))}


def post_url(post_id: str, handle: str | None) -> str:
    """Where people read a post."""
    return f"https://x.com/{handle or 'i'}/status/{post_id}"


def referred(reference: str) -> str:
    """The id of the post that a person points at, by id or address. Raises Rejected for anything else."""
    found = _REFERENCE.fullmatch(reference.strip())
    if found is None:
        detail = "A post on X is named by its address (https://x.com/name/status/123) or its number."
        raise Rejected("x", detail, code="unreadable-reference")
    return found["id"]


# --- words ------------------------------------------------------------------------------------------------------------


def full_text(post: Any) -> str:
    """The whole text as a person reads it: long posts in full, entities as characters, t.co as the real address."""
    text = html.unescape(word(_note(post), "text") or word(post, "text") or "")
    real = {
        short: long for link in _links(post) if (short := word(link, "url")) and (long := word(link, "expanded_url"))
    }
    for short in sorted(real, key=len, reverse=True):  # one may be the beginning of another
        text = text.replace(short, real[short])
    return text


def typed_text(post: Any) -> str:
    """The text as it was typed: without the one t.co link that X puts at its end for all its pictures."""
    links = _links(post)
    added = {short for link in links if _is_picture(link) and (short := word(link, "url"))}
    text = full_text(post)
    for link in links:
        if (short := word(link, "url")) in added and short:
            text = text.replace(word(link, "expanded_url") or short, "").replace(short, "")
    return text


def _note(post: Any) -> Any:
    return at(post, "note_tweet") or at(post, "note_post")


def _links(post: Any) -> list[Any]:
    return rows(_note(post), "entities", "urls") + rows(post, "entities", "urls")


def _is_picture(link: Any) -> bool:
    return word(link, "media_key") is not None or bool(_PICTURE_PAGE.search(word(link, "expanded_url") or ""))


# --- our own ----------------------------------------------------------------------------------------------------------


def created_id(body: Any) -> str | None:
    """The id of the post that an answer says was made, also if it carries errors."""
    return word(body, "data", "id")


def identity(body: Any) -> Identity | None:
    """Who is signed in, from GET /2/users/me."""
    user_id, handle = word(body, "data", "id"), word(body, "data", "username")
    return Identity(user_id, handle) if user_id and handle else None


def polls(body: Any) -> dict[str, tuple[str, ...]]:
    """The choices of the polls that came along, in order, by id."""
    found: dict[str, tuple[str, ...]] = {}
    for poll in rows(body, "includes", "polls"):
        poll_id = word(poll, "id")
        options = [one for one in rows(poll, "options") if word(one, "label")]
        if poll_id and options:
            placed = sorted(options, key=lambda one: _number(at(one, "position")))
            found[poll_id] = tuple(html.unescape(word(one, "label") or "") for one in placed)
    return found


def own_post(post: Any, own: Identity, choices: Mapping[str, tuple[str, ...]] | None = None) -> OwnPost | None:
    """One of our own posts as the match rule compares it; None where it cannot be read. choices: of polls, by their id."""
    post_id, when = word(post, "id"), made(post)
    if not post_id or when is None:
        return None
    ref = RemoteRef(post_id, post_url(post_id, own.handle))
    shown = len(rows(post, "attachments", "media_keys")) or sum(1 for link in _links(post) if _is_picture(link))
    asked = [one for one in rows(post, "attachments", "poll_ids") if isinstance(one, str)]
    beside = tuple(choice for one in asked for choice in (choices or {}).get(one, ()))
    return OwnPost(ref, when, _saying(typed_text(post), references(post).get("replied_to"), shown, beside))


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    parent = draft.in_reply_to.id if draft.in_reply_to else None
    return _saying(draft.text, parent, len(draft.pictures), draft.options.poll.choices if draft.options.poll else ())


def _saying(text: str, parent: str | None, pictures: int, beside: tuple[str, ...]) -> Saying:
    """X itself puts the @names of those answered before a reply's text, so they are left out on both sides."""
    text = links_as_typed(text)
    return Saying(_LEADING_MENTIONS.sub("", text.lstrip() + " ") if parent else text, parent, pictures, beside)


def links_as_typed(text: str) -> str:
    """Links without what X adds to one that was typed bare: the protocol, and a slash at its end."""
    pieces, position = [], 0
    for link in find_links(text, bare=True):
        host, slash, path = _PROTOCOL.sub("", text[link.start : link.end]).partition("/")
        pieces += [text[position : link.start], f"{host.lower()}{slash}{path}".removesuffix("/")]
        position = link.end
    return "".join([*pieces, text[position:]])


def reaches(pages: Sequence[Any], back_to: datetime) -> bool:
    """Whether these pages of a timeline, newest first, are all of it since then. An answer without `meta` is no page."""
    if not pages or any(at(page, "meta", "result_count") is None for page in pages):
        return False
    times = [when for post in rows(pages[-1], "data") if (when := moment(word(post, "created_at")))]
    return word(pages[-1], "meta", "next_token") is None or (bool(times) and min(times) < back_to)


def is_gone(body: Any) -> bool:
    """Whether the answer to a look at one post says that there is none, or none that this account may see."""
    told = {(word(error, "type") or "").rpartition("/problems/")[2] for error in rows(body, "errors")}
    return bool(told & {"resource-not-found", "not-authorized-for-resource"})


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
