"""How far accounts were read, and the slots in which they are: hot items without events, each written by one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.domain.timing import stamp
from chalicelib.ports import PRESENT, AtMost, Change, ConditionFailed, Equals, Item, Missing, Table, all_of, any_of
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.domain.account import Account
    from chalicelib.domain.polling import Pace, Reading, Slot


class Polling:
    """The part of the store that polling needs."""

    table: Table

    def reading(self, workspace: str, account: str) -> Reading:
        """How far an account was read."""
        from chalicelib.domain.polling import Reading

        item = self.table.get(keys.within(workspace, "READING", account))
        return Reading() if item is None else decode(Reading, item)

    def save_reading(self, workspace: str, account: str, reading: Reading) -> None:
        """Keep how far an account was read."""
        key = keys.within(workspace, "READING", account)
        self.table.put({"pk": key.pk, "sk": key.sk, **encode(reading)})

    def slots(self, platforms: Sequence[str]) -> list[Slot]:
        """The slots of these platforms that were opened."""
        from chalicelib.domain.polling import Slot

        found: list[Slot] = []
        after: str | None = None
        while True:
            page = self.table.query(keys.INSTALLATION_PK, prefix=keys.slot("").sk, limit=1000, after=after)
            found += (decode(Slot, item) for item in page.items)
            after = page.after
            if after is None:
                return [one for one in found if one.platform in platforms]

    def slot(self, name: str) -> Slot | None:
        """One slot, or None where it was never opened."""
        from chalicelib.domain.polling import Slot

        item = self.table.get(keys.slot(name))
        return None if item is None else decode(Slot, item)

    def open_slot(self, name: str, at: datetime) -> None:
        """Make sure that a slot exists, last run at `at` if it is new; one that had no accounts is run again at once."""
        change = Change(set={"name": name, "ran_at": stamp(at)})
        try:
            self.table.update(keys.slot(name), change, Missing("ran_at"))
        except ConditionFailed as failed:
            held = failed.current
            if held is not None and not held.get("counts", {}).get("members"):
                with suppress(ConditionFailed):
                    empty = Equals("ran_at", held["ran_at"])
                    self.table.update(keys.slot(name), Change(set={"next_at": stamp(at)}), empty)

    def claim_slot(self, before: Slot, at: datetime, after: Slot | None = None) -> bool:
        """Take a slot's run: only one of those who saw the same last run gets it, and nobody while another may be at it.

        after: the slot as it is from then on; without it, as if it had just been run.
        """
        fields = encode(replace(before, ran_at=at, next_at=None) if after is None else after)
        fields.pop("closed_until", None)
        change = Change(
            set=fields, remove=tuple(one for one in ("after", "next_at", "busy_until") if one not in fields)
        )
        free = any_of(Missing("busy_until"), AtMost("busy_until", stamp(at)))
        try:
            self.table.update(keys.slot(before.name), change, all_of(Equals("ran_at", stamp(before.ran_at)), free))
        except ConditionFailed:
            return False
        return True

    def free_slot(self, slot: Slot) -> None:
        """Whoever took this run is done with it."""
        with suppress(ConditionFailed):
            self.table.update(
                keys.slot(slot.name), Change(remove=("busy_until",)), Equals("ran_at", stamp(slot.ran_at))
            )

    def rewind_slot(self, slot: Slot, after: str | None) -> None:
        """Whoever took this run came no further than this: the next one goes on there."""
        change = Change(remove=("after",)) if after is None else Change(set={"after": after})
        with suppress(ConditionFailed):
            self.table.update(keys.slot(slot.name), change, Equals("ran_at", stamp(slot.ran_at)))

    def close_slot(self, name: str, until: datetime) -> None:
        """The platform asked all that read through us to wait: no slot of it is run before."""
        self.table.update(keys.slot(name), Change(set={"closed_until": stamp(until)}), PRESENT)

    def move_account(self, account: Account, slot: str, pace: Pace, spoke_at: datetime | None = None) -> bool:
        """Let an account be read in another slot from now on; False where it was changed meanwhile.

        No event: nobody decided anything, and it is moved back as easily. spoke_at: noted with it, where given.
        """
        spoke = {} if spoke_at is None else {"spoke_at": stamp(spoke_at)}
        lies = keys.account_in(slot, account.workspace, account.id)
        return self._noted(account, {"pace": encode(pace), **lies, **spoke})

    def spoke(self, account: Account, at: datetime) -> bool:
        """Note that an account spoke; False where it was changed meanwhile."""
        return self._noted(account, {"spoke_at": stamp(at)})

    def took_more(self, slot: Slot, taken: Mapping[str, int]) -> None:
        """Whoever took this run took so much more of the platform's budget, by parts of its span."""
        with suppress(ConditionFailed):
            self.table.update(
                keys.slot(slot.name), Change(set={"taken": dict(taken)}), Equals("ran_at", stamp(slot.ran_at))
            )

    def _noted(self, account: Account, fields: Item) -> bool:
        key = keys.within(account.workspace, "ACCOUNT", account.id)
        try:
            self.table.update(key, Change(set=fields, add={"rev": 1}), Equals("rev", account.rev))
        except ConditionFailed:
            return False
        return True
