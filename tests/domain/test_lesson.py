"""How much each person's decisions count, and when there are too few of them to learn from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.correction import ANSWER
from chalicelib.domain.lesson import (
    LEAST_LESSONS,
    OF_ONE_AUTHOR,
    OVERTURNED_COUNTS,
    Lesson,
    Taught,
    digest,
    groups,
    supported,
    too_few,
    weights,
)
from tests.services.taught import Shop, taken
from tests.world import START

MANY = [one.lesson for one in taken(Shop(decisions=400)) if one.lesson]


def lesson(number: int, author: str, by: str, *, overturned: bool = False) -> Lesson:
    return Lesson(
        f"i{number}",
        1,
        f"d{number}",
        "reviewer",
        START,
        "v1",
        "rules",
        Taught.LET_GO,
        {ANSWER: False},
        overturned,
        author,
        by,
    )


some = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 4), st.booleans()).map(
        lambda one: lesson(one[0], f"a{one[0]}", f"m{one[1]}", overturned=one[2])
    ),
    min_size=1,
    max_size=60,
)


@given(some)
def test_no_author_has_more_than_their_share(lessons: list[Lesson]) -> None:
    counts = weights(lessons)
    assert all(0 < count <= OVERTURNED_COUNTS for count in counts)
    for author in {one.author for one in lessons}:
        assert sum(c for one, c in zip(lessons, counts, strict=True) if one.author == author) <= OF_ONE_AUTHOR + 1e-9


@given(some)
def test_everybody_is_left_out_once_and_what_is_left_without_anybody_is_counted(lessons: list[Lesson]) -> None:
    named = [name for group in groups(lessons) for name in group]
    assert sorted(named) == sorted({one.by for one in lessons})
    left = [sum(one.by != by for one in lessons) for by in named]
    assert supported(ANSWER, lessons) == (min(left), 0)


def test_what_overturned_a_machine_counts_most() -> None:
    first, second = lesson(1, "a1", "m1", overturned=True), lesson(2, "a2", "m2")
    third = lesson(3, "a3", "m3", overturned=True)
    assert weights([first, second, third]) == [3, 1, 3]


@given(st.randoms(use_true_random=False))
def test_the_same_decisions_are_known_in_any_order(random: object) -> None:
    shuffled = list(MANY)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest(shuffled) == digest(MANY)
    assert digest(MANY[1:]) != digest(MANY)
    assert digest([replace(MANY[0], says={ANSWER: not MANY[0].says[ANSWER]}), *MANY[1:]]) != digest(MANY)


def test_what_is_kept_names_nobody_and_tells_on_which_side_it_stood() -> None:
    for one in MANY:
        assert (one.shown.author, one.shown.by, one.shown.tried) == ("", "", one.held_out)
    assert {one.held_out for one in MANY} == {True, False}


@pytest.mark.parametrize(
    ("lessons", "what"),
    [
        (MANY[: LEAST_LESSONS - 1], "199 decisions that teach something, and 200 are needed"),
        ([replace(one, by="alone") for one in MANY], "1 people who decided, and 2 are needed"),
        ([replace(one, author=f"a{at % 49}") for at, one in enumerate(MANY)], "49 authors, and 50 are needed"),
        ([one for one in MANY if not one.held_out], "0 of them held out"),
        ([one for one in MANY if one.says[ANSWER]] * 2, "0 decisions that ask for more care"),
        ([], "0 decisions that teach something"),
    ],
)
def test_too_few_are_told_with_what_is_missing(lessons: list[Lesson], what: str) -> None:
    assert any(one.startswith(what) for one in too_few(lessons))


def test_enough_are_enough() -> None:
    assert too_few(MANY) == []
