"""The calls to Reddit, through praw. A post or comment is exactly one request; the token is renewed beforehand.

Bodies are read raw, not as praw's objects: praw turns an answer that holds both an error and the id of the created post
into an exception, and a scheduler that believed it posted twice (praw issue 1768).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

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
from connectors.errors import (
    PICTURE_NOT_UPLOADED,
    Ambiguous,
    AuthExpired,
    Cause,
    ConnectorError,
    RateLimited,
    Rejected,
    Retryable,
    Unsupported,
)
from connectors.http import Answer, Wire
from connectors.limits import limit
from connectors.metrics import Metrics
from connectors.moderation import Moderation, Target
from connectors.parts import handles, refuse_options, refuse_thread
from connectors.readback import Readback, confirmed
from connectors.reddit import BASE_URL, CAPABILITIES, CREDENTIALS, MAX_COMMENT, mapping
from connectors.sessions import Shelf
from connectors.shape import at, rows, word
from connectors.translate import Table, as_code, bounded, seconds, translated

INBOX_MARGIN = timedelta(minutes=10)
"""How far each read of the inbox overlaps the last: listings are not strictly in order."""
PAGE_SIZE = 100
INBOX_PAGES = 10
"""Reddit's listings end after about 1,000 entries."""
OWN_PAGES = 3
LOOKS = 4
"""How often a post with a picture is looked for after it was sent: Reddit makes it once it has worked on the picture."""
GALLERY = "api/submit_gallery_post.json"
MAX_CAPTION = 180
"""Characters of what stands under a picture of a gallery."""
LEASE_LASTS = 24 * 3600.0
"""Seconds after which Reddit's bucket drops what nobody used (`delete-after-1-day` in the recordings)."""
BUCKETS = ".amazonaws.com"
"""Where Reddit has pictures put: nothing is sent to any other place that an answer may name."""
TOKEN_RESERVE = 120.0
"""Seconds that a token must still last for `sign_in` to leave it alone."""


def _code(answer: Answer) -> str | None:
    """The code of an error: json.errors of a 200, `reason` of a 4xx, `error` of the token endpoint."""
    if "insufficient_scope" in answer.headers.get("www-authenticate", ""):
        return "insufficient_scope"
    told = mapping.refusal(answer.body)
    if told:
        return told[0]
    return word(answer.body, "reason") or word(answer.body, "error")


def _wait(answer: Answer) -> float | None:
    """x-ratelimit-reset is the seconds to the end of the window; a 429 from the edge has `retry-after` only."""
    told = seconds(answer.headers.get("retry-after"))
    return told if told is not None else seconds(answer.headers.get("x-ratelimit-reset"))


def _limit(answer: Answer) -> Limit | None:
    """Requests of the app client, which a post costs one of. `remaining` is a float in words, `reset` seconds to go."""
    left, reset = (seconds(answer.headers.get(f"x-ratelimit-{end}")) for end in ("remaining", "reset"))
    return limit(left, reset, "app")


TABLE = Table(
    "reddit",
    libraries=frozenset({"praw", "prawcore"}),
    code=_code,
    rules={(403, "USER_REQUIRED"): AuthExpired, (403, "insufficient_scope"): AuthExpired},
    wait=_wait,
    scope=lambda _answer: "app",  # the limit is per OAuth client, not per user
)
SIGN_IN_TABLE = Table(
    "reddit",
    libraries=TABLE.libraries,
    code=_code,
    rules={(400, None): AuthExpired, (403, None): AuthExpired, (200, "invalid_grant"): AuthExpired},
    wait=_wait,
    scope=TABLE.scope,
    causes={"invalid_grant": Cause.REVOKED, "http-400": Cause.REVOKED, "http-401": Cause.UNKNOWN},
)
BUCKET_TABLE = Table("reddit", rules={(401, None): Rejected})
"""The bucket signs nobody in: what it refuses is the lease."""
_SIGNED_OUT = frozenset({"USER_REQUIRED", "BAD_OAUTH", "WRONG_PASSWORD"})


