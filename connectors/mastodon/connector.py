"""The calls to a Mastodon instance, through Mastodon.py. It keeps nothing between calls and sends a status exactly once.

Mastodon.py waits by itself unless told to throw, and asks for the instance document (and then recurses without end where
that fails) unless the version check is off; both are set here, and no method that needs the document is called. What an
answer says is read from the wire, not from the library's types: they turn what they do not know into something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors import text
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
from connectors.mastodon import CAPABILITIES, mapping
from connectors.metrics import Metrics
from connectors.moderation import Moderation, Target
from connectors.parts import handles, refuse_options, refuse_thread
from connectors.readback import OwnPost, Readback, confirmed
from connectors.shape import moment, word
from connectors.translate import Table, seconds, translated, until

PAGE_SIZE = 40
"""The most that Mastodon gives at once for statuses; notifications take up to 80."""
NOTIFICATION_PAGES = 5
STATUS_PAGES = 10
USER_AGENT = "parley"
UNUSED_LASTS = 24 * 3600.0
"""Seconds after which an instance drops an upload that no status shows (`media_attachments_vacuum.rb`)."""


def _code(answer: Answer) -> str | None:
    """Mastodon has no codes, only sentences, which we ask for in English; those that somebody can act on are named."""
    said = (word(answer.body, "error") or "").lower()
    if answer.status == 422 and "character limit" in said:
        return "too-long"
    if answer.status in (400, 422) and "already attached" in said:
        return "picture-attached"
    if answer.status == 422 and "not finished processing" in said:
        return "picture-not-ready"
    if answer.status == 404:
        return "not-found"
    if answer.status == 403 and ("authorized scopes" in said or "login is currently disabled" in said):
        return "sign-in-refused"
    return None


def _resets_in(answer: Answer) -> float | None:
    """X-RateLimit-Reset is ISO 8601 on Mastodon and Unix seconds on GoToSocial."""
    told = answer.headers.get("x-ratelimit-reset")
    reset = moment(told)
    return until(reset.timestamp() if reset else seconds(told), answer)


def _wait(answer: Answer) -> float | None:
    told = _resets_in(answer)
    return told if told is not None else seconds(answer.headers.get("retry-after"))


def _limit(answer: Answer) -> Limit | None:
    """The answer to a new status counts statuses (300 in 3 hours), not requests."""
    return limit(seconds(answer.headers.get("x-ratelimit-remaining")), _resets_in(answer), "account")


TABLE = Table(
    "mastodon",
    libraries=frozenset({"mastodon"}),
    code=_code,
    rules={
        (403, "sign-in-refused"): AuthExpired,
        (
            400,
            "picture-attached",
        ): Ambiguous,  # dropped, or on the status that an earlier attempt left: only a look tells
        (422, "picture-attached"): Ambiguous,
        (422, "picture-not-ready"): Retryable,
    },
    wait=_wait,
)


class MastodonConnector:
    """One account on one instance. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def sign_in(self) -> None:
        """Nothing to do: a Mastodon access token does not run out by itself."""

    def identify(self) -> Identity:
        """GET /api/v1/accounts/verify_credentials."""
        with self._client() as (client, wire), translated(TABLE, wire):
            client.account_verify_credentials()
        found = mapping.identity(_body(wire))
        if found is None:
            raise Retryable("mastodon", "The instance did not say who is signed in.", code="no-identity")
        return found

    def length(self, draft: Draft) -> int:
        """Characters as Mastodon counts them."""
        return mapping.length(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """The Idempotency-Key, which an instance remembers for about an hour."""
        return text.derived_key(seed, at)

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        """POST /api/v1/statuses, once, with `key` as Idempotency-Key."""
        parent = draft.in_reply_to.id if draft.in_reply_to else None
        refuse_thread("mastodon", draft)
        refuse_options(CAPABILITIES, draft)
        media = handles("mastodon", draft)
        with self._client() as (client, wire), translated(TABLE, wire, writing=True, made=mapping.created):
            client.status_post(
                draft.text,
                in_reply_to_id=parent,
                media_ids=media or None,
                language=draft.language,
                idempotency_key=key,
            )
        ref = mapping.created(_body(wire))
        if ref is None:
            raise Ambiguous("mastodon", "The instance took the post but did not say which one it is.", code="no-id")
        return Receipt(ref, _limit(wire.answer) if wire.answer else None)

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002  (not searchable)
        """Read our own statuses back to the first claim. The instance's own database: complete silence is Absent."""
        own = self._identity()
        readback = Readback(mapping.saying(draft), since)
        with self._client() as (client, wire), translated(TABLE, wire):
            last: str | None = None
            for _ in range(STATUS_PAGES):
                client.account_statuses(own.id, exclude_reblogs=True, limit=PAGE_SIZE, max_id=last)
                page = _list(wire)
                readback.see(post for entry in page if (post := mapping.own_post(entry)))
                last = word(page[-1], "id") if page else None
                readback.complete = not page or any(mapping.is_before(it, readback.back_to) for it in page)
                if readback.complete or last is None:
                    break
        verdict = readback.verdict(Absent())
        if isinstance(verdict, Found) and self._is_from_another_app(readback.same[verdict.receipt.ref.id]):
            return Unproven("A status made with another app says the same; a person must say whether it is this one.")
        return verdict

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """GET /api/v1/statuses/:id. By which app it was made does not matter: a person says that it is the one."""
        status_id = mapping.referred(reference, self._sign_in.base_url)
        own = self._identity()
        try:
            with self._client() as (client, wire), translated(TABLE, wire):
                client.status(status_id)
        except Rejected as refused:
            if refused.code != "not-found":
                raise
            return Absent()
        status = _body(wire)
        if not word(status, "id"):
            raise Retryable("mastodon", "The instance answered something that is no status.", code="not-a-status")
        post = mapping.own_post(status)
        if post is None or word(status, "account", "id") != own.id:
            return Absent()
        return confirmed(post, mapping.saying(draft))

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:  # noqa: ARG002
        """GET /api/v1/notifications, forward from the cursor (the newest notification id) by min_id, without gaps."""
        own = self._identity()
        items: list[RemoteInteraction] = []
        skipped = 0
        caught_up = cursor is None
        with self._client() as (client, wire), translated(TABLE, wire):
            for _ in range(NOTIFICATION_PAGES if cursor else 1):
                client.notifications(types=["mention"], min_id=cursor, limit=PAGE_SIZE)
                page = _list(wire)
                read, unread = mapping.interactions(page, own.id)
                items += reversed(read)
                skipped += unread
                cursor = mapping.newest([*filter(None, (word(it, "id") for it in page)), *([cursor] if cursor else [])])
                if len(page) < PAGE_SIZE:
                    caught_up = True
                    break
        return Page(items=tuple(items), cursor=cursor, caught_up=caught_up, skipped=skipped)

    def delete(self, ref: RemoteRef) -> None:
        """DELETE /api/v1/statuses/:id; a status that is not there is gone."""
        try:
            with self._client() as (client, wire), translated(TABLE, wire):
                client.status_delete(ref.id)
        except Rejected as refused:
            if refused.code != "not-found":
                raise

    def terms(self) -> Terms:
        """GET /api/v2/instance, or v1 where the instance is too old for it."""
        try:
            document = self._asked("GET", "/api/v2/instance")
        except Rejected as refused:
            if refused.code != "not-found":
                raise
            document = self._asked("GET", "/api/v1/instance")
        if not isinstance(_body(document), dict):
            raise Retryable(
                "mastodon", "The instance answered something that does not describe it.", code="no-instance"
            )
        return mapping.terms(_body(document), CAPABILITIES)

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """POST /api/v2/media, with the description; a 202 says that the instance still works on it."""
        wire = self._asked(
            "POST",
            "/api/v2/media",
            files={"file": ("picture", data, picture.mime)},
            data={"description": picture.alt} if picture.alt else {},
        )
        handle = word(_body(wire), "id")
        if handle is None:
            raise Retryable("mastodon", "The instance did not say what it holds now.", code="no-media")
        return Upload(handle, ready=wire.answer is not None and wire.answer.status != 202, lasts=UNUSED_LASTS)

    def uploaded(self, handle: str) -> bool:
        """GET /api/v1/media/:id: 206 while the instance works on it; what is dropped, or shown by a status, is not found."""
        try:
            wire = self._asked("GET", f"/api/v1/media/{quote(handle, safe='')}")
        except Rejected as refused:
            if refused.code != "not-found":
                raise
            raise Rejected("mastodon", "The instance holds no such upload.", code=PICTURE_NOT_UPLOADED) from None
        return wire.answer is not None and wire.answer.status != 206

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("mastodon", "Reading again is not there yet.", code="read")

    def thread(self, ref: RemoteRef) -> Thread:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("mastodon", "Reading a thread is not there yet.", code="thread")

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("mastodon", "Reading own posts is not there yet.", code="own-posts")

    def moderate(self, target: Target, action: Moderation) -> None:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("mastodon", f"Mastodon cannot {action}.", code=action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("mastodon", "Counting is not there yet.", code="metrics")

    # --- inside ---------------------------------------------------------------------------------------------------

    def _token(self) -> str:
        token = self._sign_in.credential.get("access_token")
        if not token:
            raise AuthExpired("mastodon", "No access token is stored for this account.", code="no-token")
        return token

    def _asked(self, method: str, path: str, **content: Any) -> Wire:
        """One call past the library, whose methods for media and instance ask for the instance document first."""
        headers = {"Authorization": f"Bearer {self._token()}", "User-Agent": USER_AGENT}
        with Wire(self._sign_in.timeout) as wire, translated(TABLE, wire):
            wire.request(method, self._sign_in.base_url.rstrip("/") + path, headers=headers, **content)
        return wire

    @contextmanager
    def _client(self) -> Iterator[tuple[Any, Wire]]:
        import mastodon

        token = self._token()
        with Wire(self._sign_in.timeout) as wire:
            client = mastodon.Mastodon(
                api_base_url=self._sign_in.base_url,
                ratelimit_method="throw",
                request_timeout=self._sign_in.timeout,
                session=wire,
                user_agent=USER_AGENT,
                version_check_mode="none",
                lang="en",  # of its sentences: some are told apart, and an account may read another language
            )
            client.access_token = token  # not by the constructor, which would read a file of that name
            yield client, wire

    def _is_from_another_app(self, post: OwnPost) -> bool:
        """Whether the instance names an app, and it is not ours. Asked only where a match stands; untold is not another."""
        if post.app is None:
            return False
        try:
            with self._client() as (client, wire), translated(TABLE, wire):
                client.app_verify_credentials()
        except (AuthExpired, Rejected):  # older instances want a scope for it
            return False
        return word(_body(wire), "name") not in (None, post.app)

    def _identity(self) -> Identity:
        return self._sign_in.identity or self.identify()


def _body(wire: Wire) -> Any:
    return wire.answer.body if wire.answer else None


def _list(wire: Wire) -> list[Any]:
    """The page as it came. An answer that is no list is no empty page: silence must not be read into it."""
    body = _body(wire)
    if not isinstance(body, list):
        raise Retryable("mastodon", "The instance answered something that is no list.", code="not-a-list")
    return body
