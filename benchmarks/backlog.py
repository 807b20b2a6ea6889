"""`python -m benchmarks.backlog [--posts N]`: an hour down with everything due, in virtual time, one JSON line.

N posts of 50 workspaces (4 accounts each) were due in the past hour; one in fifty may be at most half an hour late.
Ticks come each minute, hints when they are due; every account may write 300 in 5 minutes. Ten minutes in, a workspace
that had nothing waiting is due with five posts.

drain_ratio: how long the drain took, divided by what the budgets alone ask for. jain: Jain's fairness index over what each
workspace had said when half of all was said (1.0: the same for each). light_ticks: how many ticks the late-comer waited.
missed: posts past their own limit, all of them visible in the list of what was never said. worst_window: the most that one
account said in any 5 minutes. out_of_order, twice, early, left: must be 0.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from benchmarks.virtual import START, Virtual, virtual
from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account
from chalicelib.domain.budget import WHOLE, Allowed
from chalicelib.domain.post import VariantState
from chalicelib.ports import QueueName
from chalicelib.services import lines, ticking
from chalicelib.store import keys
from chalicelib.store.repository import whole
from connectors.capabilities import Allowance

WORKSPACES = 50
ACCOUNTS = 4
ALLOWANCE = Allowance(300, timedelta(minutes=5))
TICK = timedelta(minutes=1)
DOWN = timedelta(hours=1)
LIGHT_AFTER = timedelta(minutes=10)
MINUTES_AT_MOST = 600
LIGHT = "light-0"
"""The late-comer's account."""


@dataclass
class Run:
    """One drain, and what was seen of it."""

    world: Virtual
    posts: int
    tenants: list[tuple[Caller, list[Account]]] = field(default_factory=list)
    ticks: int = 0
    half: Counter[str] = field(default_factory=Counter)
    light_since: int | None = None
    light_waited: int | None = None

    def fill(self) -> None:
        """Everything that was due while nobody was there."""
        for number in range(WORKSPACES):
            self.tenants.append(self.world.open(f"desk{number}", ACCOUNTS))
        each = self.posts // (WORKSPACES * ACCOUNTS)
        apart = DOWN / max(1, each)
        for caller, accounts in self.tenants:
            for account in accounts:
                # Every fiftieth will not be said so late: its limit has passed where it was due in the first half.
                for place in range(each):
                    limit = DOWN / 2 if place % 50 == 0 else timedelta(days=1)
                    text = f"{account.handle}/{place:05}"
                    self.world.schedule(caller, account, [text], START - DOWN + place * apart, timedelta(0), limit)
        self.light = self.world.open("light", 1)

    def drain(self, progress: bool) -> datetime:
        """Ticks and workers until nothing is left; when the last thing was said."""
        world = self.world
        tick_at = START
        while tick_at < START + MINUTES_AT_MOST * TICK:
            self._work(tick_at)
            world.clock.at = tick_at
            if tick_at == START + LIGHT_AFTER:
                caller, (account,) = self.light
                texts = [f"light/{place}" for place in range(5)]
                world.schedule(caller, account, texts, tick_at, timedelta(milliseconds=1), DOWN)
                self.light_since = self.ticks
            ticked = ticking.tick(world.desk, tick_at)
            self.ticks += 1
            self._look()
            if progress:
                print(f"\r{tick_at - START}  {self._said():7} said", end="", file=sys.stderr)
            if not ticked.handed_on and not world.queue.waiting and self.light_waited is not None:
                break
            tick_at += TICK
        if progress:
            print(file=sys.stderr)
        return max(at for name, said in world.platform.said.items() if name != LIGHT for at, _ in said)

    def _work(self, until: datetime) -> None:
        """Workers take every hint in its time."""
        world = self.world
        while (taken := world.queue.take(until)) is not None:
            at, queue, body = taken
            world.clock.at = max(world.clock.at, at)
            if queue is QueueName.PUBLISH:
                account = str(body["account"])
                lines.speak(world.desk, str(body["workspace"]), account, body["variants"], front="front" in body)
            if not self.half and self._said() >= self.posts // 2:
                self.half = Counter({name: len(said) for name, said in world.platform.said.items() if name != LIGHT})

    def _look(self) -> None:
        if self.light_since is not None and self.light_waited is None and len(self._light()) == 5:
            self.light_waited = self.ticks - 1 - self.light_since

    def _light(self) -> list[tuple[datetime, str]]:
        return self.world.platform.said.get(LIGHT, [])

    def _said(self) -> int:
        return sum(len(one) for one in self.world.platform.said.values())

    # --- what it came to ---------------------------------------------------------------------------------------------

    def states(self) -> Counter[VariantState]:
        """How every variant ended, read from the record."""
        found: Counter[VariantState] = Counter()
        store = self.world.desk.store
        for caller, _ in [*self.tenants, self.light]:
            shelf = keys.shelf(caller.workspace, "POSTS")
            for post in whole(lambda after, shelf=shelf: store.posts.listed(shelf, limit=100, after=after)):  # type: ignore[misc]
                found.update(
                    one.state
                    for one in store.variants.get_many(keys.variant(caller.workspace, v) for v in post.variants)
                )
        return found

    def unsaid(self) -> int:
        """What people see in the list of what was never said."""
        store = self.world.desk.store
        return sum(
            1
            for caller, _ in self.tenants
            for _ in whole(
                lambda after, ws=caller.workspace: store.variants.listed(  # type: ignore[misc]
                    keys.shelf(ws, "UNSAID"), limit=100, after=after
                )
            )
        )


