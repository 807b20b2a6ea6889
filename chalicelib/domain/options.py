"""Options: how a post is said beside its words: a warning before it, who sees and answers it, a poll, a card.

Which of them a platform has is the connectors' knowledge; here they are only what somebody asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Audience(StrEnum):
    """Who sees a post."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"


class WhoMayReply(StrEnum):
    """Who may answer a post."""

    EVERYONE = "everyone"
    MENTIONED = "mentioned"
    FOLLOWING = "following"
    FOLLOWERS = "followers"
    SUBSCRIBERS = "subscribers"
    VERIFIED = "verified"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Poll:
    """A question with choices; the question is the post itself. many: a member may choose several."""

    choices: tuple[str, ...]
    lasts: timedelta
    many: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A link that is shown beside the words, or is the post itself. picture: the id of its Media."""

    url: str
    title: str = ""
    description: str = ""
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How one post is said. All of it is the platform's usual where nothing is told. It belongs to a thread's first part.

    warning: what stands before the words, which are shown on asking. flair: the id of a community's label. crosspost: the
    platform's id of the post that is passed on.
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
    def says_something(self) -> bool:
        """Whether the post says something where it has no words: a link or another's post."""
        return self.card is not None or self.crosspost is not None

    @property
    def lasting(self) -> Options:
        """The same without what belongs to one post alone: for another one that goes to the same people."""
        return replace(self, poll=None, card=None, crosspost=None)

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """Everything in it that people read, with its place: (`poll/choices/0`, the choice)."""
        found = [("warning", self.warning)]
        if self.poll is not None:
            found += [(f"poll/choices/{place}", choice) for place, choice in enumerate(self.poll.choices)]
        if self.card is not None:
            found += [
                ("card/url", self.card.url),
                ("card/title", self.card.title),
                ("card/description", self.card.description),
            ]
        return tuple((place, text) for place, text in found if text)

    def spelled(self) -> dict[str, str]:
        """What is asked for, each in words for a person."""
        found: dict[str, str] = {}
        for name, value in self.told().items():
            if name == "poll" and self.poll is not None:
                many = "several may be chosen" if self.poll.many else "one may be chosen"
                found[name] = f"{' | '.join(self.poll.choices)} ({self.poll.lasts}, {many})"
            elif isinstance(value, list):
                found[name] = " | ".join(str(one) for one in value if one)
            else:
                found[name] = "yes" if value is True else str(value)
        return found

    def told(self) -> dict[str, Any]:
        """What is asked for, as JSON types and always in the same order; nothing of it where all is as usual.

        Bodies' digests are made of it: it never changes for options that were stored.
        """
        poll, card = self.poll, self.card
        found: dict[str, Any] = {
            "warning": self.warning,
            "sensitive": self.sensitive,
            "spoiler": self.spoiler,
            "audience": self.audience and self.audience.value,
            "who_may_reply": sorted(self.who_may_reply),
            "flair": self.flair,
            "poll": poll and [list(poll.choices), int(poll.lasts.total_seconds()), poll.many],
            "card": card and [card.url, card.title, card.description, card.picture],
            "crosspost": self.crosspost,
        }
        return {name: value for name, value in found.items() if value}


USUAL = Options()
"""Nothing is asked for beside the words."""
