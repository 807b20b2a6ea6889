"""Mastodon's pictures and an instance's own terms: what it still works on, what it dropped, what it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.capabilities import OWN_PLACE, PictureLimits, Terms
from connectors.contract import Absent, Connector, Draft, Found
from connectors.errors import Ambiguous, Rejected, Retryable
from connectors.registry import capabilities, connect
from tests.connectors.kit import NOW
from tests.connectors.kit_mastodon import MASTODON
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.picture_kits import DATA, PICTURE, part_of
from tests.connectors.video_kits import DATA as FILM
from tests.connectors.video_kits import VIDEO

MEDIA, ONE, STATUSES = "/api/v2/media", "/api/v1/media/77", "/api/v1/statuses"
OWN = "/api/v1/accounts/42/statuses"
V1, V2 = "/api/v1/instance", "/api/v2/instance"
SHOWN = replace(MASTODON.draft, pictures=(replace(PICTURE, handle="77"), replace(PICTURE, id="m2", handle="78")))


@pytest.fixture
def mastodon(server: Loopback) -> Connector:
    return connect("mastodon", MASTODON.sign_in(server.url))


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_the_recorded_answer_to_a_video_is_awaited(
    mastodon: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    kept = recorded("mastodon/media/202_test_media_post_False_0.json")["response"]
    server.on("POST", MEDIA, Reply(kept["json"], kept["status"]))
    upload = mastodon.upload(VIDEO, FILM)
    assert (upload.handle, upload.ready) == ("117020619601888181", False)


def test_a_picture_that_is_worked_on_is_ready_later(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", MEDIA, Reply({"id": "77", "type": "image", "url": None}, 202))
    upload = mastodon.upload(PICTURE, DATA)
    assert not upload.ready
    assert upload.lasts == 86_400
    assert part_of(server.last(MEDIA), "file") == DATA
    server.on("GET", ONE, Reply({"id": "77", "url": None}, 206), Reply({"id": "77", "url": "https://x.example/77"}))
    assert not mastodon.uploaded("77")
    assert mastodon.uploaded("77")


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "picture-not-uploaded"), (422, "http-422")],
    ids=["dropped or shown", "cannot be worked on"],
)
def test_a_picture_that_will_never_be_ready_is_told(
    mastodon: Connector, server: Loopback, status: int, code: str
) -> None:
    server.on("GET", ONE, Reply({"error": "whatever"}, status))
    with pytest.raises(Rejected) as gone:
        mastodon.uploaded("77")
    assert gone.value.code == code


def test_all_pictures_are_named_in_order_and_the_key_goes_along(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", STATUSES, Reply(MASTODON.created))
    mastodon.publish(SHOWN, key="the-key")
    body = server.last(STATUSES).body.decode()
    assert body.index("media_ids%5B%5D=77") < body.index("media_ids%5B%5D=78")
    assert server.last(STATUSES).headers["idempotency-key"] == "the-key"
    assert server.last(STATUSES).form["lang"] == "en", "its sentences are told apart in English"


@pytest.mark.parametrize(
    ("said", "error", "code"),
    [
        ("Validation failed: Media 77 not found or already attached to another post", Ambiguous, "picture-attached"),
        ("Cannot attach files that have not finished processing.", Retryable, "picture-not-ready"),
        ("Cannot attach more than 4 files", Rejected, "http-422"),
    ],
)
def test_a_refused_picture_is_told_as_what_it_means(
    mastodon: Connector, server: Loopback, said: str, error: type[Exception], code: str
) -> None:
    """Attached already may mean: to the status that an earlier attempt of ours left."""
    server.on("POST", STATUSES, Reply({"error": said}, 422))
    with pytest.raises(error) as refused:
        mastodon.publish(SHOWN, key="k")
    assert refused.value.code == code  # type: ignore[attr-defined]
    assert server.count("POST", STATUSES) == 1


def test_a_status_with_other_pictures_is_another(mastodon: Connector, server: Loopback) -> None:
    def own(pictures: int) -> Callable[[Asked], Reply]:
        attached = [{"id": str(n), "type": "image"} for n in range(pictures)]
        (status,) = MASTODON.own_listing[1]([("1001", MASTODON.draft, NOW)])
        return lambda asked: Reply([] if "max_id" in asked.query else [{**status, "media_attachments": attached}])

    for shown, same in ((2, True), (1, False), (0, False)):
        server.on("GET", OWN, own(shown))
        told = mastodon.find_published(SHOWN, key="k", since=NOW)
        assert isinstance(told, Found) == same
        assert told != Absent(), "one that says the same is for a person to judge"


# --- terms ------------------------------------------------------------------------------------------------------------


def test_an_instance_that_is_as_usual_has_no_terms_of_its_own(mastodon: Connector, server: Loopback) -> None:
    usual, video = capabilities("mastodon").pictures, capabilities("mastodon").video
    assert usual is not None
    assert video is not None
    media = {
        "supported_mime_types": [*usual.types, *video.types, "video/ogg"],
        "image_size_limit": usual.max_bytes,
        "image_matrix_limit": usual.max_pixels,
    }
    statuses = {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23}
    server.on("GET", V2, Reply({"configuration": {"statuses": statuses, "media_attachments": media}}))
    assert mastodon.terms() == Terms()
    server.on("GET", V2, Reply({"domain": "x.example"}))
    assert mastodon.terms() == Terms()
    assert {it.method for it in server.asked} == {"GET"}


def test_an_instance_may_take_more_and_less(mastodon: Connector, server: Loopback) -> None:
    media = {
        "supported_mime_types": ["image/png", "image/heic"],
        "image_size_limit": 16_777_216,
        "image_matrix_limit": 33_177_600,
        "description_limit": 420,
    }
    statuses = {"max_characters": 5000, "max_media_attachments": 16, "characters_reserved_per_url": 25}
    server.on("GET", V2, Reply({"configuration": {"statuses": statuses, "media_attachments": media}}))
    usual = capabilities("mastodon").video
    assert usual is not None
    no_video = replace(usual, types=frozenset(), max_alt=420, source=OWN_PLACE)
    pictures = PictureLimits(16, frozenset({"image/png"}), 16_777_216, 420, None, 33_177_600)
    assert mastodon.terms() == Terms(5000, 25, pictures, video=no_video)


def test_the_recorded_instance_is_understood(
    mastodon: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    """A v1 document of mastodon.social, asked for where there is no second version."""
    server.on("GET", V1, Reply(recorded("mastodon/instance/200_test_entity_instance_0.json")["response"]["json"]))
    terms = mastodon.terms()
    assert [it.path for it in server.asked] == [V2, V1]
    assert (terms.max_length, terms.url_length) == (None, None)
    assert terms.pictures is not None
    assert (terms.pictures.most, terms.pictures.max_bytes, terms.pictures.max_pixels) == (4, 16_777_216, 33_177_600)
    assert terms.pictures.types == {"image/jpeg", "image/png", "image/gif", "image/webp"}
    assert terms.video is not None
    assert (terms.video.max_bytes, terms.video.max_pixels, terms.video.max_rate) == (103_809_024, 8_294_400, 120)
    assert terms.video.types == {"video/mp4", "video/quicktime", "video/webm"}
    assert terms.video.source == OWN_PLACE


def test_an_older_server_tells_its_length_in_its_own_words(mastodon: Connector, server: Loopback) -> None:
    server.on("GET", V2, Reply({"max_toot_chars": 5000}))
    assert mastodon.terms() == Terms(5000)


@pytest.mark.parametrize("odd", [0, -1, True, "500", 10**12, None, [], {"a": 1}])
def test_odd_numbers_are_not_believed(mastodon: Connector, server: Loopback, odd: Any) -> None:
    statuses = {"max_characters": odd, "max_media_attachments": odd, "characters_reserved_per_url": odd}
    names = (
        "image_size_limit",
        "image_matrix_limit",
        "video_size_limit",
        "video_matrix_limit",
        "video_frame_rate_limit",
    )
    media = {"supported_mime_types": odd, "description_limit": odd, **dict.fromkeys(names, odd)}
    server.on("GET", V2, Reply({"configuration": {"statuses": statuses, "media_attachments": media}}))
    assert mastodon.terms() == Terms()


@pytest.mark.parametrize("answer", [Reply([]), Reply({}, 503), Reply(raw=b"<html>")])
def test_an_instance_that_does_not_tell_is_asked_again_later(
    mastodon: Connector, server: Loopback, answer: Reply
) -> None:
    server.on("GET", V2, answer)
    with pytest.raises(Retryable):
        mastodon.terms()


@pytest.mark.parametrize("platform", ["x", "reddit", "bluesky"])
def test_elsewhere_it_is_as_everywhere(server: Loopback, platform: str) -> None:
    from tests.connectors.kits import KITS

    (kit,) = (kit for kit in KITS if kit.platform == platform)
    assert connect(platform, kit.sign_in(server.url)).terms() == Terms()
    assert server.asked == []


def test_a_text_may_be_empty_beside_a_picture(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", STATUSES, Reply(MASTODON.created))
    mastodon.publish(Draft("", pictures=SHOWN.pictures), key="k")
    assert server.last(STATUSES).form["status"] == ""
