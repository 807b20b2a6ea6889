"""ReplyTemplate: the words of an automatic reply, in as many languages and wordings as somebody wrote. Pure.

Several wordings of one language take turns, so that a thread does not read like a machine repeating itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from zlib import crc32

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.texts import Wording

VARIABLES: Final = {
    "brand": "the workspace's name",
    "platform": "the platform's name",
    "account": "the handle of the account that answers",
    "help_url": "where help is found, as the guideline says",
    "clause": "in a notice only: the wording of the clause",
    "automatic": "in a notice only: there, where no person decided",
}
"""Everything that a reply may put in. Nothing of whoever is answered is among it."""

FILTERS: Final = frozenset({"upper", "lower", "capitalize", "title", "trim"})


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """A reply of a workspace, known by its name; a guideline names it under `answers.replies`.

    version: made from what it says, so that the same words are the same version.
    """

    id: str
    """Its name."""
    workspace: str
    wordings: tuple[Wording, ...]
    version: str
    retired: bool = False
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    def chosen(self, language: str, turn: str) -> Wording | None:
        """The wording for a language, by its tag's first part; always the same one for the same `turn`. None: it has none."""
        primary = language.casefold().partition("-")[0]
        fitting = [one for one in self.wordings if one.language.casefold().partition("-")[0] == primary]
        return fitting[crc32(turn.encode()) % len(fitting)] if fitting else None


def version_of(wordings: Sequence[Wording]) -> str:
    """What a template's words are known by: 12 hex digits of their SHA-256."""
    said = json.dumps([[one.language, one.words] for one in wordings], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()[:12]
