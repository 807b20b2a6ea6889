"""The labelled public text and what the product says of it. The text lies beside the project (PARLEY_DATA) and stays there."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.signals.table import Table
from local.classify import Message, chosen, decided

ROOT = Path(__file__).resolve().parents[2]
Row = dict[str, str]


class NoData(Exception):
    """The labelled public text is not there."""


def folder() -> Path:
    """Where it lies. Raises NoData."""
    place = Path(os.environ.get("PARLEY_DATA") or ROOT.parent / "shared" / "data")
    if not (place / "triage_stream_public.jsonl.gz").is_file():
        raise NoData(f"no labelled public text in {place} (PARLEY_DATA)")
    return place


def rows(source: str, split: str) -> Iterator[Row]:
    """One split of a source, `tier_a/…` or `tier_b/…`. The files know no quoting."""
    with gzip.open(folder() / f"{source}.tsv.gz", "rt", encoding="utf-8", newline="\n") as lines:
        head = next(lines).rstrip("\n").split("\t")
        for line in lines:
            row = dict(zip(head, line.rstrip("\n").split("\t"), strict=False))
            if row["split"] == split:
                yield row


@dataclass(frozen=True, slots=True)
class Judged:
    """One message of the stream, its labels, and what the product (or a peer) says of it."""

    text: str
    source: str
    split: str
    risky: bool
    automatable: bool
    kinds: tuple[str, ...]
    p_auto: float
    p_risky: float
    answered: bool


def stream() -> list[dict[str, Any]]:
    """The messages of the public stream, with their labels."""
    with gzip.open(folder() / "triage_stream_public.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Product:
    """The product as it ships, with the starter guideline; with another table in the shipped one's place, where given."""

    def __init__(self, learnt: Table | None = None) -> None:
        self._guideline = chosen(None)
        self._learnt = learnt

    def says(self, text: str) -> dict[str, Any]:
        """The decision about one text, as `parley classify` prints it."""
        return decided(Message("x", text, "mention", "", None), self._guideline, self._learnt)

    def judged(self, row: dict[str, Any]) -> Judged:
        """A row of the stream with the decision about it."""
        said = self.says(row["text"])
        return judged(row, said["p_auto"], said["p_risky"], answered=said["action"] == "answer")


def judged(row: dict[str, Any], p_auto: float, p_risky: float = 0.0, *, answered: bool = False) -> Judged:
    """A row of the stream with what is said of it."""
    return Judged(
        row["text"],
        row["source"],
        row["split"],
        row["risky"],
        row["automatable"],
        tuple(row["kinds"]),
        p_auto,
        p_risky,
        answered,
    )
