"""Bluesky alone: frozen bytes under a key of our own, sessions that are kept, notifications that lie about their time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.bluesky import mapping
from connectors.bluesky.facets import facets
from connectors.bluesky.record import made_at, record, tid
from connectors.capabilities import InteractionKind
from connectors.contract import Absent, Connector, Draft, Found, RemoteRef
from connectors.errors import Ambiguous, AuthExpired, Rejected
from connectors.registry import connect
from connectors.sessions import Memory
from connectors.text import graphemes
from tests.connectors.conftest import CORPUS
from tests.connectors.kit import NOW, iso
from tests.connectors.kit_bluesky import BLUESKY, CID, DID, jwt
from tests.connectors.loopback import Asked, Loopback, Reply

CREATE, REFRESH = "/xrpc/com.atproto.server.createSession", "/xrpc/com.atproto.server.refreshSession"
PUT, LIST = "/xrpc/com.atproto.repo.putRecord", "/xrpc/app.bsky.notification.listNotifications"


@pytest.fixture
def bluesky(server: Loopback) -> Connector:
    BLUESKY.prepare(server)
    return connect("bluesky", BLUESKY.sign_in(server.url))


# --- the key and the record -------------------------------------------------------------------------------------------


def test_a_key_is_a_valid_tid_of_its_moment() -> None:
    keys = [tid(f"seed {n}", NOW + timedelta(milliseconds=n)) for n in range(300)]
    for n, key in enumerate(keys):
        assert timedelta(0) <= made_at(key) - (NOW + timedelta(milliseconds=n)) < timedelta(milliseconds=1)
    assert keys == sorted(keys)
    assert len({tid(f"seed {n}", NOW) for n in range(300)}) == 300


@pytest.mark.parametrize("valid", [True, False])
def test_the_syntax_lists_agree_on_what_a_tid_is(valid: bool) -> None:
    path: Path = CORPUS / f"conformance/bluesky/interop-syntax/tid_syntax_{'valid' if valid else 'invalid'}.txt"
    if not path.is_file():
        pytest.skip("needs the recorded corpus (set PARLEY_CORPUS)")
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        if valid:
            made_at(line)
        else:
            with pytest.raises(ValueError, match="TID"):
                made_at(line)


def test_the_same_send_has_the_same_bytes(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", PUT, Reply(BLUESKY.created))
    key = bluesky.new_key("variant", NOW)
    bluesky.publish(BLUESKY.draft, key=key)
    bluesky.publish(BLUESKY.draft, key=key)

    first, second = (it for it in server.asked if it.path == PUT)
    assert first.body == second.body
    sent = first.form
    assert (sent["repo"], sent["collection"], sent["rkey"]) == (DID, "app.bsky.feed.post", key)
    assert "swapRecord" in sent
    assert sent["swapRecord"] is None
    assert sent["record"]["createdAt"] == "2026-11-20T12:00:00.000Z"
    assert sent["record"]["langs"] == ["de"]


def test_a_reply_pins_its_root_and_its_parent(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", PUT, Reply(BLUESKY.created))
    root = RemoteRef("at://did:plc:r/app.bsky.feed.post/r", revision="cid-r")
    parent = RemoteRef("at://did:plc:p/app.bsky.feed.post/p", revision="cid-p", root=root)

    receipt = bluesky.publish(Draft("thanks", in_reply_to=parent), key=bluesky.new_key("v", NOW))

    assert server.last(PUT).form["record"]["reply"] == {
        "root": {"uri": root.id, "cid": "cid-r"},
        "parent": {"uri": parent.id, "cid": "cid-p"},
    }
    assert receipt.ref.root == root, "the next part of a thread needs it"


def test_a_reply_without_the_cid_is_not_sent(bluesky: Connector, server: Loopback) -> None:
    with pytest.raises(Rejected) as refused:
        bluesky.publish(Draft("x", in_reply_to=RemoteRef("at://a/b/c")), key=bluesky.new_key("v", NOW))
    assert refused.value.code == "no-cid"
    assert server.asked == []


def test_links_have_the_byte_offsets_of_the_reference(recorded: Callable[[str], Any]) -> None:
    cases = recorded("conformance/bluesky/detect_facets_cases.json")["cases"]

    def links(found: Any) -> list[tuple[int, int, str]]:
        flat = [(it.get("index", it), it["features"][0]) for it in found]
        return [(i["byteStart"], i["byteEnd"], f["uri"]) for i, f in flat if f["$type"].endswith("#link")]

    wrong = {
        it["input"]: links(facets(it["input"], {}))
        for it in cases
        if links(facets(it["input"], {})) != links(it["facets_without_handle_resolution"])
    }
    assert len(cases) > 30
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#tag", [(0, 4, "tag")]),
        ("🎉 #größe!", [(5, 13, "größe")]),
        ("a #1 b #2x", [(7, 10, "2x")]),
        ("no#tag", []),
        ("#", []),
        ("#" + "x" * 65, []),
    ],
)
def test_tags_by_hand(text: str, tags: list[tuple[int, int, str]]) -> None:
    assert [
        (it["index"]["byteStart"], it["index"]["byteEnd"], it["features"][0]["tag"]) for it in facets(text, {})
    ] == tags


def test_a_mention_of_nobody_known_gets_no_facet() -> None:
    """A record is a pure function of draft and key: whom a handle means is told before, or it is plain text."""
    assert "facets" not in record(Draft("hello @someone.bsky.social"), tid("s", NOW))


def test_graphemes_agree_with_the_reference(recorded: Callable[[str], Any]) -> None:
    for case in recorded("conformance/bluesky/lengths_oracle.json")["cases"]:
        assert graphemes(case["text"]) == case["graphemes"], case["text"]


# --- what a PDS answers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("putRecord_swapRecord_null_other_content", Ambiguous, "InvalidSwap"),
        ("createRecord_bad_token", AuthExpired, "InvalidToken"),
        ("createRecord_301_graphemes", Rejected, "too-long"),
        ("createRecord_same_rkey_same_content", Ambiguous, "InternalServerError"),
        ("createRecord_bad_createdAt", Rejected, "InvalidRequest"),
        ("createRecord_no_auth", AuthExpired, "AuthMissing"),
    ],
)
def test_recorded_answers_to_a_write(
    bluesky: Connector, server: Loopback, recorded: Callable[[str], Any], name: str, error: type, code: str
) -> None:
    response = recorded(f"bluesky/pds_live/{name}.json")["response"]
    server.on("POST", PUT, Reply(response["json"], response["status"]))
    with pytest.raises(error) as raised:
        bluesky.publish(BLUESKY.draft, key=bluesky.new_key("v", NOW))
    assert raised.value.code == code


def test_a_recorded_no_op_is_the_same_post(
    bluesky: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    answer = recorded("bluesky/pds_live/putRecord_same_again_noop.json")["response"]["json"]
    server.on("POST", PUT, Reply(answer))
    ref = bluesky.publish(BLUESKY.draft, key=bluesky.new_key("v", NOW)).ref
    assert (ref.id, ref.revision) == (answer["uri"], answer["cid"])
    assert ref.url == "https://bsky.app/profile/did:plc:u64mns4ax2uikg55im7zmwdn/post/3n2qjxwo62323"


# --- sessions ---------------------------------------------------------------------------------------------------------


def _keeper(server: Loopback, access: float, refresh: float) -> Memory:
    """What a connector would have left behind, with tokens of these ages."""
    keeper = Memory()
    body = {"accessJwt": jwt(access), "refreshJwt": jwt(refresh), "did": DID, "handle": "parley.example"}
    server.on("POST", CREATE, Reply(body))
    connect("bluesky", replace(BLUESKY.sign_in(server.url), sessions=keeper)).sign_in()
    server.asked.clear()
    return keeper


@pytest.mark.parametrize(
    ("access", "refresh", "asked"), [(3600, 9000, []), (10, 9000, [REFRESH]), (10, 10, [CREATE]), (-5, -5, [CREATE])]
)
def test_a_session_is_kept_then_refreshed_then_opened(
    server: Loopback, access: float, refresh: float, asked: list[str]
) -> None:
    keeper = _keeper(server, access, refresh)
    fresh = {"accessJwt": jwt(3600, "new"), "refreshJwt": jwt(9000), "did": DID, "handle": "parley.example"}
    server.on("POST", REFRESH, Reply(fresh))
    server.on("POST", CREATE, Reply(fresh))
    server.on("POST", PUT, Reply(BLUESKY.created))
    bluesky = connect("bluesky", replace(BLUESKY.sign_in(server.url), sessions=keeper))

    bluesky.sign_in()
    bluesky.publish(BLUESKY.draft, key=bluesky.new_key("v", NOW))

    assert [it.path for it in server.asked] == [*asked, PUT]
    if asked:
        assert server.last(PUT).headers["authorization"] == f"Bearer {fresh['accessJwt']}"


def test_a_refresh_that_is_refused_opens_a_new_session(server: Loopback) -> None:
    keeper = _keeper(server, 10, 9000)
    server.on("POST", REFRESH, Reply({"error": "ExpiredToken", "message": "Token has been revoked"}, 400))
    connect("bluesky", replace(BLUESKY.sign_in(server.url), sessions=keeper)).sign_in()
    assert [it.path for it in server.asked] == [REFRESH, CREATE]


def test_a_wrong_password_asks_for_a_person(server: Loopback, recorded: Callable[[str], Any]) -> None:
    response = recorded("bluesky/pds_live/createSession_wrong_password.json")["response"]
    server.on("POST", CREATE, Reply(response["json"], response["status"]))
    with pytest.raises(AuthExpired):
        connect("bluesky", BLUESKY.sign_in(server.url)).sign_in()
    assert server.count("POST", CREATE) == 1


def test_a_token_that_is_refused_at_a_post_is_not_used_again(bluesky: Connector, server: Loopback) -> None:
    expired = Reply({"error": "ExpiredToken", "message": "Token has expired"}, 400)
    server.on("POST", PUT, expired, Reply(BLUESKY.created))
    key = bluesky.new_key("v", NOW)
    server.on("POST", REFRESH, Reply({}, 500))
    with pytest.raises(AuthExpired):
        bluesky.publish(BLUESKY.draft, key=key)
    server.on("POST", REFRESH, expired)
    assert bluesky.publish(BLUESKY.draft, key=key).ref.id == BLUESKY.created_id
    assert server.count("POST", PUT) == 2


def test_a_token_that_is_refused_at_a_read_is_renewed_once(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", LIST, Reply({"error": "ExpiredToken"}, 400), Reply(BLUESKY.inbox[1]([("1", "x", NOW)])))
    server.on("POST", REFRESH, Reply({"error": "ExpiredToken"}, 400))
    assert len(bluesky.fetch_interactions(None).items) == 1


# --- notifications ----------------------------------------------------------------------------------------------------


def _entries(*entries: tuple[str, str, datetime]) -> list[Any]:
    found: list[Any] = BLUESKY.inbox[1](list(entries))["notifications"]
    return found


def test_pages_are_read_back_to_a_known_post(bluesky: Connector, server: Loopback) -> None:
    every = [(str(n), f"m{n}", NOW + timedelta(seconds=n)) for n in range(9, -1, -1)]

    def answer(asked: Asked) -> Reply:
        assert asked.query["reasons"] == ["mention", "reply", "quote"]
        start = int(asked.query.get("cursor", ["0"])[0])
        page = {"notifications": _entries(*every[start : start + 3]), "cursor": str(start + 3)}
        return Reply(page if start < 10 else {"notifications": []})

    server.on("GET", LIST, answer)
    known = mapping.cursor(mapping.Memory((mapping.mark(_entries(every[5])[0]["uri"]),)))

    got = bluesky.fetch_interactions(known)

    assert [it.text for it in got.items] == ["m5" if n == 5 else f"m{n}" for n in range(4, 10) if n != 4]
    assert server.count("GET", LIST) == 2


def test_a_backdated_post_beside_known_ones_is_not_lost(bluesky: Connector, server: Loopback) -> None:
    old = ("old", "from 2020", datetime(2020, 1, 1, tzinfo=UTC))
    new = ("new", "today", NOW)
    server.on("GET", LIST, Reply({"notifications": _entries(new)}))
    cursor = bluesky.fetch_interactions(None).cursor
    server.on("GET", LIST, Reply({"notifications": _entries(new, old)}))

    assert [it.text for it in bluesky.fetch_interactions(cursor).items] == ["from 2020"]


def test_a_cursor_stays_small(bluesky: Connector, server: Loopback) -> None:
    marks = tuple(mapping.mark(f"at://{n}") for n in range(400))
    cursor = mapping.cursor(mapping.Memory(marks, {"word": marks}))
    remembered = mapping.remembered(cursor)
    assert len(remembered.notified) == 200
    assert len(remembered.found["word"]) == 50
    assert remembered.notified[0] == remembered.found["word"][0] == mapping.mark("at://0")
    assert "at://" not in str(cursor)
    for broken in ("{}", "nonsense", "[1, null]", "7", '{"notified": 1, "found": [2]}', '{"found": {"w": null}}'):
        assert [*mapping.remembered(broken).notified, *sum(mapping.remembered(broken).found.values(), ())] == []


def test_a_post_with_two_reasons_is_one_reply_and_our_own_is_none() -> None:
    mention, reply, own = _entries(("1", "x", NOW), ("1", "x", NOW), ("2", "y", NOW))
    reply["reason"] = "reply"
    own["author"]["did"] = DID
    items, skipped = mapping.interactions([mention, reply, own, {**mention, "reason": "like"}], DID)
    assert [it.kind for it in items] == [InteractionKind.REPLY]
    assert skipped == 3


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-20T13:00:00+01:00", NOW),
        ("2026-11-20T12:00:00.000000123Z", NOW),
        ("2026-11-20 12:00:00z", NOW),
        ("2026-11-20T12:00:00", NOW),
        ("yesterday", NOW + timedelta(days=1)),
        (None, NOW + timedelta(days=1)),
    ],
)
def test_a_time_is_read_leniently(told: Any, expected: datetime) -> None:
    (entry,) = _entries(("1", "x", NOW))
    entry["record"]["createdAt"] = told
    entry["indexedAt"] = iso(NOW + timedelta(days=1))
    (item,), _ = mapping.interactions([entry], None)
    assert item.created_at == expected


@pytest.mark.parametrize(
    ("name", "native_ids"),
    [
        (
            "fetches_notifications_without_a_last_seen_1",
            {"record(5)": "mention", "record(10)": "reply", "record(11)": "reply", "record(17)": "reply"},
        ),
        (
            "fetches_notifications_omitting_mentions_and_replies_for_taken_down_post",
            {"record(8)": "reply", "record(14)": "reply"},
        ),
        ("generates_notifications_for_quotes_1", {"record(4)": "quote"}),
        ("generates_notifications_for_likes_via_repost_1", {}),
    ],
)
def test_snapshots_of_the_reference_are_read(
    recorded: Callable[[str], Any], name: str, native_ids: dict[str, str]
) -> None:
    entries = recorded(f"bluesky/notifications/notification_views_{name}.json")["response"]["json"]
    items, skipped = mapping.interactions(entries, None)
    assert {it.native_id: it.kind.value for it in items} == native_ids
    assert skipped == len(entries) - len(native_ids)


def test_a_recorded_reply_knows_what_it_answers(recorded: Callable[[str], Any]) -> None:
    entries = recorded("bluesky/notifications/notification_views_fetches_notifications_without_a_last_seen_1.json")
    items, _ = mapping.interactions(entries["response"]["json"], None)
    reply = next(it for it in items if it.native_id == "record(10)")
    assert (reply.conversation_id, reply.parent_id) == ("record(4)", "record(2)")
    assert reply.ref.root is not None
    assert reply.ref.root.id == "record(4)"
    assert reply.ref.root.revision
    assert reply.ref.revision
    assert json.dumps(reply.raw)


def test_what_is_found_can_be_answered_at_once(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", LIST, Reply({"notifications": _entries(("1", "x", NOW))}))
    server.on("POST", PUT, Reply(BLUESKY.created))
    (item,) = bluesky.fetch_interactions(None).items
    bluesky.publish(Draft("thanks", in_reply_to=item.ref), key=bluesky.new_key("v", NOW))
    strong = {"uri": item.native_id, "cid": CID}
    assert server.last(PUT).form["record"]["reply"] == {"root": strong, "parent": strong}


# --- confirm ----------------------------------------------------------------------------------------------------------

RESOLVE = "/xrpc/com.atproto.identity.resolveHandle"


@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (Reply({"did": DID}), True),
        (Reply({"did": "did:plc:someone"}), False),
        (Reply({"error": "InvalidRequest", "message": "Unable to resolve handle"}, 400), False),
    ],
    ids=["an older handle of ours", "somebody else's", "nobody's"],
)
def test_a_handle_that_is_not_ours_now_is_resolved(
    bluesky: Connector, server: Loopback, answer: Reply, ours: bool
) -> None:
    path, show = BLUESKY.look_up
    server.on("GET", path, Reply(show(BLUESKY.draft, ours=True)))
    server.on("GET", RESOLVE, answer)
    told = bluesky.confirm(BLUESKY.draft, "https://bsky.app/profile/old.example/post/1001")
    assert isinstance(told, Found if ours else Absent)
    assert server.last(RESOLVE).query == {"handle": ["old.example"]}
    assert server.count("GET", path) == int(ours)


def test_a_reply_that_is_confirmed_knows_its_root(bluesky: Connector, server: Loopback) -> None:
    path, show = BLUESKY.look_up
    server.on("GET", path, Reply(show(BLUESKY.reply, ours=True)))
    told = bluesky.confirm(BLUESKY.reply, BLUESKY.created_id)
    assert isinstance(told, Found)
    assert told.receipt.ref.root == RemoteRef(BLUESKY.target.id, revision=CID)
    assert told.receipt.ref.revision == CID


# --- delete -----------------------------------------------------------------------------------------------------------


def test_a_token_that_is_refused_at_a_delete_is_not_used_again(bluesky: Connector, server: Loopback) -> None:
    refused = Reply({"error": "ExpiredToken", "message": "Token has expired"}, 400)
    server.on(*BLUESKY.removal, refused, Reply({}))
    with pytest.raises(AuthExpired):
        bluesky.delete(RemoteRef(BLUESKY.created_id))
    bluesky.delete(RemoteRef(BLUESKY.created_id))
    assert server.count(*BLUESKY.removal) == 2
    assert server.count("POST", "/xrpc/com.atproto.server.createSession") == 2
