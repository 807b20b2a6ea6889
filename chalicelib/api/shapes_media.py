"""Pictures and feeds as the API shows them; see shapes.py for what holds for all nouns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, events, time

if TYPE_CHECKING:
    from chalicelib.domain.feed import Feed, FeedReading
    from chalicelib.domain.media import Media
    from chalicelib.ports import UploadForm


def media(one: Media, form: UploadForm | None = None) -> Json:
    """A picture or film. form: how a browser sends its bytes, where the engine takes them by itself."""
    shown: Json = {
        "id": one.id,
        "state": one.state.value,
        "type": one.mime,
        "size": one.size,
        "width": one.width or None,
        "height": one.height or None,
        "seconds": one.milliseconds / 1000 or None,
        "alt": one.alt,
        "address": one.address,
        "reason": one.reason,
        "owner": one.owner,
        "created_at": time(one.created_at),
        "events": events(one.events),
    }
    return shown if form is None else {**shown, "form": {"url": form.url, "fields": dict(form.fields)}}


def feed(one: Feed, reading: FeedReading | None = None) -> Json:
    """A feed that is followed; with how far it was read, where it is shown by itself."""
    shown: Json = {
        "id": one.id,
        "name": one.name,
        "state": one.state.value,
        "address": one.address,
        "accounts": list(one.accounts),
        "words": one.words,
        "campaign": one.campaign,
        "owner": one.owner,
        "created_at": time(one.created_at),
        "events": events(one.events),
    }
    if reading is None:
        return shown
    told = {"read_at": time(reading.read_at), "drafted": reading.drafted, "trouble": reading.trouble}
    return {**shown, "reading": {**told, "next_at": time(reading.wake_at)}}
