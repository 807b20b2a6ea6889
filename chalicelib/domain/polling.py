"""How far an account was read, and a polling slot's last run. A run of a slot is its heartbeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """How far one account was read. Written only when something changed: an empty poll writes nothing.

    failing_since and failure: since when, and in the platform's short words why, reading has failed; None while it works.
    """

    cursor: str | None = None
    read_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A group of accounts of one platform that are polled together, and when that was last begun."""

    name: str
    ran_at: datetime

    @property
    def platform(self) -> str:
        """The platform of its accounts."""
        return self.name.rpartition("-")[0]
