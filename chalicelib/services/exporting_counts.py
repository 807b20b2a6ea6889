"""Exporting counts: what platforms told of posts, accounts and communities, one row for each time that it was asked.

Page by page, each page what can be appended to the one before. What was not told is an empty cell, and never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.domain.account import Account
from chalicelib.domain.measuring import Sample
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.timing import stamp
from chalicelib.formats import table
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import Listing
from connectors.metrics import Measure

OF_POSTS: Final = ("post", "variant", "campaign", "account", "platform", "handle", "published_at", "url")
OF_ACCOUNTS: Final = ("account", "platform", "handle", "community")
_COUNTED: Final = ("at", "gone", *(one.value for one in Measure))

MOST_ROWS: Final = 4_000
"""Rows of one page as far as it can be cut: a page of so many stays well below what one answer of a Lambda may hold (6 MB)."""

_APART: Final = "~"
"""Between the account that a page of accounts' counts begins in, and how far that one was told."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was told at one moment, and of whom, by column. sample: None for a post that was not counted yet."""

    of: Mapping[str, str]
    sample: Sample | None


def of_posts(desk: Desk, workspace: str, limit: int, after: str | None) -> Listing[Row]:
    """The counts of up to `limit` posts, the newest post first, its counts the oldest first: of what is or was out.

    The last fifty counts of each variant; one that was not counted yet has one row, which tells no count. Raises ValueError for
    a token that is none of this list.
    """
    while True:
        rows, following = _of_posts(desk, workspace, limit, after)
        if len(rows) <= MOST_ROWS or limit == 1:
            return Listing(rows, following)
        limit = max(1, limit // 2)


def _of_posts(desk: Desk, workspace: str, limit: int, after: str | None) -> tuple[list[Row], str | None]:
    posts = desk.store.posts.listed(keys.shelf(workspace, "POSTS"), limit=limit, after=after, newest_first=True)
    places = [keys.variant(workspace, one) for post in posts.items for one in post.variants]
    out = [one for one in desk.store.variants.get_many(places) if one.state is VariantState.PUBLISHED]
    owners = sorted({one.account for one in out})
    found = desk.store.accounts.get_many(keys.within(workspace, "ACCOUNT", one) for one in owners)
    accounts = {one.id: one for one in found}
    rows: list[Row] = []
    for one in out:
        samples = desk.store.measurings.of_post(workspace, one.id)
        of = _post(one, accounts.get(one.account))
        rows += [Row(of, each) for each in samples] or [Row(of, None)]
    return rows, posts.after


def of_accounts(desk: Desk, workspace: str, limit: int, after: str | None) -> Listing[Row]:
    """Up to `limit` counts of accounts and of the communities that they moderate: account by account, the newest first.

    Raises ValueError for a token that is none of this list.
    """
    accounts = list(desk.store.accounts_of(workspace))
    token: str | None = None
    if after is not None:
        name, apart, token = after.partition(_APART)
        places = [place for place, one in enumerate(accounts) if one.id == name]
        if not places or not apart:
            raise ValueError("this is not a page token of this list")
        accounts = accounts[places[0] :]
    rows: list[Row] = []
    for place, one in enumerate(accounts):
        samples = desk.store.measurings.of_account(workspace, one.id, limit=limit - len(rows), after=token or None)
        rows += [Row(_account(one, each.of), each) for each in samples.items]
        token = None
        if samples.after is not None:
            return Listing(rows, f"{one.id}{_APART}{samples.after}")
        if len(rows) >= limit and place + 1 < len(accounts):
            return Listing(rows, f"{accounts[place + 1].id}{_APART}")
    return Listing(rows, None)


def as_csv(columns: Sequence[str], rows: Iterable[Row], *, heading: bool) -> str:
    """The rows as CSV; heading: begin with the columns' names, those of `columns` first."""
    return table.written((*columns, *_COUNTED), map(_cells, rows), heading=heading)


def _cells(row: Row) -> dict[str, str | int]:
    if row.sample is None:
        return dict(row.of)
    gone = {"gone": "yes"} if row.sample.gone else {}
    return {**row.of, "at": stamp(row.sample.at), **gone, **row.sample.counts}


def _post(one: Variant, account: Account | None) -> dict[str, str]:
    told = {
        "post": one.post,
        "variant": one.id,
        "campaign": one.campaign,
        **_account_of(one.account, one.platform, account),
        "published_at": None if one.published_at is None else stamp(one.published_at),
        "url": None if one.remote is None else one.remote.url,
    }
    return {name: value for name, value in told.items() if value}


def _account(one: Account, community: str | None) -> dict[str, str]:
    told = _account_of(one.id, one.platform, one)
    return told if community is None else {**told, "community": community}


def _account_of(account_id: str, platform: str, account: Account | None) -> dict[str, str]:
    named = {} if account is None else {"handle": account.handle}
    return {"account": account_id, "platform": platform, **named}
