"""Corrections: what a workspace's people taught, each with its report and the decisions that it was learnt from.

No nouns: a correction never changes. Which one is in force is the workspace's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.correction import Correction, Report
from chalicelib.domain.lesson import Lesson
from chalicelib.ports import ABSENT, Item, Key, Put, Table
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from chalicelib.store.repository import Listing

_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """A correction as the record keeps it."""

    correction: Correction
    report: Report
    events: tuple[AuditEvent, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections of workspaces over one table."""

    table: Table

    def get(self, workspace: str, correction_id: str) -> Kept | None:
        """A correction, or None. They never change: what lags is either this one or not there yet."""
        key = keys.within(workspace, "CORRECTION", correction_id)
        (item,) = self.table.get_many([key], may_lag=True)
        if item is None:
            item = self.table.get(key)
        return None if item is None else _kept(item)

    def listed(self, workspace: str, *, limit: int, after: str | None) -> Listing[Kept]:
        """A page of a workspace's corrections, by their ids."""
        page = self.table.query(keys.workspace(workspace).pk, prefix="CORRECTION#", limit=limit, after=after)
        return Listing([_kept(item) for item in page.items], page.after)

    def put(self, workspace: str, one: Correction, report: Report, event: Mapping[str, str]) -> Put:
        """The write that keeps a correction, unless it is there."""
        key = keys.within(workspace, "CORRECTION", one.id)
        fields = {"correction": one.to_record(), "report": encode(report), "events": [dict(event)]}
        return Put({"pk": key.pk, "sk": key.sk, **fields}, ABSENT)

    def lessons(self, workspace: str, correction_id: str, *, limit: int, after: str | None) -> Listing[Lesson]:
        """A page of the decisions that a correction was learnt from, or was tried on; the newest first."""
        pk = keys.lesson(workspace, correction_id, 0).pk
        page = self.table.query(pk, prefix=keys.LESSON, limit=limit, after=after)
        return Listing([decode(Lesson, item) for item in page.items], page.after)

    def keep_lessons(self, workspace: str, correction_id: str, lessons: Sequence[Lesson]) -> None:
        """Keep the decisions that a correction was learnt from; kept again, they lie where they lay."""
        rows = [_row(keys.lesson(workspace, correction_id, number), encode(one)) for number, one in enumerate(lessons)]
        for start in range(0, len(rows), _TOGETHER):
            self.table.transact_each([[Put(row)] for row in rows[start : start + _TOGETHER]])


def _row(key: Key, fields: Item) -> Item:
    return {"pk": key.pk, "sk": key.sk, **fields}


def _kept(item: Item) -> Kept:
    return Kept(
        Correction.from_record(item["correction"]),
        decode(Report, item["report"]),
        tuple(AuditEvent.read(one) for one in item["events"]),
    )
