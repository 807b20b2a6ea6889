"""Reddit's JSON to our nouns. Pure; an item that cannot be read is skipped, the rest of the page is kept."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import Draft, Identity, RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.errors import Rejected
from connectors.readback import OwnPost, Saying
from connectors.shape import at, moment, rows, word

SITE = "https://www.reddit.com"
_POST_IN_PATH = re.compile(r"/comments/([0-9a-z]+)(?:/|$|\?)", re.IGNORECASE)
_FULLNAME = re.compile(r"t[13]_[0-9a-z]{1,13}", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(
    r"(?P<bare>[0-9a-z]{1,13})"
    r"|(?:https?://)?redd\.it/(?P<short>[0-9a-z]{1,13})/?(?:[?#].*)?"
    r"|(?:https?://)?(?:\w+\.)?reddit\.com(?:/(?:r|u|user)/[\w-]+)?/comments/(?P<post>[0-9a-z]{1,13})"
    r"(?:/[^/?#]*(?:/(?P<comment>[0-9a-z]{1,13}))?)?/?(?:[?#].*)?",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"https?://i\.redd\.it/(?P<asset>\w+)\.\w+(?:\?.*)?", re.ASCII)
_BREAK = re.compile(r"(\d+(?:\.\d+)?) (millisecond|second|minute|hour)")
_UNIT_SECONDS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0}


def interactions(listing: Any, own_handle: str | None = None) -> list[RemoteInteraction]:
    """One page of an inbox (or of mentions, replies) in its own order. Messages and system mail (t4) are left out."""
    return [found for child in rows(listing, "data", "children") if (found := _interaction(child, own_handle))]


def entries(listing: Any) -> int:
    """How many entries a page holds, read or not."""
    return len(rows(listing, "data", "children"))


def _interaction(child: Any, own_handle: str | None) -> RemoteInteraction | None:
    item = at(child, "data")
    name, made, body = word(item, "name"), moment(at(item, "created_utc")), word(item, "body")
    if word(child, "kind") != "t1" or not name or not made or body is None:
        return None
    author = word(item, "author")
    author = None if author == "[deleted]" else author
    if author and own_handle and author.casefold() == own_handle.casefold():
        return None
    path = word(item, "context") or word(item, "permalink")
    parent = word(item, "parent_id")
    url = SITE + path if path and path.startswith("/") else None
    return RemoteInteraction(
        native_id=name,
        kind=_kind(item),
        author=RemoteAuthor(word(item, "author_fullname"), author),
        text=body,
        created_at=made,
        conversation_id=_post(path) or (parent if parent and parent.startswith("t3_") else name),
        ref=RemoteRef(name, url),
        parent_id=parent,
        community=word(item, "subreddit"),
        url=url,
        raw=child,
    )


def _kind(item: Any) -> InteractionKind:
    """Records of before 2017 have no `type`; their subject says the same in words."""
    told = word(item, "type") or (word(item, "subject") or "").replace(" ", "_")
    return InteractionKind.MENTION if told == "username_mention" else InteractionKind.COMMENT


def _post(path: str | None) -> str | None:
    found = _POST_IN_PATH.search(path or "")
    return f"t3_{found[1]}" if found else None


def created_at(child: Any) -> datetime | None:
    """When an entry of a listing was made."""
    return moment(at(child, "data", "created_utc"))


def identity(body: Any) -> Identity | None:
    """Who is signed in, from GET /api/v1/me; the id is the fullname, as other people's answers carry it."""
    user_id, handle = word(body, "id"), word(body, "name")
    return Identity(f"t2_{user_id}", handle) if user_id and handle else None


def created(body: Any) -> RemoteRef | None:
    """What an answer to submit or comment says was made, also if it carries errors (praw issue 1768)."""
    made = at(body, "json", "data")
    made = at(made, "things", 0, "data") or made
    name = word(made, "name") or word(made, "id")  # a gallery's answer holds the fullname as its id
    if not name or not name.startswith(("t1_", "t3_")):
        return None
    url = word(made, "url")
    path = word(made, "permalink")
    return RemoteRef(name, url or (SITE + path if path else None))


