"""RSS and Atom: what a feed's entries are called, and where they are. A stranger's document, read and never believed.

Entities of the document's own are refused before it is parsed, what is read is bounded, and titles come out as one line of
plain text. The parser gets a stream: given bytes or text, it would try to open a file or an address of that name.
"""

from __future__ import annotations

import html
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit
from xml.parsers import expat

MOST_BYTES: Final = 1024 * 1024
MOST_ENTRIES: Final = 200
TYPES: Final = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/xml",
        "text/xml",
    }
)
"""What a feed is labelled as."""

_DEEPEST: Final = 50
_MOST_ELEMENTS: Final = 20_000
_LONGEST_TITLE: Final = 300
_LONGEST_LINK: Final = 2000
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_SHOWN: Final = frozenset("\u200d\ufe0f")
"""Joins and variants of emoji: not printable by themselves, and needed."""


class NoFeed(ValueError):
    """This is not a feed that can be read."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why or "it is no RSS or Atom feed")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. id: by which the feed knows it, or its address. at: when it was published, where the feed says so."""

    id: str
    title: str
    link: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed: what it calls itself, and its entries as it lists them."""

    title: str
    entries: tuple[Entry, ...]


def read(data: bytes) -> FeedDocument:
    """The feed that a document holds. Raises NoFeed."""
    if len(data) > MOST_BYTES:
        raise NoFeed(f"it is larger than {MOST_BYTES:,} bytes")
    if b"\0" in data:
        raise NoFeed("it is not written in UTF-8")
    if _ENTITY.search(data):
        raise NoFeed("it defines entities of its own, which no feed needs")
    _check_shape(data)
    import feedparser

    try:
        found = feedparser.parse(BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    except Exception:  # noqa: BLE001 - a parser of strangers' documents may fail in any way
        raise NoFeed from None
    if not found.get("version"):
        raise NoFeed
    return FeedDocument(_line(found.feed.get("title")), tuple(_entries(found.entries[:MOST_ENTRIES])))


def _check_shape(data: bytes) -> None:
    """Refuse a document whose elements are too many or too deep to be a feed's: the parser would take minutes. Raises NoFeed.

    Expat reads it in no time, and marked-up contents count as text to it. What it cannot read goes to the parser's lenient
    half, which counts every `<`.
    """
    depth = seen = 0

    def begins(_: str, __: object) -> None:
        nonlocal depth, seen
        depth, seen = depth + 1, seen + 1
        if depth > _DEEPEST or seen > _MOST_ELEMENTS:
            raise NoFeed("it has more parts, or deeper ones, than a feed")

    def ends(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler = begins
    parser.EndElementHandler = ends
    try:
        parser.ParseFile(BytesIO(data))
    except expat.ExpatError:
        if data.count(b"<") > _MOST_ELEMENTS:
            raise NoFeed("it is not well-formed, and too large to be guessed at") from None


def _entries(found: list[Any]) -> Iterator[Entry]:
    known: set[str] = set()
    for one in found:
        link = str(one.get("link") or "").strip()
        if not _can_be_followed(link):
            continue
        name = str(one.get("id") or link)[:_LONGEST_LINK]
        if name in known:
            continue
        known.add(name)
        yield Entry(name, _line(one.get("title")) or urlsplit(link).netloc, link, _at(one))


def _can_be_followed(link: str) -> bool:
    """Whether a reader may be sent there."""
    if not link.isascii() or not link.isprintable() or " " in link or len(link) > _LONGEST_LINK:
        return False
    try:
        parts = urlsplit(link)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _at(one: Any) -> datetime | None:
    told = one.get("published_parsed") or one.get("updated_parsed")
    try:
        return None if told is None else datetime.fromtimestamp(timegm(told), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


class _Words(HTMLParser):
    """Gathers the words between the tags; what a script or a style holds is none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._silent += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def _line(text: Any) -> str:
    """A title as one line of plain text, however it was marked up."""
    given = str(text or "")[: 20 * _LONGEST_TITLE]
    if "<" in given or "&" in given:
        reader = _Words()
        reader.feed(given)
        reader.close()
        given = html.unescape("".join(reader.words))
    given = _BLANKS.sub(" ", given)
    line = "".join(one for one in given if one.isprintable() or one in _SHOWN).strip()
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1].rstrip()}…"
