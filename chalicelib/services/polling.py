"""Polling: accounts are read in slots; a slot's claim is one conditional write, and an empty poll writes nothing.

A reading's cursor is saved last, after everything it covers lies in the record. Reading the same again is harmless;
skipping is not. What a slot's accounts are like is read for many at once and may lag: an old cursor reads the same again,
and what is old signs nobody out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zlib import crc32

from chalicelib.domain import polling
from chalicelib.domain.account import ACCOUNT, Account, AccountState
from chalicelib.domain.looking_back import DISTANCES
from chalicelib.domain.polling import Plan, Reading, Slot
from chalicelib.ports import Index, Key
from chalicelib.services import accounts, bands, looking_back, pacing, probing, reading_back, rereading
from chalicelib.services import reading_costs as costs
from chalicelib.services.desk import Desk
from chalicelib.services.hearing import hear
from chalicelib.services.listening import asked
from chalicelib.services.signing_in import Secrets, connector_for, secrets_of
from chalicelib.store import keys
from chalicelib.store.codec import decode
from connectors import errors
from connectors.contract import Connector

BUSY = timedelta(seconds=60)
"""For how long whoever took a slot's run may be at it: as long as its function may run (.chalice/config.json)."""

WORK = timedelta(seconds=30)
"""After so long a run begins no further page: what was begun is done before `BUSY` ends."""

MOST_IN_RUN = 500
"""Accounts of one run, however much is overdue."""

MOST_PAGES = 10
"""Pages read of one account in one go; what is left waits behind the cursor for the next run."""

TOGETHER = 100
"""Accounts of a slot whose record is read at once."""

UNPAID_FOR = timedelta(hours=1)
"""How long an account is left alone once the app's money on its platform is spent."""

LATE = timedelta(minutes=10)
"""How late a slot's run may be before that is said."""

_READABLE = frozenset({AccountState.ACTIVE, AccountState.THROTTLED})


@dataclass(frozen=True, slots=True)
class Polled:
    """What reading one account came to. failure: why it could not be read, in the platform's short words."""

    account: str
    new: int = 0
    skipped: int = 0
    failure: str | None = None
    beyond: int = 0
    """How often the platform was asked beyond the inbox."""
    closed_until: datetime | None = None
    """Until when the platform asked all that read through our app to wait."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a slot: its accounts page by page, each with where it begins; after: where the next run goes on."""

    pages: list[tuple[str | None, list[Key]]]
    after: str | None

    @property
    def tenants(self) -> list[str]:
        """The workspace of each account, in order."""
        return [keys.workspace_of(key) for _, page in self.pages for key in page]


def answer(desk: Desk, body: Mapping[str, object], *, at_once: int = 1) -> str:
    """Do what a hint to listen asks for, and say what came of it: try an account's credential, or take a slot's run."""
    if "probe" in body:
        probed = probing.attend(desk, str(body["workspace"]), str(body["probe"]), desk.clock.now())
        return "not yet" if probed is None else {True: "well", False: "shut out", None: "unclear"}[probed.well]
    polled = run(desk, body, at_once=at_once)
    failures = sum(1 for one in polled if one.failure is not None)
    return f"{len(polled)} read, {sum(one.new for one in polled)} new, {failures} failed"


def run(desk: Desk, body: Mapping[str, object], *, at_once: int = 1) -> list[Polled]:
    """Take the run of a slot that a hint asks for, and read its accounts; nothing where another has it, or had it.

    One conditional write takes the run, its share of the platform's budget, and is the slot's heartbeat. at_once: how many
    accounts are read side by side; reading is mostly waiting for platforms. One's failure leaves the others' reading alone.
    """
    now = desk.clock.now()
    slot = desk.store.slot(str(body["slot"]))
    seen = pacing.seen_run(body)
    if slot is None or (seen is not None and seen != slot.ran_at):
        return []
    named = body.get("spoke")
    if isinstance(named, list):
        pairs = [str(one).partition(":") for one in named]
        pacing.spoke(desk, [(workspace, account) for workspace, _, account in pairs], now)
    how = pacing.heard_plan(desk, slot.platform, body)
    most = int(str(body["most"])) if "most" in body else how.due(slot, now)
    taken = _listed(desk, slot, min(most, MOST_IN_RUN))
    kept = [len(_kept(slot, how, page)) for _, page in taken.pages]
    begun = polling.begun(slot, how, taken.tenants, taken.after, now, now + BUSY, sum(kept))
    if not desk.store.claim_slot(slot, now, begun):
        return []
    return _read(desk, slot, begun, how, taken, at_once)


