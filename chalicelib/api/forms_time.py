"""What requests about time must be: series, queue slots, blackout windows, events."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.api.forms import LONGEST_LATE, Form, Id, Name, VariantForm, When, Zone

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
