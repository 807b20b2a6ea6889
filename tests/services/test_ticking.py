"""A tick hands on what is due and what will be before the next one, each tenant in its turn, and reads no more than that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.account import Account
from chalicelib.domain.brake import Scope
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.post import VariantState
from chalicelib.ports import QueueName
from chalicelib.services import braking, publishing, ticking
from chalicelib.services.desk import AHEAD
from chalicelib.services.ingesting import ingest
from chalicelib.services.ticking import TRIAGED_TOGETHER, tick
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.services.doubles import (
    ListedQueue,
    another_tenant,
    connect,
    deliver,
    due,
    listed,
    on_terms,
    speak,
    texts,
    watched,
)
from tests.world import World

SHARDS = len(keys.all_due_shards())


@pytest.fixture
def queue(world: World) -> ListedQueue:
    return listed(world)


@pytest.fixture
def ours(world: World) -> Account:
    return world.accounts["x"]


def ticked(world: World, queue: ListedQueue) -> ticking.Ticked:
    """A tick on an empty queue."""
    queue.waiting.clear()
    return tick(world.desk, world.clock.now())


def test_each_hint_has_its_own_delay_and_what_the_next_tick_will_see_is_left_to_it(
    world: World, ours: Account, queue: ListedQueue
) -> None:
    ahead = world.desk.policy.tick_every + AHEAD
    seconds = [-5, 0, 0.25, 17, 59.5, ahead.total_seconds(), ahead.total_seconds() + 0.001, 600]
    made = [due(world, ours, f"in {one}", seconds=one) for one in seconds]
    assert ticked(world, queue).handed_on == {"variant": 6}
    assert queue.delays() == [0, 0.25, 17, 59.5, ahead.total_seconds()]
    assert [one["variants"] for one in queue.bodies()] == [
        [made[0].id, made[1].id],
        *([one.id] for one in made[2:6]),
    ]
    assert {one["account"] for one in queue.bodies()} == {ours.id}


def test_every_account_has_a_hint_of_its_own(world: World, queue: ListedQueue) -> None:
    on_terms(world, {})
    for account in [*world.accounts.values(), connect(world, "x", "others")]:
        for _ in range(3):
            due(world, account, "Hello")
    ticked(world, queue)
    assert len(queue.bodies()) == 4
    assert all(len(one["variants"]) == 3 for one in queue.bodies())


def test_what_comes_out_of_a_tick_is_said_on_time_and_once(world: World, ours: Account, queue: ListedQueue) -> None:
    for number in range(3):
        due(world, ours, f"number {number}", seconds=10 + 20 * number)
    ticked(world, queue)
    said_at = []
    for second in range(60):
        before = len(texts(world.platforms["x"]))
        deliver(world, queue)
        said_at += [second] * (len(texts(world.platforms["x"])) - before)
        world.clock.move(1)
    assert said_at == [10, 30, 50]
    assert texts(world.platforms["x"]) == ["number 0", "number 1", "number 2"]


def test_what_is_far_ahead_costs_nothing(world: World, ours: Account, queue: ListedQueue) -> None:
    for number in range(1000):
        due(world, ours, "later", seconds=3600 + number)
    for _ in range(7):
        due(world, ours, "now")
    table = watched(world)
    assert ticked(world, queue).handed_on == {"variant": 7}
    assert table.index_rows <= 7 + SHARDS


def test_a_tick_with_nothing_to_do_reads_no_row_and_sends_nothing(world: World, queue: ListedQueue) -> None:
    table = watched(world)
    ticked(world, queue)
    assert table.index_rows == 0
    assert queue.bodies() == []


def test_a_tenant_with_one_is_handed_on_in_the_first_tick_beside_one_with_hundreds(
    world: World, queue: ListedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terms(world, {})
    light = another_tenant(world, "x", "light")
    for number in range(300):
        # One account each, so that every one is a hint of its own.
        account = world.accounts["x"] if number == 0 else connect(world, "x", f"heavy-{number}")
        due(world, account, "Hello")
    one = due(light, light.accounts["x"], "Hello")
    monkeypatch.setattr(ticking, "MOST", 40)
    ticked(world, queue)
    assert len(queue.bodies()) == 40
    places = [place for place, body in enumerate(queue.bodies()) if body["workspace"] == light.workspace.id]
    assert len(places) == 1
    assert queue.bodies()[places[0]]["variants"] == [one.id]
    assert places[0] <= 10


def test_of_one_tenant_no_more_is_handed_on_than_its_share(
    world: World, queue: ListedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terms(world, {})
    for number in range(30):
        due(world, connect(world, "x", f"number {number}"), "Hello")
    monkeypatch.setattr(ticking, "MOST_OF_ONE", 12)
    ticked(world, queue)
    assert sum(len(one["variants"]) for one in queue.bodies()) == 12
    deliver(world, queue)
    world.clock.move(60)
    ticked(world, queue)
    assert sum(len(one["variants"]) for one in queue.bodies()) == 12, "the rest comes with the next one"


def test_a_tenant_with_one_is_handed_on_behind_a_backlog_longer_than_a_tick_reads_of_its_shard(
    world: World, queue: ListedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20,000 are read of a shard, 5,000 of them handed on, and 100,000 wait for one account's budget: so here, in small."""
    on_terms(world, {})
    shard = keys.due_shard(world.workspace.id, world.accounts["x"].id)
    tenants = (another_tenant(world, "x", f"light-{number}") for number in range(200))
    light = next(one for one in tenants if keys.due_shard(one.workspace.id, one.accounts["x"].id) == shard)
    whole = Store.due
    monkeypatch.setattr(Store, "due", lambda store, upto: whole(store, upto, page=20, most=200))
    monkeypatch.setattr(ticking, "MOST_OF_ONE", 50)
    for _ in range(1300):
        due(world, world.accounts["x"], "Hello")
    one = due(light, light.accounts["x"], "Hello", seconds=120)
    world.clock.move(120)
    ticked(world, queue)
    (hint,) = [body for body in queue.bodies() if body["workspace"] == light.workspace.id]
    assert hint["variants"] == [one.id]


