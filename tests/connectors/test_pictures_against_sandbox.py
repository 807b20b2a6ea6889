"""Threads, pictures and terms against the sandbox network, which was written apart from the connectors and keeps state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.capabilities import Dedupe, Platform, Terms, Threads
from connectors.contract import Absent, Draft, Found, Picture, RemoteRef, Unproven
from connectors.errors import Ambiguous, Rejected
from connectors.registry import capabilities
from tests.connectors.sandbox import Desk, desk_on
from tests.local.sandbox.drawing import gif, png

PNG = png(40, 30)
PICTURE = Picture("m1", "image/png", len(PNG), 40, 30, alt="Ein graues Rechteck – für Tests")
PARTS = ("The first part", "The second part", "The third part")


@pytest.fixture(params=list(Platform))
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with desk_on(request.param) as running:
        yield running


@pytest.fixture(params=[one for one in Platform if capabilities(one).pictures])
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
    told = "" if shows.platform is Platform.REDDIT else PICTURE.alt
    assert [(it["alt"], it["width"], it["height"], it["mime"]) for it in post["pictures"]] == [
        (told, 40, 30, "image/png")
    ]
    found = shows.look(draft)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == receipt.ref.id
    assert isinstance(shows.connector.confirm(draft, receipt.ref.id), Found)
    assert isinstance(shows.connector.confirm(replace(draft, pictures=()), receipt.ref.id), Unproven)


def test_several_pictures_are_shown_in_their_order(shows: Desk) -> None:
    pictures = []
    for number in range(3):
        data = png(10 + number, 10, grey=number)
        picture = replace(PICTURE, id=f"m{number}", size=len(data), width=10 + number, height=10, alt=f"No. {number}")
        pictures.append(replace(picture, handle=shows.connector.upload(picture, data).handle))
    draft = replace(shows.draft, pictures=tuple(pictures))
    receipt = shows.publish(draft)
    (post,) = said(shows, draft.text)
    assert post["id"] == receipt.ref.id
    assert [(it["width"], it["alt"]) for it in post["pictures"]] == [(10, "No. 0"), (11, "No. 1"), (12, "No. 2")]
    assert isinstance(shows.look(draft), Found)
    assert isinstance(shows.connector.confirm(draft, receipt.ref.id), Found)


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
    silence = Unproven if shows.connector.capabilities.dedupe is Dedupe.BY_SEARCH else Absent
    assert isinstance(shows.look(draft), silence)


def test_a_picture_that_the_platform_lost_is_handed_over_again(shows: Desk) -> None:
    draft = replace(shows.draft, pictures=(handed_over(shows),))
    shows.tell("forget", platform=shows.platform)
    with pytest.raises((Rejected, Ambiguous)) as lost:
        shows.publish(draft)
    assert shows.texts() == []
    # On Mastodon it may as well be shown by the status of an earlier attempt.
    code = "picture-attached" if shows.platform is Platform.MASTODON else "picture-not-uploaded"
    assert lost.value.code == code
    shows.publish(replace(draft, pictures=(handed_over(shows),)))
    assert shows.texts().count(draft.text) == 1


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


def test_reddit_makes_a_post_once_it_has_worked_on_the_picture() -> None:
    """It is later than our own deadline here: in doubt, then found by its picture."""
    with desk_on(Platform.REDDIT) as desk:
        desk.tell("faults", platform=desk.platform, kind="processing", path="uploaded-media", seconds=60)
        draft = replace(desk.draft, pictures=(handed_over(desk),))
        with pytest.raises(Ambiguous):
            desk.publish(draft)
        assert isinstance(desk.look(draft), Unproven)
        desk.tell("clock", advance=61)
        assert isinstance(desk.look(draft), Found)
        assert desk.texts().count(draft.text) == 1


def test_x_forgets_an_upload_after_a_day() -> None:
    with desk_on(Platform.X) as desk:
        picture = handed_over(desk)
        desk.tell("clock", advance=86_401)
        with pytest.raises(Rejected) as gone:
            desk.publish(replace(desk.draft, pictures=(picture,)))
        assert gone.value.code == "picture-not-uploaded"


def test_x_works_on_a_gif_and_says_when_it_is_done() -> None:
    with desk_on(Platform.X) as desk:
        desk.tell("faults", platform=desk.platform, kind="processing", path="finalize", seconds=30)
        data = gif(20, 10)
        moving = Picture("m2", "image/gif", len(data), 20, 10)
        upload = desk.connector.upload(moving, data)
        assert not upload.ready
        assert not desk.connector.uploaded(upload.handle)
        desk.tell("clock", advance=31)
        assert desk.connector.uploaded(upload.handle)
        desk.publish(replace(desk.draft, pictures=(replace(moving, handle=upload.handle),)))
        assert said(desk, desk.draft.text)[0]["pictures"][0]["mime"] == "image/gif"


def test_the_sandbox_instance_has_terms(desk: Desk) -> None:
    terms = desk.connector.terms()
    if desk.platform is not Platform.MASTODON:
        assert terms == Terms()
        return
    assert terms.max_length is None
    assert terms.pictures is not None
    assert terms.pictures.max_bytes > 10_000_000
