"""Mastodon's REST API as far as Parley speaks it. It must never remember an Idempotency-Key longer than its hour.

Sources: recordings (corpus mastodon/), Mastodon's API documentation for paging, rate limits and idempotency.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from local.sandbox.counting import HASHTAG, MENTION, mastodon_length
from local.sandbox.mastodon_acts import AT_ONCE, MastodonActs
from local.sandbox.mastodon_media import MastodonMedia
from local.sandbox.mastodon_views import APPLICATION, DOMAIN, LONGEST, MastodonViews, instance_v1, instance_v2
from local.sandbox.model import Account, Platform, Post, Sort, TokenUse
from local.sandbox.network import SandboxNetwork
from local.sandbox.oauth import Consent
from local.sandbox.wire import Answer, Facade, bearer_token, json_body, json_response, milliseconds, refuse

KEY_REMEMBERED = timedelta(hours=1)
WINDOW = timedelta(minutes=5)
LIMIT = 300
STATUS_WINDOW = timedelta(hours=3)
"""New statuses are counted apart, and their answers tell of nothing else (rate_limiter.rb)."""
MEDIA_LIMIT = 30
MEDIA_WINDOW = timedelta(minutes=30)
"""New files too (documented, and recorded)."""
_SCOPES = "read write"
MESSAGES = "messages"
"""What a script names as the community of a private message."""


def status_id(milliseconds_: int) -> str:
    """A status id: milliseconds shifted by 16 bits, as Mastodon's timestamp ids are."""
    return str(milliseconds_ << 16)


