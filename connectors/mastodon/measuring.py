"""What an instance counts of an account and of its statuses. Mastodon counts neither views nor clicks, and has no communities."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import RemoteRef
from connectors.mastodon import mapping
from connectors.mastodon.instance import Instance, body_of
from connectors.metrics import Metrics
from connectors.shape import word


def metrics(instance: Instance, refs: Sequence[RemoteRef], *, account: bool) -> Metrics:
    """Counts of statuses by id, twenty in one request, and of the account where asked."""
    found = instance.statuses([ref.id for ref in refs])
    posts = {status_id: mapping.counts(one) for one in found if (status_id := word(one, "id"))}
    told = body_of(instance.asked("GET", "/api/v1/accounts/verify_credentials")) if account else None
    return Metrics(posts=posts, account=mapping.account_counts(told))
