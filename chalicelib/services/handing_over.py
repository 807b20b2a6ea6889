"""Handing pictures and films over to a platform before anything is claimed: repeatable, kept, and awaited while it works on them.

What was handed over shows nowhere until a post uses it, so that doing it twice harms nobody. It is noted all the same: a
claim that fails after it need not wait again. No attempt is open meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.account import Account
from chalicelib.domain.post import Attachment, Body, Variant
from chalicelib.services.bodies import Held, attached
from chalicelib.services.desk import Desk, derived_id
from chalicelib.services.terms import film_place, limits_of
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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One picture of what is said next: what it is as the platform gets it, and by which name its handing over is noted."""

    one: Attachment
    picture: Picture
    limits: PictureLimits
    name: str
    on_card: bool = False


def hand_over(desk: Desk, variant: Variant, account: Account, connector: Connector, body: Body) -> Held | WorkedOn:
    """What the platform holds of what is shown next, handing over what it lacks. Raises what the connector raises."""
    from chalicelib.services import media

    wanted = _wanted(desk, variant, account, body)
    if not wanted:
        return Held()
    known = _known(desk, variant)
    before = dict(known)
    for each in wanted:
        now = desk.clock.now()
        there = known.get(each.name)
        if there is None or (there.until is not None and there.until < now + FRESH):
            data = media.picture_bytes(desk, variant.workspace, each.one.media, each.limits)
            upload = connector.upload(each.picture, data)
            state = HandoverState.READY if upload.ready else HandoverState.WORKED_ON
            until = None if upload.lasts is None else now + timedelta(seconds=upload.lasts)
            there = Handover(each.name, upload.handle, state, until)
        elif there.state is HandoverState.WORKED_ON and (done := connector.uploaded(there.handle)):
            there = replace(there, handle=done, state=HandoverState.READY)
        known[each.name] = there
    if known != before:
        made = Handovers(tuple(known.values()))
        place = keys.handovers(variant.workspace, variant.id, variant.version)
        desk.store.table.put({"pk": place.pk, "sk": place.sk, **encode(made)})
    if any(one.state is HandoverState.WORKED_ON for one in known.values()):
        return WorkedOn(desk.clock.now() + LOOKS_AGAIN_AFTER)
    return _held(wanted, known)


def lost_a_picture(error: Exception) -> bool:
    """Whether a platform says that it does not hold what was handed over: nothing happened."""
    return isinstance(error, errors.Rejected) and error.code == errors.PICTURE_NOT_UPLOADED


def forget(desk: Desk, variant: Variant) -> None:
    """Hand everything over anew next time: the platform has lost it, or may have used it up."""
    place = keys.handovers(variant.workspace, variant.id, variant.version)
    if desk.store.table.get(place) is not None:
        desk.store.table.put({"pk": place.pk, "sk": place.sk, **encode(Handovers())})


def forget_used(desk: Desk, variant: Variant) -> None:
    """Hand over anew what an earlier attempt may have used up. What is still worked on was in no attempt, and is awaited."""
    if all(one.state is HandoverState.READY for one in _known(desk, variant).values()):
        forget(desk, variant)


def handed_over(desk: Desk, variant: Variant, account: Account, body: Body) -> Held:
    """These pictures as an earlier attempt had them: with the platform's handle where one was noted. Reads only."""
    wanted = _wanted(desk, variant, account, body)
    return _held(wanted, _known(desk, variant)) if wanted else Held()


def _wanted(desk: Desk, variant: Variant, account: Account, body: Body) -> list[_Wanted]:
    from chalicelib.services import media

    can = desk.platforms.capabilities(variant.platform)
    shown, card = attached(body, can, len(variant.said))
    limits = limits_of(can, account)
    found: list[_Wanted] = []
    if shown and limits is not None:
        film = film_place(can, account)
        pictures = media.pictures(desk, variant.workspace, shown, limits, film=film, sending=True)
        for one, picture in zip(shown, pictures, strict=True):
            found.append(_Wanted(one, picture, limits, _name(one, variant)))
    if card is not None and can.card_picture is not None:
        (picture,) = media.pictures(desk, variant.workspace, (card,), can.card_picture, sending=True)
        found.append(_Wanted(card, picture, can.card_picture, derived_id("card", card.media), on_card=True))
    return found


def _held(wanted: list[_Wanted], known: dict[str, Handover]) -> Held:
    pictures: dict[Attachment, Picture] = {}
    of_card: Picture | None = None
    for each in wanted:
        there = known.get(each.name)
        picture = replace(each.picture, handle=there.handle if there else None)
        if each.on_card:
            of_card = picture
        else:
            pictures[each.one] = picture
    return Held(pictures, of_card)


def _known(desk: Desk, variant: Variant) -> dict[str, Handover]:
    item = desk.store.table.get(keys.handovers(variant.workspace, variant.id, variant.version))
    return {} if item is None else {one.picture: one for one in decode(Handovers, item).made}


def _name(one: Attachment, variant: Variant) -> str:
    """A picture as it was handed over: for one part, since Mastodon shows it once; with the description that goes with it."""
    return derived_id("picture", one.media, one.alt, str(len(variant.said)))
