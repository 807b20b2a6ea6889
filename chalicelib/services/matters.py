"""Matters are read for a whole page of interactions at once, with everything around them that a decision looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.account import Account
from chalicelib.domain.errors import NotFound
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.workspace import Workspace
from chalicelib.services import circumstances
from chalicelib.services.desk import Desk
from chalicelib.services.ingesting import Arrival
from chalicelib.services.matter import Matter
from chalicelib.store import keys
from chalicelib.store.codec import decode
from chalicelib.store.contents import place
from chalicelib.store.store import Touch


def arrived(desk: Desk, account: Account, messages: Sequence[Arrival], now: datetime) -> list[Matter]:
    """The matters of messages that are not in the record yet, in order. Raises NotFound where the workspace is gone.

    What was answered lately, and whether a person acted, may lag: the marks of an answer are held to what lies there.
    """
    workspace = desk.workspace(account.workspace)
    guideline = desk.guideline(workspace)
    wanted = [keys.answers_of_day(workspace.id, account.id, now)]
    for one in messages:
        wanted += [
            keys.thread_touch(workspace.id, one.interaction.conversation.id),
            keys.member_touch(workspace.id, one.interaction.author.pseudonym),
        ]
    today, *touches = desk.store.table.get_many(wanted, may_lag=True)
    found = [
        Matter(
            interaction=one.interaction,
            workspace=workspace,
            guideline=guideline,
            content=one.content,
            account=account,
            thread=decode(Touch, thread or {}),
            member=decode(Touch, member or {}),
            answers_today=int((today or {}).get("count", 0)),
            stored=False,
        )
        for one, thread, member in zip(messages, touches[::2], touches[1::2], strict=True)
    ]
    return circumstances.added(desk, found, now)


_AROUND = 5


def load(desk: Desk, workspace_id: str, interactions: Sequence[Interaction], now: datetime) -> list[Matter]:
    """The matters of these interactions of one workspace, in order. Raises NotFound where the workspace is gone."""
    wanted = [keys.workspace(workspace_id)]
    for one in interactions:
        wanted += [
            place(one),
            keys.within(workspace_id, "ACCOUNT", one.account),
            keys.thread_touch(workspace_id, one.conversation.id),
            keys.member_touch(workspace_id, one.author.pseudonym),
            keys.answers_of_day(workspace_id, one.account, now),
        ]
    found, *around = desk.store.table.get_many(wanted)
    if found is None:
        raise NotFound
    workspace = decode(Workspace, found)
    guideline = desk.guideline(workspace)
    contents = desk.store.contents.known(interactions, around[::_AROUND])
    matters = []
    for number, one in enumerate(interactions):
        _, account, thread, member, today = around[_AROUND * number : _AROUND * (number + 1)]
        matters.append(
            Matter(
                interaction=one,
                workspace=workspace,
                guideline=guideline,
                content=contents[number],
                account=decode(Account, account) if account else None,
                thread=decode(Touch, thread or {}),
                member=decode(Touch, member or {}),
                answers_today=int((today or {}).get("count", 0)),
            )
        )
    return circumstances.added(desk, matters, now)
