"""Where a plan may strike, and with what: every boundary of the publish road, for each way to go through the simulation.

The record's places are the same whichever way is gone. The platform's are the connector's methods at the port, and each
HTTP request through the clients. A place that no plan meets is a hole in the proof: the tests hold the coverage at 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from tests.simulation.road import Kind


class Through(StrEnum):
    """What the simulation drives the services through."""

    PORT = "port"
    """Simulated platforms at the connector port, the embedded table."""
    CLIENTS = "clients"
    """The real connectors and client libraries against the sandbox network, the embedded table."""
    MOTO = "moto"
    """Simulated platforms at the connector port, the DynamoDB table as moto plays it."""


PLATFORMS = ("bluesky", "mastodon", "reddit", "x")

READ = (Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.BUSY, Kind.PAUSED_BEFORE, Kind.PAUSED_AFTER)
WRITE = (*READ, Kind.BUSY_YET_DONE, Kind.REPEATED)
_SAID_BY_OTHERS = (Kind.CANCELLED_HERE, Kind.EDITED_HERE, Kind.BRAKED_HERE)
MOVE = (*WRITE, *_SAID_BY_OTHERS)
HINT = (Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.BUSY, Kind.LOST, Kind.DOUBLED)

_ACTS = (
    "claim",
    "take_over",
    "commit",
    "defer",
    "hold",
    "reject",
    "doubt",
    "give_up",
    "miss",
)
_RECORD: Mapping[str, tuple[Kind, ...]] = {
    "find due": (*READ, Kind.CLOCK_JUMPS),
    "list line": (*READ, Kind.CLOCK_JUMPS),
    **dict.fromkeys(
        (
            "list held",
            "read account",
            "read body",
            "read brake",
            "read budget",
            "read each account",
            "read each brake",
            "read each post",
            "read slot",
            "read each variant",
            "read post",
            "read review",
            "read variant",
            "read workspace",
            "unseal credential",
        ),
        READ,
    ),
    "hint publish": HINT,
    "hint review": HINT,
    "write budget": MOVE,
    **{f"write variant {act}": MOVE for act in _ACTS},
    "write variant part": MOVE,
    "write variant claim": (*MOVE, Kind.CLOCK_SET_BACK),
    "write variant release": MOVE,
    **dict.fromkeys(
        (
            "write account reconnect",
            "write account settle",
            "write account signed_out",
            "write account throttle",
            "write bound",
            "write brake",
            "write brake accept",
            "write brake expire",
            "write brake lift",
            "write brake settle",
            "write review claim",
            "write review decide",
            "write variant cancel",
            "write variant edit",
        ),
        WRITE,
    ),
}

ANSWERED: Mapping[str, tuple[Kind, ...]] = {
    "hint triage": HINT,
    **dict.fromkeys(
        (
            "read each interaction",
            "read each workspace",
            "read interaction",
            "unseal body",
            "unseal target",
        ),
        READ,
    ),
    **dict.fromkeys(("write interaction answer", "write interaction review"), MOVE),
}
"""What an automatic answer meets besides; only where people speak to us."""

HEARD: Mapping[str, tuple[Kind, ...]] = {
    "hint listen": HINT,
    **dict.fromkeys(
        ("list slot", "read each answers", "read each guideline", "read each identity", "read own"),
        READ,
    ),
    **dict.fromkeys(
        ("write account", "write identity", "write own", "write reading", "write said", "write slot"), WRITE
    ),
    **dict.fromkeys(("write interaction", "write interaction seen"), MOVE),
}
"""What a reading meets; only where somebody says something on the platform."""

CONTENT: Mapping[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("read blob", "read handovers", "read media"), READ),
    **dict.fromkeys(("write handovers", "write spend", "write variant approve"), WRITE),
}
"""What pictures, approval and money meet besides; only where a plan has them."""

# --- at the connector port -------------------------------------------------------------------------------------------

_BESIDE = (Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.PAUSED_BEFORE, Kind.PAUSED_AFTER, *_SAID_BY_OTHERS)
_CALL = (*_BESIDE, Kind.LIMITED, Kind.UNAVAILABLE, Kind.SIGNED_OUT)
_PORT: Mapping[str, tuple[Kind, ...]] = {
    "fetch_interactions": _CALL,
    "own_posts": _CALL,
    "read again": _CALL,
    "thread": _CALL,
    "sign_in": _CALL,
    "publish": (
        *_CALL,
        Kind.KILLED_UNDER_WAY,
        Kind.TIMEOUT_LOST,
        Kind.TIMEOUT_LATE,
        Kind.ERROR_APPLIED,
        Kind.ERROR_NOT_APPLIED,
        Kind.REFUSED,
    ),
    "find_published": _CALL,
    "upload": _CALL,
    "uploaded": _CALL,
    "confirm": (Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.LIMITED, Kind.UNAVAILABLE, Kind.SIGNED_OUT),
}

# --- through the clients ---------------------------------------------------------------------------------------------

_ASKED = (
    *_BESIDE,
    Kind.LIMITED,
    Kind.SIGNED_OUT,
    Kind.TOKEN_REFUSED,
    Kind.NOT_CONNECTED,
    Kind.TIMEOUT_LOST,
    Kind.RESET,
    Kind.ERROR_NOT_APPLIED,
    Kind.PAGE,
    Kind.WELCOME_PAGE,
    Kind.CUT_SHORT,
    Kind.UNKNOWN_ANSWER,
)
_SAID = (
    *_ASKED,
    Kind.KILLED_UNDER_WAY,
    Kind.TIMEOUT_LATE,
    Kind.RESET_APPLIED,
    Kind.ERROR_APPLIED,
    Kind.PAGE_APPLIED,
    Kind.REFUSED,
)
_OPENED = (*_ASKED, Kind.RESET_APPLIED, Kind.ERROR_APPLIED)

SAYS: Mapping[str, str] = {
    "bluesky": "POST bluesky /xrpc/com.atproto.repo.putRecord",
    "mastodon": "POST mastodon /api/v1/statuses",
    "reddit": "POST reddit /api/submit",
    "x": "POST x /2/tweets",
}
"""The one request of each platform whose effect cannot be taken back."""
LOOKS: Mapping[str, str] = {
    "bluesky": "GET bluesky /xrpc/com.atproto.repo.getRecord",
    "mastodon": "GET mastodon /api/v1/accounts/:us/statuses",
    "reddit": "GET reddit /user/:us/submitted",
    "x": "GET x /2/users/:us/tweets",
}
RENEWS: Mapping[str, str] = {
    "bluesky": "POST bluesky /xrpc/com.atproto.server.refreshSession",
    "reddit": "POST reddit /api/v1/access_token",
    "x": "POST x /2/oauth2/token",
}
"""What `sign_in` asks where the session is spent; Mastodon's tokens last."""
OPENS = "POST bluesky /xrpc/com.atproto.server.createSession"
WHO: Mapping[str, str] = {
    "bluesky": "GET bluesky /xrpc/com.atproto.server.getSession",
    "mastodon": "GET mastodon /api/v1/accounts/verify_credentials",
    "reddit": "GET reddit /api/v1/me",
    "x": "GET x /2/users/me",
}
_CLIENTS: Mapping[str, tuple[Kind, ...]] = {
    "unseal session": READ,
    "write session": MOVE,
    **{place: _SAID for name, place in SAYS.items() if name != "reddit"},
    SAYS["reddit"]: (*_SAID, Kind.LIMITED_IN_200, Kind.LIMITED_YET_MADE),
    **dict.fromkeys(LOOKS.values(), _ASKED),
    **dict.fromkeys(RENEWS.values(), _OPENED),
    OPENS: _OPENED,
    **dict.fromkeys(WHO.values(), _ASKED),
}


