"""Mastodon's media, spoken by Mastodon.py."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mastodon
import pytest
import requests

from tests.local.sandbox.drawing import gif, jpeg, png


@pytest.fixture
def account(control: Any) -> Any:
    return control.account("mastodon")


@pytest.fixture
def client(wire: Any, account: Any) -> Any:
    return wire.mastodon(account)


@pytest.fixture
def call(account: Any) -> Any:
    headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}

    def call(method: str, path: str, **given: Any) -> requests.Response:
        return requests.request(method, f"{account['base_url']}{path}", headers=headers, timeout=5, **given)

    return call


def _hand_over(call: Any, data: bytes = png()) -> requests.Response:
    answer: requests.Response = call(
        "POST", "/api/v2/media", files={"file": ("a.png", data)}, data={"description": "grey"}
    )
    return answer


def test_pictures_are_shown_in_the_order_of_the_status(client: Any, account: Any) -> None:
    files = [
        client.media_post(one, mime, description=mime)
        for one, mime in ((png(), "image/png"), (jpeg(9, 8), "image/jpeg"))
    ]
    assert all(one["url"] for one in files)
    made = client.status_post("", media_ids=[files[1], files[0]], sensitive=True)
    assert [one["id"] for one in made["media_attachments"]] == [files[1]["id"], files[0]["id"]]
    assert made["sensitive"]
    listed = client.account_statuses(account["id"])[0]["media_attachments"]
    assert [(one["description"], one["type"]) for one in listed] == [("image/jpeg", "image"), ("image/png", "image")]
    assert (listed[0]["meta"]["original"]["width"], listed[0]["meta"]["original"]["height"]) == (9, 8)
    assert requests.get(listed[1]["url"], timeout=5).content == png()


def test_a_file_is_shown_by_one_status_only(client: Any, call: Any, control: Any) -> None:
    file = client.media_post(png(), "image/png")
    made = client.status_post("One", media_ids=[file["id"]], idempotency_key="k")
    answer = call("POST", "/api/v1/statuses", data={"status": "Two", "media_ids[]": file["id"]})
    said = f"Media {file['id']} not found or already attached to another post"
    assert (answer.status_code, answer.json()) == (422, {"error": said})
    assert client.status_post("One", media_ids=[file["id"]], idempotency_key="k")["id"] == made["id"]
    assert call("GET", f"/api/v1/media/{file['id']}").status_code == 404
    assert control.texts("mastodon") == ["One"]


def test_a_redraft_may_show_it_again_unless_it_was_deleted_too(client: Any, call: Any) -> None:
    file = client.media_post(png(), "image/png")["id"]
    client.status_delete(client.status_post("One", media_ids=[file])["id"])
    again = client.status_post("Two", media_ids=[file])["id"]
    assert call("DELETE", f"/api/v1/statuses/{again}", params={"delete_media": "true"}).status_code == 200
    with pytest.raises(mastodon.MastodonAPIError, match="not found"):
        client.status_post("Three", media_ids=[file])


def test_a_file_belongs_to_whom_it_came_from(client: Any, wire: Any, control: Any) -> None:
    file = client.media_post(png(), "image/png")
    with pytest.raises(mastodon.MastodonAPIError, match="not found"):
        wire.mastodon(control.account("mastodon", "second-desk")).status_post("x", media_ids=[file["id"]])


def test_a_file_that_is_worked_on_waits(client: Any, call: Any, control: Any) -> None:
    control.post("faults", platform="mastodon", kind="processing", seconds=20)
    first = _hand_over(call)
    assert (first.status_code, first.json()["url"], first.json()["description"]) == (202, None, "grey")
    where = f"/api/v1/media/{first.json()['id']}"
    assert call("GET", where).status_code == 206
    answer = call("POST", "/api/v1/statuses", data={"status": "Now", "media_ids[]": first.json()["id"]})
    assert answer.status_code == 422
    assert "have not finished processing" in answer.json()["error"]
    control.post("clock", advance=20)
    done = call("GET", where)
    assert (done.status_code, bool(done.json()["url"])) == (200, True)
    assert client.status_post("Now", media_ids=[first.json()["id"]])["media_attachments"]
    assert _hand_over(call).status_code == 200, "the fault was for one file"


def test_a_file_that_could_not_be_worked_with_says_so(call: Any, control: Any) -> None:
    control.post("faults", platform="mastodon", kind="unusable", seconds=20)
    file = _hand_over(call).json()["id"]
    assert call("GET", f"/api/v1/media/{file}").status_code == 206
    control.post("clock", advance=20)
    assert call("GET", f"/api/v1/media/{file}").status_code == 422
    assert call("POST", "/api/v1/statuses", data={"status": "x", "media_ids[]": file}).status_code == 422
    assert control.texts("mastodon") == []


def test_what_is_no_picture_or_too_much_of_one_is_a_422(call: Any, client: Any) -> None:
    for data in (b"", b"<svg/>", gif(6000, 6000), png() + b"\0" * (16 * 1024 * 1024)):
        assert _hand_over(call, data).status_code == 422
    long = call("POST", "/api/v2/media", files={"file": ("a", png())}, data={"description": "x" * 1501})
    assert long.status_code == 422
    files = [client.media_post(png(grey=n), "image/png")["id"] for n in range(5)]
    with pytest.raises(mastodon.MastodonAPIError, match="more than 4"):
        client.status_post("x", media_ids=files)


def test_a_description_may_change_until_a_status_shows_it(client: Any, call: Any) -> None:
    file = client.media_post(png(), "image/png", description="first")
    assert client.media_update(file["id"], description="second")["description"] == "second"
    assert client.status_post("x", media_ids=[file["id"]])["media_attachments"][0]["description"] == "second"
    assert call("PUT", f"/api/v1/media/{file['id']}", data={"description": "third"}).status_code == 404


def test_a_file_that_no_status_shows_is_cleared_away_after_a_day(client: Any, call: Any, control: Any) -> None:
    shown, loose = (client.media_post(png(), "image/png")["id"] for _ in range(2))
    made = client.status_post("x", media_ids=[shown])
    control.post("clock", advance=86_400)
    assert call("GET", f"/api/v1/media/{loose}").status_code == 404
    with pytest.raises(mastodon.MastodonAPIError, match=f"{loose} not found"):
        client.status_post("y", media_ids=[loose])
    assert client.status(made["id"])["media_attachments"][0]["id"] == shown


def test_two_at_once_do_not_show_one_file(call: Any, client: Any, control: Any) -> None:
    file = client.media_post(png(), "image/png")["id"]

    def post(text: str) -> int:
        return int(call("POST", "/api/v1/statuses", data={"status": text, "media_ids[]": file}).status_code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(post, "abcd")) == [200, 422, 422, 422]
    assert len(control.texts("mastodon")) == 1


def test_files_are_counted_apart_and_are_no_writes(call: Any, control: Any) -> None:
    answer = _hand_over(call)
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("30", "29")
    control.post("faults", platform="mastodon", kind="refused", on="write")
    assert _hand_over(call).status_code == 200
    assert control.get("requests", sort="upload")["count"] == 2


def test_the_instance_tells_what_it_takes(client: Any) -> None:
    limits = client.instance_v2()["configuration"]["media_attachments"]
    assert {"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4"} <= set(limits["supported_mime_types"])
    assert (limits["image_size_limit"], limits["description_limit"]) == (16 * 1024 * 1024, 1500)
