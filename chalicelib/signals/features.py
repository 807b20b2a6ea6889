"""What the learnt table sees of a text: hashed word and letter n-grams, and a few counts. Pure; one pass, bounded.

Training and reading share this module, so that both see the same. Handles and links are blanked before (they tell the
source, not the meaning), digits all read as 0. A change here needs a newly trained table: raise `SHAPE`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from zlib import crc32

from chalicelib.domain.labels import Label

SHAPE: Final = 1
BUCKETS: Final = 1 << 16
"""Rows of each block: one block for word n-grams (1 and 2), one for letter n-grams (2 to 5)."""
MOST_WORDS: Final = 400
"""Words and marks that the table reads; of a longer text it says that it is not familiar with it."""

_LONGEST: Final = 24
"""Letters of a word that are cut into n-grams."""
_TOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]")
_DIGITS: Final = str.maketrans("123456789", "000000000")
_REMEMBERED: Final = 4_000
_MASK: Final = BUCKETS - 1
_PAIR: Final = 0x9E3779B9  # another start of the sum, so that a pair and a word fall apart

LABELS: Final = tuple(Label)
_YOU: Final = frozenset(["you", "your", "u", "ur", "yours", "yourself", "you're", "youre", "ya"])
_ME: Final = frozenset(["i", "me", "my", "mine", "myself", "i'm", "im", "i've", "ive", "i'll"])
_NOT: Final = frozenset(
    [
        "not",
        "no",
        "never",
        "don't",
        "dont",
        "doesn't",
        "isn't",
        "can't",
        "cant",
        "won't",
        "didn't",
        "nothing",
        "nobody",
        "none",
        "without",
    ]
)
_THEY: Final = frozenset(["they", "them", "their", "these", "those", "people", "women", "men", "all", "girls"])
COUNTS: Final = ("length", "asks", "shouts", "numbers", "you", "me", "not", "they", "warm", "cold", "mood", "last_mood")
"""Names of the counts that `counts` gives, in this order; the strongest hit of the rules per label follows."""


def tokens(said: str) -> list[str]:
    """The words and marks of a folded text without addresses, at most MOST_WORDS of them."""
    return _TOKEN.findall(said.translate(_DIGITS))[:MOST_WORDS]


def places(said: str) -> list[tuple[str, int, int]]:
    """The same words with their offsets in the folded text."""
    return [(one[0], *one.span()) for one in _TOKEN.finditer(said.translate(_DIGITS))][:MOST_WORDS]


class _Words(dict[str, tuple[int, tuple[int, ...]]]):
    """A word's bucket and those of its letter n-grams, remembered; bounded, so that hostile texts cannot fill the memory."""

    def __missing__(self, word: str) -> tuple[int, tuple[int, ...]]:
        if len(self) >= _REMEMBERED:
            self.clear()
        written = word.encode("utf-8", "replace")
        edged = b"<" + written[:_LONGEST] + b">"
        grams = {edged[at : at + size] for size in (2, 3, 4, 5) for at in range(len(edged) - size + 1)}
        found = self[word] = (crc32(written) & _MASK, tuple(sorted(crc32(gram) & _MASK for gram in grams)))
        return found


_WORDS: Final = _Words()


def word_bucket(word: str) -> int:
    """Bucket of a single word in the block of words."""
    return _WORDS[word][0]


def pair_bucket(first: str, second: str) -> int:
    """Bucket of two words in a row in the block of words."""
    return crc32(f"{first} {second}".encode("utf-8", "replace"), _PAIR) & _MASK


def letter_buckets(word: str) -> tuple[int, ...]:
    """Buckets of a word's letter n-grams in the block of letters."""
    return _WORDS[word][1]


def hashed(said: Sequence[str]) -> tuple[set[int], set[int]]:
    """The distinct buckets of a text's words and pairs, and of its letter n-grams."""
    words: set[int] = set()
    letters: set[int] = set()
    for word in dict.fromkeys(said):
        bucket, grams = _WORDS[word]
        words.add(bucket)
        letters.update(grams)
    words.update(map(pair_bucket, said, said[1:]))
    return words, letters


def counts(said: Sequence[str], lexicon: Mapping[str, int], rules: Mapping[Label, int]) -> list[float]:
    """The counts of COUNTS, then what the rules say per label (0 to 1).

    lexicon: word -> mood from -40 to 40 (VADER's mean times ten). rules: permille per label. A negation within three words
    turns a mood around, at three quarters of its strength, as VADER does (Hutto and Gilbert 2014).
    """
    total = len(said) or 1
    warm = cold = 0.0
    last = 0.0
    turned = 0
    for word in said:
        if word in _NOT:
            turned = 4
        mood = lexicon.get(word, 0) / 10
        if mood:
            mood = -0.75 * mood if turned > 0 else mood
            warm, cold = (warm + mood, cold) if mood > 0 else (warm, cold - mood)
            last = mood
        turned -= 1
    return [
        min(1.0, total / 60),
        min(2, said.count("?")) / 2,
        min(3, said.count("!")) / 3,
        min(1.0, sum(word[0] == "0" for word in said) / 3),
        min(1.0, 4 * sum(map(_YOU.__contains__, said)) / total),
        min(1.0, 4 * sum(map(_ME.__contains__, said)) / total),
        min(1.0, 4 * sum(map(_NOT.__contains__, said)) / total),
        min(1.0, 4 * sum(map(_THEY.__contains__, said)) / total),
        warm / (4 + warm),
        cold / (4 + cold),
        (warm - cold) / (((warm - cold) ** 2 + 15) ** 0.5),
        last / 4,
        *(min(1000, max(0, rules.get(label, 0))) / 1000 for label in LABELS),
    ]
