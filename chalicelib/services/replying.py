"""Replying at a time of one's own: a post that answers an interaction, checked and scheduled like any other.

Whoever schedules it acts: from that write on nothing automatic is said in the conversation, whenever the reply goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain import approval
from chalicelib.domain.access import Action, Caller
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.listening import NOT_SAID_TO_US
from chalicelib.domain.post import Body, Origin, Post, Schedule
from chalicelib.domain.rationale import Actor
from chalicelib.domain.timing import stamp
from chalicelib.ports import Update
from chalicelib.services import checking, scheduling
from chalicelib.services.checking import Wish
from chalicelib.services.desk import Desk
from chalicelib.services.ingesting import target_of
from chalicelib.store import keys

REPLY_WAITS = timedelta(hours=24)
"""How long a reply that must be approved waits for that at least: it is late from its first moment on."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to be scheduled: what is said, the interaction that it answers, and the write that notes that a person acted.

    `acted`, of the post that it becomes, belongs into the transaction that schedules it.
    """

    wish: Wish
    interaction: str
    acted: Callable[[Post], tuple[Update]]


def reply(desk: Desk, caller: Caller, interaction_id: str, wishes: Sequence[Wish], now: datetime) -> Reply:
    """The wish as an answer to an interaction. Raises NotAllowed, InvalidField for what cannot be answered so."""
    interaction, wish = aimed(desk, caller, interaction_id, wishes)
    touch = keys.thread_touch(caller.workspace, interaction.conversation.id)
    return Reply(wish, interaction.id, lambda post: (desk.store.human_update(touch, now, says=post.variants[0]),))


def at_once(
    desk: Desk, caller: Caller, interaction: Interaction, text: str, post_id: str, now: datetime
) -> scheduling.NewPost:
    """A person's words to whoever said something, on the publish road at once, or before those who must approve it.

    Raises Conflict where there is nothing left to answer, and InvalidField for what cannot be said there.
    """
    account = desk.store.accounts.get(caller.workspace, interaction.account)
    target = target_of(desk, interaction)
    if account is None or target is None:
        raise Conflict("there is nothing left to answer", fix="Let it go instead.")
    body = Body(text, language=interaction.language, answers=target.remote)
    workspace = desk.workspace(caller.workspace)
    wish = Wish(account.id, body, "", summoned=None if interaction.kind in NOT_SAID_TO_US else True)
    checking.check(desk, account, desk.guideline(workspace), wish)
    asks = scheduling.most_asked(workspace, caller, [wish])
    limit = max(desk.policy.late_limit, REPLY_WAITS) if asks else desk.policy.late_limit
    when = Schedule(now, "UTC", stamp(now)[:19], limit)
    return scheduling.new_post(
        desk,
        caller.workspace,
        post_id,
        None,
        Origin.PERSON,
        Actor.member(caller.member),
        when,
        [wish],
        [account],
        now,
        interaction=interaction.id,
        asks=asks,
        remind_at=approval.remind_at(workspace.approvals, when, now) if asks else None,
    )


def aimed(desk: Desk, caller: Caller, interaction_id: str, wishes: Sequence[Wish]) -> tuple[Interaction, Wish]:
    """The interaction, and the wish as an answer to it. Raises NotAllowed, InvalidField.

    Only the account that heard it can answer: what names it on the platform may mean something else to another.
    """
    if not caller.may(Action.INTERACTION_READ):
        raise NotAllowed(f"answering needs the right {Action.INTERACTION_READ.value}")
    interaction = desk.store.interactions.get(caller.workspace, interaction_id)
    if interaction is None:
        raise InvalidField("/reply_to", "there is no such interaction", fix="Take its id from the inbox.")
    if len(wishes) != 1:
        raise InvalidField("/variants", "a reply is said by one account", fix="Write one variant.")
    (wish,) = wishes
    if wish.account != interaction.account:
        raise InvalidField(
            f"{wish.pointer}/account", "another account heard it", fix=f"Answer by account {interaction.account}."
        )
    target = None if interaction.state is InteractionState.WITHDRAWN else target_of(desk, interaction)
    if target is None:
        raise InvalidField("/reply_to", "there is nothing left to answer", fix="Say it to everybody, or let it be.")
    language = wish.body.language or interaction.language
    # Whoever said something to the account named, answered or quoted it; of what it overheard nobody knows.
    summoned = None if interaction.kind in NOT_SAID_TO_US else True
    body = replace(wish.body, language=language, answers=target.remote)
    return interaction, replace(wish, body=body, summoned=summoned)
