"""What an account does to others on Mastodon, and what it may hear of them: relations, reports, polls, who sees what.

It must never show a private message to anybody but its author and those whom it names.
Sources: recordings of a 4.6 server (corpus mastodon/moderation, reports), the documentation of the accounts and reports methods.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.mastodon_views import MastodonViews, instance_v2
from local.sandbox.model import Account, Complaint, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import Answer, json_body, json_response, refuse

MODERATOR = "moderator"
"""The mark of an account that is told of reports."""
AT_ONCE = 20
LONGEST_COMMENT = 1000
_STATES = {
    "mute": ("muted", True),
    "unmute": ("muted", False),
    "block": ("blocked", True),
    "unblock": ("blocked", False),
}


def _invalid(what: str) -> NoReturn:
    refuse({"error": f"Validation failed: {what}"}, 422)


class MastodonActs:
    """Relations and reports; `caller` names who asks."""

    def __init__(
        self,
        network: SandboxNetwork,
        caller: Callable[[Request], Account],
        views: Callable[[Request], MastodonViews],
    ) -> None:
        self._network = network
        self._caller = caller
        self._views = views

    def routes(self) -> dict[tuple[str, str], Answer]:
        """What is spoken of it."""
        relations = {("POST", f"/api/v1/accounts/<id_>/{name}"): self._relating(name) for name in _STATES}
        return {**relations, ("POST", "/api/v1/reports"): self._report}

    def _relating(self, name: str) -> Answer:
        state, on = _STATES[name]

        def relate(request: Request, id_: str) -> Response:
            me, other = self._caller(request), self._network.account(Platform.MASTODON, id_)
            if other is None:
                refuse({"error": "Record not found"}, 404)
            if other.id == me.id:
                refuse({"error": "This action is not allowed"}, 403)
            self._network.mark(Platform.MASTODON, other.id, f"{state} by {me.id}", on=on)
            return json_response(self._views(request).relationship(me, other))

        return relate

    def _report(self, request: Request) -> Response:
        me = self._caller(request)
        given = json_body(request) if request.is_json else request.form.to_dict()
        about = self._network.account(Platform.MASTODON, str(given.get("account_id")))
        if about is None:
            refuse({"error": "Record not found"}, 404)
        comment = str(given.get("comment") or "")
        if len(comment) > LONGEST_COMMENT:
            _invalid(f"Comment is too long (maximum is {LONGEST_COMMENT} characters)")
        named = given.get("status_ids", []) if request.is_json else request.form.getlist("status_ids[]")
        posts = [post for one in named if (post := self._network.post(Platform.MASTODON, str(one)))]
        complaint = Complaint(
            Platform.MASTODON,
            self._network.next_number(),
            me.id,
            about.id,
            self._network.moment(),
            tuple(post.id for post in posts if post.author == about.id),
            str(given.get("category") or "other"),
            comment,
        )
        return json_response(self._views(request).report(self._network.complain(complaint)))

    def notices(self, me: Account, types: list[str], without: list[str]) -> list[tuple[int, Any]]:
        """What an account is told of, with its numbers: (a post and how it concerns them) or a report."""
        found: list[tuple[int, Any]] = []
        for one in self._network.posts(Platform.MASTODON, listing=True):
            told = self._told(me, one)
            if told and (not types or told in types) and told not in without:
                found.append((one.number, (one, told)))
        is_moderator = MODERATOR in self._network.marks(Platform.MASTODON, me.id)
        if is_moderator and (not types or "admin.report" in types) and "admin.report" not in without:
            found += [(one.number, (one,)) for one in self._network.complaints(Platform.MASTODON)]
        return found

    def _told(self, me: Account, post: Post) -> str | None:
        kept_away = self._network.marks(Platform.MASTODON, post.author) & {f"muted by {me.id}", f"blocked by {me.id}"}
        if post.author == me.id or kept_away or not self.sees(me, post):
            return None
        quoted = self._network.post(Platform.MASTODON, str(post.facts.get("quoted")))
        if quoted is not None and quoted.author == me.id:
            return "quote"
        return "mention" if me.id in post.mentions else None

    @staticmethod
    def sees(me: Account | None, post: Post) -> bool:
        """Whether somebody may see it; nobody follows anybody here, so what is for followers is for those whom it names."""
        if post.facts.get("visibility", "public") in {"public", "unlisted"}:
            return True
        return me is not None and (me.id == post.author or me.id in post.mentions)

    @staticmethod
    def asked_poll(given: dict[str, Any], request: Request) -> dict[str, Any] | None:
        """The poll that a new status asks for, or None. Refuses what the instance document does not allow."""
        told = given.get("poll")
        if not request.is_json and request.form.getlist("poll[options][]"):
            told = {name: request.form.get(f"poll[{name}]") for name in ("expires_in", "multiple")}
            told["options"] = request.form.getlist("poll[options][]")
        if not isinstance(told, dict):
            return None
        limits = instance_v2()["configuration"]["polls"]
        options = [str(one) for one in told.get("options") or []]
        seconds = int(told.get("expires_in") or 0)
        if not 2 <= len(options) <= limits["max_options"]:
            _invalid(f"Options can't contain more than {limits['max_options']} items, or less than two")
        if len(set(options)) < len(options):
            _invalid("Options contain duplicate items")
        if any(not one or len(one) > limits["max_characters_per_option"] for one in options):
            _invalid(f"Options can't be longer than {limits['max_characters_per_option']} characters each")
        if not limits["min_expiration"] <= seconds <= limits["max_expiration"]:
            _invalid("Duration is too short or too long")
        multiple = str(told.get("multiple", "")).lower() in {"1", "true"}
        return {"options": options, "expires_in": seconds, "multiple": multiple}
