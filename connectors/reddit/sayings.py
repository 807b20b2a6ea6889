"""Our own posts as the match rule compares them (connectors/readback.py), and how a person may point at one. Pure."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from connectors.contract import Draft, RemoteRef
from connectors.errors import Rejected
from connectors.readback import OwnPost, Saying
from connectors.reddit.answers import address
from connectors.shape import at, moment, rows, word

_FULLNAME = re.compile(r"t[13]_[0-9a-z]{1,13}", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(
    r"(?P<bare>[0-9a-z]{1,13})"
    r"|(?:https?://)?redd\.it/(?P<short>[0-9a-z]{1,13})/?(?:[?#].*)?"
    r"|(?:https?://)?(?:\w+\.)?reddit\.com(?:/(?:r|u|user)/[\w-]+)?/comments/(?P<post>[0-9a-z]{1,13})"
    r"(?:/[^/?#]*(?:/(?P<comment>[0-9a-z]{1,13}))?)?/?(?:[?#].*)?",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"https?://i\.redd\.it/(?P<asset>\w+)\.\w+(?:\?.*)?", re.ASCII)
_VIEW_POLL = re.compile(r"\s*\[View Poll\]\(https://www\.reddit\.com/poll/\w+\)\s*\Z")
"""What Reddit puts under the text of a poll, for those who cannot see one."""


def own_post(child: Any) -> OwnPost | None:
    """One of our own posts, comments or messages as the match rule compares it; None where it cannot be read."""
    item = at(child, "data")
    made, name = moment(at(item, "created_utc")), word(item, "name")
    if made is None or not name:
        return None
    ref = RemoteRef(name, address(item) or word(item, "url"))
    if name.startswith(("t1_", "t4_")):
        return OwnPost(ref, made, Saying(word(item, "body") or "", word(item, "parent_id")))
    title, place = word(item, "title"), word(item, "subreddit")
    if passed_on := word(item, "crosspost_parent"):  # it shows the other post's words and pictures as its own
        return OwnPost(ref, made, _submission(title, None, place, 0, (passed_on,)))
    return OwnPost(ref, made, _submission(title, _text_shown(item), place, _shown(item), _beside(item)))


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    if draft.in_reply_to:
        return Saying(draft.text, draft.in_reply_to.id, len(draft.pictures))
    options = draft.options
    if options.crosspost is not None:
        return _submission(draft.title, None, community(draft), 0, (options.crosspost,))
    beside = options.poll.choices if options.poll else (_link(options.card.url),) if options.card else ()
    return _submission(draft.title, draft.text, community(draft), len(draft.pictures), beside)


def _submission(
    title: str | None, text: str | None, name: str | None, pictures: int, beside: tuple[str, ...]
) -> Saying:
    return Saying(f"{title or ''}\n\n{text or ''}", f"r/{name or ''}".casefold(), pictures, beside)


def _text_shown(item: Any) -> str | None:
    text = word(item, "selftext")
    return _VIEW_POLL.sub("", text) if text and at(item, "poll_data") else text


def _beside(item: Any) -> tuple[str, ...]:
    """What a post shows beside its words: the choices of a poll, or the link that it is."""
    choices = tuple(text for one in rows(item, "poll_data", "options") if (text := word(one, "text")))
    if choices:
        return choices
    url = word(item, "url")
    if url is None or at(item, "is_self") is not False or _shown(item):
        return ()
    return (_link(url),)


def _link(url: str) -> str:
    """An address as two platforms would agree on it: host in small letters, no slash at the end."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    return parts._replace(netloc=parts.netloc.lower(), scheme=parts.scheme.lower()).geturl().rstrip("/")


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


def showing(page: Any, assets: set[str]) -> RemoteRef | None:
    """The first post of a page that shows one of these assets: nobody else's upload has the same id."""
    for child in rows(page, "data", "children"):
        if assets_shown(child) & assets and (post := own_post(child)):
            return post.ref
    return None


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
    return bare(draft.community or "")


def bare(name: str) -> str:
    """A community's name without the r/ that people write before it."""
    return re.sub(r"^/?r/", "", name.strip(), flags=re.IGNORECASE).strip("/ ")
