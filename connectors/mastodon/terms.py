"""What an instance allows, from its own document (v2 or v1). Pure; a number that nobody meant is not believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.capabilities import OWN_PLACE, Capabilities, PictureLimits, Terms, VideoLimits
from connectors.mastodon.mapping import LINK
from connectors.options import PollLimits
from connectors.shape import at, rows

MOST_BELIEVED = 10_000_000_000
"""A number from an instance that is higher than this is no limit that anybody meant."""


def terms(instance: Any, usual: Capabilities) -> Terms:
    """What an instance allows, as far as it differs from what is usual."""
    said = at(instance, "configuration", "statuses")
    length = _count(at(said, "max_characters")) or _count(at(instance, "max_toot_chars"))
    per_link = _count(at(said, "characters_reserved_per_url"))
    pictures = _pictures(at(said, "max_media_attachments"), at(instance, "configuration", "media_attachments"), usual)
    video = _video(at(instance, "configuration", "media_attachments"), usual)
    polls = _polls(at(instance, "configuration", "polls"), usual)
    return Terms(
        length if length != usual.max_length else None,
        per_link if per_link != LINK else None,
        pictures if pictures != usual.pictures else None,
        polls if polls != usual.polls else None,
        video=video if video != usual.video else None,
    )


def _pictures(most: Any, told: Any, usual: Capabilities) -> PictureLimits | None:
    """What an instance says of pictures, the usual where it is silent; of the types, those that we know."""
    known = usual.pictures
    if known is None or (at(told) is None and most is None):
        return known
    types = known.types & {one for one in rows(told, "supported_mime_types") if isinstance(one, str)}
    return PictureLimits(
        most=_count(most) or known.most,
        types=types or known.types,
        max_bytes=_count(at(told, "image_size_limit")) or known.max_bytes,
        max_alt=_count(at(told, "description_limit")) or known.max_alt,
        max_side=known.max_side,
        max_pixels=_count(at(told, "image_matrix_limit")) or known.max_pixels,
    )


def _video(told: Any, usual: Capabilities) -> VideoLimits | None:
    """What an instance says of videos, the usual where it is silent; of the types, those that we know, which may be none."""
    known = usual.video
    if known is None or at(told) is None:
        return known
    types = {one for one in rows(told, "supported_mime_types") if isinstance(one, str)}
    found = replace(
        known,
        types=known.types & types if types else known.types,
        max_bytes=_count(at(told, "video_size_limit")) or known.max_bytes,
        max_alt=_count(at(told, "description_limit")) or known.max_alt,
        max_pixels=_count(at(told, "video_matrix_limit")) or known.max_pixels,
        max_rate=_count(at(told, "video_frame_rate_limit")) or known.max_rate,
    )
    return known if found == known else replace(found, source=OWN_PLACE)


def _polls(told: Any, usual: Capabilities) -> PollLimits | None:
    """What an instance says of polls where it is stricter than usual: what is wider goes through on none but itself."""
    known = usual.polls
    if known is None or at(told) is None:
        return known
    shortest, longest = _count(at(told, "min_expiration")), _count(at(told, "max_expiration"))
    return PollLimits(
        known.min_choices,
        min(_count(at(told, "max_options")) or known.max_choices, known.max_choices),
        min(_count(at(told, "max_characters_per_option")) or known.max_choice, known.max_choice),
        max(timedelta(seconds=shortest or 0), known.shortest),
        min(timedelta(seconds=longest) if longest else known.longest, known.longest),
        known.many,
    )


def _count(value: Any) -> int | None:
    """A positive number that a limit may have; None for anything else."""
    believable = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_BELIEVED
    return value if believable else None
