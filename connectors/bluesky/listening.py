"""What is heard on Bluesky: notifications, posts with watched words, posts as they stand now, threads, what was ours.

Private messages are a service of their own (chat.py), read where they are switched on.

A notification's `indexedAt` follows its author's clock, so "newer than the last" would lose backdated posts: the newest
pages are read until one holds a post that is known. Notifications of replies are sometimes never made; whoever listens
reads the threads of own posts beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.bluesky import is_private, mapping
from connectors.bluesky.chat import again, hear
from connectors.bluesky.chat import around as around_message
from connectors.bluesky.mapping import Memory, mark
from connectors.bluesky.messages import Chats
from connectors.bluesky.record import POSTS
from connectors.bluesky.syntax import address
from connectors.bluesky.xrpc import Xrpc
from connectors.contract import (
    EarlierPage,
    EarlierPost,
    Identity,
    Listening,
    Page,
    RemoteInteraction,
    RemoteRef,
    Thread,
)
from connectors.errors import AuthExpired, ConnectorError, RateLimited, Rejected, Retryable
from connectors.past import Stretch, read_back
from connectors.shape import at, word

NOTIFIED = "app.bsky.notification.listNotifications"
PAGE_SIZE = 100
NOTIFICATION_PAGES = 10
SEARCH_SIZE = 50
SEARCH_PAGES = 4
AT_ONCE = 25
"""URIs that one getPosts takes."""
OWN_PAGE = 50
DEPTH, HEIGHT = 100, 200
"""How far down and up a thread is asked for; a server may go less far, and no reader of JSON goes 1,000 levels deep."""


def fetch(xrpc: Xrpc, cursor: str | None, listening: Listening, own: Identity | None) -> Page:
    """The new notifications, and for each watched word what a search found newly. The cursor remembers marks, not a time."""
    did = own.id if own else xrpc.did
    known = mapping.remembered(cursor)
    entries = _until_known(xrpc, "notifications", known.notified, NOTIFICATION_PAGES)
    heard, skipped = mapping.interactions(_fresh(entries, known.notified), did)
    items = {item.native_id: item for item in heard}
    chats = _Chats(known.chats) if listening.messages else None
    if chats:
        chats.read(xrpc, did, anew=bool(items))
        items |= {item.native_id: item for item in chats.items}
        skipped += chats.skipped
    found: dict[str, tuple[str, ...]] = {}
    missed = [*chats.missed] if chats else []
    for watched in dict.fromkeys(listening.words):
        before = known.found.get(mark(watched), ())
        try:
            posts = _until_known(xrpc, "posts", before, SEARCH_PAGES, q=_phrase(watched))
        except Rejected as refused:  # one word that cannot be searched for costs the others nothing
            found[mark(watched)] = before
            missed.append(f"a watched word could not be searched for [{refused.code}]")
            continue
        found[mark(watched)] = (*_marks(posts), *before)
        for post in _fresh(posts, before):
            item = mapping.keyword(post, watched, did)
            if item is None:
                skipped += 1
            else:
                items.setdefault(item.native_id, item)
    return Page(
        items=tuple(sorted(items.values(), key=lambda item: item.created_at)),
        cursor=mapping.cursor(Memory((*_marks(entries), *known.notified), found, chats.told if chats else None)),
        caught_up=chats is None or not chats.rest,
        skipped=skipped,
        missed=tuple(missed),
    )


def back(xrpc: Xrpc, token: str | None, since: datetime, own: Identity | None) -> EarlierPage:
    """The notifications further back, by the server's cursor, which leads there; private messages are not read back."""
    did = own.id if own else xrpc.did

    def notifications(cursor: str | None) -> Stretch:
        after = {"cursor": cursor} if cursor else {}
        entries, following = xrpc.listed(
            NOTIFIED, "notifications", reasons=[*mapping.REASONS], limit=PAGE_SIZE, **after
        )
        items, skipped = mapping.interactions(entries, did)
        return Stretch(items, following if entries else None, skipped)

    return read_back(token, since, {"notifications": notifications})


