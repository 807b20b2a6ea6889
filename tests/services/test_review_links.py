"""A guest says yes or no by a link that shows one post, once; whatever does not open says nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.domain.access import Action, Caller, Role
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed, NotFound
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.review_link import LinkState
from chalicelib.services import approving, changing, drafting, review_links
from chalicelib.services.changing import Edit
from tests.services.approvals import asking, person, proposed, when
from tests.world import World, make_world

DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def ann(world: World) -> Caller:
    return person(world, Role.MANAGER, "ann")


@pytest.fixture
def variant(world: World, ann: Caller) -> Variant:
    asking(world)
    return proposed(world, at=when(100))


def link(world: World, who: Caller, variant: Variant, expires_in: timedelta | None = None) -> tuple[str, str]:
    now = world.clock.now()
    ends = None if expires_in is None else now + expires_in
    token, made = review_links.make(world.desk, who, variant.id, "Dana of the client", ends, now)
    return token, made.id


def opens(world: World, token: str) -> bool:
    try:
        review_links.show(world.desk, token, world.clock.now())
    except NotFound:
        return False
    return True


def test_a_guest_approves_by_a_link_and_the_record_says_by_which(world: World, ann: Caller, variant: Variant) -> None:
    token, link_id = link(world, ann, variant)
    shown = review_links.show(world.desk, token, world.clock.now())
    assert (shown.body.text, shown.variant.id, shown.account.id) == ("Hello", variant.id, variant.account)
    after = review_links.decide(world.desk, token, 1, "Lovely.", world.clock.now(), yes=True)
    assert after.state is VariantState.SCHEDULED
    (yes,) = after.approvals
    assert (yes.by, yes.link) == (f"member:{ann.member}", link_id)
    assert after.events[-1].actor.id == f"link:{link_id}"
    seen = approving.standing(world.desk, world.caller, variant.id)
    assert [(one.text, one.by) for one in seen.comments] == [("Lovely.", f"link:{link_id}")]
    assert [one.state for one in seen.links] == [LinkState.USED]
    assert not opens(world, token), "it is used once"
    with pytest.raises(NotFound):
        review_links.decide(world.desk, token, 1, None, world.clock.now(), yes=True)


def test_a_guest_asks_for_changes_and_says_which(world: World, ann: Caller, variant: Variant) -> None:
    token, _ = link(world, ann, variant)
    with pytest.raises(InvalidField, match="what to change"):
        review_links.decide(world.desk, token, 1, " ", world.clock.now(), yes=False)
    after = review_links.decide(world.desk, token, 1, "Not on a Monday.", world.clock.now(), yes=False)
    assert after.state is VariantState.DRAFT
    assert not opens(world, token)


def test_the_secret_is_kept_as_a_hash_and_the_guest_s_name_in_no_event(
    world: World, ann: Caller, variant: Variant
) -> None:
    token, link_id = link(world, ann, variant)
    assert token.rpartition("_")[2] not in world.record()
    made = world.desk.store.review_links.get(world.workspace.id, link_id)
    assert made is not None
    assert made.label == "Dana of the client"
    assert not any("Dana" in event.why for event in made.events)


def test_nobody_hands_on_a_yes_that_would_not_count(world: World, ann: Caller, variant: Variant) -> None:
    with pytest.raises(NotAllowed, match="wrote it"):
        link(world, world.caller, variant)
    narrow = Caller(ann.workspace, ann.member, ann.role, "token", frozenset({Action.LINK_MAKE}))
    with pytest.raises(NotAllowed, match="variant:approve"):
        link(world, narrow, variant)


def test_one_person_is_not_two_by_their_own_link(world: World, ann: Caller) -> None:
    asking(world, 2)
    variant = proposed(world, at=when(100))
    first, second = link(world, ann, variant)[0], link(world, ann, variant)[0]
    review_links.decide(world.desk, first, 1, None, world.clock.now(), yes=True)
    assert not opens(world, second)
    with pytest.raises(NotAllowed, match="once"):
        approving.approve(world.desk, ann, variant.id, 1, world.clock.now())
    assert len(world.variant(variant.id).approvals) == 1


def test_a_link_taken_back_opens_nothing_at_once(world: World, ann: Caller, variant: Variant) -> None:
    token, link_id = link(world, ann, variant)
    assert review_links.revoke(world.desk, ann, link_id, world.clock.now()).state is LinkState.REVOKED
    assert not opens(world, token)
    assert review_links.revoke(world.desk, ann, link_id, world.clock.now()).state is LinkState.REVOKED
    with pytest.raises(NotFound):
        review_links.revoke(world.desk, ann, "nothing.0.here", world.clock.now())
    used, used_id = link(world, ann, variant)
    review_links.decide(world.desk, used, 1, None, world.clock.now(), yes=True)
    with pytest.raises(Conflict, match="used"):
        review_links.revoke(world.desk, ann, used_id, world.clock.now())


def test_a_link_ends_with_its_time(world: World, ann: Caller) -> None:
    asking(world)
    variant = proposed(world, at=when(24 * 60))
    for wrong in (timedelta(0), -DAY, 14 * DAY + timedelta(seconds=1)):
        with pytest.raises(InvalidField, match="14 days"):
            link(world, ann, variant, wrong)
    (token, _), (usual, _) = link(world, ann, variant, 14 * DAY), link(world, ann, variant)
    world.clock.move((7 * DAY).total_seconds())
    assert (opens(world, token), opens(world, usual)) == (True, False)
    world.clock.move((7 * DAY).total_seconds())
    assert not opens(world, token)


def test_a_link_shows_nothing_but_what_waits(world: World, ann: Caller, variant: Variant) -> None:
    token, _ = link(world, ann, variant)
    changing.edit(world.desk, world.caller, variant.id, Edit(1, text="Half a thou"), world.clock.now())
    assert not opens(world, token), "a draft is nobody else's to read"
    drafting.schedule_draft(world.desk, world.caller, variant.post, None, world.clock.now())
    assert review_links.show(world.desk, token, world.clock.now()).body.text == "Half a thou"
    with pytest.raises(Conflict, match="version 2"):
        review_links.decide(world.desk, token, 1, None, world.clock.now(), yes=True)
    assert opens(world, token), "what was not decided leaves the link as it is"
    changing.edit(world.desk, ann, variant.id, Edit(2, text="Mine"), world.clock.now())
    drafting.schedule_draft(world.desk, world.caller, variant.post, None, world.clock.now())
    assert not opens(world, token), "its maker wrote the present version"


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace("review_", "parley_"),
        lambda token: token.replace("-0-", "-1-"),
        lambda token: token.upper(),
        lambda token: f"{token}\n",
        lambda token: "review_" + "a" * 9000,
    ],
)
def test_another_token_opens_nothing(world: World, ann: Caller, variant: Variant, change: object) -> None:
    token, _ = link(world, ann, variant)
    assert opens(world, token)
    assert not opens(world, change(token))  # type: ignore[operator]


def test_used_and_taken_back_at_once_is_one_of_both(
    world: World, ann: Caller, variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, link_id = link(world, ann, variant)
    table = type(world.desk.store.table)
    write, done = table.transact, []

    def slower(self: object, writes: object) -> None:
        if not done:
            done.append(review_links.revoke(world.desk, ann, link_id, world.clock.now()))
        write(self, writes)  # type: ignore[arg-type]

    monkeypatch.setattr(table, "transact", slower)
    with pytest.raises(NotFound):
        review_links.decide(world.desk, token, 1, None, world.clock.now(), yes=True)
    assert world.variant(variant.id).approvals == ()
