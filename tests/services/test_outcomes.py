"""What became of a send is written down with what it means for others; a quarrel over that loses neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from chalicelib.domain.interaction import INTERACTION, Interaction, InteractionState
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import Update, Write
from chalicelib.services import lines, polling, publishing, triaging
from chalicelib.services.ticking import tick
from chalicelib.store import keys
from tests.services.doubles import WatchedTable, acts, deliver, listed, nothing, watched
from tests.world import TIMING, World

PRAISE = "Thank you, the new opening hours are great. Lovely work!"
SETTLED_AFTER = (TIMING.lease + TIMING.takeover_after).total_seconds() + 1
PUBLISHED = VariantState.PUBLISHED


def interaction(world: World) -> Interaction:
    (one,) = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    return one


@pytest.fixture
def answer(world: World) -> Variant:
    """An automatic answer that is about to go out on Mastodon."""
    world.hears("mastodon", PRAISE, number=1)
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    triaging.triage(world.desk, world.workspace.id, interaction(world).id, world.clock.now())
    assert interaction(world).state is InteractionState.ANSWERING
    return world.variant(interaction(world).answer or "")


def publish(world: World, variant: Variant) -> VariantState | None:
    return publishing.publish(world.desk, world.workspace.id, variant.id)


def waiting(world: World) -> list[str]:
    """What the items on the desk are about."""
    shelf = keys.shelf(world.workspace.id, "REVIEW")
    return [one.about for one in world.desk.store.reviews.listed(shelf, limit=10).items]


def quarrels(world: World, act: str, times: int, change: Callable[[Interaction], Interaction]) -> WatchedTable:
    """A table on which somebody else changes the interaction just before each of the first so many writes of an act."""
    aside = world.desk.store.interactions
    table = watched(world)
    left = [times]

    def quarrel(writes: Sequence[Write]) -> None:
        if act not in acts(writes) or left[0] == 0 or sum(isinstance(one, Update) for one in writes) < 2:
            return
        left[0] -= 1
        before = aside.get(world.workspace.id, answered.id)
        assert before is not None
        after = change(before)
        event = aside.moved(before, after, "seen", world.clock.now(), Actor.worker("other"), "seen by another account")
        aside.save(before, after, event)

    answered = interaction(world)
    table.before_write = quarrel
    return table


def stays(one: Interaction) -> Interaction:
    return replace(one, seen_by=one.seen_by)


def undone(one: Interaction) -> Interaction:
    return replace(one, state=INTERACTION.move(one.state, "undo"))


@pytest.mark.parametrize("times", [0, 1, 2])
def test_what_moved_meanwhile_is_looked_at_again_and_written_together(
    world: World, answer: Variant, times: int
) -> None:
    quarrels(world, "commit", times, stays)
    assert publish(world, answer) is PUBLISHED
    assert not world.variant(answer.id).owes
    assert interaction(world).state is InteractionState.ANSWERED


def test_after_three_quarrels_the_outcome_is_written_alone_and_the_tick_makes_up_for_the_rest(
    world: World, answer: Variant
) -> None:
    queue = listed(world)
    quarrels(world, "commit", 3, stays)
    assert publish(world, answer) is PUBLISHED
    owing = world.variant(answer.id)
    assert owing.owes
    assert owing.remote is not None
    assert interaction(world).state is InteractionState.ANSWERING
    queue.waiting.clear()
    assert tick(world.desk, world.clock.now()).handed_on["variant"] == 1
    deliver(world, queue)
    assert interaction(world).state is InteractionState.ANSWERED
    assert not world.variant(answer.id).owes
    assert world.variant(answer.id).remote == owing.remote
    assert tick(world.desk, world.clock.now()).handed_on.get("variant") is None
    assert len(world.platforms["mastodon"].posted) == 1


def test_what_is_owed_may_be_quarrelled_over_again_and_is_owed_on(world: World, answer: Variant) -> None:
    table = quarrels(world, "commit", 3, stays)
    publish(world, answer)
    again = quarrels(world, "make_up", 3, stays)
    assert publish(world, answer) is PUBLISHED
    assert world.variant(answer.id).owes
    table.before_write = again.before_write = nothing
    assert publish(world, answer) is PUBLISHED
    assert not world.variant(answer.id).owes
    assert interaction(world).state is InteractionState.ANSWERED


def test_where_a_person_took_it_meanwhile_nothing_more_is_owed(world: World, answer: Variant) -> None:
    quarrels(world, "commit", 1, undone)
    assert publish(world, answer) is PUBLISHED
    assert not world.variant(answer.id).owes
    assert interaction(world).state is InteractionState.IN_REVIEW


def test_an_answer_that_was_refused_is_put_before_a_person_also_after_three_quarrels(
    world: World, answer: Variant
) -> None:
    world.platforms["mastodon"].script.append("refused")
    quarrels(world, "reject", 3, stays)
    assert publish(world, answer) is VariantState.FAILED
    assert world.variant(answer.id).owes
    assert waiting(world) == []
    lines.speak(world.desk, world.workspace.id, answer.account)
    assert waiting(world) == [interaction(world).id]
    assert interaction(world).state is InteractionState.IN_REVIEW
    assert world.variant(answer.id).state is VariantState.FAILED


def test_a_variant_that_changed_itself_is_no_quarrel_over_consequences(world: World, answer: Variant) -> None:
    """The fence: whoever took it over has the word, and this outcome is dropped whole."""
    overtaken: list[VariantState | None] = []
    table = watched(world)

    def overtake(writes: Sequence[Write]) -> None:
        if "commit" in acts(writes) and not overtaken:
            overtaken.append(None)
            world.clock.move(SETTLED_AFTER)
            overtaken.append(publish(world, answer))

    table.before_write = overtake
    assert publish(world, answer) is PUBLISHED
    assert overtaken == [None, PUBLISHED]
    assert [one.act for one in world.variant(answer.id).events].count("commit") == 1
    assert interaction(world).state is InteractionState.ANSWERED


def test_what_owes_keeps_nobody_behind_it_waiting(world: World, answer: Variant) -> None:
    quarrels(world, "commit", 3, stays)
    publish(world, answer)
    behind = world.schedule("mastodon", "behind", seconds=1)
    world.clock.move(1)
    lines.speak(world.desk, world.workspace.id, answer.account)
    assert world.variant(behind.id).state is PUBLISHED
