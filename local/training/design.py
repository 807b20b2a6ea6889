"""Turns examples into arrays: hashed n-grams in rows of unequal length, counts, targets and weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chalicelib.signals import features
from chalicelib.signals.plain import fold
from chalicelib.signals.reading import by_rules, without_addresses
from chalicelib.signals.unmasking import unmask
from local.training.heads import HEADS
from local.training.sources import Example

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Buckets of many texts in one array: those of text i stand at starts[i] to starts[i + 1]."""

    buckets: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of(cls, texts: Iterable[Iterable[int]]) -> Ragged:
        """From one iterable of buckets per text; an empty text gets the bucket 0."""
        return cls.listed(sorted(one) or (0,) for one in texts)

    @classmethod
    def listed(cls, texts: Iterable[Sequence[int]]) -> Ragged:
        """From the buckets of each text as they are: at least one of each, one as often as it counts."""
        parts: list[npt.NDArray[np.uint16]] = []
        lengths = [0]
        for one in texts:
            part = np.array(one, np.uint16)
            parts.append(part)
            lengths.append(len(part))
        return cls(np.concatenate(parts) if parts else np.zeros(0, np.uint16), np.cumsum(lengths))

    def take(self, rows: Rows) -> Ragged:
        """Some of the texts, in the order asked for."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(lengths)
        shift = np.repeat(self.starts[rows] - (ends - lengths), lengths)
        return Ragged(self.buckets[np.arange(ends[-1] if len(ends) else 0) + shift], np.concatenate([[0], ends]))

    def norms(self) -> Floats:
        """One over the root of how many buckets each text has."""
        return (1 / np.sqrt(np.diff(self.starts))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Design:
    """Examples as arrays. targets: -1 where a text says nothing about a head."""

    words: Ragged
    letters: Ragged
    targets: npt.NDArray[np.int8]
    sources: npt.NDArray[np.str_]
    shares: Floats
    """How much each counts within its source."""

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, rows: Rows) -> Design:
        """Some of the examples, in the order asked for."""
        return Design(
            self.words.take(rows), self.letters.take(rows), self.targets[rows], self.sources[rows], self.shares[rows]
        )


def said(text: str) -> list[str]:
    """The words and marks of a text as the table sees them."""
    return features.tokens(unmask(without_addresses(fold(text[:10_000]).text)))


def design(examples: Sequence[Example], progress: Callable[[str], None], heads: Sequence[str] = HEADS) -> Design:
    """Hash every example. heads: the columns of the targets."""
    words: list[set[int]] = []
    letters: list[set[int]] = []
    for index, one in enumerate(examples):
        some, more = features.hashed(said(one.text))
        words.append(some)
        letters.append(more)
        if index % 20_000 == 0:
            progress(f"hashed {index} of {len(examples)} texts")
    targets = np.full((len(examples), len(heads)), -1, np.int8)
    places = {head: at for at, head in enumerate(heads)}
    for index, one in enumerate(examples):
        for head, value in one.known.items():
            if head in places:
                targets[index, places[head]] = value
    return Design(
        Ragged.of(words),
        Ragged.of(letters),
        targets,
        np.array([one.source for one in examples]),
        np.array([one.weight for one in examples], np.float32),
    )


def counted(texts: Sequence[str], lexicon: Mapping[str, int], progress: Callable[[str], None]) -> Floats:
    """The counts and rule hits of texts: what the second layer gets beside the logits."""
    found = np.zeros((len(texts), len(features.COUNTS) + len(features.LABELS)), np.float32)
    for index, text in enumerate(texts):
        found[index] = features.counts(said(text), lexicon, by_rules(text))
        if index % 20_000 == 0:
            progress(f"counted in {index} of {len(texts)} texts")
    return found