def _listed(desk: Desk, slot: Slot, most: int) -> _Run:
    pages: list[tuple[str | None, list[Key]]] = []
    after, count = slot.after, 0
    while count < most:
        limit = min(TOGETHER, most - count)
        page = desk.store.table.query_index(Index.SHELF, keys.slot_shelf(slot.name), limit=limit, after=after)
        pages.append((after, [row.key for row in page.rows]))
        after, count = page.after, count + len(page.rows)
        if after is None:
            break
    return _Run(pages, after)


def _read(desk: Desk, slot: Slot, begun: Slot, how: Plan, taken: _Run, at_once: int) -> list[Polled]:
    polled: list[Polled] = []
    for after, page in taken.pages:
        if desk.clock.now() - begun.ran_at >= WORK:
            desk.store.rewind_slot(begun, after)
            break
        polled += _of_page(desk, _kept(slot, how, page), slot.name, desk.clock.now(), at_once)
    closed = max((one.closed_until for one in polled if one.closed_until is not None), default=None)
    if closed is not None:
        desk.store.close_slot(slot.name, closed)
    if how.budget is not None and (beyond := sum(one.beyond for one in polled)):
        desk.store.took_more(begun, how.budget.took(begun, beyond, begun.ran_at))
    if how.period(slot) < BUSY:
        desk.store.free_slot(begun)
    return polled


def _kept(slot: Slot, how: Plan, page: Sequence[Key]) -> list[Key]:
    """Those whose turn it is in this round."""
    return [one for one in page if not how.passes_over(slot, keys.workspace_of(one), crc32(keys.id_of(one).encode()))]


def _of_page(desk: Desk, places: Sequence[Key], slot: str, now: datetime, at_once: int) -> list[Polled]:
    found = _found(desk, places, may_lag=True)
    return _side_by_side(desk, [one for one in found if _is_read_in(one.account, slot, now)], now, at_once)


def _is_read_in(account: Account, slot: str, now: datetime) -> bool:
    """Whether whoever runs this slot may read the account: it has no other slot, and nobody can still be at it."""
    if account.state not in _READABLE or pacing.slot_of(account) != slot:
        return False
    return account.pace is None or now - account.pace.since >= pacing.SETTLED


def poll_account(desk: Desk, account: Account, now: datetime) -> Polled:
    """Read what is new for one account into the record. Unknown errors of a connector are not caught."""
    reading = desk.store.reading(account.workspace, account.id)
    return _poll(desk, _Known(account, reading, secrets_of(desk, account), may_lag=False), now)


@dataclass(frozen=True, slots=True)
class _Known:
    """An account as it lies in the record, how far it was read, and what signs it in. may_lag: it may be a little old."""

    account: Account
    reading: Reading
    secrets: Secrets
    may_lag: bool


def _found(desk: Desk, places: Sequence[Key], *, may_lag: bool) -> list[_Known]:
    """What is known of the accounts under these keys, read together; those that are gone are left out."""
    wanted: list[Key] = []
    for place in places:
        workspace, account = keys.workspace_of(place), keys.id_of(place)
        wanted += [place, *(keys.within(workspace, kind, account) for kind in ("READING", "CREDENTIAL", "SESSION"))]
    items = iter(desk.store.table.get_many(wanted, may_lag=may_lag))
    return [
        _Known(
            decode(Account, account),
            decode(Reading, reading or {}),
            Secrets(*(None if one is None else str(one["sealed"]) for one in (credential, session))),
            may_lag,
        )
        for account, reading, credential, session in zip(items, items, items, items, strict=True)
        if account is not None
    ]


