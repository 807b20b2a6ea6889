"""What an account does on X to what others said, and what others write to it alone: hiding, muting, private messages.

It must never hide what stands in somebody else's conversation. Sources: openapi.json 2.167, recordings (corpus x/hide_reply,
x/dm, x/other_v2); what X says where it refuses to hide is not known here, and the words are the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import json_body, json_response, milliseconds, refuse
from local.sandbox.x_media import invalid
from local.sandbox.x_views import asked, user_view

HIDDEN = "hidden"
MESSAGES = "messages"
"""What a script names as the community of a private message."""
_DM = "dm/"


def muted_by(account: Account) -> str:
    """The state of an account that this one does not hear any more."""
    return f"muted by {account.id}"


class XActs:
    """States and messages of all accounts; `caller` names who asks, `new_id` makes the id of a message."""

    def __init__(
        self, network: SandboxNetwork, caller: Callable[[Request], Account], new_id: Callable[[], str]
    ) -> None:
        self._network = network
        self._caller = caller
        self._new_id = new_id

    # --- states ------------------------------------------------------------------------------------------------------

    def hide(self, request: Request, id_: str) -> Response:
        """PUT /2/tweets/:id/hidden: {hidden}."""
        caller, hidden = self._caller(request), json_body(request).get("hidden")
        if not isinstance(hidden, bool):
            invalid("hidden", str(hidden), "$.hidden: is missing but it is required")
        post = self._network.post(Platform.X, id_)
        root = None if post is None else self._network.post_ever(Platform.X, post.root)
        if post is None or root is None:
            _problem(404, "Not Found", "Could not find the referenced Tweet.")
        if root.author != caller.id or post.author == caller.id:
            _problem(403, "Forbidden", "You are not allowed to hide this Tweet.")
        self._network.mark(Platform.X, id_, HIDDEN, on=hidden)
        return json_response({"data": {"hidden": hidden}})

    def mute(self, request: Request, id_: str) -> Response:
        """POST /2/users/:id/muting: {target_user_id}."""
        return self._mark(request, id_, str(json_body(request).get("target_user_id")), on=True)

    def unmute(self, request: Request, id_: str, target: str) -> Response:
        """DELETE /2/users/:id/muting/:target."""
        return self._mark(request, id_, target, on=False)

    def _mark(self, request: Request, id_: str, target: str, *, on: bool) -> Response:
        caller = self._caller(request)
        if caller.id != id_:
            _problem(403, "Forbidden", "Forbidden")
        if self._network.account(Platform.X, target) is None:
            invalid("target_user_id", target, "target_user_id is not known")
        self._network.mark(Platform.X, target, muted_by(caller), on=on)
        return json_response({"data": {"muting": on}})

    # --- private messages --------------------------------------------------------------------------------------------

    def write(self, author: Account, toward: Account, text: str) -> Post:
        """Somebody writes to an account alone: no post, but shown as one to whoever staged it."""
        pair = "-".join(sorted((author.id, toward.id), key=int))
        at, id_ = self._network.now(), self._new_id()
        while self._network.record(Platform.X, f"{_DM}{id_}") is not None:
            id_ = str(int(id_) + 1)
        told = {"sender_id": author.id, "dm_conversation_id": pair, "text": text, "created_at": milliseconds(at)}
        self._network.keep_record(Platform.X, f"{_DM}{id_}", told)
        return Post(Platform.X, f"{_DM}{id_}", 0, author.id, text, at, None, f"{_DM}{pair}", (toward.id,), MESSAGES)

    def messages(self) -> list[dict[str, Any]]:
        """Every message: who wrote it, to whom, and what."""
        return [
            {"id": id_, "author": told["sender_id"], "to": self._other(told), "text": told["text"]}
            for id_, told in self._network.records(Platform.X, _DM).items()
        ]

    @staticmethod
    def _other(told: dict[str, Any]) -> str:
        first, _, second = str(told["dm_conversation_id"]).partition("-")
        return second if told["sender_id"] == first else first

    def send(self, request: Request, conversation: str) -> Response:
        """POST /2/dm_conversations/:id/messages: {text}, into a conversation of two that the account has part in."""
        caller, text = self._caller(request), json_body(request).get("text")
        pair = conversation.split("-")
        other = next((account for one in pair if one != caller.id and (account := self._account(one))), None)
        if caller.id not in pair or other is None:
            _problem(403, "Forbidden", "You do not have permission to access this conversation.")
        if not isinstance(text, str) or not text.strip():
            invalid("text", str(text), "$: text or attachments is required")
        event = self.write(caller, other, text).id.removeprefix(_DM)
        return json_response({"data": {"dm_conversation_id": conversation, "dm_event_id": event}}, 201)

    def _account(self, id_: str) -> Account | None:
        return self._network.account(Platform.X, id_)

    def events(self, request: Request, conversation: str = "") -> Response:
        """GET /2/dm_events, and those of one conversation: newest first, of 30 days."""
        caller, most = self._caller(request), request.args.get("max_results", "100")
        if not most.isdigit() or not 1 <= int(most) <= 100:
            invalid("max_results", most, f"The `max_results` query parameter value [{most}] is not between 1 and 100")
        records = self._network.records(Platform.X, _DM)
        mine = {
            one.removeprefix(_DM): told
            for one, told in records.items()
            if self._is_theirs(told, caller) and conversation in ("", told["dm_conversation_id"])
        }
        below = int(request.args.get("pagination_token", "").removeprefix(_DM) or 1 << 63)
        found = sorted((one for one in mine if int(one) < below), key=int, reverse=True)
        page = found[: int(most)]
        meta: dict[str, Any] = {"result_count": len(page)}
        if len(found) > len(page):
            meta["next_token"] = _DM + page[-1]
        body: dict[str, Any] = {"meta": meta}
        if page:
            body["data"] = [self._view(one, mine[one], request) for one in page]
            body |= self._senders([mine[one] for one in page], request)
        return json_response(body)

    def event(self, request: Request, id_: str) -> Response:
        """GET /2/dm_events/:id."""
        caller, told = self._caller(request), self._network.record(Platform.X, f"{_DM}{id_}")
        if told is None or not self._is_theirs(told, caller):
            _problem(404, "Not Found", "Could not find the referenced event.")
        return json_response({"data": self._view(id_, told, request), **self._senders([told], request)})

    @staticmethod
    def _is_theirs(told: dict[str, Any], account: Account) -> bool:
        return account.id in told["dm_conversation_id"].split("-")

    @staticmethod
    def _view(id_: str, told: dict[str, Any], request: Request) -> dict[str, Any]:
        wanted = asked(request, "dm_event.fields")
        view = {"id": id_, "event_type": "MessageCreate", "text": told["text"]}
        return view | {name: value for name, value in told.items() if name in wanted}

    def _senders(self, told: list[dict[str, Any]], request: Request) -> dict[str, Any]:
        if "sender_id" not in asked(request, "expansions"):
            return {}
        users = [self._network.account(Platform.X, one) for one in dict.fromkeys(it["sender_id"] for it in told)]
        return {"includes": {"users": [user_view(one) for one in users if one is not None]}}


def _problem(status: int, title: str, detail: str) -> NoReturn:
    refuse({"title": title, "detail": detail, "type": "about:blank", "status": status}, status)
