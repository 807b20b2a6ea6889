"""What every reader of a picture's container answers, and the bounds that all of them keep.

A reader walks the file's own structure without decoding a pixel: it finds the dimensions, the orientation and the colour
profile, and builds the file anew from the parts that a picture needs. Whatever else was in it (EXIF, places, captions,
thumbnails, what a stranger hid between the parts) is not copied.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from chalicelib.imaging.kinds import Kind, Refused

MIN_SIDE = 8
"""Pixels. What is smaller is a tracking pixel or a mistake: nobody would see it."""

MAX_SIDE = 16_383
"""Pixels; the longest that WebP can say. JPEG goes to 65,535, and no platform shows the rest."""

MAX_PIXELS = 40_000_000
"""As many as cameras make. Pillow holds 4 bytes for each: two copies at once stay below a 512 MB function's memory."""

MAX_FRAMES = 600
MAX_MOVING_PIXELS = 150_000_000
"""All frames of a GIF together: what is decoded in about a second."""

MAX_PROFILE = 1024 * 1024
"""Bytes of a colour profile; printers' profiles are about half of that."""


@dataclass(frozen=True, slots=True)
class Container:
    """A picture's file, taken apart. data: rebuilt from what is needed. orientation: 1 to 8 as EXIF counts, 1 is upright."""

    kind: Kind
    width: int
    height: int
    data: bytes
    frames: int = 1
    orientation: int = 1
    profile: bytes | None = None
    has_metadata: bool = False


def truncated() -> Refused:
    """The refusal of a file that ends too early."""
    return Refused("the file is cut off or damaged", "Send the whole file again.")


def check_size(width: int, height: int, frames: int = 1) -> None:
    """Refuse dimensions that are out of bounds, before anything is decoded. Raises Refused."""
    if not width or not height:
        raise truncated()
    if min(width, height) < MIN_SIDE:
        raise Refused(
            f"{width} × {height} pixels where at least {MIN_SIDE} × {MIN_SIDE} are needed", "Send a larger picture."
        )
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise Refused(
            f"{width} × {height} pixels where at most {MAX_SIDE:,} a side and {MAX_PIXELS // 1_000_000} million in all "
            "are taken",
            "Make it smaller before you send it.",
        )
    if frames > MAX_FRAMES or frames * width * height > MAX_MOVING_PIXELS:
        raise Refused(
            f"{frames} frames of {width} × {height} pixels where at most {MAX_FRAMES} frames and "
            f"{MAX_MOVING_PIXELS // 1_000_000} million pixels in all are taken",
            "Make the animation shorter or smaller.",
        )


def check_rest(rest: bytes) -> None:
    """Refuse what stands behind a picture's end, unless it is padding. Raises Refused."""
    if rest.strip(b"\0"):
        raise Refused("something else stands behind the picture's end", "Export the picture again, by itself.")


def inflated(data: bytes, most: int) -> bytes:
    """What was deflated, `most` bytes of it at the most. Raises Refused where it is more, or damaged."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(data, most + 1)
    except zlib.error:
        raise truncated() from None
    if len(found) > most:
        raise Refused("a packed part of the file is far larger than it may be")
    return found


def orientation_of(exif: bytes) -> int:
    """The orientation that an EXIF block tells, 1 where it tells none. Whatever is odd about the block is upright."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for number in range(min(count, 512)):
            tag, kind, length, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * number)
            if (tag, kind, length) == (0x0112, 3, 1):
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
