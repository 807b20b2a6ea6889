"""What an instance counts of an account and of its statuses. Mastodon counts neither views nor clicks, and has no communities."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import RemoteRef
from connectors.errors import Retryable
from connectors.mastodon import mapping
from connectors.mastodon.instance import Instance, body_of
from connectors.metrics import Counts, Metrics
from connectors.shape import word


def metrics(instance: Instance, refs: Sequence[RemoteRef], *, account: bool) -> Metrics:
    """Counts of statuses by id, twenty in one request, and of the account where asked."""
    found = instance.statuses([ref.id for ref in refs])
    posts = {status_id: mapping.counts(one) for one in found if (status_id := word(one, "id"))}
    return Metrics(posts=posts, account=_of_account(instance) if account else {})


def _of_account(instance: Instance) -> Counts:
    told = body_of(instance.asked("GET", "/api/v1/accounts/verify_credentials"))
    if word(told, "id") is None:
        raise Retryable("mastodon", "The instance did not say who is signed in.", code="no-identity")
    return mapping.account_counts(told)
