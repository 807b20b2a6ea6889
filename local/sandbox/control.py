"""The control interface under /_sandbox/: make accounts, let members speak, ask for faults, move the clock, see the truth.

It must never be reachable from elsewhere (server.py binds to loopback and checks the host), and takes JSON only, so that
no page in a browser can make it do anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.sandbox import feed, page
from local.sandbox.faults import OF_FILES, Fault, FaultKind
from local.sandbox.members import CAST, Kind, SandboxMember
from local.sandbox.model import Account, Platform, Post, Sort, Upload
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import Facade, Refusal, json_body, json_response, refuse


def wrong(message: str, status: int = 400) -> NoReturn:
    """Stop with one sentence that says what to change."""
    refuse({"error": message}, status)


class Control:
    """Answers everything under /_sandbox/. Called under the network's lock."""

    def __init__(self, network: SandboxNetwork, facades: Mapping[Platform, Facade]) -> None:
        self._network = network
        self._facades = facades
        answers = {
            ("GET", "/"): self._page,
            ("GET", "/style.css"): self._style,
            ("GET", "/health"): self._health,
            ("GET", "/posts"): self._posts,
            ("GET", "/messages"): self._messages,
            ("GET", "/requests"): self._requests,
            ("GET", "/uploads"): self._uploads,
            ("GET", "/media/<sha256>"): self._media,
            ("GET", "/feed.rss"): self._rss,
            ("GET", "/feed.atom"): self._atom,
            ("GET", "/cast"): self._cast,
            ("GET", "/accounts"): self._accounts,
            ("POST", "/accounts"): self._make_account,
            ("POST", "/members/say"): self._say,
            ("POST", "/members/edit"): self._edit,
            ("POST", "/members/withdraw"): self._withdraw,
            ("GET", "/marks"): self._marks,
            ("POST", "/marks"): self._mark,
            ("POST", "/counts"): self._count,
            ("GET", "/faults"): self._faults,
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("POST", "/lag"): self._lag,
            ("POST", "/clock"): self._clock,
            ("POST", "/revoke"): self._revoke,
            ("POST", "/forget"): self._forget,
        }
        self._map = Map([Rule(path, methods=[method], endpoint=answer) for (method, path), answer in answers.items()])

    def answer(self, request: Request, path: str) -> Response:
        """Answer one request; `path` is relative to /_sandbox."""
        try:
            endpoint, found = self._map.bind("sandbox").match("/" + path.strip("/"), method=request.method)
            if request.method == "POST" and not request.is_json:
                wrong("Send JSON, with the content type application/json.", 415)
            answered: Response = endpoint(request, **found)
            return answered
        except Refusal as refusal:
            return refusal.response
        except HTTPException as error:
            return json_response({"error": error.name}, error.code or 404)

    # --- looking -----------------------------------------------------------------------------------------------------

    def _page(self, request: Request) -> Response:
        del request
        return page.timelines(self._network, self._facades)

    def _style(self, request: Request) -> Response:
        del request
        return page.stylesheet()

    def _health(self, request: Request) -> Response:
        base = request.host_url.rstrip("/")
        urls = {one.value: f"{base}/{one.value}" for one in self._facades}
        return json_response({"status": "ok", "now": self._network.now().isoformat(), "base_urls": urls})

    def _posts(self, request: Request) -> Response:
        """?platform= &account= &who=ours|members|all (ours) &deleted=1 (also what was taken down)."""
        platform = self._asked(request)
        who = request.args.get("who", "ours")
        named = request.args.get("account", "").lower()
        chosen = {
            (one.platform, one.id)
            for one in self._network.accounts(platform, ours={"ours": True, "members": False}.get(who))
            if not named or named in {one.id.lower(), one.handle.lower(), f"t2_{one.id}"}
        }
        found = [
            self._shown(one)
            for one in self._network.posts(platform, deleted=request.args.get("deleted") == "1")
            if (one.platform, one.author) in chosen
        ]
        return json_response({"count": len(found), "posts": found})

    def _messages(self, request: Request) -> Response:
        """?platform=: private messages, each for every account that may read it beside its author."""
        asked = self._asked(request)
        found = [
            {"platform": platform, **one}
            for platform, facade in self._facades.items()
            if asked is None or platform == asked
            for one in facade.private_messages()
        ]
        return json_response({"count": len(found), "messages": found})

    def _shown(self, post: Post) -> dict[str, Any]:
        author = self._network.account(post.platform, post.author)
        return {
            "platform": post.platform,
            "id": post.id,
            "author": post.author,
            "handle": author.handle if author else None,
            "text": post.text,
            "title": post.title,
            "community": post.community,
            "created_at": post.created_at.isoformat(),
            "reply_to": post.parent,
            "root": post.root,
            "deleted": post.deleted,
            "pictures": list(post.pictures),
            "options": post.facts.get("options", {}),
            "url": self._facades[Platform(post.platform)].link(post),
        }

    def _requests(self, request: Request) -> Response:
        """?platform= &sort=write|session|read: what was asked, oldest first, without texts."""
        platform, sort = request.args.get("platform"), request.args.get("sort")
        found = [
            {
                "at": one.at.isoformat(),
                "platform": one.platform,
                "method": one.method,
                "path": one.path,
                "sort": one.sort,
                "outcome": one.outcome,
                "fault": one.fault,
            }
            for one in self._network.requests
            if platform in {None, one.platform} and sort in {None, one.sort}
        ]
        return json_response({"count": len(found), "requests": found})

    def _uploads(self, request: Request) -> Response:
        """?platform=: all files that were handed over, oldest first, and which post shows each."""
        found = [self._upload_view(one) for one in self._network.uploads(self._asked(request))]
        return json_response({"count": len(found), "uploads": found})

    def _upload_view(self, upload: Upload) -> dict[str, Any]:
        return {
            "platform": upload.platform,
            "id": upload.id,
            "owner": upload.owner,
            **{name: value for name, value in upload.shown().items() if name != "upload"},
            "at": upload.created_at.isoformat(),
            "ready": upload.is_ready(self._network.now()),
            "gone": upload.gone,
            "shown_by": self._network.shown_by(upload),
        }

    def _media(self, request: Request, sha256: str) -> Response:
        """The bytes under this hash: what was really handed over."""
        del request
        data = self._network.blobs.get(sha256)
        if data is None:
            wrong("There are no such bytes, or no more.", 404)
        return page.file(data)

    def _rss(self, request: Request) -> Response:
        """?platform=: what members began, as RSS."""
        return feed.rss(self._network, self._facades, feed.entries(self._network, self._asked(request)), request)

    def _atom(self, request: Request) -> Response:
        """?platform=: the same as Atom."""
        return feed.atom(self._network, self._facades, feed.entries(self._network, self._asked(request)), request)

    def _asked(self, request: Request) -> Platform | None:
        return self._platform(request.args["platform"]) if "platform" in request.args else None

    def _cast(self, request: Request) -> Response:
        del request
        return json_response({kind.value: {"member": line.member, "text": line.text} for kind, line in CAST.items()})

    def _accounts(self, request: Request) -> Response:
        del request
        return json_response({"accounts": [self._account_view(one) for one in self._network.accounts()]})

    @staticmethod
    def _account_view(account: Account) -> dict[str, Any]:
        return {
            "platform": account.platform,
            "id": account.id,
            "handle": account.handle,
            "name": account.name,
            "ours": account.ours,
        }

    # --- doing -------------------------------------------------------------------------------------------------------

    def _make_account(self, request: Request) -> Response:
        """{platform, handle, name?}: our account with its credential; a handle that is taken gives what there is."""
        body = json_body(request)
        handle = body.get("handle")
        if not isinstance(handle, str) or not handle.strip():
            wrong("Name the account: {platform, handle}.")
        facade = self._facades[self._platform(body.get("platform"))]
        account = facade.make_account(handle.strip(), str(body.get("name") or handle), ours=True)
        if not account.ours:
            wrong("That handle belongs to a scripted member; choose another.", 409)
        base = f"{request.host_url.rstrip('/')}/{account.platform}"
        credential = facade.credential(account)
        return json_response({**self._account_view(account), "base_url": base, "credential": credential}, 201)

    def _say(self, request: Request) -> Response:
        """{platform, member?, kind|text, account?|reply_to?, community?}: a member mentions, answers or just says."""
        body = json_body(request)
        platform = self._platform(body.get("platform"))
        line = CAST.get(Kind(body["kind"])) if body.get("kind") in set(Kind) else None
        text = body.get("text") or (line.text if line else None)
        name = body.get("member") or (line.member if line else None)
        if not isinstance(text, str) or not isinstance(name, str):
            wrong(f"Say what: a text and a member, or a kind ({', '.join(Kind)}).")
        facade = self._facades[platform]
        member = SandboxMember(facade, name)
        if member.account.ours:
            wrong("That is one of our own accounts; a member must speak.", 409)
        community = str(body.get("community") or "")
        if body.get("reply_to"):
            above = self._network.post(platform, str(body["reply_to"]))
            if above is None:
                wrong("There is no such post to answer.", 404)
            post = member.reply(above, text)
        elif body.get("account"):
            post = member.mention(self._account(platform, str(body["account"])), text, community=community)
        else:
            post = member.post(text, community=community)
        return json_response(self._shown(post), 201)

    def _edit(self, request: Request) -> Response:
        """{platform, id, text}: whoever wrote a post says something else in it."""
        body, post = self._named_post(request)
        text = body.get("text")
        if not isinstance(text, str):
            wrong("Say what it says now: {platform, id, text}.")
        return json_response(self._shown(self._facades[Platform(post.platform)].edit(post, text)))

    def _withdraw(self, request: Request) -> Response:
        """{platform, id}: whoever wrote a post takes it down."""
        _, post = self._named_post(request)
        self._network.delete_post(post)
        return json_response({})

    def _named_post(self, request: Request) -> tuple[dict[str, Any], Post]:
        body = json_body(request)
        post = self._network.post(self._platform(body.get("platform")), str(body.get("id")))
        if post is None:
            wrong("There is no such post.", 404)
        return body, post

    def _marks(self, request: Request) -> Response:
        """?platform=: every post, account and community that is in a state, and which."""
        found = sorted(self._network.all_marks(self._asked(request)).items())
        shown = [{"platform": one, "subject": subject, "states": sorted(on)} for (one, subject), on in found]
        return json_response({"count": len(shown), "marks": shown})

    def _mark(self, request: Request) -> Response:
        """{platform, subject, state, on?}: bring a post, account or community to a state, or out of it."""
        body = json_body(request)
        subject, state = body.get("subject"), body.get("state")
        if not isinstance(subject, str) or not isinstance(state, str) or not isinstance(body.get("on", True), bool):
            wrong("Say what and how: {platform, subject, state, on?}.")
        self._network.mark(self._platform(body.get("platform")), subject, state, on=body.get("on", True))
        return json_response({})

    def _count(self, request: Request) -> Response:
        """{platform, subject, counts}: let the platform tell these numbers of a post, account or community."""
        body = json_body(request)
        subject, counts = body.get("subject"), body.get("counts")
        whole = isinstance(counts, dict) and all(type(one) is int for one in counts.values())
        if not isinstance(subject, str) or not whole:
            wrong("Say of what and how many: {platform, subject, counts: {measure: number}}.")
        self._network.count(self._platform(body.get("platform")), subject, dict(body["counts"]))
        return json_response({})

    def _faults(self, request: Request) -> Response:
        del request
        waiting = [
            {
                "id": f.id,
                "kind": f.kind,
                "platform": f.platform,
                "on": f.on,
                "path": f.path,
                "times": f.times,
                "skip": f.skip,
            }
            for f in self._network.faults.waiting()
        ]
        return json_response({"faults": waiting})

    def _add_fault(self, request: Request) -> Response:
        """{kind, platform?, on?, path?, times?, skip?, status?, body?, headers?, seconds?}: see faults.Fault."""
        body = json_body(request)
        unknown = body.keys() - {
            "kind",
            "platform",
            "on",
            "path",
            "times",
            "skip",
            "status",
            "body",
            "headers",
            "seconds",
        }
        if unknown:
            wrong(f"A fault has no {', '.join(sorted(unknown))}.")
        try:
            fault = Fault(
                kind=FaultKind(str(body.get("kind"))),
                platform=Platform(body["platform"]) if body.get("platform") else None,
                on=Sort(body["on"]) if body.get("on") else None,
                path=str(body.get("path") or ""),
                times=int(body.get("times", 1)),
                skip=int(body.get("skip", 0)),
                status=int(body["status"]) if body.get("status") else None,
                body=body.get("body"),
                headers={str(k): str(v) for k, v in (body.get("headers") or {}).items()},
                seconds=float(body.get("seconds", 0)),
            )
        except (ValueError, TypeError, AttributeError) as error:
            wrong(f"That fault is not understood: {error}.")
        if fault.kind is FaultKind.LIMITED_BUT_CREATED and fault.platform is not Platform.REDDIT:
            wrong("limited_but_created is a fault of platform reddit only.")
        if fault.kind in OF_FILES and fault.platform is Platform.BLUESKY:
            fault.path = fault.path or "uploadVideo"
            if fault.path not in "/xrpc/app.bsky.video.uploadVideo":
                wrong(f"{fault.kind} is a fault of videos on platform bluesky: its other blobs are there at once.")
        return json_response({"id": self._network.faults.add(fault).id}, 201)

    def _clear_faults(self, request: Request) -> Response:
        del request
        self._network.faults.clear()
        self._network.listing_lag.clear()
        return json_response({})

    def _lag(self, request: Request) -> Response:
        """{platform, seconds}: listings show what was said only so long after; 0 ends it."""
        body = json_body(request)
        platform = self._platform(body.get("platform"))
        self._network.listing_lag[platform] = timedelta(seconds=self._seconds(body.get("seconds")))
        return json_response({})

    def _clock(self, request: Request) -> Response:
        """{advance: seconds} or {set: ISO 8601 with zone}."""
        body = json_body(request)
        if "set" in body:
            try:
                now = self._network.move_clock(to=datetime.fromisoformat(str(body["set"])))
            except ValueError:
                wrong("Set the clock to a time with a zone, such as 2026-11-20T12:00:00Z.")
        else:
            now = self._network.move_clock(seconds=self._seconds(body.get("advance")))
        return json_response({"now": now.isoformat()})

    def _revoke(self, request: Request) -> Response:
        """{token} ends one secret; {platform, account} ends all of an account's."""
        body = json_body(request)
        if body.get("token"):
            found = [self._network.token(platform, str(body["token"])) for platform in self._facades]
            tokens = [one for one in found if one is not None]
            for token in tokens:
                self._network.revoke(token)
            return json_response({"revoked": len(tokens)})
        account = self._account(self._platform(body.get("platform")), str(body.get("account")))
        return json_response({"revoked": self._network.sign_out(account)})

    def _forget(self, request: Request) -> Response:
        """{platform, upload?}: a platform loses what was handed over and no post shows; all of it, or one."""
        body = json_body(request)
        platform, named = self._platform(body.get("platform")), body.get("upload")
        lost = [
            one
            for one in self._network.uploads(platform)
            if not one.gone and named in {None, one.id} and self._network.shown_by(one) is None
        ]
        for one in lost:
            self._network.change_upload(replace(one, gone=True))
        return json_response({"forgotten": len(lost)})

    # --- reading what was asked --------------------------------------------------------------------------------------

    @staticmethod
    def _platform(given: Any) -> Platform:
        try:
            return Platform(given)
        except ValueError:
            wrong(f"Name a platform: {', '.join(Platform)}.")

    @staticmethod
    def _seconds(given: Any) -> float:
        if isinstance(given, bool) or not isinstance(given, int | float):
            wrong("Give a number of seconds.")
        return float(given)

    def _account(self, platform: Platform, named: str) -> Account:
        if platform is Platform.REDDIT:
            named = named.removeprefix("t2_")
        found = self._network.account(platform, named) or self._network.account_by_handle(platform, named)
        if found is None:
            wrong("There is no such account.", 404)
        return found
