"""Deriving: whether what was decided about a message follows from its record alone, long after its words are gone."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.errors import NotFound
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.replay import compared
from chalicelib.domain.triage import NotInRecord, derived
from chalicelib.services.desk import Desk


@dataclass(frozen=True, slots=True)
class Followed:
    """Whether a decision is made again, in all that anybody would notice, by what the record holds; or why nobody can tell."""

    follows: bool | None
    why_not: str | None = None


def followed(desk: Desk, interaction: Interaction) -> Followed:
    """Whether its decision follows from the record. Nothing removes a guideline version; one that is missing is named."""
    then = interaction.decision
    if then is None:
        return Followed(None, "nothing was decided about it yet")
    try:
        guideline = desk.guideline_of(interaction.workspace, then.guideline)
    except NotFound:
        return Followed(None, f"guideline version {then.guideline}, by which it was decided, is gone from the record")
    try:
        again = derived(then, guideline, kind=interaction.kind)
    except NotInRecord:
        return Followed(None, "an older release decided, and did not keep all that led to it")
    return Followed(compared(interaction.id, then, again) is None)
