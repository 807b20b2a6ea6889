"""What a platform says is left, read from the headers of the answer to a write.

It is advice that came for nothing: it must never cost a request, and never raise. A header that is missing or odd is no
advice.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.capabilities import Scope
from connectors.contract import Limit
from connectors.translate import WAIT_LONGEST


def limit(left: float | None, resets_in: float | None, scope: Scope) -> Limit | None:
    """A limit of so many writes for so many seconds; None where either is not told."""
    if left is None or resets_in is None:
        return None
    return Limit(max(0, int(left)), min(max(resets_in, 0.0), WAIT_LONGEST), scope)


def tightest(limits: Iterable[Limit | None]) -> Limit | None:
    """The one with the fewest writes left, of equals the one that lasts longest; None of none."""
    return min(filter(None, limits), key=lambda known: (known.left, -known.resets_in), default=None)
