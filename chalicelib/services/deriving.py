"""Deriving: whether what was decided about a message follows from its record alone, long after its words are gone."""

from __future__ import annotations

from chalicelib.domain.interaction import Interaction
from chalicelib.domain.replay import compared
from chalicelib.domain.triage import NotInRecord, derived
from chalicelib.services.desk import Desk


def follows(desk: Desk, interaction: Interaction) -> bool | None:
    """Whether its decision is made again, in all that anybody would notice, by what the record holds.

    None where nothing was decided, or an older release did not keep all that led to it. Raises NotFound without the
    guideline version that it names.
    """
    then = interaction.decision
    if then is None:
        return None
    try:
        again = derived(then, desk.guideline_of(interaction.workspace, then.guideline), kind=interaction.kind)
    except NotInRecord:
        return None
    return compared(interaction.id, then, again) is None
