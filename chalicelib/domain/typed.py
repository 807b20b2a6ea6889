"""What people type: one line or several, without characters that nobody sees or that change how the rest is shown."""

from __future__ import annotations

import unicodedata

_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category, drawn as nothing: the fillers of Hangul, and Braille without a dot."""


def is_blank(text: str) -> bool:
    """True where nobody would see anything: spaces, controls, zero-width characters, marks on nothing."""
    return all(unicodedata.category(char)[0] in "ZCM" or char in _BLANK_LETTERS for char in text)


def one_line(text: str) -> str:
    """The text, if it is one line that says something. Raises ValueError."""
    if is_blank(text):
        raise ValueError("it is blank")
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} or char in _BIDI_OVERRIDES for char in text):
        raise ValueError("it must be one line without control characters")
    return text


def plain(text: str) -> str:
    """The text, if it holds no control characters but line breaks and tabs. Raises ValueError."""
    if any(unicodedata.category(char) == "Cc" and char not in "\n\r\t" for char in text):
        raise ValueError("it holds control characters")
    return text
