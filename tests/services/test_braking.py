"""A stop that is in force is kept, whoever was about to send; and what it held goes on its way, in order, once it is lifted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.brake import SEEN_WITHIN, Brake, BrakeState, Scope
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.post import Origin, Variant, VariantState
from chalicelib.ports import Index
from chalicelib.services import braking, budgets, campaigns, polling, publishing, triaging
from chalicelib.services.braking import Stop
from chalicelib.services.ticking import tick
from chalicelib.store import keys
from tests.services.doubles import (
    Terms,
    acts,
    another_tenant,
    brief_world,
    connect,
    due,
    listed,
    on_terms,
    once,
    speak,
    texts,
    watched,
)
from tests.world import SECOND, TIMING, Killed, World

PUBLISHED, SCHEDULED, SENDING, HELD = (
    VariantState.PUBLISHED,
    VariantState.SCHEDULED,
    VariantState.SENDING,
    VariantState.HELD,
)
SETTLED_AFTER = (TIMING.lease + TIMING.takeover_after).total_seconds() + 1
SEEN = (SEEN_WITHIN + 2 * TIMING.skew).total_seconds()
PRAISE = "Thank you, the new opening hours are great. Lovely work!"


def stop(world: World, scope: Scope = Scope.ALL, target: str | None = None, **more: object) -> Brake:
    wanted = Stop(scope, target, "a storm", **more)  # type: ignore[arg-type]
    return braking.put_on(world.desk, world.caller, wanted, world.clock.now())


def lift(world: World, brake: Brake) -> int:
    return braking.lift(world.desk, world.caller, brake.id, "it is over", world.clock.now())


def standing(world: World, brake: Brake) -> braking.Standing:
    return braking.standing(world.desk, brake, world.clock.now())


def publish(world: World, variant: Variant) -> VariantState | None:
    return publishing.publish(world.desk, world.workspace.id, variant.id)


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
    }


STOPPED = {
    Scope.ALL: {"plain", "of the campaign", "of another account", "elsewhere", "automatic"},
    Scope.AUTOMATIC: {"automatic"},
    Scope.PLATFORM: {"plain", "of the campaign", "of another account"},
    Scope.ACCOUNT: {"plain", "of the campaign"},
    Scope.CAMPAIGN: {"of the campaign"},
}


@pytest.mark.parametrize("scope", Scope)
def test_each_scope_stops_what_it_is_for_and_nothing_else(world: World, automatic: Variant, scope: Scope) -> None:
    on_terms(world, {})
    wanted = targets(world)
    variants = {
        "plain": due(world, world.accounts["x"], "plain"),
        "of the campaign": due(world, world.accounts["x"], "of it", campaign=wanted[Scope.CAMPAIGN]),
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


def test_nobody_lifts_what_is_not_there(world: World) -> None:
    with pytest.raises(NotFound):
        braking.lift(world.desk, world.caller, "all", "why", world.clock.now())


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


def test_what_ended_by_itself_is_not_in_force(world: World) -> None:
    brake = stop(world, expires_at=world.clock.now() + timedelta(minutes=1))
    world.clock.move(59.999)
    assert standing(world, brake).in_force
    world.clock.move(0.001)
    assert not standing(world, brake).in_force


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
    aside = world.desk
    target = {Scope.ALL: None, Scope.PLATFORM: platform, Scope.ACCOUNT: account.id}[scope]
    moments, brakes, in_force_since = iter(range(10**6)), list[Brake](), list[datetime]()

    def theirs() -> datetime:
        return world.clock.now() + timedelta(seconds=differ)

    def moment(passes: float | None = None) -> None:
        place = next(moments)
        world.clock.move(pauses[place % len(pauses)] if passes is None else passes)
        if place >= put_on_at and not brakes:
            brakes.append(braking.put_on(aside, world.caller, Stop(scope, target, "a storm"), theirs()))
        if brakes and not in_force_since:
            told = braking.standing(aside, brakes[0], theirs())
            assert told.in_force or theirs() < told.in_force_by, "it takes no longer than was said"
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


# --- the end ---------------------------------------------------------------------------------------------------------


def test_the_tick_ends_what_was_to_end_and_what_it_held_goes_out(world: World) -> None:
    ours, queue = world.accounts["x"], listed(world)
    variant = due(world, ours, "Hello")
    brake = stop(world, expires_at=world.clock.now() + timedelta(minutes=10))
    assert publish(world, variant) is HELD
    world.clock.move(599.999)
    tick(world.desk, world.clock.now())
    assert world.variant(variant.id).state is HELD
    world.clock.move(0.001)
    queue.waiting.clear()
    tick(world.desk, world.clock.now())
    assert braking.get(world.desk, world.workspace.id, brake.id).state is BrakeState.LIFTED
    assert [one["variants"] for one in queue.bodies()] == [[variant.id]]
    assert publish(world, variant) is PUBLISHED


def test_between_its_end_and_the_tick_it_stops_nothing_and_can_be_put_on_again(world: World) -> None:
    first = due(world, world.accounts["x"], "first")
    stop(world, expires_at=world.clock.now() + timedelta(minutes=10))
    assert publish(world, first) is HELD
    world.clock.move(600)
    second = due(world, world.accounts["mastodon"], "second")
    assert publish(world, second) is PUBLISHED
    stop(world)
    assert world.variant(first.id).state is SCHEDULED, "its old reason is over"
    assert publish(world, first) is HELD


@pytest.mark.parametrize("hidden", [Index.SHELF])
def test_what_a_list_did_not_show_when_it_was_lifted_is_swept_up_afterwards(world: World, hidden: Index) -> None:
    variant = due(world, world.accounts["x"], "Hello")
    brake = stop(world)
    assert publish(world, variant) is HELD
    table = watched(world)
    table.shows = lambda index: index is not hidden
    assert lift(world, brake) == 0
    world.clock.move(60)
    table.shows = lambda _: True
    tick(world.desk, world.clock.now())
    assert publish(world, variant) is PUBLISHED
    assert braking.get(world.desk, world.workspace.id, brake.id).settled is False
    world.clock.move(60)
    tick(world.desk, world.clock.now())
    assert braking.get(world.desk, world.workspace.id, brake.id).settled
    before = world.record()
    world.clock.move(1)
    braking.settle(world.desk, world.workspace.id, brake.id, world.clock.now())
    assert world.record() == before, "what is settled is left alone"


def test_of_two_brakes_over_one_variant_each_holds_until_it_is_lifted(world: World) -> None:
    ours = world.accounts["x"]
    variant = due(world, ours, "Hello")
    everything, account = stop(world), stop(world, Scope.ACCOUNT, ours.id)
    assert publish(world, variant) is HELD
    assert world.variant(variant.id).held_by == everything.id
    assert lift(world, everything) == 1
    assert publish(world, variant) is HELD
    assert world.variant(variant.id).held_by == account.id
    assert lift(world, account) == 1
    assert publish(world, variant) is PUBLISHED


def test_lifting_the_other_of_two_releases_nothing(world: World) -> None:
    ours = world.accounts["x"]
    variant = due(world, ours, "Hello")
    _, account = stop(world), stop(world, Scope.ACCOUNT, ours.id)
    assert publish(world, variant) is HELD
    assert lift(world, account) == 0
    assert world.variant(variant.id).state is HELD


def held_on_two_accounts(world: World) -> tuple[Brake, dict[str, list[Variant]]]:
    brake = stop(world, stagger=40 * SECOND)
    held: dict[str, list[Variant]] = {"x": [], "mastodon": []}
    for number in range(4):
        for platform, variants in held.items():
            variants.append(due(world, world.accounts[platform], f"number {number}"))
            world.clock.move(1)
    for platform, variants in held.items():
        assert speak(world, world.accounts[platform]) == [HELD] * len(variants)
    return brake, held


def test_what_was_held_goes_out_in_order_and_apart_on_each_account(world: World) -> None:
    terms = {"x": Terms(), "mastodon": Terms()}
    on_terms(world, terms)
    brake, held = held_on_two_accounts(world)
    world.clock.move(100)
    lifted_at = world.clock.now()
    foreseen = {one.variant.id: one.at for one in braking.preview(world.desk, brake, lifted_at)}
    assert lift(world, brake) == 8
    for _ in range(200):
        for platform in held:
            speak(world, world.accounts[platform])
        world.clock.move(1)
    for platform, variants in held.items():
        assert texts(world.platforms[platform]) == [f"number {number}" for number in range(4)]
        assert [at for _, at in terms[platform].requests] == [lifted_at + place * 40 * SECOND for place in range(4)]
        assert [foreseen[one.id] for one in variants] == [at for _, at in terms[platform].requests]


def test_what_is_too_late_by_then_is_foreseen_missed_and_keeps_nobody_waiting(world: World) -> None:
    ours = world.accounts["x"]
    late = due(world, ours, "late", late_limit=timedelta(minutes=1))
    world.clock.move(1)
    good = due(world, ours, "good")
    brake = stop(world)
    assert speak(world, ours) == [HELD, HELD]
    world.clock.move(120)
    foreseen = braking.preview(world.desk, brake, world.clock.now())
    assert [(one.variant.id, one.missed) for one in foreseen] == [(late.id, True), (good.id, False)]
    assert world.variant(late.id).state is HELD, "looking changes nothing"
    lift(world, brake)
    assert speak(world, ours) == [VariantState.MISSED, PUBLISHED]


def test_what_would_be_too_late_at_its_place_leaves_the_place_to_the_next(world: World) -> None:
    ours, apart = world.accounts["x"], 40 * SECOND
    limits = {"first": 600, "late by then": 60, "last": 600}
    for text, seconds in limits.items():
        due(world, ours, text, late_limit=seconds * SECOND)
        world.clock.move(1)
    brake = stop(world, stagger=apart)
    speak(world, ours)
    world.clock.move(30)
    now = world.clock.now()
    foreseen = [(one.at, one.missed) for one in braking.preview(world.desk, brake, now)]
    assert foreseen == [(now, False), (now + apart, True), (now + apart, False)]
    lift(world, brake)
    for _ in range(60):
        speak(world, ours)
        world.clock.move(1)
    assert texts(world.platforms["x"]) == ["first", "last"]


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
