"""Films: whether one may be shown on a platform, by what its header told when it was taken in. It is never coded anew.

Pure; each refusal names the platform's own limit, and where that is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.domain.errors import InvalidField
from chalicelib.domain.media import Media
from connectors.capabilities import VideoLimits

_TYPES = {"video/mp4": "MP4", "video/quicktime": "MOV", "video/webm": "WebM"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a film would be shown. limits: None where none can be; then `why_not` says why."""

    platform: str
    limits: VideoLimits | None
    why_not: str = ""


NOWHERE = Place("this place", None, "only pictures are shown here")
"""Such as a card."""


def check_alone(shown: Sequence[Media], pointer: str) -> None:
    """Refuse a part that shows a film beside something else. Raises InvalidField."""
    if len(shown) > 1 and any(one.is_film for one in shown):
        raise InvalidField(
            f"{pointer}/pictures",
            f"a video and {len(shown) - 1} more where a post shows one video, alone",
            fix="Leave the others out, or say them in a part of their own.",
        )


def check(film: Media, place: Place, pointer: str) -> VideoLimits:
    """Refuse a film that cannot be shown there; gives the place's limits. Raises InvalidField with the limit and its source."""
    limits = place.limits
    if limits is None:
        why = f"this is a video where a picture is needed: {place.why_not}"
        raise InvalidField(pointer, why, fix=f"Show a picture on {place.platform}, or a link to the video.")
    for why, fix in _against(film, limits):
        raise InvalidField(pointer, f"{why} on {place.platform} (source: {limits.source})", fix=fix)
    return limits


def _against(film: Media, limits: VideoLimits) -> Iterator[tuple[str, str]]:
    """What stands against it, as (why, fix); what the header did not tell stands against nothing."""
    smaller, shorter = "Export it smaller from a video editor.", "Cut it in a video editor."
    short, long = sorted((film.width, film.height))
    if film.mime not in limits.types:
        taken = " or ".join(_TYPES[one] for one in sorted(limits.types)) or "no video"
        yield f"{_TYPES[film.mime]} where {taken} is taken", "Export it so from a video editor, or leave it out here."
    if film.size > limits.max_bytes:
        yield f"{film.size:,} bytes where {limits.max_bytes:,} are taken", smaller
    if limits.longest is not None and film.milliseconds > limits.longest:
        yield f"{_seconds(film.milliseconds)} s where {_seconds(limits.longest)} s are taken", shorter
    if film.milliseconds < limits.shortest:
        yield (
            f"{_seconds(film.milliseconds)} s where at least {_seconds(limits.shortest)} s are taken",
            "Send a longer one.",
        )
    size = f"{film.width:,} × {film.height:,} pixels"
    if short < limits.min_side:
        yield f"{size} where each side has at least {limits.min_side}", "Send a larger one."
    if limits.max_side is not None and long > limits.max_side:
        yield f"{size} where the longer side has at most {limits.max_side:,}", smaller
    if limits.max_short_side is not None and short > limits.max_short_side:
        yield f"{size} where the shorter side has at most {limits.max_short_side:,}", smaller
    if limits.max_pixels is not None and short * long > limits.max_pixels:
        yield f"{size}, {short * long:,} in all, where {limits.max_pixels:,} in all are taken", smaller
    if limits.most_drawn_out is not None and long > limits.most_drawn_out * short:
        yield f"{size} where one side is at most {limits.most_drawn_out} times the other", "Cut it to another shape."
    if limits.max_rate is not None and film.rate > limits.max_rate * 1000:
        yield f"{film.rate / 1000:.4g} frames a second where {limits.max_rate} are taken", "Export it with fewer."


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:,.1f}".removesuffix(".0")
