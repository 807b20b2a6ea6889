"""Circumstances: what a guideline's clauses ask for beside the text, looked up only where one of them asks for it.

A guideline that asks for nothing costs no reading. Whatever cannot be found out stays unknown, and lets nothing happen by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.interaction import Interaction
from chalicelib.domain.timing import unstamp
from chalicelib.domain.when import Around
from chalicelib.ports import Item
from chalicelib.services import conversing, ingesting
from chalicelib.services.desk import Desk
from chalicelib.services.matter import Matter
from chalicelib.store import keys

DAY = timedelta(days=1)


def added(desk: Desk, matters: Sequence[Matter], now: datetime) -> list[Matter]:
    """The same matters of one workspace, with what their guideline asks for."""
    asks = matters[0].guideline.asks if matters else frozenset[str]()
    if not asks:
        return list(matters)
    authors = _authors(desk, [one.interaction for one in matters]) if "author" in asks else {}
    return [replace(one, around=_around(desk, one, asks, authors, now)) for one in matters]


def _around(
    desk: Desk, matter: Matter, asks: frozenset[str], authors: dict[str, tuple[bool, int | None]], now: datetime
) -> Around:
    one = matter.interaction
    known = Around(
        account=one.account if "accounts" in asks else None,
        community=_community(desk, matter) if "communities" in asks else None,
        zone=matter.workspace.zone if "time" in asks else None,
    )
    if "author" in asks:
        first, days = authors[one.id]
        known = replace(known, first_message=first, known_days=days, ruled_against=matter.member.ruled)
    if "thread" in asks:
        heat, messages = conversing.around(desk, one, now)
        known = replace(known, heat=heat, messages=messages)
    return known


def _community(desk: Desk, matter: Matter) -> str | None:
    return None if matter.content is None else ingesting.unsealed(desk, matter.interaction, matter.content).community


def _authors(desk: Desk, found: Sequence[Interaction]) -> dict[str, tuple[bool, int | None]]:
    """By interaction: whether it is the first that its author said to us, and for how many days they are known.

    By when we learnt who they are, as far back as we keep that; of several new ones at once, only the earliest is the first.
    Somebody an older release met has been known for longer than it matters: for how long is not known.
    """
    names = list(dict.fromkeys(one.author.pseudonym for one in found))
    where = [keys.identity(found[0].workspace, name) for name in names]
    met = dict(zip(names, desk.store.table.get_many(where), strict=True))
    earliest: dict[str, Interaction] = {}
    for one in sorted(found, key=lambda one: (one.created_at, one.id)):
        earliest.setdefault(one.author.pseudonym, one)
    told = {}
    for one in found:
        since = _since(met[one.author.pseudonym], one)
        first = since is not None and since >= one.received_at and earliest[one.author.pseudonym].id == one.id
        told[one.id] = first, None if since is None else max(0, (one.received_at - since) // DAY)
    return told


def _since(identity: Item | None, one: Interaction) -> datetime | None:
    """When we learnt who said it: just now, where that is not written down yet."""
    if identity is None:
        return one.received_at
    since = identity.get("since")
    return unstamp(since) if isinstance(since, str) else None
