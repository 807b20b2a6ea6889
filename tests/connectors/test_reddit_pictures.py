"""Reddit's pictures: a lease, a bucket, and a post whose id is not told but shows the picture's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Connector, Draft, Found, Unproven
from connectors.errors import Ambiguous, Rejected, Retryable
from connectors.registry import connect
from tests.connectors.kit import NOW
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.loopback import HANG, Asked, Loopback, Reply
from tests.connectors.picture_kits import DATA, PICTURE, REDDIT_PICTURES, part_of

LEASE, SUBMIT, OWN = "/api/media/asset.json", "/api/submit", "/user/parley/submitted"
HANDLE = "https://reddit-uploaded-media.s3-accelerate.amazonaws.com/rte_images/abc123"
SHOWN = Draft("Words", title="A title", community="r/test", pictures=(replace(PICTURE, handle=HANDLE),))
BEING_MADE = Reply(
    {"json": {"errors": [], "data": {"user_submitted_page": "x", "websocket_url": "wss://x.example/abc123?m=SECRET"}}}
)


@pytest.fixture
def reddit(server: Loopback) -> Connector:
    REDDIT.prepare(server)
    connector = connect("reddit", REDDIT.sign_in(server.url))
    connector.sign_in()
    return connector


def listing(*shown: tuple[str, str | None]) -> Any:
    """The account's own posts as (name, asset that it shows)."""
    children = [
        {
            "kind": "t3",
            "data": {
                "name": name,
                "author": "parley",
                "created_utc": NOW.timestamp(),
                "permalink": f"/r/test/comments/{name[3:]}/a_title/",
                "title": "A title",
                "selftext": "Words",
                "subreddit": "test",
                "url": f"https://i.redd.it/{asset}.png" if asset else f"https://www.reddit.com/r/test/{name}",
            },
        }
        for name, asset in shown
    ]
    return {"kind": "Listing", "data": {"children": children, "after": None}}


# --- handing over -----------------------------------------------------------------------------------------------------


def test_the_picture_goes_to_the_bucket_with_the_leases_fields_and_without_our_token(
    reddit: Connector, server: Loopback
) -> None:
    REDDIT_PICTURES.accepts(server)
    upload = reddit.upload(PICTURE, DATA)
    lease, put = server.last(LEASE), server.last("/bucket")
    assert (lease.form["mimetype"], lease.form["filepath"]) == ("image/png", "picture.png")
    assert (part_of(put, "key"), part_of(put, "acl"), part_of(put, "file")) == (b"rte_images/abc123", b"private", DATA)
    assert "authorization" not in put.headers
    assert "SECRET" not in put.body.decode("latin-1")
    assert upload.handle.endswith("/bucket/rte_images/abc123")
    assert upload.lasts


@pytest.mark.parametrize(
    "action",
    [
        "//evil.example",
        "//amazonaws.com.evil.example",
        "http://reddit-uploaded-media.s3.amazonaws.com",
        "//user@reddit-uploaded-media.s3.amazonaws.com",
        "//x.amazonaws.com:8080",
        "//169.254.169.254/latest",
        "file:///etc/passwd",
    ],
)
def test_a_picture_is_put_nowhere_else(reddit: Connector, server: Loopback, action: str) -> None:
    server.on("POST", LEASE, Reply({"args": {"action": action, "fields": [{"name": "key", "value": "k"}]}}))
    with pytest.raises(Rejected) as refused:
        reddit.upload(PICTURE, DATA)
    assert refused.value.code == "foreign-bucket"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Reply(raw=b"<Error><Code>EntityTooLarge</Code></Error>", status=400), Rejected),
        (Reply(raw=b"<Error/>", status=403), Rejected),
        (Reply(raw=b"<Error/>", status=401), Rejected),
        (Reply(raw=b"<Error/>", status=503), Retryable),
        (HANG, Retryable),
    ],
    ids=["too large", "403", "401", "503", "hang"],
)
def test_what_the_bucket_refuses_is_told(
    reddit: Connector, server: Loopback, answer: Reply | str, error: type[Exception]
) -> None:
    REDDIT_PICTURES.accepts(server)
    server.on("POST", "/bucket", answer)
    with pytest.raises(error):
        reddit.upload(PICTURE, DATA)


def test_the_recorded_lease_is_understood(reddit: Connector, recorded: Callable[[str], Any]) -> None:
    from connectors.reddit import answers, sayings

    sequence = recorded("reddit/sequences/praw_TestSubreddit.test_submit_image.json")["sequence"]
    lease = answers.lease(sequence[1]["response"]["json"])
    assert lease is not None
    assert lease[0] == "//reddit-uploaded-media.s3-accelerate.amazonaws.com"
    handle = sequence[3]["request"]["form"]["url"]
    assert handle == f"https:{lease[0]}/{lease[1]['key']}"
    assert answers.is_being_made(sequence[3]["response"]["json"])
    post = sequence[4]["response"]["json"][0]["data"]["children"][0]
    assert sayings.assets_shown(post) == {answers.asset(handle)}


# --- the post ---------------------------------------------------------------------------------------------------------


