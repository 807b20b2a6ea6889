"""The post record and its key: a pure function of the draft and the key, so that the same send has the same bytes.

`putRecord` with the same key and the same bytes is a no-op, with other bytes it is refused; that is what makes a Bluesky
post exactly once. So nothing here may look at a clock, at the network or at chance. A thread is several records in one write:
the key of each part follows from the first one's, and each names the CID of the part that it answers.

A gate, which says who may answer, lies under the key of its post and is written with it, in the same request.

Sources: https://atproto.com/specs/tid; lexicons/app/bsky/feed/{post,threadgate}.json and embed/{images,video,external}.json.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.bluesky.cid import cid_of
from connectors.bluesky.facets import facets
from connectors.bluesky.syntax import is_tid
from connectors.contract import Draft, Picture, RemoteRef
from connectors.errors import PICTURE_NOT_UPLOADED, Rejected
from connectors.options import Card, WhoMayReply
from connectors.shape import at, word

POSTS = "app.bsky.feed.post"
GATES = "app.bsky.feed.threadgate"
VIDEO = "app.bsky.embed.video"
LARGEST_THUMB = 1_000_000
"""Bytes of a card's picture."""
SENSITIVE = "graphic-media"
"""The one label of those an author may give that says only that a picture may disturb; the others tell of nudity."""
RULES = {
    WhoMayReply.MENTIONED: "mentionRule",
    WhoMayReply.FOLLOWING: "followingRule",
    WhoMayReply.FOLLOWERS: "followerRule",
}
"""What a gate may allow, joined by "or"; an empty list allows nobody, no gate everybody."""

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_APART = 1000 << 10
"""How far the keys of two parts of a thread lie apart: one millisecond, so that `createdAt` rises with them."""


def tid(seed: str, when: datetime) -> str:
    """A record key for one send: the milliseconds of `when`; what is finer, and the clock id, come from a hash of `seed`."""
    spread = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    milliseconds = (when - _EPOCH) // timedelta(milliseconds=1)
    return tid_of((milliseconds * 1000 + spread % 1000) << 10 | (spread // 1000) % 1024)


def key_of_part(key: str, number: int) -> str:
    """The key of a thread's part, counted from 0: the first has the send's own. Raises ValueError if it is no TID."""
    return tid_of(_read(key) + number * _APART)


def made_at(key: str) -> datetime:
    """The moment that a TID names, to the microsecond. Raises ValueError if it is no TID."""
    return _EPOCH + timedelta(microseconds=_read(key) >> 10)


def tid_of(value: int) -> str:
    """Sixty-three bits as a TID."""
    return "".join(_DIGITS[value >> shift & 31] for shift in range(60, -1, -5))


def _read(key: str) -> int:
    if not is_tid(key):
        raise ValueError("a Bluesky post needs a TID as its key")
    value = 0
    for digit in key:
        value = value << 5 | _DIGITS.index(digit)
    return value


@dataclass(frozen=True, slots=True)
class Planned:
    """One post before it is written: where it will lie (`ref`, with its CID and its root), and its bytes."""

    key: str
    record: dict[str, Any]
    ref: RemoteRef


def thread(draft: Draft, key: str, did: str) -> list[Planned]:
    """The records of a draft and of the parts that follow it, in order. Raises Rejected where one cannot be made.

    A part answers the last one before it that is not itself set under the first, unless it is set there too. A label that
    the draft asks for stands on every part.
    """
    planned: list[Planned] = []
    above = draft.in_reply_to
    for number, part in enumerate((draft, *draft.thread)):
        answered = planned[0].ref if part.under_first and planned else above
        own_key = key_of_part(key, number)
        options = replace(part.options, sensitive=draft.options.sensitive)
        post = record(replace(part, in_reply_to=answered, named=draft.named, options=options), own_key)
        root = (answered.root or answered) if answered else None
        ref = RemoteRef(
            f"at://{did}/{POSTS}/{own_key}",
            revision=cid_of(post),
            root=RemoteRef(root.id, revision=root.revision) if root else None,
        )
        planned.append(Planned(own_key, post, ref))
        if number == 0 or not part.under_first:
            above = ref
    return planned


def record(draft: Draft, key: str) -> dict[str, Any]:
    """The post's record. Raises Rejected where a reply lacks what pins its parent, or a picture was not handed over."""
    post: dict[str, Any] = {"$type": POSTS, "text": draft.text, "createdAt": written_time(made_at(key))}
    if draft.language:
        post["langs"] = [draft.language]
    if found := facets(draft.text, draft.named):
        post["facets"] = found
    if draft.in_reply_to:
        parent = draft.in_reply_to
        post["reply"] = {"root": _strong(parent.root or parent), "parent": _strong(parent)}
    if draft.pictures and draft.pictures[0].is_video:
        post["embed"] = _video(draft.pictures[0])
    elif draft.pictures:
        post["embed"] = {"$type": "app.bsky.embed.images", "images": [_image(one) for one in draft.pictures]}
    elif draft.options.card:
        post["embed"] = {"$type": "app.bsky.embed.external", "external": _external(draft.options.card)}
    if draft.options.sensitive:
        post["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": SENSITIVE}]}
    return post


