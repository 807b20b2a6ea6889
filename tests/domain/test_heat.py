"""Heat: a quarrel is hot, a lively thread is not, and one that was left alone is cool again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.heat import COOLS_IN, FAST, HOT, WEIGHTS, Said, heat

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def thread(*hostile: int, text: str = "It opens on Monday.", every: timedelta = MINUTE) -> list[Said]:
    """So many messages, the last one now, each as hostile as is said."""
    return [Said(NOW - every * (len(hostile) - 1 - place), text, one) for place, one in enumerate(hostile)]


def test_a_lively_friendly_thread_is_never_hot() -> None:
    lively = heat(thread(*[0] * 40, text='You said "the workshop opens on Monday" and you were right'), NOW)
    assert {one.name: one.permille for one in lively.parts} == {
        "hostility": 0,
        "trend": 0,
        "pace": 1000,
        "address": 1000,
        "quoting": 1000,
    }
    assert lively.permille == WEIGHTS["pace"] + WEIGHTS["address"] + WEIGHTS["quoting"] < HOT
    assert not lively.hot


def test_a_quarrel_is_hot_and_says_why() -> None:
    found = heat(thread(0, 0, 850, 900, text="Shut up, you liar."), NOW)
    assert found.hot
    assert sum(one.adds for one in found.parts) == found.permille
    assert all(one.why for one in found.parts)
    (trend,) = (one for one in found.parts if one.name == "trend")
    assert trend.permille > 800


def test_one_insult_does_not_heat_a_thread() -> None:
    assert not heat(thread(0, 0, 0, 0, 850), NOW).hot


def test_what_was_left_alone_is_cool() -> None:
    quarrel = thread(850, 900, 900, text="You liar!")
    assert heat(quarrel, NOW).hot
    assert heat(quarrel, NOW + COOLS_IN).permille == 0
    assert heat([], NOW).permille == 0


def test_pace_is_of_the_last_hour() -> None:
    fast, slow = thread(*[0] * FAST), thread(*[0] * FAST, every=timedelta(minutes=61))
    assert [next(one.permille for one in heat(found, NOW).parts if one.name == "pace") for found in (fast, slow)] == [
        1000,
        1000 // FAST,
    ]


_SAID = st.builds(
    Said,
    st.integers(0, 3 * 24 * 60).map(lambda minutes: NOW - minutes * MINUTE),
    st.text(max_size=60),
    st.integers(0, 1000),
)


@given(st.lists(_SAID, max_size=40))
def test_it_is_total_and_within_bounds(said: list[Said]) -> None:
    found = heat(sorted(said, key=lambda one: one.at), NOW)
    assert 0 <= found.permille <= sum(WEIGHTS.values()) == 1000
    assert all(0 <= one.permille <= 1000 for one in found.parts)
