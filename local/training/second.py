"""The second layer: a small network over quantised logits, counts and rule hits, fitted on texts the first never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from local.training.design import Floats

HIDDEN = 24
CLIP = 8.0
"""Logits are cut off here, and divided by it: a single wild text must not decide."""


@dataclass(slots=True)
class Second:
    """inputs x hidden, hidden, hidden x outputs and a straight way inputs x outputs, outputs."""

    into: Floats
    middle: Floats
    out: Floats
    straight: Floats
    bias: Floats

    def logits(self, inputs: Floats) -> Floats:
        """One logit per text and judged head."""
        return np.asarray(
            np.tanh(inputs @ self.into + self.middle) @ self.out + inputs @ self.straight + self.bias, np.float32
        )


def inputs(logits: Floats, counted: Floats) -> Floats:
    """What the second layer sees."""
    return np.concatenate([np.clip(logits, -CLIP, CLIP) / np.float32(CLIP / 2), counted], axis=1).astype(np.float32)


def fit(
    seen: Floats,
    targets: Floats,
    weights: Floats,
    *,
    epochs: int,
    seed: int,
    progress: Callable[[str], None],
    decay: float = 1e-4,
) -> Second:
    """Fit by Adam in mini-batches. targets: 0 or 1; weights: 0 where a text says nothing about a head."""
    random = np.random.default_rng(seed)
    width, heads = seen.shape[1], targets.shape[1]
    parts = [
        random.normal(0, 1 / np.sqrt(width), (width, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        random.normal(0, 0.3 / np.sqrt(HIDDEN), (HIDDEN, heads)).astype(np.float32),
        np.zeros((width, heads), np.float32),
        np.zeros(heads, np.float32),
    ]
    slow = [np.zeros_like(part) for part in parts]
    wide = [np.zeros_like(part) for part in parts]
    step = 0
    for epoch in range(epochs):
        order = random.permutation(len(seen))
        speed = 0.01 * (1 - epoch / epochs)
        for start in range(0, len(order), 256):
            rows = order[start : start + 256]
            into, middle, out, straight, bias = parts
            some = seen[rows]
            hidden = np.tanh(some @ into + middle)
            logits = hidden @ out + some @ straight + bias
            pull = (1 / (1 + np.exp(-logits)) - targets[rows]) * weights[rows] / np.float32(len(rows))
            back = (pull @ out.T) * (1 - hidden * hidden)
            gradients = [some.T @ back, back.sum(0), hidden.T @ pull, some.T @ pull, pull.sum(0)]
            step += 1
            for at, steep in enumerate(gradients):
                gradient = steep + np.float32(decay) * parts[at]
                slow[at] = 0.9 * slow[at] + 0.1 * gradient
                wide[at] = 0.999 * wide[at] + 0.001 * gradient * gradient
                rise = slow[at] / (1 - 0.9**step)
                parts[at] = (parts[at] - speed * rise / (np.sqrt(wide[at] / (1 - 0.999**step)) + 1e-8)).astype(
                    np.float32
                )
    progress(f"second layer: {len(seen)} texts, {epochs} rounds")
    return Second(*parts)
