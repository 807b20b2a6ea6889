"""PNG: its chunks (W3C PNG, third edition), those that draw the picture kept and all others left out."""

from __future__ import annotations

import struct
import zlib

from chalicelib.imaging.containers import (
    MAX_PROFILE,
    Container,
    check_rest,
    check_size,
    inflated,
    orientation_of,
    truncated,
)
from chalicelib.imaging.kinds import Kind, Refused

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"IDAT", b"IEND"}
_MOST_CHUNKS = 20_000
_LONGEST_NAME = 80
"""Of a colour profile: 79 bytes and the one that ends it."""


def read(data: bytes) -> Container:
    """Take a PNG apart. Raises Refused."""
    kept = bytearray(_SIGNATURE)
    width = height = 0
    orientation, profile = 1, None
    drawn = extra = False
    at, name, chunks = len(_SIGNATURE), b"", 0
    while name != b"IEND":
        chunks += 1
        if chunks > _MOST_CHUNKS:
            raise Refused("it is made of more parts than a picture has")
        name, payload, chunk, after = _chunk(data, at)
        if at == len(_SIGNATURE):
            if name != b"IHDR" or len(payload) != 13:
                raise truncated()
            width, height = struct.unpack_from(">II", payload)
            check_size(width, height)
        elif name == b"acTL" and int.from_bytes(payload[:4], "big") > 1:
            raise Refused("it is an animated PNG, which platforms show still or not at all", "Send a GIF or a video.")
        if name in _KEPT:
            kept += chunk
            drawn = drawn or name == b"IDAT"
        elif not name[0] & 0x20:
            raise Refused("it holds a part that no decoder of PNG knows")
        else:
            extra = True
            if name == b"eXIf":
                orientation = orientation_of(payload)
            elif name == b"iCCP":
                profile = _profile(payload)
        at = after
    if not drawn:
        raise truncated()
    check_rest(data[at:])
    return Container(
        Kind.PNG,
        width,
        height,
        bytes(kept),
        orientation=orientation,
        profile=profile,
        has_metadata=extra or at < len(data),
    )


def _chunk(data: bytes, at: int) -> tuple[bytes, bytes, bytes, int]:
    """Name, payload, the whole chunk, and where the next one begins."""
    if at + 12 > len(data):
        raise truncated()
    length = int.from_bytes(data[at : at + 4], "big")
    end = at + 12 + length
    if end > len(data):
        raise truncated()
    name, payload = data[at + 4 : at + 8], data[at + 8 : end - 4]
    if zlib.crc32(payload, zlib.crc32(name)) != int.from_bytes(data[end - 4 : end], "big"):
        raise truncated()
    return name, payload, data[at:end], end


def _profile(payload: bytes) -> bytes | None:
    name, zero, packed = payload.partition(b"\0")
    if not zero or len(name) >= _LONGEST_NAME or packed[:1] != b"\0":
        return None
    return inflated(packed[1:], MAX_PROFILE)
