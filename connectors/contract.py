"""The contract of a connector: one signed-in account on one platform, in nouns that every platform shares.

A connector speaks a platform's language and decides nothing. It keeps nothing between calls, gives every call a
deadline, repeats no write by itself, and knows nothing of AWS or of `chalicelib`. `publish` is the one method in the
house whose effect cannot be taken back: it makes exactly one writing HTTP request.

To add a platform: one folder with `connector.py` (calls), `mapping.py` (pure JSON -> nouns) and `README.md` (quirks,
ledger), one test file that joins the contract suite, one line in `registry.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol


class Platform(StrEnum):
    """The platforms that have a connector."""

    X = "x"
    REDDIT = "reddit"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"


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


@dataclass(frozen=True, slots=True)
class Repeats:
    """After how long an account may say the same words again; None: never. Where a platform forbids repetition without
    telling a span, the span is our own caution."""

    same_after: timedelta | None = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an account's own place allows where that is not the platform's usual: None is as usual.

    url_length: how many characters an address counts, whatever its length.
    """

    max_length: int | None = None
    url_length: int | None = None
    pictures: PictureLimits | None = None


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
    """Why a draft may not be said there. `why` and `way_out` are sentences for a person, without the draft's words."""

    ground: Ground
    why: str
    way_out: str


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
    poll_every: timedelta = timedelta(minutes=1)
    allowance: Allowance = Allowance(1000, timedelta(minutes=1))
    """What one account may write; the default stands for a platform that publishes no limit."""
    app_allowance: Allowance | None = None
    """What one app client may write for all its accounts together (`registry.client_id`); None where nobody counts it."""


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """Something on a platform that can be answered.

    id: the native id (X: post id; Reddit: fullname t1_/t3_; Mastodon: the status id on our account's own instance;
    Bluesky: at:// URI). revision: what pins its content (Bluesky: CID). root: the thread's first post where the
    platform needs it for a reply (Bluesky); None means that this is the root or that it does not matter.
    """

    id: str
    url: str | None = None
    revision: str | None = None
    root: RemoteRef | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a draft. id: ours. alt: its description, empty where it has none. width, height: pixels.

    handle: what `upload` gave for it, opaque to all others; None where the platform does not hold it yet.
    """

    id: str
    mime: str
    size: int
    width: int
    height: int
    alt: str = ""
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that the platform holds. `ready` is False while it still works on it; then `uploaded` is asked.

    lasts: seconds for which it may be used in a post; None where nobody says.
    """

    handle: str
    ready: bool = True
    lasts: float | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One message, ready to be said: what is sent is `text`, byte for byte. A reply names what it answers.

    thread: the parts that follow, only for a platform that takes them AT_ONCE, and without replies or threads of their own.
    One that says `under_first` answers the first part, every other the last before it that does not say so.
    """

    text: str
    title: str | None = None
    community: str | None = None
    language: str | None = None
    in_reply_to: RemoteRef | None = None
    pictures: tuple[Picture, ...] = ()
    thread: tuple[Draft, ...] = ()
    under_first: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """What is left, as the platform tells it: `left` more writes until `resets_in` seconds have passed."""

    left: int
    resets_in: float
    scope: Scope


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform says it now holds. `limit` comes with the answer of a write; None where it is not told.

    thread: the parts that followed in the same write, in order.
    """

    ref: RemoteRef
    limit: Limit | None = None
    thread: tuple[RemoteRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """An earlier publish did land: this is it."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Absent:
    """The platform can prove that nothing landed."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """Nothing can be concluded; `why` says so in words for a person.

    silent: a complete listing back to `since` was read and holds nothing like it, on a platform whose listings may lag.
    False where there were candidates, or where the listing could not be read that far back.
    """

    why: str
    silent: bool = False


Lookup = Found | Absent | Unproven


@dataclass(frozen=True, slots=True)
class RemoteAuthor:
    """Who did it, as the platform tells it. `id` is the platform's stable id; None where it is gone or hidden."""

    id: str | None
    handle: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteInteraction:
    """What somebody did toward us, mapped. `raw` is the original JSON and is not kept by the record.

    native_id: the id by which the record knows it, the same from every route and account: X post id; Reddit fullname;
    Mastodon status `uri`; Bluesky at:// URI. conversation_id: native id of the remote root, as far as it is known.
    ref: what a reply would answer. text: plain text as a person reads it. created_at: aware, UTC.
    """

    native_id: str
    kind: InteractionKind
    author: RemoteAuthor
    text: str
    created_at: datetime
    conversation_id: str
    ref: RemoteRef
    parent_id: str | None = None
    language: str | None = None
    community: str | None = None
    url: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of interactions, oldest first. `cursor` is what to save once these are stored, opaque to all others.

    caught_up is False when another page waits behind `cursor`. skipped counts things that are nobody's interaction
    (own echoes, system mail, reposts) or that could not be read.
    """

    items: tuple[RemoteInteraction, ...]
    cursor: str | None
    caught_up: bool = True
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is signed in: the platform's stable id and the handle that people see."""

    id: str
    handle: str


class SessionKeeper(Protocol):
    """Where a connector may keep a short-lived session (sealed by whoever implements it)."""

    def load(self) -> str | None:
        """What was saved last, or None."""

    def save(self, session: str) -> None:
        """Keep this instead."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """All that a connector needs to act for one account.

    base_url: where the platform is reached (an instance on Mastodon, a PDS on Bluesky, the API root of X and Reddit);
    already vetted against the allow-list by the caller. credential: the platform's own names (see each README), secret.
    identity: known once the account is connected. timeout: seconds per HTTP call, connecting and reading each.
    """

    base_url: str
    credential: Mapping[str, str] = field(repr=False)
    identity: Identity | None = None
    sessions: SessionKeeper | None = field(default=None, repr=False)
    timeout: float = 8.0


class Connector(Protocol):
    """One signed-in account on one platform. Stateless between calls; every call has a deadline. Errors: errors.py."""

    capabilities: Capabilities

    def sign_in(self) -> None:
        """Make sure that the next call needs no other: refresh or open the session. Repeatable; costs nothing if fresh."""

    def identify(self) -> Identity:
        """Who is signed in, asked of the platform. Used when an account is connected."""

    def length(self, draft: Draft) -> int:
        """The draft's text counted by the platform's own rule, in `capabilities.unit`. No I/O."""

    def new_key(self, seed: str, at: datetime) -> str:
        """The identity of one send, fixed by its first claim: the same `seed` and `at` give the same key. No I/O."""

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        """Post once: exactly one writing request. `key` is the same on every retry of the same content.

        Its pictures have the handles that `upload` gave. Raises Retryable or RateLimited (nothing happened), AuthExpired,
        Rejected (with PICTURE_NOT_UPLOADED for its code: hand the pictures over again, and ask again), or Ambiguous.
        """

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:
        """Did an earlier `publish` land? `Absent` only where the platform can prove it. `since`: the first claim's time."""

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """Is the post that a person points at ours, and is it this draft? Reads only, by the match rule without the time.

        `reference` is the id or the address that the platform shows. Found: it exists, this account made it, and it says
        the draft. Absent: this account has no such post. Unproven: it is ours but says something else; `why` is short and
        never quotes it. Raises Rejected where the reference cannot be read as one of this platform.
        """

    def fetch_interactions(self, cursor: str | None) -> Page:
        """The next page, oldest first. The same cursor gives the same items, or more. None: start with recent ones."""

    def delete(self, ref: RemoteRef) -> None:
        """Take one of our own posts down. Doing it twice is doing it once."""

    def terms(self) -> Terms:
        """What this account's own place allows, asked of the platform; `Terms()` where it is as everywhere. Reads only."""

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """Hand a picture over, to be used by a later `publish`. Repeatable: what is never used shows nowhere.

        Raises as reading does, and Rejected where the platform does not take the picture.
        """

    def uploaded(self, handle: str) -> bool:
        """Whether the platform is done with an upload. Raises Rejected where it could not work with it, or forgot it."""
