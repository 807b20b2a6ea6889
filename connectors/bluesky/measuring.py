"""What Bluesky counts: of posts, and of the account. It has no communities, and shows nobody how often a post was seen."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.bluesky import mapping
from connectors.bluesky.listening import views
from connectors.bluesky.xrpc import Xrpc
from connectors.contract import RemoteRef
from connectors.errors import Retryable
from connectors.metrics import Counts, Metrics
from connectors.shape import word


def measure(xrpc: Xrpc, refs: Sequence[RemoteRef], *, account: bool) -> Metrics:
    """app.bsky.feed.getPosts, and app.bsky.actor.getProfile of the account itself where that is asked."""
    posts = {uri: mapping.post_counts(view) for uri, view in views(xrpc, [ref.id for ref in refs]).items()}
    return Metrics(posts, _account(xrpc) if account else {})


def _account(xrpc: Xrpc) -> Counts:
    profile = xrpc.get("app.bsky.actor.getProfile", actor=xrpc.did)
    if word(profile, "did") is None:
        raise Retryable("bluesky", f"getProfile answered {mapping.shape(profile)}, no profile.", code="unknown-shape")
    return mapping.account_counts(profile)
