"""Reads strong words through stars and swapped letters: f**k, fcuk. The text keeps its length, so that offsets stand.

Only words that are strong by themselves are restored, and only where the mask leaves their first letter and fits exactly one
length: whoever writes 2*3 or 5***** hotel is left alone. Dropped and doubled letters are not undone here.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

_STRONG: Final = codecs.decode(
    "shpx shpxre shpxvat shpxrq zbgureshpxre fuvg fuvggl ohyyfuvg ovgpu ovgpurf nffubyr onfgneq phag chffl juber fyhg qvpx pbpx "
    "avttre avttn snttbg snt ergneq ergneqrq gjng jnaxre cevpx vqvbg zbeba fghcvq ybfre xvyy fhvpvqr encr qhzonff nff",
    "rot13",
).split()
_MASKED = re.compile(r"(?<![\w*])([a-z]{1,6})([*#%@_\-]{1,4})([a-z]{0,8})(?![\w*])")
_LONG = re.compile(r"[a-z]{4,12}")


def _swaps(word: str) -> set[str]:
    """The word with two neighbours inside it swapped; the first letter stays."""
    return {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1)} - {word}


_SWAPPED: Final = {
    twisted: word for word in _STRONG if len(word) >= 4 for twisted in _swaps(word) if twisted not in _STRONG
}


def unmask(text: str) -> str:
    """The folded text with masked and twisted strong words restored, as long as before."""
    if "*" in text or "#" in text or "%" in text or "@" in text:
        text = _MASKED.sub(_restored, text)
    if _SWAPPED.keys().isdisjoint(_LONG.findall(text)):
        return text
    return _LONG.sub(lambda found: _SWAPPED.get(found[0], found[0]), text)


def _restored(found: re.Match[str]) -> str:
    begin, hidden, end = found.groups()
    for word in _STRONG:
        if len(word) == len(found[0]) and word.startswith(begin) and word.endswith(end) and len(hidden) < len(word):
            return word
    return found[0]
