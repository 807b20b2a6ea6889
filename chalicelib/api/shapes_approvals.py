"""How approvals, comments and review links are shown. A link's secret is shown by whoever made it, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, events, says, time

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.domain.comment import Comment
    from chalicelib.domain.differences import Changed
    from chalicelib.domain.review_link import ReviewLink
    from chalicelib.services.approving import Standing
    from chalicelib.services.review_links import Shown


def standing(one: Standing, variant: Json, now: datetime) -> Json:
    """How a variant, already in shape, stands with those who are asked."""
    return {
        "variant": variant,
        "you_may_approve": one.why_not is None,
        "why_not": one.why_not,
        "changed": None if one.changed is None else [changed(each) for each in one.changed],
        "comments": [comment(each) for each in one.comments],
        "links": [link(each, now) for each in one.links],
    }


def changed(one: Changed) -> Json:
    """One thing that is different: pieces of a text, or what it was and is."""
    if one.pieces:
        return {"what": one.what, "pieces": [{"kind": each.kind.value, "text": each.text} for each in one.pieces]}
    return {"what": one.what, "before": one.before, "after": one.after}


def comment(one: Comment) -> Json:
    """One remark."""
    return {
        "id": one.id,
        "version": one.version,
        "by": one.by,
        "at": time(one.at),
        "text": one.text,
        "events": events(one.events),
    }


def link(one: ReviewLink, now: datetime) -> Json:
    """A review link's terms; never its secret, nor the hash of that."""
    return {
        "id": one.id,
        "variant": one.variant,
        "label": one.label,
        "state": one.state.value,
        "opens": one.opens(now),
        "by": one.by,
        "created_at": time(one.created_at),
        "expires_at": time(one.expires_at),
        "used_at": time(one.used_at),
        "events": events(one.events),
    }


def guest(one: Shown) -> Json:
    """All that a guest is shown: what it says and shows, where and when; nobody's name but the account's."""
    return {
        "says": says(one.body),
        "platform": one.account.platform,
        "account": one.account.handle,
        "at": time(one.variant.schedule.at),
        "zone": one.variant.schedule.zone,
        "version": one.variant.version,
        "expires_at": time(one.link.expires_at),
    }
