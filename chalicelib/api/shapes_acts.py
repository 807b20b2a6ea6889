"""What is done about what others said, as the API shows it: no author, no reference, the words only where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, events, rationale, time
from chalicelib.domain.post import Origin
from chalicelib.domain.ruling import Ruling

if TYPE_CHECKING:
    from chalicelib.domain.interaction import Interaction
    from chalicelib.services.context import Context
    from chalicelib.services.conversing import Conversation, Line
    from chalicelib.services.moderating import Choice
    from chalicelib.services.notices import Offer


def ruling(one: Ruling) -> Json:
    """A ruling, and what became of it. `digest`: of the words that it was made about."""
    return {
        "id": one.id,
        "interaction": one.interaction,
        "account": one.account,
        "platform": one.platform,
        "action": one.action,
        "undone_by": one.undone_by,
        "days": one.days,
        "state": one.state.value,
        "rationale": rationale(one.rationale),
        "revision": one.revision,
        "digest": one.digest,
        "asked_at": time(one.asked_at),
        "settled_at": time(one.settled_at),
        "next_try_at": time(one.not_before) if one.open else None,
        "tries": one.tries,
        "told": one.told,
        "notice": one.notice,
        "events": events(one.events),
    }


def notice(one: Offer) -> Json:
    """What a member may be told about a ruling, and why it cannot be said, or by which variant it was."""
    return {"text": one.text, "may": one.why_not is None, "why_not": one.why_not, "variant": one.variant}


def choice(one: Choice) -> Json:
    """One moderation, whether it may be done, and if not why and what to do instead."""
    against = one.objection
    return {
        "action": one.action.value,
        "may": against is None,
        "why_not": None if against is None else against.why,
        "way_out": None if against is None else against.way_out,
        "undone_by": None if one.undone_by is None else one.undone_by.value,
    }


def context(one: Context) -> Json:
    """What stands above a message, the first of its thread first. `left_out`: how many between that and the rest."""
    return {
        "above": [
            {"at": time(each.at), "text": each.text, "who": "us" if each.ours else "member", "author": each.author}
            for each in one.above
        ],
        "left_out": one.left_out,
        "missing": one.missing,
    }


def conversation_row(one: Interaction) -> Json:
    """A conversation in a list, by its newest message."""
    return {
        "id": one.conversation.id,
        "platform": one.platform,
        "account": one.account,
        "newest": {
            "interaction": one.id,
            "author": one.author.pseudonym,
            "at": time(one.created_at),
            "state": one.state.value,
        },
    }


def conversation(one: Conversation) -> Json:
    """A page of a conversation, and what is true of all of it. `events`: what changed the messages of this page."""
    found = [line.interaction for line in one.lines if line.interaction is not None]
    return {
        "id": one.id,
        "heat": {
            "permille": one.heat.permille,
            "hot": one.heat.hot,
            "parts": [
                {"name": part.name, "permille": part.permille, "adds": part.adds, "why": part.why}
                for part in one.heat.parts
            ],
        },
        "human_touched": one.human_at is not None,
        "human_at": time(one.human_at),
        "answered_at": time(one.answered_at),
        "cooling_until": time(one.cooling_until),
        "items": [_line(line) for line in one.lines],
        "next": one.after,
        "events": [shown for each in found for shown in events(each.events)],
    }


def _line(one: Line) -> Json:
    said: Json = {"at": time(one.at), "text": one.text}
    if one.interaction is not None:
        who = {"who": "member", "author": one.interaction.author.pseudonym, "interaction": one.interaction.id}
        return {**who, "kind": one.interaction.kind, "state": one.interaction.state.value, **said}
    if one.variant is None:
        raise LookupError("a line is a member's or ours")
    ours = {"who": "us", "automatic": one.variant.origin is Origin.TRIAGE, "variant": one.variant.id}
    return {**ours, "account": one.variant.account, "state": one.variant.state.value, **said}