def _side_by_side(desk: Desk, found: Sequence[_Known], now: datetime, at_once: int) -> list[Polled]:
    if at_once == 1 or len(found) < 2:
        return [_poll(desk, one, now) for one in found]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(at_once, len(found))) as pool:
        return list(pool.map(lambda one: _poll(desk, one, now), found))


def _anew(desk: Desk, known: _Known) -> _Known | None:
    """The same as it lies there in truth; None where it may not be read any more."""
    found = _found(desk, [keys.within(known.account.workspace, "ACCOUNT", known.account.id)], may_lag=False)
    return next((one for one in found if one.account.state in _READABLE), None)


@dataclass(slots=True)
class _Heard:
    """What one reading came to so far: of use too where the platform stopped it halfway.

    new: messages that were not in the record; history: told that were said before the account was connected; lately: told
    that were said within `polling.LATELY`. looked, back, reread_at: what came of looking back, of reading the inbox back, and
    of reading again what waits.
    """

    cursor: str | None
    reread_at: datetime | None
    new: int = 0
    history: int = 0
    lately: int = 0
    skipped: int = 0
    missed: dict[str, None] = field(default_factory=dict)
    looked: looking_back.Looked | None = None
    back: reading_back.Step | None = None
    reread: bool = False

    @property
    def beyond(self) -> int:
        """New ones that came by another way than the inbox's newest."""
        return sum(one.new for one in (self.looked, self.back) if one is not None)

    @property
    def fresh(self) -> int:
        """New ones that tell of the account's pace: what was said before it was connected tells nothing of that."""
        return max(0, self.new - self.history)


def _poll(desk: Desk, known: _Known, now: datetime) -> Polled:
    account, reading = known.account, known.reading
    if _waits(account, reading, now):
        return Polled(account.id)
    if costs.capped(desk, account, reading, now):
        return Polled(account.id, failure=costs.CAPPED)
    if known.may_lag and known.secrets.credential is None:
        # It was connected a moment ago: the account shows, and what came with it does not yet.
        found = _anew(desk, known)
        return Polled(account.id) if found is None else _poll(desk, found, now)
    connector = connector_for(desk, account, known.secrets)
    heard = _Heard(reading.cursor, reading.reread_at)
    try:
        _listen(desk, account, connector, reading, heard, now)
    except errors.AuthExpired as error:
        # An old credential says nothing about the present one: a person may have signed in anew a moment ago.
        found = _anew(desk, known) if known.may_lag else known
        if found is None:
            return Polled(account.id, heard.new, heard.skipped)
        if found.secrets.credential != known.secrets.credential:
            return _poll(desk, found, now)
        accounts.refused(desk, found.account, error, now)
        return _failed(desk, account, reading, heard.cursor, error, now)
    except errors.ConnectorError as error:
        accounts.refused(desk, account, error, now)
        return _failed(desk, account, reading, heard.cursor, error, now)
    return _noted(desk, account, reading, heard, now)


def _waits(account: Account, reading: Reading, now: datetime) -> bool:
    """Whether its platform asked not to be asked before a later time."""
    throttled_until = account.throttled_until if account.state is AccountState.THROTTLED else None
    return any(until is not None and now < until for until in (throttled_until, reading.not_before))


def _listen(desk: Desk, account: Account, connector: Connector, reading: Reading, heard: _Heard, now: datetime) -> None:
    """Ask the platform for what is due, the inbox first, and put it into the record as it comes."""
    connector.sign_in()
    for _ in range(MOST_PAGES):
        page = connector.fetch_interactions(heard.cursor, asked(account))
        heard.new += hear(desk, account, page.items, now)
        heard.history += sum(one.created_at < account.created_at for one in page.items)
        heard.lately += sum(one.created_at >= now - polling.LATELY for one in page.items)
        heard.missed |= dict.fromkeys(page.missed)
        heard.skipped += page.skipped
        heard.cursor = page.cursor if page.cursor is not None else heard.cursor
        if page.caught_up:
            break
    if looking_back.is_due(desk, account, reading, now):
        heard.looked = looking_back.look(desk, account, connector, reading, now)
    if reading_back.is_due(desk, account, reading, now):
        heard.back = reading_back.step(desk, account, connector, reading, now)
    if rereading.is_due(desk, account, reading, now):
        heard.reread_at = rereading.waiting(desk, account, connector, now)
        heard.reread = True


