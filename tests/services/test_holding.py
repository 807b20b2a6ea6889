"""A hold is written only while its reason stands, and ends with its own reason and no other's."""

from __future__ import annotations

from chalicelib.domain.brake import SEEN_WITHIN, Brake, Scope
from chalicelib.domain.post import VariantState
from chalicelib.services import accounts, braking
from tests.services.doubles import acts, due, lift, once, publish, stop, texts, watched
from tests.world import World

PUBLISHED, SCHEDULED, HELD = VariantState.PUBLISHED, VariantState.SCHEDULED, VariantState.HELD


def test_a_brake_that_is_lifted_between_reading_and_holding_holds_nothing(world: World) -> None:
    variant = due(world, world.accounts["x"], "Hello")
    brake = stop(world)
    table = watched(world)
    table.before_write = once(lambda: lift(world, brake), lambda writes: "hold" in acts(writes))
    assert publish(world, variant) is SCHEDULED
    assert publish(world, variant) is PUBLISHED


def test_nor_does_one_that_was_put_on_anew_hold_by_what_was_read_of_the_old_one(world: World) -> None:
    variant = due(world, world.accounts["x"], "Hello")
    brake = stop(world)

    def lifted_and_on_again() -> None:
        lift(world, brake)
        stop(world)

    table = watched(world)
    table.before_write = once(lifted_and_on_again, lambda writes: "hold" in acts(writes))
    assert publish(world, variant) is SCHEDULED
    assert publish(world, variant) is HELD
    again = braking.get(world.desk, world.workspace.id, brake.id)
    assert lift(world, again) == 1


def test_a_brake_lifted_while_a_claimed_one_is_being_stopped_lets_it_go_on(world: World) -> None:
    variant = due(world, world.accounts["x"], "Hello")
    table, brakes = watched(world), list[Brake]()

    def claimed(writes: object) -> None:
        if "claim" in acts(writes) and not brakes:  # type: ignore[arg-type]
            brakes.append(stop(world))
            world.clock.move(SEEN_WITHIN.total_seconds() + 1)
        if "hold" in acts(writes):  # type: ignore[arg-type]
            lift(world, brakes[0])

    table.before_write = claimed
    assert publish(world, variant) is SCHEDULED
    assert publish(world, variant) is PUBLISHED
    assert len(texts(world.platforms["x"])) == 1


def test_signing_in_again_releases_nothing_that_a_brake_holds_nor_the_other_way_round(world: World) -> None:
    stopped, silent = world.accounts["x"], world.accounts["mastodon"]
    by_brake, by_silence = due(world, stopped, "stopped"), due(world, silent, "silent")
    brake = stop(world, Scope.PLATFORM, "x")
    world.platforms["mastodon"].script.append("signed out")
    assert publish(world, by_brake) is HELD
    assert publish(world, by_silence) is HELD
    accounts.connect(world.desk, world.caller, "x", {"token": "new"}, None, world.clock.now())
    assert world.variant(by_brake.id).state is HELD
    lift(world, brake)
    assert [world.variant(one.id).state for one in (by_brake, by_silence)] == [SCHEDULED, HELD]
    accounts.connect(world.desk, world.caller, "mastodon", {"token": "new"}, None, world.clock.now())
    assert publish(world, by_silence) is PUBLISHED
