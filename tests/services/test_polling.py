"""Slots and their runs: one reader for each account, no write for silence, tiers that follow what is heard."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.account import Account
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.event import Announcement, Event, EventState, Kind
from chalicelib.domain.polling import SPOKEN_TIER, Pace, Slot
from chalicelib.domain.post import Body
from chalicelib.domain.rationale import Actor
from chalicelib.domain.series import Saying
from chalicelib.ports import QueueName
from chalicelib.services import lines, pacing, polling, reading_costs, spending, ticking
from chalicelib.services.pacing import LEARNING, SETTLED
from chalicelib.store import keys, ledgers
from connectors import errors
from connectors.capabilities import Allowance
from connectors.contract import Listening, Page
from tests.services.doubles import Terms, connect, on_terms
from tests.world import START, ScriptedConnector, World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DONE = SETTLED.total_seconds() + 1


def account(world: World, platform: str = "x") -> Account:
    found = world.desk.store.accounts.get(world.workspace.id, world.accounts[platform].id)
    assert found is not None
    return found


def hints(world: World) -> list[dict[str, Any]]:
    """What the tick asks listeners for now."""
    ticking.tick(world.desk, world.clock.now())
    found = []
    while messages := world.desk.queue.receive(QueueName.LISTEN, 10):
        for one in messages:
            world.desk.queue.delete(QueueName.LISTEN, one.receipt)
        found += [json.loads(one.body) for one in messages]
    return found


def slot(world: World, platform: str = "x") -> Slot:
    found = world.desk.store.slot(pacing.slot_of(account(world, platform)))
    assert found is not None
    return found


def put(world: World, tier: int, platform: str = "x") -> Account:
    """The account as if it had found its tier long ago."""
    pace = Pace(tier, START - HOUR)
    name = keys.slot_of(platform, account(world, platform).id, tier)
    world.desk.store.open_slot(name, world.clock.now())
    assert world.desk.store.move_account(account(world, platform), name, pace)
    return account(world, platform)


def run_due(world: World, seconds: float = 120) -> list[polling.Polled]:
    world.clock.move(seconds)
    return [one for body in hints(world) for one in polling.run(world.desk, body)]


@pytest.fixture
def reads(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which accounts' inboxes were asked for, by credential."""
    asked: list[str] = []
    fetch = ScriptedConnector.fetch_interactions

    def noted(self: ScriptedConnector, cursor: str | None, listening: Listening) -> Page:
        asked.append(self.given.credential["token"])
        return fetch(self, cursor, listening)

    monkeypatch.setattr(ScriptedConnector, "fetch_interactions", noted)
    del world
    return asked


def test_a_hint_that_comes_twice_is_one_run_and_a_tick_that_sees_it_late_another(
    world: World, reads: list[str]
) -> None:
    world.clock.move(120)
    first, again = hints(world), hints(world)
    assert {one["slot"] for one in first} == {one["slot"] for one in again}
    for body in (*first, *again, *first):
        polling.run(world.desk, body)
    assert sorted(reads) == sorted(f"secret-of-{name}" for name in world.accounts)


def test_while_somebody_may_be_at_a_slot_nobody_else_takes_it(world: World, reads: list[str]) -> None:
    """However old the other's hint is, and whoever claims first: what a second reader would do never overlaps."""
    put(world, 3)
    world.clock.move(61)
    fetch = ScriptedConnector.fetch_interactions
    inside: list[int] = []

    def meanwhile(self: ScriptedConnector, cursor: str | None, listening: Listening) -> Page:
        if not inside:
            inside.append(1)
            for _ in range(5):
                world.clock.move(10)
                for body in hints(world):
                    if body["slot"].startswith("x-t3"):
                        assert polling.run(world.desk, body) == []
        return fetch(self, cursor, listening)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedConnector, "fetch_interactions", meanwhile)
        (polled,) = [
            one for body in hints(world) if body["slot"].startswith("x-t3") for one in polling.run(world.desk, body)
        ]
    assert polled.failure is None
    assert inside
    assert reads.count("secret-of-x") == 1


def test_an_empty_run_writes_its_slot_and_nothing_else(world: World) -> None:
    run_due(world)
    run_due(world)

    def rest() -> list[str]:
        return [line for line in world.record().splitlines() if "SLOT#" not in line or "W#installation" not in line]

    before, beat = rest(), slot(world).ran_at
    run_due(world)
    assert rest() == before
    assert slot(world).ran_at > beat


