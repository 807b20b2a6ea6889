"""State machines as data: a dict of edges beside an Enum. An edge that is not drawn raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from chalicelib.domain.errors import IllegalMove

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, eq=False)
class Machine(Generic[S]):
    """The states of one noun and the acts that lead from one to another."""

    noun: str
    states: type[S]
    edges: Mapping[tuple[S, str], S]

    def move(self, state: S, act: str) -> S:
        """The state after `act`. Raises IllegalMove where no such edge is drawn."""
        try:
            return self.edges[state, act]
        except KeyError:
            raise IllegalMove(f"{self.noun}: no edge '{act}' from {state.value}") from None

    def allows(self, state: S, act: str) -> bool:
        """Whether the edge is drawn."""
        return (state, act) in self.edges

    def sources(self, act: str) -> tuple[S, ...]:
        """The states from which `act` leads somewhere."""
        return tuple(state for state, name in self.edges if name == act)

    def terminal(self, state: S) -> bool:
        """Whether no edge leaves the state."""
        return not any(source == state for source, _ in self.edges)
