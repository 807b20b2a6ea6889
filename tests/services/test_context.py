"""What a message answers is shown to whoever decides about it: asked for once, kept sealed, purged with the message."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.interaction import Interaction
from chalicelib.services import context, polling, revising
from chalicelib.store import keys
from connectors.capabilities import InteractionKind
from connectors.contract import RemoteAuthor, Thread
from tests.world import World, said

QUESTION = "When does the library open on Sundays, and does it open at all?"


def heard(world: World, platform: str = "mastodon") -> Interaction:
    one = replace(said("And on holidays?", 9), kind=InteractionKind.REPLY, parent_id="somebody-elses")
    world.platforms[platform].inbox.append(one)
    polling.poll_account(world.desk, world.accounts[platform], world.clock.now())
    world.platforms[platform].looked_back.clear()
    (found,) = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    return found


def above(world: World, count: int) -> None:
    """So many messages above, of a stranger's that nobody notified us of; the second is ours."""
    made = [said(f"{QUESTION} ({number})", number) for number in range(count)]
    made[1:2] = [replace(one, author=RemoteAuthor("us", "our-desk")) for one in made[1:2]]
    world.platforms["mastodon"].threads["ref-9"] = Thread(above=tuple(made))


def test_what_it_answers_is_shown_though_it_is_not_ours_and_is_asked_for_once(world: World) -> None:
    one = heard(world)
    above(world, 2)
    found = context.of(world.desk, one)
    assert [(line.text, line.ours) for line in found.above] == [(f"{QUESTION} (0)", False), (f"{QUESTION} (1)", True)]
    assert found.above[0].author == one.author.pseudonym
    assert context.of(world.desk, one) == found
    assert world.platforms["mastodon"].looked_back == ["ref-9"]


def test_of_a_long_thread_the_first_and_the_last_few_are_shown(world: World) -> None:
    one = heard(world)
    above(world, 9)
    found = context.of(world.desk, one)
    assert [line.text[-3:] for line in found.above] == ["(0)", "(6)", "(7)", "(8)"]
    assert found.left_out == 5


def test_it_lies_sealed_and_goes_with_the_message(world: World) -> None:
    one = heard(world)
    above(world, 1)
    context.of(world.desk, one)
    key = keys.context(world.workspace.id, one.id)
    assert world.desk.store.table.get(key) is not None
    assert "library" not in world.record()
    assert revising.withdrawn(world.desk, one, world.clock.now())
    assert world.desk.store.table.get(key) is None
    now = world.desk.store.interactions.get(world.workspace.id, one.id)
    assert now is not None
    assert "no longer kept" in (context.of(world.desk, now).missing or "")


def test_what_was_deleted_is_said_plainly(world: World) -> None:
    one = heard(world)
    world.platforms["mastodon"].threads["ref-9"] = Thread()
    assert "deleted" in (context.of(world.desk, one).missing or "")


def test_a_platform_that_does_not_answer_is_asked_again(world: World) -> None:
    one = heard(world)
    world.platforms["mastodon"].threads["ref-9"] = None
    assert "did not answer" in (context.of(world.desk, one).missing or "")
    above(world, 1)
    assert context.of(world.desk, one).missing is None


def test_where_reading_costs_money_nothing_is_asked(world: World) -> None:
    one = heard(world, "x")
    world.platforms["x"].micro_usd_per_read = 5000
    assert "costs money" in (context.of(world.desk, one).missing or "")
    assert world.platforms["x"].looked_back == []
