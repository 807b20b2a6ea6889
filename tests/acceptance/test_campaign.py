"""The campaign of the story is no show: where a rule of the house is broken, its scene says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain import approval
from chalicelib.domain.series import Override, Series, plan, with_override
from chalicelib.services import forecasting, series, withdrawing
from local.demo import OneMachine
from local.machine import Machine, operator_token
from local.story.campaign import CappedPost, Cast, MovedEvent, Recurring, Scene, VoidedApproval
from local.story.stage import StoryFailed
from local.story.story import Story

pytestmark = pytest.mark.acceptance


def and_the_last(one: Series, override: Override) -> Series:
    """A change of one occurrence that changes another with it."""
    last = plan(one)[-1].wall
    return with_override(with_override(one, override), replace(override, wall=last))


def played(scene: Scene) -> None:
    scene.begin()
    scene.verify()


BROKEN: list[tuple[Callable[[Cast], Scene], Any, str, Any, str]] = [
    (CappedPost, forecasting, "refusal", lambda *_: None, "answered 201, not 400"),
    (MovedEvent, withdrawing, "cancelling", lambda *_: [], "a reminder of the old date is still there"),
    (Recurring, series, "with_override", and_the_last, "changed another"),
    (VoidedApproval, approval, "after_edit", lambda *_, **__: "keep", "awaiting_approval is scheduled"),
]
"""Scene, the rule that is broken, and what the scene says then. The last leaves an approval asked."""


def test_a_broken_rule_ends_the_story(tmp_path: Path) -> None:
    with Machine(tmp_path, 0, 0) as machine:
        stage = OneMachine(machine, operator_token(machine.desk))
        story = Story(stage, tell=lambda _: None, ahead=2)
        owner = story._open_workspace()
        story._connect(owner)
        story._schedule(owner)
        story._published(owner)
        for scene, room, rule, broken, told in BROKEN:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(room, rule, broken)
                with pytest.raises(StoryFailed, match=told):
                    played(scene(story._cast(owner)))
