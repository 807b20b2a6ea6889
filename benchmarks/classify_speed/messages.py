"""Made-up messages of ordinary length, the same ones each time."""

from __future__ import annotations

from random import Random
from typing import Final

_BEGIN: Final = ("Hi team,", "@desk", "So", "Honestly", "Hello,", "", "Well,", "OK")
_MIDDLE: Final = (
    "the new version looks great on my tablet",
    "when does the shop in the station open on Sunday",
    "I can't log in since the update and nobody answers",
    "you are a bunch of idiots",
    "thank you so much for the quick help yesterday",
    "my order 20231234567 has not arrived",
    "does the workshop take place if it rains",
    "that was the worst concert I have been to",
    "could you send the slides to ann@mail.example.org",
    "we are looking forward to the next episode, the music is lovely",
)
_END: Final = ("!", "?", ".", " 🎉", " please", ", thanks", " lol", " #weekend", " https://www.example.org/a")


def made(count: int) -> list[str]:
    """So many messages."""
    chance = Random(20261127)
    return [
        f"{chance.choice(_BEGIN)} {chance.choice(_MIDDLE)}{chance.choice(_END)} {chance.choice(_MIDDLE)} {number}"
        for number in range(count)
    ]
