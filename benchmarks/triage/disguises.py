"""Nine ways in which people hide what they say (bar T4), each a pure function of text and chance."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z]{4,}")
_LEET: Final = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
_ALIKE: Final = {"a": "а", "c": "с", "e": "е", "i": "і", "o": "о", "p": "р", "x": "х", "y": "у"}
_SHARE: Final = 0.5
"""Of the words of four letters and more that are disguised."""

Change = Callable[[str, Random], str]


def _leet(word: str, _: Random) -> str:
    return "".join(_LEET.get(letter.lower(), letter) for letter in word)


def _look_alikes(word: str, _: Random) -> str:
    return "".join(_ALIKE.get(letter.lower(), letter) for letter in word)


def _zero_width(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word))
    return f"{word[:at]}\u200b{word[at:]}"


def _spaced(word: str, chance: Random) -> str:
    return chance.choice(" .-").join(word)


def _dropped(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]


def _swapped(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :] if at + 1 < len(word) else word


def _doubled(word: str, chance: Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + word[at] * chance.randint(2, 4) + word[at + 1 :]


def _starred(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return f"{word[:at]}*{word[at + 1 :]}"


def _cased(word: str, chance: Random) -> str:
    return "".join(letter.upper() if chance.random() < 0.5 else letter.lower() for letter in word)


DISGUISES: Final[Mapping[str, Change]] = {
    "leet": _leet,
    "look_alikes": _look_alikes,
    "zero_width": _zero_width,
    "spaced": _spaced,
    "dropped": _dropped,
    "swapped": _swapped,
    "doubled": _doubled,
    "starred": _starred,
    "case": _cased,
}


def disguised(text: str, way: str, seed: int) -> str:
    """The text with about half of its longer words disguised; the same seed, the same text."""
    chance = Random(f"{seed} {way} {text}")
    change = DISGUISES[way]
    return _WORD.sub(lambda found: change(found[0], chance) if chance.random() < _SHARE else found[0], text)
