"""From the data folder to the shipped file: both layers, their calibration, and the scores on dev. Same data, same bytes.

Only train rows are learnt from; calibration and thresholds use dev rows; no test row and no row of the stream is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np

from chalicelib.signals import features, table
from local.training import cases, languages, linear, second, talk
from local.training.design import Design, Floats, Rows, counted, design, said
from local.training.heads import HEADS, JUDGED, RISK_HEADS
from local.training.sources import SOURCES, Example, Source, examples, rows

Progress = Callable[[str], None]

SEED: Final = 20_261
EPOCHS: Final = 3
LAYER_EPOCHS: Final = 8
PARTS: Final = 4
"""The train rows are cut into so many: the second layer is fitted on each as a first layer sees it that never saw it."""
DISGUISED: Final = 12
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
        "own_talk",
        "synth_risk",
    ]
)
_PER_SOURCE: Final = 1500
_CURVED: Final = 30
"""How many dev rows a head must be true of to be calibrated: a curve through fewer fits them and no others."""
_NEEDED: Final = 3
"""How often a word must occur in the train rows to count as known."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a table is to know, and where from. judged: the heads that the second layer speaks about, a beginning of `heads`."""

    sources: Mapping[str, Source]
    heads: Sequence[str]
    judged: Sequence[str]
    risks: Sequence[str] = ()
    own_cases: bool = False
    epochs: int = EPOCHS
    languages: bool = False
    """Whether it is to tell languages as well."""
    tiers: str = "A"
    """`A`: may ship. Anything else is for measuring alone, and the reader of messages refuses it."""


SHIPPED: Final = Plan(SOURCES, HEADS, JUDGED, RISK_HEADS, own_cases=True, languages=True)


@dataclass(frozen=True, slots=True)
class Built:
    """A built table: its file, and what was measured on dev while building it."""

    file: bytes
    rows: dict[str, int] = field(default_factory=dict)
    safe_at: int = 0
    """The permille of p_auto at which at most 0.3 % of the risky dev rows would be answered."""
    scores: dict[str, Score] = field(default_factory=dict)
    """By judged head, on the dev rows that say something about it."""
    tongues: languages.Heads | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How a head does from even chances on: rows, how many of them it is true of, and shares."""

    rows: int
    true: int
    precision: float
    recall: float


def gather(data: Path, plan: Plan = SHIPPED) -> list[Example]:
    """Every example of the plan's sources, and the own cases where it has them."""
    found = [
        one
        for name, source in plan.sources.items()
        for part in ("train", "dev")
        for one in examples(data, name, source, part)
    ]
    if plan.own_cases:
        found += cases.functional() + talk.desk_talk()
    shown = [
        replace(one, text=cases.disguised(one.text, crc32(one.text.encode())))
        for one in found
        if one.source in _SOCIAL and crc32(b"d" + one.text.encode()) % 100 < DISGUISED
    ]
    return found + shown


def lexicon(data: Path) -> dict[str, int]:
    """The words of VADER's list (MIT, C.J. Hutto) with their mean mood times ten."""
    words = (row for row in rows(data / "tier_a" / "vader_lexicon.tsv.gz"))
    return {row["text"]: round(float(row["mean"]) * 10) for row in words if row["text"].isascii()}


def weighed(one: Design, sources: Mapping[str, Source]) -> Floats:
    """A weight per text and head: sources count by the root of their size, yes and no nearly alike."""
    weights = np.zeros(one.targets.shape, np.float32)
    for source in np.unique(one.sources):
        mine = one.sources == source
        share = sources[source].weight if source in sources else 1.0
        weights[mine] = share * np.sqrt(_PER_SOURCE / mine.sum())
    weights *= one.shares[:, None]
    for head in range(one.targets.shape[1]):
        says, yes = one.targets[:, head] >= 0, one.targets[:, head] == 1
        weights[~says, head] = 0
        for_it = float(weights[yes, head].sum())
        if for_it:
            against = float(weights[says & ~yes, head].sum())
            weights[yes, head] *= min(4.0, max(0.25, (against / for_it) ** 0.5))
        weights[:, head] /= max(float(weights[says, head].mean()) if says.any() else 1.0, 1e-9)
    return weights


@dataclass(frozen=True, slots=True)
class Prepared:
    """The examples of a plan as arrays, in one order: what every build from them shares."""

    plan: Plan
    every: Sequence[Example]
    whole: Design
    counts: Floats
    moods: Mapping[str, int]
    tongues: languages.Heads | None = None
    """What tells languages, where the plan asks for it; the same whatever a build leaves out."""


