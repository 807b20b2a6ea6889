"""A stop that is in force is kept, whoever was about to send, and however late anybody learns of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.brake import SEEN_WITHIN, Brake, BrakeState, Scope
from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.post import Origin, Variant, VariantState
from chalicelib.ports import Index
from chalicelib.services import braking, budgets, campaigns, polling, triaging
from chalicelib.services.braking import Stop
from chalicelib.store import keys
from tests.services.doubles import (
    Terms,
    acts,
    another_tenant,
    brief_world,
    connect,
    due,
    lagging,
    lift,
    on_terms,
    once,
    publish,
    speak,
    stop,
    watched,
)
from tests.world import TIMING, Killed, World

PUBLISHED, SCHEDULED, SENDING, HELD = (
    VariantState.PUBLISHED,
    VariantState.SCHEDULED,
    VariantState.SENDING,
    VariantState.HELD,
)
SETTLED_AFTER = (TIMING.lease + TIMING.takeover_after).total_seconds() + 1
SEEN = (SEEN_WITHIN + 2 * TIMING.skew).total_seconds()
PRAISE = "Thank you, the new opening hours are great. Lovely work!"


def standing(world: World, brake: Brake) -> braking.Standing:
    return braking.standing(world.desk, brake, world.clock.now())


# --- scopes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def automatic(world: World) -> Variant:
    """An automatic answer that is about to go out on Mastodon."""
    world.hears("mastodon", PRAISE, number=1)
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    (one,) = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
    answered = world.desk.store.interactions.get(world.workspace.id, one.id)
    assert answered is not None
    variant = world.variant(answered.answer or "")
    assert variant.origin is Origin.TRIAGE
    return variant


def targets(world: World) -> dict[Scope, str | None]:
    now = world.clock.now()
    ours = (world.accounts["x"].id,)
    spring = campaigns.create(world.desk, world.caller, "Spring", "More people", (), ours, now, None, now)
    return {
        Scope.ALL: None,
        Scope.AUTOMATIC: None,
        Scope.PLATFORM: "x",
        Scope.ACCOUNT: world.accounts["x"].id,
        Scope.CAMPAIGN: spring.id,
        Scope.PAID: spring.id,
    }


STOPPED = {
    Scope.ALL: {"plain", "of the campaign", "paid for by it", "of another account", "elsewhere", "automatic"},
    Scope.AUTOMATIC: {"automatic"},
    Scope.PLATFORM: {"plain", "of the campaign", "paid for by it", "of another account"},
    Scope.ACCOUNT: {"plain", "of the campaign", "paid for by it"},
    Scope.CAMPAIGN: {"of the campaign", "paid for by it"},
    Scope.PAID: {"paid for by it"},
}


def costing(world: World, variant: Variant) -> Variant:
    after = replace(variant, micro_usd=1)
    return world.desk.store.variants.save(variant, after, replace(variant.events[-1], act="price"))


@pytest.mark.parametrize("scope", Scope)
def test_each_scope_stops_what_it_is_for_and_nothing_else(world: World, automatic: Variant, scope: Scope) -> None:
    on_terms(world, {})
    wanted = targets(world)
    variants = {
        "plain": due(world, world.accounts["x"], "plain"),
        "of the campaign": due(world, world.accounts["x"], "of it", campaign=wanted[Scope.CAMPAIGN]),
        "paid for by it": costing(world, due(world, world.accounts["x"], "dear", campaign=wanted[Scope.CAMPAIGN])),
        "of another account": due(world, connect(world, "x", "others"), "another"),
        "elsewhere": due(world, world.accounts["bluesky"], "elsewhere"),
        "automatic": automatic,
    }
    brake = stop(world, scope, wanted[scope])
    states = {name: publish(world, one) for name, one in variants.items()}
    assert {name for name, state in states.items() if state is HELD} == STOPPED[scope]
    assert {name for name, state in states.items() if state is PUBLISHED} == set(variants) - STOPPED[scope]
    for name in STOPPED[scope]:
        held = world.variant(variants[name].id)
        assert held.held_by == brake.id
        assert "a storm" in (held.reason or "")


def test_a_brake_stops_nothing_of_another_tenant(world: World) -> None:
    on_terms(world, {})
    foreign = another_tenant(world, "x", "strangers")
    stop(world)
    variant = due(foreign, foreign.accounts["x"], "Hello")
    assert publish(foreign, variant) is PUBLISHED


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (Scope.ALL, "x"),
        (Scope.PLATFORM, None),
        (Scope.PLATFORM, "carrier-pigeon"),
        (Scope.ACCOUNT, "nobody"),
        (Scope.CAMPAIGN, "none"),
    ],
)
def test_a_brake_on_nothing_is_refused(world: World, scope: Scope, target: str | None) -> None:
    with pytest.raises(InvalidField) as refused:
        stop(world, scope, target)
    assert refused.value.pointer == "/target"
    assert list(braking.every(world.desk, world.workspace.id)) == []


def test_a_brake_that_has_ended_before_it_began_is_refused(world: World) -> None:
    with pytest.raises(InvalidField) as refused:
        stop(world, expires_at=world.clock.now())
    assert refused.value.pointer == "/expires_at"


def test_there_is_one_brake_for_each_scope_and_target_and_it_can_be_put_on_again(world: World) -> None:
    brake = stop(world)
    with pytest.raises(Conflict, match="on already"):
        stop(world)
    lift(world, brake)
    assert lift(world, brake) == 0
    again = stop(world)
    assert again.id == brake.id
    assert again.rev > brake.rev
    assert [one.state for one in braking.every(world.desk, world.workspace.id)] == [BrakeState.ON]
    assert publish(world, due(world, world.accounts["x"], "Hello")) is HELD


# --- accepted --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["never", "lifted"])
def test_accepted_means_stored_however_long_that_took(world: World, before: str) -> None:
    """It was asked for long before it lay in the record: who read, claimed and sends in between has not seen it."""
    if before == "lifted":
        lift(world, stop(world))
    world.platforms["x"].script.append("killed")
    variant = due(world, world.accounts["x"], "Hello")

    def slowly() -> None:
        world.clock.move(2 * SEEN)
        with pytest.raises(Killed):
            publish(world, variant)
        world.clock.move(1)

    watched(world).before_write = once(slowly, lambda writes: "put_on" in acts(writes))
    brake = stop(world)
    assert brake == braking.get(world.desk, world.workspace.id, brake.id)
    assert brake.accepted_at == world.clock.now()
    assert [one.act for one in brake.events][-2:] == ["put_on", "accept"]
    for passes in (1, SEEN, TIMING.lease.total_seconds() - SEEN - 2):
        world.clock.move(passes)
        assert not standing(world, brake).in_force
    assert standing(world, brake).sending == (variant.id,)
    world.clock.move(TIMING.skew.total_seconds())
    assert standing(world, brake).in_force


@pytest.mark.parametrize(("took", "writes"), [(0.0, 1), (0.999, 1), (1.0, 2)])
def test_what_is_stored_within_a_second_is_accepted_when_it_was_asked_for(
    world: World, took: float, writes: int
) -> None:
    asked_at = world.clock.now()
    watched(world).before_write = once(lambda: world.clock.move(took))
    brake = stop(world)
    assert brake.rev == writes
    assert brake.accepted_at == (asked_at if writes == 1 else world.clock.now())


def test_one_that_was_lifted_while_it_was_being_stored_is_not_called_accepted(world: World) -> None:
    table = watched(world)

    def slowly() -> None:
        world.clock.move(2)
        table.before_write = once(lambda: lift(world, braking.get(world.desk, world.workspace.id, "all")))

    table.before_write = once(slowly)
    with pytest.raises(Conflict, match="at the same moment"):
        stop(world)
    assert braking.get(world.desk, world.workspace.id, "all").state is BrakeState.LIFTED


# --- in force --------------------------------------------------------------------------------------------------------


def test_it_is_in_force_once_every_sender_has_seen_it(world: World) -> None:
    brake = stop(world)
    assert not standing(world, brake).in_force
    world.clock.move(SEEN - 0.001)
    assert not standing(world, brake).in_force
    world.clock.move(0.001)
    told = standing(world, brake)
    assert told.in_force
    assert told.sending == ()
    assert told.in_force_by == brake.accepted_at + timedelta(seconds=SEEN) + TIMING.lease + TIMING.skew


def test_what_was_claimed_before_is_named_until_it_can_send_no_more(world: World) -> None:
    world.platforms["x"].script.append("killed")
    variant = due(world, world.accounts["x"], "Hello")
    with pytest.raises(Killed):
        publish(world, variant)
    brake, elsewhere = stop(world), stop(world, Scope.PLATFORM, "mastodon")
    world.clock.move(SEEN)
    assert standing(world, brake).sending == (variant.id,)
    assert not standing(world, brake).in_force
    assert standing(world, elsewhere).in_force, "it has nothing in flight"
    world.clock.move((TIMING.lease + TIMING.skew).total_seconds() - SEEN)
    told = standing(world, brake)
    assert told.in_force
    assert told.sending == ()
    assert world.clock.now() <= told.in_force_by


def test_what_was_claimed_after_it_by_who_had_not_seen_it_is_named_too(world: World) -> None:
    terms, brakes, told = Terms(), list[Brake](), list[braking.Standing]()
    on_terms(world, {"x": terms})
    variant = due(world, world.accounts["x"], "Hello")
    budgets_prepare = budgets.prepare

    def read_then_braked(*given: Any) -> Any:
        brakes.append(stop(world))
        world.clock.move(3)
        return budgets_prepare(*given)

    def leaves() -> None:
        world.clock.move(SEEN - 3)
        told.append(standing(world, brakes[0]))

    terms.before_request = leaves
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budgets, "prepare", read_then_braked)
        assert publish(world, variant) is PUBLISHED
    assert [one.sending for one in told] == [(variant.id,)]
    assert not told[0].in_force


def test_where_the_index_lags_it_is_in_force_only_once_that_shows_what_was_scheduled_before(world: World) -> None:
    lag = timedelta(seconds=30)
    lagging(world, lag)
    brake = stop(world)
    world.clock.move(SEEN + lag.total_seconds() - 0.001)
    assert not standing(world, brake).in_force
    world.clock.move(0.001)
    told = standing(world, brake)
    assert told.in_force
    assert world.clock.now() <= told.in_force_by


def test_what_the_index_does_not_show_yet_is_not_taken_for_nothing(world: World) -> None:
    """Made and said at once, and a lease long on its way: for 30 s the index shows nothing of it."""
    terms, told = Terms(), list[braking.Standing]()
    on_terms(world, {"x": terms})
    variant = due(world, world.accounts["x"], "Hello")
    lag = timedelta(seconds=30)
    shown_at = world.clock.now() + lag
    lagging(world, lag).shows = lambda index: index is not Index.DUE or world.clock.now() >= shown_at

    def leaves() -> None:
        brake = stop(world)
        for _ in range(int(TIMING.lease.total_seconds())):
            world.clock.move(1)
            told.append(standing(world, brake))

    terms.before_request = leaves
    assert publish(world, variant) is PUBLISHED
    assert not any(one.in_force for one in told)
    assert {one.sending for one in told} == {(), (variant.id,)}


def test_what_ended_by_itself_is_not_in_force(world: World) -> None:
    brake = stop(world, expires_at=world.clock.now() + timedelta(minutes=1))
    world.clock.move(59.999)
    assert standing(world, brake).in_force
    world.clock.move(0.001)
    assert not standing(world, brake).in_force


@dataclass
class AnothersClock:
    """A clock that differs from the world's."""

    world: World
    differs: timedelta

    def now(self) -> datetime:
        return self.world.clock.now() + self.differs


