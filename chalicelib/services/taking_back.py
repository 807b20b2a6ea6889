"""Taking back an automatic answer, in one step: stopped where it was not said yet, deleted on the platform where it was.

Either way a person gets the message, and nothing automatic is said in its conversation from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.interaction import INTERACTION, Interaction
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import moderating, taking_down, withdrawing
from chalicelib.services.answering import variant_of
from chalicelib.services.desk import Desk
from chalicelib.services.review_items import Question
from chalicelib.store import keys
from chalicelib.store.repository import Listing

_OPEN = {
    VariantState.SENDING: ("it is on its way", "Ask again in a minute: it is known by then what came of it."),
    VariantState.NEEDS_REVIEW: ("nobody knows yet whether it was said", "Decide its review item first."),
}


def take_back(desk: Desk, caller: Caller, interaction_id: str, why: str, now: datetime) -> Interaction:
    """Take the automatic answer to an interaction back. Safe to repeat: what is taken back already stays so.

    Raises NotFound; Conflict where there is none, or it is on its way at this moment; RemoteRefused and RemoteUnavailable as
    `taking_down.take_down` does: then nothing was changed here.
    """
    interaction = _found(desk, caller, interaction_id)
    variant = desk.store.variants.get(caller.workspace, variant_of(interaction))
    if variant is None:
        raise Conflict("it was not answered automatically", fix="Look at what was decided about it.")
    if variant.state in _OPEN:
        detail, fix = _OPEN[variant.state]
        raise Conflict(detail, fix=fix)
    if variant.state is VariantState.PUBLISHED:
        taking_down.take_down(desk, caller, variant.id, why, now)
        # Read anew: the platform may have taken its time.
        interaction = _found(desk, caller, interaction_id)
        if interaction.answer == variant.id and INTERACTION.allows(interaction.state, "undo"):
            _reopen(desk, caller, interaction, why, now)
    elif cancels := withdrawing.cancelling(desk, [variant], Actor.member(caller.member), _stopped(why), now):
        _write(desk, [*cancels, _touched(desk, interaction, now)])
    return _found(desk, caller, interaction_id)


def waiting(desk: Desk, workspace: str, *, limit: int, after: str | None) -> Listing[Variant]:
    """The automatic answers that are not said yet and can be stopped, by when they will be."""
    return desk.store.variants.listed(keys.shelf(workspace, "ANSWERS"), limit=limit, after=after)


def _reopen(desk: Desk, caller: Caller, interaction: Interaction, why: str, now: datetime) -> None:
    actor = Actor.member(caller.member)
    question: Question
    writes, question = moderating.reopened(
        desk, interaction, "undo", f"The automatic answer was {_stopped(why)}", actor, now
    )
    _write(desk, [*writes, _touched(desk, interaction, now)])
    question.announce(desk)


def _stopped(why: str) -> str:
    return f"taken back by a person: {why}"


def _touched(desk: Desk, interaction: Interaction, now: datetime) -> Write:
    return desk.store.human_update(keys.thread_touch(interaction.workspace, interaction.conversation.id), now)


def _write(desk: Desk, writes: Sequence[Write]) -> None:
    try:
        desk.store.write(writes)
    except ConditionFailed as failed:
        raise Conflict("it was changed at the same moment", fix="Ask again.") from failed


def _found(desk: Desk, caller: Caller, interaction_id: str) -> Interaction:
    found = desk.store.interactions.get(caller.workspace, interaction_id)
    if found is None:
        raise NotFound
    return found
