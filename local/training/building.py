"""From the data folder to the shipped file: both layers, their calibration, and the scores on dev. Same data, same bytes.

Only train rows are learnt from; calibration and thresholds use dev rows; no test row and no row of the stream is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from chalicelib.signals import features, table
from local.training import cases, linear, second
from local.training.design import Design, Floats, counted, design, said
from local.training.heads import HEADS, JUDGED, RISK_HEADS
from local.training.sources import SOURCES, Example, examples, rows

Progress = Callable[[str], None]

SEED: Final = 20_261
EPOCHS: Final = 3
HELD_OUT: Final = 15
"""Per cent of the train rows that only the second layer sees."""
DISGUISED: Final = 8
"""Per cent of the train rows of social sources that are also shown disguised."""
_SOCIAL: Final = frozenset(
    [
        "goemotions",
        "edos",
        "hatemoji_build",
        "convabuse",
        "davidson2017",
        "toxigen_human",
        "vader_tweets",
        "own_cases",
        "synth_risk",
    ]
)
_PER_SOURCE: Final = 1500
_NEEDED: Final = 3
"""How often a word must occur in the train rows to count as known."""


@dataclass(frozen=True, slots=True)
class Built:
    """A built table: its file, and what was measured on dev while building it."""

    file: bytes
    rows: dict[str, int] = field(default_factory=dict)
    safe_at: int = 0
    """The permille of p_auto at which at most 0.3 % of the risky dev rows would be answered."""


def gather(data: Path, leave_out: Sequence[str] = ()) -> list[Example]:
    """Every example of tier A and the own cases, without the sources named."""
    found = [
        one
        for name in SOURCES
        if name not in leave_out
        for part in ("train", "dev")
        for one in examples(data, name, part)
    ]
    found += cases.functional()
    shown = [
        Example(cases.disguised(one.text, crc32(one.text.encode())), one.source, one.part, one.known)
        for one in found
        if one.source in _SOCIAL and crc32(b"d" + one.text.encode()) % 100 < DISGUISED
    ]
    return found + shown


def lexicon(data: Path) -> dict[str, int]:
    """The words of VADER's list (MIT, C.J. Hutto) with their mean mood times ten."""
    words = (row for row in rows(data / "tier_a" / "vader_lexicon.tsv.gz"))
    return {row["text"]: round(float(row["mean"]) * 10) for row in words if row["text"].isascii()}


def weighed(one: Design) -> Floats:
    """A weight per text and head: sources count by the root of their size, yes and no nearly alike."""
    weights = np.zeros(one.targets.shape, np.float32)
    for source in np.unique(one.sources):
        mine = one.sources == source
        share = SOURCES[source].weight if source in SOURCES else 1.0
        weights[mine] = share * np.sqrt(_PER_SOURCE / mine.sum())
    for head in range(len(HEADS)):
        says, yes = one.targets[:, head] >= 0, one.targets[:, head] == 1
        weights[~says, head] = 0
        for_it = float(weights[yes, head].sum())
        if for_it:
            against = float(weights[says & ~yes, head].sum())
            weights[yes, head] *= min(4.0, max(0.25, (against / for_it) ** 0.5))
        weights[:, head] /= max(float(weights[says, head].mean()) if says.any() else 1.0, 1e-9)
    return weights


