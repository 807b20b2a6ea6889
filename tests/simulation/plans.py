"""Plans: what one run of the simulation does, chosen by (way, seed, number) alone.

Number by number the plans aim at every pair of a place on the road and a thing that may go wrong there; the rest (a second
fault, the platform, moments, delays) is drawn. Some places are reached only after something went wrong: there the second
fault is the one that opens the way. Now and then one is a scene instead (`scenes`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.simulation.places import (
    ANSWERED,
    HEARD,
    LOOKS,
    OPENS,
    PLATFORMS,
    RENEWS,
    WHO,
    Through,
    concrete,
    pairs,
    platform_of,
)
from tests.simulation.road import TIMING, Fault, Kind
from tests.simulation.said import COMPLAINT, Said, drawn
from tests.simulation.scenes import scene

_A_SCENE_EVERY = 8
"""One plan of so many is a scene."""
_TIGHT = (
    ("publish", Kind.TIMEOUT_LATE),
    ("publish", Kind.KILLED_UNDER_WAY),
    ("publish", Kind.PAUSED_BEFORE),
    ("write variant claim", Kind.PAUSED_AFTER),
    ("write variant hold", Kind.PAUSED_BEFORE),
)
"""Where the protocol's times are tightest: aimed at more often, and mostly where nothing else would hide a mistake."""

