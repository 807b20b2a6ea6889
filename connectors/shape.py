"""Reading JSON that nobody promised: every look is safe, and a shape that is another gives None.

It must never raise: one odd item must not cost the page it came in.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

MOST_COUNTED = 10**18
"""What the record can keep of a count, and far more than there are people."""
_FIELD = re.compile(r"[a-z_$.]{1,40}", re.IGNORECASE)
_FIELDS_TOLD = 12


def at(body: Any, *path: str | int) -> Any:
    """What lies at a path of keys and positions, or None where the shape is another."""
    for step in path:
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and -len(body) <= step < len(body):
            body = body[step]
        else:
            return None
    return body


def word(body: Any, *path: str | int) -> str | None:
    """The text at a path, or None where there is none or it is empty."""
    for step in path:
        body = body.get(step) if isinstance(body, dict) else at(body, step)
    return body if isinstance(body, str) and body else None


def rows(body: Any, *path: str | int) -> list[Any]:
    """The list at a path, empty where there is none."""
    value = at(body, *path)
    return value if isinstance(value, list) else []


def count(value: Any) -> int | None:
    """How many there are, or None where it is no whole number or one that nobody counts to. It may be below zero (votes)."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST_COUNTED else None


def moment(value: Any) -> datetime | None:
    """A time told as ISO 8601 text or as Unix seconds, aware in UTC; None where it is neither."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if not isinstance(value, str):
            return None
        told = _instant(value)
        return told if told.tzinfo is UTC else (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _instant(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return datetime.fromisoformat(value.strip().upper())


def shape_of(body: Any) -> str:
    """What kind of thing this is and the names it has, for a person who must find out what a platform changed.

    Of names only those that look like a field's; of values nothing.
    """
    if isinstance(body, dict):
        names = sorted(name for name in body if isinstance(name, str) and _FIELD.fullmatch(name))[:_FIELDS_TOLD]
        return f"an object with {', '.join(names)}" if names else "an object without known names"
    if isinstance(body, list):
        return "a list" if body else "an empty list"
    return "nothing" if body is None else f"a {type(body).__name__}"
