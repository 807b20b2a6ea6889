"""One Mastodon account, through Mastodon.py: what it says. What it hears, moderates and counts lies beside.

It keeps nothing between calls and sends a status exactly once. How calls are made: `instance.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors import text
from connectors.capabilities import Terms
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPage,
    EarlierPost,
    Found,
    Identity,
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
from connectors.errors import PICTURE_NOT_UPLOADED, Ambiguous, AuthExpired, Rejected, Retryable
from connectors.mastodon import CAPABILITIES, mapping, measuring, moderating, terms
from connectors.mastodon import listening as heard
from connectors.mastodon.instance import PAGE_SIZE, TABLE, Instance, body_of, limit_told, listed
from connectors.metrics import Metrics
from connectors.moderation import Moderation, Target
from connectors.options import Audience
from connectors.parts import handles, refuse_options, refuse_public, refuse_thread, refuse_video
from connectors.readback import OwnPost, Readback, confirmed
from connectors.shape import word
from connectors.translate import translated

STATUS_PAGES = 10
UNUSED_LASTS = 24 * 3600.0
"""Seconds after which an instance drops an upload that no status shows (`media_attachments_vacuum.rb`)."""
VISIBILITY = {Audience.PUBLIC: "public", Audience.UNLISTED: "unlisted", Audience.FOLLOWERS: "private"}


class MastodonConnector:
    """One account on one instance. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._instance = Instance(sign_in)

    def sign_in(self) -> None:
        """Nothing to do: a Mastodon access token does not run out by itself."""

    def identify(self) -> Identity:
        """GET /api/v1/accounts/verify_credentials."""
        with self._instance.client() as (client, wire), translated(TABLE, wire):
            client.account_verify_credentials()
        found = mapping.identity(body_of(wire))
        if found is None:
            raise Retryable("mastodon", "The instance did not say who is signed in.", code="no-identity")
        return found

    def length(self, draft: Draft) -> int:
        """Characters as Mastodon counts them."""
        return mapping.length(mapping.said(draft), draft.options.warning)

    def new_key(self, seed: str, at: datetime) -> str:
        """The Idempotency-Key, which an instance remembers for about an hour."""
        return text.derived_key(seed, at)

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        """POST /api/v1/statuses, once, with `key` as Idempotency-Key. What answers a private message is private, or refused."""
        parent = draft.in_reply_to.id if draft.in_reply_to else None
        refuse_thread("mastodon", draft)
        refuse_options(CAPABILITIES, draft)
        refuse_video(CAPABILITIES, draft)
        refuse_public("mastodon", mapping.too_public(draft))
        media = handles("mastodon", draft)
        with self._instance.client() as (client, wire), translated(TABLE, wire, writing=True, made=mapping.created):
            client.status_post(
                mapping.said(draft),
                in_reply_to_id=parent,
                media_ids=media or None,
                language=draft.language,
                idempotency_key=key,
                **_asked_for(draft),
            )
        ref = mapping.created(body_of(wire))
        if ref is None:
            raise Ambiguous("mastodon", "The instance took the post but did not say which one it is.", code="no-id")
        return Receipt(mapping.answering(ref, draft), limit_told(wire.answer))

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002  (not searchable)
        """Read our own statuses back to the first claim. The instance's own database: complete silence is Absent."""
        own = self._identity()
        readback = Readback(mapping.saying(draft), since)
        with self._instance.client() as (client, wire), translated(TABLE, wire):
            last: str | None = None
            for _ in range(STATUS_PAGES):
                client.account_statuses(own.id, exclude_reblogs=True, limit=PAGE_SIZE, max_id=last)
                page = listed(wire)
                readback.see(post for entry in page if (post := mapping.own_post(entry)))
                last = word(page[-1], "id") if page else None
                readback.complete = not page or any(mapping.is_before(it, readback.back_to) for it in page)
                if readback.complete or last is None:
                    break
        verdict = readback.verdict(Absent())
        if not isinstance(verdict, Found):
            return verdict
        if self._is_from_another_app(readback.same[verdict.receipt.ref.id]):
            return Unproven("A status made with another app says the same; a person must say whether it is this one.")
        return Found(Receipt(mapping.answering(verdict.receipt.ref, draft)))

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """GET /api/v1/statuses/:id. By which app it was made does not matter: a person says that it is the one."""
        status_id = mapping.referred(reference, self._sign_in.base_url)
        own = self._identity()
        try:
            with self._instance.client() as (client, wire), translated(TABLE, wire):
                client.status(status_id)
        except Rejected as refused:
            if refused.code != "not-found":
                raise
            return Absent()
        status = body_of(wire)
        if not word(status, "id"):
            raise Retryable("mastodon", "The instance answered something that is no status.", code="not-a-status")
        post = mapping.own_post(status)
        if post is None or word(status, "account", "id") != own.id:
            return Absent()
        return confirmed(replace(post, ref=mapping.answering(post.ref, draft)), mapping.saying(draft))

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:
        """GET /api/v1/notifications, forward by min_id, without gaps; and the tags that are watched."""
        return heard.Ears(self._instance, self._identity().id, listening).fetch(cursor)

    def earlier(self, token: str | None, *, since: datetime, listening: Listening = USUAL_LISTENING) -> EarlierPage:
        """GET /api/v1/notifications, backward by max_id."""
        return heard.back(self._instance, self._identity().id, token, since, listening)

    def delete(self, ref: RemoteRef) -> None:
        """DELETE /api/v1/statuses/:id; a status that is not there is gone."""
        try:
            with self._instance.client() as (client, wire), translated(TABLE, wire):
                client.status_delete(ref.id)
        except Rejected as refused:
            if refused.code != "not-found":
                raise

    def terms(self) -> Terms:
        """GET /api/v2/instance, or v1 where the instance is too old for it."""
        try:
            document = self._instance.asked("GET", "/api/v2/instance")
        except Rejected as refused:
            if refused.code != "not-found":
                raise
            document = self._instance.asked("GET", "/api/v1/instance")
        if not isinstance(body_of(document), dict):
            raise Retryable(
                "mastodon", "The instance answered something that does not describe it.", code="no-instance"
            )
        return terms.terms(body_of(document), CAPABILITIES)

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """POST /api/v2/media, with the description; a 202 says that the instance still works on it."""
        wire = self._instance.asked(
            "POST",
            "/api/v2/media",
            files={"file": ("video" if picture.is_video else "picture", data, picture.mime)},
            data={"description": picture.alt} if picture.alt else {},
        )
        handle = word(body_of(wire), "id")
        if handle is None:
            raise Retryable("mastodon", "The instance did not say what it holds now.", code="no-media")
        return Upload(handle, ready=wire.answer is not None and wire.answer.status != 202, lasts=UNUSED_LASTS)

    def uploaded(self, handle: str) -> str | None:
        """GET /api/v1/media/:id: 206 while the instance works on it; what is dropped, or shown by a status, is not found."""
        try:
            wire = self._instance.asked("GET", f"/api/v1/media/{quote(handle, safe='')}")
        except Rejected as refused:
            if refused.code != "not-found":
                raise
            raise Rejected("mastodon", "The instance holds no such upload.", code=PICTURE_NOT_UPLOADED) from None
        return None if wire.answer is None or wire.answer.status == 206 else handle

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """GET /api/v1/statuses, twenty at once."""
        return heard.read(self._instance, refs)

    def thread(self, ref: RemoteRef) -> Thread:
        """GET /api/v1/statuses/:id/context."""
        return heard.thread(self._instance, ref, self._identity().id)

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        """GET /api/v1/accounts/:id/statuses."""
        return heard.own_posts(self._instance, self._identity().id, before)

    def moderate(self, target: Target, action: Moderation) -> None:
        """Mute, block, and back; report."""
        moderating.moderate(self._instance, target, action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:  # noqa: ARG002  (there are none)
        """Counts of statuses, and of the account."""
        return measuring.metrics(self._instance, refs, account=account)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _is_from_another_app(self, post: OwnPost) -> bool:
        """Whether the instance names an app, and it is not ours. Asked only where a match stands; untold is not another."""
        if post.app is None:
            return False
        try:
            with self._instance.client() as (client, wire), translated(TABLE, wire):
                client.app_verify_credentials()
        except (AuthExpired, Rejected):  # older instances want a scope for it
            return False
        return word(body_of(wire), "name") not in (None, post.app)

    def _identity(self) -> Identity:
        return self._sign_in.identity or self.identify()


def _asked_for(draft: Draft) -> dict[str, Any]:
    """How Mastodon is asked for what a draft asks for beside its words. It gives an answer no visibility of what it answers."""
    options, poll = draft.options, draft.options.poll
    wanted = VISIBILITY[options.audience] if options.audience else None
    asked = {
        "spoiler_text": options.warning or None,
        "sensitive": options.sensitive,
        "visibility": mapping.PRIVATE if mapping.is_private(draft.in_reply_to) else wanted,
        "poll": poll
        and {"options": list(poll.choices), "expires_in": int(poll.lasts.total_seconds()), "multiple": poll.many},
    }
    return {name: it for name, it in asked.items() if it}
