"""Importing: a table of posts is brought, checked as a whole, and scheduled in its owner's name, a slice at a time.

Every row takes the road of one post (`scheduling.plan`), under a key of its own: the same row makes one post, however often
its file is brought, and whatever is interrupted goes on. Once a cancel has answered nothing more is scheduled: each row is
written together with a check that its import still runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.access import Action, Caller, Role
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, NotAllowed, NotFound
from chalicelib.domain.imports import IMPORT, WORKING, Fault, Import, ImportRow, ImportState, Mode, Outcome
from chalicelib.domain.rationale import Actor
from chalicelib.formats import table
from chalicelib.services import import_parts, post_rows
from chalicelib.services.desk import Desk, Policy
from chalicelib.services.forecasting import Purses
from chalicelib.services.import_steps import STEPS, Slice
from chalicelib.store.repository import Listing, Stale

IMPORTER = Actor.worker("import")

_TOGETHER = 25
"""Parts that are written in one go when a file is brought."""

_PLACE = re.compile(r"(\d{1,5})\.(\d{1,3})", re.ASCII)


def slice_of(policy: Policy) -> timedelta:
    """How long a worker goes on before it lets others have their turn; the next tick asks for more."""
    return policy.tick_every / 2


def bring(desk: Desk, caller: Caller, data: bytes, now: datetime) -> Import:
    """Keep a table of posts, to be checked. Nothing is scheduled. Raises InvalidField for a file that cannot be read."""
    read = table.read(data, columns=post_rows.COLUMNS, numbered=post_rows.NUMBERED, needed=post_rows.NEEDED)
    parts = list(import_parts.parted(_brought(read.rows)))
    found = Import(
        id=desk.new_id(),
        workspace=caller.workspace,
        state=ImportState.CHECKING,
        owner=caller.member,
        created_at=now,
        since=now,
        rows=len(read.rows),
        parts=len(parts),
    )
    puts = [[import_parts.part_put(found.workspace, found.id, number, rows)] for number, rows in enumerate(parts)]
    for start in range(0, len(puts), _TOGETHER):
        desk.store.table.transact_each(puts[start : start + _TOGETHER])
    why = f"a table of {found.rows} rows"
    event = AuditEvent(
        found.workspace, f"import:{found.id}", "bring", now, Actor.member(caller.member), why, None, found.state.value
    )
    return desk.store.imports.create(found, event)


def begin(desk: Desk, caller: Caller, import_id: str, mode: Mode, now: datetime) -> Import:
    """Have the rows scheduled from now on. Only whoever brought them may: it is said in their name.

    Raises NotFound; NotAllowed; Conflict where it is not checked, or all is asked for and a row is faulty.
    """
    found = get(desk, caller.workspace, import_id)
    if found.owner != caller.member:
        raise NotAllowed("an import is begun by whoever brought it")
    if found.state in {ImportState.RUNNING, ImportState.DONE} and found.mode is mode:
        return found
    if found.state is not ImportState.CHECKED:
        raise Conflict(f"it is {found.state.value}", fix="Begin what is checked; bring the file again to try it anew.")
    faulty = found.counts.get(Outcome.FAULTY.value, 0)
    if mode is Mode.ALL_OR_NOTHING and faulty:
        raise Conflict(f"{faulty} of its rows cannot be scheduled", fix="Mend them and bring the file again.")
    after = replace(_moved(found, "begin", now), mode=mode)
    return _saved(desk, found, after, "begin", now, Actor.member(caller.member), f"begun by a member: {mode.value}")


def cancel(desk: Desk, caller: Caller, import_id: str, now: datetime) -> Import:
    """Schedule nothing more of it. What was scheduled stays, unless it was to be all or nothing: then that is undone.

    Raises NotFound; Conflict where it has ended.
    """
    found = get(desk, caller.workspace, import_id)
    if found.state in {ImportState.CANCELLED, ImportState.UNDOING, ImportState.UNDONE}:
        return found
    if not IMPORT.allows(found.state, "cancel"):
        raise Conflict(f"it is {found.state.value}", fix="Cancel its posts instead.")
    undo = found.state is ImportState.RUNNING and found.mode is Mode.ALL_OR_NOTHING
    act = "undo" if undo else "cancel"
    why = "cancelled by a member"
    after = replace(_moved(found, act, now), reason=why)
    return _saved(desk, found, after, act, now, Actor.member(caller.member), why)


def get(desk: Desk, workspace: str, import_id: str) -> Import:
    """An import. Raises NotFound."""
    found = desk.store.imports.get(workspace, import_id)
    if found is None:
        raise NotFound
    return found


def counts(desk: Desk, found: Import) -> dict[str, int]:
    """Its rows by outcome, as far as its work has gone."""
    if found.state in WORKING or found.state is ImportState.CANCELLED:
        return dict(import_parts.progress(desk, found).counts)
    return dict(found.counts)


def rows(desk: Desk, found: Import, limit: int, after: str | None) -> Listing[ImportRow]:
    """One page of its rows in the file's order. Raises ValueError for a token that is none of this list."""
    place = _PLACE.fullmatch("0.0" if after is None else after)
    if place is None or int(place[1]) >= found.parts:
        raise ValueError(after)
    number, skip = int(place[1]), int(place[2])
    page: list[ImportRow] = []
    while number < found.parts:
        part = import_parts.part(desk, found, number)
        taken = part[skip : skip + limit - len(page)]
        page += taken
        if skip + len(taken) < len(part):
            return Listing(page, f"{number}.{skip + len(taken)}")
        number, skip = number + 1, 0
        if len(page) == limit and number < found.parts:
            return Listing(page, f"{number}.0")
    return Listing(page, None)


