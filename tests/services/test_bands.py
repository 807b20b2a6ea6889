"""What stands out of what an account hears is one incident, one mail, at the account and in the summary; it ends by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain import band
from chalicelib.domain.brake import Scope
from chalicelib.domain.incident import Cause, Incident, IncidentState
from chalicelib.services import bands, braking, digest_facts, polling, probing, ticking, workspaces
from chalicelib.store import keys
from tests.world import World, said

DAY, HOUR, MINUTE = 24 * 3600, 3600, 60


def poll(world: World, seconds: float = 0) -> None:
    world.clock.move(seconds)
    account = world.desk.store.accounts.get(world.workspace.id, world.accounts["mastodon"].id)
    assert account is not None
    polling.poll_account(world.desk, account, world.clock.now())


def speak(world: World, count: int) -> None:
    """So many messages come in now."""
    inbox = world.platforms["mastodon"].inbox
    for _ in range(count):
        number = len(inbox)
        inbox.append(
            replace(said("Hello", number, author=f"m{number}", thread=f"t{number}"), created_at=world.clock.now())
        )


def weeks(world: World, days: int) -> None:
    """One message every six hours."""
    for _ in range(days * 4):
        speak(world, 1)
        poll(world, DAY / 4)


def told(world: World) -> list[Incident]:
    shelf = keys.shelf(world.workspace.id, "INCIDENTS")
    return list(world.desk.store.incidents.listed(shelf, limit=50).items)


def noticed(world: World) -> list[Cause]:
    account = world.accounts["mastodon"]
    return [
        one.cause for one in bands.noticed(world.desk, account, world.desk.store.reading(account.workspace, account.id))
    ]


def mails(world: World) -> list[str]:
    for _ in range(3):
        world.clock.move(1)
        ticking.tick(world.desk, world.clock.now())
    return [one.mail.subject for one in world.mail.list_mails()]


def burst(world: World) -> None:
    for _ in range(4):
        speak(world, 20)
        poll(world, 10 * MINUTE)


def test_a_surge_is_told_once_and_ends_by_itself(world: World) -> None:
    weeks(world, 14)
    assert told(world) == []
    burst(world)
    (one,) = told(world)
    assert one.cause is Cause.SURGE
    assert noticed(world) == [Cause.SURGE]
    assert [subject for subject in mails(world) if "far more than usual" in subject] == [
        f"{world.accounts['mastodon'].handle} on mastodon hears far more than usual"
    ]
    now = world.clock.now()
    facts = digest_facts.gather(world.desk, world.workspace, now - timedelta(days=1), now, now)
    assert [line.why for line in facts.noticed] == ["far more is said than usual"]
    poll(world, 2 * DAY)
    (one,) = told(world)
    assert one.state is IncidentState.CLOSED
    assert noticed(world) == []
    poll(world, DAY)
    assert len(told(world)) == 1


def test_an_empty_poll_writes_nothing_whatever_was_noticed(world: World) -> None:
    weeks(world, 14)
    burst(world)
    poll(world, MINUTE)
    before = world.record()
    for _ in range(5):
        poll(world, 1)
    assert world.record() == before


def test_what_was_said_long_ago_is_no_surge(world: World) -> None:
    """After an outage, or on connecting, much is read at once that was said over days."""
    weeks(world, 14)
    inbox = world.platforms["mastodon"].inbox
    for number in range(1000, 1100):
        at = world.clock.now() - timedelta(days=2)
        inbox.append(replace(said("Hello", number, author=f"m{number}", thread=f"t{number}"), created_at=at))
    for _ in range(8):
        poll(world, MINUTE)
    assert told(world) == []


@pytest.mark.parametrize("wanted", [False, True])
def test_a_surge_stops_automatic_answers_only_where_the_workspace_wants_it(world: World, wanted: bool) -> None:
    if wanted:
        workspaces.set_surges(world.desk, world.caller, world.clock.now(), brakes=True)
    weeks(world, 14)
    burst(world)
    brakes = list(braking.every(world.desk, world.workspace.id))
    assert [one.scope for one in brakes] == ([Scope.AUTOMATIC] if wanted else [])
    assert all(one.expires_at is not None for one in brakes), "it ends by itself"


def test_silence_is_told_by_the_daily_probe_and_ends_with_the_next_message(world: World) -> None:
    weeks(world, 28)
    account = world.accounts["mastodon"]
    for day in range(8):
        poll(world, DAY)
        probing.probe(world.desk, account, world.clock.now())
        if day < 2:
            assert told(world) == [], "so long may nobody speak by chance"
    (one,) = told(world)
    assert one.cause is Cause.SILENCE
    assert noticed(world) == [Cause.SILENCE]
    assert "hears nothing" in " ".join(mails(world))
    speak(world, 1)
    poll(world, MINUTE)
    (one,) = told(world)
    assert one.state is IncidentState.CLOSED
    assert noticed(world) == []


def test_an_account_that_cannot_be_read_for_hours_is_told_once(world: World) -> None:
    poll(world)
    world.platforms["mastodon"].reads = False
    for _ in range(6):
        poll(world, HOUR)
    assert told(world) == []
    for _ in range(12):
        poll(world, HOUR)
    (one,) = told(world)
    assert one.cause is Cause.SILENCE
    assert "did not answer" in one.why
    assert noticed(world) == [Cause.SILENCE]
    world.platforms["mastodon"].reads = True
    poll(world, HOUR)
    (one,) = told(world)
    assert one.state is IncidentState.CLOSED


def test_what_is_not_told_to_an_account_shows_at_once_and_is_told_where_it_lasts(world: World) -> None:
    platform = world.platforms["mastodon"]
    platform.missed = ("r/tea/about/reports: you are no moderator [403]",)
    poll(world)
    account = world.accounts["mastodon"]
    assert world.desk.store.reading(account.workspace, account.id).watch.gaps == platform.missed
    assert told(world) == []
    before = world.record()
    poll(world, MINUTE)
    assert world.record() == before, "the same again is nothing new"
    poll(world, band.MISSED_FOR.total_seconds())
    poll(world, HOUR)
    (one,) = told(world)
    assert (one.cause, one.why) == (Cause.GAPS, platform.missed[0])
    now = world.clock.now()
    facts = digest_facts.gather(world.desk, world.workspace, now - timedelta(days=1), now, now)
    assert [line.why for line in facts.noticed] == [platform.missed[0]]
    platform.missed = ()
    poll(world, MINUTE)
    (one,) = told(world)
    assert one.state is IncidentState.CLOSED
    assert world.desk.store.reading(account.workspace, account.id).watch.gaps == ()
