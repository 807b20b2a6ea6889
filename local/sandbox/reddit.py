"""Reddit's OAuth API as far as Parley speaks it. It must never notice that a post was made before: the real one does not.

Sources: recordings (corpus reddit/), r2's public source for the limits, praw 8.0.3 for what clients send.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform, Post, Sort, TokenUse
from local.sandbox.network import SandboxNetwork
from local.sandbox.reddit_communities import NAME, RedditCommunities
from local.sandbox.reddit_media import STORE, RedditMedia
from local.sandbox.reddit_messages import RedditMessages
from local.sandbox.reddit_sessions import RedditSessions
from local.sandbox.reddit_views import FIRST_ID, RedditViews, base36, listed, listing, short, thing_json
from local.sandbox.wire import Answer, Facade, bearer_token, json_body, json_response, refuse

MESSAGES = "messages"
"""What a script names as the community of a private message."""
SQUARE = "parley_square"
"""The community in which scripted members mention our accounts."""
WINDOW = timedelta(seconds=600)
LIMIT = 1000
LONGEST_TITLE = 300
LONGEST_SELFTEXT = 40_000
LONGEST_COMMENT = 10_000
_MENTION = re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{3,20})", re.IGNORECASE)


def api_error(code: str, message: str, field: str) -> NoReturn:
    """Stop with Reddit's 200 that carries an error."""
    refuse({"json": {"errors": [[code, message, field]]}}, 200)


def _options(form: Mapping[str, Any]) -> dict[str, Any]:
    """What a submission asks for beside its words; a form says True in letters."""
    asked = {"sensitive": form.get("nsfw"), "spoiler": form.get("spoiler")}
    found: dict[str, Any] = {name: True for name, told in asked.items() if str(told).lower() == "true"}
    return found | ({"flair": str(form["flair_id"])} if form.get("flair_id") else {})


