"""What an account's own place allows (a Mastodon instance may take more or less than is usual), learnt when it is connected."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.account import Account, HouseRules, PollRules, VideoRules
from chalicelib.services.films import Place
from connectors.capabilities import OWN_PLACE, Capabilities, PictureLimits, Terms, VideoLimits
from connectors.options import PollLimits


def house_rules(terms: Terms) -> HouseRules | None:
    """A connector's terms as the record keeps them; None where they are as everywhere."""
    if terms == Terms():
        return None
    pictures, polls, video = terms.pictures, None, None
    if terms.video is not None:
        told = terms.video
        types = tuple(sorted(told.types))
        video = VideoRules(types, told.max_bytes, told.max_pixels, told.max_rate, told.max_alt)
    if terms.polls is not None:
        own = terms.polls
        polls = PollRules(own.min_choices, own.max_choices, own.max_choice, own.shortest, own.longest, own.many)
    if pictures is None:
        return HouseRules(terms.max_length, terms.url_length, polls=polls, video=video)
    return HouseRules(
        terms.max_length,
        terms.url_length,
        pictures.most,
        tuple(sorted(pictures.types)),
        pictures.max_bytes,
        pictures.max_alt,
        pictures.max_side,
        pictures.max_pixels,
        polls,
        video,
    )


def terms_of(account: Account) -> Terms:
    """What is known of an account's place, in a connector's terms."""
    rules = account.house_rules
    if rules is None:
        return Terms()
    pictures = None
    if rules.pictures is not None and rules.picture_bytes is not None:
        pictures = PictureLimits(
            rules.pictures,
            frozenset(rules.picture_types),
            rules.picture_bytes,
            rules.max_alt or 0,
            rules.picture_side,
            rules.picture_pixels,
        )
    polls = None
    if rules.polls is not None:
        own = rules.polls
        polls = PollLimits(own.fewest, own.most, own.choice, own.shortest, own.longest, own.many)
    video = None
    if rules.video is not None:
        told = rules.video
        types = frozenset(told.types)
        video = VideoLimits(types, told.size, OWN_PLACE, told.alt, max_pixels=told.pixels, max_rate=told.rate)
    return Terms(rules.max_length, rules.url_length, pictures, polls, video=video)


def limits_of(can: Capabilities, account: Account) -> PictureLimits | None:
    """What pictures a part may carry on this account; None: none."""
    own = terms_of(account).pictures
    if can.pictures is None or own is None:
        return can.pictures
    # An instance does not tell how long a description may be.
    return replace(
        own, types=own.types & can.pictures.types or can.pictures.types, max_alt=own.max_alt or can.pictures.max_alt
    )


def film_place(can: Capabilities, account: Account) -> Place:
    """What the one film of a part may be on this account."""
    limits = None if can.video is None else terms_of(account).video or can.video
    return Place(account.platform, limits, can.why_no_video)
