"""Reading an inbox backwards, from what it shows first to what was said long ago: a page of each of its listings at a time.

Where each listing goes on is kept together as one small token, a JSON object of the places that are left. Nothing here knows
of the cursor by which what is new is read, and nothing moves it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import EarlierPage, RemoteInteraction
from connectors.errors import AuthExpired, Cause, Rejected, Retryable, Unpaid
from connectors.shape import at

LONGEST = 500
"""Characters of a place: what a platform tells and is longer is no place, and the listing ends there."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of one listing, in any order. after: where the next one begins, in words that only the listing reads; None: it
    ends here. skipped: entries that are nobody's interaction or could not be read."""

    items: Sequence[RemoteInteraction]
    after: str | None
    skipped: int = 0


def read_back(
    token: str | None, since: datetime, listings: Mapping[str, Callable[[str | None], Stretch]]
) -> EarlierPage:
    """The next page of each listing that is left, the first being the one that may not fail.

    A listing is over where it says so, where it leads nowhere else, or where a whole page was said before `since`: one entry
    is not enough, since no platform's order is strict. One that is refused is over, too; one that does not answer just now
    is asked again the next time, unless nothing else was read. Raises as reading does.
    """
    first = next(iter(listings))
    places = _places(token, listings)
    items: dict[str, RemoteInteraction] = {}
    left: dict[str, str] = {}
    skipped, calls, answered = 0, 0, 0
    failed: Retryable | None = None
    for name, place in places.items():
        try:
            calls += 1
            found = listings[name](place or None)
        except (Rejected, AuthExpired, Retryable) as error:
            if name == first or isinstance(error, Unpaid) or _is_signed_out(error):
                raise
            if isinstance(error, Retryable):
                failed, left[name] = error, place
            continue
        answered += 1
        skipped += found.skipped
        for one in found.items:
            if one.created_at >= since:
                items.setdefault(one.native_id, one)
        if not _is_over(found, place, since):
            left[name] = found.after or ""
    if failed is not None and not answered:
        raise failed
    told = tuple(sorted(items.values(), key=lambda one: (one.created_at, one.native_id)))
    return EarlierPage(told, json.dumps(left, separators=(",", ":")) if left else None, skipped, calls)


def _places(token: str | None, listings: Mapping[str, object]) -> dict[str, str]:
    """Where each listing that is left goes on, empty at its beginning. What nobody can read begins anew."""
    if token is not None:
        try:
            told = json.loads(token)
        except ValueError:
            told = None
        if isinstance(told, dict):
            return {name: place for name in listings if isinstance(place := at(told, name), str)}
    return dict.fromkeys(listings, "")


def _is_signed_out(error: Exception) -> bool:
    """Whether nothing can be read any more; a right that is missing concerns one listing only."""
    return isinstance(error, AuthExpired) and error.cause is not Cause.SCOPE


def _is_over(found: Stretch, place: str, since: datetime) -> bool:
    if found.after is None or found.after == place or len(found.after) > LONGEST:
        return True
    return bool(found.items) and max(one.created_at for one in found.items) < since
