"""X's media, spoken in plain HTTP: tweepy's client of v2 has no verbs for it. Posts that show them are made by tweepy."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests
import tweepy

from tests.local.sandbox.drawing import gif, jpeg, png


@pytest.fixture
def account(control: Any) -> Any:
    return control.account("x")


@pytest.fixture
def client(wire: Any, account: Any) -> Any:
    return wire.x(account)


class Media:
    """What a client sends about media."""

    def __init__(self, account: Any) -> None:
        self._base = f"{account['base_url']}/2/media"
        self._headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}

    def post(self, path: str, **given: Any) -> requests.Response:
        return requests.post(f"{self._base}/{path}", headers=self._headers, timeout=5, **given)

    def status(self, id_: str) -> requests.Response:
        asked = {"command": "STATUS", "media_id": id_}
        return requests.get(f"{self._base}/upload", params=asked, headers=self._headers, timeout=5)

    def upload(self, data: bytes = png()) -> Any:
        answer = self.post("upload", files={"media": ("a.png", data)}, data={"media_category": "tweet_image"})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def describe(self, id_: str, text: str) -> requests.Response:
        return self.post("metadata", json={"id": id_, "metadata": {"alt_text": {"text": text}}})


@pytest.fixture
def media(account: Any) -> Media:
    return Media(account)


def test_pictures_are_shown_with_a_link_and_their_descriptions(
    client: Any, account: Any, media: Media, control: Any
) -> None:
    ids = [media.upload(one)["id"] for one in (png(), jpeg(9, 8))]
    assert media.describe(ids[1], "a field & a wall").json()["data"]["associated_metadata"] == {
        "alt_text": {"text": "a field & a wall"}
    }
    made = client.create_tweet(text="Look https://example.com/a", media_ids=ids, user_auth=False)["data"]
    listed = client.get_users_tweets(
        account["id"],
        tweet_fields=["attachments", "entities"],
        expansions=["attachments.media_keys"],
        media_fields=["alt_text", "width", "height", "url"],
    )
    post = listed["data"][0]
    assert post["text"] == made["text"]
    assert post["attachments"]["media_keys"] == [f"3_{one}" for one in ids]
    assert [(one.get("alt_text"), one["width"]) for one in listed["includes"]["media"]] == [
        (None, 40),
        ("a field & a wall", 9),
    ]
    links = post["entities"]["urls"]
    assert [one["expanded_url"].rsplit("/", 3)[-3:] for one in links[1:]] == [[made["id"], "photo", "1"]] * 2
    assert post["text"][links[1]["start"] : links[1]["end"]] == links[1]["url"]
    assert post["text"].endswith(links[1]["url"])
    assert control.texts("x") == ["Look https://example.com/a"], "what the client sent"


def test_a_post_may_be_a_picture_alone(client: Any, media: Media, control: Any) -> None:
    made = client.create_tweet(media_ids=[media.upload()["id"]], user_auth=False)["data"]
    assert made["text"].startswith("https://t.co/")
    assert control.texts("x") == [""]


def test_segments_make_a_file(client: Any, media: Media, control: Any) -> None:
    data = png(300, 200)
    opened = media.post("upload/initialize", json={"media_type": "image/png", "total_bytes": len(data)}).json()["data"]
    where = f"upload/{opened['id']}"
    half = len(data) // 2
    assert media.post(f"{where}/append", data={"segment_index": "1"}, files={"media": ("b", data[half:])}).ok
    assert media.post(f"{where}/finalize").status_code == 400, "the first half is missing"
    encoded = base64.b64encode(data[:half]).decode()
    assert "expires_at" in media.post(f"{where}/append", json={"segment_index": 0, "media": encoded}).json()["data"]
    done = media.post(f"{where}/finalize").json()["data"]
    assert (done["id"], done["size"]) == (opened["id"], len(data))
    client.create_tweet(text="x", media_ids=[done["id"]], user_auth=False)
    assert control.get("posts")["posts"][0]["pictures"][0]["width"] == 300
    assert media.post(f"{where}/append", json={"segment_index": 0, "media": encoded}).status_code == 400


def test_segments_have_no_gap(media: Media) -> None:
    data = png()
    opened = media.post("upload/initialize", json={"media_type": "image/png", "total_bytes": len(data)}).json()["data"]
    where = f"upload/{opened['id']}"
    for nth, part in ((0, data[:20]), (2, data[20:])):
        assert media.post(f"{where}/append", data={"segment_index": str(nth)}, files={"media": ("a", part)}).ok
    assert media.post(f"{where}/finalize").status_code == 400
    assert media.post("upload/initialize", json={"total_bytes": 16 * 1024 * 1024}).status_code == 400


def test_an_id_that_is_not_good_is_named(client: Any, media: Media, control: Any, wire: Any) -> None:
    theirs = Media(control.account("x", "second"))
    old = media.upload()["id"]
    assert theirs.describe(old, "not mine").status_code == 400
    control.post("clock", advance=86_400)
    for bad in (theirs.upload()["id"], "12", old):
        with pytest.raises(tweepy.BadRequest) as refused:
            client.create_tweet(text="x", media_ids=[media.upload()["id"], bad], user_auth=False)
        assert refused.value.response.json()["errors"] == [
            {"parameters": {"media.media_ids": [bad]}, "message": "Your media IDs are invalid."}
        ]
    with pytest.raises(tweepy.BadRequest):
        client.create_tweet(text="x", media_ids=[media.upload(png(grey=n))["id"] for n in range(5)], user_auth=False)
    assert control.texts("x") == []


def test_media_say_how_long_they_are_good(media: Media, control: Any) -> None:
    made = media.upload()
    assert (made["media_key"], made["expires_after_secs"]) == (f"3_{made['id']}", 86_400)
    control.post("clock", advance=400)
    assert media.status(made["id"]).json()["data"]["expires_after_secs"] in {85_999, 86_000}


def test_media_that_are_worked_on_wait(client: Any, media: Media, control: Any) -> None:
    control.post("faults", platform="x", kind="processing", seconds=9)
    slow = media.upload()
    assert slow["processing_info"]["state"] == "pending"
    assert media.status(slow["id"]).json()["data"]["processing_info"]["state"] == "in_progress"
    with pytest.raises(tweepy.BadRequest):
        client.create_tweet(text="x", media_ids=[slow["id"]], user_auth=False)
    control.post("clock", advance=9)
    assert media.status(slow["id"]).json()["data"]["processing_info"]["state"] == "succeeded"
    client.create_tweet(text="x", media_ids=[slow["id"]], user_auth=False)
    control.post("faults", platform="x", kind="unusable")
    assert media.upload()["processing_info"]["state"] == "failed"


def test_what_is_no_picture_or_too_large_is_refused(media: Media, control: Any) -> None:
    for data in (b"words", png() + b"\0" * (5 * 1024 * 1024), gif(4, 4) + b"\0" * (15 * 1024 * 1024)):
        assert media.post("upload", files={"media": ("a", data)}).status_code == 400
    assert media.post("upload", json={"media": "no base64!"}).status_code == 400
    assert media.upload(gif(4, 4) + b"\0" * (6 * 1024 * 1024))["size"] > 6 * 1024 * 1024
    assert media.describe(media.upload()["id"], "x" * 1001).status_code == 400


def test_a_text_twice_is_refused_unless_it_shows_something(client: Any, media: Media, control: Any) -> None:
    for _ in range(2):
        client.create_tweet(text="Again", media_ids=[media.upload()["id"]], user_auth=False)
    client.create_tweet(text="Again", user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="duplicate"):
        client.create_tweet(text="Again", user_auth=False)
    assert control.texts("x") == ["Again"] * 3


def test_media_are_no_writes(client: Any, media: Media, control: Any) -> None:
    control.post("faults", platform="x", kind="refused", on="write")
    media.describe(media.upload()["id"], "grey")
    assert control.writes("x") == []
    control.post("faults", platform="x", kind="lost", on="upload")
    with pytest.raises(requests.ConnectionError):
        media.upload()
    assert control.get("uploads")["count"] == 2
