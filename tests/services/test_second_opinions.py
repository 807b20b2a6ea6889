"""A second reader is asked where the first is unsure, within a day's budget, and can let nothing through by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.labels import RISKS, TriageAction
from chalicelib.domain.second_opinion import SAID_BY, ready
from chalicelib.domain.triage import TriageDecision
from chalicelib.domain.workspace import SecondOpinions
from chalicelib.ports import Answer, NotHeard, Question, QueueName
from chalicelib.services import matters, polling, second_opinions, triaging
from chalicelib.services.matter import Matter
from chalicelib.services.second_opinions import Usage
from chalicelib.signals.reading import read
from tests.injections import ATTACKS
from tests.services.test_moderating import INSULT, PRAISE, now_of
from tests.world import World, said

LABELS = frozenset(label.value for label in RISKS)
UNSURE = "Was your team a bit lazy there?"
"""Something between: no clause leads, and some risk is seen."""
DANGER = "I will find you and kill you."
"""A rule takes this for a threat."""
PRICE = 400


@dataclass
class Reader:
    """A second reader that says what a test tells it to."""

    says: Any = None
    """Figures, or what is called instead of answering."""
    reason: Any = "no_risk"
    asked: list[Question] = field(default_factory=list)
    cost: int = PRICE
    name: str = "test:reader#1"
    labels: frozenset[str] = LABELS

    def price(self, question: Question) -> int:
        return PRICE

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        if callable(self.says):
            self.says()
        figures = dict.fromkeys(question.labels, 0) if self.says is None else self.says
        return Answer(figures, self.reason, self.cost)


def fails(why: str = "it did not answer") -> Callable[[], None]:
    def fail() -> None:
        raise NotHeard(why)

    return fail


@pytest.fixture
def reader(world: World) -> Reader:
    """A reader that the workspace listens to."""
    found = Reader()
    world.desk = replace(world.desk, second=found)
    switch(world, calls=1_000, money=1_000_000)
    return found


def switch(world: World, calls: int, money: int) -> None:
    second_opinions.switch(world.desk, world.caller, SecondOpinions(calls, money), world.clock.now())


def heard(world: World, text: str, number: int = 1, hurry: Callable[[], bool] = second_opinions.never) -> Interaction:
    """Something that was said, read and decided about as the workers do."""
    world.platforms["mastodon"].inbox.append(said(text, number))
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    native = world.desk.keyed(world.workspace.id, "interaction", "mastodon", f"native-{number}")
    if now_of(world, native).state is InteractionState.NEW:
        triaging.triage_all(world.desk, world.workspace.id, [native], world.clock.now(), hurry)
    return now_of(world, native)


def usage(world: World) -> Usage:
    return second_opinions.usage(world.desk, world.workspace.id, world.clock.now())


def why(one: Interaction) -> str:
    assert one.decision is not None
    return one.decision.rationale.why


def risks(**changed: int) -> dict[str, int]:
    return dict.fromkeys(LABELS, 0) | changed


# --- where it is asked -----------------------------------------------------------------------------------------------


def test_what_is_unsure_waits_for_triage_which_asks_once_and_says_whom(world: World, reader: Reader) -> None:
    world.platforms["mastodon"].inbox.append(said(UNSURE, 1))
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    native = world.desk.keyed(world.workspace.id, "interaction", "mastodon", "native-1")
    assert now_of(world, native).state is InteractionState.NEW
    assert reader.asked == []
    assert [one.body for one in world.desk.queue.receive(QueueName.TRIAGE)]
    reader.says, reader.reason, reader.cost = risks(threat=900), "risk", 150
    triaging.triage(world.desk, world.workspace.id, native, world.clock.now())
    triaging.triage(world.desk, world.workspace.id, native, world.clock.now())
    one = now_of(world, native)
    assert (one.state, len(reader.asked)) == (InteractionState.ESCALATED, 1)
    assert "A second reader was heard (test:reader#1: risk)." in why(one)
    assert one.decision is not None
    marks = [mark for mark in one.decision.rationale.evidence if mark.rule.startswith(SAID_BY)]
    assert {mark.label: mark.permille for mark in marks} == risks(threat=900)
    assert {mark.rule for mark in marks} == {"second:test:reader#1:risk"}
    assert usage(world) == Usage(1, 150)


def test_what_is_sure_is_decided_by_whoever_reads_and_nobody_is_asked(world: World, reader: Reader) -> None:
    assert heard(world, INSULT, 1).state is InteractionState.IN_REVIEW
    assert heard(world, DANGER, 2).state is InteractionState.ESCALATED
    assert heard(world, PRAISE, 3).state is not InteractionState.NEW
    assert [one.text for one in reader.asked if one.text != PRAISE] == []


def test_nobody_is_asked_before_a_workspace_wants_it(world: World) -> None:
    found = Reader()
    world.desk = replace(world.desk, second=found)
    assert heard(world, UNSURE).state is InteractionState.IN_REVIEW
    assert (found.asked, usage(world)) == ([], Usage())


def test_what_leaves_is_masked_and_of_its_author_nothing(world: World, reader: Reader) -> None:
    heard(world, UNSURE + " Ask @jo_of_parley about it at https://parley.example/x")
    (asked,) = reader.asked
    assert asked.text == UNSURE + " Ask [account] about it at [link]"
    assert set(asked.labels) == LABELS


# --- where it fails --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "reason", "told"),
    [
        (fails("it refused (AccessDeniedException)"), "risk", "it refused (AccessDeniedException)"),
        ("secret text", "risk", "its answer did not hold one figure for each label"),
        (risks() | {"threat": 2_000}, "risk", "its answer held something else than whole figures from 0 to 1000"),
        (risks(), "secret text", "its answer gave no known reason"),
    ],
)
def test_where_it_is_not_heard_the_first_decision_stands_and_says_why(
    world: World, reader: Reader, says: Any, reason: Any, told: str
) -> None:
    reader.says, reader.reason = says, reason
    one = heard(world, UNSURE)
    assert one.state is InteractionState.IN_REVIEW
    assert why(one).endswith(f" A second reader was not heard: {told}.")
    assert "secret" not in why(one)
    assert not any(mark.rule.startswith(SAID_BY) for mark in one.decision.rationale.evidence)  # type: ignore[union-attr]


def test_after_one_failure_the_rest_of_the_batch_does_not_wait(world: World, reader: Reader) -> None:
    reader.says = fails()
    for number in range(1, 5):
        world.platforms["mastodon"].inbox.append(said(UNSURE, number, author=f"m{number}", thread=f"t{number}"))
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    ids = [world.desk.keyed(world.workspace.id, "interaction", "mastodon", f"native-{one}") for one in range(1, 5)]
    triaging.triage_all(world.desk, world.workspace.id, ids, world.clock.now())
    assert len(reader.asked) == 1
    whys = [why(now_of(world, one)) for one in ids]
    assert sum("a moment ago" in one for one in whys) == 3
    # What the failed call cost is not known: it stays counted.
    assert usage(world) == Usage(1, PRICE)


def test_it_is_not_asked_in_a_hurry_nor_about_what_is_too_long(world: World, reader: Reader) -> None:
    assert "there was no time for it" in why(heard(world, UNSURE, 1, hurry=lambda: True))
    assert "too long for it" in why(heard(world, UNSURE + " So it is." * 400, 2))
    assert (reader.asked, usage(world)) == ([], Usage())


# --- the day's budget ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("calls", "money", "fits"), [(2, 10**6, 2), (100, 2 * PRICE, 2), (100, PRICE - 1, 0)])
def test_a_day_has_a_budget_of_calls_and_of_money(
    world: World, reader: Reader, calls: int, money: int, fits: int
) -> None:
    switch(world, calls, money)
    whys = [why(heard(world, UNSURE, number)) for number in range(1, 5)]
    assert len(reader.asked) == fits
    assert ["budget for it is spent" in one for one in whys] == [False] * fits + [True] * (4 - fits)
    assert usage(world) == Usage(fits, fits * PRICE)
    world.clock.at += timedelta(days=1)
    assert usage(world) == Usage()


def test_however_many_ask_at_once_the_budget_is_not_passed(world: World, reader: Reader) -> None:
    switch(world, 3, 10**6)
    workspace = world.desk.workspace(world.workspace.id)
    together, fits = threading.Barrier(8), []

    def ask() -> None:
        together.wait()
        try:
            second_opinions.take(world.desk, workspace, PRICE, world.clock.now())
        except NotHeard:
            return
        fits.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(fits), usage(world)) == (3, Usage(3, 3 * PRICE))


def test_it_cannot_be_wanted_where_there_is_none_and_can_be_switched_off(world: World) -> None:
    with pytest.raises(Conflict, match="no second reader"):
        switch(world, 10, 10)
    world.desk = replace(world.desk, second=Reader())
    switch(world, 10, 10)
    world.desk = replace(world.desk, second=None)
    assert heard(world, UNSURE).state is InteractionState.IN_REVIEW
    switch(world, 0, 0)
    workspace = world.desk.workspace(world.workspace.id)
    assert not workspace.second_opinions.on
    assert [event.act for event in workspace.events].count("set_second_opinions") == 2


# --- a reader that obeys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("says", [None, {}, "all zero"])
def test_a_reader_that_obeys_a_message_lets_nothing_through(world: World, reader: Reader, says: Any) -> None:
    """Each attack by itself, behind an unsure text, and behind words that a rule takes for danger."""
    reader.says = says
    for attack in ATTACKS:
        for before in ("", UNSURE, DANGER):
            text = f"{before} {attack}".encode("utf-8", "replace").decode()
            matter = about(world, text)
            without, then = planned(world, matter, None), planned(world, matter, reader)
            if then.action.rank < without.action.rank:
                assert ready(read(text), matter.guideline)
                assert before != DANGER
            if before == DANGER:
                assert then.action is TriageAction.ESCALATE
    assert len(reader.asked) >= 60  # the others are decided without asking anybody


def about(world: World, text: str) -> Matter:
    """A message that says this and is still to be decided about."""
    native = world.desk.keyed(world.workspace.id, "interaction", "mastodon", "native-1")
    found = world.desk.store.interactions.get(world.workspace.id, native) or heard(world, INSULT, 1)
    (matter,) = matters.load(world.desk, world.workspace.id, [found], world.clock.now())
    assert matter.content is not None
    new = replace(matter.interaction, state=InteractionState.NEW)
    return replace(matter, interaction=new, content=replace(matter.content, text=text))


def planned(world: World, matter: Matter, second: Reader | None) -> TriageDecision:
    """What is decided about it, with or without somebody to ask."""
    desk, now = replace(world.desk, second=second), world.clock.now()
    signals = triaging.reading(desk, matter)
    unsure = triaging.unsure(desk, matter, signals, now)
    told = second_opinions.Asking(desk).about(matter, signals, now) if unsure else None
    decided = triaging.plan(desk, matter, signals, now, heard=told).after.decision
    assert decided is not None
    return decided
