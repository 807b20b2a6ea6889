"""What a community asks of a post, read from two answers of Reddit's; and which communities let nobody in. Reads only."""

from __future__ import annotations

from typing import Any

from connectors.communities import CommunityRules, Need, PostKind, TextRules
from connectors.errors import ConnectorError, Rejected
from connectors.reddit.calls import Calls
from connectors.reddit.sayings import bare
from connectors.shape import at, rows, word

NOT_MODERATOR = "not-moderator"

_CLOSED = {
    "private": "private",
    "gold_only": "private",
    "banned": "banned",
    "quarantined": "quarantined",
    "gated": "quarantined",
    "http-404": "gone",
    "http-302": "gone",  # a name that nobody has leads to a search
    "SUBREDDIT_NOEXIST": "gone",
    "SUBREDDIT_NO_ACCESS": "private",
}
_POLICY = {"required": Need.REQUIRED, "notAllowed": Need.FORBIDDEN}
_SWITCHES = {"allow_images": PostKind.PICTURE, "allow_galleries": PostKind.GALLERY, "allow_polls": PostKind.POLL}
_MOST_STRINGS = 200


def why_closed(error: ConnectorError) -> str:
    """Why a community does not show itself, as one word; empty where the refusal is about something else."""
    return _CLOSED.get(error.code or "", "") if isinstance(error, Rejected) else ""


def rules_of(calls: Calls, community: str) -> CommunityRules:
    """GET r/<name>/about, then api/v1/<name>/post_requirements."""
    name = bare(community)
    try:
        about = calls.thing(f"r/{name}/about")
        closed = _closed(at(about, "data"))
        if closed:
            return CommunityRules(closed)
        return rules(calls.thing(f"api/v1/{name}/post_requirements"), about)
    except Rejected as error:
        closed = why_closed(error)
        if not closed:
            raise
        return CommunityRules(closed)


def rules(asked: Any, about: Any) -> CommunityRules:
    """Both answers as data. What is not told, or told in an unknown shape, is free."""
    return CommunityRules(
        title=_text(asked, "title"),
        text=_text(asked, "body"),
        body=_POLICY.get(word(asked, "body_restriction_policy") or "", Need.FREE),
        kinds=_kinds(at(about, "data")),
        domains=_strings(asked, "domain_whitelist") if _links(asked) == "whitelist" else (),
        not_domains=_strings(asked, "domain_blacklist") if _links(asked) == "blacklist" else (),
        flair=at(asked, "is_flair_required") is True,
        fewest=_count(asked, "gallery_min_items"),
        most=_count(asked, "gallery_max_items"),
        captions=_POLICY.get(word(asked, "gallery_captions_requirement") or "", Need.FREE),
    )


def _text(asked: Any, part: str) -> TextRules:
    return TextRules(
        _count(asked, f"{part}_text_min_length"),
        _count(asked, f"{part}_text_max_length"),
        _strings(asked, f"{part}_required_strings"),
        _strings(asked, f"{part}_blacklisted_strings"),
        _strings(asked, f"{part}_regexes"),
    )


def _links(asked: Any) -> str | None:
    return word(asked, "link_restriction_policy")


def _strings(asked: Any, name: str) -> tuple[str, ...]:
    return tuple(one for one in rows(asked, name)[:_MOST_STRINGS] if isinstance(one, str) and one.strip())


def _count(asked: Any, name: str) -> int | None:
    value = at(asked, name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _closed(about: Any) -> str:
    """Why this account may not post there, though it may look."""
    if at(about, "user_is_banned") is True:
        return "barred"
    if word(about, "subreddit_type") == "archived":
        return "archived"
    let_in = at(about, "user_is_contributor") is True or at(about, "user_is_moderator") is True
    return "restricted" if word(about, "subreddit_type") == "restricted" and not let_in else ""


def _kinds(about: Any) -> frozenset[PostKind] | None:
    """What posts may be there; None where everything may."""
    kinds = set(PostKind)
    if word(about, "submission_type") == "link":
        kinds -= {PostKind.WORDS}
    elif word(about, "submission_type") == "self":
        kinds -= {PostKind.LINK, PostKind.PICTURE, PostKind.GALLERY}
    kinds -= {kind for name, kind in _SWITCHES.items() if at(about, name) is False}
    return None if kinds == set(PostKind) else frozenset(kinds)
