"""Review links: somebody without an account says yes or no to one post, once, by a link that its maker can take back.

The link's secret is 256 random bits, kept as a hash. It belongs behind the `#` of an address, so that no server on the way
writes it down. Whatever does not open (unknown, used, expired, taken back, or nothing to decide any more) is refused in
the same words.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain import approval
from chalicelib.domain.access import MAY, Action, Caller
from chalicelib.domain.account import Account
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed, NotFound
from chalicelib.domain.post import Body, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.review_link import LINK, LONGEST, USUAL, LinkState, ReviewLink
from chalicelib.ports import ConditionFailed
from chalicelib.services import approving, bodies, revoking
from chalicelib.services.desk import Desk

_TOKEN = re.compile(r"review_([a-z0-9]{1,40})_([a-z0-9]{1,40}-[0-9]{1,3}-[a-z0-9]{1,40})_([A-Za-z0-9_-]{43})", re.ASCII)
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a guest sees: one variant of one post, as it waits for their word."""

    link: ReviewLink
    variant: Variant
    body: Body
    account: Account


def make(
    desk: Desk, caller: Caller, variant_id: str, label: str, expires_at: datetime | None, now: datetime
) -> tuple[str, ReviewLink]:
    """A link to what waits for approval, and its token, shown this once. What is decided by it counts as its maker's word.

    expires_at: at most 14 days ahead; 7 where it is left out. Raises NotFound; NotAllowed where the caller's own yes would
    not count; Conflict where it waits for nobody; InvalidField.
    """
    variant, post = approving.read(desk, caller.workspace, variant_id)
    if variant.state is not VariantState.AWAITING_APPROVAL:
        raise Conflict(f"it is {variant.state.value}", fix="Propose it first: a link is for what waits for approval.")
    actor = Actor.member(caller.member)
    against = approval.why_not(variant, post.created_by, desk.workspace(caller.workspace).approvals, actor.id)
    if against is not None or not caller.may(Action.VARIANT_APPROVE):
        why = against or f"this needs the right {Action.VARIANT_APPROVE.value}"
        raise NotAllowed(f"a link hands on its maker's own yes: {why}", fix="Ask somebody else who may approve it.")
    ends = expires_at or now + USUAL
    if not now < ends <= now + LONGEST:
        raise InvalidField("/expires_at", f"it must lie within {LONGEST.days} days", fix="Give an earlier time.")
    secret = urlsafe_b64encode(desk.entropy.token(32)).decode().rstrip("=")
    link_id = f"{variant.id}.{desk.new_id()}"
    link = ReviewLink(link_id, variant.workspace, variant.id, LinkState.OPEN, _hash(secret), label, actor.id, now, ends)
    why = f"handed out for variant {variant.id}, until {ends:%Y-%m-%d %H:%M} UTC"
    event = AuditEvent(variant.workspace, f"link:{link_id}", "make", now, actor, why, None, link.state.value)
    made = desk.store.review_links.create(link, event)
    return f"review_{variant.workspace}_{link_id.replace('.', '-')}_{secret}", made


def revoke(desk: Desk, caller: Caller, link_id: str, now: datetime) -> ReviewLink:
    """From now on the link opens nothing; taking it back twice is taking it back once. Raises NotFound, Conflict if used."""

    def unused() -> ReviewLink:
        link = desk.store.review_links.get(caller.workspace, link_id)
        if link is None:
            raise NotFound
        if link.state is LinkState.USED:
            raise Conflict("it was used already", fix="Read what was decided by it.")
        return link

    return revoking.revoke(desk.store.review_links, LINK, unused, caller, now)


def show(desk: Desk, token: str, now: datetime) -> Shown:
    """What a link shows. Raises NotFound, in the same words and after the same work whatever is wrong with it."""
    found = _TOKEN.fullmatch(token)
    workspace, name, secret = found.groups() if found else ("none", "none-0-none", "")
    link = desk.store.review_links.get(workspace, name.replace("-", "."))
    matches = hmac.compare_digest(_hash(secret), link.secret_hash if link else _NOBODY)
    if found is None or link is None or not matches or not link.opens(now):
        raise NotFound
    variant, post = approving.read(desk, workspace, link.variant)
    member = desk.store.members.get(workspace, link.by.partition(":")[2])
    account = desk.store.accounts.get(workspace, variant.account)
    stands = member is not None and Action.VARIANT_APPROVE in MAY[member.role]
    rule = desk.workspace(workspace).approvals
    stands = stands and approval.why_not(variant, post.created_by, rule, link.by) is None
    # Late, returned, edited, missed or said: there is nothing to decide, and a draft is nobody else's to read.
    waits = variant.state is VariantState.AWAITING_APPROVAL and not variant.schedule.too_late(now)
    if account is None or not stands or not waits:
        raise NotFound
    return Shown(link, variant, bodies.body_in(desk, variant, post), account)


def decide(desk: Desk, token: str, version: int, text: str | None, now: datetime, *, yes: bool) -> Variant:
    """What a guest decides about the version that they saw; the link is used with it, in one write.

    text: what they say with a yes, or what is to change; needed with a no. Raises NotFound as `show` does; Conflict where
    it was changed since; InvalidField.
    """
    link = show(desk, token, now).link
    if not yes and not (text or "").strip():
        raise InvalidField("/comment", "nobody would know what to change", fix="Say what is to be different.")
    after = replace(link, state=LINK.move(link.state, "use"), used_at=now)
    actor = Actor(f"link:{link.id}")
    why = "approved by it" if yes else "changes were asked for by it"
    event = desk.store.review_links.moved(link, after, "use", now, actor, why)
    used = desk.store.review_links.changed(link, after, event)
    voice = approving.Voice(actor, link.by, link)
    try:
        if yes:
            return approving.say_yes(desk, link.workspace, link.variant, version, voice, now, text=text, more=(used,))
        return approving.say_no(desk, link.workspace, link.variant, version, voice, now, text=text or "", more=(used,))
    except ConditionFailed:
        raise NotFound from None  # used, or taken back, at this moment
    except (Conflict, NotAllowed):
        show(desk, token, now)  # where there is nothing to decide any more, the link says no more than that
        raise


def _hash(secret: str) -> str:
    # A plain hash is enough for 256 random bits, as for API tokens (`access`).
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
