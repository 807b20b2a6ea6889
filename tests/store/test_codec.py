"""Nouns to items and back: what is read is what was written, through the JSON that both engines keep."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.account import AccountState
from chalicelib.domain.post import Remote
from chalicelib.store.codec import decode, encode
from chalicelib.store.store import Touch
from tests.store.nouns import KEPT, made

AT = datetime(2026, 11, 21, 9, 0, 0, 250_000, tzinfo=UTC)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def through_the_record(cls: Any, noun: Any, **unknown: Any) -> Any:
    return decode(cls, json.loads(json.dumps({**encode(noun), **unknown})))


@pytest.mark.parametrize("cls", KEPT, ids=lambda cls: cls.__name__)
@quick
@given(st.data())
def test_what_is_read_is_what_was_written(cls: type[Any], data: st.DataObject) -> None:
    """And what a field is by default is left out, and unknown fields are passed over."""
    noun = data.draw(made(cls))
    again = through_the_record(cls, noun, pk="W#1", sk="X", of_a_later_release=[1])
    # Field by field: a noun's equality leaves its events and its count of writes out.
    assert {one.name: getattr(again, one.name) for one in fields(cls)} == {
        one.name: getattr(noun, one.name) for one in fields(cls)
    }
    usual = {one.name: one.default for one in fields(cls)}
    assert set(encode(noun)) == {name for name, value in usual.items() if getattr(noun, name) not in (None, value)}


class Mood(StrEnum):
    CALM = "calm"
    LOUD = "loud"


@dataclass(frozen=True, slots=True)
class Sample:
    """One field of each shape, so that the bytes can be named."""

    at: datetime
    lasts: timedelta
    mood: Mood
    moods: frozenset[Mood]
    words: tuple[str, ...]
    needed: str | None
    by_mood: dict[Mood, int]


def test_the_form_of_each_shape() -> None:
    """What lies in records of earlier releases: changing any of these forms is a migration."""
    east = timezone(timedelta(hours=1))
    sample = Sample(
        at=AT.astimezone(east),
        lasts=timedelta(minutes=2),
        mood=Mood.LOUD,
        moods=frozenset({Mood.LOUD, Mood.CALM}),
        words=("b", "a"),
        needed=None,
        by_mood={Mood.CALM: 2},
    )
    assert encode(sample) == {
        "at": "2026-11-21T09:00:00.250000Z",
        "lasts": 120,
        "mood": "loud",
        "moods": ["calm", "loud"],
        "words": ["b", "a"],
        "by_mood": {"calm": 2},
    }
    assert through_the_record(Sample, sample) == sample


def test_a_field_that_came_later_reads_as_its_default_from_an_older_item() -> None:
    assert decode(Remote, {"id": "1"}) == Remote("1", None, None, None)
    assert decode(Touch, {}) == Touch(None, None)


def test_a_thread_of_references_keeps_its_depth() -> None:
    deep = Remote("1", root=Remote("2", url="https://x.example/2", root=Remote("3", revision="r")))
    assert encode(deep) == {
        "id": "1",
        "root": {"id": "2", "url": "https://x.example/2", "root": {"id": "3", "revision": "r"}},
    }
    assert through_the_record(Remote, deep) == deep


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({}, KeyError),
        ({"id": "1", "root": {"url": "https://x.example"}}, KeyError),
        ({"id": "1", "root": "2"}, TypeError),
    ],
)
def test_a_damaged_item_is_not_read_as_something_else(item: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        decode(Remote, item)


def test_an_unknown_state_or_time_is_not_read_as_something_else() -> None:
    for cls, item in [
        (Touch, {"answered_at": "2026-11-21"}),
        (Touch, {"answered_at": "2026-11-21T09:00:00+00:00"}),
    ]:
        with pytest.raises(ValueError, match="is no stamp"):
            decode(cls, item)
    with pytest.raises(ValueError, match="asleep"):
        AccountState("asleep")


def test_a_naive_time_is_refused_rather_than_guessed() -> None:
    with pytest.raises(ValueError, match="zone"):
        encode(Touch(datetime(2026, 11, 21, 9)))
