"""X's media: handed over in one request or in segments, described, shown by posts for a day. It must never let a post show
what is not its author's, is not ready, or has expired.

Sources: the media pages of X's documentation and openapi.json 2.167 for requests and answers, a reported 400 for ids that are
not good. How X words the refusal of a file is not known here; the words are the sandbox's own.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform, Upload
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import VIDEO_EXTENSIONS, Looks, looks
from local.sandbox.videos import MOV, MP4
from local.sandbox.wire import json_body, json_response, refuse
from local.sandbox.x_views import media_key

LIFE = timedelta(seconds=86_400)
MOST_PICTURES = 4
MOST_VIDEO_BYTES = 512_000_000
LARGEST = {"image/gif": 15 * 1024 * 1024, MP4: MOST_VIDEO_BYTES, MOV: MOST_VIDEO_BYTES}
LARGEST_IMAGE = 5 * 1024 * 1024
LONGEST_ALT = 1000
CHECK_AFTER = 1
CATEGORIES = {MP4: "tweet_video", MOV: "tweet_video"}
"""As what a video must be announced."""
VIDEO_TAKES = timedelta(seconds=3)
SHORTEST, LONGEST = 500, 20 * 60 * 1000
"""Milliseconds of a video."""


def invalid(parameter: str, value: str, message: str) -> NoReturn:
    """Stop with X's 400 about one parameter."""
    refuse(
        {
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.twitter.com/2/problems/invalid-request",
        },
        400,
    )


@dataclass(slots=True)
class _Opened:
    """An upload in segments that is not finalized: in memory only."""

    owner: str
    total: int
    category: str
    segments: dict[int, bytes] = field(default_factory=dict, repr=False)


