"""The heads that tell languages: sentences of 44 languages, English talk of the other sets, and short pieces of both.

One softmax over all of them, so that they say how likely each is; sharper the more was read. Same data, same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from unicodedata import category, normalize
from zlib import crc32

import numpy as np
import numpy.typing as npt

from chalicelib.signals import language
from chalicelib.signals.reading import MAX_READ, without_addresses
from local.training import linear
from local.training.design import Floats, Ragged, Rows
from local.training.sources import rows

SENTENCES: Final = "tatoeba_langs"
ENGLISH: Final = (
    "banking77",
    "clinc150",
    "convabuse",
    "edos",
    "goemotions",
    "hatemoji_build",
    "pros_cons",
    "sms_spam",
    "toxigen_human",
    "vader_amazon",
    "vader_tweets",
)
"""Sets whose texts are all but entirely English: how people write, beside sentences for learners."""
MOST_ENGLISH: Final = 1_000
"""Rows of each."""
EDGES: Final = (0, 20, 40, 80, 160)
"""From how many n-grams on each sharpness holds."""

_SMOOTH: Final = 0.02
"""What each n-gram counts before any text. The same for all: where more texts were seen, it says more that one never was."""
_WIDEST: Final = 6.0
_ENGLISH_COUNTS: Final = 4.0
"""How much English counts altogether, against each other language."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A text and its language. whole: it is one row of a set, not a piece of one."""

    text: str
    code: str
    part: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Heads:
    """What follows a table in its file, how many rows it learnt from, and what it told of dev rows."""

    section: bytes
    rows: Mapping[str, int]
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Score:
    """Of a language: dev rows, how many of them were told to be in it, and in another one."""

    rows: int
    right: int
    wrong: int


