"""X: what it can do, as data. The calls are in `connector.py`, which alone imports tweepy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from connectors.capabilities import (
    Allowance,
    Capabilities,
    Dedupe,
    Ground,
    InteractionKind,
    LengthUnit,
    Objection,
    PictureLimits,
    Platform,
    Price,
    Repeats,
    Standing,
    Terms,
    VideoLimits,
)
from connectors.contract import Connector, Draft, RemoteRef, SignIn
from connectors.metrics import Measure
from connectors.moderation import Moderation
from connectors.options import Option, PollLimits, WhoMayReply
from connectors.settling import Settling
from connectors.signing import Way
from connectors.x.prices import DELETION, MODERATION, POST_READ

BASE_URL = "https://api.twitter.com"
"""tweepy's own host; api.x.com answers the same paths."""

CREDENTIALS = (
    ("access_token",),
    ("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
)
"""OAuth 2.0 user token, or OAuth 1.0a user context. With `refresh_token` and `client_id` the first is renewed by itself."""

WAY = Way.BROWSER
APP: tuple[str, ...] = ("client_id",)
"""What the installation must know of its app, to sign accounts in (signing.py)."""

CLIENT_ID = ("consumer_key", "client_id")
"""Where a credential names its app, by which X counts the app's limits; the first that is there."""

PRIVATE = "dm/"
"""Begins the id of a private message (`dm/<event>`) and of its conversation, its root, lest they be taken for posts."""

MOVING = "image/gif"
"""X shows one of these alone, or four others."""

REPLY_SETTINGS: Mapping[WhoMayReply, str | None] = {
    WhoMayReply.EVERYONE: None,
    WhoMayReply.MENTIONED: "mentionedUsers",
    WhoMayReply.FOLLOWING: "following",
    WhoMayReply.SUBSCRIBERS: "subscribers",
    WhoMayReply.VERIFIED: "verified",
}
"""Who may answer, in X's words; everyone is what it is anyway."""

SETTLING = Settling(
    30, "own timelines are indexed within seconds, but X says nothing; silence proves nothing here anyway"
)

CAPABILITIES = Capabilities(
    platform=Platform.X,
    repeats=Repeats(timedelta(days=60)),
    max_length=280,
    unit=LengthUnit.WEIGHTED,
    dedupe=Dedupe.BY_SEARCH,
    kinds=frozenset(
        {
            InteractionKind.MENTION,
            InteractionKind.REPLY,
            InteractionKind.QUOTE,
            InteractionKind.MESSAGE,
            InteractionKind.KEYWORD,
        }
    ),
    pictures=PictureLimits(
        most=4,
        types=frozenset({"image/jpeg", "image/png", "image/webp", MOVING}),
        max_bytes=5_000_000,
        max_alt=1000,
        max_side=8192,
    ),
    video=VideoLimits(
        types=frozenset({"video/mp4", "video/quicktime"}),
        max_bytes=512_000_000,
        source="X's media best practices",
        shortest=500,
        longest=20 * 60 * 1000,
        min_side=32,
        max_side=1920,
        max_short_side=1080,
        max_rate=60,
        most_drawn_out=3,
    ),
    poll_every=timedelta(minutes=5),
    allowance=Allowance(100, timedelta(minutes=15)),
    app_allowance=Allowance(10_000, timedelta(hours=24)),
    options=frozenset({Option.POLL, Option.WHO_MAY_REPLY}),
    who_may_reply=frozenset(REPLY_SETTINGS),
    polls=PollLimits(2, 4, 25, timedelta(minutes=5), timedelta(days=7)),
    moderations=frozenset({Moderation.HIDE, Moderation.UNHIDE, Moderation.MUTE, Moderation.UNMUTE}),
    measures=frozenset(
        {
            Measure.LIKES,
            Measure.REPOSTS,
            Measure.REPLIES,
            Measure.QUOTES,
            Measure.BOOKMARKS,
            Measure.VIEWS,
            Measure.LINK_CLICKS,
            Measure.PROFILE_CLICKS,
            Measure.FOLLOWERS,
            Measure.FOLLOWING,
            Measure.POSTS,
        }
    ),
    reads_own_threads=True,
    reads=Allowance(300, timedelta(minutes=15)),
    app_reads=Allowance(450, timedelta(minutes=15)),
    micro_usd_per_read=POST_READ,
    micro_usd_per_moderation=MODERATION,
    micro_usd_per_deletion=DELETION,
)
"""Pictures: X's media best practices (README.md); a GIF may have 15 MB there, and gets what the others have. max_side is told
nowhere: what X's own pages show at most, doubled. Videos: the same page, for accounts that pay X nothing, but for 1,920 × 1,080,
which a paying one may have: whether this one pays is not told; and for max_bytes, where X's overview of media has less. X takes
no description of a video.

Allowances: POST /2/tweets in X's table of rate limits (README.md), per user and per app.

poll_every: each mention read costs money (see README.md), and 300 reads per 15 minutes are allowed.

reads_own_threads: a quote that does not name us, and an answer deep in our thread, are in no listing of mentions."""


def connect(sign_in: SignIn) -> Connector:
    """The connector of one X account. No request is made."""
    from connectors.x.connector import XConnector

    return XConnector(sign_in)


def count(draft: Draft) -> int:
    """A draft's weighted characters, of which X takes 280."""
    from connectors.x.length import weighted_length

    return weighted_length(draft.text)


def price(draft: Draft) -> Price | None:
    """By X's price list (prices.py): a link makes a post thirteen times as dear."""
    from connectors.x.prices import price_of

    return price_of(draft)


def is_private(ref: RemoteRef | None) -> bool:
    """Whether this is a private message, ours or another's: what answers it is one too, and no post."""
    return ref is not None and ref.id.startswith(PRIVATE)


def objection(draft: Draft, terms: Terms, standing: Standing) -> Objection | None:  # noqa: ARG001
    """What X cannot say; and whom an app may answer: those who named or quoted the account, and the account (README.md)."""
    unsayable = against(draft)
    if unsayable or draft.in_reply_to is None or standing.own or standing.summoned is not False:
        return unsayable
    return Objection(
        Ground.NOT_SUMMONED,
        "X lets an app answer only posts whose author named or quoted the account",
        "Answer by hand in X's own app, or say it as a post of its own.",
    )


def against(draft: Draft) -> Objection | None:
    """What of a draft does not go together on X, whoever says it."""

    def no(why: str, way_out: str, part: str = "") -> Objection:
        return Objection(Ground.UNSUPPORTED, why, way_out, part)

    options, reply = draft.options, draft.in_reply_to
    if len(draft.pictures) > 1 and any(picture.mime == MOVING for picture in draft.pictures):
        return no("X shows a GIF alone", "Leave the GIF or the other pictures out.")
    if options.poll is not None and draft.pictures:
        return no("X shows either a poll or pictures", "Leave the poll or the pictures out.", "options/poll")
    if options.poll is not None and not draft.text.strip():
        return no("a poll on X needs a question", "Write the question into the text.", "text")
    if len(options.who_may_reply) > 1:
        return no("X takes one answer to who may reply", "Choose one of them.", "options/who_may_reply")
    if options.who_may_reply - {WhoMayReply.EVERYONE} and reply is not None:
        why = "on X the first post of a conversation says who may reply"
        return no(why, "Leave it out of the answer.", "options/who_may_reply")
    if is_private(reply) and (options.asked or draft.pictures):
        return no("an answer to a private message on X is words only here", "Leave the rest out.")
    return None
