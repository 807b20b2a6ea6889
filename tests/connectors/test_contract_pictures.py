"""The promises about pictures and parts, held by every platform: handed over first, then named in the one write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.capabilities import Ground, Standing, Terms, Threads
from connectors.contract import Draft, Found, Unproven
from connectors.errors import Ambiguous, AuthExpired, RateLimited, Rejected, Retryable, Unsupported
from connectors.registry import capabilities, objection
from tests.connectors.loopback import CLOSE, HANG, Loopback, Reply
from tests.connectors.picture_kits import DATA, PICTURE, PICTURE_KITS, PictureKit, with_picture
from tests.connectors.suite import key_of, ready, writes

pytestmark = pytest.mark.parametrize("shows", PICTURE_KITS, ids=lambda shows: shows.kit.platform)


def test_a_picture_is_handed_over_and_then_named_in_one_write(shows: PictureKit, server: Loopback) -> None:
    kit = shows.kit
    connector = ready(kit, server)
    shows.accepts(server)
    upload = connector.upload(PICTURE, DATA)
    assert upload.ready
    assert connector.uploaded(upload.handle)
    assert any(DATA in asked.body for asked in server.asked), "its bytes arrive as they are"
    server.on(*kit.write, Reply(kit.created))
    before = len(server.asked)

    receipt = connector.publish(with_picture(kit, upload.handle), key=key_of(connector))

    assert receipt.ref.id == kit.created_id
    assert [(it.method, it.path) for it in server.asked[before:]] == [kit.write]
    assert shows.named(server.asked[-1].form) == [upload.handle]
    assert kit.sent_text(server.asked[-1].form) == kit.draft.text
    assert shows.told(server) in (PICTURE.alt, None)


def test_a_picture_without_a_description_has_none(shows: PictureKit, server: Loopback) -> None:
    connector = ready(shows.kit, server)
    shows.accepts(server)
    connector.upload(replace(PICTURE, alt=""), DATA)
    assert server.count("POST", "/2/media/metadata") == 0
    assert b'name="description"' not in server.asked[-1].body


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HANG, Retryable),
        (CLOSE, Retryable),
        (Reply({}, 503), Retryable),
        (Reply({}), Retryable),
        (Reply(raw=b"<html>"), Retryable),
        (Reply({}, 429, {"retry-after": "30"}), RateLimited),
        (Reply({"error": "ExpiredToken"}, 401), AuthExpired),
        (Reply({"error": "TooLarge"}, 413), Rejected),
    ],
    ids=["hang", "close", "503", "nothing", "html", "429", "401", "413"],
)
def test_an_upload_that_fails_is_never_in_doubt(
    shows: PictureKit, server: Loopback, answer: Reply | str, error: type[Exception]
) -> None:
    connector = ready(shows.kit, server)
    server.on(*shows.upload, answer)
    with pytest.raises(error) as failed:
        connector.upload(PICTURE, DATA)
    assert not isinstance(failed.value, Ambiguous), "what is never shown may be handed over twice"


@pytest.mark.parametrize("answer", [HANG, CLOSE, Reply({}, 500), Reply({})], ids=["hang", "close", "500", "no-id"])
def test_a_lost_answer_is_in_doubt_after_one_request(shows: PictureKit, server: Loopback, answer: Reply | str) -> None:
    connector = ready(shows.kit, server)
    shows.accepts(server)
    draft = with_picture(shows.kit, connector.upload(PICTURE, DATA).handle)
    server.on(*shows.kit.write, answer)
    with pytest.raises(Ambiguous):
        connector.publish(draft, key=key_of(connector))
    assert writes(shows.kit, server) == 1


def test_a_picture_that_was_not_handed_over_stops_the_post(shows: PictureKit, server: Loopback) -> None:
    connector = ready(shows.kit, server)
    server.on(*shows.kit.write, Reply(shows.kit.created))
    with pytest.raises(Rejected) as refused:
        connector.publish(with_picture(shows.kit, None), key=key_of(connector))
    assert refused.value.code == "picture-not-uploaded"
    assert writes(shows.kit, server) == 0


def test_a_post_is_this_draft_only_with_as_many_pictures(shows: PictureKit, server: Loopback) -> None:
    kit = shows.kit
    connector = ready(kit, server)
    path, look = kit.look_up
    with_one, with_none = with_picture(kit, "whatever"), kit.draft
    for shown, same, other in ((1, with_one, with_none), (0, with_none, with_one)):
        server.on("GET", path, Reply(shows.show(look(kit.draft, ours=True), shown)))
        assert isinstance(connector.confirm(same, kit.references[0]), Found)
        told = connector.confirm(other, kit.references[0])
        assert isinstance(told, Unproven)
        assert "pictures" in told.why


def test_the_parts_of_a_thread_are_never_lost(shows: PictureKit, server: Loopback) -> None:
    """Where each part is a write of its own, a whole thread is refused rather than begun."""
    kit = shows.kit
    if capabilities(kit.platform).threads is Threads.AT_ONCE:
        return
    connector = ready(kit, server)
    server.on(*kit.write, Reply(kit.created))
    with pytest.raises(Unsupported):
        connector.publish(replace(kit.draft, thread=(Draft("Two"),)), key=key_of(connector))
    assert writes(kit, server) == 0


def test_what_pictures_it_takes_is_told_as_data(shows: PictureKit, server: Loopback) -> None:
    limits = capabilities(shows.kit.platform).pictures
    assert limits is not None
    assert 4 <= limits.most <= 20
    assert {"image/jpeg", "image/png"} <= limits.types
    assert 1_000_000 <= limits.max_bytes <= 20_000_000
    assert limits.max_alt >= 1000


def test_a_picture_where_none_is_shown_is_objected_to_and_not_sent(shows: PictureKit, server: Loopback) -> None:
    kit = shows.kit
    draft = replace(kit.reply, pictures=(replace(PICTURE, handle="h"),))
    told = objection(kit.platform, draft, Terms(), Standing(summoned=True))
    if kit.platform != "reddit":
        assert told is None
        return
    assert told is not None
    assert told.ground is Ground.UNSUPPORTED
    connector = ready(kit, server)
    with pytest.raises(Unsupported):
        connector.publish(draft, key=key_of(connector))
    assert server.count(*kit.reply_write) == 0
