"""`python -m benchmarks.simulation [--plans N] [--seed S] [--through WAY] [--jobs 2]`: the publish road under seeded faults.

One JSON line. lost, twice, out_of_order, early, after_cancel, after_brake, after_person, edit_lost, over_budget, stuck,
untrue: plans in which that happened; all must be 0, else the exit code is 1 and the first such plan is told.
waiting_for_person: posts that ended visibly before a person. boundary_coverage: the share of pairs (place on the road,
thing that may go wrong there) that some plan met. unforeseen: workers that a client library's own error ended. through:
port, clients or moto (simulation/places.py).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence

from chalicelib.domain.post import VariantState
from tests.simulation.harms import Harm
from tests.simulation.places import Through, pairs
from tests.simulation.running import Sums, run_side_by_side


def measure(
    plans: int, seed: int, through: Through = Through.PORT, jobs: int = 1, *, progress: bool = False
) -> tuple[dict[str, object], Sums]:
    """Run the plans: the line to print, and the sums. Raises PromiseBroken where a plan ends in an error of our own."""
    began = time.perf_counter()

    def told(sums: Sums) -> None:
        if progress:
            print(f"{sums.plans} of {plans} plans, {sum(sums.harms.values())} broken", file=sys.stderr, flush=True)

    sums = run_side_by_side(seed, plans, through, jobs, told)
    line = {
        "plans": sums.plans,
        "seed": seed,
        "through": through.value,
        **{harm.value: sums.harms[harm] for harm in Harm},
        "waiting_for_person": sums.states[VariantState.NEEDS_REVIEW],
        "boundary_coverage": round(1 - len(sums.missing) / len(pairs(through)), 4),
        "unforeseen": sum(sums.unforeseen.values()),
        "seconds": round(time.perf_counter() - began, 1),
    }
    return line, sums


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description="The publish road under seeded faults.")
    parser.add_argument("--plans", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--through", type=Through, choices=list(Through), default=Through.PORT)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--progress", action="store_true", default=sys.stderr.isatty())
    asked = parser.parse_args(arguments)
    line, sums = measure(asked.plans, asked.seed, asked.through, asked.jobs, progress=asked.progress)
    print(json.dumps(line))
    for verdict in sums.broken:
        broken = "; ".join(f"{one.harm}: {one.words}" for one in verdict.findings)
        print(f"{verdict.plan.words()}\n  {broken}", file=sys.stderr)
    return 1 if sums.broken else 0


if __name__ == "__main__":
    sys.exit(main())
