"""Videos against the sandbox network, which was written apart from the connectors, works on each for a while, and keeps state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.capabilities import Platform
from connectors.contract import Draft, Found, Picture, Unproven, Upload
from connectors.errors import Ambiguous, Rejected, Retryable
from connectors.registry import capabilities
from tests.connectors.sandbox import Desk, desk_on
from tests.imaging.films import film

FILM = film(filled=9_000_000)
"""Longer than two of X's segments."""
VIDEO = Picture("v1", "video/mp4", len(FILM), 640, 360, alt="Eine Tür geht auf – für Tests")


@pytest.fixture(params=[one for one in Platform if capabilities(one).video])
def shows(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with desk_on(request.param) as running:
        yield running


def begun(desk: Desk) -> Upload:
    upload = desk.connector.upload(VIDEO, FILM)
    assert not upload.ready
    assert desk.connector.uploaded(upload.handle) is None
    return upload


def handed_over(desk: Desk) -> Picture:
    upload = begun(desk)
    desk.tell("clock", advance=4)
    handle = desk.connector.uploaded(upload.handle)
    assert handle is not None
    return replace(VIDEO, handle=handle)


def shown(desk: Desk, text: str) -> list[Any]:
    (post,) = [it for it in desk.posts() if it["text"] == text]
    return list(post["pictures"])


def test_a_video_is_worked_on_shown_with_its_description_and_found(shows: Desk) -> None:
    draft = replace(shows.draft, pictures=(handed_over(shows),))
    receipt = shows.publish(draft)
    told = "" if shows.platform is Platform.X else VIDEO.alt
    assert [(it["alt"], it["width"], it["height"], it["mime"], it["size"]) for it in shown(shows, draft.text)] == [
        (told, 640, 360, "video/mp4", len(FILM))
    ]
    found = shows.look(draft)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == receipt.ref.id
    assert isinstance(shows.connector.confirm(draft, receipt.ref.id), Found)
    assert isinstance(shows.connector.confirm(replace(draft, pictures=()), receipt.ref.id), Unproven)


def test_a_video_that_is_worked_on_is_in_no_post(shows: Desk) -> None:
    draft = replace(shows.draft, pictures=(replace(VIDEO, handle=begun(shows).handle),))
    with pytest.raises((Retryable, Rejected)):
        shows.publish(draft)
    assert shows.texts() == []


def test_a_video_that_the_platform_cannot_work_with_is_told(shows: Desk) -> None:
    shows.tell("faults", platform=shows.platform, kind="unusable", seconds=10, times=9)
    upload = begun(shows)
    shows.tell("clock", advance=11)
    with pytest.raises(Rejected):
        shows.connector.uploaded(upload.handle)


def test_handing_over_is_no_write_and_may_be_repeated(shows: Desk) -> None:
    before = shows.ask("requests", sort="write")["count"]
    handed_over(shows)
    again = shows.connector.upload(VIDEO, FILM)
    if again.ready:  # what it knows already is not worked on twice
        second = again.handle
    else:
        shows.tell("clock", advance=4)
        second = str(shows.connector.uploaded(again.handle))
    assert shows.ask("requests", sort="write")["count"] == before
    shows.publish(replace(shows.draft, pictures=(replace(VIDEO, handle=second),)))
    assert shows.ask("requests", sort="write")["count"] == before + 1


@pytest.mark.parametrize("kind", ["lost", "closed"])
def test_a_post_with_a_video_whose_answer_is_lost_is_known_afterwards(shows: Desk, kind: str) -> None:
    draft = replace(shows.draft, pictures=(handed_over(shows),))
    shows.tell("faults", platform=shows.platform, kind=kind, on="write")
    with pytest.raises(Ambiguous):
        shows.publish(draft)
    landed = shows.texts().count(draft.text)
    assert isinstance(shows.look(draft), Found) == (landed == 1)


def test_a_video_that_the_platform_lost_is_handed_over_again(shows: Desk) -> None:
    draft = replace(shows.draft, pictures=(handed_over(shows),))
    shows.tell("forget", platform=shows.platform)
    with pytest.raises((Rejected, Ambiguous)):
        shows.publish(draft)
    assert shows.texts() == []
    shows.publish(replace(draft, pictures=(handed_over(shows),)))
    assert shows.texts().count(draft.text) == 1


def test_a_thread_shows_a_video_in_each_of_its_parts() -> None:
    with desk_on(Platform.BLUESKY) as desk:
        video = handed_over(desk)
        thread = Draft("One", pictures=(video,), thread=(Draft("Two", pictures=(video,)),))
        desk.publish(thread)
        assert isinstance(desk.look(thread), Found)
        assert [len(shown(desk, text)) for text in ("One", "Two")] == [1, 1]


def test_the_sandbox_instance_tells_what_videos_it_takes() -> None:
    with desk_on(Platform.MASTODON) as desk:
        video = desk.connector.terms().video
        assert video is not None
        assert (video.max_bytes, video.max_pixels, video.max_rate) == (103_809_024, 8_294_400, 120)
