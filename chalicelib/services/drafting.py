"""Drafting: what is kept and not said yet. A draft may be too long, or have no time; it is checked once it is scheduled.

Scheduling a draft checks all that scheduling checks. Where approval is asked it then waits for that, and nothing of it is
said before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain import approval
from chalicelib.domain.access import Action, Caller
from chalicelib.domain.account import Account
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed, NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.post import UNSET, VARIANT, Body, Origin, Post, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import ConditionFailed, Put, Write
from chalicelib.services import blackouts, bodies, checking, forecasting, scheduling
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import Listing

OPEN = frozenset({VariantState.DRAFT, VariantState.AWAITING_APPROVAL})
"""States in which a variant is edited as a draft: whatever was said to it is void, and the platform's limits come later."""


@dataclass(frozen=True, slots=True)
class DraftEdit:
    """What is to be different in a draft. `version`: the one that whoever edits has seen. None stays as it is."""

    version: int
    body: Body | None = None
    account: str | None = None
    when: Schedule | None = None


def save_draft(
    desk: Desk,
    caller: Caller,
    wishes: Sequence[checking.Wish],
    now: datetime,
    *,
    campaign: str | None = None,
    when: Schedule = UNSET,
    post_id: str | None = None,
    labels: Sequence[str] = (),
    why: str = "kept as a draft by a member",
    actor: Actor | None = None,
) -> Post:
    """Keep a post as a draft: nothing of it is ever said by itself. The same `post_id` gives the same post, made once.

    actor: who made it, where that is not the caller. Raises InvalidField for an unknown account or campaign, or one
    account twice.
    """
    if post_id is not None:
        known = desk.store.posts.get(caller.workspace, post_id)
        if known is not None:
            return known
    if campaign is not None and desk.store.campaigns.get(caller.workspace, campaign) is None:
        raise InvalidField("/campaign", "there is no such campaign", fix="Create the campaign first, or leave it out.")
    accounts = _accounts(desk, caller.workspace, wishes)
    writes = scheduling.new_post(
        desk,
        caller.workspace,
        post_id or desk.new_id(),
        campaign,
        Origin.PERSON,
        actor or Actor.member(caller.member),
        when,
        wishes,
        accounts,
        now,
        draft=True,
        labels=labels,
        why=why,
    )
    try:
        desk.store.write(writes.writes)
    except ConditionFailed as failed:
        known = desk.store.posts.get(caller.workspace, writes.post.id)
        if known is None:
            raise Conflict from failed
        return known
    return writes.post


def edit(desk: Desk, caller: Caller, variant_id: str, wanted: DraftEdit, now: datetime) -> Variant:
    """Change a draft, or take back what waits for approval by changing it: it is a draft again, and no yes to it counts.

    Raises NotFound; Conflict where it is no draft, was edited since, or changed at this moment; NotAllowed where another's
    is taken back without the right to edit; InvalidField for an unknown account, or where nothing would change.
    """
    variant = _variant(desk, caller, variant_id)
    if variant.state not in OPEN:
        raise Conflict(f"it is {variant.state.value}", fix="Read it again: it is no draft any more.")
    if variant.state is VariantState.AWAITING_APPROVAL:
        _check_takes_back(desk, caller, variant)
    if variant.version != wanted.version:
        raise Conflict(f"it is at version {variant.version} by now", fix="Read it again, and edit what it says now.")
    before = bodies.body_of(desk, variant)
    said = wanted.body or before
    when = wanted.when or variant.schedule
    account, platform = variant.account, variant.platform
    if wanted.account is not None and wanted.account != variant.account:
        account, platform = wanted.account, _other_account(desk, variant, wanted.account).platform
    after = replace(
        variant,
        state=VARIANT.move(variant.state, "edit"),
        version=variant.version + 1,
        account=account,
        platform=platform,
        schedule=when,
        not_before=when.at,
        **approval.unasked(),
        **scheduling.said_by(desk, platform, said),
    )
    event = desk.store.variants.moved(
        variant, after, "edit", now, Actor.member(caller.member), _what_changed(variant, before, after, said)
    )
    _write(desk, [desk.store.variants.changed(variant, after, event), _words(desk, after, said)])
    return desk.store.variants.advanced(variant, after, event)


def schedule_draft(desk: Desk, caller: Caller, post_id: str, when: Schedule | None, now: datetime) -> Post:
    """Schedule what of a post is a draft: all of it, or nothing. It is SCHEDULED, or waits for approval where that is asked.

    when: None for the time that the draft has. Raises NotFound; Conflict where nothing of it is a draft, or it changed at
    this moment; NotAllowed where nobody is asked and the caller may not decide alone; InvalidField as scheduling does.
    """
    post = desk.store.posts.get(caller.workspace, post_id)
    if post is None:
        raise NotFound
    every = desk.store.variants.get_many(keys.variant(post.workspace, one) for one in post.variants)
    drafts = [one for one in every if one.state is VariantState.DRAFT]
    if not drafts:
        raise Conflict("nothing of it is a draft", fix="Read it again.")
    workspace = desk.workspace(caller.workspace)
    guideline = desk.guideline(workspace)
    campaign = None if post.campaign is None else desk.store.campaigns.get(workspace.id, post.campaign)
    scheduling.check_campaign(post.campaign, campaign, now)
    purses = forecasting.Purses(desk, workspace, now)
    writes: list[Write] = []
    moved: list[Variant] = []
    for variant in drafts:
        after, puts = _scheduled(desk, caller, workspace, guideline, purses, campaign, variant, post, when, now)
        moved.append(after)
        writes += puts
    _write(desk, writes)
    for after in moved:
        scheduling.announce(desk, after, now)
    return post


