"""Samples, and how far the counting of a workspace has come. No nouns: nothing here is decided, and no sample ever changes.

The tally is one item for each workspace that counts, due on DUE as `tally`; what waits in it is kept packed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.domain.measuring import Sample, Tally
from chalicelib.ports import ABSENT, ConditionFailed, Equals, Item, Key, Put, Table
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from chalicelib.store.packing import packed, unpacked
from chalicelib.store.repository import Listing

NOUN = "tally"


@dataclass(frozen=True, slots=True)
class Measurings:
    """The tallies and samples over one table."""

    table: Table

    def get(self, workspace: str) -> Tally | None:
        """How far a workspace's counting has come; None where it does not count."""
        item = self.table.get(keys.tally(workspace))
        return None if item is None else decode(Tally, {**item, **unpacked(str(item["packed"]))})

    def save(self, workspace: str, before: Tally | None, after: Tally) -> Tally | None:
        """`after` as it is kept; None where somebody else was faster, and nothing was written."""
        put, kept = self.put(workspace, before, after)
        try:
            self.table.put(put.item, put.when)
        except ConditionFailed:
            return None
        return kept

    def put(self, workspace: str, before: Tally | None, after: Tally) -> tuple[Put, Tally]:
        """The write that keeps it, unless somebody else wrote since `before` was read; and the tally as it then is."""
        key = keys.tally(workspace)
        kept = replace(after, rev=1 if before is None else before.rev + 1)
        fields = encode(kept)
        long: Item = {name: fields.pop(name) for name in ("waiting", "daily", "troubles") if name in fields}
        due = {"g": keys.due_shard(workspace, workspace), "gs": keys.due_sort(kept.wake_at, NOUN)}
        item: Item = {"pk": key.pk, "sk": key.sk, **fields, "packed": packed(long), **due}
        return Put(item, ABSENT if before is None else Equals("rev", before.rev)), kept

    def drop(self, workspace: str) -> None:
        """The workspace counts no more; its samples stay."""
        self.table.delete(keys.tally(workspace))

    def keep_post(self, workspace: str, variant: str, sample: Sample) -> None:
        """Keep a sample of a post."""
        self._keep(keys.sample(workspace, variant, sample.at), sample)

    def keep_account(self, workspace: str, account: str, sample: Sample) -> None:
        """Keep a sample of an account, or of a community that it moderates."""
        self._keep(keys.account_sample(workspace, account, sample.at, sample.of), sample)

    def of_post(self, workspace: str, variant: str, *, last: int = 50) -> list[Sample]:
        """The last samples of a post, the oldest first."""
        pk, prefix = keys.samples(workspace, variant)
        rows = self.table.query(pk, prefix=prefix, limit=last, newest_first=True)
        return [decode(Sample, item) for item in reversed(rows.items)]

    def of_account(self, workspace: str, account: str, *, limit: int, after: str | None) -> Listing[Sample]:
        """A page of an account's samples and its communities', the newest first."""
        rows = self.table.query(
            keys.account_samples(workspace, account), prefix="SAMPLE#", limit=limit, after=after, newest_first=True
        )
        return Listing([decode(Sample, item) for item in rows.items], rows.after)

    def _keep(self, key: Key, sample: Sample) -> None:
        self.table.put({"pk": key.pk, "sk": key.sk, **encode(sample)})
