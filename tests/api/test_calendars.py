"""A shared calendar tells whoever has its address what is to be said, and nobody else anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import icalendar
import pytest
import vobject

from chalicelib.domain.access import Role
from tests.api.rooms import INSULT, Reply, Rooms, send


def shared(rooms: Rooms, **form: Any) -> dict[str, Any]:
    reply = send("POST", "/calendars", token=rooms.owner, form=form)
    assert reply.status == 201, reply.body
    return dict(reply.json)


def read(path: str, **headers: str) -> Reply:
    reply = send("GET", path, headers=headers)
    if reply.status == 200:
        assert reply.headers["content-type"].startswith("text/calendar")
    return reply


def events(path: str) -> list[Any]:
    reply = read(path)
    assert reply.status == 200
    whole = reply.body.decode()
    found = icalendar.Calendar.from_ical(whole).walk("VEVENT")
    assert len(getattr(vobject.readOne(whole), "vevent_list", [])) == len(found), "a second reader reads as many"
    return list(found)


def scheduled(rooms: Rooms, text: str, account: str | None = None) -> dict[str, Any]:
    variants = [{"account": account or rooms.account, "text": text}]
    reply = send("POST", "/posts", token=rooms.owner, form=rooms.post(variants=variants))
    assert reply.status == 201, reply.body
    return dict(reply.json["variants"][0])


def test_it_tells_when_and_where_and_the_words_only_where_that_was_wanted(rooms: Rooms) -> None:
    scheduled(rooms, "Hello; all, of\nyou")
    plain, telling = shared(rooms)["path"], shared(rooms, texts=True)["path"]
    (event,) = events(plain)
    assert event.decoded("dtstart") == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert event["status"] == "TENTATIVE"
    assert "Hello" not in read(plain).body.decode()
    (event,) = events(telling)
    assert event["description"] == "Hello; all, of\nyou"
    assert event["summary"].endswith(": Hello; all, of you")


def test_an_entry_keeps_its_id_and_its_sequence_rises_with_each_change(rooms: Rooms) -> None:
    path = shared(rooms, texts=True)["path"]
    variant = scheduled(rooms, "Hello")
    (before,) = events(path)
    form = {"version": 1, "text": "Hello again", "schedule": {"at": "2026-11-21T13:00", "zone": "Europe/Berlin"}}
    assert send("PATCH", f"/variants/{variant['id']}", token=rooms.owner, form=form).status == 200
    (after,) = events(path)
    assert (after["uid"], after["description"]) == (before["uid"], "Hello again")
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == datetime(2026, 11, 21, 12, tzinfo=UTC)
    rooms.world.clock.move(3 * 3600)
    rooms.say(rooms.world.variant(variant["id"]))
    (said,) = events(path)
    assert (said["uid"], said["status"]) == (before["uid"], "CONFIRMED")
    assert said["url"] == "https://x.example/1"
    assert said["sequence"] > after["sequence"]


def test_what_is_cancelled_is_gone_and_an_account_s_calendar_is_its_own(rooms: Rooms) -> None:
    everything, one = shared(rooms)["path"], shared(rooms, account=rooms.account)["path"]
    other = scheduled(rooms, "Elsewhere", rooms.world.accounts["mastodon"].id)
    mine = scheduled(rooms, "Here")
    assert (len(events(everything)), len(events(one))) == (2, 1)
    assert send("POST", f"/variants/{mine['id']}/cancel", token=rooms.owner).status == 200
    assert [event["uid"].split("@")[0] for event in events(everything)] == [other["id"]]
    assert events(one) == []


def test_it_is_sent_again_only_where_it_changed(rooms: Rooms) -> None:
    path = shared(rooms)["path"]
    scheduled(rooms, "Hello")
    first = read(path)
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    again = read(path, **{"if-none-match": f'"other", W/{tag}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    scheduled(rooms, "Hello again")
    assert read(path, **{"if-none-match": tag}).status == 200


def test_whatever_does_not_open_is_refused_in_the_same_bytes(rooms: Rooms) -> None:
    mine, gone = shared(rooms), shared(rooms)
    assert send("DELETE", f"/calendars/{gone['id']}", token=rooms.owner).status == 204
    assert send("DELETE", f"/calendars/{gone['id']}", token=rooms.owner).status == 204
    path, secret = mine["path"], mine["path"].rpartition("/")[2]
    workspace, rest = secret.split(".", 1)
    closed = [
        gone["path"],
        f"/calendars/{gone['id']}/{secret}",
        f"/calendars/{'a' * 16}/{secret}",
        path.removesuffix(".ics"),
        path[:-5] + ("a" if path[-5] != "a" else "b") + ".ics",
        f"/calendars/{mine['id']}/{rooms.other.id}.{rest}",
        f"/calendars/{mine['id']}/.{rest}",
        f"/calendars/{mine['id']}/{workspace}..ics",
        f"/calendars/{mine['id']}/{'a' * 5000}",
    ]
    replies = [read(one) for one in closed]
    assert {(one.status, one.body) for one in replies} == {(404, replies[0].body)}
    assert read(path).status == 200
    assert rest.removesuffix(".ics") not in rooms.world.record(), "only its hash is kept"
    assert rest not in str(send("GET", "/calendars", token=rooms.owner).json)


def test_what_answers_a_member_is_in_no_calendar(rooms: Rooms) -> None:
    paths = [shared(rooms, texts=True)["path"], shared(rooms)["path"]]
    reply = rooms.answered("We hear you.")
    assert [events(path) for path in paths] == [[], []]
    rooms.say(rooms.world.variant(reply))
    assert rooms.world.variant(reply).state == "published"
    assert [events(path) for path in paths] == [[], []]
    assert INSULT not in read(paths[0]).body.decode()


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.SAFETY])
def test_not_everybody_shares_one(rooms: Rooms, role: Role) -> None:
    assert send("POST", "/calendars", token=rooms.tokens[role], form={}).status == 403


def test_a_calendar_of_no_account_is_refused(rooms: Rooms) -> None:
    assert rooms.refuses(400, "POST", "/calendars", {"account": "nosuch"}).pointers == ["/account"]
