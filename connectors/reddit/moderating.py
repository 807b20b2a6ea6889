"""Bringing what members said, or the members, to a state. Each act is one request that may be repeated.

Reddit lets moderators remove, approve, lock and ban, and anybody block and report. What it calls hiding takes something out
of one's own listing only, and what it calls muting keeps a member out of modmail: neither is what `Moderation` means.
"""

from __future__ import annotations

from typing import Any

from connectors.errors import AuthExpired, Cause, ConnectorError, Rejected, Unsupported
from connectors.moderation import AS_MODERATOR, Moderation, Target
from connectors.reddit import CAPABILITIES
from connectors.reddit.calls import Calls
from connectors.reddit.community_rules import NOT_MODERATOR, why_closed
from connectors.reddit.refusals import refused
from connectors.reddit.sayings import bare
from connectors.shape import at, word

MAX_REASON = 100
"""Characters of a report's reason."""
MAX_NOTE = 300
"""Characters of a note on a ban, which moderators see."""
MAX_DAYS = 999

_ON_THINGS = {
    Moderation.REMOVE: "api/remove",
    Moderation.APPROVE: "api/approve",
    Moderation.LOCK: "api/lock",
    Moderation.UNLOCK: "api/unlock",
}
_NO_MODERATOR = frozenset({"http-403", "MOD_REQUIRED", "NOT_MODERATOR", "INVALID_PERMISSION_TYPE", "USER_NOT_MOD"})
_DONE_ALREADY = frozenset({"ALREADY_BANNED", "USER_ALREADY_BANNED", "ALREADY_REPORTED"})


def moderate(calls: Calls, target: Target, action: Moderation) -> None:
    """See the contract. A moderator's act that is refused without another word is told as `not-moderator`."""
    if action not in CAPABILITIES.moderations:
        raise Unsupported("reddit", f"Reddit cannot {action}.", code=action)
    if action in _ON_THINGS and not target.ref.id.startswith(("t1_", "t3_")):
        raise Unsupported("reddit", f"Reddit can {action} posts and comments only.", code=action)
    try:
        path, form = _act(calls, target, action)
        wire = calls.post(path, form)
        answer = wire.answer
        if answer is None or (code := word(answer.body, "json", "errors", 0, 0)) is None or code in _DONE_ALREADY:
            return
        raise refused(answer)
    except Rejected as error:
        raise _told(error, action) from None
    except AuthExpired as error:
        if error.cause is not Cause.SCOPE:
            raise
        # The account speaks and hears all the same: one act that its sign-in does not cover signs it out of nothing.
        detail = "Its sign-in does not cover this act; sign it in again with all that is asked for."
        raise Rejected("reddit", detail, code=error.code, request_id=error.request_id) from None


def _act(calls: Calls, target: Target, action: Moderation) -> tuple[str, dict[str, Any]]:
    if action in _ON_THINGS:
        return _ON_THINGS[action], {"id": target.ref.id} | ({"spam": False} if action is Moderation.REMOVE else {})
    if action is Moderation.REPORT:
        return "api/report", {"thing_id": target.ref.id, "reason": target.reason[:MAX_REASON]}
    handle, community = _author(calls, target)
    if action is Moderation.BLOCK:
        return "api/block_user", {"name": handle}
    if action is Moderation.UNBLOCK:
        return "r/all/api/unfriend", {"container": calls.identity().id, "name": handle, "type": "enemy"}
    if not community:
        raise Rejected("reddit", "Nobody knows from which community.", code="needs-community")
    if action is Moderation.UNBAN:
        return f"r/{community}/api/unfriend", {"name": handle, "type": "banned"}
    form: dict[str, Any] = {"name": handle, "type": "banned", "note": target.reason[:MAX_NOTE]}
    if target.days is not None:
        form["duration"] = min(max(target.days, 1), MAX_DAYS)
    return f"r/{community}/api/friend", form


def _author(calls: Calls, target: Target) -> tuple[str, str]:
    """The author's name and the community, looked up where the target does not tell them: an act needs the name."""
    handle, community = target.handle, bare(target.community or "")
    if handle and (community or target.ref.id.startswith("t4_")):
        return handle, community
    if target.ref.id.startswith(("t1_", "t3_")):
        item = at(calls.listing("api/info", id=target.ref.id), "data", "children", 0, "data")
        found = word(item, "author")
        handle = handle or (found if found != "[deleted]" else None)
        community = community or word(item, "subreddit") or ""
    if not handle:
        raise Rejected("reddit", "Nobody knows any more who wrote it.", code="gone")
    return handle, community


def _told(error: Rejected, action: Moderation) -> ConnectorError:
    if isinstance(error, Unsupported):
        return error
    closed = why_closed(error)
    if action in AS_MODERATOR and error.code in _NO_MODERATOR and not closed:
        return Rejected(
            "reddit", "This account does not moderate there.", code=NOT_MODERATOR, request_id=error.request_id
        )
    if closed == "gone":
        return Rejected("reddit", "It is not there any more.", code="gone", request_id=error.request_id)
    return error
