"""The machine's own clock and randomness: the only places of the house that ask for the time or for chance."""

from __future__ import annotations

import os
from datetime import UTC, datetime


class SystemClock:
    """ports.Clock of this machine."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return datetime.now(UTC)


class SystemEntropy:
    """ports.Entropy of the operating system."""

    def token(self, size: int) -> bytes:
        """`size` unguessable bytes."""
        return os.urandom(size)
