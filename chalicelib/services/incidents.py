"""Incidents: an account that a platform shuts out is told of once, with the posts that are in danger and the one next step.

The incident is written with the account's own change, so that neither is there without the other; it is closed in the same
way. The mail goes to owners and managers (of what decides, to owners and whoever keeps people safe) and holds no text: only which
posts, where, when, and what is to be done.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.access import Role
from chalicelib.domain.account import Account
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.incident import (
    INCIDENT,
    MOST_TRIES,
    NOTICED,
    TELL_AGAIN_AFTER,
    Cause,
    Incident,
    IncidentState,
    incident_id,
)
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import Mail, Put, Update
from chalicelib.services import coming
from chalicelib.services.desk import Desk
from chalicelib.services.mailing import hand_over
from chalicelib.store import keys
from chalicelib.store.repository import Stale, whole

WORKER = Actor.worker("incident")
CONNECTOR = Actor.worker("connector")

MAIL_LEASE = timedelta(minutes=2)
"""Longer than any one mail may take; after it, whether a worker that was lost had sent it is not known."""

LOOKS_AHEAD = timedelta(days=30)
MOST_LINES = 20


def opening(
    desk: Desk, one: Account | Workspace, cause: Cause, why: str, now: datetime, actor: Actor = CONNECTOR
) -> tuple[Incident, Put]:
    """An incident of this account, or of the workspace itself, as it stands; and the write that makes it."""
    account = one.id if isinstance(one, Account) else None
    incident = Incident(incident_id(one.id, one.rev), one.workspace, account, cause, why, IncidentState.OPEN, now)
    event = AuditEvent(one.workspace, f"incident:{incident.id}", "open", now, actor, why, None, "open")
    return incident, desk.store.incidents.created(incident, event)


def noting(account: Account, name: str, cause: Cause, why: str, now: datetime) -> tuple[Incident, AuditEvent]:
    """An incident that stands beside the account, which goes on; and the event that opens it."""
    incident = Incident(name, account.workspace, account.id, cause, why, IncidentState.OPEN, now)
    actor = Actor.worker("band")
    return incident, AuditEvent(account.workspace, f"incident:{name}", "open", now, actor, why, None, "open")


def closing(desk: Desk, one: Account | Workspace, actor: Actor, why: str, now: datetime) -> list[Update]:
    """The write that closes the account's incident, or the workspace's; none where there is none that is open."""
    known = of(desk, one)
    if known is None or not INCIDENT.allows(known.state, "close"):
        return []
    after = replace(known, state=INCIDENT.move(known.state, "close"), closed_at=now, lease_until=None)
    event = desk.store.incidents.moved(known, after, "close", now, actor, why)
    return [desk.store.incidents.changed(known, after, event)]


def of(desk: Desk, one: Account | Workspace) -> Incident | None:
    """Why an account, or the workspace itself, needs somebody; None while it needs nobody."""
    return None if one.incident is None else desk.store.incidents.get(one.workspace, one.incident)


def shut_out(desk: Desk, incident: Incident) -> list[Account]:
    """The accounts that wait for this incident's end."""
    return [one for one in desk.store.accounts_of(incident.workspace) if one.incident == incident.id]


def in_danger(desk: Desk, incident: Incident, now: datetime) -> list[Variant]:
    """What those accounts are to say in the next 30 days, the next first."""
    accounts = {one.id for one in shut_out(desk, incident)}
    found = coming.variants(desk, incident.workspace, now + LOOKS_AHEAD)
    mine = [one for one in found if one.account in accounts and one.state is not VariantState.SENDING]
    return sorted(mine, key=lambda one: one.schedule.at)


def tell(desk: Desk, workspace: str, incident: str, now: datetime) -> IncidentState | None:
    """Tell owners and managers, unless somebody did or is about to. Called by the tick; safe to repeat."""
    known = desk.store.incidents.get(workspace, incident)
    if known is None:
        return None
    try:
        if known.state is IncidentState.TELLING and _past(known, now):
            return _move(desk, known, "doubt", "the worker that told of it left no outcome", now).state
        if known.state is not IncidentState.OPEN or not _past(known, now):
            return known.state
        if known.tries >= MOST_TRIES:
            return _move(desk, known, "give_up", f"{MOST_TRIES} mails could not be sent", now).state
        claimed = _move(desk, known, "tell", "the mail is handed over", now, again=now + MAIL_LEASE)
        return _send(desk, claimed, now).state
    except Stale:
        return None


def _past(incident: Incident, now: datetime) -> bool:
    return incident.lease_until is None or incident.lease_until <= now


def _send(desk: Desk, incident: Incident, now: datetime) -> Incident:
    act, why = hand_over(desk.mailer, _mail(desk, incident, now))
    again = now + TELL_AGAIN_AFTER * incident.tries if act == "refused" else None
    return _move(desk, incident, act, why, now, again=again)


def _mail(desk: Desk, incident: Incident, now: datetime) -> Mail | None:
    from chalicelib.services.wording import IncidentFacts, PostLine, incident_mail

    workspace = desk.workspace(incident.workspace)
    pk = keys.workspace(workspace.id).pk
    members = whole(lambda after: desk.store.members.queried(pk, "MEMBER#", after=after))
    told = {Role.OWNER, Role.SAFETY if incident.cause is Cause.OUTGROWN else Role.MANAGER}
    to = tuple(one.email for one in members if one.role in told)
    account = None if incident.account is None else desk.store.accounts.get(workspace.id, incident.account)
    if not to or (account is None and incident.account is not None):
        return None
    waiting = in_danger(desk, incident, now)
    address = desk.policy.public_url
    place = "corrections" if account is None else f"accounts/{account.id}"
    rendered = incident_mail(
        IncidentFacts(
            workspace=workspace.name,
            zone=workspace.zone,
            platform="" if account is None else account.platform,
            account="" if account is None else account.handle,
            cause=incident.cause.value,
            why=incident.why,
            since=incident.opened_at,
            next_step=incident.next_step,
            posts=tuple(PostLine(one.id, one.schedule.at) for one in waiting[:MOST_LINES]),
            more=max(0, len(waiting) - MOST_LINES),
            url=f"{address}/{place}" if address else None,
            by_itself=incident.cause in NOTICED,
        )
    )
    return Mail(f"incident-{workspace.id}-{incident.id}", to, rendered.subject, rendered.text, rendered.html)


def _move(
    desk: Desk, before: Incident, act: str, why: str, now: datetime, *, again: datetime | None = None
) -> Incident:
    state = INCIDENT.move(before.state, act)
    after = replace(
        before,
        state=state,
        lease_until=again,
        tries=before.tries + 1 if act == "tell" else before.tries,
        told_at=now if act == "told" else before.told_at,
    )
    return desk.store.incidents.save(before, after, desk.store.incidents.moved(before, after, act, now, WORKER, why))
