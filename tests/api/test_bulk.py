"""Many posts at once over HTTP: brought as a table, taken out as one."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from chalicelib.formats import table
from tests.api.rooms import Reply, Rooms, send

TEXTS = ("Hello", "=1+1", "@all our readers", "'quoted", 'one\ntwo, "three"', "Grüße 🎉")


def bring(rooms: Rooms, data: bytes, media: str = "text/csv") -> Reply:
    return send("POST", "/imports", token=rooms.owner, raw=data, headers={"content-type": media})


def sheet(rooms: Rooms, *texts: str, day: int = 7) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["when", "zone", "account", "text"])
    writer.writerows(
        [f"2030-01-{day:02}T09:{number:02}", "Europe/Berlin", rooms.account, one] for number, one in enumerate(texts)
    )
    return out.getvalue().encode()


def begun(rooms: Rooms, import_id: str, mode: str = "row_wise") -> dict[str, Any]:
    reply = send("POST", f"/imports/{import_id}/begin", token=rooms.owner, form={"mode": mode})
    assert reply.status == 200, reply.body
    return dict(reply.json)


def exported(rooms: Rooms, limit: int = 100) -> bytes:
    whole, after = b"", ""
    while True:
        reply = send("GET", f"/exports/posts?limit={limit}{after}", token=rooms.owner)
        assert reply.status == 200, reply.body
        whole += reply.body
        if "parley-next" not in reply.headers:
            return whole
        after = f"&after={reply.headers['parley-next']}"


def records(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("encoding", "media"), [("utf-8", "text/csv; charset=utf-8"), ("utf-16", "application/octet-stream")]
)
def test_a_table_is_checked_shown_and_begun(rooms: Rooms, encoding: str, media: str) -> None:
    brought = bring(rooms, sheet(rooms, *TEXTS).decode().encode(encoding), media)
    assert (brought.status, brought.json["state"], brought.json["counts"]) == (201, "checked", {"good": len(TEXTS)})
    assert send("GET", "/posts", token=rooms.owner).json["items"] == []
    done = begun(rooms, brought.json["id"], "all_or_nothing")
    assert (done["state"], done["counts"]) == ("done", {"made": len(TEXTS)})
    assert begun(rooms, brought.json["id"], "all_or_nothing") == done, "beginning twice is beginning once"
    posts = send("GET", "/posts", token=rooms.owner).json["items"]
    assert {one["variants"][0]["says"]["text"] for one in posts} == set(TEXTS)
    assert [one["act"] for one in done["events"]] == ["bring", "checked", "begin", "finish"]


def test_rows_are_told_page_by_page(rooms: Rooms) -> None:
    found = bring(rooms, sheet(rooms, *(f"Post {number}" for number in range(59)), "x" * 281)).json
    first = send("GET", f"/imports/{found['id']}/rows?limit=55", token=rooms.owner).json
    second = send("GET", f"/imports/{found['id']}/rows?limit=55&after={first['next']}", token=rooms.owner).json
    assert [one["line"] for one in first["items"] + second["items"]] == list(range(2, 62))
    assert second["next"] is None
    (fault,) = second["items"][-1]["faults"]
    assert fault["column"] == "text"
    assert fault["fix"] == "Shorten it by 1."
    odd = send("GET", f"/imports/{found['id']}/rows?after=9.9", token=rooms.owner)
    assert (odd.status, odd.pointers) == (400, ["after"])
    assert begun(rooms, found["id"])["counts"] == {"made": 59, "faulty": 1}


@pytest.mark.parametrize(
    ("data", "media", "status"),
    [
        (b"{}", "application/json", 415),
        (b"when,account,text\n1,2", "text/html", 415),
        (b"", "text/csv", 400),
        (b"when,account,text\n", "text/csv", 400),
        (b"when,account,text,colour\n1,2,3,4", "text/csv", 400),
        (b"x" * (table.MOST_BYTES + 1), "text/csv", 413),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_and_nothing_kept(
    rooms: Rooms, data: bytes, media: str, status: int
) -> None:
    before = rooms.world.record()
    assert bring(rooms, data, media).status == status
    assert rooms.world.record() == before


def test_what_was_taken_out_can_be_brought_back_and_calculates_nothing(rooms: Rooms) -> None:
    begun(rooms, bring(rooms, sheet(rooms, *TEXTS)).json["id"])
    whole = exported(rooms, limit=4)
    assert whole == exported(rooms)
    shown = records(whole)
    assert sorted(one["text"] for one in shown) == sorted(table.guarded(one) for one in TEXTS)
    assert {one["state"] for one in shown} == {"scheduled"}
    cells = [cell for one in shown for cell in one.values() if cell]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]
    later = whole.replace(b"2030-01-07", b"2030-02-08")
    assert begun(rooms, bring(rooms, later).json["id"])["counts"] == {"made": len(TEXTS)}
    posts = send("GET", "/posts?limit=100", token=rooms.owner).json["items"]
    assert sorted(one["variants"][0]["says"]["text"] for one in posts) == sorted(TEXTS * 2)


def test_what_answers_a_member_is_not_taken_out(rooms: Rooms) -> None:
    begun(rooms, bring(rooms, sheet(rooms, "Hello")).json["id"])
    reply = rooms.answered("We hear you.")
    posts = send("GET", "/posts", token=rooms.owner).json["items"]
    assert reply in {one["variants"][0]["id"] for one in posts}
    assert [one["text"] for one in records(exported(rooms))] == ["Hello"]
    assert records(send("GET", "/exports/posts", token=rooms.stranger).body) == []
