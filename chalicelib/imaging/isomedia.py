"""The boxes of MP4 and MOV, read as far as it takes to know the film, and where they tell of its maker."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.imaging.containers import truncated
from chalicelib.imaging.kinds import Refused

_HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"edts"}
_PRIVATE = {b"udta", b"meta", b"uuid", b"free", b"skip", b"wide"}
"""Notes of whoever made it, and room where anything may lie."""
_TIMES = {b"mvhd", b"tkhd", b"mdhd"}
_HANDLERS = {b"vide", b"soun", b"text", b"sbtl", b"subt", b"clcp", b"tmcd"}
"""Pictures, sound, what is read with them, and the clock of an editor. Cameras keep places in tracks of other kinds."""
_CODECS = {b"avc1", b"avc3", b"hvc1", b"hev1", b"av01", b"vp08", b"vp09"}
_EDITED = "Export it again from a video editor."
_MOST_BOXES = 20_000
_MOST_RUNS = 100_000
"""Runs of frames of one length that are counted to know the frame rate: more than a film of our bound has."""
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Track:
    """The film's pictures. rate: frames in 1,000 seconds; 0 where the header does not tell."""

    width: int
    height: int
    milliseconds: int
    codec: str
    rate: int = 0


Cover = tuple[int, bytes]
"""Where in the file something is to be blanked, and by which bytes."""


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    inside: int
    end: int
    path: tuple[int, ...]
    """Starts of the boxes that it lies in, the outermost first."""


def read(data: bytes) -> tuple[Track, list[Cover]]:
    """The film's pictures, and what is to be blanked. Raises Refused."""
    private: list[Cover] = []
    milliseconds, frames = 0, False
    found: tuple[int, int] | None = None
    codec = b""
    sizes: dict[int, tuple[int, int]] = {}
    handlers: dict[int, bytes] = {}
    scales: dict[int, int] = {}
    rate = 0
    for seen, box in enumerate(_boxes(data)):
        if seen > _MOST_BOXES:
            raise Refused("it is made of more parts than a film has")
        inner = data[box.inside : min(box.end, box.inside + 200)]
        track = box.path[1] if len(box.path) > 1 else -1
        match box.kind:
            case b"mvhd" if not milliseconds:
                milliseconds = _milliseconds(inner)
            case b"tkhd":
                sizes[track] = _size(inner)
            case b"hdlr" if len(box.path) == 3:
                handlers[track] = inner[8:12]
                if inner[8:12] not in _HANDLERS:
                    raise Refused(
                        "one of its tracks is neither picture nor sound: cameras write places into such", _EDITED
                    )
            case b"mdhd":
                scales[track] = _numbers(inner)[0]
            case b"stts" if handlers.get(track) == b"vide" and not rate:
                rate = _rate(data[box.inside : box.end], scales.get(track, 0))
            case b"stsd" if handlers.get(track) == b"vide" and found is None:
                found, codec = sizes.get(track, (0, 0)), inner[12:16]
            case b"mdat" if not box.path:
                frames = True
            case b"cmov":
                raise Refused("its header is packed, which platforms do not read")
        if box.kind in _TIMES:
            private.append((box.inside + 4, bytes(16 if inner[:1] == b"\1" else 8)))
        if box.kind in _PRIVATE:
            private.append((box.start + 4, b"free"))
            private.append((box.inside, bytes(box.end - box.inside)))
    if found is None:
        raise Refused("it holds no moving pictures", "Send a video.")
    if not frames:
        raise truncated()
    if codec not in _CODECS:
        raise Refused("its pictures are coded in a way that platforms do not take", "Export it as H.264 in MP4.")
    return Track(*found, milliseconds, codec.decode("ascii"), rate), private


def _boxes(data: bytes) -> Iterator[_Box]:
    """Every box down to where samples are described, in order. Raises Refused where one reaches beyond the one it is in."""
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, len(data), ())]
    while stack:
        at, end, path = stack.pop()
        if at == end:
            continue
        if at + 8 > end:
            raise truncated()
        size, kind = struct.unpack_from(">I4s", data, at)
        inside = at + 8
        if size == 1:
            if at + 16 > end:
                raise truncated()
            (size,) = struct.unpack_from(">Q", data, at + 8)
            inside = at + 16
        elif size == 0 and not path:
            size = end - at
        after = at + size
        if after < inside or after > end:
            raise truncated()
        stack.append((after, end, path))
        if kind in _HOLDERS:
            if len(path) >= _DEEPEST:
                raise truncated()
            stack.append((inside, after, (*path, at)))
        yield _Box(kind, at, inside, after, path)


def _numbers(inner: bytes) -> tuple[int, int]:
    """What a header of times counts in, by the second, and how many of these it lasts."""
    try:
        scale, length = (
            struct.unpack_from(">IQ", inner, 20) if inner[:1] == b"\1" else struct.unpack_from(">II", inner, 12)
        )
    except struct.error:
        raise truncated() from None
    return int(scale), int(length)


def _milliseconds(inner: bytes) -> int:
    scale, length = _numbers(inner)
    return length * 1000 // scale if scale else 0


def _rate(table: bytes, scale: int) -> int:
    """Frames in 1,000 seconds, by the runs of frames that last equally long; 0 where there are none."""
    frames, lasted = 0, 0
    for count, each in struct.iter_unpack(">II", table[8 : 8 + 8 * min(_MOST_RUNS, (len(table) - 8) // 8)]):
        frames, lasted = frames + count, lasted + count * each
    return frames * scale * 1000 // lasted if lasted else 0


def _size(inner: bytes) -> tuple[int, int]:
    """Width and height of a track as it is shown: the last two numbers of its header, in 65,536ths, turned as its matrix says."""
    last = 88 if inner[:1] == b"\1" else 76
    try:
        width, height = struct.unpack_from(">II", inner, last)
        along, across, _, over, down = struct.unpack_from(">iiiii", inner, last - 36)
    except struct.error:
        raise truncated() from None
    on_its_side = across and over and not along and not down
    return (height >> 16, width >> 16) if on_its_side else (width >> 16, height >> 16)
