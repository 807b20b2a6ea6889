"""Likeness: whether two texts would look the same to a reader who follows us, whatever tags, case or marks they carry."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from itertools import pairwise

from chalicelib.domain.links import links

NEAR_PERMILLE = 800
"""From this share of neighbouring words in common on, two texts are nearly the same: of a dozen words one was changed."""

_WORD = re.compile(r"\w+")


class Likeness(StrEnum):
    """How much alike two texts are, where they are."""

    SAME = "same"
    NEARLY = "nearly"


def gist(text: str) -> tuple[str, ...]:
    """The words of a text as a reader would compare them: small, without marks, of a link only where it leads."""
    pieces: list[str] = []
    position = 0
    for start, end in links(text):
        pieces += (text[position:start], re.split("[?#]", text[start:end])[0])
        position = end
    pieces.append(text[position:])
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", "".join(pieces)).casefold()))


def likeness(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness | None:
    """How much alike two gists are; None where a reader would take them for two messages."""
    if one == other:
        return Likeness.SAME if one else None
    pairs, others = _neighbours(one), _neighbours(other)
    if not pairs or not others:
        return None
    common = 2 * 1000 * len(pairs & others) // (len(pairs) + len(others))
    return Likeness.NEARLY if common >= NEAR_PERMILLE else None


def _neighbours(words: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(words))
