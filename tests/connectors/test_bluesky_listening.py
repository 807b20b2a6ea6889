"""Bluesky alone: watched words, threads with what was hidden, posts as they stand, and what was ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.bluesky import mapping
from connectors.capabilities import InteractionKind
from connectors.contract import Connector, Listening, RemoteRef
from connectors.errors import Rejected, Retryable
from connectors.registry import connect
from tests.connectors.kit import NOW
from tests.connectors.kit_bluesky import BLUESKY, CID, DID
from tests.connectors.kit_bluesky_verbs import GET_POSTS, GET_THREAD, OTHER, POSTS, shows_posts, strong, uri_of, view_of
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.verbs import Said

LIST, SEARCH = "/xrpc/app.bsky.notification.listNotifications", "/xrpc/app.bsky.feed.searchPosts"
WORDS = Listening(words=("parley desk",))


@pytest.fixture
def bluesky(server: Loopback) -> Connector:
    BLUESKY.prepare(server)
    server.on("GET", LIST, Reply({"notifications": []}))
    return connect("bluesky", BLUESKY.sign_in(server.url))


def said(number: int, parent: int | None = None, *, ours: bool = False) -> Said:
    above = None if parent is None else str(parent)
    return Said(str(number), f"words {number}", NOW + timedelta(seconds=number), above, ours)


# --- watched words ----------------------------------------------------------------------------------------------------


def test_nothing_is_searched_unless_words_are_watched(bluesky: Connector, server: Loopback) -> None:
    bluesky.fetch_interactions(None)
    assert server.count("GET", SEARCH) == 0


def test_a_post_with_a_watched_word_is_found_once_and_says_which(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", SEARCH, Reply({"posts": [view_of(said(2)), view_of(said(1))]}))
    page = bluesky.fetch_interactions(None, WORDS)
    assert server.last(SEARCH).query["q"] == ['"parley desk"']
    assert server.last(SEARCH).query["sort"] == ["latest"]
    assert [(it.kind, it.text, it.why) for it in page.items] == [
        (InteractionKind.KEYWORD, "words 1", ("parley desk",)),
        (InteractionKind.KEYWORD, "words 2", ("parley desk",)),
    ]
    server.on("GET", SEARCH, Reply({"posts": [view_of(said(3)), view_of(said(2)), view_of(said(1))]}))
    assert [it.text for it in bluesky.fetch_interactions(page.cursor, WORDS).items] == ["words 3"]


def test_a_search_goes_back_to_what_is_known_and_no_further_at_first(bluesky: Connector, server: Loopback) -> None:
    every = [view_of(said(n)) for n in range(9, -1, -1)]

    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("cursor", ["0"])[0])
        return Reply({"posts": every[start : start + 3], "cursor": str(start + 3)})

    server.on("GET", SEARCH, answer)
    assert len(bluesky.fetch_interactions(None, WORDS).items) == 3
    mark = mapping.mark("parley desk")
    known = mapping.cursor(mapping.Memory((), {mark: (mapping.mark(every[4]["uri"]),)}))
    assert len(bluesky.fetch_interactions(known, WORDS).items) == 5


def test_a_word_that_is_switched_on_later_starts_with_recent_ones(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", LIST, Reply(BLUESKY.inbox[1]([("1", "x", NOW)])))
    before = bluesky.fetch_interactions(None).cursor
    server.on("GET", SEARCH, Reply({"posts": [view_of(said(2))]}))
    page = bluesky.fetch_interactions(before, WORDS)
    assert [it.text for it in page.items] == ["words 2"]
    assert mapping.remembered(page.cursor).notified == mapping.remembered(before).notified
    assert mapping.remembered(bluesky.fetch_interactions(page.cursor).cursor).found == {}


def test_what_speaks_to_us_is_left_to_notifications_and_ours_is_none(bluesky: Connector, server: Loopback) -> None:
    root = f"at://{DID}/{POSTS}/9"
    mention, quote = view_of(said(3)), view_of(said(4))
    mention["record"]["facets"] = [{"features": [{"$type": "app.bsky.richtext.facet#mention", "did": DID}]}]
    quote["record"]["embed"] = {"$type": "app.bsky.embed.record", "record": strong(root)}
    found = [view_of(said(1, ours=True)), view_of(said(2), root=root, parent=root), mention, quote, None, {"uri": 7}]
    server.on("GET", SEARCH, Reply({"posts": found}))
    page = bluesky.fetch_interactions(None, WORDS)
    assert (page.items, page.skipped) == ((), 6)


def test_a_query_language_is_not_spoken(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", SEARCH, Reply({"posts": []}))
    bluesky.fetch_interactions(None, Listening(words=('from:ada "x\\',)))
    assert server.last(SEARCH).query["q"] == ['"from:ada  x"']


def test_a_word_that_is_refused_costs_the_rest_nothing(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", LIST, Reply(BLUESKY.inbox[1]([("1", "x", NOW)])))
    answers = {'"bad"': Reply({"error": "BadQueryString"}, 400), '"good"': Reply({"posts": [view_of(said(2))]})}
    server.on("GET", SEARCH, lambda asked: answers[asked.query["q"][0]])
    page = bluesky.fetch_interactions(None, Listening(words=("bad", "good")))
    assert {it.text for it in page.items} == {"x", "words 2"}
    assert page.missed == ("a watched word could not be searched for [BadQueryString]",)
    answers['"bad"'] = Reply({"posts": [view_of(said(3))]})
    page = bluesky.fetch_interactions(page.cursor, Listening(words=("bad", "good")))
    assert {it.text for it in page.items} == {"words 3"}
    answers['"bad"'] = Reply({}, 503)
    with pytest.raises(Retryable):
        bluesky.fetch_interactions(page.cursor, Listening(words=("bad", "good")))


@pytest.mark.parametrize("body", [{"notifications": None}, {"notifications": {}}, {"items": []}, [], "text", None])
def test_an_answer_of_another_shape_is_told_and_not_taken_for_silence(
    bluesky: Connector, server: Loopback, body: Any
) -> None:
    server.on("GET", LIST, Reply(body))
    with pytest.raises(Retryable) as odd:
        bluesky.fetch_interactions(None)
    assert odd.value.code == "unknown-shape"
    assert "listNotifications" in odd.value.detail


def test_a_new_reason_is_skipped_and_the_rest_is_kept(bluesky: Connector, server: Loopback) -> None:
    page = BLUESKY.inbox[1]([("1", "x", NOW), ("2", "y", NOW)])
    page["notifications"][0]["reason"] = "waved"
    server.on("GET", LIST, Reply(page))
    got = bluesky.fetch_interactions(None)
    assert ([it.text for it in got.items], got.skipped) == (["y"], 1)


def test_a_thread_is_ours_if_its_first_post_is(bluesky: Connector, server: Loopback) -> None:
    page = BLUESKY.inbox[1]([("1", "x", NOW), ("2", "y", NOW), ("3", "z", NOW)])
    for entry, root in zip(page["notifications"], (DID, OTHER), strict=False):
        entry["reason"] = "reply"
        entry["record"]["reply"] = {
            "root": strong(f"at://{root}/{POSTS}/9"),
            "parent": strong(f"at://{DID}/{POSTS}/8"),
        }
    server.on("GET", LIST, Reply(page))
    assert {it.text: it.on_own for it in bluesky.fetch_interactions(None).items} == {"x": True, "y": False, "z": False}


# --- threads ----------------------------------------------------------------------------------------------------------


def node(one: Said, root: Said, *replies: Any, **more: Any) -> dict[str, Any]:
    parent = {} if one is root else {"root": uri_of(root), "parent": uri_of(root)}
    return {"post": view_of(one, **parent), "replies": list(replies), **more}


ROOT = said(1, ours=True)


def test_what_was_hidden_is_left_out_with_all_below_it(bluesky: Connector, server: Loopback) -> None:
    shown, hidden, under = said(2, 1), said(3, 1), said(4, 3)
    gate = {"record": {"hiddenReplies": [uri_of(hidden), 7]}}
    top = node(ROOT, ROOT, node(shown, ROOT), node(hidden, ROOT, node(under, ROOT)))
    for answer in (
        {"thread": top, "threadgate": gate},
        {"thread": {**top, "post": {**top["post"], "threadgate": gate}}},
    ):
        server.on("GET", GET_THREAD, Reply(answer))
        got = bluesky.thread(RemoteRef(uri_of(ROOT)))
        assert [it.text for it in got.below] == [shown.text]
        assert got.below[0].on_own


def test_gaps_are_passed_over(bluesky: Connector, server: Loopback) -> None:
    gone = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": "at://x/y/z", "notFound": True}
    blocked = {"$type": "app.bsky.feed.defs#blockedPost", "uri": "at://x/y/z", "blocked": True, "author": {}}
    top = node(said(5, 1), ROOT, gone, blocked, None, node(said(6, 5), ROOT), parent={**gone, "parent": None})
    server.on("GET", GET_THREAD, Reply({"thread": top}))
    got = bluesky.thread(RemoteRef(uri_of(said(5, 1))))
    assert (got.above, [it.text for it in got.below]) == ((), ["words 6"])


def test_a_thread_that_goes_deeper_than_it_is_shown_says_so(bluesky: Connector, server: Loopback) -> None:
    deep = {"post": {**view_of(said(2, 1), root=uri_of(ROOT), parent=uri_of(ROOT)), "replyCount": 2}}
    server.on("GET", GET_THREAD, Reply({"thread": node(ROOT, ROOT, deep)}))
    assert not bluesky.thread(RemoteRef(uri_of(ROOT))).complete


@pytest.mark.parametrize("kind", ["notFoundPost", "blockedPost"])
def test_a_post_that_is_not_shown_is_gone(bluesky: Connector, server: Loopback, kind: str) -> None:
    server.on("GET", GET_THREAD, Reply({"thread": {"$type": f"app.bsky.feed.defs#{kind}", "uri": "at://x/y/z"}}))
    with pytest.raises(Rejected) as refused:
        bluesky.thread(RemoteRef(uri_of(ROOT)))
    assert refused.value.code == "gone"


def test_a_thread_as_deep_as_it_is_asked_for_is_read(bluesky: Connector, server: Loopback) -> None:
    top = node(said(999), ROOT)
    for n in range(998, 899, -1):
        top = node(said(n), ROOT, top)
    above: dict[str, Any] = node(said(1), ROOT)
    for n in range(2, 201):
        above = node(said(n), ROOT, parent=above)
    server.on("GET", GET_THREAD, Reply({"thread": {**top, "parent": above}}))
    got = bluesky.thread(RemoteRef(uri_of(said(900))))
    assert (len(got.above), len(got.below)) == (200, 99)
    asked = server.last(GET_THREAD).query
    assert (asked["depth"], asked["parentHeight"]) == (["100"], ["200"])


# --- as they stand, and ours ------------------------------------------------------------------------------------------


def test_many_are_asked_in_parts_and_what_is_no_address_is_not_asked(bluesky: Connector, server: Loopback) -> None:
    many = [said(n) for n in range(60)]
    shows_posts(server, {uri_of(one): view_of(one) for one in many})
    refs = [RemoteRef(uri_of(one)) for one in many]
    assert len(bluesky.read([*refs, RemoteRef("1001"), refs[0]])) == 60
    assert server.count("GET", GET_POSTS) == 3


def test_own_posts_come_with_their_counts_and_what_they_answer(bluesky: Connector, server: Loopback) -> None:
    one, other = said(2, ours=True), said(1, ours=True)
    BLUESKY.hears.own(server, [[one, other]])  # type: ignore[union-attr]
    shows_posts(server, {uri_of(one): {**view_of(one), "likeCount": 3}})
    newest, older = bluesky.own_posts()
    assert (dict(newest.counts), dict(older.counts)) == ({mapping.Measure.LIKES: 3}, {})
    assert newest.ref.revision == CID
