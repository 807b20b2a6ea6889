"""Pacing: which slots are to be run now, and in which tier each account is read.

A tick finds the slots by one query and reckons each platform's plan from them; it claims nothing. Whoever gets its hint
claims the run (`polling.run`), so that a hint that comes twice is one run. An account moves between tiers only where what it
hears has clearly changed: that, and nothing else here, is a write for the account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain import polling
from chalicelib.domain.account import Account
from chalicelib.domain.event import Event, EventState
from chalicelib.domain.polling import SPOKEN_FOR, SPOKEN_TIER, Budget, Pace, Plan, Reading, Slot, Turn
from chalicelib.domain.timing import instant, stamp, unstamp
from chalicelib.services import looking_back
from chalicelib.services.desk import Desk, Hint
from chalicelib.store import keys
from chalicelib.store.repository import whole

LEARNING = timedelta(hours=6)
"""How long an account stays where accounts begin, read often, before it is known how much it hears."""

SETTLED = timedelta(seconds=60)
"""After a move an account is left alone for so long: whoever still has it in the old slot is done with it by then."""

MOST_SPEAKERS = 400
"""Accounts that spoke, in one hint."""


def due_slots(desk: Desk, now: datetime) -> list[tuple[Turn, Plan]]:
    """The slots whose turn it is, platform by platform, each with its plan."""
    by_platform: dict[str, list[Slot]] = {}
    for slot in desk.store.slots(tuple(desk.policy.hosts)):
        by_platform.setdefault(slot.platform, []).append(slot)
    due: list[tuple[Turn, Plan]] = []
    for platform, slots in by_platform.items():
        how = plan_of(desk, platform, slots)
        closed = max((one.closed_until for one in slots if one.closed_until is not None), default=None)
        if closed is None or closed <= now:
            due += ((turn, how) for turn in polling.turns(slots, how, now, desk.policy.tick_every))
    return due


def plan_of(desk: Desk, platform: str, slots: Sequence[Slot]) -> Plan:
    """How a platform's slots are run, by its budget; every account as often where the installation says so."""
    if desk.policy.poll_every is not None:
        return Plan(desk.policy.poll_every, fixed=True)
    can = desk.platforms.capabilities(platform)
    budget = None if can.app_reads is None else Budget(can.app_reads.writes, can.app_reads.span)
    return polling.plan(slots, can.poll_every, budget)


def told(desk: Desk, turn: Turn, how: Plan) -> Hint:
    """The hint that asks for a run of a slot; with it go the accounts that began to speak."""
    body: dict[str, str | list[str]] = {
        "slot": turn.slot.name,
        "ran_at": stamp(turn.slot.ran_at),
        "most": str(turn.most),
    }
    if how.scarce:
        body["stretch"] = f"{how.stretch:.6g}"
        body["thinned"] = [f"{tenant}:{every}" for tenant, every in how.thinned.items()]
    if spoke := desk.speakers.take(MOST_SPEAKERS):
        body["spoke"] = [f"{workspace}:{account}" for workspace, account in spoke]
    return body


def heard_plan(desk: Desk, platform: str, body: Mapping[str, object]) -> Plan:
    """The plan that a hint tells of."""
    how = plan_of(desk, platform, ())
    if "stretch" not in body or how.fixed:
        return how
    named = body.get("thinned")
    pairs = [str(one).partition(":") for one in named] if isinstance(named, list) else []
    thinned = {tenant: int(every) for tenant, _, every in pairs}
    return replace(how, stretch=float(str(body["stretch"])), thinned=thinned, scarce=True)


def seen_run(body: Mapping[str, object]) -> datetime | None:
    """The last run that whoever sent a hint saw; None where an older release sent it."""
    return unstamp(str(body["ran_at"])) if "ran_at" in body else None


# --- in which tier an account is read --------------------------------------------------------------------------------


def slot_of(account: Account) -> str:
    """The slot in which an account is read."""
    return keys.slot_of(account.platform, account.id, account.pace.tier if account.pace else None)


def settle(desk: Desk, account: Account, reading: Reading, now: datetime) -> None:
    """Move an account to the tier that suits what it hears, where it is clearly in a wrong one."""
    if desk.policy.poll_every is not None or now - account.created_at < LEARNING:
        return
    hourly = polling.rate(reading.heard, account.created_at, now)
    tier = polling.tier_for(account.pace, hourly, now)
    if account.pace is None or tier != account.pace.tier:
        until = account.pace.until if account.pace else None
        _move(desk, account, Pace(tier, now, until if until is not None and now < until else None))


def spoke(desk: Desk, names: Sequence[tuple[str, str]], now: datetime) -> int:
    """Read these accounts oftener for a while, since they said something; how many had to be moved for it.

    Where threads of own posts are read, it is noted when: that is when they are read next.
    """
    places = [keys.within(workspace, "ACCOUNT", account) for workspace, account in names]
    moved = 0
    planned: dict[str, list[Event]] = {}
    for account in desk.store.accounts.get_many(places):
        pace = account.pace
        said_at = now if looking_back.speaks(desk, account, now) else None
        if pace is None or desk.policy.poll_every is not None:
            if said_at is not None:
                desk.store.spoke(account, said_at)
            continue  # where accounts begin they are read as often as their platform makes sensible
        if account.workspace not in planned:
            planned[account.workspace] = _events(desk, account.workspace)
        until = max(now + SPOKEN_FOR, _live_until(planned[account.workspace], account, now) or now)
        if pace.tier <= SPOKEN_TIER or (pace.until is not None and pace.until > until - SPOKEN_FOR / 2):
            if said_at is not None:
                desk.store.spoke(account, said_at)
            continue
        moved += _move(desk, account, Pace(SPOKEN_TIER, now, until), said_at)
    return moved


def live_until(desk: Desk, account: Account, now: datetime) -> datetime | None:
    """The end of the events that are live now, or about to be, and that this account speaks about; with what follows them."""
    return _live_until(_events(desk, account.workspace), account, now)


def _events(desk: Desk, workspace: str) -> list[Event]:
    pk = keys.workspace(workspace).pk
    return list(whole(lambda after: desk.store.events.queried(pk, "EVENT#", after=after)))


def _live_until(events: Sequence[Event], account: Account, now: datetime) -> datetime | None:
    ends = [
        _ends(one)
        for one in events
        if one.state is EventState.PLANNED and account.id in _speakers(one) and _starts(one) <= now + SPOKEN_FOR
    ]
    return max((end + SPOKEN_FOR for end in ends if end > now), default=None)


def _speakers(event: Event) -> set[str]:
    return {said.account for announcement in event.announcements for said in announcement.said}


def _starts(event: Event) -> datetime:
    return instant(datetime.fromisoformat(event.starts), event.zone)


def _ends(event: Event) -> datetime:
    return (
        _starts(event) + SPOKEN_FOR if event.ends is None else instant(datetime.fromisoformat(event.ends), event.zone)
    )


def _move(desk: Desk, account: Account, pace: Pace, spoke_at: datetime | None = None) -> bool:
    slot = keys.slot_of(account.platform, account.id, pace.tier)
    desk.store.open_slot(slot, pace.since)
    return desk.store.move_account(account, slot, pace, spoke_at)
