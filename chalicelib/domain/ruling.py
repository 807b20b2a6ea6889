"""Ruling: what a person decided to do to what somebody said, or to its author, with its reason, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine
from chalicelib.domain.rationale import Rationale

LASTS = timedelta(days=1)
"""How long the platform is asked again: after that a removal comes as a surprise, so a person decides anew."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
"""Between two askings, doubled each time, where the platform does not say how long to wait."""


class RulingState(StrEnum):
    """What is already true of a ruling."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    """The platform would not, or could not be reached: nothing is known to have been done."""
    UNDOING = "undoing"
    UNDONE = "undone"


_S = RulingState

RULING = Machine(
    "Ruling",
    RulingState,
    {
        (_S.ASKED, "claim"): _S.ASKED,
        (_S.ASKED, "wait"): _S.ASKED,
        (_S.ASKED, "done"): _S.DONE,
        (_S.ASKED, "cannot"): _S.REFUSED,
        (_S.ASKED, "drop"): _S.UNDONE,
        (_S.ASKED, "undo"): _S.UNDOING,
        (_S.DONE, "undo"): _S.UNDOING,
        (_S.UNDOING, "claim"): _S.UNDOING,
        (_S.UNDOING, "wait"): _S.UNDOING,
        (_S.UNDOING, "done"): _S.UNDONE,
        (_S.UNDOING, "cannot"): _S.DONE,
    },
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One act of moderation. action, undone_by: the strings of the connector contract; undone_by None: nothing leads back.

    id: `<interaction>.<n>`. revision, digest: of what was said when it was decided; the words lie sealed beside it.
    since: when the present state was asked for. not_before: when the platform is asked next. told: why it did not come about.
    """

    id: str
    workspace: str
    interaction: str
    account: str
    platform: str
    action: str
    undone_by: str | None
    state: RulingState
    rationale: Rationale
    revision: int
    digest: str
    asked_at: datetime
    since: datetime
    not_before: datetime
    days: int | None = None
    """How long a ban lasts; None: without an end."""
    tries: int = 0
    """How often the platform may have been asked for the present state."""
    told: str | None = None
    settled_at: datetime | None = None
    notice: str | None = None
    """Id of the variant by which whoever said it was told, where somebody told them."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    @property
    def open(self) -> bool:
        """Whether the platform is still to be asked."""
        return self.state in {RulingState.ASKED, RulingState.UNDOING}

    def wait(self) -> timedelta:
        """How long until the platform is asked again, where it says nothing itself."""
        return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(10, max(0, self.tries - 1))))