_LOST_ANSWER = (Kind.TIMEOUT_LOST, Kind.TIMEOUT_LATE, Kind.KILLED_UNDER_WAY, Kind.ERROR_APPLIED, Kind.KILLED_AFTER)
_SLOW = (Kind.TIMEOUT_LATE, Kind.KILLED_UNDER_WAY)
_LATE = frozenset(_SLOW)
_SIGN_OUT = (("publish", (Kind.SIGNED_OUT,)), ("sign_in", (Kind.SIGNED_OUT,)))
_UNPROVEN = (("publish", (Kind.TIMEOUT_LOST, Kind.KILLED_BEFORE)),)
_THERE_BUT_UNSEEN = (("publish", (Kind.TIMEOUT_LATE, Kind.ERROR_APPLIED, Kind.KILLED_AFTER)),)
_SLEPT = (("write variant claim", (Kind.PAUSED_AFTER,)),)
_OPENERS: dict[str, tuple[tuple[str, tuple[Kind, ...]], ...]] = {
    "find_published": (("publish", _LOST_ANSWER),),
    **dict.fromkeys(LOOKS.values(), (("publish", _LOST_ANSWER),)),
    "confirm": _THERE_BUT_UNSEEN,
    "hint review": _UNPROVEN,
    "list held": _SIGN_OUT,
    "read account": _SIGN_OUT,
    "read budget": _SLEPT,
    "read each brake": _SLEPT,
    "read each post": (("publish", _LOST_ANSWER),),
    "read review": _UNPROVEN,
    "read workspace": _UNPROVEN,
    "write brake accept": (("write brake", (Kind.PAUSED_BEFORE,)),),
    "write variant take_over": (("publish", _LOST_ANSWER),),
    "write variant defer": (("publish", (Kind.LIMITED,)),),
    "write variant hold": _SIGN_OUT,
    "write variant reject": (("publish", (Kind.REFUSED,)),),
    "write variant doubt": (("publish", (Kind.TIMEOUT_LOST, Kind.TIMEOUT_LATE, Kind.ERROR_APPLIED)),),
    "write variant give_up": _UNPROVEN,
    "write variant miss": (("publish", (Kind.LIMITED,)),),
    "write variant release": _SIGN_OUT,
    "write account throttle": (("publish", (Kind.LIMITED,)), ("sign_in", (Kind.LIMITED,))),
    "write account signed_out": _SIGN_OUT,
    "write account reconnect": _SIGN_OUT,
    "write account settle": _SIGN_OUT,
    "write bound": (("publish", (Kind.ERROR_APPLIED, Kind.KILLED_AFTER)),),
    "write review claim": _UNPROVEN,
    "write review decide": _UNPROVEN,
    OPENS: (*_SIGN_OUT, ("sign_in", (Kind.TOKEN_REFUSED,))),
    **dict.fromkeys(WHO.values(), _SIGN_OUT),
}
_OF_BRAKES = frozenset(
    {"read brake", *(f"write brake{act}" for act in ("", " accept", " lift", " expire", " settle"))},
)
_OF_EDITS = frozenset({"read body", "read post", "write variant edit"})
_OF_THREADS = frozenset({"write variant part"})
_OF_PICTURES = frozenset({"upload", "uploaded", "write handovers", "read handovers", "read blob", "read media"})
_OF_APPROVAL = frozenset({"write variant approve"})
_OF_MONEY = frozenset({"write spend", "read spend"})
_OF_OWN_THREADS = frozenset({"own_posts", "read own", "thread", "write account", "write own"})
_OF_HEARING = frozenset({*HEARD, *_OF_OWN_THREADS, "fetch_interactions", "read again"})
_OF_PERSONS = frozenset({"confirm", "read review", "write review claim", "write review decide"})
_ONLY_WHERE_SILENCE_PROVES_NOTHING = frozenset({"write variant give_up", "hint review", "read workspace", *_OF_PERSONS})
_SILENT = ("reddit", "x")
_WITHOUT_SESSION = "mastodon"


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. Times are virtual seconds from its start.

    lag: how far the platform's listing is behind. remembers: whether a BY_KEY platform keeps the keys it saw. victim: the
    variant that a member cancels, at `cancel_at` or where a fault says so; the last one is edited, at `edit_at` or so.
    reconnects: whether a member signs a signed-out account in again. spent: whether the accounts' sessions must be renewed
    first (through the clients). allowed: writes in a span of seconds. moved_by: how much later an edit wants it said.
    offsets: the workers' clocks, by turns. rogue: a clock that is far off, now and then, on those who publish or tick.
    index_lag: how far the record's indexes are behind. backlog: how late every hint arrives. settles: whether a person
    looks after what waits for one. closes: whether that person lets it be. again_after: when silence is taken for absence,
    longer than the platform is ever behind. asked: whether people spoke to us, of whom triage answers one. acts_at: when a
    person of ours acts in their thread. shared: writes in a span of seconds of all accounts together. parts: of the thread
    that each post is. goes_on: whether its rest is said however late. pictures: whether each post shows one, on which the
    platform works for a while. approved_at: when a second person says yes to what waits for it, and from then on to all
    that comes; None: nobody is asked. tampered_at: when somebody who can reach the record changes what the victim says.
    cap: how many posts the workspace may pay for. said: what people say to us on the platform, to be heard by reading it.
    decides: whether a person decides about what waits for one.
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
    accounts: int = 1
    allowed: tuple[int, float] | None = None
    edit_at: float | None = None
    moved_by: float | None = None
    brake_at: float | None = None
    brake_scope: str = "all"
    brake_for: float = 30
    brake_lifted: bool = True
    offsets: tuple[float, ...] = (0.0,)
    rogue: float = 0
    index_lag: float = 0
    settles: bool = False
    backlog: float = 0
    closes: bool = False
    again_after: float | None = None
    shared: tuple[int, float] | None = None
    asked: bool = False
    acts_at: float | None = None
    parts: int = 1
    goes_on: bool = False
    pictures: bool = False
    approved_at: float | None = None
    tampered_at: float | None = None
    cap: int | None = None
    said: tuple[Said, ...] = ()
    decides: bool = False

    def words(self) -> str:
        """The plan as a person reads it."""
        told = [
            f"seed {self.seed}, plan {self.number}, through {self.through}: {self.platform}",
            f"due at {', '.join(f'{one:g}' for one in self.due)}, {self.late_limit:g} s late at most",
            f"listing {self.lag:g} s behind",
        ]
        told += [words for said, words in self._more() if said]
        faults = [f"{one.place} ({one.nth}.): {one.kind} [{one.seconds:g} s]" for one in self.faults]
        return "; ".join((*told, *(faults or ["no faults"])))

    def _more(self) -> tuple[tuple[bool, str], ...]:
        """What only some plans have."""
        brake = f"lifted after {self.brake_for:g} s" if self.brake_lifted else f"for {self.brake_for:g} s"
        return (
            (self.accounts > 1, f"on {self.accounts} accounts"),
            (self.allowed is not None, f"allowed {self.allowed}"),
            (self.cancel_at is not None, f"a cancel at {self.cancel_at} s"),
            (self.edit_at is not None, f"an edit at {self.edit_at} s"),
            (self.moved_by is not None, f"edits move it by {self.moved_by} s"),
            (self.brake_at is not None, f"a brake over {self.brake_scope} at {self.brake_at} s, {brake}"),
            (self.offsets != (0.0,), f"clocks off by {self.offsets}"),
            (self.rogue != 0, f"some clocks off by {self.rogue:+g} s"),
            (self.index_lag > 0, f"indexes {self.index_lag:g} s behind"),
            (self.backlog > 0, f"every hint is {self.backlog:g} s late"),
            (self.settles, "a person closes what waits" if self.closes else "a person settles what waits"),
            (self.again_after is not None, f"silence for {self.again_after} s is absence"),
            (self.asked, "two people spoke to us"),
            (self.acts_at is not None, f"a person of ours acts in the thread at {self.acts_at} s"),
            (self.shared is not None, f"all accounts are allowed {self.shared}"),
            (self.parts > 1, f"threads of {self.parts} parts" + (", said however late" if self.goes_on else "")),
            (self.pictures, "each shows a picture"),
            (self.approved_at is not None, f"approved from {self.approved_at} s on"),
            (self.tampered_at is not None, f"the record is tampered with at {self.tampered_at} s"),
            (self.cap is not None, f"{self.cap} posts may be paid for"),
            (bool(self.said), f"{len(self.said)} messages are said" + (", a person decides" if self.decides else "")),
            (not self.reconnects, "nobody signs in again"),
            (not self.remembers, "keys are forgotten"),
            (self.spent, "sessions are spent"),
        )

    @property
    def zombies(self) -> bool:
        """Whether a worker may send after its lease where the platform takes an id only once.

        Not where something keeps a post back that a person or nobody had found there: a brake, a spent cap. Both rest on A3.
        """
        if self.settles and self.cap is not None:
            return False
        return self.brake_at is None and all(one.kind is not Kind.BRAKED_HERE for one in self.faults)


