"""Bluesky's XRPC as far as Parley speaks it: a PDS and an AppView in one. It must never index a post late.

Sources: 46 exchanges with the reference PDS (corpus bluesky/pds_live), lexicons of app.bsky and com.atproto.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from local.sandbox.bluesky_chat import MESSAGES, BlueskyChat
from local.sandbox.bluesky_records import BlueskyRepository, fail
from local.sandbox.bluesky_videos import BlueskyVideos
from local.sandbox.bluesky_views import BlueskyViews, indexed_at
from local.sandbox.model import Account, Platform, Post, Sort, Token, TokenUse
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import Answer, Facade, Refusal, bearer_token, json_body, json_response

DOMAIN = "bsky.test"
ACCESS_LIFE = timedelta(hours=2)
REFRESH_LIFE = timedelta(days=90)
REFRESH_GRACE = timedelta(hours=2)
"""How long a refresh token that was used stays good, as on the reference PDS."""
WINDOW = timedelta(minutes=5)
LIMIT = 3000
POINTS = 5000
POINTS_WINDOW = timedelta(hours=1)
COSTS = {"createRecord": 3, "putRecord": 2, "deleteRecord": 1}
"""Points of a repository's hour that a write costs (the reference PDS's routes)."""
_ACTION_COSTS = {"create": 3, "update": 2, "delete": 1}
_SESSIONS = ("createSession", "refreshSession", "getSession", "deleteSession")


def did_of(handle: str) -> str:
    """A did:plc made from the handle, so that an account is the same whenever it is made."""
    return "did:plc:" + base64.b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()[:24]


def _jwt(scope: str, did: str, now: datetime, life: timedelta) -> str:
    """A token in the shape of a JWT, so that clients can read `exp`; nobody can check its signature."""
    issued = int(now.timestamp())
    claims = {"scope": f"com.atproto.{scope}", "sub": did, "iat": issued, "exp": issued + int(life.total_seconds())}
    parts = ({"typ": "at+jwt", "alg": "HS256"}, {**claims, "aud": f"did:web:{DOMAIN}", "jti": secrets.token_hex(8)})
    texts = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
    return ".".join([*texts, secrets.token_urlsafe(32)])


def _points(request: Request, path: str) -> int | None:
    """What this request costs of a repository's hour; None: nothing."""
    method = path.rpartition(".")[2]
    if method != "applyWrites":
        return COSTS.get(method)
    writes = json_body(request).get("writes")
    found = writes if isinstance(writes, list) else []
    actions = [str(one.get("$type")).rpartition("#")[2] for one in found if isinstance(one, dict)]
    return sum(_ACTION_COSTS.get(one, 0) for one in actions)


