"""Ruling by a clause: what a guideline has done on a platform without a person, on the same road as a person's decision.

It makes the ruling that `moderating` would: with its rationale, sealed evidence, and the one step back. It never touches what was
ruled about before, so that what a person undid stays undone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.ruling import Ruling
from chalicelib.domain.triage import TriageDecision
from chalicelib.ports import Write
from chalicelib.services import evidence, moderating
from chalicelib.services.desk import Desk
from chalicelib.services.evidence import Evidence
from chalicelib.services.matter import Matter
from chalicelib.services.standing import Matter as Standing
from connectors.moderation import Moderation


@dataclass(frozen=True, slots=True)
class Made:
    """A ruling to be, and the writes that make it: they belong into the interaction's own transaction."""

    ruling: Ruling
    writes: tuple[Write, ...]


def against_any(matter: Matter) -> str | None:
    """Why nothing at all is done about it without a person; None where something may be."""
    if matter.interaction.ruling is not None:
        return "it was ruled about before: a person decides anew"
    return None


def against(desk: Desk, matter: Matter, action: str) -> str | None:
    """Why this may not be done about it, in words for a person; None where, as far as is known, it may."""
    objection = _standing(desk, matter, evidence.gather(desk, matter.interaction)).objection(Moderation(action))
    return None if objection is None else objection.why


def made(desk: Desk, matter: Matter, decision: TriageDecision, now: datetime) -> Made:
    """The ruling that a decision to moderate leads to. Raises LookupError where `against` has something to say."""
    found = evidence.gather(desk, matter.interaction)
    action = Moderation(decision.moderate or "")
    if found is None or _standing(desk, matter, found).objection(action) is not None:
        raise LookupError("what stands against it is asked for first")
    ruling = moderating.asked(matter.interaction, action, decision.rationale, found, now)
    return Made(ruling, tuple(moderating.ruling_writes(desk, matter.interaction, ruling, found, now)))


def _standing(desk: Desk, matter: Matter, found: Evidence | None) -> Standing:
    can = desk.platforms.capabilities(matter.interaction.platform)
    return Standing(matter.interaction, matter.account, can, found)
