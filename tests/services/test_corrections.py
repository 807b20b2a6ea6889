"""What was learnt comes into force on the strength of a replay alone, stands in every decision, and is gone in one step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.correction import ANSWER, Correction, HeadCorrection, Measured, Report
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.labels import TriageAction
from chalicelib.domain.lesson import Lesson
from chalicelib.domain.replay import Replay
from chalicelib.domain.triage import TriageDecision
from chalicelib.services import activating, corrections, guidelines, publishing, replaying
from chalicelib.signals import table
from chalicelib.store import keys
from tests.services.doubles import watched
from tests.services.guiding import live_under
from tests.services.taught import PRAISE, taken
from tests.services.test_moderating import INSULT, heard
from tests.world import START, World

BEFORE = Measured(messages=60, statements=100, agreed=80, unsafe=20, answered=4, risky=10, missed=2, automated=30)
BETTER = replace(BEFORE, agreed=90, answered=1)
LESSONS = [one.lesson for one in taken() if one.lesson]


def made(shift: int = -6000, base: str | None = None) -> Correction:
    return Correction(base or table.shipped().id, "a" * 16, {ANSWER: HeadCorrection(shift, 0)})


def report(after: Measured = BETTER) -> Report:
    return Report("v1", 300, 60, 100, 40, 3, 90, START, START, {"let_go": 300}, {ANSWER: (60, 90)}, {}, BEFORE, after)


def drafted(world: World, one: Correction | None = None, lessons: list[Lesson] = LESSONS) -> str:
    one = one or made()
    return corrections.add(
        world.desk, world.caller, one, report(), lessons, "people objected", world.clock.now()
    ).correction.id


def replayed(world: World, correction: str) -> Replay:
    found = corrections.begin_replay(world.desk, world.caller, correction, 30, world.clock.now())
    replaying.work(world.desk, found.workspace, found.id, world.clock.now(), lambda: False)
    return replaying.get(world.desk, found.workspace, found.id)


def in_force(world: World, correction: str) -> None:
    replay = replayed(world, correction)
    corrections.activate(world.desk, world.caller, correction, replay.id, "they were right", world.clock.now())


def rolled_back(world: World) -> str | None:
    return corrections.roll_back(world.desk, world.caller, "too strict", world.clock.now()).correction


def said(world: World, text: str, number: int) -> TriageDecision:
    """Said by somebody of whom nothing was heard yet, in a conversation of its own; what was decided about it."""
    one = said_by(world, text, number)
    assert one.decision is not None
    return one.decision


def said_by(world: World, text: str, number: int) -> Interaction:
    from connectors.contract import RemoteAuthor

    author = RemoteAuthor(f"m{number}", f"handle-of-m{number}", f"Name of m{number}")
    return heard(world, text, number, conversation_id=f"t{number}", author=author)


def felt(one: TriageDecision) -> TriageDecision:
    """A decision, but for its moment."""
    return replace(one, decided_at=START)


def test_a_draft_decides_nothing_and_a_replay_tells_what_it_would(world: World) -> None:
    first = said_by(world, PRAISE, 1)
    one = drafted(world)
    assert said(world, PRAISE, 2).action is TriageAction.ANSWER
    found = replayed(world, one)
    assert (found.findings.replayed, dict(found.findings.changes)) == (2, {"answer>review": 2})
    changes = replaying.changes(world.desk, found, 10, None).items
    assert first.id in {each.interaction for each in changes}
    assert changes[0].after.classifier == f"{changes[0].before.classifier}+{one}"
    assert "safe to" in changes[0].after.rationale.why


def test_in_force_it_stands_in_each_decision_and_one_step_takes_it_back(world: World) -> None:
    before = said(world, PRAISE, 1), said(world, INSULT, 2)
    one = drafted(world)
    in_force(world, one)
    under = said(world, PRAISE, 3)
    assert (under.action, under.classifier) == (TriageAction.REVIEW, f"{before[0].classifier}+{one}")
    assert said(world, INSULT, 4).action is before[1].action
    assert rolled_back(world) is None
    after = said(world, PRAISE, 5), said(world, INSULT, 6)
    assert [felt(each) for each in after] == [felt(each) for each in before]


def test_every_step_back_leads_to_what_was_in_force_before(world: World) -> None:
    first, second = drafted(world), drafted(world, made(-3000))
    in_force(world, first)
    in_force(world, second)
    assert rolled_back(world) == first
    assert rolled_back(world) is None
    with pytest.raises(Conflict, match="ever activated"):
        rolled_back(world)
    acts = [event for event in world.desk.workspace(world.workspace.id).events if "correction" in event.act]
    assert [(event.before, event.after) for event in acts] == [
        (None, first),
        (first, second),
        (second, first),
        (first, None),
    ]
    assert all(event.actor.is_person and event.why for event in acts)
    assert "of 0 decisions change" in acts[0].why


def test_only_a_replay_of_just_this_one_beside_what_is_in_force_activates_it(world: World) -> None:
    said(world, PRAISE, 1)
    first, second = drafted(world), drafted(world, made(-3000))
    of_second = replayed(world, second)
    with pytest.raises(Conflict, match=f"it tried correction {second}, not correction {first}"):
        corrections.activate(world.desk, world.caller, first, of_second.id, "why", world.clock.now())
    in_force(world, first)
    with pytest.raises(Conflict, match=f"it compared with no correction, and correction {first} is in force"):
        corrections.activate(world.desk, world.caller, second, of_second.id, "why", world.clock.now())
    late = replayed(world, second)
    world.clock.move(24 * 3600)
    with pytest.raises(Conflict, match="24 hours"):
        corrections.activate(world.desk, world.caller, second, late.id, "why", world.clock.now())
    with pytest.raises(NotFound):
        corrections.activate(world.desk, world.caller, second, "nosuch", "why", world.clock.now())
    with pytest.raises(NotFound):
        corrections.begin_replay(world.desk, world.caller, "nosuch", 30, world.clock.now())
    assert world.desk.workspace(world.workspace.id).correction == first


def test_a_guideline_is_replayed_anew_once_a_correction_is_in_force_and_the_other_way_round(world: World) -> None:
    source = guidelines.get(world.desk, world.workspace.id, world.desk.workspace(world.workspace.id).guideline).source
    stricter = (source or "").replace("action: answer", "action: review")
    version = guidelines.add(world.desk, world.caller, stricter, "no machine speaks", world.clock.now()).id
    of_guideline = replaying.begin(world.desk, world.caller, version, 30, world.clock.now())
    replaying.work(world.desk, of_guideline.workspace, of_guideline.id, world.clock.now(), lambda: False)
    one, two = drafted(world), drafted(world, made(-3000))
    of_two = replayed(world, two)
    in_force(world, one)
    with pytest.raises(Conflict, match=f"correction {one} is in force"):
        activating.activate(world.desk, world.caller, version, of_guideline.id, "why", world.clock.now())
    assert rolled_back(world) is None
    live_under(world, stricter)
    with pytest.raises(Conflict, match="it tried version"):
        corrections.activate(world.desk, world.caller, two, of_two.id, "why", world.clock.now())


def test_what_was_learnt_over_another_table_says_nothing_and_is_not_activated(world: World) -> None:
    plain = said(world, PRAISE, 1)
    older = drafted(world, made(base="00000000"))
    with pytest.raises(Conflict, match="learnt over table 00000000"):
        in_force(world, older)
    workspace = world.desk.workspace(world.workspace.id)
    event = replace(workspace.events[0], act="rewrite")
    world.desk.store.workspaces.save(workspace, replace(workspace, correction=older), event)
    assert felt(said(world, PRAISE, 2)) == felt(plain)


def test_one_that_is_no_better_is_not_kept(world: World) -> None:
    before = world.record()
    for after in (BEFORE, replace(BEFORE, agreed=99, answered=5), replace(BEFORE, agreed=99, missed=3)):
        with pytest.raises(Conflict, match="it is not kept"):
            corrections.add(world.desk, world.caller, made(), report(after), LESSONS, "why", world.clock.now())
    assert world.record() == before


def test_the_same_one_is_kept_once_with_its_decisions_and_without_a_name(world: World) -> None:
    one = drafted(world)
    before = world.record()
    assert drafted(world) == one
    assert world.record() == before
    kept = corrections.get(world.desk, world.workspace.id, one)
    assert (kept.correction, kept.report) == (made(), report())
    assert [(event.act, event.why) for event in kept.events] == [("add", "people objected")]
    first = world.desk.store.corrections.lessons(world.workspace.id, one, limit=50, after=None)
    rest = world.desk.store.corrections.lessons(world.workspace.id, one, limit=1000, after=first.after)
    assert [*first.items, *rest.items] == [each.shown for each in LESSONS]
    rows = [line for line in world.record().splitlines() if "LESSON#" in line]
    assert len(rows) == len(LESSONS)
    assert not any("author-" in line or '"m1"' in line for line in rows)


def test_what_waits_to_be_said_is_asked_about_again_under_what_was_learnt_since(world: World) -> None:
    one = said_by(world, PRAISE, 1)
    assert one.state is InteractionState.ANSWERING
    in_force(world, drafted(world))
    world.clock.move(10)
    publishing.publish(world.desk, world.workspace.id, one.answer or "")
    assert not world.platforms["mastodon"].posted
    after = world.desk.store.interactions.get(world.workspace.id, one.id)
    assert after is not None
    assert after.state is InteractionState.IN_REVIEW
    assert "what the reader was taught has changed since" in after.events[-1].why


def test_deciding_under_a_correction_reads_it_once_and_then_nothing_more(world: World) -> None:
    said(world, PRAISE, 1)
    reads: list[str] = []
    table = watched(world)
    table.before_read = lambda found: reads.extend(f"{one.pk} {one.sk}" for one in found)

    def asked(number: int) -> int:
        reads.clear()
        said(world, INSULT, number)
        return len(reads)

    plain = asked(2)
    in_force(world, drafted(world))
    world.desk._corrections.clear()
    first = asked(3)
    assert sum("CORRECTION#" in one for one in reads) == 1
    again = asked(4)
    assert not any("CORRECTION#" in one for one in reads)
    assert (first - plain, again - plain) == (1, 0)
    assert keys.workspace(world.workspace.id).pk in " ".join(reads)
