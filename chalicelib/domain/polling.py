"""Polling: how often an account is read, by how much is said to it; how far it was read; which accounts are read together.

Where so many reads must do for all, the mean time until something is heard is least when an account is read in proportion
to the square root of how much it hears (J. Cho and H. Garcia-Molina, "Effective page refresh policies for Web crawlers",
2003, for the same cost): T ∝ 1/√λ. Accounts of about the same T share a tier; a platform's budget stretches all tiers alike.
Pure arithmetic: nothing here reads a clock or the record.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.band import UNWATCHED, Watch
from chalicelib.domain.looking_back import NEVER, NOT_READ_BACK, NOTHING, Backfill, InboxPast, LookedBack

FASTEST: Final = timedelta(minutes=1)
LATEST: Final = timedelta(hours=6)
"""After so long at most an account is read again, where its platform's budget carries that."""
DELAYED: Final = timedelta(minutes=4)
"""What a run may be late: the tick's minute, and that the platform's window is full just then."""
SHIFT: Final = timedelta(minutes=16)
"""How much later an account may come in a round than it came in the one before: those before it grew by one, and it lies in
the next portion."""
SLOWEST: Final = LATEST - DELAYED - SHIFT

LASTING: Final = timedelta(days=14)
"""How long what was heard counts, in the lasting tally: some weeks, so that a rate is known within a quarter."""
LATELY: Final = timedelta(hours=6)
"""And in the other, by which a burst is noticed."""
CHANCE: Final = 2.0
"""So many messages within `LATELY` are chance, not a burst."""
PRIOR_HEARD: Final = 0.5
PRIOR_TIME: Final = timedelta(hours=6)
"""What is taken for granted of an account that nobody has read yet: half a message in so long."""

HOURLY: Final = timedelta(minutes=10)
"""How often an account is read to which one message comes in an hour, where no budget says otherwise."""
FINEST: Final = timedelta(seconds=15)
"""The period of tier 0, before it is clipped."""
STEP: Final = 2 ** (2 / 3)
"""From one tier's period to the next. Rounding to the nearest costs 2 % of the mean delay."""
TIERS: Final = 21
HYSTERESIS: Final = 0.8
"""Tiers by which an account must be off before it moves: moving is a write."""

SPOKEN: Final = timedelta(minutes=5)
"""How often an account is read at least after it said something, and while an event of it is live."""
SPOKEN_FOR: Final = timedelta(hours=2)

USED: Final = 0.955
"""The share of a budget that is planned with."""
FULL: Final = 0.985
"""And the share at which nothing more is begun: what was taken a moment ago may not show yet."""
PARTS: Final = 40
"""In so many parts the span of a budget is kept, as far as a slot took from it."""
PORTION: Final = 100
PORTION_SCARCE: Final = 10
"""Accounts that one run of a slot reads, where so many are due; fewer where reads are counted by the platform."""
EMPTY: Final = timedelta(minutes=10)
"""How often a slot without accounts is looked at again."""
MOST_OF_ONE: Final = 0.25
"""The share of a budget that one tenant may always have: less than that is nobody's crowd."""
HEAVIEST: Final = 8
"""Tenants of a slot that are counted one by one."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How much an account has heard, each message weighing less the older it is; in thousandths, as of `at`."""

    lasting: int = 0
    lately: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How far one account was read. Written only when something changed: an empty poll writes nothing.

    failing_since and failure: since when, and in the platform's short words why, reading has failed; None while it works.
    owed: what was read and is not in the ledger yet, in millionths of a US dollar. capped_until: until when nothing that
    costs is read, unless the cap is raised. reread_at: when what waits for a person is read
    again; None where nothing does. looked, backfill: how far its own threads were, and what was there before; past: of its
    inbox.
    watch: what stands out of what it hears.
    """

    cursor: str | None = None
    read_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None
    not_before: datetime | None = None
    heard: Tally = Tally()
    owed: int = 0
    capped_until: datetime | None = None
    watch: Watch = UNWATCHED
    reread_at: datetime | None = None
    looked: LookedBack = NEVER
    backfill: Backfill = NOTHING
    past: InboxPast = NOT_READ_BACK


@dataclass(frozen=True, slots=True)
class Pace:
    """In which tier an account is read, since when; and until when it is read oftener, since it spoke."""

    tier: int
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One time through a slot's accounts: how many there are, of how many tenants, and the heaviest of these."""

    members: int = 0
    tenants: int = 0
    heavy: Mapping[str, int] = field(default_factory=dict)
    last: str | None = None

    def met(self, tenants: Iterable[str]) -> Round:
        """The round with the next accounts counted, by their tenants. A tenant's accounts come one after the other."""
        members, count, heavy, last = self.members, self.tenants, dict(self.heavy), self.last
        for tenant in tenants:
            members += 1
            if tenant != last:
                count, last = count + 1, tenant
                if len(heavy) > HEAVIEST:
                    del heavy[min(heavy, key=lambda one: (heavy[one], one))]
            heavy[tenant] = heavy.get(tenant, 0) + 1
        return Round(members, count, heavy, last)


