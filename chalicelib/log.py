"""One JSON line per step, always the same keys first. No message text, name, token or address ever goes in here.

Values are ids of ours, states, counts and times; whatever a library would log of its own is off below WARNING.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TextIO

_LOGGER = logging.getLogger("parley")


def step(what: str, **facts: str | float | None) -> None:
    """Log that a step was taken: what it was, and its facts."""
    _LOGGER.info(json.dumps({"at": time.time(), "step": what, **facts}, sort_keys=False, default=str))


def failure(what: str, error: BaseException, **facts: str | float | None) -> str:
    """Log that a step failed, by the error's type and place, which is returned: its words may hold what must not be told."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_globals.get('__name__')}:{place.tb_lineno}" if place is not None else ""
    _LOGGER.error(
        json.dumps(
            {"at": time.time(), "step": what, "error": type(error).__name__, "where": where, **facts}, default=str
        )
    )
    return where


def to(stream: TextIO | None = None) -> None:
    """Send the lines to a stream (standard error by default), and keep libraries quiet."""
    lines = logging.StreamHandler(stream or sys.stderr)
    lines.setFormatter(logging.Formatter("%(message)s"))
    _LOGGER.handlers = [lines]
    _LOGGER.propagate = False
    _LOGGER.setLevel(logging.INFO)
    logging.getLogger().setLevel(logging.WARNING)


def ready() -> None:
    """Make sure that the lines go somewhere: standard error, unless `to` has chosen a place already."""
    if not _LOGGER.handlers:
        to()
