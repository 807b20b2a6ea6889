"""The calls to a Bluesky PDS, over plain XRPC. It keeps no state but the session, which its keeper seals.

A post is `putRecord` under a key that was fixed by the first claim, with `swapRecord: null` and frozen bytes: sent twice, it
is there once. A thread is one `applyWrites` under keys that follow from that one: all of it is there, or nothing; sent twice,
the second is refused, and a look at the first and the last key tells. Sessions are kept and refreshed, never made anew per
call: the 31st sign-in within 5 minutes is refused.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors import text
from connectors.bluesky import CAPABILITIES, CREDENTIALS, POINTS, mapping
from connectors.bluesky.record import COLLECTION, Planned, blob_handle, record, thread, tid
from connectors.capabilities import Terms
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPost,
    Found,
    Identity,
    Limit,
    Listening,
    Lookup,
    Page,
    Picture,
    Receipt,
    RemoteInteraction,
    RemoteRef,
    SignIn,
    Thread,
    Unproven,
    Upload,
)
from connectors.errors import PICTURE_NOT_UPLOADED, Ambiguous, AuthExpired, Rejected, Retryable, Unsupported
from connectors.http import Answer, Wire
from connectors.limits import limit
from connectors.metrics import Metrics
from connectors.moderation import Moderation, Target
from connectors.parts import refuse_options
from connectors.readback import confirmed
from connectors.sessions import Shelf
from connectors.shape import at, rows, word
from connectors.translate import Table, seconds, translated, until

PAGE_SIZE = 100
NOTIFICATION_PAGES = 10
TOKEN_RESERVE = 120.0
"""Seconds that an access token must still last for `sign_in` to leave it alone."""


def _code(answer: Answer) -> str | None:
    """XRPC's error name; a text that is too long is told from other invalid requests by its wording."""
    name = word(answer.body, "error")
    if name == "BlobNotFound":
        return PICTURE_NOT_UPLOADED
    if name == "InvalidRequest" and " too big (maximum " in (word(answer.body, "message") or ""):
        return "too-long"
    return name


def _wait(answer: Answer) -> float | None:
    told = until(seconds(answer.headers.get("ratelimit-reset")), answer)
    return told if told is not None else seconds(answer.headers.get("retry-after"))


