"""A guideline is changed safely: tried on what was said, activated on the strength of that, taken back in one step."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from chalicelib.domain.access import Role
from tests.api.rooms import SHORT, Reply, Rooms, send


@pytest.fixture
def furnished(rooms: Rooms) -> Rooms:
    """Rooms of one's own with one of everything: what is active is changed here."""
    return rooms.furnish()


def activate(rooms: Rooms, version: str, replay: str) -> Reply:
    form = {"replay": replay, "why": "insults cannot wait"}
    return send("POST", f"/guideline/versions/{version}/activate", token=rooms.tokens[Role.SAFETY], form=form)


def active(rooms: Rooms) -> dict[str, Any]:
    return dict(send("GET", "/guideline", token=rooms.owner).json)


def test_a_version_is_kept_as_it_was_written_and_decides_nothing(rooms: Rooms) -> None:
    before = active(rooms)
    version = rooms.version(SHORT)
    assert rooms.version(SHORT) == version
    assert active(rooms) == before
    shown = send("GET", f"/guideline/versions/{version}", token=rooms.owner).json
    assert (shown["yaml"], shown["active"], shown["guideline"]["name"]) == (SHORT, False, "Short")
    assert [one["why"] for one in shown["events"]] == ["to be tried"]
    listed = send("GET", "/guideline/versions", token=rooms.owner).json["items"]
    assert {one["id"]: one["active"] for one in listed} == {before["version"]: True, version: False}
    foreign = send("GET", "/guideline/versions", token=rooms.stranger).json["items"]
    assert version not in {one["id"] for one in foreign}


def test_what_differs_is_told_clause_by_clause(rooms: Rooms) -> None:
    first = rooms.version(SHORT)
    second = rooms.version(SHORT.replace("severity: 2", "severity: 3"))
    at = f"/guideline/versions/{second}/differences"
    assert send("GET", f"{at}?against={first}", token=rooms.owner).json["items"] == [
        {"clause": "no-insults", "what": "severity", "before": 2, "after": 3}
    ]
    against_active = send("GET", at, token=rooms.owner).json["items"]
    new = [one for one in against_active if one["what"] == "clause" and one["before"] is None]
    assert [one["clause"] for one in new] == ["no-insults"]
    assert send("GET", f"{at}?against=unknown", token=rooms.owner).status == HTTPStatus.NOT_FOUND


def test_a_replay_tells_what_would_change_and_allows_that_version_alone(furnished: Rooms) -> None:
    rooms, before = furnished, active(furnished)
    version = rooms.version(SHORT)
    replay = rooms.replayed(version)
    assert (replay["state"], replay["changed"], replay["changes"]["review>escalate"]) == ("done", replay["changed"], 1)
    assert replay["clauses"]["no-insults"] == 1
    changes = send("GET", f"/guideline/replays/{replay['id']}/changes", token=rooms.owner).json["items"]
    assert len(changes) == replay["changed"]
    (one,) = [each for each in changes if each["change"] == "review>escalate"]
    assert one["interaction"] == rooms.ids["interaction_id"]
    assert one["version"]["rationale"]["clauses"] == ["no-insults"]
    assert one["against"]["guideline"] == before["version"]
    other = rooms.version(SHORT.replace("severity: 2", "severity: 3"))
    refused = activate(rooms, other, replay["id"])
    assert (refused.status, refused.json["type"]) == (HTTPStatus.CONFLICT, "urn:parley:problem:conflict")
    assert version in refused.json["detail"]
    assert active(rooms) == before
    done = activate(rooms, version, replay["id"])
    assert (done.status, done.json["version"]) == (HTTPStatus.OK, version)
    assert replay["id"] in done.json["events"][-1]["why"]
    assert activate(rooms, other, rooms.replayed(other)["id"]).status == HTTPStatus.OK
    assert activate(rooms, version, replay["id"]).status == HTTPStatus.CONFLICT


def test_a_replay_of_yesterday_allows_nothing(furnished: Rooms) -> None:
    version = furnished.version(SHORT)
    replay = furnished.replayed(version)
    furnished.world.clock.move(24 * 3600)
    refused = activate(furnished, version, replay["id"])
    assert refused.status == HTTPStatus.CONFLICT
    assert "24 hours" in refused.json["detail"]


def test_back_in_one_step_as_often_as_there_is_a_step(rooms: Rooms) -> None:
    first = active(rooms)["version"]
    second, third = rooms.version(SHORT), rooms.version(SHORT.replace("severity: 2", "severity: 3"))
    for one in (second, third):
        assert activate(rooms, one, rooms.replayed(one)["id"]).status == HTTPStatus.OK
    for expected in (second, first):
        back = send("POST", "/guideline/rollback", token=rooms.owner, form={"why": "too many escalations"})
        assert (back.status, back.json["version"]) == (HTTPStatus.OK, expected)
        last = back.json["events"][-1]
        assert (last["act"], last["why"], last["after"]) == ("roll_back_guideline", "too many escalations", expected)
    refused = send("POST", "/guideline/rollback", token=rooms.owner, form={"why": "once more"})
    assert refused.status == HTTPStatus.CONFLICT


def test_what_was_heard_puts_an_end_to_changing_it_at_once(furnished: Rooms) -> None:
    before = furnished.world.record()
    reply = send("PUT", "/guideline", token=furnished.owner, form={"yaml": SHORT, "why": "quickly"})
    assert reply.status == HTTPStatus.CONFLICT
    assert "/guideline/versions" in reply.json["fix"]
    assert furnished.world.record() == before
