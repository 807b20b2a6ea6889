"""Bluesky's threads and pictures: all parts in one write, each naming the one before it by an identifier of our own making."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.bluesky.cid import cid_of
from connectors.bluesky.record import key_of_part, made_at, thread, tid
from connectors.contract import Absent, Connector, Draft, Found, Limit, Picture, Unproven
from connectors.errors import Ambiguous, AuthExpired, RateLimited, Rejected, Retryable
from connectors.registry import connect
from tests.connectors.kit import NOW
from tests.connectors.kit_bluesky import BLUESKY, CID, DID, jwt
from tests.connectors.loopback import CLOSE, HANG, Asked, Loopback, Reply

APPLY, PUT = "/xrpc/com.atproto.repo.applyWrites", "/xrpc/com.atproto.repo.putRecord"
GET, UPLOAD = "/xrpc/com.atproto.repo.getRecord", "/xrpc/com.atproto.repo.uploadBlob"
BLOB = "bafkreidlp6sdj6jkroakvmbntpy2clsj77foijheae5byt3iwz7d2k542a"
HANDLE = json.dumps([BLOB, "image/png", 70])
DOT = Picture("m1", "image/png", 70, 3, 2, alt="A dot", handle=HANDLE)
THREAD = Draft(
    "One",
    language="en",
    pictures=(DOT,),
    thread=(Draft("Two"), Draft("A source", under_first=True), Draft("Three", pictures=(DOT,))),
)
KEY = tid("variant-1", NOW)


@pytest.fixture
def bluesky(server: Loopback) -> Connector:
    BLUESKY.prepare(server)
    return connect("bluesky", BLUESKY.sign_in(server.url))


def applied(asked: Asked) -> Reply:
    """As the reference server answers: where each record lies now, and its real CID."""
    results = [
        {"uri": f"at://{DID}/{it['collection']}/{it['rkey']}", "cid": cid_of(it["value"]), "validationStatus": "valid"}
        for it in asked.form["writes"]
    ]
    return Reply({"commit": {"cid": CID, "rev": "1"}, "results": results})


def lies_there(server: Loopback, **keys: Any) -> None:
    """From now on the repository holds these records, by key, and no others."""

    def answer(asked: Asked) -> Reply:
        key = asked.query["rkey"][0]
        if key not in keys:
            return Reply({"error": "RecordNotFound"}, 400)
        return Reply({"uri": f"at://{DID}/app.bsky.feed.post/{key}", "cid": keys[key], "value": {"text": "x"}})

    server.on("GET", GET, answer)


# --- identifiers ------------------------------------------------------------------------------------------------------

RECORDED = (
    "createRecord_image",
    "createRecord_100_family_emoji",
    "createRecord_facet_utf8",
    "putRecord_new",
    "reply_from_bob",
    "like_from_bob",
)


@pytest.mark.parametrize("name", RECORDED)
def test_a_record_has_the_cid_that_the_reference_server_gave_it(recorded: Callable[[str], Any], name: str) -> None:
    exchange = recorded(f"bluesky/pds_live/{name}.json")
    assert cid_of(exchange["request"]["body"]["record"]) == exchange["response"]["json"]["cid"]


def test_so_has_each_part_of_a_recorded_thread(recorded: Callable[[str], Any]) -> None:
    exchange = recorded("bluesky/pds_live/applyWrites_thread_two_posts.json")
    ours = [cid_of(it["value"]) for it in exchange["request"]["body"]["writes"]]
    assert ours == [it["cid"] for it in exchange["response"]["json"]["results"]]


VALUES = st.recursive(
    st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: not (isinstance(value, dict) and "$link" in str(value)))


@settings(max_examples=40)
@given(st.dictionaries(st.text(), VALUES, max_size=6))
def test_the_order_of_fields_does_not_matter(record: dict[str, Any]) -> None:
    assert cid_of(record) == cid_of(dict(reversed(record.items())))


# --- a thread ---------------------------------------------------------------------------------------------------------


def test_a_thread_is_one_write_of_all_its_parts(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", APPLY, applied)
    bluesky.sign_in()
    before = len(server.asked)

    receipt = bluesky.publish(THREAD, key=KEY)

    assert [it.path for it in server.asked[before:]] == [APPLY]
    body = server.last(APPLY).form
    assert body["repo"] == DID
    assert [it["value"]["text"] for it in body["writes"]] == ["One", "Two", "A source", "Three"]
    assert [it["rkey"] for it in body["writes"]] == [key_of_part(KEY, n) for n in range(4)]
    assert receipt.ref.id.endswith(f"/{KEY}")
    assert [ref.id.rpartition("/")[2] for ref in receipt.thread] == [key_of_part(KEY, n) for n in (1, 2, 3)]
    assert all(ref.root and ref.root.id == receipt.ref.id for ref in receipt.thread)
    assert receipt.ref.root is None
    assert receipt.ref.url


def test_each_part_answers_the_one_before_it_and_a_comment_the_first(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", APPLY, applied)
    receipt = bluesky.publish(THREAD, key=KEY)
    head, two, source, three = [it["value"] for it in server.last(APPLY).form["writes"]]
    first = {"uri": receipt.ref.id, "cid": cid_of(head)}
    second = {"uri": receipt.thread[0].id, "cid": cid_of(two)}
    assert "reply" not in head
    assert two["reply"] == {"root": first, "parent": first}
    assert source["reply"] == {"root": first, "parent": first}
    assert three["reply"] == {"root": first, "parent": second}


def test_a_thread_may_answer_somebody(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", APPLY, applied)
    receipt = bluesky.publish(replace(THREAD, in_reply_to=BLUESKY.target), key=KEY)
    values = [it["value"] for it in server.last(APPLY).form["writes"]]
    assert {it["reply"]["root"]["uri"] for it in values} == {BLUESKY.target.id}
    assert values[0]["reply"]["parent"]["uri"] == BLUESKY.target.id
    assert all(ref.root and ref.root.id == BLUESKY.target.id for ref in (receipt.ref, *receipt.thread))


def test_the_parts_are_made_one_after_the_other() -> None:
    times = [part.record["createdAt"] for part in thread(replace(THREAD, thread=THREAD.thread * 6), KEY, DID)]
    assert times == sorted(set(times))


@given(st.integers(0, 60))
def test_a_part_has_a_key_of_its_own_at_its_own_time(number: int) -> None:
    key = key_of_part(KEY, number)
    assert (made_at(key) - made_at(KEY)).total_seconds() * 1000 == number
    assert (key == KEY) == (number == 0)


def test_the_same_send_has_the_same_bytes(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", APPLY, applied)
    for _ in range(2):
        bluesky.publish(THREAD, key=KEY)
    first, second = (it.body for it in server.asked if it.path == APPLY)
    assert first == second


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Reply({"error": "InternalServerError"}, 500), Ambiguous),
        (Reply({}), Ambiguous),
        (Reply({"results": [{"uri": f"at://{DID}/app.bsky.feed.post/{KEY}", "cid": CID}]}), Ambiguous),
        (HANG, Ambiguous),
        (CLOSE, Ambiguous),
        (Reply({"error": "RateLimitExceeded"}, 429), RateLimited),
        (Reply({"error": "ExpiredToken"}, 400), AuthExpired),
        (Reply({"error": "InvalidRequest"}, 400), Rejected),
        (Reply({"error": "BlobNotFound"}, 400), Rejected),
    ],
    ids=["key-taken", "no-results", "other-cid", "hang", "close", "429", "expired", "refused", "blob"],
)
def test_a_thread_that_fails_is_asked_once(
    bluesky: Connector, server: Loopback, answer: Reply | str, error: type[Exception]
) -> None:
    server.on("POST", APPLY, answer)
    with pytest.raises(error):
        bluesky.publish(THREAD, key=KEY)
    assert server.count("POST", APPLY) == 1


def test_a_thread_whose_answer_was_lost_is_found_whole(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", APPLY, applied)
    told = bluesky.publish(THREAD, key=KEY)
    parts = thread(THREAD, KEY, DID)
    lies_there(server, **{part.key: part.ref.revision for part in parts})

    found = bluesky.find_published(THREAD, key=KEY, since=NOW)

    assert isinstance(found, Found)
    assert (found.receipt.ref, found.receipt.thread) == (told.ref, told.thread)


def test_a_thread_is_absent_only_where_neither_end_is_there(bluesky: Connector, server: Loopback) -> None:
    parts = thread(THREAD, KEY, DID)
    first, last = parts[0], parts[-1]
    lies_there(server)
    assert bluesky.find_published(THREAD, key=KEY, since=NOW) == Absent()
    for meddled in ({first.key: first.ref.revision}, {last.key: last.ref.revision}, {first.key: CID, last.key: CID}):
        lies_there(server, **meddled)
        assert isinstance(bluesky.find_published(THREAD, key=KEY, since=NOW), Unproven)


def test_what_is_left_comes_with_a_thread(bluesky: Connector, server: Loopback) -> None:
    headers, _ = BLUESKY.told_left
    server.on("POST", APPLY, lambda asked: replace(applied(asked), headers=headers))
    left = bluesky.publish(THREAD, key=KEY).limit
    assert isinstance(left, Limit)
    assert left.left == 1665


# --- pictures ---------------------------------------------------------------------------------------------------------


def blob_kept(asked: Asked) -> Reply:
    mime, size = asked.headers["content-type"], len(asked.body)
    return Reply({"blob": {"$type": "blob", "ref": {"$link": BLOB}, "mimeType": mime, "size": size}})


def test_a_picture_is_handed_over_as_it_is_and_shown_with_its_description(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", UPLOAD, blob_kept)
    server.on("POST", PUT, Reply(BLUESKY.created))
    upload = bluesky.upload(replace(DOT, handle=None), b"\x89PNG" * 5)
    assert upload.ready
    assert bluesky.uploaded(upload.handle)
    assert server.last(UPLOAD).body == b"\x89PNG" * 5

    bluesky.publish(Draft("See", pictures=(replace(DOT, handle=upload.handle),)), key=KEY)

    assert server.count("POST", UPLOAD) == 1
    assert server.last(PUT).form["record"]["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [
            {
                "alt": "A dot",
                "image": {"$type": "blob", "ref": {"$link": BLOB}, "mimeType": "image/png", "size": 20},
                "aspectRatio": {"width": 3, "height": 2},
            }
        ],
    }


def test_the_recorded_upload_is_understood(
    bluesky: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    server.on("POST", UPLOAD, Reply(recorded("bluesky/pds_live/uploadBlob.json")["response"]["json"]))
    assert bluesky.upload(DOT, b"x" * 70).handle == HANDLE


def test_an_upload_may_be_repeated_and_renews_a_token_once(bluesky: Connector, server: Loopback) -> None:
    session = {"accessJwt": jwt(3600, "2"), "refreshJwt": jwt(86400), "did": DID, "handle": "parley.example"}
    server.on("POST", "/xrpc/com.atproto.server.refreshSession", Reply(session))
    server.on("POST", UPLOAD, Reply({"error": "ExpiredToken"}, 400), blob_kept)
    assert bluesky.upload(DOT, b"x").handle
    for lost in (HANG, CLOSE, Reply({}, 500), Reply({"blob": {"size": 3}})):
        server.on("POST", UPLOAD, lost)
        with pytest.raises(Retryable):
            bluesky.upload(DOT, b"x")
    server.on("POST", UPLOAD, Reply({"error": "BlobTooLarge"}, 413))
    with pytest.raises(Rejected):
        bluesky.upload(DOT, b"x")


@pytest.mark.parametrize("handle", [None, "", "5", "{}", "[1]", "nonsense"])
def test_a_picture_that_was_not_handed_over_is_not_sent(
    bluesky: Connector, server: Loopback, handle: str | None
) -> None:
    with pytest.raises(Rejected) as refused:
        bluesky.publish(Draft("See", pictures=(replace(DOT, handle=handle),)), key=KEY)
    assert refused.value.code == "picture-not-uploaded"
    assert server.count("POST", PUT) == 0


def test_a_blob_that_the_server_dropped_is_told_as_one_to_hand_over_again(
    bluesky: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    exchange = recorded("bluesky/pds_live/createRecord_missing_blob.json")
    server.on("POST", PUT, Reply(exchange["response"]["json"], exchange["response"]["status"]))
    with pytest.raises(Rejected) as refused:
        bluesky.publish(Draft("img", pictures=(DOT,)), key=KEY)
    assert refused.value.code == "picture-not-uploaded"
    assert BLOB not in str(refused.value)


def test_a_post_with_another_number_of_pictures_is_not_this_draft(bluesky: Connector, server: Loopback) -> None:
    value = {"$type": "app.bsky.feed.post", "text": "See", "createdAt": "2026-11-20T12:00:00Z"}
    shown = {**value, "embed": {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": {}}]}}
    for answer, same in ((value, False), (shown, True)):
        server.on("GET", GET, Reply({"uri": BLUESKY.created_id, "cid": CID, "value": answer}))
        told = bluesky.confirm(Draft("See", pictures=(DOT,)), BLUESKY.created_id)
        assert isinstance(told, Found) == same
