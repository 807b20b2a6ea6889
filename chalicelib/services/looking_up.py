"""Looking up: did an earlier attempt land? Reads only; what follows is for `publishing` to write down."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.post import Variant
from chalicelib.domain.sending import (
    CannotKnow,
    FoundEarlier,
    NothingHappened,
    Outcome,
    ProvedAbsent,
    SignedOut,
    Silence,
    Unpaid,
)
from chalicelib.domain.timing import Timing
from chalicelib.services.bodies import remote_of
from chalicelib.services.desk import Desk
from connectors import errors
from connectors.contract import Absent, Connector, Draft, Found, Unproven

RETRY_AFTER = timedelta(seconds=30)
"""When nothing happened and the platform named no time: our own default, one tick's half."""


def look_up(
    desk: Desk, connector: Connector, variant: Variant, draft: Draft, timing: Timing, sent_by: datetime | None
) -> Outcome:
    """T5: did an earlier attempt land? `sent_by`: when the last of them may have sent at the latest."""
    key, since, now = variant.key, variant.first_claimed_at, desk.clock.now()
    if key is None or since is None:
        return CannotKnow("the attempt left no key")
    last = sent_by or since
    try:
        connector.sign_in()
        found = connector.find_published(draft, key=key, since=since - timing.skew)
    except errors.AuthExpired as error:
        return SignedOut(error.detail, error.cause)
    except errors.Unpaid as error:
        return Unpaid(str(error))
    except errors.Retryable as error:
        return NothingHappened(later(now, error.retry_after), f"could not look: {error.detail}")
    except errors.ConnectorError as error:
        return CannotKnow(f"could not look: {error.detail}")
    match found:
        case Found(receipt):
            return FoundEarlier(remote_of(receipt.ref), tuple(map(remote_of, receipt.thread)))
        case Absent():
            return ProvedAbsent()
        case Unproven(why, silent=True):
            after = desk.workspace(variant.workspace).send_again_after
            return Silence(why, None if after is None else last + after)
        case Unproven(why):
            return CannotKnow(why)


def later(now: datetime, seconds: float | None) -> datetime:
    """When the same may be asked again; `seconds` as the platform told it."""
    return now + (RETRY_AFTER if seconds is None else timedelta(seconds=seconds))
