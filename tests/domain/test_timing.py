"""Wall time and instants: both edges of daylight saving, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.timing import instant, stamp, unstamp, wall_time, zone


def test_a_wall_time_that_the_clock_skips_moves_forward_by_the_gap() -> None:
    # Berlin, 29 March 2026: 02:00 CET is followed by 03:00 CEST.
    at = instant(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")
    assert at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert wall_time(at, "Europe/Berlin") == datetime(2026, 3, 29, 3, 30)


def test_a_wall_time_that_the_clock_shows_twice_means_the_first_unless_fold_says_the_second() -> None:
    # Berlin, 25 October 2026: 03:00 CEST is followed by 02:00 CET.
    wall = datetime(2026, 10, 25, 2, 30)
    assert instant(wall, "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant(wall.replace(fold=1), "Europe/Berlin") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_half_an_hour_of_daylight_saving_is_known_too() -> None:
    # Lord Howe Island moves its clocks by 30 minutes: 4 October 2026, 02:00 is followed by 02:30.
    at = instant(datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe")
    assert wall_time(at, "Australia/Lord_Howe") == datetime(2026, 10, 4, 2, 45)


@given(
    st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2190, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_what_the_clock_shows_at_an_instant_means_that_instant(at: datetime, name: str) -> None:
    assert instant(wall_time(at, name), name) == at


@given(
    st.lists(
        st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)), min_size=2
    )
)
def test_stamps_sort_as_their_times_do_and_read_back(times: list[datetime]) -> None:
    stamps = [stamp(at) for at in times]
    assert sorted(stamps) == [stamp(at) for at in sorted(times)]
    assert [unstamp(text) for text in stamps] == times


def test_a_naive_time_has_no_stamp() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        stamp(datetime(2026, 1, 1))


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "Europe/Berlin\n", "europe/berlin"])
def test_an_unknown_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        zone(name)


@pytest.mark.parametrize("year", [1, 1999, 2200, 9999])
def test_a_year_that_cannot_be_meant_is_refused(year: int) -> None:
    with pytest.raises(ValueError, match="between 2000 and 2199"):
        instant(datetime(year, 1, 1), "UTC")


def test_an_aware_wall_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no offset"):
        instant(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0), "UTC")
