"""X API v2 as far as Parley speaks it. It must never be kinder than the real one: one text twice is refused.

Sources: recordings (corpus x/), openapi.json 2.167, x-api rate-limits page. The window of the duplicate check is not
documented; here it is 24 hours, and a deleted post counts.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.counting import MENTION, weighted_length
from local.sandbox.model import Account, Platform, Post, Sort, TokenUse
from local.sandbox.network import SandboxNetwork
from local.sandbox.oauth import Consent
from local.sandbox.wire import Answer, Facade, bearer_token, json_body, json_response, refuse
from local.sandbox.x_acts import MESSAGES, XActs
from local.sandbox.x_media import XMedia, invalid
from local.sandbox.x_search import REACH, matching, too_old
from local.sandbox.x_views import (
    QUOTED,
    account_counts,
    asked_options,
    full_text,
    includes,
    post_view,
    shown_text,
    user_view,
    versions,
)

EPOCH_MS = 1288834974657
"""Where X's snowflake ids begin to count."""
LONGEST = 280
DUPLICATE_WINDOW = timedelta(hours=24)
TOKEN_LIFE = timedelta(hours=2)
QUARTER = timedelta(minutes=15)
MENTIONS_KEPT = 800
_OLDER = "older"
_LIMITS = {"me": 75, "create": 100, "delete": 50, "mentions": 300, "timeline": 900, "lookup": 900, "media": 500}
_LIMITS |= {"search": 300, "messages": 15, "messages sent": 15, "hide": 50, "muting": 50}


def snowflake(at: datetime) -> str:
    """The id of something that was posted at this time."""
    return str((round(at.timestamp() * 1000) - EPOCH_MS) << 22)


def _latest(post: Post) -> int:
    return int(versions(post)[-1])


def problem(status: int, title: str, detail: str, **more: Any) -> NoReturn:
    """Stop with X's problem document."""
    refuse({"title": title, "detail": detail, "type": "about:blank", "status": status, **more}, status)


