"""Plans: what one run of the simulation does, chosen by (seed, number) alone.

Number by number the plans aim at every pair of a place on the road and a thing that may go wrong there; the rest (a second
fault, the platform, moments, delays) is drawn. Some places are reached only after something went wrong: there the second
fault is the one that opens the way.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from tests.simulation.road import TIMING, Fault, Kind

PLATFORMS = ("bluesky", "mastodon", "x")

_READ = (Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.BUSY, Kind.PAUSED_BEFORE, Kind.PAUSED_AFTER)
_WRITE = (*_READ, Kind.BUSY_YET_DONE, Kind.REPEATED)
_CALL = (
    Kind.KILLED_BEFORE,
    Kind.KILLED_AFTER,
    Kind.PAUSED_BEFORE,
    Kind.PAUSED_AFTER,
    Kind.CANCELLED_HERE,
    Kind.LIMITED,
    Kind.UNAVAILABLE,
    Kind.SIGNED_OUT,
)
_PUBLISH = (
    *_CALL,
    Kind.KILLED_UNDER_WAY,
    Kind.TIMEOUT_LOST,
    Kind.TIMEOUT_LATE,
    Kind.ERROR_APPLIED,
    Kind.ERROR_NOT_APPLIED,
    Kind.REFUSED,
)
_HINT = (Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.BUSY, Kind.LOST, Kind.DOUBLED)

ROAD: dict[str, tuple[Kind, ...]] = {
    "find due": _READ,
    "read each slot": _READ,
    "read variant": _READ,
    "read account": _READ,
    "read body": _READ,
    "read credential": _READ,
    "sign_in": _CALL,
    "publish": _PUBLISH,
    "find_published": _CALL,
    "hint publish": _HINT,
    "hint review": _HINT,
    "write variant claim": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant take_over": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant commit": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant defer": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant hold": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant reject": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant doubt": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant give_up": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant miss": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant release": (*_WRITE, Kind.CANCELLED_HERE),
    "write variant cancel": _WRITE,
    "write account throttle": _WRITE,
    "write account signed_out": _WRITE,
    "write account reconnect": _WRITE,
    "list posts": _READ,
    "read each variant": _READ,
}
"""Every place that a plan may strike, and with what."""

PAIRS = tuple((place, kind) for place, kinds in ROAD.items() for kind in kinds)

_TIGHT = (
    ("publish", Kind.TIMEOUT_LATE),
    ("publish", Kind.KILLED_UNDER_WAY),
    ("publish", Kind.PAUSED_BEFORE),
    ("write variant claim", Kind.PAUSED_AFTER),
)
"""Where the protocol's times are tightest: aimed at more often, and mostly where nothing else would hide a mistake."""

