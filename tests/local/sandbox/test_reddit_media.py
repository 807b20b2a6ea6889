"""Reddit's media: handed over in plain HTTP (praw goes to the store by https only), shown and read by praw."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest
import requests

from tests.local.sandbox.drawing import jpeg, png


@pytest.fixture
def account(control: Any) -> Any:
    return control.account("reddit")


@pytest.fixture
def reddit(wire: Any, account: Any) -> Any:
    return wire.reddit(account)


class Client:
    """What a client sends to hand a file over and to submit it."""

    def __init__(self, account: Any) -> None:
        self.base = account["base_url"] + "/"
        given = account["credential"]
        signed_in = requests.post(
            f"{self.base}api/v1/access_token",
            data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]},
            auth=(given["client_id"], given["client_secret"]),
            timeout=5,
        ).json()
        self._headers = {"Authorization": f"bearer {signed_in['access_token']}"}

    def post(self, path: str, **given: Any) -> requests.Response:
        return requests.post(f"{self.base}{path}", headers=self._headers, timeout=5, **given)

    def lease(self, mime: str = "image/png") -> Any:
        return self.post("api/media/asset.json", data={"filepath": "a.png", "mimetype": mime}).json()

    def store(self, lease: Any, data: bytes, **changed: str) -> requests.Response:
        fields = {one["name"]: one["value"] for one in lease["args"]["fields"]} | changed
        where = urljoin(self.base, lease["args"]["action"])
        return requests.post(where, data=fields, files={"file": ("a.png", data)}, timeout=5)

    def upload(self, data: bytes = png(), mime: str = "image/png") -> str:
        answer = self.store(self.lease(mime), data)
        assert answer.status_code == 201, answer.text
        return str(ET.fromstring(answer.text).findtext("Location"))

    def submit(self, url: str, **changed: str) -> Any:
        form = {"api_type": "json", "kind": "image", "sr": "repairs", "title": "Look", "url": url, **changed}
        return self.post("api/submit/", data=form).json()["json"]


@pytest.fixture
def client(account: Any) -> Client:
    return Client(account)


def test_an_image_shows_and_its_answer_names_no_id(client: Client, reddit: Any, account: Any, control: Any) -> None:
    url = client.upload()
    answer = client.submit(url, text="Some words")
    key = url.rpartition("/")[2]
    assert answer["errors"] == []
    assert set(answer["data"]) == {"user_submitted_page", "websocket_url"}
    assert answer["data"]["websocket_url"].endswith(f"/{key}")
    (post,) = reddit.redditor(account["handle"]).submissions.new()
    assert (post.title, post.url, post.is_self) == ("Look", f"https://i.redd.it/{key}.png", False)
    assert (post.post_hint, post.preview["images"][0]["source"]["width"]) == ("image", 40)
    assert post.selftext == "Some words"
    assert control.get("posts")["posts"][0]["pictures"][0]["upload"] == key


def test_an_image_that_is_worked_on_shows_later(client: Client, reddit: Any, account: Any, control: Any) -> None:
    control.post("faults", platform="reddit", kind="processing", path="uploaded-media", seconds=30)
    answer = client.submit(client.upload())
    assert answer["errors"] == []
    assert list(reddit.redditor(account["handle"]).submissions.new()) == []
    control.post("clock", advance=30)
    assert [one.title for one in reddit.redditor(account["handle"]).submissions.new()] == ["Look"]
    control.post("clock", advance=3000)
    assert control.texts("reddit") == [""], "once"


def test_an_image_that_could_not_be_worked_with_never_shows(client: Client, control: Any) -> None:
    control.post("faults", platform="reddit", kind="unusable", path="uploaded-media", seconds=30)
    assert client.submit(client.upload())["errors"] == []
    control.post("clock", advance=3000)
    assert control.texts("reddit") == []


def test_an_image_needs_a_file_of_ones_own_and_a_title(client: Client, control: Any) -> None:
    theirs = Client(control.account("reddit", "second_desk")).upload()
    for form, code in (
        ({"url": theirs}, "BAD_URL"),
        ({"url": "https://example.com/a.png"}, "BAD_URL"),
        ({"url": client.upload(), "title": " "}, "NO_TEXT"),
        ({"url": client.upload(), "sr": "?"}, "SUBREDDIT_NOEXIST"),
        ({"url": client.upload(), "kind": "video"}, "INVALID_OPTION"),
    ):
        assert client.submit(**form)["errors"][0][0] == code
    assert control.texts("reddit") == []


def _other_key(lease: Any) -> dict[str, str]:
    return {"key": "another"}


def _other_type(lease: Any) -> dict[str, str]:
    return {"Content-Type": "text/html"}


def _longer(lease: Any) -> dict[str, str]:
    policy = next(one["value"] for one in lease["args"]["fields"] if one["name"] == "policy")
    document = json.loads(base64.b64decode(policy)) | {"expiration": "2999-01-01T00:00:00+00:00"}
    return {"policy": base64.b64encode(json.dumps(document).encode()).decode()}


@pytest.mark.parametrize("forged", [_other_key, _other_type, _longer])
def test_a_lease_is_for_what_it_says(forged: Callable[[Any], dict[str, str]], client: Client, control: Any) -> None:
    lease = client.lease()
    assert client.store(lease, png(), **forged(lease)).status_code == 403
    assert control.get("uploads")["count"] == 0


def test_a_lease_ends_and_takes_no_more_than_it_says(client: Client, control: Any) -> None:
    lease = client.lease()
    large = client.store(lease, png() + b"\0" * 20_971_520)
    assert (large.status_code, [one.tag for one in ET.fromstring(large.text)]) == (
        400,
        ["Code", "Message", "ProposedSize", "MaxSizeAllowed"],
    )
    assert client.store(lease, b"").status_code == 400
    control.post("clock", advance=901)
    assert client.store(lease, png()).status_code == 403
    assert control.get("uploads")["count"] == 0
    assert client.post("api/media/asset.json", data={"filepath": "a", "mimetype": "text/html"}).status_code == 400


def test_several_pictures_are_a_gallery(client: Client, reddit: Any, control: Any) -> None:
    keys = [
        client.upload(one, mime).rpartition("/")[2] for one, mime in ((png(), "image/png"), (jpeg(9, 8), "image/jpeg"))
    ]
    items = [{"media_id": keys[1], "caption": "first", "outbound_url": ""}, {"media_id": keys[0], "caption": ""}]
    body = {"sr": "repairs", "title": "Two", "items": items, "api_type": "json"}
    made = client.post("api/submit_gallery_post.json", json=body).json()["json"]["data"]
    post = next(iter(reddit.info(fullnames=[made["id"]])))
    assert post.is_gallery
    assert [(one["media_id"], one.get("caption")) for one in post.gallery_data["items"]] == [
        (keys[1], "first"),
        (keys[0], None),
    ]
    assert post.media_metadata[keys[1]]["s"]["x"] == 9
    for bad in (items[:1], [items[0], {"media_id": "none"}], "x"):
        refused = client.post("api/submit_gallery_post.json", json=body | {"items": bad}).json()["json"]
        assert refused["errors"][0][2] == "items"
    assert len(control.texts("reddit")) == 1


def test_files_are_no_writes_and_an_image_is_one(client: Client, control: Any) -> None:
    url = client.upload()
    assert control.writes("reddit") == []
    control.post("faults", platform="reddit", kind="lost", on="write")
    with pytest.raises(requests.ConnectionError):
        client.submit(url)
    control.post("faults", platform="reddit", kind="limited_but_created", on="write")
    limited = client.submit(url)
    assert (limited["errors"][0][0], "id" in limited["data"]) == ("RATELIMIT", False)
    assert len(control.texts("reddit")) == 2
    control.post("faults", platform="reddit", kind="late", on="write", seconds=9)
    with pytest.raises(requests.ConnectionError):
        client.submit(url, title="Late")
    control.post("clock", advance=9)
    assert control.get("posts")["posts"][-1]["title"] == "Late"