def _limit(answer: Answer) -> Limit | None:
    """Points, told of the tightest of the server's windows; what we write counts as creates."""
    points = seconds(answer.headers.get("ratelimit-remaining"))
    reset = until(seconds(answer.headers.get("ratelimit-reset")), answer)
    return limit(points // POINTS if points is not None else None, reset, "account")


TABLE = Table(
    "bluesky",
    code=_code,
    rules={
        (400, "ExpiredToken"): AuthExpired,
        (400, "InvalidToken"): AuthExpired,
        (400, "AccountTakedown"): AuthExpired,
        (400, "AccountDeactivated"): AuthExpired,
        (400, "RepoDeactivated"): AuthExpired,
        (400, "RepoTakendown"): AuthExpired,
        (400, "InvalidSwap"): Ambiguous,  # something lies under our own key already: find_published says what
    },
    wait=_wait,
)


class BlueskyConnector:
    """One Bluesky account. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._shelf = Shelf(sign_in)

    def sign_in(self) -> None:
        """Keep the session if its access token lasts, else refresh it, else sign in with the app password."""
        self._shelf.renew("bluesky", self._renewed, lasts=self._lasts, works=lambda session: self._lasts(session, 0))

    def identify(self) -> Identity:
        """com.atproto.server.getSession."""
        found = mapping.identity(self._read("com.atproto.server.getSession"))
        if found is None:
            raise Retryable("bluesky", "The server did not say who is signed in.", code="no-identity")
        return found

    def length(self, draft: Draft) -> int:
        """Grapheme clusters, of which Bluesky takes 300; `capabilities.max_bytes` is the second limit."""
        return text.graphemes(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """A TID: the record key under which this send will lie, whoever sends it and however often."""
        return tid(seed, at)

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        """com.atproto.repo.putRecord, once; of a thread, applyWrites. Signs in first, which is free after `sign_in`."""
        refuse_options(CAPABILITIES, draft)
        if draft.thread:
            return self._publish_thread(draft, key)
        post = record(draft, key)
        self.sign_in()
        did = self._shelf.load()["did"]
        body = {"repo": did, "collection": COLLECTION, "rkey": key, "swapRecord": None, "record": post}
        wire = self._write("com.atproto.repo.putRecord", body, writing=True)
        ref = mapping.written(wire.answer.body if wire.answer else None, draft.in_reply_to)
        if ref is None:
            raise Ambiguous("bluesky", "The server took the post but did not say where it is.", code="no-id")
        return Receipt(ref, _limit(wire.answer) if wire.answer else None)

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002  (the key suffices)
        """com.atproto.repo.getRecord: the account's own repository knows whether the key is taken."""
        if draft.thread:
            return self._find_thread(draft, key)
        body = self._record(key)
        if body is None:
            return Absent()
        ref = mapping.written(body, draft.in_reply_to)
        if ref is None:
            raise Retryable("bluesky", "The server answered something that is no record.", code="not-a-record")
        return Found(Receipt(ref))

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """com.atproto.repo.getRecord, after resolveHandle where the address names another handle than ours."""
        who, key = mapping.referred(reference)
        if not self._is_us(who):
            return Absent()
        body = self._record(key)
        if body is None:
            return Absent()
        post = mapping.own_post(body)
        if post is None:
            raise Retryable("bluesky", "The server answered something that is no post.", code="not-a-post")
        return confirmed(post, mapping.saying(draft))

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:  # noqa: ARG002
        """listNotifications, newest pages until one holds a known URI. The cursor remembers marks of recent ones, not a time.

        A notification's `indexedAt` follows its author's clock, so "newer than the last" would lose backdated posts.
        """
        known = mapping.remembered(cursor)
        entries: list[Any] = []
        after: str | None = None
        for _ in range(NOTIFICATION_PAGES if known else 1):
            asked: dict[str, Any] = {"reasons": list(mapping.REASONS), "limit": PAGE_SIZE}
            page = self._read(
                "app.bsky.notification.listNotifications", **asked, **({"cursor": after} if after else {})
            )
            found = rows(page, "notifications")
            entries += found
            after = word(page, "cursor")
            if (
                not found
                or after is None
                or any(mapping.mark(uri) in known for entry in found if (uri := word(entry, "uri")))
            ):
                break
        own = self._sign_in.identity or mapping.identity(self._shelf.load())
        fresh = [entry for entry in entries if mapping.mark(word(entry, "uri") or "") not in known]
        items, skipped = mapping.interactions(fresh, own.id if own else None)
        seen = [uri for entry in entries if (uri := word(entry, "uri"))]
        return Page(
            items=tuple(sorted(items, key=lambda item: item.created_at)),
            cursor=mapping.cursor(seen, known),
            skipped=skipped,
        )

    def delete(self, ref: RemoteRef) -> None:
        """com.atproto.repo.deleteRecord, which answers the same whether it was there or not."""
        repo, _, rest = ref.id.removeprefix("at://").partition("/")
        collection, _, key = rest.partition("/")
        self.sign_in()
        self._write("com.atproto.repo.deleteRecord", {"repo": repo, "collection": collection, "rkey": key})

    def terms(self) -> Terms:
        """As everywhere on the platform."""
        return Terms()

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """com.atproto.repo.uploadBlob. The same bytes have the same blob; one that no record holds is dropped after a while."""
        self.sign_in()
        try:
            body = self._upload(picture.mime, data)
        except AuthExpired:
            self._forget_access()
            self.sign_in()
            body = self._upload(picture.mime, data)
        handle = blob_handle(at(body, "blob"))
        if handle is None:
            raise Retryable("bluesky", "The server did not say what it holds now.", code="no-blob")
        return Upload(handle)

    def uploaded(self, handle: str) -> bool:  # noqa: ARG002
        """A blob is ready when it is there. Whether it still is, only the post tells (`picture-not-uploaded`)."""
        return True

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("bluesky", "Reading again is not there yet.", code="read")

    def thread(self, ref: RemoteRef) -> Thread:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("bluesky", "Reading a thread is not there yet.", code="thread")

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("bluesky", "Reading own posts is not there yet.", code="own-posts")

    def moderate(self, target: Target, action: Moderation) -> None:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("bluesky", f"Bluesky cannot {action}.", code=action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("bluesky", "Counting is not there yet.", code="metrics")

    # --- inside ---------------------------------------------------------------------------------------------------

    def _renewed(self, session: dict[str, Any]) -> dict[str, Any]:
        """The next session; where the old one is not taken any more, a new one by the app password."""
        with Wire(self._sign_in.timeout) as wire:
            if _lasts(session.get("refreshJwt")):
                try:
                    self._call(wire, "com.atproto.server.refreshSession", token=session["refreshJwt"], body=None)
                except (AuthExpired, Rejected):
                    self._open(wire)
            else:
                self._open(wire)
            body = wire.answer.body if wire.answer else None
        if not word(body, "accessJwt") or not mapping.identity(body):
            raise Retryable("bluesky", "The server opened no session.", code="no-session")
        return {name: word(body, name) for name in ("accessJwt", "refreshJwt", "did", "handle")}

    def _lasts(self, session: Mapping[str, Any], reserve: float = TOKEN_RESERVE) -> bool:
        token = session.get("accessJwt")
        return _lasts(token, reserve) and not self._shelf.is_refused(token)

    def _open(self, wire: Wire) -> None:
        credential = self._sign_in.credential
        lacking = [name for name in CREDENTIALS[0] if not credential.get(name)]
        if lacking:
            raise AuthExpired("bluesky", f"The stored credential lacks {', '.join(lacking)}.", code="no-token")
        body = {"identifier": credential["identifier"], "password": credential["app_password"]}
        self._call(wire, "com.atproto.server.createSession", body=body)

    def _publish_thread(self, draft: Draft, key: str) -> Receipt:
        """One applyWrites that creates every part. A key that is taken makes it a 500, which leaves all in doubt."""
        self.sign_in()
        did = self._shelf.load()["did"]
        parts = thread(draft, key, did)
        wire = self._write("com.atproto.repo.applyWrites", {"repo": did, "writes": _creates(parts)}, writing=True)
        told = mapping.written_thread(wire.answer.body if wire.answer else None)
        if told != [(part.ref.id, part.ref.revision) for part in parts]:
            raise Ambiguous("bluesky", "The server took the thread but did not say where it is.", code="no-id")
        return _receipt(parts, _limit(wire.answer) if wire.answer else None)

    def _find_thread(self, draft: Draft, key: str) -> Lookup:
        """A thread is there or is not; one whose first or last part is another's, or alone, was meddled with since."""
        self.sign_in()
        parts = thread(draft, key, self._shelf.load()["did"])
        there = [word(self._record(part.key), "cid") for part in (parts[0], parts[-1])]
        if there == [None, None]:
            return Absent()
        if there == [parts[0].ref.revision, parts[-1].ref.revision]:
            return Found(_receipt(parts, None))
        return Unproven("Only a part of the thread is there as it was sent; a person must say what became of the rest.")

    def _upload(self, mime: str, data: bytes) -> Any:
        with Wire(self._sign_in.timeout) as wire, translated(TABLE, wire):
            token = self._shelf.load()["accessJwt"]
            headers = {"Authorization": f"Bearer {token}", "Content-Type": mime}
            wire.post(self._url("com.atproto.repo.uploadBlob"), data=data, headers=headers)
        return wire.answer.body if wire.answer else None

    def _record(self, key: str) -> Any:
        """The record of our own repository under this key, as getRecord answers; None where there is none."""
        self.sign_in()
        did = self._shelf.load()["did"]
        try:
            return self._read("com.atproto.repo.getRecord", repo=did, collection=COLLECTION, rkey=key)
        except Rejected as refused:
            if refused.code == "RecordNotFound":
                return None
            raise

    def _is_us(self, who: str) -> bool:
        """Whether a DID or a handle, which may be an older one of ours, means this account."""
        self.sign_in()
        session = self._shelf.load()
        if who.startswith("did:"):
            return bool(who == session["did"])
        if who.casefold() == (session["handle"] or "").casefold():
            return True
        try:
            found = self._read("com.atproto.identity.resolveHandle", handle=who)
        except Rejected:  # nobody has that handle
            return False
        return word(found, "did") == str(session["did"])

    def _read(self, method: str, **params: Any) -> Any:
        """GET a method; an access token that the server calls expired or invalid is renewed once."""
        self.sign_in()
        try:
            return self._get(method, params)
        except AuthExpired:
            self._forget_access()
            self.sign_in()
            return self._get(method, params)

    def _get(self, method: str, params: dict[str, Any]) -> Any:
        with Wire(self._sign_in.timeout) as wire, translated(TABLE, wire):
            token = self._shelf.load()["accessJwt"]
            headers = {"Authorization": f"Bearer {token}"}
            wire.get(self._url(method), params=params, headers=headers).json()
        return wire.answer.body if wire.answer else None

    def _write(self, method: str, body: Any, *, writing: bool = False) -> Wire:
        """POST a method once as this account; a token that the server refuses is not used again."""
        try:
            with Wire(self._sign_in.timeout) as wire:
                self._call(wire, method, token=self._shelf.load()["accessJwt"], body=body, writing=writing)
        except AuthExpired:
            self._forget_access()
            raise
        return wire

    def _call(self, wire: Wire, method: str, *, body: Any, token: str | None = None, writing: bool = False) -> None:
        """POST a method once; what it says is then `wire.answer`."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with translated(TABLE, wire, writing=writing):
            wire.post(self._url(method), json=body, headers=headers)

    def _url(self, method: str) -> str:
        return f"{self._sign_in.base_url.rstrip('/')}/xrpc/{method}"

    def _forget_access(self) -> None:
        self._shelf.refuse(self._shelf.load().get("accessJwt"))


def _creates(parts: list[Planned]) -> list[dict[str, Any]]:
    kind = "com.atproto.repo.applyWrites#create"
    return [{"$type": kind, "collection": COLLECTION, "rkey": part.key, "value": part.record} for part in parts]


def _receipt(parts: list[Planned], left: Limit | None) -> Receipt:
    first, *rest = (replace(part.ref, url=mapping.post_url(part.ref.id, None)) for part in parts)
    return Receipt(first, left, tuple(rest))


def _lasts(token: Any, reserve: float = TOKEN_RESERVE) -> bool:
    """Whether a token is there and good for so long. Its time is read, not verified; one without a time is believed."""
    if not isinstance(token, str) or not token:
        return False
    try:
        claims = token.split(".")[1]
        expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return float(expires) > time.time() + reserve
    except (IndexError, KeyError, ValueError, TypeError):
        return True
