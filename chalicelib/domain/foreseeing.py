"""Foreseeing: what is known of a post before it is scheduled, by the rules that scheduling goes by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.composing import Remark


@dataclass(frozen=True, slots=True)
class Fault:
    """Why it would be refused: where, what is wrong, and the way out."""

    pointer: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Counted:
    """One part by its platform's own count. begins: the character at which it begins to be too long; None where it fits."""

    pointer: str
    length: int
    most: int
    unit: str
    begins: int | None = None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of it on one account. Money in micro-dollars; `instead`: without what makes it dear (`without`)."""

    account: str
    platform: str | None
    faults: tuple[Fault, ...]
    parts: tuple[Counted, ...] = ()
    micro_usd: int = 0
    instead: int | None = None
    without: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What would become of a post. faults: of the post as a whole. asks: how many people must approve it first."""

    at: datetime | None
    accounts: tuple[Foreseen, ...]
    faults: tuple[Fault, ...]
    remarks: tuple[Remark, ...]
    asks: int

    @property
    def fits(self) -> bool:
        """Whether it would be taken as it is."""
        return not self.faults and not any(one.faults for one in self.accounts)
