"""Curating: entries of feeds that others write become drafts of ours, each at most once, and never go out by themselves.

Every draft says whose it is and where: a template without its source and its link is refused. A feed is read at most once
an hour, through the safe fetcher, asking for no more than what is new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound, RemoteUnavailable
from chalicelib.domain.feed import (
    CREDIT,
    FEED,
    MOST_DRAFTS,
    PLACES,
    REMEMBERED,
    Feed,
    FeedReading,
    FeedState,
    next_reading,
)
from chalicelib.domain.post import Body
from chalicelib.domain.rationale import Actor
from chalicelib.domain.texts import BrokenText, filled, places
from chalicelib.formats.feed import MOST_BYTES, TYPES, Entry, FeedDocument, NoFeed
from chalicelib.formats.feed import read as read_document
from chalicelib.ports import Fetched, FetchFailed, FetchRefused, Validators
from chalicelib.services import drafting
from chalicelib.services.checking import Wish
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Stale

WORKER = Actor.worker("curating")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A feed as a member wants it followed. backlog: how many of the entries that stand there already become drafts."""

    name: str
    address: str
    accounts: tuple[str, ...]
    words: str
    campaign: str | None = None
    backlog: int = 0


def follow(desk: Desk, caller: Caller, wanted: Wanted, now: datetime) -> Feed:
    """Follow a feed from now on; it is read once at once, so that an address that is none is known now.

    Raises InvalidField, RemoteUnavailable where it does not answer.
    """
    _check_words(wanted.words)
    _check_accounts(desk, caller.workspace, wanted)
    fetched = _first(desk, wanted.address)
    try:
        document = read_document(fetched.data)
    except NoFeed as error:
        raise InvalidField("/address", str(error), fix="Name the address of an RSS or Atom feed.") from error
    feed = Feed(
        desk.new_id(),
        caller.workspace,
        FeedState.ACTIVE,
        wanted.name,
        wanted.address,
        wanted.accounts,
        wanted.words,
        wanted.campaign,
        caller.member,
        now,
    )
    event = AuditEvent(
        feed.workspace,
        f"feed:{feed.id}",
        "follow",
        now,
        Actor.member(caller.member),
        "followed by a member",
        None,
        feed.state.value,
    )
    old = document.entries[wanted.backlog :]
    reading = FeedReading(now, tuple(_mark(one) for one in old)[:REMEMBERED], rev=1)
    desk.store.write([desk.store.feeds.created(feed, event), desk.store.feed_readings.put(feed, None, reading)])
    feed = replace(feed, rev=1, events=(event,))
    _take_in(desk, feed, reading, fetched, document, now)
    return feed


def get(desk: Desk, workspace: str, feed_id: str) -> tuple[Feed, FeedReading]:
    """A feed, and how far it was read. Raises NotFound."""
    feed = desk.store.feeds.get(workspace, feed_id)
    if feed is None:
        raise NotFound
    return feed, desk.store.feed_readings.get(workspace, feed_id) or FeedReading(None)


def pause(desk: Desk, caller: Caller, feed_id: str, now: datetime) -> Feed:
    """Read a feed no more until it is resumed. Raises NotFound, Conflict."""
    return _moved(desk, caller, feed_id, "pause", now)


def resume(desk: Desk, caller: Caller, feed_id: str, now: datetime) -> Feed:
    """Go on with a paused feed, where it was left. Raises NotFound, Conflict."""
    return _moved(desk, caller, feed_id, "resume", now)


def close(desk: Desk, caller: Caller, feed_id: str, now: datetime) -> Feed:
    """Follow a feed no more, for good; its drafts stay. Raises NotFound, Conflict."""
    return _moved(desk, caller, feed_id, "close", now)


def look(desk: Desk, workspace: str, feed_id: str, now: datetime) -> str:
    """One reading of a feed that is due; what became of it, in a word. Called by a worker; safe to repeat."""
    feed, reading = get(desk, workspace, feed_id)
    if reading.wake_at is None or reading.wake_at > now:
        return "not due"
    if feed.state is not FeedState.ACTIVE:
        desk.store.feed_readings.save(feed, reading, replace(reading, wake_at=None))
        return feed.state.value
    # Taken before it is read: whoever else was hinted at it finds that it is not due.
    claimed = desk.store.feed_readings.save(feed, reading, replace(reading, wake_at=next_reading(now, 0)))
    if claimed is None:
        return "not due"
    try:
        known = Validators(claimed.etag, claimed.modified)
        fetched = desk.fetcher.get(feed.address, most=MOST_BYTES, types=TYPES, known=known)
        document = read_document(fetched.data) if fetched.changed else FeedDocument("", ())
    except (FetchRefused, FetchFailed, NoFeed) as error:
        failures = claimed.failures + 1
        after = replace(
            claimed, failures=failures, trouble=str(error), read_at=now, wake_at=next_reading(now, failures)
        )
        desk.store.feed_readings.save(feed, claimed, after)
        return "failed"
    return f"{_take_in(desk, feed, claimed, fetched, document, now)} new"