_NOT_YET_THROUGH_CLIENTS = frozenset({"write variant part", "read slot"})
"""Met seldom there: through the clients a thread takes several real requests, and an account is read once a day."""


@cache
def road(through: Through) -> Mapping[str, tuple[Kind, ...]]:
    """Every place that a plan may strike on this way, and with what."""
    without = {name: kinds for name, kinds in _RECORD.items() if name not in _NOT_YET_THROUGH_CLIENTS}
    return (
        {**without, **_CLIENTS} if through is Through.CLIENTS else {**_RECORD, **ANSWERED, **HEARD, **CONTENT, **_PORT}
    )


@cache
def pairs(through: Through) -> tuple[tuple[str, Kind], ...]:
    """Every pair of a place and what may go wrong there."""
    return tuple((place, kind) for place, kinds in road(through).items() for kind in kinds)


def platform_of(place: str) -> str | None:
    """The platform that a place belongs to; None where any may meet it."""
    words = place.split()
    return words[1] if len(words) == 3 and words[1] in PLATFORMS else None


def concrete(place: str, through: Through, platform: str) -> str:
    """A method of the connector port as the request that it makes, where the clients are gone through."""
    if through is not Through.CLIENTS:
        return place
    match place:
        case "publish":
            return SAYS[platform]
        case "find_published":
            return LOOKS[platform]
        case "sign_in":
            return RENEWS.get(platform, SAYS[platform])
    return place
