"""Mastodon: what it can do, as data. The calls are in `connector.py`, which alone imports Mastodon.py."""

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
    VideoLimits,
)
from connectors.contract import Connector, Draft, SignIn
from connectors.metrics import Measure
from connectors.moderation import Moderation
from connectors.options import Audience, Option, PollLimits
from connectors.settling import Settling
from connectors.signing import Way

BASE_URL = None
"""There is no Mastodon as such: the person who connects names the instance."""

CREDENTIALS = (("access_token",),)

WAY = Way.BROWSER
APP: tuple[str, ...] = ()
"""What the installation must know of its app, to sign accounts in (signing.py)."""

CLIENT_ID = ()
"""Mastodon counts nothing by app."""

SETTLING = Settling(
    5, "own statuses are read from the instance's own database; 5 s for one that reads from a copy of it"
)

CAPABILITIES = Capabilities(
    platform=Platform.MASTODON,
    max_length=500,
    unit=LengthUnit.GRAPHEMES,
    dedupe=Dedupe.BY_KEY,
    kinds=frozenset(
        {
            InteractionKind.MENTION,
            InteractionKind.REPLY,
            InteractionKind.QUOTE,
            InteractionKind.MESSAGE,
            InteractionKind.REPORT,
            InteractionKind.COMMUNITY,
            InteractionKind.KEYWORD,
        }
    ),
    pictures=PictureLimits(
        most=4,
        types=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"}),
        max_bytes=10_000_000,
        max_alt=1500,
        max_pixels=16_777_216,
    ),
    video=VideoLimits(
        types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
        max_bytes=40_000_000,
        source="what instances take that tell nothing of it",
        max_alt=1500,
        max_pixels=2_304_000,
        max_rate=60,
    ),
    poll_every=timedelta(minutes=1),
    allowance=Allowance(300, timedelta(hours=3)),
    options=frozenset({Option.WARNING, Option.SENSITIVE, Option.AUDIENCE, Option.POLL}),
    options_of_parts=frozenset({Option.WARNING, Option.SENSITIVE, Option.AUDIENCE}),
    audiences=frozenset(Audience),
    polls=PollLimits(2, 4, 50, timedelta(minutes=5), timedelta(seconds=2_629_746), many=True),
    moderations=frozenset(
        {Moderation.MUTE, Moderation.UNMUTE, Moderation.BLOCK, Moderation.UNBLOCK, Moderation.REPORT}
    ),
    measures=frozenset(
        {
            Measure.REPLIES,
            Measure.REPOSTS,
            Measure.LIKES,
            Measure.QUOTES,
            Measure.FOLLOWERS,
            Measure.FOLLOWING,
            Measure.POSTS,
        }
    ),
    reads_own_threads=True,
    reads=Allowance(300, timedelta(minutes=5)),
)
"""Lengths, pictures and videos: what an instance allows that tells nothing else. Most tell, and then `terms()` goes before: newer
ones take 16 MB and 33 megapixels, videos of 99 MB, 8 megapixels and 120 frames a second, some more than 500 characters.

polls: `PollOptionsValidator` and `PollExpirationValidator`. reads_own_threads: an answer that does not name us notifies nobody.
allowance: the `statuses` family in Mastodon's rate_limiter.rb, which the recorded headers of new statuses agree with.
"""


def connect(sign_in: SignIn) -> Connector:
    """The connector of one Mastodon account. No request is made."""
    from connectors.mastodon.connector import MastodonConnector

    return MastodonConnector(sign_in)


def count(draft: Draft) -> int:
    """A draft's characters as Mastodon counts them."""
    from connectors.mastodon.mapping import length as counted
    from connectors.mastodon.mapping import said

    return counted(said(draft), draft.options.warning)


def price(draft: Draft) -> Price | None:  # noqa: ARG001  (speaking is free here)
    """Nothing is charged for it."""
    return None


def objection(draft: Draft, terms: Terms, standing: Standing) -> Objection | None:  # noqa: ARG001
    """Whoever may post may answer on Mastodon, but an answer to a private message has to stay private."""
    from connectors.mastodon.mapping import too_public

    why = too_public(draft)
    return None if why is None else Objection(Ground.UNSUPPORTED, why, "Say it without, or answer by hand in Mastodon.")