def _take_in(
    desk: Desk, feed: Feed, before: FeedReading, fetched: Fetched, document: FeedDocument, now: datetime
) -> int:
    """Draft what is new, the oldest first, and note how far it was read; how many drafts that were."""
    seen = set(before.seen)
    new = [one for one in reversed(document.entries) if _mark(one) not in seen]
    drafted: list[Entry] = []
    trouble = None
    for entry in new[:MOST_DRAFTS]:
        try:
            _draft(desk, feed, entry, document.title, now)
        except InvalidField as refused:  # an account or the campaign is gone: a person has to see to that
            trouble = f"nothing can be drafted: {refused.detail}"
            break
        drafted.append(entry)
    more = len(drafted) < len(new)
    # What is left over must not be hidden by the feed saying that nothing has changed.
    validators = Validators() if more else fetched.validators
    marks = [*(_mark(one) for one in drafted), *before.seen]
    after = replace(
        before,
        seen=tuple(dict.fromkeys(marks))[:REMEMBERED],
        etag=validators.etag,
        modified=validators.modified,
        read_at=now,
        failures=0,
        trouble=trouble,
        drafted=before.drafted + len(drafted),
        wake_at=next_reading(now, 0),
    )
    desk.store.feed_readings.save(feed, before, after)
    return len(drafted)


def _draft(desk: Desk, feed: Feed, entry: Entry, title: str, now: datetime) -> None:
    source = title or urlsplit(entry.link).hostname or feed.name
    text = filled(feed.words, {"title": entry.title, "source": source, "link": entry.link})
    wishes = [Wish(one, Body(text), f"/accounts/{place}") for place, one in enumerate(feed.accounts)]
    drafting.save_draft(
        desk,
        # In the name of whoever follows it; that a worker made it, the event says.
        Caller(feed.workspace, feed.owner, Role.MANAGER, "feed"),
        wishes,
        now,
        campaign=feed.campaign,
        post_id=desk.keyed(feed.workspace, "feed", feed.id, entry.id),
        why=f"an entry of the feed {feed.id}",
        actor=WORKER,
    )


def _mark(entry: Entry) -> str:
    """By which an entry is known to have been seen: 60 bits, of one feed's entries alone."""
    return hashlib.sha256(entry.id.encode("utf-8", "surrogatepass")).hexdigest()[:15]


def _moved(desk: Desk, caller: Caller, feed_id: str, act: str, now: datetime) -> Feed:
    feed, reading = get(desk, caller.workspace, feed_id)
    if not FEED.allows(feed.state, act):
        raise Conflict(f"it is {feed.state.value}", fix="Read it again.")
    after = replace(feed, state=FEED.move(feed.state, act))
    event = desk.store.feeds.moved(feed, after, act, now, Actor.member(caller.member), f"{act} by a member")
    try:
        saved = desk.store.feeds.save(feed, after, event)
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale
    if after.state is FeedState.ACTIVE:
        wake = max(now, now if reading.read_at is None else next_reading(reading.read_at, 0))
        desk.store.feed_readings.save(feed, reading, replace(reading, wake_at=wake))
    return saved


def _first(desk: Desk, address: str) -> Fetched:
    try:
        return desk.fetcher.get(address, most=MOST_BYTES, types=TYPES)
    except FetchRefused as refused:
        raise InvalidField("/address", str(refused), fix="Name the public https address of a feed.") from refused
    except FetchFailed as failed:
        raise RemoteUnavailable(str(failed), fix="Try again later.") from failed


def _check_words(words: str) -> None:
    try:
        named = places(words)
    except BrokenText as error:
        raise InvalidField("/words", str(error), fix="Write a brace that is to be said twice: {{ or }}.") from error
    unknown = sorted(set(named) - set(PLACES))
    if unknown:
        raise InvalidField("/words", f"there is no place {unknown[0]}", fix=f"Use {_shown(PLACES)}.")
    lacking = [one for one in CREDIT if one not in named]
    if lacking:
        raise InvalidField(
            "/words", "it does not say whose this is and where", fix=f"Use {_shown(lacking)} as well: credit is due."
        )


def _check_accounts(desk: Desk, workspace: str, wanted: Wanted) -> None:
    for place, one in enumerate(wanted.accounts):
        if one in wanted.accounts[:place]:
            raise InvalidField(f"/accounts/{place}", "this account is named already", fix="Name it once.")
        if desk.store.accounts.get(workspace, one) is None:
            raise InvalidField(f"/accounts/{place}", "there is no such account", fix="Connect the account first.")
    if wanted.campaign is not None and desk.store.campaigns.get(workspace, wanted.campaign) is None:
        raise InvalidField("/campaign", "there is no such campaign", fix="Create the campaign first, or leave it out.")


def _shown(names: Sequence[str]) -> str:
    return ", ".join(f"{{{one}}}" for one in names)
