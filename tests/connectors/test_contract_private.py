"""What answers a private message is as private as that, or is not said: held by every platform that hears messages.

Whatever goes wrong, nothing is ever said in public in its place.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.capabilities import Dedupe, InteractionKind, Standing, Terms
from connectors.contract import Absent, Connector, Draft, Found, Picture, Unproven
from connectors.errors import Ambiguous, ConnectorError, RateLimited, Rejected, Retryable, Unsupported
from connectors.registry import capabilities, objection
from tests.connectors.kit import NOW
from tests.connectors.kits import KITS
from tests.connectors.loopback import CLOSE, CUT, HANG, Asked, Loopback, Reply
from tests.connectors.private_kits import PRIVATE, WORDS, PrivateKit, Whisper, asked_privately
from tests.connectors.suite import key_of, ready, shown

private = pytest.mark.parametrize("kit", PRIVATE, ids=lambda one: one.kit.platform)


def written(server: Loopback) -> list[Asked]:
    """What was asked and was no reading, without the opening of sessions."""
    ends = ("Session", "access_token")
    return [it for it in server.asked if it.method != "GET" and not it.path.endswith(ends)]


def say(kit: PrivateKit, connector: Connector, draft: Draft | None = None) -> object:
    return connector.publish(draft or kit.draft, key=key_of(connector))


def test_whoever_hears_messages_can_answer_them() -> None:
    answer = {one.kit.platform for one in PRIVATE}
    hear = {kit.platform for kit in KITS if InteractionKind.MESSAGE in capabilities(kit.platform).kinds}
    assert answer == hear


@private
def test_an_answer_is_one_request_to_whoever_wrote_and_nothing_in_public(kit: PrivateKit, server: Loopback) -> None:
    connector = ready(kit.kit, server)
    server.on(*kit.write, Reply(kit.created))

    receipt = connector.publish(kit.draft, key=key_of(connector))

    assert receipt.ref.id == kit.created_id
    (request,) = written(server)
    assert (request.method, request.path) == kit.write
    assert kit.stays(request)
    assert kit.sent_text(request.form) == kit.adds + WORDS


@private
def test_what_follows_an_answer_of_ours_is_as_private(kit: PrivateKit, server: Loopback) -> None:
    """The next part of a long answer answers the part before it."""
    connector = ready(kit.kit, server)
    server.on(*kit.write, Reply(kit.created))
    first = connector.publish(kit.draft, key=key_of(connector)).ref
    kit.list_own(server, [Whisper(1001, kit.adds + WORDS, NOW)])
    found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)
    assert isinstance(found, Found)

    for ref in (first, found.receipt.ref):
        assert "someone" not in str(ref.root), "the record keeps it open: it names nobody"
        before = len(written(server))
        with suppress(Rejected):  # to some it goes with the root of what was answered only, which lies sealed
            connector.publish(Draft("And there is more.", in_reply_to=ref), key=key_of(connector))
        sealed = replace(ref, root=kit.target.root) if kit.target.root else ref
        connector.publish(Draft("And there is more.", in_reply_to=sealed), key=key_of(connector))
        assert len(written(server)) > before
        assert all(map(kit.stays, written(server)))


@private
@pytest.mark.parametrize(
    "answer",
    [Reply({}, 500), Reply({}, 503), Reply(raw=b"<html>"), Reply({}), HANG, CLOSE, CUT],
    ids=["500", "503", "html", "200-without-id", "hang", "close", "cut"],
)
def test_a_lost_answer_is_in_doubt_after_one_private_request(
    kit: PrivateKit, server: Loopback, answer: Reply | str
) -> None:
    connector = ready(kit.kit, server)
    server.on(*kit.write, answer)
    with pytest.raises(Ambiguous):
        say(kit, connector)
    (request,) = written(server)
    assert kit.stays(request)


@private
@pytest.mark.parametrize(
    ("answer", "error"),
    [(Reply({"title": "Forbidden"}, 403), ConnectorError), (Reply({}, 404), Rejected), (Reply({}, 429), RateLimited)],
    ids=["403", "404", "429"],
)
def test_a_refusal_is_told_and_nothing_is_said_in_public_instead(
    kit: PrivateKit, server: Loopback, answer: Reply, error: type[ConnectorError]
) -> None:
    connector = ready(kit.kit, server)
    server.on(*kit.write, answer)
    with pytest.raises(error) as refused:
        say(kit, connector)
    assert not isinstance(refused.value, Ambiguous)
    (request,) = written(server)
    assert kit.stays(request)


@private
def test_whatever_is_asked_for_beside_the_words_stays_private_or_is_refused(kit: PrivateKit, server: Loopback) -> None:
    connector = ready(kit.kit, server)
    server.on(*kit.write, Reply(kit.created))
    drafts = [asked_privately(kit, spoken.draft) for spoken in kit.kit.speaks.values()]
    drafts.append(replace(kit.draft, pictures=(Picture("m1", "image/png", 9, 3, 2, handle='["c", "image/png", 9]'),)))
    drafts.append(replace(kit.draft, thread=(Draft("And there is more."),)))
    for draft in drafts:
        before = len(written(server))
        try:
            say(kit, connector, draft)
        except Rejected:
            assert len(written(server)) == before
        assert all(map(kit.stays, written(server)))


@private
def test_nothing_stands_against_a_plain_answer(kit: PrivateKit) -> None:
    assert objection(kit.kit.platform, kit.draft, Terms(), Standing(summoned=True)) is None


@private
def test_an_answer_that_landed_is_found_in_its_own_conversation_only(kit: PrivateKit, server: Loopback) -> None:
    connector = ready(kit.kit, server)
    ours = Whisper(1001, kit.adds + WORDS, NOW + timedelta(seconds=3))
    others = [
        replace(ours, elsewhere=True),
        replace(ours, text="something else entirely"),
        replace(ours, made=NOW - timedelta(hours=1)),
    ]
    kit.list_own(server, [ours])
    found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == kit.created_id

    proves = capabilities(kit.kit.platform).dedupe is Dedupe.BY_KEY
    for other in others:
        kit.list_own(server, [other])
        silent = connector.find_published(kit.draft, key=key_of(connector), since=NOW)
        assert isinstance(silent, Absent if proves else Unproven), other
        assert isinstance(silent, Absent) or silent.silent
    kit.list_own(server, [ours, replace(ours, number=1002)])
    two = connector.find_published(kit.draft, key=key_of(connector), since=NOW)
    assert isinstance(two, Unproven)
    assert not two.silent
    assert written(server) == []


@private
@pytest.mark.parametrize("answer", [HANG, Reply({}, 503), Reply({}), Reply(raw=b"<html>")], ids=str)
def test_a_look_that_fails_proves_nothing(kit: PrivateKit, server: Loopback, answer: Reply | str) -> None:
    connector = ready(kit.kit, server)
    server.reads = answer
    try:
        found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)
    except (Retryable, Rejected):
        return
    assert isinstance(found, Unproven)
    assert not found.silent


@private
def test_a_public_post_of_the_same_words_is_not_the_private_answer(kit: PrivateKit, server: Loopback) -> None:
    connector = ready(kit.kit, server)
    shown(kit.kit, server, Draft(WORDS))
    try:
        told = connector.confirm(kit.draft, kit.kit.created_id)
    except Rejected:
        return
    assert not isinstance(told, Found)


@private
def test_an_answer_is_taken_back_for_whoever_got_it_or_not_at_all(kit: PrivateKit, server: Loopback) -> None:
    connector = ready(kit.kit, server)
    server.on(*kit.write, Reply(kit.created))
    ref = connector.publish(kit.draft, key=key_of(connector)).ref
    before = len(written(server))
    if kit.removal is None:
        with pytest.raises(Unsupported) as refused:
            connector.delete(ref)
        assert refused.value.code == "private"
        assert len(written(server)) == before
        return
    server.on(*kit.removal, Reply(kit.created))
    connector.delete(ref)
    assert [(it.method, it.path) for it in written(server)[before:]] == [kit.removal]
