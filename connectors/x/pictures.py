"""Handing pictures and videos over to X, which may be repeated: an upload that no post names shows nowhere.

tweepy's Client knows no media. A still picture is one request; what moves takes three or more, after which X works on it.
"""

from __future__ import annotations

from typing import Any

from connectors.contract import Picture, Upload
from connectors.errors import PICTURE_NOT_UPLOADED, Rejected, Retryable
from connectors.shape import at, word
from connectors.x import MOVING
from connectors.x.line import Line
from connectors.x.posts import is_id
from connectors.x.refusals import unknown

_MOVES = ("/gif", "/video")
"""What ends the handle of an upload that X works on before it may be used."""
SEGMENT = 4 * 1024 * 1024
"""Bytes that are sent at once of what moves; X takes 5 MB."""


def media_id(handle: str) -> str:
    """What a post names, of a handle."""
    return handle.partition("/")[0]


def upload(line: Line, picture: Picture, data: bytes) -> Upload:
    """POST /2/media/upload; of what moves, in steps. Then the description, where there is one and X takes it."""
    moves = "/video" if picture.is_video else "/gif" if picture.mime == MOVING else ""
    body = _moving(line, picture.mime, data) if moves else _still(line, picture.mime, data)
    kept = _id(body)
    if kept is None:
        raise Retryable("x", "X did not say what it holds now.", code="no-media")
    if picture.alt and not picture.is_video:  # of a video X has none
        metadata = {"id": kept, "metadata": {"alt_text": {"text": picture.alt}}}
        line.asked("POST", "/2/media/metadata", json=metadata)
    return Upload(kept + moves, _is_done(body), _lasts(body))


def uploaded(line: Line, handle: str) -> str | None:
    """GET /2/media/upload of what moves; all else is ready when it is there, and X has no state of it to tell."""
    if not handle.endswith(_MOVES):
        return handle
    asked = {"command": "STATUS", "media_id": media_id(handle)}
    body = line.asked("GET", "/2/media/upload", missing=(400, 404), params=asked)
    if body is None:
        raise Rejected("x", "X holds no such upload.", code=PICTURE_NOT_UPLOADED)
    if _id(body) is None:
        unknown(body)
    return handle if _is_done(body) else None


def _still(line: Line, mime: str, data: bytes) -> Any:
    form = {"media_category": "tweet_image", "media_type": mime}
    return line.asked("POST", "/2/media/upload", data=form, files={"media": ("picture", data, mime)})


def _moving(line: Line, mime: str, data: bytes) -> Any:
    """In segments, one after the other: a segment that is lost costs the whole, which is handed over anew."""
    category = "tweet_gif" if mime == MOVING else "tweet_video"
    begun = {"media_category": category, "media_type": mime, "total_bytes": len(data)}
    kept = _id(line.asked("POST", "/2/media/upload/initialize", json=begun))
    if not is_id(kept):
        raise Retryable("x", "X did not begin the upload.", code="no-media")
    path = f"/2/media/upload/{kept}"
    for number, start in enumerate(range(0, len(data), SEGMENT)):
        segment = {"media": ("picture", data[start : start + SEGMENT], mime)}
        line.asked("POST", f"{path}/append", data={"segment_index": str(number)}, files=segment)
    return line.asked("POST", f"{path}/finalize")


def _id(body: Any) -> str | None:
    return word(body, "data", "id")


def _lasts(body: Any) -> float | None:
    """For how many seconds an upload may be used."""
    told = at(body, "data", "expires_after_secs")
    return float(told) if isinstance(told, int) and not isinstance(told, bool) and told > 0 else None


def _is_done(body: Any) -> bool:
    """Whether an upload may be used; X leaves its state out where there is nothing to work on. Raises Rejected where X could
    not work with it."""
    state = word(body, "data", "processing_info", "state") or "succeeded"
    if state == "failed":
        raise Rejected("x", "X could not work with it.", code="picture-failed")
    return state == "succeeded"
