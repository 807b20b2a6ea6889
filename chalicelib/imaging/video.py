"""Films: what the header of an MP4, MOV or WebM says, and the same file without what it tells about its maker.

A film is taken as it is or refused, never coded anew. What it tells beside its pictures and sound (places, names, devices)
is blanked where it stands, so that no offset in the file changes. https://www.iso.org/standard/83102.html (ISO base media),
https://www.rfc-editor.org/rfc/rfc8794 (EBML), https://www.matroska.org/technical/elements.html
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.imaging import ebml, isomedia
from chalicelib.imaging.containers import MAX_SIDE, MIN_SIDE
from chalicelib.imaging.kinds import Kind, Refused, identify

MOST_MILLISECONDS = 4 * 60 * 60 * 1000
"""Longer than any platform takes; what says more of itself is damaged."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a film's header says of itself. codec: of its pictures, as the container names it. rate: frames in 1,000 seconds; 0
    where it does not tell."""

    mime: str
    width: int
    height: int
    milliseconds: int
    codec: str
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Film:
    """A film as it is kept."""

    data: bytes
    facts: VideoFacts


def video(data: bytes) -> VideoFacts:
    """What a film is. Raises Refused."""
    return blanked(data).facts


def blanked(data: bytes) -> Film:
    """The film without anything that it does not need to be seen. Raises Refused."""
    kind = identify(data)
    if not kind.is_video:
        raise Refused("this is a picture", "Send a video.")
    read = ebml.read if kind is Kind.WEBM else isomedia.read
    track, private = read(data)
    if min(track.width, track.height) < MIN_SIDE or max(track.width, track.height) > MAX_SIDE:
        raise Refused(f"{track.width} × {track.height} pixels are no film that a platform shows")
    if not 0 < track.milliseconds <= MOST_MILLISECONDS:
        raise Refused("its header does not say how long it lasts", "Export it again from a video editor.")
    kept = bytearray(data)
    for start, cover in private:
        kept[start : start + len(cover)] = cover
    facts = VideoFacts(kind.value, track.width, track.height, track.milliseconds, track.codec, track.rate)
    return Film(bytes(kept), facts)
