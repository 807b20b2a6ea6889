"""The promises about a video, held by every platform that shows one: handed over, awaited, and then named in the one write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.capabilities import Platform
from connectors.contract import Connector, Found, Unproven
from connectors.errors import Ambiguous, AuthExpired, RateLimited, Rejected, Retryable, Unsupported
from connectors.registry import capabilities
from tests.connectors.kit import Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import CLOSE, HANG, Loopback, Reply
from tests.connectors.picture_kits import PICTURE
from tests.connectors.suite import key_of, ready, writes
from tests.connectors.video_kits import BLUESKY_VIDEOS, DATA, VIDEO, VIDEO_KITS, VideoKit, with_video

each = pytest.mark.parametrize("shows", VIDEO_KITS, ids=lambda shows: shows.kit.platform)


def handed_over(shows: VideoKit, server: Loopback) -> tuple[Connector, str]:
    """A connector, and the handle of a video that its platform is done with."""
    connector = ready(shows.kit, server)
    shows.accepts(server)
    upload = connector.upload(VIDEO, DATA)
    server.on("GET", shows.asked, shows.done)
    done = connector.uploaded(upload.handle)
    assert done is not None
    return connector, done


def test_every_platform_shows_a_video_or_says_why_not() -> None:
    for platform in Platform:
        can = capabilities(platform)
        assert (can.video is None) == (platform not in {shows.kit.platform for shows in VIDEO_KITS})
        if can.video is None:
            assert can.why_no_video
        else:
            assert can.video.source
            assert "video/mp4" in can.video.types
            assert can.video.max_bytes >= 20 * 1024 * 1024, "what is taken in at all"


@each
def test_a_video_is_handed_over_awaited_and_then_named_in_one_write(shows: VideoKit, server: Loopback) -> None:
    kit = shows.kit
    connector = ready(kit, server)
    shows.accepts(server)
    upload = connector.upload(VIDEO, DATA)
    assert not upload.ready
    assert any(DATA in asked.body for asked in server.asked), "its bytes arrive as they are"
    server.on("GET", shows.asked, shows.working, shows.working, shows.done)
    assert [connector.uploaded(upload.handle) for _ in range(2)] == [None, None]
    handle = connector.uploaded(upload.handle)
    assert handle is not None
    assert connector.uploaded(handle), "and it may be asked of again"
    server.on(*kit.write, Reply(kit.created))
    before = len(server.asked)

    receipt = connector.publish(with_video(kit, handle), key=key_of(connector))

    assert receipt.ref.id == kit.created_id
    assert [(it.method, it.path) for it in server.asked[before:]] == [kit.write]
    assert shows.named(server.asked[-1].form) == [handle]
    assert kit.sent_text(server.asked[-1].form) == kit.draft.text
    assert shows.told(server) in (VIDEO.alt, None)


@each
def test_a_video_that_the_platform_cannot_work_with_is_refused(shows: VideoKit, server: Loopback) -> None:
    connector = ready(shows.kit, server)
    shows.accepts(server)
    upload = connector.upload(VIDEO, DATA)
    server.on("GET", shows.asked, shows.failed)
    with pytest.raises(Rejected) as failed:
        connector.uploaded(upload.handle)
    assert failed.value.code != "picture-not-uploaded", "handing it over again would not help"


@each
def test_a_video_that_the_platform_forgot_is_to_be_handed_over_again(shows: VideoKit, server: Loopback) -> None:
    connector = ready(shows.kit, server)
    shows.accepts(server)
    upload = connector.upload(VIDEO, DATA)
    server.on("GET", shows.asked, Reply({"error": "InvalidRequest", "message": "not found"}, 404))
    with pytest.raises(Rejected) as gone:
        connector.uploaded(upload.handle)
    assert gone.value.code == "picture-not-uploaded"


@each
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HANG, Retryable),
        (CLOSE, Retryable),
        (Reply({}, 503), Retryable),
        (Reply({}, 429, {"retry-after": "30"}), RateLimited),
        (Reply({"error": "ExpiredToken"}, 401), AuthExpired),
        (Reply({"error": "TooLarge"}, 413), Rejected),
    ],
    ids=["hang", "close", "503", "429", "401", "413"],
)
def test_a_handing_over_that_fails_is_never_in_doubt(
    shows: VideoKit, server: Loopback, answer: Reply | str, error: type[Exception]
) -> None:
    connector = ready(shows.kit, server)
    shows.accepts(server)
    server.on(*shows.upload, answer)
    if error is AuthExpired and shows is BLUESKY_VIDEOS:
        error = Rejected  # the video service refused its own token: the account is signed in as before
    with pytest.raises(error) as failed:
        connector.upload(VIDEO, DATA)
    assert not isinstance(failed.value, Ambiguous), "what is never shown may be handed over twice"


@each
@pytest.mark.parametrize("answer", [HANG, CLOSE, Reply({}, 500), Reply({})], ids=["hang", "close", "500", "no-id"])
def test_a_lost_answer_is_in_doubt_after_one_request(shows: VideoKit, server: Loopback, answer: Reply | str) -> None:
    connector, handle = handed_over(shows, server)
    server.on(*shows.kit.write, answer)
    with pytest.raises(Ambiguous):
        connector.publish(with_video(shows.kit, handle), key=key_of(connector))
    assert writes(shows.kit, server) == 1


@each
def test_a_video_that_was_not_handed_over_stops_the_post(shows: VideoKit, server: Loopback) -> None:
    connector = ready(shows.kit, server)
    server.on(*shows.kit.write, Reply(shows.kit.created))
    with pytest.raises(Rejected) as refused:
        connector.publish(with_video(shows.kit, None), key=key_of(connector))
    assert refused.value.code == "picture-not-uploaded"
    assert writes(shows.kit, server) == 0


@each
def test_a_post_is_this_draft_only_with_its_video(shows: VideoKit, server: Loopback) -> None:
    kit = shows.kit
    connector = ready(kit, server)
    path, look = kit.look_up
    with_one, with_none = with_video(kit, "whatever"), kit.draft
    for shown, same, other in ((1, with_one, with_none), (0, with_none, with_one)):
        server.on("GET", path, Reply(shows.show(look(kit.draft, ours=True), shown)))
        assert isinstance(connector.confirm(same, kit.references[0]), Found)
        assert isinstance(connector.confirm(other, kit.references[0]), Unproven)


@each
def test_a_video_beside_a_picture_is_never_sent(shows: VideoKit, server: Loopback) -> None:
    connector = ready(shows.kit, server)
    shown = (replace(VIDEO, handle="h"), replace(PICTURE, handle="i"))
    with pytest.raises(Unsupported) as refused:
        connector.publish(replace(shows.kit.draft, pictures=shown), key=key_of(connector))
    assert refused.value.code == "video"
    assert writes(shows.kit, server) == 0


@pytest.mark.parametrize(
    "kit", [kit for kit in KITS if capabilities(kit.platform).video is None], ids=lambda kit: kit.platform
)
def test_where_no_video_is_shown_none_is_sent(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    with pytest.raises(Unsupported) as refused:
        connector.publish(with_video(kit, "h"), key=key_of(connector))
    assert refused.value.code == "video"
    assert writes(kit, server) == 0
