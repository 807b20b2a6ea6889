"""Amounts in words, months as they are counted, and the sentence that refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.money import Cost, Purse, dollars, month_after, month_begins, month_of, near, reached_on, refusal

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
LINKED = Cost(200_000, AT, "/variants/0", 15_000, "its link")


@pytest.mark.parametrize(
    ("micro_usd", "words"),
    [
        (0, "$0.00"),
        (15_000, "$0.015"),
        (200_000, "$0.20"),
        (1, "$0.000001"),
        (1_850_000, "$1.85"),
        (2_000_000, "$2.00"),
        (1_234_567_800_000, "$1,234,567.80"),
        (-1_500_000, "-$1.50"),
    ],
)
def test_an_amount_is_told_to_the_last_digit_that_counts(micro_usd: int, words: str) -> None:
    assert dollars(micro_usd) == words


def test_a_refusal_says_what_it_costs_what_would_be_cheaper_and_what_is_left() -> None:
    assert refusal(LINKED, Purse(1_000_000, 850_000, 2_000_000)) == (
        "this post costs $0.20, without its link $0.015; $1.85 of $2.00 are spent or planned this month"
    )
    plain = Cost(15_000, AT)
    assert refusal(plain, Purse(0, 0, 14_999), "for this campaign") == (
        "this post costs $0.015; $0.00 of $0.014999 are spent or planned for this campaign"
    )


@pytest.mark.parametrize(
    ("cost", "purse"),
    [
        (LINKED, Purse(10**12, 10**12, None)),
        (LINKED, Purse(1_000_000, 800_000, 2_000_000)),
        (Cost(0, AT), Purse(3_000_000, 0, 2_000_000)),
    ],
)
def test_what_fits_costs_nothing_or_has_no_cap_is_not_refused(cost: Cost, purse: Purse) -> None:
    assert refusal(cost, purse) is None


def test_a_month_is_utcs_whatever_the_clock_says() -> None:
    west = timezone(timedelta(hours=-8))
    at = datetime(2026, 12, 31, 16, 0, tzinfo=west)
    assert month_of(at) == "2027-01"
    assert month_of(at - timedelta(microseconds=1)) == "2026-12"
    assert month_after(at) == datetime(2027, 2, 1, tzinfo=UTC)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)))
def test_a_month_ends_where_the_next_begins(at: datetime) -> None:
    assert month_begins(at) <= at < month_after(at)
    assert month_of(month_after(at)) != month_of(at)
    assert month_of(month_after(at) - timedelta(microseconds=1)) == month_of(at)
    assert month_begins(month_after(at)) == month_after(at)


def test_near_is_at_the_share_itself_and_never_without_a_cap() -> None:
    assert [near(spent, 1000, 900) for spent in (899, 900, 901)] == [False, True, True]
    assert not near(10**9, None, 900)
    assert near(0, 0, 900)


def test_the_day_on_which_a_cap_is_passed_is_found_in_the_order_of_time() -> None:
    planned = [(AT + timedelta(days=day), 100) for day in (3, 1, 2)]
    assert reached_on(800, planned, 1000) == AT + timedelta(days=3)
    assert reached_on(700, planned, 1000) is None
    assert reached_on(0, planned, None) is None
