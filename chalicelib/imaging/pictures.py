"""Pictures: what a file holds, the same without what it tells about its maker, and the same within a platform's limits.

The same bytes and limits give the same bytes. A picture is never enlarged, and never decoded before its dimensions are
known to be bearable; the decoder sees the rebuilt file only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from math import sqrt
from typing import TYPE_CHECKING, Any

from chalicelib.imaging import gif, jpeg, png, webp
from chalicelib.imaging.containers import MIN_SIDE, Container, truncated
from chalicelib.imaging.kinds import Kind, Refused, identify

if TYPE_CHECKING:
    from PIL.Image import Image

RECIPE = 1
"""Raised whenever `fit` would give other bytes than before for the same picture and limits."""

_READERS: Mapping[Kind, Callable[[bytes], Container]] = {
    Kind.JPEG: jpeg.read,
    Kind.PNG: png.read,
    Kind.GIF: gif.read,
    Kind.WEBP: webp.read,
}
_QUALITIES = (90, 84, 78, 70)
_SMALLER = 0.82
_MOST_SIDE = 4096
"""Pixels of the longer side at which a picture that has too many bytes is tried first; no platform shows more."""
_SMALL_FILE = 4_000_000
"""Pixels up to which a JPEG is coded in two passes, for which all of it lies in memory a second time."""
_LEAST_SIDE = 64
"""Pixels of the longer side below which a picture is not shrunk further for its bytes: nothing would be seen on it."""
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""EXIF's orientation as a member of PIL.Image.Transpose."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture's file says of itself. frames: more than one where it moves."""

    mime: str
    width: int
    height: int
    frames: int
    has_metadata: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What one place takes: MIME types, and bytes, pixels of the longer side and pixels in all; None: any."""

    types: frozenset[str]
    max_bytes: int
    max_side: int | None = None
    max_pixels: int | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture as it is handed on."""

    data: bytes
    mime: str
    width: int
    height: int


def picture(data: bytes) -> PictureFacts:
    """What a picture is, read from its structure; no pixel is decoded. Raises Refused."""
    found = _taken_apart(data)
    turned = found.orientation >= 5
    width, height = (found.height, found.width) if turned else (found.width, found.height)
    return PictureFacts(found.kind.value, width, height, found.frames, found.has_metadata)


def stripped(data: bytes) -> Fitted:
    """The picture upright, in sRGB, and without anything that it does not need to be seen. Raises Refused.

    Its pixels stay as they are, bit for bit, unless it lies on its side or has colours of its own.
    """
    found = _taken_apart(data)
    with _opened(found) as image:
        _decode(image, found.frames)
        changed = _in_srgb(_upright(image, found.orientation), found.profile)
        if changed is image:
            return Fitted(found.data, found.kind.value, found.width, found.height)
        return _saved(changed, found.kind.value, 95)


def fit(data: bytes, limits: Limits) -> Fitted:
    """A picture that `stripped` gave, within these limits: as it is if it can be, else smaller or of another type.

    Raises Refused, naming the limit, where it cannot be made to fit.
    """
    found = _taken_apart(data)
    if found.kind.value in limits.types and len(data) <= limits.max_bytes and _scale(found, limits) >= 1:
        return Fitted(data, found.kind.value, found.width, found.height)
    if found.frames > 1:
        raise Refused(_why_not(found, len(data), limits), "Make the animation smaller, or send one picture of it.")
    with _opened(found) as image:
        scale = min(1.0, _scale(found, limits), _first_scale(found, len(data), limits))
        if found.kind is Kind.JPEG and scale < 1:
            # The decoder leaves out what nobody will see, which saves most of the time and memory.
            image.draft("RGB", (max(1, int(found.width * scale)), max(1, int(found.height * scale))))
        _decode(image, 1)
        for made in _attempts(_plain(image), (found.width, found.height), scale, _types(found.kind, image, limits)):
            if len(made.data) <= limits.max_bytes:
                return made
    raise Refused(
        f"it cannot be made smaller than {limits.max_bytes:,} bytes without becoming unreadable",
        "Send a picture with less detail.",
    )


def _taken_apart(data: bytes) -> Container:
    kind = identify(data)
    if kind.is_video:
        raise Refused("this is a video where a picture is needed", "Send a picture.")
    return _READERS[kind](data)


def _opened(found: Container) -> Image:
    from PIL import Image

    try:
        image = Image.open(BytesIO(found.data), formats=[found.kind.name])
    except Exception:  # noqa: BLE001 - a decoder of strangers' bytes may fail in any way
        raise truncated() from None
    if image.size != (found.width, found.height):
        image.close()
        raise Refused("the file holds another picture than it announces")
    return image


def _decode(image: Image, frames: int) -> None:
    """Decode every frame, so that a damaged one is found now and not by a platform. Raises Refused."""
    try:
        for number in range(1, frames):
            image.seek(number)
            image.load()
        image.seek(0)
        image.load()
    except Exception:  # noqa: BLE001 - as above
        raise truncated() from None


