"""Shadowing: a guideline version, or a correction, is asked about each message beside what is live, and decides nothing.

There may be one shadow of either: each changes one thing alone, so that what it says otherwise is owed to that. It costs a write
only where it disagrees with the live decision: what it said lies on the interaction, and a count of the day goes with it.
Whatever goes wrong in a shadow is counted, and the live decision never learns of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.domain.access import Caller
from chalicelib.domain.correction import taught
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.labels import Signals
from chalicelib.domain.replay import Changed, compared
from chalicelib.domain.triage import ThreadFacts, TriageDecision
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import Change, Item, Key, Update
from chalicelib.services import choosing, deciding, readers
from chalicelib.services.desk import Desk
from chalicelib.services.matter import Matter
from chalicelib.signals.reading import read
from chalicelib.store import keys

REPORTED_DAYS: Final = 30
FAILED: Final = "failed"
"""How a message is counted about which the shadow could not decide."""


class Part(StrEnum):
    """What of that which decides may have a shadow."""

    GUIDELINE = "guideline"
    CORRECTION = "correction"


ACTS: Final = {Part.GUIDELINE: "set_shadow", Part.CORRECTION: "set_correction_shadow"}
"""What putting on a shadow, or taking it off, is called in the audit trail."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the shadows said of one message where they disagreed; None where one agreed, failed, or was not asked."""

    guideline: TriageDecision | None = None
    correction: TriageDecision | None = None


@dataclass(frozen=True, slots=True)
class Disagreements:
    """What a shadow said otherwise in the last days: counts by `<live>><shadow>`, some examples of each, and failures.

    The newest messages stand as examples; a decision that was made anew since is left out.
    """

    shadow: str
    counts: dict[str, int]
    failed: int
    examples: tuple[Changed, ...]


def of(workspace: Workspace, part: Part) -> str | None:
    """Id of what is asked beside what is live; None where nothing is."""
    return workspace.shadow if part is Part.GUIDELINE else workspace.correction_shadow


def live(workspace: Workspace, part: Part) -> str | None:
    """Id of what decides; None where no correction does."""
    return workspace.guideline if part is Part.GUIDELINE else workspace.correction


def beside(
    desk: Desk,
    matter: Matter,
    signals: Signals,
    decision: TriageDecision,
    decide_by: Callable[[ThreadFacts, Guideline, Signals], TriageDecision],
) -> tuple[Said, tuple[Update, ...]]:
    """What the shadows say about a matter where they disagree, and their counts; nothing without one.

    Under the facts of the live decision; decide_by: how that came about. It never raises for what goes wrong in a shadow.
    """
    said: dict[str, TriageDecision] = {}
    counted: list[Update] = []
    for part in Part:
        shadow = of(matter.workspace, part)
        if shadow is None or shadow == live(matter.workspace, part):
            continue
        key = _day(matter.workspace.id, part, shadow, decision.decided_at, matter.interaction.id)
        try:
            found = _asked(desk, matter, signals, decision, decide_by, part, shadow)
        except Exception:  # noqa: BLE001 - the live decision stands, whatever a shadow does
            counted.append(Update(key, Change(add={FAILED: 1})))
            continue
        if found is not None:
            said[part.value] = found.after
            change = Change(add={f"n:{found.change}": 1}, set={f"x:{found.change}": matter.interaction.id})
            counted.append(Update(key, change))
    return Said(**said), tuple(counted)


def put_on(desk: Desk, caller: Caller, part: Part, shadow: str | None, why: str, now: datetime) -> Workspace:
    """Have a version, or a correction, asked beside what is live from now on; None: none is.

    Raises NotFound; Conflict where it is live already, and for a correction that says nothing with this release.
    """
    workspace = desk.workspace(caller.workspace)
    if shadow is not None:
        _check(desk, workspace, part, shadow)
    if shadow == of(workspace, part):
        return workspace
    after = _with(workspace, part, shadow)
    turned = of(workspace, part), shadow
    return choosing.chosen(desk, caller, workspace, after, ACTS[part], why, now, turned=turned)


def lifted(workspace: Workspace) -> Workspace:
    """The workspace without a shadow of what is live by now."""
    for part in Part:
        if of(workspace, part) == live(workspace, part):
            workspace = _with(workspace, part, None)
    return workspace


