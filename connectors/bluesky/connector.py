"""One Bluesky account: what it says, and how that is found again. The other verbs have rooms of their own beside this one.

A post is `putRecord` under a key that was fixed by the first claim, with `swapRecord: null` and frozen bytes: sent twice, it
is there once. A thread, or a post with a gate, is one `applyWrites` under keys that follow from that one: all of it is
there, or nothing; sent twice, the second is refused, and a look at the first and the last key tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors import text
from connectors.bluesky import CAPABILITIES, against, chat, is_private, mapping, video
from connectors.bluesky.facets import handles
from connectors.bluesky.listening import around, back, earlier, fetch, read_again
from connectors.bluesky.measuring import measure
from connectors.bluesky.moderating import moderate
from connectors.bluesky.record import GATES, POSTS, Planned, blob_handle, gate, is_gated, record, thread, tid
from connectors.bluesky.syntax import address, is_did
from connectors.bluesky.xrpc import Xrpc, left
from connectors.capabilities import Terms
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPage,
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
from connectors.errors import Ambiguous, Rejected, Retryable, Unsupported
from connectors.metrics import Metrics
from connectors.moderation import Moderation, Target
from connectors.parts import refuse_options, refuse_video
from connectors.readback import confirmed
from connectors.shape import at, word


class BlueskyConnector:
    """One Bluesky account. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._own = sign_in.identity
        self._xrpc = Xrpc(sign_in)

    def sign_in(self) -> None:
        """Keep the session if its access token lasts, else refresh it, else sign in with the app password."""
        self._xrpc.sign_in()

    def identify(self) -> Identity:
        """com.atproto.server.getSession."""
        found = mapping.identity(self._xrpc.get("com.atproto.server.getSession"))
        if found is None:
            raise Retryable("bluesky", "The server did not say who is signed in.", code="no-identity")
        return found

    def length(self, draft: Draft) -> int:
        """Grapheme clusters, of which Bluesky takes 300; `capabilities.max_bytes` is the second limit."""
        return text.graphemes(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """A TID: the record key under which this send will lie, whoever sends it and however often."""
        return tid(seed, at)

    def whom(self, draft: Draft) -> dict[str, str]:
        """com.atproto.identity.resolveHandle, for each handle in the texts."""
        named = dict.fromkeys(handle for part in (draft, *draft.thread) for handle in handles(part.text))
        return {handle: did for handle in named if (did := self._did_of(handle))}

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        """com.atproto.repo.putRecord, once; of a thread or under a gate, applyWrites. Signs in first, which is free.

        What answers a private message is sendMessage, once, or nothing: no record is made of it, for records are public.
        """
        _refuse(draft)
        if is_private(draft.in_reply_to):
            return chat.say(self._xrpc, draft)
        if _is_several(draft):
            return self._publish_at_once(draft, key)
        post = record(draft, key)
        body = {"repo": self._xrpc.did, "collection": POSTS, "rkey": key, "swapRecord": None, "record": post}
        answer = self._xrpc.post("com.atproto.repo.putRecord", body, writing=True)
        ref = mapping.written(answer.body, draft.in_reply_to)
        if ref is None:
            raise Ambiguous("bluesky", "The server took the post but did not say where it is.", code="no-id")
        return Receipt(ref, left(answer))

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:
        """com.atproto.repo.getRecord: the account's own repository knows whether the key is taken. Messages have no key."""
        if is_private(draft.in_reply_to):
            return chat.find(self._xrpc, draft, since, self._did)
        if _is_several(draft):
            return self._find_at_once(draft, key)
        body = self._xrpc.record(POSTS, key)
        if body is None:
            return Absent()
        ref = mapping.written(body, draft.in_reply_to)
        if ref is None:
            raise Retryable("bluesky", "The server answered something that is no record.", code="not-a-record")
        return Found(Receipt(ref))

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """com.atproto.repo.getRecord, after resolveHandle where the address names another handle than ours."""
        if is_private(draft.in_reply_to):
            return chat.confirm(self._xrpc, draft, reference, self._did)
        who, key = mapping.referred(reference)
        if not self._is_us(who):
            return Absent()
        body = self._xrpc.record(POSTS, key)
        if body is None:
            return Absent()
        post = mapping.own_post(body)
        if post is None:
            raise Retryable("bluesky", "The server answered something that is no post.", code="not-a-post")
        return confirmed(post, mapping.saying(draft))

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:
        """What concerns the account, and posts with watched words (listening.py)."""
        return fetch(self._xrpc, cursor, listening, self._own)

    def earlier(self, token: str | None, *, since: datetime, listening: Listening = USUAL_LISTENING) -> EarlierPage:  # noqa: ARG002  (messages are not read back)
        """The notifications further back (listening.py)."""
        return back(self._xrpc, token, since, self._own)

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """app.bsky.feed.getPosts."""
        return read_again(self._xrpc, refs)

    def thread(self, ref: RemoteRef) -> Thread:
        """app.bsky.feed.getPostThread, less what the thread's owner hid."""
        return around(self._xrpc, ref)

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        """com.atproto.repo.listRecords, with the counts of getPosts."""
        return earlier(self._xrpc, before)

    def moderate(self, target: Target, action: Moderation) -> None:
        """Hide in own threads, mute, block, report (moderating.py)."""
        moderate(self._xrpc, target, action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:  # noqa: ARG002
        """getPosts and getProfile; there are no communities."""
        return measure(self._xrpc, refs, account=account)

    def delete(self, ref: RemoteRef) -> None:
        """com.atproto.repo.deleteRecord, which answers the same whether it was there or not. A gate without its post is idle.

        A private message stays with whoever got it: deleteMessageForSelf would only hide it from the account itself.
        """
        if is_private(ref):
            raise Unsupported("bluesky", "A private message on Bluesky cannot be taken back.", code="private")
        found = address(ref.id)
        if found is None or not found.collection or not found.key:
            raise Rejected("bluesky", "This is not the address of a record.", code="unreadable-reference")
        body = {"repo": found.repo, "collection": found.collection, "rkey": found.key}
        self._xrpc.post("com.atproto.repo.deleteRecord", body)

    def terms(self) -> Terms:
        """As everywhere on the platform."""
        return Terms()

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """com.atproto.repo.uploadBlob; a video goes to the video service. The same bytes have the same blob; one that no record
        holds is dropped after a while."""
        if picture.is_video:
            return video.upload(self._xrpc, picture, data)
        handle = blob_handle(at(self._xrpc.upload(picture.mime, data), "blob"))
        if handle is None:
            raise Retryable("bluesky", "The server did not say what it holds now.", code="no-blob")
        return Upload(handle)

    def uploaded(self, handle: str) -> str | None:
        """A blob is ready when it is there; whether it still is, only the post tells (`picture-not-uploaded`). Of a video, the
        video service tells which blob it became."""
        return video.uploaded(self._xrpc, handle)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _publish_at_once(self, draft: Draft, key: str) -> Receipt:
        """One applyWrites that creates all there is. A key that is taken makes it a 500, which leaves all in doubt."""
        did = self._xrpc.did
        parts, gated = thread(draft, key, did), gate(draft, key, did)
        writes = [_create(POSTS, part.key, part.record) for part in parts]
        writes += [_create(GATES, key, gated)] if gated else []
        answer = self._xrpc.post("com.atproto.repo.applyWrites", {"repo": did, "writes": writes}, writing=True)
        told = mapping.written_thread(answer.body)
        if told[: len(parts)] != [(part.ref.id, part.ref.revision) for part in parts] or len(told) != len(writes):
            raise Ambiguous("bluesky", "The server took the thread but did not say where it is.", code="no-id")
        return _receipt(parts, left(answer))

    def _find_at_once(self, draft: Draft, key: str) -> Lookup:
        """What was written at once is there or is not; where the first or last part is another's, it was meddled with since.

        The gate is not asked for: it came with the first part, and may have been changed by hiding answers since.
        """
        parts = thread(draft, key, self._xrpc.did)
        there = [word(self._xrpc.record(POSTS, part.key), "cid") for part in (parts[0], parts[-1])]
        if there == [None, None]:
            return Absent()
        if there == [parts[0].ref.revision, parts[-1].ref.revision]:
            return Found(_receipt(parts, None))
        return Unproven("Only a part of it is there as it was sent; a person must say what became of the rest.")

    @property
    def _did(self) -> str:
        return self._own.id if self._own else self._xrpc.did

    def _is_us(self, who: str) -> bool:
        """Whether a DID or a handle, which may be an older one of ours, means this account."""
        did = self._xrpc.did
        if who.startswith("did:"):
            return who == did
        return who.casefold() == self._xrpc.handle.casefold() or self._did_of(who) == did

    def _did_of(self, handle: str) -> str | None:
        """Whose handle this is; None where nobody has it."""
        try:
            found = word(self._xrpc.get("com.atproto.identity.resolveHandle", handle=handle), "did")
        except Rejected:  # nobody has that handle
            return None
        return found if found and is_did(found) else None


def _refuse(draft: Draft) -> None:
    """Raise Unsupported for what Bluesky cannot show: nothing is said otherwise than was asked for."""
    refuse_options(CAPABILITIES, draft)
    refuse_video(CAPABILITIES, draft)
    objection = against(draft)
    if objection is not None:
        raise Unsupported("bluesky", f"{objection.why[:1].upper()}{objection.why[1:]}.", code="option")


def _is_several(draft: Draft) -> bool:
    """Whether it takes more than one record to say it."""
    return bool(draft.thread) or is_gated(draft)


def _create(collection: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
    kind = "com.atproto.repo.applyWrites#create"
    return {"$type": kind, "collection": collection, "rkey": key, "value": value}


def _receipt(parts: list[Planned], told: Limit | None) -> Receipt:
    first, *rest = (replace(part.ref, url=mapping.post_url(part.ref.id, None)) for part in parts)
    return Receipt(first, told, tuple(rest))
