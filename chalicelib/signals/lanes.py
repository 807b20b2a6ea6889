"""Eight-bit weights and how rows of them are added up: as lanes of a long integer, fast without a numerical library. Pure.

A weight is companded by its square root: the byte q stands for q * |q| / ONE of its head's largest weight.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

ONE: Final = 127 * 127
BIAS: Final = 1 << 14
"""Added to each weight, so that every lane stays above zero."""
LANE: Final = 4
"""Bytes of a lane: 130,000 weights of the greatest size fit."""
SQUARED: Final = [(q := byte - 256 if byte > 127 else byte) * abs(q) + BIAS for byte in range(256)]
"""What each byte stands for, times ONE, plus BIAS."""

_LOW: Final = bytes(value & 255 for value in SQUARED)
_HIGH: Final = bytes(value >> 8 for value in SQUARED)


def total(rows: Sequence[bytes]) -> int:
    """Rows of one length added up, each lane holding one column's sum with a BIAS per row; 0 of no rows."""
    if not rows:
        return 0
    joined = b"".join(rows)
    lanes = bytearray(LANE * len(joined))
    lanes[0::LANE] = joined.translate(_LOW)
    lanes[1::LANE] = joined.translate(_HIGH)
    step, left = LANE * len(rows[0]), len(rows)
    added = bytes(lanes)
    while left > 1:
        half = left // 2
        middle, end = half * step, 2 * half * step
        number = int.from_bytes(added[:middle], "little") + int.from_bytes(added[middle:end], "little")
        number += int.from_bytes(added[end:], "little")
        added, left = number.to_bytes(middle, "little"), half
    return int.from_bytes(added, "little")


def alone(row: bytes) -> int:
    """What `total` gives of one row."""
    lanes = bytearray(LANE * len(row))
    lanes[0::LANE] = row.translate(_LOW)
    lanes[1::LANE] = row.translate(_HIGH)
    return int.from_bytes(lanes, "little")


def columns(number: int, width: int, count: int) -> list[int]:
    """The sums of `total`, or of several of them added: one per column, times ONE. count: how many rows are in it."""
    return [value - count * BIAS for value in struct.unpack(f"<{width}I", number.to_bytes(LANE * width, "little"))]


def column(number: int, at: int, count: int) -> int:
    """One of the sums that `columns` gives."""
    return (number >> 8 * LANE * at & 0xFFFFFFFF) - count * BIAS