def test_a_post_whose_id_is_not_told_is_known_by_its_picture(reddit: Connector, server: Loopback) -> None:
    server.on("POST", SUBMIT, BEING_MADE)
    server.on("GET", OWN, Reply(listing(("t3_1", "older"))), Reply(listing(("t3_2", "abc123"), ("t3_1", "older"))))
    before = len(server.asked)

    receipt = reddit.publish(SHOWN, key="k")

    assert receipt.ref.id == "t3_2"
    assert receipt.ref.url == "https://www.reddit.com/r/test/comments/2/a_title/"
    form = server.last(SUBMIT).form
    assert (form["kind"], form["url"], form["text"], form["sr"]) == ("image", HANDLE, "Words", "test")
    asked = server.asked[before:]
    assert [(it.method, it.path) for it in asked[:1]] == [("POST", SUBMIT)]
    assert {(it.method, it.path) for it in asked[1:]} == {("GET", OWN)}, "after the write, only reads"


def test_a_post_that_does_not_show_in_time_is_in_doubt(reddit: Connector, server: Loopback) -> None:
    server.on("POST", SUBMIT, BEING_MADE)
    server.on("GET", OWN, Reply(listing(("t3_1", "older"), ("t3_0", None))))
    with pytest.raises(Ambiguous):
        reddit.publish(SHOWN, key="k")
    assert server.count("POST", SUBMIT) == 1
    assert 2 <= server.count("GET", OWN) <= 4


def test_a_look_that_fails_ends_the_looking(reddit: Connector, server: Loopback) -> None:
    server.on("POST", SUBMIT, BEING_MADE)
    server.on("GET", OWN, Reply({}, 401))
    with pytest.raises(Ambiguous):
        reddit.publish(SHOWN, key="k")
    assert server.count("GET", OWN) == 1
    assert server.asked[-1].path == OWN, "no token is renewed for it"


def test_a_refusal_of_a_picture_is_a_refusal(reddit: Connector, server: Loopback) -> None:
    errors = [["NO_IMAGES", "This community does not take pictures", "sr"]]
    server.on("POST", SUBMIT, Reply({"json": {"errors": errors}}))
    with pytest.raises(Rejected) as refused:
        reddit.publish(SHOWN, key="k")
    assert refused.value.code == "NO_IMAGES"
    assert server.count("GET", OWN) == 0


def test_a_lost_post_is_found_by_its_picture_among_its_likes(reddit: Connector, server: Loopback) -> None:
    own = listing(("t3_3", "other"), ("t3_2", "abc123"), ("t3_1", "another"))
    server.on("GET", OWN, lambda _asked: Reply(own))
    found = reddit.find_published(SHOWN, key="k", since=NOW)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == "t3_2"
    own = listing(("t3_3", "other"), ("t3_1", "another"))
    assert isinstance(reddit.find_published(SHOWN, key="k", since=NOW), Unproven)


def test_silence_after_a_picture_proves_nothing(reddit: Connector, server: Loopback) -> None:
    def nothing(_asked: Asked) -> Reply:
        return Reply(listing())

    server.on("GET", OWN, nothing)
    told = reddit.find_published(SHOWN, key="k", since=NOW)
    assert isinstance(told, Unproven)
    assert told.silent


def test_more_than_one_picture_is_a_gallery_whose_answer_tells_its_id(
    reddit: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    gallery = "/api/submit_gallery_post.json"
    exchange = recorded("reddit/submit_gallery/200_asyncpraw_TestSubreddit.test_submit_gallery_9.json")
    server.on("POST", gallery, Reply(exchange["response"]["json"]))
    two = replace(SHOWN.pictures[0], id="m2", alt="x" * 181, handle=HANDLE + "4")

    receipt = reddit.publish(replace(SHOWN, pictures=(*SHOWN.pictures, two)), key="k")

    assert receipt.ref.id == "t3_hzobai"
    assert server.asked[-1].path == gallery
    body = server.last(gallery).form
    assert (body["sr"], body["title"], body["text"]) == ("test", "A title", "Words")
    assert [(it["media_id"], it["caption"]) for it in body["items"]] == [("abc123", PICTURE.alt), ("abc1234", "")]


def test_a_gallery_is_found_by_its_pictures_and_counts_them(reddit: Connector, server: Loopback) -> None:
    two = replace(SHOWN, pictures=(*SHOWN.pictures, replace(SHOWN.pictures[0], handle=HANDLE + "4")))
    own = listing(("t3_3", None), ("t3_2", None))
    for child, media in zip(own["data"]["children"], ("other", "abc1234"), strict=True):
        child["data"] |= {
            "is_gallery": True,
            "gallery_data": {"items": [{"media_id": f"{media}0"}, {"media_id": media}]},
        }
    server.on("GET", OWN, lambda _asked: Reply(own))
    found = reddit.find_published(two, key="k", since=NOW)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == "t3_2"
    server.on("GET", "/api/info", lambda _asked: Reply(own))
    assert isinstance(reddit.confirm(two, "t3_3"), Found)
    assert isinstance(reddit.confirm(SHOWN, "t3_3"), Unproven)
