"""What people type: one line or several, without characters that nobody sees or that change how the rest is shown."""

from __future__ import annotations

import unicodedata

_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """The text, if it is one line that says something. Raises ValueError."""
    if not text.strip():
        raise ValueError("it is blank")
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} or char in _BIDI_OVERRIDES for char in text):
        raise ValueError("it must be one line without control characters")
    return text


def plain(text: str) -> str:
    """The text, if it holds no control characters but line breaks and tabs. Raises ValueError."""
    if any(unicodedata.category(char) == "Cc" and char not in "\n\r\t" for char in text):
        raise ValueError("it holds control characters")
    return text