def test_an_account_begins_often_and_goes_where_it_belongs_once_that_is_known(world: World) -> None:
    run_due(world)
    assert account(world).pace is None
    run_due(world, LEARNING.total_seconds())
    pace = account(world).pace
    assert pace is not None
    assert pace.tier > SPOKEN_TIER
    assert slot(world).name == f"x-t{pace.tier}-{slot(world).name[-1]}"
    legacy = keys.slot_of("x", account(world).id)
    assert polling.run(world.desk, {"slot": legacy}) == []


def test_whoever_moved_is_left_alone_until_nobody_can_still_be_reading_it(world: World) -> None:
    moved = put(world, 9)
    name = keys.slot_of("x", moved.id, 2)
    world.desk.store.open_slot(name, world.clock.now())
    assert world.desk.store.move_account(moved, name, Pace(2, world.clock.now()))
    assert polling.run(world.desk, {"slot": name}) == []
    world.clock.move(DONE)
    assert len(polling.run(world.desk, {"slot": name})) == 1


def test_a_burst_brings_an_account_up_with_one_write_and_steady_silence_leaves_it(world: World) -> None:
    put(world, 12)
    world.clock.move(LEARNING.total_seconds() + 4 * 3600)
    for number in range(30):
        world.hears("x", f"message {number}", number=number, author=f"m{number}", thread=f"t{number}")
    run_due(world, 0)
    first = account(world).pace
    assert first is not None
    assert first.tier < 9
    for _ in range(5):
        run_due(world, 1200)
    assert account(world).pace == first


def test_whoever_speaks_is_read_soon_for_a_while(world: World) -> None:
    put(world, 14)
    variant = world.schedule("x", "Hello all", seconds=30)
    world.clock.move(60)
    (body,) = [one for one in hints(world) if "spoke" in one][:1]
    assert f"{world.workspace.id}:{variant.account}" in body["spoke"]
    lines.speak(world.desk, world.workspace.id, variant.account, [variant.id])
    polling.run(world.desk, body)
    pace = account(world).pace
    assert pace is not None
    assert (pace.tier, pace.until) == (SPOKEN_TIER, world.clock.now() + 2 * HOUR)
    run_due(world, LEARNING.total_seconds())
    assert account(world).pace != pace


def test_while_an_event_is_live_it_is_read_as_often(world: World) -> None:
    one = put(world, 14)
    world.desk.store.events.create(*_event(one))
    assert pacing.live_until(world.desk, one, START - 3 * HOUR) is None
    assert pacing.live_until(world.desk, one, START + HOUR) == START + 7 * HOUR
    assert pacing.live_until(world.desk, account(world, "mastodon"), START + HOUR) is None
    assert pacing.spoke(world.desk, [(one.workspace, one.id)], START + HOUR) == 1
    pace = account(world).pace
    assert pace is not None
    assert pace.until == START + 7 * HOUR
    assert pacing.spoke(world.desk, [(one.workspace, one.id)], START + HOUR) == 0


def _event(one: Account) -> tuple[Event, AuditEvent]:
    live = Announcement(Kind.LIVE, timedelta(0), (Saying(one.id, Body("Now!")),))
    made = Event(
        "e1", one.workspace, "Fair", "UTC", "2026-11-21T09:30", "2026-11-21T14:00", HOUR, (live,), "o", "o",
        EventState.PLANNED, START,
    )  # fmt: skip
    return made, AuditEvent(one.workspace, "event:e1", "plan", START, Actor("test"), "a test", None, "planned")


def test_a_full_slot_is_read_portion_by_portion_each_account_once_a_round(
    world: World, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.domain.polling.PORTION", 3)
    on_terms(world, {"x": Terms()})
    many = [connect(world, "x", f"m{number}") for number in range(20)]
    name = keys.slot_of("x", many[0].id, 10)
    world.desk.store.open_slot(name, world.clock.now())
    for one in many:
        assert world.desk.store.move_account(one, name, Pace(10, START - HOUR))
        monkeypatch.setattr(pacing, "slot_of", lambda _: name)
    for _ in range(12):
        world.clock.move(3600)
        slot = world.desk.store.slot(name)
        assert slot is not None
        if slot.turn:
            break
        polling.run(world.desk, {"slot": name})
    assert len(reads) == 20
    assert len(set(reads)) == 20


def test_an_app_that_is_asked_to_wait_begins_no_slot_of_that_platform(world: World) -> None:
    def limited(*_: object) -> Page:
        raise errors.RateLimited("x", "slow down", retry_after=900, scope="app")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedConnector, "fetch_interactions", limited)
        world.clock.move(120)
        for body in hints(world):
            if body["slot"].startswith("x"):
                polling.run(world.desk, body)
    put(world, 3)
    world.clock.move(600)
    assert not [body for body in hints(world) if body["slot"].startswith("x")]
    assert [body for body in hints(world) if body["slot"].startswith("mastodon")]
    world.clock.move(400)
    assert [body for body in hints(world) if body["slot"].startswith("x")]


