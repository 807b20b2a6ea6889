"""Bluesky's video service: takes a video by a token of the PDS, works on it, and puts it among its owner's blobs.

It must never let a record name a video that it is not done with. What it hands back are the bytes that it was given: nothing
is coded anew here, and the witness sees what was sent.

Sources: the documentation's tutorial on videos, lexicons app.bsky.video. uploadVideo answers without `jobStatus`, as the
tutorial reads it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.bluesky_blobs import LARGEST_VIDEO, BlueskyBlobs, upload_id
from local.sandbox.dagcbor import cid_of_bytes
from local.sandbox.model import Account, Platform, Upload
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import looks
from local.sandbox.videos import MP4
from local.sandbox.wire import bearer_token, json_response, refuse

TAKES = timedelta(seconds=3)
LONGEST = timedelta(minutes=10)
UPLOADS = "com.atproto.repo.uploadBlob"


class BlueskyVideos:
    """The video service; `signed_in` names the caller at the PDS, whose DID is `home`."""

    def __init__(
        self, network: SandboxNetwork, signed_in: Callable[[Request], Account], blobs: BlueskyBlobs, home: str
    ) -> None:
        self._network = network
        self._signed_in = signed_in
        self._blobs = blobs
        self._home = home
        self._tokens: dict[str, Account] = {}

    def token(self, request: Request) -> Response:
        """com.atproto.server.getServiceAuth: good for one method at one service; only uploads to this PDS are known here."""
        owner = self._signed_in(request)
        if request.args.get("aud") != self._home or request.args.get("lxm") != UPLOADS:
            _no("InvalidToken", "this token would be good for nothing here")
        token = secrets.token_urlsafe(24)
        self._tokens[token] = owner
        return json_response({"token": token})

    def upload(self, request: Request) -> Response:
        """app.bsky.video.uploadVideo: the job that works on it. What is known already is a 409 with its blob."""
        owner = self._tokens.get(bearer_token(request))
        if owner is None or request.args.get("did") != owner.id:
            _no("unauthorized", "bad service token", 401)
        data = request.get_data()
        seen = looks(data)
        if seen is None or seen.mime != MP4 or not request.args.get("name"):
            _no("invalid_video", "not a video that is taken")
        if len(data) > LARGEST_VIDEO or timedelta(milliseconds=seen.milliseconds) > LONGEST:
            _no("video_too_large", "the video is too large or too long")
        place = upload_id(owner.id, cid_of_bytes(data))
        known = self._network.upload(Platform.BLUESKY, place)
        if known is not None and known.is_ready(self._network.now()):
            return json_response({**self._status(known), "error": "already_exists"}, 409)
        facts = {"job": secrets.token_hex(8)}
        return json_response(self._status(self._network.keep_upload(owner, place, data, facts=facts, works_for=TAKES)))

    def status(self, request: Request) -> Response:
        """app.bsky.video.getJobStatus: asked for without signing in."""
        job = request.args.get("jobId", "")
        found = [one for one in self._network.uploads(Platform.BLUESKY) if one.facts.get("job") == job and not one.gone]
        if not job or not found:
            _no("InvalidRequest", "job not found")
        return json_response({"jobStatus": self._status(found[-1])})

    def _status(self, upload: Upload) -> dict[str, Any]:
        told = {"jobId": upload.facts.get("job", "none"), "did": upload.owner}
        now = self._network.now()
        if upload.ready_at is not None and upload.ready_at > now:
            return {**told, "state": "JOB_STATE_ENCODING", "progress": 40}
        if upload.fails:
            failed = {"state": "JOB_STATE_FAILED", "error": "encoding failed", "failureCode": "encoding_failure"}
            return {**told, **failed}
        cid = upload.id.rpartition("/")[2]
        return {**told, "state": "JOB_STATE_COMPLETED", "progress": 100, "blob": self._blobs.reference(upload, cid)}


def _no(error: str, message: str, status: int = 400) -> NoReturn:
    refuse({"error": error, "message": message}, status)