def waiting(desk: Desk, workspace: str, *, limit: int, after: str | None) -> Listing[Variant]:
    """The drafts of a workspace, by when they are to be said; those without a time come last."""
    return desk.store.variants.listed(keys.shelf(workspace, "DRAFTS"), limit=limit, after=after)


def _scheduled(
    desk: Desk,
    caller: Caller,
    workspace: Workspace,
    guideline: Guideline,
    purses: forecasting.Purses,
    campaign: Campaign | None,
    variant: Variant,
    post: Post,
    when: Schedule | None,
    now: datetime,
) -> tuple[Variant, list[Write]]:
    """One draft on its way, and the writes that put it there."""
    when = when or variant.schedule
    if not when.is_set:
        raise InvalidField("/schedule", "it has no time yet", fix="Say when.")
    scheduling.check_time(when.at, now)
    blackouts.check(desk, caller.workspace, [variant.account], when)
    said = bodies.body_in(desk, variant, post)
    wish = checking.Wish(variant.account, said, f"/variants/{variant.id.rpartition('.')[2]}")
    scheduling.checked(desk, desk.store.accounts.get(variant.workspace, variant.account), guideline, wish)
    cost = forecasting.cost_of(desk, variant.platform, said, max(when.at, now), f"{wish.pointer}/text")
    forecasting.check(purses, campaign, [cost])
    asks = scheduling.most_asked(workspace, caller, [wish])
    if asks == 0 and not caller.may(Action.POST_SCHEDULE):
        raise NotAllowed(
            f"nobody is asked to approve this, and scheduling needs the right {Action.POST_SCHEDULE.value}"
        )
    act = "submit" if asks else "schedule"
    # Whoever was asked before has seen the older time: what they said or say then must not count for this one.
    another = variant.schedule.is_set and when != variant.schedule
    waits = approval.awaiting(workspace.approvals, when, asks, now) if asks else {"asks": 0, **approval.unasked()}
    after = replace(
        variant,
        state=VARIANT.move(variant.state, act),
        version=variant.version + 1 if another else variant.version,
        schedule=when,
        not_before=when.at,
        reason=None,
        **waits,
        **scheduling.said_by(desk, variant.platform, said),
    )
    why = f"to be said at {when.wall} ({when.zone})"
    event = desk.store.variants.moved(variant, after, act, now, Actor.member(caller.member), why)
    writes: list[Write] = [desk.store.variants.changed(variant, after, event)]
    if another:
        writes.append(_words(desk, after, said))
    return after, writes


def _check_takes_back(desk: Desk, caller: Caller, variant: Variant) -> None:
    """Whoever may only write drafts takes back what they wrote, and nobody else's. Raises NotAllowed."""
    post = desk.store.posts.get(variant.workspace, variant.post)
    mine = post is not None and post.created_by == Actor.member(caller.member).id
    if not mine and not caller.may(Action.VARIANT_EDIT):
        raise NotAllowed(f"it is another's and waits for approval: this needs the right {Action.VARIANT_EDIT.value}")


def _accounts(desk: Desk, workspace: str, wishes: Sequence[checking.Wish]) -> list[Account]:
    """The account of each wish. Raises InvalidField for one that is not there, or is named twice."""
    accounts: list[Account] = []
    for place, wish in enumerate(wishes):
        if any(earlier.account == wish.account for earlier in wishes[:place]):
            raise InvalidField(f"{wish.pointer}/account", "this account has a variant already", fix="Say it once.")
        account = desk.store.accounts.get(workspace, wish.account)
        if account is None:
            raise InvalidField(f"{wish.pointer}/account", "there is no such account", fix="Connect the account first.")
        accounts.append(account)
    return accounts


def _other_account(desk: Desk, variant: Variant, account_id: str) -> Account:
    """The account that a draft is moved to. Raises InvalidField, Conflict."""
    account = desk.store.accounts.get(variant.workspace, account_id)
    if account is None:
        raise InvalidField("/account", "there is no such account", fix="Connect the account first.")
    post = desk.store.posts.get(variant.workspace, variant.post)
    others = () if post is None else tuple(one for one in post.variants if one != variant.id)
    found = desk.store.variants.get_many(keys.variant(variant.workspace, one) for one in others)
    if any(one.account == account_id for one in found):
        raise InvalidField("/account", "this account has a variant already", fix="Say it once.")
    if variant.interaction is not None:
        raise Conflict("it answers what was said to its account", fix="Write another answer instead.")
    return account


def _what_changed(variant: Variant, before: Body, after: Variant, said: Body) -> str:
    """Which fields a member changed: names only, never what they say."""
    fields = ("text", "title", "community", "language", "pictures", "rest", "options")
    names = [one for one in fields if getattr(before, one) != getattr(said, one)]
    if variant.account != after.account:
        names.append("account")
    if variant.schedule != after.schedule:
        names.append(f"time to {after.schedule.wall} ({after.schedule.zone})" if after.schedule.is_set else "no time")
    if not names:
        raise InvalidField("", "this changes nothing", fix="Say what is to be different.")
    return f"edited by a member: {', '.join(names)}"


def _words(desk: Desk, variant: Variant, said: Body) -> Put:
    words = bodies.words(desk, variant.workspace, variant.id, said)
    return bodies.words_put(variant.workspace, variant.id, variant.version, words)


def _variant(desk: Desk, caller: Caller, variant_id: str) -> Variant:
    variant = desk.store.variants.get(caller.workspace, variant_id)
    if variant is None:
        raise NotFound
    return variant


def _write(desk: Desk, writes: list[Write]) -> None:
    try:
        desk.store.write(writes)
    except ConditionFailed as failed:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from failed
