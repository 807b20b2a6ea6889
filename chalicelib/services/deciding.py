"""Deciding: what a guideline, the active one or another, says about one matter under what is known around it.

It reads and writes nothing: what is in force, its shadows and a replay are asked in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.domain.account import AccountState
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import Signals
from chalicelib.domain.rationale import Actor
from chalicelib.domain.second_opinion import Heard, reconsidered
from chalicelib.domain.triage import ThreadFacts, TriageDecision, decide
from chalicelib.services import answering, ruling_by_clause
from chalicelib.services.desk import Desk
from chalicelib.services.matter import Matter
from chalicelib.signals.automatic import automatic

WORKER = Actor.worker("triage")

_SILENT: Final[tuple[tuple[str, Callable[[Matter, datetime], bool]], ...]] = (
    ("its text is no longer kept", lambda one, _: one.content is None),
    (
        "the account cannot speak at present",
        lambda one, _: one.account is None or one.account.state is not AccountState.ACTIVE,
    ),
    (
        "it was said before the account was connected",
        lambda one, _: one.account is not None and one.interaction.created_at < one.account.created_at,
    ),
    ("its author is marked as a machine there", lambda one, _: one.interaction.bot),
    (
        "it says of itself that it is automatic",
        lambda one, _: one.content is not None and automatic(one.content.text, one.guideline.answers.honest),
    ),
    ("the conversation was heated and cools off", lambda one, now: one.thread.cooling(now)),
    (
        "the member was answered automatically as often today as the guideline allows",
        lambda one, now: one.member.answers_on(now) >= one.guideline.answers.per_member_per_day,
    ),
    (answering.REFUSALS[2], lambda one, _: one.answers_today >= one.guideline.answers.per_account_per_day),
)
"""Why nothing is said by itself about a message, and when that is so; the first that holds is told."""


def facts_of(matter: Matter, now: datetime, refused: str = "") -> ThreadFacts:
    """What is known around a matter now. refused: why an answer was, where it was tried already."""
    quiet_since = now - matter.quiet_window
    answered = (matter.thread.answered_at, matter.member.answered_at)
    why_not = next((why for why, holds in _SILENT if holds(matter, now)), refused)
    return ThreadFacts(
        human_touched=matter.thread.human_at is not None,
        answered_recently=any(at is not None and at > quiet_since for at in answered),
        may_answer=not why_not,
        why_not=why_not,
        around=matter.around,
        history=matter.interaction.history,
    )


def decided(
    matter: Matter,
    guideline: Guideline,
    signals: Signals,
    facts: ThreadFacts,
    now: datetime,
    heard: Heard | None = None,
) -> TriageDecision:
    """What a guideline, the active one or another, says about a matter under these facts. Reads and writes nothing.

    heard: what a second reader said of it; one that was asked before stands in the decision's record
    (`domain.second_opinion.recorded`).
    """

    def decide_by(seen: Signals) -> TriageDecision:
        return decide(
            guideline=guideline,
            signals=seen,
            facts=facts,
            actor=WORKER,
            now=now,
            kind=matter.interaction.kind,
            platform=matter.interaction.platform,
        )

    return reconsidered(decide_by, signals, guideline, heard)


def able(desk: Desk, matter: Matter, facts: ThreadFacts) -> ThreadFacts:
    """The facts with what the platform can do about a message at all, where they do not say it. Reads nothing."""
    if facts.moderations or facts.why_not_moderated:
        return facts
    can = tuple(sorted(one.value for one in desk.platforms.capabilities(matter.interaction.platform).moderations))
    why_not = ruling_by_clause.against_any(matter)
    return replace(facts, moderations=() if why_not else can, why_not_moderated=why_not or "")
