"""Names beside ids: an answer that knows accounts, members, campaigns or clauses by id says in `names` what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from chalicelib.api.door import Ask
    from chalicelib.services.desk import Desk
    from chalicelib.services.names import Ids

Json = dict[str, Any]

_HOLDS: Final = {
    "account": "accounts",
    "accounts": "accounts",
    "seen_by": "accounts",
    "member": "members",
    "owner": "members",
    "by": "members",
    "tell": "members",
    "campaign": "campaigns",
}
"""Which fields hold an id, or a list of them, and of what."""

_MEMBER: Final = "member:"


_ACTORS: Final = frozenset({"actor", "created_by"})
"""Which fields say who did it, of members `member:` and an id."""


def named(ask: Ask, shown: Json) -> Json:
    """The answer with `names`: by kind and id what people call it. What is gone has no name there."""
    return {**shown, "names": names_in(ask.desk, ask.caller.workspace, shown)}


def names_in(desk: Desk, workspace: str, shown: Any) -> dict[str, dict[str, str]]:
    """The names of all that is known by its id in what is shown, an answer or lines of a terminal."""
    from chalicelib.services import names

    found = names.Ids()
    _gather(shown, None, found)
    return names.of(desk, workspace, found)


def _gather(shown: Any, version: str | None, found: Ids) -> None:
    """Every id in an answer. version: the guideline that decided what is around it."""
    if isinstance(shown, list):
        for one in shown:
            _gather(one, version, found)
        return
    if not isinstance(shown, dict):
        return
    if isinstance(shown.get("guideline"), str):
        version = shown["guideline"]
    for name, value in shown.items():
        texts = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
        if name in _HOLDS:
            getattr(found, _HOLDS[name]).update(texts)
        elif name in _ACTORS:
            found.members.update(one.removeprefix(_MEMBER) for one in texts if one.startswith(_MEMBER))
        elif name == "clauses":
            found.clauses.update((version, one) for one in texts)
        else:
            _gather(value, version, found)
