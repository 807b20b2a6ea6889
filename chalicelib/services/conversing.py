"""Conversations: what was said under one remote root, in order, by whom, ours as ours; how hot it is, and whether we acted.

Read from the rows by which the texts lie in their conversation (`store/contents.py`). Authors are pseudonyms here and stay so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.domain import heat as heating
from chalicelib.domain.errors import NotFound
from chalicelib.domain.heat import Heat, Said
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.post import Variant
from chalicelib.services.bodies import body_of
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.contents import Row
from chalicelib.store.repository import Listing

if TYPE_CHECKING:
    from chalicelib.services.matter import Matter

LOOKED_AT = 20
"""The last messages of a conversation that its heat is told from."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said: a member's interaction, or a variant of ours. text: None where it is not kept."""

    at: datetime
    text: str | None
    interaction: Interaction | None = None
    variant: Variant | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A page of a conversation, and what is true of all of it.

    human_at: when a person of ours acted there last. cooling_until: until when nothing automatic is said there.
    """

    id: str
    lines: tuple[Line, ...]
    after: str | None
    heat: Heat
    human_at: datetime | None
    answered_at: datetime | None
    cooling_until: datetime | None = None


def conversation(
    desk: Desk, workspace: str, conversation_id: str, now: datetime, *, limit: int, after: str | None
) -> Conversation:
    """A page of a conversation, the oldest first, each answer of ours below what it answers. Raises NotFound."""
    rows, rest = desk.store.contents.said_in(workspace, conversation_id, limit=limit, after=after)
    if not rows and after is None:
        raise NotFound
    touch = desk.store.touch(keys.thread_touch(workspace, conversation_id))
    members = _lines(desk, workspace, rows)
    named = {one.interaction.answer for one in members if one.interaction and one.interaction.answer}
    # What was scheduled by itself is known by the conversation only: it is shown with the last page.
    named |= set(touch.ours) if rest is None else set()
    ours = _ours(desk, workspace, sorted(named))
    lines = sorted((*members, *ours), key=lambda one: one.at)
    return Conversation(
        conversation_id,
        tuple(lines),
        rest,
        heat(desk, workspace, conversation_id, now),
        touch.human_at,
        touch.answered_at,
        touch.cooling_until if touch.cooling(now) else None,
    )


def listed(desk: Desk, workspace: str, *, limit: int, after: str | None) -> Listing[Interaction]:
    """A page of the conversations, each by its newest message, the newest first."""
    page = desk.store.interactions.listed(keys.shelf(workspace, "INBOX"), limit=limit, after=after, newest_first=True)
    return Listing([one for one in page.items if _newest(desk, one)], page.after)


def heat(desk: Desk, workspace: str, conversation_id: str, now: datetime) -> Heat:
    """How hot a conversation is now, from its last messages."""
    rows, _ = desk.store.contents.said_in(workspace, conversation_id, limit=LOOKED_AT, newest_first=True)
    return heating.heat(_said(_lines(desk, workspace, rows[::-1])), now)


def heat_at(desk: Desk, matter: Matter, hostile: int, now: datetime) -> Heat:
    """How hot it is where a message came, before it lies there. hostile: how hostile the message itself is (permille).

    By the others in it, unless it is hostile itself: a kind word in a quarrel does not end it.
    """
    one = matter.interaction
    rows, _ = desk.store.contents.said_in(one.workspace, one.conversation.id, limit=LOOKED_AT, newest_first=True)
    others = [row for row in rows[::-1] if row.interaction != one.id]
    said = _said(_lines(desk, one.workspace, others)) if others else []
    if hostile and matter.content is not None:
        said.append(Said(one.created_at, matter.content.text, hostile))
    return heating.heat(sorted(said, key=lambda each: each.at), now)


def around(desk: Desk, one: Interaction, now: datetime) -> tuple[int, int]:
    """How hot a conversation is by the others in it (permille), and how many messages of members it has with this one.

    Of the last 20 only.
    """
    rows, _ = desk.store.contents.said_in(one.workspace, one.conversation.id, limit=LOOKED_AT, newest_first=True)
    others = [row for row in rows[::-1] if row.interaction != one.id]
    found = heating.heat(_said(_lines(desk, one.workspace, others)), now) if others else None
    return 0 if found is None else found.permille, len(_once(others)) + 1


# --- what lies there -------------------------------------------------------------------------------------------------


def _lines(desk: Desk, workspace: str, rows: Sequence[Row]) -> list[Line]:
    """What members said, in order: of each message its present revision only."""
    found = desk.store.interactions.get_many(keys.interaction(workspace, row.interaction) for row in _once(rows))
    known = {one.id: one for one in found}
    lines = []
    for row in rows:
        one = known.get(row.interaction)
        if one is not None and one.revision == row.revision:
            gone = one.state is InteractionState.WITHDRAWN
            lines.append(Line(one.created_at, None if gone else row.content.text, interaction=one))
    return lines


def _once(rows: Sequence[Row]) -> list[Row]:
    return list({row.interaction: row for row in rows}.values())


def _ours(desk: Desk, workspace: str, names: Sequence[str]) -> list[Line]:
    lines = []
    for variant in desk.store.variants.get_many(keys.variant(workspace, one) for one in names):
        try:
            text = body_of(desk, variant).text
        except NotFound:
            text = None
        lines.append(Line(variant.published_at or variant.schedule.at, text, variant=variant))
    return lines


def _said(lines: Sequence[Line]) -> list[Said]:
    return [Said(one.at, one.text or "", _hostility(one.interaction)) for one in lines if one.interaction is not None]


def _hostility(one: Interaction) -> int:
    return heating.hostility(one.decision.rationale.evidence) if one.decision is not None else 0


def _newest(desk: Desk, one: Interaction) -> bool:
    """Whether it is the last message of its conversation; one that an older release heard stands for itself."""
    rows, _ = desk.store.contents.said_in(one.workspace, one.conversation.id, limit=1, newest_first=True)
    return not rows or rows[0].interaction == one.id
