"""Pictures and films: brought from an address, or as bytes; looked at; deleted while no post shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chalice import Blueprint

from chalicelib.api import shapes_media as shapes
from chalicelib.api.door import Answer, Ask, Takes, route
from chalicelib.api.problems import InvalidParameter
from chalicelib.domain.access import Action
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.media import FILE_TYPES, MOST_BYTES, MediaState
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms_media as forms

blueprint = Blueprint(__name__)

TAKES: Final = Takes(FILE_TYPES, MOST_BYTES)


@route(blueprint, "/media", method="POST", action=Action.MEDIA_ADD, form="MediaForm")
def add_media(ask: Ask, form: forms.MediaForm) -> Answer:
    """Bring a picture or video, from a public address or announced by its SHA-256, its bytes to follow. The same is the same."""
    from chalicelib.services import media

    if (form.address is None) is (form.upload is None):
        raise InvalidField("", "it needs an address or an upload, and not both", fix="Send one of the two.")
    if form.address is not None:
        found = media.from_address(ask.desk, ask.caller, form.address, ask.now, alt=form.alt)
        return Answer(shapes.media(found), status=201)
    if form.upload is None:
        raise AssertionError("one of the two is there")
    announced = media.Announced(form.upload.sha256, form.upload.size, form.upload.type, form.alt)
    found, how = media.begin_upload(ask.desk, ask.caller, announced, ask.now)
    return Answer(shapes.media(found, how), status=201)


@route(blueprint, "/media/{media_id}/content", method="PUT", action=Action.MEDIA_ADD, takes=TAKES)
def put_content(ask: Ask, content: bytes, media_id: str) -> dict[str, Any]:
    """Send the bytes of an announced picture or video. Sending them again changes nothing."""
    from chalicelib.services import media

    return shapes.media(media.receive(ask.desk, ask.caller, media_id, content, ask.now))


@route(blueprint, "/media/{media_id}/finish", method="POST", action=Action.MEDIA_ADD)
def finish_upload(ask: Ask, media_id: str) -> dict[str, Any]:
    """Take in what was sent by the upload's form."""
    from chalicelib.services import media

    return shapes.media(media.finish(ask.desk, ask.caller, media_id, ask.now))


@route(blueprint, "/media", action=Action.MEDIA_READ, listing=True)
def list_media(ask: Ask) -> dict[str, Any]:
    """Every picture and video of the workspace, the newest first."""
    shelf = keys.shelf(ask.caller.workspace, "MEDIA")
    return ask.page.of(
        lambda limit, after: ask.desk.store.media.listed(shelf, limit=limit, after=after, newest_first=True),
        shapes.media,
    )


@route(blueprint, "/media/{media_id}", action=Action.MEDIA_READ)
def get_media(ask: Ask, media_id: str) -> dict[str, Any]:
    """One picture or video: what it is, and whether it may be shown."""
    from chalicelib.services import media

    found = media.read(ask.desk, ask.caller.workspace, media_id)
    if found.state is MediaState.DELETED:
        raise NotFound
    return shapes.media(found)


@route(blueprint, "/media/{media_id}/content", action=Action.MEDIA_READ)
def get_content(ask: Ask, media_id: str) -> Answer:
    """A picture's or video's bytes, as they are kept: without what the camera wrote into them."""
    return served(ask, ask.caller.workspace, media_id)


def served(ask: Ask, workspace: str, media_id: str) -> Answer:
    """Its bytes as an answer that nobody takes for a page. Raises NotFound, InvalidParameter."""
    from chalicelib.services import media

    found = media.read(ask.desk, workspace, media_id)
    content = media.data(ask.desk, found)
    accepted = ask.headers.get("accept") or ""
    if found.mime not in accepted and "*/*" not in accepted:
        # API Gateway would answer with the bytes in base64, as text.
        raise InvalidParameter("header", "Accept", "the answer is a file", fix=f"Send `Accept: {found.mime}`.")
    kind = found.mime.rpartition("/")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="{found.id}.{kind}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Answer(content, media=found.mime, headers=headers)


@route(blueprint, "/media/{media_id}", method="DELETE", action=Action.MEDIA_DELETE)
def delete_media(ask: Ask, media_id: str) -> Answer:
    """Delete a picture or video that no post shows, or was ever checked with."""
    from chalicelib.services import media

    media.delete(ask.desk, ask.caller, media_id, ask.now)
    return Answer(None, status=204)
