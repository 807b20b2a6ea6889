"""What the contract suite must know of videos on each platform that shows one: how it is handed over, awaited and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from connectors.contract import Picture
from tests.connectors.kit import Kit
from tests.connectors.kit_bluesky import BLUESKY
from tests.connectors.kit_mastodon import MASTODON
from tests.connectors.kit_x import X
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.picture_kits import BLOB, part_of
from tests.imaging.films import film

DATA = film()
VIDEO = Picture("v1", "video/mp4", len(DATA), 640, 360, alt="Zwei Möwen – am Meer")


@dataclass(frozen=True)
class VideoKit:
    """One platform's videos."""

    kit: Kit
    upload: tuple[str, str]
    """Method and path of the request that carries the bytes."""
    taken: Reply
    """What it answers when all is well: the platform works on it from here on."""
    asked: str
    """Path of the request that asks how far it is."""
    working: Reply
    done: Reply
    failed: Reply
    named: Callable[[Any], list[str]]
    """The videos that the body of a write names, as far as their handles tell."""
    show: Callable[[Any, int], Any]
    """The platform's look at one post, made to show so many videos: none or one."""
    told: Callable[[Loopback], str | None]
    """The description that the platform was told, after the post; None where it takes none."""
    prepare: Callable[[Loopback], None] = lambda _server: None

    def accepts(self, server: Loopback) -> None:
        """From now on videos are taken."""
        self.prepare(server)
        server.on(*self.upload, self.taken)


# --- X ----------------------------------------------------------------------------------------------------------------

_UPLOAD = "/2/media/upload"


def _x_state(state: str) -> Reply:
    return Reply({"data": {"id": "77", "processing_info": {"state": state}}})


def _x_prepare(server: Loopback) -> None:
    kept = {"id": "77", "media_key": "7_77", "expires_after_secs": 86_400}
    server.on("POST", f"{_UPLOAD}/initialize", Reply({"data": kept}))
    pending = {**kept, "processing_info": {"state": "pending", "check_after_secs": 1}}
    server.on("POST", f"{_UPLOAD}/77/finalize", Reply({"data": pending}))


def _x_shown(body: Any, videos: int) -> Any:
    post = body["data"]
    if videos:
        page = {"url": "https://t.co/vid", "expanded_url": "https://x.com/parley/status/1001/video/1"}
        post["attachments"] = {"media_keys": ["7_77"]}
        post["text"] += " https://t.co/vid"
        post["entities"]["urls"] += [{**page, "media_key": "7_77"}]
    return body


X_VIDEOS = VideoKit(
    X,
    ("POST", f"{_UPLOAD}/77/append"),
    Reply({"data": {"expires_at": 1}}),
    _UPLOAD,
    _x_state("in_progress"),
    _x_state("succeeded"),
    _x_state("failed"),
    lambda body: [f"{one}/video" for one in body["media"]["media_ids"]],
    _x_shown,
    lambda _server: None,
    prepare=_x_prepare,
)

# --- Mastodon ---------------------------------------------------------------------------------------------------------


def _mastodon_shown(body: Any, videos: int) -> Any:
    return {**body, "media_attachments": [{"id": str(n), "type": "video"} for n in range(videos)]}


MASTODON_VIDEOS = VideoKit(
    MASTODON,
    ("POST", "/api/v2/media"),
    Reply({"id": "77", "type": "video", "url": None}, 202),
    "/api/v1/media/77",
    Reply({"id": "77", "type": "video", "url": None}, 206),
    Reply({"id": "77", "type": "video", "url": "https://social.example/files/77.mp4"}),
    Reply({"error": "Error processing thumbnail for uploaded media"}, 422),
    lambda body: [body["media_ids[]"]],
    _mastodon_shown,
    lambda server: part_of(server.last("/api/v2/media"), "description").decode(),
)

# --- Bluesky ----------------------------------------------------------------------------------------------------------

_BLOB = {"$type": "blob", "ref": {"$link": BLOB}, "mimeType": "video/mp4", "size": 9}


def _job(state: str, **more: Any) -> Reply:
    return Reply({"jobStatus": {"jobId": "j1", "did": "did:plc:me", "state": state, **more}})


def _bluesky_prepare(server: Loopback) -> None:
    home = {"id": "#atproto_pds", "serviceEndpoint": "https://morel.us-east.host.bsky.example"}
    session = {"did": "did:plc:me", "handle": "me.example", "emailConfirmed": True, "didDoc": {"service": [home]}}
    server.on("GET", "/xrpc/com.atproto.server.getSession", Reply(session))
    server.on("GET", "/xrpc/com.atproto.server.getServiceAuth", Reply({"token": "FOR-THE-VIDEO"}))


def _bluesky_named(body: Any) -> list[str]:
    it = body["record"]["embed"]["video"]
    return [json.dumps([it["ref"]["$link"], it["mimeType"], it["size"]])]


def _bluesky_shown(body: Any, videos: int) -> Any:
    if videos:
        body["value"]["embed"] = {"$type": "app.bsky.embed.video", "alt": "", "video": _BLOB}
    return body


BLUESKY_VIDEOS = VideoKit(
    BLUESKY,
    ("POST", "/xrpc/app.bsky.video.uploadVideo"),
    Reply({"jobId": "j1", "did": "did:plc:me", "state": "JOB_STATE_CREATED"}),
    "/xrpc/app.bsky.video.getJobStatus",
    _job("JOB_STATE_ENCODING", progress=40),
    _job("JOB_STATE_COMPLETED", blob=_BLOB),
    _job("JOB_STATE_FAILED", failureCode="encoding_failure"),
    _bluesky_named,
    _bluesky_shown,
    lambda server: str(server.asked[-1].form["record"]["embed"]["alt"]),
    prepare=_bluesky_prepare,
)

VIDEO_KITS = (X_VIDEOS, MASTODON_VIDEOS, BLUESKY_VIDEOS)


def with_video(kit: Kit, handle: str | None) -> Any:
    """The kit's draft, showing the video that has this handle."""
    return replace(kit.draft, pictures=(replace(VIDEO, handle=handle),))
