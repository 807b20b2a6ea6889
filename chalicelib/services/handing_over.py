"""Handing pictures over to a platform before anything is claimed: repeatable, kept, and awaited where the platform works on them.

What was handed over shows nowhere until a post uses it, so that doing it twice harms nobody. It is noted all the same: a
claim that fails after it need not wait again. No attempt is open meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.post import Attachment, Variant
from chalicelib.services.desk import Desk, derived_id
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from connectors import errors
from connectors.capabilities import PictureLimits
from connectors.contract import Connector, Picture

LOOKS_AGAIN_AFTER = timedelta(seconds=5)
"""How long a platform is left alone with a picture that it works on."""

FRESH = timedelta(minutes=2)
"""What a platform keeps for less than this longer is handed over anew."""


class HandoverState(StrEnum):
    """What is already true of a picture on a platform."""

    WORKED_ON = "worked_on"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Handover:
    """One picture that a platform holds for us. `handle`: its own name for it. until: when it forgets it, if ever."""

    picture: str
    handle: str
    state: HandoverState
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Handovers:
    """All pictures of one version of a variant that its platform holds."""

    made: tuple[Handover, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkedOn:
    """The platform still works on a picture; at `again_at` it is asked again."""

    again_at: datetime


def hand_over(
    desk: Desk, variant: Variant, connector: Connector, shown: Sequence[Attachment], limits: PictureLimits
) -> Mapping[Attachment, Picture] | WorkedOn:
    """What the platform holds of these pictures, handing over what it lacks. Raises what the connector raises."""
    from chalicelib.services import media

    known = _known(desk, variant)
    before = dict(known)
    held: dict[Attachment, Picture] = {}
    for one, picture in zip(shown, media.pictures(desk, variant.workspace, shown, limits, sending=True), strict=True):
        name = _name(one, variant)
        now = desk.clock.now()
        there = known.get(name)
        if there is None or (there.until is not None and there.until < now + FRESH):
            data = media.picture_bytes(desk, variant.workspace, one.media, limits)
            upload = connector.upload(picture, data)
            state = HandoverState.READY if upload.ready else HandoverState.WORKED_ON
            until = None if upload.lasts is None else now + timedelta(seconds=upload.lasts)
            there = Handover(name, upload.handle, state, until)
        elif there.state is HandoverState.WORKED_ON and connector.uploaded(there.handle):
            there = replace(there, state=HandoverState.READY)
        known[name] = there
        held[one] = replace(picture, handle=there.handle)
    if known != before:
        made = Handovers(tuple(known.values()))
        place = keys.handovers(variant.workspace, variant.id, variant.version)
        desk.store.table.put({"pk": place.pk, "sk": place.sk, **encode(made)})
    if any(one.state is HandoverState.WORKED_ON for one in known.values()):
        return WorkedOn(desk.clock.now() + LOOKS_AGAIN_AFTER)
    return held


def lost_a_picture(error: Exception) -> bool:
    """Whether a platform says that it does not hold what was handed over: nothing happened."""
    return isinstance(error, errors.Rejected) and error.code == errors.PICTURE_NOT_UPLOADED


def forget(desk: Desk, variant: Variant) -> None:
    """Hand everything over anew next time: the platform has lost it, or may have used it up."""
    place = keys.handovers(variant.workspace, variant.id, variant.version)
    if desk.store.table.get(place) is not None:
        desk.store.table.put({"pk": place.pk, "sk": place.sk, **encode(Handovers())})


def handed_over(
    desk: Desk, variant: Variant, shown: Sequence[Attachment], limits: PictureLimits
) -> Mapping[Attachment, Picture]:
    """These pictures as an earlier attempt had them: with the platform's handle where one was noted. Reads only."""
    from chalicelib.services import media

    known = _known(desk, variant)
    pictures = media.pictures(desk, variant.workspace, shown, limits, sending=True)
    return {
        one: replace(picture, handle=known[name].handle if (name := _name(one, variant)) in known else None)
        for one, picture in zip(shown, pictures, strict=True)
    }


def _known(desk: Desk, variant: Variant) -> dict[str, Handover]:
    item = desk.store.table.get(keys.handovers(variant.workspace, variant.id, variant.version))
    return {} if item is None else {one.picture: one for one in decode(Handovers, item).made}


def _name(one: Attachment, variant: Variant) -> str:
    """A picture as it was handed over: for one part, since Mastodon shows it once; with the description that goes with it."""
    return derived_id("picture", one.media, one.alt, str(len(variant.said)))
