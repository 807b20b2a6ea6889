"""Suggesting: words that a reviewer may take, change or leave. Nothing here is ever said by itself.

Made when somebody asks for them, from what lies in the record then, and kept nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.errors import NotFound
from chalicelib.services import conversing, matters, replies, reply_words
from chalicelib.services.desk import Desk
from chalicelib.services.replies import Unsayable


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Words for a person to say, in their own name; why they are offered. mediating: they may calm a quarrel."""

    reply: str
    text: str
    why: str
    mediating: bool = False


def suggestions(desk: Desk, workspace: str, interaction_id: str, now: datetime) -> list[Suggestion]:
    """What could be answered to an interaction: what may calm its conversation where that is heated, else its intent's reply.

    Raises NotFound.
    """
    interaction = desk.store.interactions.get(workspace, interaction_id)
    if interaction is None:
        raise NotFound
    (matter,) = matters.load(desk, workspace, [interaction], now)
    account, decision = matter.account, interaction.decision
    if account is None or decision is None:
        return []
    heat = conversing.heat(desk, workspace, interaction.conversation.id, now)
    if heat.hot or matter.thread.cooling(now):
        why = f"the conversation is heated ({heat.permille} permille)" if heat.hot else "the conversation cools off"
        calm = reply_words.mediating().values()
        return [
            Suggestion(one.id, replies.text(one, matter, account, by_machine=False), why, mediating=True)
            for one in calm
        ]
    answered = {label.value: name for label, name in matter.guideline.answers.replies.items()}
    name = decision.template or answered.get(decision.intent)
    if name is None or decision.risks:
        return []
    try:
        text = replies.text(replies.named(desk, workspace, name), matter, account, by_machine=False)
    except (NotFound, Unsayable):
        return []
    return [Suggestion(name, text, f"the guideline's reply to {decision.intent}")]
