"""What a platform can do, as data: its limits, its prices, its manners. No call is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from connectors.communities import CommunityRules
    from connectors.metrics import Measure
    from connectors.moderation import Moderation
    from connectors.options import Audience, Option, PollLimits, WhoMayReply


class Platform(StrEnum):
    """The platforms that have a connector."""

    X = "x"
    REDDIT = "reddit"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    LEMMY = "lemmy"


class Dedupe(StrEnum):
    """The honest answer to "can you be asked twice?"."""

    BY_ID = "by_id"
    """The same id and bytes again are a no-op, and a look-up proves presence or absence (Bluesky)."""
    BY_KEY = "by_key"
    """A key is remembered for a while but is not a lock; the platform's own listing proves absence (Mastodon)."""
    BY_SEARCH = "by_search"
    """Only a lagging listing can be asked; silence proves nothing (X, Reddit)."""


class LengthUnit(StrEnum):
    """What a platform counts when it counts a text."""

    WEIGHTED = "weighted"
    GRAPHEMES = "graphemes"
    CHARACTERS = "characters"


class InteractionKind(StrEnum):
    """What somebody did toward us."""

    MENTION = "mention"
    REPLY = "reply"
    COMMENT = "comment"
    QUOTE = "quote"
    MESSAGE = "message"
    REPORT = "report"
    """A member's report, or what waits for a moderator, in a community that the account moderates."""
    COMMUNITY = "community"
    """Anything new in a community that the account moderates: decided about and moderated, never answered by itself."""
    KEYWORD = "keyword"
    """Found by a watched word, addressed to nobody: never answered by itself."""


class Threads(StrEnum):
    """How a message of several parts reaches a platform."""

    BY_PART = "by_part"
    """Each part is a write of its own that answers the one before it (X, Reddit, Mastodon)."""
    AT_ONCE = "at_once"
    """All parts in one write: they stand there together or not at all (Bluesky)."""


class Ground(StrEnum):
    """Why a platform would not let us speak, whatever the words are."""

    NOT_SUMMONED = "not_summoned"
    """It lets an app answer only those who spoke to the account."""
    NO_COMMUNITY = "no_community"
    COMMUNITY_RULES = "community_rules"
    HOUSE_RULES = "house_rules"
    """The account's own place (a Mastodon instance) allows less than the platform does."""
    UNSUPPORTED = "unsupported"
    """The platform, or this release, has no way of saying it."""


