"""Bluesky, for the parts of the contract suite that read again, moderate, count, and ask for options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.bluesky.record import gate, thread, tid
from connectors.contract import Draft, Picture, RemoteRef
from connectors.metrics import Counts, Measure
from connectors.moderation import Moderation, Target
from connectors.options import Card, Option, Options, WhoMayReply
from tests.connectors.kit import NOW
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.verbs import Hears, Moderates, Said, Speaks, Spoken, Tells

DID, OTHER = "did:plc:parley", "did:plc:someone"
CID = "bafyreieq46l7x2t6adc7p4uil7j4tbpipwzr3tu4dtuadmeszvmglkf2c4"
POSTS, GATES, BLOCKS = "app.bsky.feed.post", "app.bsky.feed.threadgate", "app.bsky.graph.block"
PUT, DELETE = "/xrpc/com.atproto.repo.putRecord", "/xrpc/com.atproto.repo.deleteRecord"
APPLY, RECORD = "/xrpc/com.atproto.repo.applyWrites", "/xrpc/com.atproto.repo.getRecord"
GET_POSTS, PROFILE = "/xrpc/app.bsky.feed.getPosts", "/xrpc/app.bsky.actor.getProfile"
GET_THREAD, LIST_RECORDS = "/xrpc/app.bsky.feed.getPostThread", "/xrpc/com.atproto.repo.listRecords"
MUTE, UNMUTE = "/xrpc/app.bsky.graph.muteActor", "/xrpc/app.bsky.graph.unmuteActor"
REPORT = "/xrpc/com.atproto.moderation.createReport"
MISSING = Reply({"error": "RecordNotFound", "message": "Could not locate record"}, 400)


def uri_of(one: Said) -> str:
    return f"at://{DID if one.ours else OTHER}/{POSTS}/{one.number}"


def strong(uri: str) -> dict[str, str]:
    return {"uri": uri, "cid": CID}


def record_of(one: Said, root: str | None = None, parent: str | None = None) -> dict[str, Any]:
    made = one.made.isoformat().replace("+00:00", "Z")
    record: dict[str, Any] = {"$type": POSTS, "text": one.text, "createdAt": made, "langs": ["en"]}
    if parent is not None:
        record["reply"] = {"root": strong(root or parent), "parent": strong(parent)}
    return record


def view_of(one: Said, **record: Any) -> dict[str, Any]:
    """A postView."""
    handle = "parley.example" if one.ours else "someone.example"
    author = {"did": DID if one.ours else OTHER, "handle": handle, "labels": []}
    told = record_of(one, **record)
    return {"uri": uri_of(one), "cid": CID, "author": author, "record": told, "indexedAt": told["createdAt"]}


def shows_posts(server: Loopback, views: Mapping[str, Any]) -> None:
    """From now on these posts are there, and no others."""

    def answer(asked: Asked) -> Reply:
        assert len(asked.query["uris"]) <= 25
        return Reply({"posts": [views[uri] for uri in asked.query["uris"] if uri in views]})

    server.on("GET", GET_POSTS, answer)


# --- reading again ----------------------------------------------------------------------------------------------------


def _again(server: Loopback, said: Sequence[Said]) -> None:
    shows_posts(server, {uri_of(one): view_of(one) for one in said})


def _around(server: Loopback, above: Sequence[Said], post: Said, below: Sequence[Said]) -> None:
    every = {one.number: one for one in (*above, post, *below)}
    root = uri_of(above[0] if above else post)

    def node(one: Said, *, down: bool) -> dict[str, Any]:
        parent = every.get(one.parent or "")
        view = view_of(one, root=root, parent=uri_of(parent) if parent else None)
        view["replyCount"] = sum(it.parent == one.number for it in below)
        shown: dict[str, Any] = {"$type": "app.bsky.feed.defs#threadViewPost", "post": view}
        if down:
            shown["replies"] = [node(it, down=True) for it in below if it.parent == one.number]
        return shown

    top = node(post, down=True)
    lower = top
    for one in above[::-1]:
        lower["parent"] = node(one, down=False)
        lower = lower["parent"]
    server.on("GET", GET_THREAD, Reply({"thread": top}))


def _gone(server: Loopback, post: Said) -> None:
    server.on("GET", GET_THREAD, Reply({"error": "NotFound", "message": f"Post not found: {uri_of(post)}"}, 400))


def _own(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    def answer(asked: Asked) -> Reply:
        assert asked.query["collection"] == [POSTS]
        start = asked.query.get("cursor", [None])[0]
        place = next((n + 1 for n, page in enumerate(pages) if page[-1].number == start), 0 if start is None else 99)
        page = pages[place] if place < len(pages) else []
        values = [record_of(one, parent=_of_somebody(one.parent)) for one in page]
        return Reply(
            {"records": [{"uri": uri_of(one), "cid": CID, "value": it} for one, it in zip(page, values, strict=True)]}
        )

    def _of_somebody(number: str | None) -> str | None:
        return None if number is None else f"at://{OTHER}/{POSTS}/{number}"

    server.on("GET", LIST_RECORDS, answer)
    shows_posts(server, {})


def _past(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    def answer(asked: Asked) -> Reply:
        place = int(asked.query.get("cursor", ["0"])[0])
        there = pages[place] if place < len(pages) else []
        body: dict[str, Any] = {"notifications": [{**view_of(one), "reason": "mention"} for one in there]}
        return Reply(body | ({"cursor": str(place + 1)} if there else {}))

    server.on("GET", "/xrpc/app.bsky.notification.listNotifications", answer)


HEARS = Hears(uri_of, _again, _around, _gone, _own, _past)

# --- moderating -------------------------------------------------------------------------------------------------------

ROOT = f"at://{DID}/{POSTS}/3mroot"
ANSWER = f"at://{OTHER}/{POSTS}/3manswer"
TARGET = Target(RemoteRef(ANSWER, revision=CID, root=RemoteRef(ROOT, revision=CID)), OTHER, on_own=True, reason="spam")
_BLOCK = f"at://{DID}/{BLOCKS}/3mblock"


def shows_record(server: Loopback, collection: str, key: str, value: Any) -> None:
    """From now on our repository holds this, and nothing else."""

    def answer(asked: Asked) -> Reply:
        if (asked.query["collection"], asked.query["rkey"]) != ([collection], [key]):
            return MISSING
        return Reply({"uri": f"at://{DID}/{collection}/{key}", "cid": CID, "value": value})

    server.on("GET", RECORD, answer)


def _stage(server: Loopback, action: Moderation) -> None:
    server.on("GET", RECORD, MISSING)
    server.on("GET", PROFILE, Reply({"did": OTHER, "handle": "someone.example", "viewer": {"blockedBy": False}}))
    if action is Moderation.UNHIDE:
        shows_record(server, GATES, "3mroot", {"$type": GATES, "post": ROOT, "hiddenReplies": [ANSWER]})
    if action is Moderation.UNBLOCK:
        server.on("GET", PROFILE, Reply({"did": OTHER, "viewer": {"blocking": _BLOCK}}))
        shows_record(server, BLOCKS, "3mblock", {"$type": BLOCKS, "subject": OTHER})
    server.on("POST", PUT, Reply({**strong("at://x/y/z"), "validationStatus": "valid"}))
    server.on("POST", DELETE, Reply({}))
    server.on("POST", MUTE, Reply(raw=b""))
    server.on("POST", UNMUTE, Reply(raw=b""))
    server.on("POST", REPORT, Reply({"id": 1, "reportedBy": DID}))


def _carried(asked: Asked, action: Moderation) -> bool:
    form = asked.form
    record = form.get("record", {})
    match action:
        case Moderation.HIDE:
            return form["collection"] == GATES and record["post"] == ROOT and record["hiddenReplies"] == [ANSWER]
        case Moderation.UNHIDE:
            return form["collection"] == GATES and record["post"] == ROOT and record["hiddenReplies"] == []
        case Moderation.BLOCK:
            return form["collection"] == BLOCKS and record["subject"] == OTHER
        case Moderation.UNBLOCK:
            return (form["repo"], form["collection"], form["rkey"]) == (DID, BLOCKS, "3mblock")
        case Moderation.REPORT:
            return form["subject"] == {"$type": "com.atproto.repo.strongRef", **strong(ANSWER)}
        case _:
            return form == {"actor": OTHER}


MODERATES = Moderates(
    TARGET,
    _stage,
    {
        Moderation.HIDE: ("POST", PUT),
        Moderation.UNHIDE: ("POST", PUT),
        Moderation.BLOCK: ("POST", PUT),
        Moderation.UNBLOCK: ("POST", DELETE),
        Moderation.MUTE: ("POST", MUTE),
        Moderation.UNMUTE: ("POST", UNMUTE),
        Moderation.REPORT: ("POST", REPORT),
    },
    _carried,
)

# --- counting ---------------------------------------------------------------------------------------------------------

_NAMES = {
    Measure.LIKES: "likeCount",
    Measure.REPOSTS: "repostCount",
    Measure.REPLIES: "replyCount",
    Measure.QUOTES: "quoteCount",
    Measure.BOOKMARKS: "bookmarkCount",
    Measure.FOLLOWERS: "followersCount",
    Measure.FOLLOWING: "followsCount",
    Measure.POSTS: "postsCount",
}


def _named(counts: Counts) -> dict[str, int]:
    return {_NAMES[measure]: number for measure, number in counts.items()}


def _tell(server: Loopback, posts: Mapping[str, Counts], account: Counts, communities: Mapping[str, Counts]) -> None:
    assert not communities
    shows_posts(server, {uri: {"uri": uri, "cid": CID, "record": {}} | _named(told) for uri, told in posts.items()})
    server.on("GET", PROFILE, Reply({"did": DID, "handle": "parley.example"} | _named(account)))


TELLS = Tells(
    ids=(f"at://{DID}/{POSTS}/3m1", f"at://{DID}/{POSTS}/3m2", f"at://{DID}/{POSTS}/3m3"),
    stage=_tell,
    post={
        Measure.LIKES: 1,
        Measure.REPOSTS: 2,
        Measure.REPLIES: 3,
        Measure.QUOTES: 4,
        Measure.BOOKMARKS: 5,
    },
    account={Measure.FOLLOWERS: 6, Measure.FOLLOWING: 7, Measure.POSTS: 8},
)

# --- options ----------------------------------------------------------------------------------------------------------

_DRAFT = Draft("Grüße an alle", language="de")
THUMB = Picture("m1", "image/png", 9, 3, 2, handle='["bafkreithumb", "image/png", 9]')
CARD = Card("https://example.org/a", "A title", "What it is", THUMB)
GATED = replace(_DRAFT, options=Options(who_may_reply=frozenset({WhoMayReply.FOLLOWING, WhoMayReply.MENTIONED})))


def made_at_once(draft: Draft, key: str) -> dict[str, Any]:
    """What applyWrites answers where all is well."""
    told = [{"uri": it.ref.id, "cid": it.ref.revision} for it in thread(draft, key, DID)]
    gates = [{"uri": f"at://{DID}/{GATES}/{key}", "cid": CID}] if gate(draft, key, DID) else []
    kind = "com.atproto.repo.applyWrites#createResult"
    return {"results": [{"$type": kind, **one, "validationStatus": "valid"} for one in told + gates]}


def _record(asked: Asked) -> Any:
    return asked.form.get("record", {})


SPEAKS: Speaks = {
    Option.SENSITIVE: Spoken(
        replace(_DRAFT, options=Options(sensitive=True)),
        lambda asked: (
            _record(asked).get("labels")
            == {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}
        ),
    ),
    Option.CARD: Spoken(
        replace(_DRAFT, options=Options(card=CARD)),
        lambda asked: (
            _record(asked).get("embed")
            == {
                "$type": "app.bsky.embed.external",
                "external": {
                    "uri": CARD.url,
                    "title": CARD.title,
                    "description": CARD.description,
                    "thumb": {
                        "$type": "blob",
                        "ref": {"$link": "bafkreithumb"},
                        "mimeType": "image/png",
                        "size": 9,
                    },
                },
            }
        ),
    ),
    Option.WHO_MAY_REPLY: Spoken(
        GATED,
        lambda asked: any(it["collection"] == GATES for it in asked.form.get("writes", [])),
        write=("POST", APPLY),
        created=made_at_once(GATED, tid("variant-1", NOW)),
    ),
}
