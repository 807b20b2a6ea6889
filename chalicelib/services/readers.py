"""What reads messages, asked before there is one: an installation whose reader is missing should say so at its start."""

from __future__ import annotations

from chalicelib.ports import EngineUnusable


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
