"""Handing a video over to Bluesky's video service, which works on it and puts what comes of it among the account's own blobs.

It may be repeated: what no record holds shows nowhere, and of bytes that it knows the service names the blob that they became.
The session never goes to the service, only a token that allows it to upload one blob. Where the PDS itself takes a video
(uploadBlob), readers meet a post whose video is still missing; so the documentation's recommended way is gone.

Sources: https://docs.bsky.app/docs/tutorials/video; lexicons/app/bsky/video.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from connectors.bluesky.record import blob_handle
from connectors.bluesky.xrpc import Xrpc
from connectors.contract import Picture, Upload
from connectors.errors import PICTURE_NOT_UPLOADED, Rejected, Retryable
from connectors.http import Answer, Wire
from connectors.shape import at, rows, word
from connectors.translate import Table, as_code, translated

SERVICE = "https://video.bsky.app"
TOKEN_LASTS = 30 * 60
"""Seconds, as the documentation has it: the service uses the token once it has worked on the video."""
FAILED = "JOB_STATE_FAILED"
_JOB = "job/"
"""Begins the handle of a video that the service works on; when it is done, the handle is the blob's."""


def _code(answer: Answer) -> str | None:
    return word(_status(answer.body), "error")


TABLE = Table("bluesky", code=_code, rules={(401, None): Rejected})
"""What the service refuses, it refuses to a token made for it: the account's own sign-in is as good as before."""


def upload(xrpc: Xrpc, video: Picture, data: bytes) -> Upload:
    """app.bsky.video.uploadVideo. What the service knows already comes back at once, with a 409."""
    headers = {"Authorization": f"Bearer {_token(xrpc)}", "Content-Type": video.mime}
    query = {"did": xrpc.did, "name": f"{video.id}.mp4"}
    with Wire(xrpc.timeout) as wire:
        try:
            with translated(TABLE, wire):
                wire.post(_url(xrpc, "uploadVideo"), params=query, data=data, headers=headers)
        except Rejected:
            if wire.answer is None or wire.answer.status != 409:
                raise
    return _told(wire.answer.body if wire.answer else None)


def uploaded(xrpc: Xrpc, handle: str) -> str | None:
    """app.bsky.video.getJobStatus, of a handle that is not a blob's yet."""
    if not handle.startswith(_JOB):
        return handle
    with Wire(xrpc.timeout) as wire:
        try:
            with translated(TABLE, wire):
                wire.get(_url(xrpc, "getJobStatus"), params={"jobId": handle.removeprefix(_JOB)})
        except Rejected:
            if wire.answer is None or wire.answer.status not in (400, 404):
                raise
            raise Rejected("bluesky", "The service knows no such video.", code=PICTURE_NOT_UPLOADED) from None
    told = _told(wire.answer.body if wire.answer else None)
    return told.handle if told.ready else None


def _told(body: Any) -> Upload:
    """What a job's status says. A blob counts whatever the state beside it is."""
    status = _status(body)
    blob = blob_handle(at(status, "blob"))
    if blob is not None:
        return Upload(blob)
    if word(status, "state") == FAILED:
        code = as_code(word(status, "failureCode")) or "video-failed"
        raise Rejected("bluesky", "The video service could not work with the video.", code=code)
    job = word(status, "jobId")
    if job is None:
        raise Retryable("bluesky", "The video service did not say what it holds now.", code="no-job")
    return Upload(_JOB + job, ready=False)


def _status(body: Any) -> Any:
    """The job's status, which uploadVideo tells without the `jobStatus` of its lexicon."""
    return body if at(body, "jobStatus") is None else at(body, "jobStatus")


def _token(xrpc: Xrpc) -> str:
    """com.atproto.server.getServiceAuth: what lets the service put a blob into our repository, and nothing else."""
    session = xrpc.get("com.atproto.server.getSession")
    if at(session, "emailConfirmed") is False:
        detail = "Bluesky takes videos only from accounts whose e-mail address is confirmed."
        raise Rejected("bluesky", detail, code="email-unconfirmed")
    asked = {"aud": _home(xrpc, session), "lxm": "com.atproto.repo.uploadBlob", "exp": int(time.time()) + TOKEN_LASTS}
    token = word(xrpc.get("com.atproto.server.getServiceAuth", **asked), "token")
    if token is None:
        raise Retryable("bluesky", "The server gave no token for the video service.", code="no-token")
    return token


def _home(xrpc: Xrpc, session: Any) -> str:
    """The DID of the PDS that really holds the repository: bsky.social is only the way in."""
    told = (
        word(one, "serviceEndpoint")
        for one in rows(session, "didDoc", "service")
        if (word(one, "id") or "").endswith("#atproto_pds")
    )
    home = urlsplit(next(filter(None, told), xrpc.base_url))
    return f"did:web:{home.netloc.replace(':', '%3A')}"


def _url(xrpc: Xrpc, method: str) -> str:
    """There is one video service; a host that is reached over plain http, on this machine, stands in for all of Bluesky."""
    host = xrpc.base_url if urlsplit(xrpc.base_url).scheme == "http" else SERVICE
    return f"{host}/xrpc/app.bsky.video.{method}"