class MastodonFacade(Facade):
    """One Mastodon instance at /mastodon/…"""

    platform: ClassVar = Platform.MASTODON

    def __init__(self, network: SandboxNetwork) -> None:
        self.media = MastodonMedia(network, self.caller, self._views, self._media_id)
        self.acts = MastodonActs(network, self.caller, self._views)
        self.consent = Consent(network, self.platform)
        super().__init__(network)

    def routes(self) -> dict[tuple[str, str], Answer]:
        """What is spoken; README.md says what is not."""
        return {
            ("POST", "/oauth/token"): self._token,
            ("POST", "/oauth/revoke"): self._revoke,
            ("GET", "/oauth/authorize"): self.consent.page,
            ("POST", "/oauth/authorize"): self.consent.page,
            ("POST", "/api/v1/apps"): self._register,
            ("GET", "/api/v1/instance"): lambda _: json_response(instance_v1()),
            ("GET", "/api/v2/instance"): lambda _: json_response(instance_v2()),
            ("GET", "/api/v1/accounts/verify_credentials"): self._verify,
            ("GET", "/api/v1/apps/verify_credentials"): self._verify_app,
            ("GET", "/api/v1/accounts/<id_>"): self._account,
            ("GET", "/api/v1/accounts/<id_>/statuses"): self._statuses,
            ("GET", "/api/v1/notifications"): self._notifications,
            ("GET", "/api/v1/timelines/tag/<tag>"): self._tagged,
            ("GET", "/api/v1/timelines/public"): self._public,
            ("GET", "/api/v1/statuses"): self._several,
            ("GET", "/api/v1/statuses/<id_>"): self._status,
            ("GET", "/api/v1/statuses/<id_>/context"): self._context,
            ("POST", "/api/v2/media"): self.media.create,
            ("POST", "/api/v1/media"): self.media.create,
            ("GET", "/api/v1/media/<id_>"): self.media.show,
            ("PUT", "/api/v1/media/<id_>"): self.media.update,
            ("DELETE", "/api/v1/media/<id_>"): self.media.delete,
            ("GET", "/system/media_attachments/files/<sha256>/<name>"): self.media.file,
            ("POST", "/api/v1/statuses"): self._post,
            ("DELETE", "/api/v1/statuses/<id_>"): self._delete,
            ("GET", "/@<handle>/<id_>"): self._shown_to_people,
            **self.acts.routes(),
        }

    def sort_of(self, method: str, path: str) -> Sort:
        """Posting and deleting are writes; a file shows nowhere until a status names it."""
        if "/oauth/" in path or path.endswith("/api/v1/apps"):
            return Sort.SESSION
        if method != "GET" and "/media" in path:
            return Sort.UPLOAD
        return Sort.READ if method == "GET" else Sort.WRITE

    def error(self, status: int, seconds: float = 0.0) -> Response:
        """{"error"}; 429 names its reset in ISO 8601."""
        words = {401: "The access token is invalid", 403: "This action is not allowed", 404: "Record not found"}
        words |= {429: "Too many requests", 503: "Service Unavailable"}
        headers = {}
        if status == 429:
            reset = (self.network.now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            headers = {"X-RateLimit-Limit": str(LIMIT), "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        return json_response({"error": words.get(status, "Something went wrong on our end")}, status, headers)

    def signed_out(self) -> Response:
        """401 as Doorkeeper says it."""
        answer = self.error(401)
        answer.headers["WWW-Authenticate"] = (
            'Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"'
        )
        return answer

    def credential(self, account: Account) -> dict[str, str]:
        """{"access_token"}."""
        return {"access_token": self.first_token(account)}

    def make_account(self, handle: str, name: str, *, ours: bool) -> Account:
        """Usernames hold letters, digits, _ and (inside) - and dots."""
        handle = "".join(c if (c.isalnum() and c.isascii()) or c in "_-." else "_" for c in handle).strip("-.")[:30]
        id_ = status_id(int(self.network.now().timestamp() * 1000))
        while self.network.account(self.platform, id_):
            id_ = str(int(id_) + 1)
        return self.network.add_account(self.platform, id_, handle, name, ours=ours)

    def say(
        self,
        author: Account,
        text: str,
        *,
        parent: Post | None = None,
        toward: Account | None = None,
        community: str = "",
    ) -> Post:
        """Mastodon notifies of mentions only, so a member's reply names whom it answers, as every client does.

        The community `messages` is none: what is said toward an account in it is a private message.
        """
        if toward is None and parent is not None and parent.author != author.id:
            toward = self.network.account(self.platform, parent.author)
        if toward is not None and f"@{toward.handle.lower()}" not in text.lower():
            text = f"@{toward.handle} {text}"
        return self._keep(author, text, parent, {"visibility": "direct"} if community == MESSAGES else {})

    def edit(self, post: Post, text: str) -> Post:
        """An edit is told with the status."""
        facts = {**post.facts, "edited_at": milliseconds(self.network.now())}
        return self.network.keep_post(replace(post, text=text, facts=facts))

    def private_messages(self) -> list[dict[str, Any]]:
        """Statuses that only those see whom they name."""
        return [
            {"id": one.id, "author": one.author, "to": reader, "text": one.text}
            for one in self.network.posts(self.platform)
            for reader in one.mentions
            if one.facts.get("visibility") == "direct"
        ]

    def link(self, post: Post) -> str:
        """The status's uri."""
        return f"https://{DOMAIN}/ap/users/{post.author}/statuses/{post.id}"

    def finish(self, request: Request, path: str, response: Response) -> Response:
        """Rate headers: reset in ISO 8601."""
        if path.startswith("/api/") and "X-RateLimit-Reset" not in response.headers:
            who = f"mastodon {bearer_token(request)}"
            bucket, limit, window = self._bucket(request.method, path)
            meter = self.network.rates.count(who, bucket, limit, window, self.network.now())
            response.headers["X-RateLimit-Limit"] = str(meter.limit)
            response.headers["X-RateLimit-Remaining"] = str(meter.remaining)
            response.headers["X-RateLimit-Reset"] = meter.reset.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return response

    @staticmethod
    def _bucket(method: str, path: str) -> tuple[str, int, timedelta]:
        if method == "POST" and path == "/api/v1/statuses":
            return "statuses", LIMIT, STATUS_WINDOW
        if method == "POST" and path.endswith("/media"):
            return "media", MEDIA_LIMIT, MEDIA_WINDOW
        return "all", LIMIT, WINDOW

    @staticmethod
    def _shown_to_people(request: Request, handle: str, id_: str) -> Response:
        del request, handle
        return Response(status=302, headers={"Location": f"/_sandbox/#mastodon-{id_}"})

    def _views(self, request: Request) -> MastodonViews:
        return MastodonViews(self.network, request.host_url.rstrip("/") + "/mastodon")

    def _register(self, request: Request) -> Response:
        form = {**request.form.to_dict(), **json_body(request)}
        redirect = str(form.get("redirect_uris", ""))
        if not redirect or not form.get("client_name"):
            refuse({"error": "Validation failed: Redirect URI must be an absolute URI."}, 422)
        return json_response({"id": "1", "name": form["client_name"], **self.consent.register((redirect,))})

    def _revoke(self, request: Request) -> Response:
        if self.consent.client(request) is None:
            refuse({"error": "unauthorized_client"}, 403)
        token = self.network.token(self.platform, request.form.get("token", ""))
        if token is not None:
            self.network.revoke(token)
        return json_response({})

    def _token(self, request: Request) -> Response:
        form = {**request.form.to_dict(), **json_body(request)}
        if form.get("grant_type") == "authorization_code":
            return self._given(*self.consent.redeem(request))
        account = self.network.account_by_handle(self.platform, str(form.get("username", "")))
        if form.get("grant_type") != "password" or account is None or form.get("password") != account.password:
            message = "The provided authorization grant is invalid, expired or revoked."
            refuse({"error": "invalid_grant", "error_description": message}, 400)
        return self._given(account, _SCOPES)

    def _given(self, account: Account, scope: str) -> Response:
        token = self.network.issue(account, TokenUse.ACCESS)
        created = int(self.network.now().timestamp())
        return json_response(
            {"access_token": token.value, "token_type": "Bearer", "scope": scope, "created_at": created}
        )

    # --- reading -----------------------------------------------------------------------------------------------------

    def _verify(self, request: Request) -> Response:
        return json_response(self._views(request).own_account(self.caller(request)))

    def _verify_app(self, request: Request) -> Response:
        self.caller(request)
        return json_response({**APPLICATION, "scopes": ["read", "write"], "vapid_key": ""})

    def _account(self, request: Request, id_: str) -> Response:
        account = self.network.account(self.platform, id_)
        return self.error(404) if account is None else json_response(self._views(request).account(account))

    def _statuses(self, request: Request, id_: str) -> Response:
        me = self.caller(request)
        if self.network.account(self.platform, id_) is None:
            return self.error(404)
        mine = [one for one in self.network.posts(self.platform, author=id_, listing=True) if self.acts.sees(me, one)]
        if request.args.get("exclude_replies") in {"true", "1"}:
            mine = [one for one in mine if one.parent is None]
        views = self._views(request)
        return self._page(request, [(int(one.id), one) for one in mine], views.status, 20, 40)

    def _notifications(self, request: Request) -> Response:
        types = request.args.getlist("types[]") or request.args.getlist("types")
        rows = self.acts.notices(self.caller(request), types, request.args.getlist("exclude_types[]"))
        views = self._views(request)
        return self._page(request, rows, lambda one: views.notification(*one), 40, 80)

    def _tagged(self, request: Request, tag: str) -> Response:
        def has_it(post: Post) -> bool:
            return tag.lower() in (one.lower() for one in HASHTAG.findall(post.text))

        return self._timeline(request, has_it)

    def _public(self, request: Request) -> Response:
        return self._timeline(request, lambda _: True)

    def _timeline(self, request: Request, belongs: Callable[[Post], bool]) -> Response:
        self.caller(request)
        shown = [
            one
            for one in self.network.posts(self.platform, listing=True)
            if one.facts.get("visibility", "public") == "public" and belongs(one)
        ]
        return self._page(request, [(int(one.id), one) for one in shown], self._views(request).status, 20, 40)

    def _page(self, request: Request, rows: list[tuple[int, Any]], view: Any, usual: int, most: int) -> Response:
        """Newest first. `min_id` pages forward from just above it; `since_id` gives the newest that are above it."""
        bounds = {}
        for name in ("min_id", "since_id", "max_id"):
            given = request.args.get(name, "")
            if given.isdigit():
                bounds[name] = int(given)
        limit = max(1, min(most, request.args.get("limit", usual, type=int)))
        rows = sorted(rows, key=lambda row: row[0])
        rows = [row for row in rows if row[0] < bounds.get("max_id", row[0] + 1)]
        rows = [row for row in rows if row[0] > max(bounds.get("min_id", -1), bounds.get("since_id", -1))]
        page = rows[:limit] if "min_id" in bounds else rows[-limit:]
        page = page[::-1]
        response = json_response([view(post) for _, post in page])
        if page:
            response.headers["Link"] = self._links(request, page, full=len(page) == limit)
        return response

    @staticmethod
    def _links(request: Request, page: list[tuple[int, Any]], *, full: bool) -> str:
        kept = [(k, v) for k, v in request.args.items(multi=True) if k not in {"min_id", "since_id", "max_id"}]
        base = request.base_url
        links = []
        if full:
            links.append(f'<{base}?{urlencode([*kept, ("max_id", page[-1][0])])}>; rel="next"')
        links.append(f'<{base}?{urlencode([*kept, ("min_id", page[0][0])])}>; rel="prev"')
        return ", ".join(links)

    def _several(self, request: Request) -> Response:
        ids = list(dict.fromkeys(request.args.getlist("id[]")))
        if len(ids) > AT_ONCE:
            refuse({"error": "Validation failed"}, 422)
        found = [post for one in ids if (post := self._seen(request, one))]
        views = self._views(request)
        return json_response([views.status(one) for one in found])

    def _status(self, request: Request, id_: str) -> Response:
        post = self._seen(request, id_)
        return self.error(404) if post is None else json_response(self._views(request).status(post))

    def _seen(self, request: Request, id_: str) -> Post | None:
        """The post, if it is there and whoever asks may see it."""
        post = self.network.post(self.platform, id_)
        return post if post and self.acts.sees(self.account_of(bearer_token(request)), post) else None

    def _context(self, request: Request, id_: str) -> Response:
        post = self._seen(request, id_)
        if post is None:
            return self.error(404)
        views = self._views(request)
        ancestors: list[Post] = []
        above = post.parent
        while above is not None and (parent := self.network.post(self.platform, above)) is not None:
            ancestors.insert(0, parent)
            above = parent.parent
        family = {post.id}
        descendants = []
        me = self.account_of(bearer_token(request))
        for one in self.network.posts(self.platform):
            if one.parent in family and self.acts.sees(me, one):
                family.add(one.id)
                descendants.append(one)
        body = {"ancestors": [views.status(one) for one in ancestors]}
        return json_response({**body, "descendants": [views.status(one) for one in descendants]})

    # --- writing -----------------------------------------------------------------------------------------------------

    def _post(self, request: Request) -> Response:
        author = self.caller(request)
        given = {**request.form.to_dict(), **json_body(request)} if request.is_json else request.form.to_dict()
        key = request.headers.get("Idempotency-Key", "")
        views = self._views(request)
        before = self._remembered(author, key)
        if before is not None:
            return json_response(views.status(before))
        text, warning = str(given.get("status") or ""), str(given.get("spoiler_text") or "")
        shown = self.media.attached(request, author)
        if not text.strip() and not shown:
            refuse({"error": "Validation failed: Text can't be blank"}, 422)
        if mastodon_length(text, warning) > LONGEST:
            refuse({"error": f"Validation failed: Text character limit of {LONGEST} exceeded"}, 422)
        parent = None
        if given.get("in_reply_to_id"):
            parent = self.network.post(self.platform, str(given["in_reply_to_id"]))
            if parent is None:
                refuse({"error": "The post you are trying to reply to does not appear to exist."}, 404)
        poll = self.acts.asked_poll(given, request)
        facts = {
            "visibility": given.get("visibility") or "public",
            "language": given.get("language") or "en",
            "spoiler_text": warning,
            "key": key,
            "sensitive": bool(warning) or str(given.get("sensitive", "")).lower() in {"1", "true"},
            "poll": poll,
            "quoted": given.get("quoted_status_id"),
        }
        asked = {"warning": warning, "sensitive": facts["sensitive"] and not warning, "poll": poll}
        asked["audience"] = {"unlisted": "unlisted", "private": "followers"}.get(str(given.get("visibility")))
        facts["options"] = {name: it for name, it in asked.items() if it}
        return json_response(views.status(self._keep(author, text, parent, facts, shown)))

    def _remembered(self, author: Account, key: str) -> Post | None:
        if not key:
            return None
        for post in self.network.posts(self.platform, author=author.id):
            if post.facts.get("key") == key and self.network.now() - post.created_at < KEY_REMEMBERED:
                return post
        return None

    def _media_id(self) -> str:
        id_ = status_id(round(self.network.now().timestamp() * 1000))
        while any(one.id == id_ for one in self.network.uploads(self.platform)):
            id_ = str(int(id_) + 1)
        return id_

    def _keep(
        self,
        author: Account,
        text: str,
        parent: Post | None,
        facts: dict[str, Any],
        shown: tuple[dict[str, Any], ...] = (),
    ) -> Post:
        at = self.network.moment()
        id_ = status_id(round(at.timestamp() * 1000))
        told = [
            self.network.account_by_handle(self.platform, name)
            for name, domain in MENTION.findall(text)
            if domain in {"", DOMAIN}
        ]
        return self.network.keep_post(
            Post(
                platform=self.platform,
                id=id_,
                number=self.network.next_number(),
                author=author.id,
                text=text,
                created_at=at,
                parent=None if parent is None else parent.id,
                root=id_ if parent is None else parent.root,
                mentions=tuple(dict.fromkeys(one.id for one in told if one is not None)),
                facts=facts,
                pictures=shown,
            )
        )

    def _delete(self, request: Request, id_: str) -> Response:
        caller = self.caller(request)
        post = self.network.post(self.platform, id_)
        if post is None or post.author != caller.id:
            return self.error(404)
        view = self._views(request).status(post, source=True)
        self.network.delete_post(post)
        self.media.let_go(post, for_good=request.args.get("delete_media", "").lower() in {"1", "true"})
        return json_response(view)
