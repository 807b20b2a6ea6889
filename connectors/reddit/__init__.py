"""Reddit: what it can do, as data. The calls are in `connector.py`, which alone imports praw."""

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
    Repeats,
    Standing,
    Terms,
)
from connectors.contract import Connector, Draft, SignIn
from connectors.signing import Way

BASE_URL = "https://oauth.reddit.com"

CREDENTIALS = (("client_id", "client_secret", "refresh_token", "user_agent"),)

MAX_COMMENT = 10_000
"""Code points of Markdown (r2 source, 2017)."""

WAY = Way.BROWSER
APP: tuple[str, ...] = ("client_id", "client_secret", "user_agent")
"""What the installation must know of its app, to sign accounts in (signing.py)."""

CLIENT_ID = ("client_id",)
"""Where a credential names its app: Reddit counts by OAuth client, not by user."""

CAPABILITIES = Capabilities(
    platform=Platform.REDDIT,
    repeats=Repeats(None),
    max_length=40_000,
    max_reply_length=MAX_COMMENT,
    unit=LengthUnit.CHARACTERS,
    dedupe=Dedupe.BY_SEARCH,
    kinds=frozenset({InteractionKind.MENTION, InteractionKind.COMMENT}),
    needs_title=True,
    needs_community=True,
    mention="u/",
    max_title=300,
    pictures=PictureLimits(
        most=20,
        types=frozenset({"image/jpeg", "image/png", "image/gif"}),
        max_bytes=20_000_000,
        max_alt=1000,
    ),
    poll_every=timedelta(minutes=2),
    allowance=Allowance(10, timedelta(minutes=1)),
    app_allowance=Allowance(100, timedelta(minutes=1)),
)
"""max_length: a self post; a community may set less without saying so.

pictures: in a first post, more than one as a gallery (README.md). A description is shown in a gallery only, and only if it is
short; max_alt is what we keep.

app_allowance: Reddit's rule for OAuth clients, which counts reads too (README.md). allowance: a careful choice of ours, a
tenth of that, because Reddit publishes nothing per account and tells the young ones to take a break.
"""


def connect(sign_in: SignIn) -> Connector:
    """The connector of one Reddit account. No request is made."""
    from connectors.reddit.connector import RedditConnector

    return RedditConnector(sign_in)


def count(draft: Draft) -> int:
    """A draft's code points of Markdown."""
    return len(draft.text)


def price(draft: Draft) -> Price | None:  # noqa: ARG001  (speaking is free here)
    """Nothing is charged for it."""
    return None


def objection(draft: Draft, terms: Terms, standing: Standing) -> Objection | None:  # noqa: ARG001
    """A first post needs a community, and a comment takes no picture. What each community allows is not told reliably."""
    if draft.in_reply_to is not None:
        why, way_out = (
            "a comment on Reddit takes no picture here",
            "Leave the picture out, or put it into the post itself.",
        )
        return Objection(Ground.UNSUPPORTED, why, way_out) if draft.pictures else None
    if not (draft.community or "").strip():
        return Objection(Ground.NO_COMMUNITY, "a post on Reddit stands in a community", "Name the community.")
    return None
