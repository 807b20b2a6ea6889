"""Every reachable state of the protocol keeps its promises, and each naive variant breaks the one it is said to break."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model import configurations, naive
from tests.model.__main__ import tables
from tests.model.configurations import CONFIGURATIONS, Configuration
from tests.model.explorer import STUCK
from tests.model.naive import NAIVE, Naive
from tests.model.states import Harm

PAGE = Path(__file__).parents[2] / "docs" / "model.md"


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda one: one.name)
def test_the_protocol_keeps_every_promise(configuration: Configuration) -> None:
    harms = configurations.explored(configuration).harms
    told = "\n".join(f"{harm}:\n  " + "\n  ".join(way) for harm, way in harms.items())
    assert not harms, told


@pytest.mark.parametrize("broken", NAIVE, ids=lambda one: one.name)
def test_a_naive_protocol_does_the_harm_it_is_known_for(broken: Naive) -> None:
    result = naive.explored(broken)
    assert broken.harm in result.harms, f"{result.states} states, and only {sorted(result.harms)}"


def test_every_promise_is_broken_by_somebody() -> None:
    """A harm that no variant can show may be one that the model cannot see."""
    assert {one.harm for one in NAIVE} == {*Harm, STUCK}


def test_the_page_shows_what_was_measured() -> None:
    page = PAGE.read_text()
    missing = [line for line in tables() if line not in page]
    assert not missing, "python -m tests.model prints docs/model.md's tables; these lines are new:\n" + "\n".join(
        missing
    )
