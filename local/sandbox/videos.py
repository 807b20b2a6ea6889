"""What a video is, read from its boxes or elements: kind, width, height, length. It must never decode one, nor believe a label.

Sources: ISO/IEC 14496-12 (MP4, MOV), RFC 8794 and the elements of Matroska (WebM). Written for the witness alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

MP4, MOV, WEBM = "video/mp4", "video/quicktime", "video/webm"

Seen = tuple[str, int, int, int]
"""MIME type, width, height, milliseconds."""

_DEEP = {b"moov", b"trak"}
_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_INSIDE = {_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO}
_SCALE, _DURATION, _WIDTH, _HEIGHT = 0x2AD7B1, 0x4489, 0xB0, 0xBA


def seen(data: bytes) -> Seen | None:
    """What this file is; None where it is no video that is known here. Raises ValueError or struct.error if it is damaged."""
    if data[4:8] == b"ftyp":
        return _boxed(data, MOV if data[8:12] == b"qt  " else MP4)
    return _webm(data) if data.startswith(b"\x1a\x45\xdf\xa3") else None


def _boxed(data: bytes, mime: str) -> Seen | None:
    width = height = length = 0
    for kind, inner in _boxes(data):
        newer = inner[:1] == b"\x01"
        if kind == b"mvhd":
            scale, lasts = struct.unpack_from(">IQ" if newer else ">II", inner, 20 if newer else 12)
            length = lasts * 1000 // scale
        elif kind == b"tkhd" and not width:
            width, height = (side >> 16 for side in struct.unpack_from(">II", inner, 88 if newer else 76))
    return (mime, width, height, length) if width and height else None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        size = size or len(data) - at
        if size < head:
            raise ValueError("a box that is shorter than its own head")
        inner = data[at + head : at + size]
        yield kind, inner
        if kind in _DEEP:
            yield from _boxes(inner)
        at += size


def _webm(data: bytes) -> Seen | None:
    told: dict[int, bytes] = {}
    for number, inner in _elements(data):
        told.setdefault(number, inner)
    if _WIDTH not in told or _HEIGHT not in told:
        return None
    lasts = told.get(_DURATION, b"\0\0\0\0")
    (ticks,) = struct.unpack(">f" if len(lasts) == 4 else ">d", lasts)
    scale = int.from_bytes(told.get(_SCALE, b"\x0f\x42\x40"))
    return WEBM, int.from_bytes(told[_WIDTH]), int.from_bytes(told[_HEIGHT]), int(ticks * scale / 1_000_000)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        number, at = _vint(data, at, marked=True)
        size, at = _vint(data, at, marked=False)
        inner = data[at : at + size]
        yield number, inner
        if number in _INSIDE:
            yield from _elements(inner)
        at += size


def _vint(data: bytes, at: int, *, marked: bool) -> tuple[int, int]:
    length = 9 - data[at].bit_length()
    whole = int.from_bytes(data[at : at + length])
    return whole if marked else whole & ((1 << 7 * length) - 1), at + length
