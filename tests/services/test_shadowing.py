"""A shadow is asked about every message and decides nothing: it is counted where it disagrees, and costs nothing elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.labels import RISKS
from chalicelib.services import guidelines, shadowing
from chalicelib.services.shadowing import Disagreements, Part
from chalicelib.signals.reading import by_rules
from tests.services.taught import PRAISE
from tests.services.test_corrections import drafted, in_force, made, rolled_back, said_by
from tests.services.test_moderating import INSULT, heard
from tests.signals.test_correcting import FREEST, STRICTEST, TEXTS
from tests.world import World

GRAVER = (
    "name: Graver\nlanguages: [en]\nclauses:\n  - id: no-insults\n    wording: Be kind.\n"
    "    when: {labels: {insult: 500}}\n    action: escalate\n    severity: 2\n    reason: It hurts.\n"
)


def shadowed(world: World) -> str:
    version = guidelines.add(world.desk, world.caller, GRAVER, "to be tried", world.clock.now()).id
    shadowing.put_on(world.desk, world.caller, Part.GUIDELINE, version, "beside the live one", world.clock.now())
    return version


def taught(world: World, shift: int = -4000) -> str:
    """A correction put into the shadow: with this shift nothing is safe to answer any more."""
    one = drafted(world, made(shift))
    shadowing.put_on(world.desk, world.caller, Part.CORRECTION, one, "beside what is in force", world.clock.now())
    return one


def found(world: World, part: Part = Part.GUIDELINE) -> Disagreements:
    workspace = world.desk.workspace(world.workspace.id)
    told = shadowing.disagreements(world.desk, workspace, part, world.clock.now())
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
    assert (told.shadow, told.counts, told.failed) == (version, {"review>escalate": 1}, 0)
    (example,) = told.examples
    assert (example.interaction, example.after.rationale.clauses) == (beside.id, ("no-insults",))
    assert example.before == beside.decision


def test_where_both_say_the_same_nothing_is_written_beside(world: World) -> None:
    version = guidelines.add(
        world.desk, world.caller, guidelines_text(world) + "\n# the same in other words\n", "same", world.clock.now()
    ).id
    shadowing.put_on(world.desk, world.caller, Part.GUIDELINE, version, "beside the live one", world.clock.now())
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
    live = drafted(world)
    in_force(world, live)
    active = world.desk.workspace(world.workspace.id).guideline
    for part, is_live in ((Part.GUIDELINE, active), (Part.CORRECTION, live)):
        with pytest.raises(NotFound):
            shadowing.put_on(world.desk, world.caller, part, "unknown", "why", now)
        with pytest.raises(Conflict):
            shadowing.put_on(world.desk, world.caller, part, is_live, "why", now)
    older = drafted(world, made(base="00000000"))
    with pytest.raises(Conflict, match="learnt over table 00000000"):
        shadowing.put_on(world.desk, world.caller, Part.CORRECTION, older, "why", now)
    shadowed(world)
    taught(world, -3000)
    for part in Part:
        shadowing.put_on(world.desk, world.caller, part, None, "enough seen", now)
        workspace = world.desk.workspace(world.workspace.id)
        assert shadowing.disagreements(world.desk, workspace, part, now) is None
        assert (workspace.events[-1].why, workspace.events[-1].act) == ("enough seen", shadowing.ACTS[part])
    one = heard(world, INSULT, 1)
    assert (one.shadow, one.correction_shadow) == (None, None)


def test_a_correction_in_the_shadow_is_counted_where_it_disagrees_and_decides_nothing(world: World) -> None:
    plain = said_by(world, PRAISE, 1)
    one = taught(world)
    beside = said_by(world, PRAISE, 2)
    assert shown(beside)[:3] == shown(plain)[:3]
    assert beside.state is InteractionState.ANSWERING
    assert said_by(world, INSULT, 3).correction_shadow is None
    told = found(world, Part.CORRECTION)
    assert (told.shadow, told.counts, told.failed) == (one, {"answer>review": 1}, 0)
    (example,) = told.examples
    assert (example.interaction, example.before) == (beside.id, beside.decision)
    assert example.after.classifier == f"{example.before.classifier}+{one}"
    assert "safe to" in example.after.rationale.why
    assert {each.rule for each in example.after.rationale.evidence} == {f"correction:{one}"}


def test_two_shadows_are_told_apart_each_by_what_it_alone_changes(world: World) -> None:
    version, one = shadowed(world), taught(world)
    insult, praise = said_by(world, INSULT, 1), said_by(world, PRAISE, 2)
    assert insult.shadow is not None
    assert (insult.correction_shadow, insult.shadow.classifier) == (
        None,
        insult.decision and insult.decision.classifier,
    )
    assert praise.correction_shadow is not None
    assert praise.correction_shadow.guideline == world.desk.workspace(world.workspace.id).guideline
    # The other guideline answers nothing.
    assert found(world).counts == {"review>escalate": 1, "answer>review": 1}
    assert found(world, Part.CORRECTION).counts == {"answer>review": 1}
    assert (found(world).shadow, found(world, Part.CORRECTION).shadow) == (version, one)


def test_what_comes_into_force_is_no_shadow_any_more_and_neither_is_what_one_step_back_leads_to(world: World) -> None:
    first = taught(world)
    in_force(world, first)
    assert world.desk.workspace(world.workspace.id).correction_shadow is None
    in_force(world, drafted(world, made(-3000)))
    taught(world)
    assert world.desk.workspace(world.workspace.id).correction_shadow == first
    assert rolled_back(world) == first
    assert world.desk.workspace(world.workspace.id).correction_shadow is None
    assert said_by(world, PRAISE, 1).correction_shadow is None


def test_a_correction_that_cannot_be_read_is_counted_and_the_live_decision_stands(world: World) -> None:
    taught(world)
    workspace = world.desk.workspace(world.workspace.id)
    gone = replace(workspace, correction_shadow="nosuch")
    world.desk.store.workspaces.save(workspace, gone, replace(workspace.events[0], act="rewrite"))
    assert said_by(world, PRAISE, 1).state is InteractionState.ANSWERING
    assert (found(world, Part.CORRECTION).failed, found(world, Part.CORRECTION).counts) == (1, {})


@pytest.mark.parametrize("freest", [False, True])
def test_whatever_stands_in_the_shadow_the_live_decision_is_the_same(world: World, freest: bool) -> None:
    """Each text by somebody new in a conversation of its own, before there is a shadow and under two."""
    before = [said_by(world, text, number) for number, text in enumerate(TEXTS)]
    shadowed(world)
    one = FREEST if freest else STRICTEST
    shadowing.put_on(world.desk, world.caller, Part.CORRECTION, drafted(world, one), "why", world.clock.now())
    after = [said_by(world, text, 100 + number) for number, text in enumerate(TEXTS)]
    assert [shown(each)[:3] for each in after] == [shown(each)[:3] for each in before]
    assert any(each.shadow is not None for each in after)
    assert all(each.decision is not None and each.decision.classifier.count("+") == 1 for each in after)
    vetoed = [each for each, text in zip(after, TEXTS, strict=True) if by_rules(text).keys() & RISKS]
    assert vetoed
    assert all(
        each.correction_shadow is None or each.correction_shadow.action.rank >= each.decision.action.rank
        for each in vetoed
        if each.decision is not None
    )
