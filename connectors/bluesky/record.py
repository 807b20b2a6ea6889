"""The post record and its key: a pure function of the draft and the key, so that the same send has the same bytes.

`putRecord` with the same key and the same bytes is a no-op, with other bytes it is refused; that is what makes a Bluesky
post exactly once. So nothing here may look at a clock, at the network or at chance. A thread is several records in one write:
the key of each part follows from the first one's, and each names the CID of the part that it answers.

Sources: https://atproto.com/specs/tid, lexicons/app/bsky/feed/post.json and richtext/facet.json, and the link and tag rules
of packages/api/src/rich-text/detection.ts in bluesky-social/atproto.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.bluesky.cid import cid_of
from connectors.contract import Draft, Picture, RemoteRef
from connectors.errors import PICTURE_NOT_UPLOADED, Rejected
from connectors.shape import at, word
from connectors.text import graphemes
from connectors.tlds import TLDS

COLLECTION = "app.bsky.feed.post"
LONGEST_TAG = 64
"""Graphemes."""

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_APART = 1000 << 10
"""How far the keys of two parts of a thread lie apart: one millisecond, so that `createdAt` rises with them."""

_LINK = re.compile(
    r"(?:^|(?<=\s)|(?<=\())(https?://\S+|[a-z][a-z0-9]*(?:\.[a-z0-9]+)+\S*)", re.IGNORECASE | re.MULTILINE
)
_DOMAIN = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z0-9]+)+", re.IGNORECASE)
_TAG = re.compile(r"(?:^|(?<=\s))[#＃](?!\ufe0f)([^\s\u00AD\u2060\u200A-\u200D\u20e2]+)")


def tid(seed: str, when: datetime) -> str:
    """A record key for one send: the milliseconds of `when`; what is finer, and the clock id, come from a hash of `seed`."""
    spread = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    milliseconds = (when - _EPOCH) // timedelta(milliseconds=1)
    return _written((milliseconds * 1000 + spread % 1000) << 10 | (spread // 1000) % 1024)


def key_of_part(key: str, number: int) -> str:
    """The key of a thread's part, counted from 0: the first has the send's own. Raises ValueError if it is no TID."""
    return _written(_read(key) + number * _APART)


def made_at(key: str) -> datetime:
    """The moment that a TID names, to the microsecond. Raises ValueError if it is no TID."""
    return _EPOCH + timedelta(microseconds=_read(key) >> 10)


def _written(value: int) -> str:
    return "".join(_DIGITS[value >> shift & 31] for shift in range(60, -1, -5))


def _read(key: str) -> int:
    if not _TID.fullmatch(key):
        raise ValueError("a Bluesky post needs a TID as its key")
    value = 0
    for digit in key:
        value = value << 5 | _DIGITS.index(digit)
    return value


@dataclass(frozen=True, slots=True)
class Planned:
    """One record of a thread before it is written: where it will lie (`ref`, with its CID and its root), and its bytes."""

    key: str
    record: dict[str, Any]
    ref: RemoteRef


def thread(draft: Draft, key: str, did: str) -> list[Planned]:
    """The records of a draft and of the parts that follow it, in order. Raises Rejected where one cannot be made.

    A part answers the last one before it that is not itself set under the first, unless it is set there too.
    """
    planned: list[Planned] = []
    above = draft.in_reply_to
    for number, part in enumerate((draft, *draft.thread)):
        answered = planned[0].ref if part.under_first and planned else above
        own_key = key_of_part(key, number)
        post = record(replace(part, in_reply_to=answered), own_key)
        root = (answered.root or answered) if answered else None
        ref = RemoteRef(
            f"at://{did}/{COLLECTION}/{own_key}",
            revision=cid_of(post),
            root=RemoteRef(root.id, revision=root.revision) if root else None,
        )
        planned.append(Planned(own_key, post, ref))
        if number == 0 or not part.under_first:
            above = ref
    return planned


def record(draft: Draft, key: str) -> dict[str, Any]:
    """The post's record. Raises Rejected where a reply lacks what pins its parent, or a picture was not handed over."""
    made = made_at(key)
    post: dict[str, Any] = {
        "$type": COLLECTION,
        "text": draft.text,
        "createdAt": f"{made:%Y-%m-%dT%H:%M:%S}.{made.microsecond // 1000:03d}Z",
    }
    if draft.language:
        post["langs"] = [draft.language]
    if found := facets(draft.text):
        post["facets"] = found
    if draft.in_reply_to:
        parent = draft.in_reply_to
        post["reply"] = {"root": _strong(parent.root or parent), "parent": _strong(parent)}
    if draft.pictures:
        post["embed"] = {"$type": "app.bsky.embed.images", "images": [_image(one) for one in draft.pictures]}
    return post