class BlueskyFacade(Facade):
    """XRPC at /bluesky/xrpc/…"""

    platform: ClassVar = Platform.BLUESKY

    def __init__(self, network: SandboxNetwork) -> None:
        self.repository = BlueskyRepository(network, self.signed_in)
        self.views = BlueskyViews(network, self.repository.beside)
        self.chat = BlueskyChat(network, self.views, self.signed_in)
        self.videos = BlueskyVideos(network, self.signed_in, self.repository.blobs, f"did:web:{DOMAIN}")
        super().__init__(network)

    def routes(self) -> dict[tuple[str, str], Answer]:
        """What is spoken; README.md says what is not."""
        named: dict[tuple[str, str], Answer] = {
            ("POST", "com.atproto.server.createSession"): self._create_session,
            ("POST", "com.atproto.server.refreshSession"): self._refresh_session,
            ("POST", "com.atproto.server.deleteSession"): self._delete_session,
            ("GET", "com.atproto.server.getSession"): self._get_session,
            ("GET", "com.atproto.server.getServiceAuth"): self.videos.token,
            ("GET", "com.atproto.identity.resolveHandle"): self._resolve_handle,
            ("GET", "app.bsky.actor.getProfile"): self._get_profile,
            ("GET", "app.bsky.feed.getPosts"): self._get_posts,
            ("GET", "app.bsky.feed.getAuthorFeed"): self._get_author_feed,
            ("GET", "app.bsky.feed.getPostThread"): self._get_post_thread,
            ("GET", "app.bsky.feed.searchPosts"): self._search_posts,
            ("GET", "app.bsky.notification.listNotifications"): self._list_notifications,
            ("POST", "app.bsky.notification.updateSeen"): self._update_seen,
            ("POST", "app.bsky.graph.muteActor"): self._mute,
            ("POST", "app.bsky.graph.unmuteActor"): self._unmute,
            ("POST", "com.atproto.moderation.createReport"): self._report,
            ("POST", "com.atproto.repo.putRecord"): self.repository.put,
            ("POST", "com.atproto.repo.createRecord"): self.repository.create,
            ("POST", "com.atproto.repo.deleteRecord"): self.repository.delete,
            ("POST", "com.atproto.repo.applyWrites"): self.repository.apply,
            ("POST", "com.atproto.repo.uploadBlob"): self.repository.blobs.upload,
            ("GET", "com.atproto.sync.getBlob"): self.repository.blobs.download,
            ("POST", "app.bsky.video.uploadVideo"): self.videos.upload,
            ("GET", "app.bsky.video.getJobStatus"): self.videos.status,
            ("GET", "com.atproto.repo.getRecord"): self.repository.get,
            ("GET", "com.atproto.repo.listRecords"): self.repository.listed,
            **self.chat.routes(),
        }
        return {(method, f"/xrpc/{nsid}"): answer for (method, nsid), answer in named.items()}

    def sort_of(self, method: str, path: str) -> Sort:
        """The repository is written to, and who is muted or reported; a blob shows nowhere until a record names it."""
        if path.endswith(_SESSIONS):
            return Sort.SESSION
        if path.endswith((".uploadBlob", ".uploadVideo")):
            return Sort.UPLOAD
        return Sort.WRITE if method == "POST" and not path.endswith(".updateSeen") else Sort.READ

    def error(self, status: int, seconds: float = 0.0) -> Response:
        """{"error", "message"}; 429 names its reset in epoch seconds, and seconds in retry-after."""
        if status == 404:  # a method that the PDS does not know is passed on, and nobody answers there
            return json_response({"error": "UpstreamFailure", "message": "Upstream service unreachable"}, 502)
        words = {429: ("RateLimitExceeded", "Rate Limit Exceeded"), 503: ("ServiceUnavailable", "Service Unavailable")}
        error, message = words.get(status, ("InternalServerError", "Internal Server Error"))
        headers = {}
        if status == 429:
            reset = int((self.network.now() + timedelta(seconds=seconds)).timestamp())
            headers = {"ratelimit-limit": str(LIMIT), "ratelimit-remaining": "0", "ratelimit-reset": str(reset)}
            headers["retry-after"] = str(int(seconds))
        return json_response({"error": error, "message": message}, status, headers)

    def signed_out(self) -> Response:
        """400, not 401."""
        return json_response({"error": "ExpiredToken", "message": "Token has expired"}, 400)

    def credential(self, account: Account) -> dict[str, str]:
        """{"identifier", "app_password"}."""
        return {"identifier": account.handle, "app_password": self.first_token(account, TokenUse.PASSWORD)}

    def make_account(self, handle: str, name: str, *, ours: bool) -> Account:
        """Handles are host names; a bare word is put under the sandbox's own domain."""
        handle = "".join(c if (c.isalnum() and c.isascii()) or c in "-." else "-" for c in handle.lower()).strip("-.")
        if "." not in handle:
            handle = f"{handle}.{DOMAIN}"
        return self.network.add_account(self.platform, did_of(handle), handle, name, ours=ours)

    def say(
        self,
        author: Account,
        text: str,
        *,
        parent: Post | None = None,
        toward: Account | None = None,
        community: str = "",
    ) -> Post:
        """A mention is told by a facet only, so a member's text is given one for every handle in it.

        The community `messages` is none: what is said toward an account in it is a private message.
        """
        if community == MESSAGES and toward is not None:
            return self.chat.write(author, toward, text)
        if toward is not None and f"@{toward.handle}" not in text.lower():
            text = f"@{toward.handle} {text}"
        return self.repository.say(author, text, parent)

    def edit(self, post: Post, text: str) -> Post:
        """Another record under the same key."""
        return self.repository.reworded(post, text)

    def private_messages(self) -> list[dict[str, Any]]:
        """What lies in conversations."""
        return self.chat.all()

    def link(self, post: Post) -> str:
        """Where a reader would open it."""
        return f"https://bsky.sandbox.example/profile/{post.author}/post/{post.id.rsplit('/', 1)[-1]}"

    def finish(self, request: Request, path: str, response: Response) -> Response:
        """Rate headers: of the tightest window, by what is left in it; reset in epoch seconds."""
        if "ratelimit-reset" not in response.headers:
            who, now = f"bluesky {bearer_token(request)[-20:]}", self.network.now()
            cost, window = _points(request, path), WINDOW
            meter = self.network.rates.count(who, "all", LIMIT, WINDOW, now)
            if cost is not None:
                points = self.network.rates.count(who, "writes", POINTS, POINTS_WINDOW, now, cost=cost)
                if points.remaining < meter.remaining:
                    meter, window = points, POINTS_WINDOW
            response.headers["ratelimit-limit"] = str(meter.limit)
            response.headers["ratelimit-remaining"] = str(meter.remaining)
            response.headers["ratelimit-reset"] = str(int(meter.reset.timestamp()))
            response.headers["ratelimit-policy"] = f"{meter.limit};w={int(window.total_seconds())}"
        return response

    # --- sessions ----------------------------------------------------------------------------------------------------

    def signed_in(self, request: Request, use: TokenUse = TokenUse.ACCESS) -> Account:
        """Who is signed in. Refuses with 401 AuthMissing, 400 InvalidToken or 400 ExpiredToken."""
        value = bearer_token(request)
        if not value:
            fail("AuthMissing", "Authentication Required", 401)
        token = self.network.token(self.platform, value)
        if token is None:
            fail("InvalidToken", "Token could not be verified")
        if token.use != use:
            fail("InvalidToken", "Bad token scope")
        account = self.network.account(self.platform, token.account)
        if account is None or not self.network.usable(token, use):
            raise Refusal(self.signed_out())
        return account

    def _account(self, actor: str) -> Account | None:
        actor = actor.removeprefix("@")
        return self.network.account(self.platform, actor) or self.network.account_by_handle(self.platform, actor)

    def _session(self, account: Account, scope: str = "appPass") -> Response:
        now = self.network.now()

        def issue(scope: str, use: TokenUse, life: timedelta) -> Token:
            return self.network.issue(account, use, lifetime=life, value=_jwt(scope, account.id, now, life))

        access = issue(scope, TokenUse.ACCESS, ACCESS_LIFE)
        refresh = issue("refresh", TokenUse.REFRESH, REFRESH_LIFE)
        return json_response({"accessJwt": access.value, "refreshJwt": refresh.value, **self._who(account)})

    @staticmethod
    def _who(account: Account) -> dict[str, Any]:
        email = f"{account.handle.partition('.')[0]}@sandbox.example"
        home = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": f"https://{DOMAIN}"}
        told = {"did": account.id, "handle": account.handle, "email": email, "emailConfirmed": True, "active": True}
        return {**told, "didDoc": {"id": account.id, "service": [home]}}

    def _create_session(self, request: Request) -> Response:
        body = json_body(request)
        account = self._account(str(body.get("identifier", "")))
        password = str(body.get("password", ""))
        if account is not None and password == account.password:
            return self._session(account, "access")  # the account's own: a client can tell by the scope
        if account is None or self.account_of(password, TokenUse.PASSWORD) != account:
            fail("AuthenticationRequired", "Invalid identifier or password", 401)
        return self._session(account)

    def _delete_session(self, request: Request) -> Response:
        self.signed_in(request, TokenUse.REFRESH)
        used = self.network.token(self.platform, bearer_token(request))
        if used is not None:
            self.network.revoke(used)
        return json_response({})

    def _refresh_session(self, request: Request) -> Response:
        account = self.signed_in(request, TokenUse.REFRESH)
        used = self.network.token(self.platform, bearer_token(request))
        if used is not None:
            self.network.revoke(used, at=self.network.now() + REFRESH_GRACE)
        return self._session(account)

    def _get_session(self, request: Request) -> Response:
        return json_response(self._who(self.signed_in(request)))

    # --- reading -----------------------------------------------------------------------------------------------------

    def _resolve_handle(self, request: Request) -> Response:
        account = self.network.account_by_handle(self.platform, request.args.get("handle", ""))
        if account is None:
            fail("InvalidRequest", "Unable to resolve handle")
        return json_response({"did": account.id})

    def _get_profile(self, request: Request) -> Response:
        caller = self.signed_in(request)
        account = self._account(request.args.get("actor", ""))
        if account is None:
            fail("InvalidRequest", "Profile not found")
        told = self.network.counts(self.platform, account.id)
        counts = {
            "postsCount": told.get("posts", len(self.network.posts(self.platform, author=account.id))),
            "followersCount": told.get("followers", 0),
            "followsCount": told.get("following", 0),
        }
        muted = f"muted by {caller.id}" in self.network.marks(self.platform, account.id)
        blocking = self.repository.beside.blocking(caller, account.id)
        viewer = {"muted": muted, "blockedBy": False} | ({"blocking": blocking} if blocking else {})
        return json_response({**self.views.author(account.id), **counts, "viewer": viewer})

    def _get_posts(self, request: Request) -> Response:
        self.signed_in(request)
        uris = (request.args.getlist("uris") + request.args.getlist("uris[]"))[:25]
        found = [self.network.post(self.platform, one) for one in uris]
        return json_response({"posts": [self.views.post(one) for one in found if one is not None]})

    def _get_author_feed(self, request: Request) -> Response:
        self.signed_in(request)
        account = self._account(request.args.get("actor", ""))
        if account is None:
            fail("InvalidRequest", "Profile not found")
        mine = self.network.posts(self.platform, author=account.id, listing=True)
        if request.args.get("filter") == "posts_no_replies":
            mine = [one for one in mine if one.parent is None]
        rows = [(one, self.views.feed_item(one)) for one in sorted(mine, key=lambda one: (indexed_at(one), one.number))]
        page, cursor = self._backwards(request, rows)
        return json_response({"feed": page} | cursor)

    def _get_post_thread(self, request: Request) -> Response:
        self.signed_in(request)
        uri = request.args.get("uri", "")
        post = self.network.post(self.platform, uri)
        if post is None:
            fail("NotFound", f"Post not found: {uri}")
        depth = max(0, min(1000, request.args.get("depth", 6, type=int)))
        height = max(0, min(1000, request.args.get("parentHeight", 80, type=int)))
        gate = self.repository.beside.gate_of(post.root)
        body = {"thread": self.views.thread(post, down=depth, up=height)} | ({"threadgate": gate} if gate else {})
        return json_response(body)

    def _search_posts(self, request: Request) -> Response:
        """A phrase in quotation marks, as it stands, in any case; newest first."""
        self.signed_in(request)
        words = request.args.get("q", "").strip().strip('"').casefold()
        if not words:
            fail("BadQueryString", "Invalid query")
        found = [one for one in self.network.posts(self.platform, listing=True) if words in one.text.casefold()]
        rows = [(one, self.views.post(one)) for one in sorted(found, key=lambda one: (indexed_at(one), one.number))]
        page, cursor = self._backwards(request, rows)
        return json_response({"posts": page} | cursor)

    def _mute(self, request: Request) -> Response:
        return self._muted(request, on=True)

    def _unmute(self, request: Request) -> Response:
        return self._muted(request, on=False)

    def _muted(self, request: Request, *, on: bool) -> Response:
        caller, account = self.signed_in(request), self._account(str(json_body(request).get("actor")))
        if account is None:
            fail("InvalidRequest", "Actor not found")
        return self.repository.beside.mute(caller, account.id, on=on)

    def _report(self, request: Request) -> Response:
        return self.repository.beside.report(self.signed_in(request), json_body(request))

    def _list_notifications(self, request: Request) -> Response:
        owner = self.signed_in(request)
        reasons = request.args.getlist("reasons") + request.args.getlist("reasons[]")
        seen = self.network.seen_at(owner)
        rows = [
            (post, self.views.notification(post, reason, subject, seen))
            for post, reason, subject in self.views.reasons(owner)
            if not reasons or reason in reasons
        ]
        page, cursor = self._backwards(request, rows)
        body: dict[str, Any] = {"notifications": page, "priority": False} | cursor
        if seen is not None:
            body["seenAt"] = seen.isoformat()
        return json_response(body)

    def _backwards(self, request: Request, rows: list[tuple[Post, dict[str, Any]]]) -> tuple[list[Any], dict[str, str]]:
        """Newest first; the cursor leads into history and is no "since"."""
        limit = max(1, min(100, request.args.get("limit", 50, type=int)))
        edge, _, number = request.args.get("cursor", "").partition("::")
        if edge:
            try:
                before = (datetime.fromisoformat(edge), int(number))
            except (ValueError, TypeError):
                fail("InvalidRequest", "Malformed cursor")
            rows = [row for row in rows if (indexed_at(row[0]), row[0].number) < before]
        page = rows[::-1][:limit]
        more: dict[str, str] = {}
        if len(rows) > len(page):
            last = page[-1][0]
            more["cursor"] = f"{indexed_at(last).isoformat().replace('+00:00', 'Z')}::{last.number}"
        return [view for _, view in page], more

    def _update_seen(self, request: Request) -> Response:
        owner = self.signed_in(request)
        try:
            at = datetime.fromisoformat(str(json_body(request).get("seenAt")))
        except ValueError:
            fail("InvalidRequest", "Input/seenAt must be a valid datetime")
        self.network.note_seen(owner, at)
        return Response(status=200)
