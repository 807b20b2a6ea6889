"""Making: a post that a plan wants (a series, an event, a queue), checked like one that a person schedules.

It writes nothing: what it gives belongs into one transaction with what the plan notes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from chalicelib.domain import approval
from chalicelib.domain.account import Account
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.post import Origin, Schedule
from chalicelib.domain.rationale import Actor
from chalicelib.domain.series import Saying
from chalicelib.services import blackouts, scheduling
from chalicelib.services.checking import Wish
from chalicelib.services.desk import Desk
from chalicelib.services.scheduling import NewPost
from chalicelib.store import keys
from chalicelib.store.codec import decode

T = TypeVar("T")

MOST_WRITES = 90
"""Writes of one transaction, of the 100 that both engines take."""


def batches(things: Sequence[T], writes: Callable[[T], int]) -> list[list[T]]:
    """What goes into one transaction each, in order; `writes` says how many writes a thing takes."""
    found: list[list[T]] = []
    room = 0
    for one in things:
        size = writes(one)
        if not found or size > room:
            found.append([])
            room = MOST_WRITES
        found[-1].append(one)
        room -= size
    return found


def wishes(said: Sequence[Saying], pointer: str = "/variants") -> list[Wish]:
    """What accounts are to say, as a request would say it."""
    return [Wish(one.account, one.body, f"{pointer}/{number}") for number, one in enumerate(said)]


def check(desk: Desk, workspace: str, campaign: str | None, wanted: Sequence[Wish]) -> list[Account]:
    """The accounts, once everything that can be known against these wishes was asked. Raises InvalidField."""
    if campaign is not None and desk.store.campaigns.get(workspace, campaign) is None:
        raise InvalidField("/campaign", "there is no such campaign", fix="Create the campaign first, or leave it out.")
    found = desk.store.table.get_many([keys.within(workspace, "ACCOUNT", wish.account) for wish in wanted])
    guideline = desk.guideline(desk.workspace(workspace))
    accounts: list[Account] = []
    for item, wish in zip(found, wanted, strict=True):
        if any(earlier.id == wish.account for earlier in accounts):
            raise InvalidField(f"{wish.pointer}/account", "this account has a variant already", fix="Say it once.")
        account = None if item is None else decode(Account, item)
        accounts.append(scheduling.checked(desk, account, guideline, wish))
    return accounts


def prepare(
    desk: Desk,
    workspace: str,
    post_id: str,
    campaign: str | None,
    when: Schedule,
    wanted: Sequence[Wish],
    author: str,
    why: str,
    now: datetime,
    *,
    at_once: bool = False,
) -> NewPost:
    """The post of this id, checked, to be written by whoever asked for it. Raises InvalidField.

    author: the member whose words these are: where approval is asked, they are not the one who gives it. at_once: it is
    said now, which no blackout forbids.
    """
    accounts = check(desk, workspace, campaign, wanted)
    if not at_once:
        blackouts.check(desk, workspace, [one.id for one in accounts], when, "/at")
    rule = desk.workspace(workspace).approvals
    asks = rule.asks(None, Origin.PERSON)
    return scheduling.new_post(
        desk,
        workspace,
        post_id,
        campaign,
        Origin.PERSON,
        Actor.member(author),
        when,
        wanted,
        accounts,
        now,
        asks=asks,
        remind_at=approval.remind_at(rule, when, now) if asks else None,
        why=why,
    )
