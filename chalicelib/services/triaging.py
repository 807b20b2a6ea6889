"""Triaging: each NEW interaction gets a decision with its rationale, and what follows from it in the same write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain import heat as heating
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.escalation import ACT_WITHIN, Escalation, EscalationState
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import INTERACTION, Interaction, InteractionState
from chalicelib.domain.labels import Signals, TriageAction
from chalicelib.domain.second_opinion import Heard, wanted
from chalicelib.domain.triage import ThreadFacts, TriageDecision
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import (
    answering,
    conversing,
    matters,
    moderating,
    outgrown,
    review_items,
    ruling_by_clause,
    second_opinions,
)
from chalicelib.services.answering import AnswerRefused
from chalicelib.services.deciding import WORKER, able, decided, facts_of
from chalicelib.services.desk import Desk, derived_id
from chalicelib.services.matter import Matter
from chalicelib.services.second_opinions import Asking
from chalicelib.services.shadowing import Said, beside
from chalicelib.signals.reading import read
from chalicelib.store import keys

ROUNDS = 4
"""How often what was changed under our hands is looked at again; the tick comes back to what is left over."""

NOTHING: Mapping[str, str] = {}

TOGETHER = 50
"""Interactions that are read, decided and written together."""


def triage(desk: Desk, workspace: str, interaction: str, now: datetime) -> InteractionState | None:
    """Decide about one interaction; see `triage_all`. None where there is no such interaction."""
    return triage_all(desk, workspace, [interaction], now).get(interaction)


def triage_all(
    desk: Desk, workspace: str, ids: Sequence[str], now: datetime, hurry: Callable[[], bool] = second_opinions.never
) -> dict[str, InteractionState]:
    """Decide about those of these interactions that are NEW. Safe to repeat: whoever comes second finds them decided.

    hurry: whether time runs too short to ask a second reader. Returns the state each is in afterwards; those that do not
    exist are left out.
    """
    states: dict[str, InteractionState] = {}
    asking = Asking(desk, hurry)
    for start in range(0, len(ids), TOGETHER):
        states |= _triage_page(desk, workspace, ids[start : start + TOGETHER], now, asking)
    return states


def _triage_page(
    desk: Desk, workspace: str, ids: Sequence[str], now: datetime, asking: Asking
) -> dict[str, InteractionState]:
    states: dict[str, InteractionState] = {}
    refused: dict[str, str] = {}
    heard: dict[str, Heard] = {}
    waiting = list(dict.fromkeys(ids))
    for _ in range(ROUNDS):
        found = desk.store.interactions.get_many(keys.interaction(workspace, one) for one in waiting)
        states |= {one.id: one.state for one in found}
        new = [one for one in found if one.state is InteractionState.NEW]
        if not new:
            break
        loaded = matters.load(desk, workspace, new, now)
        outgrown.look(desk, loaded[0].workspace, now)
        readings = [reading(desk, matter) for matter in loaded]
        for matter, signals in zip(loaded, readings, strict=True):
            if matter.interaction.id not in heard and unsure(desk, matter, signals, now):
                heard[matter.interaction.id] = asking.about(matter, signals, now)
        plans = [
            plan(desk, matter, signals, now, refused, heard.get(matter.interaction.id))
            for matter, signals in zip(loaded, readings, strict=True)
        ]
        failures = desk.store.table.transact_each([one.writes for one in plans])
        waiting = []
        for one, failed in zip(plans, failures, strict=True):
            if failed is None:
                states[one.after.id] = one.after.state
                one.announce()
            else:
                waiting.append(one.after.id)
                refused |= one.refusal(failed)
        if not waiting:
            break
    return states


class NotYetInRecord(Exception):
    """It is to be moderated, and that is decided about what the record holds only."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written about one interaction, all or nothing: itself first, then what follows from it."""

    after: Interaction
    writes: tuple[Write, ...]
    announce: Callable[[], None] = lambda: None

    def refusal(self, failed: ConditionFailed) -> dict[str, str]:
        """Why an answer was refused, by the write whose condition failed; nothing where the interaction itself changed."""
        if self.after.state is not InteractionState.ANSWERING or failed.index == 0:
            return {}
        place = failed.index - 1
        return {self.after.id: answering.REFUSALS[place] if place < len(answering.REFUSALS) else "it has been answered"}


def reading(desk: Desk, matter: Matter) -> Signals:
    """What is in a message's text, as its workspace has it read; nothing where that is no longer kept."""
    return read(matter.content.text if matter.content else "", correction=desk.correction(matter.workspace))


def unsure(desk: Desk, matter: Matter, signals: Signals, now: datetime) -> bool:
    """Whether a second reader is to be heard first about a message of which this was read."""
    if matter.content is None or matter.interaction.history or not second_opinions.listens(desk, matter.workspace):
        return False
    decision = decided(matter, matter.guideline, signals, facts_of(matter, now), now)
    return wanted(decision, signals, matter.guideline)


