"""A series occurs when the plain way of reckoning says so: in every zone, over forty years, at both edges of summer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidField
from chalicelib.domain.recurrence import MOST, Occurrence, Rule, occurrences, read
from tests.domain.oracle import DAY, LAST, MINUTE, WEEKDAYS, Clock, Said, by_minutes, clock, walls

YEARS = timedelta(days=366 * 41)
ENDLESS = {"most": 100_000, "longest": YEARS}
BERLIN = "Europe/Berlin"


@cache
def clocks() -> dict[Clock, str]:
    """Every zone of tzdata, those that share all their changes once."""
    found: dict[Clock, str] = {}
    for name in sorted(available_timezones()):
        found.setdefault(clock(name), name)
    return found


def expected(wanted: Iterable[datetime], known: Clock) -> list[tuple[datetime, datetime]]:
    """(instant, wall) in order; where a skipped time meets one that is shown, the one that is shown."""
    met: dict[datetime, datetime] = {}
    for wall in wanted:
        at = known.first(wall)
        skipped = (at + known.offsets[_span(known, at)]).replace(tzinfo=None) != wall
        if at not in met or not skipped:
            met[at] = wall
    return sorted(met.items())


def _span(known: Clock, at: datetime) -> int:
    return max(number for number, begin in enumerate(known.begins) if begin <= at or number == 0)


def pairs(found: Iterable[Occurrence]) -> list[tuple[datetime, datetime]]:
    return [(one.at, one.wall) for one in found]


# --- the clock -------------------------------------------------------------------------------------------------------


def test_tzdata_is_there_and_moves_clocks() -> None:
    assert len(available_timezones()) > 400
    assert sum(len(one.changes) for one in clocks()) > 5_000


def test_at_every_change_of_every_clock_in_forty_years_nothing_is_lost_or_doubled() -> None:
    """Daily times around each change: before it, in the gap or the doubled hour, at its edges, and after it."""
    three = read("FREQ=DAILY;COUNT=3")
    for known, name in clocks().items():
        for at, before, after in known.changes:
            edge, jump = (at + min(before, after)).replace(tzinfo=None), abs(after - before)
            for wall in (edge, edge + jump // 2 // MINUTE * MINUTE, edge + jump - MINUTE):
                start = wall - DAY
                found = occurrences(three, start, name)
                assert pairs(found) == expected([start, wall, wall + DAY], known), (name, at)
                assert len(found) == 3 or jump >= DAY, (name, at)


def test_the_changes_are_what_one_sees_from_minute_to_minute() -> None:
    """One change of each clock, watched: the transition-walking reference stands on the minute-stepping one."""
    for number, (known, name) in enumerate(clocks().items()):
        if not known.changes:
            continue
        at, before, after = known.changes[number % len(known.changes)]
        edge, jump = (at + min(before, after)).replace(tzinfo=None), abs(after - before)
        wall = edge + jump // 2 // MINUTE * MINUTE
        seen = by_minutes(wall, ZoneInfo(name), at - jump - 30 * MINUTE, at + jump + 30 * MINUTE)
        (found,) = occurrences(read("FREQ=DAILY;COUNT=1"), wall, name)
        assert seen == known.first(wall) == found.at, (name, at)


def test_every_hour_around_a_change_is_said_once() -> None:
    hourly = read("FREQ=HOURLY;COUNT=30")
    for known, name in clocks().items():
        for at, before, after in known.changes[-2:]:
            start = (at + min(before, after)).replace(tzinfo=None, second=0) - 12 * 60 * MINUTE
            found = pairs(occurrences(hourly, start, name))
            assert found == expected([start + number * 60 * MINUTE for number in range(30)], known), (name, at)
            assert len({one for one, _ in found}) == len(found)


def test_forty_years_in_every_zone() -> None:
    """Every month at 02:30, from 2000 to 2040: what is reckoned is what the reference reckons, in each zone."""
    monthly = Said("MONTHLY", days=((-1, "SU"),), hours=(2,))
    start, last = datetime(2000, 1, 2, 0, 30), datetime(2040, 12, 1)
    wanted, rule = list(walls(monthly, start, last)), read(monthly.text)
    assert len(wanted) > 480
    for known, name in clocks().items():
        found = occurrences(rule, start, name, last.replace(tzinfo=UTC), **ENDLESS)
        reference = {known.first(wall) for wall in wanted}
        assert {one.at for one in found} == {at for at in reference if at <= last.replace(tzinfo=UTC)}, name


# --- the calendar ----------------------------------------------------------------------------------------------------


@st.composite
def rules(draw: st.DrawFn) -> tuple[Said, datetime]:
    """Any rule that may be said, and where it begins."""
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    some = {"max_size": 3, "unique": True}
    by_month = frequency in {"MONTHLY", "YEARLY"}
    nth = st.sampled_from([1, 2, 4, 5, -1, -2]) if by_month and draw(st.booleans()) else st.just(0)
    days = tuple(draw(st.lists(st.tuples(nth, st.sampled_from(WEEKDAYS)), **some)))
    month_days = st.integers(1, 31) | st.integers(-31, -1)
    hours = tuple(draw(st.lists(st.integers(0, 23), **some))) if frequency != "HOURLY" else ()
    said = Said(
        frequency,
        interval=draw(st.integers(1, 4)),
        months=() if frequency == "HOURLY" else tuple(draw(st.lists(st.integers(1, 12), **some))),
        month_days=() if frequency in {"WEEKLY", "HOURLY"} else tuple(draw(st.lists(month_days, **some))),
        days=days,
        hours=hours,
        week_starts=draw(st.sampled_from(["MO", "SU", "WE"])),
        count=draw(st.none() | st.integers(1, 40)),
    )
    if by_month and (said.days or said.month_days):
        said = Said(**{**vars(said), "places": tuple(draw(st.lists(st.sampled_from([1, 2, -1, -2]), **some)))})
    start = draw(st.datetimes(datetime(2001, 1, 1), datetime(2036, 1, 1))).replace(second=0, microsecond=0)
    return said, start


# Not made smaller: that takes minutes, and a rule is short enough to be read as it is.
@settings(max_examples=300, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(rules(), st.sampled_from(sorted(available_timezones())), st.integers(1, 500))
def test_any_rule_in_any_zone_occurs_as_the_reference_says(rule: tuple[Said, datetime], name: str, days: int) -> None:
    said, start = rule
    last = start + (days if said.frequency in {"DAILY", "HOURLY"} else 8 * days) * DAY
    ends = clock(name).first(min(last, LAST.replace(tzinfo=None) - 10 * DAY))
    reckoned = expected(walls(said, start, (ends + 2 * DAY).replace(tzinfo=None)), clock(name))
    wanted = [(at, wall) for at, wall in reckoned if at <= ends]
    if not wanted:
        with pytest.raises(InvalidField, match="never occurs"):
            occurrences(read(said.text), start, name, ends, **ENDLESS)
        return
    assert pairs(occurrences(read(said.text), start, name, ends, **ENDLESS)) == wanted


# --- what is laid down -----------------------------------------------------------------------------------------------


def test_a_time_that_the_clock_skips_moves_forward_by_the_gap_and_comes_back_the_day_after() -> None:
    found = occurrences(read("FREQ=DAILY;COUNT=3"), datetime(2026, 3, 28, 2, 30), BERLIN)
    assert [one.at for one in found] == [
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # the clock shows 03:30
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]
    assert found[1].wall == datetime(2026, 3, 29, 2, 30), "it is still known by the time of the rule"


def test_a_time_that_the_clock_shows_twice_is_said_at_the_first() -> None:
    (found,) = occurrences(read("FREQ=DAILY;COUNT=1"), datetime(2026, 10, 25, 2, 30), BERLIN)
    assert found.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_two_that_meet_at_one_instant_are_one_known_by_what_the_clock_shows() -> None:
    found = occurrences(read("FREQ=DAILY;BYHOUR=2,3;COUNT=2"), datetime(2026, 3, 29, 2, 0), BERLIN)
    assert pairs(found) == [(datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 3))]


@pytest.mark.parametrize(
    ("until", "days"),
    [("20261123", 3), ("20261122T090000", 2), ("20261122T085959", 1), ("20261122T080000Z", 2), ("20261122T075959Z", 1)],
)
def test_until_is_a_day_a_wall_time_or_an_instant_and_counts_itself(until: str, days: int) -> None:
    assert len(occurrences(read(f"FREQ=DAILY;UNTIL={until}"), datetime(2026, 11, 21, 9), BERLIN)) == days


def test_the_end_of_the_series_ends_a_rule_that_has_none() -> None:
    ends = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert len(occurrences(read("FREQ=DAILY"), datetime(2026, 11, 21, 9), BERLIN, ends)) == 3
    with pytest.raises(InvalidField, match="no end"):
        occurrences(read("FREQ=DAILY"), datetime(2026, 11, 21, 9), BERLIN)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("FREQ=DAILY;COUNT=0", f"from 1 to {MOST}"),
        ("FREQ=DAILY;INTERVAL=0;COUNT=2", "from 1 to 1000"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "from -31 to 31, but not 0"),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=2", "MO,TH"),
        ("FREQ=WEEKLY;WKST=XX;COUNT=2", "SA and SU"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_those_that_can(text: str, fix: str) -> None:
    with pytest.raises(InvalidField) as refused:
        read(text)
    assert fix in str(refused.value.fix)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FREQ=MINUTELY;COUNT=2", "too often"),
        ("FREQ=SECONDLY;COUNT=2", "too often"),
        ("FREQ=HOURLY;BYMINUTE=0,30;COUNT=2", "BYMINUTE"),
        ("FREQ=DAILY;BYSECOND=1;COUNT=2", "BYSECOND"),
        ("FREQ=YEARLY;BYEASTER=0;COUNT=2", "BYEASTER"),
        ("FREQ=YEARLY;BYWEEKNO=1;COUNT=2", "BYWEEKNO"),
        ("FREQ=WEEKLY;BYMONTHDAY=1;COUNT=2", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=2", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO;COUNT=2", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=1MO,TU;COUNT=2", "BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYSETPOS=1;COUNT=2", "BYSETPOS"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1;COUNT=2", "BYSETPOS"),
        ("FREQ=DAILY;INTERVAL=0;COUNT=2", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1,2;COUNT=2", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        (f"FREQ=DAILY;COUNT={MOST + 1}", "COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "both"),
        ("FREQ=DAILY;UNTIL=20270230", "UNTIL"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=DAILY;FREQ=WEEKLY;COUNT=2", "no rule"),
        ("FREQ=FORTNIGHTLY;COUNT=2", "FREQ"),
        ("COUNT=2", "FREQ"),
        ("every Monday", "no rule"),
        ("", "no rule"),
        ("FREQ=DAILY;COUNT=２", "COUNT"),
        ("FREQ=DAILY\nDTSTART:20260101", "FREQ"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(InvalidField, match=why):
        read(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FREQ=HOURLY;UNTIL=20280101", f"more than {MOST} occurrences"),
        ("FREQ=YEARLY;COUNT=12", "more than 10 years"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", "never occurs"),
        ("FREQ=HOURLY;INTERVAL=168;BYDAY=MO;COUNT=3", "never occurs"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=15;COUNT=3", "never occurs"),
        ("FREQ=DAILY;UNTIL=20200101", "never occurs"),
    ],
)
def test_too_many_too_long_and_never_are_told(text: str, why: str) -> None:
    with pytest.raises(InvalidField, match=why):
        occurrences(read(text), datetime(2026, 11, 21, 9), BERLIN)


def test_a_rule_is_read_in_any_case_and_with_its_property_s_name() -> None:
    assert read("rrule:freq=weekly;byday=mo;count=3") == Rule("FREQ=WEEKLY;BYDAY=MO", 3)