class _Chats:
    """One reading of private messages beside the notifications, to which no failure of it costs anything."""

    def __init__(self, told: Any) -> None:
        self.told = told
        """What a cursor remembers of them."""
        self.items: list[RemoteInteraction] = []
        self.skipped = 0
        self.rest = False
        self.missed: list[str] = []

    def read(self, xrpc: Xrpc, did: str, *, anew: bool) -> None:
        """Read what is new. anew: whether the notifications had something; otherwise what can be asked again is raised."""
        try:
            found = hear(xrpc, Chats.read(self.told), did)
        except RateLimited:
            return
        except (Rejected, AuthExpired) as refused:  # the notifications were let in: it is about messages only
            self.missed.append(f"private messages could not be read [{refused.code}]")
            return
        except ConnectorError:
            if not anew:
                raise
            self.rest = True
            return
        self.told, self.items, self.skipped, self.rest = found.chats.told(), found.items, found.skipped, found.rest
        if found.cut:
            self.missed.append("a conversation had more private messages than are read at once [too-many]")


def read_again(xrpc: Xrpc, refs: Sequence[RemoteRef]) -> dict[str, RemoteInteraction]:
    """These posts as they stand, by the id that was asked."""
    read = {uri: mapping.standing(post, xrpc.did) for uri, post in views(xrpc, [ref.id for ref in refs]).items()}
    private = [ref for ref in refs if is_private(ref)]
    written = again(xrpc, private, xrpc.did) if private else {}
    return {**{uri: found for uri, found in read.items() if found}, **written}


def views(xrpc: Xrpc, uris: Sequence[str]) -> dict[str, Any]:
    """The postViews of these, by URI; one that is missing is gone or not visible."""
    asked = [uri for uri in dict.fromkeys(uris) if address(uri)]
    shown: dict[str, Any] = {}
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        posts, _ = xrpc.listed("app.bsky.feed.getPosts", "posts", uris=part)
        shown |= {uri: post for post in posts if (uri := word(post, "uri")) in part and uri}
    return shown


def around(xrpc: Xrpc, ref: RemoteRef) -> Thread:
    """What stands above and below a post. Raises Rejected(code="gone") where it is not there."""
    if is_private(ref):
        return around_message(xrpc, ref, xrpc.did)
    try:
        answer = xrpc.get("app.bsky.feed.getPostThread", uri=ref.id, depth=DEPTH, parentHeight=HEIGHT)
    except Rejected as refused:
        if refused.code == "NotFound":
            raise _gone() from None
        raise
    if not isinstance(at(answer, "thread"), dict):
        told = mapping.shape(answer)
        raise Retryable("bluesky", f"getPostThread answered {told}, no thread.", code="unknown-shape")
    found = mapping.thread(answer, xrpc.did)
    if found is None:
        raise _gone()
    return found


def earlier(xrpc: Xrpc, before: str | None) -> tuple[EarlierPost, ...]:
    """A page of our own repository, newest first by key, which is exact where a feed may lag, with the counts of its posts."""
    place = address(before) if before else None
    after = {"cursor": place.key} if place and place.key else {}
    listed = "com.atproto.repo.listRecords"
    rows, _ = xrpc.listed(listed, "records", repo=xrpc.did, collection=POSTS, limit=OWN_PAGE, **after)
    shown = views(xrpc, [uri for row in rows if (uri := word(row, "uri"))])
    found = (mapping.earlier_post(row, mapping.post_counts(shown.get(word(row, "uri") or ""))) for row in rows)
    return tuple(post for post in found if post)


def _gone() -> Rejected:
    return Rejected("bluesky", "This post is not there, or is not shown to us.", code="gone")


def _phrase(watched: str) -> str:
    """A search for these words as they stand, whatever a query language would make of them."""
    return '"' + watched.replace('"', " ").replace("\\", " ").strip() + '"'


def _until_known(xrpc: Xrpc, name: str, known: Sequence[str], pages: int, **asked: Any) -> list[Any]:
    """The newest entries of a listing, up to a page with one that is known; a first look is one page."""
    if name == "posts":
        method, asked = "app.bsky.feed.searchPosts", {**asked, "sort": "latest", "limit": SEARCH_SIZE}
    else:
        method = NOTIFIED
        asked = {"reasons": list(mapping.REASONS), "limit": PAGE_SIZE}
    entries: list[Any] = []
    after: dict[str, str] = {}
    for _ in range(pages if known else 1):
        page, cursor = xrpc.listed(method, name, **asked, **after)
        entries += page
        if not page or cursor is None or not set(known).isdisjoint(_marks(page)):
            break
        after = {"cursor": cursor}
    return entries


def _marks(entries: Sequence[Any]) -> list[str]:
    return [mark(uri) for entry in entries if (uri := word(entry, "uri"))]


def _fresh(entries: Sequence[Any], known: Sequence[str]) -> Iterator[Any]:
    seen = set(known)
    return (entry for entry in entries if mark(word(entry, "uri") or "") not in seen)
