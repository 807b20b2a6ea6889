"""The learnt table: loads the shipped file and says how sure it is of each label. Pure Python, no package needed.

The file is mapped; once checked, only the rows that a text needs are touched. Each row holds one eight-bit weight per head,
companded by its square root, so that one huge weight does not swallow the small ones (`lanes`). What tells languages stands
behind all that, in a part of its own (`language`): a table of the same heads has the same bytes before it, and the same id.
"""

from __future__ import annotations

import itertools
import json
import mmap
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import exp, log, sqrt, tanh
from operator import mul
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from chalicelib.domain.labels import Label
from chalicelib.signals import features, lanes
from chalicelib.signals.features import BUCKETS
from chalicelib.signals.language import Languages

SHIPPED: Final = Path(__file__).parent / "model" / "table.bin"
MAGIC: Final = b"parley-table-2\n"
KNOWN_BITS: Final = 1 << 19
CLIP: Final = 8.0
"""First-layer logits are cut off here and halved against it: a single wild word must not decide."""

_LEAST_KNOWN: Final = 0.6
"""Share of a text's words that must be among those trained on; below, its figures say little."""


class TableUnreadable(RuntimeError):
    """The learnt table is missing or broken; install the package again, or train one with `parley train`."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the table says of one text: calibrated probabilities per judged head, and whether it knows such texts."""

    chances: Mapping[str, float]
    p_auto: float
    """How safe an automatic answer is: 0 to 1."""
    familiar: bool
    p_risky: float = 0.0
    """How likely the text is risky in any way: 0 to 1, by the risks joined as if they were independent."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A word or pair that speaks for a head: offsets in the folded text, and its weight in the first layer's logit."""

    start: int
    end: int
    weight: float


