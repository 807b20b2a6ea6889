"""Counts, as Reddit tells them just now: of posts and comments, of the account, of communities. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import RemoteRef
from connectors.errors import Rejected
from connectors.metrics import Counts, Metrics
from connectors.reddit import mapping
from connectors.reddit.calls import Calls
from connectors.reddit.community_rules import why_closed
from connectors.reddit.reading import info
from connectors.reddit.sayings import bare


def metrics(calls: Calls, refs: Sequence[RemoteRef], *, account: bool, communities: Sequence[str]) -> Metrics:
    """GET api/info for posts, api/v1/me for the account, r/<name>/about for each community. One that is closed is missing."""
    things = info(calls, [ref.id for ref in refs])
    posts = {name: mapping.counts(child) for name, child in things.items() if not mapping.is_gone(child)}
    told = mapping.account_counts(calls.thing("api/v1/me")) if account else {}
    return Metrics(
        posts, told, {name: counts for name in communities if (counts := _community(calls, name)) is not None}
    )


def _community(calls: Calls, name: str) -> Counts | None:
    try:
        return mapping.community_counts(calls.thing(f"r/{bare(name)}/about"))
    except Rejected as error:
        if why_closed(error) or error.code == "http-403":
            return None
        raise
