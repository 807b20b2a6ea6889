"""Bands: what an account hears is held against what it usually hears, and what stands out is told once.

A surge, and what could not be read, are judged by whoever reads the account and writes about it anyway; silence by the
daily probe. An empty poll writes nothing, except once where a surge ends. An incident's id names the account, its cause and
when the episode began: however often it is judged, by however many, it is one incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain import band, polling
from chalicelib.domain.account import Account
from chalicelib.domain.band import Watch
from chalicelib.domain.brake import Scope
from chalicelib.domain.errors import Conflict
from chalicelib.domain.incident import INCIDENT, Cause, Incident, episode_id
from chalicelib.domain.polling import Reading, Tally
from chalicelib.domain.rationale import Actor
from chalicelib.services import braking, incidents
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import Stale

WORKER = Actor.worker("band")

BRAKED_FOR = timedelta(hours=6)
"""How long automatic answers stop in a surge, where a workspace wants that: a person decides how it goes on."""


def watched(account: Account, reading: Reading, heard: Tally, new: int, missed: Sequence[str], now: datetime) -> Watch:
    """The watch after a reading. heard: the tally with its `new` messages; missed: what of it could not be read."""
    watch = band.read(reading.watch, tuple(missed), now)
    if new:
        last = reading.heard.at
        watch = band.heard(watch, last, _hourly(account, reading.heard, last or now), now)
    if not new and watch.surging_since is None:
        return watch
    lately, usual = polling.heard_lately(heard, account.created_at, now)
    return band.surged(watch, lately, usual, now - account.created_at, now, news=new > 0)


def follow(desk: Desk, account: Account, reading: Reading, watch: Watch, new: int, now: datetime) -> None:
    """Open and close the incidents between what was noticed before (`reading`) and now. Safe to repeat."""
    before = reading.watch
    if watch.surging_since is not None and before.surging_since is None:
        _open(desk, account, Cause.SURGE, "far more is said than usual", watch.surging_since, now)
        _brake(desk, account, now)
    if before.surging_since is not None and watch.surging_since is None:
        _close(desk, account, Cause.SURGE, before.surging_since, "about as much is said as usual", now)
    if watch.gaps_told and not before.gaps_told and watch.gaps_since is not None:
        _open(desk, account, Cause.GAPS, "; ".join(watch.gaps)[:500], watch.gaps_since, now)
    if before.gaps_told and not watch.gaps_told and before.gaps_since is not None:
        _close(desk, account, Cause.GAPS, before.gaps_since, "all of it can be read again", now)
    if before.unread_told and reading.failing_since is not None:
        _close(desk, account, Cause.SILENCE, reading.failing_since, "the account can be read again", now)
    last = reading.heard.at
    if new and last is not None and _quiet(account, reading, now):
        _close(desk, account, Cause.SILENCE, last, "somebody speaks again", now)


def unread(desk: Desk, account: Account, reading: Reading, now: datetime) -> Watch:
    """The watch of an account that cannot be read, as this failed reading tells; told once that lasts too long."""
    since = reading.failing_since
    if since is None or reading.watch.unread_told or now - since < band.UNREAD_FOR:
        return reading.watch
    _open(desk, account, Cause.SILENCE, f"it could not be read: {reading.failure or 'nobody knows why'}", since, now)
    return replace(reading.watch, unread_told=True)


def listen(desk: Desk, account: Account, now: datetime) -> None:
    """Tell that nobody speaks to an account to which much was said. Called once a day; safe to repeat."""
    reading = desk.store.reading(account.workspace, account.id)
    if reading.failing_since is None and reading.heard.at is not None and _quiet(account, reading, now):
        _open(desk, account, Cause.SILENCE, "nobody said anything, though it can be read", reading.heard.at, now)


def noticed(desk: Desk, account: Account, reading: Reading) -> list[Incident]:
    """What stands out of an account now."""
    watch = reading.watch
    begun = [
        (Cause.SURGE, watch.surging_since),
        (Cause.GAPS, watch.gaps_since if watch.gaps_told else None),
        (Cause.SILENCE, reading.failing_since if watch.unread_told else reading.heard.at),
    ]
    names = [episode_id(account.id, cause.value, at) for cause, at in begun if at is not None]
    found = desk.store.incidents.get_many(keys.within(account.workspace, "INCIDENT", one) for one in names)
    return [one for one in found if INCIDENT.allows(one.state, "close")]


def _hourly(account: Account, tally: Tally, at: datetime) -> float:
    return polling.rate(replace(tally, lately=0), account.created_at, at)


def _quiet(account: Account, reading: Reading, now: datetime) -> bool:
    last = reading.heard.at
    if last is None:
        return False
    after = band.quiet_after(reading.watch, last, _hourly(account, reading.heard, last))
    return after is not None and now >= after


def _open(desk: Desk, account: Account, cause: Cause, why: str, begun: datetime, now: datetime) -> None:
    put = incidents.noting(account, episode_id(account.id, cause.value, begun), cause, why, now)
    with suppress(Stale):
        desk.store.incidents.create(*put)


def _close(desk: Desk, account: Account, cause: Cause, begun: datetime, why: str, now: datetime) -> None:
    known = desk.store.incidents.get(account.workspace, episode_id(account.id, cause.value, begun))
    while known is not None and INCIDENT.allows(known.state, "close"):
        after = replace(known, state=INCIDENT.move(known.state, "close"), closed_at=now, lease_until=None)
        try:
            desk.store.incidents.save(known, after, desk.store.incidents.moved(known, after, "close", now, WORKER, why))
        except Stale as stale:
            known = stale.current
        else:
            return


def _brake(desk: Desk, account: Account, now: datetime) -> None:
    """Stop automatic answers where the workspace wants that in a surge; a brake that is on already stays as it is."""
    if not desk.workspace(account.workspace).brakes_in_surge:
        return
    why = f"{account.handle} hears far more than usual"
    stop = braking.Stop(Scope.AUTOMATIC, None, why, now + BRAKED_FOR)
    with suppress(Conflict):
        braking.put_on_by_itself(desk, account.workspace, stop, WORKER, now)