def test_a_slot_that_an_older_release_left_behind_is_taken_up(world: World) -> None:
    name = keys.slot_of("x", account(world).id)
    world.desk.store.table.put(
        {"pk": keys.INSTALLATION_PK, "sk": f"SLOT#{name}", "name": name, "ran_at": "2026-11-21T08:00:00.000000Z"}
    )
    (body,) = [one for one in hints(world) if one["slot"] == name]
    assert [one.account for one in polling.run(world.desk, body)] == [account(world).id]
    assert polling.run(world.desk, {"slot": name}), "a message that an older release sent names no run"


# --- money -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def costly(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    can = replace(world.platforms["x"].capabilities(), micro_usd_per_read=5_000)
    monkeypatch.setattr(type(world.platforms["x"]), "capabilities", lambda _: can)
    return world


def spent(world: World) -> int:
    return ledgers.read(world.desk.store.table, ledgers.of_month(world.workspace.id, world.clock.now())).spent


def test_what_is_read_is_paid_from_the_workspaces_month_in_lots(costly: World) -> None:
    for number in range(12):
        costly.hears("x", f"message {number}", number=number, author=f"m{number}", thread=f"t{number}")
    polling.poll_account(costly.desk, account(costly), costly.clock.now())
    reading = costly.desk.store.reading(costly.workspace.id, account(costly).id)
    assert spent(costly) + reading.owed == 12 * 5_000
    assert reading.owed < reading_costs.LOT
    assert spent(costly) >= reading_costs.LOT


def test_once_the_cap_is_reached_nothing_that_costs_is_read_until_it_is_raised_or_the_month_is_over(
    costly: World, reads: list[str]
) -> None:
    spending.set_cap(costly.desk, costly.caller, 50_000, 900, costly.clock.now())
    for number in range(12):
        costly.hears("x", f"message {number}", number=number, author=f"m{number}", thread=f"t{number}")
    polling.poll_account(costly.desk, account(costly), costly.clock.now())
    count = len(reads)
    assert polling.poll_account(costly.desk, account(costly), costly.clock.now()).failure == reading_costs.CAPPED
    assert len(reads) == count
    spending.set_cap(costly.desk, costly.caller, 90_000, 900, costly.clock.now())
    assert polling.poll_account(costly.desk, account(costly), costly.clock.now()).failure is None
    spending.set_cap(costly.desk, costly.caller, 50_000, 900, costly.clock.now())
    assert polling.poll_account(costly.desk, account(costly), costly.clock.now()).failure == reading_costs.CAPPED
    costly.clock.move(15 * 24 * 3600)
    assert polling.poll_account(costly.desk, account(costly), costly.clock.now()).failure is None


def test_where_the_apps_money_is_spent_the_account_is_left_alone_and_said_to_be_silent(
    world: World, reads: list[str]
) -> None:
    def unpaid(*_: object) -> Page:
        raise errors.Unpaid("x", "no credits left", code="402")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedConnector, "fetch_interactions", unpaid)
        polling.poll_account(world.desk, account(world), world.clock.now())
    assert polling.silent_since(world.desk, account(world), world.clock.now()) is not None
    polling.poll_account(world.desk, account(world), world.clock.move(1800))
    assert reads == []
    polling.poll_account(world.desk, account(world), world.clock.move(1900))
    assert reads == ["secret-of-x"]


def test_a_budget_that_is_shared_is_taken_with_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    can = replace(world.platforms["x"].capabilities(), app_reads=Allowance(20, 10 * MINUTE))
    monkeypatch.setattr(type(world.platforms["x"]), "capabilities", lambda _: can)
    run_due(world)
    assert sum(slot(world).taken.values()) == 2, "the inbox, and at first what the account itself had posted"
    taken = replace(slot(world), taken=dict.fromkeys(slot(world).taken, 19))
    assert world.desk.store.claim_slot(slot(world), world.clock.now(), replace(taken, next_at=world.clock.now()))
    assert not [body for body in hints(world) if body["slot"].startswith("x")]
    world.clock.move(800)
    assert [body for body in hints(world) if body["slot"].startswith("x")]