def disagreements(desk: Desk, workspace: Workspace, part: Part, now: datetime) -> Disagreements | None:
    """What the shadow said otherwise in the last 30 days; None where there is none."""
    shadow = of(workspace, part)
    if shadow is None:
        return None
    counts: Counter[str] = Counter()
    failed = 0
    named: dict[str, None] = {}
    for fields in _days(desk, _day(workspace.id, part, shadow, now - timedelta(days=REPORTED_DAYS), "")):
        failed += int(fields.get(FAILED, 0))
        counts.update({name[2:]: int(value) for name, value in fields.items() if name.startswith("n:")})
        named.update({str(value): None for name, value in fields.items() if name.startswith("x:")})
    held = desk.store.interactions.get_many(keys.interaction(workspace.id, one) for one in named)
    return Disagreements(shadow, dict(counts), failed, tuple(_examples(held, part, shadow)))


def _asked(
    desk: Desk,
    matter: Matter,
    signals: Signals,
    decision: TriageDecision,
    decide_by: Callable[[ThreadFacts, Guideline, Signals], TriageDecision],
    part: Part,
    shadow: str,
) -> Changed | None:
    """How far one shadow disagrees; None where it does not."""
    guideline, seen = matter.guideline, signals
    if part is Part.GUIDELINE:
        guideline = desk.guideline_of(matter.workspace.id, shadow)
    else:
        correction = desk.correction_of(matter.workspace.id, shadow)
        if correction is None or readers.objection(correction) is not None:
            return None
        seen = read(matter.content.text if matter.content else "", correction=correction)
    facts = decision.facts or deciding.facts_of(matter, decision.decided_at)
    facts = deciding.able(desk, matter, facts) if guideline.moderates else facts
    said = decide_by(facts, guideline, seen)
    # What was read of the text is the live decision's: here it would only make the interaction longer.
    own = tuple(one for one in said.rationale.evidence if one not in signals.evidence)
    kept = replace(said, rationale=replace(said.rationale, evidence=own), facts=None, figures=None)
    return compared(matter.interaction.id, decision, kept)


def _check(desk: Desk, workspace: Workspace, part: Part, shadow: str) -> None:
    if shadow == live(workspace, part):
        if part is Part.GUIDELINE:
            raise Conflict("this version is the active one", fix="Name another version.")
        raise Conflict("this correction is in force", fix="Name another one.")
    if part is Part.GUIDELINE:
        if desk.store.guideline_version(workspace.id, shadow) is None:
            raise NotFound
        return
    kept = desk.store.corrections.get(workspace.id, shadow)
    if kept is None:
        raise NotFound
    readers.check(kept.correction)


def _with(workspace: Workspace, part: Part, shadow: str | None) -> Workspace:
    if part is Part.GUIDELINE:
        return replace(workspace, shadow=shadow)
    return replace(workspace, correction_shadow=shadow)


def _day(workspace: str, part: Part, shadow: str, at: datetime, interaction: str) -> Key:
    # A guideline's lies where it lay before corrections could have one.
    name = shadow if part is Part.GUIDELINE else f"{part.value}:{shadow}"
    return keys.shadow_day(workspace, name, at, interaction)


def _days(desk: Desk, first: Key) -> Iterator[Item]:
    """The counters from a day on, the newest day first."""
    after: str | None = None
    while True:
        page = desk.store.table.query(first.pk, prefix="DAY#", newest_first=True, after=after)
        yield from (one for one in page.items if one["sk"] >= first.sk)
        after = page.after
        if after is None or page.items[-1]["sk"] < first.sk:
            return


def _examples(held: list[Interaction], part: Part, shadow: str) -> Iterator[Changed]:
    for one in held:
        said = one.shadow if part is Part.GUIDELINE else one.correction_shadow
        if one.decision is None or said is None or shadow != _name(said, part):
            continue
        found = compared(one.id, one.decision, said)
        if found is not None:
            yield found


def _name(said: TriageDecision, part: Part) -> str | None:
    return said.guideline if part is Part.GUIDELINE else taught(said.classifier)
