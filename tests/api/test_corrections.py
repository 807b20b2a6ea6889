"""What people taught the reader, over the API: seen with what it was learnt from, replayed, in force, taken back."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from chalicelib.domain.access import Role
from chalicelib.services import polling
from tests.api.rooms import Reply, Rooms, send
from tests.services.taught import PRAISE
from tests.services.test_corrections import LESSONS


@pytest.fixture
def furnished(rooms: Rooms) -> Rooms:
    """Rooms of one's own with one of everything: what is in force is changed here."""
    return rooms.furnish()


def replayed(rooms: Rooms, correction: str) -> Reply:
    return send("POST", f"/corrections/{correction}/replay", token=rooms.tokens[Role.SAFETY], form={"days": 30})


def activate(rooms: Rooms, correction: str, replay: str) -> Reply:
    form = {"replay": replay, "why": "people objected"}
    return send("POST", f"/corrections/{correction}/activate", token=rooms.tokens[Role.SAFETY], form=form)


def test_it_is_replayed_put_in_force_and_taken_back(furnished: Rooms) -> None:
    rooms, one = furnished, furnished.ids["correction_id"]
    found = replayed(rooms, one)
    assert (found.status, found.json["state"]) == (HTTPStatus.CREATED, "done")
    assert (found.json["correction"], found.json["correction_against"]) == (one, None)
    assert found.json["version"] == found.json["against"]
    assert send("GET", f"/guideline/replays/{found.json['id']}", token=rooms.owner).json == found.json
    refused = activate(rooms, rooms.taught(-3000), found.json["id"])
    assert (refused.status, refused.json["type"]) == (HTTPStatus.CONFLICT, "urn:parley:problem:conflict")
    assert one in refused.json["detail"]
    done = activate(rooms, one, found.json["id"])
    assert (done.status, done.json["correction"], done.json["before"]) == (HTTPStatus.OK, one, [None])
    assert found.json["id"] in done.json["events"][-1]["why"]
    assert send("GET", f"/corrections/{one}", token=rooms.owner).json["active"]
    back = send("POST", "/corrections/rollback", token=rooms.owner, form={"why": "too strict"})
    assert (back.status, back.json["correction"], back.json["before"]) == (HTTPStatus.OK, None, [])
    assert back.json["events"][-1]["act"] == "roll_back_correction"
    again = send("POST", "/corrections/rollback", token=rooms.owner, form={"why": "too strict"})
    assert again.status == HTTPStatus.CONFLICT


def test_it_is_shown_with_what_it_was_learnt_from_and_nobody_s_name_or_word(rooms: Rooms) -> None:
    one = rooms.taught()
    shown = send("GET", f"/corrections/{one}", token=rooms.owner).json
    assert (shown["id"], shown["active"], shown["objection"]) == (one, False, None)
    assert shown["heads"] == {"answer": {"shift": -4000, "slope": 0, "words": 0, "careful": True}}
    assert shown["report"]["learnt"] == {"answer": {"more_care": 60, "less_care": 90}}
    assert (shown["report"]["before"]["answered"], shown["report"]["after"]["answered"]) == (4, 1)
    assert one in {each["id"] for each in send("GET", "/corrections", token=rooms.owner).json["items"]}
    assert send("GET", "/corrections", token=rooms.stranger).json["items"] == []
    lessons = send("GET", f"/corrections/{one}/lessons?limit=2", token=rooms.owner).json
    assert [each["interaction"] for each in lessons["items"]] == [each.interaction for each in LESSONS[:2]]
    assert lessons["items"][0].keys() == {
        "interaction",
        "revision",
        "decision",
        "role",
        "at",
        "guideline",
        "classifier",
        "taught",
        "says",
        "overturned",
        "held_out",
    }
    assert not any(each.author in json.dumps(lessons) for each in LESSONS[:3])


def test_it_runs_in_the_shadow_of_what_is_in_force(furnished: Rooms) -> None:
    rooms, one = furnished, furnished.ids["correction_id"]
    none = send("GET", "/corrections/shadow", token=rooms.owner)
    assert (none.status, none.json["correction"], none.json["against"]) == (HTTPStatus.OK, None, None)
    form = {"correction": one, "why": "a week beside none"}
    on = send("PUT", "/corrections/shadow", token=rooms.tokens[Role.SAFETY], form=form)
    assert (on.status, on.json["correction"], on.json["counts"]) == (HTTPStatus.OK, one, {})
    assert (on.json["events"][-1]["act"], on.json["events"][-1]["why"]) == ("set_correction_shadow", form["why"])
    shown = send("GET", f"/corrections/{one}", token=rooms.owner).json
    assert (shown["shadow"], shown["active"]) == (True, False)
    rooms.world.hears("x", PRAISE, number=9, author="m9", thread="t9")
    polling.poll_account(rooms.world.desk, rooms.world.accounts["x"], rooms.world.clock.now())
    told = send("GET", "/corrections/shadow", token=rooms.owner).json
    assert told["counts"] == {"answer>review": 1}
    (example,) = told["examples"]
    shown = send("GET", f"/interactions/{example['interaction']}", token=rooms.owner).json
    assert shown.keys() >= {"state"}, shown
    assert (shown["state"], shown["follows"], shown["follows_why_not"]) == ("answering", True, None)
    assert example["shadow"]["classifier"] == f"{example['against']['classifier']}+{one}"
    unknown = send("PUT", "/corrections/shadow", token=rooms.owner, form={"correction": "nosuch", "why": "why"})
    assert unknown.status == HTTPStatus.NOT_FOUND
    off = send("PUT", "/corrections/shadow", token=rooms.owner, form={"correction": None, "why": "enough seen"})
    assert (off.json["correction"], off.json["examples"]) == (None, [])
