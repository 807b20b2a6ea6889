"""How a promise may be broken, and the finding that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Harm(StrEnum):
    """How a promise may be broken. UNTRUE: the record says what is not so, or does not say what happened."""

    LOST = "lost"
    TWICE = "twice"
    OUT_OF_ORDER = "out_of_order"
    EARLY = "early"
    AFTER_CANCEL = "after_cancel"
    AFTER_BRAKE = "after_brake"
    AFTER_PERSON = "after_person"
    EDIT_LOST = "edit_lost"
    INTERACTIONS_LOST = "interactions_lost"
    INTERACTIONS_TWICE = "interactions_twice"
    ANSWERS_TWICE = "answers_twice"
    DECISIONS_OVERWRITTEN = "decisions_overwritten"
    OVER_BUDGET = "over_budget"
    THREAD_BROKEN = "thread_broken"
    UNAPPROVED_SENT = "unapproved_sent"
    BYTES_DIFFER = "bytes_differ"
    STUCK = "stuck"
    UNTRUE = "untrue"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise, in words."""

    harm: Harm
    words: str
