"""The repositories of what a workspace keeps to write with: each is listed by its name until it is retired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.ports import Table
from chalicelib.store import keys
from chalicelib.store.repository import Repository, Shelf

if TYPE_CHECKING:
    from chalicelib.domain.account_set import AccountSet
    from chalicelib.domain.evergreen import Evergreen
    from chalicelib.domain.links import LinkRule
    from chalicelib.domain.mentions import Handle
    from chalicelib.domain.reply_template import ReplyTemplate
    from chalicelib.domain.texts import Text


def replies(table: Table) -> Repository[ReplyTemplate]:
    """The words of automatic replies, each under its name."""
    from chalicelib.domain.reply_template import ReplyTemplate

    return Repository(
        table,
        "reply",
        ReplyTemplate,
        lambda ws, one: keys.within(ws, "REPLY", one),
        shelf=lambda one: None if one.retired else _by_name(one.workspace, "REPLIES", one.id, one.id),
    )


def texts(table: Table) -> Repository[Text]:
    """Prepared texts."""
    from chalicelib.domain.texts import Text

    return Repository(
        table,
        "text",
        Text,
        lambda ws, one: keys.within(ws, "TEXT", one),
        shelf=lambda one: None if one.retired else _by_name(one.workspace, "TEXTS", one.name, one.id),
    )


def handles(table: Table) -> Repository[Handle]:
    """The address book."""
    from chalicelib.domain.mentions import Handle

    return Repository(
        table,
        "handle",
        Handle,
        lambda ws, one: keys.within(ws, "HANDLE", one),
        shelf=lambda one: None if one.retired else _by_name(one.workspace, "HANDLES", one.name, one.id),
    )


def account_sets(table: Table) -> Repository[AccountSet]:
    """Named sets of accounts."""
    from chalicelib.domain.account_set import AccountSet

    return Repository(
        table,
        "accountset",
        AccountSet,
        lambda ws, one: keys.within(ws, "ACCOUNTSET", one),
        shelf=lambda one: None if one.retired else _by_name(one.workspace, "ACCOUNTSETS", one.name, one.id),
    )


def link_rules(table: Table) -> Repository[LinkRule]:
    """How links are tagged: one for the workspace, one for each campaign that has its own."""
    from chalicelib.domain.links import LinkRule

    return Repository(table, "linkrule", LinkRule, lambda ws, one: keys.within(ws, "LINKRULE", one))


def evergreens(table: Table) -> Repository[Evergreen]:
    """Evergreens, due when the post of their next turn is to be made."""
    from chalicelib.domain.evergreen import Evergreen

    return Repository(
        table,
        "evergreen",
        Evergreen,
        lambda ws, one: keys.within(ws, "EVERGREEN", one),
        due=lambda one: one.wake_at,
        shelf=lambda one: _by_name(one.workspace, "EVERGREENS", one.name, one.id),
    )


def _by_name(workspace: str, shelf: str, name: str, item_id: str) -> Shelf:
    return Shelf(keys.shelf(workspace, shelf), f"{name.casefold()}#{item_id}")
