"""What one community asks of a post, as data: learnt by reading, checked before anything is sent. No call is made here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Need(StrEnum):
    """Whether something has to be there."""

    FREE = "free"
    REQUIRED = "required"
    FORBIDDEN = "forbidden"


class PostKind(StrEnum):
    """What a post is made of."""

    WORDS = "words"
    LINK = "link"
    PICTURE = "picture"
    GALLERY = "gallery"
    POLL = "poll"
    CROSSPOST = "crosspost"


@dataclass(frozen=True, slots=True)
class TextRules:
    """What a title or a text may be. shortest, longest: code points; None: any.

    needs: one of these has to stand in it. forbids: none of these may. patterns: regular expressions of which it has to
    match one; they were written by strangers, and are to be run with care.
    """

    shortest: int | None = None
    longest: int | None = None
    needs: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommunityRules:
    """What a community asks of a post; what it does not tell is free.

    closed: why nobody of ours may post there at all, as one word (`private`, `banned`, `quarantined`, `gone`, `barred`).
    body: whether a post of words has a text. kinds: what posts may be; None: anything. domains: the only hosts to which a
    link may lead; not_domains: hosts to which none may. fewest, most: pictures of a gallery.
    """

    closed: str = ""
    title: TextRules = TextRules()
    text: TextRules = TextRules()
    body: Need = Need.FREE
    kinds: frozenset[PostKind] | None = None
    domains: tuple[str, ...] = ()
    not_domains: tuple[str, ...] = ()
    flair: bool = False
    fewest: int | None = None
    most: int | None = None
    captions: Need = Need.FREE
