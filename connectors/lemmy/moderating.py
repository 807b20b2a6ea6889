"""What an account may do to what others say on Lemmy: as a moderator of a community, and as anybody."""

from __future__ import annotations

import time
from typing import Any

from connectors.errors import Rejected, Unsupported
from connectors.lemmy import mapping
from connectors.lemmy.instance import Instance
from connectors.moderation import Moderation, Target

DAY = 24 * 3600
_ALREADY = frozenset(
    {"person_block_already_exists", "community_user_already_banned", "couldnt_create_report", "already_exists"}
)
"""What Lemmy says of a state that stands already; a second report of one thing by one person is refused by its record."""
_ON = frozenset({Moderation.REMOVE, Moderation.LOCK, Moderation.BAN, Moderation.BLOCK})


def moderate(instance: Instance, target: Target, action: Moderation) -> None:
    """Bring a post, a comment or whoever wrote it to a state. Twice is once."""
    path, content = _asked(instance, target, action)
    try:
        instance.done(path, **content)
    except Rejected as refused:
        if refused.code not in _ALREADY:
            raise


def _asked(instance: Instance, target: Target, action: Moderation) -> tuple[str, dict[str, Any]]:
    sort, number = mapping.split(target.ref.id)
    said, on = {f"{sort}_id": number}, action in _ON
    match action:
        case Moderation.REMOVE | Moderation.APPROVE if sort != mapping.MESSAGE:
            return f"/{sort}/remove", {**said, "removed": on, **_why(target)}
        case Moderation.LOCK | Moderation.UNLOCK if sort == mapping.POST:
            return "/post/lock", {**said, "locked": on}
        case Moderation.BAN | Moderation.UNBAN if sort != mapping.MESSAGE:
            until = {"expires": int(time.time()) + target.days * DAY} if on and target.days else {}
            who = {"person_id": _author(instance, target), "community_id": _community(instance, target)}
            return "/community/ban_user", {**who, "ban": on, **until, **_why(target)}
        case Moderation.BLOCK | Moderation.UNBLOCK:
            return "/user/block", {"person_id": _author(instance, target), "block": on}
        case Moderation.REPORT:
            return f"/{sort}/report", {**said, "reason": target.reason or "No reason was given."}
        case _:
            raise Unsupported("lemmy", f"Lemmy cannot {action} a {sort.replace('_', ' ')}.", code=action)


def _why(target: Target) -> dict[str, str]:
    """The reason, for the log of the community's moderators."""
    return {"reason": target.reason} if target.reason else {}


def _author(instance: Instance, target: Target) -> int:
    if target.author and target.author.isdigit():
        return int(target.author)
    found = mapping.number(_view(instance, target), "creator", "id")
    if found is None:
        raise _gone()
    return found


def _community(instance: Instance, target: Target) -> int:
    if target.community:
        body = instance.maybe("/community", name=mapping.bare(target.community))
        found = mapping.number(body, "community_view", "community", "id")
    else:
        found = mapping.number(_view(instance, target), "community", "id")
    if found is None:
        raise _gone()
    return found


def _view(instance: Instance, target: Target) -> Any:
    sort, number = mapping.split(target.ref.id)
    body = None if sort == mapping.MESSAGE else instance.maybe(f"/{sort}", id=number)
    return body.get(f"{sort}_view") if body else None


def _gone() -> Rejected:
    return Rejected("lemmy", "Whoever said it, or where, is not there any more.", code="gone")
