"""What is done to one part of an import: checked, scheduled, or undone. Each can be done again and comes to the same.

Scheduling writes each row together with a check that its import still runs, so that a cancel that has answered is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.imports import Fault, Import, ImportRow, ImportState, Mode, Outcome
from chalicelib.domain.post import Post
from chalicelib.domain.rationale import Actor
from chalicelib.ports import Check, ConditionFailed, Equals
from chalicelib.services import changing, post_rows, scheduling
from chalicelib.services.desk import Desk
from chalicelib.services.forecasting import Purses
from chalicelib.store import keys

_KEY_TAKEN = Fault("key", "this key was used for another post", "Give another key, or the row as it was.")

Rows = tuple[ImportRow, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """What a worker holds while it works on an import: in whose name, by which names, and when."""

    desk: Desk
    found: Import
    caller: Caller
    names: post_rows.Names
    now: datetime
    purses: Purses
    """The caps: what one row plans is counted for the next, and what lies in the record is summed once."""


def checked(holds: Slice, rows: Rows) -> Rows:
    """Each row after everything that scheduling looks at; nothing is scheduled."""
    after, purses = [], holds.purses
    for row in rows:
        if row.outcome is not Outcome.WAITING:
            after.append(row)
            continue
        planned = _planned(holds, purses, row)
        if isinstance(planned, Post):
            after.append(replace(row, outcome=Outcome.KNOWN, post=planned.id))
        elif isinstance(planned, scheduling.NewPost):
            after.append(replace(row, outcome=Outcome.GOOD))
        else:
            after.append(_faulty(row, planned))
    return tuple(after)


def scheduled(holds: Slice, rows: Rows) -> Rows:
    """Each good row as a post. Where all is asked for and a row is faulty by now, none of this part."""
    purses = holds.purses
    planned = {place: _planned(holds, purses, row) for place, row in enumerate(rows) if row.outcome is Outcome.GOOD}
    faults = {place: one for place, one in planned.items() if isinstance(one, tuple)}
    if faults and holds.found.mode is Mode.ALL_OR_NOTHING:
        return tuple(_faulty(row, faults[place]) if place in faults else row for place, row in enumerate(rows))
    new = {place: one for place, one in planned.items() if isinstance(one, scheduling.NewPost)}
    went = _written(holds, new)
    after = []
    for place, row in enumerate(rows):
        found = planned.get(place)
        if found is None:
            after.append(replace(row, cells={}))
        elif isinstance(found, tuple):
            after.append(_faulty(row, found))
        elif isinstance(found, Post):
            after.append(_settled(holds, row, found))
        else:
            after.append(_settled(holds, row, found.post) if went[place] else row)
    return tuple(after)


def undone(holds: Slice, rows: Rows) -> Rows:
    """Each post that this import made, cancelled, where no attempt has begun on it."""
    return tuple(_undone(holds, row) if row.outcome is Outcome.MADE else replace(row, cells={}) for row in rows)


STEPS: Mapping[ImportState, Callable[[Slice, Rows], Rows]] = {
    ImportState.CHECKING: checked,
    ImportState.RUNNING: scheduled,
    ImportState.UNDOING: undone,
}


def _planned(holds: Slice, purses: Purses, row: ImportRow) -> Post | scheduling.NewPost | tuple[Fault, ...]:
    """The post that the row made already, the one that it would make, or what is wrong with it."""
    asked = post_rows.asked(row.cells, holds.names)
    if isinstance(asked, tuple):
        return asked
    try:
        return scheduling.plan(
            holds.desk,
            holds.caller,
            asked.campaign,
            asked.when,
            asked.wishes,
            holds.now,
            idempotency_key=f"import\x1f{asked.key}",
            labels=asked.labels,
            purses=purses,
        )
    except InvalidField as error:
        return (post_rows.fault_of(error),)
    except Conflict:
        return (_KEY_TAKEN,)


def _written(holds: Slice, new: Mapping[int, scheduling.NewPost]) -> dict[int, bool]:
    """Whether each of these is in the record now: by us, or by whoever made the same post in this moment."""
    desk, found = holds.desk, holds.found
    runs = Check(keys.imported(found.workspace, found.id), Equals("state", ImportState.RUNNING.value))
    failures = desk.store.table.transact_each([[runs, *one.writes] for one in new.values()])
    went = {}
    for (place, one), failed in zip(new.items(), failures, strict=True):
        if failed is None:
            one.announce(desk, holds.now)
        went[place] = failed is None or _lies_there(desk, failed, one)
    return went


def _lies_there(desk: Desk, failed: ConditionFailed, planned: scheduling.NewPost) -> bool:
    """The post is there although its write failed; not where its import was cancelled."""
    return failed.index != 0 and desk.store.posts.get(planned.post.workspace, planned.post.id) is not None


def _settled(holds: Slice, row: ImportRow, post: Post) -> ImportRow:
    """The row with the post that says it now: made by this import, also where a worker died before it could tell."""
    ours = post.created_at >= holds.found.since and post.created_by == Actor.member(holds.caller.member).id
    return replace(row, cells={}, outcome=Outcome.MADE if ours else Outcome.KNOWN, post=post.id)


def _undone(holds: Slice, row: ImportRow) -> ImportRow:
    desk, workspace = holds.desk, holds.found.workspace
    post = None if row.post is None else desk.store.posts.get(workspace, row.post)
    outcome = Outcome.UNDONE
    for variant in () if post is None else post.variants:
        try:
            changing.cancel(desk, holds.caller, variant, holds.now)
        except Conflict:
            outcome = Outcome.STOOD
    return replace(row, cells={}, outcome=outcome)


def _faulty(row: ImportRow, faults: tuple[Fault, ...]) -> ImportRow:
    return replace(row, outcome=Outcome.FAULTY, faults=faults)
