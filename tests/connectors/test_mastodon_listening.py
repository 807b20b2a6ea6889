"""What Mastodon tells an account: kinds, cursors, what was switched on, watched tags, conversations, threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import Connector, Listening, RemoteRef
from connectors.errors import AuthExpired, RateLimited, Rejected, Retryable
from connectors.mastodon.listening import Place, tag_of
from connectors.registry import connect
from tests.connectors.kit import NOW, iso
from tests.connectors.kit_mastodon import MASTODON, said_status
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.verbs import Said

NOTIFICATIONS, STATUSES, TAG = "/api/v1/notifications", "/api/v1/statuses", "/api/v1/timelines/tag/otters"
MESSAGES, MODERATED = Listening(messages=True), Listening(moderated=("social.example",))
WATCHED = Listening(words=("#Otters",))


@pytest.fixture
def mastodon(server: Loopback) -> Connector:
    return connect("mastodon", MASTODON.sign_in(server.url))


def status(number: int, **more: Any) -> dict[str, Any]:
    return said_status(Said(str(number), f"words {number}", NOW + timedelta(seconds=number))) | more


def mention(number: int, **more: Any) -> dict[str, Any]:
    return {"id": str(9000 + number), "type": "mention", "created_at": iso(NOW), "status": status(number, **more)}


def quote(number: int) -> dict[str, Any]:
    quoted = {"state": "accepted", "quoted_status": status(1)}
    return {**mention(number, quote=quoted), "type": "quote"}


def complaint(number: int, *status_ids: str, **more: Any) -> dict[str, Any]:
    about = {
        "id": str(number),
        "category": "spam",
        "comment": "sells things",
        "created_at": iso(NOW),
        "status_ids": list(status_ids),
        "target_account": {"id": "66", "acct": "seller", "display_name": "Seller"},
    }
    reporter = {"id": "7", "acct": "someone"}
    return {"id": str(9000 + number), "type": "admin.report", "account": reporter, "report": about | more}


def tells(server: Loopback, *entries: Any) -> None:
    """From now on these are the notifications, oldest first here; the types that were asked for, from above `min_id`."""

    def answer(asked: Asked) -> Reply:
        above = int(asked.query.get("min_id", ["0"])[0])
        types = asked.query["types[]"]
        found = [one for one in entries if one["type"] in types and int(one["id"]) > above]
        return Reply((found[:40] if above else found[-40:])[::-1])

    server.on("GET", NOTIFICATIONS, answer)


def shows(server: Loopback, *there: dict[str, Any]) -> None:
    """From now on these statuses can be asked for by id."""
    server.on("GET", STATUSES, lambda asked: Reply([it for it in there if it["id"] in asked.query.get("id[]", [])]))


def kinds(connector: Connector, cursor: str | None = None, listening: Listening = Listening()) -> list[str]:  # noqa: B008
    return [it.kind for it in connector.fetch_interactions(cursor, listening).items]


# --- what is heard ----------------------------------------------------------------------------------------------------


def test_quotes_are_heard_as_quotes(mastodon: Connector, server: Loopback) -> None:
    tells(server, mention(1), quote(2))
    first, second = mastodon.fetch_interactions(None).items
    assert (first.kind, second.kind) == (InteractionKind.MENTION, InteractionKind.QUOTE)
    assert (second.parent_id, second.conversation_id) == ("1", second.native_id)
    assert second.on_own is False


@pytest.mark.parametrize("entry", [{**mention(1), "type": "annual_report"}, {**mention(1), "type": None}, mention(1)])
def test_a_type_that_nobody_knows_is_counted_and_passed(mastodon: Connector, server: Loopback, entry: Any) -> None:
    server.on("GET", NOTIFICATIONS, Reply([mention(2), entry]))
    page = mastodon.fetch_interactions(None)
    assert [it.ref.id for it in page.items] == (["1", "2"] if entry["type"] == "mention" else ["2"])
    assert page.skipped == 2 - len(page.items)


def test_a_private_message_is_not_read_unless_it_is_switched_on(mastodon: Connector, server: Loopback) -> None:
    tells(server, mention(1), mention(2, visibility="direct"), mention(3, visibility="private"))
    page = mastodon.fetch_interactions(None)
    assert [it.ref.id for it in page.items] == ["1", "3"]
    assert page.skipped == 1
    assert kinds(mastodon, None, MESSAGES) == ["mention", "message", "mention"]


def test_what_is_switched_on_later_starts_with_recent_ones(mastodon: Connector, server: Loopback) -> None:
    tells(server, mention(1), mention(2, visibility="direct"), mention(3))
    cursor = mastodon.fetch_interactions(None).cursor
    tells(server, mention(1), mention(2, visibility="direct"), mention(3), mention(4))
    page = mastodon.fetch_interactions(cursor, MESSAGES)
    assert [(it.ref.id, it.kind) for it in page.items] == [("2", "message"), ("4", "mention")]
    again = mastodon.fetch_interactions(page.cursor, MESSAGES)
    assert again.items == ()
    assert again.cursor == page.cursor
    assert kinds(mastodon, mastodon.fetch_interactions(page.cursor).cursor, MESSAGES) == ["message"], "off and on again"


def test_the_last_page_is_not_asked_for_again_where_nothing_was_switched_on(
    mastodon: Connector, server: Loopback
) -> None:
    tells(server, mention(1))
    cursor = mastodon.fetch_interactions(None, MESSAGES).cursor
    before = len(server.asked)
    mastodon.fetch_interactions(cursor, MESSAGES)
    assert len(server.asked) == before + 1


def test_a_cursor_from_before_is_a_notification(mastodon: Connector, server: Loopback) -> None:
    tells(server, mention(1), mention(2))
    assert [it.ref.id for it in mastodon.fetch_interactions("9001").items] == ["2"]


@pytest.mark.parametrize("odd", ["[]", "7", '{"n":7,"t":[],"on":"x"}', '{"t":{"a":1}}', "01GYZ", "{"])
def test_an_odd_cursor_costs_nothing(odd: str) -> None:
    place = Place.read(odd)
    assert place.timelines == {}
    assert Place.read(place.cursor()) == place


# --- reports ----------------------------------------------------------------------------------------------------------


def test_a_report_is_about_who_was_reported(mastodon: Connector, server: Loopback) -> None:
    tells(server, mention(1), complaint(5, "31", "32"))
    shows(server, status(31, spoiler_text="cheap"), status(32))
    assert kinds(mastodon) == ["mention"], "only where reports are switched on"

    (found,) = [it for it in mastodon.fetch_interactions(None, MODERATED).items if it.kind == "report"]

    assert (found.author.id, found.author.handle) == ("66", "seller")
    assert found.text == "cheap\n\nwords 31\n\nwords 32"
    assert found.why == ("spam", "sells things")
    assert found.ref.id == "31"
    assert found.native_id == found.url == f"{server.url}/admin/reports/5"
    assert found.native_id != found.conversation_id, "the status may be known from elsewhere already"


def test_a_report_whose_statuses_are_gone_is_told_all_the_same(mastodon: Connector, server: Loopback) -> None:
    tells(server, complaint(5, "31"), complaint(6, comment="", category=None), complaint(7, target_account=None))
    shows(server)
    page = mastodon.fetch_interactions(None, MODERATED)
    assert [(it.text, it.why, it.ref.id) for it in page.items] == [("", ("spam", "sells things"), "31"), ("", (), "6")]
    assert page.skipped == 1


# --- watched words, and an instance's own timeline --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("#Otters", "otters"),
        ("Spring Workshop", "springworkshop"),
        ("R&D_lab", "rd_lab"),
        ("Fähre", "fähre"),
        ("हिन्दी", "हिन्दी"),
        ("2026", None),
        ("_1", None),
        ("!?", None),
    ],
)
def test_a_word_is_heard_as_a_tag(said: str, tag: str | None) -> None:
    assert tag_of(said) == tag


def test_a_watched_tag_pages_forward_beside_the_notifications(mastodon: Connector, server: Loopback) -> None:
    tells(server, mention(1))
    server.on("GET", TAG, Reply([status(12), status(11)]))
    page = mastodon.fetch_interactions(None, WATCHED)
    assert [(it.ref.id, it.kind, it.why) for it in page.items] == [
        ("1", "mention", ()),
        ("11", "keyword", ("#Otters",)),
        ("12", "keyword", ("#Otters",)),
    ]
    server.on("GET", TAG, Reply([]))
    again = mastodon.fetch_interactions(page.cursor, WATCHED)
    assert server.last(TAG).query["min_id"] == ["12"]
    assert (again.items, again.cursor, again.caught_up) == ((), page.cursor, True)


def test_a_full_page_of_a_tag_is_not_all(mastodon: Connector, server: Loopback) -> None:
    tells(server)
    server.on("GET", TAG, Reply([status(100 + n) for n in range(40)][::-1]))
    page = mastodon.fetch_interactions(None, WATCHED)
    assert page.caught_up, "it began with recent ones"
    assert not mastodon.fetch_interactions(page.cursor, WATCHED).caught_up


def test_what_a_tag_finds_is_not_taken_from_the_notifications(mastodon: Connector, server: Loopback) -> None:
    """An item that a word found is never answered by itself: what is said to us must not become one."""
    tells(server)
    named = status(11, mentions=[{"id": "42", "acct": "parley"}])
    answer, ours = status(12, in_reply_to_account_id="42"), said_status(Said("13", "ours", NOW, ours=True))
    server.on("GET", TAG, Reply([{**status(14), "reblog": status(1)}, ours, answer, named, {"id": 5}]))
    page = mastodon.fetch_interactions(None, WATCHED)
    assert [(it.ref.id, it.kind) for it in page.items] == [("12", "reply")]
    assert page.skipped == 4


@pytest.mark.parametrize("answer", [Reply({"error": "no"}, 403), Reply({"error": "no"}, 404), Reply({}, 422)])
def test_a_tag_that_is_refused_costs_no_notification(mastodon: Connector, server: Loopback, answer: Reply) -> None:
    tells(server, mention(1))
    server.on("GET", TAG, answer)
    page = mastodon.fetch_interactions(None, WATCHED)
    assert len(page.items) == 1
    assert page.skipped == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Reply({}, 429), RateLimited),
        (Reply({}, 401), AuthExpired),
        (Reply({}, 503), Retryable),
        (Reply({"statuses": []}), Retryable),
    ],
)
def test_a_tag_that_fails_is_asked_again_from_the_same_place(
    mastodon: Connector, server: Loopback, answer: Reply, error: type[Exception]
) -> None:
    tells(server, mention(1))
    server.on("GET", TAG, answer)
    with pytest.raises(error):
        mastodon.fetch_interactions(None, WATCHED)


def test_a_word_that_is_no_longer_watched_is_forgotten(mastodon: Connector, server: Loopback) -> None:
    tells(server)
    server.on("GET", TAG, Reply([status(11)]))
    cursor = mastodon.fetch_interactions(None, WATCHED).cursor
    assert mastodon.fetch_interactions(cursor).cursor is None


def test_all_that_is_new_on_the_own_instance_may_be_heard(mastodon: Connector, server: Loopback) -> None:
    tells(server)
    server.on("GET", "/api/v1/timelines/public", Reply([status(11)]))
    (found,) = mastodon.fetch_interactions(None, Listening(communities=("social.example",))).items
    assert found.kind is InteractionKind.COMMUNITY
    assert server.last("/api/v1/timelines/public").query["local"] == ["true"]


# --- conversations ----------------------------------------------------------------------------------------------------


def test_replies_under_one_root_are_one_conversation(mastodon: Connector, server: Loopback) -> None:
    root, middle = status(1), status(2, in_reply_to_id="1")
    tells(server, mention(3, in_reply_to_id="2"), mention(4, in_reply_to_id="1"), mention(5))
    shows(server, root, middle)
    deep, shallow, alone = mastodon.fetch_interactions(None).items
    assert deep.conversation_id == shallow.conversation_id == root["uri"]
    assert alone.conversation_id == alone.native_id
    assert (deep.parent_id, shallow.parent_id) == ("2", "1")


def test_a_root_that_is_gone_leaves_the_highest_that_is_known(mastodon: Connector, server: Loopback) -> None:
    middle = status(2, in_reply_to_id="1")
    tells(server, mention(3, in_reply_to_id="2"), mention(4, in_reply_to_id="9"))
    shows(server, middle)
    known, unknown = mastodon.fetch_interactions(None).items
    assert known.conversation_id == middle["uri"]
    assert unknown.conversation_id == "9"


def test_a_parent_that_answers_itself_ends(mastodon: Connector, server: Loopback) -> None:
    tells(server, mention(3, in_reply_to_id="2"))
    shows(server, status(2, in_reply_to_id="2"))
    (found,) = mastodon.fetch_interactions(None).items
    assert found.conversation_id == status(2)["uri"]


def test_an_instance_that_cannot_be_asked_for_several_is_asked_for_each(mastodon: Connector, server: Loopback) -> None:
    tells(server, mention(3, in_reply_to_id="1"))
    server.on("GET", f"{STATUSES}/1", Reply(status(1)))
    (found,) = mastodon.fetch_interactions(None).items
    assert found.conversation_id == status(1)["uri"]


def test_twenty_are_asked_for_at_once(mastodon: Connector, server: Loopback) -> None:
    shows(server, *(status(n) for n in range(1, 51)))
    got = mastodon.read([RemoteRef(str(n)) for n in range(1, 51)])
    assert len(got) == 50
    assert [len(asked.query["id[]"]) for asked in server.asked] == [20, 20, 10]


# --- threads and own posts --------------------------------------------------------------------------------------------

ROOT, MEMBER, OURS, OTHER = (
    Said("1", "root", NOW, ours=True),
    Said("2", "member", NOW + timedelta(seconds=2), "1"),
    Said("3", "ours", NOW + timedelta(seconds=3), "2", ours=True),
    Said("4", "other", NOW + timedelta(seconds=4), "3"),
)


def _thread(server: Loopback, root: Said, *below: dict[str, Any], **headers: str) -> None:
    server.on("GET", f"{STATUSES}/1", Reply(said_status(root)))
    context = {"ancestors": [], "descendants": list(below)}
    server.on("GET", f"{STATUSES}/1/context", Reply(context, headers=headers))


def test_what_stands_under_our_own_is_known_to(mastodon: Connector, server: Loopback) -> None:
    below = (said_status(MEMBER, ROOT), said_status(OURS, MEMBER), said_status(OTHER, OURS))
    _thread(server, ROOT, *below)
    got = mastodon.thread(RemoteRef("1"))
    assert [(it.text, it.kind, it.on_own) for it in got.below] == [("member", "reply", True), ("other", "reply", True)]

    _thread(server, replace(ROOT, ours=False), said_status(MEMBER), said_status(OURS), said_status(OTHER, OURS))
    got = mastodon.thread(RemoteRef("1"))
    assert [(it.text, it.on_own) for it in got.below] == [("member", False), ("other", True)]


def test_a_private_message_under_a_post_is_not_shown_with_it(mastodon: Connector, server: Loopback) -> None:
    _thread(server, ROOT, {**said_status(MEMBER, ROOT), "visibility": "direct"})
    assert mastodon.thread(RemoteRef("1")).below == ()


def test_a_thread_that_is_still_fetched_from_elsewhere_is_not_complete(mastodon: Connector, server: Loopback) -> None:
    _thread(server, ROOT, **{"Mastodon-Async-Refresh": 'id="abc", retry=3'})
    assert not mastodon.thread(RemoteRef("1")).complete


def test_own_boosts_and_messages_are_no_earlier_posts(mastodon: Connector, server: Loopback) -> None:
    own = {**said_status(ROOT), "favourites_count": 3, "replies_count": -1, "reblogs_count": True}
    pages = {"": [{**own, "id": "9", "visibility": "direct"}], "9": [{**own, "id": "8", "reblog": {}}, own], "1": []}
    server.on(
        "GET",
        "/api/v1/accounts/42/statuses",
        lambda asked: Reply(pages[asked.query.get("max_id", [""])[0]]),
    )
    (found,) = mastodon.own_posts()
    assert (found.ref.id, found.text, dict(found.counts)) == ("1", "root", {"likes": 3})
    assert mastodon.own_posts("1") == ()


@pytest.mark.parametrize("status_code", [404, 410])
def test_the_thread_of_what_is_gone(mastodon: Connector, server: Loopback, status_code: int) -> None:
    server.on("GET", f"{STATUSES}/1", Reply({"error": "Gone"}, status_code))
    with pytest.raises(Rejected) as gone:
        mastodon.thread(RemoteRef("1"))
    assert gone.value.code == "gone"


def test_recorded_threads_keep_their_order(recorded: Callable[[str], Any]) -> None:
    from connectors.mastodon import mapping

    body = recorded("mastodon/context/200_test_entity_context_0.json")["response"]["json"]
    found = [mapping.interaction(one, None) for one in body["ancestors"] + body["descendants"]]
    assert all(found)
    assert found[0]
    assert found[0].created_at <= min(it.created_at for it in found if it)
