"""Own words: which posts an account made, by whatever app, so that an answer to one of them is known to be said to us.

One small item for each account, of keyed digests: it tells nobody what was said, and grows to `MOST` of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chalicelib.domain.account import Account
from chalicelib.services.desk import Desk, keyed_id
from chalicelib.store import keys
from connectors.capabilities import InteractionKind
from connectors.contract import RemoteInteraction

MOST: Final = 300
"""Posts that are remembered, the newest; older ones are hardly answered any more."""

DIGITS: Final = 8
"""Characters of a digest, 40 bits: a stranger's post is taken for ours once in three thousand million."""

_NOT_ADDRESSED = frozenset({InteractionKind.COMMUNITY, InteractionKind.KEYWORD})


def remember(desk: Desk, account: Account, ids: Sequence[str]) -> None:
    """Keep that these posts, the newest first, are the account's own. Writes only where one of them is new."""
    if not ids:
        return
    key = keys.within(account.workspace, "OWN", account.id)
    known = _known(desk, account)
    told = _digests(desk, account, ids)
    if set(told) <= set(known):
        return
    kept = list(dict.fromkeys((*told, *known)))[:MOST]
    desk.store.table.put({"pk": key.pk, "sk": key.sk, "posts": " ".join(kept)})


def addressed(desk: Desk, account: Account, found: Sequence[RemoteInteraction]) -> list[RemoteInteraction]:
    """The same, where what was only found by listening answers a post of ours: that was said to us."""
    asked = [one for one in found if one.kind in _NOT_ADDRESSED and one.parent_id is not None]
    if not asked:
        return list(found)
    known = set(_known(desk, account))
    ours = {
        one.native_id
        for one in asked
        if one.parent_id is not None and _digests(desk, account, [one.parent_id])[0] in known
    }
    return [
        replace(one, kind=InteractionKind.REPLY, on_own=True) if one in asked and one.native_id in ours else one
        for one in found
    ]


def _known(desk: Desk, account: Account) -> list[str]:
    item = desk.store.table.get(keys.within(account.workspace, "OWN", account.id))
    return [] if item is None else str(item["posts"]).split()


def _digests(desk: Desk, account: Account, ids: Sequence[str]) -> list[str]:
    key = desk.key(account.workspace)
    return [keyed_id(key, "own", account.platform, one)[:DIGITS] for one in ids]
