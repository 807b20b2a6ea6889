"""Approving: a yes to what is to be said, bound to its words, its account and its time; or a no that says what to change.

Nothing here sends: the last yes that is needed puts it on its schedule. Whoever decides names the version that they saw;
what was changed in that moment by somebody else is never approved with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from chalicelib.domain import approval
from chalicelib.domain.access import MAY, Action, Caller, Role
from chalicelib.domain.approval import ApprovalRule
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.comment import Comment
from chalicelib.domain.differences import Changed, between, moved
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed, NotFound
from chalicelib.domain.post import VARIANT, Approval, Body, Post, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.review_link import ReviewLink
from chalicelib.domain.timing import stamp
from chalicelib.domain.workspace import Member, Workspace
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import bodies, scheduling
from chalicelib.services.choosing import chosen
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import Listing, whole

T = TypeVar("T")

_TRIES = 4
"""How often a decision is tried where another's yes comes in between: at most two people are asked."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who decides. actor: as the record names them; by: the actor who answers for it; link: by which a guest does."""

    actor: Actor
    by: str
    link: ReviewLink | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a variant stands with those who are asked. changed: since it was last approved; None where it never was.

    why_not: why the yes of whoever looks would not count; None where it would.
    """

    variant: Variant
    body: Body
    why_not: str | None
    changed: tuple[Changed, ...] | None
    comments: tuple[Comment, ...]
    links: tuple[ReviewLink, ...]


def set_rule(desk: Desk, caller: Caller, rule: ApprovalRule, now: datetime) -> Workspace:
    """Say what the workspace asks for. What waits, or is scheduled already, keeps what was asked of it.

    Raises InvalidField, Conflict.
    """
    for pointer, roles in (("/posts_of", rule.posts_of), ("/replies_of", rule.replies_of)):
        if Role.OPERATOR in roles:
            raise InvalidField(pointer, "the operator belongs to the installation", fix="Leave that role out.")
    workspace = desk.workspace(caller.workspace)
    after = replace(workspace, approvals=rule)
    return chosen(desk, caller, workspace, after, "set_approvals", _in_words(rule), now)


def waiting(desk: Desk, workspace: str, *, limit: int, after: str | None) -> Listing[Variant]:
    """What waits for approval, by when it is to be said."""
    return desk.store.variants.listed(keys.shelf(workspace, "APPROVALS"), limit=limit, after=after)


def standing(desk: Desk, caller: Caller, variant_id: str) -> Standing:
    """Everything that somebody needs who is to say yes or no. Raises NotFound, also where its words were purged."""
    variant, post = read(desk, caller.workspace, variant_id)
    body = bodies.body_in(desk, variant, post)
    rule = desk.workspace(caller.workspace).approvals
    why_not = _why_closed(variant) or approval.why_not(variant, post.created_by, rule, Actor.member(caller.member).id)
    if not caller.may(Action.VARIANT_APPROVE):
        why_not = f"this needs the right {Action.VARIANT_APPROVE.value}"
    return Standing(
        variant,
        body,
        why_not,
        _changed(desk, variant, post, body),
        tuple(_beside(desk.store.comments.queried, variant, "COMMENT")),
        tuple(_beside(desk.store.review_links.queried, variant, "LINK")),
    )


def approve(
    desk: Desk, caller: Caller, variant_id: str, version: int, now: datetime, *, text: str | None = None
) -> Variant:
    """Say yes to the version that was seen. text: a comment with it.

    Raises NotFound; NotAllowed where this person's yes does not count; Conflict where it waits for nobody, is too late, or
    is another version by now.
    """
    actor = Actor.member(caller.member)
    return say_yes(desk, caller.workspace, variant_id, version, Voice(actor, actor.id), now, text=text)


def give_back(desk: Desk, caller: Caller, variant_id: str, version: int, text: str, now: datetime) -> Variant:
    """Ask for changes to the version that was seen: it is a draft again. Raises NotFound, Conflict."""
    actor = Actor.member(caller.member)
    return say_no(desk, caller.workspace, variant_id, version, Voice(actor, actor.id), now, text=text)


def comment(desk: Desk, caller: Caller, variant_id: str, text: str, now: datetime) -> Comment:
    """Say something about a variant to those who work on it. Raises NotFound."""
    variant, _ = read(desk, caller.workspace, variant_id)
    said, event = _comment(desk, variant, Actor.member(caller.member), text, now)
    return desk.store.comments.create(said, event)


# --- yes and no, whoever says it -------------------------------------------------------------------------------------


def say_yes(
    desk: Desk,
    workspace: str,
    variant_id: str,
    version: int,
    voice: Voice,
    now: datetime,
    *,
    text: str | None = None,
    more: tuple[Write, ...] = (),
) -> Variant:
    """One more yes, with `more` in the same write; as `approve` raises, and ConditionFailed where one of those fails."""
    rule = desk.workspace(workspace).approvals

    def step(variant: Variant, post: Post) -> tuple[Variant, str, str]:
        against = approval.why_not(variant, post.created_by, rule, voice.by)
        if against is not None:
            raise NotAllowed(against, fix="Ask somebody else who may approve it.")
        content = bodies.body_in(desk, variant, post).digest()
        if content != variant.content:
            raise Conflict("what it says is not what was proposed", fix="Edit it, and propose it again.")
        link = None if voice.link is None else voice.link.id
        after, act = approval.agree(variant, Approval(voice.by, now, content, variant.schedule.at, link))
        return after, act, f"{len(after.approvals)} of {after.asks} said yes to version {version}"

    return _decided(desk, workspace, variant_id, version, voice, now, step, text=text, more=more)


def say_no(
    desk: Desk,
    workspace: str,
    variant_id: str,
    version: int,
    voice: Voice,
    now: datetime,
    *,
    text: str,
    more: tuple[Write, ...] = (),
) -> Variant:
    """Changes are asked for, with `more` in the same write; as `give_back` raises, and ConditionFailed where those fail."""

    def step(variant: Variant, _: Post) -> tuple[Variant, str, str]:
        why = "changes are asked for"
        state = VARIANT.move(variant.state, "return")
        return replace(variant, state=state, reason=why, **approval.unasked()), "return", f"{why}: version {version}"

    return _decided(desk, workspace, variant_id, version, voice, now, step, text=text, more=more)


def _decided(
    desk: Desk,
    workspace: str,
    variant_id: str,
    version: int,
    voice: Voice,
    now: datetime,
    step: Callable[[Variant, Post], tuple[Variant, str, str]],
    *,
    text: str | None,
    more: tuple[Write, ...],
) -> Variant:
    """One decision about the version that was seen, in one write with its comment; tried again beside others' decisions."""
    for _ in range(_TRIES):
        variant, post = read(desk, workspace, variant_id)
        if variant.version != version:
            raise Conflict(f"it is at version {variant.version} by now", fix="Read what it says now, then decide.")
        closed = _why_closed(variant) or (
            "it is later than its own limit allows" if variant.schedule.too_late(now) else None
        )
        if closed is not None:
            raise Conflict(closed, fix="Read it again.")
        after, act, why = step(variant, post)
        event = desk.store.variants.moved(variant, after, act, now, voice.actor, why)
        writes: list[Write] = [desk.store.variants.changed(variant, after, event), *more]
        if text is not None:
            said, told = _comment(desk, variant, voice.actor, text, now)
            writes.append(desk.store.comments.created(said, told))
        try:
            desk.store.write(writes)
        except ConditionFailed as failed:
            if failed.index != 0:
                raise
            continue  # somebody decided or edited meanwhile: what they did is looked at before this counts
        after = desk.store.variants.advanced(variant, after, event)
        scheduling.announce(desk, after, now)
        return after
    raise Conflict("it was changed at the same moment", fix="Read it again.")


