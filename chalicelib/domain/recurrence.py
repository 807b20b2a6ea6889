"""Recurrence: a rule of RFC 5545 on the wall clock of one zone, as the instants at which something is to be said.

The rule is counted on what the clock on the wall shows, without any zone, and each wall time is then mapped by
`timing.instant`: one that the clock skips in spring moves forward by the gap, one that it shows twice in autumn means the
first showing (RFC 5545, section 3.3.5). Where a skipped time meets another of the same rule they are one occurrence,
known by the time that the clock shows. A series lies between an end and an end: a rule without one is refused.

It must never guess: a part that is not understood, or that this kind of rule may not have, is refused by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dateutil.rrule import rrulestr

from chalicelib.domain import timing
from chalicelib.domain.errors import InvalidField

MOST: Final = 1000
"""Occurrences that one series may have: every day for more than two years, every week for nineteen."""

LONGEST: Final = timedelta(days=3653)
"""Ten years: how long a series may go on."""

_DAYS: Final = "MO|TU|WE|TH|FR|SA|SU"
_PLAIN_DAYS = re.compile(rf"({_DAYS})(,({_DAYS}))*", re.ASCII)
_NTH_DAYS = re.compile(rf"[+-]?[1-9]\d?({_DAYS})(,[+-]?[1-9]\d?({_DAYS}))*", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,4}", re.ASCII)
_UNTIL = re.compile(r"(\d{8})(T(\d{6})(Z)?)?", re.ASCII)

_EACH: Final[dict[str, frozenset[str]]] = {
    "YEARLY": frozenset({"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYDAY", "BYHOUR", "BYMINUTE", "BYSETPOS"}),
    "MONTHLY": frozenset({"BYMONTH", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE", "BYSETPOS"}),
    "WEEKLY": frozenset({"BYMONTH", "BYDAY", "BYHOUR", "BYMINUTE"}),
    "DAILY": frozenset({"BYMONTH", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE"}),
    "HOURLY": frozenset({"BYDAY", "BYHOUR", "BYMINUTE"}),
}
"""Which parts a rule of each frequency may have, after the table in RFC 5545, section 3.3.10.

Less what dateutil reckons otherwise than the table says: BYSETPOS by the week (it counts the first week from the start
only), BYWEEKNO; and less what nobody needs.
"""

_RANGES: Final[dict[str, tuple[int, int]]] = {
    "INTERVAL": (1, 1000),
    "COUNT": (1, MOST),
    "BYMONTH": (1, 12),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYSETPOS": (-366, 366),
}
_SINGLE: Final = frozenset({"INTERVAL", "COUNT", "BYMINUTE"})
_OPEN_ENDED = "Give COUNT or UNTIL in the rule, or say when the series ends."

_CYCLE: Final = 400
"""Years after which the calendar repeats, day of the week and all. dateutil looks for a match until the year 9999, so the
rule is counted in the last cycles before: what never occurs is known in a moment and not after eight thousand years."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was understood. `text`: in its own spelling, without its end; `until`: a naive wall time, or an instant."""

    text: str
    count: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series: what the clock on the wall shows (naive), by which it is known, and the instant."""

    wall: datetime
    at: datetime


def read(text: str, pointer: str = "/rule") -> Rule:
    """The rule that the text says, such as `FREQ=WEEKLY;BYDAY=MO,TH;COUNT=10`. Raises InvalidField naming the part."""
    parts = _parts(text, pointer)
    frequency = parts.get("FREQ", "")
    if frequency in {"SECONDLY", "MINUTELY"}:
        raise InvalidField(pointer, f"FREQ={frequency} is too often", fix="At most once an hour: FREQ=HOURLY.")
    if frequency not in _EACH:
        raise InvalidField(pointer, "FREQ is not one that is known", fix=f"Give FREQ as one of {', '.join(_EACH)}.")
    for name, value in parts.items():
        if name in {"FREQ", "UNTIL"}:
            continue
        if name not in _EACH[frequency] | {"INTERVAL", "COUNT", "WKST"}:
            raise InvalidField(pointer, f"a {frequency} rule cannot have {name[:20]} here", fix="Leave it out.")
        _check(frequency, name, value, pointer)
    if "BYSETPOS" in parts and not any(name.startswith("BY") for name in parts if name != "BYSETPOS"):
        raise InvalidField(pointer, "BYSETPOS chooses from nothing", fix="Give what it chooses from, such as BYDAY.")
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if count is not None and until is not None:
        raise InvalidField(pointer, "COUNT and UNTIL are both given", fix="Give one of them.")
    return Rule(
        ";".join(f"{name}={value}" for name, value in parts.items()),
        None if count is None else int(count),
        None if until is None else _until(until, pointer),
    )


def occurrences(
    rule: Rule,
    start: datetime,
    zone: str,
    ends: datetime | None = None,
    *,
    pointer: str = "/rule",
    most: int = MOST,
    longest: timedelta = LONGEST,
) -> tuple[Occurrence, ...]:
    """Every occurrence of a series, by time. start: naive, where the rule begins to count; ends: the last instant, if any.

    Raises InvalidField where there is no end, no occurrence, or more of either than may be; ValueError as `timing.instant`.
    """
    if rule.count is None and rule.until is None and ends is None:
        raise InvalidField(pointer, "the series has no end", fix=_OPEN_ENDED)
    known: dict[datetime, Occurrence] = {}
    last = start + longest
    for number, wall in enumerate(_walls(rule, start, _last_wall(rule, zone, ends))):
        if number >= most:
            raise InvalidField(pointer, f"the series has more than {most} occurrences", fix="Let it end earlier.")
        if wall > last:
            years = round(longest / timedelta(days=365))
            raise InvalidField(pointer, f"the series goes on for more than {years} years", fix="Let it end earlier.")
        at = timing.instant(wall, zone)
        if not _within(rule, wall, at, ends):
            continue
        if at not in known or timing.wall_time(at, zone) == wall:
            known[at] = Occurrence(wall, at)
    if not known:
        raise InvalidField(pointer, "this never occurs", fix="Correct the rule, its start or its end.")
    return tuple(known[at] for at in sorted(known))


def _walls(rule: Rule, start: datetime, last: datetime | None) -> Iterator[datetime]:
    """The wall times that the rule yields, up to `last`, in order; without any zone."""
    shift = (9999 - start.year) // _CYCLE * _CYCLE
    counted = rrulestr(rule.text, dtstart=start.replace(year=start.year + shift))
    for number, wall in enumerate(counted):
        here = wall.replace(year=wall.year - shift)
        if (rule.count is not None and number >= rule.count) or (last is not None and here > last):
            return
        yield here


def _last_wall(rule: Rule, zone: str, ends: datetime | None) -> datetime | None:
    """A wall time after which nothing can be within the ends; a day later than it might be, for the clock's jumps."""
    found = [end for end in (rule.until, ends) if end is not None]
    return min(
        (end if end.tzinfo is None else timing.wall_time(end, zone) + timedelta(days=1) for end in found), default=None
    )


