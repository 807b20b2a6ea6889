"""The rules of the publish protocol, each of which can be broken by one change."""

from __future__ import annotations

from dataclasses import dataclass, replace

LIMITED, SIGNED_OUT, REJECTED, STOPPED = "limited", "signed out", "rejected", "stopped"


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol as it should be; `with_rules` breaks some of it."""

    claims: bool = True
    """A worker sends only after a conditional claim."""
    marks_first: bool = False
    """A worker writes PUBLISHED before it sends."""
    leases: bool = True
    """A claim ends by itself."""
    looks_up: bool = True
    """A takeover asks the platform before it sends."""
    waits: bool = True
    """A takeover waits until nothing can land any more and what landed can be seen (D + V)."""
    sends_within_lease: bool = True
    """Off: a worker that slept past its lease still sends."""
    fenced: bool = True
    """An outcome is written only by whoever still holds the claim."""
    deletes_on_error: bool = False
    """A lost answer frees the claim (as an idempotency record that is deleted on an exception)."""
    silence_is_absence: bool = False
    """What a listing does not show is taken for absent on every platform."""
    cancel_asks: bool = True
    """A cancel is conditional on the state."""
    edit_asks: bool = True
    due_query: bool = True
    """The record itself is asked what is due; hints are no more than hints."""
    minds_dirt: frozenset[str] = frozenset({LIMITED, SIGNED_OUT, REJECTED, STOPPED})
    """With which answers only a clean attempt leaves SENDING."""
    hold_asks: bool = True
    """A hold is conditional on its reason."""
    reads_brakes_again: bool = True
    """A reading of the brakes that is too old to send with is taken anew."""
    one_item: bool = True
    """A thread is one item."""
    minds_parts: bool = True
    """Of a thread that has begun, what remains is stopped, not cancelled, and a refusal goes before a person."""
    stop_asks: bool = True
    """What remains of a thread is stopped only while no part is being sent."""
    in_order: bool = True
    """A claim waits for every earlier post of its account, and for the one that is under way."""
    person_waits: bool = True
    """A person decides once nothing can land any more."""
    person_sees: bool = True
    """A person who says that it is not there is right."""
    take_down_waits: bool = True
    """What is taken down is deleted once nothing can land any more."""


def with_rules(**broken: object) -> Rules:
    """The protocol with some rules changed."""
    return replace(Rules(), **broken)  # type: ignore[arg-type]
