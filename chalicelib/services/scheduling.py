"""Scheduling: a post and its variants enter the record, all or none, once per Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain import approval
from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.post import VARIANT, Body, HalfSent, Origin, Post, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import ConditionFailed, Put, QueueName, Write
from chalicelib.services import blackouts, checking, communities, forecasting
from chalicelib.services.bodies import body_in, fit_on_the_post, priced_drafts, words, words_put, writes_of
from chalicelib.services.checking import Wish
from chalicelib.services.desk import AHEAD, Desk, ask, hint
from chalicelib.store import keys
from chalicelib.store.codec import decode

LATE_NOW = timedelta(seconds=60)
"""How far in the past a time may lie and still mean "now": a slow request, a clock a little off."""


def schedule(
    desk: Desk,
    caller: Caller,
    campaign: str | None,
    when: Schedule,
    wishes: Sequence[Wish],
    now: datetime,
    *,
    idempotency_key: str | None = None,
    labels: Sequence[str] = (),
    half_sent: HalfSent = HalfSent.TELL,
    interaction: str | None = None,
    beside: Callable[[Post], Sequence[Write]] = lambda _: (),
) -> Post:
    """Schedule a post. The same Idempotency-Key gives the same post, made once.

    interaction: the one that it answers. beside: writes that belong to the post, in the same transaction.
    Raises InvalidField (unknown account or campaign, past time, a text the platform or the guideline does not take), and
    Conflict where the key was used for something else.
    """
    planned = plan(
        desk,
        caller,
        campaign,
        when,
        wishes,
        now,
        idempotency_key=idempotency_key,
        labels=labels,
        half_sent=half_sent,
        interaction=interaction,
    )
    if isinstance(planned, Post):
        return planned
    try:
        desk.store.write([*planned.writes, *beside(planned.post)])
    except ConditionFailed as failed:
        known = desk.store.posts.get(caller.workspace, planned.post.id)
        if known is None:
            raise Conflict from failed
        return same(desk, known, campaign, when, wishes)
    planned.announce(desk, now)
    return planned.post


def plan(
    desk: Desk,
    caller: Caller,
    campaign: str | None,
    when: Schedule,
    wishes: Sequence[Wish],
    now: datetime,
    *,
    idempotency_key: str | None = None,
    labels: Sequence[str] = (),
    half_sent: HalfSent = HalfSent.TELL,
    purses: forecasting.Purses | None = None,
    interaction: str | None = None,
) -> Post | NewPost:
    """All of scheduling but the write: the post that this key made already, or the one that is to be written.

    purses: where more is planned in the same act than this. Raises as `schedule` does.
    """
    post_id = desk.new_id() if idempotency_key is None else id_of_key(desk, caller.workspace, idempotency_key)
    known, workspace, wanted, accounts = _read(desk, caller.workspace, post_id, campaign, wishes)
    if known is not None and idempotency_key is not None:
        return same(desk, known, campaign, when, wishes)
    check_campaign(campaign, wanted, now)
    check_time(when.at, now)
    for place, wish in enumerate(wishes):
        if any(earlier.account == wish.account for earlier in wishes[:place]):
            raise InvalidField(f"{wish.pointer}/account", "this account has a variant already", fix="Say it once.")
    if workspace.has_blackouts:
        blackouts.check(desk, caller.workspace, [wish.account for wish in wishes], when)
    guideline = desk.guideline(workspace)
    asks = most_asked(workspace, caller, wishes)
    for account, wish in zip(accounts, wishes, strict=True):
        if account is not None:
            communities.learn(desk, account, wish.body, now)
    speaking = [checked(desk, account, guideline, wish) for account, wish in zip(accounts, wishes, strict=True)]
    forecasting.check(
        purses or forecasting.Purses(desk, workspace, now),
        wanted,
        (
            forecasting.cost_of(desk, account.platform, wish.body, max(when.at, now), f"{wish.pointer}/text")
            for account, wish in zip(speaking, wishes, strict=True)
        ),
    )
    return new_post(
        desk,
        caller.workspace,
        post_id,
        campaign,
        Origin.PERSON,
        Actor.member(caller.member),
        when,
        wishes,
        speaking,
        now,
        asks=asks,
        remind_at=approval.remind_at(workspace.approvals, when, now) if asks else None,
        labels=labels,
        half_sent=half_sent,
        interaction=interaction,
    )


def id_of_key(desk: Desk, workspace: str, idempotency_key: str) -> str:
    """The id of the post that is made under a key."""
    return desk.keyed(workspace, "post", idempotency_key)


def most_asked(workspace: Workspace, caller: Caller, wishes: Sequence[Wish]) -> int:
    """How many must approve what this caller wants said: as many as the most asked about of it needs."""
    replies = {wish.body.answers is not None for wish in wishes}
    return max((workspace.approvals.asks(caller.role, Origin.PERSON, reply=one) for one in replies), default=0)


def _read(
    desk: Desk, workspace: str, post_id: str, campaign: str | None, wishes: Sequence[Wish]
) -> tuple[Post | None, Workspace, Campaign | None, list[Account | None]]:
    """Everything that a schedule is checked against, in one reading. Raises NotFound for a workspace that is gone."""
    post, found, wanted, *accounts = desk.store.table.get_many(
        [
            keys.post(workspace, post_id),
            keys.workspace(workspace),
            # Where no campaign is named the workspace stands in for it: it is there.
            keys.workspace(workspace) if campaign is None else keys.within(workspace, "CAMPAIGN", campaign),
            *(keys.within(workspace, "ACCOUNT", wish.account) for wish in wishes),
        ]
    )
    if found is None:
        raise NotFound
    return (
        None if post is None else decode(Post, post),
        decode(Workspace, found),
        None if campaign is None or wanted is None else decode(Campaign, wanted),
        [None if one is None else decode(Account, one) for one in accounts],
    )


def check_campaign(named: str | None, found: Campaign | None, now: datetime) -> None:
    """Refuse a campaign that is not there, or takes no more posts. Raises InvalidField."""
    if named is None:
        return
    if found is None:
        raise InvalidField("/campaign", "there is no such campaign", fix="Create the campaign first, or leave it out.")
    closed = found.closed(now)
    if closed is not None:
        raise InvalidField("/campaign", closed, fix="Choose another campaign, or leave it out.")


def check_time(at: datetime, now: datetime, pointer: str = "/schedule/at") -> None:
    """Refuse a time that has passed. Raises InvalidField."""
    if at < now - LATE_NOW:
        raise InvalidField(pointer, "this time has passed", fix="Choose a time that lies ahead.")


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be. `writes` belong into one transaction: a loser of two at once must not leave its words behind."""

    post: Post
    variants: tuple[Variant, ...]
    writes: tuple[Put, ...]

    def announce(self, desk: Desk, now: datetime) -> None:
        """Hint at what is due before a tick would: the next one may have looked ahead already."""
        for variant in self.variants:
            announce(desk, variant, now)


