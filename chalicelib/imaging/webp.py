"""WebP: its chunks (RFC 9649), those that draw the picture kept and all others left out."""

from __future__ import annotations

from chalicelib.imaging.containers import MAX_PROFILE, Container, check_rest, check_size, orientation_of, truncated
from chalicelib.imaging.kinds import Kind, Refused

_MOST_CHUNKS = 1_000
_ANIMATED, _XMP, _EXIF, _PROFILE = 0x02, 0x04, 0x08, 0x20


def read(data: bytes) -> Container:
    """Take a WebP apart. Raises Refused."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data) or end < 20:
        raise truncated()
    check_rest(data[end:])
    kept = bytearray()
    canvas: tuple[int, int] | None = None
    drawn: tuple[int, int] | None = None
    orientation, profile, extra = 1, None, end < len(data)
    at, chunks = 12, 0
    while at + 8 <= end:
        chunks += 1
        if chunks > _MOST_CHUNKS:
            raise Refused("it is made of more parts than a picture has")
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        after = at + 8 + size
        if after > end:
            raise truncated()
        payload = data[at + 8 : after]
        match name:
            case b"VP8X" if len(payload) >= 10:
                if payload[0] & _ANIMATED:
                    raise Refused("it is an animated WebP, which platforms show still or not at all", "Send a GIF.")
                canvas = 1 + int.from_bytes(payload[4:7], "little"), 1 + int.from_bytes(payload[7:10], "little")
                check_size(*canvas)
                flags = payload[0] & ~(_XMP | _EXIF | _PROFILE)
                kept += _as_chunk(name, bytes((flags,)) + payload[1:10])
            case b"VP8 " | b"VP8L" if drawn is None:
                drawn = _lossy(payload) if name == b"VP8 " else _lossless(payload)
                check_size(*drawn)
                kept += _as_chunk(name, payload)
            case b"ALPH":
                kept += _as_chunk(name, payload)
            case b"VP8X" | b"VP8 " | b"VP8L" | b"ANIM" | b"ANMF":
                raise Refused("the file holds more than one picture")
            case _:
                extra = True
                if name == b"EXIF":
                    orientation = orientation_of(payload.removeprefix(b"Exif\0\0"))
                elif name == b"ICCP":
                    profile = payload if size <= MAX_PROFILE else None
        at = after + size % 2
    if drawn is None or (canvas is not None and canvas != drawn):
        raise truncated()
    whole = b"RIFF" + (4 + len(kept)).to_bytes(4, "little") + b"WEBP" + bytes(kept)
    return Container(Kind.WEBP, *drawn, whole, orientation=orientation, profile=profile, has_metadata=extra)


def _lossy(payload: bytes) -> tuple[int, int]:
    if payload[3:6] != b"\x9d\x01\x2a" or len(payload) < 10:
        raise truncated()
    return int.from_bytes(payload[6:8], "little") & 0x3FFF, int.from_bytes(payload[8:10], "little") & 0x3FFF


def _lossless(payload: bytes) -> tuple[int, int]:
    if payload[:1] != b"\x2f" or len(payload) < 5:
        raise truncated()
    bits = int.from_bytes(payload[1:5], "little")
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


def _as_chunk(name: bytes, payload: bytes) -> bytes:
    return name + len(payload).to_bytes(4, "little") + payload + b"\0" * (len(payload) % 2)