def aim(seed: int, number: int, through: Through = Through.PORT) -> tuple[str, Kind] | None:
    """The place at which this plan has something go wrong, and what; None for a scene."""
    if number % _A_SCENE_EVERY == _A_SCENE_EVERY - 1:
        return None
    aims = _aims(seed, through)
    return aims[(number - number // _A_SCENE_EVERY) % len(aims)]


def plan(seed: int, number: int, through: Through = Through.PORT) -> Plan:
    """The plan of this seed and number: the same whenever it is asked for."""
    draw = random.Random(f"{through}/{seed}/{number}")
    aimed = aim(seed, number, through)
    if aimed is None:
        return _staged(seed, number, through, draw)
    place, kind = aimed
    platform = platform_of(place) or _platform(draw, place, kind)
    faults = _faults(draw, place, kind, platform, through)
    visible = TIMING.visible.total_seconds()
    accounts = 2 if place == "write interaction seen" or draw.random() < 0.2 else 1
    asked = through is not Through.CLIENTS and (place in ANSWERED or draw.random() < 0.06)
    return Plan(
        seed=seed,
        number=number,
        platform=platform,
        due=_due(draw, place),
        late_limit=10.0 if place == "write variant miss" else draw.choice((60.0, 3600.0, 3600.0, 3600.0)),
        faults=faults,
        cancel_at=_moment(
            draw, 0.2, place == "write variant cancel", (0.0, 1.0, 5.0, 15.0), (0.0, 5.0, 15.0, 45.0, 60.0)
        ),
        victim=0,
        reconnects=place in WHO.values() or draw.random() < 0.9,
        lag=6 * visible
        if place == "confirm"
        else draw.choice((0.0, visible / 2, visible, 6 * visible if platform in _SILENT else visible)),
        remembers=draw.random() < 0.5,
        spent=draw.random() < 0.2
        or place == "write session"
        or any(one.place in (*RENEWS.values(), OPENS) for one in faults),
        through=through,
        accounts=accounts,
        allowed=draw.choice(((2, 30.0), (3, 40.0))) if draw.random() < 0.1 and through is not Through.CLIENTS else None,
        edit_at=_moment(draw, 0.15, place in _OF_EDITS, (0.0, 1.0, 5.0, 15.0), (0.0, 5.0, 20.0, 45.0)),
        moved_by=draw.choice((0.0, 12.0, 30.0)) if draw.random() < 0.4 else None,
        brake_at=_moment(draw, 0.12, place in _OF_BRAKES, (0.0, 1.0, 5.0), (0.0, 3.0, 19.5, 20.5, 30.0)),
        brake_scope=draw.choice(("all", "platform", "account", "campaign", "automatic")),
        brake_for=draw.choice((15.0, 40.0, 80.0)),
        brake_lifted=place == "write brake lift" or (place != "write brake expire" and draw.random() < 0.6),
        offsets=tuple(draw.choice((-0.4, -0.2, 0.0, 0.2, 0.4)) for _ in range(3)) if draw.random() < 0.3 else (0.0,),
        rogue=draw.choice((-3600.0, -30.0, -6.0, 6.0, 30.0, 3600.0)) if draw.random() < 0.08 else 0.0,
        index_lag=draw.choice((1.0, 4.0, 10.0, 29.0)) if draw.random() < 0.12 else 0.0,
        settles=draw.random() < 0.5 or place in _OF_PERSONS,
        backlog=draw.choice((8.0, 20.0)) if draw.random() < (0.5 if kind is Kind.BRAKED_HERE else 0.06) else 0.0,
        asked=asked,
        acts_at=draw.choice((0.5, 6.0, 20.0)) if asked and draw.random() < 0.4 else None,
        closes=place not in _OF_PERSONS and draw.random() < 0.2,
        shared=draw.choice(((3, 30.0), (32, 40.0)))
        if draw.random() < 0.05 and through is not Through.CLIENTS
        else None,
        **_content(draw, place, through, accounts),
    )


def _said(draw: random.Random, place: str, accounts: int) -> dict[str, Any]:
    """What is said to us: with it people, edits, and a desk that decides."""
    if place not in _OF_HEARING and draw.random() >= 0.08:
        return {}
    if place == "read again":  # by whoever takes up what waits for a person
        complaint = replace(drawn(draw, 1)[0], text=COMPLAINT, at=0.0, shows=0.0)
        return {"said": (complaint,), "decides": True}
    return {"said": drawn(draw, accounts, quiet=place in _OF_OWN_THREADS), "decides": draw.random() < 0.7}


def _content(draw: random.Random, place: str, through: Through, accounts: int) -> dict[str, Any]:
    """What is said, and what must be true before it is: threads, pictures, a yes, a cap."""
    if through is Through.CLIENTS:
        return {}
    parts = draw.choice((2, 3)) if place in _OF_THREADS or draw.random() < 0.12 else 1
    return {
        "parts": parts,
        "goes_on": draw.random() < 0.5,
        "pictures": place in _OF_PICTURES or draw.random() < 0.08,
        "approved_at": draw.choice((0.0, 1.0, 8.0)) if place in _OF_APPROVAL or draw.random() < 0.08 else None,
        "cap": draw.choice((1, 2, 3, 4)) if place in _OF_MONEY or draw.random() < 0.08 else None,
        **_said(draw, place, accounts),
    }


def _staged(seed: int, number: int, through: Through, draw: random.Random) -> Plan:
    """A plan without faults but for what a scene says."""
    calm = Plan(
        seed=seed,
        number=number,
        platform=PLATFORMS[0],
        due=(0.0,),
        late_limit=3600.0,
        faults=(),
        cancel_at=None,
        victim=0,
        reconnects=True,
        lag=0.0,
        remembers=True,
        through=through,
        offsets=tuple(draw.choice((-0.4, -0.2, 0.0, 0.2, 0.4)) for _ in range(3)) if draw.random() < 0.3 else (0.0,),
    )
    return replace(calm, **scene(draw, through))


_DUES = (
    *((0.0,), (0.0,), (3.0,), (3.0,), (20.0,), (20.0,)),
    *((0.0, 0.0), (0.0, 3.0), (20.0, 0.0), (20.0, 20.0)),
    *((0.0, 3.0, 20.0), (20.0, 3.0, 0.0), (0.0, 0.0, 0.0)),
    *((3.0, 0.0, 0.0, 20.0), (0.0, 0.0, 0.0, 0.0), (20.0, 20.0, 20.0, 20.0)),
)
"""When a plan's posts are due. Few, since what each begins with is made once (`opening.beginning`)."""


def _due(draw: random.Random, place: str) -> tuple[float, ...]:
    due = draw.choice(_DUES)
    aimed = place == "write variant cancel" or place in _OF_EDITS
    return (20.0,) * len(due) if aimed else due


def _moment(
    draw: random.Random, share: float, aimed: bool, early: tuple[float, ...], any_time: tuple[float, ...]
) -> float | None:
    """When a member does something, in this share of the plans; early enough where it is what the plan aims at."""
    if aimed:
        return draw.choice(early)
    return draw.choice(any_time) if draw.random() < share else None


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
    says = concrete("publish", through, platform)
    if kind is Kind.BRAKED_HERE:
        faults.append(Fault(aimed, Kind.PAUSED_BEFORE, faults[-1].nth, draw.choice((6.0, 9.0, 11.0))))
    elif (place, kind) == ("write variant claim", Kind.PAUSED_AFTER) and draw.random() < 0.5:
        # Wakes up just before others may take over, and its request is slow.
        faults = [Fault(aimed, kind, 1, draw.choice((36.0, 40.0))), Fault(says, draw.choice(_SLOW), 1, 20.0)]
    elif (place, kind) == ("write variant hold", Kind.PAUSED_BEFORE):
        # Long enough for the account to be signed in again, and not for a takeover.
        faults = [Fault(says, Kind.SIGNED_OUT, 1), Fault(aimed, kind, 1, draw.choice((20.0, 25.0, 30.0)))]
    elif aimed == says and kind in _LATE:
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
        case Kind.CLOCK_SET_BACK:
            seconds = draw.choice((-3600.0, -75.0))
        case Kind.CLOCK_JUMPS:
            seconds = draw.choice((-3600.0, -40.0, -6.0, 6.0, 40.0, 3600.0))
        case Kind.TIMEOUT_LATE | Kind.KILLED_UNDER_WAY:
            seconds = draw.choice((2.0, 14.0, 20.0, 20.0))
        case Kind.LIMITED | Kind.LIMITED_IN_200:
            seconds = draw.choice((20.0, 45.0))
        case _:
            seconds = draw.choice((0.0, 5.0))
    return Fault(place, kind, nth, seconds, draw.choice((500, 502, 503, 504)))