@dataclass(frozen=True, slots=True)
class Slot:
    """A group of accounts of one platform and tier that are read together, and when that was last begun.

    after: where the present round goes on. counts: of the last whole round; counting: of the present one. turn: how many
    rounds were begun. busy_until: until then whoever took its last run may be at it. closed_until: the platform asked all
    of us to wait.
    """

    name: str
    ran_at: datetime
    next_at: datetime | None = None
    busy_until: datetime | None = None
    after: str | None = None
    counts: Round = Round()
    counting: Round = Round()
    turn: int = 0
    taken: Mapping[str, int] = field(default_factory=dict)
    """Reads that were taken from the platform's budget, by parts of its span."""
    closed_until: datetime | None = None

    @property
    def platform(self) -> str:
        """The platform of its accounts."""
        return self.name.partition("-")[0]

    @property
    def left(self) -> int:
        """Accounts that the present round still has before it, as far as is known."""
        return max(1, self.counts.members - self.counting.members) if self.counts.members else 0

    @property
    def tier(self) -> int | None:
        """Its tier; None where accounts begin."""
        parts = self.name.split("-")
        return int(parts[1].removeprefix("t")) if len(parts) > 2 else None


# --- how much is said ------------------------------------------------------------------------------------------------


def tallied(tally: Tally, new: int, now: datetime, fresh: int | None = None) -> Tally:
    """The tally after so many new messages. fresh: those of them that were said lately; None: all."""
    lasting, lately = _weights(tally, now)
    burst = new if fresh is None else min(new, fresh)
    return Tally(round(1000 * (lasting + new)), round(1000 * (lately + burst)), now)


def heard_lately(tally: Tally, since: datetime, now: datetime) -> tuple[float, float]:
    """How much was heard within `LATELY`, and how much would be usual by what was heard before that."""
    lasting, lately = _weights(tally, now)
    seen = LASTING * (1 - math.exp(-max(timedelta(), now - since) / LASTING))
    before = (max(0.0, lasting - lately) + PRIOR_HEARD) / _hours(max(timedelta(), seen - LATELY) + PRIOR_TIME)
    return lately, before * _hours(LATELY)


def rate(tally: Tally, since: datetime, now: datetime) -> float:
    """Messages an hour, as far as was heard since an account was connected. Never 0: somebody may always speak."""
    lasting, lately = _weights(tally, now)
    seen = LASTING * (1 - math.exp(-max(timedelta(), now - since) / LASTING))
    usual = (lasting + PRIOR_HEARD) / _hours(seen + PRIOR_TIME)
    return max(usual, (lately - CHANCE) / _hours(LATELY))


