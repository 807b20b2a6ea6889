"""Shadowing: another guideline version is asked about each message beside the active one, and decides nothing.

It costs a write only where the two disagree: what the shadow said lies on the interaction, and a count of the day goes
with it. Whatever goes wrong in a shadow is counted, and the live decision never learns of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.labels import Signals
from chalicelib.domain.rationale import Actor
from chalicelib.domain.replay import Changed, compared
from chalicelib.domain.triage import ThreadFacts, TriageDecision
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import Change, Item, Update
from chalicelib.services.desk import Desk
from chalicelib.services.matter import Matter
from chalicelib.store import keys
from chalicelib.store.repository import Stale

REPORTED_DAYS: Final = 30
FAILED: Final = "failed"
"""How a message is counted about which the shadow could not decide."""


@dataclass(frozen=True, slots=True)
class Disagreements:
    """What a shadow said otherwise in the last days: counts by `<live>><shadow>`, some examples of each, and failures.

    The newest messages stand as examples; a decision that was made anew since is left out.
    """

    version: str
    counts: dict[str, int]
    failed: int
    examples: tuple[Changed, ...]


def beside(
    desk: Desk,
    matter: Matter,
    signals: Signals,
    live: TriageDecision,
    decide_by: Callable[[ThreadFacts, Guideline], TriageDecision],
) -> tuple[TriageDecision | None, tuple[Update, ...]]:
    """What the shadow says about a matter where it disagrees, and its count; nothing without a shadow.

    Under the facts of the live decision; decide_by: how that came about. It never raises for what goes wrong in the shadow.
    """
    version = matter.workspace.shadow
    if version is None or version == live.guideline:
        return None, ()
    from chalicelib.services import triaging

    key = keys.shadow_day(matter.workspace.id, version, live.decided_at, matter.interaction.id)
    try:
        guideline = desk.guideline_of(matter.workspace.id, version)
        facts = live.facts or triaging.facts_of(matter, live.decided_at)
        facts = triaging.able(desk, matter, facts) if guideline.moderates else facts
        said = decide_by(facts, guideline)
        found = compared(matter.interaction.id, live, said)
    except Exception:  # noqa: BLE001 - the live decision stands, whatever a shadow does
        return None, (Update(key, Change(add={FAILED: 1})),)
    if found is None:
        return None, ()
    # What was read of the text is the live decision's: here it would only make the interaction longer.
    own = tuple(one for one in said.rationale.evidence if one not in signals.evidence)
    kept = replace(said, rationale=replace(said.rationale, evidence=own), facts=None, figures=None)
    counted = Change(add={f"n:{found.change}": 1}, set={f"x:{found.change}": matter.interaction.id})
    return kept, (Update(key, counted),)


def put_on(desk: Desk, caller: Caller, version: str | None, why: str, now: datetime) -> Workspace:
    """Have a version asked beside the active one from now on; None: none is. Raises NotFound, Conflict."""
    workspace = desk.workspace(caller.workspace)
    if version is not None and desk.store.guideline_version(workspace.id, version) is None:
        raise NotFound
    if version == workspace.guideline:
        raise Conflict("this version is the active one", fix="Name another version.")
    if version == workspace.shadow:
        return workspace
    event = AuditEvent(
        workspace.id,
        f"workspace:{workspace.id}",
        "set_shadow",
        now,
        Actor.member(caller.member),
        why,
        workspace.shadow,
        version,
    )
    try:
        return desk.store.workspaces.save(workspace, replace(workspace, shadow=version), event)
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale


def disagreements(desk: Desk, workspace: Workspace, now: datetime) -> Disagreements | None:
    """What the shadow said otherwise in the last 30 days; None where there is none."""
    if workspace.shadow is None:
        return None
    counts: Counter[str] = Counter()
    failed = 0
    named: dict[str, None] = {}
    for fields in _days(desk, workspace.id, workspace.shadow, now):
        failed += int(fields.get(FAILED, 0))
        counts.update({name[2:]: int(value) for name, value in fields.items() if name.startswith("n:")})
        named.update({str(value): None for name, value in fields.items() if name.startswith("x:")})
    held = desk.store.interactions.get_many(keys.interaction(workspace.id, one) for one in named)
    return Disagreements(workspace.shadow, dict(counts), failed, tuple(_examples(held, workspace.shadow)))


def _days(desk: Desk, workspace: str, version: str, now: datetime) -> Iterator[Item]:
    """The counters of the last days, the newest day first."""
    first = keys.shadow_day(workspace, version, now - timedelta(days=REPORTED_DAYS), "")
    after: str | None = None
    while True:
        page = desk.store.table.query(first.pk, prefix="DAY#", newest_first=True, after=after)
        yield from (one for one in page.items if one["sk"] >= first.sk)
        after = page.after
        if after is None or page.items[-1]["sk"] < first.sk:
            return


def _examples(held: list[Interaction], version: str) -> Iterator[Changed]:
    for one in held:
        if one.decision is not None and one.shadow is not None and one.shadow.guideline == version:
            found = compared(one.id, one.decision, one.shadow)
            if found is not None:
                yield found
