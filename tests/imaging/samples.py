"""Pictures made for the tests, and taken apart by another hand."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

MAKER = "Hidden Maker"


def drawn(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture with a mark in its upper left corner, and no two neighbours alike."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    raw = bytes(
        (x * 7 + y * 13 + band * 29) % 256 for y in range(height) for x in range(width) for band in range(bands)
    )
    image = Image.frombytes(mode, (width, height), raw)
    image.paste(0 if bands == 1 else (255, 0, 0, 255)[:bands], (0, 0, 8, 8))
    return image


def noise(width: int, height: int) -> Image.Image:
    """A picture that no coder can make small."""
    state, raw = 1, bytearray()
    for _ in range(width * height * 3 // 4 + 1):
        state = state * 1664525 + 1013904223 & 0xFFFFFFFF
        raw += struct.pack("<I", state ^ state >> 15)
    return Image.frombytes("RGB", (width, height), bytes(raw[: width * height * 3]))


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def exif(orientation: int = 1) -> bytes:
    """EXIF with a maker, a place, and an orientation."""
    block = Image.Exif()
    block[0x010F] = MAKER
    block[0x0112] = orientation
    block.get_ifd(0x8825)[2] = (IFDRational(52), IFDRational(31), IFDRational(5163, 100))
    return block.tobytes()


def png_chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png_with(data: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks behind its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def animation(frames: int = 3, size: tuple[int, int] = (40, 30)) -> bytes:
    pictures = [Image.new("RGB", size, (60 * n % 256, 30, 90)) for n in range(frames)]
    return saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=100, loop=0, comment=b"Hidden")


def in_each_kind(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    for kind in ("JPEG", "PNG", "WEBP"):
        yield kind, saved(image, kind, exif=exif())
