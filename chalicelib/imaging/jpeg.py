"""JPEG: its segments (ITU-T T.81, annex B), those that draw the picture kept and all others left out."""

from __future__ import annotations

import re
import struct

from chalicelib.imaging.containers import MAX_PROFILE, Container, check_rest, check_size, orientation_of, truncated
from chalicelib.imaging.kinds import Kind, Refused

_END_OF_SCAN = re.compile(rb"\xff(?=[^\x00\xd0-\xd7\xff])")
_FRAMES = {0xC0, 0xC1, 0xC2}
"""Baseline, extended and progressive, Huffman coded: what every decoder reads."""
_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_TABLES = {0xC4, 0xDB, 0xDD}
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FILL = re.compile(rb"\xff*+")
_MOST_SEGMENTS = 5_000
_MOST_SCANS = 64
"""A progressive picture has about ten; thousands of empty ones keep a decoder busy for minutes."""
_WITHIN_THE_REST = (b"\xff\xd8\xff", b"SEFH", b"MotionPhoto", b"\0\0\0")
"""What cameras put behind the picture: a second one, a short film, their own index. It is left out."""


def read(data: bytes) -> Container:
    """Take a JPEG apart. Raises Refused."""
    kept = bytearray(b"\xff\xd8")
    width = height = scans = segments = 0
    orientation = 1
    profile: dict[int, bytes] = {}
    extra = False
    at = 2
    while True:
        marker, at = _marker(data, at)
        segments += 1
        if segments > _MOST_SEGMENTS:
            raise Refused("it is made of more parts than a picture has")
        if marker == _EOI:
            break
        payload, after = _segment(data, at)
        if marker in _FRAMES:
            if width:
                raise Refused("the file holds more than one picture")
            height, width = struct.unpack_from(">HH", payload.ljust(5, b"\0"), 1)
            check_size(width, height)
            kept += _as_segment(marker, payload)
        elif marker in _OTHER_FRAMES:
            raise Refused("it is coded in a way that platforms do not read", "Save it as an ordinary JPEG.")
        elif marker in _TABLES:
            kept += _as_segment(marker, payload)
        elif marker == _SOS:
            scans += 1
            if scans > _MOST_SCANS or not width:
                raise Refused("its scans are not those of a picture")
            found = _END_OF_SCAN.search(data, after)
            if found is None:
                raise truncated()
            kept += _as_segment(marker, payload) + data[after : found.start()]
            after = found.start()
        elif marker == 0xE0 and payload.startswith(b"JFIF\0"):
            kept += _as_segment(marker, payload[:12].ljust(12, b"\0") + b"\0\0")
        elif marker == 0xEE and payload.startswith(b"Adobe"):
            kept += _as_segment(marker, payload[:12])
        else:
            extra = True
            if marker == 0xE1 and payload.startswith(b"Exif\0\0"):
                orientation = orientation_of(payload[6:])
            elif marker == 0xE2 and payload.startswith(b"ICC_PROFILE\0") and len(payload) > 14:
                profile[payload[12]] = payload[14:]
        at = after
    if not scans:
        raise truncated()
    rest = data[at:]
    if not rest.startswith(_WITHIN_THE_REST) and rest[4:8] != b"ftyp":
        check_rest(rest)
    kept += b"\xff\xd9"
    joined = b"".join(part for _, part in sorted(profile.items()))
    return Container(
        Kind.JPEG,
        width,
        height,
        bytes(kept),
        orientation=orientation,
        profile=joined if 0 < len(joined) <= MAX_PROFILE else None,
        has_metadata=extra or bool(rest),
    )


def _marker(data: bytes, at: int) -> tuple[int, int]:
    found = _FILL.match(data, at)
    after = at if found is None else found.end()
    if after == at or after >= len(data):
        raise truncated()
    marker = data[after]
    if marker < 0xC0 or 0xD0 <= marker <= _SOI:
        raise truncated()
    return marker, after + 1


def _segment(data: bytes, at: int) -> tuple[bytes, int]:
    length = int.from_bytes(data[at : at + 2], "big")
    if length < 2 or at + length > len(data):
        raise truncated()
    return data[at + 2 : at + length], at + length


def _as_segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload
