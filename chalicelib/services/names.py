"""Names: what people call the accounts, members, campaigns and clauses that an answer knows by their ids. Read, never written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from chalicelib.domain.errors import NotFound
from chalicelib.services.desk import Desk
from chalicelib.store import keys


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids to be named. clauses: each with the guideline version that it stands in; None: the active one."""

    accounts: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    campaigns: set[str] = field(default_factory=set)
    clauses: set[tuple[str | None, str]] = field(default_factory=set)


def of(desk: Desk, workspace: str, ids: Ids) -> dict[str, dict[str, str]]:
    """By kind and id, the name: of an account its handle and platform, of a clause its wording. What is gone has none."""
    store = desk.store
    accounts = store.accounts.get_many(keys.within(workspace, "ACCOUNT", one) for one in sorted(ids.accounts))
    members = store.members.get_many(keys.within(workspace, "MEMBER", one) for one in sorted(ids.members))
    campaigns = store.campaigns.get_many(keys.within(workspace, "CAMPAIGN", one) for one in sorted(ids.campaigns))
    return {
        "accounts": {one.id: f"{one.handle} ({one.platform})" for one in accounts},
        "members": {one.id: one.name for one in members},
        "campaigns": {one.id: one.name for one in campaigns},
        "clauses": _clauses(desk, workspace, ids.clauses),
    }


def _clauses(desk: Desk, workspace: str, wanted: Collection[tuple[str | None, str]]) -> dict[str, str]:
    """The wordings; where versions word a clause differently, that of the version which decided."""
    if not wanted:
        return {}
    active = desk.workspace(workspace).guideline
    found: dict[str, str] = {}
    for version in sorted({version or active for version, _ in wanted}, key=lambda one: one != active):
        try:
            clauses = desk.guideline_of(workspace, version).clauses
        except NotFound:
            continue
        asked = {name for of_version, name in wanted if (of_version or active) == version}
        found |= {clause.id: clause.wording for clause in clauses if clause.id in asked}
    return found
