"""The benchmarks of triage: thresholds come from dev rows alone, disguises hide and keep; no data, one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.classify_speed.__main__ import KEYS, measure
from benchmarks.triage import __main__ as command
from benchmarks.triage import safety, stream
from benchmarks.triage.data import Judged
from benchmarks.triage.disguises import DISGUISES, disguised


def row(
    split: str, p_auto: float, *, risky: bool = False, automatable: bool = True, source: str = "goemotions"
) -> Judged:
    return Judged(
        "",
        source,
        split,
        risky,
        automatable and not risky,
        ("hate",) if risky else ("praise",),
        p_auto,
        0.0,
        answered=False,
    )


def half(split: str, wrong: float) -> list[Judged]:
    """1,000 risky messages, five of them at `wrong`, and 1,000 that may be answered."""
    risky = [row(split, wrong if place < 5 else 0.1, risky=True) for place in range(1000)]
    return risky + [row(split, 0.8) for _ in range(500)] + [row(split, 0.4) for _ in range(500)]


def test_the_threshold_is_that_of_the_dev_half_whatever_the_test_half_holds() -> None:
    kind = stream.figures(half("dev", 0.5) + half("test", 0.1))
    unkind = stream.figures(half("dev", 0.5) + half("test", 0.9))
    assert kind["threshold"] == unkind["threshold"] == 0.8
    assert (kind["automation"], kind["far_test"]) == (0.25, 0.0)
    assert unkind["far_test"] == 0.005
    assert unkind["answers_right"] < 1
    low, high = unkind["far_interval"]
    assert low < 0.005 < high


def test_the_answers_of_the_dev_half_must_be_right_too() -> None:
    loose = [row("dev", 0.3, automatable=False) for _ in range(60)]
    found = stream.figures(half("dev", 0.1) + loose + half("test", 0.1))
    assert (found["threshold"], found["at_far_alone"]["threshold"]) == (0.4, 0.3)


def test_a_source_is_the_worst_by_its_own_risky_messages() -> None:
    bad = [row("test", 0.9, risky=True, source="other") for _ in range(40)]
    found = stream.figures(half("dev", 0.1) + half("test", 0.1) + bad)
    assert (found["worst_source"], found["worst_source_far_at_20"]) == ("other", 1.0)


@pytest.mark.parametrize("way", DISGUISES)
def test_a_disguise_changes_the_text_the_same_way_each_time(way: str) -> None:
    text = "Honestly everybody involved should apologise immediately, whatever happened yesterday"
    assert disguised(text, way, 1) == disguised(text, way, 1) != text
    assert len(DISGUISES) == 9


def test_scores_are_what_they_say() -> None:
    assert safety.macro_f1([(True, True), (False, False)]) == 1
    assert safety.macro_f1([(True, False), (False, True)]) == 0
    assert safety.error([(0.9, True)] * 9 + [(0.9, False)]) == 0
    assert safety.error([(0.9, False)] * 10) == 0.9


def test_without_the_labelled_text_one_sentence_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path))
    assert command.main(["--no-peers"]) == 1
    assert "no labelled public text" in capsys.readouterr().err


def test_the_cost_of_a_message_is_told_with_whoever_was_left_out() -> None:
    line = measure(1, 20, peer=False)
    assert all(line[key] > 0 for key in (*KEYS, "triage_ms_per_message"))
    assert set(line["peers"].values()) == {None}
