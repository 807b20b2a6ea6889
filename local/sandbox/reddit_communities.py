"""Reddit's communities: what stands in one, what it asks of a post, who moderates it and what moderators do.

It must never let anybody act as a moderator who is none. What was done is kept as marks (control.py): of a community
`moderated by <account id>`, `banned <account id>`, `private`, `closed`, `quarantined`, `requires {…}` and `about {…}`; of a
post `removed`, `approved`, `locked`, `report: <reason>`; of an account `blocked by <account id>`.

Sources: recordings (corpus reddit/), the API's documentation. Every well-formed community exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.reddit_views import RedditViews, listed, listing, short, thing_json
from local.sandbox.wire import Answer, json_response, refuse

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{2,20}")
MOST_CHILDREN = 100
_NO_REQUIREMENTS: dict[str, Any] = {
    "title_regexes": [],
    "body_blacklisted_strings": [],
    "title_blacklisted_strings": [],
    "body_text_max_length": None,
    "title_required_strings": [],
    "guidelines_text": None,
    "gallery_min_items": None,
    "domain_blacklist": [],
    "domain_whitelist": [],
    "title_text_max_length": None,
    "body_restriction_policy": "none",
    "link_restriction_policy": "none",
    "guidelines_display_policy": None,
    "body_required_strings": [],
    "title_text_min_length": None,
    "gallery_captions_requirement": "none",
    "is_flair_required": False,
    "gallery_max_items": None,
    "gallery_urls_requirement": "none",
    "body_regexes": [],
    "link_repost_age": None,
    "body_text_min_length": None,
}


def _forbidden(reason: str | None = None, status: int = 403) -> NoReturn:
    word = "Forbidden" if status == 403 else "Not Found"
    refuse({**({"reason": reason} if reason else {}), "message": word, "error": status}, status)


class RedditCommunities:
    """What is asked of a community, and done in it; `caller` names who asks."""

    def __init__(self, network: SandboxNetwork, views: RedditViews, caller: Callable[[Request], Account]) -> None:
        self._network = network
        self._views = views
        self._caller = caller

    def routes(self) -> dict[tuple[str, str], Answer]:
        """The part of the API that this module answers."""
        return {
            ("GET", "/r/<name>/new"): self._new,
            ("GET", "/r/<name>/comments"): self._comments,
            ("GET", "/r/<name>/search"): self._search,
            ("GET", "/r/<name>/about"): self._about,
            ("GET", "/r/<name>/about/modqueue"): self._queue,
            ("GET", "/r/<name>/about/reports"): self._queue,
            ("GET", "/api/v1/<name>/post_requirements"): self._requirements,
            ("GET", "/comments/<id_>"): self._thread,
            ("GET", "/comments/<id_>/_/<comment>"): self._thread,
            ("GET", "/api/morechildren"): self._more,
            ("POST", "/api/remove"): self._remove,
            ("POST", "/api/approve"): self._approve,
            ("POST", "/api/lock"): lambda request: self._lock(request, locked=True),
            ("POST", "/api/unlock"): lambda request: self._lock(request, locked=False),
            ("POST", "/api/report"): self._report,
            ("POST", "/api/block_user"): self._block,
            ("POST", "/r/<name>/api/friend"): lambda request, name: self._ban(request, name, banned=True),
            ("POST", "/r/<name>/api/unfriend"): lambda request, name: self._ban(request, name, banned=False),
        }

    # --- looking -----------------------------------------------------------------------------------------------------

    def states(self, name: str | None) -> frozenset[str]:
        """What is noted of a community."""
        return self._network.marks(Platform.REDDIT, (name or "").lower())

    def moderates(self, account: Account, name: str | None) -> bool:
        """Whether this account may act as a moderator there."""
        return f"moderated by {account.id}" in self.states(name)

    def is_barred(self, account: Account, name: str) -> bool:
        """Whether this account may not speak there."""
        return f"banned {account.id}" in self.states(name) or "closed" in self.states(name)

    def requires(self, name: str) -> dict[str, Any]:
        """What a post has to be there, as the API tells it."""
        return _NO_REQUIREMENTS | self._noted(name, "requires ")

    def _noted(self, name: str, word: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for state in sorted(self.states(name)):
            if state.startswith(word):
                found |= json.loads(state.removeprefix(word))
        return found

    def _enter(self, request: Request, name: str) -> Account:
        """Who asks, if the community shows itself to them."""
        account, states = self._caller(request), self.states(name)
        if not NAME.fullmatch(name):
            _forbidden(status=404)
        if "closed" in states:
            _forbidden("banned", 404)
        for state in ("private", "quarantined"):
            if state in states and not self.moderates(account, name):
                _forbidden(state)
        return account

    def _in(self, name: str, kind: str) -> list[Post]:
        return [
            one
            for one in self._network.posts(Platform.REDDIT, listing=True)
            if one.id.startswith(kind) and (one.community or "").lower() == name.lower()
        ]

    def _shown(self, request: Request, account: Account, posts: Iterable[Post]) -> Response:
        """Those that stand there for this account: what was removed shows to moderators only."""
        seen = [
            self._views.thing(one, moderator=self.moderates(account, one.community))
            for one in posts
            if "removed" not in self._network.marks(Platform.REDDIT, one.id) or self.moderates(account, one.community)
        ]
        return listed(request, seen)

    def _new(self, request: Request, name: str) -> Response:
        return self._shown(request, self._enter(request, name), self._in(name, "t3_"))

    def _comments(self, request: Request, name: str) -> Response:
        return self._shown(request, self._enter(request, name), self._in(name, "t1_"))

    def _search(self, request: Request, name: str) -> Response:
        """Posts that hold one of the quoted words; every word of an unquoted query counts alone."""
        account, asked = self._enter(request, name), request.args.get("q", "")
        words = [one.lower() for one in re.findall(r'"([^"]+)"', asked) or asked.split()]
        found = [one for one in self._in(name, "t3_") if any(it in f"{one.title} {one.text}".lower() for it in words)]
        return self._shown(request, account, found)

    def _about(self, request: Request, name: str) -> Response:
        account = self._enter(request, name)
        counts = {"subscribers": 1, "present": 1} | self._network.counts(Platform.REDDIT, name.lower())
        data = {
            "display_name": name,
            "name": "t5_sandbox",
            "subreddit_type": "public",
            "submission_type": "any",
            "subscribers": counts["subscribers"],
            "active_user_count": counts["present"],
            "accounts_active": counts["present"],
            "allow_images": True,
            "allow_galleries": True,
            "allow_polls": True,
            "user_is_banned": f"banned {account.id}" in self.states(name),
            "user_is_moderator": self.moderates(account, name),
            "user_is_contributor": False,
            "over18": False,
            **self._noted(name, "about "),
        }
        return thing_json(request, {"kind": "t5", "data": data})

    def _requirements(self, request: Request, name: str) -> Response:
        self._enter(request, name)
        return thing_json(request, self.requires(name))

    def _queue(self, request: Request, name: str) -> Response:
        """What was reported and is not decided."""
        account = self._enter(request, name)
        if not self.moderates(account, name):
            _forbidden()
        waiting = [one for kind in ("t1_", "t3_") for one in self._in(name, kind) if self._waits(one)]
        return listed(
            request, [self._views.thing(one, moderator=True) for one in sorted(waiting, key=lambda it: it.number)]
        )

    def _waits(self, post: Post) -> bool:
        marks = self._network.marks(Platform.REDDIT, post.id)
        return any(one.startswith("report: ") for one in marks) and not marks & {"removed", "approved"}

    # --- threads -----------------------------------------------------------------------------------------------------

    def _thread(self, request: Request, id_: str, comment: str | None = None) -> Response:
        """A post and its comments as a tree; of a comment those above it, as far as `context`, and those below."""
        account = self._caller(request)
        top = self._network.post_ever(Platform.REDDIT, f"t3_{id_}")
        if top is None:
            _forbidden(status=404)
        self._enter(request, top.community or "")
        known = [*self._network.posts(Platform.REDDIT, deleted=True)]
        under = [one for one in known if one.root == top.id and one.id != top.id]
        limit = max(1, request.args.get("limit", 200, type=int))
        shown, hidden = under[:limit], under[limit:]
        if comment is None:
            children = self._grown(top.id, shown, account)
        else:
            children = self._around(f"t1_{comment}", under, account, request.args.get("context", 0, type=int))
            hidden = []
        if hidden:
            ids = [short(one.id) for one in hidden]
            more = {
                "count": len(ids),
                "name": hidden[0].id,
                "id": ids[0],
                "parent_id": top.id,
                "depth": 0,
                "children": ids,
            }
            children.append({"kind": "more", "data": more})
        post = self._views.thing(top, moderator=self.moderates(account, top.community))
        return thing_json(request, [listing([post], None), listing(children, None)])

    def _grown(self, parent: str, known: list[Post], account: Account) -> list[dict[str, Any]]:
        return [
            self._comment(one, self._grown(one.id, known, account), account) for one in known if one.parent == parent
        ]

    def _comment(self, post: Post, replies: list[dict[str, Any]], account: Account) -> dict[str, Any]:
        thing = self._views.thing(post, moderator=self.moderates(account, post.community))
        thing["data"]["replies"] = listing(replies, None) if replies else ""
        return thing

    def _around(self, name: str, known: list[Post], account: Account, context: int) -> list[dict[str, Any]]:
        by_id = {one.id: one for one in known}
        focus = by_id.get(name)
        if focus is None:
            return []
        tree = self._comment(focus, self._grown(focus.id, known, account), account)
        for _ in range(max(0, min(8, context))):
            focus = by_id.get(focus.parent or "")
            if focus is None:
                break
            tree = self._comment(focus, [tree], account)
        return [tree]

    def _more(self, request: Request) -> Response:
        account = self._caller(request)
        names = [f"t1_{one}" for one in request.args.get("children", "").split(",") if one][:MOST_CHILDREN]
        found = [self._network.post_ever(Platform.REDDIT, one) for one in names]
        things = [self._comment(one, [], account) for one in found if one is not None]
        return thing_json(request, {"json": {"errors": [], "data": {"things": things}}})

    # --- acting ------------------------------------------------------------------------------------------------------

    def _moderated(self, request: Request) -> Post:
        """The post that is meant, if who asks moderates its community."""
        account = self._caller(request)
        post = self._network.post_ever(Platform.REDDIT, request.form.get("id", ""))
        if post is None or not self.moderates(account, post.community):
            _forbidden()
        return post

    def _bring(self, post: Post, *, to: Iterable[str] = (), out_of: Iterable[str] = ()) -> Response:
        for state in to:
            self._network.mark(Platform.REDDIT, post.id, state)
        for state in out_of:
            self._network.mark(Platform.REDDIT, post.id, state, on=False)
        return json_response({})

    def _remove(self, request: Request) -> Response:
        return self._bring(self._moderated(request), to=["removed"], out_of=["approved"])

    def _approve(self, request: Request) -> Response:
        post = self._moderated(request)
        reports = [one for one in self._network.marks(Platform.REDDIT, post.id) if one.startswith("report: ")]
        return self._bring(post, to=["approved"], out_of=["removed", *reports])

    def _lock(self, request: Request, *, locked: bool) -> Response:
        post = self._moderated(request)
        return self._bring(post, to=["locked"]) if locked else self._bring(post, out_of=["locked"])

    def _report(self, request: Request) -> Response:
        self._caller(request)
        post = self._network.post(Platform.REDDIT, request.form.get("thing_id") or request.form.get("id") or "")
        if post is None:
            _forbidden(status=404)
        self._bring(post, to=[f"report: {request.form.get('reason', '')[:100]}"], out_of=["approved"])
        return json_response({"json": {"errors": []}})

    def _named(self, request: Request) -> Account:
        name = request.form.get("name") or request.args.get("name") or ""
        found = self._network.account_by_handle(Platform.REDDIT, name)
        if found is None:
            refuse({"json": {"errors": [["USER_DOESNT_EXIST", "that user doesn't exist", "name"]]}}, 200)
        return found

    def _block(self, request: Request) -> Response:
        caller = self._caller(request)
        self._network.mark(Platform.REDDIT, self._named(request).id, f"blocked by {caller.id}")
        return json_response({})

    def _ban(self, request: Request, name: str, *, banned: bool) -> Response:
        """`friend` and `unfriend` are what Reddit calls every relation: bans here, and the end of a block."""
        caller, kind = self._caller(request), request.form.get("type")
        if kind == "enemy" and not banned and request.form.get("container") == f"t2_{caller.id}":
            self._network.mark(Platform.REDDIT, self._named(request).id, f"blocked by {caller.id}", on=False)
            return json_response({})
        if kind != "banned" or not self.moderates(caller, name):
            _forbidden()
        self._network.mark(Platform.REDDIT, name.lower(), f"banned {self._named(request).id}", on=banned)
        return json_response({"json": {"errors": []}})
