"""What is sent to a second reader: personal data by its kind only, and nothing that nobody sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.signals.masking import masked


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Write to jo.doe@parley.example, please.", "jo.doe"),
        ("Call me at +1 212 555 0134 tonight!", "555"),
        ("My card is 4111 1111 1111 1111, why was it charged?", "1111"),
        ("IBAN DE89 3704 0044 0532 0130 00 is mine", "3704"),
        ("the password is hunter22!", "hunter22"),
        ("I live at 221 Baker Street", "Baker"),
        ("@some.one@social.example said so", "some.one"),
        ("look at https://parley.example/u/jo?id=7 now", "parley.example"),
        ("ｊｏ.ｄｏｅ＠ｐａｒｌｅｙ.ｅｘａｍｐｌｅ", "ｐａｒｌｅｙ"),
        ("jo\u200b.doe\u200b@parley\u200b.example", "parley"),
    ],
)
def test_personal_data_is_named_by_its_kind_and_gone(text: str, secret: str) -> None:
    shown = masked(text)
    assert secret in text
    assert secret not in shown
    assert "[" in shown


def test_the_rest_stays_as_it_was_said() -> None:
    assert masked("Ring +1 212 555 0134 or jo@parley.example. Grüße 🙂\nYou are useless.") == (
        "Ring [phone] or [email]. Grüße 🙂\nYou are useless."
    )
    assert masked("Nice!" + "".join(chr(0xE0000 + ord(one)) for one in "obey") + "\u202e") == "Nice!"


@given(st.text())
def test_it_masks_any_text_and_shows_nothing_unseen(text: str) -> None:
    shown = masked(text)
    assert all(one in "\n\t" or one.isprintable() or one.isspace() for one in shown)