def announce(desk: Desk, variant: Variant, now: datetime) -> None:
    """Hint at a variant that is due so soon that the tick may have passed it by; not at one that may not be said yet."""
    if variant.state is not VariantState.SCHEDULED:
        return
    wait = max(variant.schedule.at, variant.not_before) - now
    if wait <= desk.policy.tick_every + 2 * AHEAD:
        hint(desk, QueueName.PUBLISH, ask(variant.workspace, variant.account, [variant.id]), wait)


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
    asks: int = 0,
    remind_at: datetime | None = None,
    draft: bool = False,
    labels: Sequence[str] = (),
    why: str | None = None,
    half_sent: HalfSent = HalfSent.TELL,
    waits: bool = False,
) -> NewPost:
    """The writes that make a post with one variant per wish: scheduled, or before those who must approve it. Checks nothing.

    asks: how many must approve it (`ApprovalRule.asks`); remind_at: when they are reminded. draft: it is only kept. why: for
    the record; left out, it says when it is to be said. waits: it is listed where a person can stop it.
    """
    act = "save" if draft else "submit" if asks else "schedule"
    state = VariantState.DRAFT if draft else VARIANT.move(VariantState.DRAFT, act)
    variants: list[Variant] = []
    writes: list[Put] = []
    said = [words(desk, workspace, f"{post_id}.{number}", wish.body) for number, wish in enumerate(wishes)]
    on_the_post = fit_on_the_post(said)
    why = why or f"for {when.wall} ({when.zone})"
    for number, (account, wish) in enumerate(zip(accounts, wishes, strict=True)):
        variant = Variant(
            id=f"{post_id}.{number}",
            post=post_id,
            workspace=workspace,
            account=account.id,
            platform=account.platform,
            campaign=campaign,
            origin=origin,
            state=state,
            version=1,
            schedule=when,
            not_before=when.at,
            interaction=interaction,
            asks=asks,
            remind_at=remind_at,
            half_sent=half_sent,
            summoned=wish.summoned,
            waits=waits,
            **said_by(desk, account.platform, wish.body),
        )
        event = AuditEvent(workspace, f"variant:{variant.id}", act, now, actor, why, None, variant.state.value)
        variants.append(replace(variant, rev=1, events=(event,)))
        writes.append(desk.store.variants.created(variant, event))
        if not on_the_post:
            writes.append(words_put(workspace, variant.id, 1, said[number]))
    post = Post(
        post_id,
        workspace,
        campaign,
        origin,
        now,
        actor.id,
        tuple(one.id for one in variants),
        says=tuple(said) if on_the_post else (),
        labels=tuple(labels),
    )
    event = AuditEvent(workspace, f"post:{post_id}", "create", now, actor, why)
    writes.append(desk.store.posts.created(post, event))
    return NewPost(replace(post, rev=1, events=(event,)), tuple(variants), tuple(writes))


