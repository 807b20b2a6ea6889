"""Surges and silence are told by what an account itself usually hears; small accounts, nights and weekends raise none."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import band, polling
from chalicelib.domain.band import Watch
from chalicelib.domain.polling import Tally

START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLL = timedelta(minutes=10)


def by_day(at: datetime) -> float:
    """A share of the mean rate: three times as much at midday as at night."""
    return 1 + 0.5 * math.sin(2 * math.pi * (at.hour + at.minute / 60 - 8) / 24)


def by_week(at: datetime) -> float:
    """Nobody on weekends and at night, all the more in ten hours of each working day."""
    return 168 / 50 if at.weekday() < 5 and 8 <= at.hour < 18 else 0.0


@dataclass
class Listener:
    """An account that is read every ten minutes, and what was told of it."""

    daily: float
    shape: object
    seed: int = 1

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.tally, self.watch, self.now = Tally(), Watch(), START
        self.surges: list[datetime] = []
        self.silences: list[datetime] = []

    def live(self, days: float, times: float = 1.0) -> None:
        end = self.now + days * DAY
        while self.now < end:
            self.now += POLL
            mean = times * self.daily * self.shape(self.now) * (POLL / DAY)  # type: ignore[operator]
            self.hear(self._count(mean))

    def _count(self, mean: float) -> int:
        limit, product, count = math.exp(-mean), self.random.random(), 0
        while product > limit:
            product, count = product * self.random.random(), count + 1
        return count

    def hear(self, new: int) -> None:
        last, before = self.tally.at, self.watch
        if new:
            hourly = 0.0 if last is None else polling.rate(Tally(self.tally.lasting, 0, last), START, last)
            self.watch = band.heard(self.watch, last, hourly, self.now)
            self.tally = polling.tallied(self.tally, new, self.now)
        elif last is not None:
            quiet = band.quiet_after(self.watch, last, polling.rate(Tally(self.tally.lasting, 0, last), START, last))
            if quiet is not None and self.now >= quiet and last not in self.silences:
                self.silences.append(last)
        lately, usual = polling.heard_lately(self.tally, START, self.now)
        self.watch = band.surged(self.watch, lately, usual, self.now - START, self.now, news=new > 0)
        if self.watch.surging_since is not None and before.surging_since is None:
            self.surges.append(self.now)


@pytest.mark.parametrize("shape", [by_day, by_week])
@pytest.mark.parametrize("daily", [0.2, 3, 10, 60, 400])
def test_usual_weeks_raise_nothing(daily: float, shape: object) -> None:
    one = Listener(daily, shape)
    one.live(56)
    assert one.surges == []
    assert one.silences == []


@pytest.mark.parametrize(("daily", "within"), [(10, 9 * HOUR), (60, 4 * HOUR), (400, 3 * HOUR)])
def test_a_burst_of_twenty_times_the_usual_raises_one_surge_that_ends(daily: float, within: timedelta) -> None:
    one = Listener(daily, by_day)
    one.live(28)
    one.live(0.5, times=20)
    assert len(one.surges) == 1
    assert one.surges[0] - (START + 28 * DAY) <= within, "it begins at night"
    one.live(2)
    assert one.watch.surging_since is None
    one.live(14)
    assert len(one.surges) == 1, "what was heard in the surge is not taken for the usual, nor for another"


def test_a_small_account_raises_none_by_a_burst_that_one_person_can_read() -> None:
    one = Listener(0.5, by_day)
    one.live(28)
    one.hear(band.FEWEST - 2)
    assert one.surges == []
    one.hear(5)
    assert len(one.surges) == 1


def test_before_a_week_is_known_nothing_is_a_surge() -> None:
    one = Listener(10, by_day)
    one.live(6)
    one.live(0.5, times=20)
    assert one.surges == []


@pytest.mark.parametrize(("daily", "within"), [(10, 4 * DAY), (60, 2 * DAY), (400, 1 * DAY)])
def test_nobody_speaking_is_told_once(daily: float, within: timedelta) -> None:
    one = Listener(daily, by_day)
    one.live(28)
    last = one.tally.at
    assert last is not None
    one.live(within / DAY, times=0)
    assert one.silences == [last]
    one.live(14)
    assert one.silences == [last]
    longest = one.watch.longest
    assert longest < within.total_seconds() / 2, "the silence that was told was not usual"


def test_where_hardly_anybody_speaks_silence_means_nothing() -> None:
    one = Listener(0.2, by_day)
    one.live(56)
    one.live(56, times=0)
    assert one.silences == []


def test_a_gap_is_told_as_an_incident_once_it_lasts_and_ends_once_it_is_read() -> None:
    watch = band.read(Watch(), ("b: 403", "a: 403"), START)
    assert (watch.gaps, watch.gaps_told) == (("a: 403", "b: 403"), False)
    assert band.read(watch, ("a: 403", "b: 403"), START + HOUR / 2) == watch, "nothing changed, nothing to write"
    later = band.read(watch, ("a: 403",), START + HOUR)
    assert (later.gaps_since, later.gaps_told) == (START, True)
    assert band.read(later, (), START + 2 * HOUR) == Watch()


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_upper_edge_grows_with_the_usual_and_never_falls_below_the_fewest(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert band.FEWEST <= band.most(low) <= band.most(high)
    assert band.most(high) >= band.TIMES * high


@given(lately=st.floats(0, 1e5), usual=st.floats(0, 1e4), days=st.floats(0, 400), news=st.booleans(), on=st.booleans())
def test_a_surge_opens_on_news_only_and_does_not_close_where_it_would_open(
    lately: float, usual: float, days: float, news: bool, on: bool
) -> None:
    before = Watch(surging_since=START if on else None)
    after = band.surged(before, lately, usual, days * DAY, START + DAY, news=news)
    if lately > band.most(usual):
        assert after.surging_since is not None or not news or days * DAY < band.KNOWN
    if not on and after.surging_since is not None:
        assert news
        again = band.surged(after, lately, usual, days * DAY, START + DAY, news=False)
        assert again == after
