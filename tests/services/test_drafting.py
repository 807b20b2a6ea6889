"""Drafts are kept whatever they are, and checked once they are to be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed
from chalicelib.domain.post import UNSET, Body, VariantState
from chalicelib.services import changing, drafting, ticking
from chalicelib.services.bodies import body_of
from chalicelib.services.publishing import publish
from tests.services.approvals import HOUR, asking, draft, only, person, proposed, when, wish
from tests.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def test_a_draft_is_kept_however_long_and_never_said(world: World) -> None:
    post = draft(world, "x" * 5000)
    variant = only(world, post)
    assert variant.state is VariantState.DRAFT
    assert variant.schedule == UNSET
    world.clock.move(400 * 24 * 3600)
    ticking.tick(world.desk, world.clock.now())
    publish(world.desk, variant.workspace, variant.id)
    assert world.variant(variant.id).state is VariantState.DRAFT
    assert world.platforms["x"].asked == 0


def test_the_same_id_is_the_same_draft(world: World) -> None:
    first, second = draft(world, post_id="entry"), draft(world, "Again", post_id="entry")
    assert first.id == second.id == "entry"
    assert body_of(world.desk, only(world, second)).text == "Hello"


def test_a_draft_for_nobody_is_refused(world: World) -> None:
    both = [wish(world), wish(world)]
    with pytest.raises(InvalidField, match="variant already"):
        drafting.save_draft(world.desk, world.caller, both, world.clock.now())
    with pytest.raises(InvalidField, match="no such campaign"):
        draft(world, campaign="nowhere")


def test_scheduling_a_draft_checks_what_scheduling_checks(world: World) -> None:
    now, owner = world.clock.now(), world.caller
    long = draft(world, "x" * 281)
    for post, at, pointer in ((long, when(), "/variants/0/text"), (draft(world), None, "/schedule")):
        with pytest.raises(InvalidField) as refused:
            drafting.schedule_draft(world.desk, owner, post.id, at, now)
        assert refused.value.pointer == pointer
    with pytest.raises(InvalidField, match="passed"):
        drafting.schedule_draft(world.desk, owner, draft(world).id, when(-1), now)
    assert only(world, long).state is VariantState.DRAFT


def test_a_draft_that_is_scheduled_goes_out_at_its_time(world: World) -> None:
    post = draft(world)
    drafting.schedule_draft(world.desk, world.caller, post.id, when(1), world.clock.now())
    variant = only(world, post)
    assert (variant.state, variant.asks, variant.schedule.at) == (VariantState.SCHEDULED, 0, when(1).at)
    world.clock.move(3601)
    assert publish(world.desk, variant.workspace, variant.id) is VariantState.PUBLISHED
    with pytest.raises(Conflict, match="nothing of it is a draft"):
        drafting.schedule_draft(world.desk, world.caller, post.id, when(2), world.clock.now())


def test_a_draft_waits_for_approval_where_that_is_asked(world: World) -> None:
    asking(world, 2)
    post = draft(world)
    drafting.schedule_draft(world.desk, world.caller, post.id, when(1), world.clock.now())
    variant = only(world, post)
    assert (variant.state, variant.asks) == (VariantState.AWAITING_APPROVAL, 2)
    world.clock.move(3601)
    assert publish(world.desk, variant.workspace, variant.id) is VariantState.AWAITING_APPROVAL
    assert world.platforms["x"].asked == 0


def test_who_may_not_schedule_may_have_a_draft_approved(world: World) -> None:
    reviewer = person(world, Role.REVIEWER, "rita")
    post = draft(world, caller=reviewer)
    with pytest.raises(NotAllowed, match="post:schedule"):
        drafting.schedule_draft(world.desk, reviewer, post.id, when(), world.clock.now())
    asking(world)
    drafting.schedule_draft(world.desk, reviewer, post.id, when(), world.clock.now())
    assert only(world, post).state is VariantState.AWAITING_APPROVAL


def test_an_edit_says_its_version_and_moves_nothing_but_the_draft(world: World) -> None:
    post, now = draft(world), world.clock.now()
    variant = only(world, post)
    moved = drafting.DraftEdit(1, Body("Hello, you"), world.accounts["mastodon"].id, when(5))
    after = drafting.edit(world.desk, world.caller, variant.id, moved, now)
    assert after == world.variant(variant.id)
    assert (after.version, after.platform, after.schedule.at) == (2, "mastodon", when(5).at)
    assert after.content == Body("Hello, you").digest()
    assert body_of(world.desk, after).text == "Hello, you"
    assert after.events[-1].why == "edited by a member: text, account, time to 2026-11-21T14:00:00 (UTC)"
    with pytest.raises(Conflict, match="version 2"):
        drafting.edit(world.desk, world.caller, variant.id, moved, now)
    with pytest.raises(InvalidField, match="changes nothing"):
        drafting.edit(world.desk, world.caller, variant.id, drafting.DraftEdit(2, Body("Hello, you")), now)
    with pytest.raises(InvalidField, match="no such account"):
        drafting.edit(world.desk, world.caller, variant.id, drafting.DraftEdit(2, account="nobody"), now)


def test_what_is_scheduled_is_no_draft(world: World) -> None:
    variant = proposed(world)
    assert variant.state is VariantState.SCHEDULED
    with pytest.raises(Conflict, match="it is scheduled"):
        drafting.edit(world.desk, world.caller, variant.id, drafting.DraftEdit(1, Body("Other")), world.clock.now())


def test_drafts_are_listed_until_they_are_scheduled_or_cancelled(world: World) -> None:
    first, second = draft(world, when=when(5)), draft(world)

    def listed() -> list[str]:
        page = drafting.waiting(world.desk, world.workspace.id, limit=10, after=None)
        return [one.post for one in page.items]

    assert listed() == [first.id, second.id]
    changing.cancel(world.desk, world.caller, second.variants[0], world.clock.now())
    drafting.schedule_draft(world.desk, world.caller, first.id, None, world.clock.now())
    assert listed() == []


def test_what_nobody_approved_before_its_limit_is_missed(world: World) -> None:
    asking(world)
    variant = proposed(world, at=when(1))
    world.clock.move(2 * HOUR.total_seconds())
    ticking.tick(world.desk, world.clock.now())
    assert world.variant(variant.id).state is VariantState.AWAITING_APPROVAL, "its limit is not over yet"
    ticked = ticking.tick(world.desk, world.clock.move(1))
    assert ticked.failures == ()
    left = world.variant(variant.id)
    assert (left.state, left.reason) == (VariantState.MISSED, "nobody approved it before its time")
