"""Triage: what to do about one interaction, decided from signals, guideline and thread facts. Pure and total.

The costly error is answering a risky message automatically: whatever is unsure goes to a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.answers import Mode
from chalicelib.domain.guideline import Clause, Fired, Guideline
from chalicelib.domain.labels import ANSWERABLE, INTENTS, RISKS, URGENT, Label, Signals, TriageAction
from chalicelib.domain.listening import NOT_SAID_TO_US, PRIVATE
from chalicelib.domain.rationale import Actor, Evidence, Rationale, Refused
from chalicelib.domain.when import NOTHING_KNOWN, WORDED, Around

REPORTED = "report"
"""The kind of what somebody brought before us: whatever it says, they are owed a look."""
HISTORY = "it was read back, from before the account was connected"
"""Why nothing is done about it: whoever said it waits for nothing any more."""
OVERHEARD = frozenset({"community", "keyword"})
"""Kinds that nobody brought before us: without a risk nobody has to look at them."""


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """What is known around one interaction when it is decided.

    human_touched: a person of ours acted in this conversation. answered_recently: an automatic answer went to this
    member, or into this conversation, within the window. may_answer: the account can and may speak there now.
    """

    human_touched: bool = False
    answered_recently: bool = False
    may_answer: bool = True
    why_not: str = ""
    moderations: tuple[str, ...] = ()
    """What may be done about it on its platform; words of the connector contract."""
    why_not_moderated: str = ""
    around: Around = NOTHING_KNOWN
    """What the guideline's clauses ask for beside the text."""
    history: bool = False
    """Whether it was read back, from before the account was connected."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was read of a text when it was decided about: each label in whole permille, those that are 0 left out.

    language, complete, p_auto, familiar, hides, likeliest, likely: as `Signals` has them. likeliest is left out where it is told.
    """

    labels: Mapping[Label, int]
    language: str | None = None
    complete: bool = True
    p_auto: int | None = None
    familiar: bool = True
    hides: bool = False
    likeliest: str | None = None
    likely: int | None = None

    @classmethod
    def of(cls, signals: Signals) -> Figures:
        """The figures of a reading, without its words."""
        labels = {label: figure for label, figure in _permille(signals.labels).items() if figure}
        return cls(
            labels,
            signals.language,
            signals.complete,
            signals.p_auto,
            signals.familiar,
            signals.hides,
            None if signals.likeliest == signals.language else signals.likeliest,
            signals.likely,
        )


@dataclass(frozen=True, slots=True)
class TriageDecision:
    """Action and rationale, with the versions that led to it: all that `derived` needs to come to the same again.

    template: names the reply where the action is ANSWER, or where nothing but the guideline's mode has a person say it.
    """

    action: TriageAction
    intent: str
    risks: tuple[str, ...]
    severity: int
    """0 (none) to 3 (a life may be at stake): orders the review queue."""
    rationale: Rationale
    guideline: str
    classifier: str
    decided_at: datetime
    template: str | None = None
    moderate: str | None = None
    """What is done on the platform where the action is MODERATE."""
    facts: ThreadFacts | None = None
    """What was known around it in that moment; None where an older release decided."""
    figures: Figures | None = None
    """What was read of it in that moment; None where an older release decided."""


class NotInRecord(Exception):
    """A decision's record does not hold all that led to it: an older release made it."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The figures behind a decision: clamped permille per label, the joint risk, and the intent with its strength."""

    permille: Mapping[Label, int]
    joint: int
    intent: Label | None
    strength: int


def decide(
    *,
    guideline: Guideline,
    signals: Signals,
    facts: ThreadFacts,
    actor: Actor,
    now: datetime,
    kind: str = "",
    platform: str = "",
) -> TriageDecision:
    """What to do about one interaction, and why. Total: every input has a decision, and the same input the same one.

    Escalation beats moderation, which beats review, which beats the rest. A risk may only raise the action. Of what was read
    back a person sees what may be urgent or a clause escalates, and the rest asks nothing of anybody. ANSWER needs a clause
    that says so, a reply for the intent, every risk below the guideline's `low`, a language of the guideline, and a
    thread in which an automatic voice is in place; whatever is left over goes to a person.
    kind and platform are the interaction's; the strings of the connector contract.
    """
    around = replace(facts.around, human_touched=facts.human_touched)
    fired = guideline.fired(signals, kind=kind, platform=platform, around=around, at=now)
    evidence = signals.evidence + tuple(mark for hit in fired for mark in hit.evidence)
    return _concluded(guideline, fired, Figures.of(signals), facts, evidence, signals.classifier, actor, now, kind)


