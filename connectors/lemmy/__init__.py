"""Lemmy: what it can do, as data. The calls are in `connector.py`; it speaks plain HTTP, version 3 of the API."""

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
    Platform,
    Price,
    Standing,
    Terms,
)
from connectors.contract import Connector, Draft, SignIn
from connectors.metrics import Measure
from connectors.moderation import Moderation
from connectors.options import Option
from connectors.settling import Settling
from connectors.signing import Way

BASE_URL = None
"""There is no Lemmy as such: the person who connects names the instance."""

CREDENTIALS = (("jwt",),)

WAY = Way.PASSWORD
APP: tuple[str, ...] = ()

CLIENT_ID = ()
"""Lemmy counts by IP address, which is nobody's client."""

SETTLING = Settling(
    10,
    "what an account said is read from the instance's own database, of which some read a copy; silence proves nothing",
)

CAPABILITIES = Capabilities(
    platform=Platform.LEMMY,
    max_length=50_000,
    unit=LengthUnit.CHARACTERS,
    dedupe=Dedupe.BY_SEARCH,
    kinds=frozenset(InteractionKind) - {InteractionKind.QUOTE},
    needs_title=True,
    needs_community=True,
    max_title=200,
    max_reply_length=10_000,
    poll_every=timedelta(minutes=2),
    allowance=Allowance(6, timedelta(minutes=10)),
    options=frozenset({Option.SENSITIVE, Option.CARD}),
    moderations=frozenset(
        {
            Moderation.REMOVE,
            Moderation.APPROVE,
            Moderation.LOCK,
            Moderation.UNLOCK,
            Moderation.BAN,
            Moderation.UNBAN,
            Moderation.BLOCK,
            Moderation.UNBLOCK,
            Moderation.REPORT,
        }
    ),
    measures=frozenset({Measure.SCORE, Measure.LIKES, Measure.REPLIES, Measure.POSTS, Measure.SUBSCRIBERS}),
    reads=Allowance(180, timedelta(minutes=1)),
)
"""Lengths: `POST_BODY_MAX_LENGTH`, `BODY_MAX_LENGTH`, title 200 (lemmy_utils validation.rs, 0.19), in code points.
allowance, reads: the defaults of Lemmy's rate limits, by IP address; an instance may set others."""


def connect(sign_in: SignIn) -> Connector:
    """The connector of one Lemmy account. No request is made."""
    from connectors.lemmy.connector import LemmyConnector

    return LemmyConnector(sign_in)


def count(draft: Draft) -> int:
    """A draft's characters as Lemmy counts them: code points."""
    return len(draft.text)


def price(draft: Draft) -> Price | None:  # noqa: ARG001  (speaking is free here)
    """Nothing is charged for it."""
    return None


def objection(draft: Draft, terms: Terms, standing: Standing) -> Objection | None:  # noqa: ARG001
    """A first post stands in a community, and an answer is words only."""
    if draft.in_reply_to is None and not (draft.community or "").strip(" !"):
        return Objection(Ground.NO_COMMUNITY, "a post on Lemmy stands in a community", "Name the community.")
    if draft.in_reply_to and draft.options.asked:
        return Objection(Ground.UNSUPPORTED, "an answer on Lemmy is words only", "Leave the rest out for this account.")
    return None
