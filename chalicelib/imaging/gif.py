"""GIF: its blocks (GIF89a), those that draw the frames kept and all others left out."""

from __future__ import annotations

import struct

from chalicelib.imaging.containers import MAX_FRAMES, Container, check_rest, check_size, truncated
from chalicelib.imaging.kinds import Kind, Refused

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_MOST_BLOCKS = 20_000
"""Of one frame or note; a full block has 255 bytes, and a file's are as full as they can be."""
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def read(data: bytes) -> Container:
    """Take a GIF apart. Raises Refused."""
    if len(data) < 14:
        raise truncated()
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    check_size(width, height)
    at = 13 + _table(flags)
    kept = bytearray(data[:at])
    frames, notes, extra = 0, 0, False
    while True:
        if at >= len(data):
            raise truncated()
        mark = data[at]
        if mark == _END:
            break
        if mark == _EXTENSION:
            label = data[at + 1 : at + 2]
            after = _blocks(data, at + 2)
            loops = label == bytes((_APPLICATION,)) and data[at + 3 : at + 14] in _LOOPS
            if label == bytes((_CONTROL,)) or loops:
                kept += data[at:after]
            else:
                extra = True
            notes += 1
            if notes > 2 * MAX_FRAMES:
                raise Refused("it is made of more parts than a picture has")
        elif mark == _IMAGE:
            frames += 1
            after = _frame(data, at, width, height)
            if frames > MAX_FRAMES:
                check_size(width, height, frames)
            kept += data[at:after]
        else:
            raise truncated()
        at = after
    if not frames:
        raise truncated()
    check_size(width, height, frames)
    check_rest(data[at + 1 :])
    kept.append(_END)
    return Container(Kind.GIF, width, height, bytes(kept), frames=frames, has_metadata=extra or at + 1 < len(data))


def _frame(data: bytes, at: int, width: int, height: int) -> int:
    """Where the block after this frame begins."""
    if at + 11 > len(data):
        raise truncated()
    left, top, wide, high, flags = struct.unpack_from("<HHHHB", data, at + 1)
    if left + wide > width or top + high > height:
        raise Refused("a frame is larger than the picture that it is in")
    return _blocks(data, at + 10 + _table(flags) + 1)


def _table(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    """Where a run of sub-blocks has ended."""
    for _ in range(_MOST_BLOCKS):
        if at >= len(data):
            raise truncated()
        size = data[at]
        at += 1 + size
        if not size:
            return at
    raise Refused("it is made of more parts than a picture has")
