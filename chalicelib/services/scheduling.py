"""Scheduling: a post and its variants enter the record, all or none, once per Idempotency-Key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.guideline import Guideline, breaches
from chalicelib.domain.post import VARIANT, Body, Origin, Post, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed, Put, QueueName
from chalicelib.services import aftermath, recent
from chalicelib.services.bodies import body_of, body_put, draft_of
from chalicelib.services.desk import Desk, hint
from chalicelib.store.repository import Stale

LATE_NOW = timedelta(seconds=60)
"""How far in the past a time may lie and still mean "now": a slow request, a clock a little off."""

HINT_WITHIN = timedelta(minutes=15)
"""SQS delays a message by at most this (DelaySeconds <= 900): what is due later is found by the tick."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one account is to say. `pointer` is where the request said so."""

    account: str
    body: Body
    pointer: str


def schedule(
    desk: Desk,
    caller: Caller,
    campaign: str | None,
    when: Schedule,
    wishes: Sequence[Wish],
    now: datetime,
    *,
    idempotency_key: str | None = None,
) -> Post:
    """Schedule a post. The same Idempotency-Key gives the same post, made once.

    Raises InvalidField (unknown account or campaign, past time, a text the platform or the guideline does not take), and
    Conflict where the key was used for something else.
    """
    post_id = desk.new_id() if idempotency_key is None else desk.keyed(caller.workspace, "post", idempotency_key)
    if idempotency_key is not None:
        known = desk.store.posts.get(caller.workspace, post_id)
        if known is not None:
            return _same(desk, known, campaign, when, wishes)
    if campaign is not None and desk.store.campaigns.get(caller.workspace, campaign) is None:
        raise InvalidField("/campaign", "there is no such campaign", fix="Create the campaign first, or leave it out.")
    if when.at < now - LATE_NOW:
        raise InvalidField("/schedule/at", "this time has passed", fix="Choose a time that lies ahead.")
    for place, wish in enumerate(wishes):
        if any(earlier.account == wish.account for earlier in wishes[:place]):
            raise InvalidField(f"{wish.pointer}/account", "this account has a variant already", fix="Say it once.")
    guideline = desk.guideline(desk.workspace(caller.workspace))
    accounts = [_checked(desk, caller.workspace, guideline, wish) for wish in wishes]
    writes = new_post(
        desk,
        caller.workspace,
        post_id,
        campaign,
        Origin.PERSON,
        Actor.member(caller.member),
        when,
        wishes,
        accounts,
        now,
    )
    try:
        desk.store.write(writes.writes)
    except ConditionFailed as failed:
        known = desk.store.posts.get(caller.workspace, post_id)
        if known is None:
            raise Conflict from failed
        return _same(desk, known, campaign, when, wishes)
    writes.announce(desk, now)
    return writes.post


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be. `writes` belong into one transaction: a loser of two at once must not leave its words behind."""

    post: Post
    variants: tuple[Variant, ...]
    writes: tuple[Put, ...]

    def announce(self, desk: Desk, now: datetime) -> None:
        """Hint at what is due soon, so that it is not late by a tick."""
        for variant in self.variants:
            wait = variant.schedule.at - now
            if wait <= HINT_WITHIN:
                hint(desk, QueueName.PUBLISH, {"workspace": variant.workspace, "variant": variant.id}, wait)


def new_post(
    desk: Desk,
    workspace: str,
    post_id: str,
    campaign: str | None,
    origin: Origin,
    actor: Actor,
    when: Schedule,
    wishes: Sequence[Wish],
    accounts: Sequence[Account],
    now: datetime,
    *,
    interaction: str | None = None,
) -> NewPost:
    """The writes that make a post with one scheduled variant per wish. Checks nothing."""
    variants: list[Variant] = []
    writes: list[Put] = []
    why = f"to be said at {when.wall} ({when.zone})"
    for number, (wish, account) in enumerate(zip(wishes, accounts, strict=True)):
        variant = Variant(
            id=f"{post_id}.{number}",
            post=post_id,
            workspace=workspace,
            account=account.id,
            platform=account.platform,
            campaign=campaign,
            origin=origin,
            state=VARIANT.move(VariantState.DRAFT, "schedule"),
            version=1,
            schedule=when,
            not_before=when.at,
            interaction=interaction,
        )
        event = AuditEvent(workspace, f"variant:{variant.id}", "schedule", now, actor, why, None, variant.state.value)
        variants.append(replace(variant, rev=1, events=(event,)))
        writes.append(desk.store.variants.created(variant, event))
        writes.append(body_put(desk, workspace, variant.id, 1, wish.body))
    post = Post(post_id, workspace, campaign, origin, now, actor.id, tuple(one.id for one in variants))
    event = AuditEvent(workspace, f"post:{post_id}", "create", now, actor, why)
    writes.append(desk.store.posts.created(post, event))
    return NewPost(replace(post, rev=1, events=(event,)), tuple(variants), tuple(writes))


def cancel(desk: Desk, caller: Caller, variant_id: str, now: datetime) -> Variant:
    """Cancel a variant that no attempt has begun on. Once this returns, it is not said. Raises NotFound, Conflict."""
    variant = desk.store.variants.get(caller.workspace, variant_id)
    if variant is None:
        raise NotFound
    if variant.state is VariantState.CANCELLED:
        return variant
    if not VARIANT.allows(variant.state, "cancel"):
        raise Conflict(
            f"it is {variant.state.value}", fix="Only what no attempt has begun on can be cancelled; read it again."
        )
    after = replace(variant, state=VARIANT.move(variant.state, "cancel"), reason="cancelled by a member")
    event = desk.store.variants.moved(
        variant, after, "cancel", now, Actor.member(caller.member), "cancelled by a member"
    )
    follow = aftermath.of(desk, after, now)
    try:
        desk.store.write([desk.store.variants.changed(variant, after, event), *follow.writes])
    except ConditionFailed as failed:
        raise Conflict("it was changed at the same moment") from failed
    follow.announce(desk)
    return desk.store.variants.advanced(variant, after, event)


def release_held(desk: Desk, account: Account, actor: Actor, now: datetime) -> int:
    """Put what was held for this account back on its schedule, now that it can speak again; how many those were.

    What is too late by then is missed like any other, and says so. Safe to repeat.
    """
    held = [
        one
        for one in recent.variants(desk, account.workspace)
        if one.account == account.id and one.state is VariantState.HELD
    ]
    return sum(_release(desk, one, actor, now) for one in held)


def _release(desk: Desk, variant: Variant, actor: Actor, now: datetime) -> bool:
    state = VARIANT.move(variant.state, "release")
    after = replace(variant, state=state, not_before=max(variant.not_before, now), reason=None)
    why = "the account is signed in again"
    event = AuditEvent(
        variant.workspace, f"variant:{variant.id}", "release", now, actor, why, variant.state.value, state.value
    )
    try:
        desk.store.variants.save(variant, after, event)
    except Stale:
        return False  # cancelled at the same moment
    hint(desk, QueueName.PUBLISH, {"workspace": variant.workspace, "variant": variant.id})
    return True


def _same(desk: Desk, known: Post, campaign: str | None, when: Schedule, wishes: Sequence[Wish]) -> Post:
    """The post that this key made, if the request says the same."""
    variants = [desk.store.variants.get(known.workspace, variant) for variant in known.variants]
    said = [(one.account, body_of(desk, one)) for one in variants if one is not None and one.version == 1]
    if known.campaign != campaign or (
        len(said) == len(known.variants)
        and (
            said != [(wish.account, wish.body) for wish in wishes]
            or any(one is not None and one.schedule.at != when.at for one in variants)
        )
    ):
        raise Conflict(
            "this Idempotency-Key was used for another post", fix="Send a new key for a new post, or the same request."
        )
    return known


def _checked(desk: Desk, workspace: str, guideline: Guideline, wish: Wish) -> Account:
    """The account, if the platform and the guideline take what it is to say. Raises InvalidField."""
    account = desk.store.accounts.get(workspace, wish.account)
    if account is None:
        raise InvalidField(f"{wish.pointer}/account", "there is no such account", fix="Connect the account first.")
    if account.state not in {AccountState.ACTIVE, AccountState.THROTTLED}:
        raise InvalidField(f"{wish.pointer}/account", f"the account is {account.state.value}", fix="Sign in again.")
    check_body(desk, account, wish)
    check_guideline(guideline, account.platform, wish)
    return account


def check_body(desk: Desk, account: Account, wish: Wish) -> None:
    """Refuse what the platform would refuse. Raises InvalidField with the limit and the count."""
    can = desk.platforms.capabilities(account.platform)
    body, pointer = wish.body, wish.pointer
    if not body.text.strip():
        raise InvalidField(f"{pointer}/text", "there is nothing to say", fix="Write a text.")
    length = desk.platforms.length(account.platform, draft_of(body))
    most = (body.answers is not None and can.max_reply_length) or can.max_length
    if length > most:
        raise InvalidField(
            f"{pointer}/text",
            f"{length} {can.unit.value} where {account.platform} takes {most}",
            fix=f"Shorten it by {length - most}.",
        )
    size = len(body.text.encode())
    if can.max_bytes is not None and size > can.max_bytes:
        raise InvalidField(
            f"{pointer}/text",
            f"{size} bytes where {account.platform} takes {can.max_bytes}",
            fix=f"Shorten it by {size - can.max_bytes} bytes.",
        )
    if body.answers is None:
        _check_heading(can.needs_title, can.max_title, can.needs_community, body, pointer, account.platform)


def _check_heading(
    needs_title: bool, max_title: int, needs_community: bool, body: Body, pointer: str, platform: str
) -> None:
    if needs_title and not (body.title or "").strip():
        raise InvalidField(f"{pointer}/title", f"{platform} needs a title", fix="Give a title.")
    if body.title is not None and not needs_title:
        raise InvalidField(f"{pointer}/title", f"{platform} has no titles", fix="Leave the title out.")
    if body.title is not None and len(body.title) > max_title:
        over = len(body.title) - max_title
        raise InvalidField(f"{pointer}/title", f"{platform} takes {max_title} characters", fix=f"Shorten it by {over}.")
    if needs_community and not (body.community or "").strip():
        raise InvalidField(f"{pointer}/community", f"{platform} needs a community", fix="Name the community.")
    if body.community is not None and not needs_community:
        raise InvalidField(f"{pointer}/community", f"{platform} has no communities", fix="Leave the community out.")


def check_guideline(guideline: Guideline, platform: str, wish: Wish) -> None:
    """Refuse what our own guideline forbids us to say. Raises InvalidField naming the clause."""
    from chalicelib.signals.reading import read

    for clause in breaches(guideline, read(wish.body.text), platform=platform):
        raise InvalidField(
            f"{wish.pointer}/text",
            f"clause {clause.id} of the guideline forbids this: {clause.wording}",
            fix="Change the text, or have the guideline changed.",
        )
