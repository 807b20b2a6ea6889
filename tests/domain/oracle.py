"""When a rule occurs, reckoned the plain way: every day is looked at, and the clock is watched. It shares no code.

What the rule says is read off each day of the calendar as RFC 5545, section 3.3.10, words it. What the clock shows is
learnt from the instants alone: by stepping from minute to minute, or from one change of the offset to the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
LAST = datetime(2041, 1, 1, tzinfo=UTC)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


# --- the calendar ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A rule as its parts."""

    frequency: str
    interval: int = 1
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    days: tuple[tuple[int, str], ...] = ()
    """(which of the month or year, 0 for every one; day of the week)"""
    hours: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    week_starts: str = "MO"
    count: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        parts = [f"FREQ={self.frequency}", f"INTERVAL={self.interval}", f"WKST={self.week_starts}"]
        days = [f"{nth or ''}{day}" for nth, day in self.days]
        for name, values in (
            ("BYMONTH", self.months),
            ("BYMONTHDAY", self.month_days),
            ("BYDAY", days),
            ("BYHOUR", self.hours),
            ("BYSETPOS", self.places),
        ):
            if values:
                parts.append(f"{name}={','.join(str(one) for one in values)}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        return ";".join(parts)


def walls(said: Said, start: datetime, last: datetime) -> Iterator[datetime]:
    """The wall times of a rule from its start up to `last`."""
    found = 0
    for wall in _candidates(said, start, last):
        if wall < start:
            continue
        if wall > last or found == said.count:
            return
        found += 1
        yield wall


def _candidates(said: Said, start: datetime, last: datetime) -> Iterator[datetime]:
    if said.frequency == "HOURLY":
        wall = start
        while wall <= last:
            if _of_day(said, wall.date(), start) and (not said.hours or wall.hour in said.hours):
                yield wall
            wall += timedelta(hours=said.interval)
        return
    # A whole period is looked at even where the rule begins in the middle of it: BYSETPOS counts from its beginning.
    day = start.date().replace(month=1, day=1) - 7 * DAY
    every = (day + number * DAY for number in range((last.date() - day).days + 367))
    for period, days in groupby(every, lambda one: _period(said, one)):
        if (period - _period(said, start.date())) % said.interval:
            continue
        times = [
            datetime(one.year, one.month, one.day, hour, start.minute)
            for one in days
            if _of_day(said, one, start)
            for hour in sorted(set(said.hours)) or [start.hour]
        ]
        if said.places:
            chosen = {place - 1 if place > 0 else len(times) + place for place in said.places}
            times = [one for place, one in enumerate(times) if place in chosen]
        yield from times


def _period(said: Said, day: date) -> int:
    """The number of the year, month, week or day that a day lies in."""
    match said.frequency:
        case "YEARLY":
            return day.year
        case "MONTHLY":
            return day.year * 12 + day.month
        case "WEEKLY":
            return (day.toordinal() - 1 - WEEKDAYS.index(said.week_starts)) // 7
        case _:
            return day.toordinal()


def _of_day(said: Said, day: date, start: datetime) -> bool:
    if said.months and day.month not in said.months:
        return False
    if said.month_days and not {day.day, day.day - _length_of_month(day) - 1} & set(said.month_days):
        return False
    if said.days and not any(_is_nth(said, day, nth, name) for nth, name in said.days):
        return False
    if said.month_days or said.days or said.frequency in {"DAILY", "HOURLY"}:
        return True
    if said.frequency == "WEEKLY":
        return day.weekday() == start.weekday()
    return day.day == start.day and (said.frequency == "MONTHLY" or bool(said.months) or day.month == start.month)


def _length_of_month(day: date) -> int:
    return ((day.replace(day=28) + 4 * DAY).replace(day=1) - DAY).day


def _is_nth(said: Said, day: date, nth: int, name: str) -> bool:
    if WEEKDAYS[day.weekday()] != name:
        return False
    if nth == 0:
        return True
    of_year = said.frequency == "YEARLY" and not said.months
    place = day.timetuple().tm_yday if of_year else day.day
    length = date(day.year, 12, 31).timetuple().tm_yday if of_year else _length_of_month(day)
    return nth in {(place - 1) // 7 + 1, -((length - place) // 7 + 1)}


# --- the clock -------------------------------------------------------------------------------------------------------


def shown(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def by_minutes(wall: datetime, zone: ZoneInfo, since: datetime, until: datetime) -> datetime:
    """The first instant at which the clock shows `wall`, or would if it had not just jumped over it. Minute by minute."""
    before, at = shown(since, zone), since
    while at <= until:
        now = shown(at, zone)
        if now == wall:
            return at
        if before < wall < now:
            return at - MINUTE + (wall - before)
        before, at = now, at + MINUTE
    raise AssertionError(f"{wall} is not between {since} and {until}")


@dataclass(frozen=True)
class Clock:
    """All offsets of a zone, and when each begins."""

    begins: tuple[datetime, ...]
    offsets: tuple[timedelta, ...]

    @property
    def changes(self) -> list[tuple[datetime, timedelta, timedelta]]:
        """(instant, offset before, offset after) of every change."""
        return list(zip(self.begins[1:], self.offsets[:-1], self.offsets[1:], strict=True))

    def first(self, wall: datetime) -> datetime:
        """The same as `by_minutes`, from the changes: the first span of one offset in which the clock comes to `wall`."""
        naive = wall.replace(tzinfo=UTC)
        begin = max(0, bisect_right(self.begins, naive - 3 * DAY) - 1)
        for number in range(begin, len(self.begins)):
            at = naive - self.offsets[number]
            ends = self.begins[number + 1] if number + 1 < len(self.begins) else LAST
            if at < ends:
                return at if at >= self.begins[number] or number == 0 else naive - self.offsets[number - 1]
        raise AssertionError(f"{wall} lies after the last change")


@cache
def clock(name: str) -> Clock:
    """The zone's clock between 2000 and 2040, found by looking every tenth day and halving where it changed."""
    zone = ZoneInfo(name)
    begins, offsets = [FIRST], [_offset(FIRST, zone)]
    at = FIRST
    while at < LAST:
        after = at + 10 * DAY
        if _offset(after, zone) != offsets[-1]:
            low, high = at, after
            while high - low > MINUTE:
                middle = low + (high - low) // 2 // MINUTE * MINUTE
                low, high = (middle, high) if _offset(middle, zone) == offsets[-1] else (low, middle)
            begins.append(high)
            offsets.append(_offset(high, zone))
        at = after
    return Clock(tuple(begins), tuple(offsets))


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
