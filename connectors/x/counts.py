"""What X counts, as JSON, to our measures. Pure; what is not told is missing, and never zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.metrics import Counts, Measure
from connectors.shape import at, count

PUBLIC: Mapping[str, Measure] = {
    "like_count": Measure.LIKES,
    "retweet_count": Measure.REPOSTS,
    "reply_count": Measure.REPLIES,
    "quote_count": Measure.QUOTES,
    "bookmark_count": Measure.BOOKMARKS,
    "impression_count": Measure.VIEWS,
}
OWN: Mapping[str, Measure] = {
    "url_link_clicks": Measure.LINK_CLICKS,
    "user_profile_clicks": Measure.PROFILE_CLICKS,
}
ACCOUNT: Mapping[str, Measure] = {
    "followers_count": Measure.FOLLOWERS,
    "following_count": Measure.FOLLOWING,
    "tweet_count": Measure.POSTS,
    "post_count": Measure.POSTS,
}


def post_counts(post: Any) -> Counts:
    """All that a post tells: its public counts, and the clicks where they are there."""
    return {**_read(at(post, "public_metrics"), PUBLIC), **_read(at(post, "non_public_metrics"), OWN)}


def account_counts(user: Any) -> Counts:
    """What the account itself tells."""
    return _read(at(user, "public_metrics"), ACCOUNT)


def _read(told: Any, names: Mapping[str, Measure]) -> dict[Measure, int]:
    """Of a measure with two spellings the one that is told."""
    found = [(measure, count(at(told, name))) for name, measure in names.items()]
    return {measure: number for measure, number in found if number is not None and number >= 0}