def _weights(tally: Tally, now: datetime) -> tuple[float, float]:
    if tally.at is None:
        return 0.0, 0.0
    passed = max(timedelta(), now - tally.at)
    return tally.lasting / 1000 * math.exp(-passed / LASTING), tally.lately / 1000 * math.exp(-passed / LATELY)


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


# --- how often it is read --------------------------------------------------------------------------------------------


def period_of(tier: int) -> timedelta:
    """How often a tier is read, before any budget stretches it and before it is clipped."""
    return FINEST * STEP**tier


def wanted(messages_an_hour: float) -> float:
    """The tier that suits a rate, as a number between tiers."""
    period = HOURLY / math.sqrt(max(messages_an_hour, 1e-9))
    return min(float(TIERS - 1), max(0.0, math.log(period / FINEST, STEP)))


SPOKEN_TIER: Final = round(math.log(SPOKEN / FINEST, STEP))


def tier_for(pace: Pace | None, messages_an_hour: float, now: datetime) -> int:
    """The tier in which an account is to be read: where it is, unless it is clearly wrong there."""
    ideal = wanted(messages_an_hour)
    if pace is not None and pace.until is not None and now < pace.until:
        ideal = min(ideal, float(SPOKEN_TIER))
    if pace is not None and abs(ideal - pace.tier) <= HYSTERESIS:
        return pace.tier
    return round(ideal)


def clipped(period: timedelta) -> timedelta:
    """Between a minute and `SLOWEST`."""
    return min(SLOWEST, max(FASTEST, period))


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a platform lets one app read: so many times in any `span`."""

    reads: int
    span: timedelta

    def part(self, at: datetime) -> float:
        """Which part of its spans an instant lies in, with how far into it."""
        return at.timestamp() * PARTS / self.span.total_seconds()

    def used(self, slots: Iterable[Slot], now: datetime) -> int:
        """Reads that these slots took within the span that ends now."""
        begin = self.part(now) - PARTS
        return sum(count for slot in slots for part, count in slot.taken.items() if int(part) + 1 > begin)

    def took(self, slot: Slot, reads: int, now: datetime) -> dict[str, int]:
        """What a slot took lately, with so many reads more."""
        part = int(self.part(now))
        kept = {one: count for one, count in slot.taken.items() if int(one) >= part - PARTS}
        return {**kept, str(part): kept.get(str(part), 0) + reads}

    @property
    def a_second(self) -> float:
        """The same a second, as far as it is planned with."""
        return USED * self.reads / self.span.total_seconds()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a platform's slots are run now. stretch: how much longer all periods are than their tiers say.

    thinned: tenants whose accounts are passed over, all but every so-manieth time. fixed: whether all are read as often.
    """

    usual: timedelta
    stretch: float = 1.0
    thinned: Mapping[str, int] = field(default_factory=dict)
    scarce: bool = False
    fixed: bool = False
    budget: Budget | None = None

    def period(self, slot: Slot) -> timedelta:
        """How long one round through a slot takes."""
        if self.fixed:
            return self.usual
        if slot.tier is None:
            return self.usual if self.stretch <= 1 else _stretched(self.usual, self.stretch)
        return _stretched(period_of(slot.tier), self.stretch)

    def due_at(self, slot: Slot) -> datetime:
        """When its next run is to begin."""
        at = slot.next_at if slot.next_at is not None else slot.ran_at + self.period(slot)
        return max(one for one in (at, slot.busy_until, slot.closed_until) if one is not None)

    def interval(self, slot: Slot) -> timedelta:
        """How long lies between two runs of it."""
        return self.period(slot) * min(1.0, self.portion(slot) / max(1, slot.counts.members))

    def portion(self, slot: Slot) -> int:
        """How many accounts of a slot one run reads, where it is not late: of one that is read seldom so few, or all, that
        nobody comes later than `LATEST` because the portions shifted."""
        usual = PORTION_SCARCE if self.scarce else PORTION
        period, members = self.period(slot), slot.counts.members
        room = LATEST - DELAYED - period
        if members <= usual or period * (usual / members) <= room or room <= timedelta():
            return usual
        return int(members * (room / period)) or members

    def due(self, slot: Slot, now: datetime) -> int:
        """How many accounts the run that begins now reads at most: a portion, and what it is late with."""
        interval, members = self.interval(slot), slot.counts.members
        behind = 0 if slot.next_at is None or not interval else max(0, int((now - slot.next_at) / interval))
        portion = self.portion(slot)
        count = portion * (1 + behind)
        return max(portion, members) if count >= members else count

    def next_at(self, slot: Slot, read: int, now: datetime, *, more: bool = False) -> datetime:
        """When the run after one that read so many accounts begins: a round takes its period, however it is cut up.

        more: others lie behind them. Those that came since the last round are read at once: they wait no further round.
        """
        period, members, counted = self.period(slot), slot.counts.members, slot.counting.members + read
        if not read:
            return now + max(period, EMPTY)
        if more and counted >= members:
            return now
        begin = now if slot.next_at is None else max(slot.next_at, now - period)
        if slot.counting.members >= members:
            return begin + self.interval(replace(slot, counts=Round(counted)))
        return begin + period * min(1.0, read / members)

    def passes_over(self, slot: Slot, tenant: str, number: int) -> bool:
        """Whether a tenant's account, by a number of its own, is left out of this round."""
        every = self.every(slot, tenant)
        return every > 1 and (slot.turn + number) % every != 0

    def every(self, slot: Slot, tenant: str) -> int:
        """Every so-manieth round reads a tenant's accounts; none is left out for longer than the slowest tier is."""
        return max(1, min(self.thinned.get(tenant, 1), int(SLOWEST / self.period(slot))))


