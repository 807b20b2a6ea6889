"""Fairness: who comes next when more is due than one run can hand on. Deficit round robin over tenants.

After M. Shreedhar and G. Varghese, "Efficient Fair Queuing using Deficit Round Robin" (1995): each round gives every
tenant the same credit, and a tenant hands on while its credit covers the next piece. A tenant that waits with little is
through in the first round, however much another has piled up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

CREDIT = 10
"""What each tenant is given in one round, in pieces of work."""


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """Something to hand on, and how many pieces of work it counts for (at least 1)."""

    what: T
    cost: int = 1


def share(waiting: Mapping[str, Sequence[Piece[T]]], most: int, per_tenant: int) -> list[T]:
    """What to hand on now, in order: at most `most` pieces of work in all and `per_tenant` of one tenant.

    Each tenant's pieces stay in their order, and those of the tenant that was named first begin each round.
    """
    queues = {tenant: deque(pieces) for tenant, pieces in waiting.items() if pieces}
    credit = dict.fromkeys(queues, 0)
    spent = dict.fromkeys(queues, 0)
    chosen: list[T] = []
    total = 0
    while queues:
        for tenant in list(queues):
            queue = queues[tenant]
            credit[tenant] += CREDIT
            while queue and queue[0].cost <= credit[tenant]:
                cost = queue[0].cost
                if total + cost > most:
                    return chosen
                if spent[tenant] + cost > per_tenant:
                    queue.clear()
                    break
                credit[tenant] -= cost
                spent[tenant] += cost
                total += cost
                chosen.append(queue.popleft().what)
            if not queue:
                del queues[tenant]
    return chosen
