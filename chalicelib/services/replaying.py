"""Replaying: a draft guideline, or what people taught the reader, is tried on what was said lately, beside what is in force.

It decides nothing and writes nothing but its own findings, which hold rationales and never a text. Whatever is
interrupted goes on: a page gives the same findings under the same keys, however often it is gone through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.correction import Correction
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.labels import Signals
from chalicelib.domain.rationale import Actor
from chalicelib.domain.replay import (
    REPLAY,
    Changed,
    Findings,
    Replay,
    ReplayMark,
    ReplayState,
    Versions,
    compared,
    counted,
    left_out,
    unfit,
)
from chalicelib.domain.second_opinion import recorded
from chalicelib.domain.triage import ThreadFacts, TriageDecision
from chalicelib.domain.when import NOTHING_KNOWN, Around
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import ABSENT, ConditionFailed, Delete, Equals, Key, Put
from chalicelib.services import circumstances, deciding, guidelines, matters, readers, replies
from chalicelib.services.desk import Desk, Policy
from chalicelib.services.matter import Matter
from chalicelib.signals.reading import read
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from chalicelib.store.packing import packed
from chalicelib.store.repository import Listing, Stale
from connectors.contract import Draft

WORKER = Actor.worker("replay")

TOGETHER = 50
"""Messages that are replayed between two marks: about a fifth of a second."""


def slice_of(policy: Policy) -> timedelta:
    """How long a worker goes on before it lets others have their turn; the next tick asks for more."""
    return policy.tick_every / 2


def begin(desk: Desk, caller: Caller, version: str, days: int, now: datetime) -> Replay:
    """Try a version on what was said in the last `days`. Nothing is replayed before `work`. Raises NotFound."""
    workspace = desk.workspace(caller.workspace)
    guidelines.get(desk, workspace.id, version)
    why = f"version {version} beside {workspace.guideline}, on {days} days"
    return begun(desk, caller, workspace, replace(active(workspace), guideline=version), days, why, now)


def active(workspace: Workspace) -> Versions:
    """What decides in a workspace now."""
    return Versions(workspace.guideline, readers.classifier(), workspace.correction)


def begun(
    desk: Desk, caller: Caller, workspace: Workspace, draft: Versions, days: int, why: str, now: datetime
) -> Replay:
    """A replay of what is to decide beside what decides now."""
    found = Replay(
        id=desk.new_id(),
        workspace=workspace.id,
        state=ReplayState.RUNNING,
        draft=draft,
        active=active(workspace),
        since=now - timedelta(days=days),
        until=now,
    )
    actor = Actor.member(caller.member)
    event = AuditEvent(workspace.id, f"replay:{found.id}", "begin", now, actor, why, None, found.state.value)
    return desk.store.replays.create(found, event)


def get(desk: Desk, workspace: str, replay_id: str) -> Replay:
    """A replay. Raises NotFound."""
    found = desk.store.replays.get(workspace, replay_id)
    if found is None:
        raise NotFound
    return found


def ground(desk: Desk, workspace: Workspace, draft: Versions, replay_id: str, now: datetime, what: str) -> str:
    """What a replay says for putting a draft in force, for the audit trail. what: the draft, in a word.

    Raises NotFound; Conflict where the replay is of something else, not complete, or too old.
    """
    found = get(desk, workspace.id, replay_id)
    if (objection := unfit(found, draft, active(workspace), now)) is not None:
        raise Conflict(
            f"the replay cannot be relied on: {objection}", fix=f"Replay the {what} again, and name that replay."
        )
    return f"replay {replay_id}: {found.findings.changed} of {found.findings.replayed} decisions change"


def findings(desk: Desk, found: Replay) -> Findings:
    """What it has found so far."""
    return _progress(desk, found).findings if found.state is ReplayState.RUNNING else found.findings


def changes(desk: Desk, found: Replay, limit: int, after: str | None) -> Listing[Changed]:
    """A page of the decisions that would change, the newest message first; empty once they are forgotten."""
    pk = keys.replay(found.workspace, found.id).pk
    page = desk.store.table.query(pk, prefix=keys.CHANGE, limit=limit, after=after)
    return Listing([decode(Changed, item) for item in page.items], page.after)


def work(desk: Desk, workspace: str, replay_id: str, now: datetime, enough: Callable[[], bool]) -> ReplayState:
    """Go on with a replay where it stands, page by page, until `enough` says so; what it is then. Safe to repeat."""
    found = get(desk, workspace, replay_id)
    if found.state is ReplayState.RUNNING and found.active.classifier != readers.classifier():
        return _moved(
            desk,
            found,
            replace(found, findings=findings(desk, found)),
            "expire",
            "texts are read otherwise by now",
            now,
        )
    if found.state is not ReplayState.RUNNING:
        return _forgotten(desk, found, now)
    mark = _progress(desk, found)
    while True:
        mark, last = _page(desk, found, mark, now)
        if last:
            why = f"{mark.findings.changed} of {mark.findings.replayed} decisions would change"
            return _moved(desk, found, replace(found, findings=mark.findings, ended_at=now), "finish", why, now)
        moved = _marked(desk, found, mark)
        if moved is None or enough():
            return get(desk, workspace, replay_id).state
        mark = moved


# --- one page --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """One message, decided by both versions."""

    before: TriageDecision
    after: TriageDecision
    then: TriageDecision
    known: bool


@dataclass(frozen=True, slots=True)
class _Decider:
    """A guideline, and what people taught the reader of the texts."""

    guideline: Guideline
    correction: Correction | None


@dataclass(frozen=True, slots=True)
class _Deciders:
    """What decides now, and what is to."""

    active: _Decider
    draft: _Decider


def _deciders(desk: Desk, found: Replay) -> _Deciders:
    def decider(one: Versions) -> _Decider:
        guideline = desk.guideline_of(found.workspace, one.guideline)
        return _Decider(guideline, desk.correction_of(found.workspace, one.correction))

    return _Deciders(decider(found.active), decider(found.draft))


def _page(desk: Desk, found: Replay, mark: ReplayMark, now: datetime) -> tuple[ReplayMark, bool]:
    """The mark behind one page more, its changes written; and whether it was the last one."""
    shelf = keys.shelf(found.workspace, "INBOX")
    page = desk.store.interactions.listed(shelf, limit=TOGETHER, after=mark.after, newest_first=True)
    within = [one for one in page.items if found.since <= one.created_at and one.received_at <= found.until]
    findings, changed = mark.findings, list[Changed]()
    both = _deciders(desk, found)
    for one in _matters(desk, found, within, both.draft.guideline, now):
        pair = _replayed(desk, one, both)
        if isinstance(pair, str):
            findings = left_out(findings, pair)
            continue
        costs = (
            _cost(desk, one, both.active.guideline, pair.before),
            _cost(desk, one, both.draft.guideline, pair.after),
        )
        findings = counted(findings, pair.before, pair.after, pair.then, known=pair.known, costs=costs)
        if (change := compared(one.interaction.id, pair.before, pair.after)) is not None:
            changed.append(change)
    _keep(desk, found, mark.findings.changed, changed)
    last = page.after is None or any(one.created_at < found.since for one in page.items)
    return replace(mark, findings=findings, after=page.after), last


def _matters(desk: Desk, found: Replay, within: Sequence[Interaction], draft: Guideline, now: datetime) -> list[Matter]:
    """The messages with what lies around them today, as far as the draft asks for it; none is ruled about yet."""
    if not within:
        return []
    loaded = matters.load(desk, found.workspace, within, now)
    return [
        replace(one, interaction=replace(one.interaction, ruling=None))
        for one in circumstances.added(desk, [replace(each, guideline=draft) for each in loaded], now)
    ]


def _replayed(desk: Desk, matter: Matter, both: _Deciders) -> _Pair | str:
    """What both versions say about a matter; or why it cannot be replayed."""
    then = matter.interaction.decision
    if then is None:
        return "nothing was decided about it yet"
    if matter.interaction.state is InteractionState.WITHDRAWN:
        return "it was taken back where it was said"
    if matter.content is None:
        return "its text is no longer kept"
    facts, at = _facts(matter.interaction), then.decided_at
    around = deciding.facts_of(replace(matter, guideline=both.active.guideline), at) if facts is None else facts
    around = replace(around, around=_known(around.around, matter.around))
    if both.active.guideline.moderates or both.draft.guideline.moderates:
        around = deciding.able(desk, matter, around)
    said, heard = matter.content.text, recorded(then.rationale.evidence)

    def decided(one: _Decider, signals: Signals) -> TriageDecision:
        return deciding.decided(matter, one.guideline, signals, around, at, heard)

    signals = read(said, correction=both.active.correction)
    alike = both.draft.correction is both.active.correction
    other = signals if alike else read(said, correction=both.draft.correction)
    return _Pair(decided(both.active, signals), decided(both.draft, other), then, facts is not None)


def _facts(interaction: Interaction) -> ThreadFacts | None:
    """What was known around it when it was decided; None where an older release did not keep that."""
    then = interaction.decision
    if then is None or then.facts is not None:
        return None if then is None else then.facts
    return ThreadFacts() if then.template is not None else None  # nothing spoke against an answer that was given


def _known(then: Around, today: Around) -> Around:
    """What is known of then, and today's where that was not asked for."""
    asked = {
        one.name: getattr(then, one.name)
        for one in fields(then)
        if getattr(then, one.name) != getattr(NOTHING_KNOWN, one.name)
    }
    return replace(today, **asked)


