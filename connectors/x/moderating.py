"""What an account may do on X to what others said: hide a reply in its own conversation, and mute whoever said it.

Both are states, so a call may be repeated. Blocking is for X's Enterprise customers only, and reporting has no endpoint.
"""

from __future__ import annotations

from typing import Any

from connectors.errors import Rejected, Unsupported
from connectors.moderation import Moderation, Target
from connectors.shape import at
from connectors.translate import as_code
from connectors.x import CAPABILITIES, PRIVATE, posts
from connectors.x.line import Line
from connectors.x.refusals import allowed, problem, unknown

_NOT_OURS = "X lets an account hide replies only in conversations that it began."
_HIDING = {Moderation.HIDE: True, Moderation.UNHIDE: False}


def moderate(line: Line, target: Target, action: Moderation) -> None:
    """Bring a message, or its author, to a state. Raises Unsupported, Rejected(code="not-moderator")."""
    if action not in CAPABILITIES.moderations:
        raise Unsupported("x", f"X has no way to {action} for an app.", code=str(action))
    if action in _HIDING:
        _hide(line, target, hidden=_HIDING[action])
    else:
        _mute(line, target, muted=action is Moderation.MUTE)


def _hide(line: Line, target: Target, *, hidden: bool) -> None:
    """PUT /2/tweets/:id/hidden."""
    ref = target.ref
    if ref.id.startswith(PRIVATE):
        raise Unsupported("x", "A private message cannot be hidden.", code="hide")
    if target.on_own is False:
        raise Rejected("x", _NOT_OURS, code="not-moderator")
    try:
        body = line.asked("PUT", f"/2/tweets/{ref.id}/hidden", missing=(404,), json={"hidden": hidden})
    except Rejected as refused:
        if refused.code not in ("http-403", "forbidden"):
            raise
        raise Rejected("x", _NOT_OURS, code="not-moderator") from None
    if body is None:
        raise Rejected("x", "The post is not there any more.", code="gone")
    _has_come(body, "hidden", wanted=hidden)


def _mute(line: Line, target: Target, *, muted: bool) -> None:
    """POST /2/users/:id/muting, or DELETE /2/users/:id/muting/:author; who is not muted is unmuted."""
    if not posts.is_id(target.author):
        raise Rejected("x", "X does not say who the author is.", code="no-author")
    path = f"/2/users/{line.identity().id}/muting"
    with allowed("mute.write"):
        if muted:
            body = line.asked("POST", path, json={"target_user_id": target.author})
        else:
            body = line.asked("DELETE", f"{path}/{target.author}", missing=(404,))
    if body is not None or muted:
        _has_come(body, "muting", wanted=muted)


def _has_come(body: Any, name: str, *, wanted: bool) -> None:
    """Raise unless X says that the state is there: a 200 may hold nothing but errors."""
    if at(body, "data", name) is wanted:
        return
    told = at(body, "errors", 0)
    if told is None:
        unknown(body)
    raise Rejected("x", "X did not do it.", code=as_code(problem(told)) or "not-done")