def plan(
    desk: Desk,
    matter: Matter,
    signals: Signals,
    now: datetime,
    refused: Mapping[str, str] = NOTHING,
    heard: Heard | None = None,
) -> Plan:
    """What is decided about a matter of which this was read, and what follows. refused: why an answer was, by interaction.

    heard: what came of asking a second reader; None where nobody was asked.
    """

    def decide_by(
        facts: ThreadFacts, guideline: Guideline = matter.guideline, seen: Signals = signals
    ) -> TriageDecision:
        return decided(matter, guideline, seen, facts, now, heard)

    cooling: tuple[Write, ...] = ()

    def settled(decision: TriageDecision) -> _Settled:
        said, counted = beside(desk, matter, signals, decision, decide_by)
        return _Settled(matter, decision, said, (*counted, *cooling))

    decision = decide_by(facts_of(matter, now, refused.get(matter.interaction.id, "")))
    hostile = heating.hostility(decision.rationale.evidence)
    if decision.action is TriageAction.ANSWER or hostile:
        heat = conversing.heat_at(desk, matter, hostile, now)
        if heat.hot:
            cooling = (answering.cool_off(desk, matter, now),)
            decision = decide_by(facts_of(matter, now, f"the conversation is heated ({heat.permille} permille)"))
    if matter.guideline.moderates and decision.facts is not None:
        decision = _with_moderation(desk, matter, decision.facts, decide_by)
        if decision.action is TriageAction.MODERATE:
            return _moderate(desk, settled(decision), now)
    if decision.action is TriageAction.ANSWER and decision.template is not None:
        try:
            return _answer(desk, settled(decision), now)
        except AnswerRefused as error:
            decision = decide_by(facts_of(matter, now, str(error)))
    return _place(desk, settled(decision), now)


def _with_moderation(
    desk: Desk, matter: Matter, facts: ThreadFacts, decide_by: Callable[[ThreadFacts], TriageDecision]
) -> TriageDecision:
    """The decision, knowing what may be done on the platform: first by what it can at all, then by this very message."""
    facts = able(desk, matter, facts)
    decision = decide_by(facts)
    while decision.moderate is not None and matter.stored:
        objection = ruling_by_clause.against(desk, matter, decision.moderate)
        if objection is None:
            break
        left = tuple(one for one in facts.moderations if one != decision.moderate)
        facts = replace(facts, moderations=left, why_not_moderated=objection)
        decision = decide_by(facts)
    return decision


# --- what follows ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Settled:
    """A matter with what was decided about it, what the shadows make of it, and what is written along with it."""

    matter: Matter
    decision: TriageDecision
    beside: Said
    along: tuple[Write, ...]

    def moved(self, **more: str) -> Interaction:
        """The interaction after the decision."""
        one = self.matter.interaction
        state = INTERACTION.move(one.state, self.decision.action.value)
        moved = replace(one, state=state, decision=self.decision, **more)  # type: ignore[arg-type]
        return replace(moved, shadow=self.beside.guideline, correction_shadow=self.beside.correction)

    def writes(self, desk: Desk, after: Interaction, now: datetime, *others: Write) -> tuple[Write, ...]:
        """The write of the interaction, then the others: of one that is not in the record yet with both of its events, as if
        it had been NEW."""
        before, interactions, decision = self.matter.interaction, desk.store.interactions, self.decision
        event = interactions.moved(before, after, decision.action.value, now, WORKER, decision.rationale.why)
        if not self.matter.stored:
            return interactions.created(after, *before.events, event), *others, *self.along
        return interactions.changed(before, after, event), *others, *self.along


def _answer(desk: Desk, settled: _Settled, now: datetime) -> Plan:
    decision = settled.decision
    language = None if decision.figures is None else decision.figures.language
    answer = answering.answer(desk, settled.matter, decision.template or "", WORKER, now, language=language)
    after = settled.moved(answer=answer.variant)
    writes = settled.writes(desk, after, now, *answer.marks, *answer.post.writes)
    return Plan(after, writes, lambda: answer.post.announce(desk, now))


def _moderate(desk: Desk, settled: _Settled, now: datetime) -> Plan:
    """What a clause names is asked of the platform; of a message that lies in the record, with what it rests on."""
    if not settled.matter.stored:
        raise NotYetInRecord
    made = ruling_by_clause.made(desk, settled.matter, settled.decision, now)
    after = settled.moved(ruling=made.ruling.id)
    return Plan(after, settled.writes(desk, after, now, *made.writes), lambda: moderating.tell(desk, made.ruling))


def _place(desk: Desk, settled: _Settled, now: datetime) -> Plan:
    """IGNORE, REVIEW and ESCALATE, with the item or escalation that they make."""
    decision = settled.decision
    match decision.action:
        case TriageAction.REVIEW:
            question = review_items.about_interaction(
                desk, settled.matter.interaction, decision.severity, decision.rationale.why, WORKER, now
            )
            after = settled.moved(review=question.item.id)
            return Plan(after, settled.writes(desk, after, now, question.put), lambda: question.announce(desk))
        case TriageAction.ESCALATE:
            escalation, event = _escalation(settled.matter, decision, now)
            after = settled.moved(escalation=escalation.id)
            made = desk.store.escalations.created(escalation, event)
            return Plan(after, settled.writes(desk, after, now, made))
        case _:
            after = settled.moved()
            return Plan(after, settled.writes(desk, after, now))


def _escalation(matter: Matter, decision: TriageDecision, now: datetime) -> tuple[Escalation, AuditEvent]:
    interaction = matter.interaction
    escalation = Escalation(
        id=derived_id("escalation", interaction.id, str(interaction.revision)),
        workspace=interaction.workspace,
        interaction=interaction.id,
        state=EscalationState.OPEN,
        tell=matter.workspace.escalate_to,
        risks=decision.risks,
        severity=decision.severity,
        opened_at=now,
        deadline=now + ACT_WITHIN,
    )
    why = decision.rationale.why
    event = AuditEvent(
        interaction.workspace, f"escalation:{escalation.id}", "open", now, WORKER, why, None, escalation.state.value
    )
    return escalation, event
