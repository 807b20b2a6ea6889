"""What a variant's new state means for others, written in the same transaction: nothing else may have to remember it.

An automatic answer that was said makes its interaction ANSWERED; one that will not be said puts it before a person. A
variant whose outcome cannot be known opens a review item.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.domain.post import Origin, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import Write
from chalicelib.services.desk import Desk

if TYPE_CHECKING:
    from chalicelib.domain.interaction import Interaction
    from chalicelib.services.review_items import Question

_WORKER = Actor.worker("publish")
_UNSAID = frozenset({VariantState.FAILED, VariantState.MISSED, VariantState.CANCELLED, VariantState.CLOSED})


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The writes that belong to a variant's change, and the question they put, if any."""

    writes: tuple[Write, ...] = ()
    question: Question | None = None

    def announce(self, desk: Desk) -> None:
        """Tell the review queue, once the writes are done."""
        if self.question is not None:
            self.question.announce(desk)


def of(desk: Desk, variant: Variant, now: datetime) -> Aftermath:
    """What follows from the state that the variant is about to have."""
    question = None
    writes: list[Write] = []
    if variant.state is VariantState.NEEDS_REVIEW:
        from chalicelib.services import review_items

        why = variant.reason or "its outcome cannot be known"
        question = review_items.about_variant(desk, variant, f"Was it published? {why}", _WORKER, now)
        writes.append(question.put)
    interaction = _answered_by(desk, variant)
    if interaction is None:
        return Aftermath(tuple(writes), question)
    from chalicelib.domain.interaction import INTERACTION
    from chalicelib.services import review_items

    if variant.state is VariantState.PUBLISHED:
        after = replace(interaction, state=INTERACTION.move(interaction.state, "sent"))
        event = desk.store.interactions.moved(interaction, after, "sent", now, _WORKER, "the automatic answer stands")
        writes.append(desk.store.interactions.changed(interaction, after, event))
    elif variant.state in _UNSAID:
        why = f"The automatic answer was not sent: {variant.reason or variant.state.value}"
        severity = interaction.decision.severity if interaction.decision else 1
        question = review_items.about_interaction(desk, interaction, severity, why, _WORKER, now)
        after = replace(interaction, state=INTERACTION.move(interaction.state, "refused"), review=question.item.id)
        event = desk.store.interactions.moved(interaction, after, "refused", now, _WORKER, why)
        writes += [desk.store.interactions.changed(interaction, after, event), question.put]
    return Aftermath(tuple(writes), question)


def _answered_by(desk: Desk, variant: Variant) -> Interaction | None:
    """The interaction that waits for this automatic answer, where one does."""
    if variant.origin is not Origin.TRIAGE or variant.interaction is None:
        return None
    from chalicelib.domain.interaction import InteractionState

    interaction = desk.store.interactions.get(variant.workspace, variant.interaction)
    if interaction is None or interaction.state is not InteractionState.ANSWERING or interaction.answer != variant.id:
        return None
    return interaction
