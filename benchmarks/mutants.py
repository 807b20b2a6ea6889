"""`python -m benchmarks.mutants [--plans N] [--seed S]`: the publish protocol broken on purpose, rule by rule; one JSON line.

mutants: how many ways of breaking it (tests/simulation/mutants.py), each a named weakening that is patched in at run time.
caught: how many of them some plan of the simulation noticed, within the number of plans that `make test` spends on them.
survived: the names of those that nobody noticed; it must be empty, else the exit code is 1. worst: the mutant that took the
most plans, and how many.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.plans import plan
from tests.simulation.running import run


def plans_until_caught(mutant: Mutant, seed: int, plans: int) -> int | None:
    """How many plans it took until one of them noticed; None where none did."""
    with pytest.MonkeyPatch.context() as patch:
        mutant.breaks(patch)
        for number in range(plans):
            asked = plan(seed, number)
            if mutant.shows(asked) and run(asked).findings:
                return number + 1
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line; 1 where a mutant survived."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--plans", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--progress", action="store_true", default=sys.stderr.isatty())
    asked = parser.parse_args(arguments)
    began = time.perf_counter()
    took: dict[str, int | None] = {}
    for mutant in MUTANTS:
        took[mutant.name] = plans_until_caught(mutant, asked.seed, asked.plans)
        if asked.progress:
            print(f"{mutant.name}: {took[mutant.name]}", file=sys.stderr, flush=True)
    caught = {name: plans for name, plans in took.items() if plans is not None}
    worst = max(caught, key=lambda name: caught[name], default=None)
    line = {
        "mutants": len(took),
        "caught": len(caught),
        "survived": sorted(set(took) - set(caught)),
        "plans_at_most": asked.plans,
        "worst": None if worst is None else {"mutant": worst, "plans": caught[worst]},
        "seconds": round(time.perf_counter() - began, 1),
    }
    print(json.dumps(line))
    return 1 if line["survived"] else 0


if __name__ == "__main__":
    sys.exit(main())