def derived(decision: TriageDecision, guideline: Guideline, *, kind: str) -> TriageDecision:
    """The decision once more, from its record alone: no text is read, and none is searched for what a clause names.

    guideline: the version that it names; kind: the interaction's. What a second reader said is in the figures; that it was
    heard is told in the record's words only. Raises NotInRecord, and ValueError for another version.
    """
    if decision.guideline != guideline.version:
        raise ValueError(f"it was decided by version {decision.guideline}")
    why, figures = decision.rationale, decision.figures
    clauses = {clause.id: clause for clause in guideline.clauses}
    if figures is None or decision.facts is None or not clauses.keys() >= set(why.clauses):
        raise NotInRecord
    fired = tuple(Fired(clauses[one], _strength(clauses[one], figures, why.evidence)) for one in why.clauses)
    return _concluded(
        guideline,
        fired,
        figures,
        decision.facts,
        why.evidence,
        decision.classifier,
        why.actor,
        decision.decided_at,
        kind,
    )


def _strength(clause: Clause, figures: Figures, evidence: Sequence[Evidence]) -> int:
    """How strongly a clause fired (permille), by what its decision kept: see `When.found`."""
    worded = any(mark.label == clause.id and mark.rule in WORDED for mark in evidence)
    if worded or not clause.when.reads:
        return 1000
    reached = ((figures.labels.get(label, 0), least) for label, least in clause.when.labels.items())
    return max((figure for figure, least in reached if figure >= least), default=0)


def _concluded(
    guideline: Guideline,
    fired: Sequence[Fired],
    figures: Figures,
    facts: ThreadFacts,
    evidence: tuple[Evidence, ...],
    classifier: str,
    actor: Actor,
    now: datetime,
    kind: str,
) -> TriageDecision:
    """What follows from the clauses that fired, the figures and the facts."""
    read = _weigh(figures.labels)
    low = guideline.thresholds.low
    risks = tuple(label for label in Label if label in RISKS and read.permille[label] >= low)
    objections = _objections(guideline, figures, facts, read, fired, kind)
    suggested = not objections and guideline.answers.mode is Mode.SUGGEST
    if suggested:
        objections = ("the guideline has a person say it",)
    action, leading = _choose(fired, figures, read, low, objections, facts, kind)
    if facts.history:
        action, leading = _as_history(action, leading, read, low)
    untouched = _why_untouched(action, leading, figures, facts, kind)
    if kind == REPORTED and action is TriageAction.IGNORE:
        action, leading = TriageAction.REVIEW, None
    if kind in OVERHEARD and action is TriageAction.REVIEW and leading is None:
        action = TriageAction.IGNORE if _harmless(guideline, figures, read, low) else action
    rationale = Rationale(
        why=_why(action, leading, objections, untouched, facts),
        actor=actor,
        clauses=tuple(hit.clause.id for hit in fired),
        evidence=evidence,
        confidence=_confidence(action, leading, read),
        refused=_refused(action, leading, objections, low, untouched, facts, figures),
    )
    return TriageDecision(
        action=action,
        intent=read.intent.value if read.intent else "other",
        risks=tuple(label.value for label in risks),
        severity=_severity(fired, risks),
        rationale=rationale,
        guideline=guideline.version,
        classifier=classifier,
        decided_at=now,
        template=guideline.answers.replies[read.intent]
        if (action is TriageAction.ANSWER or suggested) and read.intent is not None
        else None,
        moderate=leading.clause.moderate if action is TriageAction.MODERATE and leading is not None else None,
        facts=facts,
        figures=figures,
    )


def joint_risk(signals: Signals) -> int:
    """How likely a text is risky in any way, in permille: its risks joined as if they were independent."""
    return _weigh(signals.labels).joint


def _permille(labels: Mapping[Label, int]) -> dict[Label, int]:
    """Every label's figure, clamped."""
    return {label: min(1000, max(0, labels.get(label, 0))) for label in Label}


def _weigh(labels: Mapping[Label, int]) -> _Reading:
    """Clamp what was read, join the risks as if they were independent (noisy-or), and find the intent."""
    permille = _permille(labels)
    safe = 1000
    for label in RISKS:
        safe = safe * (1000 - permille[label]) // 1000
    intent = max(INTENTS, key=lambda label: permille[label])
    strength = permille[intent]
    return _Reading(permille, 1000 - safe, intent if strength else None, strength)


