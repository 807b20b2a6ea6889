"""Scenes: plans set up by hand for rules that drawn plans reach too seldom, each with what makes it hard told beside it.

A scene gives some of a plan's fields (`plans.Plan`); what it does not name is left as in a plan without faults.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.services.holding import SWEPT_FOR
from tests.simulation.places import PLATFORMS, RENEWS, Through, concrete
from tests.simulation.road import TIMING, Fault, Kind

Fields = Mapping[str, Any]
_LOST = (Kind.TIMEOUT_LOST, Kind.TIMEOUT_LATE, Kind.KILLED_UNDER_WAY, Kind.KILLED_AFTER)


def _unseen_brake(draw: random.Random, through: Through) -> Fields:
    """A brake comes into force while whoever has read the brakes sleeps, and nobody else comes upon it."""
    # Through the clients signing in is a request only where a session must be renewed.
    platform = draw.choice(tuple(RENEWS) if through is Through.CLIENTS else PLATFORMS)
    place = concrete("sign_in", through, platform)
    asleep = Fault(place, Kind.PAUSED_AFTER, 1, draw.choice((45.0, 60.0)))
    return {
        "platform": platform,
        "spent": through is Through.CLIENTS,
        "faults": (Fault(place, Kind.BRAKED_HERE), asleep),
        "due": (0.0,),
        "backlog": 90.0,
        "brake_for": 120.0,
        "brake_scope": draw.choice(("all", "platform", "account", "campaign")),
    }


def _released_in_the_dark(draw: random.Random, through: Through) -> Fields:
    """Two that were held go on their way at once, and the index shows neither: only the turn tells one of the other."""
    platform = draw.choice(PLATFORMS)
    says = concrete("publish", through, platform)
    more: Fields = {"faults": (Fault(says, draw.choice(_LOST), 1, 20.0),), "brake_at": 0.0, "brake_for": 40.0}
    if draw.random() < 0.3:
        more = {"faults": (Fault(says, Kind.SIGNED_OUT), Fault(says, draw.choice(_LOST), 2, 20.0))}
    return {
        "platform": platform,
        "due": draw.choice(((0.0, 0.0), (0.0, 3.0), (0.0, 0.0, 0.0))),
        "index_lag": 29.0,
        "settles": draw.random() < 0.5,
        **more,
    }


def _flood(draw: random.Random, _: Through) -> Fields:
    """More than an allowance at once: only then does a bucket that fills too fast show within one span."""
    return {"platform": draw.choice(PLATFORMS), "due": (0.0,) * 9, "allowed": (8, 40.0)}


def _brake_under_wrong_clocks(draw: random.Random, _: Through) -> Fields:
    """Whoever ticks with a clock that runs ahead thinks that the brake has had its time."""
    return {
        "platform": draw.choice(PLATFORMS),
        "due": (5.0,),
        "rogue": 3600.0,
        "brake_at": 0.0,
        "brake_lifted": False,
        "brake_for": 120.0,
        "brake_scope": draw.choice(("all", "platform", "account")),
    }


def _set_back_after_the_claim(draw: random.Random, _: Through) -> Fields:
    """A worker sleeps past its lease and wakes with a clock by which the lease still runs."""
    asleep = Fault("write variant claim", Kind.PAUSED_AFTER, 1, draw.choice((55.0, 70.0)))
    return {
        "platform": draw.choice(("mastodon", "mastodon", *PLATFORMS)),
        "faults": (Fault("write variant claim", Kind.CLOCK_SET_BACK, 1, draw.choice((-3600.0, -75.0))), asleep),
        "due": draw.choice(((0.0,), (3.0,), (0.0, 3.0))),
        "lag": draw.choice((0.0, TIMING.visible.total_seconds())),
        "remembers": False,
    }


def _lifted_before_it_shows(draw: random.Random, _: Through) -> Fields:
    """The list of what a brake held is behind: whoever lifts it sees nothing there yet."""
    return {
        "platform": draw.choice(PLATFORMS),
        "due": draw.choice(((3.0,), (0.0, 3.0), (3.0, 0.0, 0.0, 20.0))),
        "index_lag": 29.0,
        "brake_at": 0.0,
        "brake_for": 15.0,
        "brake_lifted": draw.random() < 0.7,
    }


def _shared_flood(draw: random.Random, _: Through) -> Fields:
    """Two accounts say at once what their one client may not."""
    due = draw.choice(((0.0, 0.0, 0.0), (0.0,) * 5))
    return {
        "platform": draw.choice(PLATFORMS),
        "due": due,
        "accounts": 2,
        "shared": draw.choice(((3, 30.0), (8, 40.0))),
    }


def _silence_is_absence(draw: random.Random, through: Through) -> Fields:
    """Silence for longer than the platform is ever behind: sent again, and never twice.

    That time is counted from the last request, and that may be the second.
    """
    platform = draw.choice(("reddit", "x"))
    says = concrete("publish", through, platform)
    first = Fault(says, draw.choice((Kind.TIMEOUT_LOST, Kind.KILLED_BEFORE, *_LOST)), 1, 20.0)
    again = Fault(says, draw.choice((Kind.TIMEOUT_LATE, Kind.KILLED_UNDER_WAY)), 2, 20.0)
    lag = draw.choice((0.0, 1.0, 6.0, 6.0)) * TIMING.visible.total_seconds()
    behind = TIMING.landing.total_seconds() + lag
    return {
        "platform": platform,
        "faults": (first, again) if draw.random() < 0.8 else (first,),
        "due": draw.choice(((0.0,), (0.0, 3.0))),
        "lag": lag,
        "again_after": behind + draw.choice((2.0, 40.0)),
    }


def _person_before_the_answer(draw: random.Random, _: Through) -> Fields:
    """An automatic answer waits behind a brake while a person of ours acts in the thread."""
    return {
        "platform": draw.choice(PLATFORMS),
        "due": draw.choice(((0.0,), (20.0,))),
        "asked": True,
        "acts_at": draw.choice((1.0, 6.0, 12.0)),
        "brake_at": 0.0,
        "brake_for": draw.choice((15.0, 40.0)),
        "brake_scope": draw.choice(("automatic", "automatic", "all")),
    }


def _held_long_after(draw: random.Random, through: Through) -> Fields:
    """Whoever saw that the account was signed out holds the next post once that is over, and swept for."""
    platform = draw.choice(PLATFORMS)
    swept = SWEPT_FOR.total_seconds()
    return {
        "platform": platform,
        "faults": (
            Fault(concrete("publish", through, platform), Kind.SIGNED_OUT),
            # So that only the second worker comes upon the second post.
            Fault("write variant hold", Kind.KILLED_AFTER, 1),
            Fault("write variant hold", Kind.PAUSED_BEFORE, 2, swept + draw.choice((45.0, 60.0))),
        ),
        "due": (0.0, 0.0),
        "backlog": 2 * swept,
    }


def _tampered(draw: random.Random, _: Through) -> Fields:
    """Whoever can reach the record changes what was checked, and approved, before it is sent."""
    return {
        "platform": draw.choice(PLATFORMS),
        "due": (20.0,),
        "tampered_at": draw.choice((3.0, 12.0)),
        "approved_at": draw.choice((None, 0.0)),
        "parts": draw.choice((1, 1, 2)),
    }


def _interrupted_thread(draw: random.Random, through: Through) -> Fields:
    """A thread whose second part is limited, lost or refused, or comes upon a brake, a stop or its own limit."""
    platform = draw.choice(("mastodon", "reddit", "x"))
    says = concrete("publish", through, platform)
    kinds = (Kind.LIMITED, Kind.LIMITED, Kind.LIMITED, Kind.REFUSED, Kind.SIGNED_OUT, Kind.BRAKED_HERE, *_LOST)
    return {
        "platform": platform,
        "faults": (Fault(says, draw.choice(kinds), draw.choice((2, 3)), 20.0),),
        "due": draw.choice(((0.0,), (3.0, 3.0))),
        "parts": 3,
        "goes_on": draw.random() < 0.5,
        "late_limit": draw.choice((10.0, 3600.0)),
        "cancel_at": draw.choice((None, 5.0, 15.0)),
        "settles": draw.random() < 0.6,
    }


def _voided(draw: random.Random, _: Through) -> Fields:
    """What was approved is edited before its time: its yes is void, and another one is needed."""
    return {
        "platform": draw.choice(PLATFORMS),
        "due": (draw.choice((20.0, 60.0)),),
        "approved_at": 0.0,
        "edit_at": draw.choice((2.0, 5.0, 14.0)),
        "moved_by": draw.choice((None, 12.0)),
        "faults": (Fault("write variant approve", draw.choice((Kind.KILLED_AFTER, Kind.BUSY_YET_DONE)), 1),)
        if draw.random() < 0.3
        else (),
    }


def _nearly_spent(draw: random.Random, through: Through) -> Fields:
    """More is due than may be paid for, and what was lost may have been charged."""
    platform = draw.choice(PLATFORMS)
    says = concrete("publish", through, platform)
    faults = (Fault(says, draw.choice((*_LOST, Kind.LIMITED, Kind.ERROR_NOT_APPLIED)), draw.choice((1, 2)), 20.0),)
    return {
        "platform": platform,
        "faults": faults if draw.random() < 0.8 else (),
        "due": draw.choice(((0.0, 0.0, 0.0), (0.0, 3.0, 20.0))),
        "accounts": draw.choice((1, 2)),
        "cap": draw.choice((1, 2, 3)),
        "parts": draw.choice((1, 1, 2)),
    }


_SCENES: tuple[Callable[[random.Random, Through], Fields], ...] = (
    _unseen_brake,
    _released_in_the_dark,
    _flood,
    _brake_under_wrong_clocks,
    _set_back_after_the_claim,
    _lifted_before_it_shows,
    _shared_flood,
    _silence_is_absence,
    _held_long_after,
    _person_before_the_answer,
    _tampered,
    _interrupted_thread,
    _voided,
    _nearly_spent,
)
_NOT_THROUGH_CLIENTS = (_flood, _shared_flood, _person_before_the_answer, _nearly_spent)
"""There each platform's own allowance stands, and nobody speaks to us."""


def scene(draw: random.Random, through: Through) -> Fields:
    """One of them."""
    fitting = [one for one in _SCENES if through is not Through.CLIENTS or one not in _NOT_THROUGH_CLIENTS]
    return draw.choice(fitting)(draw, through)
