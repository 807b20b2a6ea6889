"""An import's rows as the record keeps them, some in each item, and the mark of how far a worker has gone.

The mark is what one worker at a time holds: whoever finds it moved since has been overtaken, and writes nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.errors import NotFound
from chalicelib.domain.imports import Import, ImportRow, Progress
from chalicelib.ports import ABSENT, ConditionFailed, Equals, Item, Put
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode

MOST_ROWS = 50
"""Of one part: each is written by itself, and so many in one commit where the engine makes one of them."""
MOST_CHARACTERS = 80_000
"""Of one part with more than one row: in UTF-8, and with what is wrong with them, far below DynamoDB's 400 KB."""

LEASE = timedelta(minutes=2)
"""For so long a worker that died keeps others away; longer than any invocation lasts."""


def parted(rows: Iterable[ImportRow]) -> Iterator[tuple[ImportRow, ...]]:
    """The rows in their order, as many in each part as one item takes."""
    part: list[ImportRow] = []
    size = 0
    for row in rows:
        characters = sum(len(name) + len(cell) for name, cell in row.cells.items())
        if part and (len(part) == MOST_ROWS or size + characters > MOST_CHARACTERS):
            yield tuple(part)
            part, size = [], 0
        part.append(row)
        size += characters
    if part:
        yield tuple(part)


def part_put(workspace: str, import_id: str, number: int, rows: Sequence[ImportRow]) -> Put:
    """The write that keeps a part, in place of how it was."""
    key = keys.import_part(workspace, import_id, number)
    return Put({"pk": key.pk, "sk": key.sk, "rows": [encode(row) for row in rows]})


def part(desk: Desk, found: Import, number: int) -> tuple[ImportRow, ...]:
    """The rows of a part. Raises NotFound where it is no longer kept."""
    item = desk.store.table.get(keys.import_part(found.workspace, found.id, number))
    if item is None:
        raise NotFound("the rows of this import are no longer kept")
    return tuple(decode(ImportRow, row) for row in item["rows"])


def progress(desk: Desk, found: Import) -> Progress:
    """How far its work has gone; at the beginning, where nobody has begun on its present state."""
    item = desk.store.table.get(keys.import_progress(found.workspace, found.id))
    return Progress(found.state) if item is None else decode(Progress, item)


def claim(desk: Desk, found: Import, now: datetime) -> Progress | None:
    """The mark, held from now on; None while another worker holds it."""
    known = progress(desk, found)
    if known.state is not found.state:
        begun = replace(Progress(found.state), turns=known.turns)
    elif known.lease_until is not None and now < known.lease_until:
        return None
    else:
        begun = known
    return moved(desk, found, begun, replace(begun, lease_until=now + LEASE))


def moved(desk: Desk, found: Import, before: Progress, after: Progress) -> Progress | None:
    """The mark as it is once it was moved; None where another worker moved it since."""
    after = replace(after, turns=before.turns + 1)
    key = keys.import_progress(found.workspace, found.id)
    item: Item = {"pk": key.pk, "sk": key.sk, **encode(after)}
    try:
        desk.store.table.put(item, ABSENT if before.turns == 0 else Equals("turns", before.turns))
    except ConditionFailed:
        return None
    return after


def counted(before: Progress, rows: Sequence[ImportRow]) -> Progress:
    """The mark behind one part more."""
    counts = Counter(before.counts)
    counts.update(row.outcome.value for row in rows)
    return replace(before, done=before.done + 1, counts=dict(counts))
