"""Plans: what one run of the simulation does, chosen by (way, seed, number) alone.

Number by number the plans aim at every pair of a place on the road and a thing that may go wrong there; the rest (a second
fault, the platform, moments, delays) is drawn. Some places are reached only after something went wrong: there the second
fault is the one that opens the way.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from tests.simulation.places import LOOKS, OPENS, PLATFORMS, RENEWS, WHO, Through, concrete, pairs, platform_of
from tests.simulation.road import TIMING, Fault, Kind

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
    **dict.fromkeys(LOOKS.values(), (("publish", _LOST_ANSWER),)),
    "hint review": (("publish", (Kind.TIMEOUT_LOST, Kind.KILLED_BEFORE)),),
    "write variant take_over": (("publish", _LOST_ANSWER),),
    "write variant defer": (("publish", (Kind.LIMITED,)),),
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
    OPENS: (*_SIGN_OUT, ("sign_in", (Kind.TOKEN_REFUSED,))),
    **dict.fromkeys(WHO.values(), _SIGN_OUT),
}
_ONLY_WHERE_SILENCE_PROVES_NOTHING = frozenset({"write variant give_up", "hint review"})
_SILENT = ("reddit", "x")
_WITHOUT_SESSION = "mastodon"


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. Times are virtual seconds from its start.

    lag: how far the platform's listing is behind. victim: the variant that a member cancels, at `cancel_at` or where a
    fault says so. reconnects: whether a member signs a signed-out account in again. spent: whether the account's session
    must be renewed before anything else (through the clients).
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
    spent: bool = False
    through: Through = Through.PORT

    def words(self) -> str:
        """The plan as a person reads it."""
        faults = "; ".join(f"{one.place} ({one.nth}.): {one.kind} [{one.seconds:g} s]" for one in self.faults)
        return (
            f"seed {self.seed}, plan {self.number}, through {self.through}: {self.platform}, due at {self.due}, "
            f"late limit {self.late_limit:g} s, cancel of {self.victim} at {self.cancel_at}, lag {self.lag:g} s, "
            f"keys kept: {self.remembers}, reconnects: {self.reconnects}, session spent: {self.spent}; "
            f"{faults or 'no faults'}"
        )


def plan(seed: int, number: int, through: Through = Through.PORT) -> Plan:
    """The plan of this seed and number: the same whenever it is asked for."""
    draw = random.Random(f"{through}/{seed}/{number}")
    aims = _aims(seed, through)
    place, kind = aims[number % len(aims)]
    platform = platform_of(place) or _platform(draw, place, kind)
    faults = _faults(draw, place, kind, platform, through)
    misses = place == "write variant miss"
    aims_at_cancel = place == "write variant cancel"
    cancels = aims_at_cancel or draw.random() < 0.25
    visible = TIMING.visible.total_seconds()
    return Plan(
        seed=seed,
        number=number,
        platform=platform,
        due=tuple(
            20.0 if aims_at_cancel else draw.choice((0.0, 0.0, 3.0, 20.0)) for _ in range(draw.choice((1, 1, 1, 2, 3)))
        ),
        late_limit=10.0 if misses else draw.choice((60.0, 3600.0, 3600.0, 3600.0)),
        faults=faults,
        cancel_at=draw.choice((0.0, 1.0, 5.0, 15.0) if aims_at_cancel else (0.0, 5.0, 15.0, 45.0, 60.0))
        if cancels
        else None,
        victim=0,
        reconnects=place in WHO.values() or draw.random() < 0.9,
        lag=draw.choice((0.0, visible / 2, visible, 6 * visible if platform in _SILENT else visible)),
        remembers=draw.random() < 0.5,
        spent=draw.random() < 0.2
        or place == "write session"
        or any(one.place in (*RENEWS.values(), OPENS) for one in faults),
        through=through,
    )


def _faults(draw: random.Random, place: str, kind: Kind, platform: str, through: Through) -> tuple[Fault, ...]:
    """The fault aimed at, the one that opens the way to it, and mostly a second one from anywhere."""
    if draw.random() >= 0.98:
        return ()
    faults: list[Fault] = []
    opener = draw.choice(_OPENERS[place]) if place in _OPENERS else None
    if opener is not None:
        faults.append(_fault(draw, concrete(opener[0], through, platform), draw.choice(opener[1]), 1))
    aimed = concrete(place, through, platform)
    faults.append(_fault(draw, aimed, kind, draw.choice((1, 1, 1, 2)) if opener is None else 1))
    if aimed == concrete("publish", through, platform) and kind in _LATE:
        # The latest that a request can land: asked just before the lease ends, and slow.
        faults.append(Fault(aimed, Kind.PAUSED_BEFORE, faults[-1].nth, draw.choice((1.0, 10.5, 11.0))))
    elif opener is None and draw.random() < 0.6:
        faults.append(_fault(draw, *draw.choice(_meetable(through, platform)), draw.choice((1, 1, 2))))
    return tuple(faults)


@cache
def _aims(seed: int, through: Through) -> tuple[tuple[str, Kind], ...]:
    tight = [(concrete(place, through, name), kind) for name in PLATFORMS for place, kind in _TIGHT]
    aims = (*pairs(through), *(tight if through is Through.CLIENTS else (*_TIGHT, *_TIGHT, *_TIGHT)))
    return tuple(random.Random(seed).sample(aims, len(aims)))


@cache
def _meetable(through: Through, platform: str) -> tuple[tuple[str, Kind], ...]:
    return tuple(pair for pair in pairs(through) if platform_of(pair[0]) in {None, platform})


def _platform(draw: random.Random, place: str, kind: Kind) -> str:
    if place in _ONLY_WHERE_SILENCE_PROVES_NOTHING:
        return draw.choice(_SILENT)
    if place.endswith(" session"):
        return draw.choice([name for name in PLATFORMS if name != _WITHOUT_SESSION])
    if (place, kind) in _TIGHT and draw.random() < 0.5:
        return "mastodon"
    return draw.choice(PLATFORMS)


def _fault(draw: random.Random, place: str, kind: Kind, nth: int) -> Fault:
    match kind:
        case Kind.PAUSED_BEFORE | Kind.PAUSED_AFTER:
            seconds = draw.choice((1.0, 6.0, 11.0, 13.5, 30.0, 43.0, 60.0, 90.0))
        case Kind.TIMEOUT_LATE | Kind.KILLED_UNDER_WAY:
            seconds = draw.choice((2.0, 14.0, 20.0, 20.0))
        case Kind.LIMITED | Kind.LIMITED_IN_200:
            seconds = draw.choice((20.0, 45.0))
        case _:
            seconds = draw.choice((0.0, 5.0))
    return Fault(place, kind, nth, seconds, draw.choice((500, 502, 503, 504)))
