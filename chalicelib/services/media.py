"""Pictures and films: taken in once they are known to be harmless, and handed on within each platform's limits.

Nothing is stored that was not looked at, and nothing is handed on but what was stored: without the places, names and
thumbnails that cameras put into files. What a post may show is decided here before it is scheduled, never at the send.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound, RemoteUnavailable
from chalicelib.domain.media import FILE_TYPES, MEDIA, MOST_BYTES, Media, MediaState, Rendition
from chalicelib.domain.post import Attachment
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import AltText, Workspace
from chalicelib.ports import ConditionFailed, FetchFailed, FetchRefused, Item, UploadForm, Write
from chalicelib.services import films
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.codec import decode
from chalicelib.store.repository import Stale
from connectors.capabilities import PictureLimits
from connectors.contract import Picture

if TYPE_CHECKING:
    from chalicelib.imaging.pictures import Fitted

LONGEST_ALT = 10_000
"""Code points; the longest that any of the platforms takes."""

FORM_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that somebody is about to send. sha256: of its bytes, in hex."""

    sha256: str
    size: int
    mime: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it is kept."""

    data: bytes
    mime: str
    width: int
    height: int
    milliseconds: int = 0
    rate: int = 0


# --- taking in -------------------------------------------------------------------------------------------------------


def begin_upload(desk: Desk, caller: Caller, announced: Announced, now: datetime) -> tuple[Media, UploadForm | None]:
    """Make room for a file. The form, where the engine has one, is how its bytes go to the store without passing us.

    Beginning again gives the same Media, however far it has come. Raises InvalidField.
    """
    _check_announced(announced)
    media_id = _id_of(desk, caller.workspace, announced.sha256)
    known = desk.store.media.get(caller.workspace, media_id)
    if known is None or known.state is MediaState.DELETED:
        wanted = Media(
            media_id,
            caller.workspace,
            MediaState.AWAITING_UPLOAD,
            announced.sha256,
            announced.mime,
            announced.size,
            now,
            caller.member,
            alt=announced.alt,
        )
        known = _stored(desk, known, wanted, "announce", caller, "a member is about to send it", now)
    form = None
    if known.state is MediaState.AWAITING_UPLOAD:
        form = desk.blobs.form(_incoming(known), known.mime, known.size, FORM_LASTS)
    return known, form


def receive(desk: Desk, caller: Caller, media_id: str, data: bytes, now: datetime) -> Media:
    """The bytes of an announced file. What is not taken is REFUSED, with the reason; sending again is fine.

    Raises NotFound; InvalidField where these are not the bytes that were announced.
    """
    media = read(desk, caller.workspace, media_id)
    if media.state is MediaState.DELETED:
        raise NotFound
    if hashlib.sha256(data).hexdigest() != media.source:
        raise InvalidField(
            "",
            f"{len(data)} bytes that are not the {media.size} announced"
            if len(data) != media.size
            else "these are not the bytes that were announced",
            fix="Send the file whose SHA-256 you announced, or announce this one.",
        )
    if media.state is not MediaState.AWAITING_UPLOAD:
        return media
    return _looked_at(desk, caller, media, data, now)


def finish(desk: Desk, caller: Caller, media_id: str, now: datetime) -> Media:
    """Take in what was handed to the store by a form. Raises NotFound, InvalidField, Conflict where nothing came yet."""
    media = read(desk, caller.workspace, media_id)
    if media.state is not MediaState.AWAITING_UPLOAD:
        if media.state is MediaState.DELETED:
            raise NotFound
        return media
    data = desk.blobs.get(_incoming(media))
    if data is None:
        raise Conflict("its bytes have not come yet", fix="Send them by the form first; begin again for a new form.")
    media = receive(desk, caller, media_id, data, now)
    desk.blobs.delete(_incoming(media))
    return media


def put(
    desk: Desk,
    caller: Caller,
    data: bytes,
    now: datetime,
    *,
    alt: str = "",
    address: str | None = None,
    pointer: str = "",
) -> Media:
    """Take in a file whose bytes are here. The same bytes are the same Media. Raises InvalidField at `pointer`."""
    source = hashlib.sha256(data).hexdigest()
    media_id = _id_of(desk, caller.workspace, source)
    known = desk.store.media.get(caller.workspace, media_id)
    if known is not None and known.state is MediaState.READY:
        return known
    _check_alt(alt, "/alt")
    kept = _kept(data, pointer)
    wanted = Media(
        media_id, caller.workspace, MediaState.READY, source, kept.mime, 0, now, caller.member, alt=alt, address=address
    )
    why = "brought by a member" if address is None else "fetched from an address that a member gave"
    return _accepted(desk, known, wanted, kept, caller, why, now)


def from_address(desk: Desk, caller: Caller, address: str, now: datetime, *, alt: str = "") -> Media:
    """Fetch a file from a public address and take it in. Raises InvalidField, RemoteUnavailable."""
    try:
        fetched = desk.fetcher.get(address, most=MOST_BYTES, types=frozenset(FILE_TYPES))
    except FetchRefused as refused:
        fix = "Name a public https address of a picture or video."
        raise InvalidField("/address", str(refused), fix=fix) from refused
    except FetchFailed as failed:
        raise RemoteUnavailable(str(failed), fix="Try again later, or send the file itself.") from failed
    # A query may hold somebody's key to the file: where it came from is told by the path alone.
    shown = urlunsplit((*urlsplit(fetched.url)[:3], "", ""))
    return put(desk, caller, fetched.data, now, alt=alt, address=shown, pointer="/address")


def delete(desk: Desk, caller: Caller, media_id: str, now: datetime) -> None:
    """Forget a picture or film that no post was ever checked with. Raises NotFound, Conflict."""
    media = read(desk, caller.workspace, media_id)
    if media.state is MediaState.DELETED:
        raise NotFound
    after = replace(media, state=MEDIA.move(media.state, "delete"), alt="", address=None, reason=None)
    event = desk.store.media.moved(media, after, "delete", now, Actor.member(caller.member), "deleted by a member")
    changed = desk.store.media.changed(media, after, event)
    try:
        desk.store.write([changed, desk.store.unused_check(media.workspace, media.id)])
    except ConditionFailed as failed:
        if failed.index == 1:
            raise Conflict("a post shows it, or was checked with it", fix="Keep it.") from failed
        raise Conflict("it was changed at the same moment", fix="Read it again.") from failed
    desk.blobs.delete(_incoming(media))
    if media.content is not None:
        desk.blobs.delete(_place(media, media.content))


# --- reading ---------------------------------------------------------------------------------------------------------


def read(desk: Desk, workspace: str, media_id: str) -> Media:
    """A picture or film, whatever its state. Raises NotFound."""
    found = desk.store.media.get(workspace, media_id)
    if found is None:
        raise NotFound
    return found


def data(desk: Desk, media: Media) -> bytes:
    """The bytes that are kept of it. Raises NotFound where there are none."""
    found = None if media.content is None else desk.blobs.get(_place(media, media.content))
    if found is None or media.state is not MediaState.READY:
        raise NotFound("its bytes are not kept")
    return found


# --- showing ---------------------------------------------------------------------------------------------------------


def pictures(
    desk: Desk,
    workspace: str,
    attachments: Sequence[Attachment],
    limits: PictureLimits,
    *,
    film: films.Place = films.NOWHERE,
    pointer: str = "",
    sending: bool = False,
) -> tuple[Picture, ...]:
    """What a part would show, as a platform of these limits would get it: facts of the renditions, which are made now.

    film: where a film would be shown. sending: the workspace's rule on descriptions was kept when it was scheduled, and is not
    asked again; nor is how many one part shows, since these may be a whole thread's. Raises
    InvalidField at `pointer` + /pictures/n, naming the limit, where a picture is not ready or cannot be made to fit, or a film
    does not.
    """
    if len(attachments) > limits.most and not sending:
        raise InvalidField(
            f"{pointer}/pictures",
            f"{len(attachments)} pictures where {limits.most or 'none'} can be shown",
            fix=f"Leave out {len(attachments) - limits.most}.",
        )
    if not attachments:
        return ()
    mark = _mark(limits)
    own, *found = desk.store.table.get_many(
        [
            keys.workspace(workspace),
            *(keys.media(workspace, one.media) for one in attachments),
            *(keys.rendition(workspace, one.media, mark) for one in attachments),
        ]
    )
    if own is None:
        raise NotFound
    asked = not sending and decode(Workspace, own).alt_text is AltText.REQUIRED
    ready = [_ready(found[number], f"{pointer}/pictures/{number}/media") for number in range(len(attachments))]
    if not sending:
        films.check_alone(ready, pointer)
    shown = []
    for number, (one, media) in enumerate(zip(attachments, ready, strict=True)):
        place = f"{pointer}/pictures/{number}"
        max_alt = films.check(media, film, f"{place}/media").max_alt if media.is_film else limits.max_alt
        alt = _alt_of(one, media, max_alt, asked, f"{place}/alt")
        item = found[len(attachments) + number]
        made = decode(Rendition, item) if item is not None else _rendered(desk, media, limits, f"{place}/media")
        shown.append(Picture(media.id, made.mime, made.size, made.width, made.height, alt))
    return tuple(shown)


def picture_bytes(desk: Desk, workspace: str, media_id: str, limits: PictureLimits) -> bytes:
    """The bytes of the rendition whose facts `pictures` told: the same for ever.

    Raises NotFound where the picture is gone; Conflict where the rendition was lost and would be another today;
    InvalidField where it was never made, and cannot be.
    """
    made = desk.store.rendition(workspace, media_id, _mark(limits))
    media = read(desk, workspace, media_id)
    if made is None:
        made = _rendered(desk, _ready_noun(media, "/media"), limits, "/media")
    found = desk.blobs.get(_place(media, made.content))
    if found is not None and hashlib.sha256(found).hexdigest() == made.content:
        return found
    again = _as_handed(desk, media, limits, "/media")
    if hashlib.sha256(again.data).hexdigest() != made.content:
        raise Conflict("the picture as it was checked is lost, and would be another today", fix="Schedule it anew.")
    desk.blobs.put(_place(media, made.content), again.data, again.mime)
    return again.data


# --- the steps -------------------------------------------------------------------------------------------------------


def _looked_at(desk: Desk, caller: Caller, media: Media, content: bytes, now: datetime) -> Media:
    try:
        kept = _kept(content, "")
    except InvalidField as refused:
        after = replace(media, state=MEDIA.move(media.state, "refuse"), reason=refused.detail)
        return _stored(desk, media, after, "refuse", caller, "what came is not taken", now)
    return _accepted(desk, media, media, kept, caller, "what was announced has come", now)


def _accepted(
    desk: Desk, known: Media | None, wanted: Media, kept: _Kept, caller: Caller, why: str, now: datetime
) -> Media:
    content = hashlib.sha256(kept.data).hexdigest()
    after = replace(
        wanted,
        state=MediaState.READY,
        mime=kept.mime,
        size=len(kept.data),
        width=kept.width,
        height=kept.height,
        milliseconds=kept.milliseconds,
        rate=kept.rate,
        content=content,
        reason=None,
    )
    desk.blobs.put(_place(after, content), kept.data, kept.mime)  # before the record says so; twice is once
    return _stored(desk, known, after, "accept", caller, why, now)


def _stored(desk: Desk, known: Media | None, after: Media, act: str, caller: Caller, why: str, now: datetime) -> Media:
    """The Media in the record, made or moved; where somebody else did the same at this moment, theirs."""
    actor = Actor.member(caller.member)
    try:
        if known is None:
            event = AuditEvent(after.workspace, f"media:{after.id}", act, now, actor, why, None, after.state.value)
            return desk.store.media.create(after, event)
        if known.state is MediaState.REFUSED:
            raise InvalidField("", known.reason or "", fix="Send another file.")
        after = replace(after, state=MEDIA.move(known.state, act), rev=known.rev, events=known.events)
        return desk.store.media.save(known, after, desk.store.media.moved(known, after, act, now, actor, why))
    except Stale as stale:
        current = read(desk, after.workspace, after.id)
        if current.state is not after.state:
            raise Conflict("it was changed at the same moment", fix="Read it again.") from stale
        return current


def _kept(content: bytes, pointer: str) -> _Kept:
    """The file as it is kept, if it is taken at all. Raises InvalidField."""
    from chalicelib.imaging.kinds import Refused, identify
    from chalicelib.imaging.pictures import stripped
    from chalicelib.imaging.video import blanked

    try:
        if len(content) > MOST_BYTES:
            raise Refused(f"{len(content):,} bytes where {MOST_BYTES:,} are taken", "Send a smaller file.")
        if identify(content).is_video:
            film = blanked(content)
            seen = film.facts
            return _Kept(film.data, seen.mime, seen.width, seen.height, seen.milliseconds, seen.rate)
        made = stripped(content)
    except Refused as refused:
        raise InvalidField(pointer, refused.why, fix=refused.fix) from refused
    return _Kept(made.data, made.mime, made.width, made.height)


def _check_announced(announced: Announced) -> None:
    if announced.mime not in FILE_TYPES:
        raise InvalidField("/upload/type", "this type is not taken", fix=f"Send one of {', '.join(FILE_TYPES)}.")
    if announced.size > MOST_BYTES:
        taken = f"{announced.size:,} bytes where {MOST_BYTES:,} are taken"
        raise InvalidField("/upload/size", taken, fix="Make it smaller.")
    _check_alt(announced.alt, "/alt")


def _check_alt(alt: str, pointer: str) -> None:
    if len(alt) > LONGEST_ALT:
        raise InvalidField(pointer, f"{len(alt)} characters where {LONGEST_ALT} are taken", fix="Shorten it.")


def _alt_of(one: Attachment, media: Media, max_alt: int | None, asked: bool, pointer: str) -> str:
    alt = one.alt.strip() or media.alt.strip()
    if asked and not alt:
        raise InvalidField(
            pointer,
            f"this workspace asks for a description of every {'video' if media.is_film else 'picture'}",
            fix="Say what it shows, for those who do not see it.",
        )
    if max_alt is not None and len(alt) > max_alt:
        raise InvalidField(
            pointer,
            f"{len(alt)} characters of description where {max_alt} are taken",
            fix=f"Shorten it by {len(alt) - max_alt}.",
        )
    return alt


def _ready(item: Item | None, pointer: str) -> Media:
    if item is None:
        raise InvalidField(pointer, "there is no such picture", fix="Send the picture first.")
    return _ready_noun(decode(Media, item), pointer)


def _ready_noun(media: Media, pointer: str) -> Media:
    match media.state:
        case MediaState.READY:
            return media
        case MediaState.AWAITING_UPLOAD:
            raise InvalidField(pointer, "its bytes have not come yet", fix="Send them first.")
        case MediaState.REFUSED:
            raise InvalidField(pointer, f"it was refused: {media.reason}", fix="Send another picture.")
    raise InvalidField(pointer, "there is no such picture", fix="Send the picture first.")


def _rendered(desk: Desk, media: Media, limits: PictureLimits, pointer: str) -> Rendition:
    """The rendition for these limits, made and kept. Raises InvalidField."""
    fitted = _as_handed(desk, media, limits, pointer)
    content = hashlib.sha256(fitted.data).hexdigest()
    if content != media.content:
        desk.blobs.put(_place(media, content), fitted.data, fitted.mime)
    made = Rendition(content, fitted.mime, len(fitted.data), fitted.width, fitted.height)
    writes: list[Write] = desk.store.rendition_writes(media.workspace, media.id, _mark(limits), made)
    try:
        desk.store.write(writes)
    except ConditionFailed as failed:
        kept = desk.store.rendition(media.workspace, media.id, _mark(limits))
        if kept is None:
            raise InvalidField(pointer, "there is no such picture", fix="Send the picture first.") from failed
        return kept
    return made


def _as_handed(desk: Desk, media: Media, limits: PictureLimits, pointer: str) -> Fitted:
    """A picture fitted to these limits; a film as it is kept."""
    from chalicelib.imaging.kinds import Refused
    from chalicelib.imaging.pictures import Fitted, Limits, fit

    content = data(desk, media)
    if media.is_film:
        return Fitted(content, media.mime, media.width, media.height)
    try:
        return fit(content, Limits(limits.types, limits.max_bytes, limits.max_side, limits.max_pixels))
    except Refused as refused:
        raise InvalidField(pointer, refused.why, fix=refused.fix) from refused


def _mark(limits: PictureLimits) -> str:
    """A digest of what decides a rendition."""
    from chalicelib.imaging.pictures import RECIPE

    deciding = [RECIPE, sorted(limits.types), limits.max_bytes, limits.max_side, limits.max_pixels]
    return hashlib.sha256(json.dumps(deciding).encode()).hexdigest()[:16]


def _id_of(desk: Desk, workspace: str, source: str) -> str:
    return desk.keyed(workspace, "media", source)


def _place(media: Media, content: str) -> str:
    return f"media/{media.workspace}/{media.id}/{content}"


def _incoming(media: Media) -> str:
    return f"incoming/{media.workspace}/{media.id}"
