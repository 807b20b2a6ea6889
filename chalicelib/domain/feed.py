"""Feed: an address whose entries become drafts, each once, with credit to where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine

EVERY = timedelta(hours=1)
"""How often a feed is read at most: what is written for people to read does not come faster."""

LONGEST_WAIT = timedelta(days=1)
"""How long it is left alone at most where it does not answer."""

MOST_DRAFTS = 10
"""Of one reading. What is more comes with the next."""

REMEMBERED = 500
"""Entries that are known not to be drafted again; a feed lists fewer at a time."""

CREDIT = ("source", "link")
"""The places that what is written with an entry must have: whose it is, and where."""

PLACES = ("title", *CREDIT)


class FeedState(StrEnum):
    """What is already true of a feed."""

    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


_S = FeedState

FEED = Machine(
    "Feed",
    FeedState,
    {
        (_S.ACTIVE, "pause"): _S.PAUSED,
        (_S.PAUSED, "resume"): _S.ACTIVE,
        (_S.ACTIVE, "close"): _S.CLOSED,
        (_S.PAUSED, "close"): _S.CLOSED,
    },
)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that is followed. words: a template with the places of `PLACES`. accounts: for whom each entry is drafted."""

    id: str
    workspace: str
    state: FeedState
    name: str
    address: str
    accounts: tuple[str, ...]
    words: str
    campaign: str | None
    owner: str
    created_at: datetime
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FeedReading:
    """How far a feed was read. seen: marks of entries that are not drafted again. wake_at: when it is to be read next.

    Written at each reading, and of no interest to an audit: it lies apart from the feed.
    """

    wake_at: datetime | None
    seen: tuple[str, ...] = ()
    etag: str | None = None
    modified: str | None = None
    read_at: datetime | None = None
    failures: int = 0
    trouble: str | None = None
    """Why the last reading gave nothing."""
    drafted: int = 0
    rev: int = 0


def next_reading(now: datetime, failures: int) -> datetime:
    """When a feed is read again: later and later where it does not answer."""
    return now + min(LONGEST_WAIT, EVERY * (1 << min(failures, 10)))
