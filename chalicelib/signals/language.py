"""Tells a text's language by the learnt table's heads for it, or says that it cannot. It never guesses: unsure is None.

A head per language, over hashed n-grams of 1 to 4 characters within words. The sums of a word are remembered, so that the parts
of a text cost no more than the whole. One in a language that is spoken here, with a part in another, is in none.
"""

from __future__ import annotations

import json
import mmap
import re
import struct
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from math import exp, sqrt
from typing import Any, Final
from zlib import crc32

from chalicelib.signals import lanes
from chalicelib.signals.rule import words

MAGIC: Final = b"languages-1\n"
BUCKETS: Final = 1 << 15
MOST_WORDS: Final = 400
"""Words that are looked at, as many as the rest of the table reads."""
SURE: Final = 0.8
"""The least probability at which a language is told."""
PREFERRED: Final = 5.0
"""How many times as likely a language that is spoken here counts before anything was read: unsure texts lean toward it."""
LEAST_GRAMS: Final = 30
"""A text of fewer n-grams, a word or two in Latin letters, is told only where it is in a language that is spoken here."""

_ASCII_WORD: Final = re.compile(r"[a-z]{1,32}")
_WORD: Final = re.compile(
    # Letters, and the marks that some scripts write vowels with; scripts without blanks are cut into pieces.
    r"(?:[^\W\d_]|[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u0e31-\u0e4e]){1,32}"
)
ENOUGH: Final = 80
"""N-grams from which on a text must be like those of its language, not only more so than like others."""
_PART: Final = 3
"""Words of which each part of a text is made that is looked at by itself."""
_UNLIKE: Final = 2.5
"""Parts whose n-grams speak less for the whole text's language, on average, are looked at more closely."""
_UNLIKELY: Final = 0.02
"""A part that is no likelier than this to be in the whole text's language makes it one of several."""
_NOT_LATIN: Final = words("ar bg bn el fa he hi ja ko ru sr ta th uk zh")
_MOST_FOREIGN: Final = 100
"""Permille of letters outside of Latin from which a text is in no language that is written in it."""
_REMEMBERED: Final = 4_000
_REMEMBERED_ROWS: Final = 10_000
"""Of a quarter of a kilobyte each."""
_MASK: Final = BUCKETS - 1
_MOST_TEXT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """What language a text is in. likeliest: where none is told too; permille: how likely that one is, 0 of nothing to read."""

    language: str | None
    likeliest: str | None
    permille: int


def words_of(text: str) -> list[str]:
    """The words of a text without addresses, in small letters, with their accents."""
    small = text.lower()
    if small.isascii():
        return _ASCII_WORD.findall(small)[:MOST_WORDS]
    small = unicodedata.normalize("NFKC", small)[:_MOST_TEXT]
    return [found[0] for found in islice(_WORD.finditer(small), MOST_WORDS)]


def grams(word: str) -> list[int]:
    """The buckets of a word's n-grams of 1 to 4 characters; its ends count as characters."""
    edged = f"<{word}>"
    if edged.isascii():
        written = edged.encode()
        found = [written[at : at + 1] for at in range(1, len(written) - 1)]
        found += [written[at : at + size] for size in (2, 3, 4) for at in range(len(written) - size + 1)]
        return [crc32(gram) & _MASK for gram in found]
    parts = [edged[at : at + size] for size in (2, 3, 4) for at in range(len(edged) - size + 1)]
    return [crc32(gram.encode("utf-8", "replace")) & _MASK for gram in (*word, *parts)]


class _Rows(dict[int, int]):
    """The row of each bucket as lanes, read at first need; bounded, so that hostile texts cannot fill the memory."""

    def __init__(self, file: bytes | mmap.mmap, begin: int, width: int) -> None:
        super().__init__()
        self._file, self._begin, self._width = file, begin, width

    def __missing__(self, bucket: int) -> int:
        if len(self) >= _REMEMBERED_ROWS:
            self.clear()
        at = self._begin + bucket * self._width
        found = self[bucket] = lanes.alone(self._file[at : at + self._width])
        return found


class Languages:
    """The heads for languages, of a loaded file. `id` is the beginning of their hash."""

    def __init__(self, file: bytes | mmap.mmap, begin: int) -> None:
        """Check what stands there from `begin` to the file's end. Raises ValueError, KeyError, TypeError or struct.error."""
        if file[begin : begin + len(MAGIC)] != MAGIC:
            raise ValueError("its languages do not begin as they should")
        check, size = struct.unpack_from("<II", file, begin + len(MAGIC))
        begin += len(MAGIC) + 8
        with memoryview(file) as whole, whole[begin:] as rest:
            if crc32(rest) != check:
                raise ValueError("it is damaged or cut off")
        head: dict[str, Any] = json.loads(file[begin : begin + size])
        self.codes: tuple[str, ...] = tuple(head["codes"])
        self.id: str = head["id"]
        self._width = len(self.codes)
        self._rows = _Rows(file, begin + size, self._width)
        if len(file) != begin + size + BUCKETS * self._width:
            raise ValueError("its languages are not of the length that their head tells")
        self._tops: list[float] = [top / lanes.ONE for top in head["tops"]]
        self._floors: list[float] = head["floors"]
        self._places = {code: at for at, code in enumerate(self.codes)}
        self._sharp: list[tuple[int, float]] = [tuple(pair) for pair in head["sharpness"]]
        self._sums: dict[str, tuple[int, int]] = {}

    def tell(self, text: str, spoken: Collection[str]) -> Told:
        """The language of a text without addresses. spoken: those that are spoken here, which count as likelier."""
        said = words_of(text)
        if not said:
            return Told(None, None, 0)
        sums = [self._sum(word) for word in said]
        number, count = sum(one for one, _ in sums), sum(one for _, one in sums)
        chances = self.chances(number, count)
        for code in spoken:
            if code in self._places:
                chances[self._places[code]] *= PREFERRED
        at = chances.index(max(chances))
        chance, likeliest = chances[at] / sum(chances), self.codes[at]
        short = count < LEAST_GRAMS and likeliest not in _NOT_LATIN
        told = (
            chance >= SURE
            and (likeliest in spoken or not short)
            and (count < ENOUGH or lanes.column(number, at, count) * self._tops[at] >= self._floors[at] * count)
            and (likeliest in _NOT_LATIN or _foreign(said) <= _MOST_FOREIGN)
            and not (likeliest in spoken and self._mixed(sums, at))
        )
        return Told(likeliest if told else None, likeliest, int(chance * 1000))

    def chances(self, number: int, count: int) -> list[float]:
        """How likely each language is. number, count: the sum of the rows as lanes, and how many they are."""
        return self._chances(self.logits(number, count), count)

    def _chances(self, logits: list[float], count: int) -> list[float]:
        sharp = next(value for least, value in reversed(self._sharp) if count >= least)
        top = max(logits)
        raised = [exp(sharp * (logit - top)) for logit in logits]
        whole = sum(raised)
        return [one / whole for one in raised]

    def logits(self, number: int, count: int) -> list[float]:
        """One logit per language."""
        root = 1 / sqrt(count)
        return [
            value * top * root for value, top in zip(lanes.columns(number, self._width, count), self._tops, strict=True)
        ]

    def _mixed(self, sums: Sequence[tuple[int, int]], at: int) -> bool:
        """Whether a part of the text is hardly in the language of the whole."""
        own = [lanes.column(number, at, count) * self._tops[at] - _UNLIKE * count for number, count in sums]
        for place in range(len(sums) - _PART + 1):
            if sum(own[place : place + _PART]) < 0:
                part = sums[place : place + _PART]
                number, count = sum(one for one, _ in part), sum(one for _, one in part)
                logits = self.logits(number, count)
                if logits[at] < max(logits) and self._chances(logits, count)[at] <= _UNLIKELY:
                    return True
        return False

    def _sum(self, word: str) -> tuple[int, int]:
        """The sums of a word's rows, and how many they are; bounded, so that hostile texts cannot fill the memory."""
        found = self._sums.get(word)
        if found is None:
            if len(self._sums) >= _REMEMBERED:
                self._sums.clear()
            buckets = grams(word)
            found = self._sums[word] = (sum(map(self._rows.__getitem__, buckets)), len(buckets))
        return found


def _foreign(said: Sequence[str]) -> int:
    """Permille of the letters that are not Latin ones, accents and all."""
    letters = "".join(said)
    if letters.isascii():
        return 0
    foreign = sum("\u0370" <= letter < "\u1e00" or letter >= "\u1f00" for letter in letters)
    return 1000 * foreign // len(letters)


def written(head: Mapping[str, Any], rows: bytes) -> bytes:
    """The bytes that follow a table's own. head: all but the id, which is the hash of everything else."""
    body = json.dumps(head, sort_keys=True, separators=(",", ":"))
    digest = sha256(body.encode() + rows).hexdigest()[:8]
    text = json.dumps({**head, "id": digest}, sort_keys=True, separators=(",", ":")).encode()
    return MAGIC + struct.pack("<II", crc32(text + rows), len(text)) + text + rows
