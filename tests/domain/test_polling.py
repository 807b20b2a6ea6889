"""How often accounts are read: by the square root of what they hear, within the platform's budget, each tenant fairly."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import polling
from chalicelib.domain.polling import (
    FASTEST,
    HEAVIEST,
    HYSTERESIS,
    SLOWEST,
    SPOKEN_TIER,
    TIERS,
    Budget,
    Pace,
    Round,
    Slot,
    Tally,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AGO = NOW - timedelta(days=365)
HUNDRED = Budget(1000, 10 * MINUTE)
USUAL = 2 * MINUTE


def heard(hourly: float, hours: int = 24 * 90) -> Tally:
    """What steady talk leaves."""
    tally, owed = Tally(), 0.0
    for hour in range(hours):
        owed += hourly
        if owed >= 1:
            tally = polling.tallied(tally, int(owed), NOW - (hours - 1 - hour) * HOUR)
            owed -= int(owed)
    return tally


def slot(tier: int | None, members: int, number: int = 0, **heavy: int) -> Slot:
    name = f"reddit-{number}" if tier is None else f"reddit-t{tier}-{number}"
    return Slot(name, NOW, counts=Round(members, max(1, len(heavy)), heavy))


@pytest.mark.parametrize("hourly", [0.02, 0.1, 1, 7, 40])
def test_a_rate_is_learnt_from_what_is_heard(hourly: float) -> None:
    assert polling.rate(heard(hourly), AGO, NOW) == pytest.approx(hourly, rel=0.12)


def test_what_fell_silent_is_read_less_and_less_and_never_not_at_all() -> None:
    tally = heard(5)
    later = [polling.rate(tally, AGO, NOW + timedelta(days=days)) for days in (0, 7, 30, 365)]
    assert later == sorted(later, reverse=True)
    assert later[-1] > 0
    assert polling.period_of(round(polling.wanted(later[-1]))) > 4 * HOUR


def test_a_burst_is_noticed_at_once() -> None:
    quiet = heard(0.02)
    assert polling.rate(polling.tallied(quiet, 30, NOW), AGO, NOW) > 4


@given(one=st.floats(0.01, 100), other=st.floats(0.01, 100))
def test_the_period_follows_the_square_root(one: float, other: float) -> None:
    tiers = polling.wanted(one) - polling.wanted(other)
    assert polling.STEP**-tiers == pytest.approx(math.sqrt(one / other), rel=1e-6)


@given(tier=st.integers(0, TIERS - 1), hourly=st.floats(1e-6, 1e6))
def test_an_account_stays_where_it_is_unless_it_is_clearly_wrong_there(tier: int, hourly: float) -> None:
    chosen = polling.tier_for(Pace(tier, NOW), hourly, NOW)
    off = abs(polling.wanted(hourly) - tier)
    assert (chosen == tier) == (off <= HYSTERESIS)
    assert abs(polling.wanted(hourly) - chosen) <= HYSTERESIS
    assert 0 <= chosen < TIERS


def test_whoever_spoke_is_read_at_least_every_few_minutes_for_a_while() -> None:
    spoke = Pace(SPOKEN_TIER, NOW, NOW + HOUR)
    assert polling.tier_for(spoke, 0.001, NOW) == SPOKEN_TIER
    assert polling.tier_for(spoke, 0.001, NOW + HOUR) > SPOKEN_TIER
    assert polling.tier_for(spoke, 1000, NOW) < SPOKEN_TIER


SLOTS = st.lists(
    st.builds(
        lambda tier, members, number, share: slot(tier, members, number, big=members * share // 100),
        st.one_of(st.none(), st.integers(0, TIERS - 1)),
        st.integers(0, 3000),
        st.integers(0, 3),
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda one: one.name,
)


@given(slots=SLOTS)
def test_what_all_slots_ask_for_is_within_the_budget(slots: list[Slot]) -> None:
    how = polling.plan(slots, USUAL, HUNDRED)
    asked = 0.0
    for one in slots:
        big = one.counts.heavy.get("big", 0)
        members = max(1, one.counts.members) - big * (1 - 1 / how.every(one, "big"))
        asked += members / how.period(one).total_seconds()
    assert asked <= 100 / 60
    for one in slots:
        assert how.period(one) >= FASTEST
        if one.tier is not None and 40 < sum(each.counts.members for each in slots) < 100 * 300:
            assert how.period(one) <= SLOWEST


@given(slots=SLOTS)
def test_without_a_budget_the_tiers_hold(slots: list[Slot]) -> None:
    how = polling.plan(slots, USUAL, None)
    assert how.stretch == 1
    for one in slots:
        assert how.period(one) == (USUAL if one.tier is None else polling.clipped(polling.period_of(one.tier)))


def test_one_tenants_crowd_slows_the_crowd_and_hardly_the_others() -> None:
    crowd = [slot(5, 1000, number, big=900) for number in range(2)]
    how = polling.plan(crowd, USUAL, HUNDRED)
    alone = polling.plan([slot(5, 100, number) for number in range(2)], USUAL, HUNDRED)
    assert how.thinned["big"] > 1
    assert how.period(crowd[0]) <= 2.5 * alone.period(crowd[0])
    unfair = polling.plan([replace(one, counts=Round(1000, 1)) for one in crowd], USUAL, HUNDRED)
    assert how.period(crowd[0]) < unfair.period(crowd[0])


@given(demands=st.lists(st.floats(0.001, 100), min_size=1, max_size=20), budget=st.floats(0.1, 300))
def test_a_fair_level_gives_all_of_it_and_cuts_nobody_who_asks_for_less(demands: list[float], budget: float) -> None:
    level = polling.fair_level(demands, budget)
    given_out = sum(min(one, level) for one in demands)
    assert given_out == pytest.approx(min(budget, sum(demands)))


def test_a_tenant_that_is_passed_over_is_read_in_its_turn_and_within_six_hours() -> None:
    how = replace(polling.plan([], USUAL, None), thinned={"big": 3})
    one = slot(8, 100)
    read = [not how.passes_over(replace(one, turn=turn), "big", 7) for turn in range(6)]
    assert read.count(True) == 2
    assert not how.passes_over(one, "small", 7)
    assert not any(how.passes_over(replace(slot(20, 100), turn=turn), "big", 7) for turn in range(6))


@given(tenants=st.lists(st.tuples(st.sampled_from("abcdefghijklmno"), st.integers(1, 9)), unique_by=lambda one: one[0]))
def test_a_round_counts_its_tenants_and_keeps_the_heaviest(tenants: list[tuple[str, int]]) -> None:
    listed = [name for name, count in sorted(tenants) for _ in range(count)]
    counted = Round()
    for start in range(0, len(listed), 4):
        counted = counted.met(listed[start : start + 4])
    assert (counted.members, counted.tenants) == (len(listed), len(tenants))
    assert len(counted.heavy) <= HEAVIEST + 1
    counts = sorted((count for _, count in tenants), reverse=True)
    least = counts[HEAVIEST] if len(counts) > HEAVIEST else 0
    assert {name for name, count in tenants if count > least} <= counted.heavy.keys()
    assert all(counted.heavy[name] == count for name, count in tenants if name in counted.heavy)


def test_a_full_slot_is_read_in_portions_that_make_one_round_in_its_period() -> None:
    full = slot(15, 5000)
    how = polling.plan([slot(15, 5000, number) for number in range(4)], USUAL, HUNDRED)
    between = how.interval(full)
    one, at, read = slot(15, 5000), NOW, 0
    one = replace(one, next_at=NOW)
    while one.turn == 0:
        at = how.due_at(one)
        count = how.due(one, at)
        read += count
        one = polling.begun(one, how, ["w"] * count, None if read >= 5000 else str(read), at, at)
    assert at - NOW == pytest.approx(how.period(full) - between, rel=0.01)


@pytest.mark.parametrize("members", [7, 15, 30, 60, 120, 180, 400, 1500])
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("scarce", [False, True])
def test_whoever_is_read_seldom_is_read_within_six_hours_also_where_the_portions_shift(
    members: int, *, counted: bool, scarce: bool
) -> None:
    """One account more lies before all the others in each round, and every run is a tick late."""
    how = polling.Plan(USUAL, 3.0 if scarce else 1.0, scarce=scarce, budget=HUNDRED)
    shelf = [f"{number:06}" for number in range(100_000, 100_000 + members)]
    one = replace(slot(TIERS - 1, members if counted else 0), next_at=NOW)
    read_at: dict[str, datetime] = {}
    longest = timedelta()
    while one.turn < 6:
        at = how.due_at(one) + MINUTE
        assert at <= NOW + (one.turn + 1) * 6 * HOUR, "a round takes no longer either"
        begin = 0 if one.after is None else bisect_right(shelf, one.after)
        taken = shelf[begin : begin + how.due(one, at)]
        for name in taken:
            longest = max(longest, at - read_at.get(name, at))
            read_at[name] = at
        after = taken[-1] if taken[-1] != shelf[-1] else None
        if after is None:
            shelf.insert(0, f"{100_000 - one.turn - 1:06}")
        one = polling.begun(one, how, ["w"] * len(taken), after, at, at)
    assert HOUR < longest <= 6 * HOUR
    assert set(shelf[1:]) <= read_at.keys()


def test_no_run_is_begun_beyond_what_the_platform_counts() -> None:
    slots = [replace(slot(3, 900, number), next_at=NOW) for number in range(3)]
    how = polling.Plan(USUAL, budget=HUNDRED)
    chosen = polling.turns(slots, how, NOW + HOUR, MINUTE)
    assert [one.most for one in chosen] == [900, 85], "each is a whole round late"
    ran = polling.begun(chosen[0].slot, how, ["w"] * 900, None, NOW + HOUR, NOW + HOUR)
    others = [one for one in slots if one.name != ran.name]
    assert [one.most for one in polling.turns([ran, *others], how, NOW + HOUR + MINUTE, MINUTE)] == [85]
    assert HUNDRED.used([ran], NOW + HOUR + 5 * MINUTE) == 900
    assert [one.most for one in polling.turns([ran, *others], how, NOW + HOUR + 13 * MINUTE, MINUTE)] == [900, 85]
