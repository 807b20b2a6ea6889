"""How far each source of X was read, as the small JSON that a saved cursor is.

{"mentions": "123", "messages": "120", "words": {"newest": "125", "since": "118", "rest": "121"}}: of a source that was read
to its end the newest id known; of one that was broken off also what it was read from, and where it goes on. A cursor of
digits alone is one of mentions, as it was saved before there were others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.shape import at, word
from connectors.x.posts import is_id

SOURCES = ("mentions", "messages", "words")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one source was read. newest: the highest id known, None where it was never read.

    rest: where reading goes on (an id, or a token of X's) until it meets `since`; None where it was read to its end.
    """

    newest: str | None = None
    since: str | None = None
    rest: str | None = None


def decoded(cursor: str | None) -> dict[str, Mark]:
    """The marks of a cursor; none of one that nobody can read, which starts with what is recent."""
    if cursor is None or is_id(cursor):
        return {"mentions": Mark(cursor)} if cursor else {}
    try:
        told = json.loads(cursor)
    except ValueError:
        return {}
    return {name: mark for name in SOURCES if (mark := _mark(at(told, name)))}


def encoded(marks: Mapping[str, Mark]) -> str | None:
    """The cursor of these marks; None where nothing was ever read."""
    told = {name: _told(mark) for name, mark in sorted(marks.items()) if mark.newest}
    return json.dumps(told, separators=(",", ":")) if told else None


def _mark(told: Any) -> Mark | None:
    if is_id(told):
        return Mark(told)
    newest, since, rest = (word(told, name) for name in ("newest", "since", "rest"))
    return Mark(newest, since if is_id(since) else None, rest) if is_id(newest) else None


def _told(mark: Mark) -> Any:
    if mark.rest is None:
        return mark.newest
    return {"newest": mark.newest, "rest": mark.rest, **({"since": mark.since} if mark.since else {})}
