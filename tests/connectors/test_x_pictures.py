"""X's pictures: a GIF takes three steps and alone, an upload runs out, and a t.co link at the end is no part of the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.capabilities import Ground, Standing, Terms
from connectors.contract import Connector, Draft, Found, Picture, Unproven
from connectors.errors import Ambiguous, Rejected, Unsupported
from connectors.registry import connect, objection
from connectors.x.pictures import SEGMENT
from tests.connectors.kit import NOW, iso
from tests.connectors.kit_x import X
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.picture_kits import PICTURE, part_of
from tests.connectors.video_kits import VIDEO
from tests.imaging.films import film

UPLOAD, STATUS = "/2/media/upload", "/2/media/upload"
GIF = Picture("m2", "image/gif", 6, 3, 2)
KEPT = {"data": {"id": "77", "media_key": "16_77", "size": 6, "expires_after_secs": 86400}}
PENDING = {"data": {**KEPT["data"], "processing_info": {"state": "pending", "check_after_secs": 1}}}


@pytest.fixture
def x(server: Loopback) -> Connector:
    return connect("x", X.sign_in(server.url))


def state(word: str) -> Reply:
    return Reply({"data": {"id": "77", "processing_info": {"state": word}}})


def test_a_picture_says_what_it_is_for_and_how_long_it_lasts(x: Connector, server: Loopback) -> None:
    server.on("POST", UPLOAD, Reply(KEPT))
    upload = x.upload(replace(PICTURE, alt=""), b"bytes")
    asked = server.last(UPLOAD)
    assert (part_of(asked, "media_category"), part_of(asked, "media_type")) == (b"tweet_image", b"image/png")
    assert (upload.handle, upload.ready, upload.lasts) == ("77", True, 86400.0)


def test_a_gif_is_begun_filled_and_finished_and_then_worked_on(x: Connector, server: Loopback) -> None:
    server.on("POST", f"{UPLOAD}/initialize", Reply(KEPT))
    server.on("POST", f"{UPLOAD}/77/append", Reply({"data": {"expires_at": 1}}))
    server.on("POST", f"{UPLOAD}/77/finalize", Reply(PENDING))
    upload = x.upload(GIF, b"GIF89a")

    assert [it.path.removeprefix(UPLOAD) for it in server.asked] == ["/initialize", "/77/append", "/77/finalize"]
    assert server.asked[0].form == {"media_category": "tweet_gif", "media_type": "image/gif", "total_bytes": 6}
    assert part_of(server.asked[1], "media") == b"GIF89a"
    assert not upload.ready

    server.on("GET", STATUS, state("in_progress"), state("succeeded"), state("failed"))
    assert not x.uploaded(upload.handle)
    assert server.asked[-1].query == {"command": ["STATUS"], "media_id": ["77"]}
    assert x.uploaded(upload.handle)
    with pytest.raises(Rejected) as failed:
        x.uploaded(upload.handle)
    assert failed.value.code == "picture-failed"

    server.on("POST", "/2/tweets", Reply(X.created))
    x.publish(Draft("See", pictures=(replace(GIF, handle=upload.handle),)), key="k")
    assert server.last("/2/tweets").form["media"] == {"media_ids": ["77"]}


def test_a_video_goes_in_segments_and_has_no_description(x: Connector, server: Loopback) -> None:
    server.on("POST", f"{UPLOAD}/initialize", Reply(KEPT))
    server.on("POST", f"{UPLOAD}/77/append", Reply({"data": {"expires_at": 1}}))
    server.on("POST", f"{UPLOAD}/77/finalize", Reply(PENDING))
    data = film(filled=SEGMENT + 10)
    upload = x.upload(replace(VIDEO, size=len(data)), data)

    assert server.asked[0].form == {
        "media_category": "tweet_video",
        "media_type": "video/mp4",
        "total_bytes": len(data),
    }
    segments = [asked for asked in server.asked if asked.path.endswith("/append")]
    assert [part_of(one, "segment_index") for one in segments] == [b"0", b"1"]
    assert b"".join(part_of(one, "media") for one in segments) == data
    assert server.count("POST", "/2/media/metadata") == 0
    assert (upload.handle, upload.ready) == ("77/video", False)


@pytest.mark.parametrize("status", [400, 404])
def test_a_gif_that_x_forgot_is_told_as_one_to_hand_over_again(x: Connector, server: Loopback, status: int) -> None:
    server.on("GET", STATUS, Reply({"title": "Not Found", "status": status}, status))
    with pytest.raises(Rejected) as gone:
        x.uploaded("77/gif")
    assert gone.value.code == "picture-not-uploaded"


def test_an_upload_that_ran_out_is_told_as_one_to_hand_over_again(x: Connector, server: Loopback) -> None:
    error = {"parameters": {"media.media_ids": ["[77]"]}, "message": "Your media IDs are invalid."}
    server.on("POST", "/2/tweets", Reply({"errors": [error], "title": "Invalid Request"}, 400))
    with pytest.raises(Rejected) as gone:
        x.publish(Draft("See", pictures=(replace(PICTURE, handle="77"),)), key="k")
    assert gone.value.code == "picture-not-uploaded"
    server.on("POST", "/2/tweets", Reply({"errors": [error]}, 503))
    with pytest.raises(Ambiguous):
        x.publish(Draft("See", pictures=(replace(PICTURE, handle="77"),)), key="k")


def test_a_gif_stands_alone(x: Connector, server: Loopback) -> None:
    both = (replace(GIF, handle="77/gif"), replace(PICTURE, handle="78"))
    told = objection("x", Draft("See", pictures=both), Terms(), Standing())
    assert told is not None
    assert told.ground is Ground.UNSUPPORTED
    with pytest.raises(Unsupported):
        x.publish(Draft("See", pictures=both), key="k")
    assert server.asked == []
    assert objection("x", Draft("See", pictures=both[:1]), Terms(), Standing()) is None


def test_an_upload_is_signed_as_the_rest_is(server: Loopback) -> None:
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    sign_in = replace(X.sign_in(server.url), credential={name: f"SECRET-{name}" for name in names})
    server.on("POST", UPLOAD, Reply(KEPT))
    connect("x", sign_in).upload(replace(PICTURE, alt=""), b"bytes")
    said = server.last(UPLOAD).headers["authorization"]
    assert said.startswith("OAuth ")
    assert "oauth_signature=" in said
    assert "SECRET-consumer_secret" not in said


def _shown(text: str, pictures: int, *, attachments: bool = True) -> Callable[[Asked], Reply]:
    page = "https://twitter.com/parley/status/1001/photo/1"
    links = [{"url": "https://t.co/pic", "expanded_url": page, "media_key": f"3_{n}"} for n in range(pictures)]
    post: dict[str, Any] = {"id": "1001", "text": text, "created_at": iso(NOW), "author_id": "42"}
    post["entities"] = {"urls": links}
    if attachments and pictures:
        post["attachments"] = {"media_keys": [f"3_{n}" for n in range(pictures)]}
    body = {"data": [post], "meta": {"result_count": 1, "newest_id": "1001"}}
    return lambda asked: Reply(body if asked.path.endswith("tweets") else {"data": post})


@pytest.mark.parametrize("attachments", [True, False], ids=["told", "by its links"])
@pytest.mark.parametrize(
    ("text", "said"),
    [("See this https://t.co/pic", "See this"), ("https://t.co/pic", ""), ("A &amp; B\n\nhttps://t.co/pic", "A & B")],
)
def test_the_link_to_the_pictures_is_no_part_of_the_text(
    x: Connector, server: Loopback, text: str, said: str, attachments: bool
) -> None:
    two = (replace(PICTURE, handle="1"), replace(PICTURE, handle="2"))
    for path in ("/2/users/42/tweets", "/2/tweets/1001"):
        server.on("GET", path, _shown(text, 2, attachments=attachments))
    found = x.find_published(Draft(said, pictures=two), key="k", since=NOW)
    assert isinstance(found, Found)
    assert isinstance(x.confirm(Draft(said, pictures=two), "1001"), Found)
    assert "attachments" in server.asked[0].query["tweet.fields"][0]
    assert isinstance(x.find_published(Draft(said, pictures=two[:1]), key="k", since=NOW), Unproven)
