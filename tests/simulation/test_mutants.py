"""The protocol broken on purpose, rule by rule: each time some plan notices."""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.plans import plan
from tests.simulation.running import run

pytestmark = pytest.mark.long

SEED = 20261121
MOST_PLANS = 1500


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_protocol_that_was_broken_on_purpose_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.breaks(monkeypatch)
    plans = (plan(SEED, number) for number in range(MOST_PLANS))
    caught = any(run(one).findings for one in plans if mutant.shows(one))
    assert caught, f"{MOST_PLANS} plans, and nobody noticed: {mutant.name}"
