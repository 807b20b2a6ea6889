"""Time: aware UTC inside, wall time and zone only where a schedule is computed; and the publish protocol's spans of it.

A wall time that the clock skips (spring) is moved forward by the gap, as RFC 5545 section 3.3.5 reads; one that the clock
shows twice (autumn) means the first, unless `fold` asks for the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def stamp(at: datetime) -> str:
    """The instant as fixed-width text that sorts by time: `2026-11-21T09:00:00.000000Z`. Naive times are refused."""
    if at.tzinfo is None:
        raise ValueError("a time needs its zone")
    known = at if at.tzinfo is UTC else at.astimezone(UTC)
    return known.isoformat(timespec="microseconds")[:26] + "Z"


def unstamp(text: str) -> datetime:
    """The instant that `stamp` wrote. Raises ValueError."""
    if len(text) != 27 or text[26] != "Z":
        raise ValueError(f"{text!r} is no stamp")
    return datetime.fromisoformat(text)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises ValueError for an unknown one."""
    if name not in _zone_names():
        raise ValueError(f"unknown time zone {name!r}")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error


def instant(wall: datetime, zone_name: str) -> datetime:
    """The UTC instant at which the zone's clock shows `wall` (naive; `fold=1` for the second showing).

    Raises ValueError for an aware `wall`, an unknown zone, or a year outside 2000 to 2199.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time has no offset of its own")
    if not EARLIEST.year <= wall.year < LATEST.year:
        raise ValueError("the year must lie between 2000 and 2199")
    # zoneinfo reads a skipped wall time with the offset from before the gap, which lands after it by the gap's length.
    return wall.replace(tzinfo=zone(zone_name)).astimezone(UTC)


def wall_time(at: datetime, zone_name: str) -> datetime:
    """What the zone's clock shows at this instant (naive, `fold` set where it is the second showing)."""
    return at.astimezone(zone(zone_name)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Timing:
    """The protocol's times for one platform. `call` is the longest one platform call may take."""

    lease: timedelta
    call: timedelta
    landing: timedelta
    visible: timedelta
    skew: timedelta
    atomic: bool = False

    @property
    def takeover_after(self) -> timedelta:
        """How long after a lease's end another worker may take over."""
        return self.skew if self.atomic else self.landing + self.visible + self.skew
