"""Bluesky's blobs: uploadBlob, and what a record may say about one. It must never let a record show what nobody handed over.

Behaviour: exchanges with the reference PDS (corpus bluesky/pds_live); lexicons app.bsky.embed.images, video and external.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.dagcbor import cid_of_bytes
from local.sandbox.model import Account, Platform, Upload
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import json_response, refuse

IMAGES = "app.bsky.embed.images"
EXTERNAL = "app.bsky.embed.external"
VIDEO = "app.bsky.embed.video"
MOST_IMAGES = 4
LARGEST_IMAGE = 2_000_000
LARGEST_THUMB = 1_000_000
LARGEST_BLOB = 50 * 1024 * 1024
LARGEST_VIDEO = 300_000_000
LONGEST_ALT = 1000
"""Of a video; of an image no lexicon says."""


def upload_id(did: str, cid: str) -> str:
    """The name of a blob in this sandbox: the same bytes of two accounts are two uploads."""
    return f"{did}/{cid}"


def images(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The images of a record, also of one that quotes."""
    embed = _media(record)
    if embed.get("$type") == IMAGES and isinstance(embed.get("images"), list):
        yield from embed["images"]


def video(record: dict[str, Any]) -> dict[str, Any] | None:
    """The video that a record embeds, also of one that quotes."""
    embed = _media(record)
    return embed if embed.get("$type") == VIDEO else None


def _media(record: dict[str, Any]) -> dict[str, Any]:
    embed = record.get("embed")
    if isinstance(embed, dict) and embed.get("$type") == "app.bsky.embed.recordWithMedia":
        embed = embed.get("media")
    return embed if isinstance(embed, dict) else {}


class BlueskyBlobs:
    """The blobs of all repositories; `signed_in` names the caller of a request."""

    def __init__(self, network: SandboxNetwork, signed_in: Callable[[Request], Account]) -> None:
        self._network = network
        self._signed_in = signed_in

    def upload(self, request: Request) -> Response:
        """uploadBlob. The same bytes again are the same blob; its type is read from the bytes where they tell it."""
        owner, data = self._signed_in(request), request.get_data()
        if len(data) > LARGEST_BLOB:
            self._fail("PayloadTooLarge", "request entity too large", 413)
        cid = cid_of_bytes(data)
        upload = self._network.upload(Platform.BLUESKY, upload_id(owner.id, cid))
        if upload is None:
            given = request.headers.get("Content-Type", "").partition(";")[0].strip()
            upload = self._network.keep_upload(owner, upload_id(owner.id, cid), data, mime=given)
        return json_response({"blob": self.reference(upload, cid)})

    def download(self, request: Request) -> Response:
        """com.atproto.sync.getBlob: the bytes, asked for without signing in."""
        did, cid = request.args.get("did", ""), request.args.get("cid", "")
        upload = self._network.upload(Platform.BLUESKY, upload_id(did, cid))
        data = None if upload is None else self._network.blobs.get(upload.sha256)
        if upload is None or data is None:
            self._fail("BlobNotFound", "Blob not found")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return Response(data, 200, headers, content_type=upload.mime)

    def shown(self, owner: Account, record: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        """The pictures of a record, or its video, each checked. Refuses as the PDS does."""
        self._check_card(owner, record)
        if (film := video(record)) is not None:
            return (self._video(owner, film),)
        found = list(images(record))
        if len(found) > MOST_IMAGES:
            self._wrong(f"array too big (maximum {MOST_IMAGES}, got {len(found)})", "images")
        return tuple(self._picture(owner, one, nth) for nth, one in enumerate(found))

    def _check_card(self, owner: Account, record: dict[str, Any]) -> None:
        """A link card has an address, two texts, and maybe a small picture."""
        embed = record.get("embed")
        if not isinstance(embed, dict) or embed.get("$type") != EXTERNAL:
            return
        card = embed.get("external")
        if not isinstance(card, dict) or not all(
            isinstance(card.get(one), str) for one in ("uri", "title", "description")
        ):
            self._wrong("Expected uri, title and description", "external")
        if "://" not in card["uri"]:
            self._wrong("Invalid URI", "external/uri")
        if "thumb" in card:
            self._blob(owner, card["thumb"], "external/thumb", LARGEST_THUMB)

    def _picture(self, owner: Account, image: Any, nth: int) -> dict[str, Any]:
        upload = self._blob(owner, image.get("image") if isinstance(image, dict) else None, f"images/{nth}/image")
        if not isinstance(image.get("alt"), str):
            self._wrong('Missing required key "alt"', f"images/{nth}")
        self._check_ratio(image, f"images/{nth}")
        return upload.shown(image["alt"])

    def _video(self, owner: Account, film: dict[str, Any]) -> dict[str, Any]:
        upload = self._blob(owner, film.get("video"), "video", LARGEST_VIDEO, "video/mp4")
        alt = film.get("alt", "")
        if not isinstance(alt, str) or len(alt) > LONGEST_ALT:
            self._wrong(f"grapheme too big (maximum {LONGEST_ALT})", "alt")
        self._check_ratio(film, "")
        return upload.shown(alt)

    def _check_ratio(self, shown: dict[str, Any], where: str) -> None:
        ratio = shown.get("aspectRatio")
        if ratio is not None and not _is_ratio(ratio):
            self._wrong("Expected a width and a height of at least 1", f"{where}/aspectRatio".lstrip("/"))

    def _blob(
        self, owner: Account, blob: Any, where: str, largest: int = LARGEST_IMAGE, kind: str = "image/*"
    ) -> Upload:
        """The upload that a record names, checked. Refuses as the PDS does."""
        if not isinstance(blob, dict) or blob.get("$type") != "blob" or not isinstance(blob.get("ref"), dict):
            self._wrong("Expected blob value type", where)
        cid = str(blob["ref"].get("$link"))
        upload = self._network.upload(Platform.BLUESKY, upload_id(owner.id, cid))
        if upload is None or ("job" in upload.facts and not upload.is_ready(self._network.now())):
            self._fail("BlobNotFound", f"Could not find blob: {cid}")
        if blob.get("mimeType") != upload.mime:
            said = f"Expected: {upload.mime}, Got: {blob.get('mimeType')}"
            self._fail("InvalidMimeType", f"Referenced Mimetype does not match stored blob. {said}")
        if blob.get("size") != upload.size:
            said = f"Expected: {upload.size}, Got: {blob.get('size')}"
            self._fail("InvalidSize", f"Referenced Size does not match stored blob. {said}")
        if not upload.mime.startswith(kind.removesuffix("*")):
            self._fail("InvalidMimeType", f"Wrong type of file. It is {upload.mime} but it must match {kind}.")
        if upload.size > largest:
            size, most = f"{upload.size / 1e6:.2f}MB", f"{largest / 1e6:g}MB"
            self._fail("BlobTooLarge", f"This file is too large. It is {size} but the maximum size is {most}.")
        return upload

    @staticmethod
    def reference(upload: Upload, cid: str) -> dict[str, Any]:
        """A blob as a record names it."""
        return {"$type": "blob", "ref": {"$link": cid}, "mimeType": upload.mime, "size": upload.size}

    @staticmethod
    def _fail(error: str, message: str, status: int = 400) -> NoReturn:
        refuse({"error": error, "message": message}, status)

    def _wrong(self, what: str, where: str) -> NoReturn:
        self._fail("InvalidRequest", f"Invalid app.bsky.feed.post record: {what} at $.record.embed.{where}")


def _is_ratio(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(given.get(name), int) and given[name] >= 1 for name in ("width", "height")
    )