def is_gated(draft: Draft) -> bool:
    """Whether not everybody may answer."""
    return bool(draft.options.who_may_reply) and WhoMayReply.EVERYONE not in draft.options.who_may_reply


def gate(draft: Draft, key: str, did: str) -> dict[str, Any] | None:
    """The record that says who may answer, under the key of the post; None where everybody may."""
    who = draft.options.who_may_reply
    if not is_gated(draft):
        return None
    return {
        "$type": GATES,
        "post": f"at://{did}/{POSTS}/{key}",
        "allow": [{"$type": f"{GATES}#{rule}"} for one, rule in RULES.items() if one in who],
        "createdAt": written_time(made_at(key)),
    }


def written_time(when: datetime) -> str:
    """A time as records have it, to the millisecond."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def blob_handle(blob: Any) -> str | None:
    """What uploadBlob answered, as a handle: the record holds it word for word. None where it is no blob."""
    cid, mime, size = word(blob, "ref", "$link"), word(blob, "mimeType"), at(blob, "size")
    if not cid or not mime or not isinstance(size, int):
        return None
    return json.dumps([cid, mime, size])


def _image(picture: Picture) -> dict[str, Any]:
    return {"alt": picture.alt, "image": _blob(picture), "aspectRatio": _ratio(picture)}


def _video(video: Picture) -> dict[str, Any]:
    found: dict[str, Any] = {"$type": VIDEO, "video": _blob(video), "aspectRatio": _ratio(video)}
    return {**found, "alt": video.alt} if video.alt else found


def _ratio(picture: Picture) -> dict[str, int]:
    return {"width": picture.width, "height": picture.height}


def _external(card: Card) -> dict[str, Any]:
    external: dict[str, Any] = {"uri": card.url, "title": card.title, "description": card.description}
    if card.picture:
        external["thumb"] = blob = _blob(card.picture)
        if blob["size"] > LARGEST_THUMB:
            detail = f"The picture of the card has {blob['size']} bytes; Bluesky takes {LARGEST_THUMB}."
            raise Rejected("bluesky", detail, code="card-picture-too-large")
    return external


def _blob(picture: Picture) -> dict[str, Any]:
    try:
        cid, mime, size = json.loads(picture.handle or "")
    except (ValueError, TypeError):
        raise Rejected("bluesky", "A picture was not handed over.", code=PICTURE_NOT_UPLOADED) from None
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": size}


def _strong(ref: RemoteRef) -> dict[str, str]:
    if not ref.revision:
        raise Rejected("bluesky", "A reply needs the cid of the post that it answers.", code="no-cid")
    return {"uri": ref.id, "cid": ref.revision}
