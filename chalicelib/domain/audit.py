"""AuditEvent: who changed what, when, and why, in the same write as the change.

Canonical bytes (format 1), what a later hash chain is computed over and what a golden test pins:
the ASCII line `parley-audit-1` and LF, then one JSON object in UTF-8 without a byte-order mark: keys sorted by code
point, no blanks outside strings, only `"` `\\` and control characters escaped, strings in NFC, times as
`YYYY-MM-DDTHH:MM:SS.ffffffZ`, numbers whole, absent values left out. The same event gives the same bytes for ever.
An event holds ids, states and reasons of ours; never a member's text, a name or a secret.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.rationale import Actor
from chalicelib.domain.timing import stamp, unstamp

_FORMAT = b"parley-audit-1\n"


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One change of one subject. `subject` is `<noun>:<id>`, `act` the edge taken; states are None where none apply."""

    workspace: str
    subject: str
    act: str
    at: datetime
    actor: Actor
    why: str
    before: str | None = None
    after: str | None = None

    def fields(self) -> dict[str, str]:
        """The event as it lies in the record, absent values left out."""
        fields = {
            "workspace": self.workspace,
            "subject": self.subject,
            "act": self.act,
            "at": stamp(self.at),
            "actor": self.actor.id,
            "why": self.why,
            "before": self.before,
            "after": self.after,
        }
        return {name: _composed(value) for name, value in fields.items() if value is not None}

    def canonical(self) -> bytes:
        """The bytes that stand for this event, as the module's docstring lays down."""
        body = json.dumps(self.fields(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return _FORMAT + body.encode()

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def read(cls, fields: dict[str, str]) -> AuditEvent:
        """The event that `fields` wrote."""
        return cls(
            workspace=fields["workspace"],
            subject=fields["subject"],
            act=fields["act"],
            at=unstamp(fields["at"]),
            actor=Actor(fields["actor"]),
            why=fields["why"],
            before=fields.get("before"),
            after=fields.get("after"),
        )