def _cost(desk: Desk, matter: Matter, guideline: Guideline, decision: TriageDecision) -> int:
    """What the answer costs where it is said, in micro-dollars; 0 without one, and where it could not be worded."""
    if decision.template is None or matter.account is None:
        return 0
    try:
        template = replies.named(desk, matter.workspace.id, decision.template)
        text = replies.text(template, replace(matter, guideline=guideline), matter.account, by_machine=True)
    except (NotFound, replies.Unsayable):
        return 0
    price = desk.platforms.price(matter.interaction.platform, Draft(text))
    return 0 if price is None else price.micro_usd


def _keep(desk: Desk, found: Replay, first: int, changed: Sequence[Changed]) -> None:
    """Write the changes of a page, numbered from `first`: gone through again, they lie where they lay."""
    puts = []
    for number, one in enumerate(changed, first):
        key = keys.replay_change(found.workspace, found.id, number)
        row = encode(one) | {"before": packed(encode(one.before)), "after": packed(encode(one.after))}
        puts.append([Put({"pk": key.pk, "sk": key.sk, **row})])
    if puts:
        desk.store.table.transact_each(puts)


# --- how far it is ---------------------------------------------------------------------------------------------------


def _progress(desk: Desk, found: Replay) -> ReplayMark:
    item = desk.store.table.get(keys.replay_progress(found.workspace, found.id))
    return ReplayMark() if item is None else decode(ReplayMark, item)


