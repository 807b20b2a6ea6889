"""What may be done to what others said: states that a message or its author is brought to, and which of them lead back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.contract import RemoteRef


class Moderation(StrEnum):
    """A state that something is brought to. Asking twice is asking once."""

    HIDE = "hide"
    UNHIDE = "unhide"
    REMOVE = "remove"
    """Taken out of a community by its moderator."""
    APPROVE = "approve"
    """Put (back) into a community by its moderator; its reports are settled."""
    LOCK = "lock"
    UNLOCK = "unlock"
    MUTE = "mute"
    """The author is not heard by this account any more."""
    UNMUTE = "unmute"
    BLOCK = "block"
    UNBLOCK = "unblock"
    BAN = "ban"
    """The author may not speak in the community any more."""
    UNBAN = "unban"
    REPORT = "report"
    """Whoever runs the place is told. It cannot be taken back."""


UNDONE_BY: dict[Moderation, Moderation] = {
    Moderation.HIDE: Moderation.UNHIDE,
    Moderation.UNHIDE: Moderation.HIDE,
    Moderation.REMOVE: Moderation.APPROVE,
    Moderation.APPROVE: Moderation.REMOVE,
    Moderation.LOCK: Moderation.UNLOCK,
    Moderation.UNLOCK: Moderation.LOCK,
    Moderation.MUTE: Moderation.UNMUTE,
    Moderation.UNMUTE: Moderation.MUTE,
    Moderation.BLOCK: Moderation.UNBLOCK,
    Moderation.UNBLOCK: Moderation.BLOCK,
    Moderation.BAN: Moderation.UNBAN,
    Moderation.UNBAN: Moderation.BAN,
}
"""What leads back from each; nothing leads back from a report."""

AS_MODERATOR = frozenset(
    {Moderation.REMOVE, Moderation.APPROVE, Moderation.LOCK, Moderation.UNLOCK, Moderation.BAN, Moderation.UNBAN}
)
"""Only a moderator of the place can."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is moderated: a message, with its author's platform id and its community where they are known.

    on_own: whether it stands under a post of our own; None where nobody knows. reason: for the platform, never shown to
    the member by us. days: how long a ban lasts; None: without an end.
    """

    ref: RemoteRef
    author: str | None = None
    handle: str | None = None
    community: str | None = None
    on_own: bool | None = None
    reason: str = ""
    days: int | None = None
