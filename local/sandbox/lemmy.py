"""Lemmy's HTTP API, version 3, as far as Parley speaks it. It takes no key: who posts twice has posted twice.

Sources: Lemmy's own TypeScript client (types, paths), its error type for what is refused and with which status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.lemmy_views import COMMENT, HOST, MESSAGE, POST, LemmyViews, community_id, number_of, sort_of
from local.sandbox.model import Account, Complaint, Platform, Post, Sort, TokenUse
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import Answer, Facade, json_body, json_response, refuse

API = "/api/v3"
MOST = 50
LONGEST = {POST: 50_000, COMMENT: 10_000, MESSAGE: 10_000}
SQUARE = "square"
"""The community in which members speak that were not told where."""
MESSAGES = "messages"
"""What a script names as the community of a private message."""
_MENTION = re.compile(r"@([\w.]+)@" + re.escape(HOST))
_NAME = re.compile(r"[a-z0-9_]{3,20}")


def _no(error: str, status: int = 400) -> NoReturn:
    refuse({"error": error}, status)


class LemmyFacade(Facade):
    """One Lemmy instance at /lemmy/api/v3/…"""

    platform: ClassVar = Platform.LEMMY

    def __init__(self, network: SandboxNetwork) -> None:
        self._views = LemmyViews(network)
        self._named: dict[int, str] = {}
        super().__init__(network)

    def routes(self) -> dict[tuple[str, str], Answer]:
        """What is spoken; README.md says what is not."""
        reading = {
            "/site": self._site,
            "/community": self._community,
            "/post": lambda request: self._one(request, POST),
            "/comment": lambda request: self._one(request, COMMENT),
            "/post/list": lambda request: self._listing(request, POST),
            "/comment/list": lambda request: self._listing(request, COMMENT),
            "/search": self._search,
            "/user": self._user,
            "/user/replies": self._replies,
            "/user/mention": self._mentions,
            "/private_message/list": self._messages,
            "/post/report/list": lambda request: self._reports(request, POST),
            "/comment/report/list": lambda request: self._reports(request, COMMENT),
        }
        writing = {
            "/user/login": self._login,
            "/user/logout": self._logout,
            "/post": self._post,
            "/comment": self._comment,
            "/private_message": self._message,
            "/post/lock": self._lock,
            "/community/ban_user": self._ban,
            "/user/block": self._block,
            **{f"/{sort}/delete": self._taking(sort) for sort in (POST, COMMENT, MESSAGE)},
            **{f"/{sort}/remove": self._removing(sort) for sort in (POST, COMMENT)},
            **{f"/{sort}/report": self._reporting(sort) for sort in (POST, COMMENT)},
        }
        shown = {("GET", f"/{sort}/<number>"): self._shown_to_people for sort in (POST, COMMENT)}
        answers = {("GET", API + path): answer for path, answer in reading.items()}
        return {**answers, **{("POST", API + path): answer for path, answer in writing.items()}, **shown}

    def sort_of(self, method: str, path: str) -> Sort:
        """Signing in opens a session; everything else that is posted is a write."""
        if path.endswith(("/user/login", "/user/logout")):
            return Sort.SESSION
        return Sort.READ if method == "GET" else Sort.WRITE

    def error(self, status: int, seconds: float = 0.0) -> Response:  # noqa: ARG002  (Lemmy does not tell)
        """{"error"}, by name."""
        names = {401: "incorrect_login", 404: "not_found", 429: "rate_limit_error"}
        return json_response({"error": names.get(status, "unknown")}, status)

    def signed_out(self) -> Response:
        """401 as an invalid token meets it."""
        return self.error(401)

    def credential(self, account: Account) -> dict[str, str]:
        """{"jwt"}."""
        return {"jwt": self.first_token(account)}

    def make_account(self, handle: str, name: str, *, ours: bool) -> Account:
        """Names hold small letters, digits and _."""
        handle = "".join(c if c.isalnum() and c.isascii() else "_" for c in handle.lower())[:20].ljust(3, "_")
        id_ = str(len(self.network.accounts(self.platform)) + 2)
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
        """Only a comment tells whom it names: who speaks toward somebody does so under a standing post of the square.

        The community `messages` is none: what is said toward an account in it is a private message.
        """
        if community == MESSAGES and toward is not None:
            return self._keep(author, MESSAGE, text, to=toward)
        community = community or SQUARE
        if parent is None and toward is None:
            return self._keep(author, POST, text, title=text.partition("\n")[0][:60], community=community)
        if parent is None and toward is not None:
            name = f"@{toward.handle}@{HOST}"
            text = text if name in text else f"{name} {text}"
            parent = self._standing(community)
        return self._keep(author, COMMENT, text, parent=parent)

    def edit(self, post: Post, text: str) -> Post:
        """An edit is told with what was edited."""
        facts = {**post.facts, "updated": self.network.now().isoformat()}
        return self.network.keep_post(replace(post, text=text, facts=facts))

    def private_messages(self) -> list[dict[str, Any]]:
        """What lies in inboxes alone."""
        return [
            {"id": one.id, "author": one.author, "to": one.mentions[0], "text": one.text}
            for one in self.network.posts(self.platform)
            if sort_of(one.id) == MESSAGE
        ]

    def link(self, post: Post) -> str:
        """The ap_id."""
        return f"https://{HOST}/{post.id}"

    def _standing(self, community: str) -> Post:
        keeper = self.make_account("square_keeper", "Square Keeper", ours=False)
        stands = [one for one in self.network.posts(self.platform, author=keeper.id) if one.community == community]
        return (
            stands[0] if stands else self._keep(keeper, POST, "Say what you like.", title="Open", community=community)
        )

    @staticmethod
    def _shown_to_people(request: Request, number: str) -> Response:
        del request
        return Response(status=302, headers={"Location": f"/_sandbox/#lemmy-{number}"})

    # --- signing in ---------------------------------------------------------------------------------------------------

    def _login(self, request: Request) -> Response:
        given = json_body(request)
        account = self.network.account_by_handle(self.platform, str(given.get("username_or_email")))
        if account is None or given.get("password") != account.password:
            _no("incorrect_login", 401)
        jwt = self.network.issue(account, TokenUse.ACCESS).value
        return json_response({"jwt": jwt, "registration_created": False, "verify_email_sent": False})

    def _logout(self, request: Request) -> Response:
        self.caller(request)
        token = self.network.token(self.platform, request.headers["Authorization"].partition(" ")[2])
        if token:
            self.network.revoke(token)
        return json_response({"success": True})

    # --- reading ------------------------------------------------------------------------------------------------------

    def _site(self, request: Request) -> Response:
        me = self.caller(request)
        user = {"local_user_view": {"person": self._views.person(me), "local_user": {"person_id": int(me.id)}}}
        return json_response({"site_view": {}, "version": "0.19.13", "my_user": user, "all_languages": []})

    def _community(self, request: Request) -> Response:
        self.caller(request)
        name = request.args.get("name", "").removesuffix(f"@{HOST}")
        if not _NAME.fullmatch(name):
            _no("couldnt_find_community", 404)
        self._named[community_id(name)] = name
        return json_response({"community_view": self._views.community_view(name), "moderators": []})

    def _one(self, request: Request, sort: str) -> Response:
        self.caller(request)
        post = self.network.post(self.platform, f"{sort}/{request.args.get('id')}")
        if post is None:
            _no(f"couldnt_find_{sort}", 404)
        return json_response({f"{sort}_view": self._views.view(post)})

    def _all(self, sort: str) -> list[Post]:
        shown = self.network.posts(self.platform, listing=True)
        marks = self.network.marks
        return [one for one in shown if sort_of(one.id) == sort and "removed" not in marks(self.platform, one.id)]

    def _listing(self, request: Request, sort: str) -> Response:
        self.caller(request)
        found = self._all(sort)
        if name := request.args.get("community_name", "").removesuffix(f"@{HOST}"):
            found = [one for one in found if one.community == name]
        if root := request.args.get("post_id"):
            found = [one for one in found if one.root == f"post/{root}"]
        if "max_depth" in request.args:
            return json_response({f"{sort}s": [self._views.view(one) for one in found]})
        return json_response({f"{sort}s": self._page(request, found, self._views.view)})

    def _search(self, request: Request) -> Response:
        self.caller(request)
        words, kind = request.args.get("q", "").lower(), request.args.get("type_", "All")
        name = request.args.get("community_name", "")
        body: dict[str, Any] = {"type_": kind, "communities": [], "users": []}
        for sort in (POST, COMMENT):
            there = [one for one in self._all(sort) if words in f"{one.title or ''} {one.text}".lower()]
            there = [one for one in there if not name or one.community == name]
            is_asked = kind in ("All", f"{sort.title()}s")
            body[f"{sort}s"] = self._page(request, there, self._views.view) if is_asked else []
        return json_response(body)

    def _user(self, request: Request) -> Response:
        self.caller(request)
        account = self.network.account(self.platform, request.args.get("person_id", ""))
        if account is None:
            _no("couldnt_find_person", 404)
        mine = {sort: [one for one in self._all(sort) if one.author == account.id] for sort in (POST, COMMENT)}
        counts = {"person_id": int(account.id), **{f"{sort}_count": len(there) for sort, there in mine.items()}}
        shown = {f"{sort}s": self._page(request, there, self._views.view) for sort, there in mine.items()}
        view = {"person": self._views.person(account), "counts": counts, "is_admin": False}
        return json_response({"person_view": view, **shown, "moderates": []})

    def _replies(self, request: Request) -> Response:
        me = self.caller(request)

        def is_to_me(one: Post) -> bool:
            above = self.network.post_ever(self.platform, one.parent or "")
            return above is not None and above.author == me.id

        return json_response({"replies": self._noticed(request, me, is_to_me, "comment_reply")})

    def _mentions(self, request: Request) -> Response:
        me = self.caller(request)
        rows = self._noticed(request, me, lambda one: me.id in one.mentions, "person_mention")
        return json_response({"mentions": rows})

    def _noticed(self, request: Request, me: Account, concerns: Callable[[Post], bool], name: str) -> list[Any]:
        def is_heard(one: Post) -> bool:
            blocked = f"blocked by {me.id}" in self.network.marks(self.platform, one.author)
            return one.author != me.id and not blocked and concerns(one)

        def view(one: Post) -> dict[str, Any]:
            notice = {"id": one.number, "recipient_id": int(me.id), "comment_id": number_of(one.id), "read": False}
            return {name: notice, **self._views.view(one), "recipient": self._views.person(me)}

        return self._page(request, [one for one in self._all(COMMENT) if is_heard(one)], view)

    def _messages(self, request: Request) -> Response:
        me, person = self.caller(request), request.args.get("creator_id")
        mine = [one for one in self._all(MESSAGE) if me.id in (one.author, one.mentions[0])]
        if person:
            mine = [one for one in mine if person in (one.author, one.mentions[0])]
        return json_response({"private_messages": self._page(request, mine, self._views.view)})

    def _reports(self, request: Request, sort: str) -> Response:
        me = self.caller(request)
        told = []
        for one in self.network.complaints(self.platform):
            post = self.network.post_ever(self.platform, one.posts[0])
            if post and sort_of(post.id) == sort and self._moderates(me, post.community):
                told.append(one)
        if not any(f"moderated by {me.id}" in states for states in self.network.all_marks(self.platform).values()):
            _no("not_a_moderator")
        return json_response({f"{sort}_reports": self._page(request, told, self._views.report)})

    @staticmethod
    def _page(request: Request, found: Iterable[Any], view: Callable[[Any], Any]) -> list[Any]:
        """Newest first, by page."""
        limit = max(1, min(MOST, request.args.get("limit", 10, type=int)))
        page = max(1, request.args.get("page", 1, type=int))
        newest = sorted(found, key=lambda one: one.number, reverse=True)
        return [view(one) for one in newest[(page - 1) * limit : page * limit]]

    # --- writing ------------------------------------------------------------------------------------------------------

    def _post(self, request: Request) -> Response:
        me, given = self.caller(request), json_body(request)
        name = self._named.get(int(given.get("community_id") or 0))
        if name is None:
            _no("couldnt_find_community", 404)
        title, text = str(given.get("name") or ""), str(given.get("body") or "")
        if not 3 <= len(title) <= 200:
            _no("invalid_post_title")
        self._may_speak(me, name, text, POST)
        facts = {"url": given.get("url"), "nsfw": bool(given.get("nsfw"))}
        asked = {"sensitive": facts["nsfw"], "card": facts["url"]}
        facts["options"] = {option: it for option, it in asked.items() if it}
        post = self._keep(me, POST, text, title=title, community=name, facts=facts)
        return json_response({"post_view": self._views.view(post)})

    def _comment(self, request: Request) -> Response:
        me, given = self.caller(request), json_body(request)
        root = self.network.post(self.platform, f"post/{given.get('post_id')}")
        if root is None:
            _no("couldnt_find_post", 404)
        parent_id = given.get("parent_id")
        parent = root if parent_id is None else self.network.post(self.platform, f"comment/{parent_id}")
        if parent is None or parent.root != root.id:
            _no("couldnt_create_comment")
        text = str(given.get("content") or "")
        self._may_speak(me, root.community or "", text, COMMENT)
        if "locked" in self.network.marks(self.platform, root.id):
            _no("locked")
        return json_response({"comment_view": self._views.view(self._keep(me, COMMENT, text, parent=parent))})

    def _message(self, request: Request) -> Response:
        me, given = self.caller(request), json_body(request)
        recipient = self.network.account(self.platform, str(given.get("recipient_id")))
        if recipient is None:
            _no("couldnt_find_person", 404)
        text = str(given.get("content") or "")
        self._may_speak(me, "", text, MESSAGE)
        post = self._keep(me, MESSAGE, text, to=recipient)
        return json_response({"private_message_view": self._views.view(post)})

    def _may_speak(self, me: Account, community: str, text: str, sort: str) -> None:
        if f"banned from {community}" in self.network.marks(self.platform, me.id):
            _no("person_is_banned_from_community")
        if len(text) > LONGEST[sort] or (sort != POST and not text.strip()):
            _no("invalid_body_field")

    def _keep(
        self,
        author: Account,
        sort: str,
        text: str,
        *,
        parent: Post | None = None,
        to: Account | None = None,
        title: str | None = None,
        community: str | None = None,
        facts: dict[str, Any] | None = None,
    ) -> Post:
        number = self.network.next_number()
        id_ = f"{sort}/{number}"
        named = [self.network.account_by_handle(self.platform, name) for name in _MENTION.findall(text)]
        told = [to] if to else named if sort == COMMENT else []
        return self.network.keep_post(
            Post(
                platform=self.platform,
                id=id_,
                number=number,
                author=author.id,
                text=text,
                created_at=self.network.moment(),
                parent=parent.id if parent else None,
                root=parent.root if parent else id_,
                mentions=tuple(dict.fromkeys(one.id for one in told if one is not None)),
                community=community or (parent.community if parent else None),
                title=title,
                facts=facts or {},
            )
        )

    def _taking(self, sort: str) -> Answer:
        def take_down(request: Request) -> Response:
            me, given = self.caller(request), json_body(request)
            post = self.network.post(self.platform, f"{sort}/{given.get(f'{sort}_id')}")
            if post is None or post.author != me.id:
                _no(f"couldnt_find_{sort}", 404)
            self.network.delete_post(post)
            return json_response({f"{sort}_view": self._views.view(replace(post, deleted=True))})

        return take_down

    # --- moderating ---------------------------------------------------------------------------------------------------

    def _moderates(self, me: Account, community: str | None) -> bool:
        return f"moderated by {me.id}" in self.network.marks(self.platform, f"c/{community}")

    def _as_moderator(self, request: Request, sort: str) -> tuple[dict[str, Any], Post]:
        me, given = self.caller(request), json_body(request)
        post = self.network.post(self.platform, f"{sort}/{given.get(f'{sort}_id')}")
        if post is None:
            _no(f"couldnt_find_{sort}", 404)
        if not self._moderates(me, post.community):
            _no("not_a_moderator")
        return given, post

    def _removing(self, sort: str) -> Answer:
        def remove(request: Request) -> Response:
            given, post = self._as_moderator(request, sort)
            self.network.mark(self.platform, post.id, "removed", on=bool(given.get("removed")))
            return json_response({f"{sort}_view": self._views.view(post)})

        return remove

    def _lock(self, request: Request) -> Response:
        given, post = self._as_moderator(request, POST)
        self.network.mark(self.platform, post.id, "locked", on=bool(given.get("locked")))
        return json_response({"post_view": self._views.view(post)})

    def _ban(self, request: Request) -> Response:
        me, given = self.caller(request), json_body(request)
        name = self._named.get(int(given.get("community_id") or 0))
        person = self.network.account(self.platform, str(given.get("person_id")))
        if name is None or person is None:
            _no("couldnt_find_person", 404)
        if not self._moderates(me, name):
            _no("not_a_moderator")
        self.network.mark(self.platform, person.id, f"banned from {name}", on=bool(given.get("ban")))
        return json_response({"person_view": {"person": self._views.person(person)}, "banned": bool(given.get("ban"))})

    def _block(self, request: Request) -> Response:
        me, given = self.caller(request), json_body(request)
        person = self.network.account(self.platform, str(given.get("person_id")))
        if person is None:
            _no("couldnt_find_person", 404)
        self.network.mark(self.platform, person.id, f"blocked by {me.id}", on=bool(given.get("block")))
        return json_response(
            {"person_view": {"person": self._views.person(person)}, "blocked": bool(given.get("block"))}
        )

    def _reporting(self, sort: str) -> Answer:
        def report(request: Request) -> Response:
            me, given = self.caller(request), json_body(request)
            post = self.network.post(self.platform, f"{sort}/{given.get(f'{sort}_id')}")
            if post is None:
                _no(f"couldnt_find_{sort}", 404)
            reason = str(given.get("reason") or "")
            if not reason:
                _no("report_reason_required")
            if any(one.by == me.id and one.posts == (post.id,) for one in self.network.complaints(self.platform)):
                _no("couldnt_create_report")
            number, at = self.network.next_number(), self.network.moment()
            complaint = Complaint(self.platform, number, me.id, post.author, at, (post.id,), comment=reason)
            return json_response({f"{sort}_report_view": self._views.report(self.network.complain(complaint))})

        return report
