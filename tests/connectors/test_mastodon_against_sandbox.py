"""Mastodon's connector against the sandbox network: polls and warnings found again, quotes, messages, reports, tags, states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from connectors.capabilities import InteractionKind, Platform
from connectors.contract import Absent, Draft, Found, Listening, RemoteRef, Unproven
from connectors.errors import Rejected
from connectors.metrics import Measure
from connectors.moderation import UNDONE_BY, Moderation, Target
from connectors.options import Audience, Options, Poll
from tests.connectors.sandbox import Desk, desk_on

ASKED = Options(warning="long", audience=Audience.UNLISTED, poll=Poll(("Yes", "No"), timedelta(days=1)))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with desk_on(Platform.MASTODON) as running:
        yield running


def says(desk: Desk, text: str, **more: str) -> dict[str, Any]:
    return dict(desk.tell("members/say", platform="mastodon", member="member-otter", text=text, **more))


def member(desk: Desk) -> dict[str, str]:
    """The headers of somebody else, who may do over the wire what the control interface has no word for."""
    made = desk.tell("accounts", platform="mastodon", handle="somebody")
    return {"Authorization": f"Bearer {made['credential']['access_token']}"}


def over_the_wire(desk: Desk, path: str, **body: Any) -> Any:
    answer = requests.post(f"{desk.url}/mastodon/api/v1/{path}", json=body, headers=member(desk), timeout=5)
    assert answer.ok, answer.text
    return answer.json()


def test_a_poll_behind_a_warning_is_there_once_and_is_found(desk: Desk) -> None:
    draft = replace(desk.draft, options=ASKED)
    ref = desk.publish(draft).ref
    (post,) = desk.posts()
    assert post["options"] == {
        "warning": "long",
        "audience": "unlisted",
        "poll": {"options": ["Yes", "No"], "expires_in": 86_400, "multiple": False},
    }
    found = desk.look(draft)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == ref.id
    assert isinstance(desk.connector.confirm(draft, ref.id), Found)
    assert isinstance(desk.look(desk.draft), Unproven), "the same words without them are another message"
    assert isinstance(desk.look(Draft("never said")), Absent)


def test_an_edit_is_seen_and_what_is_withdrawn_is_missing(desk: Desk) -> None:
    post = says(desk, "before", account=desk.account["id"])
    (heard,) = desk.connector.fetch_interactions(None).items
    desk.tell("members/edit", platform="mastodon", id=post["id"], text="after")
    assert desk.connector.read([heard.ref])[heard.ref.id].text == "after"
    desk.tell("members/withdraw", platform="mastodon", id=post["id"])
    assert desk.connector.read([heard.ref]) == {}


def test_a_quote_a_message_and_a_tag_are_heard_where_they_are_switched_on(desk: Desk) -> None:
    ours = desk.publish(desk.draft).ref
    over_the_wire(desk, "statuses", status="look at this", quoted_status_id=ours.id)
    over_the_wire(desk, "statuses", status="@parley-desk psst", visibility="direct")
    says(desk, "I love #Otters")
    usual = desk.connector.fetch_interactions(None)
    assert [it.kind for it in usual.items] == ["quote"]
    every = desk.connector.fetch_interactions(usual.cursor, Listening(messages=True, words=("otters",)))
    assert {it.kind: it.text for it in every.items} == {
        InteractionKind.MESSAGE: "@parley-desk psst",
        InteractionKind.KEYWORD: "I love #Otters",
    }
    again = desk.connector.fetch_interactions(every.cursor, Listening(messages=True, words=("otters",)))
    assert again.items == ()


def test_a_reply_that_names_nobody_is_found_in_the_thread(desk: Desk) -> None:
    ours = desk.publish(desk.draft).ref
    over_the_wire(desk, "statuses", status="without a name", in_reply_to_id=ours.id)
    assert desk.connector.fetch_interactions(None).items == ()
    (found,) = desk.connector.thread(ours).below
    assert (found.text, found.on_own, found.kind) == ("without a name", True, "reply")
    with pytest.raises(Rejected):
        desk.connector.thread(RemoteRef("1"))


def test_a_report_reaches_the_moderator_only(desk: Desk) -> None:
    spam = says(desk, "cheap watches")
    reporter = desk.connector
    reporter.moderate(Target(RemoteRef(spam["id"]), reason="spam again"), Moderation.REPORT)
    moderated = Listening(moderated=("mastodon.sandbox.example",))
    assert reporter.fetch_interactions(None, moderated).items == ()
    desk.tell("marks", platform="mastodon", subject=desk.account["id"], state="moderator")
    (found,) = reporter.fetch_interactions(None, moderated).items
    assert (found.kind, found.text, found.why) == ("report", "cheap watches", ("other", "spam again"))
    assert found.author.handle == "member-otter"
    assert found.ref.id == spam["id"]


@pytest.mark.parametrize(("action", "state"), [(Moderation.MUTE, "muted"), (Moderation.BLOCK, "blocked")])
def test_a_member_is_brought_to_a_state_and_back(desk: Desk, action: Moderation, state: str) -> None:
    post = says(desk, "first", account=desk.account["id"])
    target = Target(RemoteRef(post["id"]))
    for _ in range(2):
        desk.connector.moderate(target, action)
    (mark,) = desk.ask("marks")["marks"]
    assert mark["states"] == [f"{state} by {desk.account['id']}"]
    says(desk, "second", account=desk.account["id"])
    assert desk.connector.fetch_interactions(None).items == ()
    desk.connector.moderate(target, UNDONE_BY[action])
    assert len(desk.connector.fetch_interactions(None).items) == 2


def test_what_is_counted(desk: Desk) -> None:
    ref = desk.publish(desk.draft).ref
    says(desk, "an answer", reply_to=ref.id)
    desk.tell("counts", platform="mastodon", subject=ref.id, counts={"likes": 3})
    desk.tell("counts", platform="mastodon", subject=desk.account["id"], counts={"followers": 12})
    told = desk.connector.metrics([ref, RemoteRef("1")], account=True)
    assert dict(told.posts) == {ref.id: {Measure.REPLIES: 1, Measure.REPOSTS: 0, Measure.LIKES: 3, Measure.QUOTES: 0}}
    assert told.account[Measure.FOLLOWERS] == 12
    assert dict(told.communities) == {}


def test_own_posts_page_back_to_the_first(desk: Desk) -> None:
    for n in range(45):
        desk.publish(Draft(f"post {n}"), f"post {n}")
    first = desk.connector.own_posts()
    rest = desk.connector.own_posts(first[-1].ref.id)
    assert [it.text for it in (*first, *rest)] == [f"post {n}" for n in range(44, -1, -1)]
    assert desk.connector.own_posts(rest[-1].ref.id) == ()
