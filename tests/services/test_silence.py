"""Where a listing proves nothing, silence goes before a person, unless the workspace chose after how long it is absence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.account import Account
from chalicelib.domain.post import Variant, VariantState
from chalicelib.services import workspaces
from chalicelib.store import keys
from tests.services.doubles import Terms, due, listed, on_terms, publish, speak, texts
from tests.world import TIMING, World

PUBLISHED, SENDING, NEEDS_REVIEW = VariantState.PUBLISHED, VariantState.SENDING, VariantState.NEEDS_REVIEW
MINUTE = timedelta(minutes=1)
SETTLED_AFTER = (TIMING.lease + TIMING.takeover_after).total_seconds() + 1


@pytest.fixture
def terms(world: World) -> Terms:
    told = Terms(silent=True)
    on_terms(world, {"x": told})
    return told


@pytest.fixture
def ours(world: World) -> Account:
    return world.accounts["x"]


def chooses(world: World, minutes: int | None) -> None:
    after = None if minutes is None else minutes * MINUTE
    workspaces.set_silence(world.desk, world.caller, after, world.clock.now())


def in_doubt(world: World, account: Account, act: str = "answer lost", **more: timedelta) -> Variant:
    world.platforms["x"].script.append(act)
    variant = due(world, account, "Hello", **more)  # type: ignore[arg-type]
    assert publish(world, variant) is SENDING
    return variant


def test_where_nobody_chose_a_person_is_asked(world: World, terms: Terms, ours: Account) -> None:
    variant = in_doubt(world, ours)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant) is NEEDS_REVIEW
    assert len(terms.requests) == 1


def test_it_waits_for_what_the_workspace_chose_and_then_sends_again_once(
    world: World, terms: Terms, ours: Account
) -> None:
    chooses(world, 15)
    variant = in_doubt(world, ours)
    sent_by = world.variant(variant.id).sent_by
    assert sent_by == world.clock.now() + TIMING.lease, "until then its request may have left"
    listed(world)
    while publish(world, variant) is SENDING:
        assert world.clock.now() < sent_by + timedelta(hours=1)
        world.clock.move(10)
    assert world.variant(variant.id).state is PUBLISHED
    assert texts(world.platforms["x"]) == ["Hello"]
    asked_at = [at for _, at in terms.requests]
    assert len(asked_at) == 2
    assert asked_at[1] >= sent_by + 15 * MINUTE
    assert asked_at[1] <= sent_by + 15 * MINUTE + TIMING.takeover_after + timedelta(seconds=10)


def test_it_looks_again_before_it_sends_again(world: World, terms: Terms, ours: Account) -> None:
    """A listing that lags by minutes shows it in the end: then nothing is said twice."""
    chooses(world, 15)
    variant = in_doubt(world, ours, "lands, answer lost")
    posted = world.platforms["x"].posted
    not_shown_yet = posted.copy()
    posted.clear()
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant) is SENDING
    posted.extend(not_shown_yet)
    world.clock.move(15 * 60 + SETTLED_AFTER)
    assert publish(world, variant) is PUBLISHED
    assert len(terms.requests) == 1


def test_each_sending_again_is_waited_for_as_long_as_the_first(world: World, terms: Terms, ours: Account) -> None:
    """The listing shows all but the last ten minutes, which the workspace knows and waits longer than."""
    chooses(world, 15)
    variant = in_doubt(world, ours, late_limit=3 * 60 * MINUTE)
    world.platforms["x"].script.append("lands, answer lost")
    posted = world.platforms["x"].posted
    for _ in range(6 * 60):
        world.clock.move(10)
        shown = world.clock.now() - terms.requests[-1][1] >= 10 * MINUTE
        hidden = [] if shown else posted.copy()
        del posted[: len(hidden)]
        state = publish(world, variant)
        posted[:0] = hidden
        if state is not SENDING:
            break
    assert world.variant(variant.id).state is PUBLISHED
    assert texts(world.platforms["x"]) == ["Hello"]
    assert len(terms.requests) == 2


def test_a_look_that_asked_for_nothing_prolongs_no_silence(world: World, terms: Terms, ours: Account) -> None:
    """Who only looked, and who could not even do that, sent nothing: what was chosen runs on from the last request."""
    chooses(world, 15)
    variant = in_doubt(world, ours)
    sent_by = world.variant(variant.id).sent_by
    assert sent_by is not None
    for look_up in ("cannot look", "cannot look", "no more"):
        world.clock.move(SETTLED_AFTER)
        if look_up != "no more":
            world.platforms["x"].look_ups.append(look_up)
        assert publish(world, variant) is SENDING
        assert world.variant(variant.id).sent_by == sent_by
    while publish(world, variant) is SENDING:
        world.clock.move(1)
    assert len(terms.requests) == 2
    assert terms.requests[1][1] <= sent_by + 15 * MINUTE + TIMING.takeover_after + timedelta(seconds=1)


@pytest.mark.parametrize("late_limit", [10 * MINUTE, 15 * MINUTE])
def test_it_is_not_sent_again_later_than_its_own_limit(
    world: World, terms: Terms, ours: Account, late_limit: timedelta
) -> None:
    chooses(world, 15)
    variant = in_doubt(world, ours, late_limit=late_limit)
    while publish(world, variant) is SENDING:
        world.clock.move(10)
    assert world.variant(variant.id).state is NEEDS_REVIEW
    assert len(terms.requests) == 1


def test_while_it_waits_nothing_behind_it_is_said(world: World, terms: Terms, ours: Account) -> None:
    chooses(world, 15)
    in_doubt(world, ours)
    due(world, ours, "behind", seconds=1)
    for _ in range(16 * 6):
        world.clock.move(10)
        assert speak(world, ours) == [SENDING]
    for _ in range(12):
        world.clock.move(10)
        speak(world, ours)
    assert texts(world.platforms["x"]) == ["Hello", "behind"]


def test_where_every_answer_is_lost_it_is_not_sent_for_ever(world: World, terms: Terms, ours: Account) -> None:
    chooses(world, 5)
    variant = in_doubt(world, ours)
    world.platforms["x"].script.extend(["answer lost"] * 50)
    for _ in range(6 * 60):
        world.clock.move(10)
        if publish(world, variant) is not SENDING:
            break
    assert world.variant(variant.id).state is NEEDS_REVIEW
    (item,) = world.desk.store.reviews.listed(keys.shelf(world.workspace.id, "REVIEW"), limit=10).items
    assert item.about == variant.id
    gaps = [later - earlier for (_, earlier), (_, later) in zip(terms.requests, terms.requests[1:], strict=False)]
    assert min(gaps) > TIMING.takeover_after, "each attempt's landing and showing is waited for"


def test_what_could_not_be_read_whole_goes_before_a_person_whatever_was_chosen(
    world: World, terms: Terms, ours: Account
) -> None:
    chooses(world, 5)
    terms.silent = False
    variant = in_doubt(world, ours)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant) is NEEDS_REVIEW


def test_a_platform_that_proves_absence_waits_for_nothing(world: World, terms: Terms) -> None:
    chooses(world, 15)
    world.platforms["mastodon"].script.append("answer lost")
    variant = due(world, world.accounts["mastodon"], "Hello")
    publish(world, variant)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant) is PUBLISHED
