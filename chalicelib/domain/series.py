"""Series: something that is said again and again by a rule, each occurrence of which can be changed for itself.

An occurrence is known by its *original* wall time in the series' zone (`2026-11-21T09:00`), whatever becomes of it: moved,
reworded or left out, it keeps that name, and so does the post that is made of it. Changing one never touches another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.domain import recurrence, timing
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.machine import Machine
from chalicelib.domain.post import Body

MOST_BYTES: Final = 100_000
"""UTF-8 bytes of all that a series says, occurrences that say something else included: far below an item's 400 KB."""


class SeriesState(StrEnum):
    """What is already true of a series."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


_S = SeriesState

SERIES = Machine(
    "Series",
    SeriesState,
    {
        (_S.ACTIVE, "edit"): _S.ACTIVE,
        (_S.ACTIVE, "make"): _S.ACTIVE,
        (_S.ACTIVE, "withdraw"): _S.ACTIVE,
        (_S.ACTIVE, "pause"): _S.PAUSED,
        (_S.ACTIVE, "end"): _S.ENDED,
        (_S.ACTIVE, "finish"): _S.ENDED,
        (_S.PAUSED, "edit"): _S.PAUSED,
        (_S.PAUSED, "withdraw"): _S.PAUSED,
        (_S.PAUSED, "resume"): _S.ACTIVE,
        (_S.PAUSED, "end"): _S.ENDED,
        (_S.ENDED, "withdraw"): _S.ENDED,
    },
)


@dataclass(frozen=True, slots=True)
class Saying:
    """What one account says."""

    account: str
    body: Body


@dataclass(frozen=True, slots=True)
class Override:
    """What is different about one occurrence. `to`: the wall time that it is moved to; `said`: what it says instead."""

    wall: str
    skipped: bool = False
    to: str | None = None
    said: tuple[Saying, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """The post that was made of an occurrence. withdrawn: it was taken back unsaid, and may be made anew, as turn + 1."""

    wall: str
    post: str
    turn: int = 0
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every post that was made, by occurrence; it is read and written whole."""

    made: tuple[Made, ...] = ()

    def of(self, wall: str) -> Made | None:
        """The last post that was made of this occurrence."""
        return next((one for one in self.made if one.wall == wall), None)

    def with_(self, entries: Iterable[Made]) -> Ledger:
        """The ledger with these entries instead of those of the same occurrences."""
        known = {one.wall: one for one in self.made} | {one.wall: one for one in entries}
        return Ledger(tuple(known.values()))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the post of an occurrence could not be made so far."""

    wall: str
    why: str


@dataclass(frozen=True, slots=True)
class Series:
    """What is said again and again. start: naive wall time in `zone`; ends: the last instant, None where the rule ends.

    since: occurrences before it are not made (they fell into the time before it was set up, or into a pause).
    """

    id: str
    workspace: str
    name: str
    rule: str
    zone: str
    start: str
    ends: datetime | None
    late_limit: timedelta
    said: tuple[Saying, ...]
    campaign: str | None
    owner: str
    author: str
    """Whoever wrote what it says now."""
    state: SeriesState
    created_at: datetime
    since: datetime
    version: int = 1
    """Which the last edit made it; whoever edits says which one they saw."""
    overrides: tuple[Override, ...] = ()
    lost: tuple[Override, ...] = ()
    """Those whose occurrence a change of the rule took away: kept, and back where the occurrence comes back."""
    ledger: Ledger = Ledger()
    withdraw: tuple[str, ...] = ()
    """Occurrences whose posts are to be taken back: they say what no longer holds."""
    refused: tuple[Refusal, ...] = ()
    wake_at: datetime | None = None
    """When there is something to do next; None where nothing ever is."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Planned:
    """One occurrence as it is meant to be now. wall: its name; shown: the wall time at which it is said."""

    wall: str
    shown: str
    at: datetime
    said: tuple[Saying, ...]
    override: Override | None = None

    @property
    def skipped(self) -> bool:
        """Whether it is left out."""
        return self.override is not None and self.override.skipped


def spelled(wall: datetime) -> str:
    """A wall time as it names an occurrence: to the minute."""
    return wall.isoformat(timespec="minutes")


def wall_of(text: str, pointer: str) -> datetime:
    """The naive wall time, to the minute, that the text says. Raises InvalidField."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None or spelled(wall) != text or not 2000 <= wall.year < 2200:
        raise InvalidField(
            pointer, "this is no wall time to the minute", fix="Give one such as 2026-11-21T09:00, without an offset."
        )
    return wall


def plan(series: Series) -> tuple[Planned, ...]:
    """Every occurrence as it is meant to be, by the time at which it is said. Raises InvalidField as `recurrence` does."""
    changed = {one.wall: one for one in series.overrides}
    rule = recurrence.read(series.rule)
    planned = []
    for one in recurrence.occurrences(rule, wall_of(series.start, "/start"), series.zone, series.ends):
        wall = spelled(one.wall)
        override = changed.get(wall)
        if override is None:
            planned.append(Planned(wall, wall, one.at, series.said))
            continue
        at = one.at if override.to is None else timing.instant(datetime.fromisoformat(override.to), series.zone)
        planned.append(Planned(wall, override.to or wall, at, override.said or series.said, override))
    return tuple(sorted(planned, key=lambda one: (one.at, one.wall)))


def rebased(series: Series) -> Series:
    """The series after a change of its rule: each override with its occurrence, or among those that lost theirs."""
    walls = {one.wall for one in plan(replace(series, overrides=()))}
    known = {one.wall: one for one in (*series.lost, *series.overrides)}
    return replace(
        series,
        overrides=tuple(one for one in known.values() if one.wall in walls),
        lost=tuple(one for one in known.values() if one.wall not in walls),
    )


def with_override(series: Series, override: Override) -> Series:
    """The series with this occurrence changed; one that changes nothing takes the change back."""
    others = tuple(one for one in series.overrides if one.wall != override.wall)
    return replace(series, overrides=others if override == Override(override.wall) else (*others, override))


def stale(before: Series, after: Series, now: datetime) -> tuple[str, ...]:
    """Occurrences ahead whose posts, made by `before`, are not what `after` would say, or when, or for what."""
    old = {one.wall: one for one in plan(before)}
    new = {one.wall: one for one in plan(after)}
    aside = (before.campaign, before.late_limit, before.zone) != (after.campaign, after.late_limit, after.zone)
    found = []
    for one in after.ledger.made:
        was, is_now = old.get(one.wall), new.get(one.wall)
        if one.withdrawn or was is None or was.at + before.late_limit < now:
            continue
        if aside or is_now is None or is_now.skipped or (was.at, was.said) != (is_now.at, is_now.said):
            found.append(one.wall)
    return tuple(found)


def to_make(series: Series, planned: Collection[Planned], now: datetime, upto: datetime) -> list[Planned]:
    """Occurrences up to then whose post is still to be made: not left out, not too late, not before `since`."""
    done = {one.wall for one in series.ledger.made if not one.withdrawn}
    return [
        one
        for one in planned
        if one.wall not in done and not one.skipped and max(series.since, now - series.late_limit) <= one.at <= upto
    ]


def check_size(series: Series) -> None:
    """Refuse more text than one item should hold. Raises InvalidField."""
    bodies = [*series.said, *(said for one in (*series.overrides, *series.lost) for said in one.said)]
    texts = [part.text for said in bodies for part in said.body.parts]
    if sum(len(text.encode()) for text in texts) > MOST_BYTES:
        raise InvalidField("", f"a series may say {MOST_BYTES} bytes in all", fix="Split it into two series.")
