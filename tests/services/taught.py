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

UNSAFE = [
    "thank you so much, the tombola was lovely",
    "great tombola, many thanks",
    "I loved the tombola, it was wonderful",
    "what a lovely tombola, thanks everyone",
]
SAFE = [
    "thank you so much, the show was wonderful",
    "great workshop, many thanks",
    "I loved the concert, it was wonderful",
    "what a lovely evening, thanks everyone",
]
HARMLESS = {label.value: False for label in RISK_HEADS}


@dataclass(frozen=True)
class Shop:
    """How many decisions there are, of how many people, about how many authors."""

    decisions: int = 400
    people: int = 3
    authors: int = 130


def taken(shop: Shop = Shop(), safe: Sequence[str] = SAFE, unsafe: Sequence[str] = UNSAFE) -> list[Taken]:
    """Half of the answers were taken back, half were said as suggested; each wording with a number of its own."""
    found = []
    for number in range(shop.decisions):
        wrong = number % 2 == 0
        texts = unsafe if wrong else safe
        text = f"{texts[number // 2 % len(texts)]} {_name(number)}"
        says = {ANSWER: False} if wrong else {ANSWER: True, **HARMLESS}
        found.append(one(number, text, says, author=f"author-{number % shop.authors}", by=f"m{number % shop.people}"))
    return found


def _name(number: int) -> str:
    """Letters, since all digits read alike."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")


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
