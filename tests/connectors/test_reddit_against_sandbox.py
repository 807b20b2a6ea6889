"""Reddit's connector against the sandbox, which keeps state: what is said, heard, moderated and counted there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind, Platform
from connectors.communities import CommunityRules
from connectors.contract import Draft, Found, Listening, Picture, RemoteRef, TellsRules, Unproven
from connectors.errors import Ambiguous, Rejected
from connectors.metrics import Measure
from connectors.moderation import UNDONE_BY, Moderation, Target
from connectors.options import Card, Options, Poll
from tests.connectors.picture_kits import DATA
from tests.connectors.sandbox import Desk, desk_on

PLACE = "community"
HEARS_ALL = Listening(
    messages=True, moderated=(PLACE,), communities=(f"r/{PLACE}",), words=("teapot",), word_places=("kitchen",)
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with desk_on(Platform.REDDIT) as running:
        yield running


@pytest.fixture
def moderating(desk: Desk) -> Desk:
    desk.tell("marks", platform="reddit", subject=PLACE, state=f"moderated by {desk.account['id']}")
    return desk


def says(desk: Desk, text: str, **where: str) -> Any:
    return desk.tell("members/say", platform="reddit", member="member-otter", text=text, **where)


def marks(desk: Desk, subject: str) -> set[str]:
    return {state for one in desk.ask("marks")["marks"] if one["subject"] == subject for state in one["states"]}


# --- speaking ---------------------------------------------------------------------------------------------------------

KINDS = {
    "words": Options(),
    "labels": Options(sensitive=True, spoiler=True, flair="f-1"),
    "link": Options(card=Card("https://Example.org/a?b=1&c=2")),
    "poll": Options(poll=Poll(("Tea", "Coffee"), timedelta(days=3))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_post_of_each_kind_is_sent_once_found_and_confirmed(desk: Desk, kind: str) -> None:
    draft = replace(desk.draft, options=KINDS[kind])
    assert isinstance(desk.look(draft), Unproven)

    receipt = desk.publish(draft)

    found, pointed = desk.look(draft), desk.connector.confirm(draft, receipt.ref.id)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == receipt.ref.id
    assert isinstance(pointed, Found)
    other = replace(draft, options=KINDS["link" if kind != "link" else "words"])
    assert isinstance(desk.connector.confirm(other, receipt.ref.id), Unproven), "the same words and another post"
    assert len(desk.posts()) == 1


def test_what_was_asked_for_beside_the_words_is_there(desk: Desk) -> None:
    for options in KINDS.values():
        desk.publish(replace(desk.draft, options=options))
    assert [one["options"] for one in desk.posts()] == [
        {},
        {"sensitive": True, "spoiler": True, "flair": "f-1"},
        {"card": "https://Example.org/a?b=1&c=2"},
        {"poll": ["Tea", "Coffee"], "lasts": 3},
    ]


def test_a_post_that_is_passed_on_is_found_by_what_it_passes_on(desk: Desk) -> None:
    first, second = (says(desk, text, community="kitchen")["id"] for text in ("one", "two"))
    draft = Draft("", title="Look at this", community=PLACE, options=Options(crosspost=first))

    receipt = desk.publish(draft)

    assert isinstance(desk.look(draft), Found)
    assert isinstance(
        desk.connector.confirm(replace(draft, options=Options(crosspost=second)), receipt.ref.id), Unproven
    )
    with pytest.raises(Rejected) as refused:
        desk.publish(replace(draft, options=Options(crosspost="t3_nothere")))
    assert refused.value.code == "INVALID_CROSSPOST_THING"


def test_a_gallery_with_labels_is_found(desk: Desk) -> None:
    pictures = []
    for name in ("m1", "m2"):
        picture = Picture(name, "image/png", len(DATA), 1, 1, alt=name)
        pictures.append(replace(picture, handle=desk.connector.upload(picture, DATA).handle))
    draft = replace(desk.draft, pictures=tuple(pictures), options=Options(spoiler=True))
    receipt = desk.publish(draft)
    assert isinstance(desk.look(draft), Found)
    assert isinstance(desk.connector.confirm(draft, receipt.ref.id), Found)
    assert desk.posts()[0]["options"] == {"spoiler": True}


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_answer_leaves_one_post_that_is_found(desk: Desk, kind: str) -> None:
    draft = replace(desk.draft, options=KINDS[kind])
    desk.tell("faults", platform="reddit", kind="lost", on="write")
    with pytest.raises(Ambiguous):
        desk.publish(draft)
    assert len(desk.posts()) == 1
    assert isinstance(desk.look(draft), Found)


def test_a_rate_limit_that_made_a_poll_is_a_poll(desk: Desk) -> None:
    desk.tell("faults", platform="reddit", kind="limited_but_created", on="write")
    draft = replace(desk.draft, options=KINDS["link"])
    assert desk.publish(draft).ref.id == desk.posts()[0]["id"]


def test_a_private_message_is_heard_where_it_is_switched_on_and_answered(desk: Desk) -> None:
    message = says(desk, "A word in private", account=desk.account["id"], community="messages")
    assert desk.connector.fetch_interactions(None).items == ()

    (heard,) = desk.connector.fetch_interactions(None, Listening(messages=True)).items
    assert (heard.kind, heard.native_id, heard.author.handle) == (
        InteractionKind.MESSAGE,
        message["id"],
        "member-otter",
    )
    answer = Draft("Thank you.", in_reply_to=heard.ref)
    receipt = desk.publish(answer, "answer")
    assert receipt.ref.id.startswith("t4_")
    assert isinstance(desk.look(answer, "answer"), Found)

    read = desk.connector.read([heard.ref, RemoteRef("t4_nothere")])
    assert list(read) == [heard.ref.id]
    later = says(desk, "And one more", reply_to=receipt.ref.id)
    thread = desk.connector.thread(heard.ref)
    assert [one.native_id for one in thread.below] == [later["id"]], "ours is left out"


# --- rules ------------------------------------------------------------------------------------------------------------


def test_rules_are_read_and_a_closed_community_says_why(desk: Desk) -> None:
    assert isinstance(desk.connector, TellsRules)
    assert desk.connector.rules_of(PLACE) == CommunityRules()
    asked = {"is_flair_required": True, "title_text_max_length": 20, "title_blacklisted_strings": ["giveaway"]}
    desk.tell("marks", platform="reddit", subject="strict", state=f"requires {json.dumps(asked)}")
    rules = desk.connector.rules_of("r/Strict")
    assert (rules.flair, rules.title.longest, rules.title.forbids) == (True, 20, ("giveaway",))
    for state, word in (("private", "private"), ("quarantined", "quarantined"), ("closed", "banned")):
        desk.tell("marks", platform="reddit", subject="shut", state=state)
        assert desk.connector.rules_of("shut").closed == word
        desk.tell("marks", platform="reddit", subject="shut", state=state, on=False)
    desk.tell("marks", platform="reddit", subject="angry", state=f"banned {desk.account['id']}")
    assert desk.connector.rules_of("angry").closed == "barred"
    assert desk.connector.rules_of("a").closed == "gone"
    with pytest.raises(Rejected):
        desk.connector.rules_of("../../api/v1/me?")


def test_what_a_community_asks_is_refused_by_reddit_too(desk: Desk) -> None:
    asked = json.dumps({"is_flair_required": True})
    desk.tell("marks", platform="reddit", subject=PLACE, state=f"requires {asked}")
    with pytest.raises(Rejected) as refused:
        desk.publish(desk.draft)
    assert refused.value.code == "SUBMIT_VALIDATION_FLAIR_REQUIRED"
    desk.publish(replace(desk.draft, options=Options(flair="f-1")))


# --- hearing ----------------------------------------------------------------------------------------------------------


def test_everything_that_is_switched_on_is_heard_once(moderating: Desk) -> None:
    desk = moderating
    post = says(desk, "A new post", community=PLACE)
    comment = says(desk, "A comment", reply_to=post["id"])
    mention = says(desk, "u/parley-desk have you seen it?", account=desk.account["id"], community=PLACE)
    found = says(desk, "My teapot sings", community="kitchen")
    said = says(desk, "Which Teapot?", reply_to=found["id"])
    says(desk, "teapots are many", community="kitchen")
    desk.connector.moderate(Target(RemoteRef(comment["id"]), reason="rude"), Moderation.REPORT)

    page = desk.connector.fetch_interactions(None, HEARS_ALL)

    kinds = {one.native_id: one.kind for one in page.items}
    assert page.missed == ()
    assert kinds[post["id"]] is InteractionKind.COMMUNITY
    assert kinds[comment["id"]] is InteractionKind.COMMUNITY
    assert kinds[f"report/{comment['id']}"] is InteractionKind.REPORT, "known by itself, whatever was heard before"
    assert [one.about for one in page.items if one.kind is InteractionKind.REPORT] == [comment["id"]]
    assert kinds[mention["id"]] is InteractionKind.MENTION, "said to us, wherever it stands"
    assert {name for name, kind in kinds.items() if kind is InteractionKind.KEYWORD} == {found["id"], said["id"]}
    assert {one.native_id: one.why for one in page.items if one.why} == {
        f"report/{comment['id']}": ("rude",),
        found["id"]: ("teapot",),
        said["id"]: ("teapot",),
    }
    again = desk.connector.fetch_interactions(page.cursor, HEARS_ALL)
    assert again.items == ()
    assert again.cursor == page.cursor, "an empty poll writes nothing"


def test_what_was_switched_on_later_starts_with_recent_ones_and_loses_nothing_else(moderating: Desk) -> None:
    desk = moderating
    desk.tell("members/say", platform="reddit", kind="question", account=desk.account["id"])
    first = desk.connector.fetch_interactions(None)
    post = says(desk, "Fresh", community=PLACE)
    later = desk.connector.fetch_interactions(first.cursor, Listening(communities=(PLACE,)))
    assert [one.native_id for one in later.items] == [post["id"]]


def test_an_edit_and_another_report_are_heard_again(moderating: Desk) -> None:
    desk = moderating
    listening = Listening(moderated=(PLACE,), communities=(PLACE,))
    post = says(desk, "First words", community=PLACE)
    cursor = desk.connector.fetch_interactions(None, listening).cursor
    desk.tell("members/edit", platform="reddit", id=post["id"], text="Other words")
    (edited,) = (page := desk.connector.fetch_interactions(cursor, listening)).items
    assert edited.text.endswith("Other words")
    for reason in ("rude", "spam"):
        desk.tell("marks", platform="reddit", subject=post["id"], state=f"report: {reason}")
        page = desk.connector.fetch_interactions(page.cursor, listening)
        (reported,) = [one for one in page.items if one.kind is InteractionKind.REPORT]
        assert {one.native_id for one in page.items} == {post["id"], f"report/{post['id']}"}
        assert reason in reported.why
    assert desk.connector.fetch_interactions(page.cursor, listening).items == ()


def test_an_old_post_that_is_reported_today_is_heard(moderating: Desk) -> None:
    desk = moderating
    listening = Listening(moderated=(PLACE,))
    old = says(desk, "Old and forgotten", community=PLACE)
    desk.tell("clock", advance=400 * 86_400.0)
    recent = says(desk, "Recent", community=PLACE)
    desk.tell("marks", platform="reddit", subject=recent["id"], state="report: spam")
    page = desk.connector.fetch_interactions(None, listening)
    desk.tell("marks", platform="reddit", subject=old["id"], state="report: rude")
    (heard,) = desk.connector.fetch_interactions(page.cursor, listening).items
    assert (heard.native_id, heard.about) == (f"report/{old['id']}", old["id"])


def test_a_queue_that_is_refused_leaves_the_rest_heard_and_is_told(desk: Desk) -> None:
    desk.tell("members/say", platform="reddit", kind="question", account=desk.account["id"])
    desk.tell("marks", platform="reddit", subject="shut", state="private")
    page = desk.connector.fetch_interactions(None, Listening(moderated=(PLACE,), communities=("shut",)))
    assert len(page.items) == 1
    assert page.missed == (
        f"r/{PLACE}/about/modqueue: not-moderator",
        f"r/{PLACE}/about/reports: not-moderator",
        "r/shut/new: private",
        "r/shut/comments: private",
    )


def test_a_limit_in_the_middle_keeps_what_was_heard_and_the_rest_comes_next(moderating: Desk) -> None:
    desk = moderating
    desk.tell("members/say", platform="reddit", kind="question", account=desk.account["id"])
    post = says(desk, "A new post", community=PLACE)
    listening = Listening(communities=(PLACE,))
    desk.tell("faults", platform="reddit", kind="rate_limited", path=f"/r/{PLACE}/new", seconds=9)
    page = desk.connector.fetch_interactions(None, listening)
    assert [one.kind for one in page.items] == [InteractionKind.MENTION]
    assert len(page.missed) == 1
    assert post["id"] in {one.native_id for one in desk.connector.fetch_interactions(page.cursor, listening).items}


def test_what_shows_late_is_heard(desk: Desk) -> None:
    """Its time was passed already when it came: held back by a filter, say."""
    listening = Listening(communities=(PLACE,))
    held = says(desk, "Held back", community=PLACE)
    desk.tell("marks", platform="reddit", subject=held["id"], state="removed")
    desk.tell("clock", advance=3600.0)
    says(desk, "Other", community=PLACE)
    early = says(desk, "Early", community=PLACE)
    first = desk.connector.fetch_interactions(None, listening)
    desk.tell("clock", advance=3600.0)
    says(desk, "Later", community=PLACE)
    second = desk.connector.fetch_interactions(first.cursor, listening)
    assert [one.text for one in second.items] == ["Later\n\nLater"]
    assert early["id"] in {one.native_id for one in first.items}


# --- reading again ----------------------------------------------------------------------------------------------------


def test_a_thread_shows_the_way_up_and_what_is_below(desk: Desk) -> None:
    ours = desk.publish(desk.draft).ref
    chain = [says(desk, "1", reply_to=ours.id)]
    for number in range(2, 14):
        chain.append(says(desk, str(number), reply_to=chain[-1]["id"]))
    desk.tell("members/withdraw", platform="reddit", id=chain[4]["id"])

    thread = desk.connector.thread(RemoteRef(chain[11]["id"]))

    assert thread.above[0].native_id == ours.id, "the post first, though it is ours"
    assert [one.text for one in thread.above[1:]] == ["1", "2", "3", "4", "6", "7", "8", "9", "10", "11"]
    assert [one.text for one in thread.below] == ["13"]
    whole = desk.connector.thread(ours)
    assert whole.above == ()
    assert len(whole.below) == 12
    assert whole.complete


def test_a_wide_thread_is_filled_in(desk: Desk) -> None:
    ours = desk.publish(desk.draft).ref
    for number in range(510):
        says(desk, str(number), reply_to=ours.id)
    thread = desk.connector.thread(ours)
    assert [one.text for one in thread.below] == [str(number) for number in range(510)]
    assert thread.complete


def test_what_is_deleted_or_removed_is_missing(moderating: Desk) -> None:
    desk = moderating
    kept, deleted = says(desk, "kept", community=PLACE), says(desk, "deleted", community=PLACE)
    removed = says(desk, "removed", community="elsewhere")
    desk.tell("members/withdraw", platform="reddit", id=deleted["id"])
    desk.tell("marks", platform="reddit", subject=removed["id"], state="removed")
    ours = says(desk, "removed by us", community=PLACE)
    desk.connector.moderate(Target(RemoteRef(ours["id"])), Moderation.REMOVE)
    got = desk.connector.read([RemoteRef(one["id"]) for one in (kept, deleted, removed, ours)])
    assert set(got) == {kept["id"], ours["id"]}, "who moderates sees what was removed"


# --- moderating and counting ------------------------------------------------------------------------------------------

STATES = {
    Moderation.REMOVE: ("post", "removed"),
    Moderation.LOCK: ("post", "locked"),
    Moderation.BAN: (PLACE, "banned {author}"),
    Moderation.BLOCK: ("author", "blocked by {own}"),
}


@pytest.mark.parametrize("action", STATES, ids=str)
def test_a_state_is_reached_kept_and_left(moderating: Desk, action: Moderation) -> None:
    desk = moderating
    post = says(desk, "Words", community=PLACE)
    where, state = STATES[action]
    state = state.format(author=post["author"], own=desk.account["id"])
    subject = {"post": post["id"], "author": post["author"]}.get(where, where)
    target = Target(RemoteRef(post["id"]))

    for _ in range(2):
        desk.connector.moderate(target, action)
        assert state in marks(desk, subject)
    for _ in range(2):
        desk.connector.moderate(target, UNDONE_BY[action])
        assert state not in marks(desk, subject)


@pytest.mark.parametrize("action", [Moderation.REMOVE, Moderation.LOCK, Moderation.BAN], ids=str)
def test_who_is_no_moderator_is_told_so(desk: Desk, action: Moderation) -> None:
    post = says(desk, "Words", community=PLACE)
    with pytest.raises(Rejected) as refused:
        desk.connector.moderate(Target(RemoteRef(post["id"]), handle="member-otter", community=PLACE), action)
    assert refused.value.code == "not-moderator"
    assert marks(desk, post["id"]) == set()


def test_an_approval_settles_the_reports(moderating: Desk) -> None:
    desk = moderating
    post = says(desk, "Words", community=PLACE)
    target = Target(RemoteRef(post["id"]), reason="spam")
    desk.connector.moderate(target, Moderation.REPORT)
    assert len(desk.connector.fetch_interactions(None, Listening(moderated=(PLACE,))).items) == 1
    desk.connector.moderate(target, Moderation.APPROVE)
    assert desk.connector.fetch_interactions(None, Listening(moderated=(PLACE,))).items == ()


def test_counts_are_those_that_reddit_tells(desk: Desk) -> None:
    ours = desk.publish(desk.draft).ref
    says(desk, "an answer", reply_to=ours.id)
    desk.tell("counts", platform="reddit", subject=ours.id, counts={"score": -3, "upvote_percent": 41, "crossposts": 2})
    desk.tell("counts", platform="reddit", subject=desk.account["id"], counts={"karma": 12, "followers": 5})
    desk.tell("counts", platform="reddit", subject=PLACE, counts={"subscribers": 900, "present": 7})
    desk.tell("marks", platform="reddit", subject="shut", state="private")

    got = desk.connector.metrics([ours, RemoteRef("t3_gone")], account=True, communities=[PLACE, "shut"])

    score = {Measure.SCORE: -3, Measure.UPVOTE_PERCENT: 41, Measure.REPLIES: 1, Measure.CROSSPOSTS: 2}
    assert dict(got.posts) == {ours.id: score}
    assert got.account == {Measure.KARMA: 12, Measure.FOLLOWERS: 5}
    assert dict(got.communities) == {PLACE: {Measure.SUBSCRIBERS: 900, Measure.PRESENT: 7}}


def test_own_posts_come_in_pages(desk: Desk) -> None:
    refs = [desk.publish(replace(desk.draft, text=f"post {number}"), str(number)).ref.id for number in range(3)]
    own = desk.connector.own_posts()
    assert [one.ref.id for one in own] == refs[::-1]
    assert [one.ref.id for one in desk.connector.own_posts(refs[1])] == [refs[0]]
    assert desk.connector.own_posts(refs[0]) == ()