def blob_handle(blob: Any) -> str | None:
    """What uploadBlob answered, as a handle: the record holds it word for word. None where it is no blob."""
    cid, mime, size = word(blob, "ref", "$link"), word(blob, "mimeType"), at(blob, "size")
    if not cid or not mime or not isinstance(size, int):
        return None
    return json.dumps([cid, mime, size])


def _image(picture: Picture) -> dict[str, Any]:
    try:
        cid, mime, size = json.loads(picture.handle or "")
    except (ValueError, TypeError):
        raise Rejected("bluesky", "A picture was not handed over.", code=PICTURE_NOT_UPLOADED) from None
    return {
        "alt": picture.alt,
        "image": {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": size},
        "aspectRatio": {"width": picture.width, "height": picture.height},
    }


def _strong(ref: RemoteRef) -> dict[str, str]:
    if not ref.revision:
        raise Rejected("bluesky", "A reply needs the cid of the post that it answers.", code="no-cid")
    return {"uri": ref.id, "cid": ref.revision}


def facets(text: str) -> list[dict[str, Any]]:
    """Links and #tags with their places in UTF-8 bytes, in order. Without one a link is dead text on Bluesky."""
    return sorted([*_link_facets(text), *_tag_facets(text)], key=lambda facet: int(facet["index"]["byteStart"]))


def _link_facets(text: str) -> list[dict[str, Any]]:
    found = []
    for hit in _LINK.finditer(text):
        shown = hit[1]
        if not shown.lower().startswith(("http://", "https://")):
            domain = _DOMAIN.match(shown)
            if not domain or domain[0].rpartition(".")[2].lower() not in TLDS:
                continue
        shown = re.sub(r"[.,;:!?]$", "", shown)
        if shown.endswith(")") and "(" not in shown:
            shown = shown[:-1]
        uri = shown if shown.lower().startswith("http") and "://" in shown else f"https://{shown}"
        found.append(_facet(text, hit.start(1), shown, {"$type": "app.bsky.richtext.facet#link", "uri": uri}))
    return found


def _tag_facets(text: str) -> list[dict[str, Any]]:
    found = []
    for hit in _TAG.finditer(text):
        tag = _without_trailing_punctuation(hit[1])
        if not tag or graphemes(tag) > LONGEST_TAG or not any(_counts_as_name(character) for character in tag):
            continue
        shown = hit[0][0] + tag
        found.append(_facet(text, hit.start(), shown, {"$type": "app.bsky.richtext.facet#tag", "tag": tag}))
    return found


def _counts_as_name(character: str) -> bool:
    """Whether a tag may live by it: a tag of digits and punctuation alone is none."""
    return character not in string.digits and not unicodedata.category(character).startswith("P")


def _without_trailing_punctuation(tag: str) -> str:
    while tag and unicodedata.category(tag[-1]).startswith("P"):
        tag = tag[:-1]
    return tag


def _facet(text: str, start: int, shown: str, feature: dict[str, str]) -> dict[str, Any]:
    first = len(text[:start].encode())
    return {"index": {"byteStart": first, "byteEnd": first + len(shown.encode())}, "features": [feature]}
