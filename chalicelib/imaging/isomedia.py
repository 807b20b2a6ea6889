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
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Track:
    """The film's pictures."""

    width: int
    height: int
    milliseconds: int
    codec: str


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
    return Track(*found, milliseconds, codec.decode("ascii")), private


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


def _milliseconds(inner: bytes) -> int:
    try:
        scale, length = (
            struct.unpack_from(">IQ", inner, 20) if inner[:1] == b"\1" else struct.unpack_from(">II", inner, 12)
        )
    except struct.error:
        raise truncated() from None
    return int(length) * 1000 // int(scale) if scale else 0


def _size(inner: bytes) -> tuple[int, int]:
    """Width and height of a track: the last two numbers of its header, in 65,536ths."""
    try:
        width, height = struct.unpack_from(">II", inner, 88 if inner[:1] == b"\1" else 76)
    except struct.error:
        raise truncated() from None
    return width >> 16, height >> 16