def work(desk: Desk, workspace: str, import_id: str, now: datetime, enough: Callable[[], bool]) -> ImportState:
    """Go on with an import where it stands, part by part, until `enough` says so; what it is then. Safe to repeat."""
    found = get(desk, workspace, import_id)
    if found.state not in WORKING:
        return found.state
    mark = import_parts.claim(desk, found, now)
    if mark is None:
        return found.state
    purses = Purses(desk, desk.workspace(workspace), now)
    holds = Slice(desk, found, _owner(desk, found), post_rows.names_of(desk, workspace), now, purses)
    if found.state is not ImportState.UNDOING and not holds.caller.may(Action.POST_SCHEDULE):
        return _given_up(desk, found, "whoever brought it may not schedule any more", now)
    while mark.done < found.parts:
        before = import_parts.part(desk, found, mark.done)
        after = STEPS[found.state](holds, before)
        if after != before:
            desk.store.table.put(import_parts.part_put(workspace, import_id, mark.done, after).item)
        moved = import_parts.moved(desk, found, mark, import_parts.counted(mark, after))
        current = get(desk, workspace, import_id)
        if moved is None or current.state is not found.state:
            return current.state
        mark = moved
        spoilt = _spoilt(found, after)
        if spoilt is not None:
            return _given_up(desk, found, spoilt, now)
        if enough() and mark.done < found.parts:
            import_parts.moved(desk, found, mark, replace(mark, lease_until=None))
            return found.state
    return _ended(desk, found, mark.counts, now)


def _brought(read: Iterable[table.Row]) -> Iterator[ImportRow]:
    """The file's rows, those that repeat an earlier one told apart. Two that say different things under one key clash."""
    said: dict[tuple[tuple[str, str], ...], int] = {}
    keyed: dict[str, int] = {}
    for row in read:
        cells = {name: cell for name, cell in row.cells.items() if name not in post_rows.TOLD}
        whole, key = tuple(sorted(cells.items())), cells.get("key", "").strip()
        if whole in said:
            yield ImportRow(row.line, outcome=Outcome.SAME)
        elif key and key in keyed:
            clash = Fault("key", f"line {keyed[key]} has this key too, and says something else", "Give it its own key.")
            yield ImportRow(row.line, cells, Outcome.FAULTY, faults=(clash,))
        else:
            said[whole] = row.line
            keyed.setdefault(key, row.line)
            yield ImportRow(row.line, cells)


def _owner(desk: Desk, found: Import) -> Caller:
    """Whoever brought it, with the role that they have now; with none that may do anything, where they are gone."""
    member = desk.store.members.get(found.workspace, found.owner)
    return Caller(found.workspace, found.owner, Role.AUDITOR if member is None else member.role, "import")


def _spoilt(found: Import, rows: Iterable[ImportRow]) -> str | None:
    """Why nothing of it can be, where all of it is asked for; None where it can go on."""
    if found.state is not ImportState.RUNNING or found.mode is not Mode.ALL_OR_NOTHING:
        return None
    return next((f"line {one.line}: {one.faults[0].detail}" for one in rows if one.outcome is Outcome.FAULTY), None)


def _given_up(desk: Desk, found: Import, why: str, now: datetime) -> ImportState:
    undo = found.state is ImportState.RUNNING and found.mode is Mode.ALL_OR_NOTHING
    act = "undo" if undo else "cancel"
    return _advanced(desk, found, replace(_moved(found, act, now), reason=why), act, why, now)


def _ended(desk: Desk, found: Import, counts: Mapping[str, int], now: datetime) -> ImportState:
    act = "checked" if found.state is ImportState.CHECKING else "finish"
    why = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    return _advanced(desk, found, replace(_moved(found, act, now), counts=dict(counts)), act, why, now)


def _advanced(desk: Desk, found: Import, after: Import, act: str, why: str, now: datetime) -> ImportState:
    """The state after an edge that a worker takes; the present one where somebody else was faster."""
    try:
        return desk.store.imports.save(
            found, after, desk.store.imports.moved(found, after, act, now, IMPORTER, why)
        ).state
    except Stale:
        return get(desk, found.workspace, found.id).state


def _moved(found: Import, act: str, now: datetime) -> Import:
    return replace(found, state=IMPORT.move(found.state, act), since=now)


def _saved(desk: Desk, found: Import, after: Import, act: str, now: datetime, actor: Actor, why: str) -> Import:
    try:
        return desk.store.imports.save(found, after, desk.store.imports.moved(found, after, act, now, actor, why))
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale
