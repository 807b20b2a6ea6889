"""Bluesky: what it can do, as data. The calls are in `connector.py`, over plain XRPC."""

from __future__ import annotations

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
    Standing,
    Terms,
    Threads,
    VideoLimits,
)
from connectors.contract import Connector, Draft, RemoteRef, SignIn
from connectors.metrics import Measure
from connectors.moderation import Moderation
from connectors.options import Option, WhoMayReply
from connectors.settling import Settling
from connectors.signing import Way

BASE_URL = "https://bsky.social"
"""The entry to Bluesky's own servers; an account elsewhere names its own PDS."""

CREDENTIALS = (("identifier", "app_password"),)

WAY = Way.PASSWORD
APP: tuple[str, ...] = ()
"""What the installation must know of its app, to sign accounts in (signing.py)."""

CLIENT_ID = ()
"""Bluesky counts nothing by app."""

PRIVATE = "chat/"
"""Begins the id of a private message (`chat/<conversation>/<message>`) and of its conversation; no record has such a one."""

POINTS = 3
"""What a create costs of the 5,000 points an hour that an account has (bsky-docs, rate-limits)."""

SETTLING = Settling(
    0,
    "a record is read from the repository that was written",
    why_landing="not waited for before a take-over, since an id is taken once; only before a person may send again, "
    "and before a take-down",
)

CAPABILITIES = Capabilities(
    platform=Platform.BLUESKY,
    max_length=300,
    unit=LengthUnit.GRAPHEMES,
    dedupe=Dedupe.BY_ID,
    kinds=frozenset(
        {
            InteractionKind.MENTION,
            InteractionKind.REPLY,
            InteractionKind.QUOTE,
            InteractionKind.MESSAGE,
            InteractionKind.KEYWORD,
        }
    ),
    max_bytes=3000,
    threads=Threads.AT_ONCE,
    pictures=PictureLimits(
        most=4,
        types=frozenset({"image/jpeg", "image/png", "image/webp"}),
        max_bytes=2_000_000,
        max_alt=2000,
        max_side=8000,
    ),
    video=VideoLimits(
        types=frozenset({"video/mp4"}),
        max_bytes=300_000_000,
        source="Bluesky's own app, and app.bsky.embed.video",
        max_alt=1000,
        longest=10 * 60 * 1000,
    ),
    card_picture=PictureLimits(
        most=1,
        types=frozenset({"image/jpeg", "image/png", "image/webp"}),
        max_bytes=1_000_000,  # app.bsky.embed.external, `thumb`
        max_alt=2000,
        max_side=8000,
    ),
    poll_every=timedelta(minutes=1),
    allowance=Allowance(5000 // POINTS, timedelta(hours=1)),
    options=frozenset({Option.SENSITIVE, Option.WHO_MAY_REPLY, Option.CARD}),
    who_may_reply=frozenset(
        {
            WhoMayReply.EVERYONE,
            WhoMayReply.MENTIONED,
            WhoMayReply.FOLLOWING,
            WhoMayReply.FOLLOWERS,
            WhoMayReply.NOBODY,
        }
    ),
    moderations=frozenset(
        {
            Moderation.HIDE,
            Moderation.UNHIDE,
            Moderation.MUTE,
            Moderation.UNMUTE,
            Moderation.BLOCK,
            Moderation.UNBLOCK,
            Moderation.REPORT,
        }
    ),
    measures=frozenset(
        {
            Measure.LIKES,
            Measure.REPOSTS,
            Measure.REPLIES,
            Measure.QUOTES,
            Measure.BOOKMARKS,
            Measure.FOLLOWERS,
            Measure.FOLLOWING,
            Measure.POSTS,
        }
    ),
    reads_own_threads=True,
    reads=Allowance(3000, timedelta(minutes=5)),
)
"""Both limits of length: lexicons/app/bsky/feed/post.json. Pictures, their number and bytes: app/bsky/embed/images.json; no
lexicon limits a description, the app's own editor takes 2,000. A moving picture would stand still, so GIF is left out.
Reads: rate-limits.ts of the reference PDS counts 3,000 requests in 5 minutes by the address that they come from.

max_side: a careful choice of ours, nothing is published; people see at most 2,000 pixels of a side.

Videos: `VIDEO_MAX_SIZE` and `VIDEO_MAX_DURATION_MS` in the app's constants.ts; the type, and 1,000 graphemes of a description, in
app/bsky/embed/video.json.
"""


def connect(sign_in: SignIn) -> Connector:
    """The connector of one Bluesky account. No request is made."""
    from connectors.bluesky.connector import BlueskyConnector

    return BlueskyConnector(sign_in)


def count(draft: Draft) -> int:
    """A draft's grapheme clusters."""
    from connectors.text import graphemes

    return graphemes(draft.text)


def price(draft: Draft) -> Price | None:  # noqa: ARG001  (speaking is free here)
    """Nothing is charged for it."""
    return None


def is_private(ref: RemoteRef | None) -> bool:
    """Whether this is a private message, ours or another's: what answers it is one too, and no record."""
    return ref is not None and ref.id.startswith(PRIVATE)


def objection(draft: Draft, terms: Terms, standing: Standing) -> Objection | None:  # noqa: ARG001
    """What Bluesky could not show as it is asked for. Whoever may post may answer, short of a gate that the author set."""
    if standing.own and is_private(draft.in_reply_to):
        return _no("an answer to a private message on Bluesky is one message", "Say it in one.")
    return against(draft)


def against(draft: Draft) -> Objection | None:
    """Which of the draft's options do not go together here; None where all do."""
    options, no = draft.options, _no
    if is_private(draft.in_reply_to) and (draft.thread or draft.pictures or options.asked):
        return no("an answer to a private message on Bluesky is words only, in one message", "Leave the rest out.")
    if options.card is not None and draft.pictures:
        return no("a post on Bluesky shows pictures or a card, not both", "Leave one of them out for this account.")
    if options.who_may_reply and draft.in_reply_to is not None:
        return no("only a thread's first post says who may reply on Bluesky", "Leave the reply control out.")
    alone = options.who_may_reply & {WhoMayReply.EVERYONE, WhoMayReply.NOBODY}
    if alone and len(options.who_may_reply) > 1:
        return no(f"`{min(alone)}` goes with no other reply control", "Name it alone, or name the others.")
    return None


def _no(why: str, way_out: str) -> Objection:
    return Objection(Ground.UNSUPPORTED, why, way_out)
