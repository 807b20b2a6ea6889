"""Rechecking: whether an automatic answer may still be said, asked once more in the moment before it is.

What was decided when the message came may have changed since: the message, the conversation, the guideline, the hour. What
is refused here goes to a person, with the reason. An ordinary post pays nothing for it; an answer pays two readings, and where
the message is older than some minutes one question to the platform.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.domain.post import Origin, Variant
from chalicelib.services.desk import Desk
from connectors import errors

if TYPE_CHECKING:
    from chalicelib.domain.triage import TriageDecision
    from chalicelib.services.matter import Matter


class Untold(Exception):
    """The platform does not tell just now whether what is to be answered still stands there: it is asked again later."""


def why_not_say(desk: Desk, variant: Variant, now: datetime) -> str | None:
    """Why an automatic answer may no longer be said; None where it may, and for whatever is none.

    What it answers is read again where it was said, unless it was heard a moment ago. Raises Untold where that cannot be
    done just now.
    """
    if variant.origin is not Origin.TRIAGE or variant.interaction is None:
        return None
    from chalicelib.domain.interaction import InteractionState
    from chalicelib.domain.listening import NOT_SAID_TO_US
    from chalicelib.services import matters

    interaction = desk.store.interactions.get(variant.workspace, variant.interaction)
    if interaction is None or interaction.state is not InteractionState.ANSWERING or interaction.answer != variant.id:
        return "what it answers has changed since"
    if interaction.kind in NOT_SAID_TO_US:
        return "what it answers was not said to us"
    decided_at = now if interaction.decision is None else interaction.decision.decided_at
    (matter,) = matters.load(desk, variant.workspace, [interaction], decided_at)
    if matter.thread.human_at is not None:
        return "a person has taken over the conversation"
    if matter.thread.cooling(now):
        return "the conversation has become heated"
    answers = matter.guideline.answers
    if matter.answers_today > answers.per_account_per_day:
        return "the guideline allows fewer automatic answers a day by now"
    if answers.quiet_hours is not None and answers.quiet_hours.over_at(now, matter.workspace.zone) > now:
        return "it could not be said before the quiet hours began"
    refusal = _decided_since(desk, matter, interaction.decision, now)
    if refusal is not None:
        return refusal
    from chalicelib.services import rereading

    try:
        stands = rereading.fresh(desk, interaction, now)
    except errors.Retryable as error:
        raise Untold(str(error)) from error
    return None if stands else "what it answers was changed, or taken back, since"


def _decided_since(desk: Desk, matter: Matter, decision: TriageDecision | None, now: datetime) -> str | None:
    """Why the guideline and the correction that are in force by now have it not said; nothing is read again where they are
    the same ones."""
    from chalicelib.domain.correction import taught

    if decision is None:
        return None
    correction = desk.correction(matter.workspace)
    same_guideline = decision.guideline == matter.guideline.version
    if same_guideline and taught(decision.classifier) == (None if correction is None else correction.id):
        return None
    if matter.content is None:
        return "its text is no longer kept"
    from chalicelib.domain.labels import TriageAction
    from chalicelib.domain.second_opinion import recorded
    from chalicelib.domain.triage import ThreadFacts
    from chalicelib.services import deciding
    from chalicelib.signals.reading import read

    signals = read(matter.content.text, correction=correction)
    heard = recorded(decision.rationale.evidence)
    again = deciding.decided(matter, matter.guideline, signals, ThreadFacts(), now, heard)
    if again.action is TriageAction.ANSWER and again.template == decision.template:
        return None
    changed = "what the reader was taught" if same_guideline else "the guideline"
    return f"{changed} has changed since: {again.rationale.why}"
