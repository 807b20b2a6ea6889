"""Our Mastodon connector against a server that nobody here wrote."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import Absent, Connector, Draft, Found, Identity, Listening, RemoteInteraction, SignIn
from connectors.errors import AuthExpired, Rejected
from connectors.metrics import Measure
from connectors.moderation import Moderation, Target
from connectors.options import Audience, Options, Poll
from connectors.registry import connect
from tests.live.conftest import until
from tests.live.mastodon import MastodonServer


def signed_in(server: MastodonServer, token: str = "desk-token") -> Connector:
    sign_in = SignIn(server.url, {"access_token": token}, timeout=10.0)
    return connect("mastodon", replace(sign_in, identity=connect("mastodon", sign_in).identify()))


@pytest.fixture
def mastodon(mastodon_server: MastodonServer) -> Connector:
    return signed_in(mastodon_server)


def words() -> str:
    return f"words {uuid.uuid4().hex[:8]}"


def test_a_post_is_said_answered_heard_moderated_found_and_taken_down(
    mastodon_server: MastodonServer, mastodon: Connector
) -> None:
    text, since = f"Grüße 🎉 from the desk, see https://example.org/a?b=1&c=2 {words()}", datetime.now(UTC)
    draft, key = Draft(text, language="de"), mastodon.new_key(uuid.uuid4().hex, since)
    assert mastodon.find_published(draft, key=key, since=since) == Absent()
    ref = mastodon.publish(draft, key=key).ref
    assert mastodon.publish(draft, key=key).ref == ref, "the same key again is the same status"
    found = mastodon.find_published(draft, key=key, since=since)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == ref.id

    cursor = mastodon.fetch_interactions(None).cursor
    answer = mastodon_server.as_member("POST", "statuses", status="@desk nice!", in_reply_to_id=ref.id)

    def heard() -> RemoteInteraction | None:
        items = mastodon.fetch_interactions(cursor).items
        return next((item for item in items if item.ref.id == answer["id"]), None)

    reply = until(heard)
    assert (reply.kind, reply.parent_id, reply.on_own) == (InteractionKind.REPLY, ref.id, True)
    assert [it.native_id for it in mastodon.thread(ref).below] == [reply.native_id]
    assert [it.ref.id for it in mastodon.thread(reply.ref).above] == [ref.id]
    assert mastodon.metrics([ref]).posts[ref.id][Measure.REPLIES] == 1

    target = Target(reply.ref, reply.author.id, on_own=True, reason="a test")
    for action in (Moderation.MUTE, Moderation.UNMUTE, Moderation.BLOCK, Moderation.UNBLOCK):
        for _ in range(2):
            mastodon.moderate(target, action)
    mastodon.moderate(target, Moderation.REPORT)

    mastodon.delete(ref)
    mastodon.delete(ref)
    assert mastodon.find_published(draft, key=key, since=since) == Absent()
    assert mastodon.read([ref]) == {}


def test_a_poll_behind_a_warning_is_found_by_both(mastodon: Connector) -> None:
    since = datetime.now(UTC)
    poll = Poll(("Yes", "No"), timedelta(days=1), many=True)
    draft = Draft(words(), options=Options(warning="long", audience=Audience.UNLISTED, poll=poll))
    ref = mastodon.publish(draft, key=uuid.uuid4().hex).ref
    found = mastodon.find_published(draft, key="unused", since=since)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == ref.id
    assert isinstance(mastodon.confirm(draft, ref.id), Found)
    other = replace(draft, options=replace(draft.options, warning="short"))
    assert not isinstance(mastodon.confirm(other, ref.id), Found)


def test_a_message_and_a_tag_are_heard_where_they_are_switched_on(
    mastodon_server: MastodonServer, mastodon: Connector
) -> None:
    cursor = mastodon.fetch_interactions(None).cursor
    private = mastodon_server.as_member("POST", "statuses", status=f"@desk {words()}", visibility="direct")
    tagged = mastodon_server.as_member("POST", "statuses", status=f"{words()} #otters")
    assert private["id"] not in {it.ref.id for it in mastodon.fetch_interactions(cursor).items}
    every = mastodon.fetch_interactions(None, Listening(messages=True, words=("otters",)))
    kinds = {it.ref.id: it.kind for it in every.items}
    assert kinds[private["id"]] is InteractionKind.MESSAGE
    assert kinds[tagged["id"]] is InteractionKind.KEYWORD


def test_own_posts_page_back_and_the_account_is_counted(mastodon: Connector) -> None:
    texts = [words() for _ in range(3)]
    for text in texts:
        mastodon.publish(Draft(text), key=uuid.uuid4().hex)
    newest = mastodon.own_posts()
    assert [one.text for one in newest[:3]] == texts[::-1]
    assert [one.text for one in mastodon.own_posts(newest[0].ref.id)[:2]] == texts[1::-1]
    assert mastodon.metrics([], account=True).account[Measure.POSTS] >= 3


def test_what_is_too_long_is_refused_and_a_token_that_nobody_knows_is_signed_out(
    mastodon_server: MastodonServer, mastodon: Connector
) -> None:
    with pytest.raises(Rejected):  # without our code for it: this server has words of its own
        mastodon.publish(Draft("x" * 501), key=uuid.uuid4().hex)
    sign_in = SignIn(mastodon_server.url, {"access_token": "nobody's"}, Identity("1", "nobody"), timeout=10.0)
    with pytest.raises(AuthExpired):
        connect("mastodon", sign_in).publish(Draft(words()), key="k")
