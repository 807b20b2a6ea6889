"""What a file is, by its first bytes and nothing else: no name, no label, no sender is believed."""

from __future__ import annotations

from enum import StrEnum


class Refused(Exception):
    """A file that is not taken. `why` and `fix` are sentences for a person, without anything that the file says."""

    def __init__(self, why: str, fix: str = "Export it again from a picture editor, and send that.") -> None:
        super().__init__(why)
        self.why = why
        self.fix = fix


class Kind(StrEnum):
    """The kinds that are read further; each value is the type it is served as."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    WEBP = "image/webp"
    MP4 = "video/mp4"
    MOV = "video/quicktime"
    WEBM = "video/webm"

    @property
    def is_video(self) -> bool:
        """Whether it moves for as long as it lasts; a GIF is a picture."""
        return self.value.startswith("video/")


TAKEN = "a JPEG, PNG, GIF or WebP picture, or an MP4, MOV or WebM video"

_BRANDS_OF_PICTURES = {b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"crx "}


def identify(data: bytes) -> Kind:
    """The kind of these bytes. Raises Refused for whatever is not taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Kind.GIF
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Kind.WEBP
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return Kind.WEBM
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in _BRANDS_OF_PICTURES:
            raise Refused("this is a HEIC or AVIF picture, which the platforms do not take", "Save it as JPEG or PNG.")
        return Kind.MOV if brand == b"qt  " else Kind.MP4
    raise Refused(f"this is not {TAKEN}", f"Send {TAKEN}.")
