"""`python -m benchmarks.polling`: how long until 10,000 accounts hear what is said to them, against the best that can be.

In virtual time: messages come at random, at rates as uneven as communities are (log-normal: a few hear a hundred an hour,
most less than one a day). The slots, plans, tallies and tiers are the real ones (`chalicelib/domain/polling.py`), run by
a tick a minute. The platform counts every read in a sliding window and refuses what is beyond it. The optimum is reckoned:
T = c/√λ for each account by its true rate, clipped alike, with c such that the whole budget is used.
Prints one JSON line; exits with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chalicelib.domain import polling
from chalicelib.domain.polling import Budget, Pace, Slot, Tally
from chalicelib.store import keys

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BUDGET = Budget(1000, timedelta(minutes=10))
"""Reddit's: a hundred a minute for one client, counted over ten minutes."""
USUAL = timedelta(minutes=2)
MEDIAN_A_DAY, SIGMA = 0.6, 2.0
TENANTS = 1_000
BARS = {"mean_delay_over_optimum": 1.1, "max_delay_h": 6.0, "self_made_429": 0}


@dataclass
class Member:
    """One account: its true rate, and what was learnt of it."""

    name: str
    hourly: float
    tally: Tally
    pace: Pace
    slot: str
    waiting: list[float] = field(default_factory=list)
    """When what was not heard yet was said, in hours since the start."""
    next_said: float = 0.0
    read_at: float = 0.0


