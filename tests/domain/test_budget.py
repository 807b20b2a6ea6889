"""A budget never lets more through than the platform allows, in any window, whoever asks when; and it wastes little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.budget import (
    CLAIMED_WITHIN,
    WHOLE,
    Allowed,
    Budget,
    Turn,
    Wait,
    busy,
    full,
    lowered,
    taken,
)
from chalicelib.domain.post import Origin, Schedule, Variant, VariantState

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICRO = timedelta(microseconds=1)

untimed = settings(deadline=None)
"""How long a step takes here depends on who else works on the machine."""

ALLOWED = st.builds(Allowed, st.integers(1, 5000), st.integers(1, 86_400_000_000).map(lambda us: us * MICRO)).filter(
    lambda one: one.span >= SECOND
)
PERMILLE = st.integers(0, 1500)
"""How long somebody waits before asking again, in thousandths of the span."""
UNTIL = st.none()
"""Asks again exactly when it is said to be worth it."""


def asked(allowed: Allowed, gaps: Iterable[int | None], *, set_back: Sequence[int] = ()) -> list[datetime]:
    """The true times of all writes that were let through, asking as often as it takes after each gap.

    set_back: by how many thousandths of the span the asker's clock is set back before each ask.
    """
    true, clock = NOW, NOW
    budget = full(allowed, clock)
    backs = iter(set_back)
    writes: list[datetime] = []
    until = clock
    for gap in gaps:
        passed = max(until - clock, timedelta(0)) if gap is None else allowed.span * gap // 1000
        true, clock = true + passed, clock + passed - allowed.span * next(backs, 0) // 1000
        # Whoever asks for much asks until it is refused; a bucket holds no more than the allowance.
        for _ in range(allowed.writes + 1):
            answer = taken(budget, allowed, clock)
            if isinstance(answer, Wait):
                until = answer.until
                break
            budget = answer
            writes.append(true)
    return writes


def most_in_a_window(writes: Sequence[datetime], span: timedelta) -> int:
    """The most writes in any half-open window of this length; the fullest begins with a write."""
    ordered, most, end = sorted(writes), 0, 0
    for begin, at in enumerate(ordered):
        while end < len(ordered) and ordered[end] < at + span:
            end += 1
        most = max(most, end - begin)
    return most


SMALL = st.builds(Allowed, st.integers(1, 60), st.integers(1, 86_400).map(lambda seconds: seconds * SECOND))


@untimed
@given(SMALL, st.lists(PERMILLE | UNTIL, max_size=60))
def test_no_window_ever_holds_more_writes_than_are_allowed(allowed: Allowed, gaps: list[int | None]) -> None:
    assert most_in_a_window(asked(allowed, gaps), allowed.span) <= allowed.writes


@untimed
@given(ALLOWED)
def test_who_always_asks_when_it_is_worth_it_keeps_to_large_allowances_too(allowed: Allowed) -> None:
    writes = asked(allowed, [0, *[None] * 40, 250, *[None] * 20, 1000, 0, *[None] * 20])
    assert most_in_a_window(writes, allowed.span) <= allowed.writes


@untimed
@given(SMALL, st.lists(st.tuples(PERMILLE, PERMILLE), max_size=40))
def test_a_clock_that_goes_back_lets_no_more_through(allowed: Allowed, steps: list[tuple[int, int]]) -> None:
    gaps, backs = [gap for gap, _ in steps], [back for _, back in steps]
    assert most_in_a_window(asked(allowed, gaps, set_back=backs), allowed.span) <= allowed.writes


@untimed
@given(SMALL, st.integers(0, 200), st.lists(st.tuples(PERMILLE, st.integers(-100, 100)), max_size=40))
@example(Allowed(40, 60 * SECOND), 200, [(1, 100), (1, -100)] * 40)
def test_workers_whose_clocks_differ_gain_no_more_than_that_once(
    allowed: Allowed, differ: int, steps: list[tuple[int, int]]
) -> None:
    """Each asks by its own clock, so far from the true time; going to and fro between them fills nothing up."""
    true, budget = NOW, full(allowed, NOW)
    most = allowed.span * differ // 1000
    writes: list[datetime] = []
    for gap, off in steps:
        true += allowed.span * gap // 10_000
        answer = taken(budget, allowed, true + most * off // 200)
        if isinstance(answer, Budget):
            budget = answer
            writes.append(true)
    assert most_in_a_window(writes, allowed.span - most) <= allowed.writes


@untimed
@given(SMALL)
def test_what_is_allowed_over_a_long_time_is_nearly_all_let_through(allowed: Allowed) -> None:
    """Three quarters of it come back in each span; whatever is lost to rounding stays far below one write."""
    gaps: list[int | None] = [0, *[None] * (10 * allowed.writes)]
    writes = asked(allowed, gaps)
    again = max(1, allowed.writes - allowed.burst)
    spans = (writes[-1] - writes[0]) / allowed.span
    assert len(writes) >= allowed.burst + spans * again - 1


@untimed
@given(ALLOWED, st.integers(0, 5000), PERMILLE)
def test_it_is_worth_asking_when_it_says_so_and_not_before(allowed: Allowed, burden: int, later: int) -> None:
    budget = full(allowed, NOW)
    for _ in range(min(burden, allowed.burst)):
        answer = taken(budget, allowed, NOW)
        assert isinstance(answer, Budget)
        budget = answer
    now = NOW + allowed.span * later // 1000
    refused = taken(budget, allowed, now)
    if isinstance(refused, Budget):
        return
    assert refused.until > now
    assert isinstance(taken(budget, allowed, refused.until), Budget)
    # Rounding may make it later than it need be, by what one millionth of a write takes.
    too_early = refused.until - allowed.wait_for(1) - MICRO
    assert isinstance(taken(budget, allowed, max(now, too_early)), Wait)
    if later == 0:
        assert isinstance(taken(budget, allowed, refused.until - MICRO), Wait), "exact where nothing was rounded before"


@untimed
@given(ALLOWED, st.integers(0, WHOLE - 1), PERMILLE)
def test_a_clock_that_is_behind_is_told_when_it_is_worth_asking_too(allowed: Allowed, left: int, behind: int) -> None:
    """The budget was written by another, whose clock is ahead; it fills up from that time on."""
    now = NOW - allowed.span * behind // 1000
    refused = taken(Budget(left, NOW), allowed, now)
    assert isinstance(refused, Wait)
    assert isinstance(taken(Budget(left, NOW), allowed, refused.until), Budget)


@untimed
@given(ALLOWED)
def test_each_one_more_takes_as_long_as_is_said(allowed: Allowed) -> None:
    budget = Budget(0, NOW)
    first = taken(budget, allowed, NOW)
    assert isinstance(first, Wait)
    assert first.most == allowed.burst
    after = taken(budget, allowed, first.until)
    assert isinstance(after, Budget)
    second = taken(after, allowed, first.until)
    if allowed.burst > 1 or isinstance(second, Wait):
        assert isinstance(second, Wait)
        assert abs(second.until - first.until - first.each) <= allowed.wait_for(1) + MICRO


@untimed
@given(ALLOWED, st.lists(PERMILLE | UNTIL, max_size=20))
def test_what_is_left_is_a_whole_number_from_nothing_to_a_full_bucket(allowed: Allowed, gaps: list[int | None]) -> None:
    budget, now, until = full(allowed, NOW), NOW, NOW
    for gap in gaps:
        now = max(now, until) if gap is None else now + allowed.span * gap // 1000
        answer = taken(budget, allowed, now)
        if isinstance(answer, Wait):
            until = answer.until
            continue
        assert type(answer.left) is int
        assert 0 <= answer.left <= (allowed.burst - 1) * WHOLE
        assert budget.at <= answer.at
        budget = answer


def test_a_quarter_may_be_said_at_once_and_at_least_one() -> None:
    assert [Allowed(writes, SECOND).burst for writes in (1, 3, 4, 7, 8, 1000)] == [1, 1, 1, 1, 2, 250]


# --- what the platform says ------------------------------------------------------------------------------------------


def can_take(budget: Budget, allowed: Allowed, now: datetime) -> int:
    """How many writes would be let through at this moment."""
    for count in range(allowed.writes + 1):
        answer = taken(budget, allowed, now)
        if isinstance(answer, Wait):
            return count
        budget = answer
    raise AssertionError("a bucket holds no more than the allowance")


SPENT = st.integers(0, 60)
CLOSED = st.integers(0, 2000)


@untimed
@given(SMALL, SPENT, st.integers(0, 70), CLOSED, st.integers(-500, 1500), PERMILLE)
@example(Allowed(100, 600 * SECOND), 20, 6, 2, 500, 0)  # filled up since, above what is left
@example(Allowed(60, 60 * SECOND), 10, 4, 17, -100, 100)  # told to a clock that is behind
def test_what_the_platform_says_is_left_lowers_and_never_raises(
    allowed: Allowed, spent: int, left: int, closed: int, told: int, later: int
) -> None:
    """Told so long after the last write, in thousandths of the span; below zero by a clock that is behind."""
    budget = full(allowed, NOW)
    for _ in range(min(spent, allowed.burst)):
        answer = taken(budget, allowed, NOW)
        assert isinstance(answer, Budget)
        budget = answer
    told_at = NOW + allowed.span * told // 1000
    after = lowered(budget, allowed, left, allowed.span * closed // 1000, told_at) or budget
    at = told_at + allowed.span * later // 1000
    assert can_take(after, allowed, at) <= can_take(budget, allowed, at)
    assert can_take(after, allowed, told_at) <= left


@untimed
@given(SMALL, st.integers(1, 2000), st.integers(0, 999))
def test_nothing_is_said_before_what_the_platform_said(allowed: Allowed, closed: int, part: int) -> None:
    span = allowed.span * closed // 1000
    shut = lowered(full(allowed, NOW), allowed, 0, span, NOW)
    assert shut is not None
    early = NOW + span * part // 1000
    assert taken(shut, allowed, early) == Wait(NOW + span)
    assert taken(shut, allowed, NOW + span - MICRO) == Wait(NOW + span)
    # Then it fills up from empty: nobody knows who else has spent what the platform counts.
    reopened = taken(shut, allowed, NOW + span)
    assert isinstance(reopened, Wait)
    first = taken(shut, allowed, reopened.until)
    assert isinstance(first, Budget)
    assert first.closed_until is None


@untimed
@given(SMALL, st.integers(0, 2000), st.integers(0, 2000))
def test_a_shorter_closure_does_not_end_a_longer_one(allowed: Allowed, one: int, other: int) -> None:
    spans = [allowed.span * part // 1000 for part in (one, other)]
    shut = lowered(full(allowed, NOW), allowed, 0, spans[0], NOW)
    assert shut is not None
    again = lowered(shut, allowed, 0, spans[1], NOW) or shut
    assert again.closed_until == NOW + max(spans)
    assert lowered(again, allowed, 5, SECOND, NOW) is None


# --- the turn --------------------------------------------------------------------------------------------------------

VARIANT = Variant(
    id="p.0",
    post="p",
    workspace="w",
    account="a",
    platform="x",
    campaign=None,
    origin=Origin.PERSON,
    state=VariantState.SCHEDULED,
    version=1,
    schedule=Schedule(NOW, "UTC", "2026-11-21T09:00", timedelta(hours=1)),
    not_before=NOW,
)
TURN = Turn("p.0", 1, NOW)
SKEW = 2 * SECOND


def test_a_turn_is_kept_as_long_as_what_it_was_taken_for_is_being_sent() -> None:
    sending = replace(VARIANT, state=VariantState.SENDING, attempts=1)
    assert busy(TURN, sending, NOW + timedelta(days=1), SKEW)


@pytest.mark.parametrize("state", [one for one in VariantState if one is not VariantState.SENDING])
def test_a_turn_that_was_used_ends_with_the_attempt(state: VariantState) -> None:
    assert not busy(TURN, replace(VARIANT, state=state, attempts=1), NOW, SKEW)


def test_a_turn_that_was_taken_and_never_used_ends_by_itself() -> None:
    ends = NOW + CLAIMED_WITHIN + SKEW
    assert busy(TURN, VARIANT, ends - MICRO, SKEW)
    assert not busy(TURN, VARIANT, ends, SKEW)


def test_nobodys_turn_keeps_nobody_waiting() -> None:
    assert not busy(None, VARIANT, NOW, SKEW)
    assert not busy(TURN, None, NOW, SKEW)
