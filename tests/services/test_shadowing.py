"""A shadow is asked about every message and decides nothing: it is counted where it disagrees, and costs nothing elsewhere."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.services import guidelines, shadowing
from chalicelib.services.shadowing import Disagreements
from tests.services.test_moderating import INSULT, PRAISE, heard
from tests.world import World

GRAVER = (
    "name: Graver\nlanguages: [en]\nclauses:\n  - id: no-insults\n    wording: Be kind.\n"
    "    when: {labels: {insult: 500}}\n    action: escalate\n    severity: 2\n    reason: It hurts.\n"
)


def shadowed(world: World) -> str:
    version = guidelines.add(world.desk, world.caller, GRAVER, "to be tried", world.clock.now()).id
    shadowing.put_on(world.desk, world.caller, version, "beside the live one", world.clock.now())
    return version


def found(world: World) -> Disagreements:
    workspace = world.desk.workspace(world.workspace.id)
    told = shadowing.disagreements(world.desk, workspace, world.clock.now())
    assert told is not None
    return told


def shown(one: Interaction) -> tuple[object, ...]:
    assert one.decision is not None
    return one.state, one.decision.action, one.decision.rationale, one.review, one.escalation


def test_it_is_counted_where_it_disagrees_and_decides_nothing(world: World) -> None:
    plain = heard(world, INSULT, 1)
    version = shadowed(world)
    beside = heard(world, INSULT, 2, conversation_id="t2")
    assert shown(beside)[:3] == shown(plain)[:3]
    assert (beside.state, beside.escalation) == (InteractionState.IN_REVIEW, None)
    told = found(world)
    assert (told.version, told.counts, told.failed) == (version, {"review>escalate": 1}, 0)
    (example,) = told.examples
    assert (example.interaction, example.after.rationale.clauses) == (beside.id, ("no-insults",))
    assert example.before == beside.decision


def test_where_both_say_the_same_nothing_is_written_beside(world: World) -> None:
    version = guidelines.add(
        world.desk, world.caller, guidelines_text(world) + "\n# the same in other words\n", "same", world.clock.now()
    ).id
    shadowing.put_on(world.desk, world.caller, version, "beside the live one", world.clock.now())
    one = heard(world, INSULT, 1)
    assert one.shadow is None
    assert found(world).counts == {}
    assert "#S#" not in world.record()


def guidelines_text(world: World) -> str:
    source = guidelines.get(world.desk, world.workspace.id, world.desk.workspace(world.workspace.id).guideline).source
    assert source is not None
    return source


def test_a_shadow_that_breaks_is_counted_and_the_live_decision_stands(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = shadowed(world)
    whole = Guideline.fired

    def fired(self: Guideline, *args: object, **more: object) -> object:
        if self.version == version:
            raise RuntimeError
        return whole(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Guideline, "fired", fired)
    assert heard(world, INSULT, 1).state is InteractionState.IN_REVIEW
    assert heard(world, PRAISE, 2, conversation_id="t2").state is InteractionState.ANSWERING
    assert (found(world).failed, found(world).counts) == (2, {})


def test_only_a_version_that_is_there_and_not_active_can_be_one(world: World) -> None:
    now = world.clock.now()
    with pytest.raises(NotFound):
        shadowing.put_on(world.desk, world.caller, "unknown", "why", now)
    with pytest.raises(Conflict):
        shadowing.put_on(world.desk, world.caller, world.desk.workspace(world.workspace.id).guideline, "why", now)
    shadowed(world)
    shadowing.put_on(world.desk, world.caller, None, "enough seen", now)
    workspace = world.desk.workspace(world.workspace.id)
    assert shadowing.disagreements(world.desk, workspace, now) is None
    assert workspace.events[-1].why == "enough seen"
    assert heard(world, INSULT, 1).shadow is None
