"""Lemmy alone: ids of three sorts, communities by number, listings without "since", messages, and its own sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import Ground, InteractionKind, Platform, Standing, Terms
from connectors.contract import Connector, Draft, Found, Listening, RemoteRef, Unproven
from connectors.errors import AuthExpired, Cause, Rejected, Retryable, Unsupported
from connectors.lemmy import mapping
from connectors.lemmy.listening import place_of
from connectors.moderation import Moderation, Target
from connectors.options import Card, Options
from connectors.registry import begin, connect, finish, objection, revoke, way
from connectors.signing import App, Way
from tests.connectors.kit import NOW
from tests.connectors.kit_lemmy import API, COMMUNITY, HOME, LEMMY, OTHER, OURS, comment_view, person, post_view
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.sandbox import Desk, desk_on

APP = App({}, "", 0.4)


@pytest.fixture
def lemmy(server: Loopback) -> Connector:
    LEMMY.prepare(server)
    return connect("lemmy", LEMMY.sign_in(server.url))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with desk_on(Platform.LEMMY) as running:
        yield running


# --- speaking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "path", "body"),
    [
        (RemoteRef("post/90"), "comment", {"post_id": 90}),
        (RemoteRef("comment/9", root=RemoteRef("post/90")), "comment", {"post_id": 90, "parent_id": 9}),
        (RemoteRef("private_message/3", root=RemoteRef("person/7")), "private_message", {"recipient_id": 7}),
    ],
)
def test_an_answer_goes_where_what_it_answers_stands(
    lemmy: Connector, server: Loopback, target: RemoteRef, path: str, body: dict[str, Any]
) -> None:
    message = {"private_message": {"id": 5, "creator_id": 42}}
    view = {"private_message_view": message} if path == "private_message" else LEMMY.created
    server.on("POST", f"{API}/{path}", Reply(view))
    lemmy.publish(Draft("yes", in_reply_to=target), key="k")
    assert server.last(f"{API}/{path}").form == {"content": "yes", **body}
    assert len(server.asked) == 1


def test_a_comment_whose_post_nobody_knows_is_asked_first(lemmy: Connector, server: Loopback) -> None:
    server.on("GET", f"{API}/comment", Reply({"comment_view": comment_view(9, "x", NOW, OTHER, "0.9")}))
    server.on("POST", f"{API}/comment", Reply(LEMMY.created))
    lemmy.publish(Draft("yes", in_reply_to=RemoteRef("comment/9")), key="k")
    assert server.last(f"{API}/comment").form["post_id"] == 90


@pytest.mark.parametrize(
    "answer", [Reply({"error": "couldnt_find_community"}, 404), Reply({"error": "not_found"}, 404)]
)
def test_a_community_that_is_not_there_is_told_and_nothing_is_sent(
    lemmy: Connector, server: Loopback, answer: Reply
) -> None:
    server.on("GET", f"{API}/community", answer)
    with pytest.raises(Rejected) as refused:
        lemmy.publish(LEMMY.draft, key="k")
    assert refused.value.code == "no-community"
    assert server.written() == []


def test_a_first_post_needs_a_community_and_an_answer_is_words_only(lemmy: Connector, server: Loopback) -> None:
    told = objection("lemmy", replace(LEMMY.draft, community=" ! "), Terms(), Standing())
    assert told
    assert told.ground is Ground.NO_COMMUNITY
    link = replace(LEMMY.reply, options=Options(card=Card("https://example.org")))
    assert objection("lemmy", link, Terms(), Standing())
    with pytest.raises(Unsupported):
        lemmy.publish(link, key="k")
    assert server.asked == []


@pytest.mark.parametrize(
    ("name", "said"), [("!tools@far.example", "tools@far.example"), ("/c/tools", "tools"), ("c/tools", "tools")]
)
def test_a_community_may_be_named_as_people_name_it(lemmy: Connector, server: Loopback, name: str, said: str) -> None:
    server.on("POST", f"{API}/post", Reply(LEMMY.created))
    lemmy.publish(replace(LEMMY.draft, community=name), key="k")
    assert server.last(f"{API}/community").query["name"] == [said]


def test_the_same_words_in_another_instances_community_are_another_post(lemmy: Connector, server: Loopback) -> None:
    far = {**COMMUNITY, "actor_id": "https://far.example/c/tools", "local": False}
    for community, named, same in (
        (COMMUNITY, "tools", True),
        (COMMUNITY, "tools@lemmy.example", True),
        (COMMUNITY, "tools@far.example", False),
        (far, "tools", False),
        (far, "!tools@far.example", True),
    ):
        view = post_view(1001, "A title", LEMMY.draft.text, NOW, OURS) | {"community": community}
        pages = {"1": [view], "2": []}
        answers = lambda asked, pages=pages: Reply({"posts": pages[asked.query["page"][0]], "comments": []})  # noqa: E731
        server.on("GET", f"{API}/user", answers)
        found = lemmy.find_published(replace(LEMMY.draft, community=named), key="k", since=NOW)
        assert isinstance(found, Found) == same, (community["actor_id"], named)


@pytest.mark.parametrize("link", ["https://example.org/", None])
def test_a_link_post_is_ours_only_with_its_link(lemmy: Connector, server: Loopback, link: str | None) -> None:
    asked = replace(LEMMY.draft, options=Options(card=Card("https://example.org/")))
    view = post_view(1001, "A title", LEMMY.draft.text, NOW, OURS)
    server.on("GET", f"{API}/user", Reply({"posts": [view | {"post": view["post"] | {"url": link}}], "comments": []}))
    found = lemmy.find_published(asked, key="k", since=NOW)
    assert isinstance(found, Found if link else Unproven)


@pytest.mark.parametrize(
    ("status", "name", "cause"),
    [
        (400, "not_logged_in", Cause.EXPIRED),
        (401, "incorrect_login", Cause.EXPIRED),
        (400, "site_ban", Cause.SUSPENDED),
        (400, "deleted", Cause.SUSPENDED),
        (401, "", Cause.EXPIRED),
    ],
)
def test_why_an_account_is_not_let_in_is_told(
    lemmy: Connector, server: Loopback, status: int, name: str, cause: Cause
) -> None:
    server.on("POST", f"{API}/post", Reply({"error": name}, status))
    with pytest.raises(AuthExpired) as shut:
        lemmy.publish(LEMMY.draft, key="k")
    assert shut.value.cause is cause


@pytest.mark.parametrize("error", ["couldnt_update_comment", "couldnt_find_comment"])
def test_what_was_deleted_before_is_deleted(lemmy: Connector, server: Loopback, error: str) -> None:
    server.on("POST", f"{API}/comment/delete", Reply({"error": error}, 400))
    lemmy.delete(RemoteRef("comment/5"))


@pytest.mark.parametrize(
    ("told", "ref_id"),
    [("{host}/post/12/45", "comment/45"), ("{host}/comment/45", "comment/45"), ("{host}/post/12/", "post/12")],
)
def test_a_comment_is_named_by_either_of_its_addresses(told: str, ref_id: str) -> None:
    assert mapping.referred(told.format(host="https://lemmy.example"), "https://lemmy.example") == ref_id


# --- hearing ----------------------------------------------------------------------------------------------------------


def notice(number: int, name: str = "person_mention", **more: Any) -> dict[str, Any]:
    view = comment_view(number, f"words {number}", NOW + timedelta(seconds=number), OTHER, f"0.{number}")
    return {**view, name: {"id": number}, **more}


def paged(server: Loopback, path: str, name: str, rows: list[Any]) -> None:
    """The rows, newest first, fifty on a page."""

    def answer(asked: Asked) -> Reply:
        page = int(asked.query["page"][0])
        return Reply({name: rows[(page - 1) * 50 : page * 50]})

    server.on("GET", f"{API}/{path}", answer)


def test_a_listing_is_read_down_to_what_is_known(lemmy: Connector, server: Loopback) -> None:
    rows = [notice(number) for number in range(120, 0, -1)]
    paged(server, "user/mention", "mentions", rows[-10:])
    first = lemmy.fetch_interactions(None)
    assert len(first.items) == 10
    paged(server, "user/mention", "mentions", rows)
    rest = lemmy.fetch_interactions(first.cursor)
    assert [it.text for it in rest.items] == [f"words {number}" for number in range(11, 121)]
    assert lemmy.fetch_interactions(rest.cursor).items == ()


def test_a_comment_that_answers_and_names_us_is_one_and_an_answer(lemmy: Connector, server: Loopback) -> None:
    paged(server, "user/replies", "replies", [notice(5, "comment_reply")])
    paged(server, "user/mention", "mentions", [notice(5)])
    (found,) = lemmy.fetch_interactions(None).items
    assert found.kind is InteractionKind.COMMENT
    assert (found.parent_id, found.conversation_id) == ("post/90", f"{HOME}/post/90")


def test_what_is_deleted_or_removed_is_not_heard(lemmy: Connector, server: Loopback) -> None:
    gone = [notice(number) for number in (3, 2)]
    gone[0]["comment"]["deleted"] = gone[1]["comment"]["removed"] = True
    paged(server, "user/mention", "mentions", gone)
    assert lemmy.fetch_interactions(None).skipped == 2


def message(number: int, text: str, creator: dict[str, Any], recipient: int) -> dict[str, Any]:
    said = {"id": number, "creator_id": creator["id"], "recipient_id": recipient, "content": text}
    said |= {"published": NOW.isoformat(), "ap_id": f"{HOME}/private_message/{number}", "deleted": False}
    return {"private_message": said, "creator": creator}


def test_messages_are_read_where_they_are_switched_on_and_ours_are_not(lemmy: Connector, server: Loopback) -> None:
    paged(server, "user/mention", "mentions", [])
    paged(
        server, "private_message/list", "private_messages", [message(2, "ours", OURS, 7), message(1, "psst", OTHER, 42)]
    )
    assert lemmy.fetch_interactions(None).items == ()
    assert server.count("GET", f"{API}/private_message/list") == 0
    (found,) = lemmy.fetch_interactions(None, Listening(messages=True)).items
    assert (found.kind, found.text, found.ref.root) == (InteractionKind.MESSAGE, "psst", RemoteRef("person/7"))
    assert lemmy.read([found.ref])[found.ref.id].text == "psst"


def test_reports_of_other_communities_are_left_and_a_refusal_costs_nothing(lemmy: Connector, server: Loopback) -> None:
    paged(server, "user/mention", "mentions", [notice(1)])
    told = {
        "id": 4,
        "reason": "spam",
        "original_post_name": "Buy",
        "original_post_body": "now",
        "published": NOW.isoformat(),
    }
    view = post_view(31, "Buy", "now", NOW, person(66, "seller"))
    entry = view | {"post_report": told, "creator": OTHER, "post_creator": person(66, "seller")}
    paged(server, "post/report/list", "post_reports", [entry])
    server.on("GET", f"{API}/comment/report/list", Reply({"error": "not_a_moderator"}, 400))

    page = lemmy.fetch_interactions(None, Listening(moderated=("!tools@lemmy.example",)))

    found = next(it for it in page.items if it.kind is InteractionKind.REPORT)
    assert (found.author.id, found.text, found.why, found.ref.id) == ("66", "Buy\n\nnow", ("spam",), "post/31")
    assert found.about == view["post"]["ap_id"], "what was reported is named as it is heard for itself"
    assert len(page.items) == 2
    assert page.skipped == 1
    other = lemmy.fetch_interactions(None, Listening(moderated=("other",)))
    assert [it.kind for it in other.items] == ["mention"]


@pytest.mark.parametrize("odd", ["{", "[]", "7", '{"r":"x"}', '{"r":true}'])
def test_an_odd_cursor_costs_nothing(odd: str) -> None:
    assert place_of(odd) == {}


# --- signing in -------------------------------------------------------------------------------------------------------


def test_a_password_is_exchanged_for_a_token_which_alone_is_kept(server: Loopback) -> None:
    assert way("lemmy") is Way.PASSWORD
    with pytest.raises(Rejected):
        begin("lemmy", APP, server.url, "state")
    server.on("POST", f"{API}/user/login", Reply({"jwt": "SECRET-j"}))
    assert finish("lemmy", APP, server.url, {"identifier": "@parley"}, "SECRET-p") == {"jwt": "SECRET-j"}
    assert server.last(f"{API}/user/login").form == {"username_or_email": "parley", "password": "SECRET-p"}


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Reply({"error": "incorrect_login"}, 401), Rejected, "incorrect_login"),
        (Reply({"error": "missing_totp_token"}, 400), Rejected, "second-factor"),
        (Reply({"registration_created": True}), Retryable, "no-token"),
        (Reply({}, 503), Retryable, "http-503"),
    ],
)
def test_a_sign_in_that_fails_is_told(server: Loopback, answer: Reply, error: type[Exception], code: str) -> None:
    server.on("POST", f"{API}/user/login", answer)
    with pytest.raises(error) as failed:
        finish("lemmy", APP, server.url, {"identifier": "parley"}, "SECRET-p")
    assert getattr(failed.value, "code", None) == code
    assert "SECRET" not in f"{failed.value!r}"


@pytest.mark.parametrize("answer", [Reply({"success": True}), Reply({"error": "not_logged_in"}, 400), Reply({}, 401)])
def test_a_token_is_given_back_and_giving_back_what_is_gone_is_fine(server: Loopback, answer: Reply) -> None:
    server.on("POST", f"{API}/user/logout", answer)
    revoke("lemmy", APP, server.url, {"jwt": "SECRET-j"})
    assert server.last(f"{API}/user/logout").headers["authorization"] == "Bearer SECRET-j"


# --- in the sandbox ---------------------------------------------------------------------------------------------------


def says(desk: Desk, text: str, **more: str) -> dict[str, Any]:
    return dict(desk.tell("members/say", platform="lemmy", member="member-otter", text=text, **more))


def test_a_moderator_hears_a_report_and_acts_on_it(desk: Desk) -> None:
    moderated = Listening(moderated=("tools",))
    spam = says(desk, "cheap watches", community="tools")
    target = Target(RemoteRef(spam["id"]), community="tools", reason="spam")
    with pytest.raises(Rejected) as refused:
        desk.connector.moderate(target, Moderation.REMOVE)
    assert refused.value.code == "not-moderator"
    for _ in range(2):
        desk.connector.moderate(target, Moderation.REPORT)
    assert desk.connector.fetch_interactions(None, moderated).items == ()

    desk.tell("marks", platform="lemmy", subject="c/tools", state=f"moderated by {desk.account['id']}")
    (found,) = desk.connector.fetch_interactions(None, moderated).items
    assert (found.kind, found.ref.id, found.community) == (InteractionKind.REPORT, spam["id"], "tools")
    heard = desk.connector.fetch_interactions(None, replace(moderated, communities=("tools",))).items
    (itself,) = [one for one in heard if one.kind is not InteractionKind.REPORT]
    assert (found.about, found.native_id != itself.native_id) == (itself.native_id, True)

    for action in (Moderation.REMOVE, Moderation.LOCK, Moderation.BAN):
        desk.connector.moderate(target, action)
    assert desk.connector.read([target.ref]) == {}
    states = {mark["subject"]: mark["states"] for mark in desk.ask("marks")["marks"]}
    assert states[spam["id"]] == ["locked", "removed"]
    for action in (Moderation.APPROVE, Moderation.UNLOCK, Moderation.UNBAN):
        desk.connector.moderate(target, action)
    assert desk.connector.read([target.ref])[spam["id"]].text.endswith("cheap watches")
    assert [mark["subject"] for mark in desk.ask("marks")["marks"]] == ["c/tools"]


def test_a_community_and_a_word_are_heard_where_they_are_switched_on(desk: Desk) -> None:
    says(desk, "where is the saw", community="tools")
    says(desk, "otters are back", community="animals")
    every = desk.connector.fetch_interactions(None, Listening(communities=("tools",), words=("otters",)))
    assert {it.kind: it.community for it in every.items} == {
        InteractionKind.COMMUNITY: "tools",
        InteractionKind.KEYWORD: "animals",
    }
    assert next(it.why for it in every.items if it.kind is InteractionKind.KEYWORD) == ("otters",)


def test_a_blocked_member_is_not_heard(desk: Desk) -> None:
    post = says(desk, "hello", account=desk.account["id"])
    desk.connector.moderate(Target(RemoteRef(post["id"])), Moderation.BLOCK)
    assert desk.connector.fetch_interactions(None).items == ()
    desk.connector.moderate(Target(RemoteRef(post["id"])), Moderation.UNBLOCK)
    assert len(desk.connector.fetch_interactions(None).items) == 1


def test_a_thread_below_our_post_is_whole(desk: Desk) -> None:
    ours = desk.publish(desk.draft).ref
    first = says(desk, "one", reply_to=ours.id)
    says(desk, "two", reply_to=first["id"])
    got = desk.connector.thread(ours)
    assert [(it.text, it.on_own) for it in got.below] == [("one", True), ("two", True)]
    assert got.complete
    deep = desk.connector.thread(got.below[1].ref)
    assert [it.ref.id for it in deep.above] == [ours.id, first["id"]]