def samples(data: Path, english: Sequence[str]) -> Iterator[tuple[str, Sample]]:
    """Each sample with its set: train and dev rows of sentences, and of some English sets."""
    for name in (SENTENCES, *english):
        for part in ("train", "dev"):
            found = [row for row in rows(data / "tier_a" / f"{name}.tsv.gz") if row["split"] == part]
            if name != SENTENCES and len(found) > MOST_ENGLISH:
                found = [found[at * len(found) // MOST_ENGLISH] for at in range(MOST_ENGLISH)]
            for row in found:
                yield name, Sample(row["text"], row["lang"] if name == SENTENCES else "en", part, whole=True)


def pieces(one: Sample) -> list[Sample]:
    """Short pieces of a text, as people write who need one word; and for learning, the text without accents."""
    words = one.text.split()
    drawn = crc32(one.text.encode("utf-8", "replace"))
    found = []
    if len(words) > 2:
        for turn in range(2):
            size = 1 + (drawn >> 8 * turn) % 4
            at = (drawn >> (4 + 8 * turn)) % max(1, len(words) - size)
            found.append(" ".join(words[at : at + size]))
    elif len(one.text) > 8:
        at = drawn % (len(one.text) - 4)
        found.append(one.text[at : at + 2 + drawn % 6])
    if one.part == "train" and drawn % 3 == 0:
        bare = "".join(letter for letter in normalize("NFD", one.text) if category(letter) != "Mn")
        if bare != normalize("NFD", one.text) and sum(map(str.isascii, bare)) > 0.9 * len(bare):
            found.append(bare)
    return [Sample(text, one.code, one.part, whole=False) for text in found]


def build(data: Path, had: Collection[str], progress: Callable[[str], None]) -> Heads:
    """Learn, calibrate and write the heads. data: the folder with `tier_a`; had: sets to learn English from, beside SENTENCES."""
    every: list[Sample] = []
    counted: dict[str, int] = {}
    for name, one in samples(data, [name for name in ENGLISH if name in had]):
        every += (one, *pieces(one))
        counted[name] = counted.get(name, 0) + 1
    codes = sorted({one.code for one in every})
    progress(f"languages: {len(codes)}, {len(every)} texts and pieces")
    hashed = [_hashed(one.text) for one in every]
    kept = [at for at, buckets in enumerate(hashed) if buckets]
    every, ragged = [every[at] for at in kept], Ragged.listed([hashed[at] for at in kept])
    truth = np.array([codes.index(one.code) for one in every])
    section = learnt(ragged, truth, np.array([one.part == "dev" for one in every]), codes)
    whole = [one for one in every if one.whole and one.part == "dev"]
    return Heads(section, counted, _scored(language.Languages(section, 0), whole))


_grams = cache(language.grams)


def learnt(texts: Ragged, truth: Rows, is_dev: npt.NDArray[np.bool_], codes: Sequence[str]) -> bytes:
    """The heads of these texts, as they follow a table. truth: the place of each text's language in `codes`."""
    dev = np.flatnonzero(is_dev)
    weights = _fit(texts.take(np.flatnonzero(~is_dev)), truth[~is_dev], len(codes))
    tops = np.abs(weights).max(0).astype(np.float32)
    small = linear.companded(weights, tops)
    of_dev = texts.take(dev)
    logits, sizes = _logits(linear.expanded(small, tops), of_dev), np.diff(of_dev.starts)
    own = logits[np.arange(len(dev)), truth[dev]] / np.sqrt(sizes)
    head = {
        "codes": list(codes),
        "tops": _plain(tops),
        "sharpness": _sharpness(logits, truth[dev], _weighed(truth[dev], codes), sizes),
        "floors": [_floor(own[(truth[dev] == at) & (sizes >= language.ENOUGH)]) for at in range(len(codes))],
    }
    return language.written(head, small.tobytes())


def _floor(means: Floats) -> float:
    """What all but one in two hundred texts of a language reach in it, of each n-gram on average."""
    return round(float(np.quantile(means, 0.005)), 5) if len(means) else 0.0


def _hashed(text: str) -> list[int]:
    said = without_addresses(text[:MAX_READ].lower())
    return [bucket for word in language.words_of(said) for bucket in _grams(word)]


def _weighed(truth: Rows, codes: Sequence[str]) -> Floats:
    """A weight per text: each language counts the same altogether, and English more."""
    counts = np.bincount(truth, minlength=len(codes))
    shares = np.array([_ENGLISH_COUNTS if code == "en" else 1.0 for code in codes]) / np.maximum(counts, 1)
    weights = shares[truth]
    return np.asarray(weights / weights.mean(), np.float32)


def _fit(texts: Ragged, truth: Rows, heads: int) -> Floats:
    """Weights per bucket and language: how much likelier an n-gram is there than on average.

    Counts alone, as langid.py has them (Lui and Baldwin 2012): a bucket counts once a text, each text by the root of its length,
    which is what its logits are divided by.
    """
    sizes = np.diff(texts.starts)
    where = texts.buckets.astype(np.int64) * heads + np.repeat(truth, sizes)
    each = np.repeat(1 / np.sqrt(sizes), sizes)
    counts = np.bincount(where, weights=each, minlength=language.BUCKETS * heads).reshape(language.BUCKETS, heads)
    logs = np.log((counts + _SMOOTH) / (counts.sum(0) + _SMOOTH * language.BUCKETS))
    weights = (logs - logs.mean(1, keepdims=True)).astype(np.float32)
    weights[counts.sum(1) == 0] = 0
    return np.asarray(np.clip(weights, -_WIDEST, _WIDEST), np.float32)


def _logits(weights: Floats, texts: Ragged, step: int = 4096) -> Floats:
    parts = [
        linear.sums(weights, texts.take(np.arange(start, min(len(texts), start + step))))
        for start in range(0, len(texts), step)
    ]
    return np.concatenate(parts)


def _sharpness(logits: Floats, truth: Rows, weights: Floats, sizes: npt.NDArray[np.int64]) -> list[tuple[int, float]]:
    """What the logits of texts of so many n-grams are multiplied by, so that the chances are as often true as they say."""
    found = []
    for at, least in enumerate(EDGES):
        below = EDGES[at + 1] if at + 1 < len(EDGES) else 1 << 30
        mine = np.flatnonzero((sizes >= least) & (sizes < below))
        losses = {sharp: _loss(logits[mine] * np.float32(sharp), truth[mine], weights[mine]) for sharp in _TRIED}
        found.append((least, min(losses, key=lambda sharp: (losses[sharp], sharp)) if len(mine) else 1.0))
    return found


_TRIED: Final = tuple(round(0.1 * step, 1) for step in range(2, 100))


def _loss(logits: Floats, truth: Rows, weights: Floats) -> float:
    chances = _softmax(logits)[np.arange(len(truth)), truth]
    return -float((np.log(np.maximum(chances, 1e-9)) * weights).sum())


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True), np.float32)


def _scored(heads: language.Languages, dev: Sequence[Sample]) -> dict[str, Score]:
    """What is told of whole dev rows, where English is spoken."""
    found: dict[str, Score] = {}
    for one in dev:
        told = heads.tell(without_addresses(one.text.lower()), ("en",)).language
        was = found.get(one.code, Score(0, 0, 0))
        right, wrong = told == one.code, told not in (None, one.code)
        found[one.code] = Score(was.rows + 1, was.right + right, was.wrong + wrong)
    return dict(sorted(found.items()))


def _plain(values: Floats) -> list[float]:
    return [round(float(value), 5) for value in values]
