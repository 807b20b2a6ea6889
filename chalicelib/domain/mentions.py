"""Mentions: one name written once, `@[Ada Lovelace]`, and the handle that it is on each platform.

Where somebody has no handle on a platform their plain name is said: a wrong handle would call a stranger.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.domain.audit import AuditEvent

_MENTION = re.compile(r"@\[([^\[\]\n]{1,200})\]")


@dataclass(frozen=True, slots=True)
class Handle:
    """Somebody, or an organisation, whom we may name: what they are called, and their handle by platform, bare."""

    id: str
    workspace: str
    name: str
    handles: Mapping[str, str]
    retired: bool = False
    """Nobody is found under it any more, and nothing of them is kept but that there was somebody."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A text in which each mention is as its platform has it. `plain`: names said without a handle."""

    text: str
    plain: tuple[str, ...] = ()


def folded(name: str) -> str:
    """A name as the address book finds it: whatever its case, its spaces or its spelling in Unicode."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def names(text: str) -> tuple[str, ...]:
    """The names that a text mentions, folded, each once, in order."""
    return tuple(dict.fromkeys(folded(found[1]) for found in _MENTION.finditer(text)))


def mentioned(text: str, platform: str, sign: str, book: Mapping[str, Handle]) -> Mentioned:
    """The text as it is said on a platform. `book`: by folded name; `sign`: what a mention begins with there.

    Raises KeyError for a name that the book does not have: look at `names` first.
    """
    plain: dict[str, None] = {}

    def said(found: re.Match[str]) -> str:
        known = book[folded(found[1])]
        handle = known.handles.get(platform)
        if handle is None:
            plain[known.name] = None
            return known.name
        return sign + handle

    return Mentioned(_MENTION.sub(said, text), tuple(plain))


def bare(handle: str, sign: str) -> str:
    """A handle as the book keeps it: without what a mention begins with, however it was typed."""
    typed = handle.strip().removeprefix("/")
    return typed[len(sign) :] if typed.casefold().startswith(sign.casefold()) else typed
