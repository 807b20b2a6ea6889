"""What the simulator found, each in the smallest plan that shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.plans import Plan
from tests.simulation.road import Fault, Kind
from tests.simulation.running import run
from tests.simulation.simulator import World

QUIET = Plan(
    seed=0,
    number=0,
    platform="mastodon",
    due=(5.0,),
    late_limit=3600.0,
    faults=(),
    cancel_at=None,
    victim=0,
    reconnects=True,
    lag=0.0,
    remembers=True,
)
SIGNED_OUT = Fault("publish", Kind.SIGNED_OUT)


def test_the_quiet_plan_keeps_every_promise() -> None:
    assert run(QUIET).findings == ()
    assert run(replace(QUIET, faults=(SIGNED_OUT,))).findings == ()


def test_what_is_edited_while_it_is_released_is_released_all_the_same() -> None:
    edited = Fault("write variant release", Kind.EDITED_HERE)
    assert run(replace(QUIET, faults=(SIGNED_OUT, edited))).findings == ()


def test_what_the_list_shows_too_late_is_released_all_the_same() -> None:
    assert run(replace(QUIET, faults=(SIGNED_OUT,), index_lag=29.0)).findings == ()


ASKED = replace(QUIET, due=(0.0,), asked=True)
"""The answer is what is sent second."""


def answered(plan: Plan) -> bool:
    world = World(plan)
    world.run()
    assert world.thread.taken_over is not None
    texts = [text for one in world.thread.answers for text in world.intents[one].texts]
    return any(one.text in texts for one in world.platform.asked)


def test_an_answer_that_was_never_tried_is_not_given_once_a_person_acted() -> None:
    held = replace(ASKED, brake_at=0.0, brake_scope="automatic", acts_at=6.0)
    assert run(held).findings == ()
    assert not answered(held)
    assert answered(replace(ASKED, acts_at=6.0)), "it was given before"


@pytest.mark.parametrize("platform", ["bluesky", "mastodon"])
def test_an_answer_that_was_left_behind_is_not_given_once_a_person_acted(platform: str) -> None:
    left = Fault("publish", Kind.KILLED_BEFORE, 2)
    assert not answered(replace(ASKED, platform=platform, faults=(left,), acts_at=6.0))


def test_what_a_hint_names_too_early_passes_nothing_that_is_due_at_the_same_time() -> None:
    slow = Fault("publish", Kind.PAUSED_BEFORE, 1, 1.0)
    world = World(replace(QUIET, due=(2.0, 3.0, 3.0), faults=(Fault("list line", Kind.KILLED_BEFORE, 2), slow)))
    world.run()
    assert [one.text for one in world.platform.asked] == ["Post 0", "Post 1", "Post 2"]
