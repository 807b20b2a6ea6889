"""Triaging: each NEW interaction gets a decision with its rationale, and what follows from it in the same write.

An automatic answer is a Post with `origin="triage"` on the same road as any other. Its id is made from the interaction's,
so that there is at most one ever; the touch marks in its transaction keep it to one per member and thread and window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.escalation import ACT_WITHIN, Escalation, EscalationState
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import INTERACTION, Interaction, InteractionState
from chalicelib.domain.post import Body, Origin, Schedule
from chalicelib.domain.rationale import Actor
from chalicelib.domain.timing import stamp
from chalicelib.domain.triage import ThreadFacts, TriageAction, TriageDecision, decide
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import review_items, scheduling, wording
from chalicelib.services.desk import Desk, derived_id
from chalicelib.services.ingesting import unsealed
from chalicelib.signals.reading import read
from chalicelib.store import keys
from chalicelib.store.codec import decode
from chalicelib.store.repository import Stale
from chalicelib.store.store import Content, Touch

WORKER = Actor.worker("triage")

ANSWER_WITHIN = timedelta(hours=1)
"""An automatic answer that could not go out for so long is a person's: an apology may be due first."""


def triage(desk: Desk, workspace: str, interaction_id: str, now: datetime) -> InteractionState | None:
    """Decide about one NEW interaction. Safe to repeat: whoever comes second finds it decided.

    Returns the state it is in afterwards, None where there is no such interaction.
    """
    interaction = desk.store.interactions.get(workspace, interaction_id)
    if interaction is None:
        return None
    refused = ""
    for _ in range(4):
        if interaction.state is not InteractionState.NEW:
            return interaction.state
        case = _case(desk, interaction)
        decision = _decide(case, now, refused)
        if decision.action is TriageAction.ANSWER:
            try:
                return _answer(desk, case, decision, now).state
            except _AnswerRefused as error:
                refused = str(error)
        else:
            try:
                return _place(desk, case, decision, now).state
            except Stale:
                pass
        again = desk.store.interactions.get(workspace, interaction_id)
        if again is None:
            return None
        interaction = again
    return interaction.state


class _AnswerRefused(Exception):
    """An automatic answer may not be given after all."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One interaction with everything around it that its decision looks at, read together."""

    interaction: Interaction
    workspace: Workspace
    guideline: Guideline
    content: Content | None
    account: Account | None
    thread: Touch
    member: Touch

    @property
    def quiet_window(self) -> timedelta:
        return timedelta(hours=self.guideline.answers.window_hours)


def _case(desk: Desk, interaction: Interaction) -> _Case:
    at = interaction.workspace
    store = desk.store
    workspace, content, account, thread, member = store.table.get_many(
        [
            keys.workspace(at),
            keys.content(at, interaction.id, interaction.revision),
            keys.within(at, "ACCOUNT", interaction.account),
            keys.thread_touch(at, interaction.conversation.id),
            keys.member_touch(at, interaction.author.pseudonym),
        ]
    )
    if workspace is None:
        raise NotFound
    found = decode(Workspace, workspace)
    return _Case(
        interaction,
        found,
        desk.guideline(found),
        decode(Content, content) if content else None,
        decode(Account, account) if account else None,
        decode(Touch, thread or {}),
        decode(Touch, member or {}),
    )


def _decide(case: _Case, now: datetime, refused: str) -> TriageDecision:
    quiet_since = now - case.quiet_window
    answered = (case.thread.answered_at, case.member.answered_at)
    why_not = refused
    if case.content is None:
        why_not = "its text is no longer kept"
    elif case.account is None or case.account.state is not AccountState.ACTIVE:
        why_not = "the account cannot speak at present"
    return decide(
        guideline=case.guideline,
        signals=read(case.content.text if case.content else ""),
        facts=ThreadFacts(
            human_touched=case.thread.human_at is not None,
            answered_recently=any(at is not None and at > quiet_since for at in answered),
            may_answer=not why_not,
            why_not=why_not,
        ),
        actor=WORKER,
        now=now,
        kind=case.interaction.kind,
        platform=case.interaction.platform,
    )


# --- what follows ----------------------------------------------------------------------------------------------------


