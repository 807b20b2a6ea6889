"""Evergreens: each turn is one post, at its wall time, in other words than the last, and never beyond the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.evergreen import AHEAD, EVERGREEN, Entry, Evergreen, EvergreenState
from chalicelib.domain.post import Post, VariantState
from chalicelib.services import comparing, polling, recent, reposting, ticking
from chalicelib.services.bodies import body_of
from chalicelib.services.publishing import publish
from connectors.capabilities import Repeats
from tests.world import World, make_world
from tests.world import said as heard

ONE = Entry(("We are here for you", "Here to help, every single day"))
TWO = Entry(("Ask us anything you like", "Questions? We have the answers"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = make_world(tmp_path)
    allow(made, timedelta(days=1))
    return made


def allow(world: World, span: timedelta | None) -> None:
    """Platforms that bear the same words again after this span."""
    platforms = world.desk.platforms
    capabilities = platforms.capabilities
    bears = replace(platforms, capabilities=lambda name: replace(capabilities(name), repeats=Repeats(span)))
    world.desk = replace(world.desk, platforms=bears)


def wanted(world: World, *platforms: str, **changes: Any) -> Evergreen:
    fields: dict[str, Any] = {
        "id": "evergreen",
        "workspace": world.workspace.id,
        "name": "Always true",
        "accounts": tuple(world.accounts[one].id for one in platforms or ("x",)),
        "entries": (ONE, TWO),
        "start": "2027-03-26T09:00",
        "zone": "Europe/Berlin",
        "every_days": 1,
        "turns": 6,
        "gap": timedelta(hours=1),
        "late_limit": timedelta(hours=1),
        "owner": world.caller.member,
        "created_at": world.clock.now(),
    }
    return Evergreen(**fields | changes)


def made(world: World, *platforms: str, **changes: Any) -> Evergreen:
    return reposting.create(world.desk, world.caller, wanted(world, *platforms, **changes), world.clock.now())


def live(world: World, until: datetime, hours: int = 6) -> None:
    """Ticks until then, so many hours apart."""
    while world.clock.now() < until:
        world.clock.move(hours * 3600)
        ticking.tick(world.desk, world.clock.now())


def posts(world: World) -> list[Post]:
    found = [post for post, _ in recent.posts(world.desk, world.workspace.id)]
    return sorted(found, key=lambda one: world.variant(one.variants[0]).schedule.at)


def texts(world: World) -> list[list[str]]:
    return [[body_of(world.desk, world.variant(one)).text for one in post.variants] for post in posts(world)]


def test_the_entries_go_round_each_time_in_other_words_at_the_same_wall_time(world: World) -> None:
    world.clock.at = datetime(2027, 3, 24, tzinfo=UTC)
    one = made(world, "x", "mastodon")
    live(world, datetime(2027, 4, 5, tzinfo=UTC))
    assert texts(world) == [
        [ONE.wordings[0], ONE.wordings[1]],
        [TWO.wordings[0], TWO.wordings[1]],
        [ONE.wordings[1], ONE.wordings[0]],
        [TWO.wordings[1], TWO.wordings[0]],
        [ONE.wordings[0], ONE.wordings[1]],
        [TWO.wordings[0], TWO.wordings[1]],
    ]
    whens = [world.variant(post.variants[0]).schedule for post in posts(world)]
    assert {when.wall[11:] for when in whens} == {"09:00"}
    assert [when.at.hour for when in whens] == [8, 8, 7, 7, 7, 7], "the clocks went forward on the 28th"
    done = reposting.get(world.desk, world.workspace.id, one.id)
    assert (done.state, done.said, done.turn) == (EvergreenState.ENDED, 6, 6)
    assert all(one.id in post.events[0].why for post in posts(world))


def test_a_turn_is_made_a_day_ahead_and_once_however_often_it_is_asked_for(world: World) -> None:
    world.clock.at = datetime(2027, 3, 25, 7, 59, tzinfo=UTC)
    one = made(world)
    reposting.take_turn(world.desk, world.workspace.id, one.id, world.clock.now())
    assert posts(world) == []
    world.clock.at = one.when(0).at - AHEAD
    for _ in range(3):
        reposting.take_turn(world.desk, world.workspace.id, one.id, world.clock.now())
    (post,) = posts(world)
    assert world.variant(post.variants[0]).state is VariantState.SCHEDULED


def test_a_turn_that_cannot_be_said_is_left_out_with_its_reason_and_the_next_one_comes(world: World) -> None:
    world.clock.at = datetime(2027, 3, 24, tzinfo=UTC)
    one = made(world)
    world.schedule("x", "Something else", seconds=(one.when(0).at - world.clock.now()).total_seconds() + 600)
    live(world, one.when(1).at)
    done = reposting.get(world.desk, world.workspace.id, one.id)
    assert [event.act for event in done.events] == ["create", "skip", "say", "say"]
    assert "too close" in done.events[1].why
    assert (done.turn, done.said) == (3, 2)


def test_what_falls_into_a_pause_is_not_made_up_for(world: World) -> None:
    world.clock.at = datetime(2027, 3, 24, tzinfo=UTC)
    one = made(world)
    reposting.turn_to(world.desk, world.caller, one.id, "pause", "not now", world.clock.now())
    live(world, one.when(2).at + timedelta(hours=1))
    assert posts(world) == []
    reposting.turn_to(world.desk, world.caller, one.id, "resume", "now again", world.clock.now())
    live(world, one.when(3).at, hours=1)
    assert texts(world)[0] == [TWO.wordings[1]], "the fourth turn"
    ended = reposting.turn_to(world.desk, world.caller, one.id, "end", "enough", world.clock.now())
    assert ended.state is EvergreenState.ENDED
    with pytest.raises(Conflict):
        reposting.turn_to(world.desk, world.caller, one.id, "resume", "or not", world.clock.now())


def test_what_a_wording_drew_is_counted_under_its_own_posts(world: World) -> None:
    world.clock.at = datetime(2027, 3, 24, tzinfo=UTC)
    one = made(world, entries=(ONE,), turns=2, every_days=2)
    live(world, one.when(1).at - timedelta(hours=20))
    first, second = (world.variant(post.variants[0]) for post in posts(world))
    world.clock.at = first.schedule.at
    publish(world.desk, world.workspace.id, first.id)
    said = world.variant(first.id).remote
    assert said is not None
    for number in (1, 2):
        world.platforms["x"].inbox.append(
            replace(heard("Well said", number, thread=said.id), created_at=world.clock.move(60))
        )
    polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
    world.clock.at = second.schedule.at
    publish(world.desk, world.workspace.id, second.id)
    (compared,) = comparing.wordings(world.desk, world.workspace.id, one.id, world.clock.move(3 * 86_400))
    assert [drawn.reactions for drawn in compared.drawn] == [(2,), (0,)]
    assert (compared.best, "cannot tell yet" in compared.why) == (None, True)


@pytest.mark.parametrize(
    ("span", "changes", "pointer"),
    [
        (timedelta(days=5), {}, "/entries/0/wordings"),
        (None, {}, "/accounts/0"),
        (timedelta(days=1), {"entries": (Entry(("Same words", "same WORDS!")),)}, "/entries/0/wordings/1"),
        (timedelta(days=1), {"entries": (ONE, Entry(("fine", "x" * 281)))}, "/entries/1/wordings/1"),
        (timedelta(days=1), {"start": "2026-11-21T09:00"}, "/start"),
        (timedelta(days=1), {"start": "2027-13-01T09:00"}, "/start"),
        (timedelta(days=1), {"start": "2199-12-31T09:00"}, "/start"),
        (timedelta(days=1), {"accounts": ("nosuch",)}, "/accounts/0"),
        (timedelta(days=1), {"campaign": "nosuch"}, "/campaign"),
    ],
)
def test_what_cannot_be_said_so_often_is_refused(
    world: World, span: timedelta | None, changes: dict[str, Any], pointer: str
) -> None:
    allow(world, span)
    with pytest.raises(InvalidField) as told:
        made(world, **changes)
    assert told.value.pointer == pointer
    assert told.value.fix


def test_no_more_turns_than_wordings_is_no_repetition(world: World) -> None:
    allow(world, None)
    assert made(world, turns=4).turns == 4


def test_every_edge_and_no_other() -> None:
    assert {(source.value, act) for source, act in EVERGREEN.edges} == {
        *(("active", act) for act in ("say", "skip", "pause", "finish", "end")),
        ("paused", "resume"),
        ("paused", "end"),
    }
