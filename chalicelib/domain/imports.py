"""Import: a table of posts that is checked as a whole first, then scheduled row by row, a part at a time.

All or nothing is kept by undoing: a row that cannot be scheduled any more after all leads to every earlier one being
cancelled. What had begun to be sent by then stands, and is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine


class ImportState(StrEnum):
    """What is already true of an import."""

    CHECKING = "checking"
    CHECKED = "checked"
    """Nothing is scheduled yet: this is the dry run's end."""
    RUNNING = "running"
    UNDOING = "undoing"
    DONE = "done"
    UNDONE = "undone"
    CANCELLED = "cancelled"


_S = ImportState

IMPORT = Machine(
    "Import",
    ImportState,
    {
        (_S.CHECKING, "checked"): _S.CHECKED,
        (_S.CHECKING, "cancel"): _S.CANCELLED,
        (_S.CHECKED, "begin"): _S.RUNNING,
        (_S.CHECKED, "cancel"): _S.CANCELLED,
        (_S.RUNNING, "finish"): _S.DONE,
        (_S.RUNNING, "cancel"): _S.CANCELLED,
        (_S.RUNNING, "undo"): _S.UNDOING,
        (_S.UNDOING, "finish"): _S.UNDONE,
    },
)

WORKING = frozenset({_S.CHECKING, _S.RUNNING, _S.UNDOING})
"""States in which a worker has parts to go through."""


class Mode(StrEnum):
    """What becomes of the good rows of a table that has faulty ones."""

    ROW_WISE = "row_wise"
    """They are scheduled; the faulty ones are told."""
    ALL_OR_NOTHING = "all_or_nothing"


class Outcome(StrEnum):
    """What came of one row so far."""

    WAITING = "waiting"
    """Nobody has looked at it yet."""
    GOOD = "good"
    """It could be scheduled when it was checked."""
    FAULTY = "faulty"
    SAME = "same"
    """An earlier row of the file says the same: it is one post."""
    MADE = "made"
    KNOWN = "known"
    """An earlier import scheduled it already."""
    UNDONE = "undone"
    STOOD = "stood"
    """It was to be undone, and had begun to be sent, or ended, by then."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell of a row, and the mend. `column` is empty where the whole row is meant."""

    column: str
    detail: str
    fix: str


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row: the line on which it begins, what it asks for until it is settled, and what came of it."""

    line: int
    cells: Mapping[str, str] = field(default_factory=dict)
    """By column; empty once it is settled, since the post says it from then on."""
    outcome: Outcome = Outcome.WAITING
    post: str | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a worker has gone through an import's parts in its present state; `turns` is what a change is fenced by.

    counts: rows by outcome, of the parts that this state is done with.
    """

    state: ImportState
    done: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    lease_until: datetime | None = None
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """A table of posts on its way into the record. `owner` is whoever brought it; its rows are scheduled in their name."""

    id: str
    workspace: str
    state: ImportState
    owner: str
    created_at: datetime
    since: datetime
    """Since when it is in its state."""
    rows: int
    parts: int
    """In how many pieces its rows are kept."""
    mode: Mode | None = None
    reason: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows by outcome, when the last state's work had ended."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
