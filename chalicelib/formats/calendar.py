"""Calendars as other programs subscribe to them: iCalendar (RFC 5545), written by icalendar, which escapes and folds.

It must never write a line that a text has made up: control characters are dropped, line breaks are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from icalendar import Calendar, Event, vText

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NO_ADDRESS = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]")
_BREAK = re.compile(r"\r\n?|\u2028|\u2029|\x85")


class Status(StrEnum):
    """How sure an entry is (RFC 5545, section 3.8.1.11)."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing at one time. uid: the same for ever; sequence: rises with each change; stamp: when it last changed.

    Times are aware and written in UTC, in whole seconds.
    """

    uid: str
    sequence: int
    stamp: datetime
    starts: datetime
    lasts: timedelta
    summary: str
    status: Status
    description: str | None = None
    url: str | None = None


def written(name: str, entries: Iterable[Entry], *, refresh: timedelta) -> str:
    """The calendar, the same bytes for the same entries. refresh: how often it is worth being read anew."""
    calendar = Calendar()
    calendar.add("prodid", "-//Parley//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", vText(_line(name)))  # icalendar escapes by itself only what it knows
    calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", _duration(refresh))
    for one in entries:
        event = Event()
        event.add("uid", one.uid)
        event.add("sequence", one.sequence)
        event.add("dtstamp", one.stamp.replace(microsecond=0))
        event.add("dtstart", one.starts.replace(microsecond=0))
        event.add("duration", one.lasts)
        event.add("summary", _line(one.summary))
        event.add("status", one.status.value)
        event.add("transp", "TRANSPARENT")  # nobody is busy because something is said
        if one.description is not None:
            event.add("description", _plain(one.description))
        if one.url is not None:
            event.add("url", _NO_ADDRESS.sub("", one.url))
        calendar.add_component(event)
    whole: bytes = calendar.to_ical()
    return whole.decode()


def _plain(text: str) -> str:
    return _CONTROL.sub("", _BREAK.sub("\n", text))


def _line(text: str) -> str:
    return _plain(text).replace("\n", " ")


def _duration(span: timedelta) -> str:
    return f"PT{int(span.total_seconds()) // 60}M"
