"""What X counts, as JSON, to our measures. Pure; what is not told is missing, and never zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.metrics import Counts, Measure
from connectors.shape import at

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
    return {measure: number for name, measure in names.items() if (number := _count(at(told, name))) is not None}


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
