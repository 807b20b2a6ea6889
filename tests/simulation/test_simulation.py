"""The publish road under seeded faults: nothing lost, nothing twice, nothing early, nothing after an acknowledged cancel."""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks import simulation
from chalicelib.domain.post import VariantState
from tests.simulation.checker import Harm
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.plans import PAIRS, plan
from tests.simulation.running import PromiseBroken, Sums, run, run_all

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


def test_a_broken_promise_names_its_plan_and_tells_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    (mutant,) = (one for one in MUTANTS if one.name == "nobody takes over")
    mutant.breaks(monkeypatch)
    verdict = next(one for one in (run(plan(SEED, number)) for number in range(100)) if one.findings)
    with pytest.raises(PromiseBroken) as told:
        verdict.check()
    assert f"seed {SEED}, plan {verdict.plan.number}:" in str(told.value)
    assert "is still sending" in str(told.value)
    assert "write variant claim" in str(told.value)


def test_the_benchmark_prints_what_happened_and_through_what() -> None:
    line = simulation.measure(20, 1)
    assert line["through"] == "port"
    assert [line[harm.value] for harm in Harm] == [0] * len(Harm)
    assert line["plans"] == 20