PAUSES = st.lists(st.sampled_from([0, 0, 0, 0.5, 2, 4.9, 5.1, 9, 12, 30, 60]), min_size=1, max_size=25)


@settings(deadline=None, max_examples=100)
@given(
    platform=st.sampled_from(["x", "mastodon", "bluesky"]),
    scope=st.sampled_from([Scope.ALL, Scope.PLATFORM, Scope.ACCOUNT]),
    put_on_at=st.integers(0, 25),
    pauses=PAUSES,
    in_flight=st.floats(0, 1),
    differ=st.floats(-TIMING.skew.total_seconds(), TIMING.skew.total_seconds()),
    script=st.lists(st.sampled_from(["well", "busy", "answer lost", "lands, answer lost"]), max_size=4),
)
def test_no_request_leaves_once_it_was_said_to_be_in_force(
    platform: str,
    scope: Scope,
    put_on_at: int,
    pauses: list[float],
    in_flight: float,
    differ: float,
    script: list[str],
) -> None:
    """Time passes at every read and write of a sender; somewhere among them the brake is put on, by another's clock.

    A request may leave as long as its lease runs. At each moment it is asked whether the brake is in force.
    """
    world, terms = brief_world(), Terms()
    on_terms(world, {platform: terms})
    account = world.accounts[platform]
    world.platforms[platform].script.extend(script)
    made = [due(world, account, f"number {number}", late_limit=timedelta(days=1)) for number in range(3)]
    theirs = AnothersClock(world, timedelta(seconds=differ))
    aside = replace(world.desk, clock=theirs)
    target = {Scope.ALL: None, Scope.PLATFORM: platform, Scope.ACCOUNT: account.id}[scope]
    moments, brakes, in_force_since = iter(range(10**6)), list[Brake](), list[datetime]()

    def moment(passes: float | None = None) -> None:
        place = next(moments)
        world.clock.move(pauses[place % len(pauses)] if passes is None else passes)
        if place >= put_on_at and not brakes:
            brakes.append(braking.put_on(aside, world.caller, Stop(scope, target, "a storm"), theirs.now()))
        if brakes and not in_force_since:
            told = braking.standing(aside, brakes[0], theirs.now())
            assert told.in_force or theirs.now() < told.in_force_by, "it takes no longer than was said"
            if told.in_force:
                in_force_since.append(world.clock.now())

    def leaves() -> None:
        places = [keys.variant(one.workspace, one.id) for one in made]
        (live,) = (one for one in aside.store.variants.get_many(places) if one.state is SENDING)
        assert live.lease_until is not None
        runs = (live.lease_until - world.clock.now()).total_seconds()
        for _ in range(5):
            moment(runs * in_flight / 5)
        assert not in_force_since, "it had been said that nothing leaves any more"

    table = watched(world)
    table.apart = True
    table.before_read = table.before_write = lambda _: moment()
    terms.before_request = leaves
    for _ in range(12):
        speak(world, account)
        world.clock.move(20)
    for _ in range(20):
        moment(10)
    assert in_force_since


