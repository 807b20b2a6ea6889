"""Second opinions: another reader is asked about a message of which the first is unsure, within a day's budget.

It is asked before anything is written, never within a write, and once about one decision. Whatever goes wrong there, the
first decision stands and its rationale says why nobody else was heard. Calls and money are counted before each call by
one conditional write, so that however many ask at once, a day's budget is not passed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.domain import second_opinion
from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Conflict
from chalicelib.domain.labels import RISKS, Signals
from chalicelib.domain.money import dollars
from chalicelib.domain.second_opinion import Heard, OddAnswer
from chalicelib.domain.workspace import SecondOpinions, Workspace
from chalicelib.ports import (
    AtMost,
    Change,
    ConditionFailed,
    EngineBusy,
    Missing,
    NotHeard,
    Question,
    SecondReader,
    all_of,
    any_of,
)
from chalicelib.services.choosing import chosen
from chalicelib.services.desk import Desk
from chalicelib.services.matter import Matter
from chalicelib.signals.masking import masked
from chalicelib.store import keys

LONGEST = 4_000
"""Characters of a message that is sent at most. Nothing is sent cut: what is left out might be what matters."""

CALLS, MONEY = "calls", "micro_usd"


def never() -> bool:
    """Nobody is in a hurry."""
    return False


@dataclass(frozen=True, slots=True)
class Usage:
    """What of a day's budget is used."""

    calls: int = 0
    micro_usd: int = 0


def listens(desk: Desk, workspace: Workspace) -> bool:
    """Whether a second reader is there, and the workspace wants to hear it."""
    return desk.second is not None and workspace.second_opinions.on


@dataclass(slots=True)
class Asking:
    """One worker's step, in which a reader that did not answer is not waited for again. hurry: whether time runs short."""

    desk: Desk
    hurry: Callable[[], bool] = never
    _silent: bool = field(default=False, init=False)

    def about(self, matter: Matter, signals: Signals, now: datetime) -> Heard:
        """What a second reader says about a message; never raises for what it or the budget does."""
        reader = self.desk.second
        if reader is None or matter.content is None:
            return Heard("", why_not="there is nobody, or nothing, to ask")
        try:
            return self._asked(reader, matter.workspace, matter.content.text, signals, now)
        except (NotHeard, OddAnswer) as error:
            return Heard(reader.name, why_not=str(error))

    def _asked(self, reader: SecondReader, workspace: Workspace, text: str, signals: Signals, now: datetime) -> Heard:
        if self._silent:
            raise NotHeard("it did not answer a moment ago")
        if self.hurry():
            raise NotHeard("there was no time for it")
        if len(text) > LONGEST:
            raise NotHeard("the message is too long for it")
        labels = sorted(label for label in RISKS if label.value in reader.labels)
        asked = tuple(label.value for label in labels)
        question = Question(masked(text), signals.language, asked, second_opinion.REASONS)
        price = reader.price(question)
        take(self.desk, workspace, price, now)
        try:
            answer = reader.ask(question)
        except NotHeard:
            self._silent = True  # what it cost is not known, and stays counted
            raise
        _settle(self.desk, workspace, answer.micro_usd - price, now)
        return Heard(reader.name, second_opinion.checked(answer.figures, answer.reason, labels))


# --- the day's budget ------------------------------------------------------------------------------------------------


def usage(desk: Desk, workspace: str, now: datetime) -> Usage:
    """What is used of the budget of the day (UTC) in which `now` lies."""
    item = desk.store.table.get(keys.second_opinions_of_day(workspace, now)) or {}
    return Usage(int(item.get(CALLS, 0)), int(item.get(MONEY, 0)))


def take(desk: Desk, workspace: Workspace, price: int, now: datetime) -> None:
    """Count a call and what it may cost at most. Raises NotHeard where the day's budget would be passed."""
    budget = workspace.second_opinions
    spent = "today's budget for it is spent"
    if not budget.calls_per_day or price > budget.micro_usd_per_day:
        raise NotHeard(spent)
    fits = all_of(
        any_of(Missing(CALLS), AtMost(CALLS, budget.calls_per_day - 1)),
        any_of(Missing(MONEY), AtMost(MONEY, budget.micro_usd_per_day - price)),
    )
    key = keys.second_opinions_of_day(workspace.id, now)
    try:
        desk.store.table.update(key, Change(add={CALLS: 1, MONEY: price}), fits)
    except ConditionFailed as failed:
        raise NotHeard(spent) from failed
    except EngineBusy as busy:
        raise NotHeard("its budget could not be counted") from busy


def _settle(desk: Desk, workspace: Workspace, difference: int, now: datetime) -> None:
    """Count what it really cost. Where that is lost too much is counted, never too little."""
    if not difference:
        return
    try:
        desk.store.table.update(keys.second_opinions_of_day(workspace.id, now), Change(add={MONEY: difference}))
    except EngineBusy:
        return


def switch(desk: Desk, caller: Caller, wanted: SecondOpinions, now: datetime) -> Workspace:
    """Say what may be asked in a day; nothing, and nobody is asked. Raises Conflict."""
    workspace = desk.workspace(caller.workspace)
    if wanted == workspace.second_opinions:
        return workspace
    if wanted.on and desk.second is None:
        raise Conflict(
            "this installation has no second reader", fix="Have PARLEY_SECOND_OPINION set; see docs/second-opinion.md."
        )
    why = "nobody else is asked"
    if wanted.on:
        why = f"a second reader is asked up to {wanted.calls_per_day} times and for {dollars(wanted.micro_usd_per_day)} a day"
    after = replace(workspace, second_opinions=wanted)
    return chosen(desk, caller, workspace, after, "set_second_opinions", why, now)
