"""A text decided about by itself: a mention of which nothing else is known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from chalicelib.domain.guideline import Guideline
from chalicelib.domain.rationale import Actor
from chalicelib.domain.triage import ThreadFacts, TriageDecision, decide
from chalicelib.signals.reading import read

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def decided(text: str, guideline: Guideline) -> TriageDecision:
    return decide(
        guideline=guideline,
        signals=read(text),
        facts=ThreadFacts(),
        actor=Actor.worker("triage"),
        now=NOW,
        kind="mention",
    )


def told(name: str) -> tuple[str, list[tuple[str, ...]]]:
    """The heading and the cases of a table that was written by hand."""
    head, *lines = (Path(__file__).parent / "cases" / name).read_text(encoding="utf-8").splitlines()
    return head, [tuple(line.split("\t")) for line in lines]
