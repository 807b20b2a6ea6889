"""The elements of WebM, read as far as it takes to know the film, and where they tell of its maker."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.imaging.containers import truncated
from chalicelib.imaging.isomedia import Cover, Track
from chalicelib.imaging.kinds import Refused

_HEADER, _DOCTYPE = 0x1A45DFA3, 0x4282
_SEGMENT, _INFO, _SCALE, _DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _ENTRY, _TYPE, _CODEC, _EACH = 0x1654AE6B, 0xAE, 0x83, 0x86, 0x23E383
_VIDEO, _WIDTH, _HEIGHT = 0xE0, 0xB0, 0xBA
_HOLDERS = {_HEADER, _SEGMENT, _INFO, _TRACKS, _ENTRY, _VIDEO}
_PRIVATE = {0x1254C367, 0x1941A469, 0xEC, 0x7BA9, 0x4D80, 0x5741, 0x4461, 0x73A4, 0x536E}
"""Tags, attachments, empty room; title, programs, date, id; a track's name."""
_VOID = 0xEC
_MOVING = 1
_CODECS = {"V_VP8", "V_VP9", "V_AV1"}
_MOST_ELEMENTS = 20_000


@dataclass(frozen=True, slots=True)
class _Element:
    id: int
    start: int
    inside: int
    end: int


def read(data: bytes) -> tuple[Track, list[Cover]]:
    """The film's pictures, and what is to be blanked. Raises Refused."""
    private: list[Cover] = []
    kind, scale, duration = b"", 1_000_000, 0.0
    entries: list[dict[int, bytes]] = []
    for seen, one in enumerate(_elements(data)):
        if seen > _MOST_ELEMENTS:
            raise Refused("it is made of more parts than a film has")
        inner = data[one.inside : min(one.end, one.inside + 64)]
        if one.id == _DOCTYPE:
            kind = inner.rstrip(b"\0")
        elif one.id == _SCALE:
            scale = int.from_bytes(inner[:8], "big")
        elif one.id == _DURATION:
            duration = _number(inner)
        elif one.id == _ENTRY:
            entries.append({})
        elif one.id in {_TYPE, _CODEC, _EACH, _WIDTH, _HEIGHT} and entries:
            entries[-1].setdefault(one.id, inner)
        elif one.id in _PRIVATE:
            private.append((one.start, _void(one.end - one.start)))
    if kind != b"webm":
        raise Refused("it is no WebM", "Export it as MP4 or WebM.")
    for entry in entries:
        if int.from_bytes(entry.get(_TYPE, b"")[:8], "big") == _MOVING:
            codec = entry.get(_CODEC, b"").rstrip(b"\0").decode("ascii", "replace")
            if codec not in _CODECS:
                raise Refused("its pictures are coded in a way that WebM does not have", "Export it as MP4 or WebM.")
            width, height = (int.from_bytes(entry.get(side, b"")[:8], "big") for side in (_WIDTH, _HEIGHT))
            each = int.from_bytes(entry.get(_EACH, b"")[:8], "big")  # nanoseconds
            rate = 1_000_000_000_000 // each if each else 0
            return Track(width, height, int(duration * scale / 1_000_000), codec, rate), private
    raise Refused("it holds no moving pictures", "Send a video.")


def _elements(data: bytes) -> Iterator[_Element]:
    """Every element down to what tracks say, in order. Raises Refused."""
    ends = [len(data)]
    at = 0
    while ends:
        end = ends[-1]
        if at == end:
            ends.pop()
            continue
        number, inside, _ = _vint(data, at, end, marked=True)
        size, inside, unknown = _vint(data, inside, end, marked=False)
        if unknown:
            if number != _SEGMENT or len(ends) > 1:
                raise Refused("its parts do not say how long they are", "Export it again from a video editor.")
            size = end - inside
        after = inside + size
        if after > end:
            raise truncated()
        yield _Element(number, at, inside, after)
        if number in _HOLDERS:
            if len(ends) > 6:
                raise truncated()
            ends.append(after)
            at = inside
        else:
            at = after


def _vint(data: bytes, at: int, end: int, *, marked: bool) -> tuple[int, int, bool]:
    """A number of variable length: itself (marked: with its length marker), where it ends, and whether it means unknown."""
    if at >= end or not data[at]:
        raise truncated()
    length = 9 - data[at].bit_length()
    if at + length > end:
        raise truncated()
    whole = int.from_bytes(data[at : at + length], "big")
    value = whole & ((1 << 7 * length) - 1)
    return whole if marked else value, at + length, value == (1 << 7 * length) - 1


def _void(length: int) -> bytes:
    """An element of this length in all that says nothing; 2 bytes at least."""
    if length < 9 + 8:
        return bytes((_VOID, 0x80 | (length - 2))) + bytes(length - 2)
    return bytes((_VOID, 0x01)) + (length - 9).to_bytes(7, "big") + bytes(length - 9)


def _number(inner: bytes) -> float:
    try:
        value = struct.unpack(">f" if len(inner) == 4 else ">d", inner)[0]
    except struct.error:
        raise truncated() from None
    return float(value) if 0 < value < 1e15 else 0.0
