"""Bluesky's private messages, which the PDS passes on to a service of their own: conversations of two.

It must never show a conversation to anybody but its members. Sources: lexicons chat.bsky.convo; what the reference PDS says to
an app password that may not (app-passwords.test.ts); a revision counts up and looks like `22222222zxmwf` (atproto#2760). The
service itself is closed source: what it does beside that, and in which order it lists, is not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from local.sandbox.bluesky_records import fail
from local.sandbox.bluesky_views import BlueskyViews
from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import Answer, json_body, json_response, milliseconds

MESSAGES = "messages"
"""What a script names as the community of a private message."""
NO_CHAT = "no chat"
"""The mark of an account whose app password does not allow private messages, as most do not."""
SERVICE = "did:web:api.bsky.chat#bsky_chat"
_CHAT = "chat/"
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
LONGEST = 1000


def _base32(number: int) -> str:
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def _convo_of(one: str, other: str) -> str:
    pair = " ".join(sorted((one, other)))
    return "3" + _base32(int.from_bytes(hashlib.sha256(pair.encode()).digest()[:8]) >> 1)[1:]


class BlueskyChat:
    """The messages of all accounts; `caller` names who asks."""

    def __init__(self, network: SandboxNetwork, views: BlueskyViews, caller: Callable[[Request], Account]) -> None:
        self._network = network
        self._views = views
        self._caller = caller

    def routes(self) -> dict[tuple[str, str], Answer]:
        """The part of the API that this module answers."""
        return {
            ("GET", "chat.bsky.convo.listConvos"): self._convos,
            ("GET", "chat.bsky.convo.getConvo"): self._convo,
            ("GET", "chat.bsky.convo.getMessages"): self._messages,
            ("POST", "chat.bsky.convo.sendMessage"): self._send,
        }

    def write(self, author: Account, toward: Account, text: str) -> Post:
        """Somebody writes to an account alone: no record, but shown as a post to whoever staged it."""
        at, number = self._network.moment(), self._network.next_number()
        convo = _convo_of(author.id, toward.id)
        id_ = f"{_CHAT}{convo}/{_base32(int(at.timestamp() * 1_000_000) << 10 | number % 1024)}"
        told = {"author": author.id, "to": toward.id, "text": text, "number": number, "sentAt": milliseconds(at)}
        self._network.keep_record(Platform.BLUESKY, id_, told)
        return Post(Platform.BLUESKY, id_, number, author.id, text, at, None, f"{_CHAT}{convo}", (toward.id,), MESSAGES)

    def all(self) -> list[dict[str, Any]]:
        """Every message: who wrote it, to whom, and what."""
        return [
            {name: told[name] for name in ("author", "to", "text")} | {"id": id_}
            for id_, told in self._network.records(Platform.BLUESKY, _CHAT).items()
        ]

    # --- the wire ----------------------------------------------------------------------------------------------------

    def _allowed(self, request: Request) -> Account:
        """Who asks. Refuses a call that is not to be passed on, and a password that does not go so far."""
        caller = self._caller(request)
        if request.headers.get("atproto-proxy") != SERVICE:
            fail("MethodNotImplemented", "Method Not Implemented", 501)
        if NO_CHAT in self._network.marks(Platform.BLUESKY, caller.id):
            fail("InvalidToken", "Bad token method")
        return caller

    def _of(self, caller: Account) -> dict[str, list[tuple[str, dict[str, Any]]]]:
        """The caller's conversations, each with its messages, the oldest first."""
        found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        records = self._network.records(Platform.BLUESKY, _CHAT)
        for id_, told in sorted(records.items(), key=lambda one: int(one[1]["number"])):
            if caller.id in (told["author"], told["to"]):
                found.setdefault(id_.split("/")[1], []).append((id_.split("/")[2], told))
        return found

    def _convos(self, request: Request) -> Response:
        """Newest first; the cursor leads to older ones."""
        caller = self._allowed(request)
        mine = sorted(self._of(caller).items(), key=lambda one: -int(one[1][-1][1]["number"]))
        page, more = self._page(request, mine)
        return json_response({"convos": [self._convo_view(*one) for one in page]} | more)

    def _convo(self, request: Request) -> Response:
        convo, entries = self._asked(request, request.args.get("convoId", ""))
        return json_response({"convo": self._convo_view(convo, entries)})

    def _messages(self, request: Request) -> Response:
        _, entries = self._asked(request, request.args.get("convoId", ""))
        page, more = self._page(request, entries[::-1])
        return json_response({"messages": [self._view(*one) for one in page]} | more)

    def _send(self, request: Request) -> Response:
        body = json_body(request)
        message = body.get("message")
        text = message.get("text") if isinstance(message, dict) else None
        _, entries = self._asked(request, str(body.get("convoId")))
        if not isinstance(text, str) or not text or len(text) > LONGEST:
            fail("InvalidRequest", "Input/message/text is not a text of 1 to 1000 graphemes")
        caller, (_, last) = self._caller(request), entries[-1]
        other = last["to"] if last["author"] == caller.id else last["author"]
        account = self._network.account(Platform.BLUESKY, other)
        if account is None:
            fail("InvalidRequest", "recipient not found")
        sent = self.write(caller, account, text)
        record = self._network.record(Platform.BLUESKY, sent.id) or {}
        return json_response(self._view(sent.id.split("/")[2], record))

    def _asked(self, request: Request, convo: str) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
        entries = self._of(self._allowed(request)).get(convo)
        if entries is None:
            fail("InvalidConvo", "Convo not found")
        return convo, entries

    @staticmethod
    def _page(request: Request, rows: list[Any]) -> tuple[list[Any], dict[str, str]]:
        start, limit = request.args.get("cursor", 0, type=int), request.args.get("limit", 50, type=int)
        if not 1 <= limit <= 100:
            fail("InvalidRequest", "Error: limit must be between 1 and 100")
        page = rows[start : start + limit]
        return page, {"cursor": str(start + limit)} if len(rows) > start + limit else {}

    def _convo_view(self, convo: str, entries: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        last = entries[-1]
        return {
            "id": convo,
            "rev": _base32(int(last[1]["number"])),
            "members": [self._views.author(one) for one in sorted((last[1]["author"], last[1]["to"]))],
            "lastMessage": self._view(*last),
            "muted": False,
            "status": "accepted",
            "unreadCount": 0,
        }

    @staticmethod
    def _view(id_: str, told: dict[str, Any]) -> dict[str, Any]:
        return {
            "$type": "chat.bsky.convo.defs#messageView",
            "id": id_,
            "rev": _base32(int(told["number"])),
            "text": told["text"],
            "sender": {"did": told["author"]},
            "sentAt": told["sentAt"],
        }
