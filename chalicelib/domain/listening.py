"""Listening: what an account hears beside what is said to it. Nothing of that was said to us, and all of it is off at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOT_SAID_TO_US: Final = frozenset({"report", "community", "keyword"})
"""Kinds of the connector contract that nobody addressed to us: decided about, never answered automatically."""

PRIVATE: Final = "message"
"""The kind of a private message: said to us, to few readers; a person answers it, and the answer is private too."""

MOST_COMMUNITIES: Final = 25
MOST_WORDS: Final = 15
LONGEST_WORD: Final = 50
"""Together they stay within X's query of 512 characters, the shortest of any search."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What was switched on. moderated: communities whose reports are read; communities: those of them that are read whole.

    threads: where that costs money (X), also what stands under own posts and names nobody; elsewhere it is always read.
    words: watched words; word_places: the communities in which they are looked for, where a platform looks in some only.
    """

    messages: bool = False
    moderated: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    word_places: tuple[str, ...] = ()
    threads: bool = False


USUAL: Final = Listening()
"""As every account begins."""


def objection(wanted: Listening) -> tuple[str, str, str] | None:
    """What is wrong with it on any platform: the field, why, and what to do; None where nothing is."""
    for name, names, most in (
        ("moderated", wanted.moderated, MOST_COMMUNITIES),
        ("communities", wanted.communities, MOST_COMMUNITIES),
        ("words", wanted.words, MOST_WORDS),
        ("word_places", wanted.word_places, MOST_COMMUNITIES),
    ):
        if len(names) > most:
            return name, f"it names {len(names)}, and {most} are the most", "Name fewer."
        if len({one.casefold() for one in names}) < len(names):
            return name, "it names one twice", "Name each once."
    strangers = [one for one in wanted.communities if one not in wanted.moderated]
    if strangers:
        return "communities", f"`{strangers[0]}` is not among `moderated`", "Only what is moderated is read whole."
    if wanted.word_places and not wanted.words:
        return "word_places", "there are places and no words to look for", "Name words, or no places."
    return None
