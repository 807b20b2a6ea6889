"""Bluesky's records beside posts: gates, which say who may answer and what is hidden, and blocks; mutes and reports too.

It must never take a gate that is not its author's own thread's, nor hide more than the platform does.
Sources: lexicons app.bsky.feed.threadgate, app.bsky.graph.block and muteActor, com.atproto.moderation.createReport.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from local.sandbox.dagcbor import cid_of
from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import json_response, milliseconds, refuse

POSTS = "app.bsky.feed.post"
GATES = "app.bsky.feed.threadgate"
BLOCKS = "app.bsky.graph.block"
MOST_HIDDEN = 300
_ALLOW = {f"{GATES}#{rule}" for rule in ("mentionRule", "followingRule", "followerRule", "listRule")}


class BlueskyBeside:
    """Records of gates and blocks, by their address; each change is a mark that the witness shows."""

    def __init__(self, network: SandboxNetwork) -> None:
        self._network = network

    def put(self, owner: Account, rkey: str, body: dict[str, Any]) -> Response:
        """putRecord: where `swapRecord` is told, only in place of exactly that record."""
        uri, value = self._checked(owner, rkey, str(body.get("collection")), body.get("record"))
        there = self.row(uri)
        expected = body.get("swapRecord", ...)
        if expected is not ... and expected != (there["cid"] if there else None):
            refuse({"error": "InvalidSwap", "message": f"Record was at {there['cid'] if there else 'null'}"}, 400)
        self._network.keep_record(Platform.BLUESKY, uri, value)
        self._marked(owner, value, there["value"] if there else None)
        return json_response({"uri": uri, "cid": cid_of(value), "validationStatus": "valid"})

    def created(
        self, owner: Account, rkey: str, write: dict[str, Any], beside: dict[str, dict[str, Any]]
    ) -> dict[str, Any]:
        """One create of an applyWrites, put into `beside` and not yet on the record."""
        uri, value = self._checked(owner, rkey, str(write.get("collection")), write.get("value"))
        if not str(write.get("$type")).endswith("#create") or uri in beside or self.row(uri) is not None:
            refuse({"error": "InternalServerError", "message": "Internal Server Error"}, 500)
        beside[uri] = value
        return {"uri": uri, "cid": cid_of(value), "validationStatus": "valid"}

    def delete(self, owner: Account, uri: str) -> bool:
        """Whether it was there and is not any more."""
        there = self.row(uri)
        if there is None:
            return False
        self._network.keep_record(Platform.BLUESKY, uri, None)
        self._marked(owner, {}, there["value"])
        return True

    def row(self, uri: str) -> dict[str, Any] | None:
        """As getRecord shows it."""
        value = self._network.record(Platform.BLUESKY, uri)
        return None if value is None else {"uri": uri, "cid": cid_of(value), "value": value}

    def gate_of(self, root: str) -> dict[str, Any] | None:
        """The gate of a thread as the AppView shows it, by its first post."""
        there = self.row(root.replace(f"/{POSTS}/", f"/{GATES}/"))
        return (
            None if there is None else {"uri": there["uri"], "cid": there["cid"], "record": there["value"], "lists": []}
        )

    def lets_in(self, post: Post) -> bool:
        """Whether the AppView counts an answer as one: the gate of its thread allows it and does not hide it."""
        gate = self.gate_of(post.root) if post.root != post.id else None
        top = self._network.post_ever(Platform.BLUESKY, post.root)
        if gate is None or top is None or post.author == top.author:
            return True
        record = gate["record"]
        if post.id in record.get("hiddenReplies", ()):
            return False
        allow = record.get("allow")
        mentioned = any(one["$type"].endswith("#mentionRule") for one in allow or ()) and post.author in top.mentions
        return allow is None or mentioned  # nobody follows anybody here

    def blocking(self, owner: Account, did: str) -> str | None:
        """The address of the record by which somebody is blocked."""
        mine = self._network.records(Platform.BLUESKY, f"at://{owner.id}/{BLOCKS}/")
        return next((uri for uri, value in mine.items() if value["subject"] == did), None)

    def mute(self, owner: Account, did: str, *, on: bool) -> Response:
        """muteActor, unmuteActor: private, and as often as one likes."""
        self._network.mark(Platform.BLUESKY, did, f"muted by {owner.id}", on=on)
        return Response(status=200)

    def report(self, owner: Account, body: dict[str, Any]) -> Response:
        """createReport: every one is another report."""
        subject, reason = body.get("subject"), body.get("reasonType")
        named = subject.get("uri") or subject.get("did") if isinstance(subject, dict) else None
        if not isinstance(reason, str) or not isinstance(named, str):
            refuse({"error": "InvalidRequest", "message": 'Input must have the property "subject"'}, 400)
        self._network.mark(Platform.BLUESKY, named, f"reported by {owner.id}")
        made = {"id": self._network.next_number(), "createdAt": milliseconds(self._network.now())}
        return json_response({**made, "reasonType": reason, "subject": subject, "reportedBy": owner.id})

    # --- checks ------------------------------------------------------------------------------------------------------

    def _checked(self, owner: Account, rkey: str, collection: str, value: Any) -> tuple[str, dict[str, Any]]:
        uri = f"at://{owner.id}/{collection}/{rkey}"
        record = value if isinstance(value, dict) else {}
        if collection == GATES:
            hidden, allow = record.get("hiddenReplies", []), record.get("allow", [])
            fits = (
                record.get("post") == f"at://{owner.id}/{POSTS}/{rkey}"
                and isinstance(record.get("createdAt"), str)
                and len(hidden) <= MOST_HIDDEN
                and len(allow) <= 5
                and all(one.get("$type") in _ALLOW for one in allow)
            )
        else:
            fits = collection == BLOCKS and str(record.get("subject")).startswith("did:") and "createdAt" in record
        if not fits:
            refuse({"error": "InvalidRequest", "message": f"Invalid {collection} record"}, 400)
        return uri, {"$type": collection, **record}

    def _marked(self, owner: Account, after: dict[str, Any], before: dict[str, Any] | None) -> None:
        """Let the witness see what became of a record."""
        was, now = _subjects(before or {}, owner), _subjects(after, owner)
        for subject, state in was - now:
            self._network.mark(Platform.BLUESKY, subject, state, on=False)
        for subject, state in now - was:
            self._network.mark(Platform.BLUESKY, subject, state)


def _subjects(record: dict[str, Any], owner: Account) -> set[tuple[str, str]]:
    hidden = {(uri, "hidden") for uri in record.get("hiddenReplies", ())}
    return hidden | ({(record["subject"], f"blocked by {owner.id}")} if "subject" in record else set())
