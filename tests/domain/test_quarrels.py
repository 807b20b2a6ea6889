"""Sixty threads written by hand, each said to be heated or calm, read by the rules as a worker reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.domain.heat import HOSTILE, Said, heat
from chalicelib.domain.labels import Label
from chalicelib.signals.reading import read

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERY = timedelta(minutes=2)
_HEAD, *LINES = (Path(__file__).parent / "quarrels.tsv").read_text(encoding="utf-8").splitlines()
THREADS = [tuple(line.split("\t")) for line in LINES]


def said(turns: str, until: datetime = NOW) -> list[Said]:
    """The turns of a thread, `who: what`, the last one at `until`."""
    texts = [turn.partition(": ")[2] for turn in turns.split(" || ")]
    return [
        Said(
            until - EVERY * (len(texts) - 1 - place), text, max(read(text).labels.get(Label(one), 0) for one in HOSTILE)
        )
        for place, text in enumerate(texts)
    ]


def test_there_are_sixty_and_each_says_why() -> None:
    assert len({turns for *_, turns in THREADS}) == len(THREADS) == 60
    assert all(why for _, why, _ in THREADS)


@pytest.mark.parametrize(("want", "why", "turns"), THREADS, ids=[why for _, why, _ in THREADS])
def test_a_quarrel_is_hot_and_another_thread_is_not(want: str, why: str, turns: str) -> None:
    found = heat(said(turns), NOW)
    assert found.hot is (want == "hot"), f"{why}: {[(one.name, one.adds) for one in found.parts]}"


@pytest.mark.parametrize("turns", [turns for want, _, turns in THREADS if want == "hot"])
def test_every_quarrel_cools_when_it_is_left_alone(turns: str) -> None:
    assert not heat(said(turns), NOW + timedelta(days=1, minutes=1)).hot