def _objections(
    guideline: Guideline,
    figures: Figures,
    facts: ThreadFacts,
    read: _Reading,
    fired: Sequence[Fired],
    kind: str,
) -> tuple[str, ...]:
    """Every reason against an automatic answer, in words; none means that it may be given."""
    low, answers = guideline.thresholds.low, guideline.answers
    found: list[str] = []
    if not any(hit.clause.action is TriageAction.ANSWER and read.intent in hit.clause.when.labels for hit in fired):
        found.append("no clause says that this kind of message may be answered automatically")
    if read.intent not in ANSWERABLE or read.intent not in answers.replies:
        found.append("the guideline has no reply for this intent")
    if read.joint >= low:
        found.append(f"the joint risk is {read.joint} permille, not below {low}")
    found.extend(
        f"it may also be {label.value} ({read.permille[label]} permille)"
        for label in INTENTS
        if label not in ANSWERABLE and read.permille[label] >= low
    )
    least = guideline.thresholds.auto
    if figures.p_auto is not None and figures.p_auto < least:
        found.append(f"an automatic answer is safe to {figures.p_auto} permille only, and {least} are asked for")
    if not figures.familiar:
        found.append("it is unlike the texts that its reader was trained on")
    if figures.language is None:
        found.append(f"its language could not be told{_likely(figures.likeliest, figures.likely)}")
    elif figures.language not in guideline.languages:
        found.append(f"the guideline does not speak its language{_likely(figures.language, figures.likely)}")
    if not figures.complete:
        found.append("it was too long to be read whole")
    if figures.hides:
        found.append("characters in it are unseen or in disguise: people may read something else")
    if facts.human_touched:
        found.append("a person of ours has acted in this conversation")
    if facts.answered_recently:
        found.append("an automatic answer was given within the window")
    if kind in NOT_SAID_TO_US:
        found.append("it was not said to us")
    if kind == PRIVATE:
        found.append("a private message is for a person to answer")
    if not facts.may_answer:
        found.append(facts.why_not or "the account may not speak there now")
    return tuple(found)


def _likely(language: str | None, permille: int | None) -> str:
    """A language and how likely it is, in brackets; nothing where nobody said so."""
    return "" if language is None or permille is None else f" ({language}: {permille} permille)"


def _choose(
    fired: Sequence[Fired],
    figures: Figures,
    read: _Reading,
    low: int,
    objections: tuple[str, ...],
    facts: ThreadFacts,
    kind: str,
) -> tuple[TriageAction, Fired | None]:
    """The action, and the fired clause that leads to it (None where no clause does)."""
    graver = sorted(fired, key=lambda hit: (-hit.clause.severity, -hit.permille))
    by_action = {action: next((hit for hit in graver if hit.clause.action is action), None) for action in TriageAction}
    if hit := by_action[TriageAction.ESCALATE]:
        return TriageAction.ESCALATE, hit
    if moderating := [hit for hit in graver if hit.clause.action is TriageAction.MODERATE]:
        # What may be urgent is for a person to see, whatever the clause would do to it: it may not vanish unread.
        if any(read.permille[label] >= low for label in URGENT):
            return TriageAction.ESCALATE, moderating[0]
        # Any that can be done, not the gravest only: otherwise a risk that rises could take the place of one that can.
        able = (hit for hit in moderating if not _why_untouched(TriageAction.REVIEW, hit, figures, facts, kind))
        hit = next(able, None)
        return (TriageAction.REVIEW, moderating[0]) if hit is None else (TriageAction.MODERATE, hit)
    if hit := by_action[TriageAction.REVIEW]:
        return TriageAction.REVIEW, hit
    if read.joint >= low or not figures.complete:
        return TriageAction.REVIEW, None
    if hit := by_action[TriageAction.IGNORE]:
        return TriageAction.IGNORE, hit
    if not objections:
        answering = (hit for hit in graver if hit.clause.action is TriageAction.ANSWER)
        return TriageAction.ANSWER, next(hit for hit in answering if read.intent in hit.clause.when.labels)
    return TriageAction.REVIEW, None


def _as_history(
    action: TriageAction, leading: Fired | None, read: _Reading, low: int
) -> tuple[TriageAction, Fired | None]:
    """The action about what was read back: nobody is told by mail, and nothing is done by itself."""
    if action is TriageAction.IGNORE:
        return action, leading
    if any(read.permille[label] >= low for label in URGENT) or action is TriageAction.ESCALATE:
        return TriageAction.REVIEW, leading
    return TriageAction.IGNORE, None


