"""The record, noun by noun: repositories above the Table port, and the few items that are not nouns of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.timing import stamp
from chalicelib.ports import (
    ABSENT,
    PRESENT,
    AtMost,
    Below,
    Change,
    Check,
    ConditionFailed,
    EngineUnusable,
    Entry,
    Equals,
    Index,
    Item,
    Key,
    Missing,
    Put,
    Update,
    Write,
    all_of,
    any_of,
)
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from chalicelib.store.contents import Contents
from chalicelib.store.polling import Polling
from chalicelib.store.repositories import Repositories
from chalicelib.store.repository import Listing, whole

if TYPE_CHECKING:
    from chalicelib.domain.access import ApiToken
    from chalicelib.domain.account import Account
    from chalicelib.domain.budget import Budget
    from chalicelib.domain.media import Rendition
    from chalicelib.store.corrections import Corrections


@dataclass(frozen=True, slots=True)
class Touch:
    """What happened last in a conversation or to a remote person: an automatic answer, an act of a person of ours."""

    answered_at: datetime | None = None
    human_at: datetime | None = None
    ours: tuple[str, ...] = ()
    """Ids of the variants by which people of ours answer at a time of their own."""
    on_day: int = 0
    """How many automatic answers there were on the day (UTC) of the last one; counted of persons only."""
    cooling_until: datetime | None = None
    """Until when nothing automatic is said in a conversation that was heated."""
    ruled: int = 0
    """Of a remote person: how many decisions to moderate what they said stand."""

    def answers_on(self, at: datetime) -> int:
        """How many automatic answers there were on the day of this moment."""
        return self.on_day if self.answered_at is not None and self.answered_at.date() == at.date() else 0

    def cooling(self, now: datetime) -> bool:
        """Whether nothing automatic is to be said there yet."""
        return self.cooling_until is not None and now < self.cooling_until


@dataclass(frozen=True, slots=True)
class Version:
    """A guideline version as the record keeps it. source: its YAML text; None where an older release added it."""

    id: str
    guideline: Item
    source: str | None
    events: tuple[AuditEvent, ...]


class Store(Repositories, Polling):
    """The repositories, and the few items that are not nouns of their own."""

    # --- opening -----------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Check that this code may use this record, and mark it as this code's. Raises EngineUnusable for a newer one."""
        item = self.table.get(keys.SCHEMA)
        if item is None:
            try:
                self.table.put(self._put(keys.SCHEMA, {"version": keys.SCHEMA_VERSION}, ABSENT).item, ABSENT)
            except ConditionFailed:
                item = self.table.get(keys.SCHEMA)
            else:
                return
        version = None if item is None else item.get("version")
        if not isinstance(version, int) or version > keys.SCHEMA_VERSION:
            raise EngineUnusable(
                f"the record has schema version {version}, this release reads up to {keys.SCHEMA_VERSION}: "
                "start the newer release of Parley that wrote it"
            )
        if version < keys.SCHEMA_VERSION:
            # From here on it holds what an older release cannot read. Whoever comes second finds it raised.
            with suppress(ConditionFailed):
                raised = Change(set={"version": keys.SCHEMA_VERSION})
                self.table.update(keys.SCHEMA, raised, Equals("version", version))

    # --- accounts ----------------------------------------------------------------------------------------------------

    def accounts_of(self, workspace: str) -> Iterator[Account]:
        """Every account of a workspace, the disabled ones too, page by page as they are asked for."""
        pk = keys.workspace(workspace).pk
        return whole(lambda after: self.accounts.queried(pk, "ACCOUNT#", after=after))

    # --- credentials -------------------------------------------------------------------------------------------------

    def token(self, workspace: str, token_id: str) -> ApiToken | None:
        """An API token as it is kept, or None."""
        from chalicelib.domain.access import ApiToken

        item = self.table.get(keys.within(workspace, "TOKEN", token_id))
        return None if item is None else decode(ApiToken, item)

    def tokens(self, workspace: str) -> list[ApiToken]:
        """The workspace's tokens, at most 100."""
        from chalicelib.domain.access import ApiToken

        rows = self.table.query(f"W#{workspace}", prefix="TOKEN#")
        return [decode(ApiToken, item) for item in rows.items]

    def token_put(self, token: ApiToken, event: Mapping[str, str]) -> Put:
        """The write that makes a token."""
        key = keys.within(token.workspace, "TOKEN", token.id)
        return self._put(key, {**encode(token), "events": [dict(event)]}, ABSENT)

    def revoke_token(self, token: ApiToken, at: datetime, event: Mapping[str, str]) -> None:
        """From this write on the token is not valid. Revoking twice is fine. Raises ConditionFailed where it is gone."""
        key = keys.within(token.workspace, "TOKEN", token.id)
        change = Change(set={"revoked_at": stamp(at)}, append={"events": [dict(event)]})
        try:
            self.table.update(key, change, all_of(PRESENT, Missing("revoked_at")))
        except ConditionFailed as failed:
            if failed.current is None and self.table.get(key) is None:
                raise

    def sealed(self, workspace: str, kind: str, owner: str) -> str | None:
        """What is kept sealed for an account (`CREDENTIAL`, `SESSION`), or None."""
        item = self.table.get(keys.within(workspace, kind, owner))
        return None if item is None else str(item["sealed"])

    def sealed_put(self, workspace: str, kind: str, owner: str, sealed: str) -> Put:
        """The write that keeps something sealed, replacing what was there."""
        return self._put(keys.within(workspace, kind, owner), {"sealed": sealed})

    # --- guidelines --------------------------------------------------------------------------------------------------

    def guideline(self, workspace: str, version: str) -> Item | None:
        """A guideline version's record, or None. Versions never change: what lags is either this one or not there yet."""
        key = keys.within(workspace, "GUIDELINE", version)
        (item,) = self.table.get_many([key], may_lag=True)
        if item is None:
            item = self.table.get(key)
        return None if item is None else dict(item["guideline"])

    def guideline_put(
        self, workspace: str, version: str, guideline: Item, event: Mapping[str, str], source: str
    ) -> Put:
        """The write that makes a guideline version, with the YAML text as it was written. Versions never change."""
        key = keys.within(workspace, "GUIDELINE", version)
        return self._put(key, {"guideline": guideline, "source": source, "events": [dict(event)]}, ABSENT)

    def guideline_version(self, workspace: str, version: str) -> Version | None:
        """A guideline version with its source and who added it, or None."""
        item = self.table.get(keys.within(workspace, "GUIDELINE", version))
        return None if item is None else _version(item)

    def guideline_versions(self, workspace: str, *, limit: int, after: str | None) -> Listing[Version]:
        """A page of the workspace's guideline versions, by their ids."""
        page = self.table.query(keys.workspace(workspace).pk, prefix="GUIDELINE#", limit=limit, after=after)
        return Listing([_version(item) for item in page.items], page.after)

    # --- what interactions say and touch -----------------------------------------------------------------------------

    @cached_property
    def contents(self) -> Contents:
        """What was said, by interaction and by conversation."""
        return Contents(self.table)

    @cached_property
    def corrections(self) -> Corrections:
        """What people taught the reader."""
        from chalicelib.store.corrections import Corrections

        return Corrections(self.table)

    def identities(self, workspace: str, pseudonyms: Sequence[str], *, may_lag: bool = False) -> dict[str, str]:
        """Who these pseudonyms are, sealed; those that are not known are left out."""
        found = self.table.get_many([keys.identity(workspace, one) for one in pseudonyms], may_lag=may_lag)
        return {one: str(item["sealed"]) for one, item in zip(pseudonyms, found, strict=True) if item is not None}

    def identity_put(self, workspace: str, pseudonym: str, sealed: str, since: datetime) -> Put:
        """The write that keeps who a pseudonym is, and since when we know."""
        return self._put(keys.identity(workspace, pseudonym), {"sealed": sealed, "since": stamp(since)})

    def touch(self, key: Key) -> Touch:
        """What happened last under a touch key; an empty Touch where nothing did."""
        item = self.table.get(key)
        return Touch() if item is None else decode(Touch, item)

    def answered_update(self, key: Key, at: datetime, quiet_since: datetime) -> Update:
        """The write that notes an automatic answer in a conversation.

        Unless one was noted after `quiet_since`, a person acted, or it cools off.
        """
        return Update(
            key,
            Change(set={"answered_at": stamp(at)}),
            all_of(
                any_of(Missing("answered_at"), AtMost("answered_at", stamp(quiet_since))),
                Missing("human_at"),
                any_of(Missing("cooling_until"), AtMost("cooling_until", stamp(at))),
            ),
        )

    def member_answered_update(self, key: Key, before: Touch, at: datetime) -> Update:
        """The write that notes an automatic answer to a person and counts it, unless one was noted since `before` was read."""
        last = before.answered_at
        return Update(
            key,
            Change(set={"answered_at": stamp(at), "on_day": before.answers_on(at) + 1}),
            Missing("answered_at") if last is None else Equals("answered_at", stamp(last)),
        )

    def cooling_update(self, key: Key, until: datetime) -> Update:
        """The write that keeps what is automatic out of a conversation until then."""
        return Update(key, Change(set={"cooling_until": stamp(until)}))

    def counted_update(self, key: Key, most: int) -> Update:
        """The write that counts one more automatic answer of a day, unless there were `most`."""
        return Update(key, Change(add={"count": 1}), any_of(Missing("count"), Below("count", most)))

    def human_update(self, key: Key, at: datetime, *, says: str | None = None) -> Update:
        """The write that notes that a person of ours acted here, and by which variant; automation has ended for good."""
        return Update(key, Change(set={"human_at": stamp(at)}, append={"ours": [says]} if says else {}))

    def ruled_update(self, key: Key, more: int) -> Update:
        """The write that counts one decision against a remote person more, or one less where it was undone."""
        return Update(key, Change(add={"ruled": more}))

    # --- pictures ----------------------------------------------------------------------------------------------------

    def rendition(self, workspace: str, media: str, limits: str) -> Rendition | None:
        """How a picture was fitted for limits of this digest, or None where it never was."""
        from chalicelib.domain.media import Rendition

        item = self.table.get(keys.rendition(workspace, media, limits))
        return None if item is None else decode(Rendition, item)

    def rendition_writes(self, workspace: str, media: str, limits: str, made: Rendition) -> list[Write]:
        """The writes that keep how a picture was fitted, once, and only while it may be used; it is kept from then on."""
        return [
            self._put(keys.rendition(workspace, media, limits), encode(made), ABSENT),
            self._put(keys.media_used(workspace, media), {}),
            Check(keys.media(workspace, media), Equals("state", "ready")),
        ]

    def unused_check(self, workspace: str, media: str) -> Check:
        """The condition under which a picture may be deleted: it was never fitted for a post."""
        return Check(keys.media_used(workspace, media), ABSENT)

    # --- what an account may still say -------------------------------------------------------------------------------

    def budget(self, key: Key) -> Budget | None:
        """What is left under a budget's key; None where nothing was ever taken."""
        return self.budget_of(self.table.get(key))

    def budget_of(self, item: Item | None) -> Budget | None:
        """The budget that such an item holds."""
        from chalicelib.domain.budget import Budget

        return None if item is None else decode(Budget, item)

    def budget_put(self, key: Key, before: Budget | None, after: Budget) -> Put:
        """The write that keeps a budget, unless somebody else took from it since `before` was read."""
        kept = replace(after, rev=1 if before is None else before.rev + 1)
        when = ABSENT if before is None else Equals("rev", before.rev)
        return Put({"pk": key.pk, "sk": key.sk, **encode(kept)}, when)

    # --- what needs attention ----------------------------------------------------------------------------------------

    def due(self, upto: datetime, *, page: int = 200, most: int = 100_000) -> list[Entry]:
        """Everything that needs attention by then, the oldest of each shard first, up to about `most` of each.

        One query for each shard, and more only where a shard has more than `page`: what is read is what is due.
        """
        shards, last = keys.all_due_shards(), keys.due_upto(upto)
        found: list[Entry] = []
        for shard, first in zip(
            shards, self.table.query_index_each(Index.DUE, shards, upto=last, limit=page), strict=True
        ):
            found += first.rows
            read, after = len(first.rows), first.after
            while after is not None and read < most:
                more = self.table.query_index(Index.DUE, shard, upto=last, limit=1000, after=after)
                found += more.rows
                read, after = read + len(more.rows), more.after
            if after is not None:
                # So much of the oldest waits for something else: whoever came last is not to wait for that.
                newest = self.table.query_index(Index.DUE, shard, upto=last, limit=1000, newest_first=True)
                oldest = found[-1].sort
                found += (one for one in newest.rows if one.sort > oldest)
        return found

    def due_of(self, workspace: str, upto: datetime) -> list[Entry]:
        """Everything of one workspace that needs attention by then."""
        found: list[Entry] = []
        for shard in keys.due_shards_of(workspace):
            after: str | None = None
            while True:
                page = self.table.query_index(Index.DUE, shard, upto=keys.due_upto(upto), limit=1000, after=after)
                found += (one for one in page.rows if keys.workspace_of(one.key) == workspace)
                after = page.after
                if after is None:
                    break
        return found

    def line(
        self, workspace: str, account: str, upto: datetime, limit: int, pages: int = 1
    ) -> tuple[list[Entry], bool]:
        """Up to `limit` entries of an account's line by then, oldest first, and whether that is all of it.

        Others' entries on the same shard are read on the way, `pages` of `limit` each at most: in a great backlog an
        account may not show.
        """
        shard, last = keys.due_shard(workspace, account), keys.due_upto(upto)
        mine: list[Entry] = []
        after: str | None = None
        for _ in range(pages):
            page = self.table.query_index(Index.DUE, shard, upto=last, limit=limit, after=after)
            mine += (
                one for one in page.rows if one.sort.endswith(f"#{account}") and keys.workspace_of(one.key) == workspace
            )
            after = page.after
            if after is None or len(mine) >= limit:
                break
        return mine[:limit], after is None and len(mine) <= limit

    def write(self, writes: Sequence[Write]) -> None:
        """All of these writes, or none. Raises ConditionFailed."""
        self.table.transact(writes)

    @staticmethod
    def _put(key: Key, fields: Item, when: Missing | None = None) -> Put:
        return Put({"pk": key.pk, "sk": key.sk, **fields}, when)


def _version(item: Item) -> Version:
    events = tuple(AuditEvent.read(one) for one in item["events"])
    return Version(keys.id_of(Key(item["pk"], item["sk"])), dict(item["guideline"]), item.get("source"), events)
