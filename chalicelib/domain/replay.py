"""Replay: what a guideline version would have decided about messages that were decided already, beside the active one.

Both are asked about the same words under the same facts, so that what differs is the guideline. It changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.labels import TriageAction
from chalicelib.domain.machine import Machine
from chalicelib.domain.triage import TriageDecision

HOLDS_FOR: Final = timedelta(hours=24)
"""From its end: what is activated was tried on messages of yesterday, not of last month."""

KEPT_FOR: Final = timedelta(days=7)
"""From its beginning: its list of changes can be read so long. Its counts stay."""

BY_SETTINGS: Final = "(settings)"
"""Where no clause fires in one version only, a threshold, a reply, a language or a correction made the difference."""

FACTS_OF_TODAY: Final = (
    "whether the platform would have taken an answer the new version gives: asked only when it is sent",
    "what a second reader would have said: a replay asks none",
    "how heated the conversation was, where no answer was tried then",
    "what a clause asks about author, conversation, community or platform, where no clause of that time asked for it",
    "the daily number and the window of automatic answers: counted as they were then, by the version of that time",
)
"""What a replay cannot know of the moment at which a message came, in words for whoever reads it."""


class ReplayState(StrEnum):
    """What is already true of a replay."""

    RUNNING = "running"
    DONE = "done"
    EXPIRED = "expired"
    """Its list of changes is forgotten."""


_S = ReplayState

REPLAY = Machine(
    "Replay",
    ReplayState,
    {
        (_S.RUNNING, "finish"): _S.DONE,
        (_S.RUNNING, "expire"): _S.EXPIRED,
        (_S.DONE, "expire"): _S.EXPIRED,
    },
)


@dataclass(frozen=True, slots=True)
class Load:
    """What a version leaves to be done, of the messages that were replayed: counts of actions, and what answers cost."""

    actions: Mapping[str, int] = field(default_factory=dict)
    micro_usd: int = 0


@dataclass(frozen=True, slots=True)
class Findings:
    """What a replay has found so far.

    changes: by `<action>><action>`; the same action twice is another reply or severity. clauses: by clause that fires in
    one version only. left_out: messages that could not be replayed, by why. facts_of_today: messages of an older
    release, of which today's facts had to be taken. otherwise_then: messages about which the active version itself
    decides otherwise now than was decided then.
    """

    looked_at: int = 0
    replayed: int = 0
    changed: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    clauses: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    facts_of_today: int = 0
    otherwise_then: int = 0
    before: Load = field(default_factory=Load)
    after: Load = field(default_factory=Load)


@dataclass(frozen=True, slots=True)
class Versions:
    """What decides: a guideline version, the name of what reads the texts for it, and what people taught that reader."""

    guideline: str
    classifier: str
    correction: str | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """A draft version, tried on what was said between `since` and `until`, beside the version that was active."""

    id: str
    workspace: str
    state: ReplayState
    draft: Versions
    active: Versions
    since: datetime
    until: datetime
    """Also when it was asked for."""
    ended_at: datetime | None = None
    findings: Findings = field(default_factory=Findings)
    """What was found, once it is done."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ReplayMark:
    """How far a replay has come; `turns` is what a change is fenced by."""

    findings: Findings = field(default_factory=Findings)
    after: str | None = None
    """Where in the inbox it goes on."""
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """One decision that would change, with both rationales; clauses: those that fire in one of them only."""

    interaction: str
    before: TriageDecision
    after: TriageDecision
    clauses: tuple[str, ...] = ()

    @property
    def change(self) -> str:
        """From which action to which."""
        return f"{self.before.action.value}>{self.after.action.value}"


def compared(interaction: str, before: TriageDecision, after: TriageDecision) -> Changed | None:
    """What would change for one message; None where nothing would that anybody could notice."""
    if _felt(before) == _felt(after):
        return None
    apart = set(before.rationale.clauses) ^ set(after.rationale.clauses)
    return Changed(interaction, before, after, tuple(sorted(apart)))


def _felt(one: TriageDecision) -> tuple[object, ...]:
    """What of a decision somebody would notice: what is done, with which words, how soon a person looks."""
    return one.action, one.template, one.moderate, one.severity


def counted(
    findings: Findings,
    before: TriageDecision,
    after: TriageDecision,
    then: TriageDecision,
    *,
    known: bool,
    costs: tuple[int, int],
) -> Findings:
    """The findings with one message more. then: what was decided. known: whether its facts are that moment's.

    costs: of the answer, in micro-dollars, by the version before and after.
    """
    found = compared("", before, after)
    clauses, changes = Counter(findings.clauses), Counter(findings.changes)
    if found is not None:
        changes[found.change] += 1
        clauses.update(found.clauses or (BY_SETTINGS,))
    return replace(
        findings,
        looked_at=findings.looked_at + 1,
        replayed=findings.replayed + 1,
        changed=findings.changed + (found is not None),
        changes=dict(changes),
        clauses=dict(clauses),
        facts_of_today=findings.facts_of_today + (not known),
        otherwise_then=findings.otherwise_then + (before.action is not then.action),
        before=_loaded(findings.before, before.action, costs[0]),
        after=_loaded(findings.after, after.action, costs[1]),
    )


def left_out(findings: Findings, why: str) -> Findings:
    """The findings with one message more, that could not be replayed."""
    found = Counter(findings.left_out)
    found[why] += 1
    return replace(findings, looked_at=findings.looked_at + 1, left_out=dict(found))


def _loaded(load: Load, action: TriageAction, micro_usd: int) -> Load:
    actions = Counter(load.actions)
    actions[action.value] += 1
    return Load(dict(actions), load.micro_usd + micro_usd)


def _named(one: Versions) -> str:
    return "no correction" if one.correction is None else f"correction {one.correction}"


def unfit(one: Replay, draft: Versions, active: Versions, now: datetime) -> str | None:
    """Why a replay does not allow this version to be activated now, in words; None where it does."""
    if one.draft.guideline != draft.guideline:
        return f"it tried version {one.draft.guideline}, not {draft.guideline}"
    if one.active.guideline != active.guideline:
        return f"it compared with version {one.active.guideline}, and {active.guideline} is active by now"
    if one.active.correction != active.correction:
        return f"it compared with {_named(one.active)}, and {_named(active)} is in force by now"
    if one.draft.correction != draft.correction:
        return f"it tried {_named(one.draft)}, not {_named(draft)}"
    if (one.draft, one.active) != (draft, active):
        return "texts are read by another classifier by now"
    if one.state is ReplayState.RUNNING:
        return "it is not complete yet"
    if one.ended_at is None or now >= one.ended_at + HOLDS_FOR:
        return f"it is older than {HOLDS_FOR // timedelta(hours=1)} hours"
    return None
