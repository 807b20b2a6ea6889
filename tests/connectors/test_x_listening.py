"""How X is listened to: each source by its own mark, what is broken off goes on, a word is never an operator."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import Connector, Listening, RemoteRef
from connectors.errors import AuthExpired, Cause, RateLimited, Rejected, Retryable
from connectors.registry import connect
from connectors.x import listening, posts
from connectors.x.cursor import Mark, decoded, encoded
from connectors.x.words import LONGEST_QUERY, queries, those_in
from tests.connectors.kit import NOW, iso
from tests.connectors.kit_x import X
from tests.connectors.loopback import Asked, Loopback, Reply

MENTIONS, MESSAGES, SEARCH = "/2/users/42/mentions", "/2/dm_events", "/2/tweets/search/recent"
NONE = Reply({"meta": {"result_count": 0}})
BASE = int(posts.snowflake(NOW))


@pytest.fixture
def x(server: Loopback) -> Connector:
    server.on("GET", MENTIONS, NONE)
    server.on("GET", MESSAGES, NONE)
    server.on("GET", SEARCH, NONE)
    return connect("x", X.sign_in(server.url))


def post(number: int, text: str = "hi", **more: Any) -> dict[str, Any]:
    return {"id": str(BASE + number), "text": text, "author_id": "7", "created_at": iso(NOW), **more}


def event(number: int, **more: Any) -> dict[str, Any]:
    told = {"event_type": "MessageCreate", "text": f"m{number}", "sender_id": "7", "dm_conversation_id": "7-42"}
    return {"id": str(BASE + number), "created_at": iso(NOW + timedelta(seconds=number % 60)), **told, **more}


def page(*entries: dict[str, Any], token: str | None = None) -> Reply:
    return Reply(
        {"data": [*entries], "meta": {"result_count": len(entries), **({"next_token": token} if token else {})}}
    )


def paged(entries: list[dict[str, Any]], size: int, name: str) -> Callable[[Asked], Reply]:
    """Newest first, so many a page; a token is the number of what was shown."""

    def answer(asked: Asked) -> Reply:
        since, until = (
            int(asked.query.get(edge, [other])[0]) for edge, other in (("since_id", "0"), ("until_id", "9" * 19))
        )
        found = [it for it in sorted(entries, key=lambda it: -int(it["id"])) if since < int(it["id"]) < until]
        start = int(asked.query.get(name, ["0"])[0])
        some = found[start : start + size]
        return page(*some, token=str(start + size) if len(found) > start + size else None) if some else NONE

    return answer


# --- the cursor -------------------------------------------------------------------------------------------------------


def test_a_cursor_of_digits_is_one_of_mentions(x: Connector, server: Loopback) -> None:
    x.fetch_interactions(str(BASE))
    assert int(server.last(MENTIONS).query["since_id"][0]) < BASE
    assert decoded("123") == {"mentions": Mark("123")}


def test_marks_are_kept_as_they_are_told() -> None:
    marks = {"mentions": Mark("9"), "messages": Mark("8", "5", "token"), "words": Mark("7", None, "6")}
    told = encoded(marks)
    assert told is not None
    assert decoded(told) == marks
    assert json.loads(told)["mentions"] == "9"
    assert encoded({}) is None
    assert encoded({"mentions": Mark()}) is None


@pytest.mark.parametrize(
    "odd", ["", "words", "{", "[]", "7.5", '{"mentions": 7}', '{"mentions": {"newest": "x"}}', "9" * 21]
)
def test_a_cursor_that_nobody_can_read_starts_anew(x: Connector, server: Loopback, odd: str) -> None:
    x.fetch_interactions(odd)
    assert "since_id" not in server.last(MENTIONS).query


def test_what_is_switched_on_later_starts_with_what_is_recent(x: Connector, server: Loopback) -> None:
    server.on("GET", MENTIONS, page(post(1)))
    cursor = x.fetch_interactions(None).cursor
    server.on("GET", SEARCH, page(post(2, "about parley")))
    got = x.fetch_interactions(cursor, Listening(words=("parley",)))
    assert [(it.kind, it.why) for it in got.items] == [
        (InteractionKind.MENTION, ()),
        (InteractionKind.KEYWORD, ("parley",)),
    ]
    asked = server.last(SEARCH).query
    assert "since_id" not in asked
    assert asked["max_results"] == ["10"]
    assert decoded(got.cursor) == {"mentions": Mark(str(BASE + 1)), "words": Mark(str(BASE + 2))}


def test_what_was_switched_off_is_not_asked_and_not_forgotten(x: Connector, server: Loopback) -> None:
    cursor = encoded({"mentions": Mark(str(BASE)), "messages": Mark(str(BASE)), "words": Mark(str(BASE))})
    assert x.fetch_interactions(cursor).cursor == cursor
    assert {it.path for it in server.asked} == {MENTIONS}


# --- messages ---------------------------------------------------------------------------------------------------------


def test_messages_are_read_to_a_known_one_and_comings_and_goings_are_none(x: Connector, server: Loopback) -> None:
    joins = {"id": str(BASE + 4), "event_type": "ParticipantsJoin", "created_at": iso(NOW)}
    server.on("GET", MESSAGES, page(event(5), joins, event(3, sender_id="42"), event(1)))
    got = x.fetch_interactions(None, Listening(messages=True))
    assert [(it.native_id, it.text, it.kind) for it in got.items] == [
        (f"dm/{BASE + 1}", "m1", InteractionKind.MESSAGE),
        (f"dm/{BASE + 5}", "m5", InteractionKind.MESSAGE),
    ]
    assert got.skipped == 2
    assert got.items[0].ref == RemoteRef(f"dm/{BASE + 1}", root=RemoteRef("dm/7-42"))
    assert got.items[0].conversation_id == "dm/7-42"
    assert server.last(MESSAGES).query["event_types"] == ["MessageCreate"]


def test_messages_that_are_too_many_go_on_where_they_were_broken_off(
    x: Connector, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = 1 << 40
    every = [event(step * number) for number in range(1, 10)]
    server.on("GET", MESSAGES, paged(every, 1, "pagination_token"))
    monkeypatch.setattr(listening, "MESSAGE_PAGES", 3)
    known = encoded({"messages": Mark(str(BASE + step))})
    seen, cursor, rounds = set(), known, 0
    while True:
        got = x.fetch_interactions(cursor, Listening(messages=True))
        seen |= {it.text for it in got.items}
        cursor, rounds = got.cursor, rounds + 1
        if got.caught_up:
            break
    assert rounds == 3
    assert {f"m{step * number}" for number in range(2, 10)} <= seen
    assert decoded(cursor)["messages"] == Mark(str(BASE + step * 9))


BARE = {"title": "Forbidden", "type": "about:blank", "status": 403, "detail": "Forbidden"}
READ_ONLY = {"type": "https://api.x.com/2/problems/oauth1-permissions", "title": "Forbidden", "status": 403}


@pytest.mark.parametrize("body", [BARE, READ_ONLY], ids=["oauth2", "oauth1"])
def test_a_sign_in_without_the_scope_for_messages_is_none_for_them_and_for_nothing_else(
    x: Connector, server: Loopback, body: Any
) -> None:
    server.on("GET", MESSAGES, Reply(body, 403))
    with pytest.raises(Rejected) as lost:
        x.fetch_interactions(None, Listening(messages=True))
    assert lost.value.code == "scope"
    assert "dm.read" in lost.value.detail
    server.on("GET", MENTIONS, Reply(body, 403))
    with pytest.raises(AuthExpired) as lost_all:
        x.fetch_interactions(None)
    assert lost_all.value.cause is Cause.SCOPE


def test_messages_that_are_limited_cost_the_mentions_nothing(x: Connector, server: Loopback) -> None:
    server.on("GET", MENTIONS, page(post(1)))
    server.on("GET", MESSAGES, Reply({}, 429))
    cursor = encoded({"messages": Mark("5")})
    got = x.fetch_interactions(cursor, Listening(messages=True))
    assert [it.native_id for it in got.items] == [str(BASE + 1)]
    assert decoded(got.cursor)["messages"] == Mark("5")
    assert got.caught_up


def test_another_failure_beside_is_told_once_the_mentions_are_in(x: Connector, server: Loopback) -> None:
    server.on("GET", MENTIONS, page(post(1)))
    server.on("GET", SEARCH, Reply({"type": "https://api.x.com/2/problems/client-forbidden"}, 403))
    got = x.fetch_interactions(None, Listening(words=("parley",)))
    assert len(got.items) == 1
    assert not got.caught_up
    with pytest.raises(Rejected) as refused:
        x.fetch_interactions(got.cursor, Listening(words=("parley",)))
    assert refused.value.code == "client-forbidden"


def test_mentions_that_are_limited_are_limited(x: Connector, server: Loopback) -> None:
    server.on("GET", MENTIONS, Reply({}, 429))
    with pytest.raises(RateLimited):
        x.fetch_interactions(None, Listening(messages=True))


@pytest.mark.parametrize("odd", [{}, {"data": {}}, {"data": "words"}, [], "words", {"meta": 7}])
def test_an_answer_that_is_no_listing_is_no_silence(x: Connector, server: Loopback, odd: Any) -> None:
    server.on("GET", MENTIONS, Reply(odd))
    with pytest.raises(Retryable) as error:
        x.fetch_interactions(None)
    assert error.value.code == "unknown-shape"


def test_a_listing_that_x_does_not_show_is_refused(x: Connector, server: Loopback) -> None:
    told = {"errors": [{"type": "https://api.x.com/2/problems/not-authorized-for-resource", "detail": "Sorry"}]}
    server.on("GET", MENTIONS, Reply(told))
    with pytest.raises(Rejected) as error:
        x.fetch_interactions(None)
    assert error.value.code == "not-authorized-for-resource"


# --- watched words ----------------------------------------------------------------------------------------------------


def test_words_that_bring_much_go_on_where_they_were_broken_off(
    x: Connector, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = 1 << 40
    server.on("GET", SEARCH, paged([post(step * n, f"parley {n}") for n in range(1, 10)], 1, "next_token"))
    monkeypatch.setattr(listening, "WORD_PAGES", 3)
    seen, cursor, rounds = set(), encoded({"words": Mark(str(BASE + step))}), 0
    while True:
        got = x.fetch_interactions(cursor, Listening(words=("parley",)))
        seen |= {it.text for it in got.items}
        cursor, rounds = got.cursor, rounds + 1
        if got.caught_up:
            break
    assert rounds == 3
    assert {f"parley {n}" for n in range(2, 10)} <= seen
    assert decoded(cursor)["words"] == Mark(str(BASE + step * 9))


def test_a_search_from_too_far_back_is_asked_without_its_beginning(
    x: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    refusal = recorded("x/errors_reported/400_since_id_too_old.json")["response"]["json"]

    def answer(asked: Asked) -> Reply:
        return Reply(refusal, 400) if "since_id" in asked.query else page(post(1, "parley"))

    server.on("GET", SEARCH, answer)
    got = x.fetch_interactions(encoded({"words": Mark("2075200933194039668")}), Listening(words=("parley",)))
    assert [it.text for it in got.items] == ["parley"]


def test_what_was_said_to_us_stays_what_it_is_also_if_a_word_finds_it(x: Connector, server: Loopback) -> None:
    named = {"entities": {"mentions": [{"id": "42", "username": "parley"}]}}
    reply = {"in_reply_to_user_id": "42", "referenced_tweets": [{"type": "replied_to", "id": "5"}]}
    server.on(
        "GET", SEARCH, page(post(3, "parley", **named), post(2, "parley", **reply), post(1, "parley", author_id="42"))
    )
    got = x.fetch_interactions(None, Listening(words=("parley",)))
    assert [(it.kind, it.why) for it in got.items] == [(InteractionKind.REPLY, ()), (InteractionKind.MENTION, ())]
    assert got.skipped == 1, "our own is nobody's"


def test_a_word_is_never_an_operator() -> None:
    hostile = ('from:us OR "', "-is:retweet", "a) OR (b", 'x"y', "back\\slash", "#tag", "@name", "#no tag", "", "  ")
    ((query, words),) = queries(hostile, "42")
    terms = ('"from:us OR"', '"-is:retweet"', '"a) OR (b"', '"x y"', '"back slash"', "#tag", "@name", '"#no tag"')
    assert query == f"({' OR '.join(terms)}) -is:retweet -from:42"
    assert len(words) == len(terms)


def test_many_words_are_several_queries_of_the_length_that_x_takes() -> None:
    words = [f"word number {n}" for n in range(100)]
    found = queries(words, "42")
    assert [one for _, batch in found for one in batch] == words
    assert max(len(query) for query, _ in found) <= LONGEST_QUERY
    assert len(found) < 8
    assert queries(["x" * 600], "42") == []


def test_which_word_it_was_is_told_as_x_compares() -> None:
    assert those_in("The Café is open", ("cafe", "bar")) == ("cafe",)
    assert those_in("nothing of it", ("cafe", "bar")) == ("cafe", "bar"), "one of these it was"
