"""The sandbox's own time: it starts as the system's and can be moved. It must never move anything outside the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """The system's time plus an offset that the control interface may change."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The sandbox's time, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, seconds: float) -> None:
        """Move the clock by so many seconds; negative moves it back."""
        self.offset += timedelta(seconds=seconds)

    def set(self, to: datetime) -> None:
        """Make it this (aware) time now; it runs on from there. Raises ValueError for a time without a zone."""
        if to.tzinfo is None:
            raise ValueError("the sandbox's clock needs a time with a zone")
        self.offset = to.astimezone(UTC) - datetime.now(UTC)
