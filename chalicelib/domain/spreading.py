"""Spreading: a batch of posts over a window, evenly, each account for itself, never in a blackout, and without chance.

The same batch in the same window always lies at the same times: nothing is drawn by lot, so that what was previewed is
what is scheduled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.domain.blackout import Blackout, Span, open_spans
from chalicelib.domain.errors import InvalidField

MINUTE: Final = timedelta(minutes=1)


def spread(
    accounts: Sequence[str],
    since: datetime,
    until: datetime,
    gap: timedelta,
    blackouts: Sequence[Blackout],
    *,
    pointer: str = "/window",
) -> tuple[datetime, ...]:
    """When each post of a batch is said; `accounts` names whose each is, in the order of the batch.

    Whole minutes; an account's own posts lie evenly in the time that is open to it, at least `gap` apart, and accounts take
    turns. Raises InvalidField where the window does not hold them.
    """
    shares, turns = Counter(accounts), {account: turn for turn, account in enumerate(dict.fromkeys(accounts))}
    opened = {account: _minutes(open_spans(blackouts, account, since, until)) for account in shares}
    apart = max(1, -(-gap // MINUTE))
    for account, share in shares.items():
        total = sum(length for _, length in opened[account])
        if total // share < apart:
            raise InvalidField(
                pointer,
                f"the window holds {total // apart} posts of one account, {apart} minutes apart, and there are {share}",
                fix="Take a longer window, fewer posts or a smaller gap.",
            )
    said: Counter[str] = Counter()
    times = []
    for account in accounts:
        total = sum(length for _, length in opened[account])
        # The middle of its turn within its share of the open time, in whole minutes: nothing is rounded towards another.
        place = total * (2 * (said[account] * len(turns) + turns[account]) + 1) // (2 * len(turns) * shares[account])
        times.append(_at(opened[account], place))
        said[account] += 1
    return tuple(times)


def _minutes(spans: Sequence[Span]) -> list[tuple[datetime, int]]:
    """Each span from its first whole minute on, and how many it has."""
    found = []
    for begin, end in spans:
        first = begin.astimezone(UTC)
        if first.second or first.microsecond:
            first = first.replace(second=0, microsecond=0) + MINUTE
        if end > first:
            found.append((first, -(-(end - first) // MINUTE)))
    return found


def _at(spans: Sequence[tuple[datetime, int]], place: int) -> datetime:
    """The minute of this number in the open time."""
    for begin, length in spans:
        if place < length:
            return begin + place * MINUTE
        place -= length
    raise AssertionError("a place beyond the window")