class Platform:
    """Counts reads in a sliding window, and refuses those beyond it."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.refused = 0
        self._recent: deque[tuple[datetime, int]] = deque()
        self._count = 0

    def read(self, now: datetime) -> None:
        """One more read."""
        while self._recent and self._recent[0][0] <= now - self.budget.span:
            self._count -= self._recent.popleft()[1]
        if self._count >= self.budget.reads:
            self.refused += 1
            return
        self._recent.append((now, 1))
        self._count += 1


class World:
    """Accounts in their slots, under a clock that goes by minutes."""

    def __init__(self, accounts: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.platform = Platform(BUDGET)
        self.slots: dict[str, Slot] = {}
        self.shelves: dict[str, list[str]] = {}
        self.members = {one.name: one for one in (self._member(number) for number in range(accounts))}
        self.delays = 0.0
        self.heard = 0
        self.longest = 0.0
        self.moves = self.runs = self.reads = 0
        for one in self.members.values():
            self._place(one, START)
        for slot in self.slots.values():
            # As any moment finds them: each somewhere in its round.
            members = polling.Round().met(name.partition("#")[0] for name in self.shelves[slot.name])
            self.slots[slot.name] = Slot(slot.name, START, counts=members)
        how = self.plan()
        for slot in self.slots.values():
            at = START + how.interval(slot) * self.random.random()
            self.slots[slot.name] = Slot(slot.name, START, at, counts=slot.counts)

    def _member(self, number: int) -> Member:
        hourly = MEDIAN_A_DAY / 24 * math.exp(SIGMA * self.random.gauss(0, 1))
        # What was heard before, by the same chance: the tally is as weeks of listening leave it.
        lasting = self._sum(hourly, polling.LASTING)
        tally = Tally(round(1000 * lasting), round(1000 * min(lasting, self._sum(hourly, polling.LATELY))), START)
        tier = round(polling.wanted(polling.rate(tally, START - 10 * polling.LASTING, START)))
        name = f"w{number * 7919 % TENANTS:04}#a{number:05}"
        one = Member(name, hourly, tally, Pace(tier, START - timedelta(days=1)), "")
        one.next_said = self.random.expovariate(hourly)
        return one

    def _sum(self, hourly: float, decay: timedelta) -> float:
        """A sum of messages that weigh less the older they are: mean λτ, variance λτ/2."""
        mean = hourly * (decay / timedelta(hours=1))
        return max(0.0, self.random.gammavariate(2 * mean, 0.5)) if mean else 0.0

    def _place(self, one: Member, now: datetime) -> None:
        one.slot = keys.slot_of("reddit", one.name, one.pace.tier)
        self.slots.setdefault(one.slot, Slot(one.slot, now))
        insort(self.shelves.setdefault(one.slot, []), one.name)

    def plan(self) -> polling.Plan:
        """How the slots are run now."""
        return polling.plan(list(self.slots.values()), USUAL, BUDGET)

    def tick(self, now: datetime, *, measured: bool) -> None:
        """Run what is due."""
        how = self.plan()
        turns = polling.turns(list(self.slots.values()), how, now, MINUTE)
        for turn in sorted(turns, key=lambda one: one.at):
            self._run(turn.slot, turn.most, how, turn.at, measured=measured)

    def _run(self, slot: Slot, most: int, how: polling.Plan, now: datetime, *, measured: bool) -> None:
        shelf = self.shelves[slot.name]
        begin = 0 if slot.after is None else bisect_right(shelf, slot.after)
        names = shelf[begin : begin + most]
        after = names[-1] if names and begin + most < len(shelf) else None
        tenants = [name.partition("#")[0] for name in names]
        pairs = zip(names, tenants, strict=True)
        kept = [name for name, tenant in pairs if not how.passes_over(slot, tenant, int(name[-5:]))]
        self.slots[slot.name] = polling.begun(slot, how, tenants, after, now, now, len(kept))
        self.runs += 1
        for name in kept:
            if now - self.members[name].pace.since >= MINUTE:
                self._read(self.members[name], now, measured=measured)

    def _read(self, one: Member, now: datetime, *, measured: bool) -> None:
        self.platform.read(now)
        self.reads += 1
        at = (now - START) / timedelta(hours=1)
        new = 0
        while one.next_said <= at:
            if measured:
                self.delays += at - one.next_said
                self.heard += 1
                self.longest = max(self.longest, at - one.next_said)
            new += 1
            one.next_said += self.random.expovariate(one.hourly)
        if new:
            one.tally = polling.tallied(one.tally, new, now)
        tier = polling.tier_for(one.pace, polling.rate(one.tally, START - 10 * polling.LASTING, now), now)
        if tier != one.pace.tier:
            self.shelves[one.slot].remove(one.name)
            one.pace = Pace(tier, now)
            self._place(one, now)
            self.moves += measured


def optimum(rates: Sequence[float], budget: Budget) -> float:
    """The least mean delay in hours that any fixed periods give, clipped and within the whole budget."""
    shortest, longest = polling.FASTEST / timedelta(hours=1), 6.0
    a_hour = budget.reads / (budget.span / timedelta(hours=1))

    def periods(scale: float) -> list[float]:
        return [min(longest, max(shortest, scale / math.sqrt(rate))) for rate in rates]

    low, high = 1e-6, 1e6
    for _ in range(100):
        middle = math.sqrt(low * high)
        if sum(1 / one for one in periods(middle)) > a_hour:
            low = middle
        else:
            high = middle
    best = periods(high)
    return sum(rate * one / 2 for rate, one in zip(rates, best, strict=True)) / sum(rates)


def measure(accounts: int = 10_000, days: float = 3.0, seed: int = 1) -> dict[str, float]:
    """The figures, after a day in which the slots find their pace."""
    world = World(accounts, seed)
    settled = START + timedelta(days=1)
    now = START
    while now < settled + timedelta(days=days):
        now += MINUTE
        world.tick(now, measured=now > settled)
        if now == settled:
            world.moves = 0
    best = optimum([one.hourly for one in world.members.values()], BUDGET)
    return {
        "mean_delay_over_optimum": round(world.delays / world.heard / best, 3),
        "max_delay_h": round(world.longest, 2),
        "self_made_429": world.platform.refused,
        "mean_delay_min": round(60 * world.delays / world.heard, 2),
        "optimum_min": round(60 * best, 2),
        "accounts": accounts,
        "reads_a_minute": round(world.reads / ((now - START) / MINUTE), 1),
        "moves_of_an_account_a_day": round(world.moves / accounts / days, 3),
        "slots": len(world.slots),
        "runs_a_minute": round(world.runs / ((now - START) / MINUTE), 1),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--days", type=float, default=3.0, help="virtual days that are measured")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    figures = measure(given.accounts, given.days, given.seed)
    print(json.dumps(figures))
    return 0 if all(figures[name] <= bar for name, bar in BARS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
