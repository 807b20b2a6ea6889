"""How far each listing was read, as one small JSON text.

Of a listing it keeps the newest time that was seen, a mark for each of the latest entries, and from which time on these
are complete. An entry is known by its mark; a mark is of its id, its last edit and its reports, so that what changed
is heard again. What shows late, with a time that was passed already, has no mark and is heard too.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from connectors.reddit import mapping
from connectors.shape import at, rows
from connectors.translate import seconds

MARGIN = 600.0
"""Seconds by which a cursor that keeps no marks overlaps: listings are not strictly in order."""
KEPT = 100
"""Marks of one listing: a page of it."""
KEPT_OF_QUEUE = 300
"""Marks of a queue: all the pages of it that are read."""
_SIZE = 5
"""Characters of a mark: 30 bits. Two entries of one listing share one once in ten million. What is newer than all that was
seen is heard whatever its mark."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far one listing was read. newest, since: Unix seconds. marks: of the latest entries; what is older is known.

    queue: its entries come and go in no order of time (an old post that is reported today), so that only marks tell.
    """

    newest: float | None = None
    since: float | None = None
    marks: tuple[str, ...] = ()
    queue: bool = False

    def knows(self, child: Any) -> bool:
        """Whether an entry was heard as it is now. One without a name or a time is nobody's to hear, now or later."""
        made = mapping.created_at(child)
        if made is None or not mapping.is_readable(child):
            return True
        if self.newest is None:
            return False
        if self.queue:
            return _mark(child) in self.marks
        if not self.marks:
            return made.timestamp() < self.newest - MARGIN
        if made.timestamp() > self.newest:
            return False
        return _mark(child) in self.marks or made.timestamp() < (self.since or 0.0)

    def knows_all(self, page: Any) -> bool:
        """Whether a whole page was heard before, and so are those behind it. Of a queue nobody knows that."""
        children = rows(page, "data", "children")  # an empty page says nothing of those behind it
        return not self.queue and bool(children) and all(self.knows(child) for child in children)

    def moved(self, children: Sequence[Any]) -> Bookmark:
        """The bookmark after these were heard, whatever their order; the same where nothing of them was new.

        Of a queue it forgets what left it: what comes back is heard again.
        """
        if self.marks and not self.queue and all(self.knows(child) for child in children):
            return self
        timed = {
            mark: made.timestamp()
            for child in children
            if (made := mapping.created_at(child)) and (mark := _mark(child))
        }
        if not timed:
            return replace(self, marks=()) if self.queue else self
        most = KEPT_OF_QUEUE if self.queue else KEPT
        latest = sorted(timed, key=lambda mark: (-timed[mark], mark))[:most]
        floor = timed[latest[-1]]
        since = floor if self.since is None else max(self.since, floor)
        if (
            self.newest is not None and not self.marks
        ):  # an old cursor knew no marks: what was older than it stays known
            since = max(since, self.newest - MARGIN)
        return Bookmark(max(self.newest or 0.0, *timed.values()), since, tuple(latest), self.queue)


def _mark(child: Any) -> str | None:
    stamp = mapping.stamp(child)
    if stamp is None:
        return None
    return base64.b64encode(hashlib.sha256(stamp.encode("utf-8", "surrogatepass")).digest()[:4])[:_SIZE].decode()


@dataclass(frozen=True, slots=True)
class Cursor:
    """The bookmarks of all listings, by their names."""

    marks: dict[str, Bookmark] = field(default_factory=dict)

    @classmethod
    def read(cls, told: str | None) -> Self:
        """What was written; a bare number is what releases wrote that read the inbox only: its newest time."""
        if told is None:
            return cls()
        newest = seconds(told)
        if newest is not None:
            return cls({"inbox": Bookmark(newest)})
        try:
            body = json.loads(told)
        except ValueError:
            return cls()
        return cls({name: one for name, kept in _items(body) if (one := _bookmark(kept))})

    def written(self) -> str | None:
        """As text; the same bookmarks give the same text. None: there is nothing to know yet."""
        kept = {
            name: [one.newest, one.since, "".join(one.marks)]
            for name, one in sorted(self.marks.items())
            if one.newest is not None
        }
        return json.dumps(kept, separators=(",", ":")) if kept else None


def _items(body: Any) -> list[tuple[str, Any]]:
    return list(body.items()) if isinstance(body, dict) else []


def _bookmark(kept: Any) -> Bookmark | None:
    newest, since, marks = at(kept, 0), at(kept, 1), at(kept, 2)
    if not isinstance(newest, int | float) or not isinstance(marks, str):
        return None
    cut = tuple(marks[place : place + _SIZE] for place in range(0, len(marks), _SIZE))
    return Bookmark(float(newest), float(since) if isinstance(since, int | float) else None, cut)
