"""A yes is one person's, to one version; nothing goes out without as many as were asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.approval import stands
from chalicelib.domain.differences import Changed, Kind, Piece
from chalicelib.domain.errors import Conflict, NotAllowed
from chalicelib.domain.post import Body, Variant, VariantState
from chalicelib.services import approving, changing, drafting, forecasting
from chalicelib.services.changing import Edit
from chalicelib.services.publishing import publish
from tests.services.approvals import HOUR, asking, draft, only, person, proposed, when
from tests.services.money import asking_money
from tests.world import World, make_world

_S = VariantState


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def ann(world: World) -> Caller:
    return person(world, Role.MANAGER, "ann")


@pytest.fixture
def bob(world: World) -> Caller:
    return person(world, Role.SAFETY, "bob")


def says_yes(world: World, who: Caller, variant: Variant, version: int | None = None) -> Variant:
    now = world.clock.now()
    return approving.approve(world.desk, who, variant.id, version or variant.version, now)


def test_one_yes_by_another_puts_it_on_its_schedule(world: World, ann: Caller) -> None:
    asking(world)
    variant = proposed(world)
    with pytest.raises(NotAllowed, match="wrote it"):
        says_yes(world, world.caller, variant)
    after = says_yes(world, ann, variant)
    assert after == world.variant(variant.id)
    assert (after.state, stands(after)) == (_S.SCHEDULED, None)
    (yes,) = after.approvals
    assert (yes.by, yes.content, yes.due) == (f"member:{ann.member}", Body("Hello").digest(), when().at)
    world.clock.move(3 * 3600 + 1)
    assert publish(world.desk, after.workspace, after.id) is _S.PUBLISHED


def test_two_are_two_people(world: World, ann: Caller, bob: Caller) -> None:
    asking(world, 2)
    variant = proposed(world)
    first = says_yes(world, ann, variant)
    assert (first.state, first.events[-1].act) == (_S.AWAITING_APPROVAL, "endorse")
    with pytest.raises(NotAllowed, match="once"):
        says_yes(world, replace(ann, token="another"), variant)
    world.clock.move(3 * 3600 + 1)
    assert publish(world.desk, variant.workspace, variant.id) is _S.AWAITING_APPROVAL
    assert world.platforms["x"].asked == 0
    last = says_yes(world, bob, variant)
    assert (last.state, last.events[-1].why) == (_S.SCHEDULED, "2 of 2 said yes to version 1")
    assert publish(world.desk, last.workspace, last.id) is _S.PUBLISHED


def test_an_author_may_approve_where_the_workspace_says_so(world: World) -> None:
    asking(world, by_another=False)
    assert says_yes(world, world.caller, proposed(world)).state is _S.SCHEDULED


def test_only_what_waits_is_decided_and_only_as_it_was_seen(world: World, ann: Caller) -> None:
    free = proposed(world)
    with pytest.raises(Conflict, match="it is scheduled"):
        says_yes(world, ann, free)
    asking(world)
    variant = proposed(world)
    with pytest.raises(Conflict, match="version 1"):
        says_yes(world, ann, variant, version=2)
    world.clock.move(4 * HOUR.total_seconds() + 1)
    with pytest.raises(Conflict, match="later than its own limit"):
        says_yes(world, ann, variant)


@pytest.mark.parametrize(
    ("wanted", "voids"),
    [
        (Edit(1, text="Hello!"), True),
        (Edit(1, language="en"), True),
        (Edit(1, when=when(3, 16)), True),
        (Edit(1, when=when(3, 15)), False),
        (Edit(1, when=when(2, 45)), False),
    ],
)
def test_an_edit_of_what_was_approved(world: World, ann: Caller, wanted: Edit, voids: bool) -> None:
    asking(world)
    variant = says_yes(world, ann, proposed(world))
    after = changing.edit(world.desk, world.caller, variant.id, wanted, world.clock.now())
    assert after == world.variant(variant.id)
    assert after.state is (_S.AWAITING_APPROVAL if voids else _S.SCHEDULED)
    assert (after.approvals == ()) is voids
    assert (stands(after) is None) is not voids
    if voids:
        assert after.remind_at is not None
        world.clock.move(3.5 * 3600)
        publish(world.desk, after.workspace, after.id)
        assert world.platforms["x"].asked == 0
        assert says_yes(world, ann, after).state is _S.SCHEDULED
        assert publish(world.desk, after.workspace, after.id) is _S.PUBLISHED


def test_whoever_edited_it_last_does_not_approve_it(world: World, ann: Caller, bob: Caller) -> None:
    asking(world)
    variant = says_yes(world, bob, proposed(world))
    after = changing.edit(world.desk, ann, variant.id, Edit(1, text="Hello, you"), world.clock.now())
    for one in (ann, world.caller):
        with pytest.raises(NotAllowed):
            says_yes(world, one, after)
    assert says_yes(world, bob, after).state is _S.SCHEDULED


def test_an_edit_by_somebody_who_is_asked_about_asks(world: World, ann: Caller) -> None:
    asking(world, posts_of=frozenset({Role.MANAGER}))
    variant = proposed(world)
    assert (variant.state, variant.asks) == (_S.SCHEDULED, 0), "an owner is not asked about"
    after = changing.edit(world.desk, ann, variant.id, Edit(1, text="Quite another thing"), world.clock.now())
    assert (after.state, after.asks) == (_S.AWAITING_APPROVAL, 1)


def test_editing_what_waits_takes_it_back(world: World, ann: Caller, bob: Caller) -> None:
    asking(world, 2)
    variant = says_yes(world, ann, proposed(world))
    after = changing.edit(world.desk, world.caller, variant.id, Edit(1, text="x" * 300), world.clock.now())
    assert (after.state, after.approvals, after.remind_at) == (_S.DRAFT, (), None)
    with pytest.raises(Conflict, match="version 2"):
        says_yes(world, bob, variant)


def test_a_reviewer_takes_back_only_their_own(world: World) -> None:
    asking(world)
    rita = person(world, Role.REVIEWER, "rita")
    mine, other = draft(world, caller=rita), proposed(world)
    drafting.schedule_draft(world.desk, rita, mine.id, when(), world.clock.now())
    wanted, now = drafting.DraftEdit(1, Body("Changed")), world.clock.now()
    assert drafting.edit(world.desk, rita, only(world, mine).id, wanted, now).state is _S.DRAFT
    with pytest.raises(NotAllowed, match="variant:edit"):
        drafting.edit(world.desk, rita, other.id, wanted, now)


def test_changes_are_asked_for_with_words_that_the_audit_does_not_hold(world: World, ann: Caller) -> None:
    asking(world, 2)
    variant = proposed(world)
    approving.give_back(world.desk, ann, variant.id, 1, "Too loud, please.", world.clock.now())
    after = world.variant(variant.id)
    assert (after.state, after.reason, after.approvals) == (_S.DRAFT, "changes are asked for", ())
    seen = approving.standing(world.desk, world.caller, variant.id)
    assert [(one.text, one.by, one.version) for one in seen.comments] == [
        ("Too loud, please.", f"member:{ann.member}", 1)
    ]
    events = [*after.events, *(event for one in seen.comments for event in one.events)]
    assert not any("loud" in event.why for event in events)
    again = drafting.schedule_draft(world.desk, world.caller, after.post, None, world.clock.now())
    assert only(world, again).state is _S.AWAITING_APPROVAL
    assert only(world, again).reason is None


def test_a_yes_to_an_older_time_is_none_to_a_newer_one(world: World, ann: Caller, bob: Caller) -> None:
    asking(world)
    variant = proposed(world)
    approving.give_back(world.desk, ann, variant.id, 1, "Later.", world.clock.now())
    drafting.schedule_draft(world.desk, world.caller, variant.post, when(30), world.clock.now())
    with pytest.raises(Conflict, match="version 2"):
        says_yes(world, bob, variant)
    assert says_yes(world, bob, world.variant(variant.id)).state is _S.SCHEDULED


def test_comments_come_in_order_and_only_of_their_own_variant(world: World, ann: Caller) -> None:
    first, other = only(world, draft(world)), only(world, draft(world, "Other"))
    for number in range(3):
        approving.comment(world.desk, ann, first.id, f"remark {number}", world.clock.now())
        world.clock.move(0 if number == 1 else 0.001)
    approving.comment(world.desk, ann, other.id, "elsewhere", world.clock.now())
    seen = approving.standing(world.desk, ann, first.id)
    assert [one.text for one in seen.comments] == ["remark 0", "remark 1", "remark 2"]


def test_what_changed_since_the_last_approval(world: World, ann: Caller, bob: Caller) -> None:
    asking(world)
    variant = proposed(world, "Come on Monday at nine")
    assert approving.standing(world.desk, bob, variant.id).changed is None
    says_yes(world, ann, variant)
    assert approving.standing(world.desk, bob, variant.id).changed == ()
    wanted = Edit(1, text="Come on Tuesday at nine", when=when(4))
    changing.edit(world.desk, world.caller, variant.id, wanted, world.clock.now())
    drafting.edit(
        world.desk,
        world.caller,
        variant.id,
        drafting.DraftEdit(2, account=world.accounts["mastodon"].id),
        world.clock.now(),
    )
    changed = approving.standing(world.desk, bob, variant.id).changed
    assert changed == (
        Changed("account", before=world.accounts["x"].id, after=world.accounts["mastodon"].id),
        Changed("time", before="2026-11-21T12:00:00Z", after="2026-11-21T13:00:00Z (UTC)"),
        Changed(
            "text",
            (
                Piece(Kind.SAME, "Come on "),
                Piece(Kind.GONE, "Monday"),
                Piece(Kind.NEW, "Tuesday"),
                Piece(Kind.SAME, " at nine"),
            ),
        ),
    )


def test_whose_yes_counts_is_told_beforehand(world: World, ann: Caller) -> None:
    asking(world)
    variant = proposed(world)
    rita = person(world, Role.REVIEWER, "rita")
    told = [approving.standing(world.desk, one, variant.id).why_not for one in (world.caller, rita, ann)]
    assert told == ["whoever wrote it does not approve it", "this needs the right variant:approve", None]


# --- two at once -----------------------------------------------------------------------------------------------------


def meanwhile(world: World, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> list[Any]:
    """Before the next write of several items something else happens, to its end: the slower of two clients writes then."""
    table, done = world.desk.store.table, []
    write = type(table).transact

    def slower(self: Any, writes: Any) -> None:
        if not done:
            done.append(None)
            done[0] = act()
        write(self, writes)

    monkeypatch.setattr(type(table), "transact", slower)
    return done


def test_two_approvers_at_once_are_two_approvals(
    world: World, ann: Caller, bob: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(world, 2)
    variant = proposed(world)
    faster = meanwhile(world, monkeypatch, lambda: says_yes(world, bob, variant))
    slower = says_yes(world, ann, variant)
    assert faster[0].state is _S.AWAITING_APPROVAL
    assert slower == world.variant(variant.id)
    assert [one.by for one in slower.approvals] == [f"member:{bob.member}", f"member:{ann.member}"]
    assert slower.state is _S.SCHEDULED


def test_one_person_in_two_windows_is_one_approval(world: World, ann: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    asking(world, 2)
    variant = proposed(world)
    meanwhile(world, monkeypatch, lambda: says_yes(world, ann, variant))
    with pytest.raises(NotAllowed, match="once"):
        says_yes(world, ann, variant)
    assert len(world.variant(variant.id).approvals) == 1


def test_an_approval_while_it_is_edited_counts_for_nothing(
    world: World, ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(world)
    variant = proposed(world)
    edit = Edit(1, text="Something else")
    meanwhile(world, monkeypatch, lambda: changing.edit(world.desk, world.caller, variant.id, edit, world.clock.now()))
    with pytest.raises(Conflict, match="version 2"):
        says_yes(world, ann, variant)
    assert (world.variant(variant.id).state, world.variant(variant.id).approvals) == (_S.DRAFT, ())


def test_an_edit_while_it_is_approved_is_refused_and_what_was_approved_goes_out(
    world: World, ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(world)
    variant = proposed(world)
    meanwhile(world, monkeypatch, lambda: says_yes(world, ann, variant))
    with pytest.raises(Conflict, match="same moment"):
        changing.edit(world.desk, world.caller, variant.id, Edit(1, text="Something else"), world.clock.now())
    world.clock.move(3 * 3600 + 1)
    publish(world.desk, variant.workspace, variant.id)
    assert [text for text, *_ in world.platforms["x"].posted] == ["Hello"]


def test_an_edit_of_what_is_scheduled_in_the_moment_of_its_approval_s_end(
    world: World, ann: Caller, bob: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(world)
    variant = says_yes(world, ann, proposed(world))
    text = Edit(1, text="By one")
    meanwhile(world, monkeypatch, lambda: changing.edit(world.desk, bob, variant.id, text, world.clock.now()))
    with pytest.raises(Conflict, match="same moment"):
        changing.edit(world.desk, world.caller, variant.id, Edit(1, text="By the other"), world.clock.now())
    assert world.variant(variant.id).state is _S.AWAITING_APPROVAL


def test_what_waits_for_approval_is_planned_for(world: World) -> None:
    asking_money(world)
    asking(world)
    variant = proposed(world)
    months = forecasting.forecast(world.desk, world.desk.workspace(world.workspace.id), world.clock.now())
    assert variant.micro_usd > 0
    assert months[0].purse.planned == variant.micro_usd
