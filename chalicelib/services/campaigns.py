"""Campaigns: set up, changed, paused and ended; what people count for them; how many of their posts are where.

Pausing a campaign puts its brake on, in the same step: a pause that lets posts go out would be none. Going on lifts that
brake again, but never one that somebody else had put on. Ending it takes no more posts and lets what is scheduled go out;
cancelling it stops that too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from chalicelib.domain import timing
from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.brake import Scope, brake_id
from chalicelib.domain.campaign import (
    CAMPAIGN,
    COUNTED_THERE,
    MOST_COUNTED,
    Campaign,
    Counted,
    Segment,
    Target,
    likeness,
)
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.services import recent, spending
from chalicelib.services.desk import Desk
from chalicelib.store import ledgers
from chalicelib.store.repository import Stale

UNSAID = frozenset({VariantState.DRAFT, VariantState.AWAITING_APPROVAL, VariantState.SCHEDULED, VariantState.HELD})
"""States of what a campaign has still to say."""


@dataclass(frozen=True, slots=True)
class States:
    """How many of a campaign's variants are in each state; complete is False where older posts were not looked at."""

    by_state: Mapping[VariantState, int]
    complete: bool

    @property
    def unsaid(self) -> int:
        """How many are still to be said."""
        return sum(number for state, number in self.by_state.items() if state in UNSAID)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different; what is not named in `named` stays as it is. `rev`: the revision that was read."""

    rev: int
    named: frozenset[str]
    name: str = ""
    objective: str = ""
    targets: tuple[Target, ...] = ()
    segments: tuple[Segment, ...] = ()
    accounts: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    budget_micro_usd: int | None = None
    owner: str = ""

    def over(self, campaign: Campaign) -> Campaign:
        """The campaign with these changes."""
        names = [one.name for one in fields(self) if one.name in self.named]
        changed: dict[str, Any] = {name: getattr(self, name) for name in names}
        return replace(campaign, **changed)


def create(
    desk: Desk,
    caller: Caller,
    name: str,
    objective: str,
    targets: tuple[Target, ...],
    accounts: tuple[str, ...],
    starts: datetime,
    ends: datetime | None,
    now: datetime,
    *,
    segments: tuple[Segment, ...] = (),
    budget_micro_usd: int | None = None,
) -> Campaign:
    """Set up a campaign. Raises InvalidField where an account is unknown, its dates or targets cannot be."""
    campaign = Campaign(
        id=desk.new_id(),
        workspace=caller.workspace,
        name=name,
        objective=objective,
        targets=targets,
        accounts=accounts,
        starts=starts,
        ends=ends,
        owner=caller.member,
        created_at=now,
        budget_micro_usd=budget_micro_usd,
        segments=segments,
    )
    _check(desk, campaign)
    event = AuditEvent(
        caller.workspace, f"campaign:{campaign.id}", "create", now, Actor.member(caller.member), "set up by a member"
    )
    return desk.store.campaigns.create(campaign, event)


def get(desk: Desk, workspace: str, campaign_id: str) -> Campaign:
    """A campaign. Raises NotFound."""
    found = desk.store.campaigns.get(workspace, campaign_id)
    if found is None:
        raise NotFound
    return found


def edit(desk: Desk, caller: Caller, campaign_id: str, wanted: Changes, now: datetime) -> Campaign:
    """Change a campaign. Raises NotFound, InvalidField; Conflict where it is over or was changed since it was read."""
    before = get(desk, caller.workspace, campaign_id)
    _may(before, "edit", now)
    if before.rev != wanted.rev:
        raise Conflict(f"it is at revision {before.rev} by now", fix="Read it again, and change what it says now.")
    after = wanted.over(before)
    names = [one.name for one in fields(before) if getattr(before, one.name) != getattr(after, one.name)]
    if not names:
        raise InvalidField("", "this changes nothing", fix="Say what is to be different.")
    if "starts" in names and before.starts <= now:
        raise InvalidField("/starts", "it has started", fix="Leave its start as it is.")
    if "owner" in names and desk.store.members.get(caller.workspace, after.owner) is None:
        raise InvalidField("/owner", "there is no such member", fix="Give the id of a member of this workspace.")
    _check(desk, after)
    saved = _moved(desk, caller, before, after, "edit", f"edited by a member: {', '.join(names)}", now)
    if "budget_micro_usd" in names:
        spending.look_again(desk, ledgers.of_campaign(saved.workspace, saved.id), now)
    return saved


def count_by_hand(
    desk: Desk, caller: Caller, campaign_id: str, measure: str, value: int, source: str, now: datetime
) -> Campaign:
    """Note what a person counted for a target. Raises NotFound, InvalidField, Conflict."""
    before = get(desk, caller.workspace, campaign_id)
    _may(before, "measure", now)
    target = next((one for one in before.targets if one.measure == measure), None)
    if target is None:
        raise InvalidField("/measure", "the campaign has no such target", fix="Name a target's measure as it is shown.")
    if target.measured is not None and target.measured not in COUNTED_THERE:
        raise InvalidField("/measure", "the record measures this itself", fix="Read the campaign's progress.")
    mine = [one for one in before.counted if one.measure == measure][1 - MOST_COUNTED :]
    others = [one for one in before.counted if one.measure != measure]
    counted = (*others, *mine, Counted(measure, value, now, caller.member, source))
    why = f"{value} counted by hand for target {before.targets.index(target)}"
    return _moved(desk, caller, before, replace(before, counted=counted), "measure", why, now)


# --- what people decide about it -------------------------------------------------------------------------------------


def pause(desk: Desk, caller: Caller, campaign_id: str, why: str, now: datetime) -> Campaign:
    """Stop a campaign for now: its brake is on once this returns. Raises NotFound, Conflict."""
    before = get(desk, caller.workspace, campaign_id)
    _may(before, "pause", now)
    braked = _brake(desk, caller, before, why, now)
    return _decided(desk, caller, before, "pause", why, now, braked=braked)


def resume(desk: Desk, caller: Caller, campaign_id: str, why: str, now: datetime) -> tuple[Campaign, int]:
    """Go on with a paused campaign; how many posts that its pause held are on their way again. Raises NotFound, Conflict.

    A brake that somebody else had put on stays on.
    """
    from chalicelib.services import braking

    before = get(desk, caller.workspace, campaign_id)
    _may(before, "resume", now)
    released = braking.lift(desk, caller, brake_id(Scope.CAMPAIGN, before.id), why, now) if before.braked else 0
    return _decided(desk, caller, before, "resume", why, now, braked=False), released


def end(desk: Desk, caller: Caller, campaign_id: str, why: str, now: datetime) -> Campaign:
    """End a campaign before its time: it takes no more posts, and what is scheduled still goes out, or is held by its pause.

    Raises NotFound, Conflict.
    """
    before = get(desk, caller.workspace, campaign_id)
    _may(before, "end", now)
    return _decided(desk, caller, before, "end", why, now, braked=before.braked)


def cancel(desk: Desk, caller: Caller, campaign_id: str, why: str, now: datetime) -> Campaign:
    """Call a campaign off: its brake is on once this returns, and stays on. Raises NotFound, Conflict."""
    before = get(desk, caller.workspace, campaign_id)
    _may(before, "cancel", now)
    braked = _brake(desk, caller, before, why, now)
    return _decided(desk, caller, before, "cancel", why, now, braked=braked or before.braked)


def _brake(desk: Desk, caller: Caller, campaign: Campaign, why: str, now: datetime) -> bool:
    """Put the campaign's brake on; False where it is on already."""
    from chalicelib.services import braking

    try:
        braking.put_on(desk, caller, braking.Stop(Scope.CAMPAIGN, campaign.id, why), now)
    except Conflict:
        known = desk.store.brakes.get(campaign.workspace, brake_id(Scope.CAMPAIGN, campaign.id))
        if known is None or not known.stops(now):
            raise
        return False
    return True


def _may(campaign: Campaign, act: str, now: datetime) -> None:
    state = campaign.state_at(now)
    if not CAMPAIGN.allows(state, act):
        raise Conflict(f"it is {state.value}", fix="Read it again, and decide anew.")


def _decided(
    desk: Desk, caller: Caller, before: Campaign, act: str, why: str, now: datetime, *, braked: bool
) -> Campaign:
    after = replace(before, state=CAMPAIGN.move(before.state_at(now), act), braked=braked)
    return _moved(desk, caller, before, after, act, why, now)


def _moved(
    desk: Desk, caller: Caller, before: Campaign, after: Campaign, act: str, why: str, now: datetime
) -> Campaign:
    """The change, told with what was true before and after it: the states by the dates."""
    subject, actor = f"campaign:{before.id}", Actor.member(caller.member)
    was, lies = before.state_at(now).value, after.state_at(now).value
    event = AuditEvent(before.workspace, subject, act, now, actor, why, was, lies)
    try:
        return desk.store.campaigns.save(before, after, event)
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale


# --- what a campaign must be -----------------------------------------------------------------------------------------


def _check(desk: Desk, campaign: Campaign) -> None:
    """Raises InvalidField."""
    if campaign.ends is not None and campaign.ends <= campaign.starts:
        raise InvalidField("/ends", "the campaign would end before it starts", fix="Give a later end, or none.")
    for place, account in enumerate(campaign.accounts):
        if desk.store.accounts.get(campaign.workspace, account) is None:
            raise InvalidField(f"/accounts/{place}", "there is no such account", fix="Connect the account first.")
    _check_targets(campaign)
    for place, segment in enumerate(campaign.segments):
        _check_segment(desk, campaign.workspace, segment, f"/segments/{place}")


