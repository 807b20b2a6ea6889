"""Bluesky's private messages alone: what is heard of them and how far, read again, reported, and what a password may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky.messages import Chats, Last
from connectors.capabilities import InteractionKind, Standing, Terms
from connectors.contract import Absent, Connector, Draft, Found, Listening, RemoteRef, Unproven
from connectors.errors import AuthExpired, Cause, Rejected, Retryable, Unsupported
from connectors.moderation import Moderation, Target
from connectors.registry import connect, objection
from tests.connectors.hostile import Mutation, mutated, mutations, sound
from tests.connectors.kit import NOW, iso
from tests.connectors.kit_bluesky import BLUESKY
from tests.connectors.kit_bluesky_verbs import DID, OTHER, REPORT
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.private_kits import CHAT, CONVO, message_view
from tests.connectors.test_hostile import holds_well, some

INBOX, SESSION = BLUESKY.inbox[0], "/xrpc/com.atproto.server.createSession"
LIST, GET, READ = f"{CHAT}listConvos", f"{CHAT}getConvo", f"{CHAT}getMessages"
MESSAGES = Listening(messages=True)
NOT_ALLOWED = Reply({"error": "InvalidToken", "message": "Bad token method"}, 400)
MEMBERS = [{"did": DID, "handle": "parley.example"}, {"did": OTHER, "handle": "someone.example", "displayName": "S"}]


def written(number: int, text: str | None = None, sender: str = OTHER) -> dict[str, Any]:
    return message_view(number, text or f"words {number}", NOW + timedelta(seconds=number), sender)


def deleted(number: int) -> dict[str, Any]:
    entry = {**written(number), "$type": "chat.bsky.convo.defs#deletedMessageView"}
    return {name: it for name, it in entry.items() if name != "text"}


def notice(number: int) -> dict[str, Any]:
    kind, data = "chat.bsky.convo.defs#systemMessageView", {"$type": "chat.bsky.convo.defs#systemMessageDataLockConvo"}
    return {
        "$type": kind,
        "id": f"3m{number}",
        "rev": "2",
        "sentAt": iso(NOW + timedelta(seconds=number)),
        "data": data,
    }


def holds(server: Loopback, convos: Mapping[str, Sequence[Any]], size: int = 100) -> None:
    """From now on these conversations stand there, the most recent first, each with its entries, newest first."""

    def view(convo: str) -> dict[str, Any]:
        entries = convos[convo]
        last = {"lastMessage": entries[0]} if entries else {}
        return {"id": convo, "rev": "22222222zxmwf", "members": MEMBERS, "muted": False, "unreadCount": 0, **last}

    def paged(asked: Asked, rows: Sequence[Any], name: str) -> Reply:
        start, most = int(asked.query.get("cursor", ["0"])[0]), min(size, int(asked.query["limit"][0]))
        more = {"cursor": str(start + most)} if len(rows) > start + most else {}
        return Reply({name: rows[start : start + most], **more})

    def read(asked: Asked) -> Reply:
        (convo,) = asked.query["convoId"]
        if convo not in convos:
            return Reply({"error": "InvalidConvo", "message": "Convo not found"}, 400)
        if asked.path == GET:
            return Reply({"convo": view(convo)})
        return paged(asked, convos[convo], "messages")

    server.on("GET", LIST, lambda asked: paged(asked, [*map(view, convos)], "convos"))
    server.on("GET", GET, read)
    server.on("GET", READ, read)


@pytest.fixture
def bluesky(server: Loopback) -> Connector:
    BLUESKY.prepare(server)
    server.on("GET", INBOX, Reply({"notifications": []}))
    return connect("bluesky", BLUESKY.sign_in(server.url))


def texts(found: Any) -> list[str]:
    return [one.text for one in found.items]


# --- hearing ----------------------------------------------------------------------------------------------------------


def test_nothing_private_is_asked_for_unless_it_is_switched_on(bluesky: Connector, server: Loopback) -> None:
    bluesky.fetch_interactions(None)
    assert not [it for it in server.asked if "chat.bsky" in it.path]


def test_what_a_person_wrote_is_heard_in_our_nouns_and_nothing_else_is(bluesky: Connector, server: Loopback) -> None:
    shares = {**written(3, " "), "text": "", "embed": {"record": {"uri": f"at://{OTHER}/app.bsky.feed.post/3mp"}}}
    ours = written(2, "ours", DID)
    entries = [notice(9), deleted(8), {"id": 7}, None, "words", {**written(6), "text": ""}, shares, ours, written(1)]
    holds(server, {CONVO: entries})

    page = bluesky.fetch_interactions(None, MESSAGES)

    assert texts(page) == ["words 1", f"https://bsky.app/profile/{OTHER}/post/3mp"]
    first = page.items[0]
    assert (first.native_id, first.conversation_id) == (f"chat/{CONVO}/3m1", f"chat/{CONVO}")
    assert (first.kind, first.on_own, first.ref) == (
        InteractionKind.MESSAGE,
        False,
        RemoteRef(f"chat/{CONVO}/3m1", f"https://bsky.app/messages/{CONVO}"),
    )
    assert (first.author.id, first.author.handle, first.author.name) == (OTHER, "someone.example", "S")
    assert first.created_at == NOW + timedelta(seconds=1)
    assert page.skipped == 7
    passed_on = {it.headers.get("atproto-proxy") for it in server.asked if "chat.bsky" in it.path}
    assert passed_on == {"did:web:api.bsky.chat#bsky_chat"}
    assert "atproto-proxy" not in server.last(INBOX).headers


def test_only_what_was_written_since_is_heard_and_quiet_conversations_are_not_read(
    bluesky: Connector, server: Loopback
) -> None:
    holds(server, {CONVO: [written(2), written(1)], "3mquiet": [written(0)]})
    cursor = bluesky.fetch_interactions(None, MESSAGES).cursor
    holds(
        server,
        {"3mnew": [written(5)], CONVO: [written(4), written(3), written(2), written(1)], "3mquiet": [written(0)]},
    )
    before = len(server.asked)

    page = bluesky.fetch_interactions(cursor, MESSAGES)

    assert texts(page) == ["words 3", "words 4", "words 5"]
    read = [it.query["convoId"] for it in server.asked[before:] if it.path == READ]
    assert sorted(read) == [[CONVO], ["3mnew"]]
    assert texts(bluesky.fetch_interactions(cursor, MESSAGES)) == ["words 3", "words 4", "words 5"]
    quiet = bluesky.fetch_interactions(page.cursor, MESSAGES)
    assert (quiet.items, quiet.cursor) == ((), page.cursor)


def test_a_first_reading_looks_at_what_is_recent_only(bluesky: Connector, server: Loopback) -> None:
    holds(server, {f"3mc{n}": [written(n * 100 + m) for m in range(30, 0, -1)] for n in range(30, 0, -1)})
    page = bluesky.fetch_interactions(None, MESSAGES)
    assert len(page.items) == 10 * 10
    assert page.items[-1].text == "words 3030"
    quiet = bluesky.fetch_interactions(page.cursor, MESSAGES)
    assert (quiet.items, quiet.caught_up) == ((), True), "what was left is the past, and is not brought later"


def test_an_old_conversation_that_goes_on_does_not_bring_its_past_along(bluesky: Connector, server: Loopback) -> None:
    """It stood below what a first reading looks at, so that nothing of it is remembered."""
    old = [written(n - 1000) for n in range(20, 0, -1)]
    newer = {f"3mc{n}": [written(n)] for n in range(60, 0, -1)}
    holds(server, {**newer, "3mold": old})
    cursor = bluesky.fetch_interactions(None, MESSAGES).cursor
    holds(server, {"3mold": [written(70), *old], **newer})
    assert texts(bluesky.fetch_interactions(cursor, MESSAGES)) == ["words 70"]


def test_an_account_that_nobody_wrote_to_hears_the_first_message(bluesky: Connector, server: Loopback) -> None:
    holds(server, {})
    cursor = bluesky.fetch_interactions(None, MESSAGES).cursor
    assert cursor is not None
    holds(server, {CONVO: [written(n) for n in range(40, 0, -1)]})
    assert len(bluesky.fetch_interactions(cursor, MESSAGES).items) == 40


def test_a_message_that_was_put_away_does_not_bring_the_past_along(bluesky: Connector, server: Loopback) -> None:
    """What the account deleted for itself is shown no more, so reading back never meets it."""
    holds(server, {CONVO: [written(n) for n in range(30, 0, -1)]})
    cursor = bluesky.fetch_interactions(None, MESSAGES).cursor
    holds(server, {CONVO: [written(31), *(written(n) for n in range(29, 0, -1))]})
    assert texts(bluesky.fetch_interactions(cursor, MESSAGES)) == ["words 31"]


def test_many_conversations_are_read_in_several_readings_and_none_is_lost(bluesky: Connector, server: Loopback) -> None:
    holds(server, {"3mold": [written(0)]})
    cursor = bluesky.fetch_interactions(None, MESSAGES).cursor
    holds(server, {**{f"3mc{n}": [written(n)] for n in range(60, 0, -1)}, "3mold": [written(0)]})
    found: list[str] = []
    caught_up = False
    while not caught_up:
        page = bluesky.fetch_interactions(cursor, MESSAGES)
        found += texts(page)
        cursor, caught_up = page.cursor, page.caught_up
    assert sorted(found, key=lambda one: int(one[6:])) == [f"words {n}" for n in range(1, 61)]


def test_a_conversation_with_more_than_is_read_at_once_says_so(bluesky: Connector, server: Loopback) -> None:
    holds(server, {CONVO: [written(0)]})
    cursor = bluesky.fetch_interactions(None, MESSAGES).cursor
    holds(server, {CONVO: [written(n) for n in range(1200, -1, -1)]})
    page = bluesky.fetch_interactions(cursor, MESSAGES)
    assert len(page.items) == 1000
    assert page.missed == ("a conversation had more private messages than are read at once [too-many]",)


def test_switched_off_it_is_forgotten_and_begins_anew(bluesky: Connector, server: Loopback) -> None:
    holds(server, {CONVO: [written(1)]})
    server.on("GET", INBOX, Reply(BLUESKY.inbox[1]([("1", "x", NOW)])))
    on = bluesky.fetch_interactions(None, MESSAGES)
    assert sorted(texts(on)) == ["words 1", "x"]
    off = bluesky.fetch_interactions(on.cursor)
    assert off.items == ()
    assert texts(bluesky.fetch_interactions(off.cursor, MESSAGES)) == ["words 1"]


# --- what a password may not, and what is down ------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["Bad token method", "Bad token scope"])
def test_a_password_that_may_not_is_a_gap_and_signs_nobody_out(
    bluesky: Connector, server: Loopback, words: str
) -> None:
    server.on("GET", INBOX, Reply(BLUESKY.inbox[1]([("1", "x", NOW)])))
    holds(server, {CONVO: [written(1)]})
    server.on("GET", LIST, Reply({"error": "InvalidToken", "message": words}, 400))
    page = bluesky.fetch_interactions(None, MESSAGES)
    assert texts(page) == ["x"]
    assert page.missed == ("private messages could not be read [scope]",)
    assert server.count("POST", SESSION) == 1, "the session is good, and is not opened anew"
    holds(server, {CONVO: [written(1)]})
    allowed = bluesky.fetch_interactions(page.cursor, MESSAGES)
    assert (texts(allowed), allowed.missed) == (["words 1"], ())


def test_an_answer_with_a_password_that_may_not_says_what_to_do(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", f"{CHAT}sendMessage", NOT_ALLOWED)
    with pytest.raises(Rejected) as refused:
        bluesky.publish(Draft("yes", in_reply_to=RemoteRef(f"chat/{CONVO}/3m1")), key="k")
    assert refused.value.code == "scope"
    assert "direct messages" in refused.value.detail


def test_another_invalid_token_still_asks_for_a_sign_in(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", INBOX, Reply({"error": "InvalidToken", "message": "Token could not be verified"}, 400))
    with pytest.raises(AuthExpired) as expired:
        bluesky.fetch_interactions(None, MESSAGES)
    assert expired.value.cause is Cause.EXPIRED


def test_a_service_that_is_down_costs_the_notifications_nothing(bluesky: Connector, server: Loopback) -> None:
    holds(server, {CONVO: [written(1)]})
    read = bluesky.fetch_interactions(None, MESSAGES).cursor
    holds(server, {CONVO: [written(2), written(1)]})
    server.on("GET", READ, Reply({}, 503))
    with pytest.raises(Retryable):
        bluesky.fetch_interactions(read, MESSAGES)
    server.on("GET", INBOX, Reply(BLUESKY.inbox[1]([("1", "x", NOW)])))
    page = bluesky.fetch_interactions(read, MESSAGES)
    assert (texts(page), page.caught_up) == (["x"], False)
    holds(server, {CONVO: [written(2), written(1)]})
    assert texts(bluesky.fetch_interactions(page.cursor, MESSAGES)) == ["words 2"]


# --- reading again, reporting -----------------------------------------------------------------------------------------


def ref(number: int, convo: str = CONVO) -> RemoteRef:
    return RemoteRef(f"chat/{convo}/3m{number}")


def test_a_message_is_read_as_it_stands_and_what_is_gone_is_missing(bluesky: Connector, server: Loopback) -> None:
    holds(server, {CONVO: [written(3), deleted(2), written(1, "ours", DID)]}, size=2)
    again = bluesky.read([ref(n) for n in (1, 2, 3, 4)] + [ref(1, "3mleft")])
    assert {ref_id: one.text for ref_id, one in again.items()} == {ref(3).id: "words 3", ref(1).id: "ours"}


def test_a_conversation_that_is_too_long_is_not_taken_for_silence(bluesky: Connector, server: Loopback) -> None:
    holds(server, {CONVO: [written(n) for n in range(1200, -1, -1)]})
    with pytest.raises(Retryable) as untold:
        bluesky.read([ref(0)])
    assert untold.value.code == "not-told"


def test_what_was_written_before_and_after_is_shown(bluesky: Connector, server: Loopback) -> None:
    holds(server, {CONVO: [written(5), written(4, "ours too", DID), written(3), written(2, "ours", DID), written(1)]})
    got = bluesky.thread(ref(3))
    assert [one.text for one in got.above] == ["words 1", "ours"]
    assert [one.text for one in got.below] == ["words 5"]
    assert got.complete
    for gone in (ref(9), ref(1, "3mleft"), RemoteRef("chat/odd")):
        with pytest.raises(Rejected) as refused:
            bluesky.thread(gone)
        assert refused.value.code == "gone"


def test_a_message_is_reported_with_who_wrote_it_and_is_never_hidden(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", REPORT, Reply({}))
    bluesky.moderate(Target(ref(1), OTHER, reason="spam"), Moderation.REPORT)
    assert server.last(REPORT).form["subject"] == {
        "$type": "chat.bsky.convo.defs#messageRef",
        "did": OTHER,
        "convoId": CONVO,
        "messageId": "3m1",
    }
    with pytest.raises(Unsupported):
        bluesky.moderate(Target(ref(1), OTHER), Moderation.HIDE)


def test_an_answer_is_confirmed_by_its_own_id_only(bluesky: Connector, server: Loopback) -> None:
    holds(server, {CONVO: [written(3, "yes", DID), written(2, "yes"), written(1)], "3mother": [written(4, "yes", DID)]})
    answer = Draft("yes", in_reply_to=ref(1))
    assert isinstance(bluesky.confirm(answer, ref(3).id), Found)
    assert isinstance(bluesky.confirm(answer, ref(4, "3mother").id), Unproven), "it stands in another conversation"
    for absent in (ref(2).id, ref(9).id, ref(1, "3mleft").id):
        assert bluesky.confirm(answer, absent) == Absent(), absent


def test_a_second_part_is_refused_before_anything_is_scheduled() -> None:
    part = Draft("more", in_reply_to=ref(1))
    against = objection("bluesky", part, Terms(), Standing(own=True))
    assert against is not None
    assert "one message" in against.why


# --- bodies that nobody promised --------------------------------------------------------------------------------------


def test_whatever_the_service_says_is_a_typed_error_or_what_can_be_kept(bluesky: Connector, server: Loopback) -> None:
    holds(server, {CONVO: [written(3), deleted(2), written(1)], "3mother": [written(4)]})
    server.on("GET", INBOX, Reply(BLUESKY.inbox[1]([("1", "x", NOW)])))
    cursor = bluesky.fetch_interactions(None, MESSAGES).cursor
    draft = Draft("yes", in_reply_to=ref(1))
    calls = [
        lambda: bluesky.fetch_interactions(None, MESSAGES),
        lambda: bluesky.fetch_interactions(cursor, MESSAGES),
        lambda: dict(bluesky.read([ref(1)])),
        lambda: bluesky.thread(ref(1)),
        lambda: bluesky.find_published(draft, key="k", since=NOW),
        lambda: bluesky.confirm(draft, ref(3).id),
    ]

    @some
    @given(mutations, st.integers(0, len(calls) - 1))
    def holds_for(wanted: list[Mutation], which: int) -> None:
        server.twist = lambda reply: Reply(mutated(reply.body, wanted), reply.status, reply.headers)
        holds_well(calls[which])

    holds_for()


@pytest.mark.parametrize("odd", [1, [1, 2], ["m"], ["m", "n"], ["m", True], None])
def test_an_odd_cursor_is_read_as_far_as_it_can_be(odd: Any) -> None:
    assert Chats.read({"begun": 4, "known": {"a": odd, "b": ["m", 5]}}) == Chats(4, {"b": Last("m", 5)})
    for nothing in (None, [], 7, {}, {"begun": "x", "known": {}}, {"begun": 4, "known": odd}):
        assert Chats.read(nothing) is None


def test_a_cursor_stays_small(bluesky: Connector, server: Loopback) -> None:
    holds(server, {f"3mc{n}": [written(n)] for n in range(250, 0, -1)})
    cursor: str | None = None
    for _ in range(12):
        page = bluesky.fetch_interactions(cursor, MESSAGES)
        cursor = page.cursor
        sound(page)
    assert cursor is not None
    assert len(cursor) < 4500
