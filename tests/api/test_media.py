"""Pictures and videos through the API: brought, sent, looked at, shown in a post, deleted, and never served as anything else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.access import Role
from chalicelib.domain.media import MOST_BYTES
from chalicelib.ports import UNKNOWN, Fetched, FetchFailed, FetchRefused, UploadForm, Validators
from connectors.capabilities import VideoLimits
from tests.api.rooms import PICTURE, Reply, Rooms, send
from tests.imaging.films import film
from tests.imaging.samples import MAKER, drawn, exif, saved

PHOTO = saved(drawn(), "JPEG", exif=exif())


def announce(rooms: Rooms, content: bytes = PHOTO, **changes: Any) -> Reply:
    upload = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "type": "image/jpeg"} | changes
    return send("POST", "/media", token=rooms.owner, form={"upload": upload, "alt": "A drawing"})


def deliver(
    rooms: Rooms, media: str, content: bytes = PHOTO, kind: str = "image/jpeg", token: str | None = None
) -> Reply:
    headers = {"content-type": kind}
    return send("PUT", f"/media/{media}/content", token=token or rooms.owner, raw=content, headers=headers)


def content_of(rooms: Rooms, media: str, accept: str = "image/*, */*;q=0.1") -> Reply:
    return send("GET", f"/media/{media}/content", token=rooms.owner, headers={"accept": accept})


def test_a_picture_is_announced_sent_and_read_back_without_what_the_camera_wrote(rooms: Rooms) -> None:
    made = announce(rooms)
    assert (made.status, made.json["state"], made.json["alt"]) == (201, "awaiting_upload", "A drawing")
    assert "form" not in made.json
    sent = deliver(rooms, made.json["id"])
    assert (sent.status, sent.json["state"], sent.json["width"], sent.json["height"]) == (200, "ready", 64, 48)
    assert deliver(rooms, made.json["id"]).json == sent.json
    assert announce(rooms).json == sent.json
    shown = content_of(rooms, made.json["id"])
    assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")
    assert len(shown.body) == sent.json["size"]
    assert MAKER.encode() not in shown.body
    assert send("GET", "/media", token=rooms.owner).json["items"] == [sent.json]


def test_a_picture_is_served_so_that_no_browser_takes_it_for_a_page(rooms: Rooms) -> None:
    media = announce(rooms).json["id"]
    deliver(rooms, media)
    headers = content_of(rooms, media).headers
    assert headers["content-disposition"] == f'attachment; filename="{media}.jpeg"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert content_of(rooms, media, "image/jpeg").status == 200
    refused = content_of(rooms, media, "application/json")
    assert (refused.status, refused.pointers) == (400, ["Accept"])


def test_what_is_sent_must_be_what_was_announced(rooms: Rooms) -> None:
    media = announce(rooms).json["id"]
    rooms.refuses(404, "GET", f"/media/{media}/content")
    other = deliver(rooms, media, PICTURE)
    assert other.status == 400
    assert "not the" in other.json["detail"]
    assert deliver(rooms, media, kind="text/html").status == 415
    assert deliver(rooms, media, b"x" * (MOST_BYTES + 1)).status == 413
    assert send("GET", f"/media/{media}", token=rooms.owner).json["state"] == "awaiting_upload"


def test_a_page_that_calls_itself_a_picture_is_refused_with_the_reason(rooms: Rooms) -> None:
    page = b"<script>alert(1)</script>"
    media = announce(rooms, page).json["id"]
    sent = deliver(rooms, media, page)
    assert sent.json["state"] == "refused"
    assert sent.json["reason"].startswith("this is not a JPEG")
    assert content_of(rooms, media).status == 404


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({}, ""),
        ({"address": "https://pictures.example/", "upload": {"sha256": "0" * 64, "size": 1, "type": "image/png"}}, ""),
        ({"upload": {"sha256": "0" * 63, "size": 1, "type": "image/png"}}, "/upload/sha256"),
        ({"upload": {"sha256": "0" * 64, "size": 0, "type": "image/png"}}, "/upload/size"),
        ({"upload": {"sha256": "0" * 64, "size": MOST_BYTES + 1, "type": "image/png"}}, "/upload/size"),
        ({"upload": {"sha256": "0" * 64, "size": 1, "type": "image/svg+xml"}}, "/upload/type"),
        ({"address": ""}, "/address"),
        ({"address": "https://pictures.example/", "alt": "a\x00b"}, "/alt"),
        ({"address": "http://169.254.169.254/latest/meta-data"}, "/address"),
    ],
)
def test_a_picture_that_cannot_be(rooms: Rooms, form: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "POST", "/media", form).pointers == [pointer]


class Address:
    """A fetcher that knows one answer."""

    def __init__(self, answer: Fetched | Exception) -> None:
        self.answer = answer

    def get(self, url: str, *, most: int, types: frozenset[str], known: Validators = UNKNOWN) -> Fetched:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def fetch(rooms: Rooms, answer: Fetched | Exception) -> Reply:
    bootstrap.use(replace(rooms.world.desk, fetcher=Address(answer)))
    return send("POST", "/media", token=rooms.owner, form={"address": "https://pictures.example/a", "alt": "Far"})


def test_a_picture_is_fetched_from_an_address(rooms: Rooms) -> None:
    made = fetch(rooms, Fetched("https://pictures.example/a?key=hush", "image/png", PICTURE))
    assert (made.status, made.json["state"], made.json["address"]) == (201, "ready", "https://pictures.example/a")
    gone = fetch(rooms, FetchRefused("it answered 404"))
    assert (gone.status, gone.pointers) == (400, ["/address"])
    assert fetch(rooms, FetchFailed("it did not answer in time")).status == 503


def test_where_the_engine_takes_bytes_by_a_form_the_upload_is_finished_afterwards(rooms: Rooms) -> None:
    folder = rooms.world.desk.blobs

    class Bucket:
        """Blobs that give forms."""

        get, put, delete = folder.get, folder.put, folder.delete

        def form(self, name: str, mime: str, most: int, lifetime: object) -> UploadForm:
            return UploadForm("https://bucket.example/", {"key": name, "Content-Type": mime, "most": str(most)})

    bootstrap.use(replace(rooms.world.desk, blobs=Bucket()))
    made = announce(rooms).json
    assert made["form"]["fields"]["most"] == str(len(PHOTO))
    early = send("POST", f"/media/{made['id']}/finish", token=rooms.owner)
    assert early.status == 409
    folder.put(made["form"]["fields"]["key"], PHOTO, "image/jpeg")
    done = send("POST", f"/media/{made['id']}/finish", token=rooms.owner)
    assert (done.status, done.json["state"]) == (200, "ready")
    assert folder.get(made["form"]["fields"]["key"]) is None
    assert send("POST", f"/media/{made['id']}/finish", token=rooms.owner).json == done.json
    assert "form" not in announce(rooms).json


def test_a_picture_that_nobody_shows_can_be_deleted_and_brought_again(rooms: Rooms) -> None:
    media = announce(rooms).json["id"]
    deliver(rooms, media)
    assert send("DELETE", f"/media/{media}", token=rooms.owner).status == 204
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", ""), ("POST", "/finish")):
        assert send(method, f"/media/{media}{path}", token=rooms.owner, headers={"accept": "*/*"}).status == 404
    assert deliver(rooms, media).status == 404
    assert send("GET", "/media", token=rooms.owner).json["items"] == []
    assert announce(rooms).json["state"] == "awaiting_upload"
    assert deliver(rooms, media).json["state"] == "ready"


def test_whoever_may_draft_may_bring_a_picture_and_not_delete_one(rooms: Rooms) -> None:
    media = announce(rooms).json["id"]
    assert deliver(rooms, media, token=rooms.tokens[Role.REVIEWER]).status == 200
    assert send("DELETE", f"/media/{media}", token=rooms.tokens[Role.REVIEWER]).status == 403


def test_the_workspace_says_whether_descriptions_are_needed(rooms: Rooms) -> None:
    assert send("GET", "/workspace", token=rooms.owner).json["alt_text"] == "required"
    said = send("PUT", "/workspace/alt_text", token=rooms.owner, form={"alt_text": "asked"})
    assert said.json["alt_text"] == "asked"
    assert rooms.refuses(400, "PUT", "/workspace/alt_text", {"alt_text": "never"}).pointers == ["/alt_text"]


def test_a_video_is_brought_like_a_picture_and_a_post_that_cannot_show_it_is_refused_with_the_limit(
    rooms: Rooms,
) -> None:
    limits = VideoLimits(frozenset({"video/mp4"}), 1_000_000, "the book of that platform", longest=10_000)
    rooms.world.platforms["x"].extra = {"video": limits}

    def brought(content: bytes) -> str:
        media = announce(rooms, content, type="video/mp4").json["id"]
        sent = deliver(rooms, media, content, "video/mp4")
        assert (sent.json["state"], sent.json["width"], sent.json["height"]) == ("ready", 640, 360)
        return str(media)

    def post(media: str) -> dict[str, Any]:
        return rooms.post(variants=[{"account": rooms.account, "text": "Look", "pictures": [{"media": media}]}])

    short, long = brought(film(milliseconds=4000)), brought(film(milliseconds=12_000))
    assert send("GET", f"/media/{long}", token=rooms.owner).json["seconds"] == 12.0
    refused = rooms.refuses(400, "POST", "/posts", post(long))
    assert refused.pointers == ["/variants/0/pictures/0/media"]
    assert "12 s where 10 s are taken on x (source: the book of that platform)" in refused.body.decode()
    assert send("POST", "/posts", token=rooms.owner, form=post(short)).status == 201
