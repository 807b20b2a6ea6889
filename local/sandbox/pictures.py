"""What a file is, read from its bytes: kind, width, height. It must never decode one, nor believe what it is called.

Sources: PNG (ISO/IEC 15948), GIF89a, JPEG (ITU-T T.81), WebP (RFC 9649). Written for the witness alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from local.sandbox import videos

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
"""The pictures that are known here, and how the platforms name their files."""
VIDEO_EXTENSIONS = {videos.MP4: "mp4", videos.MOV: "mov", videos.WEBM: "webm"}

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}
"""JPEG markers: those that carry the size, and those that carry nothing."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What the bytes say: the MIME type, the size in pixels, and of a video how long it lasts."""

    mime: str
    width: int
    height: int
    milliseconds: int = 0

    @property
    def is_video(self) -> bool:
        """Whether it is a video."""
        return self.mime in VIDEO_EXTENSIONS


def looks(data: bytes) -> Looks | None:
    """What this file is by its bytes; None where it is no picture or video that is known here."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            found = Looks("image/png", _big(data[16:20]), _big(data[20:24]))
        elif data[:6] in {b"GIF87a", b"GIF89a"}:
            found = Looks("image/gif", _little(data[6:8]), _little(data[8:10]))
        elif data.startswith(b"\xff\xd8\xff"):
            found = Looks("image/jpeg", *_jpeg(data))
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            found = Looks("image/webp", *_webp(data))
        elif (video := videos.seen(data)) is not None:
            found = Looks(*video)
        else:
            return None
    except (IndexError, ValueError, ZeroDivisionError, struct.error):
        return None
    return found if found.width and found.height else None


def _big(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _little(part: bytes) -> int:
    return int.from_bytes(part, "little")


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker where one must be")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in _FRAMES:
            return _big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7])
        else:
            length = _big(data[at + 2 : at + 4])
            if length < 2:
                raise ValueError("a segment that is shorter than its own head")
            at += 2 + length


def _webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if kind == b"VP8L":
        bits = _little(data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    raise ValueError("no chunk that is known")
