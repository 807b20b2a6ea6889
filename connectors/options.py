"""How a draft may be said beside its words: warnings, who may answer, a poll, a card."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.contract import Picture


class Option(StrEnum):
    """What a draft may ask for beside its words; a platform names those that it has (`Capabilities.options`)."""

    WARNING = "warning"
    SENSITIVE = "sensitive"
    SPOILER = "spoiler"
    AUDIENCE = "audience"
    WHO_MAY_REPLY = "who_may_reply"
    FLAIR = "flair"
    POLL = "poll"
    CARD = "card"
    CROSSPOST = "crosspost"


class Audience(StrEnum):
    """Who sees a post."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    """Everybody, but it stands in no public listing (Mastodon)."""
    FOLLOWERS = "followers"


class WhoMayReply(StrEnum):
    """Who may answer a post. More than one may be named where a platform joins them (Bluesky)."""

    EVERYONE = "everyone"
    MENTIONED = "mentioned"
    FOLLOWING = "following"
    """Those whom the account follows."""
    FOLLOWERS = "followers"
    SUBSCRIBERS = "subscribers"
    VERIFIED = "verified"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class PollLimits:
    """What a poll may be. max_choice: characters of one choice. shortest, longest: how long it may stay open."""

    min_choices: int
    max_choices: int
    max_choice: int
    shortest: timedelta
    longest: timedelta
    many: bool = False
    """Whether one member may choose several."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A question with choices; the question is the draft's text (Reddit: its title)."""

    choices: tuple[str, ...]
    lasts: timedelta
    many: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A link that is shown beside the words (Bluesky: an external card) or is the post itself (Reddit: a link post).

    title, description, picture: what the card shows, where the platform does not fetch it by itself.
    """

    url: str
    title: str = ""
    description: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How one draft is said. All of it is the platform's usual where nothing is told.

    warning: what stands before the words, which are shown on asking (Mastodon). flair: the id of a community's label.
    crosspost: the platform's id of the post that is passed on (Reddit: a t3_ fullname).
    """

    warning: str = ""
    sensitive: bool = False
    spoiler: bool = False
    audience: Audience | None = None
    who_may_reply: frozenset[WhoMayReply] = field(default_factory=frozenset)
    flair: str | None = None
    poll: Poll | None = None
    card: Card | None = None
    crosspost: str | None = None

    @property
    def asked(self) -> frozenset[Option]:
        """Which of them the draft asks for."""
        told = {
            Option.WARNING: bool(self.warning),
            Option.SENSITIVE: self.sensitive,
            Option.SPOILER: self.spoiler,
            Option.AUDIENCE: self.audience is not None,
            Option.WHO_MAY_REPLY: bool(self.who_may_reply),
            Option.FLAIR: self.flair is not None,
            Option.POLL: self.poll is not None,
            Option.CARD: self.card is not None,
            Option.CROSSPOST: self.crosspost is not None,
        }
        return frozenset(option for option, asked in told.items() if asked)


USUAL = Options()
"""Nothing is asked for beside the words."""
