"""What ends a brake, and what it held: it goes on its way, in order and apart, and whoever lifts it sees that before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.brake import Brake, BrakeState, Scope
from chalicelib.domain.errors import NotFound
from chalicelib.domain.post import Variant, VariantState
from chalicelib.ports import Index
from chalicelib.services import braking
from chalicelib.services.ticking import tick
from tests.services.doubles import Terms, due, lift, listed, on_terms, publish, speak, stop, texts, watched
from tests.world import SECOND, World

PUBLISHED, SCHEDULED, HELD = VariantState.PUBLISHED, VariantState.SCHEDULED, VariantState.HELD


def test_nobody_lifts_what_is_not_there(world: World) -> None:
    with pytest.raises(NotFound):
        braking.lift(world.desk, world.caller, "all", "why", world.clock.now())


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
