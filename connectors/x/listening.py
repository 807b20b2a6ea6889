"""What X has for an account: mentions, and where they are switched on private messages and posts with watched words.

Each source has its own mark in the cursor. X indexes late and out of order, so each reading begins a little before the
newest id known, and the record drops what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import EarlierPage, Identity, Listening, Page, RemoteInteraction
from connectors.errors import ConnectorError, RateLimited
from connectors.past import Stretch, read_back
from connectors.shape import at, rows, word
from connectors.translate import translated
from connectors.x import mapping, posts
from connectors.x.cursor import Mark, decoded, encoded
from connectors.x.line import Line
from connectors.x.reading import PAGE, since
from connectors.x.refusals import OWN_TABLE, TABLE, allowed, listed
from connectors.x.words import queries, those_in

MARGIN = timedelta(minutes=10)
"""Mentions reach the listing out of order (issues collected in README.md): each reading begins this much earlier."""
MENTION_PAGES = 8
"""X shows the newest 800 mentions and no more."""
MESSAGE_PAGES = 3
"""X lets messages be read 15 times in 15 minutes; what is behind waits for the next reading."""
WORD_PAGES = 3
FIRST_WORDS = 10
"""Posts of a first search, which looks at what is recent only: each costs money."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one source had. skipped: entries that are nobody's interaction or could not be read."""

    items: list[RemoteInteraction]
    skipped: int
    mark: Mark


def fetch(line: Line, cursor: str | None, listening: Listening) -> Page:
    """The next page of all sources, oldest first; what came by two ways is there once, as the first of them has it.

    What fails beside the mentions costs nothing of them: a source that is limited waits for the next reading, and any other
    error is raised only where the mentions had nothing new.
    """
    own, marks = line.identity(), decoded(cursor)
    heard = {"mentions": _mentions(line, own, marks.get("mentions", Mark()))}
    anew = heard["mentions"].mark != marks.get("mentions", Mark())
    beside: dict[str, Callable[[Mark], Heard]] = {}
    if listening.messages:
        beside["messages"] = partial(_messages, line, own)
    if listening.words:
        beside["words"] = partial(_words, line, own, listening.words)
    waits = False
    for name, source in beside.items():
        try:
            heard[name] = source(marks.get(name, Mark()))
        except RateLimited:
            continue
        except ConnectorError:
            if not anew:
                raise
            waits = True
    marks |= {name: one.mark for name, one in heard.items()}
    return Page(
        items=_in_order(item for one in heard.values() for item in one.items),
        cursor=encoded(marks),
        caught_up=not waits and all(one.mark.rest is None for one in heard.values()),
        skipped=sum(one.skipped for one in heard.values()),
    )


def back(line: Line, token: str | None, since: datetime, listening: Listening) -> EarlierPage:
    """Mentions by `until_id`, which outlives any token of X's; messages, of which X tells the last 30 days, by its token."""
    own = line.identity()
    listings: dict[str, Callable[[str | None], Stretch]] = {"mentions": partial(_earlier_mentions, line, own)}
    if listening.messages:
        listings["messages"] = partial(_earlier_messages, line, own)
    return read_back(token, since, listings)


def _earlier_mentions(line: Line, own: Identity, until_id: str | None) -> Stretch:
    with line.client() as (client, wire), translated(OWN_TABLE, wire):
        asked = {**posts.FIELDS, "expansions": posts.EXPANSIONS, "max_results": PAGE, "until_id": until_id}
        page = client.get_users_mentions(own.id, **asked, user_auth=line.oauth1)
    listed(page)
    items, skipped = mapping.interactions(page, own.id)
    oldest = min((told for told in _ids([page]) if posts.is_id(told)), key=int, default=None)
    return Stretch(items, oldest if word(page, "meta", "next_token") else None, skipped)


def _earlier_messages(line: Line, own: Identity, token: str | None) -> Stretch:
    pages, after = _message_pages(line, None, token, most=1)
    items, skipped = mapping.messages(pages[0], own.id)
    return Stretch(items, after, skipped)


def _in_order(items: Iterable[RemoteInteraction]) -> tuple[RemoteInteraction, ...]:
    known: dict[str, RemoteInteraction] = {}
    for item in items:
        known.setdefault(item.native_id, item)
    return tuple(sorted(known.values(), key=lambda item: (item.created_at, item.native_id)))


def _earlier(post_id: str | None) -> str | None:
    return posts.earlier(post_id, MARGIN) if post_id else None


def _ids(pages: Sequence[Any]) -> list[str]:
    return [told for page in pages for entry in rows(page, "data") if (told := word(entry, "id"))]


# --- mentions ---------------------------------------------------------------------------------------------------------


