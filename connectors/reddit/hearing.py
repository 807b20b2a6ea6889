"""Hearing what members did: the inbox, and what else was switched on, each listing from its newest page on.

No listing is asked by `before`, which lies. A listing is read page by page until a whole page is known or older than what
was known; what is known of each is in the cursor. A listing that is refused is told, and does not keep the others unread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import EarlierPage, Listening, Page, RemoteInteraction
from connectors.errors import AuthExpired, Cause, ConnectorError, Rejected, Retryable
from connectors.past import Stretch, read_back
from connectors.reddit import mapping
from connectors.reddit.calls import PAGE_SIZE, Calls
from connectors.reddit.community_rules import NOT_MODERATOR, why_closed
from connectors.reddit.cursors import Bookmark, Cursor
from connectors.reddit.sayings import bare
from connectors.shape import at, rows

MOST_PAGES = 10
"""Reddit's listings end after about 1,000 entries."""
QUEUE_PAGES = 3
"""What waits for a moderator is read whole each time, as far as that; what lies behind waits until some of it is decided."""
INBOX = "inbox"
QUERY = 500
"""Characters of one search; Reddit takes 512."""

_RANK = (
    InteractionKind.REPORT,
    InteractionKind.MENTION,
    InteractionKind.COMMENT,
    InteractionKind.MESSAGE,
    InteractionKind.COMMUNITY,
    InteractionKind.KEYWORD,
)
"""Of two routes by which the same came, the first of these says what it is."""


@dataclass(frozen=True, slots=True)
class Source:
    """One listing. name: of its bookmark. kind: what its entries are; None: each says it. words: what it is read for."""

    name: str
    path: str
    kind: InteractionKind | None = None
    words: tuple[str, ...] = ()
    search: str = ""

    @property
    def queue(self) -> bool:
        """Whether its entries come and go in no order of time."""
        return self.kind is InteractionKind.REPORT


def sources(listening: Listening) -> Iterator[Source]:
    """The listings to be read, the inbox first."""
    yield Source(INBOX, "message/inbox")
    for name in map(bare, listening.moderated):
        for queue in ("modqueue", "reports"):
            yield Source(f"{queue} {name}", f"r/{name}/about/{queue}", InteractionKind.REPORT)
    for name in map(bare, listening.communities):
        for listing in ("new", "comments"):
            yield Source(f"{listing} {name}", f"r/{name}/{listing}", InteractionKind.COMMUNITY)
    if not listening.words:
        return
    for name in map(bare, listening.word_places):
        for number, (query, words) in enumerate(_queries(listening.words)):
            yield Source(f"search {name} {number}", f"r/{name}/search", InteractionKind.KEYWORD, words, query)
        # Reddit's search finds posts only: comments are looked through here.
        yield Source(f"words {name}", f"r/{name}/comments", InteractionKind.KEYWORD, listening.words)


def _queries(words: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Searches for any of these words, each short enough."""
    group: list[str] = []
    for word in words:
        quoted = [f'"{one.replace(chr(34), " ").strip()}"' for one in (*group, word)]
        if group and len(" OR ".join(quoted)) > QUERY:
            yield " OR ".join(quoted[:-1]), tuple(group)
            group = []
        group.append(word)
    if group:
        yield " OR ".join(f'"{one.replace(chr(34), " ").strip()}"' for one in group)[:QUERY], tuple(group)


def fetch(calls: Calls, told: str | None, listening: Listening) -> Page:
    """Everything new of all that is listened to, oldest first, with the cursor that follows."""
    cursor, pages = Cursor.read(told), _Pages(calls)
    own = calls.own.handle if calls.own else None
    marks: dict[str, Bookmark] = {}
    found: dict[str, RemoteInteraction] = {}
    skipped = 0
    missed: list[str] = []
    limited = False
    for source in sources(listening):
        before = cursor.marks.get(source.name)
        heard = None
        if not limited:
            try:
                heard = _hear(pages, source, before, listening, own)
            except (Rejected, AuthExpired, Retryable) as error:
                if source.name == INBOX or (isinstance(error, AuthExpired) and error.cause is not Cause.SCOPE):
                    raise
                limited = isinstance(error, Retryable)  # what was heard is kept; the rest waits for the next time
                missed.append(f"{source.path}: {_why_missed(source, error)}")
        if mark := heard.mark if heard else before:
            marks[source.name] = mark
        for one in heard.items if heard else ():
            found[one.native_id] = _joined(found.get(one.native_id), one)
        skipped += heard.skipped if heard else 0
    items = tuple(sorted(found.values(), key=lambda one: (one.created_at, one.native_id)))
    return Page(items, Cursor(marks).written() or told, skipped=skipped, missed=tuple(missed))


def back(calls: Calls, token: str | None, since: datetime, listening: Listening) -> EarlierPage:
    """GET message/inbox by `after`, as far as Reddit lists it: about 1,000 entries."""
    own = calls.own.handle if calls.own else None

    def inbox(place: str | None) -> Stretch:
        page = calls.listing("message/inbox", limit=PAGE_SIZE, **({"after": place} if place else {}))
        items = list(mapping.interactions(page, own, messages=listening.messages))
        after = at(page, "data", "after")
        return Stretch(
            items, after if isinstance(after, str) else None, len(rows(page, "data", "children")) - len(items)
        )

    return read_back(token, since, {INBOX: inbox})


def _why_missed(source: Source, error: ConnectorError) -> str:
    if closed := why_closed(error):
        return closed
    return NOT_MODERATOR if source.queue and error.code == "http-403" else error.code or "refused"


def _joined(known: RemoteInteraction | None, one: RemoteInteraction) -> RemoteInteraction:
    """The same by two routes: what it is by the first in rank, with the reasons of both."""
    if known is None:
        return one
    first, second = sorted((known, one), key=lambda it: _RANK.index(it.kind))
    return replace(first, why=tuple(dict.fromkeys((*first.why, *second.why))))


class _Pages:
    """Pages that were read in this run: two sources of one listing ask for it once."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._read: dict[str, list[Any]] = {}

    def of(self, source: Source, over: Callable[[Any], bool], most: int) -> list[Any]:
        """The pages of a source until `over`, newest first; at most `most`."""
        if source.search:
            asked: dict[str, str | int] = {"q": source.search, "restrict_sr": 1, "sort": "new", "type": "link"}
            return list(self._calls.pages(source.path, most=most, over=over, **asked))
        if source.path not in self._read:
            self._read[source.path] = list(self._calls.pages(source.path, most=most, over=over))
        return self._read[source.path]


@dataclass(frozen=True, slots=True)
class _Heard:
    items: list[RemoteInteraction]
    mark: Bookmark
    skipped: int


def _hear(pages: _Pages, source: Source, before: Bookmark | None, listening: Listening, own: str | None) -> _Heard:
    known = before or Bookmark()
    known = replace(known, queue=source.queue)
    most = QUEUE_PAGES if source.queue else 1 if before is None else MOST_PAGES
    read = pages.of(source, known.knows_all, most)
    items: list[RemoteInteraction] = []
    skipped = 0
    for page in read:
        there = rows(page, "data", "children")
        new = [child for child in there if not known.knows(child)]
        read_of_it = mapping.interactions(_listing(new), own, kind=source.kind, messages=listening.messages)
        kept = [worded for one in read_of_it if (worded := _worded(one, source))]
        skipped += len(new) - len(kept) + sum(not mapping.is_readable(child) for child in there)
        items += kept
    children = [child for page in read for child in rows(page, "data", "children")]
    return _Heard(items, known.moved(children), skipped)


def _listing(children: list[Any]) -> Any:
    return {"data": {"children": children}}


def _worded(one: RemoteInteraction, source: Source) -> RemoteInteraction | None:
    """With the watched words that really stand in it: a search finds more than it was asked for. None: not one does."""
    if not source.words:
        return one
    said = tuple(word for word in source.words if _stands_in(word, one.text))
    return replace(one, why=said) if said else None


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.strip())}(?!\w)", text, re.IGNORECASE) is not None
