"""Revising: what was said was changed, or taken back, where it was said; the record follows, and a person is not overruled.

A change is a new revision, decided about anew; what a person decided about goes before a person. What was taken back is
WITHDRAWN: its text is purged, nobody is asked about it any more, and nothing automatic answers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.interaction import INTERACTION, Interaction, InteractionState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.review import REVIEW
from chalicelib.ports import ConditionFailed, QueueName, Write
from chalicelib.services import review_items, withdrawing
from chalicelib.services.desk import Desk, hint
from chalicelib.store import keys
from chalicelib.store.contents import Content

WORKER = Actor.worker("listen")


def edited(desk: Desk, before: Interaction, content: Content, digest: str, now: datetime) -> bool:
    """It says something else now. False where it was changed here meanwhile: the next reading brings it again."""
    if not INTERACTION.allows(before.state, "edited") or before.digest == digest:
        return False
    state = INTERACTION.move(before.state, "edited")
    after = replace(before, state=state, revision=before.revision + 1, digest=digest, history=False)
    question = None
    if after.state is InteractionState.IN_REVIEW:
        severity = before.decision.severity if before.decision else 1
        why = "Its author changed it after it was decided about."
        question = review_items.about_interaction(desk, before, severity, why, WORKER, now)
        after = replace(after, review=question.item.id)
    else:
        after = replace(after, decision=None, review=None)
    if not _saved(desk, before, after, "edited", "its author changed it", now, content, question):
        return False
    if question is not None:
        question.announce(desk)
    elif after.state is InteractionState.NEW:
        hint(desk, QueueName.TRIAGE, {"workspace": after.workspace, "interactions": [after.id]})
    _cancel_answer(desk, before, now)
    return True


def withdrawn(desk: Desk, before: Interaction, now: datetime) -> bool:
    """It is not there any more. False where it was changed here meanwhile."""
    if not INTERACTION.allows(before.state, "withdrawn"):
        return False
    after = replace(before, state=INTERACTION.move(before.state, "withdrawn"))
    if not _saved(desk, before, after, "withdrawn", "it is not on the platform any more", now):
        return False
    desk.store.table.transact_each([[one] for one in desk.store.contents.purges(before)])
    _cancel_answer(desk, before, now)
    return True


def _saved(
    desk: Desk,
    before: Interaction,
    after: Interaction,
    act: str,
    why: str,
    now: datetime,
    content: Content | None = None,
    question: review_items.Question | None = None,
) -> bool:
    event = desk.store.interactions.moved(before, after, act, now, WORKER, why)
    writes: list[Write] = [desk.store.interactions.changed(before, after, event), *_closing(desk, before, why, now)]
    if content is not None:
        writes.append(desk.store.contents.put(after, content))
    if question is not None:
        writes.append(question.put)
    try:
        desk.store.write(writes)
    except ConditionFailed:
        return False
    return True


def _closing(desk: Desk, interaction: Interaction, why: str, now: datetime) -> Sequence[Write]:
    """The write that closes the question about what it said before, where one is open."""
    item = None if interaction.review is None else desk.store.reviews.get(interaction.workspace, interaction.review)
    if item is None or not REVIEW.allows(item.state, "moot"):
        return ()
    after = replace(item, state=REVIEW.move(item.state, "moot"), claim=None)
    event = desk.store.reviews.moved(item, after, "moot", now, WORKER, why)
    return (desk.store.reviews.changed(item, after, event),)


def _cancel_answer(desk: Desk, before: Interaction, now: datetime) -> None:
    """Cancel an automatic answer that has not begun; where that fails it is refused at its sending (`aftermath`)."""
    if before.state is not InteractionState.ANSWERING or before.answer is None:
        return
    variants = desk.store.variants.get_many([keys.variant(before.workspace, before.answer)])
    writes = withdrawing.cancelling(desk, variants, WORKER, "what it answers has changed since", now)
    if writes:
        desk.store.table.transact_each([writes])
