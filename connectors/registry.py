"""Which platforms there are, and how to get at one: a line per platform, imported only when asked for.

Importing this module, or reading a platform's capabilities, must never import a client library: a worker that polls
Reddit never pays for tweepy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any, cast

from connectors.capabilities import Capabilities, Objection, Platform, Price, Standing, Terms
from connectors.contract import Connector, Draft, SignIn
from connectors.errors import Unsupported
from connectors.inbound import Dialect
from connectors.option_rules import objection_to_options
from connectors.settling import Settling
from connectors.signing import App, Begun, Way

_ROOMS = {
    Platform.X: "connectors.x",
    Platform.REDDIT: "connectors.reddit",
    Platform.MASTODON: "connectors.mastodon",
    Platform.BLUESKY: "connectors.bluesky",
    Platform.LEMMY: "connectors.lemmy",
}


_INBOUND = {"x": "connectors.x.pushed", "relay": "connectors.relay"}
"""Who brings what was said to us, instead of being read. No other platform of these brings anything to an app's own users."""


def capabilities(platform: Platform | str) -> Capabilities:
    """What a platform can do, as data. Raises Unsupported for a platform without a connector."""
    found: Capabilities = _room(platform).CAPABILITIES
    return found


def length(platform: Platform | str, draft: Draft) -> int:
    """A draft's text counted by the platform's own rule, in `capabilities(platform).unit`; no account is needed."""
    counted: int = _room(platform).count(draft)  # not `length`: connectors.x.length is a module
    return counted


def price(platform: Platform | str, draft: Draft) -> Price | None:
    """What saying the draft once costs at the platform's own price list; None where it is free. No account is needed."""
    found: Price | None = _room(platform).price(draft)
    return found


def objection(platform: Platform | str, draft: Draft, terms: Terms, standing: Standing) -> Objection | None:
    """Why the draft may not be said there, as far as that can be known without asking; None where nothing is known against it.

    Lengths, titles and pictures' limits are `Capabilities` and `Terms`; this is about the right to speak.
    """
    room = _room(platform)
    can: Capabilities = room.CAPABILITIES if terms.polls is None else replace(room.CAPABILITIES, polls=terms.polls)
    found: Objection | None = objection_to_options(can, draft) or room.objection(draft, terms, standing)
    return found


def default_base_url(platform: Platform | str) -> str | None:
    """Where a platform is reached if nobody says otherwise; None where it is one of many (a Mastodon instance)."""
    found: str | None = _room(platform).BASE_URL
    return found


def settling(platform: Platform | str) -> Settling:
    """How long a send there may still be on its way."""
    found: Settling = _room(platform).SETTLING
    return found


def credential_fields(platform: Platform | str) -> tuple[tuple[str, ...], ...]:
    """The names that a credential must hold: each tuple is one complete alternative, the preferred one first."""
    found: tuple[tuple[str, ...], ...] = _room(platform).CREDENTIALS
    return found


def missing_credentials(platform: Platform | str, credential: Mapping[str, str]) -> tuple[str, ...]:
    """What the nearest alternative still lacks; empty if the credential is complete. A blank value counts as missing."""
    lacking = [
        tuple(name for name in names if not credential.get(name, "").strip()) for names in credential_fields(platform)
    ]
    return min(lacking, key=len)


def client_id(platform: Platform | str, credential: Mapping[str, str]) -> str | None:
    """By what the platform counts `capabilities.app_allowance`, no secret; None where the credential does not name it."""
    return next((told for name in _room(platform).CLIENT_ID if (told := credential.get(name, "").strip())), None)


def way(platform: Platform | str) -> Way:
    """How a person signs an account in there."""
    found: Way = _room(platform).WAY
    return found


def app_fields(platform: Platform | str) -> tuple[str, ...]:
    """The names that `App.client` must hold; empty where no app has to be registered beforehand."""
    found: tuple[str, ...] = _room(platform).APP
    return found


def begin(platform: Platform | str, app: App, base_url: str, state: str) -> Begun:
    """The first half of a sign-in in a browser. `state` comes back with the code. Raises as reading does."""
    found: Begun = _signing(platform).begin(app, base_url, state)
    return found


def finish(platform: Platform | str, app: App, base_url: str, secret: Mapping[str, str], code: str) -> dict[str, str]:
    """The second half: the credential. Way.PASSWORD: `code` is the password, `secret` names whose it is.

    Raises as reading does, and Rejected where the platform does not take the code.
    """
    found: dict[str, str] = _signing(platform).finish(app, base_url, secret, code)
    return found


def revoke(platform: Platform | str, app: App, base_url: str, credential: Mapping[str, str]) -> None:
    """Give our right to act for the account back, where the platform can take it; repeatable. Raises as reading does."""
    _signing(platform).revoke(app, base_url, credential)


def inbound(sender: str) -> Dialect | None:
    """How this sender signs and words what it brings to us; None where nobody of this name brings anything."""
    place = _INBOUND.get(sender)
    return None if place is None else cast("Dialect", import_module(place))


def connect(platform: Platform | str, sign_in: SignIn) -> Connector:
    """The connector of one account. No request is made. Raises Unsupported; Rejected if the credential is incomplete."""
    connector: Connector = _room(platform).connect(sign_in)
    return connector


def _signing(platform: Platform | str) -> Any:
    return import_module(f"{_room(platform).__name__}.signing")


def _room(platform: Platform | str) -> Any:
    try:
        return import_module(_ROOMS[Platform(platform)])
    except ValueError:
        raise Unsupported(str(platform), "There is no connector for this platform.", code="unknown-platform") from None
