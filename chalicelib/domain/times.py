"""Times as requests and tables write them (ISO 8601), read into instants.

A schedule's time is a wall time in its zone. Three spellings are taken:

- `2026-11-21T09:00`: what the zone's clock shows. A time that the clock skips in spring moves forward by the gap; one
  that it shows twice in autumn means the first showing.
- `2026-11-21T09:00+01:00`: the same, with the offset that the zone has then. It chooses between the two showings; any
  other offset is refused, since either it or the zone must be a mistake.
- `2026-11-21T08:00Z`: an instant. `Z` says nothing about a local offset (RFC 9557, section 2), so it fits every zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from chalicelib.domain import timing
from chalicelib.domain.errors import InvalidField

_WALL = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_ISO = re.compile(rf"(?P<wall>{_WALL})(?P<offset>Z|[+-]\d{{2}}:\d{{2}})?", re.ASCII)
_FIX = "Give a time such as 2026-11-21T09:00."


def instant(text: str) -> datetime:
    """The instant that the text names. Raises ValueError where it names none, or one outside 2000 to 2199."""
    wall, offset = _read(text)
    if offset is None:
        raise ValueError("a time here needs Z or an offset such as +01:00")
    return _bounded(wall, offset)


def scheduled(pointer: str, text: str, zone_pointer: str, zone: str) -> datetime:
    """The instant of a schedule's time in its zone, as the module's docstring lays down. Raises InvalidField."""
    try:
        timing.zone(zone)
    except ValueError:
        raise InvalidField(zone_pointer, "unknown time zone", fix="Give an IANA name such as Europe/Berlin.") from None
    try:
        wall, offset = _read(text)
        if offset is None:
            return timing.instant(wall, zone)
        at = _bounded(wall, offset)
    except ValueError as error:
        raise InvalidField(pointer, str(error), fix=_FIX) from None
    if text.endswith("Z") or timing.wall_time(at, zone) == wall:
        return at
    raise InvalidField(
        pointer,
        f"at that time {zone} does not have this offset",
        fix="Leave the offset out, correct it, or give the instant with Z.",
    )


def _read(text: str) -> tuple[datetime, timedelta | None]:
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError("this is not a time in the form 2026-11-21T09:00")
    try:
        wall = datetime.fromisoformat(found["wall"])
        given = found["offset"]
        if given is None:
            return wall, None
        return wall, datetime.fromisoformat(f"2000-01-01T00:00{given}").utcoffset() or timedelta(0)
    except ValueError:
        raise ValueError("there is no such time") from None


def _bounded(wall: datetime, offset: timedelta) -> datetime:
    if not timing.EARLIEST.year <= wall.year < timing.LATEST.year:
        raise ValueError("the year must lie between 2000 and 2199")
    return (wall - offset).replace(tzinfo=UTC)
