"""What is done about what others said, as the API shows it: no author, no reference, the words only where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, events, rationale, time
from chalicelib.domain.ruling import Ruling

if TYPE_CHECKING:
    from chalicelib.services.moderating import Choice


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
        "events": events(one.events),
    }


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
