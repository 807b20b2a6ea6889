"""Blackouts, slots and spreading: what is planned never lies where it must not, whatever the clock does."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.blackout import (
    WEEKDAYS,
    Blackout,
    BlackoutState,
    Hours,
    blocking,
    next_allowed,
    open_spans,
)
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.slots import Slots, WeekSlot, next_free, upcoming
from chalicelib.domain.spreading import spread
from chalicelib.domain.timing import wall_time

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
BERLIN = "Europe/Berlin"


def once(begin: datetime, end: datetime, account: str | None = None) -> Blackout:
    return Blackout("b1", "w1", account, "closed", "m1", BlackoutState.ON, AT, begin, end)


def weekly(days: str, since: str, until: str, zone: str = BERLIN, **more: Any) -> Blackout:
    hours = Hours(tuple(days.split()), since, until, zone)
    return Blackout("b2", "w1", None, "closed", "m1", BlackoutState.ON, AT, hours=hours, **more)


# --- blackouts -------------------------------------------------------------------------------------------------------


def test_a_window_closes_from_its_start_up_to_its_end() -> None:
    window = once(AT, AT + HOUR)
    assert blocking([window], "a1", AT) == (window, AT + HOUR)
    assert blocking([window], "a1", AT + HOUR - MINUTE) is not None
    assert blocking([window], "a1", AT + HOUR) is None
    assert blocking([window], "a1", AT - MINUTE) is None


def test_an_account_s_window_binds_that_account_only_and_a_lifted_one_nobody() -> None:
    window = once(AT, AT + HOUR, "a1")
    assert blocking([window], "a2", AT) is None
    lifted = Blackout("b1", "w1", None, "closed", "m1", BlackoutState.LIFTED, AT, AT, AT + HOUR)
    assert blocking([lifted], "a1", AT) is None


def test_a_night_goes_over_midnight_and_over_both_edges_of_summer() -> None:
    night = weekly("SA", "22:00", "06:00")
    for spring in (datetime(2026, 3, 28, 21, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)):
        assert blocking([night], "a1", spring - MINUTE) is None
        found = blocking([night], "a1", spring)
        assert found is not None
        assert wall_time(found[1], BERLIN).strftime("%a %H:%M") == "Sun 06:00"
        assert blocking([night], "a1", found[1]) is None


def test_the_next_time_that_is_allowed_lies_behind_all_of_them() -> None:
    windows = [once(AT, AT + HOUR), once(AT + HOUR, AT + 2 * HOUR), weekly("SA", "00:00", "14:00")]
    assert next_allowed(windows, "a1", AT) == datetime(2026, 11, 21, 13, tzinfo=UTC)
    assert next_allowed(windows, "a1", AT + 5 * HOUR) == AT + 5 * HOUR
    assert next_allowed([weekly(" ".join(WEEKDAYS), "00:00", "00:00")], "a1", AT) is None


@given(
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True),
    st.times(),
    st.times(),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
)
def test_what_is_open_and_what_blocks_say_the_same(
    days: list[str], since: Any, until: Any, zone: str, at: datetime
) -> None:
    window = weekly(" ".join(days), since.strftime("%H:%M"), until.strftime("%H:%M"), zone)
    opened = open_spans([window], "a1", at, at + timedelta(days=9))
    for begin, end in opened:
        for inside in (begin, begin + (end - begin) / 2, end - timedelta(microseconds=1)):
            assert blocking([window], "a1", inside) is None
    for (_, end), (begin, _) in pairwise(opened):
        assert blocking([window], "a1", end) is not None
        assert blocking([window], "a1", begin - timedelta(microseconds=1)) is not None
    found = next_allowed([window], "a1", at)
    assert found == (opened[0][0] if opened else None) or found is None or found >= at + timedelta(days=9)


# --- slots -----------------------------------------------------------------------------------------------------------


def queue(*week: str, zone: str = BERLIN) -> Slots:
    return Slots("a1", "w1", zone, tuple(WeekSlot(*one.split()) for one in week))


def test_slots_come_in_order_week_after_week_at_the_wall_time_that_was_meant() -> None:
    slots = queue("MO 09:00", "MO 17:30", "TH 12:00")
    shown = [one.wall.strftime("%a %d %H:%M") for one in islice(upcoming(slots, AT), 4)]
    assert shown == ["Mon 23 09:00", "Mon 23 17:30", "Thu 26 12:00", "Mon 30 09:00"]
    first = next(upcoming(slots, AT))
    assert first.at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    summer = next(upcoming(slots, datetime(2026, 7, 1, tzinfo=UTC)))
    assert summer.at == datetime(2026, 7, 2, 10, tzinfo=UTC)


def test_a_slot_at_this_instant_is_over_and_two_that_meet_in_spring_are_one() -> None:
    slots = queue("SU 02:30", "SU 03:30")
    assert next(upcoming(slots, datetime(2026, 3, 22, 1, 30, tzinfo=UTC))).wall.hour == 3
    found = list(islice(upcoming(slots, datetime(2026, 3, 28, tzinfo=UTC)), 2))
    assert found[0].at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert found[1].at == datetime(2026, 4, 5, 0, 30, tzinfo=UTC)


def test_the_next_free_slot_is_neither_taken_nor_closed() -> None:
    slots = queue("MO 09:00", "TU 09:00", "WE 09:00")
    monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    closed = once(monday + timedelta(hours=20), monday + timedelta(hours=30))
    found = next_free(slots, {monday}, AT, [closed])
    assert found is not None
    assert found.at == monday + timedelta(days=2)
    assert next_free(queue(), set(), AT, []) is None
    assert next_free(slots, set(), AT, [weekly(" ".join(WEEKDAYS), "00:00", "00:00")]) is None


# --- spreading -------------------------------------------------------------------------------------------------------


def test_a_batch_lies_evenly_and_accounts_take_turns() -> None:
    times = spread(["a", "b", "a", "b"], AT, AT + 4 * HOUR, 10 * MINUTE, [])
    assert times == (AT + HOUR / 2, AT + 1.5 * HOUR, AT + 2.5 * HOUR, AT + 3.5 * HOUR)


def test_a_window_that_does_not_hold_them_says_how_many_it_holds() -> None:
    with pytest.raises(InvalidField, match="holds 6 posts of one account, 10 minutes apart, and there are 7"):
        spread(["a"] * 7, AT, AT + HOUR, 10 * MINUTE, [])
    with pytest.raises(InvalidField, match="holds 0"):
        spread(["a"], AT, AT + HOUR, 10 * MINUTE, [once(AT - HOUR, AT + 2 * HOUR)])


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=30),
    st.integers(1, 90),
    st.integers(0, 59),
    st.lists(st.tuples(st.integers(-60, 3000), st.integers(1, 600), st.sampled_from([None, "a", "b"])), max_size=4),
)
def test_a_spread_batch_is_apart_even_and_outside_every_blackout(
    accounts: list[str], gap: int, odd: int, closed: list[tuple[int, int, str | None]]
) -> None:
    since, until = AT + timedelta(seconds=odd), AT + timedelta(days=2, seconds=odd)
    windows = [once(AT + begin * MINUTE, AT + (begin + long) * MINUTE, one) for begin, long, one in closed]
    try:
        times = spread(accounts, since, until, gap * MINUTE, windows)
    except InvalidField:
        left = min(
            sum(((end - begin) for begin, end in open_spans(windows, one, since, until)), timedelta(0))
            / accounts.count(one)
            for one in set(accounts)
        )
        assert left < (gap + 6) * MINUTE, "it is refused only where it does not fit, give or take the odd minutes"
        return
    by_account = defaultdict(list)
    for account, at in zip(accounts, times, strict=True):
        assert since <= at < until
        assert at.second == at.microsecond == 0
        assert blocking(windows, account, at) is None
        by_account[account].append(at)
    for own in by_account.values():
        assert all(after - before >= gap * MINUTE for before, after in pairwise(own))
        if not windows and len(own) > 1:
            apart = [after - before for before, after in pairwise(own)]
            assert max(apart) - min(apart) <= MINUTE
    assert times == spread(accounts, since, until, gap * MINUTE, windows), "nothing is left to chance"
