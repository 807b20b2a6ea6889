"""Watched words as queries of X's search, and which of them stands in a post. Pure.

A word is searched for as it is: whatever it holds, it must never become an operator of X's query language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST_QUERY = 512
"""Characters that X takes of a self-serve app (build a query, README.md)."""
_ENTITY = re.compile(r"[#@$]\w{1,50}")
_NO_PHRASE = re.compile(r'["\\\s]+')


def queries(words: Iterable[str], own_id: str) -> list[tuple[str, tuple[str, ...]]]:
    """As few queries as hold all the words, each with its words; reposts and our own posts are left out."""
    end = f" -is:retweet -from:{own_id}"
    found: list[list[str]] = []
    room = LONGEST_QUERY - len(end) - 2
    for one in dict.fromkeys(" ".join(word.split()) for word in words):
        term = _term(one)
        if not term or len(term) > room:
            continue
        if not found or len(" OR ".join(map(_term, [*found[-1], one]))) > room:
            found.append([])
        found[-1].append(one)
    return [(f"({' OR '.join(map(_term, batch))}){end}", tuple(batch)) for batch in found]


def those_in(text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that stand in a text, as X compares: without case and accents; all of them where none can be made out."""
    folded = _folded(text)
    return tuple(one for one in words if _folded(one) in folded) or words


def _term(word: str) -> str:
    if _ENTITY.fullmatch(word):
        return word
    phrase = _NO_PHRASE.sub(" ", word).strip()
    return f'"{phrase}"' if phrase else ""


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
