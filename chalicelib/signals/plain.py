"""Folds a text so that the rules see through disguises, and keeps the way back to the text as received.

Two steps. `flat`: compatibility forms, look-alike letters, accents, case, and characters that show nothing (personal data is
looked for here: digits are still digits). `plain`: on top of it, s.p.a.c.e.d words joined, d1gits and $igns among letters
read as letters, sooo long letters shortened. Every step is linear in the text. Nothing here judges.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Rewrite = tuple[str, Sequence[int]]
"""New characters for a match, and for each of them the index within the match that it stands for."""

_EXPANDS_TO_AT_MOST = 8  # U+FDFA alone unfolds to 18 characters
_LOOKS_LIKE: Final = {
    pair[0]: pair[1]
    for row in (
        "аa вb гr еe кk мm нh оo рp сc тt уy хx іi јj ѕs ԁd һh ԛq ԝw ьb үy ӏl",  # Cyrillic
        "αa βb εe ηn ιi κk νv οo ρp τt υu χx γy ωw",  # Greek
        "ıi ɑa ɡg łl øo đd ɩi ɪi ʏy",  # Latin extensions
        "’' ‘' ‛' ´' `' ′' “\" ”\" „\" «\" »\" –- —- ‐- ‑- ‒- −-",  # marks
    )
    for pair in row.split()
}
# Letters in boxes and flags have no compatibility form: (first code point, of 26 in a row).
_BOXED: Final = (0x1F150, 0x1F170, 0x1F1E6)
_UNSEEN: Final = frozenset({"Mn", "Me", "Cf", "Cs", "Co", "Cn"})

_HIDES: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters
    "\u202a-\u202e\u2066-\u2069"  # what turns the direction of the rest: it is shown otherwise than it is read
    "\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff\ue000-\uf8ff\U000f0000-\U0010ffff"  # half characters, and what stands for nothing
    "\U000e0000-\U000e01ef]"  # tags and further variation selectors: whole sentences are hidden in them
    "|[\ufe00-\ufe0f]{2}|[\xad\u180e\u200b-\u200d\u2060-\u2064\ufeff]{4}"
    "|[\u0300-\u036f\u0483-\u0489\u20d0-\u20f0]{3}"
    "|[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]"  # Greek and Cyrillic letters within a Latin word
)
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f")
"""Flags of England, Scotland, Wales and the like: the one use that tags have."""
_SPACED = re.compile(r"(?<![a-z0-9])[a-z](?P<gap>[ ._*\-])[a-z](?:(?P=gap)[a-z])+(?![a-z0-9])")
_LEET = re.compile(
    r"(?<![\w@#$./:-])(?:[0134579$][a-z]{3,20}|[0134579$][a-z]{1,20}(?:[0134579@$!|]{1,3}[a-z]{1,20}){1,4}|[a-z]{1,20}(?:[0134579@$!|]{1,3}[a-z]{1,20}){1,4}[01345$]{0,2}"
    r"|[a-z]{2,20}[01345$]{1,2})(?![\w@$])"
)
_LEET_LETTERS: Final = str.maketrans("034579@$!|", "oeastgasii")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_OFTEN_DOUBLE: Final = frozenset("lsofg")


@dataclass(frozen=True, slots=True)
class Plain:
    """The two folded forms. `starts` maps each code point of a form to the text as received; None where it is the same."""

    flat: str
    flat_starts: Sequence[int] | None
    text: str
    starts: Sequence[int] | None


def fold(text: str) -> Plain:
    """The folded forms of a text."""
    if text.isascii():
        flat, flat_starts = text.lower(), None
    else:
        flat, flat_starts = _flatten(text)
    plain, starts = flat, flat_starts
    for pattern, rewrite in ((_SPACED, _join), (_LEET, _unleet), (_REPEATED, _shorten)):
        if pattern.search(plain):
            plain, starts = _rewritten(plain, starts, pattern, rewrite)
    return Plain(flat, flat_starts, plain, starts)


def hides(text: str) -> bool:
    """Whether characters stand in a text that nobody sees, that turn what is shown, stand for nothing, or disguise letters.

    What people see is then not what was read. A few unseen ones, such as scripts and emoji need, do not count.
    """
    if text.isascii() and text.isprintable():
        return False
    return _HIDES.search(_FLAG.sub("", text)) is not None


class _Folds(dict[str, str]):
    """What each character folds to, worked out at first sight; bounded, so that hostile texts cannot fill the memory."""

    def __missing__(self, character: str) -> str:
        if len(self) > 20_000:
            self.clear()
        folded = self[character] = _fold_character(character)
        return folded


_FOLDS = _Folds()


def _fold_character(character: str) -> str:
    point = ord(character)
    for first in _BOXED:
        if first <= point < first + 26:
            return chr(ord("a") + point - first)
    parts = unicodedata.normalize("NFKD", character).casefold()
    seen = (_LOOKS_LIKE.get(part, part) for part in parts if unicodedata.category(part) not in _UNSEEN)
    return "".join(seen)[:_EXPANDS_TO_AT_MOST]


def _flatten(text: str) -> tuple[str, list[int]]:
    out: list[str] = []
    starts: list[int] = []
    for index, character in enumerate(text):
        if folded := _FOLDS[character]:
            out.append(folded)
            starts.extend([index] * len(folded))
    return "".join(out), starts


def _rewritten(
    text: str, starts: Sequence[int] | None, pattern: re.Pattern[str], rewrite: Callable[[re.Match[str]], Rewrite]
) -> tuple[str, list[int]]:
    before: Sequence[int] = range(len(text)) if starts is None else starts
    out: list[str] = []
    after: list[int] = []
    end = 0
    for match in pattern.finditer(text):
        letters, kept = rewrite(match)
        begin = match.start()
        out += (text[end:begin], letters)
        after.extend(before[end:begin])
        after.extend(before[begin + index] for index in kept)
        end = match.end()
    out.append(text[end:])
    after.extend(before[end:])
    return "".join(out), after


def _join(match: re.Match[str]) -> Rewrite:
    return match[0][::2], range(0, len(match[0]), 2)


def _unleet(match: re.Match[str]) -> Rewrite:
    letters: list[str] = []
    for character in match[0].translate(_LEET_LETTERS):
        # 1 stands for i, and after an i or an l for l: ki11, 1d1ot.
        letters.append(("l" if letters and letters[-1] in "il" else "i") if character == "1" else character)
    return "".join(letters), range(len(letters))


def _shorten(match: re.Match[str]) -> Rewrite:
    letter = match[1]
    return (letter * 2, (0, 1)) if letter in _OFTEN_DOUBLE else (letter, (0,))
