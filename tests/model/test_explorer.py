"""The explorer itself, on models that are small enough to be seen through."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.model.explorer import STUCK, Step, explore


@dataclass
class Walk:
    """States are letters, begun at `a`. An edge with `?` is chance."""

    edges: str
    harmful: dict[str, str] = field(default_factory=dict)
    ends: str = ""

    def initial(self) -> str:
        return "a"

    def steps(self, state: Hashable) -> Iterator[Step]:
        for edge in self.edges.split():
            if edge[0] == state:
                yield Step(edge, edge[1], chance=edge.endswith("?"))

    def harm(self, state: Hashable) -> str | None:
        return self.harmful.get(str(state))

    def good(self, state: Hashable) -> bool:
        return str(state) in self.ends


def test_the_shortest_way_to_a_harm_is_told() -> None:
    result = explore(Walk("ab bc cd ae ed da", {"d": "harm"}, "e"))
    assert result.harms == {"harm": ["ae", "ed"]}


def test_every_kind_of_harm_is_found_and_nothing_is_explored_past_one() -> None:
    result = explore(Walk("ab bc ad", {"b": "one", "c": "two", "d": "three"}))
    assert result.harms == {"one": ["ab"], "three": ["ad"]}
    assert result.states == 3


def test_whoever_looks_for_one_harm_goes_past_the_others() -> None:
    assert explore(Walk("ab bc", {"b": "one", "c": "two"}), until="two").harms == {"one": ["ab"], "two": ["ab", "bc"]}


def test_a_loop_that_can_be_left_is_not_stuck_and_one_that_cannot_is() -> None:
    assert explore(Walk("ab ba bc", ends="c")).harms == {}
    assert explore(Walk("ab bc cb ad", ends="d")).harms == {STUCK: ["ab"]}


def test_no_good_end_may_depend_on_chance() -> None:
    assert explore(Walk("ab bc?", ends="c")).harms == {STUCK: []}
    assert explore(Walk("ab bc? bd", ends="cd")).harms == {}


def test_chance_is_explored_all_the_same() -> None:
    assert explore(Walk("ab? ac", {"b": "harm"}, "c")).harms == {"harm": ["ab?"]}


def test_a_search_that_is_cut_short_says_so() -> None:
    with pytest.raises(OverflowError):
        explore(Walk("ab bc cd"), most=2)
