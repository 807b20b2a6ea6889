"""Bluesky's video service: asked with a token of its own; the record names its blob, and it may know a video already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.bluesky.cid import cid_of
from connectors.bluesky.record import record, thread
from connectors.bluesky.video import SERVICE, _url
from connectors.bluesky.xrpc import Xrpc
from connectors.contract import Connector, Draft
from connectors.errors import Rejected, Retryable
from tests.connectors.kit_bluesky import BLUESKY, DID
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.picture_kits import BLOB
from tests.connectors.suite import ready
from tests.connectors.video_kits import BLUESKY_VIDEOS, DATA, VIDEO

SESSION = "/xrpc/com.atproto.server.getSession"
TOKEN = "/xrpc/com.atproto.server.getServiceAuth"
UPLOAD, STATUS = "/xrpc/app.bsky.video.uploadVideo", "/xrpc/app.bsky.video.getJobStatus"
KEPT = {"$type": "blob", "ref": {"$link": BLOB}, "mimeType": "video/mp4", "size": 9}
KEY = "3l4kwcm6y2s2a"


@pytest.fixture
def bluesky(server: Loopback) -> Connector:
    connector = ready(BLUESKY, server)
    BLUESKY_VIDEOS.accepts(server)
    return connector


def test_the_service_gets_a_token_for_one_blob_and_never_the_session(bluesky: Connector, server: Loopback) -> None:
    bluesky.upload(VIDEO, DATA)
    asked = server.last(TOKEN)
    assert asked.query["aud"] == ["did:web:morel.us-east.host.bsky.example"], "the PDS that holds the repository"
    assert asked.query["lxm"] == ["com.atproto.repo.uploadBlob"]
    sent = server.last(UPLOAD)
    assert sent.headers["authorization"] == "Bearer FOR-THE-VIDEO"
    assert sent.headers["content-type"] == "video/mp4"
    assert sent.query == {"did": [DID], "name": ["v1.mp4"]}
    server.on("GET", STATUS, BLUESKY_VIDEOS.working)
    bluesky.uploaded("job/j1")
    assert server.last(STATUS).query == {"jobId": ["j1"]}
    assert "authorization" not in server.last(STATUS).headers


def test_a_server_that_names_no_other_is_the_one_that_holds_the_repository(
    bluesky: Connector, server: Loopback
) -> None:
    server.on("GET", SESSION, Reply({"did": DID, "handle": "parley.example"}))
    bluesky.upload(VIDEO, DATA)
    port = server.url.rpartition(":")[2]
    assert server.last(TOKEN).query["aud"] == [f"did:web:127.0.0.1%3A{port}"]


@pytest.mark.parametrize("status", [200, 409])
def test_a_video_that_the_service_knows_is_ready_at_once(bluesky: Connector, server: Loopback, status: int) -> None:
    known = {"jobId": "j0", "did": DID, "state": "JOB_STATE_COMPLETED", "error": "already_exists", "blob": KEPT}
    server.on("POST", UPLOAD, Reply(known, status))
    upload = bluesky.upload(VIDEO, DATA)
    assert upload.ready
    assert bluesky.uploaded(upload.handle) == upload.handle
    assert server.count("GET", STATUS) == 0


def test_a_blob_counts_whatever_the_state_beside_it_is(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", STATUS, Reply({"jobStatus": {"jobId": "j1", "state": "JOB_STATE_FAILED", "blob": KEPT}}))
    assert bluesky.uploaded("job/j1")


def test_why_a_job_failed_is_told_by_its_code(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", STATUS, BLUESKY_VIDEOS.failed)
    with pytest.raises(Rejected) as failed:
        bluesky.uploaded("job/j1")
    assert failed.value.code == "encoding_failure"


def test_an_account_without_a_confirmed_address_is_told_so_before_anything_is_sent(
    bluesky: Connector, server: Loopback
) -> None:
    server.on("GET", SESSION, Reply({"did": DID, "handle": "parley.example", "emailConfirmed": False}))
    with pytest.raises(Rejected, match="e-mail address") as refused:
        bluesky.upload(VIDEO, DATA)
    assert refused.value.code == "email-unconfirmed"
    assert server.count("POST", UPLOAD) == 0


@pytest.mark.parametrize(
    "odd", [{}, [], "text", {"jobStatus": []}, {"jobStatus": {"state": "?"}}, {"blob": {"ref": 1}}]
)
def test_an_answer_that_names_no_job_is_asked_for_again(bluesky: Connector, server: Loopback, odd: Any) -> None:
    server.on("POST", UPLOAD, Reply(odd))
    with pytest.raises(Retryable):
        bluesky.upload(VIDEO, DATA)


def test_there_is_one_video_service_wherever_an_account_lives() -> None:
    sign_in = BLUESKY.sign_in("https://pds.example/")
    assert _url(Xrpc(sign_in), "uploadVideo") == f"{SERVICE}/xrpc/app.bsky.video.uploadVideo"


def test_the_record_names_the_blob_the_shape_and_the_description() -> None:
    shown = replace(VIDEO, handle=f'["{BLOB}", "video/mp4", 9]')
    made = record(Draft("See", pictures=(shown,)), KEY)
    assert made["embed"] == {
        "$type": "app.bsky.embed.video",
        "video": KEPT,
        "aspectRatio": {"width": 640, "height": 360},
        "alt": VIDEO.alt,
    }
    assert "alt" not in record(Draft("See", pictures=(replace(shown, alt=""),)), KEY)["embed"]
    assert cid_of(made) == cid_of(record(Draft("See", pictures=(shown,)), KEY))


def test_each_part_of_a_thread_may_show_a_video() -> None:
    shown = replace(VIDEO, handle=f'["{BLOB}", "video/mp4", 9]')
    parts = thread(Draft("One", pictures=(shown,), thread=(Draft("Two", pictures=(shown,)),)), KEY, DID)
    assert [part.record["embed"]["$type"] for part in parts] == ["app.bsky.embed.video"] * 2
