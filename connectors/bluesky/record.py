"""The post record and its key: a pure function of the draft and the key, so that the same send has the same bytes.

`putRecord` with the same key and the same bytes is a no-op, with other bytes it is refused; that is what makes a Bluesky
post exactly once. So nothing here may look at a clock, at the network or at chance.

Sources: https://atproto.com/specs/tid, lexicons/app/bsky/feed/post.json and richtext/facet.json, and the link and tag rules
of packages/api/src/rich-text/detection.ts in bluesky-social/atproto.
"""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Draft, RemoteRef
from connectors.errors import Rejected
from connectors.text import graphemes
from connectors.tlds import TLDS

COLLECTION = "app.bsky.feed.post"
LONGEST_TAG = 64
"""Graphemes."""

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LINK = re.compile(
    r"(?:^|(?<=\s)|(?<=\())(https?://\S+|[a-z][a-z0-9]*(?:\.[a-z0-9]+)+\S*)", re.IGNORECASE | re.MULTILINE
)
_DOMAIN = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z0-9]+)+", re.IGNORECASE)
_TAG = re.compile(r"(?:^|(?<=\s))[#＃](?!\ufe0f)([^\s\u00AD\u2060\u200A-\u200D\u20e2]+)")


def tid(seed: str, at: datetime) -> str:
    """A record key for one send: the milliseconds of `at`; what is finer, and the clock id, come from a hash of `seed`."""
    spread = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    value = (milliseconds * 1000 + spread % 1000) << 10 | (spread // 1000) % 1024
    return "".join(_DIGITS[value >> shift & 31] for shift in range(60, -1, -5))


def made_at(key: str) -> datetime:
    """The moment that a TID names, to the microsecond. Raises ValueError if it is no TID."""
    if not _TID.fullmatch(key):
        raise ValueError("a Bluesky post needs a TID as its key")
    value = 0
    for digit in key:
        value = value << 5 | _DIGITS.index(digit)
    return _EPOCH + timedelta(microseconds=value >> 10)


def record(draft: Draft, key: str) -> dict[str, Any]:
    """The post's record. Raises Rejected where a reply lacks what pins its parent."""
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
    return post


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
