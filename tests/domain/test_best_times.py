"""A best time is named where an account's own posts show it, and not where chance would."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.best_times import LEAST_POSTS, Drew, best_times

MONDAY = datetime(2026, 11, 2, 9)
WEEK = timedelta(days=7)


def posts(hour: int, *reactions: int, day: int = 0) -> list[Drew]:
    """One post a week at this hour of a day of the week."""
    at = MONDAY.replace(hour=hour) + timedelta(days=day)
    return [Drew(at + number * WEEK, count) for number, count in enumerate(reactions)]


def test_an_hour_that_draws_more_is_named_with_its_evidence() -> None:
    found = best_times([*posts(9, *[9] * 8), *posts(15, *[2, 3, 4] * 4, day=3)])
    (hint,) = found.hints
    assert (hint.weekday, hint.hour, hint.posts, hint.above) == (0, 9, 8, 8)
    assert (hint.median, hint.median_of_rest, hint.rest) == (9, 3, 12)
    assert (found.silent, found.hours, found.posts) == (None, 2, 20)


def test_the_clearest_comes_first() -> None:
    found = best_times([*posts(9, *[9] * 9), *posts(12, *[30] * 9), *posts(15, *[1] * 30)])
    assert [one.hour for one in found.hints] == [12, 9]


@pytest.mark.parametrize(
    ("drew", "why"),
    [
        ([], "too few"),
        (posts(9, *[9] * 5) + posts(15, *[1] * (LEAST_POSTS - 6)), "too few"),
        ([one for hour in range(24) for one in posts(hour, 5)], "no hour of the week has 5"),
        (posts(9, *[9] * 30), "others beside it"),
        (posts(9, *[3] * 10) + posts(15, *[3] * 10), "chance"),
        (posts(9, 9, 9, 9, 9, 1, 1, 1, 1) + posts(15, *[2] * 15), "chance"),
        # Its median is far above that of the others, but as many of theirs draw as much.
        (posts(9, *[9, 9, 9, 9, 1]) + posts(15, *[2, 10] * 9), "chance"),
    ],
)
def test_it_is_silent_where_there_is_too_little_and_says_why(drew: list[Drew], why: str) -> None:
    found = best_times(drew)
    assert found.hints == ()
    assert why in (found.silent or "")


def test_chance_alone_names_an_hour_in_fewer_than_one_of_twenty_accounts() -> None:
    dice = random.Random(4)
    for hours, each in ((10, 12), (2, 10), (3, 7)):
        named = 0
        for _ in range(400):
            drew = [one for hour in range(hours) for one in posts(hour, *[dice.randrange(50) for _ in range(each)])]
            named += bool(best_times(drew).hints)
        assert named / 400 < 1 / 20, hours
