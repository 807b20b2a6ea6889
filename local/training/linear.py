"""The first layer: a logistic regression per head over hashed n-grams, by AdaGrad; and its quantising to eight bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chalicelib.signals.features import BUCKETS
from local.training.design import Design, Floats, Ragged

BATCH = 512


@dataclass(slots=True)
class Linear:
    """Weights of both blocks, one column per head, and a bias per head."""

    words: Floats
    letters: Floats
    bias: Floats

    def logits(self, one: Design, rows: int = 4096) -> Floats:
        """One logit per text and head."""
        parts = []
        for start in range(0, len(one), rows):
            some = one.take(np.arange(start, min(len(one), start + rows)))
            parts.append(sums(self.words, some.words) + sums(self.letters, some.letters) + self.bias)
        return np.concatenate(parts)


def sums(weights: Floats, texts: Ragged) -> Floats:
    """The rows of each text's buckets added up, and divided by the root of their number."""
    total = np.add.reduceat(weights[texts.buckets], texts.starts[:-1], axis=0)
    return np.asarray(total * texts.norms()[:, None], np.float32)


class Block:
    """The weights of one block with what AdaGrad remembers of each."""

    def __init__(self, heads: int, buckets: int = BUCKETS) -> None:
        self.weights = np.zeros((buckets, heads), np.float32)
        self._seen = np.full((buckets, heads), 1e-3, np.float32)

    def step(self, texts: Ragged, pull: Floats, rate: float, decay: float) -> None:
        """Move the weights of the texts' buckets. pull: per text and head, how far its chance is too high."""
        lengths = np.diff(texts.starts)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        order = np.argsort(texts.buckets, kind="stable")
        sorted_buckets = texts.buckets[order]
        first = np.flatnonzero(np.diff(sorted_buckets, prepend=-1))
        touched = sorted_buckets[first]
        gradient = np.add.reduceat((pull * texts.norms()[:, None])[rows[order]], first, axis=0)
        gradient += decay * self.weights[touched]
        self._seen[touched] += gradient * gradient
        self.weights[touched] -= rate * gradient / np.sqrt(self._seen[touched])


def fit(
    train: Design,
    weights: Floats,
    *,
    epochs: int,
    seed: int,
    progress: Callable[[str], None],
    rate: float = 0.25,
    decay: float = 2e-4,
) -> Linear:
    """Fit every head at once. weights: one per text and head, 0 where a text says nothing about it."""
    heads = train.targets.shape[1]
    words, letters = Block(heads), Block(heads)
    positive = ((train.targets == 1) * weights).sum(0)
    share = np.clip(positive / np.maximum(weights.sum(0), 1e-9), 0.01, 0.99)
    bias = np.log(share / (1 - share)).astype(np.float32)
    targets = (train.targets == 1).astype(np.float32)
    random = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = random.permutation(len(train))
        loss = 0.0
        speed = rate * (1 - epoch / epochs) ** 0.5
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            some = train.take(rows)
            logits = sums(words.weights, some.words) + sums(letters.weights, some.letters) + bias
            chance = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
            pull = ((chance - targets[rows]) * weights[rows]).astype(np.float32)
            loss += float((weights[rows] * np.logaddexp(0, np.where(targets[rows] > 0, -logits, logits))).sum())
            words.step(some.words, pull, speed, decay)
            letters.step(some.letters, pull, speed, decay)
            bias -= np.float32(0.02 * speed) * pull.mean(0)
        progress(f"round {epoch + 1} of {epochs}: loss {loss / max(weights.sum(), 1e-9):.4f}")
    return Linear(words.weights, letters.weights, bias)


def companded(weights: Floats, top: Floats) -> npt.NDArray[np.int8]:
    """Eight bits a weight, by its square root: one huge weight of a head then does not swallow the small ones."""
    scaled = np.sqrt(np.abs(weights) / np.maximum(top, 1e-9)) * 127
    return np.asarray(np.sign(weights) * np.minimum(127, np.rint(scaled)), np.int8)


def expanded(small: npt.NDArray[np.int8], top: Floats) -> Floats:
    """The weights that a reader gets back."""
    wide = small.astype(np.float32)
    return np.asarray(np.sign(wide) * wide * wide / np.float32(127 * 127) * top, np.float32)
