"""Every edge that is drawn leads where the house's drawing says, and there is no other."""

from __future__ import annotations

from enum import StrEnum

import pytest

from chalicelib.domain.account import ACCOUNT
from chalicelib.domain.blackout import BLACKOUT
from chalicelib.domain.brake import BRAKE
from chalicelib.domain.campaign import CAMPAIGN
from chalicelib.domain.digest import DIGEST
from chalicelib.domain.errors import IllegalMove
from chalicelib.domain.escalation import ESCALATION
from chalicelib.domain.event import EVENT
from chalicelib.domain.feed import FEED
from chalicelib.domain.handshake import HANDSHAKE
from chalicelib.domain.incident import INCIDENT
from chalicelib.domain.interaction import INTERACTION
from chalicelib.domain.machine import Machine
from chalicelib.domain.media import MEDIA
from chalicelib.domain.post import VARIANT
from chalicelib.domain.review import REVIEW
from chalicelib.domain.review_link import LINK
from chalicelib.domain.ruling import RULING
from chalicelib.domain.series import SERIES

DRAWN = {
    FEED: """
        active pause paused
        paused resume active
        active close closed
        paused close closed
    """,
    MEDIA: """
        awaiting_upload accept ready
        awaiting_upload refuse refused
        awaiting_upload delete deleted
        ready delete deleted
        refused delete deleted
        deleted announce awaiting_upload
        deleted accept ready
    """,
    CAMPAIGN: """
        planned edit planned
        planned measure planned
        planned cancel cancelled
        running edit running
        running measure running
        running pause paused
        running end ended
        running cancel cancelled
        paused edit paused
        paused measure paused
        paused resume running
        paused end ended
        paused cancel cancelled
        ended measure ended
    """,
    VARIANT: """
        draft edit draft
        draft submit awaiting_approval
        draft schedule scheduled
        draft cancel cancelled
        awaiting_approval endorse awaiting_approval
        awaiting_approval remind awaiting_approval
        awaiting_approval approve scheduled
        awaiting_approval return draft
        awaiting_approval edit draft
        awaiting_approval miss missed
        awaiting_approval cancel cancelled
        scheduled edit scheduled
        scheduled edit_void awaiting_approval
        scheduled claim sending
        scheduled miss missed
        scheduled reject failed
        scheduled hold held
        scheduled cancel cancelled
        scheduled stop closed
        scheduled give_up needs_review
        held release scheduled
        held edit held
        held edit_void awaiting_approval
        held stop closed
        held give_up needs_review
        held miss missed
        held cancel cancelled
        sending take_over sending
        sending doubt sending
        sending commit published
        sending part scheduled
        sending defer scheduled
        sending reject failed
        sending hold held
        sending give_up needs_review
        needs_review confirm published
        needs_review confirm_part scheduled
        needs_review resend scheduled
        needs_review close closed
        published take_down published
    """,
    INTERACTION: """
        new ignore ignored
        new answer answering
        new review in_review
        new escalate escalated
        new moderate moderating
        new edited new
        new withdrawn withdrawn
        ignored moderate moderating
        ignored undo in_review
        ignored edited new
        ignored withdrawn withdrawn
        answering sent answered
        answering refused in_review
        answering undo in_review
        answering edited new
        answering withdrawn withdrawn
        answered undo in_review
        answered moderate moderating
        answered edited new
        answered withdrawn withdrawn
        in_review decided resolved
        in_review moderate moderating
        in_review edited new
        in_review withdrawn withdrawn
        moderating done resolved
        moderating cannot in_review
        moderating undo in_review
        moderating edited in_review
        moderating withdrawn withdrawn
        escalated moderate moderating
        escalated undo in_review
        escalated edited new
        escalated withdrawn withdrawn
        resolved moderate moderating
        resolved undo in_review
        resolved edited in_review
        resolved withdrawn withdrawn
    """,
    RULING: """
        asked claim asked
        asked wait asked
        asked done done
        asked cannot refused
        asked drop undone
        asked undo undoing
        done undo undoing
        undoing claim undoing
        undoing wait undoing
        undoing done undone
        undoing cannot done
    """,
    LINK: """
        open use used
        open revoke revoked
    """,
    REVIEW: """
        open claim claimed
        open overdue escalated
        claimed claim claimed
        claimed release open
        claimed decide resolved
        claimed overdue escalated
        escalated claim claimed
        open moot resolved
        claimed moot resolved
        escalated moot resolved
        resolved undo open
    """,
    ACCOUNT: """
        active throttle throttled
        active signed_out needs_reconnect
        active pause paused
        active disable disabled
        throttled throttle throttled
        throttled recover active
        throttled signed_out needs_reconnect
        active unpaid unpaid
        throttled unpaid unpaid
        unpaid paid active
        unpaid disable disabled
        needs_reconnect reconnect active
        needs_reconnect disable disabled
        throttled disable disabled
        disabled reconnect active
        paused resume active
        paused disable disabled
    """,
    HANDSHAKE: """
        open use used
        open expire expired
        used done done
        used fail failed
    """,
    INCIDENT: """
        open tell telling
        open give_up untold
        telling told told
        telling refused open
        telling doubt told
        open close closed
        telling close closed
        told close closed
        untold close closed
    """,
    ESCALATION: """
        open tell telling
        open give_up untold
        telling told told
        telling refused open
        telling lost open
    """,
    DIGEST: """
        due claim sending
        sending sent sent
        sending refused due
        sending lost in_doubt
    """,
    BLACKOUT: """
        on lift lifted
    """,
    EVENT: """
        planned move planned
        planned cancel cancelled
    """,
    SERIES: """
        active edit active
        active make active
        active withdraw active
        active pause paused
        active end ended
        active finish ended
        paused edit paused
        paused withdraw paused
        paused resume active
        paused end ended
        ended withdraw ended
    """,
    BRAKE: """
        on lift lifted
        on expire lifted
        lifted put_on on
    """,
}

EDGES = [
    pytest.param(machine, *line.split(), id=f"{machine.noun}: {line.strip()}")
    for machine, drawing in DRAWN.items()
    for line in drawing.strip().splitlines()
]


@pytest.mark.parametrize(("machine", "state", "act", "leads_to"), EDGES)
def test_the_edge_leads_where_it_is_drawn(machine: Machine[StrEnum], state: str, act: str, leads_to: str) -> None:
    assert machine.move(machine.states(state), act) == machine.states(leads_to)


@pytest.mark.parametrize("machine", DRAWN, ids=lambda machine: machine.noun)
def test_there_is_no_other_edge(machine: Machine[StrEnum]) -> None:
    drawn = {tuple(line.split()[:2]) for line in DRAWN[machine].strip().splitlines()}
    acts = {act for _, act in machine.edges}
    for state in machine.states:
        for act in acts:
            if (state.value, act) not in drawn:
                assert not machine.allows(state, act)
                with pytest.raises(IllegalMove, match=f"no edge '{act}' from {state.value}"):
                    machine.move(state, act)


def test_what_has_been_said_or_given_up_stays_so() -> None:
    ends = {"published", "failed", "missed", "cancelled", "closed"}
    for (state, _), leads_to in VARIANT.edges.items():
        assert (leads_to is state) if state.value in ends else True
    assert ends >= {state.value for state in VARIANT.states if VARIANT.terminal(state)} >= ends - {"published"}


def test_a_live_attempt_is_never_cancellable() -> None:
    assert {state.value for state in VARIANT.sources("cancel")} == {"draft", "awaiting_approval", "scheduled", "held"}
