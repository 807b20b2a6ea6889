"""Ids of accounts, members and clauses come with what people call them, and nobody remote is ever among the names."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.access import Role
from chalicelib.ports import Delete
from chalicelib.services import enforcing, polling
from chalicelib.store import keys
from tests.api.rooms import INSULT, Rooms, send


@pytest.fixture
def ids(rooms: Rooms) -> dict[str, str]:
    """An insult that somebody holds, decided about and had hidden."""
    world, reviewer = rooms.world, rooms.tokens[Role.REVIEWER]
    world.hears("mastodon", INSULT, number=1)
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    (one,) = send("GET", "/interactions", token=rooms.owner).json["items"]
    held = send("POST", f"/reviews/{one['review']}/claim", token=reviewer).json
    form = {"action": "hide", "why": "it drives people away", "clauses": one["decision"]["rationale"]["clauses"][:1]}
    ruling = send("POST", f"/interactions/{one['id']}/moderations", token=reviewer, form=form).json["id"]
    enforcing.enforce(world.desk, world.workspace.id, ruling, world.clock.now())
    return {
        "interaction": one["id"],
        "review": one["review"],
        "ruling": ruling,
        "conversation": one["conversation"],
        "member": held["claim"]["member"],
        "account": one["account"],
        "clause": form["clauses"][0],
    }


PATHS = [
    ("/interactions", {"accounts", "clauses", "members"}),
    ("/interactions/{interaction}", {"accounts", "clauses", "members"}),
    ("/interactions/{interaction}/moderations", {"accounts", "clauses", "members"}),
    ("/reviews/{review}", {"clauses", "members"}),
    ("/rulings", {"accounts", "clauses", "members"}),
    ("/rulings/{ruling}", {"accounts", "clauses", "members"}),
    ("/conversations", {"accounts"}),
    ("/conversations/{conversation}", {"members"}),
]


@pytest.mark.parametrize(("path", "kinds"), PATHS)
def test_what_an_answer_knows_by_its_id_is_named(path: str, kinds: set[str], rooms: Rooms, ids: dict[str, str]) -> None:
    world = rooms.world
    answer = send("GET", path.format(**ids), token=rooms.owner)
    names: dict[str, Any] = answer.json["names"]
    account = world.accounts["mastodon"]
    wordings = {one.id: one.wording for one in world.desk.guideline(world.desk.workspace(world.workspace.id)).clauses}
    member = world.desk.store.members.get(world.workspace.id, ids["member"])
    assert member is not None
    expected = {
        "accounts": {ids["account"]: f"{account.handle} (mastodon)"},
        "clauses": {ids["clause"]: wordings[ids["clause"]]},
        "members": {ids["member"]: member.name},
    }
    for kind in kinds:
        assert expected[kind].items() <= names[kind].items(), kind
    for secret in (b"handle-of-m1", b"Name of m1", b"native-1"):
        assert secret not in answer.body


def test_posts_and_calendars_name_who_says_it_for_what_and_who_planned_it(rooms: Rooms) -> None:
    post = send("POST", "/posts", token=rooms.owner, form=rooms.post()).json
    account = rooms.world.desk.store.accounts.get(rooms.world.workspace.id, post["variants"][0]["account"])
    assert account is not None
    owner = rooms.world.caller.member
    share = send("POST", "/calendars", token=rooms.owner, form={"account": account.id})
    assert share.status == 201, share.body
    for path in ("/posts", f"/posts/{post['id']}", "/calendars", f"/calendars/{share.json['id']}"):
        names = send("GET", path, token=rooms.owner).json["names"]
        assert names["accounts"][account.id] == f"{account.handle} ({account.platform})", path
        assert names["members"][owner], path
    for path in ("/held", "/unsaid"):
        assert set(send("GET", path, token=rooms.owner).json["names"]) == {
            "accounts",
            "members",
            "campaigns",
            "clauses",
        }


def test_where_there_is_nothing_to_name_there_are_no_names(rooms: Rooms) -> None:
    assert send("GET", "/escalations", token=rooms.owner).json == {
        "items": [],
        "next": None,
        "names": {"accounts": {}, "members": {}, "campaigns": {}, "clauses": {}},
    }


def test_a_member_who_is_gone_has_no_name_and_breaks_nothing(rooms: Rooms, ids: dict[str, str]) -> None:
    table = rooms.world.desk.store.table
    table.transact([Delete(keys.within(rooms.world.workspace.id, "MEMBER", ids["member"]))])
    names = send("GET", f"/rulings/{ids['ruling']}", token=rooms.owner).json["names"]
    assert ids["member"] not in names["members"]
    assert ids["account"] in names["accounts"]