class XFacade(Facade):
    """X API v2 at /x/2/…"""

    platform: ClassVar = Platform.X

    def __init__(self, network: SandboxNetwork) -> None:
        self.media = XMedia(network, self.caller, lambda: snowflake(network.now()))
        self.acts = XActs(network, self.caller, lambda: snowflake(network.now()))
        self.consent = Consent(network, self.platform)
        super().__init__(network)

    def routes(self) -> dict[tuple[str, str], Answer]:
        """What is spoken; README.md says what is not."""
        return {
            ("GET", "/2/users/me"): self._me,
            ("GET", "/2/users/<id_>/tweets"): self._timeline,
            ("GET", "/2/users/<id_>/mentions"): self._mentions,
            ("GET", "/2/tweets/search/recent"): self._search,
            ("GET", "/2/tweets"): self._lookup_many,
            ("GET", "/2/tweets/<id_>"): self._lookup,
            ("POST", "/2/tweets"): self._create,
            ("DELETE", "/2/tweets/<id_>"): self._delete,
            ("PUT", "/2/tweets/<id_>/hidden"): self.acts.hide,
            ("POST", "/2/users/<id_>/muting"): self.acts.mute,
            ("DELETE", "/2/users/<id_>/muting/<target>"): self.acts.unmute,
            ("GET", "/2/dm_events"): self.acts.events,
            ("GET", "/2/dm_events/<id_>"): self.acts.event,
            ("GET", "/2/dm_conversations/<conversation>/dm_events"): self.acts.events,
            ("POST", "/2/dm_conversations/<conversation>/messages"): self.acts.send,
            ("POST", "/2/media/upload"): self.media.upload,
            ("GET", "/2/media/upload"): self.media.status,
            ("POST", "/2/media/upload/initialize"): self.media.initialize,
            ("POST", "/2/media/upload/<id_>/append"): self.media.append,
            ("POST", "/2/media/upload/<id_>/finalize"): self.media.finalize,
            ("POST", "/2/media/metadata"): self.media.metadata,
            ("POST", "/2/oauth2/token"): self._token,
            ("POST", "/2/oauth2/revoke"): self._revoke,
            ("GET", "/i/oauth2/authorize"): self.consent.page,
            ("POST", "/i/oauth2/authorize"): self.consent.page,
        }

    def sort_of(self, method: str, path: str) -> Sort:
        """Creating and deleting are writes; media show nowhere until a post names them."""
        if "/oauth2/" in path:
            return Sort.SESSION
        if method != "GET" and "/media/" in path:
            return Sort.UPLOAD
        return Sort.READ if method == "GET" else Sort.WRITE

    def error(self, status: int, seconds: float = 0.0) -> Response:
        """A problem document; 429 names its reset in epoch seconds."""
        titles = {401: "Unauthorized", 402: "CreditsDepleted", 403: "Forbidden", 404: "Not Found"}
        titles |= {429: "Too Many Requests", 503: "Service Unavailable"}
        title = titles.get(status, "Internal Server Error")
        headers = {}
        if status == 429:
            reset = int((self.network.now() + timedelta(seconds=seconds)).timestamp())
            headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset), "x-rate-limit-limit": "100"}
        return json_response(
            {"title": title, "detail": title, "type": "about:blank", "status": status}, status, headers
        )

    def signed_out(self) -> Response:
        """401, a problem document."""
        return self.error(401)

    def credential(self, account: Account) -> dict[str, str]:
        """{"access_token"}: a user token that never expires."""
        return {"access_token": self.first_token(account)}

    def make_account(self, handle: str, name: str, *, ours: bool) -> Account:
        """X handles hold letters, digits and _ only, 15 at most."""
        handle = "".join(c if c.isalnum() and c.isascii() else "_" for c in handle)[:15]
        id_ = snowflake(self.network.now())
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
        """A reply tells its target by itself; a mention names the handle in the text.

        The community `messages` is none: what is said toward an account in it is a private message.
        """
        if community == MESSAGES and toward is not None:
            return self.acts.write(author, toward, text)
        if toward is not None and f"@{toward.handle.lower()}" not in text.lower():
            text = f"@{toward.handle} {text}"
        return self._keep(author, text, parent)

    def edit(self, post: Post, text: str) -> Post:
        """An edit is another post by its id, and the old one keeps its words."""
        ids, now = versions(post), int(snowflake(self.network.now()))
        texts = {**post.facts.get("texts", {}), ids[-1]: post.text}
        facts = {**post.facts, "versions": [*ids, str(max(now, int(ids[-1]) + 1))], "texts": texts}
        return self.network.keep_post(replace(post, text=text, facts=facts))

    def private_messages(self) -> list[dict[str, Any]]:
        """The events of conversations."""
        return self.acts.messages()

    def link(self, post: Post) -> str:
        """x.com never holds this post."""
        return f"https://x.sandbox.example/i/status/{post.id}"

    def finish(self, request: Request, path: str, response: Response) -> Response:
        """The sandbox's date, and rate headers: reset in epoch seconds."""
        response.date = self.network.now()
        bucket = self._bucket(request.method, path)
        if bucket is not None and "x-rate-limit-reset" not in response.headers:
            who = bearer_token(request)
            meter = self.network.rates.count(f"x {who}", bucket, _LIMITS[bucket], QUARTER, self.network.now())
            response.headers["x-rate-limit-limit"] = str(meter.limit)
            response.headers["x-rate-limit-remaining"] = str(meter.remaining)
            response.headers["x-rate-limit-reset"] = str(int(meter.reset.timestamp()))
        return response

    @staticmethod
    def _bucket(method: str, path: str) -> str | None:
        if "/oauth2/" in path:
            return None
        if "/media/" in path:
            return "media"
        if method != "GET":
            posted = {"muting": "muting", "messages": "messages sent"}.get(path.rsplit("/", 1)[-1], "create")
            kept = {"POST": posted, "PUT": "hide"}
            return kept.get(method, "muting" if "/muting/" in path else "delete")
        ends = {"me": "me", "mentions": "mentions", "tweets": "timeline", "recent": "search", "dm_events": "messages"}
        return ends.get(path.rsplit("/", 1)[-1], "lookup")

    # --- reading -----------------------------------------------------------------------------------------------------

    def _me(self, request: Request) -> Response:
        account = self.caller(request)
        return json_response({"data": {**user_view(account), **account_counts(self.network, account, request)}})

    def _timeline(self, request: Request, id_: str) -> Response:
        self.caller(request)
        mine = self.network.posts(self.platform, author=id_, listing=True)
        return self._page(request, mine)

    def _mentions(self, request: Request, id_: str) -> Response:
        self.caller(request)
        toward = [
            one for one in self.network.posts(self.platform, listing=True) if id_ in one.mentions and one.author != id_
        ]
        return self._page(request, toward[-MENTIONS_KEPT:])

    def _search(self, request: Request) -> Response:
        """Of the last seven days; a `since_id` from before that is refused."""
        self.caller(request)
        oldest = self.network.now() - REACH
        since = self._edge(request, "since_id")
        if since is not None:
            too_old(since, int(snowflake(oldest)), oldest)
        recent = [one for one in self.network.posts(self.platform, listing=True) if one.created_at >= oldest]
        return self._page(request, matching(request.args.get("query", ""), recent), least=10)

    def _page(self, request: Request, posts: list[Post], *, least: int = 5) -> Response:
        most = request.args.get("max_results", "10")
        if not most.isdigit() or not least <= int(most) <= 100:
            told = f"The `max_results` query parameter value [{most}] is not between {least} and 100"
            invalid("max_results", most, told)
        found = sorted(posts, key=_latest, reverse=True)
        since = self._edge(request, "since_id") or 0
        until = [
            edge
            for name in ("until_id", "pagination_token", "next_token")
            if (edge := self._edge(request, name)) is not None
        ]
        found = [one for one in found if since < _latest(one) < min(until, default=1 << 63)]
        if "start_time" in request.args:
            start = self._time(request.args["start_time"])
            found = [one for one in found if one.created_at >= start]
        if "end_time" in request.args:
            end = self._time(request.args["end_time"])
            found = [one for one in found if one.created_at < end]
        page = found[: int(most)]
        if not page:
            return json_response({"meta": {"result_count": 0}})
        meta: dict[str, Any] = {"result_count": len(page), "newest_id": str(_latest(page[0]))}
        meta["oldest_id"] = str(_latest(page[-1]))
        if len(found) > len(page):
            meta["next_token"] = _OLDER + meta["oldest_id"]
        body: dict[str, Any] = {"data": [post_view(self.network, one, request) for one in page], "meta": meta}
        more = includes(self.network, page, request)
        if more:
            body["includes"] = more
        return json_response(body)

    @staticmethod
    def _edge(request: Request, name: str) -> int | None:
        given = request.args.get(name)
        if given is None:
            return None
        number = given.removeprefix(_OLDER) if name.endswith("token") else given
        if not number.isdigit():
            invalid(name, given, f"The `{name}` query parameter value [{given}] is not valid")
        return int(number)

    @staticmethod
    def _time(value: str) -> datetime:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            invalid("start_time", value, f"The `start_time` query parameter value [{value}] is not a valid date-time")
        return at

    def _lookup(self, request: Request, id_: str) -> Response:
        return self._looked_up(request, [id_], many=False)

    def _lookup_many(self, request: Request) -> Response:
        return self._looked_up(request, [one for one in request.args.get("ids", "").split(",") if one], many=True)

    def _looked_up(self, request: Request, ids: list[str], *, many: bool) -> Response:
        caller = self.caller(request)
        posts = {one: self._by_any_id(one) for one in ids}
        views = [post_view(self.network, post, request, id_, caller) for id_, post in posts.items() if post is not None]
        errors = [
            {
                "value": one,
                "detail": f"Could not find tweet with id: [{one}].",
                "title": "Not Found Error",
                "resource_type": "tweet",
                "parameter": "ids" if many else "id",
                "resource_id": one,
                "type": "https://api.twitter.com/2/problems/resource-not-found",
            }
            for one, post in posts.items()
            if post is None
        ]
        body: dict[str, Any] = {}
        if views:
            body["data"] = views if many else views[0]
        more = includes(self.network, [one for one in posts.values() if one is not None], request)
        if more:
            body["includes"] = more
        if errors:
            body["errors"] = errors
        return json_response(body)

    def _by_any_id(self, id_: str) -> Post | None:
        """A post by the first of its ids, or by one that an edit gave it."""
        found = self.network.post(self.platform, id_)
        edited = (one for one in self.network.posts(self.platform) if id_ in one.facts.get("versions", ()))
        return found or next(edited, None)

    # --- writing -----------------------------------------------------------------------------------------------------

    def _create(self, request: Request) -> Response:
        author = self.caller(request)
        body = json_body(request)
        text = body.get("text", "")
        shown = self.media.shown(author, body.get("media"))
        options = asked_options(body)
        if "poll" in options and shown:
            invalid("$.poll", "", "$.poll: is mutually exclusive with media")
        if not isinstance(text, str) or not (text.strip() or shown):
            invalid("$.text", "", "$.text: is missing but it is required")
        if weighted_length(text) > LONGEST:
            invalid("$.text", "", f"$.text: must be at most {LONGEST} weighted characters long")
        parent = None
        if "reply" in body:
            target = body["reply"].get("in_reply_to_tweet_id") if isinstance(body["reply"], dict) else None
            if not isinstance(target, str):
                invalid("$.reply", "{}", "$.reply.in_reply_to_tweet_id: is missing but it is required")
            parent = self._answerable(author, target)
        if parent is not None and "reply_settings" in options:
            problem(403, "Forbidden", "Conversation controls are not allowed for this Tweet.")
        post = self._keep(author, text, parent, checked=True, shown=shown, options=options)
        told = {"id": post.id, "text": shown_text(self.network, post), "edit_history_tweet_ids": [post.id]}
        return json_response({"data": told}, 201)

    def _answerable(self, author: Account, target: str) -> Post:
        parent = self._by_any_id(target)
        if parent is None:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            problem(403, "Forbidden", detail)
        if parent.author != author.id and author.id not in parent.mentions:
            # The self-serve rule of 2026-02-23: only where one was summoned, or under one's own post.
            detail = "You can only reply to or quote posts where you are mentioned or are the author."
            problem(403, "Forbidden", detail)
        return parent

    def _keep(
        self,
        author: Account,
        text: str,
        parent: Post | None,
        *,
        checked: bool = False,
        shown: tuple[dict[str, Any], ...] = (),
        options: dict[str, Any] | None = None,
    ) -> Post:
        prefix = self._reply_prefix(author, text, parent)
        at = self.network.moment()
        if checked and not shown and self._is_duplicate(author, prefix + text, at):
            problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        told = [self.network.account_by_handle(self.platform, name) for name, _ in MENTION.findall(prefix + text)]
        id_ = snowflake(at)
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
                facts=self._facts(prefix, text, options),
                pictures=shown,
            )
        )

    def _facts(self, prefix: str, text: str, options: dict[str, Any] | None) -> dict[str, Any]:
        """What only X knows of a post: a link to another post makes it a quote of that."""
        quoted = QUOTED.search(text)
        quotes = quoted[1] if quoted and self._by_any_id(quoted[1]) else ""
        facts = {"prefix": prefix, "options": options, "quotes": quotes}
        return {name: value for name, value in facts.items() if value}

    def _reply_prefix(self, author: Account, text: str, parent: Post | None) -> str:
        """The handle that X itself puts before a reply to somebody else."""
        if parent is None or parent.author == author.id:
            return ""
        answered = self.network.account(self.platform, parent.author)
        if answered is None or text.lower().startswith(f"@{answered.handle.lower()}"):
            return ""
        return f"@{answered.handle} "

    def _is_duplicate(self, author: Account, text: str, at: datetime) -> bool:
        """A post with pictures is never one: its text ends in a link of its own (reported; nothing documents it)."""
        mine = self.network.posts(self.platform, author=author.id, deleted=True)
        same = " ".join(text.split())
        return any(
            not one.pictures
            and " ".join(full_text(one).split()) == same
            and abs(at - one.created_at) < DUPLICATE_WINDOW
            for one in mine
        )

    def _delete(self, request: Request, id_: str) -> Response:
        caller = self.caller(request)
        post = self.network.post(self.platform, id_)
        if post is None:
            problem(404, "Not Found", "Could not find the referenced Tweet.")
        if post.author != caller.id:
            problem(403, "Forbidden", "You are not authorized to delete this Tweet.")
        self.network.delete_post(post)
        return json_response({"data": {"deleted": True}})

    def _revoke(self, request: Request) -> Response:
        if self.consent.client(request) is None:
            refuse({"error": "invalid_client"}, 401)
        token = self.network.token(self.platform, request.form.get("token", ""))
        if token is None:
            refuse({"error": "invalid_request"}, 400)
        self.network.revoke(token)
        return json_response({"revoked": True})

    def _token(self, request: Request) -> Response:
        if request.form.get("grant_type") == "authorization_code":
            return self._tokens(*self.consent.redeem(request))
        value = request.form.get("refresh_token", "")
        account = self.account_of(value, TokenUse.REFRESH)
        if request.form.get("grant_type") != "refresh_token" or account is None:
            refuse({"error": "invalid_request", "error_description": "Value passed for the token was invalid."}, 400)
        used = self.network.token(self.platform, value)
        if used is not None:
            self.network.revoke(used)  # refresh tokens rotate: each is good once
        return self._tokens(account, "tweet.read tweet.write users.read offline.access")

    def _tokens(self, account: Account, scope: str) -> Response:
        access = self.network.issue(account, TokenUse.ACCESS, lifetime=TOKEN_LIFE)
        refresh = self.network.issue(account, TokenUse.REFRESH, value=secrets.token_urlsafe(40))
        return json_response(
            {
                "token_type": "bearer",
                "expires_in": int(TOKEN_LIFE.total_seconds()),
                "access_token": access.value,
                "scope": scope,
                "refresh_token": refresh.value,
            }
        )
