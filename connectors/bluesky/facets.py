"""What stands out in a text, with its place in UTF-8 bytes: links, #tags and @mentions. Without a facet all are dead text.

Pure: whom a handle means is given, since asking would let the bytes of a record depend on the network.

Sources: lexicons/app/bsky/richtext/facet.json, and the rules of packages/api/src/rich-text/detection.ts in
bluesky-social/atproto.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.bluesky.syntax import is_handle
from connectors.text import graphemes
from connectors.tlds import TLDS

LONGEST_TAG = 64
"""Graphemes."""
RESERVED = frozenset({"test"})
"""Ends of handles that no registry has and that local networks use."""

_LINK = re.compile(
    r"(?:^|(?<=\s)|(?<=\())(https?://\S+|[a-z][a-z0-9]*(?:\.[a-z0-9]+)+\S*)", re.IGNORECASE | re.MULTILINE
)
_DOMAIN = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z0-9]+)+", re.IGNORECASE)
_TAG = re.compile(r"(?:^|(?<=\s))[#＃](?!\ufe0f)([^\s\u00AD\u2060\u200A-\u200D\u20e2]+)")
_MENTION = re.compile(r"(?:^|(?<=\s)|(?<=\())@([a-zA-Z0-9.-]+)(?a:\b)")


def facets(text: str, named: Mapping[str, str]) -> list[dict[str, Any]]:
    """The facets of a text, in order. named: the DID of each handle, in small letters, that somebody has."""
    found = [*_link_facets(text), *_tag_facets(text), *_mention_facets(text, named)]
    return sorted(found, key=lambda facet: int(facet["index"]["byteStart"]))


def handles(text: str) -> list[str]:
    """The handles that a text mentions, in small letters, each once, in order."""
    return list(dict.fromkeys(handle.lower() for _, handle in _mentions(text)))


def _mentions(text: str) -> Iterator[tuple[int, str]]:
    for hit in _MENTION.finditer(text):
        handle = hit[1]
        if is_handle(handle) and handle.rpartition(".")[2].lower() in TLDS | RESERVED:
            yield hit.start(), handle


def _mention_facets(text: str, named: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for start, handle in _mentions(text):
        did = named.get(handle.lower())
        if did is not None:
            yield _facet(text, start, f"@{handle}", {"$type": "app.bsky.richtext.facet#mention", "did": did})


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
