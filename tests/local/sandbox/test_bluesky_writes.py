"""Bluesky: several records in one write, and the blobs that records show."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests

from local.sandbox.dagcbor import cid_of, cid_of_bytes
from tests.local.sandbox.drawing import DOT, png

FIRST, SECOND, THIRD = "3n2qjxwo65623", "3n2qjxwo65723", "3n2qjxwo65a23"
POSTS = "app.bsky.feed.post"
AT = "2026-11-20T12:00:00.000Z"


@pytest.fixture
def account(control: Any) -> Any:
    return control.account("bluesky")


@pytest.fixture
def agent(wire: Any, account: Any) -> Any:
    return wire.bluesky(account)


def _create(rkey: str, text: str, **record: Any) -> dict[str, Any]:
    value = {"$type": POSTS, "text": text, "createdAt": AT, **record}
    return {"$type": "com.atproto.repo.applyWrites#create", "collection": POSTS, "rkey": rkey, "value": value}


def _apply(agent: Any, *writes: dict[str, Any]) -> requests.Response:
    answer: requests.Response = agent.post("com.atproto.repo.applyWrites", {"repo": agent.did, "writes": list(writes)})
    return answer


def _says(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


def _image(blob: dict[str, Any], alt: str = "a dot", **more: Any) -> dict[str, Any]:
    return {"alt": alt, "image": blob, **more}


def _embed(*images: dict[str, Any]) -> dict[str, Any]:
    return {"embed": {"$type": "app.bsky.embed.images", "images": list(images)}}


def test_a_thread_stands_there_at_once_and_names_what_it_answers(agent: Any, account: Any, control: Any) -> None:
    head = _create(FIRST, "1/2")
    ref = {"uri": f"at://{account['id']}/{POSTS}/{FIRST}", "cid": cid_of(head["value"])}
    answer = _apply(agent, head, _create(SECOND, "2/2", reply={"root": ref, "parent": ref}))
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert (results[0]["uri"], results[0]["cid"]) == (ref["uri"], ref["cid"])
    posts = control.get("posts", platform="bluesky")["posts"]
    assert [(one["text"], one["reply_to"], one["root"]) for one in posts] == [
        ("1/2", None, ref["uri"]),
        ("2/2", ref["uri"], ref["uri"]),
    ]
    for rkey, result in zip((FIRST, SECOND), results, strict=True):
        found = agent.get("com.atproto.repo.getRecord", repo=account["id"], collection=POSTS, rkey=rkey).json()
        assert found["cid"] == result["cid"] == cid_of(found["value"])
    thread = agent.get("app.bsky.feed.getPostThread", uri=ref["uri"]).json()["thread"]
    assert [one["post"]["record"]["text"] for one in thread["replies"]] == ["2/2"]
    feed = agent.get("app.bsky.feed.getAuthorFeed", actor=account["id"]).json()["feed"]
    assert [one["post"]["uri"] for one in feed] == [posts[1]["id"], posts[0]["id"]]


@pytest.mark.parametrize(
    ("writes", "says"),
    [
        ((_create(THIRD, "new"), _create(FIRST, "taken")), (500, "InternalServerError")),
        ((_create(THIRD, "new"), _create(THIRD, "the same key twice")), (500, "InternalServerError")),
        ((_create(THIRD, "new"), _create(SECOND, "a" * 301)), (400, "InvalidRequest")),
        ((_create(THIRD, "new"), {"$type": "com.atproto.repo.applyWrites#move"}), (400, "InvalidRequest")),
    ],
)
def test_all_of_it_or_nothing(writes: Any, says: Any, agent: Any, control: Any) -> None:
    agent.put(FIRST, "first")
    assert _says(_apply(agent, *writes)) == says
    assert control.texts("bluesky") == ["first"]


def test_a_write_of_several_changes_and_takes_down_too(agent: Any, control: Any) -> None:
    agent.put(FIRST, "first")
    kind = "com.atproto.repo.applyWrites"
    change = _create(FIRST, "changed") | {"$type": f"{kind}#update"}
    assert _apply(agent, change, _create(SECOND, "second")).status_code == 200
    assert sorted(control.texts("bluesky")) == ["changed", "second"]
    gone = {"$type": f"{kind}#delete", "collection": POSTS, "rkey": FIRST}
    assert _apply(agent, gone).json()["results"] == [{"$type": f"{kind}#deleteResult"}]
    assert control.texts("bluesky") == ["second"]
    assert _says(_apply(agent, gone)) == (500, "InternalServerError")
    again = gone | {"rkey": SECOND}
    assert _apply(agent, again, _create(SECOND, "anew")).status_code == 200
    assert control.texts("bluesky") == ["anew"]


@pytest.mark.parametrize(("kind", "texts"), [("lost", ["1/2", "2/2"]), ("closed", [])])
def test_a_fault_meets_the_whole_write(kind: str, texts: list[str], agent: Any, control: Any) -> None:
    control.post("faults", platform="bluesky", kind=kind, on="write")
    with pytest.raises(requests.ConnectionError):
        _apply(agent, _create(FIRST, "1/2"), _create(SECOND, "2/2"))
    assert control.texts("bluesky") == texts
    assert len(control.writes("bluesky")) == 1


def test_a_write_of_several_costs_their_points(agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.sandbox.bluesky.POINTS", 100)
    answer = _apply(agent, _create(FIRST, "1/2"), _create(SECOND, "2/2"))
    assert answer.headers["ratelimit-remaining"] == "94"


def test_a_blob_is_the_same_however_often_it_comes(agent: Any, account: Any, control: Any) -> None:
    first = agent.upload(png(40, 30), "application/octet-stream").json()["blob"]
    assert first == agent.upload(png(40, 30)).json()["blob"]
    assert (first["mimeType"], first["ref"]["$link"]) == ("image/png", cid_of_bytes(png(40, 30)))
    assert control.get("uploads")["count"] == 1
    assert control.writes("bluesky") == [], "nobody sees a blob"
    got = agent.get("com.atproto.sync.getBlob", token="", did=account["id"], cid=first["ref"]["$link"])
    assert (got.content, got.headers["Content-Type"]) == (png(40, 30), "image/png")


def test_pictures_are_shown_as_the_record_says(agent: Any, account: Any, control: Any) -> None:
    blobs = [agent.upload(png(40 + n, 30)).json()["blob"] for n in range(2)]
    ratio = {"width": 40, "height": 30}
    record = _embed(_image(blobs[0], "one", aspectRatio=ratio), _image(blobs[1], "two"))
    uri = agent.put(FIRST, "look", record=record).json()["uri"]
    seen = agent.get("app.bsky.feed.getPosts", uris=[uri]).json()["posts"][0]
    assert seen["embed"]["$type"] == "app.bsky.embed.images#view"
    assert [(one["alt"], one.get("aspectRatio")) for one in seen["embed"]["images"]] == [("one", ratio), ("two", None)]
    assert seen["record"]["embed"]["images"][0]["image"] == blobs[0]
    shown = control.get("posts")["posts"][0]["pictures"]
    assert [(one["alt"], one["width"], one["sha256"]) for one in shown] == [
        ("one", 40, hashlib.sha256(png(40, 30)).hexdigest()),
        ("two", 41, hashlib.sha256(png(41, 30)).hexdigest()),
    ]


def test_a_record_shows_only_what_was_handed_over(agent: Any, wire: Any, control: Any) -> None:
    blob = agent.upload(DOT).json()["blob"]
    elsewhere = wire.bluesky(control.account("bluesky", "second-desk")).upload(png(9, 9)).json()["blob"]
    text = agent.upload(b"words", "text/plain").json()["blob"]
    large = agent.upload(png(4, 4) + b"\0" * 2_000_000).json()["blob"]
    for images, says in (
        ([_image(elsewhere)], (400, "BlobNotFound")),
        ([_image(blob | {"mimeType": "image/jpeg"})], (400, "InvalidMimeType")),
        ([_image(blob | {"size": 71})], (400, "InvalidSize")),
        ([_image(text)], (400, "InvalidMimeType")),
        ([_image(large)], (400, "BlobTooLarge")),
        ([_image(blob)] * 5, (400, "InvalidRequest")),
        ([{"image": blob}], (400, "InvalidRequest")),
        ([_image(blob, aspectRatio={"width": 0, "height": 1})], (400, "InvalidRequest")),
        ([{"alt": "x", "image": "a word"}], (400, "InvalidRequest")),
    ):
        assert _says(agent.put(FIRST, "look", record=_embed(*images))) == says, images
        assert _says(_apply(agent, _create(SECOND, "a part"), _create(FIRST, "look", **_embed(*images)))) == says
    assert control.texts("bluesky") == []
    assert agent.put(FIRST, "look", record=_embed(*[_image(blob)] * 4)).status_code == 200


def test_a_record_that_is_no_data_is_refused(agent: Any) -> None:
    for bad in ({"$link": "no cid"}, {"$link": 7}, {"$bytes": "a"}):
        assert _says(agent.put(FIRST, "x", record={"extra": bad})) == (400, "InvalidRequest"), bad
