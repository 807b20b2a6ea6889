"""A rule of the reader: which label it says, how strongly, and the pattern it looks for. Data; it judges nothing by itself.

Patterns are written in a small notation over folded text (lower case, plain apostrophes): a blank stands for what parts two
words, ` ~3 ` for up to three words in between. Both are bounded, so that every pattern runs in time linear in the text.
`when` lists the words of which at least one must be in the text before the pattern is tried; `*` ends a stem. That keeps
a message without any of them at a handful of dictionary look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from chalicelib.domain.labels import Label

_GAP: Final = r"(?:[^\w']{1,4})"
_BETWEEN = re.compile(r" ~(\d) ")
_STEM: Final = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `permille` is how strongly a hit speaks for the label."""

    label: Label
    name: str
    permille: int
    written: str
    """The pattern as a regular expression, compiled when it is first tried: most workers never need most of them."""
    when: tuple[str, ...]

    def search(self, text: str) -> re.Match[str] | None:
        """Where the pattern first hits."""
        return _pattern(self.written).search(text)


@cache
def _pattern(written: str) -> re.Pattern[str]:
    return re.compile(written)


def words(text: str) -> frozenset[str]:
    """The words of a blank-separated list."""
    return frozenset(text.split())


def rule(label: Label, name: str, permille: int, when: str, *patterns: str) -> Rule:
    """A rule in the module's notation; it hits where any of the patterns does. Without a pattern, `when`'s words are it."""
    listed = tuple(when.split())
    written = patterns or tuple(word.replace("*", r"\w{0,15}") for word in listed)
    joined = "|".join(_compiled(pattern) for pattern in written)
    return Rule(label, name, permille, rf"(?<![\w'])(?:{joined})(?!\w)", listed)


def _compiled(pattern: str) -> str:
    between = _BETWEEN.sub(lambda found: rf"(?:{_GAP}[\w']{{1,25}}){{0,{found[1]}}}{_GAP}", pattern)
    return between.replace(" ", _GAP)


class Dispatch:
    """Finds the rules whose words are in a text: exact words by a dictionary, stems by their first three letters."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        exact: dict[str, list[Rule]] = {}
        stems: dict[str, list[tuple[str, Rule]]] = {}
        for one in rules:
            for word in one.when:
                if not word.endswith("*"):
                    exact.setdefault(word, []).append(one)
                elif len(word) <= _STEM:
                    raise ValueError(f"rule {one.name}: a stem needs at least {_STEM} letters")
                else:
                    stems.setdefault(word[:_STEM], []).append((word[:-1], one))
        self._exact: Mapping[str, list[Rule]] = exact
        self._stems: Mapping[str, list[tuple[str, Rule]]] = stems

    def candidates(self, words: Iterable[str]) -> list[Rule]:
        """The rules worth trying on a text of these words, each once, in no order of weight."""
        found: dict[str, Rule] = {}
        for word in words:
            if rules := self._exact.get(word):
                for one in rules:
                    found[one.name] = one
            if stems := self._stems.get(word[:_STEM]):
                for stem, one in stems:
                    if word.startswith(stem):
                        found[one.name] = one
        return list(found.values())
