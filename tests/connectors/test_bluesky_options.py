"""How a Bluesky post is said beside its words: cards, labels, gates, mentions; and how such a post is found again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.bluesky.record import cid_of, gate, key_of_part, record, thread, tid
from connectors.capabilities import Standing, Terms
from connectors.contract import Absent, Connector, Draft, Found, NamesPeople, RemoteRef, Unproven
from connectors.errors import PICTURE_NOT_UPLOADED, Ambiguous, Rejected, Retryable, Unsupported
from connectors.options import Card, Options, WhoMayReply
from connectors.registry import connect, objection
from tests.connectors.kit import NOW
from tests.connectors.kit_bluesky import BLUESKY, CID, DID
from tests.connectors.kit_bluesky_verbs import (
    APPLY,
    CARD,
    GATED,
    GATES,
    MISSING,
    POSTS,
    PUT,
    RECORD,
    THUMB,
    made_at_once,
)
from tests.connectors.loopback import Asked, Loopback, Reply

KEY = tid("variant-1", NOW)
RESOLVE = "/xrpc/com.atproto.identity.resolveHandle"
W = WhoMayReply


@pytest.fixture
def bluesky(server: Loopback) -> Connector:
    BLUESKY.prepare(server)
    return connect("bluesky", BLUESKY.sign_in(server.url))


def gated(*who: WhoMayReply) -> Draft:
    return Draft("Words", options=Options(who_may_reply=frozenset(who)))


# --- cards and labels -------------------------------------------------------------------------------------------------


def test_a_card_without_a_picture_needs_none() -> None:
    made = record(Draft("Words", options=Options(card=Card("https://example.org/"))), KEY)
    assert made["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://example.org/", "title": "", "description": ""},
    }


@pytest.mark.parametrize(
    ("handle", "code"),
    [
        (None, PICTURE_NOT_UPLOADED),
        ("nonsense", PICTURE_NOT_UPLOADED),
        ('["b", "image/png", 1000001]', "card-picture-too-large"),
    ],
)
def test_a_card_whose_picture_cannot_be_shown_is_not_sent(
    bluesky: Connector, server: Loopback, handle: str | None, code: str
) -> None:
    card = replace(CARD, picture=replace(THUMB, handle=handle))
    with pytest.raises(Rejected) as refused:
        bluesky.publish(Draft("Words", options=Options(card=card)), key=KEY)
    assert refused.value.code == code
    assert server.asked == []


def test_a_card_is_confirmed_by_its_address(bluesky: Connector, server: Loopback) -> None:
    draft = Draft("Words", options=Options(card=CARD))
    uri = f"at://{DID}/{POSTS}/{KEY}"
    server.on("GET", RECORD, Reply({"uri": uri, "cid": CID, "value": record(draft, KEY)}))
    assert isinstance(bluesky.confirm(draft, uri), Found)
    other = replace(draft, options=Options(card=replace(CARD, url="https://example.org/b")))
    assert isinstance(bluesky.confirm(other, uri), Unproven)
    assert isinstance(bluesky.confirm(replace(draft, options=Options()), uri), Unproven)


def test_a_label_stands_on_every_part_of_a_thread() -> None:
    draft = Draft("One", thread=(Draft("Two"),), options=Options(sensitive=True))
    assert [it.record["labels"]["values"] for it in thread(draft, KEY, DID)] == [[{"val": "graphic-media"}]] * 2


# --- gates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "allow"),
    [
        ((), None),
        ((W.EVERYONE,), None),
        ((W.NOBODY,), []),
        ((W.FOLLOWERS, W.MENTIONED), ["mentionRule", "followerRule"]),
        ((W.FOLLOWING,), ["followingRule"]),
    ],
)
def test_who_may_answer_is_a_list_of_rules(who: tuple[WhoMayReply, ...], allow: list[str] | None) -> None:
    made = gate(gated(*who), KEY, DID)
    if allow is None:
        assert made is None
        return
    assert made is not None
    assert [one["$type"] for one in made["allow"]] == [f"{GATES}#{rule}" for rule in allow]
    assert made["post"] == f"at://{DID}/{POSTS}/{KEY}"
    assert made["createdAt"] == "2026-11-20T12:00:00.000Z"


def test_a_gate_is_written_with_its_post_and_the_bytes_are_the_same_each_time(
    bluesky: Connector, server: Loopback
) -> None:
    server.on("POST", APPLY, Reply(made_at_once(GATED, KEY)))
    receipt = bluesky.publish(GATED, key=KEY)
    bluesky.publish(GATED, key=KEY)
    first, second = (it for it in server.asked if it.path == APPLY)
    assert first.body == second.body
    assert [(it["collection"], it["rkey"]) for it in first.form["writes"]] == [(POSTS, KEY), (GATES, KEY)]
    assert receipt.ref.revision == cid_of(record(GATED, KEY))
    assert receipt.ref.url


def test_a_thread_has_one_gate_under_its_first_part(bluesky: Connector, server: Loopback) -> None:
    draft = replace(GATED, thread=(Draft("Two"), Draft("Three")))
    server.on("POST", APPLY, Reply(made_at_once(draft, KEY)))
    assert len(bluesky.publish(draft, key=KEY).thread) == 2
    keys = [(it["collection"], it["rkey"]) for it in server.last(APPLY).form["writes"]]
    assert keys == [(POSTS, KEY), (POSTS, key_of_part(KEY, 1)), (POSTS, key_of_part(KEY, 2)), (GATES, KEY)]


def test_an_answer_that_lacks_the_gate_is_in_doubt(bluesky: Connector, server: Loopback) -> None:
    told = made_at_once(GATED, KEY)
    server.on("POST", APPLY, Reply({"results": told["results"][:1]}))
    with pytest.raises(Ambiguous):
        bluesky.publish(GATED, key=KEY)


def test_a_post_with_a_gate_is_found_by_its_own_bytes(bluesky: Connector, server: Loopback) -> None:
    uri = f"at://{DID}/{POSTS}/{KEY}"

    def holds(cid: str | None) -> None:
        def answer(asked: Asked) -> Reply:
            assert asked.query["collection"] == [POSTS]
            return MISSING if cid is None else Reply({"uri": uri, "cid": cid, "value": {}})

        server.on("GET", RECORD, answer)

    holds(None)
    assert bluesky.find_published(GATED, key=KEY, since=NOW) == Absent()
    holds(cid_of(record(GATED, KEY)))
    found = bluesky.find_published(GATED, key=KEY, since=NOW)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == uri
    holds(CID)
    assert isinstance(bluesky.find_published(GATED, key=KEY, since=NOW), Unproven)


@pytest.mark.parametrize(
    "draft",
    [
        gated(W.EVERYONE, W.MENTIONED),
        gated(W.NOBODY, W.FOLLOWING),
        replace(gated(W.NOBODY), in_reply_to=RemoteRef("at://did:plc:a/app.bsky.feed.post/1", revision=CID)),
        Draft("Words", options=Options(card=CARD), pictures=(THUMB,)),
    ],
    ids=["everyone-and", "nobody-and", "gate-on-a-reply", "card-and-picture"],
)
def test_what_does_not_go_together_is_refused_before_it_is_sent(
    bluesky: Connector, server: Loopback, draft: Draft
) -> None:
    told = objection("bluesky", draft, Terms(), Standing())
    assert told is not None
    assert told.why
    assert told.way_out
    with pytest.raises(Unsupported) as refused:
        bluesky.publish(draft, key=KEY)
    assert refused.value.code == "option"
    assert server.asked == []


# --- whom a text names ------------------------------------------------------------------------------------------------


def test_each_handle_is_looked_up_once_and_nobodys_is_left_out(bluesky: Connector, server: Loopback) -> None:
    def answer(asked: Asked) -> Reply:
        (handle,) = asked.query["handle"]
        if handle == "gone.org":
            return Reply({"error": "InvalidRequest", "message": "Unable to resolve handle"}, 400)
        return Reply({"did": "no did" if handle == "odd.org" else f"did:plc:{handle.partition('.')[0]}"})

    server.on("GET", RESOLVE, answer)
    draft = Draft("@Ada.org @gone.org @odd.org", thread=(Draft("@ada.org @bea.org"),))
    assert isinstance(bluesky, NamesPeople)
    assert bluesky.whom(draft) == {"ada.org": "did:plc:ada", "bea.org": "did:plc:bea"}
    assert server.count("GET", RESOLVE) == 4


def test_a_platform_that_is_away_names_nobody_by_mistake(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", RESOLVE, Reply({}, 502))
    assert isinstance(bluesky, NamesPeople)
    with pytest.raises(Retryable):
        bluesky.whom(Draft("@ada.org"))


def test_sending_asks_for_nobody(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", PUT, Reply(BLUESKY.created))
    bluesky.publish(Draft("@ada.org @bea.org", named={"ada.org": "did:plc:ada"}), key=KEY)
    assert server.count("GET", RESOLVE) == 0
    (facet,) = server.last(PUT).form["record"]["facets"]
    assert facet["features"][0]["did"] == "did:plc:ada"


def test_a_thread_is_found_with_the_people_it_was_sent_with(bluesky: Connector, server: Loopback) -> None:
    draft = Draft("One", thread=(Draft("Two @ada.org"),), named={"ada.org": "did:plc:ada"})
    there = {part.key: part for part in thread(draft, KEY, DID)}

    def answer(asked: Asked) -> Reply:
        part = there[asked.query["rkey"][0]]
        return Reply({"uri": part.ref.id, "cid": part.ref.revision, "value": part.record})

    server.on("GET", RECORD, answer)
    assert isinstance(bluesky.find_published(draft, key=KEY, since=NOW), Found)
    assert isinstance(bluesky.find_published(replace(draft, named={}), key=KEY, since=NOW), Unproven)
