"""Loose floors on public labelled text, dev splits only: what is risky is rarely answered, cries for help are mostly seen.

The floors catch a rule that breaks, they are no claim about other streams: the rules were tuned with these dev splits in view.
No text of theirs is in the project; without the folder the tests are skipped, visibly.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest

from chalicelib.domain.labels import Label, TriageAction
from chalicelib.domain.rationale import Actor
from chalicelib.domain.triage import ThreadFacts, decide
from chalicelib.services import guidelines_yaml
from chalicelib.signals.reading import read

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SEEN = 700


@pytest.fixture(scope="module")
def folder() -> Path:
    place = Path(os.environ.get("PARLEY_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
    if not place.is_dir():
        pytest.skip(f"no labelled public text in {place} (PARLEY_DATA)")
    return place


def dev_rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        head = next(lines).rstrip("\n").split("\t")
        for line in lines:
            row = dict(zip(head, line.rstrip("\n").split("\t"), strict=False))
            if row["split"] == "dev":
                yield row


def share_seen(texts: list[str], label: Label) -> float:
    return sum(read(text).labels.get(label, 0) >= SEEN for text in texts) / len(texts)


def one_in(count: int, text: str) -> bool:
    return crc32(text.encode()) % count == 0


def test_at_most_one_risky_message_in_a_hundred_is_answered(folder: Path) -> None:
    starter = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
    asked = answered = 0
    with gzip.open(folder / "triage_stream_public.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["split"] != "dev" or not row["risky"]:
                continue
            asked += 1
            decision = decide(
                guideline=starter,
                signals=read(row["text"]),
                facts=ThreadFacts(),
                actor=Actor.worker("triage"),
                now=NOW,
                kind="mention",
            )
            answered += decision.action is TriageAction.ANSWER
    assert asked > 1000
    assert answered * 100 <= asked


@pytest.mark.parametrize(
    ("kind", "label", "floor"),
    [
        ("selfharm", Label.SELF_HARM, 0.85),
        ("threat", Label.THREAT, 0.85),
        ("legal", Label.LEGAL, 0.75),
        ("crisis", Label.CRISIS, 0.8),
    ],
)
def test_risks_worded_for_testing_are_seen(folder: Path, kind: str, label: Label, floor: float) -> None:
    rows = dev_rows(folder / "tier_a" / "synth_risk.tsv.gz")
    assert share_seen([row["text"] for row in rows if row["kind"] == kind and row["risky"] == "1"], label) >= floor


def test_self_harm_in_peoples_own_words_is_mostly_seen(folder: Path) -> None:
    rows = dev_rows(folder / "tier_b" / "suicidal_intent_tweets.tsv.gz")
    assert share_seen([row["text"] for row in rows if row["suicidal"] == "1"], Label.SELF_HARM) >= 0.6


@pytest.mark.parametrize("name", ["synth_privacy", "presidio_synth"])
def test_personal_data_is_seen(folder: Path, name: str) -> None:
    rows = dev_rows(folder / "tier_a" / f"{name}.tsv.gz")
    assert share_seen([row["text"] for row in rows if row["privacy"] == "1"], Label.PRIVACY) >= 0.85


@pytest.mark.parametrize("label", [Label.PRIVACY, Label.SELF_HARM, Label.THREAT, Label.CRISIS, Label.LEGAL])
def test_ordinary_text_rarely_alarms(folder: Path, label: Label) -> None:
    texts = [
        row["text"]
        for name in ("goemotions", "banking77", "clinc150")
        for row in dev_rows(folder / "tier_a" / f"{name}.tsv.gz")
        if one_in(3, row["text"])
    ]
    assert share_seen(texts, label) <= 0.01
