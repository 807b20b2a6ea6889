"""What differs between two guideline versions, clause by clause, so that nobody has to read the whole again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NOT_SAID = frozenset({"version", "clauses"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. clause: its id; None for a setting. Values are in JSON types; None where there is nothing.

    what: the field, `clause` where the whole clause is new or gone, `order` where only their order differs.
    """

    clause: str | None
    what: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differs between two versions, as `Guideline.to_record` writes them: settings first, then clauses in order."""
    found = [Difference(None, *one) for one in _apart(before, after) if one[0] not in _NOT_SAID]
    old, new = ({one["id"]: one for one in record["clauses"]} for record in (before, after))
    for name in {**old, **new}:
        if name not in new:
            found.append(Difference(name, "clause", old[name], None))
        elif name not in old:
            found.append(Difference(name, "clause", None, new[name]))
        else:
            found += (Difference(name, *one) for one in _apart(old[name], new[name]))
    kept = [name for name in old if name in new], [name for name in new if name in old]
    if kept[0] != kept[1]:
        found.append(Difference(None, "order", *kept))
    return tuple(found)


def _apart(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    names = {**before, **after}
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