class Table:
    """One loaded file. `id` is the beginning of its hash, less what tells languages."""

    def __init__(self, file: bytes | mmap.mmap) -> None:
        try:
            if file[: len(MAGIC)] != MAGIC:
                raise ValueError("it does not begin as a table does")
            check, size = struct.unpack_from("<II", file, len(MAGIC))
            begin = len(MAGIC) + 8
            head: dict[str, Any] = json.loads(file[begin : begin + size])
            self.heads: tuple[str, ...] = tuple(head["heads"])
            self.judged: tuple[str, ...] = tuple(head["judged"])
            self._width = len(self.heads)
            self._known = begin + size
            self._words = self._known + KNOWN_BITS // 8
            self._letters = self._words + BUCKETS * self._width
            end = self._letters + BUCKETS * self._width
            with memoryview(file) as whole, whole[begin:end] as part:
                if crc32(part) != check:
                    raise ValueError("it is damaged or cut off")
            if head["shape"] != features.SHAPE:
                raise ValueError(f"it is of shape {head['shape']}, this release reads shape {features.SHAPE}")
            self.languages: Languages | None = Languages(file, end) if len(file) > end else None
            """What tells languages; a table that was built for measuring may have none."""
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise TableUnreadable(f"{SHIPPED.name}: {error}; install the package again") from None
        self._file = file
        self.id: str = head["id"]
        self.tiers: str = head["tiers"]
        """Tiers of data that it learnt from. Only `A` may read messages: the rest has no clear licence."""
        self.lexicon: dict[str, int] = head["lexicon"]
        self._tops: list[float] = [top / lanes.ONE for top in head["tops"]]
        self._bias: list[float] = head["bias"]
        self._into: list[tuple[list[float], float]] = list(zip(head["into"], head["middle"], strict=True))
        self._out: list[tuple[list[float], float]] = list(zip(head["out"], head["out_bias"], strict=True))
        self._warmth: list[tuple[float, float]] = [tuple(pair) for pair in head["temperatures"]]
        self._safe: tuple[float, float] = tuple(head["safe"])
        self._risks: tuple[str, ...] = tuple(head["risks"])

    @property
    def name(self) -> str:
        """Its id, and that of what tells languages: what a decision names."""
        return self.id if self.languages is None else f"{self.id}.{self.languages.id}"

    @classmethod
    def load(cls, path: Path) -> Table:
        """Map a file and check it whole. Raises TableUnreadable."""
        try:
            with path.open("rb") as file:
                return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError) as error:
            raise TableUnreadable(f"{path}: {error}; install the package again") from None

    def logits(self, said: Sequence[str]) -> list[float]:
        """The first layer: one logit per head."""
        words, letters = features.hashed(said)
        sums = self._summed(self._words, words), self._summed(self._letters, letters)
        pairs = zip(*sums, self._tops, self._bias, strict=True)
        return [(word + letter) * top + bias for word, letter, top, bias in pairs]

    def judge(self, said: Sequence[str], rules: Mapping[Label, int]) -> Judgement:
        """What a text of these tokens is about. rules: what the rules said, permille per label."""
        seen = [min(CLIP, max(-CLIP, logit)) / (CLIP / 2) for logit in self.logits(said)]
        seen += features.counts(said, self.lexicon, rules)
        hidden = [tanh(sum(map(mul, row, seen)) + bias) for row, bias in self._into]
        seen += hidden
        judged = [sum(map(mul, row, seen)) + bias for row, bias in self._out]
        chances = {
            head: chance(steep * logit + shift)
            for head, logit, (steep, shift) in zip(self.judged, judged, self._warmth, strict=True)
        }
        safe = self._no_risk(chances)
        return Judgement(chances, self._safety(chances, safe), self._familiar(said), 1 - safe)

    def _no_risk(self, chances: Mapping[str, float]) -> float:
        """Chance of no risk at all: the heads joined by noisy-or."""
        safe = 1 - chances.get("risky", 0.0)
        for risk in self._risks:
            safe *= 1 - chances[risk]
        return safe

    def _safety(self, chances: Mapping[str, float], no_risk: float) -> float:
        """Chance of automatable times that of no risk at all, calibrated once more; 0 of a table that knows neither."""
        if "auto" not in chances:
            return 0.0
        steep, shift = self._safe
        return chance(steep * log_odds(chances["auto"] * no_risk) + shift)

    def causes(self, head: str, placed: Sequence[tuple[str, int, int]], most: int = 2) -> list[Cause]:
        """The words and pairs that speak most for a head, apart from one another, the strongest first; letters count too."""
        at = self.heads.index(head)
        said = [word for word, _, _ in placed]
        words, letters = features.hashed(said)
        by_word, by_letters = 1 / sqrt(len(words) or 1), 1 / sqrt(len(letters) or 1)
        found = []
        for word, start, end in placed:
            if _is_mark(word):
                continue
            weight = by_word * self._weight(self._words, features.word_bucket(word), at)
            weight += by_letters * sum(self._weight(self._letters, one, at) for one in features.letter_buckets(word))
            found.append(Cause(start, end, weight))
        for (first, start, _), (second, _, end) in itertools.pairwise(placed):
            if _is_mark(first) or _is_mark(second):
                continue
            found.append(
                Cause(start, end, by_word * self._weight(self._words, features.pair_bucket(first, second), at))
            )
        told: list[Cause] = []
        for one in sorted(found, key=lambda one: (-one.weight, one.start)):
            if one.weight <= 0 or len(told) == most:
                break
            if all(one.end <= other.start or other.end <= one.start for other in told):
                told.append(one)
        return told

    def _weight(self, block: int, bucket: int, head: int) -> float:
        return (lanes.SQUARED[self._file[block + bucket * self._width + head]] - lanes.BIAS) * self._tops[head]

    def _summed(self, block: int, buckets: Collection[int]) -> list[float]:
        """The rows of some buckets added up and divided by the root of their number."""
        width, file, count = self._width, self._file, len(buckets)
        if not count:
            return [0.0] * width
        rows = [file[(at := block + bucket * width) : at + width] for bucket in buckets]
        root = 1 / sqrt(count)
        return [value * root for value in lanes.columns(lanes.total(rows), width, count)]

    def _familiar(self, said: Sequence[str]) -> bool:
        known = sum(map(self._knows, said))
        return 0 < len(said) < features.MOST_WORDS and known >= _LEAST_KNOWN * len(said)

    def _knows(self, word: str) -> bool:
        bit = known_bit(word)
        return bool(self._file[self._known + (bit >> 3)] >> (bit & 7) & 1)


def _is_mark(word: str) -> bool:
    """Whether it is a mark of punctuation, which tells nobody why; a picture character does."""
    return word.isascii() and not word[0].isalnum()


def known_bit(word: str) -> int:
    """The bit that stands for a word in the map of words trained on."""
    return crc32(word.encode("utf-8", "replace")) & (KNOWN_BITS - 1)


def written(head: Mapping[str, Any], known: bytes, words: bytes, letters: bytes) -> bytes:
    """The bytes of a file. head: all but the id, which is the hash of everything else."""
    body = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = sha256(body.encode() + known + words + letters).hexdigest()[:8]
    text = json.dumps({**head, "id": digest}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    rest = text + known + words + letters
    return MAGIC + struct.pack("<II", crc32(rest), len(text)) + rest


@cache
def shipped() -> Table:
    """The table of this release, loaded once in a process and checked whole. Raises TableUnreadable."""
    found = Table.load(SHIPPED)
    if found.tiers != "A" or found.languages is None:
        raise TableUnreadable(f"{SHIPPED.name} was built for measuring; install the package again")
    return found


def shipped_languages() -> Languages:
    """What tells languages in this release. Raises TableUnreadable."""
    found = shipped().languages
    if found is None:
        raise TableUnreadable(f"{SHIPPED.name} tells no language; install the package again")
    return found


def chance(logit: float) -> float:
    return 1 / (1 + exp(-logit)) if logit > -700 else 0.0


def log_odds(chance: float) -> float:
    """Of a chance; bounded at one in a million."""
    inside = min(1 - 1e-6, max(1e-6, chance))
    return log(inside / (1 - inside))
