"""Small pure questions about a text that more than one platform asks.

It must never change what is sent: everything here counts, compares, or makes readable what came in.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import Any

_REMOTE_MENTION = re.compile(r"(?<![\w/])@(\w+(?:[.-]\w+)*)@[\w.-]*\w")
_BLANK_LINES = re.compile(r"\n{3,}")


def graphemes(text: str) -> int:
    """How many characters a person sees: extended grapheme clusters, so a family emoji is 1 (UAX #29)."""
    return len(_cluster().findall(text))


@cache
def _cluster() -> Any:
    import regex

    return regex.compile(r"\X")


def fingerprint(text: str) -> str:
    """The text as two platforms would agree on it: NFC, white space folded, @user@domain as @user.

    Two texts with the same fingerprint are the same message, wherever one of them has been.
    """
    return " ".join(_REMOTE_MENTION.sub(r"@\1", unicodedata.normalize("NFC", text)).split())


def gist(text: str) -> str:
    """Only the letters and digits, small: what stays when a platform rewrites marks, quotes or markup."""
    return "".join(c for c in unicodedata.normalize("NFKC", fingerprint(text)).casefold() if c.isalnum())


def derived_key(seed: str, at: datetime) -> str:
    """A send's identity for platforms that take any key: 32 hex digits, the same for the same `seed` and `at`."""
    return hashlib.sha256(f"{seed}\n{at.isoformat()}".encode()).hexdigest()[:32]


def html_to_text(html: str) -> str:
    """HTML as a person reads it: paragraphs apart by an empty line, <br> as a line, entities as characters."""
    pieces = _plainly(html)
    if pieces is None:
        reader = _Reader()
        reader.feed(html)
        reader.close()
        pieces = reader.pieces
    text = "".join(pieces).strip()
    return _BLANK_LINES.sub("\n\n", text) if "\n\n\n" in text else text


_BLOCKS = frozenset({"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_PLAIN_TAG = re.compile(r"""<(/?[a-zA-Z][a-zA-Z0-9]*)(?:\s+[a-zA-Z-]+(?:=(?:"[^"<>]*"|'[^'<>]*'))?)*\s*/?>""")
"""A tag as servers write them; any other goes to the parser, which takes several times as long."""
_INLINE = ("a", "span", "strong", "b", "em", "i", "u", "s", "del", "ins", "code", "sub", "sup")
_PLAIN = {
    "br": "\n",
    "li": "\n- ",
    **dict.fromkeys((*_BLOCKS, *(f"/{one}" for one in _BLOCKS)), "\n\n"),
    **dict.fromkeys((*_INLINE, *(f"/{one}" for one in (*_INLINE, "br", "li"))), ""),
}
"""What stands for each tag that hides nothing."""


def _plainly(html: str) -> list[str] | None:
    """The text in pieces, where nothing but plain tags are in it; else None."""
    pieces = _PLAIN_TAG.split(html)
    for place in range(1, len(pieces), 2):
        said = _PLAIN.get(pieces[place].lower())
        if said is None:
            return None
        pieces[place] = said
    for place in range(0, len(pieces), 2):
        text = pieces[place]
        if "<" in text:
            return None
        if "&" in text:
            pieces[place] = unescape(text)
    return pieces


class _Reader(HTMLParser):
    _UNSEEN = frozenset({"script", "style", "template"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  (HTMLParser's)
        if tag in self._UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag == "li":
            self.pieces.append("\n- ")
        elif tag in _BLOCKS:
            self.pieces.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)
