"""How long a text is for X: weighted, in the third version of twitter-text's configuration.

Source: https://github.com/twitter/twitter-text config/v3.json. Counted after NFC: a link is 23, an emoji sequence 2, a
character of the Latin-like ranges 1, every other character 2. It must never be used for another platform.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from connectors.links import find_links

LINK = 23
EMOJI = 2
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def weighted_length(text: str) -> int:
    """The weighted length of a text; X takes up to 280."""
    text = unicodedata.normalize("NFC", text)
    total, position = 0, 0
    for link in find_links(text, bare=True):
        total += _plain_weight(text[position : link.start]) + LINK
        position = link.end
    return total + _plain_weight(text[position:])


def _plain_weight(text: str) -> int:
    rest, emoji = _emoji().subn("", text)
    return EMOJI * int(emoji) + sum(1 if _is_light(ord(character)) else 2 for character in rest)


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)


@cache
def _emoji() -> Any:
    """One emoji as it is drawn: keycaps, flags, skin tones, tags and joined families.

    A mark that is text by default in every font (© ® ™) is an emoji only where U+FE0F asks for it, as in twemoji.
    """
    import regex

    one = (
        r"(?:[©®™]\uFE0F|[\p{Extended_Pictographic}--[©®™]]\uFE0F?)"
        r"\p{Emoji_Modifier}?(?:[\U000E0020-\U000E007E]+\U000E007F)?"
    )
    return regex.compile(
        rf"[0-9#*]\uFE0F?\u20E3|\p{{Regional_Indicator}}{{2}}|{one}(?:\u200D{one})*|\p{{Emoji_Modifier}}",
        regex.VERSION1,
    )
