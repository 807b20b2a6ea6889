"""What requests about time must be: series, queue slots, blackout windows, events."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.api.forms import (
    LONGEST_LATE,
    Form,
    Id,
    Language,
    Name,
    OptionsForm,
    PartForm,
    PictureForm,
    Text,
    VariantForm,
    When,
    Words,
    Zone,
)
from chalicelib.domain.event import Kind

WallMinute = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]
"""A wall time to the minute, without an offset; read by `domain.series.wall_of`."""
RuleText = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[\x20-\x7e]+$")]
"""A rule of RFC 5545; read by `domain.recurrence`."""
Version = Annotated[int, Field(ge=1, le=10**6)]
Sayings = Annotated[list[VariantForm], Field(min_length=1, max_length=20)]


class SeriesForm(Form):
    """A series to be set up. start: wall time in `zone`; ends: a time as a schedule's; none where the rule has an end."""

    name: Name
    rule: RuleText
    zone: Zone
    start: WallMinute
    ends: When | None = None
    late_limit_seconds: Annotated[int, Field(ge=0, le=LONGEST_LATE)] | None = None
    campaign: Id | None = None
    variants: Sayings


class SeriesEditForm(Form):
    """What is to be different in a series. `version`: the one that was read. What is left out stays as it is."""

    version: Version
    name: Name | None = None
    rule: RuleText | None = None
    zone: Zone | None = None
    start: WallMinute | None = None
    ends: When | None = None
    variants: Sayings | None = None


class OccurrenceForm(Form):
    """What is to be different about one occurrence; nothing at all takes the change back.

    version: the series' as it was read. at: the wall time that it is moved to. variants: what it says instead.
    """

    version: Version
    skip: bool = False
    at: WallMinute | None = None
    variants: Annotated[list[VariantForm], Field(max_length=20)] = []


Weekday = Annotated[str, StringConstraints(pattern=r"^(MO|TU|WE|TH|FR|SA|SU)$")]
Clock = Annotated[str, StringConstraints(pattern=r"^\d{2}:\d{2}$")]
"""What the clock on the wall shows, such as `09:00`."""


class HoursForm(Form):
    """Hours of the week. days: on which it begins; until: of the next day where it is not after `since`."""

    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    since: Clock
    until: Clock
    zone: Zone


class BlackoutForm(Form):
    """A time in which nothing is planned: from `starts` up to `ends` in `zone`, or `hours` of the week.

    account: whose; left out, it is the whole workspace's.
    """

    account: Id | None = None
    reason: Words
    starts: When | None = None
    ends: When | None = None
    zone: Zone | None = None
    hours: HoursForm | None = None


class ClearForm(Form):
    """That what the preview showed is to be moved. `preview`: the mark that it gave."""

    preview: Id


class WeekSlotForm(Form):
    """One time of the week."""

    day: Weekday
    at: Clock


class SlotsForm(Form):
    """The slots of an account's queue, instead of those it had."""

    zone: Zone
    slots: Annotated[list[WeekSlotForm], Field(max_length=168)]


class QueuedForm(Form):
    """A post for the next free slot of an account."""

    campaign: Id | None = None
    text: Text
    title: Name | None = None
    community: Name | None = None
    language: Language | None = None
    pictures: Annotated[list[PictureForm], Field(max_length=20)] = []
    rest: Annotated[list[PartForm], Field(max_length=50)] = []
    options: OptionsForm = OptionsForm()


class WindowForm(Form):
    """A window on the wall clock of a zone. gap_minutes: how far apart one account's posts lie at least."""

    since: When
    until: When
    zone: Zone
    gap_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 30


class BatchForm(Form):
    """Posts to be spread over a window, one for each variant. preview: say when each would be said, and schedule nothing."""

    campaign: Id | None = None
    window: WindowForm
    variants: Annotated[list[VariantForm], Field(min_length=1, max_length=50)]
    preview: bool = False


class AnnouncementForm(Form):
    """One thing to say about an event. offset_minutes: from its start (a thank-you: its end), negative before it.

    The texts may have places: {event}, {date}, {time}, {day}, {month}, {year}, {place}, {link}.
    """

    kind: Annotated[Kind, Field(strict=False)]
    offset_minutes: Annotated[int, Field(ge=-(366 * 24 * 60), le=366 * 24 * 60)]
    variants: Sayings


class EventForm(Form):
    """An event to be planned. starts, ends: wall times in `zone`. preview: store nothing."""

    name: Name
    zone: Zone
    starts: WallMinute
    ends: WallMinute | None = None
    place: Name | None = None
    link: Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]{1,500}$")] | None = None
    campaign: Id | None = None
    late_limit_seconds: Annotated[int, Field(ge=0, le=LONGEST_LATE)] | None = None
    announcements: Annotated[list[AnnouncementForm], Field(min_length=1, max_length=10)]
    preview: bool = False


class MoveEventForm(Form):
    """When an event takes place instead. `version`: the one that was read. preview: store nothing."""

    version: Version
    starts: WallMinute
    ends: WallMinute | None = None
    preview: bool = False


class CancelEventForm(Form):
    """That an event does not take place. say: what those are told to whom it was announced; null: nothing."""

    version: Version
    say: Text | None
    why: Words
    preview: bool = False