def _stretched(period: timedelta, stretch: float) -> timedelta:
    """Clipped, unless the budget cannot carry even that."""
    ceiling = SLOWEST if stretch <= _OVER else SLOWEST * (stretch / _OVER)
    return min(ceiling, max(FASTEST, period * min(stretch, _OVER)))


_OVER: Final = 10_000.0
"""A stretch at which every tier is read every six hours; beyond it, that itself is stretched."""


def plan(slots: Sequence[Slot], usual: timedelta, budget: Budget | None) -> Plan:
    """How a platform's slots are run, so that all together keep within what one app may read.

    Where that is not enough for all, no tenant takes more than its fair share, and the rest is stretched alike: the
    square-root rule holds for what is left. usual: the period of accounts that nobody knows yet.
    """
    free = Plan(usual, budget=budget)
    if budget is None or _demand(slots, free) <= budget.a_second:
        return free
    thinned = _thinned(slots, free, budget.a_second)
    low, high = 1.0, _OVER
    if _demand(slots, Plan(usual, high, thinned)) > budget.a_second:
        over = _demand(slots, Plan(usual, high, thinned)) / budget.a_second
        return Plan(usual, _OVER * over, thinned, scarce=True, budget=budget)
    for _ in range(25):
        middle = math.sqrt(low * high)
        if _demand(slots, Plan(usual, middle, thinned)) > budget.a_second:
            low = middle
        else:
            high = middle
    return Plan(usual, high, thinned, scarce=True, budget=budget)


@dataclass(frozen=True, slots=True)
class Turn:
    """A slot whose turn it is: from when, and how many accounts it may read."""

    slot: Slot
    at: datetime
    most: int