def prepare(data: Path, progress: Progress, plan: Plan = SHIPPED) -> Prepared:
    """Read and hash every example. data: the folder with `tier_a` (and `tier_b`, where the plan asks for it)."""
    every = gather(data, plan)
    progress(f"{len(every)} texts of {len({one.source for one in every})} sources")
    moods = lexicon(data)
    whole = design(every, progress, plan.heads)
    tongues = languages.build(data, plan.sources, progress) if plan.languages else None
    return Prepared(plan, every, whole, counted([one.text for one in every], moods, progress), moods, tongues)


def build(ready: Prepared, progress: Progress, *, leave_out: Sequence[str] = (), epochs: int | None = None) -> Built:
    """Train, calibrate and write a table, without the sources named."""
    plan, whole = ready.plan, ready.whole
    had = ~np.isin(whole.sources, list(leave_out))
    is_dev = np.array([one.part == "dev" for one in ready.every])
    learnt, dev = np.flatnonzero(had & ~is_dev), np.flatnonzero(had & is_dev)

    def fitted(rows: Rows) -> linear.Linear:
        some = whole.take(rows)
        return linear.fit(some, weighed(some, plan.sources), epochs=epochs or plan.epochs, seed=SEED, progress=progress)

    first = fitted(learnt)
    tops = np.maximum(np.abs(first.words).max(0), np.abs(first.letters).max(0)).astype(np.float32)
    words, letters = linear.companded(first.words, tops), linear.companded(first.letters, tops)
    small = linear.Linear(linear.expanded(words, tops), linear.expanded(letters, tops), first.bias)
    upper = _second(ready, learnt, fitted, progress)
    of_dev = whole.take(dev)
    seen = second.inputs(small.logits(of_dev), ready.counts[dev])
    said_of_dev = upper.logits(seen)
    temperatures, safe, safe_at = calibrated(said_of_dev, of_dev, plan)
    head = {
        "shape": features.SHAPE,
        "tiers": plan.tiers,
        "heads": list(plan.heads),
        "judged": list(plan.judged),
        "risks": list(plan.risks),
        "tops": _plain(tops),
        "bias": _plain(first.bias),
        "into": _plain(upper.into.T),
        "middle": _plain(upper.middle),
        "out": _plain(np.concatenate([upper.straight, upper.out]).T),
        "out_bias": _plain(upper.bias),
        "temperatures": temperatures,
        "safe": safe,
        "lexicon": ready.moods,
    }
    names, amounts = np.unique(whole.sources[had], return_counts=True)
    known = _known(ready.every[int(at)].text for at in learnt)
    tongues = ready.tongues
    return Built(
        table.written(head, known, words.tobytes(), letters.tobytes()) + (tongues.section if tongues else b""),
        dict(zip(names.tolist(), amounts.tolist(), strict=True)),
        safe_at,
        scored(said_of_dev, temperatures, of_dev, plan),
        tongues,
    )


def _second(
    ready: Prepared, learnt: Rows, fitted: Callable[[Rows], linear.Linear], progress: Progress
) -> second.Second:
    """The second layer, fitted on what a first layer says of rows that it did not see."""
    plan, whole, judged = ready.plan, ready.whole, len(ready.plan.judged)
    part = np.array([ready.every[int(at)].kin % PARTS for at in learnt])
    logits = np.zeros((len(learnt), len(plan.heads)), np.float32)
    for held in range(PARTS):
        progress(f"once more without part {held + 1} of {PARTS}, for the second layer")
        mine = part == held
        logits[mine] = fitted(learnt[~mine]).logits(whole.take(learnt[mine]))
    some = whole.take(learnt)
    return second.fit(
        second.inputs(logits, ready.counts[learnt]),
        (some.targets[:, :judged] == 1).astype(np.float32),
        weighed(some, plan.sources)[:, :judged],
        epochs=LAYER_EPOCHS,
        seed=SEED,
        progress=progress,
    )


