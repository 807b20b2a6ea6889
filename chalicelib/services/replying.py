"""Replying at a time of one's own: a post that answers an interaction, checked and scheduled like any other.

Whoever schedules it acts: from that write on nothing automatic is said in the conversation, whenever the reply goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.access import Action, Caller
from chalicelib.domain.errors import InvalidField, NotAllowed
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.listening import NOT_SAID_TO_US
from chalicelib.domain.post import Post
from chalicelib.ports import Update
from chalicelib.services.checking import Wish
from chalicelib.services.desk import Desk
from chalicelib.services.ingesting import target_of
from chalicelib.store import keys


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
