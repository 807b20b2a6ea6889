"""`python -m benchmarks.simulation [--plans N] [--seed S]`: the publish road under seeded faults, one JSON line.

lost, twice, early, after_cancel, stuck, untrue: plans in which that happened; all must be 0. waiting_for_person: posts that
ended visibly before a person. boundary_coverage: the share of pairs (place on the road, thing that may go wrong there)
that some plan met. through: faults strike at the connector port; the real clients are not in it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence

from chalicelib.domain.post import VariantState
from tests.simulation.checker import Harm
from tests.simulation.plans import PAIRS
from tests.simulation.running import run_all


def measure(plans: int, seed: int) -> dict[str, object]:
    """Run the plans and sum them up. Raises PromiseBroken where a plan ends in an error nobody foresaw."""
    began = time.perf_counter()
    sums = run_all(seed, range(plans))
    return {
        "plans": sums.plans,
        "seed": seed,
        "through": "port",
        **{harm.value: sums.harms[harm] for harm in Harm},
        "waiting_for_person": sums.states[VariantState.NEEDS_REVIEW],
        "boundary_coverage": round(1 - len(sums.missing) / len(PAIRS), 4),
        "seconds": round(time.perf_counter() - began, 1),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description="The publish road under seeded faults.")
    parser.add_argument("--plans", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=20261121)
    asked = parser.parse_args(arguments)
    print(json.dumps(measure(asked.plans, asked.seed)))


if __name__ == "__main__":
    main()
