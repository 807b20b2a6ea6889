"""An occasion: everything that one attempt to say something needs, read at once in the moment before.

It decides nothing, and nothing in it is believed for longer than it may be: what a claim or a brake says is asked again
by a conditional write, or by reading anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.account import Account
from chalicelib.domain.brake import Brake, brakes_over
from chalicelib.domain.budget import Budget
from chalicelib.domain.post import Body, Post, Variant
from chalicelib.services.bodies import body_in
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import Secrets
from chalicelib.store import keys
from chalicelib.store.codec import decode


@dataclass(frozen=True, slots=True)
class Occasion:
    """What lay in the record at `read_at`. `secrets` are still sealed."""

    account: Account | None
    secrets: Secrets
    budget: Budget | None
    body: Body
    brakes: tuple[Brake, ...]
    read_at: datetime
    made_at: datetime | None = None
    """When its post was made; None where that is gone."""

    def stopped_by(self, now: datetime) -> Brake | None:
        """The first brake that stops this variant, if one does."""
        return next((one for one in self.brakes if one.stops(now)), None)


def read(desk: Desk, variant: Variant) -> Occasion:
    """One reading of everything that an attempt needs. Raises NotFound where retention has purged the words."""
    ws, account = variant.workspace, variant.account
    read_at = desk.clock.now()
    where = [
        keys.within(ws, "ACCOUNT", account),
        keys.within(ws, "CREDENTIAL", account),
        keys.within(ws, "SESSION", account),
        keys.budget(ws, account),
        keys.post(ws, variant.post),
        *(keys.within(ws, "BRAKE", one) for one in brakes_over(variant)),
    ]
    account_item, credential, session, budget, post_item, *brakes = desk.store.table.get_many(where)
    post = None if post_item is None else decode(Post, post_item)
    return Occasion(
        account=None if account_item is None else decode(Account, account_item),
        secrets=Secrets(
            None if credential is None else str(credential["sealed"]),
            None if session is None else str(session["sealed"]),
        ),
        budget=desk.store.budget_of(budget),
        body=body_in(desk, variant, post),
        brakes=_decoded(brakes),
        read_at=read_at,
        made_at=None if post is None else post.created_at,
    )


def brakes_now(desk: Desk, variant: Variant) -> tuple[Brake, ...]:
    """The brakes over a variant, read anew."""
    where = [keys.within(variant.workspace, "BRAKE", one) for one in brakes_over(variant)]
    return _decoded(desk.store.table.get_many(where))


def _decoded(items: list[dict[str, object] | None]) -> tuple[Brake, ...]:
    return tuple(decode(Brake, item) for item in items if item is not None)