def turns(slots: Sequence[Slot], how: Plan, now: datetime, ahead: timedelta) -> list[Turn]:
    """The slots whose turn it is, the latest for its period first, as far as the platform's budget goes.

    ahead: how long it is until this is asked again. Where reads are scarce, whatever is due until then is told now, with
    its own moment: read all at once, each minute's share would crowd the platform's window.
    """
    until = now + ahead if how.scarce else now
    found = [Turn(slot, max(now, at), 0) for slot in slots if (at := how.due_at(slot)) <= until]
    # A minute late is much for who is read every two, and nothing for who is read every six hours.
    due = sorted(found, key=lambda one: ((how.due_at(one.slot) - until) / how.period(one.slot), one.slot.name))
    chosen: list[Turn] = []
    told = 0
    for one in due:
        fits = one if how.budget is None else _fitting(slots, how.budget, one, told, until)
        if fits is None:
            continue
        count = how.due(one.slot, fits.at)
        count = count if how.budget is None else min(count, fits.most)
        chosen.append(replace(fits, most=count))
        told += min(count, one.slot.left or count)
    return chosen


def _fitting(slots: Sequence[Slot], budget: Budget, turn: Turn, told: int, until: datetime) -> Turn | None:
    """The turn from when on there is room for it, and how much; None where there is none until then. told: promised before."""
    at = turn.at
    while True:
        left = int(FULL * budget.reads) - budget.used(slots, at) - told
        if left > 0:
            return replace(turn, at=at, most=left)
        if at >= until:
            return None
        at = min(until, at + budget.span / PARTS)


def _demand(slots: Sequence[Slot], how: Plan) -> float:
    """Reads a second that the slots ask for."""
    total = 0.0
    for slot in slots:
        heavy = slot.counts.heavy
        spared = sum(heavy.get(one, 0) * (1 - 1 / how.every(slot, one)) for one in how.thinned)
        total += (max(1, slot.counts.members) - spared) / how.period(slot).total_seconds()
    return total


def _thinned(slots: Sequence[Slot], free: Plan, budget: float) -> dict[str, int]:
    """Tenants that ask for more than their fair share, and by how much their accounts are read less than others'."""
    asked: dict[str, float] = {}
    total = 0.0
    for slot in slots:
        seconds = free.period(slot).total_seconds()
        total += slot.counts.members / seconds
        for tenant, members in slot.counts.heavy.items():
            asked[tenant] = asked.get(tenant, 0.0) + members / seconds
    tenants = max([len(asked), *(slot.counts.tenants for slot in slots)])
    others, unnamed = max(0.0, total - sum(asked.values())), tenants - len(asked)
    fair = fair_level([*asked.values(), *([others / unnamed] * unnamed if unnamed else [])], budget)
    level = max(MOST_OF_ONE * budget, fair)
    slowed = {tenant: math.ceil(demand / level - 0.5) for tenant, demand in asked.items()}
    return {tenant: every for tenant, every in slowed.items() if every > 1}


def fair_level(demands: Sequence[float], budget: float) -> float:
    """The most that any of them may have, so that nobody who asks for less is cut and all of it is given (max-min)."""
    left, waiting = budget, sorted(demands)
    for place, demand in enumerate(waiting):
        level = left / (len(waiting) - place)
        if demand > level:
            return level
        left -= demand
    return math.inf


# --- one run ---------------------------------------------------------------------------------------------------------


def begun(
    slot: Slot,
    how: Plan,
    tenants: Sequence[str],
    after: str | None,
    now: datetime,
    busy_until: datetime,
    reads: int | None = None,
) -> Slot:
    """The slot once a run of it has begun that reads accounts of these tenants; after: where the next one goes on.

    reads: how many of them are read, where some are passed over.
    """
    counting = slot.counting.met(tenants)
    next_at = how.next_at(slot, len(tenants), now, more=after is not None)
    ran = replace(slot, ran_at=now, next_at=next_at, busy_until=busy_until, after=after, counting=counting)
    if how.budget is not None:
        ran = replace(ran, taken=how.budget.took(slot, len(tenants) if reads is None else reads, now))
    if after is not None:
        return ran
    whole = replace(counting, last=None)
    return replace(ran, counts=whole, counting=Round(), turn=slot.turn + 1)
