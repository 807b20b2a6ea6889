"""Escalating: the named person is told by mail, once it is certain; silence is the only outcome that is not allowed.

The mail holds no text and no name: only what kind of case it is, why, how urgent, and where to look.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.escalation import ESCALATION, MOST_TRIES, TELL_AGAIN_AFTER, Escalation, EscalationState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import Mail
from chalicelib.services.desk import Desk
from chalicelib.services.mailing import hand_over
from chalicelib.services.wording import EscalationFacts, escalation_mail
from chalicelib.store.repository import Stale

WORKER = Actor.worker("escalate")

MAIL_LEASE = timedelta(minutes=2)
"""Longer than any one mail may take; after it, a worker that was lost in the middle is taken to have told nobody."""


def tell(desk: Desk, workspace: str, escalation_id: str, now: datetime) -> EscalationState | None:
    """Tell the named person, unless somebody did or is about to. Safe to repeat."""
    escalation = desk.store.escalations.get(workspace, escalation_id)
    if escalation is None:
        return None
    try:
        if escalation.state is EscalationState.TELLING and _past(escalation, now):
            escalation = _move(desk, escalation, "lost", "the worker that told it left no outcome", now, again=now)
        if escalation.state is not EscalationState.OPEN or not _past(escalation, now):
            return escalation.state
        if escalation.tries >= MOST_TRIES:
            return _move(desk, escalation, "give_up", f"{MOST_TRIES} mails could not be sent", now).state
        claimed = _move(desk, escalation, "tell", "the mail is handed over", now, again=now + MAIL_LEASE, tried=True)
        return _send(desk, claimed, now).state
    except Stale:
        return None


def _past(escalation: Escalation, now: datetime) -> bool:
    return escalation.lease_until is None or escalation.lease_until <= now


def _send(desk: Desk, escalation: Escalation, now: datetime) -> Escalation:
    act, why = hand_over(desk.mailer, _mail(desk, escalation))
    if act == "told":
        return _move(desk, escalation, act, why, now)
    # What nobody may miss is told again in doubt: twice is better than never.
    act, again = {"doubt": "lost"}.get(act, act), now + TELL_AGAIN_AFTER * escalation.tries
    return _move(desk, escalation, act, why, now, again=again)


def _mail(desk: Desk, escalation: Escalation) -> Mail | None:
    workspace = desk.workspace(escalation.workspace)
    # Whoever is named now is told, also where the naming changed since it was opened.
    member = desk.store.members.get(workspace.id, workspace.escalate_to)
    interaction = desk.store.interactions.get(workspace.id, escalation.interaction)
    if member is None or interaction is None or interaction.decision is None:
        return None
    rationale = interaction.decision.rationale
    address = desk.policy.public_url
    rendered = escalation_mail(
        EscalationFacts(
            workspace=workspace.name,
            zone=workspace.zone,
            escalation=escalation.id,
            interaction=interaction.id,
            platform=interaction.platform,
            kind=interaction.kind,
            reason=rationale.why,
            severity=escalation.severity,
            risks=escalation.risks,
            clauses=rationale.clauses,
            received_at=interaction.received_at,
            opened_at=escalation.opened_at,
            deadline=escalation.deadline,
            url=f"{address}/escalations/{escalation.id}" if address else None,
        )
    )
    mail_id = f"escalation-{escalation.id}-{escalation.tries}"
    return Mail(mail_id, (member.email,), rendered.subject, rendered.text, rendered.html)


def _move(
    desk: Desk,
    before: Escalation,
    act: str,
    why: str,
    now: datetime,
    *,
    again: datetime | None = None,
    tried: bool = False,
) -> Escalation:
    state = ESCALATION.move(before.state, act)
    after = replace(
        before,
        state=state,
        lease_until=again,
        tries=before.tries + 1 if tried else before.tries,
        told_at=now if state is EscalationState.TOLD else before.told_at,
    )
    event = desk.store.escalations.moved(before, after, act, now, WORKER, why)
    return desk.store.escalations.save(before, after, event)