def refusal(body: Any) -> tuple[str, float | None] | None:
    """The first error of an answer with status 200: its code, and for RATELIMIT the seconds to wait."""
    code = word(body, "json", "errors", 0, 0)
    if code is None:
        return None
    told = at(body, "json", "ratelimit")
    if isinstance(told, int | float):
        return code, float(told)
    found = _BREAK.search(word(body, "json", "errors", 0, 1) or "")
    return code, float(found[1]) * _UNIT_SECONDS[found[2]] if found else None


def own_post(child: Any) -> OwnPost | None:
    """One of our own posts or comments as the match rule compares it; None where it cannot be read."""
    item = at(child, "data")
    made, name, path = moment(at(item, "created_utc")), word(item, "name"), word(item, "permalink")
    if made is None or not name:
        return None
    ref = RemoteRef(name, SITE + path if path else word(item, "url"))
    if name.startswith("t1_"):
        return OwnPost(ref, made, Saying(word(item, "body") or "", word(item, "parent_id")))
    place = word(item, "subreddit")
    return OwnPost(ref, made, _submission(word(item, "title"), word(item, "selftext"), place, _shown(item)))


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    if draft.in_reply_to:
        return Saying(draft.text, draft.in_reply_to.id, len(draft.pictures))
    return _submission(draft.title, draft.text, community(draft), len(draft.pictures))


def _submission(title: str | None, text: str | None, name: str | None, pictures: int) -> Saying:
    return Saying(f"{title or ''}\n\n{text or ''}", f"r/{name or ''}".casefold(), pictures)


def _shown(item: Any) -> int:
    """How many pictures a post shows: those of a gallery, or the one on Reddit's own picture host."""
    gallery = rows(item, "gallery_data", "items")
    return len(gallery) or int(bool(_PICTURE.fullmatch(word(item, "url") or "")))


def assets_shown(child: Any) -> set[str]:
    """The assets that a post shows: Reddit keeps the id of one in a picture's address, of many in the gallery's list."""
    item = at(child, "data")
    found = _PICTURE.fullmatch(word(item, "url") or "")
    listed = {one for entry in rows(item, "gallery_data", "items") if (one := word(entry, "media_id"))}
    return listed | ({found["asset"]} if found else set())


def asset(handle: str) -> str:
    """The asset that a handle (where the picture was put) stands for."""
    return handle.rpartition("/")[2]


def lease(body: Any) -> tuple[str, dict[str, str]] | None:
    """Where Reddit wants a picture put, and the fields of the form that puts it there; None where it does not say."""
    action, told = word(body, "args", "action"), rows(body, "args", "fields")
    fields = {name: at(field, "value") for field in told if (name := word(field, "name"))}
    if not action or not isinstance(fields.get("key"), str) or not all(isinstance(it, str) for it in fields.values()):
        return None
    return action, fields


def is_being_made(body: Any) -> bool:
    """Whether an answer without an id says that the post comes once its picture was worked on: it names a socket to listen at."""
    return word(body, "json", "data", "websocket_url") is not None


def referred(reference: str) -> str:
    """The fullname of the post or comment that a person points at. Raises Rejected for anything else."""
    told = reference.strip()
    if _FULLNAME.fullmatch(told):
        return told.lower()
    found = _ADDRESS.fullmatch(told)
    if found is None:
        detail = (
            "A post on Reddit is named by its address (…/comments/abc/…, redd.it/abc), by t3_abc or t1_abc, or by abc."
        )
        raise Rejected("reddit", detail, code="unreadable-reference")
    post, comment = found["short"] or found["bare"] or found["post"], found["comment"]
    return (f"t1_{comment}" if comment else f"t3_{post}").lower()


def community(draft: Draft) -> str:
    """The community's bare name: people write r/name, the API wants name."""
    return re.sub(r"^/?r/", "", draft.community or "", flags=re.IGNORECASE).strip("/ ")
