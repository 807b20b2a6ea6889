"""Reading back: what was said to an account before it was connected, a page of its inbox with each reading, within bounds.

What comes is stored once, as history: nothing answers it, nobody is told of it, and it tells nothing of how much the account
hears. The cursor by which what is new is read is never touched. Where it goes on is saved last, with the reading: after any
crash the same page is read again, and what lies in the record is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain import looking_back
from chalicelib.domain.account import Account
from chalicelib.domain.looking_back import AGAIN_AFTER, NOT_READ_BACK, TRIED_FOR, History, InboxPast
from chalicelib.domain.polling import Reading
from chalicelib.services.desk import Desk
from chalicelib.services.hearing import hear
from chalicelib.services.listening import asked
from connectors import errors
from connectors.contract import Connector


@dataclass(frozen=True, slots=True)
class Step:
    """What one page came to. new: messages that were not in the record; calls: requests that it took; items: messages that
    are paid for where reading costs money."""

    after: InboxPast
    new: int = 0
    calls: int = 1
    items: int = 0


def is_due(desk: Desk, account: Account, reading: Reading, now: datetime) -> bool:
    """Whether a page of an account's inbox is to be read back; told from what whoever reads it knows anyway."""
    return _wanted(desk, account) and looking_back.back_due(reading.past, account.created_at, now)


def history(desk: Desk, account: Account, reading: Reading, now: datetime) -> History | None:
    """How far what was there before was read; None where that costs money and was not switched on."""
    if not _is_free_or_wanted(desk, account):
        return None
    past = reading.past
    if past.done_at is None and now - account.created_at >= TRIED_FOR:
        # What was connected before inboxes were read back has none; of the others the rest was given up.
        past = replace(past, done_at=account.created_at + TRIED_FOR) if past.steps else NOT_READ_BACK
        return looking_back.history(reading.backfill, past if past.steps else None)
    return looking_back.history(reading.backfill, past if _wanted(desk, account) or past.steps else None)


def step(desk: Desk, account: Account, connector: Connector, reading: Reading, now: datetime) -> Step:
    """Read one page back, of an account that is signed in.

    A platform that does not answer is asked again a little later, one that refuses never. Raises RateLimited, AuthExpired and
    Unpaid as reading does.
    """
    past, bounds = reading.past, desk.policy.read_back
    since = account.created_at - bounds.span
    try:
        page = connector.earlier(past.token, since=since, listening=asked(account))
    except (errors.RateLimited, errors.AuthExpired, errors.Unpaid):
        raise
    except errors.Rejected:
        return Step(replace(past, token=None, done_at=now))
    except errors.ConnectorError:
        return Step(replace(past, next_at=now + AGAIN_AFTER))
    # The newest page is what the first reading of the inbox brought, as news; and what is said from then on, it brings.
    first = not past.steps
    before = [] if first else [one for one in page.items if one.created_at < account.created_at]
    heard = hear(desk, account, before, now, history=True)
    said = [one.created_at for one in page.items]
    after = looking_back.went_back(past, said, heard, page.token, bounds.most, now)
    return Step(after, heard, page.calls, 0 if first else len(said) + page.skipped)


def _wanted(desk: Desk, account: Account) -> bool:
    bounds = desk.policy.read_back
    return bool(bounds.span and bounds.most) and _is_free_or_wanted(desk, account)


def _is_free_or_wanted(desk: Desk, account: Account) -> bool:
    return not desk.platforms.capabilities(account.platform).micro_usd_per_read or account.listening.threads