def _place(desk: Desk, case: _Case, decision: TriageDecision, now: datetime) -> Interaction:
    """IGNORE, REVIEW and ESCALATE: the decision, and the item or escalation it makes, in one write. Raises Stale."""
    interaction = case.interaction
    after = replace(interaction, state=INTERACTION.move(interaction.state, decision.action.value), decision=decision)
    question = None
    writes: list[Write] = []
    if decision.action is TriageAction.REVIEW:
        question = review_items.about_interaction(
            desk, interaction, decision.severity, decision.rationale.why, WORKER, now
        )
        after = replace(after, review=question.item.id)
        writes.append(question.put)
    elif decision.action is TriageAction.ESCALATE:
        escalation, event = _escalation(case, decision, now)
        after = replace(after, escalation=escalation.id)
        writes.append(desk.store.escalations.created(escalation, event))
    event = _event(interaction, after, decision, now)
    if not writes:
        return desk.store.interactions.save(interaction, after, event)
    try:
        desk.store.write([desk.store.interactions.changed(interaction, after, event), *writes])
    except ConditionFailed as failed:
        raise Stale(None) from failed
    if question is not None:
        question.announce(desk)
    return desk.store.interactions.advanced(interaction, after, event)


def _escalation(case: _Case, decision: TriageDecision, now: datetime) -> tuple[Escalation, AuditEvent]:
    interaction = case.interaction
    escalation = Escalation(
        id=derived_id("escalation", interaction.id, str(interaction.revision)),
        workspace=interaction.workspace,
        interaction=interaction.id,
        state=EscalationState.OPEN,
        tell=case.workspace.escalate_to,
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


_REFUSALS = (
    "it was changed at the same moment",
    "the conversation was answered, or a person acted in it, in the meantime",
    "the member was answered in the meantime",
    "the account has given as many automatic answers today as the guideline allows",
    "it has been answered",
)
"""Why an automatic answer was refused, by the place of the write whose condition failed."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """An automatic answer, ready to be scheduled."""

    account: Account
    wish: scheduling.Wish


def _answer(desk: Desk, case: _Case, decision: TriageDecision, now: datetime) -> Interaction:
    """ANSWER: a reply on the publish road. Raises _AnswerRefused where it may not be given after all."""
    interaction = case.interaction
    reply = _reply(desk, case, decision)
    post_id = derived_id("answer", interaction.id)
    when = Schedule(now, "UTC", stamp(now)[:19], ANSWER_WITHIN)
    new = scheduling.new_post(
        desk,
        interaction.workspace,
        post_id,
        None,
        Origin.TRIAGE,
        WORKER,
        when,
        [reply.wish],
        [reply.account],
        now,
        interaction=interaction.id,
    )
    after = replace(
        interaction,
        state=INTERACTION.move(interaction.state, "answer"),
        decision=decision,
        answer=new.variants[0].id,
    )
    event = _event(interaction, after, decision, now)
    quiet_since = now - case.quiet_window
    thread = keys.thread_touch(interaction.workspace, interaction.conversation.id)
    member = keys.member_touch(interaction.workspace, interaction.author.pseudonym)
    today = keys.answers_of_day(interaction.workspace, interaction.account, now)
    try:
        desk.store.write(
            [
                desk.store.interactions.changed(interaction, after, event),
                desk.store.answered_update(thread, now, quiet_since),
                desk.store.answered_update(member, now, quiet_since),
                desk.store.counted_update(today, case.guideline.answers.per_account_per_day),
                *new.writes,
            ]
        )
    except ConditionFailed as failed:
        raise _AnswerRefused(_REFUSALS[min(failed.index, 4)]) from failed
    new.announce(desk, now)
    return desk.store.interactions.advanced(interaction, after, event)


def _reply(desk: Desk, case: _Case, decision: TriageDecision) -> _Reply:
    interaction, account = case.interaction, case.account
    if account is None or case.content is None or decision.template is None:
        raise _AnswerRefused("there is nothing left to answer")
    target = unsealed(desk, interaction, case.content)
    text = wording.reply(decision.template, honest=case.guideline.answers.honest)
    body = Body(text, language=interaction.language, answers=target.remote)
    wish = scheduling.Wish(account.id, body, "")
    try:
        scheduling.check_body(desk, account, wish)
        scheduling.check_guideline(case.guideline, account.platform, wish)
    except InvalidField as error:
        raise _AnswerRefused(f"the reply '{decision.template}' cannot be said there: {error.detail}") from error
    return _Reply(account, wish)


def _event(before: Interaction, after: Interaction, decision: TriageDecision, now: datetime) -> AuditEvent:
    return AuditEvent(
        before.workspace,
        f"interaction:{before.id}",
        decision.action.value,
        now,
        WORKER,
        decision.rationale.why,
        before.state.value,
        after.state.value,
    )
