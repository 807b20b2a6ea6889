"""Text: words prepared once, with places for what differs, in as many languages as somebody wrote.

A place is `{name}`; a brace itself is written twice. There is no logic and no access to anything: what is put in is put in
as it is, and is never read for places again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.domain.audit import AuditEvent

_PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[a-z][a-z0-9_]{0,39})\}|(?P<stray>[{}])")


class BrokenText(ValueError):
    """A brace stands alone, or a place has no proper name. `at` is where, in characters from 0."""

    def __init__(self, at: int) -> None:
        super().__init__(f"at character {at + 1} a brace stands alone")
        self.at = at


class Unfilled(ValueError):
    """Places that nothing was given for: `names`."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"nothing was given for {', '.join(names)}")
        self.names = names


@dataclass(frozen=True, slots=True)
class Wording:
    """A prepared text in one language, by its tag."""

    language: str
    words: str


@dataclass(frozen=True, slots=True)
class Text:
    """A prepared text. Its first wording is said where the asked language has none."""

    id: str
    workspace: str
    name: str
    wordings: tuple[Wording, ...]
    retired: bool = False
    """It is offered no more; what was said with it stays."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    @property
    def places(self) -> tuple[str, ...]:
        """What must be given for it, in whatever language, in order."""
        return tuple(dict.fromkeys(name for one in self.wordings for name in places(one.words)))

    def wording(self, language: str | None) -> Wording:
        """What is said in a language: that of the same tag, one with the same first part, or the first."""
        asked = (language or "").casefold()
        tags = [one.language.casefold() for one in self.wordings]
        primary = [tag.partition("-")[0] for tag in tags]
        if asked in tags:
            return self.wordings[tags.index(asked)]
        alike = asked.partition("-")[0]
        return self.wordings[primary.index(alike) if alike in primary else 0]


def places(template: str) -> tuple[str, ...]:
    """The names of a template's places, each once, in order. Raises BrokenText."""
    found: dict[str, None] = {}
    for piece in _PIECE.finditer(template):
        if piece["stray"]:
            raise BrokenText(piece.start())
        if piece["name"]:
            found[piece["name"]] = None
    return tuple(found)


def filled(template: str, given: Mapping[str, str]) -> str:
    """The template with what was given in its places. What it has no place for is passed over.

    Raises BrokenText, and Unfilled with every place for which nothing was given.
    """
    lacking = tuple(name for name in places(template) if name not in given)
    if lacking:
        raise Unfilled(lacking)
    return _PIECE.sub(lambda piece: piece["brace"][0] if piece["brace"] else given[piece["name"]], template)
