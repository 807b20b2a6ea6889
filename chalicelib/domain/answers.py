"""Automatic answers: which reply is given to what, how often, when, and by whose leave. Part of the guideline. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from chalicelib.domain.errors import InvalidField
from chalicelib.domain.labels import ANSWERABLE, Label
from chalicelib.domain.timing import instant, wall_time

DAY: Final = 24 * 60
"""Minutes of a day."""

_HONEST_WORDS = ("automatic", "automated")
_BOUNDS: Final = {
    "window_hours": (1, 24 * 30),
    "per_member_per_day": (1, 24),
    "per_account_per_day": (0, 1000),
    "hold_minutes": (1, DAY),
    "cool_off_hours": (1, 24 * 7),
}


class Mode(StrEnum):
    """By whose leave an automatic answer goes out."""

    SUGGEST = "suggest"
    """A person gets the message, with the answer as a suggestion; nothing is said by itself."""
    HOLD = "hold"
    """It waits for some minutes, in which a person can stop it."""
    SEND = "send"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of every day in which nothing automatic is said, in the workspace's zone. Minutes since midnight.

    It may run over midnight. What would be said in it waits for its end.
    """

    begin: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.begin < DAY and 0 <= self.end < DAY) or self.begin == self.end:
            raise InvalidField("/answers/quiet_hours", "they begin and end at two different times of the day")

    def over_at(self, at: datetime, zone: str) -> datetime:
        """When something may be said that was to be said at `at`: then, or at the end of the quiet hours it lies in."""
        wall = wall_time(at, zone)
        minute = wall.hour * 60 + wall.minute
        within = self.begin <= minute < self.end if self.begin < self.end else not self.end <= minute < self.begin
        if not within:
            return at
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        days = 1 if minute >= self.end else 0
        return instant(midnight + timedelta(days=days, minutes=self.end), zone)


@dataclass(frozen=True, slots=True)
class Answers:
    """Automatic answers: which reply per intent, how often at most, when, and the words that make each of them honest."""

    replies: Mapping[Label, str] = field(default_factory=dict)
    window_hours: int = 24
    """At most one automatic answer per member, and per conversation, within this many hours."""
    per_account_per_day: int = 50
    honest: str = "This is an automatic reply. Want a person? Just say so and one of us will write back."
    """Ends every automatic reply."""
    per_member_per_day: int = 3
    """Whoever was answered so often in a day (UTC) and speaks again gets a person: two machines never talk for long."""
    mode: Mode = Mode.SEND
    hold_minutes: int = 10
    """How long an answer waits where the mode is HOLD."""
    quiet_hours: QuietHours | None = None
    cool_off_hours: int = 12
    """How long nothing automatic is said in a conversation that was heated."""
    help_url: str | None = None
    """Where help is found: the variable `help_url` of reply templates."""

    def __post_init__(self) -> None:
        if not ANSWERABLE.issuperset(self.replies):
            names = ", ".join(sorted(label.value for label in ANSWERABLE))
            raise InvalidField("/answers/replies", f"only these may be answered automatically: {names}")
        for name, (least, most) in _BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise InvalidField(f"/answers/{name}", f"it lies between {least} and {most}")
        if not any(word in self.honest.lower() for word in _HONEST_WORDS) or len(self.honest) > 120:
            raise InvalidField("/answers/honest", "it must say that the reply is automatic, in 120 characters at most")
        if self.help_url is not None and not self.help_url.startswith("https://"):
            raise InvalidField("/answers/help_url", "it begins with https://")

    def said_at(self, now: datetime, zone: str) -> datetime:
        """When an answer that is decided now is said: after its hold, and not within the quiet hours."""
        at = now + timedelta(minutes=self.hold_minutes) if self.mode is Mode.HOLD else now
        return at if self.quiet_hours is None else self.quiet_hours.over_at(at, zone)

    def to_record(self) -> dict[str, Any]:
        """The answers in JSON types without floats, as the store keeps them within the guideline."""
        quiet = self.quiet_hours
        return {
            "replies": {label.value: name for label, name in self.replies.items()},
            "window_hours": self.window_hours,
            "per_account_per_day": self.per_account_per_day,
            "honest": self.honest,
            "per_member_per_day": self.per_member_per_day,
            "mode": self.mode.value,
            "hold_minutes": self.hold_minutes,
            "quiet_hours": None if quiet is None else {"begin": quiet.begin, "end": quiet.end},
            "cool_off_hours": self.cool_off_hours,
            "help_url": self.help_url,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Answers:
        """The answers that `to_record` wrote; what an older release did not know is as it is by default."""
        fields = dict(record)
        fields["replies"] = {Label(label): name for label, name in record["replies"].items()}
        if "mode" in fields:
            fields["mode"] = Mode(fields["mode"])
        if fields.get("quiet_hours") is not None:
            fields["quiet_hours"] = QuietHours(**fields["quiet_hours"])
        return cls(**fields)