class RedditConnector:
    """One Reddit account. See `connectors.contract.Connector` for what each method promises."""

    capabilities = CAPABILITIES

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._shelf = Shelf(sign_in)

    def sign_in(self) -> None:
        """Renew the access token if it is spent or nearly so, and keep it with its expiry."""
        credential = self._sign_in.credential
        lacking = [name for name in CREDENTIALS[0] if not credential.get(name)]
        if lacking:
            raise AuthExpired("reddit", f"The stored credential lacks {', '.join(lacking)}.", code="no-token")

        def ask(session: dict[str, Any]) -> dict[str, Any]:
            from connectors.reddit.client import client, renewed

            with Wire(self._sign_in.timeout) as wire, translated(SIGN_IN_TABLE, wire):
                reddit = client(wire, self._sign_in.base_url, credential, None)
                return renewed(reddit, session.get("refresh_token") or credential["refresh_token"])

        self._shelf.renew("reddit", ask, lasts=self._lasts, works=lambda session: self._lasts(session, 0))

    def identify(self) -> Identity:
        """GET /api/v1/me."""
        found = mapping.identity(self._read("api/v1/me"))
        if found is None:
            raise Retryable("reddit", "Reddit did not say who is signed in.", code="no-identity")
        return found

    def length(self, draft: Draft) -> int:
        """Code points of Markdown."""
        return len(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """Reddit takes no key; this one only names the send on our side."""
        return text.derived_key(seed, at)

    def publish(self, draft: Draft, *, key: str) -> Receipt:  # noqa: ARG002  (Reddit takes no key)
        """POST /api/submit, /api/submit_gallery_post.json or /api/comment, once. Signs in first: free after `sign_in`."""
        path, form = _writing(draft)
        wire = self._post(path, form, as_json=path == GALLERY, writing=True, made=mapping.created)
        ref = _created(wire)
        if ref is None and wire.answer is not None and mapping.is_being_made(wire.answer.body):
            ref = self._await(mapping.asset(form["url"]))
        if ref is None:
            raise _refusal(wire.answer, shows=bool(draft.pictures))
        return Receipt(ref, _limit(wire.answer) if wire.answer else None)

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002  (no key)
        """Look through our own posts or comments since the first claim. Silence proves nothing: listings lag."""
        own = self._identity()
        listing = "comments" if draft.in_reply_to else "submitted"
        readback = Readback(mapping.saying(draft), since)
        pages = self._pages(f"user/{own.handle}/{listing}", readback.back_to, most=OWN_PAGES, sort="new")
        assets = {mapping.asset(picture.handle) for picture in draft.pictures if picture.handle}
        for page in pages:
            if ref := _showing(page, assets):
                return Found(Receipt(ref))
            readback.see(post for child in rows(page, "data", "children") if (post := mapping.own_post(child)))
        readback.complete = _ends(pages[-1], readback.back_to)
        return readback.verdict(
            Unproven("It is not in the account's listing yet; Reddit's listings may be late.", silent=True)
        )

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """GET /api/info. What was deleted has no author any more, and so is nobody's."""
        name = mapping.referred(reference)
        own = self._identity()
        (page,) = self._pages("api/info", None, most=1, id=name)
        child = at(page, "data", "children", 0)
        post = mapping.own_post(child)
        if post is None or (word(child, "data", "author") or "").casefold() != own.handle.casefold():
            return Absent()
        return confirmed(post, mapping.saying(draft))

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:  # noqa: ARG002
        """GET /message/inbox, newest pages without `before` (which lies), back to the cursor less INBOX_MARGIN.

        The cursor is the newest creation time seen, in Unix seconds.
        """
        known = seconds(cursor)
        back_to = datetime.fromtimestamp(known, UTC) - INBOX_MARGIN if known is not None else None
        own = self._sign_in.identity.handle if self._sign_in.identity else None
        pages = self._pages("message/inbox", back_to, most=INBOX_PAGES if back_to else 1)
        items: dict[str, RemoteInteraction] = {}
        skipped = 0
        newest = known
        for page in pages:
            read = mapping.interactions(page, own)
            skipped += mapping.entries(page) - len(read)
            items.update({item.native_id: item for item in read if back_to is None or item.created_at >= back_to})
            times = [
                made.timestamp() for child in rows(page, "data", "children") if (made := mapping.created_at(child))
            ]
            newest = max([*times, *([newest] if newest is not None else [])], default=None)
        return Page(
            items=tuple(sorted(items.values(), key=lambda item: item.created_at)),
            cursor=str(int(newest)) if newest is not None else None,
            skipped=skipped,
        )

    def delete(self, ref: RemoteRef) -> None:
        """POST /api/del, which answers the same whether it was there or not."""
        wire = self._post("api/del", {"id": ref.id})
        if wire.answer and mapping.refusal(wire.answer.body):
            raise _refusal(wire.answer, shows=False)

    def terms(self) -> Terms:
        """As everywhere on the platform."""
        return Terms()

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """POST /api/media/asset.json leases a place, then the picture is put there. Reddit takes no description of it."""
        ending = picture.mime.rpartition("/")[2]
        wire = self._post("api/media/asset.json", {"filepath": f"picture.{ending}", "mimetype": picture.mime})
        lease = mapping.lease(wire.answer.body if wire.answer else None)
        if lease is None:
            raise Retryable("reddit", "Reddit did not say where to put the picture.", code="no-lease")
        place, fields = self._bucket(lease[0]), lease[1]
        with Wire(self._sign_in.timeout) as bucket, translated(BUCKET_TABLE, bucket):
            bucket.post(place, data=fields, files={"file": (f"picture.{ending}", data, picture.mime)})
        return Upload(f"{place}/{fields['key']}", lasts=LEASE_LASTS)

    def uploaded(self, handle: str) -> bool:  # noqa: ARG002
        """Reddit works on a picture only once a post shows it."""
        return True

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("reddit", "Reading again is not there yet.", code="read")

    def thread(self, ref: RemoteRef) -> Thread:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("reddit", "Reading a thread is not there yet.", code="thread")

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("reddit", "Reading own posts is not there yet.", code="own-posts")

    def moderate(self, target: Target, action: Moderation) -> None:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("reddit", f"Reddit cannot {action}.", code=action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:  # noqa: ARG002
        """Not yet."""
        raise Unsupported("reddit", "Counting is not there yet.", code="metrics")

    # --- inside ---------------------------------------------------------------------------------------------------

    @contextmanager
    def _client(self) -> Iterator[tuple[Any, Wire]]:
        from connectors.reddit.client import client

        token = self._shelf.load().get("access_token")
        with Wire(self._sign_in.timeout) as wire:
            yield client(wire, self._sign_in.base_url, self._sign_in.credential, token), wire

    def _post(
        self,
        path: str,
        form: dict[str, Any],
        *,
        as_json: bool = False,
        writing: bool = False,
        made: Callable[[Any], object] | None = None,
    ) -> Wire:
        """POST a form once; a token that Reddit refuses is not used again. The rest is as in `translated`."""
        self.sign_in()
        try:
            with self._client() as (reddit, wire), translated(TABLE, wire, writing=writing, made=made):
                reddit.request(method="POST", path=path, **{"json" if as_json else "data": form})
        except AuthExpired:
            self._forget_access()
            raise
        return wire

    def _bucket(self, action: str) -> str:
        """Where a picture is put, if that is a place of Reddit's, or the host that stands in for all of Reddit."""
        home = urlsplit(self._sign_in.base_url)
        named = urlsplit(action, scheme="https")
        if home.netloc == named.netloc and self._sign_in.base_url.rstrip("/") != BASE_URL:
            return f"{home.scheme}://{named.netloc}{named.path}".rstrip("/")
        if named.scheme == "https" and (named.hostname or "").endswith(BUCKETS) and named.netloc == named.hostname:
            return f"https://{named.netloc}{named.path}".rstrip("/")
        raise Rejected("reddit", "Reddit named a place for the picture that is not its own.", code="foreign-bucket")

    def _await(self, asset: str) -> RemoteRef | None:
        """The post that shows this asset, once our listing has it. Only reads, within a call's time, none after a failed one."""
        over = time.monotonic() + self._sign_in.timeout
        try:
            own = self._identity()
            for number in range(LOOKS):
                time.sleep(min(number, 1) * self._sign_in.timeout / 8)
                page = self._get(f"user/{own.handle}/submitted", {"limit": 25, "sort": "new"})
                if ref := _showing(page, {asset}):
                    return ref
                if time.monotonic() > over:
                    break
        except ConnectorError:
            return None
        return None

    def _identity(self) -> Identity:
        return self._sign_in.identity or self.identify()

    def _read(self, path: str, **params: str | int) -> Any:
        """GET a path; a token that Reddit has forgotten early is renewed once."""
        self.sign_in()
        try:
            return self._get(path, params)
        except AuthExpired:
            self._forget_access()
            self.sign_in()
            return self._get(path, params)

    def _get(self, path: str, params: dict[str, str | int]) -> Any:
        with self._client() as (reddit, wire), translated(TABLE, wire):
            return reddit.request(method="GET", path=path, params=params)

    def _lasts(self, session: Mapping[str, Any], reserve: float = TOKEN_RESERVE) -> bool:
        token = session.get("access_token")
        good = bool(token) and session.get("expires_at", 0) > time.time() + reserve
        return good and not self._shelf.is_refused(token)

    def _forget_access(self) -> None:
        self._shelf.refuse(self._shelf.load().get("access_token"))

    def _pages(self, path: str, back_to: datetime | None, *, most: int, **params: str | int) -> list[Any]:
        """Up to `most` pages, newest first, until a whole page is older than `back_to`."""
        pages: list[Any] = []
        after: str | None = None
        while len(pages) < most:
            page = self._read(path, limit=PAGE_SIZE, **params, **({"after": after} if after else {}))
            if not isinstance(at(page, "data", "children"), list):
                raise Retryable("reddit", "Reddit answered something that is no listing.", code="not-a-listing")
            pages.append(page)
            after = word(page, "data", "after")
            if _ends(page, back_to):
                break
        return pages


def _ends(page: Any, back_to: datetime | None) -> bool:
    """Whether nothing follows this page, or only what is older: the whole page is, for the order is not strict."""
    times = [made for child in rows(page, "data", "children") if (made := mapping.created_at(child))]
    return word(page, "data", "after") is None or bool(back_to and times and max(times) < back_to)


def _showing(page: Any, assets: set[str]) -> RemoteRef | None:
    """The first post of a page that shows one of these assets: nobody else's upload has the same id."""
    for child in rows(page, "data", "children"):
        if mapping.assets_shown(child) & assets and (post := mapping.own_post(child)):
            return post.ref
    return None


def _writing(draft: Draft) -> tuple[str, dict[str, Any]]:
    """The path and form of a post or comment; Rejected where Reddit would refuse it anyway."""
    refuse_thread("reddit", draft)
    refuse_options(CAPABILITIES, draft)
    target = draft.in_reply_to
    if target:
        if draft.pictures:
            raise Unsupported("reddit", "A comment takes no picture.", code="picture-in-comment")
        if not target.id.startswith(("t1_", "t3_")):
            raise Rejected("reddit", "Only a post or a comment can be answered.", code="not-answerable")
        if len(draft.text) > MAX_COMMENT:
            raise Rejected("reddit", f"A comment may have {MAX_COMMENT} characters.", code="TOO_LONG")
        return "api/comment", {"thing_id": target.id, "text": draft.text}
    community = mapping.community(draft)
    if not draft.title or not community:
        lacking = "title" if not draft.title else "community"
        raise Rejected("reddit", f"A post on Reddit needs a {lacking}.", code=f"needs-{lacking}")
    form = {
        "nsfw": False,
        "sendreplies": True,
        "spoiler": False,
        "sr": community,
        "text": draft.text,
        "title": draft.title,
    }
    places = handles("reddit", draft)
    if len(places) > 1:
        return GALLERY, form | {"items": [_in_gallery(one) for one in draft.pictures], "show_error_list": True}
    form |= {"kind": "image", "url": places[0]} if places else {"kind": "self"}
    return "api/submit", form | {"resubmit": True}


def _in_gallery(picture: Picture) -> dict[str, str]:
    """One picture of a gallery. Its description is its caption; one that is too long for that is not shown."""
    caption = picture.alt if len(picture.alt) <= MAX_CAPTION else ""
    return {"caption": caption, "media_id": mapping.asset(picture.handle or ""), "outbound_url": ""}


def _created(wire: Wire) -> RemoteRef | None:
    return mapping.created(wire.answer.body) if wire.answer else None


def _refusal(answer: Answer | None, *, shows: bool) -> ConnectorError:
    """What an answer with status 200 and no id means; `shows`: of a post with pictures, whose one address is ours."""
    told = mapping.refusal(answer.body) if answer else None
    if told is None:
        return Ambiguous("reddit", "Reddit took the post but did not say which one it is.", code="no-id")
    code, wait = as_code(told[0]) or "refused", told[1]
    if code == "RATELIMIT":
        return RateLimited("reddit", "Reddit asks for a break.", retry_after=bounded(wait), code=code)
    if code in _SIGNED_OUT:
        return AuthExpired("reddit", code=code)
    if shows and code == "BAD_URL":
        return Rejected("reddit", "Reddit does not find the picture.", code=PICTURE_NOT_UPLOADED)
    return Rejected("reddit", "Reddit refused it.", code=code)
