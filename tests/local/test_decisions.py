"""Learning from decisions: the same give the same, what is held out is never learnt from, and nobody teaches alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.domain.correction import ANSWER, LENIENT, RISK_HEADS, Correction
from chalicelib.domain.labels import TriageAction
from chalicelib.services import corrections, guidelines_yaml, lessons, publishing, taking_back
from chalicelib.services.lessons import Taken
from chalicelib.signals.features import word_bucket
from chalicelib.signals.reading import read
from local.training import decisions
from local.training.decisions import Learnt, TooFew, learn
from tests.services.taught import HARMLESS, SAFE, UNSAFE, Shop, one, taken
from tests.services.test_corrections import in_force
from tests.services.test_lessons import reviewer, said
from tests.world import World

GUIDELINE = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
TOLD = "thank you, the tombola was nice"
OTHER = "thank you, the concert was nice"


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    return learn(taken(), GUIDELINE)


def safety(text: str, correction: Correction | None = None) -> int:
    found = read(text, correction=correction).p_auto
    assert found is not None
    return found


def heads(found: Learnt) -> object:
    return found.correction.to_record()["heads"]


def flipped(some: Taken) -> Taken:
    assert some.lesson is not None
    says = {head: not value for head, value in some.lesson.says.items()}
    return replace(some, lesson=replace(some.lesson, says=says))


def test_it_learns_what_people_take_back_and_leaves_the_rest(learnt: Learnt) -> None:
    assert safety(TOLD) >= 600 > safety(TOLD, learnt.correction)
    assert safety(OTHER, learnt.correction) >= 600
    assert learnt.report.after.agreed > learnt.report.before.agreed
    assert learnt.report.objection() is None
    assert word_bucket("tombola") in learnt.correction.heads[ANSWER].words


def test_a_head_to_which_hardly_anybody_objected_is_left_alone_and_why_is_told(learnt: Learnt) -> None:
    assert set(learnt.correction.heads) == {ANSWER}
    assert set(learnt.report.left_alone) == {label.value for label in RISK_HEADS}
    assert all("0 decisions ask for more care without" in why for why in learnt.report.left_alone.values())


def test_the_same_decisions_give_the_same_correction_whatever_order_they_come_in(learnt: Learnt) -> None:
    shuffled = taken()
    random.Random(4).shuffle(shuffled)
    again = learn(shuffled, GUIDELINE)
    assert again.correction.to_record() == learnt.correction.to_record()
    assert (again.correction.id, again.report) == (learnt.correction.id, learnt.report)
    assert learn(taken()[1:], GUIDELINE).correction.id != learnt.correction.id


def test_what_is_held_out_is_never_learnt_from(learnt: Learnt) -> None:
    """Turned upside down, the decisions held out change the figures and not a single weight."""
    turned = [flipped(some) if some.lesson and some.lesson.held_out else some for some in taken()]
    other = learn(turned, GUIDELINE)
    assert heads(other) == heads(learnt)
    assert other.report.after.agreed < other.report.before.agreed
    assert "agrees with people" in str(other.report.objection())


def test_no_author_and_no_wording_stands_on_both_sides() -> None:
    repeated = [replace(some, text=some.text if at % 3 else "many thanks") for at, some in enumerate(taken())]
    sets = decisions.parted(repeated)
    authors = [{some.lesson.author for some in side if some.lesson} for side in (sets.taught, sets.held_out)]
    assert authors[0].isdisjoint(authors[1])
    assert "many thanks" in {some.text for some in sets.taught}
    assert "many thanks" not in {some.text for some in sets.held_out}


def test_what_nobody_objected_to_holds_the_table_where_it_is(learnt: Learnt) -> None:
    untouched = [one(5000 + at, f"hello, {text}", None, author=f"c{at}") for at, text in enumerate(UNSAFE)]
    held = learn([*taken(), *untouched], GUIDELINE)
    assert held.report.anchors > 0
    assert safety(TOLD, learnt.correction) < safety(TOLD, held.correction) < safety(TOLD)


# --- nobody teaches alone --------------------------------------------------------------------------------------------


def poisoned(some: Sequence[Taken], count: int, *, authors: int, text: str = OTHER) -> list[Taken]:
    """One more reviewer, who says of one thing over and over that no machine may answer."""
    bad = [
        one(9000 + at, f"{text} {'abcdefghij'[at % 10]}", {ANSWER: False}, author=f"bad-{at % authors}", by="bad")
        for at in range(count)
    ]
    return [*some, *bad]


@pytest.mark.parametrize(("count", "authors"), [(8, 8), (300, 3)])
def test_a_few_decisions_of_one_person_or_many_about_one_author_move_little(
    learnt: Learnt, count: int, authors: int
) -> None:
    moved = learn(poisoned(taken(), count, authors=authors), GUIDELINE).correction
    assert safety(OTHER, learnt.correction) - safety(OTHER, moved) < 60
    assert safety(OTHER, moved) >= 600
    assert word_bucket("concert") not in {
        bucket for bucket, weight in moved.heads[ANSWER].words.items() if weight < -500
    }


def test_a_word_that_only_one_reviewer_saw_is_not_weighed(learnt: Learnt) -> None:
    moved = learn(poisoned(taken(), 40, authors=40, text="greetings from zanzibar"), GUIDELINE).correction
    assert word_bucket("zanzibar") not in moved.heads[ANSWER].words


def test_a_crowd_that_says_a_machine_may_moves_it_by_one_logit_at_most() -> None:
    lenient = [
        one(at, f"{text} {'abcdefghij'[at % 10]}", {ANSWER: True, **HARMLESS}, author=f"x{at}", by=f"m{at % 3}")
        for at, text in enumerate(["what is wrong with you?"] * 400)
    ]
    spread = [
        replace(some, text=f"{some.text} {''.join('abcdefghij'[int(d)] for d in f'{at:03}')}")
        for at, some in enumerate(lenient)
    ]
    found = learn([*taken(), *spread], GUIDELINE).correction
    from chalicelib.signals.correcting import log_odds

    for text in (*SAFE, *UNSAFE, "what is wrong with you?"):
        before, after = safety(text), safety(text, found)
        assert after <= before or log_odds(after / 1000) <= log_odds((before + 1) / 1000) + LENIENT / 1000


# --- too few ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shop", "what"),
    [
        (Shop(decisions=120), "120 decisions"),
        (Shop(people=1), "1 people"),
        (Shop(authors=20), "20 authors"),
        (Shop(decisions=0), "0 decisions"),
    ],
)
def test_too_few_decisions_are_refused_with_what_is_missing(shop: Shop, what: str) -> None:
    with pytest.raises(TooFew, match=what):
        learn(taken(shop), GUIDELINE)


# --- on the road -----------------------------------------------------------------------------------------------------


def test_what_people_take_back_is_not_answered_any_more_once_that_is_in_force(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From messages that were heard to a correction that decides, with fewer decisions than are asked for in life."""
    for name, least in {"LESSONS": 20, "HELD_OUT": 1, "AUTHORS": 10, "OBJECTIONS": 5}.items():
        monkeypatch.setattr(f"chalicelib.domain.lesson.LEAST_{name}", least)
    monkeypatch.setattr(decisions, "LEAST_OBJECTIONS", 5)
    people = [world.caller, reviewer(world)]
    for number in range(1, 61):
        wrong = number % 2
        one_of = said(world, (UNSAFE if wrong else SAFE)[number], number)
        if wrong and one_of.answer is not None:
            who = people[number // 2 % 2]
            taking_back.take_back(world.desk, who, one_of.id, "no plain thanks", world.clock.now())
        elif one_of.answer is not None:
            publishing.publish(world.desk, world.workspace.id, one_of.answer)
    guideline = world.desk.guideline(world.desk.workspace(world.workspace.id))
    found = learn(lessons.gather(world.desk, world.workspace.id, 30, world.clock.now()), guideline)
    assert set(found.report.taught) == {"taken_back"}
    assert found.report.anchors > 0
    assert found.report.after.answered < found.report.before.answered
    now = world.clock.now()
    kept = corrections.add(world.desk, world.caller, found.correction, found.report, found.lessons, "why", now)
    in_force(world, kept.correction.id)
    world.clock.move(24 * 3600)  # an account answers fifty times a day at most
    told, other = said(world, TOLD, 100), said(world, OTHER, 101)
    assert told.decision is not None
    assert other.decision is not None
    assert (told.decision.action, other.decision.action) == (TriageAction.REVIEW, TriageAction.ANSWER)
    assert told.decision.classifier.endswith(kept.correction.id)
