"""Films made for the tests: containers with headers as encoders write them, and no pictures to speak of."""

from __future__ import annotations

import struct
from typing import Any

PLACE = b"+52.5163+013.3777/"


def box(kind: bytes, *inside: bytes) -> bytes:
    whole = b"".join(inside)
    return struct.pack(">I", 8 + len(whole)) + kind + whole


UPRIGHT, ON_ITS_SIDE = (1, 0, 0, 0, 1), (0, 1, 0, -1, 0)
"""How a track's matrix begins, in 65,536ths: as cameras write it."""


def track(
    handler: bytes = b"vide",
    codec: bytes = b"avc1",
    width: int = 640,
    height: int = 360,
    rate: int = 25,
    lies: tuple[int, ...] = UPRIGHT,
) -> bytes:
    tkhd = struct.pack(">IIIIII", 7, 3_800_000_001, 3_800_000_002, 1, 0, 5000) + bytes(16)
    tkhd += struct.pack(">9i", *(one << 16 for one in lies), 0, 0, 0, 1 << 30)
    tkhd += struct.pack(">II", width << 16, height << 16)
    hdlr = bytes(8) + handler + bytes(12) + b"\0"
    stsd = struct.pack(">II", 0, 1) + struct.pack(">I", 16) + codec + bytes(8)
    mdhd = struct.pack(">IIIII", 0, 3_800_000_001, 3_800_000_002, 1000, 5000) + bytes(4)
    stts = struct.pack(">IIIIII", 0, 2, rate, 1000 // rate, 4 * rate, 1000 // rate)
    frames = box(b"minf", box(b"stbl", box(b"stsd", stsd), box(b"stts", stts)))
    media = box(b"mdia", box(b"mdhd", mdhd), box(b"hdlr", hdlr), frames)
    return box(b"trak", box(b"tkhd", tkhd), media)


def film(milliseconds: int = 5000, *, filled: int = 0, **of_track: Any) -> bytes:
    """An MP4 that says this of itself. filled: bytes of frames that nobody could see."""
    return mp4(header=moov(track(**of_track), length=milliseconds), more=box(b"mdat", bytes(filled)) if filled else b"")


def moov(*tracks: bytes, scale: int = 1000, length: int = 5000, more: bytes = b"") -> bytes:
    mvhd = struct.pack(">IIIII", 0, 3_800_000_001, 3_800_000_002, scale, length) + bytes(80)
    return box(b"moov", box(b"mvhd", mvhd), *(tracks or (track(), track(b"soun", b"mp4a", 0, 0))), more)


def mp4(brand: bytes = b"isom", header: bytes | None = None, more: bytes = b"") -> bytes:
    notes = box(b"udta", box(b"\xa9xyz", PLACE))
    ftyp = box(b"ftyp", brand, bytes(4), brand)
    return (
        ftyp + (moov(more=notes) if header is None else header) + box(b"free", PLACE) + box(b"mdat", b"frames") + more
    )


def element(number: int, *inside: bytes) -> bytes:
    whole = b"".join(inside)
    size = (len(whole) | 1 << 56).to_bytes(8, "big") if len(whole) > 126 else bytes((0x80 | len(whole),))
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + size + whole


def webm(
    doctype: bytes = b"webm", codec: bytes = b"V_VP9", width: int = 640, more: bytes = b"", each: int = 40_000_000
) -> bytes:
    """each: nanoseconds that a frame lasts; 0: the header does not tell."""
    rate = element(0x23E383, each.to_bytes(4, "big")) if each else b""
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"), element(0x4489, struct.pack(">d", 5000.0)))
    sides = element(0xE0, element(0xB0, width.to_bytes(2, "big")), element(0xBA, b"\x01\x68"))
    moving = element(0xAE, element(0x83, b"\1"), element(0x86, codec), element(0x536E, PLACE), rate, sides)
    sound = element(0xAE, element(0x83, b"\2"), element(0x86, b"A_OPUS"))
    tags = element(0x1254C367, PLACE) + element(0x1254C367, PLACE * 20) + element(0x1254C367)
    cluster = element(0x1F43B675, b"frames")
    return element(0x1A45DFA3, element(0x4282, doctype)) + element(
        0x18538067, info, element(0x1654AE6B, sound, moving), cluster, tags, more
    )
