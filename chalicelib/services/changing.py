"""Changing what is to be said: edit and cancel, each acknowledged only where no attempt can be live.

An acknowledged cancel is never followed by a post, and an acknowledged edit is what goes out: both are conditional on the
variant as it was read, and what an attempt has begun on takes neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.domain import approval
from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.post import VARIANT, Body, Origin, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import aftermath, bodies, drafting, scheduling
from chalicelib.services.desk import Desk


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be changed; None stays as it is. `version`: the one that whoever edits has seen."""

    version: int
    text: str | None = None
    title: str | None = None
    community: str | None = None
    language: str | None = None
    when: Schedule | None = None


def edit(desk: Desk, caller: Caller, variant_id: str, wanted: Edit, now: datetime) -> Variant:
    """Change what a variant says, or when. Once this returns, nothing older is said.

    What was approved waits for approval again, unless only its time moved and by no more than the workspace tolerates. A
    draft, or what waits for approval already, is edited as a draft (`drafting`).

    Raises NotFound; Conflict where an attempt has begun, it was edited since, or it changed at this moment; InvalidField
    where the platform or the guideline would not take it.
    """
    variant = _variant(desk, caller, variant_id)
    if not VARIANT.allows(variant.state, "edit"):
        raise Conflict(
            f"it is {variant.state.value}", fix="Only what no attempt has begun on can be edited; read it again."
        )
    if variant.version != wanted.version:
        raise Conflict(f"it is at version {variant.version} by now", fix="Read it again, and edit what it says now.")
    before = bodies.body_of(desk, variant)
    said = Body(
        before.text if wanted.text is None else wanted.text,
        before.title if wanted.title is None else wanted.title,
        before.community if wanted.community is None else wanted.community,
        before.language if wanted.language is None else wanted.language,
        before.answers,
    )
    if variant.state in drafting.OPEN:
        return drafting.edit(desk, caller, variant_id, drafting.DraftEdit(wanted.version, said, when=wanted.when), now)
    if wanted.when is not None:
        scheduling.check_time(wanted.when.at, now)
    _check(desk, caller, variant, said)
    when = wanted.when or variant.schedule
    act, waits = _approvals(desk, caller, variant, before, said, when, now)
    after = replace(
        variant,
        state=VARIANT.move(variant.state, act),
        version=variant.version + 1,
        schedule=when,
        not_before=max(when.at, variant.not_before) if wanted.when is None else when.at,
        # Another text is another send: the key that an earlier, clean attempt was given belongs to the old one.
        key=None,
        first_claimed_at=None,
        **waits,
    )
    why = _what_changed(before, said, variant.schedule, when)
    event = desk.store.variants.moved(variant, after, act, now, Actor.member(caller.member), why)
    words = bodies.words(desk, variant.workspace, variant.id, said)
    new = bodies.words_put(variant.workspace, variant.id, after.version, words)
    _write(desk, [desk.store.variants.changed(variant, after, event), new])
    after = desk.store.variants.advanced(variant, after, event)
    scheduling.announce(desk, after, now)
    return after


def _approvals(
    desk: Desk, caller: Caller, variant: Variant, before: Body, said: Body, when: Schedule, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The edge that this edit takes, and what it makes of the variant's approvals. The words are the editor's from now on."""
    workspace = desk.workspace(caller.workspace)
    asks = approval.asked(workspace, caller.role, Origin.PERSON, reply=said.answers is not None)
    rule = workspace.approvals
    if approval.after_edit(variant, before, said, when, rule.tolerance, asks=asks) == "keep":
        return "edit", {}
    waits = approval.awaiting(rule, when, max(asks, variant.asks), now)
    return "edit_void", {**waits, "content": said.digest(), "held_by": None, "reason": None}


def _check(desk: Desk, caller: Caller, variant: Variant, said: Body) -> None:
    account = desk.store.accounts.get(caller.workspace, variant.account)
    if account is None:
        raise Conflict("its account is gone", fix="Cancel it.")
    wish = scheduling.Wish(account.id, said, "")
    scheduling.check_body(desk, account, wish)
    scheduling.check_guideline(desk.guideline(desk.workspace(caller.workspace)), account.platform, wish)


def _what_changed(before: Body, after: Body, was: Schedule, when: Schedule) -> str:
    """Which fields a member changed: names only, never what they say."""
    names = [one for one in ("text", "title", "community", "language") if getattr(before, one) != getattr(after, one)]
    if was != when:
        names.append(f"time to {when.wall} ({when.zone})")
    if not names:
        raise InvalidField("", "this changes nothing", fix="Say what is to be different.")
    return f"edited by a member: {', '.join(names)}"


def cancel(desk: Desk, caller: Caller, variant_id: str, now: datetime) -> Variant:
    """Cancel a variant that no attempt has begun on. Once this returns, it is not said. Raises NotFound, Conflict."""
    variant = _variant(desk, caller, variant_id)
    if variant.state is VariantState.CANCELLED:
        return variant
    if not VARIANT.allows(variant.state, "cancel"):
        raise Conflict(
            f"it is {variant.state.value}", fix="Only what no attempt has begun on can be cancelled; read it again."
        )
    why = "cancelled by a member"
    after = replace(variant, state=VARIANT.move(variant.state, "cancel"), reason=why, held_by=None)
    event = desk.store.variants.moved(variant, after, "cancel", now, Actor.member(caller.member), why)
    follow = aftermath.of(desk, after, now)
    _write(desk, [desk.store.variants.changed(variant, after, event), *follow.writes])
    follow.announce(desk)
    return desk.store.variants.advanced(variant, after, event)


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
