"""What platforms count, of posts, of an account and of its communities. What is not told is missing, and never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Measure(StrEnum):
    """One thing that is counted. Which of them a platform tells: `Capabilities.measures`."""

    LIKES = "likes"
    REPOSTS = "reposts"
    REPLIES = "replies"
    QUOTES = "quotes"
    BOOKMARKS = "bookmarks"
    VIEWS = "views"
    LINK_CLICKS = "link_clicks"
    PROFILE_CLICKS = "profile_clicks"
    SCORE = "score"
    """Votes for less votes against (Reddit, Lemmy); may be below zero."""
    UPVOTE_PERCENT = "upvote_percent"
    CROSSPOSTS = "crossposts"
    FOLLOWERS = "followers"
    FOLLOWING = "following"
    POSTS = "posts"
    KARMA = "karma"
    SUBSCRIBERS = "subscribers"
    """Members of a community."""
    PRESENT = "present"
    """Members of a community who are there just now."""


Counts = Mapping[Measure, int]
"""What was told. A measure that is not in it was not told."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """What was told in one asking. posts: by the native id of the ref that was asked; one that is missing is gone or not
    visible. account: of the account itself. communities: by their name as it was asked."""

    posts: Mapping[str, Counts] = field(default_factory=dict)
    account: Counts = field(default_factory=dict)
    communities: Mapping[str, Counts] = field(default_factory=dict)
