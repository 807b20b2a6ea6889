"""Whom a text names, asked of a platform that has to be told by id: before the send, once for each version.

Asked again, the platform might say another; what is sent must be the same each time it is sent. What it told is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib.domain.post import Variant
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from connectors.contract import Connector, Draft, NamesPeople


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the handles in one version of a variant mean: handle to the platform's id."""

    people: Mapping[str, str] = field(default_factory=dict)


def with_people(desk: Desk, variant: Variant, connector: Connector, draft: Draft) -> Draft:
    """The draft with whom it names, asking the platform where that is not known yet. Raises what the connector raises."""
    if not _has_handles(draft) or not isinstance(connector, NamesPeople):
        return draft
    known = _known(desk, variant)
    if known is None:
        known = Named(connector.whom(draft))
        place = keys.named(variant.workspace, variant.id, variant.version)
        desk.store.table.put({"pk": place.pk, "sk": place.sk, **encode(known)})
    return replace(draft, named=known.people)


def as_named(desk: Desk, variant: Variant, draft: Draft) -> Draft:
    """The draft as an earlier attempt had it. Reads only."""
    known = _known(desk, variant) if _has_handles(draft) else None
    return replace(draft, named=known.people) if known else draft


def _has_handles(draft: Draft) -> bool:
    return any("@" in part.text for part in (draft, *draft.thread))


def _known(desk: Desk, variant: Variant) -> Named | None:
    item = desk.store.table.get(keys.named(variant.workspace, variant.id, variant.version))
    return None if item is None else decode(Named, item)
