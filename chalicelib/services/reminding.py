"""Reminding: those who may approve are told in time that something waits for them, and everybody when it was missed.

The mails hold no text and no name: only how many wait, where and until when. One mail for each person, whatever waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain import approval
from chalicelib.domain.post import VARIANT, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Member, Workspace
from chalicelib.ports import Mail, MailInDoubt, MailRefused
from chalicelib.services import approving, outcomes
from chalicelib.services.desk import Desk
from chalicelib.services.wording import ApprovalFacts, ApprovalLine, approval_mail
from chalicelib.store import keys
from chalicelib.store.repository import Stale

WORKER = Actor.worker("remind")

MAIL_LEASE = timedelta(minutes=10)
"""Longer than all mails of one reminder take; after it, a worker that was lost in the middle is taken to have told nobody."""

MOST_TRIES = 3
MOST_AT_ONCE = 100


def attend(desk: Desk, workspace: str, variant_id: str, now: datetime) -> None:
    """What time does to a variant that waits for approval: a reminder, once, and past its limit it is missed.

    Called by the tick; safe to repeat. Raises MailRefused or MailInDoubt where nobody could be told that it was missed.
    """
    variant = desk.store.variants.get(workspace, variant_id)
    if variant is None or variant.state is not VariantState.AWAITING_APPROVAL:
        return
    if variant.schedule.too_late(now):
        _miss(desk, variant, now)
    elif variant.remind_at is not None and variant.remind_at <= now:
        _remind(desk, variant, now)


def _miss(desk: Desk, variant: Variant, now: datetime) -> None:
    try:
        left = outcomes.leave(desk, variant, "miss", "nobody approved it before its time", now)
    except Stale:
        return  # somebody was faster: theirs is the step that counts
    author = _authors(desk, [left])[left.id]
    told = {one.id: one for one in approving.may_approve(desk, left.workspace)}
    written_by = desk.store.members.get(left.workspace, author.partition(":")[2])
    if written_by is not None:
        told[written_by.id] = written_by
    _send(desk, [(member, [left]) for member in told.values()])


def _remind(desk: Desk, first: Variant, now: datetime) -> None:
    """Everything whose reminder is due is claimed, told of in one mail for each person, and noted as told."""
    claimed = [one for each in _due(desk, first, now) if (one := _noted(desk, each, now + MAIL_LEASE, now)) is not None]
    if not claimed:
        return
    authors = _authors(desk, claimed)
    rule = desk.workspace(first.workspace).approvals
    members = list(approving.may_approve(desk, first.workspace))
    asked = {
        member.id: [
            one for one in claimed if approval.why_not(one, authors[one.id], rule, f"member:{member.id}") is None
        ]
        for member in members
    }
    for one in claimed:
        if not any(one in theirs for theirs in asked.values()):
            # Nobody's yes counts: whoever may change that must hear of it.
            for theirs in asked.values():
                theirs.append(one)
    try:
        _send(desk, [(member, asked[member.id]) for member in members if asked[member.id]])
    except (MailRefused, MailInDoubt):
        claimed = [one for one in claimed if _told(one) >= MOST_TRIES]
    for one in claimed:
        _noted(desk, one, None, now)


def _due(desk: Desk, first: Variant, now: datetime) -> Iterator[Variant]:
    """What is to be told of now: this one, and whatever else of the workspace is due."""
    yield first
    shelf = keys.shelf(first.workspace, "APPROVALS")
    for one in desk.store.variants.listed(shelf, limit=MOST_AT_ONCE).items:
        waits = one.state is VariantState.AWAITING_APPROVAL and not one.schedule.too_late(now)
        if waits and one.id != first.id and one.remind_at is not None and one.remind_at <= now:
            yield one


def _noted(desk: Desk, variant: Variant, again: datetime | None, now: datetime) -> Variant | None:
    """The variant with its next reminder; None where somebody else was faster."""
    after = replace(variant, state=VARIANT.move(variant.state, "remind"), remind_at=again)
    why = "those who may approve it were told" if again is None else "those who may approve it are being told"
    try:
        return desk.store.variants.save(
            variant, after, desk.store.variants.moved(variant, after, "remind", now, WORKER, why)
        )
    except Stale:
        return None


def _told(variant: Variant) -> int:
    """How often its present version was tried to be told of."""
    tries = 0
    for event in reversed(variant.events):
        if event.act != "remind":
            break
        tries += 1
    return tries


def _authors(desk: Desk, variants: Sequence[Variant]) -> dict[str, str]:
    """Who made the post of each variant."""
    posts = desk.store.posts.get_many({keys.post(one.workspace, one.post): None for one in variants})
    made = {post.id: post.created_by for post in posts}
    return {one.id: made.get(one.post, "") for one in variants}


def _send(desk: Desk, to: Sequence[tuple[Member, Sequence[Variant]]]) -> None:
    """One mail to each. Raises what the last one that failed raised, where none could be sent."""
    failed: MailRefused | MailInDoubt | None = None
    sent = 0
    for member, variants in to:
        mail = _mail(desk, desk.workspace(member.workspace), member, variants)
        try:
            desk.mailer.send(mail)
            sent += 1
        except (MailRefused, MailInDoubt) as error:
            failed = error
    if failed is not None and not sent:
        raise failed


def _mail(desk: Desk, workspace: Workspace, member: Member, variants: Sequence[Variant]) -> Mail:
    address = desk.policy.public_url
    lines = tuple(
        ApprovalLine(
            one.id,
            one.platform,
            one.schedule.at,
            one.schedule.at + one.schedule.late_limit,
            one.asks - len(one.approvals),
        )
        for one in sorted(variants, key=lambda one: one.schedule.at)
    )
    missed = variants[0].state is VariantState.MISSED
    url = f"{address}/approvals" if address else None
    rendered = approval_mail(ApprovalFacts(workspace.name, workspace.zone, lines, missed=missed, url=url))
    mail_id = f"approval-{member.id}-{variants[0].id}-{variants[0].rev}"
    return Mail(mail_id, (member.email,), rendered.subject, rendered.text, rendered.html)
