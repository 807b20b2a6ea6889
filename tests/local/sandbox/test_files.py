"""What was handed over: what it is by its bytes, how long it is kept, what people and the witness see of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import requests

from local.sandbox.blobs import Blobs
from local.sandbox.pictures import Looks, looks
from tests.local.sandbox.drawing import DOT, gif, jpeg, png, webp


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (png(301, 7), "image/png"),
        (gif(301, 7), "image/gif"),
        (jpeg(301, 7), "image/jpeg"),
        (webp(301, 7), "image/webp"),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(data: bytes, mime: str) -> None:
    assert looks(data) == Looks(mime, 301, 7)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x00", b"<svg/>", png(0, 4), b"RIFF\0\0\0\0WEBPVP8"]
)
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert looks(data) is None


def test_bytes_are_kept_by_content_until_the_room_ends(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, room=1000)
    first, second = blobs.put(b"a" * 400), blobs.put(b"b" * 400)
    assert blobs.put(b"a" * 400) == first == hashlib.sha256(b"a" * 400).hexdigest()
    third = blobs.put(b"c" * 400)
    assert [blobs.get(one) and blobs.get(one)[:1] for one in (first, second, third)] == [None, b"b", b"c"]
    (tmp_path / "blobs" / f"{first}.part").write_bytes(b"cut sh")
    again = Blobs(tmp_path, room=1000)
    assert again.get(second) == b"b" * 400
    assert sorted(one.name for one in (tmp_path / "blobs").iterdir()) == sorted([second, third])
    assert again.get("../journal.jsonl") is None


def test_the_witness_tells_what_a_post_shows(control: Any, wire: Any, server: Any) -> None:
    account = control.account("mastodon")
    client = wire.mastodon(account)
    made = client.media_post(png(40, 30), "image/png", description='A "grey" field')
    before = control.get("uploads", platform="mastodon")["uploads"][0]
    assert (before["shown_by"], before["ready"], before["alt"]) == (None, True, 'A "grey" field')
    status = client.status_post("Look", media_ids=[made["id"]])
    shown = control.get("posts", platform="mastodon")["posts"][0]["pictures"]
    digest = hashlib.sha256(png(40, 30)).hexdigest()
    facts = {"mime": "image/png", "sha256": digest, "size": len(png(40, 30)), "width": 40, "height": 30}
    assert shown == [{"upload": made["id"], **facts, "alt": 'A "grey" field'}]
    assert control.get("uploads")["uploads"][0]["shown_by"] == status["id"]
    file = requests.get(f"{server.url}/_sandbox/media/{digest}", timeout=5)
    assert (file.content, file.headers["Content-Type"]) == (png(40, 30), "image/png")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    page = requests.get(f"{server.url}/_sandbox/", timeout=5).text
    assert f'<img src="/_sandbox/media/{digest}" width="40" height="30" alt="A &quot;grey&quot; field">' in page


def test_what_is_no_picture_is_never_shown_as_one(control: Any, wire: Any, server: Any) -> None:
    agent = wire.bluesky(control.account("bluesky"))
    assert agent.upload(b"<html><script>alert(1)</script>", "text/html").status_code == 200
    digest = control.get("uploads")["uploads"][0]["sha256"]
    file = requests.get(f"{server.url}/_sandbox/media/{digest}", timeout=5)
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert "default-src 'none'" in file.headers["Content-Security-Policy"]


def test_a_late_file_lands_byte_for_byte(control: Any, wire: Any) -> None:
    agent = wire.bluesky(control.account("bluesky"))
    control.post("faults", platform="bluesky", kind="late", on="upload", seconds=60)
    with pytest.raises(requests.ConnectionError):
        agent.upload(DOT)
    assert control.get("uploads")["count"] == 0
    control.post("clock", advance=60)
    assert control.get("uploads")["uploads"][0]["sha256"] == hashlib.sha256(DOT).hexdigest()


def test_a_fault_of_files_meets_nothing_else(control: Any, server: Any) -> None:
    asked = {"kind": "processing", "on": "write"}
    answer = requests.post(f"{server.url}/_sandbox/faults", json=asked, timeout=5)
    assert (answer.status_code, "uploads only" in answer.json()["error"]) == (400, True)
    of_a_picture = {"kind": "unusable", "platform": "bluesky", "path": "uploadBlob"}
    assert requests.post(f"{server.url}/_sandbox/faults", json=of_a_picture, timeout=5).status_code == 400
    control.post("faults", kind="processing", seconds=5)
    assert control.get("faults")["faults"][0]["on"] == "upload"


def test_a_platform_may_lose_what_no_post_shows(control: Any, wire: Any) -> None:
    agent = wire.bluesky(control.account("bluesky"))
    shown, loose = (agent.upload(one).json()["blob"] for one in (DOT, png()))

    def record(blob: Any) -> dict[str, Any]:
        return {"embed": {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": blob}]}}

    agent.put("3n2qjxwo65623", "shows", record=record(shown))
    assert control.post("forget", platform="mastodon") == {"forgotten": 0}
    assert control.post("forget", platform="bluesky") == {"forgotten": 1}
    assert agent.put("3n2qjxwo65723", "look", record=record(loose)).json()["error"] == "BlobNotFound"
    assert agent.put("3n2qjxwo65723", "look", record=record(shown)).status_code == 200
    assert [(one["gone"], one["ready"]) for one in control.get("uploads")["uploads"]] == [(False, True), (True, False)]
    assert agent.upload(png()).json()["blob"] == loose, "and takes it again"
    assert agent.put("3n2qjxwo65a23", "look", record=record(loose)).status_code == 200
