"""Pictures as services and the API know them: taken in once, kept clean, handed on within limits, forgotten if unused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.domain.errors import Conflict, InvalidField, NotFound, RemoteUnavailable
from chalicelib.domain.media import Media, MediaState
from chalicelib.domain.post import Attachment
from chalicelib.domain.workspace import AltText
from chalicelib.ports import UNKNOWN, Fetched, FetchFailed, FetchRefused, Validators
from chalicelib.services import media, workspaces
from connectors.capabilities import PictureLimits
from tests.imaging.films import PLACE, mp4
from tests.imaging.samples import MAKER, animation, drawn, exif, noise, opened, saved
from tests.world import World, make_world

PHOTO = saved(drawn(), "JPEG", exif=exif())
LIMITS = PictureLimits(4, frozenset({"image/jpeg", "image/png", "image/gif"}), 1_000_000, 1_000)
TIGHT = replace(LIMITS, max_bytes=20_000)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def put(world: World, data: bytes = PHOTO, alt: str = "A drawing") -> Media:
    return media.put(world.desk, world.caller, data, world.clock.now(), alt=alt)


def shown(world: World, *attached: Attachment, limits: PictureLimits = LIMITS, sending: bool = False):
    return media.pictures(world.desk, world.workspace.id, attached, limits, pointer="/variants/0", sending=sending)


def announced(data: bytes, **changes: object) -> media.Announced:
    return replace(media.Announced(hashlib.sha256(data).hexdigest(), len(data), "image/jpeg", "A drawing"), **changes)


def begun(world: World, data: bytes = PHOTO, **changes: object) -> Media:
    found, form = media.begin_upload(world.desk, world.caller, announced(data, **changes), world.clock.now())
    assert form is None
    return found


def received(world: World, found: Media, data: bytes) -> Media:
    return media.receive(world.desk, world.caller, found.id, data, world.clock.now())


def blobs(world: World) -> list[Path]:
    return sorted((world.folder / "blobs").iterdir())


def test_what_is_kept_tells_nothing_of_whoever_made_it(world: World) -> None:
    found = put(world)
    assert (found.state, found.mime, found.width, found.height) == (MediaState.READY, "image/jpeg", 64, 48)
    kept = media.data(world.desk, found)
    assert MAKER.encode() in PHOTO
    assert MAKER.encode() not in kept
    assert hashlib.sha256(kept).hexdigest() == found.content
    assert all(MAKER.encode() not in one.read_bytes() for one in blobs(world))


def test_the_same_file_is_the_same_picture_by_whatever_road_it_comes(world: World) -> None:
    first = put(world)
    assert put(world, alt="Another description") == first
    assert begun(world) == first
    assert received(world, first, PHOTO) == first
    assert put(world, saved(drawn(), "PNG")).id != first.id


def test_another_workspace_has_another_id_for_the_same_file(world: World) -> None:
    other, owner, _ = workspaces.open_workspace(world.desk, "O", "UTC", "O", "o@other.example", world.clock.now())
    caller = replace(world.caller, workspace=other.id, member=owner.id)
    theirs = media.put(world.desk, caller, PHOTO, world.clock.now())
    ours = put(world)
    assert theirs.id != ours.id
    with pytest.raises(NotFound):
        media.read(world.desk, world.workspace.id, theirs.id)


def test_an_announced_file_is_a_picture_once_its_bytes_have_come(world: World) -> None:
    found = begun(world)
    assert found.state is MediaState.AWAITING_UPLOAD
    with pytest.raises(InvalidField, match="have not come yet"):
        shown(world, Attachment(found.id))
    with pytest.raises(InvalidField, match="not the bytes"):
        received(world, found, PHOTO[:-3] + b"abc")
    ready = received(world, found, PHOTO)
    assert (ready.state, ready.id, ready.alt) == (MediaState.READY, found.id, "A drawing")
    assert received(world, found, PHOTO) == ready


def test_what_came_and_is_not_taken_is_refused_for_good(world: World) -> None:
    page = b"<html>no picture</html>"
    found = received(world, begun(world, page), page)
    assert found.state is MediaState.REFUSED
    assert "this is not a JPEG" in (found.reason or "")
    assert received(world, found, page) == found
    with pytest.raises(InvalidField, match="it was refused"):
        shown(world, Attachment(found.id))
    with pytest.raises(InvalidField, match="this is not a JPEG"):
        put(world, page)
    assert blobs(world) == []


def test_what_is_announced_too_large_or_of_another_type_is_refused_before_it_is_sent(world: World) -> None:
    for changes, pointer in (({"size": 20 * 1024**2 + 1}, "/upload/size"), ({"mime": "image/svg+xml"}, "/upload/type")):
        with pytest.raises(InvalidField) as refused:
            begun(world, PHOTO, **changes)
        assert refused.value.pointer == pointer


def test_a_platform_is_told_of_the_picture_that_it_would_get(world: World) -> None:
    found = put(world, saved(noise(300, 200), "PNG"))
    (one,) = shown(world, Attachment(found.id, "Noise"), limits=TIGHT)
    handed = media.picture_bytes(world.desk, world.workspace.id, found.id, TIGHT)
    assert (one.id, one.alt, one.mime, one.size) == (found.id, "Noise", "image/jpeg", len(handed))
    assert (one.width, one.height) == opened(handed).size
    assert len(handed) <= TIGHT.max_bytes
    assert media.picture_bytes(world.desk, world.workspace.id, found.id, LIMITS) == media.data(world.desk, found)


def test_a_rendition_is_made_once_and_made_again_the_same_where_its_bytes_were_lost(world: World) -> None:
    found = put(world, saved(noise(300, 200), "PNG"))
    (one,) = shown(world, Attachment(found.id), limits=TIGHT)
    before = {path.name: path.read_bytes() for path in blobs(world)}
    assert shown(world, Attachment(found.id), limits=TIGHT) == (one,)
    (rendition,) = [path for path in blobs(world) if not path.name.endswith(found.content or "")]
    for spoil in (rendition.unlink, lambda: rendition.write_bytes(b"other bytes")):
        spoil()
        handed = media.picture_bytes(world.desk, world.workspace.id, found.id, TIGHT)
        assert handed == before[rendition.name] == rendition.read_bytes()


def test_a_picture_that_would_be_another_today_is_not_handed_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.imaging import pictures

    found = put(world, saved(noise(300, 200), "PNG"))
    shown(world, Attachment(found.id), limits=TIGHT)
    for path in blobs(world):
        if not path.name.endswith(found.content or ""):
            path.unlink()
    monkeypatch.setattr(pictures, "_QUALITIES", (60,))
    with pytest.raises(Conflict, match="would be another"):
        media.picture_bytes(world.desk, world.workspace.id, found.id, TIGHT)


def test_a_description_is_needed_unless_the_workspace_only_asks_for_it(world: World) -> None:
    bare, told = put(world, alt=" "), put(world, animation(), alt="Three colours")
    with pytest.raises(InvalidField) as refused:
        shown(world, Attachment(told.id), Attachment(bare.id))
    assert refused.value.pointer == "/variants/0/pictures/1/alt"
    assert [one.alt for one in shown(world, Attachment(told.id), Attachment(bare.id, "Mine"))] == [
        "Three colours",
        "Mine",
    ]
    assert [one.alt for one in shown(world, Attachment(bare.id), sending=True)] == [""]
    workspaces.set_alt_text(world.desk, world.caller, AltText.ASKED, world.clock.now())
    assert [one.alt for one in shown(world, Attachment(bare.id))] == [""]


def test_limits_of_a_platform_are_named(world: World) -> None:
    found, moving = put(world), put(world, animation())
    for attached, limits, pointer, told in (
        ([Attachment(found.id)] * 5, LIMITS, "/variants/0/pictures", "5 pictures where 4"),
        ([Attachment(found.id, "a" * 1001)], LIMITS, "/variants/0/pictures/0/alt", "1001 characters .* where 1000"),
        (
            [Attachment(moving.id)],
            replace(LIMITS, max_bytes=100),
            "/variants/0/pictures/0/media",
            "where 100 are taken",
        ),
        ([Attachment("unknown")], LIMITS, "/variants/0/pictures/0/media", "no such picture"),
    ):
        with pytest.raises(InvalidField, match=told) as refused:
            shown(world, *attached, limits=limits)
        assert refused.value.pointer == pointer


def test_only_what_no_post_was_checked_with_can_be_deleted(world: World) -> None:
    used, unused = put(world), put(world, animation())
    shown(world, Attachment(used.id))
    with pytest.raises(Conflict, match="a post shows it"):
        media.delete(world.desk, world.caller, used.id, world.clock.now())
    assert media.data(world.desk, used)
    media.delete(world.desk, world.caller, unused.id, world.clock.now())
    assert [path.name.endswith(used.content or "") for path in blobs(world)] == [True]
    with pytest.raises(NotFound):
        media.data(world.desk, media.read(world.desk, world.workspace.id, unused.id))
    with pytest.raises(InvalidField, match="no such picture"):
        shown(world, Attachment(unused.id))
    assert put(world, animation()).state is MediaState.READY


def test_what_is_deleted_while_it_is_fitted_is_not_shown(world: World) -> None:
    found = put(world)
    blobs_of, delete = world.desk.blobs, media.delete

    class DeletedMeanwhile:
        """Blobs in which the picture is deleted in the moment after its bytes were read."""

        def get(self, name: str) -> bytes | None:
            data = blobs_of.get(name)
            delete(world.desk, world.caller, found.id, world.clock.now())
            return data

        def put(self, name: str, data: bytes, mime: str) -> None:
            blobs_of.put(name, data, mime)

    desk = replace(world.desk, blobs=DeletedMeanwhile())
    with pytest.raises(InvalidField, match="no such picture"):
        media.pictures(desk, world.workspace.id, [Attachment(found.id)], LIMITS)


class Addresses:
    """A fetcher that knows one address."""

    def __init__(self, answer: Fetched | Exception) -> None:
        self.answer = answer

    def get(self, url: str, *, most: int, types: frozenset[str], known: Validators = UNKNOWN) -> Fetched:
        assert "image/jpeg" in types
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def fetched(world: World, answer: Fetched | Exception) -> Media:
    desk = replace(world.desk, fetcher=Addresses(answer))
    return media.from_address(desk, world.caller, "https://pictures.example/1", world.clock.now(), alt="A drawing")


def test_a_picture_from_an_address_names_where_it_was_and_no_key_to_it(world: World) -> None:
    found = fetched(world, Fetched("https://pictures.example/1.jpg?signature=hush-hush", "image/jpeg", PHOTO))
    assert found.address == "https://pictures.example/1.jpg"
    assert found == put(world)
    assert "hush-hush" not in world.record()


def test_what_an_address_gives_is_believed_by_its_bytes_alone(world: World) -> None:
    with pytest.raises(InvalidField, match="this is not a JPEG") as refused:
        fetched(world, Fetched("https://pictures.example/1", "image/jpeg", b"<html>"))
    assert refused.value.pointer == "/address"
    with pytest.raises(InvalidField, match="not public"):
        fetched(world, FetchRefused("the address is not public"))
    with pytest.raises(RemoteUnavailable, match="did not answer"):
        fetched(world, FetchFailed("it did not answer"))


def test_every_change_of_a_picture_is_audited_and_no_event_tells_what_it_shows(world: World) -> None:
    found = begun(world, alt="Secret plans")
    ready = received(world, found, PHOTO)
    media.delete(world.desk, world.caller, ready.id, world.clock.now())
    last = media.read(world.desk, world.workspace.id, found.id)
    assert [(one.act, one.before, one.after) for one in last.events] == [
        ("announce", None, "awaiting_upload"),
        ("accept", "awaiting_upload", "ready"),
        ("delete", "ready", "deleted"),
    ]
    assert "Secret plans" not in str(last.events)
    assert last.alt == ""


def test_a_film_is_kept_without_its_places_and_shown_nowhere_that_takes_pictures(world: World) -> None:
    found = put(world, mp4())
    assert (found.mime, found.width, found.height, found.milliseconds) == ("video/mp4", 640, 360, 5000)
    assert PLACE not in media.data(world.desk, found)
    with pytest.raises(InvalidField, match="a video where a picture is needed"):
        shown(world, Attachment(found.id))
