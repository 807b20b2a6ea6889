"""How a draft may be said beside its words: warnings, who may answer, a poll, a card; and what a platform has not of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from connectors.capabilities import Ground, Objection

if TYPE_CHECKING:
    from connectors.capabilities import Capabilities
    from connectors.contract import Draft, Picture


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


def objection_to_options(can: Capabilities, draft: Draft) -> Objection | None:
    """Which of the draft's options the platform does not have, as data tells; None where it has them all."""
    options = draft.options
    for option in sorted(options.asked - can.options):
        words = option.value.replace("_", " ")
        return _no(option, f"{can.platform} has no {words}", f"Leave the {words} out for this account.")
    if options.audience is not None and options.audience not in can.audiences:
        return _kinds(Option.AUDIENCE, options.audience, [str(one) for one in can.audiences])
    for who in sorted(options.who_may_reply - can.who_may_reply):
        return _kinds(Option.WHO_MAY_REPLY, who, [str(one) for one in can.who_may_reply])
    if options.card is not None and options.card.picture is not None and can.card_picture is None:
        return _no(Option.CARD, f"a card on {can.platform} takes no picture of ours", "Leave the card's picture out.")
    return None if options.poll is None or can.polls is None else _against_poll(options.poll, can.polls)


def _no(option: Option, why: str, way_out: str) -> Objection:
    return Objection(Ground.UNSUPPORTED, why, way_out, f"options/{option}")


def _kinds(option: Option, asked: str, known: list[str]) -> Objection:
    what = "audience" if option is Option.AUDIENCE else "reply control"
    return _no(option, f"there is no {what} `{asked}` here", f"Use one of: {', '.join(sorted(known))}.")


def _against_poll(poll: Poll, limits: PollLimits) -> Objection | None:
    def no(why: str, way_out: str) -> Objection:
        return _no(Option.POLL, why, way_out)

    count = len(poll.choices)
    if not limits.min_choices <= count <= limits.max_choices:
        return no(f"the poll has {count} choices", f"Give {limits.min_choices} to {limits.max_choices} choices.")
    for place, choice in enumerate(poll.choices, 1):
        if not choice.strip() or len(choice) > limits.max_choice:
            return no(f"choice {place} of the poll has {len(choice)} characters", f"Use 1 to {limits.max_choice}.")
    if len(set(poll.choices)) < count:
        return no("two choices of the poll are the same", "Make every choice another.")
    if not limits.shortest <= poll.lasts <= limits.longest:
        return no(f"the poll would last {poll.lasts}", f"Let it last from {limits.shortest} to {limits.longest}.")
    if poll.many and not limits.many:
        return no("members may choose only one here", "Let the poll take one choice.")
    return None
