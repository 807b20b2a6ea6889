"""What people type, and what of it anybody would see."""

from __future__ import annotations

import pytest

from chalicelib.domain.typed import is_blank, one_line

UNSEEN = [
    "",
    " \n\t",
    "\u00a0\u3000",
    "\u200b\u2060\ufeff",
    "\u200d",
    "\ufe0f",
    "\u3164",
    "\u2800",
    "\U000e0041",
    "\u0301",
]
SEEN = ["a", " ñ ", "\u200bи", "👋🏽", "❤️", "…", "नमस्ते", "ᄒ\u1161\u11ab", "⠓", "0"]


@pytest.mark.parametrize("text", UNSEEN)
def test_what_nobody_sees_says_nothing(text: str) -> None:
    assert is_blank(text)
    with pytest.raises(ValueError, match="blank"):
        one_line(text)


@pytest.mark.parametrize("text", SEEN)
def test_whatever_is_seen_says_something(text: str) -> None:
    assert not is_blank(text)
