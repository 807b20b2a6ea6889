"""Making review items: the write that puts a question on the desk, and the hint that tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.post import Variant
from chalicelib.domain.rationale import Actor
from chalicelib.domain.review import ANSWER_WITHIN, ReviewItem, ReviewState, Subject
from chalicelib.ports import Put, QueueName
from chalicelib.services.desk import Desk, derived_id, hint


@dataclass(frozen=True, slots=True)
class Question:
    """A review item to be, and the write that makes it."""

    item: ReviewItem
    put: Put

    def announce(self, desk: Desk) -> None:
        """Tell the review queue; a hint, sent after the write."""
        hint(desk, QueueName.REVIEW, {"workspace": self.item.workspace, "review": self.item.id})


def about_interaction(
    desk: Desk, interaction: Interaction, severity: int, question: str, actor: Actor, now: datetime
) -> Question:
    """Ask a person about an interaction, as it lies at this `rev`."""
    item_id = derived_id("review", interaction.id, str(interaction.rev))
    return _question(
        desk, interaction.workspace, item_id, Subject.INTERACTION, interaction.id, severity, question, actor, now
    )


def about_variant(desk: Desk, variant: Variant, question: str, actor: Actor, now: datetime) -> Question:
    """Ask a person what became of a variant whose outcome cannot be known, as it lies at this `rev`.

    Not by its attempts: whoever answers "send it again" too late is asked once more about the same one.
    """
    item_id = derived_id("review", variant.id, str(variant.rev))
    return _question(desk, variant.workspace, item_id, Subject.VARIANT, variant.id, 2, question, actor, now)


def _question(
    desk: Desk,
    workspace: str,
    item_id: str,
    subject: Subject,
    about: str,
    severity: int,
    question: str,
    actor: Actor,
    now: datetime,
) -> Question:
    item = ReviewItem(
        id=item_id,
        workspace=workspace,
        subject=subject,
        about=about,
        state=ReviewState.OPEN,
        severity=severity,
        opened_at=now,
        deadline=now + ANSWER_WITHIN[severity],
        question=question,
    )
    event = AuditEvent(workspace, f"review:{item_id}", "open", now, actor, question, None, ReviewState.OPEN.value)
    return Question(item, desk.store.reviews.created(item, event))
