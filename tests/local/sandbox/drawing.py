"""Small pictures, drawn byte by byte: what tests hand over."""

from __future__ import annotations

import base64
import struct

from local.story.drawing import png

__all__ = ["DOT", "gif", "jpeg", "png", "webp"]

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""One dark pixel, the file that the reference PDS was given when its answers were recorded."""


def gif(width: int, height: int) -> bytes:
    """The head of a GIF."""
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00;"


def jpeg(width: int, height: int) -> bytes:
    """The head of a JPEG, with a segment of EXIF before its size."""
    exif = b"\xff\xe1" + struct.pack(">H", 8) + b"Exif\x00\x00"
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + exif + frame + b"\xff\xd9"


def webp(width: int, height: int) -> bytes:
    """The head of an extended WebP."""
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\x00" * 4 + sizes
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk
