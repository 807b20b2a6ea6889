"""Own-written talk with a desk: plain praise and plain questions of many trades, and what only looks like them.

All of it is made up here; nothing is taken from a set. Filled in by a fixed draw, so that the same texts come out every time.
A pattern's texts are all train or all dev.
"""

from __future__ import annotations

import random
import re
from typing import Final

from local.training.cases import ASKED
from local.training.sources import Example, kin
from local.training.talk_patterns import PATTERNS
from local.training.talk_words import LISTS

_SLOT: Final = re.compile(r"\{(\w+)\}")
_EACH: Final = 60
"""Fillings of each pattern."""

ASKED_PLAINLY: Final = 1.5
"""How much a plain question counts: the public sets know questions to a bank and to an assistant only."""
AGAINST: Final = 0.35
"""How much a text counts that no machine should answer: many of them begin kindly, and kind words must not be feared for it."""


def desk_talk() -> list[Example]:
    """Every pattern with up to _EACH different fillings."""
    found = []
    number = 0
    for known, patterns in PATTERNS:
        for pattern in patterns:
            draw = random.Random(number)  # noqa: S311  a fixed draw, no secret
            number += 1
            texts = dict.fromkeys(_filled(pattern, draw) for _ in range(_EACH))
            part = "dev" if number % 6 == 0 else "train"
            share = ASKED_PLAINLY if known is ASKED else 1.0 if known.get("auto") == 1 else AGAINST
            found += [Example(text, "own_talk", part, known, kin(pattern), share) for text in texts]
    return found


def _filled(pattern: str, draw: random.Random) -> str:
    text = _SLOT.sub(lambda slot: draw.choice(LISTS[slot[1]]), pattern)
    style = draw.random()
    return text[:1].upper() + text[1:] if style < 0.55 else text.upper() if style > 0.98 else text
