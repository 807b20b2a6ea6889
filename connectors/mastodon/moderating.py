"""What an account may do to what others say on Mastodon: not hear them, keep them away, or tell whoever runs the place.

Nothing here removes or hides another's status: on Mastodon only its author and the moderators of an instance can.
"""

from __future__ import annotations

from typing import Any

from connectors.contract import RemoteRef
from connectors.errors import Rejected, Unsupported
from connectors.mastodon.instance import TABLE, Instance
from connectors.moderation import Moderation, Target
from connectors.shape import word
from connectors.translate import translated

LONGEST_COMMENT = 1000
"""Characters that a report may say (`Report::COMMENT_SIZE_LIMIT`)."""
DAY = 24 * 3600


def moderate(instance: Instance, target: Target, action: Moderation) -> None:
    """Bring the author of a message to a state, or report them with it. All but a report are states, so twice is once."""
    match action:
        case Moderation.MUTE | Moderation.UNMUTE | Moderation.BLOCK | Moderation.UNBLOCK:
            _relate(instance, action, author_of(instance, target), target.days)
        case Moderation.REPORT:
            _report(instance, author_of(instance, target), target)
        case _:
            raise Unsupported("mastodon", f"Mastodon cannot {action}.", code=action)


def author_of(instance: Instance, target: Target) -> str:
    """The id of the account that wrote it, on our own instance. Raises Rejected(code="gone") where nobody knows any more."""
    if target.author:
        return target.author
    author = word(instance.status(target.ref.id), "account", "id")
    if author is None:
        raise _gone()
    return author


def _relate(instance: Instance, action: Moderation, author: str, days: int | None) -> None:
    """POST /api/v1/accounts/:id/{mute,unmute,block,unblock}."""
    duration: dict[str, Any] = {"duration": days * DAY} if days and action is Moderation.MUTE else {}
    try:
        with instance.client() as (client, wire), translated(TABLE, wire):
            getattr(client, f"account_{action}")(author, **duration)
    except Rejected as refused:
        if refused.code not in ("not-found", "gone"):
            raise
        raise _gone() from None


def _report(instance: Instance, author: str, target: Target) -> None:
    """POST /api/v1/reports. It stays on the instance: what is forwarded tells another one who complained."""
    reported = {"account_id": author, "category": "other", "comment": target.reason[:LONGEST_COMMENT]}
    ids = [target.ref.id] if _is_status(instance, target.ref) else []
    try:
        instance.asked("POST", "/api/v1/reports", data={**reported, "status_ids[]": ids})
    except Rejected as refused:
        if refused.code not in ("not-found", "gone"):
            raise
        raise _gone() from None


def _is_status(instance: Instance, ref: RemoteRef) -> bool:
    """Whether a ref is a status, and not the page of a report about an account that said nothing."""
    return not (ref.url or "").startswith(f"{instance.url}/admin/reports/")


def _gone() -> Rejected:
    return Rejected("mastodon", "Whoever said it is not there any more.", code="gone")
