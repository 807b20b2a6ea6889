"""The calls to X, through tweepy. It keeps nothing but a renewed token, and sends a post exactly once.

tweepy's Client has no timeout, follows redirects, and names its host in its source; `connectors.http.Wire` mends all
three. tweepy never retries by itself as long as `wait_on_rate_limit` is off.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from connectors import text
from connectors.capabilities import Scope, Terms
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPost,
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
from connectors.limits import limit, tightest
from connectors.metrics import Metrics
from connectors.moderation import Moderation, Target
from connectors.parts import handles, refuse_options, refuse_thread
from connectors.readback import Readback, confirmed
from connectors.sessions import Shelf
from connectors.shape import at, rows, word
from connectors.translate import Table, seconds, translated, until
from connectors.x import BASE_URL, CAPABILITIES, MOVING, mapping, tokens
from connectors.x.length import weighted_length

MENTION_MARGIN = timedelta(minutes=10)
"""Mentions reach the listing out of order (issues collected in README.md): each read begins this much earlier."""
PAGE_SIZE = 100
MENTION_PAGES = 8
"""X shows the newest 800 mentions and no more."""
TIMELINE_PAGES = 3
_MOVES = "/gif"
"""Ends the handle of an upload that X works on before it may be used."""

for _name in ("tweepy", "oauthlib", "requests_oauthlib"):  # at DEBUG these write tokens and bodies to the log
    logging.getLogger(_name).setLevel(logging.INFO)


def _code(answer: Answer) -> str | None:
    """X's codes: v1 numbers, the end of a problem's type, and for `about:blank` the two sentences that matter to us."""
    number = at(answer.body, "errors", 0, "code")
    if number is not None:
        return {187: "duplicate-content", 326: "account-locked", 64: "account-suspended"}.get(number, str(number))
    if answer.status == 402:
        return "credits-depleted"
    if answer.status == 400 and mapping.refused_media(answer.body):
        return PICTURE_NOT_UPLOADED
    said = (word(answer.body, "detail") or "").lower()
    if answer.status == 403 and "duplicate content" in said:
        return "duplicate-content"
    if answer.status == 403 and "reply to or quote" in said:
        return "reply-not-permitted"
    problem = (word(answer.body, "type") or "").rpartition("/problems/")[2]
    return problem if problem not in ("", "about:blank") else None


_APP_WINDOW = "x-app-limit-24hour"
_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", _APP_WINDOW)


def _exhausted(answer: Answer) -> list[str]:
    return [name for name in _WINDOWS if seconds(answer.headers.get(f"{name}-remaining")) == 0]


def _wait(answer: Answer) -> float | None:
    """Until the last of the used-up windows opens: a 429 may come from a 24-hour cap while the 15-minute one is open."""
    used_up = _exhausted(answer) or ["x-rate-limit"]
    opens = [when for name in used_up if (when := seconds(answer.headers.get(f"{name}-reset"))) is not None]
    return until(max(opens), answer) if opens else seconds(answer.headers.get("retry-after"))


def _scope(answer: Answer) -> Scope:
    whole_app = _APP_WINDOW in _exhausted(answer) or _code(answer) == "usage-capped"
    return "app" if whole_app else "account"


def _limit(answer: Answer) -> Limit | None:
    """The tightest of the windows that X tells of: 15 minutes and 24 hours for the user, 24 hours for the app."""

    def window(name: str) -> Limit | None:
        left, reset = (seconds(answer.headers.get(f"{name}-{end}")) for end in ("remaining", "reset"))
        return limit(left, until(reset, answer), "app" if name == _APP_WINDOW else "account")

    return tightest(map(window, _WINDOWS))


TABLE = Table(
    "x",
    libraries=frozenset({"tweepy"}),
    code=_code,
    rules={
        (403, "account-locked"): AuthExpired,
        (403, "account-suspended"): AuthExpired,
        (403, "unsupported-authentication"): AuthExpired,
    },
    wait=_wait,
    scope=_scope,
)


class XConnector:
    """One X account. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._shelf = Shelf(sign_in)

    def sign_in(self) -> None:
        """Renew an OAuth 2.0 token that is nearly spent, where the credential can; otherwise there is nothing to do."""
        credential = self._sign_in.credential
        if self._oauth1 or not tokens.is_renewable(credential):
            return

        def ask(session: dict[str, Any]) -> dict[str, Any]:
            with Wire(self._sign_in.timeout) as wire:
                spent = session.get("refresh_token") or credential["refresh_token"]
                return tokens.renewed(wire, self._sign_in.base_url, credential, spent)

        self._shelf.renew(
            "x",
            ask,
            lasts=lambda session: tokens.lasts(session or credential),
            works=lambda session: tokens.lasts(session or credential, reserve=0),
        )

    def identify(self) -> Identity:
        """GET /2/users/me."""
        with self._client() as (client, wire), translated(TABLE, wire):
            found = mapping.identity(client.get_me(user_auth=self._oauth1))
        if found is None:
            raise Retryable("x", "X did not say who is signed in.", code="no-identity")
        return found

    def length(self, draft: Draft) -> int:
        """Weighted characters, of which X takes 280."""
        return weighted_length(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """X takes no key; this one only names the send on our side."""
        return text.derived_key(seed, at)

    def publish(self, draft: Draft, *, key: str) -> Receipt:  # noqa: ARG002  (X takes no key)
        """POST /2/tweets, once."""
        refuse_thread("x", draft)
        refuse_options(CAPABILITIES, draft)
        parent = draft.in_reply_to.id if draft.in_reply_to else None
        media = [handle.removesuffix(_MOVES) for handle in handles("x", draft)]
        if len(media) > 1 and any(picture.mime == MOVING for picture in draft.pictures):
            raise Unsupported("x", "X shows a GIF alone.", code="gif-not-alone")
        with self._client() as (client, wire), translated(TABLE, wire, writing=True, made=mapping.created_id):
            client.create_tweet(
                text=draft.text or None,  # X takes no empty text beside pictures
                media_ids=media or None,
                in_reply_to_tweet_id=parent,
                user_auth=self._oauth1,
            )
        ref = self._created(wire)
        if ref is None:
            raise Ambiguous("x", "X took the post but did not say which one it is.", code="no-id")
        return Receipt(ref, _limit(wire.answer) if wire.answer else None)

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002  (X takes no key)
        """Look through our own timeline since the first claim. Silence proves nothing: the listing lags."""
        own = self._identity()
        readback = Readback(mapping.saying(draft), since)
        with self._client() as (client, wire), translated(TABLE, wire):
            since_id = mapping.snowflake(readback.back_to)
            pages = self._pages(client.get_users_tweets, wire, own.id, since_id=since_id, most=TIMELINE_PAGES)
        for page in pages:
            readback.see(post for entry in rows(page, "data") if (post := mapping.own_post(entry, own)))
        readback.complete = mapping.reaches(pages, readback.back_to)
        return readback.verdict(
            Unproven("It is not in the account's timeline yet; X's timeline may be late.", silent=True)
        )

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """GET /2/tweets/:id. X says what it cannot find, or may not show, in the errors of a 200."""
        post_id = mapping.referred(reference)
        own = self._identity()
        try:
            with self._client() as (client, wire), translated(TABLE, wire):
                body = client.get_tweet(post_id, **mapping.FIELDS, user_auth=self._oauth1)
        except Rejected:
            if wire.answer is None or wire.answer.status != 404:
                raise
            return Absent()
        entry = at(body, "data")
        post = mapping.own_post(entry, own)
        if post is None and not mapping.is_gone(body):
            raise Retryable("x", "X answered something that is no post.", code="not-a-post")
        if post is None or word(entry, "author_id") != own.id:
            return Absent()
        return confirmed(post, mapping.saying(draft))

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:  # noqa: ARG002
        """GET /2/users/:id/mentions. The cursor is the newest post id seen; a read begins MENTION_MARGIN before it."""
        own = self._identity()
        known = cursor if cursor and cursor.isdigit() else None
        since_id = mapping.earlier(known, MENTION_MARGIN) if known else None
        with self._client() as (client, wire), translated(TABLE, wire):
            most = MENTION_PAGES if known else 1
            pages = self._pages(client.get_users_mentions, wire, own.id, since_id=since_id, most=most)
        read = [mapping.interactions(page, own.id) for page in pages]
        items = {item.native_id: item for found, _ in read for item in found}
        ids = [post_id for page in pages for post in rows(page, "data") if (post_id := word(post, "id"))]
        return Page(
            items=tuple(
                sorted(items.values(), key=lambda item: int(item.native_id) if item.native_id.isdigit() else 0)
            ),
            cursor=mapping.newest([*ids, *([known] if known else [])]),
            skipped=sum(skipped for _, skipped in read),
        )

    def delete(self, ref: RemoteRef) -> None:
        """DELETE /2/tweets/:id; a post that is not there is gone."""
        try:
            with self._client() as (client, wire), translated(TABLE, wire):
                client.delete_tweet(ref.id, user_auth=self._oauth1)
        except Rejected:
            if wire.answer is None or wire.answer.status != 404:
                raise

    def terms(self) -> Terms:
        """As everywhere on the platform."""
        return Terms()

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """POST /2/media/upload; of a GIF, in three steps, after which X works on it. Then the description, where there is one."""
        moves = picture.mime == MOVING
        wire = self._upload_moving(data) if moves else self._upload_still(picture.mime, data)
        body = wire.answer.body if wire.answer else None
        media_id = mapping.media_id(body)
        if media_id is None:
            raise Retryable("x", "X did not say what it holds now.", code="no-media")
        if picture.alt:
            metadata = {"id": media_id, "metadata": {"alt_text": {"text": picture.alt}}}
            self._asked("POST", "/2/media/metadata", json=metadata)
        ready = _is_done(mapping.media_state(body))
        return Upload(media_id + _MOVES if moves else media_id, ready, mapping.media_lasts(body))

    def uploaded(self, handle: str) -> bool:
        """GET /2/media/upload of a GIF; all else is ready when it is there, and X has no state of it to tell."""
        if not handle.endswith(_MOVES):
            return True
        asked = {"command": "STATUS", "media_id": handle.removesuffix(_MOVES)}
        try:
            with self._client() as (client, wire), translated(TABLE, wire):
                wire.get(f"{BASE_URL}/2/media/upload", params=asked, **self._authority(client))
        except Rejected:
            if wire.answer is None or wire.answer.status not in (400, 404):
                raise
            raise Rejected("x", "X holds no such upload.", code=PICTURE_NOT_UPLOADED) from None
        return _is_done(mapping.media_state(wire.answer.body if wire.answer else None))

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("x", "Reading again is not there yet.", code="read")

    def thread(self, ref: RemoteRef) -> Thread:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("x", "Reading a thread is not there yet.", code="thread")

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("x", "Reading own posts is not there yet.", code="own-posts")

    def moderate(self, target: Target, action: Moderation) -> None:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("x", f"X cannot {action}.", code=action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("x", "Counting is not there yet.", code="metrics")

    # --- inside ---------------------------------------------------------------------------------------------------

    @property
    def _oauth1(self) -> bool:
        return bool(self._sign_in.credential.get("consumer_key"))

    @contextmanager
    def _client(self) -> Iterator[tuple[Any, Wire]]:
        import tweepy

        credential = self._sign_in.credential
        access_token = self._shelf.load().get("access_token") or credential.get("access_token")
        if not access_token:
            raise AuthExpired("x", "No access token is stored for this account.", code="no-token")
        if self._oauth1:
            names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
            given = {name: credential.get(name) for name in names}
        else:
            given = {"bearer_token": access_token}
        client = tweepy.Client(**given, return_type=dict, wait_on_rate_limit=False)
        client.session.close()
        moved = (BASE_URL, self._sign_in.base_url.rstrip("/"))
        with Wire(self._sign_in.timeout, moved=moved) as wire:
            client.session = wire
            yield client, wire

    def _upload_still(self, mime: str, data: bytes) -> Wire:
        form = {"media_category": "tweet_image", "media_type": mime}
        return self._asked("POST", "/2/media/upload", data=form, files={"media": ("picture", data, mime)})

    def _upload_moving(self, data: bytes) -> Wire:
        """A GIF is small enough for one segment (`max_bytes`)."""
        begun = {"media_category": "tweet_gif", "media_type": MOVING, "total_bytes": len(data)}
        wire = self._asked("POST", "/2/media/upload/initialize", json=begun)
        media_id = mapping.media_id(wire.answer.body if wire.answer else None)
        if media_id is None or not media_id.isdigit():
            raise Retryable("x", "X did not begin the upload.", code="no-media")
        path, segment = f"/2/media/upload/{media_id}", {"media": ("picture", data, MOVING)}
        self._asked("POST", f"{path}/append", data={"segment_index": "0"}, files=segment)
        return self._asked("POST", f"{path}/finalize")

    def _asked(self, method: str, path: str, **content: Any) -> Wire:
        """One call past tweepy, whose Client knows no media. It may be repeated: an upload that no post names shows nowhere."""
        with self._client() as (client, wire), translated(TABLE, wire):
            wire.request(method, BASE_URL + path, **self._authority(client), **content)
        return wire

    def _authority(self, client: Any) -> dict[str, Any]:
        """What a request needs to be this account's, as tweepy would give it."""
        if not self._oauth1:
            return {"headers": {"Authorization": f"Bearer {client.bearer_token}"}}
        import tweepy

        keys = (client.consumer_key, client.consumer_secret, client.access_token, client.access_token_secret)
        return {"auth": tweepy.OAuth1UserHandler(*keys).apply_auth()}

    def _identity(self) -> Identity:
        return self._sign_in.identity or self.identify()

    def _created(self, wire: Wire) -> RemoteRef | None:
        post_id = mapping.created_id(wire.answer.body) if wire.answer else None
        own = self._sign_in.identity
        return RemoteRef(post_id, mapping.post_url(post_id, own.handle if own else None)) if post_id else None

    def _pages(self, listing: Any, wire: Wire, user_id: str, *, since_id: str | None, most: int) -> list[Any]:
        """Up to `most` pages, newest first. Where X finds `since_id` too old, the same again without it."""
        pages: list[Any] = []
        token: str | None = None
        while len(pages) < most:
            asked = {**mapping.FIELDS, "since_id": since_id, "pagination_token": token}
            try:
                page = listing(
                    user_id, max_results=PAGE_SIZE, expansions=mapping.EXPANSIONS, user_auth=self._oauth1, **asked
                )
            except Exception:
                refused = wire.answer is not None and mapping.refused_since_id(wire.answer.body)
                if since_id is None or not refused:
                    raise
                since_id, token, pages = None, None, []
                continue
            pages.append(page)
            token = word(page, "meta", "next_token")
            if token is None:
                break
        return pages


def _is_done(state: str) -> bool:
    """Whether an upload in this state may be used. Raises Rejected where X could not work with it."""
    if state == "failed":
        raise Rejected("x", "X could not work with the picture.", code="picture-failed")
    return state == "succeeded"
