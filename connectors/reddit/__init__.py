"""Reddit: what it can do, as data. The calls are in `connector.py`, which alone imports praw."""

from __future__ import annotations

from datetime import timedelta

from connectors.contract import (
    Allowance,
    Capabilities,
    Connector,
    Dedupe,
    Draft,
    Ground,
    InteractionKind,
    LengthUnit,
    Objection,
    Platform,
    Price,
    SignIn,
    Standing,
    Terms,
)

BASE_URL = "https://oauth.reddit.com"

CREDENTIALS = (("client_id", "client_secret", "refresh_token", "user_agent"),)

MAX_COMMENT = 10_000
"""Code points of Markdown (r2 source, 2017)."""

CLIENT_ID = ("client_id",)
"""Where a credential names its app: Reddit counts by OAuth client, not by user."""

CAPABILITIES = Capabilities(
    platform=Platform.REDDIT,
    max_length=40_000,
    max_reply_length=MAX_COMMENT,
    unit=LengthUnit.CHARACTERS,
    dedupe=Dedupe.BY_SEARCH,
    kinds=frozenset({InteractionKind.MENTION, InteractionKind.COMMENT}),
    needs_title=True,
    needs_community=True,
    max_title=300,
    poll_every=timedelta(minutes=2),
    allowance=Allowance(10, timedelta(minutes=1)),
    app_allowance=Allowance(100, timedelta(minutes=1)),
)
"""max_length: a self post; a community may set less without saying so.

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
    """A first post needs a community. What each community allows, Reddit's endpoints do not tell reliably."""
    if draft.in_reply_to is None and not (draft.community or "").strip():
        return Objection(Ground.NO_COMMUNITY, "a post on Reddit stands in a community", "Name the community.")
    return None
