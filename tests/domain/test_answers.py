"""Automatic answers: when one that is decided now is said, and what a guideline may ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.answers import Answers, Mode, QuietHours
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.labels import Label

NIGHT = QuietHours(22 * 60, 7 * 60)
ZONE = "Europe/Berlin"


def berlin(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    offset = 1 if month in {11, 12, 1} else 2
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=offset)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (berlin(21, 21, 59), berlin(21, 21, 59)),
        (berlin(21, 22), berlin(22, 7)),
        (berlin(21, 23, 30), berlin(22, 7)),
        (berlin(22, 0), berlin(22, 7)),
        (berlin(22, 6, 59), berlin(22, 7)),
        (berlin(22, 7), berlin(22, 7)),
    ],
)
def test_what_falls_into_the_night_is_said_in_the_morning(at: datetime, said: datetime) -> None:
    assert Answers(quiet_hours=NIGHT).said_at(at, ZONE) == said


def test_quiet_hours_within_a_day_and_over_the_change_of_the_clock() -> None:
    noon = Answers(quiet_hours=QuietHours(12 * 60, 13 * 60))
    assert noon.said_at(berlin(21, 12, 30), ZONE) == berlin(21, 13)
    assert noon.said_at(berlin(21, 13), ZONE) == berlin(21, 13)
    # On 25 October 2026 Berlin's clock goes back at 03:00: the night is an hour longer, and still ends at 07:00.
    assert Answers(quiet_hours=NIGHT).said_at(berlin(24, 23, month=10), ZONE) == datetime(2026, 10, 25, 6, tzinfo=UTC)


def test_a_hold_comes_before_the_quiet_hours_are_looked_at() -> None:
    held = Answers(mode=Mode.HOLD, hold_minutes=30, quiet_hours=NIGHT)
    assert held.said_at(berlin(21, 12), ZONE) == berlin(21, 12, 30)
    assert held.said_at(berlin(21, 21, 45), ZONE) == berlin(22, 7)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"per_member_per_day": 0}, "/answers/per_member_per_day"),
        ({"hold_minutes": 0}, "/answers/hold_minutes"),
        ({"cool_off_hours": 169}, "/answers/cool_off_hours"),
        ({"help_url": "http://help.example"}, "/answers/help_url"),
    ],
)
def test_what_cannot_be_asked_for(asked: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidField) as refused:
        Answers(**asked)
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidField, match="two different times"):
        QuietHours(60, 60)


def test_what_an_older_release_kept_is_read_with_what_it_did_not_know_as_it_is_by_default() -> None:
    kept = {"replies": {"praise": "praise"}, "window_hours": 24, "per_account_per_day": 50, "honest": "Automatic."}
    assert Answers.from_record(kept) == Answers({Label.PRAISE: "praise"}, honest="Automatic.")
    full = Answers({Label.PRAISE: "praise"}, mode=Mode.HOLD, quiet_hours=NIGHT, help_url="https://help.example")
    assert Answers.from_record(full.to_record()) == full
