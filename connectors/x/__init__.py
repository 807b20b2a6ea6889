"""X: what it can do, as data. The calls are in `connector.py`, which alone imports tweepy."""

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

MOVING = "image/gif"
"""X shows one of these alone, or four others."""

CAPABILITIES = Capabilities(
    platform=Platform.X,
    repeats=Repeats(timedelta(days=60)),
    max_length=280,
    unit=LengthUnit.WEIGHTED,
    dedupe=Dedupe.BY_SEARCH,
    kinds=frozenset({InteractionKind.MENTION, InteractionKind.REPLY, InteractionKind.QUOTE}),
    pictures=PictureLimits(
        most=4,
        types=frozenset({"image/jpeg", "image/png", "image/webp", MOVING}),
        max_bytes=5_000_000,
        max_alt=1000,
        max_side=8192,
    ),
    poll_every=timedelta(minutes=5),
    allowance=Allowance(100, timedelta(minutes=15)),
    app_allowance=Allowance(10_000, timedelta(hours=24)),
)
"""Pictures: X's media best practices (README.md); a GIF may have 15 MB there, and gets what the others have. max_side is told
nowhere: what X's own pages show at most, doubled.

Allowances: POST /2/tweets in X's table of rate limits (README.md), per user and per app.

poll_every: each mention read costs money (see README.md), and 300 reads per 15 minutes are allowed."""


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


def objection(draft: Draft, terms: Terms, standing: Standing) -> Objection | None:  # noqa: ARG001
    """An app may answer only those who named or quoted the account, and the account itself (README.md); a GIF stands alone."""
    if len(draft.pictures) > 1 and any(picture.mime == MOVING for picture in draft.pictures):
        return Objection(Ground.UNSUPPORTED, "X shows a GIF alone", "Leave the GIF or the other pictures out.")
    if draft.in_reply_to is None or standing.own or standing.summoned is not False:
        return None
    return Objection(
        Ground.NOT_SUMMONED,
        "X lets an app answer only posts whose author named or quoted the account",
        "Answer by hand in X's own app, or say it as a post of its own.",
    )
