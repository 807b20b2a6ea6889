"""Composing: one message written once, and what it becomes on each account. Here are its parts and what is noticed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.options import USUAL, Options
from chalicelib.domain.post import Attachment, Part


class Notice(StrEnum):
    """What a person should know before it is said. None of these stops anything."""

    NO_HANDLE = "no_handle"
    """Somebody who is mentioned has no handle there: their name is said."""
    LINK_NOT_TAGGED = "link_not_tagged"
    OTHER_LANGUAGE = "other_language"
    """A prepared text has no wording in the language that was asked for."""
    SPLIT = "split"
    """It is too long for one post there, and becomes a thread."""
    LEFT_OUT = "left_out"
    """Something that the platform has no place for is not said there."""
    SAID_BEFORE = "said_before"
    """The account says the same, or nearly the same, within a few days."""
    SAME_HOUR = "same_hour"
    """The account says something else within the hour."""
    CROWDED = "crowded"
    """The account has more to say by then than its platform takes in a while."""
    OFF_CAMPAIGN = "off_campaign"
    """The account is none of its campaign's, or its time lies outside the campaign's."""
    NOT_LOOKED_AT = "not_looked_at"
    """The account says so much that older posts were not compared."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One notice: where the answer or the request has it (a JSON pointer), and a sentence for a person."""

    pointer: str
    notice: Notice
    what: str


@dataclass(frozen=True, slots=True)
class Own:
    """What one account says otherwise. None: as all do."""

    account: str
    text: str | None = None
    title: str | None = None
    community: str | None = None
    language: str | None = None
    pictures: tuple[Attachment, ...] | None = None
    rest: tuple[Part, ...] | None = None
    options: Options | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """One message, written once. `prepared`: the id of a Text instead of `text`. `variables`: what its places hold.

    alternatives: other wordings of `text`, of which each account says one. split: what is too long becomes a thread.
    """

    accounts: tuple[str, ...]
    account_set: str | None = None
    text: str | None = None
    prepared: str | None = None
    variables: Mapping[str, str] | None = None
    alternatives: tuple[str, ...] = ()
    title: str | None = None
    community: str | None = None
    language: str | None = None
    pictures: tuple[Attachment, ...] = ()
    rest: tuple[Part, ...] = ()
    options: Options = USUAL
    own: tuple[Own, ...] = ()
    split: bool = False
    numbered: bool = True
    tag_links: bool = True


def assigned(keys: tuple[str, ...], wordings: int, turn: int = 0) -> tuple[int, ...]:
    """Which of so many wordings each of these says: as evenly as can be, one further with every turn, never by chance.

    keys: what tells them apart, in any order; equal sets get equal wordings.
    """
    rank = {key: place for place, key in enumerate(sorted(keys))}
    return tuple((rank[key] + turn) % wordings for key in keys)