def fairness(counts: Sequence[int]) -> float:
    """Jain's index: (sum x)^2 / (n sum x^2)."""
    return sum(counts) ** 2 / (len(counts) * sum(one * one for one in counts)) if any(counts) else 0.0


def measure(posts: int, progress: bool = False) -> dict[str, object]:
    """The figures of one run."""
    began = time.perf_counter()
    run = Run(virtual(allowance=ALLOWANCE), posts)
    run.fill()
    ended = run.drain(progress)
    said = run.world.platform.said
    states = run.states()
    allowed = Allowed(ALLOWANCE.writes, ALLOWANCE.span)
    longest = max(len(one) for one in said.values())
    asked = allowed.wait_for(max(0, longest - allowed.burst) * WHOLE)
    by_workspace: Counter[str] = Counter()
    for name, number in run.half.items():
        by_workspace[name.rpartition("-")[0]] += number
    texts = Counter(text for one in said.values() for _, text in one)
    return {
        "posts": posts + 5,
        "published": states[VariantState.PUBLISHED],
        "missed": states[VariantState.MISSED],
        "missed_shown": run.unsaid(),
        "left": sum(states.values()) - states[VariantState.PUBLISHED] - states[VariantState.MISSED],
        "twice": sum(number > 1 for number in texts.values()),
        "early": 0 if all(at >= START for one in said.values() for at, _ in one) else 1,
        "out_of_order": sum(earlier[1] > later[1] for one in said.values() for earlier, later in pairwise(one)),
        "drain_minutes": round((ended - START) / TICK, 1),
        "drain_ratio": round((ended - START) / max(asked, TICK), 3),
        "jain": round(fairness([by_workspace[f"desk{number}"] for number in range(WORKSPACES)]), 4),
        "light_ticks": run.light_waited,
        "worst_window": max(_worst([at for at, _ in one]) for one in said.values()),
        "allowed_in_window": ALLOWANCE.writes,
        "queue_requests_per_post": round(run.world.queue.requests / (posts + 5), 3),
        "seconds": round(time.perf_counter() - began, 1),
    }


def _worst(times: Sequence[datetime]) -> int:
    """The most of these in any window of the allowance's span."""
    worst = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= ALLOWANCE.span:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backlog", description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    asked = parser.parse_args(arguments)
    found = measure(asked.posts, progress=True)
    print(json.dumps(found))
    broken = any(found[name] for name in ("left", "twice", "early", "out_of_order"))
    slow = float(str(found["drain_ratio"])) > 1.1 or float(str(found["jain"])) < 0.95
    late = found["light_ticks"] is None or int(str(found["light_ticks"])) > 2
    sys.exit(broken or slow or late)


if __name__ == "__main__":
    main()
