"""Running plans: one at a time with its verdict, or many with their sums, on one core or several."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from chalicelib.domain.post import VariantState
from tests.simulation.checker import findings
from tests.simulation.harms import Finding, Harm
from tests.simulation.memory import read_once
from tests.simulation.places import Through, pairs
from tests.simulation.plans import Plan, aim, plan
from tests.simulation.road import Kind, Line, told
from tests.simulation.simulator import World

TOGETHER = 250
"""The most plans that a process takes at once."""

KEPT = 20
"""So many broken plans are told of; there is something to mend long before."""

TRACED = 50
"""Of so many of the first plans it is kept which steps they took."""


class PromiseBroken(AssertionError):
    """A plan ended otherwise than it may; the message holds the plan, the findings and every step."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one plan came to. unforeseen: errors out of a client library that ended a worker, and nothing else."""

    plan: Plan
    findings: tuple[Finding, ...]
    lines: tuple[Line, ...]
    struck: frozenset[tuple[str, Kind]]
    states: tuple[VariantState, ...]
    unforeseen: tuple[str, ...]

    @property
    def trace(self) -> tuple[str, ...]:
        """Every step, in words."""
        return told(self.lines)

    @property
    def digest(self) -> str:
        """SHA-256 over the trace's lines."""
        return _digest(self.trace)

    @property
    def steps(self) -> str:
        """SHA-256 over the trace but for its first line, which names the plan."""
        return _digest(self.trace[1:])

    def check(self) -> None:
        """Raises PromiseBroken where there is a finding."""
        if self.findings:
            broken = "\n".join(f"  {one.harm}: {one.words}" for one in self.findings)
            raise PromiseBroken("\n".join((self.plan.words(), broken, *self.trace)))


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def run(asked: Plan) -> Verdict:
    """Carry one plan out and judge it. Raises PromiseBroken where it ends in an error of our own."""
    with _engine(asked.through), read_once(), _without_collecting():
        return _run(asked)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A world lives for milliseconds: what it leaves behind is looked for once it is over."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _engine(through: Through) -> AbstractContextManager[None]:
    if through is not Through.MOTO:
        return nullcontext()
    from tests.simulation import dynamo

    return dynamo.running()


def _run(asked: Plan) -> Verdict:
    world = World(asked)
    try:
        world.run()
        found = findings(world)
        return Verdict(
            asked,
            tuple(found),
            tuple(world.road.lines),
            frozenset(world.road.struck),
            tuple(one.state for one in world.variants()),
            tuple(world.unforeseen),
        )
    except Exception as error:
        raise PromiseBroken("\n".join((asked.words(), f"  it broke: {error!r}", *told(world.road.lines)))) from error


@dataclass
class Sums:
    """What many plans came to."""

    through: Through = Through.PORT
    plans: int = 0
    harms: Counter[Harm] = field(default_factory=Counter)
    states: Counter[VariantState] = field(default_factory=Counter)
    struck: set[tuple[str, Kind]] = field(default_factory=set)
    unforeseen: Counter[str] = field(default_factory=Counter)
    broken: list[Verdict] = field(default_factory=list)
    """The verdicts with a finding, the lowest plan first; no more than `KEPT`."""
    steps: dict[int, str] = field(default_factory=dict)
    """`Verdict.steps` of the first `TRACED` plans, by number."""

    @property
    def missing(self) -> set[tuple[str, Kind]]:
        """Places and faults that no plan met."""
        return set(pairs(self.through)) - self.struck

    def count(self, verdict: Verdict) -> None:
        """Add one plan."""
        self.plans += 1
        self.harms.update({one.harm for one in verdict.findings})
        self.states.update(verdict.states)
        self.struck |= verdict.struck
        self.unforeseen.update(verdict.unforeseen)
        if verdict.plan.number < TRACED:
            self.steps[verdict.plan.number] = verdict.steps
        if verdict.findings:
            self._keep([verdict])

    def add(self, other: Sums) -> None:
        """Add what other plans came to; the order in which this is done changes nothing."""
        self.plans += other.plans
        self.harms.update(other.harms)
        self.states.update(other.states)
        self.struck |= other.struck
        self.unforeseen.update(other.unforeseen)
        self.steps.update(other.steps)
        self._keep(other.broken)

    def _keep(self, verdicts: Sequence[Verdict]) -> None:
        self.broken = sorted([*self.broken, *verdicts], key=lambda one: one.plan.number)[:KEPT]


def run_all(seed: int, numbers: Iterable[int], through: Through = Through.PORT) -> Sums:
    """Carry out the plans of these numbers."""
    sums = Sums(through)
    with _engine(through):
        for number in numbers:
            sums.count(run(plan(seed, number, through)))
    return sums


def run_side_by_side(
    seed: int, plans: int, through: Through, jobs: int, heard: Callable[[Sums], None] = lambda _: None
) -> Sums:
    """Carry out the first `plans` plans in `jobs` processes; the sums are those of one. `heard` is told of each stretch."""
    return _side_by_side(seed, range(plans), through, jobs, heard)


def run_until_covered(seed: int, plans: int, most: int, through: Through, jobs: int) -> Sums:
    """Carry out the first `plans` plans; and of those below `most` only the ones that aim at what none of these met."""
    sums = run_side_by_side(seed, plans, through, jobs)
    missing = sums.missing
    rest = [number for number in range(plans, most) if aim(seed, number, through) in missing]
    sums.add(_side_by_side(seed, rest, through, jobs))
    return sums


def _side_by_side(
    seed: int, numbers: Sequence[int], through: Through, jobs: int, heard: Callable[[Sums], None] = lambda _: None
) -> Sums:
    sums = Sums(through)
    together = max(1, min(TOGETHER, -(-len(numbers) // jobs)))
    stretches = [numbers[start : start + together] for start in range(0, len(numbers), together)]
    if jobs == 1:
        for stretch in stretches:
            sums.add(run_all(seed, stretch, through))
            heard(sums)
        return sums
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as processes:
        for done in as_completed([processes.submit(run_all, seed, stretch, through) for stretch in stretches]):
            sums.add(done.result())
            heard(sums)
    return sums