_LOST_ANSWER = (Kind.TIMEOUT_LOST, Kind.TIMEOUT_LATE, Kind.KILLED_UNDER_WAY, Kind.ERROR_APPLIED, Kind.KILLED_AFTER)
_LATE = frozenset({Kind.TIMEOUT_LATE, Kind.KILLED_UNDER_WAY})
_SIGN_OUT = (("publish", (Kind.SIGNED_OUT,)), ("sign_in", (Kind.SIGNED_OUT,)))
_OPENERS: dict[str, tuple[tuple[str, tuple[Kind, ...]], ...]] = {
    "find_published": (("publish", _LOST_ANSWER),),
    "hint review": (("publish", (Kind.TIMEOUT_LOST, Kind.KILLED_BEFORE)),),
    "write variant take_over": (("publish", _LOST_ANSWER),),
    "write variant defer": (("publish", (Kind.LIMITED, Kind.UNAVAILABLE)),),
    "write variant hold": _SIGN_OUT,
    "write variant reject": (("publish", (Kind.REFUSED,)),),
    "write variant doubt": (("publish", (Kind.TIMEOUT_LOST, Kind.TIMEOUT_LATE, Kind.ERROR_APPLIED)),),
    "write variant give_up": (("publish", (Kind.TIMEOUT_LOST, Kind.KILLED_BEFORE)),),
    "write variant miss": (("publish", (Kind.LIMITED,)),),
    "write variant release": _SIGN_OUT,
    "write account throttle": (("publish", (Kind.LIMITED,)), ("sign_in", (Kind.LIMITED,))),
    "write account signed_out": _SIGN_OUT,
    "write account reconnect": _SIGN_OUT,
    "list posts": _SIGN_OUT,
    "read each variant": _SIGN_OUT,
}
_ONLY_ON_X = frozenset({"write variant give_up", "hint review"})


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. Times are virtual seconds from its start.

    lag: how far the platform's listing is behind. victim: the variant that a member cancels, at `cancel_at` or where a
    fault says so. reconnects: whether a member signs a signed-out account in again.
    """

    seed: int
    number: int
    platform: str
    due: tuple[float, ...]
    late_limit: float
    faults: tuple[Fault, ...]
    cancel_at: float | None
    victim: int
    reconnects: bool
    lag: float
    remembers: bool

    def words(self) -> str:
        """The plan as a person reads it."""
        faults = "; ".join(f"{one.place} ({one.nth}.): {one.kind} [{one.seconds:g} s]" for one in self.faults)
        return (
            f"seed {self.seed}, plan {self.number}: {self.platform}, due at {self.due}, late limit {self.late_limit:g} s, "
            f"cancel of {self.victim} at {self.cancel_at}, lag {self.lag:g} s, keys kept: {self.remembers}, "
            f"reconnects: {self.reconnects}; {faults or 'no faults'}"
        )


def plan(seed: int, number: int) -> Plan:
    """The plan of this seed and number: the same whenever it is asked for."""
    draw = random.Random(f"{seed}/{number}")
    place, kind = _aims(seed)[number % len(_aims(seed))]
    faults: list[Fault] = []
    if draw.random() < 0.98:
        opener = draw.choice(_OPENERS[place]) if place in _OPENERS else None
        if opener is not None:
            faults.append(_fault(draw, opener[0], draw.choice(opener[1]), 1))
        faults.append(_fault(draw, place, kind, draw.choice((1, 1, 1, 2)) if opener is None else 1))
        if place == "publish" and kind in _LATE:
            # The latest that a request can land: asked just before the lease ends, and slow.
            faults.append(Fault("publish", Kind.PAUSED_BEFORE, faults[-1].nth, draw.choice((1.0, 10.5, 11.0))))
        elif opener is None and draw.random() < 0.6:
            second = draw.choice(PAIRS)
            faults.append(_fault(draw, *second, draw.choice((1, 1, 2))))
    misses = place == "write variant miss"
    aims_at_cancel = place == "write variant cancel"
    cancels = aims_at_cancel or draw.random() < 0.25
    platform = _platform(draw, place, kind)
    visible = TIMING.visible.total_seconds()
    return Plan(
        seed=seed,
        number=number,
        platform=platform,
        due=tuple(
            20.0 if aims_at_cancel else draw.choice((0.0, 0.0, 3.0, 20.0)) for _ in range(draw.choice((1, 1, 1, 2, 3)))
        ),
        late_limit=10.0 if misses else draw.choice((60.0, 3600.0, 3600.0, 3600.0)),
        faults=tuple(faults),
        cancel_at=draw.choice((0.0, 1.0, 5.0, 15.0) if aims_at_cancel else (0.0, 5.0, 15.0, 45.0, 60.0))
        if cancels
        else None,
        victim=0,
        reconnects=draw.random() < 0.9,
        lag=draw.choice((0.0, visible / 2, visible, 6 * visible if platform == "x" else visible)),
        remembers=draw.random() < 0.5,
    )


@cache
def _aims(seed: int) -> tuple[tuple[str, Kind], ...]:
    aims = (*PAIRS, *_TIGHT, *_TIGHT, *_TIGHT)
    return tuple(random.Random(seed).sample(aims, len(aims)))


def _platform(draw: random.Random, place: str, kind: Kind) -> str:
    if place in _ONLY_ON_X:
        return "x"
    if (place, kind) in _TIGHT and draw.random() < 0.5:
        return "mastodon"
    return draw.choice(PLATFORMS)


def _fault(draw: random.Random, place: str, kind: Kind, nth: int) -> Fault:
    match kind:
        case Kind.PAUSED_BEFORE | Kind.PAUSED_AFTER:
            seconds = draw.choice((1.0, 6.0, 11.0, 13.5, 30.0, 43.0, 60.0, 90.0))
        case Kind.TIMEOUT_LATE | Kind.KILLED_UNDER_WAY:
            seconds = draw.choice((2.0, 14.0, 20.0, 20.0))
        case Kind.LIMITED:
            seconds = draw.choice((20.0, 45.0))
        case _:
            seconds = draw.choice((0.0, 5.0))
    return Fault(place, kind, nth, seconds)
