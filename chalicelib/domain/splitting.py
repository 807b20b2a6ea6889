"""Splitting: a text that is too long for one post, as the parts of a thread, each within its platform's own count.

A part ends where a reader pauses: after a paragraph, a line, a sentence, else between words. It never ends within a word,
a link or a mark-up link; between two ideographs or kana, which are written without spaces, it may.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

Fits = Callable[[str, int], bool]
"""Whether a text may be the part at this place, counted from 0: a platform may allow less for what follows."""

_WHOLE = re.compile(r"\[[^\[\]\n]*\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)|https?://\S+", re.IGNORECASE)
"""What is never cut: a link, and a Markdown link with its words."""
_GAP = re.compile(r"\s+")
_SENTENCE_ENDS = frozenset(".!?…。！？")
_CLOSERS = frozenset("\"'”’»)]」』）")
_LEAST_SHARE = 2
"""A part takes a better place to end only where that leaves it at least 1/2 of what it could hold."""


class _Pause(IntEnum):
    """How well a part may end here."""

    LETTER = 0
    WORD = 1
    SENTENCE = 2
    LINE = 3
    PARAGRAPH = 4


@dataclass(frozen=True, slots=True)
class _Break:
    """A place to end at: the part before ends at `end`, the next begins at `start`."""

    end: int
    start: int
    pause: _Pause


class Unsplittable(ValueError):
    """It cannot be said in so many parts: a piece without a place to end is too long, or there are too many. `at`: where."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


def split(text: str, fits: Fits, most: int, *, numbered: bool = True) -> tuple[str, ...]:
    """The parts, in order. A text that fits whole stays whole, and without a number. Raises Unsplittable.

    numbered: each part ends in ` 2/5`. Only white space at the seams is lost.
    """
    text = text.strip()
    if fits(text, 0):
        return (text,)
    for digits in range(1, len(str(most)) + 1):
        room = f" {'9' * digits}/{'9' * digits}" if numbered else ""
        parts = _cut(text, _with_room(fits, room), most)
        if not numbered:
            return parts
        if len(str(len(parts))) <= digits:
            return tuple(f"{part} {place}/{len(parts)}" for place, part in enumerate(parts, 1))
    raise Unsplittable(f"it would take more than {most} parts", 0)


def _with_room(fits: Fits, room: str) -> Fits:
    return lambda part, place: fits(part + room, place)


def _cut(text: str, fits: Fits, most: int) -> tuple[str, ...]:
    breaks = _breaks(text)
    ends = [one.end for one in breaks]
    parts: list[str] = []
    start = 0
    while start < len(text):
        if len(parts) == most:
            raise Unsplittable(f"it would take more than {most} parts", start)
        first = bisect_right(ends, start)
        last = _last_that_fits(text, start, ends, first, lambda part: fits(part, len(parts)))
        if last < first:
            raise Unsplittable("a word is longer than a part may be", start)
        chosen = _best(breaks, start, first, last)
        parts.append(text[start : chosen.end])
        start = chosen.start
    return tuple(parts)


def _last_that_fits(text: str, start: int, ends: list[int], first: int, fits: Callable[[str], bool]) -> int:
    """The last break up to which the text fits; one before `first` where none does."""
    low, high = first - 1, len(ends) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[start : ends[middle]]):
            low = middle
        else:
            high = middle - 1
    return low


def _best(breaks: list[_Break], start: int, first: int, last: int) -> _Break:
    """Of the breaks that fit, the one at which a reader pauses longest; of equals the last."""
    if breaks[last].pause is _Pause.PARAGRAPH:
        return breaks[last]
    least = start + (breaks[last].end - start) // _LEAST_SHARE
    late = [one for one in breaks[first : last + 1] if one.end >= least]
    return max(late, key=lambda one: (one.pause, one.end))


def _breaks(text: str) -> list[_Break]:
    """Every place to end at, in order; the end of the text is the last."""
    kept = frozenset(place for found in _WHOLE.finditer(text) for place in range(found.start() + 1, found.end()))
    found = [
        _Break(gap.start(), gap.end(), _pause(text, gap.start(), gap[0]))
        for gap in _GAP.finditer(text)
        if gap.start() not in kept
    ]
    found += [
        _Break(place, place, _Pause.SENTENCE if text[place - 1] in _SENTENCE_ENDS else _Pause.LETTER)
        for place in range(1, len(text))
        if place not in kept
        and _spaceless(text[place])
        and (_spaceless(text[place - 1]) or text[place - 1] in "。！？")
    ]
    found.sort(key=lambda one: one.end)
    return [*found, _Break(len(text), len(text), _Pause.PARAGRAPH)]


def _pause(text: str, end: int, gap: str) -> _Pause:
    lines = gap.count("\n")
    if lines:
        return _Pause.PARAGRAPH if lines > 1 else _Pause.LINE
    before = end - 1
    while before > 0 and text[before] in _CLOSERS:
        before -= 1
    return _Pause.SENTENCE if text[before] in _SENTENCE_ENDS else _Pause.WORD


def _spaceless(char: str) -> bool:
    """Whether it is an ideograph or a kana that stands for itself: no mark that belongs to the one before it."""
    if unicodedata.category(char) != "Lo":
        return False
    return unicodedata.name(char, "").startswith(("CJK ", "HIRAGANA LETTER", "KATAKANA LETTER")) and not _small(char)


def _small(char: str) -> bool:
    return " SMALL " in unicodedata.name(char, "")
