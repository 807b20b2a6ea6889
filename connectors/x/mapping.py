"""X's JSON to our nouns. Pure; an item that cannot be read is skipped and counted, the rest of the page is kept.

Version 2.167 of X's OpenAPI document renamed *_tweets to *_posts and note_tweet to note_post while the paths stayed:
both spellings are read here, and the parameter names stand in one place (`FIELDS`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import Draft, Identity, RemoteAuthor, RemoteInteraction, RemoteRef
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
        "entities",
        "in_reply_to_user_id",
        "lang",
        "note_tweet",
        "referenced_tweets",
    ],
    "user_fields": ["name", "username"],
}
EXPANSIONS = ["author_id", "referenced_tweets.id"]

_EPOCH_MS = 1288834974657
"""Unix milliseconds of X's first snowflake: id = (ms - epoch) << 22."""
_PROTOCOL = re.compile(r"^https?://", re.IGNORECASE)
_REFERENCE = re.compile(
    r"(?:(?:https?://)?(?:(?:www|mobile)\.)?(?:x|twitter)\.com/(?:i/web|i|\w+)/status(?:es)?/)?(?P<id>[0-9]{1,20})(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)
_PICTURE_PAGE = re.compile(r"/status/[0-9]+/(?:photo|video)/[0-9]+$")
_LEADING_MENTIONS = re.compile(r"^(?:@\w+\s+)+")


def snowflake(when: datetime) -> str:
    """The smallest id that a post made at `when` could have."""
    return str(max(0, int(when.timestamp() * 1000) - _EPOCH_MS) << 22)


def earlier(post_id: str, margin: timedelta) -> str:
    """The id of a post made `margin` before this one."""
    return str(max(0, int(post_id) - (int(margin.total_seconds() * 1000) << 22)))


def newest(ids: Iterable[str]) -> str | None:
    """The highest of these ids, compared as numbers; None of none."""
    return max((number for number in ids if number.isdigit()), key=int, default=None)


def created_id(body: Any) -> str | None:
    """The id of the post that an answer says was made, also if it carries errors."""
    return word(body, "data", "id")


def post_url(post_id: str, handle: str | None) -> str:
    """Where people read a post."""
    return f"https://x.com/{handle or 'i'}/status/{post_id}"


def identity(body: Any) -> Identity | None:
    """Who is signed in, from GET /2/users/me."""
    user_id, handle = word(body, "data", "id"), word(body, "data", "username")
    return Identity(user_id, handle) if user_id and handle else None


def interactions(body: Any, own_id: str | None) -> tuple[list[RemoteInteraction], int]:
    """One page of mentions as X orders it, and how many entries are nobody's interaction or could not be read."""
    users = {user_id: user for user in rows(body, "includes", "users") if (user_id := word(user, "id"))}
    others = rows(body, "includes", "tweets") or rows(body, "includes", "posts")
    quoted_by = {post_id: word(post, "author_id") for post in others if (post_id := word(post, "id"))}
    posts = rows(body, "data")
    read = [found for post in posts if (found := _interaction(post, users, quoted_by, own_id))]
    return read, len(posts) - len(read)


def _interaction(
    post: Any, users: Mapping[str, Any], authors: Mapping[str, str | None], own_id: str | None
) -> RemoteInteraction | None:
    post_id = word(post, "id")
    made = moment(at(post, "created_at")) or _made(post_id)
    author_id = word(post, "author_id")
    refers = _references(post)
    if not post_id or not made or word(post, "text") is None or "retweeted" in refers:
        return None
    if author_id and author_id == own_id:
        return None
    user = users.get(author_id or "")
    handle = word(user, "username")
    kind = InteractionKind.MENTION
    if "replied_to" in refers and own_id and word(post, "in_reply_to_user_id") == own_id:
        kind = InteractionKind.REPLY
    elif "quoted" in refers and own_id and authors.get(refers["quoted"]) == own_id:
        kind = InteractionKind.QUOTE
    url = post_url(post_id, handle)
    return RemoteInteraction(
        native_id=post_id,
        kind=kind,
        author=RemoteAuthor(author_id, handle, word(user, "name")),
        text=full_text(post),
        created_at=made,
        conversation_id=word(post, "conversation_id") or post_id,
        ref=RemoteRef(post_id, url),
        parent_id=refers.get("replied_to") or refers.get("quoted"),
        language=word(post, "lang"),
        url=url,
        raw=post,
    )


def full_text(post: Any) -> str:
    """The whole text as a person reads it: long posts in full, entities as characters, t.co as the real address."""
    note = at(post, "note_tweet") or at(post, "note_post")
    text = html.unescape(word(note, "text") or word(post, "text") or "")
    links = rows(note, "entities", "urls") + rows(post, "entities", "urls")
    real = {short: long for link in links if (short := word(link, "url")) and (long := word(link, "expanded_url"))}
    for short in sorted(real, key=len, reverse=True):  # one may be the beginning of another
        text = text.replace(short, real[short])
    return text


def _said_and_shown(post: Any) -> tuple[str, int]:
    """The text of one of our own posts as it was sent, and how many pictures it shows.

    X puts one t.co link at the end for all its pictures, and an entity for each.
    """
    note = at(post, "note_tweet") or at(post, "note_post")
    links = rows(note, "entities", "urls") + rows(post, "entities", "urls")
    added = {short for link in links if _is_picture(link) and (short := word(link, "url"))}
    text = full_text(post)
    for link in links:
        if (short := word(link, "url")) in added and short:
            text = text.replace(word(link, "expanded_url") or short, "").replace(short, "")
    return text, len(rows(post, "attachments", "media_keys")) or sum(1 for link in links if _is_picture(link))


def _is_picture(link: Any) -> bool:
    return word(link, "media_key") is not None or bool(_PICTURE_PAGE.search(word(link, "expanded_url") or ""))


def own_post(post: Any, own: Identity) -> OwnPost | None:
    """One of our own posts as the match rule compares it; None where it cannot be read."""
    post_id = word(post, "id")
    made = moment(at(post, "created_at")) or _made(post_id)
    if not post_id or made is None:
        return None
    ref = RemoteRef(post_id, post_url(post_id, own.handle))
    said, shown = _said_and_shown(post)
    return OwnPost(ref, made, _saying(said, _references(post).get("replied_to"), shown))


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    return _saying(draft.text, draft.in_reply_to.id if draft.in_reply_to else None, len(draft.pictures))


def _saying(text: str, parent: str | None, pictures: int) -> Saying:
    """X itself puts the @names of those answered before a reply's text, so they are left out on both sides."""
    text = _links_as_typed(text)
    return Saying(_LEADING_MENTIONS.sub("", text.lstrip() + " ") if parent else text, parent, pictures)


def _links_as_typed(text: str) -> str:
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
    times = [made for post in rows(pages[-1], "data") if (made := moment(at(post, "created_at")))]
    return word(pages[-1], "meta", "next_token") is None or (bool(times) and min(times) < back_to)


def referred(reference: str) -> str:
    """The id of the post that a person points at, by id or address. Raises Rejected for anything else."""
    found = _REFERENCE.fullmatch(reference.strip())
    if found is None:
        detail = "A post on X is named by its address (https://x.com/name/status/123) or its number."
        raise Rejected("x", detail, code="unreadable-reference")
    return found["id"]


def is_gone(body: Any) -> bool:
    """Whether the answer to a look at one post says that there is none, or none that this account may see."""
    told = {(word(error, "type") or "").rpartition("/problems/")[2] for error in rows(body, "errors")}
    return bool(told & {"resource-not-found", "not-authorized-for-resource"})


def refused_since_id(body: Any) -> bool:
    """Whether a 400 complains of `since_id` (too old, or not to be used here)."""
    return any(at(error, "parameters", "since_id") is not None for error in rows(body, "errors"))


def media_id(body: Any) -> str | None:
    """The id of the upload that an answer speaks of."""
    return word(body, "data", "id")


def media_lasts(body: Any) -> float | None:
    """For how many seconds an upload may be used."""
    told = at(body, "data", "expires_after_secs")
    return float(told) if isinstance(told, int) and not isinstance(told, bool) and told > 0 else None


def media_state(body: Any) -> str:
    """`pending`, `in_progress`, `succeeded` or `failed`; X leaves it out where there is nothing to work on."""
    return word(body, "data", "processing_info", "state") or "succeeded"


def refused_media(body: Any) -> bool:
    """Whether a 400 complains of a picture's id: it ran out, or it never was."""
    names = ("media.media_ids", "media_ids", "media")
    return any(at(error, "parameters", name) is not None for error in rows(body, "errors") for name in names)


def _references(post: Any) -> dict[str, str]:
    told = rows(post, "referenced_tweets") or rows(post, "referenced_posts")
    return {kind: post_id for entry in told if (kind := word(entry, "type")) and (post_id := word(entry, "id"))}


def _made(post_id: str | None) -> datetime | None:
    if not post_id or not post_id.isdigit() or int(post_id) >> 22 == 0:
        return None
    return moment((((int(post_id) >> 22) + _EPOCH_MS) // 1000) * 1.0)
