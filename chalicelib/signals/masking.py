"""Masks personal data in a text before it leaves the house: each piece becomes its kind in brackets. Pure and total."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.signals import intent_rules
from chalicelib.signals.plain import fold
from chalicelib.signals.privacy import personal
from chalicelib.signals.reading import MAX_READ, REGIONS

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""Control and format characters, tags among them: what nobody sees can carry words that only a machine reads."""


def masked(text: str, *, regions: Sequence[str] = REGIONS) -> str:
    """A text, as far as it is read at all, without personal data, names of accounts, links and characters unseen."""
    text = text[:MAX_READ]
    out: list[str] = []
    at = 0
    for start, end, kind in sorted(_found(text, regions)):
        if end <= at:
            continue
        if start >= at:
            out.append(text[at:start])
            out.append(f"[{kind}]")
        at = end
    out.append(text[at:])
    return "".join(one for one in "".join(out) if one in "\n\t" or unicodedata.category(one) not in _UNSEEN)


def _found(text: str, regions: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each piece, as offsets into the text."""
    folded = fold(text)
    spans = [(one.start, one.end, one.kind) for one in personal(folded.flat, regions)]
    for kind, pattern in (("account", intent_rules.HANDLE), ("link", intent_rules.LINK)):
        spans += [(*match.span(), kind) for match in pattern.finditer(folded.flat)]
    starts = folded.flat_starts
    for start, end, kind in spans:
        yield (start, end, kind) if starts is None else (starts[start], starts[end - 1] + 1, kind)
