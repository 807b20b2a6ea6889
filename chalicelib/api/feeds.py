"""Feeds: what others write, followed, so that each entry becomes a draft that a person may say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_media as shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms_media as forms

blueprint = Blueprint(__name__)


@route(blueprint, "/feeds", method="POST", action=Action.FEED_FOLLOW, form="FeedForm")
def follow_feed(ask: Ask, form: forms.FeedForm) -> Answer:
    """Follow an RSS or Atom feed: from now on each new entry becomes a draft, once, with credit to its source."""
    from chalicelib.services import curating

    wanted = curating.Wanted(form.name, form.address, tuple(form.accounts), form.words, form.campaign, form.backlog)
    feed = curating.follow(ask.desk, ask.caller, wanted, ask.now)
    return Answer(shapes.feed(*curating.get(ask.desk, feed.workspace, feed.id)), status=201)


@route(blueprint, "/feeds", action=Action.FEED_READ, listing=True)
def list_feeds(ask: Ask) -> dict[str, Any]:
    """Every feed that is or was followed."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.feeds.queried(pk, "FEED#", limit=limit, after=after), shapes.feed
    )


@route(blueprint, "/feeds/{feed_id}", action=Action.FEED_READ)
def get_feed(ask: Ask, feed_id: str) -> dict[str, Any]:
    """One feed: when it was read last, what it gave, and why it gives nothing."""
    from chalicelib.services import curating

    return shapes.feed(*curating.get(ask.desk, ask.caller.workspace, feed_id))


@route(blueprint, "/feeds/{feed_id}/pause", method="POST", action=Action.FEED_FOLLOW)
def pause_feed(ask: Ask, feed_id: str) -> dict[str, Any]:
    """Read a feed no more until it is resumed."""
    from chalicelib.services import curating

    return shapes.feed(curating.pause(ask.desk, ask.caller, feed_id, ask.now))


@route(blueprint, "/feeds/{feed_id}/resume", method="POST", action=Action.FEED_FOLLOW)
def resume_feed(ask: Ask, feed_id: str) -> dict[str, Any]:
    """Go on with a paused feed, where it was left."""
    from chalicelib.services import curating

    return shapes.feed(curating.resume(ask.desk, ask.caller, feed_id, ask.now))


@route(blueprint, "/feeds/{feed_id}", method="DELETE", action=Action.FEED_FOLLOW)
def close_feed(ask: Ask, feed_id: str) -> dict[str, Any]:
    """Follow a feed no more, for good. Its drafts stay."""
    from chalicelib.services import curating

    return shapes.feed(curating.close(ask.desk, ask.caller, feed_id, ask.now))
