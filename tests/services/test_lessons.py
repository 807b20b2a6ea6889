"""What people decided teaches what it says and no more; what is no longer kept teaches nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.correction import ANSWER
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.lesson import Lesson, Past, Taught
from chalicelib.domain.lesson import lesson as taught
from chalicelib.domain.review import Verdict
from chalicelib.services import (
    enforcing,
    lessons,
    moderating,
    polling,
    publishing,
    reviewing,
    revising,
    suggesting,
    taking_back,
    triaging,
    workspaces,
)
from chalicelib.services.moderating import Wish
from connectors.contract import RemoteAuthor
from tests.services.guiding import SMALL, live_under
from tests.services.taught import HARMLESS
from tests.services.test_moderating import INSULT, PRAISE, heard, now_of
from tests.world import World

TO_A_PERSON = SMALL.replace("id: rude", "id: insult").replace("insult: 700", "insult: 500") + (
    "answers:\n  replies: {question: question}\n"
)
BY_CLAUSE = TO_A_PERSON.replace("action: review", "action: moderate\n    moderate: hide")
QUESTION = "When do you open on Sunday?"
QUERY = "How do I get there by train from the north?"


def said(world: World, text: str, number: int) -> Interaction:
    author = RemoteAuthor(f"m{number}", f"handle-of-m{number}", f"Name of m{number}")
    return heard(world, text, number, conversation_id=f"t{number}", author=author)


def gathered(world: World) -> dict[str, Lesson | None]:
    found = lessons.gather(world.desk, world.workspace.id, 30, world.clock.now())
    return {one.interaction.id: one.lesson for one in found}


def lesson(world: World, one: Interaction) -> Lesson:
    found = gathered(world)[one.id]
    assert found is not None
    return found


def reviewer(world: World) -> Caller:
    """Somebody of the workspace, other than its owner."""
    made, _ = workspaces.add_member(
        world.desk, world.caller, "Robin", "robin@desk.example", Role.REVIEWER, world.clock.now()
    )
    return world.by(Role.REVIEWER, made.id)


def decide(
    world: World, one: Interaction, verdict: Verdict, text: str | None = None, clauses: tuple[str, ...] = ()
) -> None:
    who = reviewer(world)
    reviewing.claim(world.desk, who, one.review or "", world.clock.now())
    decision = reviewing.Decision(verdict, "looked at", clauses, text)
    reviewing.decide(world.desk, who, one.review or "", decision, world.clock.now())


def moderated(world: World, one: Interaction, *clauses: str) -> str:
    if one.review is not None:
        reviewing.claim(world.desk, world.caller, one.review, world.clock.now())
    wish = Wish("hide", "it drives people away", clauses)
    return moderating.moderate(world.desk, world.caller, one.id, wish, world.clock.now()).id


# --- what teaches ----------------------------------------------------------------------------------------------------


def test_an_answer_that_was_taken_back_should_not_have_been_given(world: World) -> None:
    one = said(world, PRAISE, 1)
    publishing.publish(world.desk, world.workspace.id, one.answer or "")
    assert gathered(world) == {one.id: None}
    taking_back.take_back(world.desk, world.caller, one.id, "it misses the point", world.clock.now())
    found = lesson(world, one)
    assert (found.taught, found.says, found.overturned) == (Taught.TAKEN_BACK, {ANSWER: False}, True)
    assert (found.role, found.decision, found.at) == ("owner", one.answer, world.clock.now())
    assert one.decision is not None
    assert (found.guideline, found.classifier) == (one.decision.guideline, one.decision.classifier)


def test_so_should_one_that_was_stopped_before_it_was_said(world: World) -> None:
    one = said(world, PRAISE, 1)
    taking_back.take_back(world.desk, world.caller, one.id, "it misses the point", world.clock.now())
    assert lesson(world, one).says == {ANSWER: False}
    assert lesson(world, one).taught is Taught.TAKEN_BACK


def test_whatever_is_decided_afterwards_it_was_taken_back(world: World) -> None:
    one = said(world, PRAISE, 1)
    publishing.publish(world.desk, world.workspace.id, one.answer or "")
    after = taking_back.take_back(world.desk, world.caller, one.id, "wrong words", world.clock.now())
    decide(world, after, Verdict.LET_GO)
    assert lesson(world, one).says == {ANSWER: False, **HARMLESS}
    assert lesson(world, one).taught is Taught.TAKEN_BACK


def test_what_a_person_had_hidden_holds_the_risk_that_they_named(world: World) -> None:
    named, unnamed = said(world, INSULT, 1), said(world, INSULT, 2)
    ruling = moderated(world, named, "insult")
    moderated(world, unnamed)
    found = lesson(world, named)
    assert (found.taught, found.decision, found.says) == (Taught.MODERATED, ruling, {ANSWER: False, "insult": True})
    assert not found.overturned
    assert lesson(world, unnamed).says == {ANSWER: False}


def test_of_a_clause_about_several_risks_nobody_knows_which_was_meant(world: World) -> None:
    live_under(world, TO_A_PERSON.replace("{insult: 500}", "{insult: 500, hate: 500}"))
    one = said(world, INSULT, 1)
    moderated(world, one, "insult")
    assert lesson(world, one).says == {ANSWER: False}


def test_what_a_machine_answered_and_a_person_hid_was_overturned(world: World) -> None:
    one = said(world, PRAISE, 1)
    publishing.publish(world.desk, world.workspace.id, one.answer or "")
    moderated(world, now_of(world, one.id), "hate")
    assert lesson(world, one).says == {ANSWER: False, "hate": True}
    assert lesson(world, one).overturned


def test_a_decision_that_a_person_took_back_themselves_teaches_nothing(world: World) -> None:
    one = said(world, INSULT, 1)
    ruling = moderated(world, one, "insult")
    moderating.undo(world.desk, world.caller, ruling, "too strict", world.clock.now())
    assert gathered(world) == {}


def test_what_a_clause_did_and_a_person_undid_was_no_such_risk(world: World) -> None:
    live_under(world, BY_CLAUSE)
    one = said(world, INSULT, 1)
    triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
    one = now_of(world, one.id)
    assert one.ruling is not None
    enforcing.enforce(world.desk, world.workspace.id, one.ruling, world.clock.now())
    assert gathered(world) == {}
    moderating.undo(world.desk, world.caller, one.ruling, "it was a joke among friends", world.clock.now())
    found = lesson(world, one)
    assert (found.taught, found.says, found.overturned) == (Taught.UNDONE, {"insult": False}, True)


def test_what_was_let_go_held_no_risk_unless_a_clause_was_named(world: World) -> None:
    plain, named = said(world, INSULT, 1), said(world, INSULT, 2)
    decide(world, plain, Verdict.LET_GO)
    decide(world, named, Verdict.LET_GO, clauses=("insult",))
    found = lesson(world, plain)
    assert (found.taught, found.says, found.role) == (Taught.LET_GO, HARMLESS, "reviewer")
    assert named.id not in gathered(world)


def test_the_suggested_words_say_that_a_machine_could_have_and_others_say_nothing(world: World) -> None:
    live_under(world, TO_A_PERSON)
    first, second = said(world, QUESTION, 1), said(world, QUERY, 2)
    (offered,) = suggesting.suggestions(world.desk, world.workspace.id, first.id, world.clock.now())
    decide(world, first, Verdict.ANSWER, offered.text)
    decide(world, second, Verdict.ANSWER, "By the line 4.")
    found = lesson(world, first)
    assert (found.taught, found.says) == (Taught.SAID_AS_SUGGESTED, {ANSWER: True, **HARMLESS})
    assert second.id not in gathered(world)


# --- what teaches nothing --------------------------------------------------------------------------------------------


def test_what_is_no_longer_kept_teaches_nothing(world: World) -> None:
    purged, withdrawn = said(world, INSULT, 1), said(world, INSULT, 2)
    for one in (purged, withdrawn):
        decide(world, one, Verdict.LET_GO)
    assert set(gathered(world)) == {purged.id, withdrawn.id}
    world.desk.store.write(world.desk.store.contents.purges(purged))
    assert revising.withdrawn(world.desk, now_of(world, withdrawn.id), world.clock.now())
    assert gathered(world) == {}


def test_a_decision_about_other_words_teaches_nothing_about_these(world: World) -> None:
    one = said(world, INSULT, 1)
    decide(world, one, Verdict.LET_GO)
    world.clock.move(10)
    platform = world.platforms["mastodon"]
    platform.inbox[0] = replace(platform.inbox[0], text=PRAISE)
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    assert now_of(world, one.id).revision == 2
    assert gathered(world) == {}


def test_an_answer_that_was_taken_back_before_it_was_changed_teaches_nothing_about_what_it_says_now(
    world: World,
) -> None:
    one = said(world, PRAISE, 1)
    taking_back.take_back(world.desk, world.caller, one.id, "it misses the point", world.clock.now())
    one, answer = now_of(world, one.id), world.variant(one.answer or "")
    assert taught(Past(one, automatic=answer), [], {}) is not None
    later = replace(one.events[-1], act="edited", at=world.clock.move(10))
    assert taught(Past(replace(one, events=(*one.events, later)), automatic=answer), [], {}) is None


def test_only_the_days_that_were_asked_for(world: World) -> None:
    decide(world, said(world, INSULT, 1), Verdict.LET_GO)
    world.clock.move(40 * 24 * 3600)
    assert gathered(world) == {}


@pytest.mark.parametrize("words", [INSULT, "m1", "Name of"])
def test_a_lesson_shows_neither_words_nor_names(world: World, words: str) -> None:
    one = said(world, INSULT, 1)
    moderated(world, one, "insult")
    found = lessons.gather(world.desk, world.workspace.id, 30, world.clock.now())
    assert words not in repr([each.lesson for each in found])
    assert INSULT not in repr(found[0]).replace(repr(found[0].interaction), "")