class RedditFacade(Facade):
    """Reddit at /reddit/… (reddit_url and oauth_url alike)."""

    platform: ClassVar = Platform.REDDIT

    def __init__(self, network: SandboxNetwork) -> None:
        self.media = RedditMedia(network, self.caller)
        self.views = RedditViews(network)
        self.communities = RedditCommunities(network, self.views, self.caller)
        self.messages = RedditMessages(network, self.views, self.caller)
        self.sessions = RedditSessions(network, self.account_of)
        super().__init__(network)

    def routes(self) -> dict[tuple[str, str], Answer]:
        """What is spoken; README.md says what is not."""
        inbox = {
            "inbox": None,
            "unread": None,
            "mentions": "username_mention",
            "comments": "comment_reply",
            "selfreply": "post_reply",
            "messages": "unknown",
        }
        routes: dict[tuple[str, str], Answer] = {
            ("POST", "/api/v1/access_token"): self.sessions.token,
            ("GET", "/api/v1/authorize"): self.sessions.consent.page,
            ("POST", "/api/v1/authorize"): self.sessions.consent.page,
            ("POST", "/api/v1/revoke_token"): self.sessions.revoke,
            ("GET", "/api/v1/me"): self._me,
            ("GET", "/api/info"): self._info,
            ("GET", "/user/<name>/submitted"): self._submitted,
            ("GET", "/user/<name>/comments"): self._comments,
            ("GET", "/user/<name>/overview"): self._overview,
            ("GET", "/user/<name>"): self._overview,
            **self.communities.routes(),
            **self.messages.routes(),
            ("POST", "/api/submit_poll_post"): self._submit_poll,
            ("POST", "/api/media/asset.json"): self.media.lease,
            ("POST", STORE): self.media.receive,
            ("POST", "/api/submit"): self._submit,
            ("POST", "/api/submit_gallery_post.json"): self._submit_gallery,
            ("POST", "/api/comment"): self._comment,
            ("POST", "/api/del"): self._delete,
            ("POST", "/api/read_message"): self._read_message,
        }
        for name, kind in inbox.items():
            routes["GET", f"/message/{name}"] = self._inbox_of(kind, unread=name == "unread")
        return routes

    def sort_of(self, method: str, path: str) -> Sort:
        """Submitting, commenting and deleting are writes; a file, and marking as read, change nothing that others see."""
        if path.rstrip("/").endswith(("access_token", "revoke_token", "v1/authorize")):
            return Sort.SESSION
        if method == "POST" and path.rstrip("/").endswith(("/media/asset.json", STORE)):
            return Sort.UPLOAD
        return Sort.WRITE if method == "POST" and "read_message" not in path else Sort.READ

    def error(self, status: int, seconds: float = 0.0) -> Response:
        """Reddit's short JSON; a 429 is empty, as it was reported (praw#2046)."""
        if status == 429:
            headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": str(LIMIT)}
            return Response("", 429, {**headers, "x-ratelimit-reset": str(int(seconds)), "content-length": "0"})
        words = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable"}
        return json_response({"message": words.get(status, "Internal Server Error"), "error": status}, status)

    def signed_out(self) -> Response:
        """401 with the header that tells an invalid token from a missing right."""
        answer = self.error(401)
        answer.headers["www-authenticate"] = 'Bearer realm="reddit", error="invalid_token"'
        return answer

    def credential(self, account: Account) -> dict[str, str]:
        """{"client_id", "client_secret", "refresh_token", "user_agent"}: a script app of the account's own."""
        return {
            "client_id": f"sandbox-{account.id}",
            "client_secret": self.first_token(account, TokenUse.CLIENT),
            "refresh_token": self.first_token(account, TokenUse.REFRESH),
            "user_agent": "parley-sandbox/1.0 (loopback only)",
        }

    def make_account(self, handle: str, name: str, *, ours: bool) -> Account:
        """Reddit names hold letters, digits, _ and -, 3 to 20. A new account of ours finds a welcome from Reddit itself."""
        handle = re.sub(r"[^A-Za-z0-9_-]", "_", handle)[:20].ljust(3, "_")
        found = self.network.account_by_handle(self.platform, handle)
        if found is not None:
            return found
        id_ = base36(FIRST_ID + len(self.network.accounts(self.platform)))
        account = self.network.add_account(self.platform, id_, handle, name, ours=ours)
        if ours:
            self.messages.welcome(account)
        return account

    def say(
        self,
        author: Account,
        text: str,
        *,
        parent: Post | None = None,
        toward: Account | None = None,
        community: str = "",
    ) -> Post:
        """A mention is a comment on the square, because Reddit tells nobody of a mention in a submission.

        The community `messages` is none: what is said toward an account in it is a private message.
        """
        if parent is not None and parent.id.startswith("t4_"):
            return self.messages.answer(author, text, parent=parent)
        if toward is not None and community == MESSAGES:
            return self.messages.write(author, text, toward=toward)
        if parent is None and toward is None:
            return self._keep("t3", author, text, title=text[:80], community=community or SQUARE)
        if parent is None and toward is not None:
            if f"u/{toward.handle.lower()}" not in text.lower():
                text = f"u/{toward.handle} {text}"
            parent = self._square(community or SQUARE)
        return self._keep("t1", author, text, parent=parent)

    def edit(self, post: Post, text: str) -> Post:
        """As everywhere; Reddit tells when it was edited."""
        facts = {**post.facts, "edited": self.network.now().timestamp() // 1}
        return self.network.keep_post(replace(post, text=text, facts=facts))

    def private_messages(self) -> list[dict[str, Any]]:
        """What lies in inboxes alone."""
        return self.messages.all()

    def link(self, post: Post) -> str:
        """Where the post would be shown."""
        return "https://reddit.sandbox.example" + self.views.permalink(post)

    def finish(self, request: Request, path: str, response: Response) -> Response:
        """Rate headers: remaining is a float, reset is seconds left."""
        if not path.startswith("/api/v1/access_token") and "x-ratelimit-reset" not in response.headers:
            # The window opens half gone: praw paces itself on these headers and would sleep up to 10 s in a fresh one.
            meter = self.network.rates.count(
                f"reddit {bearer_token(request)}", "all", LIMIT, WINDOW, self.network.now(), elapsed=WINDOW / 2
            )
            response.headers["x-ratelimit-used"] = str(meter.used)
            response.headers["x-ratelimit-remaining"] = f"{meter.remaining:.1f}"
            response.headers["x-ratelimit-reset"] = str(meter.reset_in)
        return response

    def limited_but_created(self, response: Response) -> Response:
        """The odd 200 of praw#1768: the post was made, and the body says RATELIMIT."""
        body: Any = response.get_json()
        inner = body["json"]
        things = inner.get("data", {}).get("things")
        made = things[0]["data"] if things else inner["data"]
        message = "Looks like you've been doing that a lot. Take a break for 11 minutes before trying again."
        data = made
        if "name" in made:  # an image's answer names nothing, whatever else it says
            url = made.get("url") or made.get("permalink")
            data = {"url": url, "drafts_count": 1, "id": made["id"], "name": made["name"]}
        return json_response(
            {"json": {"ratelimit": 706.767083, "errors": [["RATELIMIT", message, "ratelimit"]], "data": data}}
        )

    # --- reading -----------------------------------------------------------------------------------------------------

    def _me(self, request: Request) -> Response:
        me = self.caller(request)
        created = me.created_at.timestamp() // 1
        counts = self.network.counts(self.platform, me.id)
        unread = any(not self.network.is_read(me, post.id) for post, _ in self._inbox(me))
        body = {
            "id": me.id,
            "name": me.handle,
            "created": created,
            "created_utc": created,
            "comment_karma": 1,
            "link_karma": 1,
            "total_karma": counts.get("karma", 2),
            "subreddit": {"display_name": f"u_{me.handle}", "subscribers": counts.get("followers", 0)},
            "has_mail": unread,
            "has_verified_email": True,
            "is_employee": False,
            "is_mod": False,
            "is_gold": False,
            "is_suspended": False,
            "over_18": False,
            "verified": True,
        }
        return thing_json(request, body)

    def _inbox(self, owner: Account) -> list[tuple[Post, str]]:
        found = []
        for post in self.network.posts(self.platform, listing=True):
            if post.author == owner.id:
                continue
            parent = self.network.post_ever(self.platform, post.parent) if post.parent else None
            if post.id.startswith("t4_"):
                if owner.id in post.mentions:
                    found.append((post, "unknown"))
            elif parent is not None and parent.author == owner.id:
                found.append((post, "post_reply" if parent.id.startswith("t3_") else "comment_reply"))
            elif owner.id in post.mentions and post.id.startswith("t1_"):
                found.append((post, "username_mention"))
        return found

    def _inbox_of(self, only: str | None, *, unread: bool) -> Answer:
        def answer(request: Request) -> Response:
            owner = self.caller(request)
            found = [
                self.views.inbox_item(post, kind, owner)
                for post, kind in self._inbox(owner)
                if only in {None, kind} and not (unread and self.network.is_read(owner, post.id))
            ]
            return listed(request, found)

        return answer

    def _of_user(self, request: Request, name: str, kinds: tuple[str, ...]) -> Response:
        self.caller(request)
        account = self.network.account_by_handle(self.platform, name)
        if account is None:
            return self.error(404)
        mine = self.network.posts(self.platform, author=account.id, listing=True)
        return listed(request, [self.views.thing(one) for one in mine if one.id.startswith(kinds)])

    def _submitted(self, request: Request, name: str) -> Response:
        return self._of_user(request, name, ("t3_",))

    def _comments(self, request: Request, name: str) -> Response:
        return self._of_user(request, name, ("t1_",))

    def _overview(self, request: Request, name: str) -> Response:
        return self._of_user(request, name, ("t1_", "t3_"))

    def _info(self, request: Request) -> Response:
        me = self.caller(request)
        names = [one for one in request.args.get("id", "").split(",") if one.startswith(("t1_", "t3_"))]
        found = [self.network.post_ever(self.platform, one) for one in names]
        shown = [self._seen_by(me, one) for one in found if one is not None]
        return thing_json(request, listing(shown, None))

    def _seen_by(self, account: Account, post: Post) -> dict[str, Any]:
        return self.views.thing(post, moderator=self.communities.moderates(account, post.community))

    # --- writing -----------------------------------------------------------------------------------------------------

    def _submit(self, request: Request) -> Response:
        author = self.caller(request)
        community, title = request.form.get("sr", ""), request.form.get("title", "")
        text, kind = request.form.get("text", ""), request.form.get("kind")
        if kind not in {"self", "image", "link", "crosspost"}:
            api_error("INVALID_OPTION", "that option is not valid", "kind")
        options = _options(request.form)
        self._check_submission(author, community, title, text, options)
        if kind == "image":
            return self._submit_image(request, author, options)
        if kind == "link":
            options["card"] = request.form.get("url", "")
            if not re.match(r"https?://\S+$", options["card"]):
                api_error("BAD_URL", "you should check that url", "url")
        if kind == "crosspost":
            options["crosspost"] = request.form.get("crosspost_fullname", "")
            if self.network.post(self.platform, options["crosspost"]) is None:
                api_error("INVALID_CROSSPOST_THING", "that isn't a valid post to crosspost", "crosspost_fullname")
        post = self._keep("t3", author, text, title=title, community=community, facts={"options": options})
        return self._submitted_as(request, post)

    def _submit_image(self, request: Request, author: Account, options: dict[str, Any]) -> Response:
        """The answer names a socket and no id. What is worked on shows later; what could not be worked with, never."""
        form = request.form
        upload = self.media.of(author, form.get("url", ""))
        if upload is None:
            api_error("BAD_URL", "you should check that url", "url")
        due = self.media.working_until(upload)
        if due is not None:
            self.media.shows_later(request, "/api/submit", due)
        elif not upload.fails:
            facts, shown = {"options": options}, (upload.shown(),)
            text, title = form.get("text", ""), form["title"]
            self._keep("t3", author, text, title=title, community=form["sr"], shown=shown, facts=facts)
        page = f"https://www.reddit.com/user/{author.handle}/submitted/"
        data = {"user_submitted_page": page, "websocket_url": self.media.socket(upload.id)}
        return thing_json(request, {"json": {"errors": [], "data": data}})

    def _submit_gallery(self, request: Request) -> Response:
        author, body = self.caller(request), json_body(request)
        community, title = str(body.get("sr", "")), str(body.get("title", ""))
        text = str(body.get("text") or "")
        options = _options(body)
        self._check_submission(author, community, title, text, options)
        shown = self.media.gallery(author, body.get("items"))
        if shown is None:
            api_error("INVALID_OPTION", "that option is not valid", "items")
        facts = {"options": options}
        return self._by_id(
            request, self._keep("t3", author, text, title=title, community=community, shown=shown, facts=facts)
        )

    def _submit_poll(self, request: Request) -> Response:
        author, body = self.caller(request), json_body(request)
        community, title, text = (str(body.get(name) or "") for name in ("sr", "title", "text"))
        choices, days = body.get("options"), body.get("duration")
        if (
            not isinstance(choices, list)
            or not 2 <= len(choices) <= 6
            or not all(isinstance(it, str) for it in choices)
        ):
            api_error("INVALID_OPTION", "that option is not valid", "options")
        if not isinstance(days, int) or not 1 <= days <= 7:
            api_error("INVALID_OPTION", "that option is not valid", "duration")
        options = _options(body) | {"poll": choices, "lasts": days}
        self._check_submission(author, community, title, text, options)
        return self._by_id(
            request, self._keep("t3", author, text, title=title, community=community, facts={"options": options})
        )

    def _by_id(self, request: Request, post: Post) -> Response:
        """Galleries and polls are told by their fullname under the name of an id."""
        data = {"url": "https://www.reddit.com" + self.views.permalink(post), "id": post.id}
        return thing_json(request, {"json": {"errors": [], "data": data}})

    def _submitted_as(self, request: Request, post: Post) -> Response:
        url = "https://www.reddit.com" + self.views.permalink(post)
        data = {"url": url, "drafts_count": 0, "id": short(post.id), "name": post.id}
        return thing_json(request, {"json": {"errors": [], "data": data}})

    def _check_submission(
        self, author: Account, community: str, title: str, text: str, options: dict[str, Any]
    ) -> None:
        if not NAME.fullmatch(community):
            message = "Hmm, that community doesn't exist. Try checking the spelling."
            api_error("SUBREDDIT_NOEXIST", message, "sr")
        if self.communities.is_barred(author, community):
            api_error("SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.", "sr")
        asked = self.communities.requires(community)
        if asked["is_flair_required"] and not options.get("flair"):
            api_error("SUBMIT_VALIDATION_FLAIR_REQUIRED", "Your post must contain post flair.", "flair")
        for word in asked["title_blacklisted_strings"]:
            if word.lower() in title.lower():
                api_error(
                    "SUBMIT_VALIDATION_TITLE_BLACKLISTED_STRING", f'You may not have "{word}" in your title.', "title"
                )
        if not title.strip():
            api_error("NO_TEXT", "we need something here", "title")
        if len(title) > LONGEST_TITLE:
            api_error("TOO_LONG", f"this is too long (max: {LONGEST_TITLE})", "title")
        if len(text) > LONGEST_SELFTEXT:
            api_error("TOO_LONG", f"this is too long (max: {LONGEST_SELFTEXT})", "text")

    def _comment(self, request: Request) -> Response:
        author = self.caller(request)
        text, target = request.form.get("text", ""), request.form.get("thing_id", "")
        parent = self.network.post_ever(self.platform, target)
        if not text.strip():
            api_error("NO_TEXT", "we need something here", "text")
        if len(text) > LONGEST_COMMENT:
            api_error("TOO_LONG", f"this is too long (max: {LONGEST_COMMENT})", "text")
        if parent is None:
            return self.error(403)
        if parent.deleted:
            api_error("DELETED_COMMENT", "that comment has been deleted", "parent")
        if parent.id.startswith("t4_"):
            post = self.messages.answer(author, text, parent=parent)
        else:
            if {"locked"} & self.network.marks(self.platform, parent.id) | self.network.marks(
                self.platform, parent.root
            ):
                api_error("THREAD_LOCKED", "Comments are locked.", "parent")
            if self.communities.is_barred(author, parent.community or ""):
                return self.error(403)
            post = self._keep("t1", author, text, parent=parent)
        return thing_json(request, {"json": {"errors": [], "data": {"things": [self.views.thing(post)]}}})

    def _delete(self, request: Request) -> Response:
        """Reddit answers {} whether or not there was anything of the caller's to delete."""
        caller = self.caller(request)
        post = self.network.post(self.platform, request.form.get("id", ""))
        if post is not None and post.author == caller.id:
            self.network.delete_post(post)
        return json_response({})

    def _read_message(self, request: Request) -> Response:
        caller = self.caller(request)
        self.network.mark_read(caller, [one for one in request.form.get("id", "").split(",") if one])
        return json_response({})

    # --- keeping -----------------------------------------------------------------------------------------------------

    def _keep(
        self,
        kind: str,
        author: Account,
        text: str,
        *,
        parent: Post | None = None,
        title: str | None = None,
        community: str | None = None,
        facts: dict[str, Any] | None = None,
        shown: tuple[dict[str, Any], ...] = (),
    ) -> Post:
        number = self.network.next_number()
        id_ = f"{kind}_{base36(FIRST_ID + number)}"
        told = [self.network.account_by_handle(self.platform, name) for name in _MENTION.findall(text)]
        return self.network.keep_post(
            Post(
                platform=self.platform,
                id=id_,
                number=number,
                author=author.id,
                text=text,
                created_at=self.network.moment(),
                parent=None if parent is None else parent.id,
                root=id_ if parent is None else parent.root,
                mentions=tuple(dict.fromkeys(one.id for one in told if one is not None)),
                community=community if parent is None else parent.community,
                title=title,
                facts=facts or {},
                pictures=shown,
            )
        )

    def _square(self, community: str) -> Post:
        """The thread in which members meet; opened when the first of them comes."""
        for post in self.network.posts(self.platform):
            if post.id.startswith("t3_") and post.community == community and post.facts.get("square"):
                return post
        author = self.make_account("square-host", "The square", ours=False)
        text, title = "Say hello to whoever is here.", "The square: open thread"
        return self._keep("t3", author, text, title=title, community=community, facts={"square": True})
