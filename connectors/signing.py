"""How an account is signed in to a platform by the person to whom it belongs: in a browser, or with a password for apps.

Each platform's way is in `connectors/<platform>/signing.py`; the registry leads there. Nothing here is kept: what has to
be remembered between the two halves is in `Begun.secret`, for the caller to seal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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

    url: str
    secret: Mapping[str, str] = field(repr=False)