class XMedia:
    """The files of all accounts; `caller` names who asks, `new_id` makes the id of a file."""

    def __init__(
        self, network: SandboxNetwork, caller: Callable[[Request], Account], new_id: Callable[[], str]
    ) -> None:
        self._network = network
        self._caller = caller
        self._new_id = new_id
        self._opened: dict[str, _Opened] = {}

    def upload(self, request: Request) -> Response:
        """POST /2/media/upload: the whole file, as a form's file or in base64."""
        owner = self._caller(request)
        return json_response({"data": self._kept(owner, self._unused_id(), self._sent(request))})

    def initialize(self, request: Request) -> Response:
        """POST /2/media/upload/initialize: {media_type, total_bytes, media_category}."""
        owner, body = self._caller(request), json_body(request)
        total = body.get("total_bytes")
        most = MOST_VIDEO_BYTES if body.get("media_category") == CATEGORIES[MP4] else LARGEST["image/gif"]
        if isinstance(total, bool) or not isinstance(total, int) or not 0 < total <= most:
            invalid("total_bytes", str(total), "total_bytes is not a size that can be taken")
        id_ = self._unused_id()
        self._opened[id_] = _Opened(owner.id, total, str(body.get("media_category")))
        return json_response({"data": self._named(id_)})

    def append(self, request: Request, id_: str) -> Response:
        """POST /2/media/upload/:id/append: one segment; the same index again replaces it."""
        opened = self._open(request, id_)
        given = json_body(request).get("segment_index") if request.is_json else request.form.get("segment_index")
        if not str(given).isdigit():
            invalid("segment_index", str(given), "segment_index is not a number")
        opened.segments[int(str(given))] = self._sent(request)
        return json_response({"data": {"expires_at": int((self._network.now() + LIFE).timestamp())}})

    def finalize(self, request: Request, id_: str) -> Response:
        """POST /2/media/upload/:id/finalize: all segments are there."""
        opened = self._open(request, id_)
        data = b"".join(opened.segments[nth] for nth in sorted(opened.segments))
        whole = list(range(len(opened.segments))) == sorted(opened.segments)
        if not whole or len(data) != opened.total:
            invalid("id", id_, "Segments do not add up to provided total file size.")
        owner = self._caller(request)
        del self._opened[id_]
        return json_response({"data": self._kept(owner, id_, data, opened.category)})

    def status(self, request: Request) -> Response:
        """GET /2/media/upload?command=STATUS&media_id=…: how far X is."""
        owner, id_ = self._caller(request), request.args.get("media_id", "")
        upload = self._network.upload(Platform.X, id_, owner.id)
        if upload is None:
            invalid("media_id", id_, "media_id is not known")
        return json_response({"data": self._told(upload, always=True)})

    def metadata(self, request: Request) -> Response:
        """POST /2/media/metadata: {id, metadata: {alt_text: {text}}}."""
        owner, body = self._caller(request), json_body(request)
        id_ = str(body.get("id"))
        upload = self._network.upload(Platform.X, id_, owner.id)
        if upload is None or self._is_over(upload):
            invalid("id", id_, "id is not known")
        if upload.mime in VIDEO_EXTENSIONS:
            invalid("id", id_, "a video has no description")
        metadata = body.get("metadata")
        alt = metadata.get("alt_text") if isinstance(metadata, dict) else None
        text = alt.get("text") if isinstance(alt, dict) else None
        if not isinstance(text, str) or len(text) > LONGEST_ALT:
            invalid("metadata.alt_text.text", "", f"alt_text.text holds at most {LONGEST_ALT} characters")
        self._network.change_upload(replace(upload, alt=text))
        return json_response({"data": {"id": id_, "associated_metadata": {"alt_text": {"text": text}}}})

    def shown(self, owner: Account, given: Any) -> tuple[dict[str, Any], ...]:
        """The pictures that a new post shows, by the `media` of its body; empty where it has none."""
        if given is None:
            return ()
        ids = given.get("media_ids") if isinstance(given, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_PICTURES:
            invalid("media.media_ids", "", f"media.media_ids holds 1 to {MOST_PICTURES} ids")
        found = {str(one): self._network.upload(Platform.X, str(one), owner.id) for one in ids}
        good = {
            one: upload
            for one, upload in found.items()
            if upload is not None and upload.is_ready(self._network.now()) and not self._is_over(upload)
        }
        for one in found:
            if one not in good:
                invalid("media.media_ids", one, "Your media IDs are invalid.")
        if len(good) > 1 and any(one.mime in VIDEO_EXTENSIONS for one in good.values()):
            invalid("media.media_ids", "", "A video is attached alone.")
        return tuple(one.shown() for one in good.values())

    # --- what is kept ------------------------------------------------------------------------------------------------

    def _unused_id(self) -> str:
        id_ = self._new_id()
        while id_ in self._opened or self._network.upload(Platform.X, id_) is not None:
            id_ = str(int(id_) + 1)
        return id_

    def _open(self, request: Request, id_: str) -> _Opened:
        owner, opened = self._caller(request), self._opened.get(id_)
        if opened is None or opened.owner != owner.id:
            invalid("id", id_, "id is not known, or finalized")
        return opened

    @staticmethod
    def _sent(request: Request) -> bytes:
        if not request.is_json:
            file = request.files.get("media")
            data = b"" if file is None else file.stream.read()
        else:
            try:
                data = base64.b64decode(str(json_body(request).get("media") or ""), validate=True)
            except binascii.Error:
                data = b""
        if not data:
            invalid("media", "", "media is missing but it is required")
        return data

    def _kept(self, owner: Account, id_: str, data: bytes, category: str | None = None) -> dict[str, Any]:
        """category: what it was announced as, where it came in segments; a video comes in no other way."""
        seen = self._checked(looks(data), len(data))
        if seen.is_video and category != CATEGORIES[seen.mime]:
            invalid("media_category", str(category), "a video comes in segments, as tweet_video")
        takes = VIDEO_TAKES if seen.is_video else None
        return self._told(self._network.keep_upload(owner, id_, data, works_for=takes))

    @staticmethod
    def _checked(seen: Looks | None, size: int) -> Looks:
        if seen is None or (seen.is_video and seen.mime not in CATEGORIES):
            invalid("media", "", "media is not of a type that is taken")
        if seen.is_video and not SHORTEST <= seen.milliseconds <= LONGEST:
            invalid("media", "", "media is too short or too long")
        most = LARGEST.get(seen.mime, LARGEST_IMAGE)
        if size > most:
            invalid("media", "", f"media is larger than {most} bytes")
        return seen

    @staticmethod
    def _named(id_: str) -> dict[str, Any]:
        return {"id": id_, "media_key": media_key(id_), "expires_after_secs": int(LIFE.total_seconds())}

    def _told(self, upload: Upload, *, always: bool = False) -> dict[str, Any]:
        """An upload; with how far X is where that is not the end, or where it was asked for (`always`)."""
        left = max(timedelta(), upload.created_at + LIFE - self._network.now())
        named = {**self._named(upload.id), "media_key": media_key(upload.id, upload.mime)}
        told = {**named, "size": upload.size, "expires_after_secs": math.ceil(left.total_seconds())}
        now = self._network.now()
        if upload.ready_at is not None and upload.ready_at > now:
            told["processing_info"] = {"state": "in_progress", "check_after_secs": CHECK_AFTER, "progress_percent": 8}
            if not always:
                told["processing_info"] = {"state": "pending", "check_after_secs": CHECK_AFTER}
        elif upload.fails:
            error = {"code": 1, "name": "InvalidMedia", "message": "Unsupported media"}
            told["processing_info"] = {"state": "failed", "progress_percent": 100, "error": error}
        elif always:
            told["processing_info"] = {"state": "succeeded", "progress_percent": 100}
        return told

    def _is_over(self, upload: Upload) -> bool:
        return upload.created_at + LIFE <= self._network.now()