def _noted(desk: Desk, account: Account, reading: Reading, heard: _Heard, now: datetime) -> Polled:
    """Write down what came of a reading, where that is anything, and what it means for the account."""
    tally = polling.tallied(reading.heard, heard.fresh, now, heard.lately) if heard.fresh else reading.heard
    watch = bands.watched(account, reading, tally, heard.fresh, tuple(heard.missed), now)
    changed = heard.cursor != reading.cursor or heard.new > 0 or watch != reading.watch
    after = reading
    more = heard.looked is not None or heard.back is not None or heard.reread
    if changed or reading.failing_since is not None or more:
        bands.follow(desk, account, reading, watch, heard.fresh, now)
        before = replace(reading, heard=tally, watch=watch)
        after = _read_on(desk, account, before, heard, now)
    pacing.settle(desk, account, after, now)
    if account.state is AccountState.THROTTLED:
        accounts.recovered(desk, account, now)
    if not account.probed:
        probing.plan(desk, account, now)
    calls = sum(one.calls for one in (heard.looked, heard.back) if one is not None)
    return Polled(account.id, heard.new + heard.beyond, heard.skipped, beyond=calls + heard.reread)


def _read_on(desk: Desk, account: Account, reading: Reading, heard: _Heard, now: datetime) -> Reading:
    """Keep how far an account was read, and what was noticed of it."""
    after = replace(reading, cursor=heard.cursor, reread_at=heard.reread_at, read_at=now)
    after = replace(after, failing_since=None, failure=None, not_before=None)
    if after.reread_at is None and (heard.new or heard.beyond):
        after = replace(after, reread_at=now + DISTANCES[0])
    paid = heard.new
    if heard.looked is not None:
        after = replace(after, looked=heard.looked.after, backfill=heard.looked.backfill)
        paid += heard.looked.items
    if heard.back is not None:
        after = replace(after, past=heard.back.after)
        paid += heard.back.items
    after = costs.owe(desk, account, after, paid, now)
    desk.store.save_reading(account.workspace, account.id, after)
    return after


def _failed(
    desk: Desk, account: Account, reading: Reading, cursor: str | None, error: errors.ConnectorError, now: datetime
) -> Polled:
    wait = error.retry_after if isinstance(error, errors.Retryable) else None
    if isinstance(error, errors.Unpaid):
        wait = UNPAID_FOR.total_seconds()
    failed = replace(
        reading,
        cursor=cursor,
        failing_since=reading.failing_since or now,
        failure=str(error),
        not_before=None if wait is None else now + timedelta(seconds=wait),
    )
    shut_out = isinstance(error, errors.AuthExpired | errors.Unpaid)
    watch = failed.watch if shut_out else bands.unread(desk, account, failed, now)
    desk.store.save_reading(account.workspace, account.id, replace(failed, watch=watch))
    closed = None
    if isinstance(error, errors.RateLimited) and error.scope == "app":
        closed = now + timedelta(seconds=error.retry_after or 0)
    return Polled(account.id, failure=str(error), closed_until=closed)


def silent_since(desk: Desk, account: Account, now: datetime) -> datetime | None:
    """Since when an account has not been read with success; None while all is well. Silence is said, never "no mentions"."""
    reading = desk.store.reading(account.workspace, account.id)
    if reading.failing_since is not None:
        return reading.failing_since
    if not ACCOUNT.allows(account.state, "signed_out"):
        return reading.read_at or account.created_at
    slots = desk.store.slots((account.platform,))
    slot = next((one for one in slots if one.name == pacing.slot_of(account)), None)
    if slot is None:
        return account.created_at
    due_at = pacing.plan_of(desk, account.platform, slots).due_at(slot)
    return slot.ran_at if now > due_at + LATE else None