def build(data: Path, progress: Progress, *, leave_out: Sequence[str] = (), epochs: int = EPOCHS) -> Built:
    """Train, calibrate and write a table. data: the folder with `tier_a`."""
    every = gather(data, leave_out)
    progress(f"{len(every)} texts of {len({one.source for one in every})} sources")
    whole = design(every, progress)
    part = np.array([_part(one) for one in every])
    train, layer, dev = (np.flatnonzero(part == name) for name in ("train", "layer", "dev"))
    first_design = whole.take(train)
    first = linear.fit(first_design, weighed(first_design), epochs=epochs, seed=SEED, progress=progress)
    tops = np.maximum(np.abs(first.words).max(0), np.abs(first.letters).max(0)).astype(np.float32)
    words, letters = linear.companded(first.words, tops), linear.companded(first.letters, tops)
    small = linear.Linear(linear.expanded(words, tops), linear.expanded(letters, tops), first.bias)
    moods = lexicon(data)

    def seen(index: npt.NDArray[np.int64]) -> Floats:
        return second.inputs(small.logits(whole.take(index)), counted([every[at].text for at in index], moods))

    of_layer = whole.take(layer)
    judged = len(JUDGED)
    upper = second.fit(
        seen(layer),
        (of_layer.targets[:, :judged] == 1).astype(np.float32),
        weighed(of_layer)[:, :judged],
        epochs=30,
        seed=SEED,
        progress=progress,
    )
    of_dev = whole.take(dev)
    temperatures, safe, safe_at = calibrated(upper.logits(seen(dev)), of_dev)
    known = bytearray(table.KNOWN_BITS // 8)
    for word in _often(every[at].text for at in train):
        bit = table.known_bit(word)
        known[bit >> 3] |= 1 << (bit & 7)
    head = {
        "shape": features.SHAPE,
        "heads": HEADS,
        "judged": JUDGED,
        "risks": RISK_HEADS,
        "tops": _plain(tops),
        "bias": _plain(first.bias),
        "into": _plain(upper.into.T),
        "middle": _plain(upper.middle),
        "out": _plain(np.concatenate([upper.straight, upper.out]).T),
        "out_bias": _plain(upper.bias),
        "temperatures": temperatures,
        "safe": safe,
        "lexicon": moods,
    }
    names, amounts = np.unique([one.source for one in every], return_counts=True)
    return Built(
        table.written(head, bytes(known), words.tobytes(), letters.tobytes()),
        dict(zip(names.tolist(), amounts.tolist(), strict=True)),
        safe_at,
    )


def _part(one: Example) -> str:
    if one.part == "dev":
        return "dev"
    return "layer" if crc32(one.text.lower().encode()) % 100 < HELD_OUT else "train"


def _often(texts: Any) -> list[str]:
    times: dict[str, int] = {}
    for text in texts:
        for word in set(said(text)):
            times[word] = times.get(word, 0) + 1
    return sorted(word for word, count in times.items() if count >= _NEEDED)


def calibrated(logits: Floats, dev: Design) -> tuple[list[list[float]], list[float], int]:
    """Steepness and shift per judged head, those of p_auto, and the permille of p_auto with few false answers.

    Fitted on the pooled dev rows of all sources, each source counting the same: calibration on one domain does not hold
    in another.
    """
    each = _each_source_alike(dev)
    temperatures = []
    for head in range(len(JUDGED)):
        says = dev.targets[:, head] >= 0
        temperatures.append(_platt(logits[says, head], dev.targets[says, head] == 1, each[says]))
    chances = 1 / (1 + np.exp(-(logits * [pair[0] for pair in temperatures] + [pair[1] for pair in temperatures])))
    of = {head: chances[:, at] for at, head in enumerate(JUDGED)}
    safe = of["auto"] * (1 - of["risky"])
    for risk in RISK_HEADS:
        safe = safe * (1 - of[risk])
    inside = np.clip(safe, 1e-6, 1 - 1e-6)
    odds = np.log(inside / (1 - inside))
    auto, risky = dev.targets[:, JUDGED.index("auto")], dev.targets[:, JUDGED.index("risky")]
    says = auto >= 0
    last = _platt(odds[says], auto[says] == 1, each[says])
    safety = 1 / (1 + np.exp(-(odds * last[0] + last[1])))
    return temperatures, last, _least(safety[risky == 1], each[risky == 1], 0.003)


def _each_source_alike(dev: Design) -> Floats:
    weights = np.zeros(len(dev), np.float32)
    for source in np.unique(dev.sources):
        mine = dev.sources == source
        weights[mine] = (1 / mine.sum()) ** 0.5
    return np.asarray(weights / weights.mean(), np.float32)


def _platt(logits: Floats, yes: Any, weights: Floats) -> list[float]:
    """Steepness and shift of a logistic curve through the logits, by Newton's method (Platt 1999)."""
    steep, shift = 1.0, 0.0
    logits = logits.astype(np.float64)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(steep * logits + shift, -30, 30)))
        pull, bend = weights * (chance - yes), weights * chance * (1 - chance) + 1e-9
        gradient = np.array([(pull * logits).sum(), pull.sum()])
        cross = (bend * logits).sum()
        curve = np.array([[(bend * logits * logits).sum(), cross], [cross, bend.sum()]])
        move = np.linalg.solve(curve + np.eye(2) * 1e-3, gradient)
        steep, shift = float(np.clip(steep - move[0], 0.05, 5)), float(np.clip(shift - move[1], -10, 10))
    return [round(steep, 6), round(shift, 6)]


def _least(safety: Floats, weights: Floats, share: float) -> int:
    """The lowest permille at which at most this share (by weight) of risky texts is answered."""
    order = np.argsort(-safety)
    answered = np.cumsum(weights[order]) / weights.sum()
    place = int(np.searchsorted(answered, share))
    return min(1000, int(np.ceil(float(safety[order[min(place, len(order) - 1)]]) * 1000)))


def _plain(values: Floats) -> Any:
    return np.round(values.astype(np.float64), 5).tolist()
