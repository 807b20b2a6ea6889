"""What a picture is, read from its first bytes: kind, width, height. It must never decode one, nor believe what it is called.

Sources: PNG (ISO/IEC 15948), GIF89a, JPEG (ITU-T T.81), WebP (RFC 9649). Written for the witness alone.
"""

from __future__ import annotations

from dataclasses import dataclass

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
"""The kinds that are known here, and how the platforms name their files."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}
"""JPEG markers: those that carry the size, and those that carry nothing."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What the first bytes say: the MIME type, and the size in pixels."""

    mime: str
    width: int
    height: int


def looks(data: bytes) -> Looks | None:
    """What this file is by its first bytes; None where it is no picture that is known here."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            found = Looks("image/png", _big(data[16:20]), _big(data[20:24]))
        elif data[:6] in {b"GIF87a", b"GIF89a"}:
            found = Looks("image/gif", _little(data[6:8]), _little(data[8:10]))
        elif data.startswith(b"\xff\xd8\xff"):
            found = Looks("image/jpeg", *_jpeg(data))
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            found = Looks("image/webp", *_webp(data))
        else:
            return None
    except (IndexError, ValueError):
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
