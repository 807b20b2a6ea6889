"""Running plans: one at a time with its verdict, or many with their sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.domain.post import VariantState
from tests.simulation.checker import Finding, Harm, findings
from tests.simulation.plans import PAIRS, Plan, plan
from tests.simulation.road import Kind
from tests.simulation.simulator import World


class PromiseBroken(AssertionError):
    """A plan ended otherwise than it may; the message holds the plan, the findings and every step."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one plan came to."""

    plan: Plan
    findings: tuple[Finding, ...]
    trace: tuple[str, ...]
    digest: str
    struck: frozenset[tuple[str, Kind]]
    states: tuple[VariantState, ...]

    def check(self) -> None:
        """Raises PromiseBroken where there is a finding."""
        if self.findings:
            told = "\n".join(f"  {one.harm}: {one.words}" for one in self.findings)
            raise PromiseBroken("\n".join((self.plan.words(), told, *self.trace)))


def run(asked: Plan) -> Verdict:
    """Carry one plan out and judge it."""
    world = World(asked)
    try:
        world.run()
        found = findings(world)
        return Verdict(
            asked,
            tuple(found),
            tuple(world.road.trace),
            world.road.digest(),
            frozenset(world.road.struck),
            tuple(one.state for one in world.variants()),
        )
    except Exception as error:
        raise PromiseBroken("\n".join((asked.words(), f"  it broke: {error!r}", *world.road.trace))) from error
    finally:
        world.table.close()


@dataclass
class Sums:
    """What many plans came to."""

    plans: int = 0
    harms: Counter[Harm] = field(default_factory=Counter)
    states: Counter[VariantState] = field(default_factory=Counter)
    struck: set[tuple[str, Kind]] = field(default_factory=set)
    first: Verdict | None = None
    """The first verdict with a finding."""

    @property
    def missing(self) -> set[tuple[str, Kind]]:
        """Places and faults that no plan met."""
        return set(PAIRS) - self.struck


def run_all(seed: int, numbers: Iterable[int]) -> Sums:
    """Carry out the plans of these numbers."""
    sums = Sums()
    for number in numbers:
        verdict = run(plan(seed, number))
        sums.plans += 1
        sums.harms.update({one.harm for one in verdict.findings})
        sums.states.update(verdict.states)
        sums.struck |= verdict.struck
        if verdict.findings and sums.first is None:
            sums.first = verdict
    return sums