Scope = Literal["account", "app"]
"""By whom a platform counts: each signed-in account, or all that one app client does for whomever."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much may be written by a platform's published limits: `writes` posts or replies in any `span`."""

    writes: int
    span: timedelta


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What pictures one part may carry. types: MIME types. max_bytes, max_side (pixels), max_pixels: of each; None: any.

    max_alt: code points of a description.
    """

    most: int
    types: frozenset[str]
    max_bytes: int
    max_alt: int
    max_side: int | None = None
    max_pixels: int | None = None


OWN_PLACE = "what the account's own instance says of itself"
"""The `source` of limits that an account's own place tells (`Terms`)."""


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What the one video may be that a part may show instead of pictures. types: MIME types. None: any.

    source: where the platform says so, in words for a person. max_alt: code points of a description; None: it takes none.
    shortest, longest: milliseconds. max_side, max_short_side (pixels): of the longer and of the shorter side. max_rate: frames
    a second. most_drawn_out: how many times the longer side may have the shorter one.
    """

    types: frozenset[str]
    max_bytes: int
    source: str
    max_alt: int | None = None
    shortest: int = 0
    longest: int | None = None
    min_side: int = 0
    max_side: int | None = None
    max_short_side: int | None = None
    max_pixels: int | None = None
    max_rate: int | None = None
    most_drawn_out: int | None = None


@dataclass(frozen=True, slots=True)
class Repeats:
    """After how long an account may say the same words again; None: never. Where a platform forbids repetition without
    telling a span, the span is our own caution."""

    same_after: timedelta | None = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an account's own place allows where that is not the platform's usual: None is as usual.

    url_length: how many characters an address counts, whatever its length. community: what the community asks in which the
    draft would stand; None where nobody has read it.
    """

    max_length: int | None = None
    url_length: int | None = None
    pictures: PictureLimits | None = None
    polls: PollLimits | None = None
    community: CommunityRules | None = None
    video: VideoLimits | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What saying a draft once costs, in millionths of a US dollar. `action`: the price list's words for it.

    instead: the same draft without what makes it dear, and what that is (`its link`); None where nothing does.
    """

    micro_usd: int
    action: str
    instead: int | None = None
    without: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of our right to answer something. summoned: its author named or quoted the account that would answer;
    None where nobody knows. own: it is the account's own post."""

    summoned: bool | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a draft may not be said there. `why` and `way_out` are sentences for a person, without the draft's words.

    part: what of the draft it is about, by the draft's own names (`title`, `text`, `options/poll`); empty: all of it.
    """

    ground: Ground
    why: str
    way_out: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one platform can do, as data. Lengths are in `unit`; times are what the platform makes sensible."""

    platform: Platform
    max_length: int
    unit: LengthUnit
    dedupe: Dedupe
    kinds: frozenset[InteractionKind]
    needs_title: bool = False
    """A first post needs `Draft.title` (Reddit)."""
    needs_community: bool = False
    """A first post needs `Draft.community` (Reddit)."""
    max_title: int = 0
    repeats: Repeats = Repeats()
    mention: str = "@"
    """What stands before a handle where somebody is named (Reddit: `u/`)."""
    max_reply_length: int | None = None
    """Where a reply may be shorter than a first post (a Reddit comment); None: the same."""
    max_bytes: int | None = None
    """A second limit in UTF-8 bytes (Bluesky: 3,000)."""
    threads: Threads = Threads.BY_PART
    max_parts: int = 25
    """Parts of a thread, first comments included. No platform tells a limit; what a reader follows is shorter."""
    pictures: PictureLimits | None = None
    """None: no pictures."""
    video: VideoLimits | None = None
    """None: no video."""
    why_no_video: str = "no video is handed over to it by this release"
    """Where `video` is None: why, in words for a person."""
    poll_every: timedelta = timedelta(minutes=1)
    allowance: Allowance = Allowance(1000, timedelta(minutes=1))
    """What one account may write; the default stands for a platform that publishes no limit."""
    app_allowance: Allowance | None = None
    """What one app client may write for all its accounts together (`registry.client_id`); None where nobody counts it."""
    options: frozenset[Option] = field(default_factory=frozenset)
    """What a draft may ask for beside its words."""
    options_of_parts: frozenset[Option] = field(default_factory=frozenset)
    """Which of them every later part of a thread is given too, where each is a write of its own; else they are the first's."""
    card_picture: PictureLimits | None = None
    """What the picture of a card may be; None where the platform takes none, or fetches it itself."""
    audiences: frozenset[Audience] = field(default_factory=frozenset)
    who_may_reply: frozenset[WhoMayReply] = field(default_factory=frozenset)
    polls: PollLimits | None = None
    moderations: frozenset[Moderation] = field(default_factory=frozenset)
    measures: frozenset[Measure] = field(default_factory=frozenset)
    tells_rules: bool = False
    """Whether its communities have rules of their own that can be asked for (`contract.TellsRules`)."""
    reads_own_threads: bool = False
    """Whether replies to own posts may be missing from what `fetch_interactions` reads, so that `thread` has to be asked."""
    reads: Allowance = Allowance(300, timedelta(minutes=15))
    """How often one account may be read."""
    app_reads: Allowance | None = None
    """How often one app client may read for all its accounts together; None where nobody counts it."""
    micro_usd_per_read: int = 0
    """What reading one item costs, in millionths of a US dollar (X)."""
    micro_usd_per_moderation: Mapping[Moderation, int] = field(default_factory=dict)
    """What asking once for a state costs there; what is missing costs nothing."""
    micro_usd_per_deletion: int = 0
    """What deleting one post of ours costs."""
