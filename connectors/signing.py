"""How an account is signed in to a platform by the person to whom it belongs: in a browser, or with a password for apps.

Each platform's way is in `connectors/<platform>/signing.py`; the registry leads there. Nothing here is kept: what has to
be remembered between the two halves is in `Begun.secret`, for the caller to seal.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode

from connectors.errors import Rejected


class Way(StrEnum):
    """How a person signs in."""

    BROWSER = "browser"
    """The platform asks them on its own page and sends them back with a code."""
    PASSWORD = "password"  # noqa: S105
    """They type a password that the platform made for apps; it is exchanged at once."""


@dataclass(frozen=True, slots=True)
class App:
    """Our app as the platform knows it, from the installation's settings; empty where the platform needs none.

    redirect: where the platform sends the person back. timeout: seconds per call.
    """

    client: Mapping[str, str] = field(repr=False)
    redirect: str
    timeout: float = 8.0


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that waits for its person. url: where they go; secret: what the second half needs, to be sealed."""

    url: str = field(repr=False)
    secret: Mapping[str, str] = field(repr=False)


def pkce() -> tuple[str, str]:
    """A verifier that stays with us, and the challenge (S256) that goes with the person. RFC 7636."""
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).decode().rstrip("=")


def place(base_url: str, path: str, **asked: str) -> str:
    """The address of a platform's page, with what it is asked."""
    return f"{base_url.rstrip('/')}{path}?{urlencode(asked)}"


def lacking(needed: Iterable[str], granted: str | None, split: str | None = None) -> tuple[str, ...]:
    """The rights that were asked for and not given. granted: as the platform told it; None: it did not."""
    if granted is None:
        return ()
    given = {one.strip() for one in granted.split(split)}
    return tuple(one for one in needed if one not in given and one.partition(":")[0] not in given and "*" not in given)


def refuse_lacking(platform: str, missing: Sequence[str]) -> None:
    """Raise Rejected where the person, or the platform, gave less than is needed."""
    if missing:
        told = f"It came back without the rights {', '.join(missing)}: sign in again and allow all that is asked for."
        raise Rejected(platform, told, code="missing-scope")
