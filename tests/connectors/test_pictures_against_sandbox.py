"""Threads, pictures and terms against the sandbox network, which was written apart from the connectors and keeps state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Absent, Draft, Found, Picture, Platform, RemoteRef, Terms, Threads, Unproven
from connectors.errors import Ambiguous, Rejected
from tests.connectors.sandbox import Desk, desk_on
from tests.local.sandbox.drawing import png

PNG = png(40, 30)
PICTURE = Picture("m1", "image/png", len(PNG), 40, 30, alt="Ein graues Rechteck – für Tests")
TAKES_PICTURES = (Platform.MASTODON, Platform.BLUESKY)
"""Whose pictures the sandbox takes."""
PARTS = ("The first part", "The second part", "The third part")


@pytest.fixture(params=list(Platform))
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with desk_on(request.param) as running:
        yield running


@pytest.fixture(params=TAKES_PICTURES)
def shows(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with desk_on(request.param) as running:
        yield running


def handed_over(desk: Desk) -> Picture:
    upload = desk.connector.upload(PICTURE, PNG)
    assert upload.ready
    return replace(PICTURE, handle=upload.handle)


def said(desk: Desk, *texts: str) -> list[Any]:
    """What was really posted, in the order of these texts."""
    there = {it["text"]: it for it in desk.posts()}
    return [there[text] for text in texts]


# --- threads ----------------------------------------------------------------------------------------------------------


def in_parts(desk: Desk) -> list[RemoteRef]:
    """The thread, said as its platform takes it."""
    head = replace(desk.draft, text=PARTS[0])
    if desk.connector.capabilities.threads is Threads.AT_ONCE:
        receipt = desk.publish(replace(head, thread=tuple(map(Draft, PARTS[1:]))))
        return [receipt.ref, *receipt.thread]
    refs = [desk.publish(head, PARTS[0]).ref]
    for text in PARTS[1:]:
        part = Draft(text, in_reply_to=refs[-1])
        refs.append(desk.publish(part, text).ref)
        assert isinstance(desk.look(part, text), Found)
    return refs


def test_each_part_of_a_thread_answers_the_one_before_it(desk: Desk) -> None:
    refs = in_parts(desk)
    first, second, third = said(desk, *PARTS)
    assert [it["id"] for it in (first, second, third)] == [ref.id for ref in refs]
    assert (first["reply_to"], second["reply_to"], third["reply_to"]) == (None, refs[0].id, refs[1].id)
    assert {it["root"] for it in (second, third)} == {refs[0].id}


def test_every_part_can_be_answered_and_taken_down(desk: Desk) -> None:
    refs = in_parts(desk)
    comment = Draft("One more thing", in_reply_to=refs[0])
    desk.publish(comment, "comment")
    assert isinstance(desk.look(comment, "comment"), Found)
    for ref in refs[::-1]:
        desk.connector.delete(ref)
    assert set(desk.texts()) & set(PARTS) == set()


@pytest.mark.parametrize("kind", ["lost", "closed"])
def test_a_thread_at_once_whose_answer_is_lost_is_there_whole_or_not_at_all(kind: str) -> None:
    with desk_on(Platform.BLUESKY) as desk:
        thread = Draft(PARTS[0], thread=tuple(map(Draft, PARTS[1:])))
        assert desk.look(thread) == Absent()
        desk.tell("faults", platform=desk.platform, kind=kind, on="write")
        with pytest.raises(Ambiguous):
            desk.publish(thread)
        landed = len(set(desk.texts()) & set(PARTS))
        assert landed in (0, 3)
        found = desk.look(thread)
        assert isinstance(found, Found) == (landed == 3)
        if isinstance(found, Found):
            refs = [found.receipt.ref, *found.receipt.thread]
            assert [ref.id for ref in refs] == [it["id"] for it in said(desk, *PARTS)]
            with pytest.raises(Ambiguous):
                desk.publish(thread)
        else:
            desk.publish(thread)
        assert all(desk.texts().count(text) == 1 for text in PARTS)
        answer = Draft("To the last", in_reply_to=desk.look(thread).receipt.thread[-1])
        desk.publish(answer, "answer")
        assert said(desk, answer.text)[0]["reply_to"] == said(desk, PARTS[-1])[0]["id"]


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_is_shown_with_its_description_and_found(shows: Desk) -> None:
    draft = replace(shows.draft, pictures=(handed_over(shows),))
    receipt = shows.publish(draft)
    (post,) = said(shows, draft.text)
    assert [(it["alt"], it["width"], it["height"], it["mime"]) for it in post["pictures"]] == [
        (PICTURE.alt, 40, 30, "image/png")
    ]
    found = shows.look(draft)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == receipt.ref.id
    assert isinstance(shows.connector.confirm(draft, receipt.ref.id), Found)
    assert isinstance(shows.connector.confirm(replace(draft, pictures=()), receipt.ref.id), Unproven)


def test_handing_over_is_no_write_and_may_be_lost_and_repeated(shows: Desk) -> None:
    before = shows.ask("requests", sort="write")["count"]
    first = handed_over(shows)
    second = handed_over(shows)
    assert shows.ask("requests", sort="write")["count"] == before
    draft = replace(shows.draft, pictures=(second,))
    shows.publish(draft)
    assert shows.ask("requests", sort="write")["count"] == before + 1
    assert first.handle


@pytest.mark.parametrize("kind", ["lost", "closed"])
def test_a_post_with_a_picture_whose_answer_is_lost_is_known_afterwards(shows: Desk, kind: str) -> None:
    draft = replace(shows.draft, pictures=(handed_over(shows),))
    shows.tell("faults", platform=shows.platform, kind=kind, on="write")
    with pytest.raises(Ambiguous):
        shows.publish(draft)
    landed = shows.texts().count(draft.text)
    assert isinstance(shows.look(draft), Found) == (landed == 1)


def test_a_picture_that_was_never_handed_over_is_refused(shows: Desk) -> None:
    never = '["bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "image/png", 70]'
    handle = never if shows.platform is Platform.BLUESKY else "424242"
    draft = replace(shows.draft, pictures=(replace(PICTURE, handle=handle),))
    with pytest.raises((Rejected, Ambiguous)):
        shows.publish(draft)
    assert draft.text not in shows.texts()
    assert isinstance(shows.look(draft), Absent)


def test_mastodon_shows_an_upload_once() -> None:
    """The second status is refused, and whether it is ours only a look tells."""
    with desk_on(Platform.MASTODON) as desk:
        picture = handed_over(desk)
        assert desk.connector.uploaded(str(picture.handle))
        desk.publish(replace(desk.draft, pictures=(picture,)))
        with pytest.raises(Rejected) as gone:
            desk.connector.uploaded(str(picture.handle))
        assert gone.value.code == "picture-not-uploaded"
        again = Draft("Another status", pictures=(picture,))
        with pytest.raises(Ambiguous):
            desk.publish(again, "again")
        assert desk.look(again, "again") == Absent()


def test_mastodon_says_when_it_is_done_with_a_picture() -> None:
    with desk_on(Platform.MASTODON) as desk:
        desk.tell("faults", platform=desk.platform, kind="processing", seconds=30)
        upload = desk.connector.upload(PICTURE, PNG)
        assert not upload.ready
        assert not desk.connector.uploaded(upload.handle)
        desk.tell("clock", advance=31)
        assert desk.connector.uploaded(upload.handle)
        desk.publish(replace(desk.draft, pictures=(replace(PICTURE, handle=upload.handle),)))


def test_the_sandbox_instance_has_terms(desk: Desk) -> None:
    terms = desk.connector.terms()
    if desk.platform is not Platform.MASTODON:
        assert terms == Terms()
        return
    assert terms.max_length is None
    assert terms.pictures is not None
    assert terms.pictures.max_bytes > 10_000_000