def _why_closed(variant: Variant) -> str | None:
    return None if variant.state is VariantState.AWAITING_APPROVAL else f"it is {variant.state.value}"


# --- shared ----------------------------------------------------------------------------------------------------------


def read(desk: Desk, workspace: str, variant_id: str) -> tuple[Variant, Post]:
    """A variant and its post. Raises NotFound."""
    variant = desk.store.variants.get(workspace, variant_id)
    post = None if variant is None else desk.store.posts.get(workspace, variant.post)
    if variant is None or post is None:
        raise NotFound
    return variant, post


def may_approve(desk: Desk, workspace: str) -> Iterator[Member]:
    """The members whose role may approve."""
    members = whole(lambda after: desk.store.members.queried(f"W#{workspace}", "MEMBER#", after=after))
    return (one for one in members if Action.VARIANT_APPROVE in MAY[one.role])


def _changed(desk: Desk, variant: Variant, post: Post, body: Body) -> tuple[Changed, ...] | None:
    """What is different from what was last approved; None where nothing was."""
    agreed = variant.agreed
    if agreed is None:
        return None
    found: list[Changed] = []
    if agreed.account != variant.account:
        found.append(Changed("account", before=agreed.account, after=variant.account))
    if agreed.due != variant.schedule.at:
        found.append(moved(agreed.due, variant.schedule.at, variant.schedule.zone))
    if agreed.version != variant.version:
        before = bodies.body_in(desk, replace(variant, version=agreed.version), post)
        found += between(before, body)
    return tuple(found)


def _comment(desk: Desk, variant: Variant, actor: Actor, text: str, now: datetime) -> tuple[Comment, AuditEvent]:
    # What sorts by time, in letters that an id may have; the rest keeps two of one microsecond apart.
    place = "".join(filter(str.isdigit, stamp(now)))
    comment_id = f"{variant.id}.{place}{desk.new_id()[-6:]}"
    said = Comment(comment_id, variant.workspace, variant.id, variant.version, actor.id, now, text)
    why = f"said about version {variant.version}"
    return said, AuditEvent(variant.workspace, f"comment:{comment_id}", "say", now, actor, why)


def _beside(query: Callable[..., Listing[T]], variant: Variant, noun: str) -> Iterable[T]:
    """Everything of a kind that lies beside a variant."""
    number = variant.id.rpartition(".")[2]
    return whole(
        lambda after: query(keys.post(variant.workspace, variant.post).pk, f"{noun}#{number}#", limit=100, after=after)
    )


def _in_words(rule: ApprovalRule) -> str:
    if rule.people == 0:
        return "nobody is asked before something is said"
    who = "by another" if rule.by_another else "by anybody who may"
    posts, replies = (", ".join(sorted(roles)) or "nobody" for roles in (rule.posts_of, rule.replies_of))
    return f"approved by {rule.people}, {who}: posts of {posts}; replies of {replies}"
