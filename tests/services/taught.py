"""A desk at which people decided: lessons made on the road on which they are made in life, and a workspace full of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.domain.correction import ANSWER, RISK_HEADS
from chalicelib.domain.interaction import Author, Conversation, Interaction, InteractionState
from chalicelib.domain.lesson import Lesson, Taught
from chalicelib.services.lessons import Taken
from tests.world import START

PRAISE = "Thank you so much, the new update is great"
"""Answered, and not so surely that the most careful correction could not keep it from that."""

_THANKS = ["thank you so much", "many thanks", "thanks a lot", "thank you", "thanks again"]
_HOW = ["wonderful", "lovely", "amazing", "great", "fantastic", "brilliant", "excellent", "beautiful"]
_CLOSING = ["", " everyone", " today", " again this year", " for all of us"]


def praises(*what: str) -> list[str]:
    """Two hundred ways to give thanks for something."""
    ways = [(thanks, how, closing) for closing in _CLOSING for how in _HOW for thanks in _THANKS]
    return [f"{way[0]}, the {what[at % len(what)]} was {way[1]}{way[2]}" for at, way in enumerate(ways)]


SAFE, UNSAFE = praises("show", "concert", "workshop"), praises("tombola")
HARMLESS = {label.value: False for label in RISK_HEADS}


@dataclass(frozen=True)
class Shop:
    """How many decisions there are, of how many people, about how many authors."""

    decisions: int = 400
    people: int = 3
    authors: int = 130


def taken(shop: Shop = Shop(), safe: Sequence[str] = SAFE, unsafe: Sequence[str] = UNSAFE) -> list[Taken]:
    """Half of the answers were taken back, half were said as suggested."""
    found = []
    for number in range(shop.decisions):
        wrong = number % 2 == 0
        texts = unsafe if wrong else safe
        text = texts[number // 2 % len(texts)]
        says = {ANSWER: False} if wrong else {ANSWER: True, **HARMLESS}
        found.append(one(number, text, says, author=f"author-{number % shop.authors}", by=f"m{number % shop.people}"))
    return found


def one(
    number: int,
    text: str,
    says: dict[str, bool] | None,
    *,
    author: str = "author-0",
    by: str = "m0",
    overturned: bool | None = None,
) -> Taken:
    """One message; says: None where a machine settled it and nobody looked."""
    at = START + timedelta(minutes=number)
    interaction = Interaction(
        id=f"i{number:06}",
        workspace="ws",
        platform="mastodon",
        kind="mention",
        account="a",
        author=Author(author),
        conversation=Conversation(f"t{number}"),
        state=InteractionState.RESOLVED,
        created_at=at,
        received_at=at,
    )
    if says is None:
        return Taken(replace(interaction, state=InteractionState.ANSWERED), text, None)
    wrong = says.get(ANSWER) is False
    lesson = Lesson(
        interaction=interaction.id,
        revision=1,
        decision=f"d{number}",
        role="reviewer",
        at=at,
        guideline="v1",
        classifier="rules",
        taught=Taught.TAKEN_BACK if wrong else Taught.SAID_AS_SUGGESTED,
        says=says,
        overturned=wrong if overturned is None else overturned,
        author=author,
        by=by,
    )
    return Taken(interaction, text, lesson)
