"""The contract of a connector: one signed-in account on one platform, in nouns that every platform shares.

A connector speaks a platform's language and decides nothing. It keeps nothing between calls, gives every call a
deadline, repeats no write by itself, and knows nothing of AWS or of `chalicelib`. `publish` is the one method in the
house whose effect cannot be taken back: it makes exactly one writing HTTP request.

To add a platform: one folder with `connector.py` (calls), `mapping.py` (pure JSON -> nouns) and `README.md` (quirks,
ledger), one test file that joins the contract suite, one line in `registry.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from connectors.capabilities import Capabilities, InteractionKind, Scope, Terms
from connectors.communities import CommunityRules
from connectors.metrics import Counts, Metrics
from connectors.moderation import Moderation, Target
from connectors.options import USUAL, Options

VIDEO = "video/"
"""Begins the MIME types of videos; a GIF is a picture."""


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
    """One picture of a draft, or its one video. id: ours. alt: its description, empty where it has none. width, height: pixels.

    handle: what `upload`, or `uploaded`, gave for it, opaque to all others; None where the platform does not hold it yet.
    """

    id: str
    mime: str
    size: int
    width: int
    height: int
    alt: str = ""
    handle: str | None = None

    @property
    def is_video(self) -> bool:
        """Whether it is a video."""
        return self.mime.startswith(VIDEO)


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or video that the platform holds. `ready` is False while it still works on it; then `uploaded` is asked.

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
    options: Options = USUAL
    named: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Of a whole draft, its thread included: whom its handles mean, as `NamesPeople.whom` told; empty elsewhere."""


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
    """Who did it, as the platform tells it. `id` is the platform's stable id; None where it is gone or hidden.

    bot: whether the platform marks them as a machine; None where it does not say.
    """

    id: str | None
    handle: str | None = None
    name: str | None = None
    bot: bool | None = None


@dataclass(frozen=True, slots=True)
class RemoteInteraction:
    """What somebody did toward us, mapped. `raw` is the original JSON and is not kept by the record.

    native_id: the id by which the record knows it, the same from every route and account: X post id; Reddit fullname;
    Mastodon status `uri`; Bluesky at:// URI; Lemmy `ap_id`. conversation_id: native id of the remote root, as far as it is known.
    ref: what a reply would answer. text: plain text as a person reads it. created_at: aware, UTC. parent_id: what it answers,
    as the `id` of a ref.
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
    why: tuple[str, ...] = ()
    """Of a report: the reasons that were given; of a keyword: the word that was found."""
    about: str | None = None
    """Of a report: the native id by which what was reported is known where it is heard for itself; None where nobody knows."""
    on_own: bool | None = None
    """Whether it stands under a post of our own; None where nobody knows."""
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Listening:
    """What a reading looks for beside mentions, replies and quotes; nothing of it unless it was switched on.

    messages: private ones. moderated: names of communities whose reports and waiting items are read. communities: those
    of them of which everything new is read. words: watched words; word_places: the communities in which they are looked
    for, where the platform looks in communities only (Reddit).
    """

    messages: bool = False
    moderated: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    word_places: tuple[str, ...] = ()


USUAL_LISTENING = Listening()


@dataclass(frozen=True, slots=True)
class Thread:
    """What stands around a post. above: what it answers, the root first. below: what answers it, oldest first, ours left out.

    complete: False where the platform showed only a part of what is below.
    """

    above: tuple[RemoteInteraction, ...] = ()
    below: tuple[RemoteInteraction, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class EarlierPost:
    """A post that the account made, by whatever app. text: plain, as a person reads it."""

    ref: RemoteRef
    text: str
    created_at: datetime
    counts: Counts = field(default_factory=dict)
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of interactions, oldest first. `cursor` is what to save once these are stored, opaque to all others.

    caught_up is False when another page waits behind `cursor`. skipped counts things that are nobody's interaction
    (own echoes, system mail, reposts) or that could not be read. missed: what of `Listening` was refused this time, each as
    short words with the platform's code; the cursor stays where it was for these.
    """

    items: tuple[RemoteInteraction, ...]
    cursor: str | None
    caught_up: bool = True
    skipped: int = 0
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EarlierPage:
    """A page of what was said to the account long ago, oldest first. token: where the next one begins, opaque to all others;
    None: there is no more. skipped: as of a `Page`. calls: requests that it took."""

    items: tuple[RemoteInteraction, ...]
    token: str | None
    skipped: int = 0
    calls: int = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is signed in: the platform's stable id and the handle that people see."""

    id: str
    handle: str


class Turn(StrEnum):
    """Whether a session is ours to renew."""

    OURS = "ours"
    AFTER_LOSS = "after-loss"
    """Ours; whoever had the turn before left no word of what came of it, and may have spent the token that renews."""
    TAKEN = "taken"
    """Another worker's, for a little while yet."""


class SessionKeeper(Protocol):
    """Where a connector may keep a short-lived session (sealed by whoever implements it).

    A token that renews a session may be good for one use only: whoever is to use it takes a turn first, and no two workers
    have one at the same time.
    """

    def load(self) -> str | None:
        """What was saved last, as far as this keeper has read; None where nothing was."""

    def save(self, session: str) -> None:
        """Keep this instead and end the turn, unless another session was saved since `load`: then that one is loaded."""

    def take_turn(self) -> Turn:
        """Ask for the turn; from here on `load` gives what lies there now. It ends by itself after a while."""

    def in_turn(self) -> bool:
        """Whether our turn surely lasts long enough for one more call."""

    def end_turn(self, *, lost: bool = False) -> None:
        """Give the turn back. lost: what was asked may have had its effect, and the answer is not known."""


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

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:
        """The next page, oldest first. The same cursor gives the same items, or more. None: start with recent ones.

        A cursor made under other `listening` is good too: what was switched on since starts with recent ones.
        """

    def earlier(self, token: str | None, *, since: datetime, listening: Listening = USUAL_LISTENING) -> EarlierPage:
        """A page of the inbox further back: mentions, replies, and messages where they are listened to; the newest for None.

        Nothing of before `since` is told, and there is no more once all was said before it. The same token gives the same
        page, or what is left of it. The page for None is the one that a first `fetch_interactions` reads.
        """

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """These as they stand now, by the `id` of the ref that was asked; one that is missing is gone or not visible.

        At most 100 refs. The kind of what comes back says nothing. Edits and deletions are noticed by it.
        """

    def thread(self, ref: RemoteRef) -> Thread:
        """What stands above and below a post, of anybody's. Raises Rejected(code="gone") where it is not there."""

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        """A page of what the account itself posted, newest first; `before`: the id of the oldest known. Empty: no more."""

    def moderate(self, target: Target, action: Moderation) -> None:
        """Bring a message, or its author, to a state. Doing it twice is doing it once.

        Raises Unsupported where the platform has no such state; Rejected(code="not-moderator") where we may not.
        """

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:
        """Counts now, of posts, and where asked of the account itself and of communities. At most 100 refs.

        What is not told is missing, never zero.
        """

    def delete(self, ref: RemoteRef) -> None:
        """Take one of our own posts down. Doing it twice is doing it once."""

    def terms(self) -> Terms:
        """What this account's own place allows, asked of the platform; `Terms()` where it is as everywhere. Reads only."""

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """Hand a picture over, to be used by a later `publish`. Repeatable: what is never used shows nowhere.

        Raises as reading does, and Rejected where the platform does not take the picture.
        """

    def uploaded(self, handle: str) -> str | None:
        """The handle by which a post names an upload once the platform is done with it; None while it works on it.

        Raises Rejected where it could not work with it, or forgot it.
        """


@runtime_checkable
class NamesPeople(Protocol):
    """A connector of a platform that has to be told by id whom a text names, since it reads no handles (Bluesky)."""

    def whom(self, draft: Draft) -> dict[str, str]:
        """Whom the draft's texts name: handle, in small letters, to the platform's stable id; nobody's are left out.

        Asked before the send and kept with it in `Draft.named`, so that what is sent is the same each time. Reads only.
        """


@runtime_checkable
class TellsRules(Protocol):
    """A connector of a platform on which each community has rules of its own that can be asked for (Reddit)."""

    def rules_of(self, community: str) -> CommunityRules:
        """What a community asks of a post, now. One that may not be read is `closed`. Reads only; raises as reading does."""
