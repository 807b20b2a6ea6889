"""Explores every state a model can reach, breadth first, and tells the shortest way to each kind of harm.

A model is finite: an initial state and the steps out of any state. Nothing here knows what is modelled. It must never cut
a search short without saying so: a result without `harm` covers every reachable state.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

STUCK = "stuck"
"""The harm of a state from which no good end can be reached any more."""


class Step(NamedTuple):
    """One step of a model.

    words: for people. act: what an onlooker sees of it, empty where nothing. chance: a fault, or what somebody may do but
    nobody has to; no good end may depend on it.
    """

    words: str
    state: Hashable
    act: str = ""
    chance: bool = False


class Model(Protocol):
    """Something to explore. States are hashable and equal where nothing tells them apart."""

    def initial(self) -> Hashable:
        """The state in which everything begins."""

    def steps(self, state: Hashable) -> Iterable[Step]:
        """Every step that may come next; two steps out of one state stand for everything that is concurrent."""

    def harm(self, state: Hashable) -> str | None:
        """Which promise this state breaks, None where none."""

    def good(self, state: Hashable) -> bool:
        """Whether the state is a good end."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an exploration came to. harms: each kind with the words of a shortest way to it."""

    states: int
    steps: int
    seconds: float
    harms: dict[str, list[str]]


def explore(model: Model, until: str | None = None, most: int = 1_000_000) -> Result:
    """Explore everything, or until the harm `until` is met; nothing is explored past the harm that is looked for, or any.

    Safety: no reachable state has a harm. Liveness (AG EF good): from every reachable state a good end can be reached by
    steps that are not chance, that is without a further fault and without anybody's help.
    Raises OverflowError beyond `most` states.
    """
    began = time.perf_counter()
    first = model.initial()
    numbers: dict[Hashable, int] = {first: 0}
    found: list[Hashable] = [first]
    came: list[tuple[int, str]] = [(-1, "")]
    into: list[list[int]] = [[]]
    harms: dict[str, list[str]] = {}
    ends: list[int] = []
    steps = 0
    number = 0
    while number < len(found):
        state = found[number]
        harm = model.harm(state)
        if harm is not None:
            harms.setdefault(harm, _way(came, number))
            if harm == until:
                return Result(len(found), steps, time.perf_counter() - began, harms)
            ends.append(number)
        if harm is None or until not in {None, STUCK}:
            if model.good(state):
                ends.append(number)
            for step in model.steps(state):
                steps += 1
                target = numbers.setdefault(step.state, len(found))
                if target == len(found):
                    found.append(step.state)
                    came.append((number, step.words))
                    into.append([])
                if not step.chance:
                    into[target].append(number)
            if len(found) > most:
                raise OverflowError(f"more than {most} states")
        number += 1
    hopeful = _reaching(ends, into)
    lost = next((one for one, hope in enumerate(hopeful) if not hope), None)
    if lost is not None:
        harms[STUCK] = _way(came, lost)
    return Result(len(found), steps, time.perf_counter() - began, harms)


def _reaching(ends: Iterable[int], into: list[list[int]]) -> list[bool]:
    """For each state, whether one of `ends` can be reached from it."""
    reaches = [False] * len(into)
    waiting = list(ends)
    for one in waiting:
        reaches[one] = True
    while waiting:
        for before in into[waiting.pop()]:
            if not reaches[before]:
                reaches[before] = True
                waiting.append(before)
    return reaches


def _way(came: list[tuple[int, str]], number: int) -> list[str]:
    """The words of a shortest way to a state."""
    words: list[str] = []
    while number > 0:
        number, said = came[number]
        words.append(said)
    return words[::-1]