def _upright(image: Image, orientation: int) -> Image:
    from PIL.Image import Transpose

    return image if orientation == 1 else image.transpose(Transpose(_TURNS[orientation]))


def _in_srgb(image: Image, profile: bytes | None) -> Image:
    """The picture in the colours that platforms take for granted. A profile that cannot be read is left out."""
    if image.mode == "CMYK" and profile is None:
        return image.convert("RGB")
    if profile is None or image.mode not in {"RGB", "RGBA", "CMYK"}:
        return image
    from PIL import ImageCms

    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if image.mode != "CMYK" and "srgb" in ImageCms.getProfileDescription(own).lower():
            return image
        to = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=to)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB") if image.mode == "CMYK" else image
    return image if converted is None else converted


def _scale(found: Container, limits: Limits) -> float:
    """By how much the picture may be multiplied to be within the limits' dimensions; 1 or more where it is."""
    scale = 1.0
    if limits.max_side is not None:
        scale = min(scale, limits.max_side / max(found.width, found.height))
    if limits.max_pixels is not None:
        scale = min(scale, sqrt(limits.max_pixels / (found.width * found.height)))
    return scale


def _first_scale(found: Container, size: int, limits: Limits) -> float:
    """Where to begin with a picture that has too many bytes, so that few attempts at few pixels are needed."""
    if size <= limits.max_bytes:
        return 1.0
    # A JPEG's bytes go with its pixels: what has twenty times too many need not be tried whole.
    guess = sqrt(4 * limits.max_bytes / size) if found.kind is Kind.JPEG else 1.0
    return min(1.0, _MOST_SIDE / max(found.width, found.height), guess)


def _why_not(found: Container, size: int, limits: Limits) -> str:
    if found.kind.value not in limits.types:
        return f"an animated GIF where {_listed(limits.types)} is taken"
    if size > limits.max_bytes:
        return f"an animated GIF of {size:,} bytes where {limits.max_bytes:,} are taken"
    return f"an animated GIF of {found.width} × {found.height} pixels, which is more than is taken"


def _listed(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def _plain(image: Image) -> Image:
    """The picture in a mode that every type can hold: RGB, RGBA or L."""
    if image.mode in {"RGB", "RGBA", "L"}:
        return image
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.point(lambda value: value * (1 / 256)).convert("L")
    see_through = image.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in image.info
    return image.convert("RGBA" if see_through else "RGB")


def _types(kind: Kind, image: Image, limits: Limits) -> list[str]:
    """The types to try in order: its own first; what has no photograph's types last."""
    see_through = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    wanted = [kind.value, "image/png", "image/webp", "image/jpeg"] if see_through else [kind.value, "image/jpeg"]
    types = [one for one in dict.fromkeys([*wanted, "image/webp", "image/png"]) if one in limits.types]
    types = [one for one in types if one in {"image/jpeg", "image/png", "image/webp"}]
    if kind is Kind.JPEG and types[:1] != ["image/png"]:
        # A photograph only grows by that.
        types = [one for one in types if one != "image/png"]
    if not types:
        raise Refused(f"{kind.value} where {_listed(limits.types)} is taken", "Send it as one of these.")
    return types


def _attempts(image: Image, size: tuple[int, int], scale: float, types: list[str]) -> Iterator[Fitted]:
    """The picture ever smaller: first in its bytes, then in its pixels."""
    from PIL.Image import Resampling

    while True:
        wide, high = max(1, int(size[0] * scale)), max(1, int(size[1] * scale))
        sized = image if image.size == (wide, high) else image.resize((wide, high), Resampling.LANCZOS, reducing_gap=3)
        for mime in types:
            for quality in (90,) if mime == "image/png" else _QUALITIES:
                yield _saved(sized, mime, quality)
        scale *= _SMALLER
        if max(size) * scale < _LEAST_SIDE or min(size) * scale < MIN_SIDE:
            return


def _saved(image: Image, mime: str, quality: int) -> Fitted:
    kept: dict[str, Any] = {}
    if mime == "image/jpeg":
        image = _flat(image)
        twice = image.width * image.height <= _SMALL_FILE
        kept = {"quality": quality, "optimize": twice, "progressive": twice}
    elif mime == "image/webp":
        kept = {"quality": quality, "method": 4}
    else:
        if image.mode not in {"1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"}:
            image = image.convert("RGB")
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    stream = BytesIO()
    image.save(stream, Kind(mime).name, **kept)
    return Fitted(stream.getvalue(), mime, *image.size)


def _flat(image: Image) -> Image:
    """The picture on white where it can be seen through: JPEG has no other way."""
    import PIL.Image

    if image.mode in {"RGB", "L"}:
        return image
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        whole = image.convert("RGBA")
        paper = PIL.Image.new("RGBA", whole.size, (255, 255, 255, 255))
        return PIL.Image.alpha_composite(paper, whole).convert("RGB")
    return image.convert("RGB")