def _within(rule: Rule, wall: datetime, at: datetime, ends: datetime | None) -> bool:
    if rule.until is not None and (wall if rule.until.tzinfo is None else at) > rule.until:
        return False
    return ends is None or at <= ends


def _parts(text: str, pointer: str) -> dict[str, str]:
    """The parts of a rule in upper case, each once."""
    parts: dict[str, str] = {}
    for piece in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value or name in parts:
            raise InvalidField(
                pointer, "this is no rule of RFC 5545", fix="Give one such as FREQ=WEEKLY;BYDAY=MO;COUNT=10."
            )
        parts[name] = value
    return parts


def _check(frequency: str, name: str, value: str, pointer: str) -> None:
    """Refuse a value that its part cannot have. Raises InvalidField."""
    fix = "Give days such as MO,TH; in MONTHLY and YEARLY rules all may have a number: 1MO,-1FR."
    if name == "WKST":
        fix = "Give one day of MO, TU, WE, TH, FR, SA and SU."
        good = value in _DAYS.split("|")
    elif name == "BYDAY":
        # Days with a number and days without in one rule: dateutil takes only those that are both.
        nth = frequency in {"MONTHLY", "YEARLY"} and _NTH_DAYS.fullmatch(value) is not None
        good = nth or _PLAIN_DAYS.fullmatch(value) is not None
    else:
        low, high = _RANGES[name]
        fix = f"Give {'a number' if name in _SINGLE else 'numbers'} from {low} to {high}{', but not 0' if low < 0 else ''}."
        given = value.split(",")
        good = (
            all(_NUMBER.fullmatch(one) and low <= int(one) <= high for one in given)
            and (low >= 0 or all(int(one) != 0 for one in given))
            and (len(given) == 1 or name not in _SINGLE)
        )
    if not good:
        raise InvalidField(pointer, f"{name} cannot be this in a {frequency} rule", fix=fix)


def _until(text: str, pointer: str) -> datetime:
    """The end that UNTIL says: a day (all of it), a wall time, or with Z an instant. Raises InvalidField."""
    found = _UNTIL.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        day = date.fromisoformat(found[1])
        if found[3] is None:
            return datetime.combine(day, time(23, 59, 59))
        clock = time.fromisoformat(found[3])
    except ValueError:
        raise InvalidField(
            pointer, "UNTIL is no time", fix="Give it as 20261231, 20261231T090000 or 20261231T080000Z."
        ) from None
    return datetime.combine(day, clock, tzinfo=UTC if found[4] else None)