def _harmless(guideline: Guideline, figures: Figures, read: _Reading, low: int) -> bool:
    """Whether a text was surely understood, and nothing in it is a risk."""
    return read.joint < low and figures.complete and not figures.hides and figures.language in guideline.languages


def _why_untouched(action: TriageAction, hit: Fired | None, figures: Figures, facts: ThreadFacts, kind: str) -> str:
    """Why what a clause would have done on the platform is not done without a person; empty where it is, or asks for nothing."""
    if hit is None or hit.clause.moderate is None or action is TriageAction.MODERATE:
        return ""
    if action is TriageAction.ESCALATE:
        return "it may be urgent, so a person sees it first"
    if facts.history:
        return HISTORY
    if not figures.complete:
        return "it was too long to be read whole"
    if kind == REPORTED:
        return "whoever reports something is owed a look"
    if hit.clause.moderate not in facts.moderations:
        return facts.why_not_moderated or "the platform cannot do it there"
    return ""


def _why(
    action: TriageAction, leading: Fired | None, objections: tuple[str, ...], untouched: str, facts: ThreadFacts
) -> str:
    if leading is not None:
        why, wanted = f"Clause {leading.clause.id}: {leading.clause.reason}", leading.clause.moderate
        return f"{why}. It was not done ({wanted}): {untouched}" if untouched else why
    if action is TriageAction.IGNORE and facts.history:
        return f"Nobody is asked: {HISTORY}."
    if action is TriageAction.IGNORE:
        return "Nobody said it to us, and no risk was seen in it."
    return f"A person decides ({action.value}): {'; '.join(objections)}."


def _confidence(action: TriageAction, leading: Fired | None, read: _Reading) -> int:
    """How sure the reading behind the action is, in permille; an answer and an ignore are no surer than the risk is low."""
    if leading is None:
        return 1000 - read.joint if action is TriageAction.IGNORE else read.strength
    if action.rank >= TriageAction.REVIEW.rank:
        return leading.permille
    return min(leading.permille, 1000 - read.joint)


def _refused(
    action: TriageAction,
    leading: Fired | None,
    objections: tuple[str, ...],
    low: int,
    untouched: str,
    facts: ThreadFacts,
    figures: Figures,
) -> tuple[Refused, ...]:
    """What else was considered, and why it was not done."""
    if action is TriageAction.ANSWER:
        language = _likely(figures.language, figures.likely)
        return (
            Refused(
                TriageAction.REVIEW,
                f"the joint risk is below {low} permille and nothing speaks against an answer"
                f"{f' in its language{language}' if language else ''}",
            ),
            Refused(TriageAction.IGNORE, "the member deserves an answer"),
        )
    because = f"clause {leading.clause.id} asks for '{leading.clause.action.value}'" if leading else ""
    if action is TriageAction.IGNORE and leading is None:
        because = HISTORY if facts.history else "nobody said it to us"
    answer = tuple(Refused(TriageAction.ANSWER, why) for why in objections) or (Refused(TriageAction.ANSWER, because),)
    if action is TriageAction.IGNORE and facts.history:
        return (Refused(TriageAction.REVIEW, because), *answer)
    if action is TriageAction.IGNORE:
        return (Refused(TriageAction.REVIEW, f"{because}, and the joint risk is below {low} permille"), *answer)
    if action is TriageAction.ESCALATE:
        hurry = Refused(TriageAction.REVIEW, f"{because}: it cannot wait for its turn in the queue")
        return (Refused(TriageAction.MODERATE, untouched), hurry, *answer) if untouched else (hurry, *answer)
    if action is TriageAction.MODERATE:
        undoes = f"{because}, which can be undone in one step"
        return (Refused(TriageAction.REVIEW, undoes), *answer, Refused(TriageAction.IGNORE, because))
    alone = Refused(TriageAction.IGNORE, because or "no clause says that it can be left alone")
    later = (Refused(TriageAction.ESCALATE, HISTORY),) if facts.history else ()
    return (*later, *([Refused(TriageAction.MODERATE, untouched)] if untouched else []), *answer, alone)


def _severity(fired: Sequence[Fired], risks: Sequence[Label]) -> int:
    """0 to 3: the gravest clause, and never below 1 where a risk was seen, nor below 2 where it is an urgent one."""
    seen = 2 if any(label in URGENT for label in risks) else 1 if risks else 0
    return max([seen, *(hit.clause.severity for hit in fired)])