def _marked(desk: Desk, found: Replay, mark: ReplayMark) -> ReplayMark | None:
    """The mark as it lies there now; None where another worker went on since."""
    after = replace(mark, turns=mark.turns + 1)
    key = keys.replay_progress(found.workspace, found.id)
    try:
        desk.store.table.put(
            {"pk": key.pk, "sk": key.sk, **encode(after)}, Equals("turns", mark.turns) if mark.turns else ABSENT
        )
    except ConditionFailed:
        return None
    return after


def _forgotten(desk: Desk, found: Replay, now: datetime) -> ReplayState:
    """Forget the changes of a replay that is old enough."""
    from chalicelib.domain.replay import KEPT_FOR

    if found.state is ReplayState.EXPIRED or now < found.until + KEPT_FOR:
        return found.state
    pk = keys.replay(found.workspace, found.id).pk
    while rows := desk.store.table.query(pk, prefix=keys.CHANGE, limit=TOGETHER).items:
        desk.store.table.transact([Delete(Key(one["pk"], one["sk"])) for one in rows])
    return _moved(desk, found, found, "expire", "its changes are no longer kept", now)


def _moved(desk: Desk, found: Replay, after: Replay, act: str, why: str, now: datetime) -> ReplayState:
    """The state after an edge; the present one where another worker was faster."""
    after = replace(after, state=REPLAY.move(found.state, act))
    try:
        event = desk.store.replays.moved(found, after, act, now, WORKER, why)
        return desk.store.replays.save(found, after, event).state
    except Stale:
        return get(desk, found.workspace, found.id).state
