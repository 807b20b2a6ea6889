"""Bluesky's repository: what putRecord, createRecord, applyWrites, getRecord, listRecords and deleteRecord do to posts.

Gates and blocks, which are no posts, are in bluesky_beside.py.

It must never let two posts share a record key, nor let one part of an applyWrites stand without the others.
Behaviour: 46 exchanges with the reference PDS (corpus bluesky/pds_live).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.bluesky_beside import POSTS, BlueskyBeside
from local.sandbox.bluesky_blobs import BlueskyBlobs
from local.sandbox.counting import graphemes
from local.sandbox.dagcbor import cid_of
from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import json_body, json_response, milliseconds, refuse

LONGEST = 300
LONGEST_BYTES = 3000
MOST_WRITES = 200
_APPLY = "com.atproto.repo.applyWrites"
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_TID_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_HANDLE = re.compile(r"@([a-z0-9][a-z0-9.-]*\.[a-z]+)", re.IGNORECASE)


def fail(error: str, message: str, status: int = 400) -> NoReturn:
    """Stop with an XRPC error."""
    refuse({"error": error, "message": message}, status)


def tid(at: datetime) -> str:
    """A TID of this time: 53 bits of microseconds and 10 bits of clock id, in sortable base32."""
    number = int(at.timestamp() * 1_000_000) << 10 | secrets.randbelow(1024)
    return "".join(_TID_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


class BlueskyRepository:
    """Records of the collection app.bsky.feed.post; `signed_in` names the caller of a request."""

    def __init__(self, network: SandboxNetwork, signed_in: Callable[[Request], Account]) -> None:
        self._network = network
        self._signed_in = signed_in
        self.blobs = BlueskyBlobs(network, signed_in)
        self.beside = BlueskyBeside(network)

    def put(self, request: Request) -> Response:
        """putRecord. The same bytes again are a no-op; with swapRecord null other bytes are refused."""
        body, owner = self._owned(request)
        if body.get("collection") != POSTS:
            return self.beside.put(owner, self._key(body.get("rkey")), body)
        rkey, record = self._key(body.get("rkey")), self._checked(body)
        uri, cid = self._uri(owner, rkey), cid_of(record)
        before = self._network.post(Platform.BLUESKY, uri)
        if before is not None and before.facts["cid"] == cid:
            return json_response({"uri": uri, "cid": cid, "validationStatus": "valid"})
        expected = body.get("swapRecord", ...)
        if expected is not ... and expected != (before.facts["cid"] if before else None):
            fail("InvalidSwap", f"Record was at {before.facts['cid'] if before else 'null'}")
        return self._made(self._keep(owner, rkey, record, shown=self.blobs.shown(owner, record)))

    def create(self, request: Request) -> Response:
        """createRecord. A key that is taken is a 500, whatever the content (atproto#3718)."""
        body, owner = self._owned(request)
        record = self._checked(body)
        rkey = self._key(body["rkey"]) if body.get("rkey") else tid(self._network.now())
        if self._network.post(Platform.BLUESKY, self._uri(owner, rkey)) is not None:
            fail("InternalServerError", "Internal Server Error", 500)
        return self._made(self._keep(owner, rkey, record, shown=self.blobs.shown(owner, record)))

    def apply(self, request: Request) -> Response:
        """applyWrites: all of it or nothing. A key that is taken, or not there to be changed, is a 500 (recorded)."""
        body, owner = self._owned(request)
        writes = body.get("writes")
        if not isinstance(writes, list) or not all(isinstance(one, dict) for one in writes):
            fail("InvalidRequest", "Input/writes must be an array")
        if len(writes) > MOST_WRITES:
            fail("InvalidRequest", f"Too many writes. Max: {MOST_WRITES}")
        changed: dict[str, Post] = {}
        beside: dict[str, dict[str, Any]] = {}
        results = [self._applied(owner, write, changed, beside) for write in writes]
        self._network.keep_posts(list(changed.values()), beside)
        return json_response({"commit": self._commit(f"at://{owner.id}"), "results": results})

    def _applied(
        self, owner: Account, write: dict[str, Any], changed: dict[str, Post], beside: dict[str, dict[str, Any]]
    ) -> dict[str, Any]:
        """One write of several, put into `changed` or `beside` and not yet on the record."""
        action = str(write.get("$type")).removeprefix(f"{_APPLY}#")
        if action not in {"create", "update", "delete"}:
            fail("InvalidRequest", f"Action not supported: {action}")
        given = write.get("rkey")
        rkey = self._key(given) if given or action != "create" else tid(self._network.now())
        if write.get("collection") != POSTS:
            return self.beside.created(owner, rkey, write, beside) | {"$type": f"{_APPLY}#{action}Result"}
        uri = self._uri(owner, rkey)
        before = changed[uri] if uri in changed else self._network.post(Platform.BLUESKY, uri)
        if before is not None and before.deleted:
            before = None
        if (before is None) != (action == "create"):
            fail("InternalServerError", "Internal Server Error", 500)
        if before is not None and action == "delete":
            changed[uri] = replace(before, deleted=True)
            return {"$type": f"{_APPLY}#deleteResult"}
        record = self._checked({"collection": write.get("collection"), "record": write.get("value")})
        post = self._post(owner, rkey, record, shown=self.blobs.shown(owner, record), nth=len(changed))
        changed[uri] = post
        told = {"uri": uri, "cid": post.facts["cid"], "validationStatus": "valid"}
        return {**told, "$type": f"{_APPLY}#{action}Result"}

    def delete(self, request: Request) -> Response:
        """deleteRecord. What is not there is deleted already."""
        body, owner = self._owned(request)
        uri = f"at://{owner.id}/{body.get('collection')}/{body.get('rkey')}"
        if self.beside.delete(owner, uri):
            return json_response({"commit": self._commit(uri)})
        post = self._network.post(Platform.BLUESKY, uri)
        if post is None:
            return json_response({})
        self._network.delete_post(post)
        return json_response({"commit": self._commit(uri)})

    def get(self, request: Request) -> Response:
        """getRecord: immediate and exact, so that it proves presence and absence."""
        repo, rkey = self._repo(request), request.args.get("rkey", "")
        uri = f"at://{repo}/{request.args.get('collection')}/{rkey}"
        post, other = self._network.post(Platform.BLUESKY, uri), self.beside.row(uri)
        if post is None and other is None:
            fail("RecordNotFound", f"Could not locate record: {uri}")
        return json_response(self._row(post) if post else other)

    def listed(self, request: Request) -> Response:
        """listRecords: highest key first; the cursor is the last key."""
        limit = max(1, min(100, request.args.get("limit", 50, type=int)))
        mine = []
        if request.args.get("collection") == POSTS:
            mine = self._network.posts(Platform.BLUESKY, author=self._repo(request))
        mine.sort(key=lambda one: one.id, reverse=request.args.get("reverse") != "true")
        cursor = request.args.get("cursor")
        if cursor:
            keys = [one.id.rsplit("/", 1)[-1] for one in mine]
            mine = [one for one, key in zip(mine, keys, strict=True) if key < cursor]
        page = mine[:limit]
        body: dict[str, Any] = {"records": [self._row(one) for one in page]}
        if page:
            body["cursor"] = page[-1].id.rsplit("/", 1)[-1]
        return json_response(body)

    def say(self, author: Account, text: str, parent: Post | None) -> Post:
        """A scripted member's post, with a facet for every handle that exists."""
        record: dict[str, Any] = {"$type": POSTS, "text": text, "langs": ["en"]}
        record["createdAt"] = milliseconds(self._network.moment())
        if facets := self._facets(text):
            record["facets"] = facets
        if parent is not None:
            top = self._network.post_ever(Platform.BLUESKY, parent.root) or parent
            refs = {"root": top, "parent": parent}
            record["reply"] = {name: {"uri": one.id, "cid": one.facts["cid"]} for name, one in refs.items()}
        return self._keep(author, tid(self._network.now()), record)

    def reworded(self, post: Post, text: str) -> Post:
        """The same post with other words, under the same key: another record, so another CID."""
        record = {name: value for name, value in post.facts["record"].items() if name != "facets"} | {"text": text}
        if facets := self._facets(text):
            record["facets"] = facets
        facts = {**post.facts, "record": record, "cid": cid_of(record)}
        return self._network.keep_post(replace(post, text=text, facts=facts))

    def _facets(self, text: str) -> list[dict[str, Any]]:
        facets = []
        for found in _HANDLE.finditer(text):
            account = self._network.account_by_handle(Platform.BLUESKY, found.group(1))
            if account is not None:
                start = len(text[: found.start()].encode())
                index = {"byteStart": start, "byteEnd": start + len(found.group().encode())}
                feature = {"$type": "app.bsky.richtext.facet#mention", "did": account.id}
                facets.append({"index": index, "features": [feature]})
        return facets

    # --- checks ------------------------------------------------------------------------------------------------------

    def _owned(self, request: Request) -> tuple[dict[str, Any], Account]:
        caller, body = self._signed_in(request), json_body(request)
        if body.get("repo") not in {caller.id, caller.handle}:
            fail("AuthenticationRequired", "Authentication Required", 401)
        return body, caller

    def _repo(self, request: Request) -> str:
        named = request.args.get("repo", "")
        found = self._network.account_by_handle(Platform.BLUESKY, named)
        return named if found is None else found.id

    @staticmethod
    def _key(given: Any) -> str:
        if not isinstance(given, str) or not _TID.fullmatch(given):
            fail("InvalidRequest", f'Invalid record key for {POSTS}: Invalid TID string (got "{given}") at $')
        return given

    @staticmethod
    def _checked(body: dict[str, Any]) -> dict[str, Any]:
        record = body.get("record")
        if body.get("collection") != POSTS or not isinstance(record, dict):
            fail("InvalidRequest", f"The sandbox makes records of {POSTS} so")

        def wrong(what: str, where: str) -> NoReturn:
            fail("InvalidRequest", f"Invalid {POSTS} record: {what} at $.record.{where}")

        if record.get("$type", POSTS) != POSTS:
            wrong(f'Invalid type (got "{record["$type"]}")', "$type")
        text = record.get("text")
        if not isinstance(text, str):
            wrong("Missing required key", "text")
        if len(text.encode()) > LONGEST_BYTES:
            wrong(f"string too big (maximum {LONGEST_BYTES}, got {len(text.encode())})", "text")
        if graphemes(text) > LONGEST:
            wrong(f"grapheme too big (maximum {LONGEST}, got {graphemes(text)})", "text")
        created = record.get("createdAt")
        try:
            zoned = datetime.fromisoformat(str(created)).tzinfo is not None
        except ValueError:
            zoned = False
        if not zoned or not isinstance(created, str):
            wrong(f'Invalid datetime (got "{created}")', "createdAt")
        reply = record.get("reply")
        if reply is not None and not _is_reply(reply):
            wrong("Expected a root and a parent, each with uri and cid", "reply")
        try:
            cid_of(record)
        except TypeError:
            wrong("Expected no floats", "")
        return {"$type": POSTS, **record}

    # --- keeping -----------------------------------------------------------------------------------------------------

    @staticmethod
    def _uri(owner: Account, rkey: str) -> str:
        return f"at://{owner.id}/{POSTS}/{rkey}"

    def _keep(self, owner: Account, rkey: str, record: dict[str, Any], shown: tuple[dict[str, Any], ...] = ()) -> Post:
        return self._network.keep_post(self._post(owner, rkey, record, shown=shown))

    def _post(
        self, owner: Account, rkey: str, record: dict[str, Any], *, shown: tuple[dict[str, Any], ...], nth: int = 0
    ) -> Post:
        """What a record becomes; `nth`: its place among those that are kept together."""
        uri = self._uri(owner, rkey)
        reply = record.get("reply")
        features = [one for facet in record.get("facets") or () for one in facet.get("features", ())]
        told = [one.get("did") for one in features if one.get("$type") == "app.bsky.richtext.facet#mention"]
        return Post(
            platform=Platform.BLUESKY,
            id=uri,
            number=self._network.next_number() + nth,
            author=owner.id,
            text=record["text"],
            created_at=self._network.moment() + timedelta(milliseconds=nth),
            parent=reply["parent"]["uri"] if reply else None,
            root=reply["root"]["uri"] if reply else uri,
            mentions=tuple(dict.fromkeys(one for one in told if one)),
            facts={"record": record, "cid": cid_of(record), "options": _options(record)},
            pictures=shown,
        )

    def _made(self, post: Post) -> Response:
        commit = self._commit(post.id)
        return json_response({"uri": post.id, "cid": post.facts["cid"], "commit": commit, "validationStatus": "valid"})

    def _commit(self, uri: str) -> dict[str, str]:
        rev = tid(self._network.now())
        return {"cid": cid_of({"uri": uri, "rev": rev}), "rev": rev}

    @staticmethod
    def _row(post: Post) -> dict[str, Any]:
        return {"uri": post.id, "cid": post.facts["cid"], "value": post.facts["record"]}


def _is_reply(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(given.get(name), dict) and {"uri", "cid"} <= given[name].keys() for name in ("root", "parent")
    )


def _options(record: dict[str, Any]) -> dict[str, Any]:
    """What a record asks for beside its words, for the witness."""
    embed, labels = record.get("embed") or {}, record.get("labels") or {}
    told = {
        "labels": [one.get("val") for one in labels.get("values", [])],
        "card": embed.get("external", {}).get("uri"),
    }
    return {name: value for name, value in told.items() if value}
