"""What one state of the publish model holds, what a configuration turns on, and which states break a promise.

Nothing is counted: attempts are told apart only by who holds the fence, so that any number of crashes, lost answers,
refusals and resends is a finite number of states.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import NamedTuple

from chalicelib.domain.post import VariantState

S = VariantState


class At(StrEnum):
    """Where a worker is."""

    IDLE = "idle"
    LOOKING = "looking"
    CHECKING = "checking"
    """Holds the claim, and has no reading of the brakes that is young enough."""
    READY = "ready"
    UNDER_WAY = "under way"
    LANDED = "landed"
    """The request has landed, and its answer is on the way."""
    DROPPED = "dropped"
    ACCEPTED = "accepted"
    """Knows that it stands there: answered, or found."""
    LIMITED = "limited"
    UNAUTHORISED = "unauthorised"
    REJECTED = "rejected"
    STOPPED = "stopped"
    UNANSWERED = "unanswered"
    UNSURE = "unsure"


class Sign(IntEnum):
    """The account's credential. REVOKED: the platform refuses it, and our record does not know yet."""

    GOOD = 0
    REVOKED = 1
    SIGNED_OUT = 2


class Braking(IntEnum):
    """The one brake over everything. BROKEN: a request left while it was in force."""

    OFF = 0
    ACCEPTED = 1
    IN_FORCE = 2
    BROKEN = 3


class Item(NamedTuple):
    """One variant in the record. lease: whether it runs. part: the next one to send. stopped: parts that may still stand."""

    state: VariantState
    lease: bool = False
    dirty: bool = False
    version: int = 0
    part: int = 0
    braked: bool = False
    stopped: int | None = None
    down: bool = False
    hinted: bool = False


class Worker(NamedTuple):
    """One invocation. mine: whether the fence is still its own."""

    at: At
    post: int = 0
    mine: bool = False
    version: int = 0
    part: int = 0


IDLE = Worker(At.IDLE)


class Said(NamedTuple):
    """What a request asks for, and what stands on the platform."""

    post: int
    part: int
    version: int


class State(NamedTuple):
    """Everything at one moment. flight: requests whose worker is gone and that may still land. All sorted."""

    items: tuple[Item, ...]
    workers: tuple[Worker, ...]
    flight: tuple[Said, ...] = ()
    stands: tuple[Said, ...] = ()
    sign: Sign = Sign.GOOD
    brake: Braking = Braking.OFF


class Kind(StrEnum):
    """KEYLESS: silence proves nothing (X, Reddit). RACY: a key that is checked before it is kept, and a listing that
    proves absence (Mastodon). ATOMIC: one id once (Bluesky)."""

    KEYLESS = "keyless"
    RACY = "racy"
    ATOMIC = "atomic"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a configuration turns on. Off is what keeps its state space small."""

    platform: Kind = Kind.KEYLESS
    workers: int = 2
    posts: int = 1
    parts: int = 1
    cancels: bool = True
    edits: int = 0
    """How often a member may edit."""
    signs_out: bool = False
    rejects: bool = False
    brakes: bool = False
    decides: bool = False
    late: bool = False
    caps: bool = False
    takes_down: bool = False
    drafts: bool = False
    """Begins before the variant is scheduled."""


class Harm(StrEnum):
    """How a promise may be broken; being stuck is the explorer's to find."""

    TWICE = "twice"
    AFTER_CANCEL = "after an acknowledged cancel"
    AFTER_BRAKE = "sent under a brake in force"
    AFTER_STOP = "a part after an acknowledged stop"
    OLD_VERSION = "an old version after an acknowledged edit"
    OUT_OF_ORDER = "out of order"
    AT_ONCE = "two posts of one account under way at once"
    NOT_THERE = "published, and stands nowhere"
    UNTOLD = "failed, held or missed, and stands there"
    BACK_AGAIN = "taken down, and stands there again"


_NOTHING = frozenset({S.FAILED, S.MISSED})
"""States that say that nothing of it stands there; HELD and SCHEDULED may have begun."""
_NOT_OUT = frozenset({S.FAILED, S.HELD, S.MISSED, S.SCHEDULED})
_MOVING = frozenset({S.SCHEDULED, S.SENDING})


def harm_in(state: State, setting: Setting) -> Harm | None:
    """The promise that this state breaks, None where none."""
    stands = state.stands
    if state.brake is Braking.BROKEN:
        return Harm.AFTER_BRAKE
    if any((one.post, one.part) == (next_.post, next_.part) for one, next_ in pairwise(stands)):
        return Harm.TWICE
    if setting.posts > 1 and sum(one.state is S.SENDING for one in state.items) > 1:
        return Harm.AT_ONCE
    for number, item in enumerate(state.items):
        mine = [one for one in stands if one.post == number]
        harm = _harm_of(item, mine)
        if harm is not None:
            return harm
        if mine and number and not any(one.post == number - 1 for one in stands):
            before = state.items[number - 1]
            if setting.parts > 1 or before.state in _MOVING:
                return Harm.OUT_OF_ORDER
    return None


def _harm_of(item: Item, mine: list[Said]) -> Harm | None:
    if item.down:
        return Harm.BACK_AGAIN if mine else None
    if item.state is S.CANCELLED and mine:
        return Harm.AFTER_CANCEL
    if any(one.version != item.version for one in mine):
        return Harm.OLD_VERSION
    if mine and (len(mine) > item.part or item.state in _NOTHING) and item.state in _NOT_OUT:
        return Harm.UNTOLD
    if item.state is S.PUBLISHED and len(mine) < item.part:
        return Harm.NOT_THERE
    if mine and max(one.part for one in mine) >= len(mine):
        return Harm.OUT_OF_ORDER
    if item.stopped is not None and len(mine) > item.stopped:
        return Harm.AFTER_STOP
    return None


_SETTLED = frozenset({S.PUBLISHED, S.CANCELLED, S.FAILED, S.MISSED, S.CLOSED, S.NEEDS_REVIEW})


def is_good(state: State) -> bool:
    """Whether every post came to an end, is with a person, or is held for a reason that stands."""
    return all(
        item.state in _SETTLED
        or (item.state is S.HELD and (state.brake is not Braking.OFF if item.braked else state.sign is Sign.SIGNED_OUT))
        for item in state.items
    )
