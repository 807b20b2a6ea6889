"""Evidence: what a ruling rests on, as it stood when it was decided, sealed beside it and never changed.

It also tells the worker what to ask for, so that a ruling, and its undoing, outlive the words they were made about.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.interaction import Interaction
from chalicelib.domain.timing import stamp
from chalicelib.ports import ABSENT, Put
from chalicelib.services.desk import Desk
from chalicelib.services.ingesting import Target
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was said, where it stands, and who said it; author and handle as the platform tells them, None where it does not."""

    text: str
    said_at: datetime
    revision: int
    target: Target
    author: str | None = field(default=None, repr=False)
    handle: str | None = field(default=None, repr=False)

    def digest(self) -> str:
        """SHA-256, in hex, by which somebody who is shown the words can tell that these are they."""
        whole = [self.text, stamp(self.said_at), self.revision, self.target.remote.id]
        return hashlib.sha256(json.dumps(whole, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def gather(desk: Desk, interaction: Interaction) -> Evidence | None:
    """What there is of it now; None where what was said is no longer kept."""
    from chalicelib.services.ingesting import unsealed

    content = desk.store.contents.get(interaction)
    if content is None:
        return None
    author, handle = _author(desk, interaction)
    target = unsealed(desk, interaction, content)
    return Evidence(content.text, interaction.created_at, interaction.revision, target, author, handle)


def put(desk: Desk, workspace: str, ruling: str, evidence: Evidence) -> Put:
    """The write that keeps it with its ruling."""
    sealed = desk.vault.seal(json.dumps(encode(evidence)).encode(), seal_context(workspace, "evidence", ruling))
    key = keys.evidence(workspace, ruling)
    return Put({"pk": key.pk, "sk": key.sk, "sealed": sealed}, ABSENT)


def of(desk: Desk, workspace: str, ruling: str) -> Evidence | None:
    """What a ruling rests on, unsealed; None once it was purged."""
    item = desk.store.table.get(keys.evidence(workspace, ruling))
    if item is None:
        return None
    opened = desk.vault.open(str(item["sealed"]), seal_context(workspace, "evidence", ruling))
    return decode(Evidence, json.loads(opened))


def _author(desk: Desk, interaction: Interaction) -> tuple[str | None, str | None]:
    pseudonym = interaction.author.pseudonym
    sealed = desk.store.identities(interaction.workspace, [pseudonym]).get(pseudonym)
    if sealed is None:
        return None, None
    known = json.loads(desk.vault.open(sealed, seal_context(interaction.workspace, "identity", pseudonym)))
    return known["id"], known["handle"]
