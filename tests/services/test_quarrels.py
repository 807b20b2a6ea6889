"""The sixty threads as a desk hears them: kind words into a quarrel are put before a person, who is told why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.domain.interaction import Interaction
from chalicelib.domain.labels import TriageAction
from chalicelib.services import polling
from tests.domain.test_quarrels import THREADS
from tests.services.test_moderating import now_of
from tests.world import World, make_world, said

KIND = "Love this!"
HEATED = ("the conversation is heated", "the conversation was heated and cools off")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One desk that hears all of them."""
    return make_world(Path(tmp_path_factory.mktemp("quarrels")))


def heard(world: World, text: str, name: str, author: str, thread: str) -> Interaction:
    one = replace(
        said(text, 0, author=f"{thread}-{author}", thread=thread), native_id=name, created_at=world.clock.now()
    )
    world.platforms["mastodon"].inbox[:] = [one]
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    return now_of(world, world.desk.keyed(world.workspace.id, "interaction", "mastodon", name))


@pytest.mark.parametrize("number", range(len(THREADS)), ids=[why for _, why, _ in THREADS])
def test_kind_words_into_a_quarrel_are_left_to_a_person(number: int, desk: World) -> None:
    want, why, turns = THREADS[number]
    thread = f"t{number}"
    for place, turn in enumerate(turns.split(" || ")):
        who, _, text = turn.partition(": ")
        desk.clock.move(120)
        heard(desk, text, f"{thread}-{place}", who, thread)
    last = heard(desk, KIND, f"{thread}-kind", "zoe", thread)
    assert last.decision is not None
    against = [one.why for one in last.decision.rationale.refused if one.action == "answer"]
    told = any(one.startswith(HEATED) for one in against)
    assert told is (want == "hot"), f"{why}: {against}"
    if want == "hot":
        assert last.decision.action is TriageAction.REVIEW
