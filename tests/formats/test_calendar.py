"""A calendar is read by two readers as it was meant, whatever the texts in it try."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import icalendar
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.formats.calendar import Entry, Status, written

AT = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENTRY = Entry(
    "p1.0@parley", 3, AT - HOUR, AT, timedelta(minutes=15), "x: Hello", Status.TENTATIVE, "Hello", "https://x.example/1"
)
HOSTILE = "a, b; c\\n\r\nEND:VEVENT\r\nBEGIN:VALARM\u2028\x07" + "ü" * 200


def test_an_entry_says_when_and_what() -> None:
    (event,) = icalendar.Calendar.from_ical(written("Desk", [ENTRY], refresh=HOUR)).walk("VEVENT")
    assert event.decoded("dtstart") == AT
    assert event.decoded("dtstart").utcoffset() == timedelta(0)
    assert event.decoded("duration") == timedelta(minutes=15)
    assert (event["uid"], event["sequence"], event["status"]) == ("p1.0@parley", 3, "TENTATIVE")
    assert (event["summary"], event["description"], event["url"]) == ("x: Hello", "Hello", "https://x.example/1")


def test_a_text_stays_a_text_for_either_reader() -> None:
    entry = replace(ENTRY, summary=HOSTILE, description=HOSTILE, url="https://x.example/\r\nX-EVIL:1")
    whole = written(HOSTILE, [entry], refresh=HOUR)
    assert all(len(line.encode()) <= 75 for line in whole.split("\r\n"))
    (event,) = icalendar.Calendar.from_ical(whole).walk("VEVENT")
    other = vobject.readOne(whole)
    told = HOSTILE.replace("\r\n", "\n").replace("\u2028", "\n").replace("\x07", "")
    assert event["description"] == other.vevent.description.value == told
    assert event["summary"] == other.vevent.summary.value == told.replace("\n", " ")
    assert [one.name for one in other.getChildren() if one.name.startswith("V") and one.name != "VERSION"] == ["VEVENT"]
    assert "x-evil" not in other.vevent.contents
    assert not list(other.vevent.components())


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029"))))
def test_every_text_comes_back_from_both_readers(texts: list[str]) -> None:
    entries = [replace(ENTRY, uid=f"{number}@parley", description=one or "-") for number, one in enumerate(texts)]
    whole = written("Desk", entries, refresh=HOUR)
    read = [str(one["description"]) for one in icalendar.Calendar.from_ical(whole).walk("VEVENT")]
    second = [one.description.value for one in getattr(vobject.readOne(whole), "vevent_list", [])]
    assert read == second == [one or "-" for one in texts]


def test_the_same_entries_are_the_same_bytes() -> None:
    assert written("Desk", [ENTRY], refresh=HOUR) == written("Desk", [ENTRY], refresh=HOUR)
