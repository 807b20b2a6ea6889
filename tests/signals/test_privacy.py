"""Personal data: found with its place, never taken for an order number, a version or a date. All numbers are fictitious."""

from __future__ import annotations

import pytest

from chalicelib.domain.labels import Label
from chalicelib.signals.reading import read

FOUND = [
    ("write to ann.example@mail.example.org please", "ann.example@mail.example.org"),
    ("ann (at) example (dot) org is me", "ann (at) example (dot) org"),
    ("Call me on (415) 555-0132!", "415"),
    ("my mobile is +44 20 7946 0958", "+44 20 7946 0958"),
    ("text me: 020 7946 0958", "020 7946 0958"),
    ("card 4111 1111 1111 1111 was declined", "4111 1111 1111 1111"),
    ("pay to DE89 3704 0044 0532 0130 00 please", "DE89 3704 0044 0532 0130 00"),
    ("pay to GB82WEST12345698765432 to settle", "GB82WEST12345698765432"),
    ("my ssn is 219-09-9999", "219-09-9999"),
    ("he lives at 12 Harbour Road, come by", "12 Harbour Road"),
    ("server 203.0.113.17 is mine", "203.0.113.17"),
    ("my password is hunter2!!", "hunter2"),
    ("passport number X12345678", "X12345678"),
    ("date of birth: 12/03/1990", "12/03/1990"),
    ("４１５ ５５５ ０１３２ call me", "４１５ ５５５ ０１３２"),
]
NOT_FOUND = [
    "my order number is 20231234567",
    "tracking no. 1234567890123",
    "order #4155550132 has not shipped",
    "version 1.2.3.4567 is out",
    "on 2026-11-21 at 10:30",
    "from 2019-2024 I lived abroad",
    "we sold 1,250,000 copies",
    "a 10 minute walk",
    "my password is not working",
    "the password was reset",
    "ISBN 978-3-16-148410-0",
    "I paid 1299 for 2 of them",
    "meet at 10 or at 12",
    "it printed 4111 1111 1111 1112 on the sheet",
]


@pytest.mark.parametrize(("text", "value"), FOUND)
def test_personal_data_is_found_where_it_stands(text: str, value: str) -> None:
    marks = [one for one in read(text).evidence if one.label == Label.PRIVACY.value]
    assert read(text).labels[Label.PRIVACY] >= 700
    assert any(value in text[mark.start : mark.end] or text[mark.start : mark.end] in value for mark in marks)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert read(text).labels.get(Label.PRIVACY, 0) < 700


def test_the_value_itself_is_nowhere_in_what_is_kept() -> None:
    signals = read("Call me on +44 20 7946 0958, or write to ann.example@mail.example.org")
    kept = repr(signals)
    assert "7946" not in kept
    assert "ann" not in kept


def test_regions_decide_which_local_numbers_are_known() -> None:
    text = "it is 030 901820 there"
    assert Label.PRIVACY in read(text, regions=("DE",)).labels
    assert Label.PRIVACY not in read(text, regions=("US",)).labels
