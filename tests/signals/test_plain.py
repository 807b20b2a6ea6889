"""Folding: disguises are undone, ordinary text is left alone, and every offset leads back to the text as received."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.signals.plain import fold


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HELLO There", "hello there"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("сору", "copy"),  # four Cyrillic letters
        ("ze\u200bro wi\u00addth", "zero width"),
        ("rèsumé naïve", "resume naive"),
        ("s.e.c.r.e.t word", "secret word"),
        ("s e c r e t", "secret"),
        ("k i l l   t i m e", "kill   time"),
        ("1d10t", "idiot"),
        ("st00pid f00ls", "stoopid fools"),
        ("$tupid b@d", "stupid bad"),
        ("sooooo looong", "soo loong"),
        ("pleeeease", "please"),
        ("“quoted” – it’s", '"quoted" - it\'s'),
        ("🅷🅸 🇭🇮", "hi hi"),
    ],
)
def test_disguises_are_undone(written: str, meant: str) -> None:
    assert fold(written).text == meant


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3",
        "on the 4th at 10am",
        "v2 of the api",
        "see you at 5",
        "wow!!!",
        "a b test",
        "order #a1b2",
        "covid19",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert fold(text).text == text


def test_digits_stay_digits_in_the_flat_form() -> None:
    assert fold("call 4155550132 n0w").flat == "call 4155550132 n0w"


@given(st.text(max_size=200))
def test_every_offset_leads_into_the_text_as_received_and_onward(text: str) -> None:
    folded = fold(text)
    for form, starts in ((folded.flat, folded.flat_starts), (folded.text, folded.starts)):
        if starts is None:
            assert len(form) == len(text)
        else:
            assert len(starts) == len(form)
            assert all(0 <= start < len(text) for start in starts)
            assert list(starts) == sorted(starts)


def test_an_offset_stands_at_the_letter_it_came_from() -> None:
    text = "x\u200b s.t.o.p!"
    folded = fold(text)
    assert folded.starts is not None
    at = folded.text.index("stop")
    assert [text[folded.starts[at + index]] for index in range(4)] == list("stop")
