"""What can go wrong in Parley's own terms. An exception's docstring is its default message.

Each class has a stable `slug`: the last part of the problem document's `type` at the API. The message says what is
wrong and where; `fix` says what to do next. Neither holds a member's text, a name or a secret.
"""

from __future__ import annotations

from typing import ClassVar


class ParleyError(Exception):
    """Parley could not do this."""

    slug: ClassVar[str] = "error"
    fix: str = ""

    def __init__(self, detail: str = "", *, fix: str = "") -> None:
        super().__init__(detail or (self.__doc__ or "").strip().splitlines()[0])
        if fix:
            self.fix = fix

    @property
    def detail(self) -> str:
        """The message."""
        return str(self.args[0])


class InvalidField(ParleyError):
    """A field is not as it must be; nothing was stored."""

    slug = "invalid-field"

    def __init__(self, pointer: str, detail: str = "", *, fix: str = "") -> None:
        super().__init__(detail, fix=fix)
        self.pointer = pointer
        """RFC 6901 pointer into the request's document, such as `/variants/0/text`."""


class NotFound(ParleyError):
    """There is no such thing in this workspace."""

    slug = "not-found"
    fix = "Check the id; ids of other workspaces are unknown here."


class Conflict(ParleyError):
    """This cannot be done in the present state; nothing was changed."""

    slug = "conflict"
    fix = "Read it again and decide anew."


class NotAllowed(ParleyError):
    """This credential may not do that."""

    slug = "not-allowed"
    fix = "Ask an owner of the workspace for a role or a token scope that allows it."


class Unauthenticated(ParleyError):
    """A valid API token is needed."""

    slug = "unauthenticated"
    fix = "Send `Authorization: Bearer <token>` with a token that has not expired or been revoked."


class RemoteRefused(ParleyError):
    """The platform did not accept this."""

    slug = "platform-refused"
    fix = "Check the credential and the account on the platform, then try again."


class RemoteUnavailable(ParleyError):
    """The platform did not answer."""

    slug = "platform-unavailable"
    fix = "Try again in a minute."


class IllegalMove(Exception):
    """A state machine was asked for an edge that is not drawn: a bug, never a shrug."""
