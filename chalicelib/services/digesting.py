"""Digesting: what a manager reads, from the record as it stands; mailed at most once.

A mail whose answer was lost leaves the digest IN_DOUBT and is not sent again by itself; one that was refused is tried
again, at growing distance, up to `MOST_TRIES`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.digest import DIGEST, Digest, DigestState
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.rationale import Actor
from chalicelib.ports import Mail, MailInDoubt, MailRefused
from chalicelib.services.desk import Desk
from chalicelib.services.digest_facts import gather
from chalicelib.services.wording import digest_mail
from chalicelib.store.repository import Stale

WORKER = Actor.worker("digest")
MAIL_LEASE = timedelta(minutes=2)
MOST_TRIES = 5
TRY_AGAIN_AFTER = timedelta(minutes=5)


def order(desk: Desk, caller: Caller, to: tuple[str, ...], since: datetime, until: datetime, now: datetime) -> Digest:
    """Have a summary of a span of time mailed to members, now. Raises InvalidField."""
    if since >= until:
        raise InvalidField("/since", "the span ends before it begins", fix="Give a `since` before `until`.")
    if not to:
        raise InvalidField("/to", "nobody would read it", fix="Give ids of members of this workspace.")
    for place, member in enumerate(to):
        if desk.store.members.get(caller.workspace, member) is None:
            raise InvalidField(f"/to/{place}", "there is no such member", fix="Give ids of members of this workspace.")
    digest = Digest(desk.new_id(), caller.workspace, DigestState.DUE, to, since, until, due_at=now)
    event = AuditEvent(
        caller.workspace,
        f"digest:{digest.id}",
        "order",
        now,
        Actor.member(caller.member),
        "ordered by a member",
        None,
        DigestState.DUE.value,
    )
    return desk.store.digests.create(digest, event)


def send(desk: Desk, workspace: str, digest_id: str, now: datetime) -> DigestState | None:
    """Mail a digest that is due, unless somebody did or is about to. Safe to repeat."""
    digest = desk.store.digests.get(workspace, digest_id)
    if digest is None:
        return None
    past = digest.lease_until is None or digest.lease_until <= now
    try:
        if digest.state is DigestState.SENDING and past:
            return _move(desk, digest, "lost", "the worker that sent it left no outcome", now).state
        if digest.state is not DigestState.DUE or now < digest.due_at or not past:
            return digest.state
        claimed = _move(desk, digest, "claim", "the mail is handed over", now, again=now + MAIL_LEASE)
        return _send(desk, claimed, now).state
    except Stale:
        return None


def _send(desk: Desk, digest: Digest, now: datetime) -> Digest:
    workspace = desk.workspace(digest.workspace)
    members = [desk.store.members.get(workspace.id, one) for one in digest.to]
    addresses = tuple(one.email for one in members if one is not None)
    if not addresses:
        raise NotFound("nobody is left to read this digest")
    rendered = digest_mail(gather(desk, workspace, digest.since, digest.until, now))
    try:
        desk.mailer.send(Mail(f"digest-{digest.id}", addresses, rendered.subject, rendered.text, rendered.html))
    except MailRefused:
        if digest.tries >= MOST_TRIES:
            return _move(desk, digest, "lost", f"the mail was refused {MOST_TRIES} times", now)
        return _move(desk, digest, "refused", "the mail was refused", now, again=now + TRY_AGAIN_AFTER * digest.tries)
    except MailInDoubt:
        return _move(desk, digest, "lost", "whether the mail was sent is not known", now)
    return _move(desk, digest, "sent", "the mail was accepted for delivery", now)


def _move(desk: Desk, before: Digest, act: str, why: str, now: datetime, *, again: datetime | None = None) -> Digest:
    state = DIGEST.move(before.state, act)
    after = replace(
        before,
        state=state,
        lease_until=again,
        tries=before.tries + 1 if state is DigestState.SENDING else before.tries,
        sent_at=now if state is DigestState.SENT else None,
    )
    event = desk.store.digests.moved(before, after, act, now, WORKER, why)
    return desk.store.digests.save(before, after, event)
