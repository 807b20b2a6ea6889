"""A replay tells what another guideline would have decided, under the facts of then; the active one beside itself, nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.interaction import Interaction
from chalicelib.domain.labels import TriageAction
from chalicelib.domain.rationale import Actor
from chalicelib.domain.replay import KEPT_FOR, Replay, ReplayState
from chalicelib.domain.triage import ThreadFacts
from chalicelib.ports import QueueName
from chalicelib.services import guidelines, publishing, replaying, ticking
from chalicelib.store import keys
from tests.services.test_moderating import INSULT, PRAISE, heard, ruled
from tests.world import World, make_world

NO_ANSWERS = "\nanswers:\n  replies: {}\n"
QUESTION = "When do you open on Sunday?"
DAY = 24 * 3600


def replayed(world: World, version: str, days: int = 30, enough: Callable[[], bool] = lambda: False) -> Replay:
    found = replaying.begin(world.desk, world.caller, version, days, world.clock.now())
    return worked(world, found, enough)


def worked(world: World, found: Replay, enough: Callable[[], bool] = lambda: False) -> Replay:
    replaying.work(world.desk, found.workspace, found.id, world.clock.now(), enough)
    return replaying.get(world.desk, found.workspace, found.id)


def active(world: World) -> str:
    return world.desk.workspace(world.workspace.id).guideline


def stricter(world: World) -> str:
    """The active version, less every automatic answer."""
    source = guidelines.get(world.desk, world.workspace.id, active(world)).source or ""
    draft = source.replace("action: answer", "action: review")
    assert draft != source
    return guidelines.add(world.desk, world.caller, draft, "no machine speaks", world.clock.now()).id


def changes(world: World, found: Replay) -> list[tuple[str, str]]:
    listed = replaying.changes(world.desk, found, 100, None).items
    return [(one.interaction, one.change) for one in listed]


def test_what_was_answered_would_be_put_before_a_person(world: World) -> None:
    praised, insulted = heard(world, PRAISE, 1), heard(world, INSULT, 2, conversation_id="t2")
    found = replayed(world, stricter(world))
    assert (found.state, found.findings.replayed, found.findings.changed) == (ReplayState.DONE, 2, 1)
    assert changes(world, found) == [(praised.id, "answer>review")]
    assert insulted.id not in dict(changes(world, found))
    assert dict(found.findings.before.actions) == {"answer": 1, "review": 1}
    assert dict(found.findings.after.actions) == {"review": 2}
    assert found.findings.facts_of_today == 0


def test_it_decides_under_the_facts_of_then(world: World) -> None:
    """Answered, and touched by a person since: then nothing spoke against an answer."""
    praised = heard(world, PRAISE, 1)
    world.clock.move(10)
    publishing.publish(world.desk, world.workspace.id, praised.answer or "")
    ruled(world, praised, "report")
    found = replayed(world, stricter(world))
    assert changes(world, found) == [(praised.id, "answer>review")]
    assert found.findings.otherwise_then == 0


def test_of_what_an_older_release_decided_the_facts_are_said_to_be_today_s(world: World) -> None:
    one = heard(world, INSULT, 1)
    assert one.decision is not None
    older = replace(one, decision=replace(one.decision, facts=None))
    world.desk.store.interactions.save(one, older, replace(one.events[0], act="rewrite", actor=Actor("operator")))
    assert replayed(world, stricter(world)).findings.facts_of_today == 1


def test_what_is_no_longer_kept_is_left_out_and_counted(world: World) -> None:
    kept, purged = heard(world, PRAISE, 1), heard(world, INSULT, 2, conversation_id="t2")
    world.desk.store.write(world.desk.store.contents.purges(purged))
    found = replayed(world, stricter(world))
    assert found.findings.left_out == {"its text is no longer kept": 1}
    assert (found.findings.looked_at, found.findings.replayed) == (2, 1)
    assert dict(changes(world, found)).keys() == {kept.id}


def test_only_the_days_that_were_asked_for(world: World) -> None:
    heard(world, PRAISE, 1)
    world.clock.move(3 * DAY)
    assert replayed(world, stricter(world), days=2).findings.looked_at == 0


def test_a_page_at_a_time_and_the_tick_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        heard(world, PRAISE, number, conversation_id=f"t{number}", author=replace(_author(number)))
    version = stricter(world)
    whole = replayed(world, version)
    monkeypatch.setattr(replaying, "TOGETHER", 2)
    part = replayed(world, version, enough=lambda: True)
    assert part.state is ReplayState.RUNNING
    assert replaying.findings(world.desk, part).looked_at == 2
    ticking.tick(world.desk, world.clock.move(1))
    hints = [json.loads(one.body) for one in world.desk.queue.receive(QueueName.TRIAGE)]
    assert {"workspace": part.workspace, "replay": part.id} in hints
    # Killed between the changes of a page and its mark: the page is gone through again.
    mark = world.desk.store.table.get(keys.replay_progress(part.workspace, part.id))
    worked(world, part, lambda: True)
    assert mark is not None
    world.desk.store.table.put(mark)
    done = worked(world, part)
    assert done.findings == whole.findings
    assert changes(world, done) == changes(world, whole)


def _author(number: int) -> object:
    from tests.world import said

    return said("", 1, author=f"m{number}").author


def test_its_changes_are_forgotten_and_hold_no_text_before(world: World) -> None:
    heard(world, PRAISE, 1)
    found = replayed(world, stricter(world))
    rows = world.desk.store.table.query(keys.replay(found.workspace, found.id).pk).items
    assert "opening hours" not in json.dumps(rows, default=str)
    world.clock.move(KEPT_FOR.total_seconds())
    assert worked(world, found).state is ReplayState.EXPIRED
    assert changes(world, found) == []
    assert worked(world, found).findings == found.findings


TEXTS = (PRAISE, INSULT, QUESTION, "I want a refund or I call my lawyer.", "call me: +49 30 901820", "¡Hola!", "🙂", "")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_active_version_beside_itself_changes_nothing(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        world = make_world(Path(folder))
        for number in range(1, data.draw(st.integers(1, 6)) + 1):
            text = data.draw(st.sampled_from(TEXTS) | st.text(max_size=80))
            one = heard(world, text, number, conversation_id=data.draw(st.sampled_from(["t1", "t2"])))
            _disturbed(world, one, data)
        found = replayed(world, active(world))
        assert found.state is ReplayState.DONE
        assert (found.findings.changed, found.findings.changes) == (0, {})
        assert found.findings.before == found.findings.after
        assert changes(world, found) == []


def _disturbed(world: World, one: Interaction, data: st.DataObject) -> None:
    """Whatever may lie in the record: facts of an older release, or any others."""
    if one.decision is None:
        return
    facts = data.draw(
        st.none() | st.builds(ThreadFacts, st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["", "no"]))
    )
    action = data.draw(st.sampled_from([one.decision.action, TriageAction.REVIEW]))
    other = replace(one, decision=replace(one.decision, facts=facts, action=action))
    world.desk.store.interactions.save(one, other, replace(one.events[0], act="rewrite", actor=Actor("operator")))