def said_by(desk: Desk, platform: str, body: Body) -> dict[str, Any]:
    """What a variant notes of what its present version says: how many writes it takes, its digest, what each costs."""
    can = desk.platforms.capabilities(platform)
    prices = [desk.platforms.price(platform, one) for one in priced_drafts(body, can)]
    costs = [0 if one is None else one.micro_usd for one in prices]
    parts = writes_of(body, can.threads)
    if parts == 1:
        costs = [sum(costs)]
    return {
        "parts": parts,
        "content": body.digest(),
        "micro_usd": costs[0],
        "costs": tuple(costs) if parts > 1 and any(costs) else (),
    }


def first_time(desk: Desk, workspace: str, post_id: str) -> Schedule | None:
    """When a post was to be said, where it was made already and was not edited since."""
    variant = desk.store.variants.get(workspace, f"{post_id}.0")
    return variant.schedule if variant is not None and variant.version == 1 else None


def same(desk: Desk, known: Post, campaign: str | None, when: Schedule, wishes: Sequence[Wish]) -> Post:
    """The post that this key made, if the request says the same."""
    variants = desk.store.variants.get_many(keys.variant(known.workspace, one) for one in known.variants)
    first = [one for one in variants if one.version == 1]  # an edit since is no reason to refuse the same request
    said = [(one.account, body_in(desk, one, known)) for one in first]
    if known.campaign != campaign or (
        len(said) == len(known.variants)
        and (said != [(wish.account, wish.body) for wish in wishes] or any(one.schedule.at != when.at for one in first))
    ):
        raise Conflict(
            "this Idempotency-Key was used for another post", fix="Send a new key for a new post, or the same request."
        )
    return known


def checked(desk: Desk, account: Account | None, guideline: Guideline, wish: Wish) -> Account:
    """The account, if the platform and the guideline take what it is to say. Raises InvalidField."""
    if account is None:
        raise InvalidField(f"{wish.pointer}/account", "there is no such account", fix="Connect the account first.")
    check_account(account, wish.pointer)
    checking.check(desk, account, guideline, wish)
    return account


def check_account(account: Account, pointer: str) -> None:
    """Refuse an account that cannot speak. Raises InvalidField."""
    if account.state not in {AccountState.ACTIVE, AccountState.THROTTLED}:
        raise InvalidField(f"{pointer}/account", f"the account is {account.state.value}", fix="Sign in again.")
