"""What was said: the text and sealed reference of each revision of an interaction, in the order of its conversation.

No nouns: what is here never changes. A row lies with its conversation, so that a whole thread is one query and no
interaction pays an index for it. Older releases kept it with the interaction; there it is looked for second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.ports import Delete, Item, Key, Put, Table
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode

if TYPE_CHECKING:
    from chalicelib.domain.interaction import Interaction


@dataclass(frozen=True, slots=True)
class Content:
    """One revision of what somebody said. `sealed` holds the remote reference and the author's native id, sealed."""

    text: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Row:
    """One revision of an interaction, as it lies in its conversation."""

    interaction: str
    revision: int
    content: Content


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of interactions over one table."""

    table: Table

    def get(self, one: Interaction) -> Content | None:
        """What its present revision says, or None once it was purged."""
        return self.get_many([one])[0]

    def get_many(self, found: Sequence[Interaction]) -> list[Content | None]:
        """What the present revisions of these say, in their order."""
        return self.known(found, self.table.get_many([place(one) for one in found]))

    def known(self, found: Sequence[Interaction], items: Sequence[Item | None]) -> list[Content | None]:
        """The same where the items under `place` were read already, with others."""
        missing = [keys.content(one.workspace, one.id, one.revision) for one, item in _pairs(found, items) if not item]
        older = iter(self.table.get_many(missing) if missing else ())
        kept = [item or next(older) for item in items]
        return [None if item is None else decode(Content, item) for item in kept]

    def put(self, one: Interaction, content: Content) -> Put:
        """The write that keeps what its present revision says."""
        key = place(one)
        return Put({"pk": key.pk, "sk": key.sk, **encode(content)})

    def purges(self, one: Interaction) -> list[Delete]:
        """The writes that forget what it said, every revision of it, and what stood above it."""
        revisions = [replace(one, revision=number) for number in range(1, one.revision + 1)]
        older = [keys.content(each.workspace, each.id, each.revision) for each in revisions]
        around = keys.context(one.workspace, one.id)
        return [Delete(key) for key in (*map(place, revisions), *older, around)]

    def context(self, one: Interaction) -> str | None:
        """What stood above it when a person looked, sealed; None where nobody did."""
        item = self.table.get(keys.context(one.workspace, one.id))
        return None if item is None else str(item["sealed"])

    def keep_context(self, one: Interaction, sealed: str) -> None:
        """Keep that with what it says, and as long."""
        key = keys.context(one.workspace, one.id)
        self.table.put({"pk": key.pk, "sk": key.sk, "sealed": sealed})

    def said_in(
        self, workspace: str, conversation: str, *, limit: int, after: str | None = None, newest_first: bool = False
    ) -> tuple[list[Row], str | None]:
        """A page of what was said in a conversation, by when it was, and the token of the next page."""
        pk = keys.thread_touch(workspace, conversation).pk
        page = self.table.query(pk, prefix=keys.SAID, limit=limit, after=after, newest_first=newest_first)
        return [_row(item) for item in page.items], page.after


def place(one: Interaction) -> Key:
    """Where the present revision of an interaction lies."""
    return keys.said(one.workspace, one.conversation.id, one.created_at, one.id, one.revision)


def _row(item: Item) -> Row:
    *_, interaction, revision = str(item["sk"]).split("#")
    return Row(interaction, int(revision), decode(Content, item))


def _pairs(found: Sequence[Interaction], items: Sequence[Item | None]) -> list[tuple[Interaction, Item | None]]:
    return list(zip(found, items, strict=True))
