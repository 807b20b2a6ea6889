"""Every reachable state of the protocol keeps its promises, and each naive variant breaks the one it is said to break."""

from __future__ import annotations

import pytest

from tests.model.configurations import CONFIGURATIONS, Configuration
from tests.model.naive import NAIVE, Naive


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda one: one.name)
def test_the_protocol_keeps_every_promise(configuration: Configuration) -> None:
    result = configuration.explored()
    assert result.harms == {}
    assert result.states > 100


@pytest.mark.parametrize("naive", NAIVE, ids=lambda one: one.name)
def test_a_naive_protocol_does_the_harm_it_is_known_for(naive: Naive) -> None:
    result = naive.explored()
    assert naive.harm in result.harms, f"{result.states} states, and only {sorted(result.harms)}"
    print(f"{naive.name}: {naive.harm}", *result.harms[naive.harm], sep="\n  ")  # noqa: T201