def test_whoever_is_about_to_send_looks_again_where_its_reading_is_old(world: World) -> None:
    terms = Terms()
    on_terms(world, {"x": terms})
    variant = due(world, world.accounts["x"], "Hello")
    table = watched(world)

    def meanwhile() -> None:
        stop(world)
        world.clock.move(SEEN_WITHIN.total_seconds() + 0.001)

    table.before_write = once(meanwhile, lambda writes: "claim" in acts(writes))
    assert publish(world, variant) is HELD
    assert not terms.requests
    assert world.variant(variant.id).held_by == "all"


def test_where_the_brakes_take_too_long_to_read_nothing_is_sent(world: World) -> None:
    terms = Terms()
    on_terms(world, {"x": terms})
    variant = due(world, world.accounts["x"], "Hello")
    brakes = keys.within(world.workspace.id, "BRAKE", "all")
    table = watched(world)

    def slow(places: object) -> None:
        if brakes in list(places):  # type: ignore[call-overload]
            world.clock.move(SEEN_WITHIN.total_seconds() + 0.001)

    table.before_read = slow
    publish(world, variant)
    assert not terms.requests
    assert world.variant(variant.id).state is SCHEDULED


# --- in doubt --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["mastodon", "bluesky"])
def test_what_is_in_doubt_is_never_sent_again_against_a_brake_and_goes_before_a_person(
    world: World, platform: str
) -> None:
    terms = Terms()
    on_terms(world, {platform: terms})
    world.platforms[platform].script.append("answer lost")
    variant = due(world, world.accounts[platform], "Hello")
    assert publish(world, variant) is SENDING
    stop(world)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant) is VariantState.NEEDS_REVIEW
    assert len(terms.requests) == 1
    (item,) = world.desk.store.reviews.listed(keys.shelf(world.workspace.id, "REVIEW"), limit=10).items
    assert item.about == variant.id


def test_what_is_found_under_a_brake_is_known_to_be_there(world: World) -> None:
    world.platforms["mastodon"].script.append("lands, answer lost")
    variant = due(world, world.accounts["mastodon"], "Hello")
    publish(world, variant)
    stop(world)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant) is PUBLISHED
