"""The publish road under seeded faults: nothing lost, nothing twice, nothing early, nothing after an acknowledged cancel."""

from __future__ import annotations

from functools import cache

import pytest

from chalicelib.domain.post import VariantState
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.plans import PAIRS, plan
from tests.simulation.running import Sums, run, run_all

SEED = 20261121
PLANS = 1500
MOST_PLANS_TO_CATCH = PLANS


@cache
def everything() -> Sums:
    return run_all(SEED, range(PLANS))


def test_no_plan_breaks_a_promise() -> None:
    sums = everything()
    if sums.first is not None:
        sums.first.check()
    assert sums.plans == PLANS
    assert not sums.harms


def test_every_fault_strikes_at_every_place_that_it_can() -> None:
    assert len(PAIRS) > 180
    assert everything().missing == set()


def test_plans_end_in_every_way_that_a_post_may_end() -> None:
    assert set(everything().states) == {
        VariantState.PUBLISHED,
        VariantState.CANCELLED,
        VariantState.FAILED,
        VariantState.MISSED,
        VariantState.HELD,
        VariantState.NEEDS_REVIEW,
    }


def test_the_same_seed_twice_gives_the_same_trace() -> None:
    for seed in range(50):
        first, second = run(plan(seed, seed)), run(plan(seed, seed))
        assert first.trace == second.trace
        assert first.digest == second.digest
    assert run(plan(1, 1)).digest != run(plan(2, 1)).digest


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_protocol_that_was_broken_on_purpose_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.breaks(monkeypatch)
    for number in range(MOST_PLANS_TO_CATCH):
        if run(plan(SEED, number)).findings:
            return
    pytest.fail(f"{MOST_PLANS_TO_CATCH} plans, and nobody noticed: {mutant.name}")
