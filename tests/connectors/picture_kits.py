"""What the contract suite must know of pictures on each platform: how one is handed over, named in a post, and shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from connectors.contract import Picture
from tests.connectors.kit import Kit
from tests.connectors.kit_bluesky import BLUESKY
from tests.connectors.kit_mastodon import MASTODON
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.kit_x import X
from tests.connectors.loopback import Asked, Loopback, Reply

DATA = b"\x89PNG\r\n\x1a\n made up \x00\xff\r\n--end"
PICTURE = Picture("m1", "image/png", len(DATA), 3, 2, alt="Zwei Möwen – am Meer")


@dataclass(frozen=True)
class PictureKit:
    """One platform's pictures."""

    kit: Kit
    upload: tuple[str, str]
    """Method and path of the request by which a picture is handed over."""
    answer: Callable[[Loopback], Reply]
    """What it answers when all is well."""
    named: Callable[[Any], list[str]]
    """The pictures that the body of a write names, as far as their handles tell."""
    show: Callable[[Any, int], Any]
    """The platform's look at one post, made to show so many pictures."""
    told: Callable[[Loopback], str | None]
    """The description that the platform was told, after the post; None where it takes none."""
    prepare: Callable[[Loopback], None] = lambda _server: None

    def accepts(self, server: Loopback) -> None:
        """From now on pictures are taken."""
        self.prepare(server)
        server.on(*self.upload, self.answer(server))


def part_of(asked: Asked, name: str) -> bytes:
    """One field of a multipart form, as it arrived."""
    boundary = asked.headers["content-type"].partition("boundary=")[2].encode()
    for part in asked.body.split(b"--" + boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if f'name="{name}"'.encode() in head:
            return content.removesuffix(b"\r\n")
    raise AssertionError(f"no {name} in the form")


# --- X ----------------------------------------------------------------------------------------------------------------


def _x_shown(body: Any, pictures: int) -> Any:
    post = body["data"]
    if pictures:
        page = {"url": "https://t.co/pic", "expanded_url": "https://x.com/parley/status/1001/photo/1"}
        post["attachments"] = {"media_keys": [f"3_{n}" for n in range(pictures)]}
        post["text"] += " https://t.co/pic"
        post["entities"]["urls"] += [{**page, "media_key": f"3_{n}"} for n in range(pictures)]
    return body


X_PICTURES = PictureKit(
    X,
    ("POST", "/2/media/upload"),
    lambda _server: Reply({"data": {"id": "77", "media_key": "3_77", "size": 9, "expires_after_secs": 86400}}),
    lambda body: list(body["media"]["media_ids"]),
    _x_shown,
    lambda server: str(server.last("/2/media/metadata").form["metadata"]["alt_text"]["text"]),
    lambda server: server.on("POST", "/2/media/metadata", Reply({"data": {"id": "77"}})),
)

# --- Reddit -----------------------------------------------------------------------------------------------------------


def _reddit_lease(server: Loopback) -> Reply:
    server.on("POST", "/bucket", Reply(None, 201, {"content-type": "application/xml"}, b"<PostResponse/>"))
    host = server.url.partition("://")[2].partition("/")[0]
    fields = [{"name": "key", "value": "rte_images/abc123"}, {"name": "acl", "value": "private"}]
    return Reply({"args": {"action": f"//{host}/bucket", "fields": fields}, "asset": {"asset_id": "abc123"}})


def _reddit_shown(body: Any, pictures: int) -> Any:
    item = body["data"]["children"][0]["data"]
    if pictures:
        item["url"] = "https://i.redd.it/another.png"
    return body


REDDIT_PICTURES = PictureKit(
    REDDIT,
    ("POST", "/api/media/asset.json"),
    _reddit_lease,
    lambda body: [str(body["url"])],
    _reddit_shown,
    lambda _server: None,
)

# --- Mastodon ---------------------------------------------------------------------------------------------------------


def _mastodon_shown(body: Any, pictures: int) -> Any:
    return {**body, "media_attachments": [{"id": str(n), "type": "image"} for n in range(pictures)]}


MASTODON_PICTURES = PictureKit(
    MASTODON,
    ("POST", "/api/v2/media"),
    lambda _server: Reply({"id": "77", "type": "image", "url": "https://social.example/files/77.png"}),
    lambda body: [body["media_ids[]"]],
    _mastodon_shown,
    lambda server: part_of(server.last("/api/v2/media"), "description").decode(),
    lambda server: server.on("GET", "/api/v1/media/77", Reply({"id": "77", "type": "image"})),
)

# --- Bluesky ----------------------------------------------------------------------------------------------------------

BLOB = "bafkreidlp6sdj6jkroakvmbntpy2clsj77foijheae5byt3iwz7d2k542a"


def _bluesky_named(body: Any) -> list[str]:
    images = [it["image"] for it in body["record"]["embed"]["images"]]
    return [json.dumps([it["ref"]["$link"], it["mimeType"], it["size"]]) for it in images]


def _bluesky_shown(body: Any, pictures: int) -> Any:
    if pictures:
        images = [{"alt": "", "image": {}} for _ in range(pictures)]
        body["value"]["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return body


BLUESKY_PICTURES = PictureKit(
    BLUESKY,
    ("POST", "/xrpc/com.atproto.repo.uploadBlob"),
    lambda _server: Reply({"blob": {"$type": "blob", "ref": {"$link": BLOB}, "mimeType": "image/png", "size": 9}}),
    _bluesky_named,
    _bluesky_shown,
    lambda server: str(server.asked[-1].form["record"]["embed"]["images"][0]["alt"]),
)

PICTURE_KITS = (X_PICTURES, REDDIT_PICTURES, MASTODON_PICTURES, BLUESKY_PICTURES)


def with_picture(kit: Kit, handle: str | None) -> Any:
    """The kit's draft, showing the picture that has this handle."""
    return replace(kit.draft, pictures=(replace(PICTURE, handle=handle),))