def test_interactions_are_handed_on_in_short_lists_of_one_tenant(world: World, queue: ListedQueue) -> None:
    on_terms(world, {})
    light = another_tenant(world, "x", "light")
    for number in range(2 * TRIAGED_TOGETHER + 3):
        world.hears("x", f"message {number}", number=number)
    for whose in (world, light):
        ingest(whose.desk, whose.accounts["x"], world.platforms["x"].inbox, world.clock.now())
    ticked(world, queue)
    bodies = queue.bodies(QueueName.TRIAGE)
    for whose in (world, light):
        sizes = [len(one["interactions"]) for one in bodies if one["workspace"] == whose.workspace.id]
        assert sizes == [TRIAGED_TOGETHER, TRIAGED_TOGETHER, 3]
    named = [(one["workspace"], item) for one in bodies for item in one["interactions"]]
    assert len(set(named)) == len(named) == 2 * (2 * TRIAGED_TOGETHER + 3)
    states = {
        interaction.state
        for whose, item in named
        if (interaction := world.desk.store.interactions.get(whose, item)) is not None
    }
    assert states == {InteractionState.NEW}


def test_what_was_held_too_long_is_missed_with_the_tick(world: World, ours: Account, queue: ListedQueue) -> None:
    held = due(world, ours, "held", late_limit=timedelta(minutes=10))
    braking.put_on(world.desk, world.caller, braking.Stop(Scope.ALL, None, "a storm"), world.clock.now())
    assert speak(world, ours) == [VariantState.HELD]
    world.clock.move(500)
    ticked(world, queue)
    assert queue.bodies() == []
    world.clock.move(100.001)
    ticked(world, queue)
    deliver(world, queue)
    missed = world.variant(held.id)
    assert missed.state is VariantState.MISSED
    assert missed.held_by is None
    (listed_,) = world.desk.store.variants.listed(keys.shelf(world.workspace.id, "UNSAID"), limit=10).items
    assert listed_.id == held.id
    ticked(world, queue)
    assert queue.bodies() == []


def test_hints_that_are_lost_are_made_up_for_by_the_next_tick(world: World, ours: Account, queue: ListedQueue) -> None:
    variant = due(world, ours, "Hello")
    for _ in range(3):
        assert ticked(world, queue).handed_on == {"variant": 1}
        world.clock.move(60)
    deliver(world, queue)
    assert world.variant(variant.id).state is VariantState.PUBLISHED


def test_what_an_older_release_left_in_the_index_is_handed_on_without_its_account(
    world: World, ours: Account, queue: ListedQueue
) -> None:
    variant = due(world, ours, "Hello")
    place = keys.variant(world.workspace.id, variant.id)
    item = world.desk.store.table.get(place) or {}
    world.desk.store.table.put(item | {"gs": keys.due_sort(variant.schedule.at, "variant")})
    ticked(world, queue)
    assert queue.bodies() == [{"workspace": world.workspace.id, "variants": [variant.id], "front": "yes"}]
    deliver(world, queue)
    assert world.variant(variant.id).state is VariantState.PUBLISHED


def test_who_has_no_time_begins_nothing(world: World, ours: Account, queue: ListedQueue) -> None:
    due(world, ours, "Hello")
    queue.waiting.clear()
    table = watched(world)
    assert tick(world.desk, world.clock.now(), lambda: True) == ticking.Ticked({}, 0)
    assert table.index_rows == 0
    assert not queue.waiting


def test_one_small_act_that_fails_leaves_the_others_alone(
    world: World, ours: Account, queue: ListedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    brakes = [
        braking.put_on(
            world.desk,
            world.caller,
            braking.Stop(Scope.PLATFORM, name, "a storm", world.clock.now() + timedelta(minutes=1)),
            world.clock.now(),
        )
        for name in ("x", "mastodon", "bluesky")
    ]
    settle = braking.settle

    def broken(desk: object, workspace: str, brake: str, now: object) -> None:
        if brake == brakes[1].id:
            raise RuntimeError("this one cannot be read")
        settle(desk, workspace, brake, now)  # type: ignore[arg-type]

    monkeypatch.setattr(braking, "settle", broken)
    variant = due(world, ours, "Hello", seconds=61)
    world.clock.move(61)
    found = ticked(world, queue)
    assert [(noun, str(error)) for noun, error in found.failures] == [("brake", "this one cannot be read")]
    states = [braking.get(world.desk, world.workspace.id, one.id).state.value for one in brakes]
    assert states == ["lifted", "on", "lifted"]
    assert publishing.publish(world.desk, world.workspace.id, variant.id) is VariantState.PUBLISHED
