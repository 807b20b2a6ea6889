"""Mastodon's media: handed over, worked on, described, shown by one status. It must never let two statuses show one file.

Sources: recordings of a 4.6 server (corpus mastodon/media, 422 of a file that is attached already), the documentation of
the media methods; the English wordings are those of the server's locale, a recording of which speaks Japanese.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.mastodon_views import (
    IMAGE_BYTES,
    IMAGE_PIXELS,
    LONGEST_DESCRIPTION,
    MOST_MEDIA,
    VIDEO_BYTES,
    VIDEO_PIXELS,
    MastodonViews,
)
from local.sandbox.model import Account, Platform, Post, Upload
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import VIDEO_EXTENSIONS, Looks, looks
from local.sandbox.wire import json_body, json_response, refuse

KEPT_UNSHOWN = timedelta(days=1)
"""A file that no status shows is cleared away after so long (the server's own vacuum)."""
VIDEO_TAKES = timedelta(seconds=3)
"""How long a video is worked on; a picture is ready at once."""


def _invalid(what: str) -> NoReturn:
    refuse({"error": what}, 422)


class MastodonMedia:
    """The files of all accounts; `caller` names who asks, `new_id` makes the id of a file."""

    def __init__(
        self,
        network: SandboxNetwork,
        caller: Callable[[Request], Account],
        views: Callable[[Request], MastodonViews],
        new_id: Callable[[], str],
    ) -> None:
        self._network = network
        self._caller = caller
        self._views = views
        self._new_id = new_id

    def create(self, request: Request) -> Response:
        """POST /api/v2/media: 200 where the file is ready, 202 while it is worked on."""
        owner = self._caller(request)
        file = request.files.get("file")
        data = b"" if file is None else file.stream.read()
        if not data:
            _invalid("Validation failed: File can't be blank")
        description = request.form.get("description", "")
        self._check_description(description)
        seen = self._checked(data)
        takes = VIDEO_TAKES if seen.is_video else None
        upload = self._network.keep_upload(owner, self._new_id(), data, alt=description, works_for=takes)
        return self._told(request, upload, working=202)

    def show(self, request: Request, id_: str) -> Response:
        """GET /api/v1/media/:id: 206 while it is worked on; a file that a status shows is no longer found here."""
        upload = self._loose(request, id_)
        if upload.fails and not self._is_working(upload):
            _invalid("Error processing thumbnail for uploaded media")
        return self._told(request, upload, working=206)

    def update(self, request: Request, id_: str) -> Response:
        """PUT /api/v1/media/:id: another description."""
        upload = self._loose(request, id_)
        given = {**request.form.to_dict(), **json_body(request)} if request.is_json else request.form.to_dict()
        if "description" in given:
            description = str(given["description"] or "")
            self._check_description(description)
            upload = replace(upload, alt=description)
            self._network.change_upload(upload)
        return self._told(request, upload, working=206)

    def delete(self, request: Request, id_: str) -> Response:
        """DELETE /api/v1/media/:id."""
        self._network.change_upload(replace(self._loose(request, id_), gone=True))
        return json_response({})

    def attached(self, request: Request, owner: Account) -> tuple[dict[str, Any], ...]:
        """The pictures that a new status shows. Refuses what is not there, not ready, or shown by another status."""
        given = json_body(request).get("media_ids", []) if request.is_json else request.form.getlist("media_ids[]")
        ids = list(dict.fromkeys(str(one) for one in given)) if isinstance(given, list) else []
        if len(ids) > MOST_MEDIA:
            _invalid(f"Cannot attach more than {MOST_MEDIA} files")
        found = {one: self._unshown(owner, one) for one in ids}
        missing = [one for one, upload in found.items() if upload is None]
        if missing:
            _invalid(f"Media {', '.join(missing)} not found or already attached to another post")
        uploads = [one for one in found.values() if one is not None]
        if len(uploads) > 1 and any(one.mime in VIDEO_EXTENSIONS for one in uploads):
            _invalid("Cannot attach a video to a post that already contains images")
        if not all(one.is_ready(self._network.now()) for one in uploads):
            _invalid("Cannot attach files that have not finished processing. Try again in a moment!")
        return tuple(one.shown() for one in uploads)

    def let_go(self, post: Post, *, for_good: bool) -> None:
        """After a deletion: what it showed may be attached again by a redraft, unless it was to be deleted too."""
        for picture in post.pictures if for_good else ():
            upload = self._network.upload(Platform.MASTODON, picture["upload"])
            if upload is not None:
                self._network.change_upload(replace(upload, gone=True))

    def file(self, request: Request, sha256: str, name: str) -> Response:
        """The bytes, as the server shows them to anybody."""
        del request, name
        data = self._network.blobs.get(sha256)
        known = [one for one in self._network.uploads(Platform.MASTODON) if one.sha256 == sha256 and not one.gone]
        if data is None or not known:
            refuse({"error": "Record not found"}, 404)
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return Response(data, 200, headers, content_type=known[0].mime)

    def _told(self, request: Request, upload: Upload, *, working: int) -> Response:
        ready = upload.is_ready(self._network.now())
        return json_response(self._views(request).attachment(upload.shown(), ready=ready), 200 if ready else working)

    def _loose(self, request: Request, id_: str) -> Upload:
        upload = self._unshown(self._caller(request), id_)
        if upload is None:
            refuse({"error": "Record not found"}, 404)
        return upload

    def _unshown(self, owner: Account, id_: str) -> Upload | None:
        """A file of this account that no status shows, and that is not cleared away."""
        upload = self._network.upload(Platform.MASTODON, id_, owner.id)
        if upload is None or self._network.shown_by(upload):
            return None
        return upload if self._network.now() < upload.created_at + KEPT_UNSHOWN else None

    def _is_working(self, upload: Upload) -> bool:
        return upload.ready_at is not None and upload.ready_at > self._network.now()

    @staticmethod
    def _check_description(text: str) -> None:
        if len(text) > LONGEST_DESCRIPTION:
            _invalid(f"Validation failed: Description is too long (maximum is {LONGEST_DESCRIPTION} characters)")

    @staticmethod
    def _checked(data: bytes) -> Looks:
        """What a file is. Refuses what is none, and what is too large for its kind."""
        seen = looks(data)
        if seen is None:
            _invalid("Validation failed: File content type is invalid, File is invalid")
        kind, most, pixels = (
            ("videos", VIDEO_BYTES, VIDEO_PIXELS) if seen.is_video else ("images", IMAGE_BYTES, IMAGE_PIXELS)
        )
        if len(data) > most:
            _invalid(f"Validation failed: File file size must be less than {most // 1024 // 1024} MB")
        if seen.width * seen.height > pixels:
            _invalid(f"Validation failed: {seen.width}x{seen.height} {kind} are not supported")
        return seen
