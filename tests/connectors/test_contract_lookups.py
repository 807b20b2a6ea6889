"""The contract's two questions about our own posts, held by every platform: did it land, and is it this one?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import Absent, Draft, Found, Unproven
from connectors.errors import Rejected, Retryable
from tests.connectors.kit import NOW, TEXT, Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import CLOSE, HANG, Loopback, Reply
from tests.connectors.suite import key_of, posted, ready, shown

pytestmark = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.platform)


# --- find_published ---------------------------------------------------------------------------------------------------


def test_a_post_that_landed_is_found(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    posted(kit, server, (kit.created_id, kit.draft, NOW + timedelta(seconds=3)))

    found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)

    assert isinstance(found, Found)
    assert found.receipt.ref.id.endswith("1001")


def test_silence_is_what_the_platform_can_answer_for(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    if kit.platform == "bluesky":
        server.on(
            "GET", kit.own_listing[0], Reply({"error": "RecordNotFound", "message": "Could not locate record"}, 400)
        )
    else:
        older = (kit.created_id, kit.draft, NOW - timedelta(hours=1))
        other = (kit.created_id[:-1] + "2", replace(kit.draft, text="something else"), NOW + timedelta(seconds=9))
        posted(kit, server, other, older)

    found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)

    assert isinstance(found, kit.silence)


def test_two_that_match_are_nobodys_to_choose(kit: Kit, server: Loopback) -> None:
    if kit.platform == "bluesky":
        pytest.skip("one key holds one record")
    connector = ready(kit, server)
    posted(kit, server, *((kit.created_id[:-1] + str(n), kit.draft, NOW + timedelta(seconds=n)) for n in (2, 1)))

    assert isinstance(connector.find_published(kit.draft, key=key_of(connector), since=NOW), Unproven)


def test_the_same_words_to_somebody_else_do_not_match(kit: Kit, server: Loopback) -> None:
    if kit.platform == "bluesky":
        pytest.skip("the key alone decides")
    connector = ready(kit, server)
    elsewhere = replace(kit.reply, in_reply_to=replace(kit.target, id=kit.target.id + "9"))
    posted(kit, server, (kit.reply_id("5") if kit.reply_id else "5", elsewhere, NOW))

    assert isinstance(connector.find_published(kit.reply, key=key_of(connector), since=NOW), kit.silence)


@pytest.mark.parametrize("answer", [HANG, CLOSE, Reply({}, 503)], ids=["hang", "close", "503"])
def test_a_look_that_fails_proves_nothing(kit: Kit, server: Loopback, answer: Reply | str) -> None:
    connector = ready(kit, server)
    server.on("GET", kit.own_listing[0], answer)

    with pytest.raises(Retryable):
        connector.find_published(kit.draft, key=key_of(connector), since=NOW)


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"kind": "Listing"}, {"errors": [{"title": "Forbidden"}]}])
def test_an_answer_that_is_no_listing_is_no_silence(kit: Kit, server: Loopback, answer: Any) -> None:
    connector = ready(kit, server)
    server.on("GET", kit.own_listing[0], Reply(answer))

    try:
        found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)
    except Retryable:
        return

    assert isinstance(found, Unproven)
    assert not found.silent


def test_silence_says_that_it_is_silence(kit: Kit, server: Loopback) -> None:
    if kit.silence is not Unproven:
        pytest.skip("this platform proves absence")
    connector = ready(kit, server)
    other = (kit.created_id, replace(kit.draft, text="something else"), NOW + timedelta(seconds=9))
    posted(kit, server, other)

    found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)

    assert isinstance(found, Unproven)
    assert found.silent


@pytest.mark.parametrize("says", ["nearly", "twice"])
def test_a_candidate_is_no_silence(kit: Kit, server: Loopback, says: str) -> None:
    if kit.platform == "bluesky":
        pytest.skip("the key alone decides")
    connector = ready(kit, server)
    changed = replace(kit.draft, text=kit.draft.text.replace("–", "--")) if says == "nearly" else kit.draft
    numbers = (1,) if says == "nearly" else (2, 1)
    posted(kit, server, *((kit.created_id[:-1] + str(n), changed, NOW + timedelta(seconds=n)) for n in numbers))

    found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)

    assert isinstance(found, Unproven)
    assert not found.silent
    assert kit.draft.text not in found.why


@pytest.mark.parametrize("early", [61, 59])
def test_what_was_made_before_the_claim_is_not_it_but_for_the_clocks(kit: Kit, server: Loopback, early: int) -> None:
    if kit.platform == "bluesky":
        pytest.skip("the key alone decides")
    connector = ready(kit, server)
    posted(kit, server, (kit.created_id, kit.draft, NOW - timedelta(seconds=early)))

    found = connector.find_published(kit.draft, key=key_of(connector), since=NOW)

    assert isinstance(found, Found) == (early == 59)


# --- confirm ----------------------------------------------------------------------------------------------------------


def by_id(kit: Kit, draft: Draft | None = None) -> str:
    return kit.reply_id("1001") if kit.reply_id and draft and draft.in_reply_to else kit.created_id


def test_a_post_that_a_person_points_at_is_confirmed(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    shown(kit, server, kit.draft)
    for reference in kit.references:
        before = len(server.asked)

        once = connector.confirm(kit.draft, reference.format(host=server.url))
        again = connector.confirm(kit.draft, reference.format(host=server.url))

        assert isinstance(once, Found), reference
        assert once.receipt.ref.id == kit.created_id
        assert once == again
        assert {it.method for it in server.asked[before:]} == {"GET"}
        assert "1001" in server.asked[-1].path + str(server.asked[-1].query)


def test_a_reply_is_confirmed_under_what_it_answers(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    shown(kit, server, kit.reply)
    assert isinstance(connector.confirm(kit.reply, by_id(kit, kit.reply)), Found)

    elsewhere = replace(kit.reply, in_reply_to=replace(kit.target, id=kit.target.id + "9"))
    assert isinstance(connector.confirm(elsewhere, by_id(kit, kit.reply)), Unproven)


@pytest.mark.parametrize("text", ["Something else entirely", TEXT.replace("–", "--")])
def test_a_post_of_ours_that_says_something_else_is_not_confirmed(kit: Kit, server: Loopback, text: str) -> None:
    connector = ready(kit, server)
    shown(kit, server, replace(kit.draft, text=text))

    told = connector.confirm(kit.draft, kit.created_id)

    assert isinstance(told, Unproven)
    assert not told.silent
    assert text not in told.why
    assert 0 < len(told.why) < 100


def test_a_post_that_is_not_there_is_absent(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    server.on("GET", kit.look_up[0], kit.missing)
    assert connector.confirm(kit.draft, kit.created_id) == Absent()


def test_a_post_of_somebody_else_is_not_ours(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    reference = kit.created_id
    if kit.platform == "bluesky":
        reference = "at://did:plc:someone/app.bsky.feed.post/1001"
    else:
        shown(kit, server, kit.draft, ours=False)
    assert connector.confirm(kit.draft, reference) == Absent()


def test_what_names_no_post_is_refused_without_asking(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    before = len(server.asked)
    for reference in (*kit.foreign, "", "hello there", "https://example.org/", "1001\nx", "١٠٠١", "/" * 5000):
        with pytest.raises(Rejected) as refused:
            connector.confirm(kit.draft, reference.format(host=server.url))
        assert refused.value.code == "unreadable-reference", reference
        assert "named by" in refused.value.detail
        assert len(refused.value.detail) < 160
    assert len(server.asked) == before


@pytest.mark.parametrize(
    "answer", [HANG, CLOSE, Reply({}, 503), Reply({}), Reply(raw=b"<html>")], ids=["hang", "close", "503", "{}", "html"]
)
def test_a_look_at_one_post_that_fails_says_nothing(kit: Kit, server: Loopback, answer: Reply | str) -> None:
    connector = ready(kit, server)
    server.on("GET", kit.look_up[0], answer)
    with pytest.raises(Retryable):
        connector.confirm(kit.draft, kit.created_id)