def _mentions(line: Line, own: Identity, mark: Mark) -> Heard:
    """GET /2/users/:id/mentions: all pages since the mark, one where there is none."""
    with line.client() as (client, wire), translated(OWN_TABLE, wire):
        asked = {**posts.FIELDS, "expansions": posts.EXPANSIONS, "max_results": PAGE, "user_auth": line.oauth1}
        call = partial(client.get_users_mentions, own.id, **asked)
        pages = since(call, wire, most=MENTION_PAGES if mark.newest else 1, since_id=_earlier(mark.newest))
    for page in pages:
        listed(page)
    read = [mapping.interactions(page, own.id) for page in pages]
    newest = posts.newest([*_ids(pages), *([mark.newest] if mark.newest else [])])
    return Heard([item for items, _ in read for item in items], sum(skipped for _, skipped in read), Mark(newest))


# --- private messages -------------------------------------------------------------------------------------------------


def _messages(line: Line, own: Identity, mark: Mark) -> Heard:
    """GET /2/dm_events, which knows no `since_id`: page by page until a known one is met."""
    until = mark.since if mark.rest else _earlier(mark.newest)
    pages, token = _message_pages(line, until, mark.rest, most=MESSAGE_PAGES if mark.newest else 1)
    read = [mapping.messages(page, own.id) for page in pages]
    items = [item for found, _ in read for item in found if until is None or _number(item) > int(until)]
    newest = posts.newest([*_ids(pages), *([mark.newest] if mark.newest else [])])
    rest = token if mark.newest else None
    return Heard(items, sum(skipped for _, skipped in read), Mark(newest, until if rest else None, rest))


def _message_pages(line: Line, until: str | None, token: str | None, *, most: int) -> tuple[list[Any], str | None]:
    pages: list[Any] = []
    with allowed("dm.read"), line.client() as (client, wire), translated(TABLE, wire):
        asked = {**mapping.MESSAGE_FIELDS, "event_types": "MessageCreate", "max_results": PAGE}
        while len(pages) < most:
            page = client.get_direct_message_events(**asked, pagination_token=token, user_auth=line.oauth1)
            events = listed(page)
            pages.append(page)
            token = word(page, "meta", "next_token")
            ids = [int(told) for event in events if (told := word(event, "id")) and posts.is_id(told)]
            if token is None or (until is not None and any(told <= int(until) for told in ids)):
                return pages, None
    return pages, token


def _number(item: RemoteInteraction) -> int:
    event_id = item.native_id.rpartition("/")[2]
    return int(event_id) if posts.is_id(event_id) else 0


# --- watched words ----------------------------------------------------------------------------------------------------


def _words(line: Line, own: Identity, words: Sequence[str], mark: Mark) -> Heard:
    """GET /2/tweets/search/recent. Where there is more than is read at once, the next reading goes on below it."""
    since_id = mark.since if mark.rest else _earlier(mark.newest)
    items: list[RemoteInteraction] = []
    ids, skipped, broken_off = [], 0, []
    for query, batch in queries(words, own.id):
        pages, whole = _search(line, query, since_id, mark)
        for page in pages:
            found, lost = mapping.interactions(page, own.id)
            items += [_found(item, batch, own) for item in found]
            skipped += lost
        ids += _ids(pages)
        if not whole and (below := [told for told in _ids(pages) if posts.is_id(told)]):
            broken_off.append(min(below, key=int))
    newest = posts.newest([*ids, *([mark.newest] if mark.newest else [])])
    rest = max(broken_off, key=int, default=None)
    return Heard(items, skipped, Mark(newest, since_id if rest else None, rest))


def _search(line: Line, query: str, since_id: str | None, mark: Mark) -> tuple[list[Any], bool]:
    """The pages of one query, newest first, and whether they are all that there is since the mark."""
    first = mark.newest is None
    with line.client() as (client, wire), translated(TABLE, wire):
        pages = since(
            partial(_asked, client, line, query, FIRST_WORDS if first else PAGE, mark.rest),
            wire,
            most=1 if first else WORD_PAGES,
            since_id=since_id,
        )
    for page in pages:
        listed(page)
    return pages, first or word(pages[-1], "meta", "next_token") is None


def _asked(
    client: Any, line: Line, query: str, most: int, until_id: str | None, *, since_id: str | None, pagination_token: Any
) -> Any:
    asked = {**posts.FIELDS, "expansions": posts.EXPANSIONS, "max_results": most, "until_id": until_id}
    return client.search_recent_tweets(
        query, **asked, since_id=since_id, next_token=pagination_token, user_auth=line.oauth1
    )


def _found(item: RemoteInteraction, words: tuple[str, ...], own: Identity) -> RemoteInteraction:
    """A post as a word found it; one that was said to us anyway stays what it is."""
    named = {
        str(told).casefold()
        for one in rows(item.raw, "entities", "mentions")
        for told in (at(one, "id"), at(one, "username"))
    }
    if item.kind is not InteractionKind.MENTION or named & {own.id, own.handle.casefold()}:
        return item
    return replace(item, kind=InteractionKind.KEYWORD, why=those_in(item.text, words))
