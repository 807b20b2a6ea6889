"""Which wording did better: told only where chance would hardly make it so."""

from __future__ import annotations

import pytest

from chalicelib.domain.comparing import LEAST, Drawn, better


def told(*drawn: tuple[int, ...]) -> int | None:
    return better([Drawn(place, one) for place, one in enumerate(drawn)])[0]


@pytest.mark.parametrize(
    ("drawn", "best"),
    [
        (((9,) * LEAST,), None),
        (((9,) * (LEAST - 1), (0,) * 50), None),
        (((0, 1, 1, 2, 0, 1, 2, 1), (7, 9, 8, 6, 9, 7, 8, 9)), 1),
        (((0, 1, 1, 2, 0, 1, 2, 1), (1, 0, 2, 1, 1, 2, 0, 1)), None),
        (((0, 1, 0, 1, 0, 1, 0, 1), (0, 1, 0, 1, 0, 1, 0, 10_000)), None),
        (((5,) * 20, (5,) * 20), None),
        (((9, 8, 9, 8, 9, 8, 9, 8), (1, 2, 1, 2, 1, 2, 1, 2), (9, 8, 8, 9, 9, 8, 9, 8)), None),
    ],
)
def test_what_can_be_told(drawn: tuple[tuple[int, ...], ...], best: int | None) -> None:
    assert told(*drawn) == best


def test_why_nobody_can_tell_is_said() -> None:
    assert "3 posts" in better([Drawn(0, (1, 2, 3)), Drawn(1, (1,) * 20)])[1]


def test_the_middle_of_what_was_drawn() -> None:
    assert [Drawn(0, one).median_permille for one in ((), (3,), (1, 2), (5, 1, 9))] == [0, 3000, 1500, 5000]
