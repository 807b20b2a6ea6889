"""What a deletion costs is counted once for each part, and no cap keeps anything from being taken down."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import RemoteRefused
from chalicelib.domain.post import Variant
from chalicelib.services import spending, taking_down
from chalicelib.store import ledgers
from tests.services.doubles import publish
from tests.world import World

CENT = 10_000


def spent(world: World) -> int:
    return ledgers.read(world.desk.store.table, ledgers.of_month(world.workspace.id, world.clock.now())).spent


@pytest.fixture
def published(world: World) -> Variant:
    world.platforms["x"].extra["micro_usd_per_deletion"] = CENT
    variant = world.schedule("x")
    publish(world, variant)
    world.clock.move(60)
    return variant


def take_down(world: World, variant: Variant) -> Variant:
    return taking_down.take_down(world.desk, world.caller, variant.id, "it was wrong", world.clock.now())


def test_a_deletion_is_counted_and_what_is_gone_already_is_not_paid_for_again(world: World, published: Variant) -> None:
    before = spent(world)
    take_down(world, published)
    take_down(world, published)
    assert world.platforms["x"].deleted == ["x-1"]
    assert spent(world) - before == CENT


def test_what_the_platform_refused_is_given_back(world: World, published: Variant) -> None:
    before = spent(world)
    world.platforms["x"].deletes = False
    with pytest.raises(RemoteRefused):
        take_down(world, published)
    assert spent(world) == before


def test_a_cap_that_is_reached_keeps_nothing_standing(world: World, published: Variant) -> None:
    spending.set_cap(world.desk, world.caller, 1, 900, world.clock.now())
    assert take_down(world, published).taken_down_at is not None
    assert world.platforms["x"].deleted == ["x-1"]
    assert spent(world) >= CENT


def test_where_deleting_is_free_nothing_is_written_for_it(world: World) -> None:
    variant = world.schedule("mastodon")
    publish(world, variant)
    take_down(world, variant)
    assert spent(world) == 0
