"""How long this machine has been running: what no setting of its clock can move."""

from __future__ import annotations

import time

# Unlike the monotonic clock of Linux, this one goes on while the machine sleeps; elsewhere the monotonic one does so.
_RUNNING = getattr(time, "CLOCK_BOOTTIME", None) or getattr(time, "CLOCK_MONOTONIC", None)


def seconds_running() -> float:
    """Seconds since some moment in the past, the same moment for as long as this process lives."""
    return time.monotonic() if _RUNNING is None else time.clock_gettime(_RUNNING)
