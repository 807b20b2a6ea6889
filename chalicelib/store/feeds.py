"""How far feeds were read: one item for each, written at every reading, due on DUE as `feed` while the feed is followed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.domain.feed import Feed, FeedReading
from chalicelib.ports import ABSENT, ConditionFailed, Equals, Put, Table
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode


@dataclass(frozen=True, slots=True)
class FeedReadings:
    """The readings of all feeds."""

    table: Table

    def get(self, workspace: str, feed: str) -> FeedReading | None:
        """How far a feed was read, or None."""
        item = self.table.get(keys.feed_reading(workspace, feed))
        return None if item is None else decode(FeedReading, item)

    def put(self, feed: Feed, before: FeedReading | None, after: FeedReading) -> Put:
        """The write that keeps `after`, unless somebody else wrote since `before` was read."""
        key = keys.feed_reading(feed.workspace, feed.id)
        kept = replace(after, rev=1 if before is None else before.rev + 1)
        due = {}
        if kept.wake_at is not None:
            due = {"g": keys.due_shard(feed.workspace, feed.id), "gs": keys.due_sort(kept.wake_at, "feed")}
        when = ABSENT if before is None else Equals("rev", before.rev)
        return Put({"pk": key.pk, "sk": key.sk, **encode(kept), **due}, when)

    def save(self, feed: Feed, before: FeedReading, after: FeedReading) -> FeedReading | None:
        """`after` as it is kept; None where somebody else was faster, and nothing was written."""
        put = self.put(feed, before, after)
        try:
            self.table.put(put.item, put.when)
        except ConditionFailed:
            return None
        return replace(after, rev=before.rev + 1)
