"""Heat: how near a conversation is to a quarrel, from what was decided about its messages and how they are put. Pure.

In whole permille, each part explained. Only the last day counts: a thread that has been left alone is cool.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.rationale import Evidence

COOLS_IN: Final = timedelta(days=1)
"""What is older does not heat any more."""

HOUR: Final = timedelta(hours=1)

FAST: Final = 12
"""Messages of members within an hour that are as fast as this counts: one every five minutes leaves no time to think."""

LATELY: Final = 6
"""The last so many messages tell how hostile it is now; those before them where it came from."""

WEIGHTS: Final = {"hostility": 550, "trend": 150, "pace": 150, "address": 100, "quoting": 50}

HOT: Final = 450
"""From here on nothing automatic is said. Pace, address and quoting together stay below it (300): a lively, friendly thread is
never hot. Nothing but insults (850 permille each, by the rules) is, from the third on; and two in a row that turn a calm one."""

FEW: Final = 3
"""Of so many messages at least the hostility is told: one insult is no quarrel."""

HOSTILE: Final = frozenset({"insult", "hate", "threat"})

_YOU = re.compile(
    r"\b(you|your|yours|yourself|u|du|dich|dir|dein\w*|ihr|euch|euer|eure\w*|tu|te|toi|votre|vous|vos|ton|tes|"
    r"usted\w*|vosotros|vuestr\w*|tú|tuyo)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?:^|\n)\s*>\s*\S|[\"“„«]([^\"“”„»]{12,})[\"”“»]")


def hostility(evidence: Iterable[Evidence]) -> int:
    """How hostile a message is (permille), from what its decision rests on."""
    return max((mark.permille for mark in evidence if mark.label in HOSTILE), default=0)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a member. hostility: permille, from its decision."""

    at: datetime
    text: str
    hostility: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the heat: how strong it is by itself (permille), what it adds, and on what it rests, in words."""

    name: str
    permille: int
    adds: int
    why: str


@dataclass(frozen=True, slots=True)
class Heat:
    """How hot a conversation is, in permille, and why."""

    permille: int
    parts: tuple[Share, ...]

    @property
    def hot(self) -> bool:
        """Whether nothing automatic is to be said there."""
        return self.permille >= HOT


def heat(said: Sequence[Said], now: datetime) -> Heat:
    """The heat of what members said, in the order in which it was. What we said ourselves does not count."""
    fresh = [one for one in said if one.at > now - COOLS_IN]
    if not fresh:
        return Heat(0, ())
    lately, before = fresh[-LATELY:], fresh[:-LATELY]
    if not before and len(lately) > 1:
        middle = len(lately) // 2
        before, recent = lately[:middle], lately[middle:]
    else:
        recent = lately
    hostility, was = (
        sum(one.hostility for one in lately) // max(FEW, len(lately)),
        _mean([one.hostility for one in before]),
    )
    risen = max(0, _mean([one.hostility for one in recent]) - was) if before else 0
    within = sum(one.at > now - HOUR for one in fresh)
    to_us = sum(bool(_YOU.search(one.text)) for one in lately)
    quoting = sum(bool(_QUOTED.search(one.text)) for one in lately)
    count = len(lately)
    parts = (
        _part("hostility", hostility, f"insults, hate and threats in the last {count} messages"),
        _part("trend", risen, f"hostility was {was} permille before" if before else "nothing came before"),
        _part("pace", min(1000, 1000 * within // FAST), f"{within} messages in an hour"),
        _part("address", 1000 * to_us // count, f"{to_us} of {count} say `you`"),
        _part("quoting", 1000 * quoting // count, f"{quoting} of {count} quote back"),
    )
    return Heat(sum(one.adds for one in parts), parts)


def _part(name: str, permille: int, why: str) -> Share:
    return Share(name, permille, permille * WEIGHTS[name] // 1000, why)


def _mean(found: Sequence[int]) -> int:
    return sum(found) // len(found) if found else 0
