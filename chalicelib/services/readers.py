"""What reads messages, asked before there is one: an installation whose reader is missing should say so at its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chalicelib.domain.errors import Conflict
from chalicelib.ports import EngineUnusable

if TYPE_CHECKING:
    from chalicelib.domain.correction import Correction

TRAIN_ANEW: Final = "Train anew: `parley train --with-decisions`."
"""What is done about a correction to which there is an `objection`."""


class ReaderUnusable(EngineUnusable):
    """What reads messages is missing or damaged; the detail says what to do."""


def classifier() -> str:
    """The name of what reads texts now, its table loaded and checked whole. Raises ReaderUnusable where that fails."""
    from chalicelib.signals.reading import classifier as name  # phonenumbers comes with it
    from chalicelib.signals.table import TableUnreadable

    try:
        return name()
    except TableUnreadable as error:
        raise ReaderUnusable(f"messages cannot be read: {error}") from error


def objection(one: Correction) -> str | None:
    """Why a correction says nothing with this release, in words; None where it does. Raises TableUnreadable."""
    from chalicelib.signals.table import shipped

    base = shipped().id
    if one.base == base:
        return None
    return f"it was learnt over table {one.base}, and texts are read with {base} by now"


def check(one: Correction) -> None:
    """Refuse a correction that says nothing with this release. Raises Conflict and TableUnreadable."""
    if (stale := objection(one)) is not None:
        raise Conflict(stale, fix=TRAIN_ANEW)
