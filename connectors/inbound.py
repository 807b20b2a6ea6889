"""What is brought to us instead of being fetched: how a delivery proves where it comes from, and what it holds.

A dialect is a module with the functions of `Dialect`: `connectors/x/pushed.py` for X's activity events, and
`connectors/relay.py` for a program of one's own that passes interactions on. Nothing is believed before `verify`.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.contract import Identity, RemoteInteraction


class Forged(Exception):
    """A delivery does not prove that it comes from where it says; the message tells what is wrong with it, and nothing of it."""


class Unreadable(Exception):
    """A delivery is genuine, and is none that this dialect knows; the message tells where."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was brought. id: by which the same is known again. skipped: what is nobody's interaction, or could not be read."""

    id: str
    items: tuple[RemoteInteraction, ...]
    skipped: int = 0


class Dialect(Protocol):
    """How one sender signs and words what it brings. Header names are in lower case."""

    REPLAYS: bool
    """Whether the sender itself brings the same again (X: at least once); else whoever does is refused."""

    def challenge(self, secret: str, token: str) -> dict[str, str]:
        """The answer by which the sender knows that we hold the secret. Raises Unreadable where it asks for none."""

    def verify(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
        """Raises Forged."""

    def read(self, body: bytes, own: Identity) -> Delivery:
        """What a verified delivery holds. Raises Unreadable."""


def signature(secret: str, *parts: bytes) -> bytes:
    """HMAC-SHA-256 over the parts, joined by full stops."""
    return hmac.new(secret.encode(), b".".join(parts), hashlib.sha256).digest()


def compare(told: str | None, wanted: bytes, *, prefix: str = "sha256=") -> None:
    """Raises Forged where a header does not hold this signature in base 64."""
    if told is None:
        raise Forged("it is not signed")
    expected = prefix + b64encode(wanted).decode()
    if not hmac.compare_digest(told.encode("utf-8", "replace"), expected.encode()):
        raise Forged("its signature does not fit")
