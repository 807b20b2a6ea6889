"""A correction that a release's table silences is told of once, to whoever may change what is in force, and ends by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.incident import Cause, Incident, IncidentState
from chalicelib.services import corrections, digest_facts, incidents, triaging, workspaces
from chalicelib.services.ticking import tick
from chalicelib.services.wording import digest_mail
from chalicelib.store import keys
from tests.services.test_corrections import drafted, in_force, made, replayed, said, said_by
from tests.services.test_moderating import INSULT
from tests.world import World


def takes_over(world: World, correction: str | None) -> None:
    """The same record under a release whose table is another: this correction is what is in force there."""
    workspace = world.desk.workspace(world.workspace.id)
    event = replace(workspace.events[0], act="rewrite")
    world.desk.store.workspaces.save(workspace, replace(workspace, correction=correction), event)


@pytest.fixture
def older(world: World) -> str:
    one = drafted(world, made(base="00000000"))
    takes_over(world, one)
    return one


def listed(world: World) -> list[Incident]:
    return list(
        world.desk.store.incidents.listed(
            keys.shelf(world.workspace.id, "INCIDENTS"), limit=10, newest_first=True
        ).items
    )


def own(world: World) -> Incident | None:
    return incidents.of(world.desk, world.desk.workspace(world.workspace.id))


def summary(world: World) -> str:
    now = world.clock.now()
    workspace = world.desk.workspace(world.workspace.id)
    facts = digest_facts.gather(world.desk, workspace, now - timedelta(hours=1), now, now)
    return digest_mail(facts).text


def test_whoever_may_change_it_is_told_once_with_what_is_to_be_done(world: World, older: str) -> None:
    for role in (Role.SAFETY, Role.MANAGER):
        email = f"{role.value}@desk.example"
        workspaces.add_member(world.desk, world.caller, role.value, email, role, world.clock.now())
    for number in (1, 2, 3):
        said(world, INSULT, number)
        world.clock.move(60)
        tick(world.desk, world.clock.now())
    (mail,) = [one.mail for one in world.mail.list_mails()]
    assert set(mail.to) == {"owner@desk.example", "safety@desk.example"}
    assert "says nothing any more" in mail.subject
    assert "Next step:  Train anew (`parley train --with-decisions`)" in mail.text
    assert "learnt over table 00000000" in mail.text
    assert "it is over by itself" in mail.text
    assert "signed out" not in mail.text + mail.html
    (incident,) = listed(world)
    assert (incident.cause, incident.state, incident.account) == (Cause.OUTGROWN, IncidentState.TOLD, None)
    events = [one for one in world.desk.workspace(world.workspace.id).events if one.act == "silence_correction"]
    assert [one.actor.is_person for one in events] == [False]
    assert "What your people taught the reader, since" in summary(world)


def test_what_is_found_by_triage_is_told_of_as_well(world: World, older: str) -> None:
    takes_over(world, None)
    one = said_by(world, INSULT, 1)
    assert own(world) is None
    takes_over(world, older)
    event = replace(one.events[0], act="rewrite")
    new = world.desk.store.interactions.save(one, replace(one, state=type(one.state).NEW), event)
    triaging.triage(world.desk, world.workspace.id, new.id, world.clock.now())
    assert own(world) is not None


@pytest.mark.parametrize("ends", ["another", "none", "its table again"])
def test_it_ends_by_itself_and_may_begin_anew(world: World, older: str, ends: str) -> None:
    said(world, INSULT, 1)
    assert own(world) is not None
    if ends == "another":
        in_force(world, drafted(world))
    elif ends == "none":
        workspace = world.desk.workspace(world.workspace.id)
        event = replace(workspace.events[0], act="rewrite")
        world.desk.store.workspaces.save(workspace, replace(workspace, corrections_before=("",)), event)
        corrections.roll_back(world.desk, world.caller, "it says nothing", world.clock.now())
    else:
        takes_over(world, drafted(world))
        said(world, INSULT, 2)
    assert own(world) is None
    assert [one.state for one in listed(world)] == [IncidentState.CLOSED]
    assert "taught the reader" not in summary(world)
    world.clock.move(60)
    takes_over(world, older)
    said(world, INSULT, 3)
    assert [one.state for one in listed(world)] == [IncidentState.OPEN, IncidentState.CLOSED]


def test_stepping_back_to_another_that_is_as_old_ends_nothing(world: World, older: str) -> None:
    said(world, INSULT, 1)
    workspace = world.desk.workspace(world.workspace.id)
    before = drafted(world, made(-3000, base="00000000"))
    event = replace(workspace.events[0], act="rewrite")
    world.desk.store.workspaces.save(workspace, replace(workspace, corrections_before=(before,)), event)
    corrections.roll_back(world.desk, world.caller, "the one before", world.clock.now())
    said(world, INSULT, 2)
    assert [one.state for one in listed(world)] == [IncidentState.OPEN]


def test_where_all_is_well_nothing_is_written_of_it(world: World) -> None:
    one = drafted(world)
    assert replayed(world, one).findings.looked_at == 0
    in_force(world, one)
    before = world.desk.workspace(world.workspace.id).rev
    said(world, INSULT, 1)
    assert world.desk.workspace(world.workspace.id).rev == before
    assert listed(world) == []
