"""Counting on X: of any post what all may see, of our own of the last 30 days the clicks too, and of the account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from connectors.contract import RemoteRef
from connectors.metrics import Counts, Metrics
from connectors.shape import at, rows, word
from connectors.translate import server_now, translated
from connectors.x import posts, reading
from connectors.x.counts import account_counts, post_counts
from connectors.x.line import Line
from connectors.x.refusals import TABLE, unknown

CLICKS_LAST = timedelta(days=30)
"""For so long X tells the clicks on a post, and only to its author; whoever asks for an older one gets nothing of it."""
_PUBLIC = ["author_id", "created_at", "public_metrics"]
_CLICKS = ["non_public_metrics"]


def measure(line: Line, refs: Sequence[RemoteRef], *, account: bool) -> Metrics:
    """GET /2/tweets, again for the clicks on our own, and GET /2/users/me."""
    ids = [ref.id for ref in refs if posts.is_id(ref.id)]
    return Metrics(posts=_of_posts(line, ids) if ids else {}, account=_of_account(line) if account else {})


def _of_posts(line: Line, ids: list[str]) -> dict[str, Counts]:
    own = line.identity().id
    answer = reading.some(line, ids, tweet_fields=_PUBLIC, user_fields=None, expansions=None)
    found = {post_id: post for post in rows(answer.body, "data") if (post_id := word(post, "id")) in ids and post_id}
    told = {post_id: post_counts(post) for post_id, post in found.items()}
    oldest = server_now(answer) - CLICKS_LAST.total_seconds()
    ours = [post_id for post_id, post in found.items() if word(post, "author_id") == own and _made_after(post, oldest)]
    if ours:
        clicks = reading.some(line, ours, tweet_fields=_CLICKS, user_fields=None, expansions=None)
        more = {word(post, "id"): post_counts(post) for post in rows(clicks.body, "data")}
        told |= {post_id: {**told[post_id], **more.get(post_id, {})} for post_id in ours}
    return told


def _made_after(post: Any, oldest: float) -> bool:
    made = posts.made(post)
    return made is not None and made.timestamp() > oldest


def _of_account(line: Line) -> Counts:
    with line.client() as (client, wire), translated(TABLE, wire):
        body = client.get_me(user_fields=["public_metrics"], user_auth=line.oauth1)
    user = at(body, "data")
    if word(user, "id") is None:
        unknown(body)
    return account_counts(user)