def _known(texts: Iterable[str]) -> bytes:
    """The map of the words that occur often enough."""
    known = bytearray(table.KNOWN_BITS // 8)
    for word in _often(texts):
        bit = table.known_bit(word)
        known[bit >> 3] |= 1 << (bit & 7)
    return bytes(known)


def _often(texts: Iterable[str]) -> list[str]:
    times: dict[str, int] = {}
    for text in texts:
        for word in set(said(text)):
            times[word] = times.get(word, 0) + 1
    return sorted(word for word, count in times.items() if count >= _NEEDED)


def calibrated(logits: Floats, dev: Design, plan: Plan = SHIPPED) -> tuple[list[list[float]], list[float], int]:
    """Steepness and shift per judged head, those of p_auto, and the permille of p_auto with few false answers.

    Fitted on the pooled dev rows of all sources, each source counting the same: calibration on one domain does not hold
    in another. A plan without the head `auto` has no p_auto.
    """
    each = _each_source_alike(dev)
    temperatures = []
    for head in range(len(plan.judged)):
        says = dev.targets[:, head] >= 0
        temperatures.append(_platt(logits[says, head], dev.targets[says, head] == 1, each[says]))
    if "auto" not in plan.judged:
        return temperatures, [1.0, 0.0], 0
    chances = 1 / (1 + np.exp(-(logits * [pair[0] for pair in temperatures] + [pair[1] for pair in temperatures])))
    of = {head: chances[:, at] for at, head in enumerate(plan.judged)}
    safe = of["auto"] * (1 - of["risky"])
    for risk in plan.risks:
        safe = safe * (1 - of[risk])
    inside = np.clip(safe, 1e-6, 1 - 1e-6)
    odds = np.log(inside / (1 - inside))
    auto, risky = (dev.targets[:, plan.judged.index(head)] for head in ("auto", "risky"))
    says = auto >= 0
    last = _platt(odds[says], auto[says] == 1, each[says])
    safety = 1 / (1 + np.exp(-(odds * last[0] + last[1])))
    return temperatures, last, _least(safety[risky == 1], each[risky == 1], 0.003)


def scored(logits: Floats, temperatures: Sequence[Sequence[float]], dev: Design, plan: Plan) -> dict[str, Score]:
    """How each judged head does on dev rows, every row counting once."""
    found = {}
    for at, head in enumerate(plan.judged):
        says = dev.targets[:, at] >= 0
        true, told = dev.targets[says, at] == 1, logits[says, at] * temperatures[at][0] + temperatures[at][1] >= 0
        right = int((true & told).sum())
        shares = (round(right / max(1, int(of.sum())), 3) for of in (told, true))
        found[head] = Score(int(says.sum()), int(true.sum()), *shares)
    return found


def _each_source_alike(dev: Design) -> Floats:
    weights = np.zeros(len(dev), np.float32)
    for source in np.unique(dev.sources):
        mine = dev.sources == source
        weights[mine] = (1 / mine.sum()) ** 0.5
    return np.asarray(weights / weights.mean(), np.float32)


def _platt(logits: Floats, yes: Any, weights: Floats) -> list[float]:
    """Steepness and shift of a logistic curve through the logits, by Newton's method (Platt 1999).

    A step that leads away is halved: of a head with few true rows the full one may run off for good. Of fewer than _CURVED
    nothing is learnt: steepness 1, shift 0.
    """
    if int(yes.sum()) < _CURVED:
        return [1.0, 0.0]
    logits, signs = logits.astype(np.float64), np.where(yes, -1.0, 1.0)

    def loss(pair: Floats) -> float:
        return float((weights * np.logaddexp(0, signs * (pair[0] * logits + pair[1]))).sum())

    def within(pair: Floats) -> Floats:
        return np.array([np.clip(pair[0], 0.05, 5), np.clip(pair[1], -10, 10)])

    at = np.array([1.0, 0.0])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(at[0] * logits + at[1], -30, 30)))
        pull, bend = weights * (chance - yes), weights * chance * (1 - chance) + 1e-9
        gradient = np.array([(pull * logits).sum(), pull.sum()])
        cross = (bend * logits).sum()
        curve = np.array([[(bend * logits * logits).sum(), cross], [cross, bend.sum()]])
        move, most = np.linalg.solve(curve + np.eye(2) * 1e-3, gradient), loss(at) * (1 + 1e-9)
        while loss(within(at - move)) > most and abs(move).max() > 1e-6:
            move = move / 2
        at = within(at - move)
    return [round(float(at[0]), 6), round(float(at[1]), 6)]


def _least(safety: Floats, weights: Floats, share: float) -> int:
    """The lowest permille at which at most this share (by weight) of risky texts is answered."""
    order = np.argsort(-safety)
    answered = np.cumsum(weights[order]) / weights.sum()
    place = int(np.searchsorted(answered, share))
    return min(1000, int(np.ceil(float(safety[order[min(place, len(order) - 1)]]) * 1000)))


def _plain(values: Floats) -> Any:
    return np.round(values.astype(np.float64), 5).tolist()
