"""Differences: what changed from one version to another, word by word, so that nobody has to read the whole again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum

from chalicelib.domain.options import Options
from chalicelib.domain.post import Attachment, Body

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")

_MOST = 250_000
"""Pairs of words that are compared at most, about a tenth of a second; beyond it lines are, and beyond that nothing is."""


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text. SAME and GONE in order are what it was, SAME and NEW are what it is."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that is different, by its place in the variant: `text`, `rest/0/text`, `pictures`, `time`, `account`.

    pieces: of a text. before, after: of anything else, in words; None where there was or is nothing.
    """

    what: str
    pieces: tuple[Piece, ...] = ()
    before: str | None = None
    after: str | None = None


def words(before: str, after: str) -> tuple[Piece, ...]:
    """What became of a text, in as few and as long pieces as can be told quickly."""
    for pattern in (_WORDS, _LINES):
        old, new = pattern.findall(before), pattern.findall(after)
        head = _alike(old, new)
        tail = _alike(old[head:][::-1], new[head:][::-1])
        inner = old[head : len(old) - tail], new[head : len(new) - tail]
        if len(inner[0]) * len(inner[1]) <= _MOST:
            pieces = [
                Piece(Kind.SAME, "".join(old[:head])),
                *_pieces(*inner),
                Piece(Kind.SAME, "".join(old[len(old) - tail :])),
            ]
            return tuple(one for one in pieces if one.text)
    return Piece(Kind.GONE, before), Piece(Kind.NEW, after)


def between(before: Body, after: Body) -> tuple[Changed, ...]:
    """Everything in which two bodies differ, in the order in which it is read."""
    return tuple(_between(before, after))


def moved(was: datetime, at: datetime, zone: str) -> Changed:
    """That it is to be said at another time."""
    return Changed("time", before=f"{was:%Y-%m-%dT%H:%M:%SZ}", after=f"{at:%Y-%m-%dT%H:%M:%SZ} ({zone})")


def _between(before: Body, after: Body) -> Iterator[Changed]:
    for name in ("title", "community", "language"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Changed(name, before=old, after=new)
    yield from _options(before.options, after.options)
    was, now = before.parts, after.parts
    for number in range(max(len(was), len(now))):
        place = "" if number == 0 else f"rest/{number - 1}/"
        old_part = was[number] if number < len(was) else None
        new_part = now[number] if number < len(now) else None
        old_text, new_text = (one.text if one else "" for one in (old_part, new_part))
        if old_text != new_text:
            yield Changed(f"{place}text", words(old_text, new_text))
        old_shows, new_shows = (one.pictures if one else () for one in (old_part, new_part))
        if old_shows != new_shows:
            yield Changed(f"{place}pictures", before=_shown(old_shows), after=_shown(new_shows))
        if old_part and new_part and old_part.under is not new_part.under:
            yield Changed(f"{place}under", before=old_part.under.value, after=new_part.under.value)


def _options(before: Options, after: Options) -> Iterator[Changed]:
    if before.warning != after.warning:
        yield Changed("options/warning", words(before.warning, after.warning))
    old, new = before.spelled(), after.spelled()
    for name in (name for name in {**old, **new} if name != "warning" and old.get(name) != new.get(name)):
        yield Changed(f"options/{name}", before=old.get(name), after=new.get(name))


def _shown(pictures: Sequence[Attachment]) -> str | None:
    return "; ".join(f"{one.media}: {one.alt}" if one.alt else one.media for one in pictures) or None


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for tag, begin, end, new_begin, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(Kind.SAME, "".join(old[begin:end]))
            continue
        yield Piece(Kind.GONE, "".join(old[begin:end]))
        yield Piece(Kind.NEW, "".join(new[new_begin:new_end]))
