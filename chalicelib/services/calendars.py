"""Calendars: shared under a secret address, read by whoever has it, taken back at once.

It shows what the desk itself says, never what answers a member. Whatever does not open (unknown, taken back, another's
secret) is refused in the same words after the same work.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.calendar import CALENDAR, Calendar, CalendarState
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.post import Origin, Post, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.services import coming, recent, revoking
from chalicelib.services.bodies import body_in
from chalicelib.services.desk import Desk
from chalicelib.store import keys

AHEAD: Final = timedelta(days=180)
BEHIND: Final = timedelta(days=60)
MOST: Final = 1_000
"""Entries of each: what is to come, the soonest first; what was said, the newest first."""
LASTS: Final = timedelta(minutes=15)
"""How long an entry is drawn: nothing that is said lasts, and what lasts no time is drawn by few programs."""
REFRESH: Final = timedelta(minutes=30)

_SECRET_BYTES: Final = 25
_SUFFIX: Final = ".ics"
_NOBODY = hashlib.sha256(b"nobody").hexdigest()
_LONGEST_SUMMARY: Final = 80

_COMING = {
    VariantState.SCHEDULED: "scheduled",
    VariantState.HELD: "held",
    VariantState.AWAITING_APPROVAL: "awaits approval",
    VariantState.SENDING: "being said",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A calendar's text, and the tag that changes whenever that does."""

    text: str
    tag: str


def share(desk: Desk, caller: Caller, account: str | None, now: datetime, *, texts: bool) -> tuple[str, Calendar]:
    """A calendar of the workspace, or of one account, and the secret of its address, shown this once. Raises InvalidField."""
    if account is not None and desk.store.accounts.get(caller.workspace, account) is None:
        raise InvalidField("/account", "there is no such account", fix="Connect the account first, or leave it out.")
    secret = b32encode(desk.entropy.token(_SECRET_BYTES)).decode().lower()
    calendar = Calendar(
        id=desk.new_id(),
        workspace=caller.workspace,
        state=CalendarState.SHARED,
        account=account,
        texts=texts,
        secret_hash=_hash(secret),
        owner=caller.member,
        created_at=now,
    )
    what = "when and what" if texts else "when"
    why = f"tells {what} the {'workspace' if account is None else f'account {account}'} says something"
    subject = f"calendar:{calendar.id}"
    event = AuditEvent(
        calendar.workspace, subject, "share", now, Actor.member(caller.member), why, None, calendar.state.value
    )
    made = desk.store.calendars.create(calendar, event)
    return f"{calendar.workspace}.{secret}{_SUFFIX}", made


def revoke(desk: Desk, caller: Caller, calendar_id: str, now: datetime) -> Calendar:
    """From now on its address opens nothing; taking it back twice is taking it back once. Raises NotFound."""
    return revoking.revoke(
        desk.store.calendars, CALENDAR, lambda: get(desk, caller.workspace, calendar_id), caller, now
    )


def get(desk: Desk, workspace: str, calendar_id: str) -> Calendar:
    """A calendar. Raises NotFound."""
    found = desk.store.calendars.get(workspace, calendar_id)
    if found is None:
        raise NotFound
    return found


def show(desk: Desk, calendar_id: str, secret: str, now: datetime) -> Shown:
    """The calendar behind an address. Raises NotFound, in the same words whatever is wrong with it."""
    workspace, _, rest = secret.partition(".")
    calendar = desk.store.calendars.get(workspace or "none", calendar_id)
    matches = hmac.compare_digest(_hash(rest.removesuffix(_SUFFIX)), calendar.secret_hash if calendar else _NOBODY)
    if calendar is None or not matches or not rest.endswith(_SUFFIX) or calendar.state is not CalendarState.SHARED:
        raise NotFound
    return _written(desk, calendar, now)


def _written(desk: Desk, calendar: Calendar, now: datetime) -> Shown:
    from chalicelib.formats import calendar as ics

    ahead = coming.variants(desk, calendar.workspace, now + AHEAD, calendar.account)
    variants = {one.id: one for one in (*ahead[:MOST], *_said(desk, calendar, now))}
    wanted = [one for one in variants.values() if one.origin is Origin.PERSON and one.interaction is None]
    accounts = _accounts(desk, calendar.workspace, wanted)
    posts = _posts(desk, calendar.workspace, wanted) if calendar.texts else {}
    entries = []
    for one in wanted:
        said = _words(desk, one, posts.get(one.post)) if calendar.texts else None
        if said == "":
            continue  # it answers somebody, or retention has purged it
        place = f"{one.platform} {accounts[one.account].handle if one.account in accounts else ''}".strip()
        entries.append(
            ics.Entry(
                uid=f"{one.id}@{calendar.workspace}.parley",
                sequence=one.rev,
                stamp=one.events[-1].at if one.events else calendar.created_at,
                starts=one.published_at or one.schedule.at,
                lasts=LASTS,
                summary=f"{place}: {_short(said) if said else _COMING.get(one.state, 'said')}",
                status=ics.Status.CONFIRMED if one.state is VariantState.PUBLISHED else ics.Status.TENTATIVE,
                description=said,
                url=None if one.remote is None else one.remote.url,
            )
        )
    entries.sort(key=lambda entry: (entry.starts, entry.uid))
    text = ics.written(_name(desk, calendar), entries, refresh=REFRESH)
    return Shown(text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')


def _said(desk: Desk, calendar: Calendar, now: datetime) -> Iterator[Variant]:
    """What was said lately."""
    for one in recent.variants(desk, calendar.workspace, MOST):
        mine = calendar.account in {None, one.account} and one.taken_down_at is None
        if mine and one.state is VariantState.PUBLISHED and (one.published_at or now) >= now - BEHIND:
            yield one


def _accounts(desk: Desk, workspace: str, variants: Iterable[Variant]) -> dict[str, Account]:
    ids = sorted({one.account for one in variants})
    return {
        one.id: one for one in desk.store.accounts.get_many(keys.within(workspace, "ACCOUNT", each) for each in ids)
    }


def _posts(desk: Desk, workspace: str, variants: Iterable[Variant]) -> dict[str, Post]:
    ids = sorted({one.post for one in variants})
    return {one.id: one for one in desk.store.posts.get_many(keys.post(workspace, each) for each in ids)}


def _words(desk: Desk, variant: Variant, post: Post | None) -> str:
    """What a variant says, all of its parts; empty where that is not to be told, or not kept."""
    try:
        body = body_in(desk, variant, post)
    except NotFound:
        return ""
    return "" if body.answers is not None else "\n\n".join(part.text for part in body.parts)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SUMMARY else f"{line[: _LONGEST_SUMMARY - 1]}…"


def _name(desk: Desk, calendar: Calendar) -> str:
    if calendar.account is not None:
        account = desk.store.accounts.get(calendar.workspace, calendar.account)
        if account is not None:
            return f"{account.platform} {account.handle}"
    return desk.workspace(calendar.workspace).name


def _hash(secret: str) -> str:
    # A plain hash is enough for 200 random bits: there is nothing to guess that a slow hash would protect.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
