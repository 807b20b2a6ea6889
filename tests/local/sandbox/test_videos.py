"""What the sandbox knows of videos, and what each platform of it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from local.sandbox.pictures import looks
from tests.imaging.films import film, moov, mp4, track, webm
from tests.local.sandbox.drawing import png


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (film(milliseconds=2500), ("video/mp4", 640, 360, 2500)),
        (mp4(b"qt  ", moov(track(width=80))), ("video/quicktime", 80, 360, 5000)),
        (webm(), ("video/webm", 640, 360, 5000)),
        (png(4, 3), ("image/png", 4, 3, 0)),
    ],
)
def test_a_file_is_known_by_its_bytes(data: bytes, told: tuple[str, int, int, int]) -> None:
    seen = looks(data)
    assert seen is not None
    assert (seen.mime, seen.width, seen.height, seen.milliseconds) == told
    assert seen.is_video == told[0].startswith("video/")


@pytest.mark.parametrize("data", [film(), webm()])
def test_a_damaged_one_is_nothing_or_what_it_still_says(data: bytes) -> None:
    for end in range(0, len(data), 7):
        seen = looks(data[:end])
        assert seen is None or (seen.width, seen.height) == (640, 360)


class Caller:
    """Requests of one account."""

    def __init__(self, account: Any, token: str) -> None:
        self._base = account["base_url"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, **given: Any) -> requests.Response:
        headers = {**self._headers, **given.pop("headers", {})}
        return requests.request(method, f"{self._base}{path}", headers=headers, timeout=5, **given)


# --- Mastodon ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def mastodon(control: Any) -> Caller:
    account = control.account("mastodon")
    return Caller(account, account["credential"]["access_token"])


def _given(call: Caller, data: bytes) -> requests.Response:
    return call("POST", "/api/v2/media", files={"file": ("a", data)})


def test_mastodon_works_on_a_video_by_itself_and_shows_it_alone(mastodon: Caller, control: Any) -> None:
    made = _given(mastodon, film())
    assert (made.status_code, made.json()["type"], made.json()["url"]) == (202, "video", None)
    file, picture = made.json()["id"], _given(mastodon, png()).json()["id"]
    assert mastodon("GET", f"/api/v1/media/{file}").status_code == 206
    early = mastodon("POST", "/api/v1/statuses", data={"status": "Now", "media_ids[]": file})
    assert "not finished processing" in early.json()["error"]
    control.post("clock", advance=4)
    done = mastodon("GET", f"/api/v1/media/{file}")
    assert done.status_code == 200
    assert done.json()["url"].endswith(".mp4")
    both = mastodon("POST", "/api/v1/statuses", data={"status": "Now", "media_ids[]": [file, picture]})
    assert (both.status_code, "Cannot attach a video" in both.json()["error"]) == (422, True)
    shown = mastodon("POST", "/api/v1/statuses", data={"status": "Now", "media_ids[]": file}).json()
    assert [one["type"] for one in shown["media_attachments"]] == ["video"]
    assert requests.get(shown["media_attachments"][0]["url"], timeout=5).content == film()


def test_mastodon_refuses_a_video_of_too_many_pixels(mastodon: Caller) -> None:
    answer = _given(mastodon, film(width=4000, height=3000))
    assert (answer.status_code, "4000x3000 videos" in answer.json()["error"]) == (422, True)


# --- X ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def x(control: Any) -> Caller:
    account = control.account("x")
    return Caller(account, account["credential"]["access_token"])


def _in_segments(call: Caller, data: bytes, category: str = "tweet_video") -> requests.Response:
    asked = {"media_category": category, "media_type": "video/mp4", "total_bytes": len(data)}
    path = f"/2/media/upload/{call('POST', '/2/media/upload/initialize', json=asked).json()['data']['id']}"
    for number, part in enumerate((data[:100], data[100:])):
        assert call("POST", f"{path}/append", data={"segment_index": number}, files={"media": ("a", part)}).ok
    return call("POST", f"{path}/finalize")


def test_x_works_on_a_video_and_takes_no_description_of_it(x: Caller, control: Any) -> None:
    made = _in_segments(x, film()).json()["data"]
    assert (made["media_key"], made["processing_info"]["state"]) == (f"7_{made['id']}", "pending")
    described = x("POST", "/2/media/metadata", json={"id": made["id"], "metadata": {"alt_text": {"text": "A door"}}})
    assert described.status_code == 400
    control.post("clock", advance=4)
    post = x("POST", "/2/tweets", json={"text": "See", "media": {"media_ids": [made["id"]]}}).json()["data"]
    told = x("GET", f"/2/tweets/{post['id']}", params={"tweet.fields": "entities,attachments"}).json()["data"]
    assert told["attachments"]["media_keys"] == [f"7_{made['id']}"]
    assert told["entities"]["urls"][-1]["expanded_url"].endswith("/video/1")


@pytest.mark.parametrize(
    ("data", "category"),
    [(film(), "tweet_gif"), (webm(), "tweet_video"), (film(milliseconds=400), "tweet_video")],
    ids=["category", "type", "too short"],
)
def test_x_refuses_a_video_that_it_cannot_show(x: Caller, data: bytes, category: str) -> None:
    assert _in_segments(x, data, category).status_code == 400


def test_x_takes_a_video_in_segments_only(x: Caller) -> None:
    assert x("POST", "/2/media/upload", files={"media": ("a", film())}).status_code == 400


# --- Bluesky ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bluesky(control: Any) -> tuple[Caller, Any]:
    account = control.account("bluesky")
    opened = requests.post(
        f"{account['base_url']}/xrpc/com.atproto.server.createSession",
        json={"identifier": account["handle"], "password": account["credential"]["app_password"]},
        timeout=5,
    ).json()
    return Caller(account, opened["accessJwt"]), opened


def _token(call: Caller, **changes: str) -> requests.Response:
    asked = {"aud": "did:web:bsky.test", "lxm": "com.atproto.repo.uploadBlob", **changes}
    return call("GET", "/xrpc/com.atproto.server.getServiceAuth", params=asked)


def _to_service(call: Caller, did: str, data: bytes, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "video/mp4"}
    query = {"did": did, "name": "a.mp4"}
    return call("POST", "/xrpc/app.bsky.video.uploadVideo", data=data, params=query, headers=headers)


def test_bluesky_names_the_blob_once_it_is_done_and_knows_it_ever_after(
    bluesky: tuple[Caller, Any], control: Any
) -> None:
    call, session = bluesky
    token = _token(call).json()["token"]
    job = _to_service(call, session["did"], film(), token).json()
    assert job["state"] == "JOB_STATE_ENCODING"
    status = {"jobId": job["jobId"]}
    control.post("clock", advance=4)
    done = call("GET", "/xrpc/app.bsky.video.getJobStatus", params=status).json()["jobStatus"]
    assert (done["state"], done["blob"]["mimeType"]) == ("JOB_STATE_COMPLETED", "video/mp4")
    again = _to_service(call, session["did"], film(), token)
    assert (again.status_code, again.json()["blob"]) == (409, done["blob"])

    embed = {"$type": "app.bsky.embed.video", "video": done["blob"], "alt": "A door"}
    record = {"$type": "app.bsky.feed.post", "text": "See", "createdAt": "2026-11-20T12:00:00.000Z", "embed": embed}
    body = {"repo": session["did"], "collection": "app.bsky.feed.post", "record": record}
    made = call("POST", "/xrpc/com.atproto.repo.createRecord", json=body).json()
    posts = call("GET", "/xrpc/app.bsky.feed.getPosts", params={"uris": made["uri"]}).json()["posts"]
    assert posts[0]["embed"]["$type"] == "app.bsky.embed.video#view"
    assert posts[0]["embed"]["alt"] == "A door"


@pytest.mark.parametrize(
    ("changes", "data"),
    [({"aud": "did:web:elsewhere.example"}, film()), ({"lxm": "com.atproto.repo.putRecord"}, film())],
)
def test_bluesky_gives_no_token_for_anything_else(
    bluesky: tuple[Caller, Any], changes: dict[str, str], data: bytes
) -> None:
    assert _token(bluesky[0], **changes).status_code == 400
    assert _to_service(bluesky[0], bluesky[1]["did"], data, "made-up").status_code == 401


@pytest.mark.parametrize("data", [webm(), png(), film(milliseconds=601_000)], ids=["webm", "png", "too long"])
def test_bluesky_takes_no_other_file_for_a_video(bluesky: tuple[Caller, Any], data: bytes) -> None:
    token = _token(bluesky[0]).json()["token"]
    assert _to_service(bluesky[0], bluesky[1]["did"], data, token).status_code == 400