def _check_targets(campaign: Campaign) -> None:
    for place, target in enumerate(campaign.targets):
        pointer = f"/targets/{place}"
        if any(one.measure == target.measure for one in campaign.targets[:place]):
            raise InvalidField(
                f"{pointer}/measure", "there is a target for this already", fix="Give each measure once."
            )
        meant = likeness(target.measure)
        if meant is not None:
            why = "the record measures this under another spelling"
            raise InvalidField(f"{pointer}/measure", why, fix=f"Write {meant.value}.")
        if target.by is not None and target.by <= campaign.starts:
            raise InvalidField(
                f"{pointer}/by", "the campaign has not started by then", fix="Give a later time, or none."
            )


def _check_segment(desk: Desk, workspace: str, segment: Segment, pointer: str) -> None:
    if segment.platform is not None and segment.platform not in desk.policy.timing:
        raise InvalidField(f"{pointer}/platform", "there is no such platform", fix="Name one that there is.")
    if segment.account is not None and desk.store.accounts.get(workspace, segment.account) is None:
        raise InvalidField(f"{pointer}/account", "there is no such account", fix="Connect the account first.")
    if segment.zone is not None:
        try:
            timing.zone(segment.zone)
        except ValueError as error:
            fix = "Give an IANA name such as Europe/Berlin."
            raise InvalidField(f"{pointer}/zone", "unknown time zone", fix=fix) from error


# --- its posts -------------------------------------------------------------------------------------------------------


def variants(desk: Desk, campaign: Campaign) -> tuple[list[Variant], bool]:
    """The variants of the campaign's posts, the newest first; False with them where older posts were not looked at."""
    found: list[Variant] = []
    seen = 0
    for post, of_post in recent.posts(desk, campaign.workspace):
        if post.created_at < campaign.created_at:
            return found, True
        if post.campaign == campaign.id:
            found += of_post
        seen += 1
    return found, seen < recent.MOST_POSTS


def count(desk: Desk, campaign: Campaign) -> States:
    """Count the campaign's variants by state, from the workspace's posts since the campaign was set up."""
    found, complete = variants(desk, campaign)
    return states_of(found, complete)


def states_of(found: Sequence[Variant], complete: bool) -> States:
    """The same for variants that were read already."""
    return States(Counter(one.state for one in found), complete)
