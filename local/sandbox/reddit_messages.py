"""Reddit's private messages: sent, read with their thread, answered. Reddit's own mail is one of them, and nobody wrote it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.reddit_views import FIRST_ID, RedditViews, base36, listed, listing, thing_json
from local.sandbox.wire import Answer, refuse

_SYSTEM = "reddit"


class RedditMessages:
    """The messages of all accounts; `caller` names who asks."""

    def __init__(self, network: SandboxNetwork, views: RedditViews, caller: Callable[[Request], Account]) -> None:
        self._network = network
        self._views = views
        self._caller = caller

    def routes(self) -> dict[tuple[str, str], Answer]:
        """The part of the API that this module answers."""
        return {("GET", "/message/sent"): self._sent, ("GET", "/message/messages/<id_>"): self._thread}

    def _sent(self, request: Request) -> Response:
        me = self._caller(request)
        mine = self._network.posts(Platform.REDDIT, author=me.id, listing=True)
        return listed(request, [self._views.message(one) for one in mine if one.id.startswith("t4_")])

    def _thread(self, request: Request, id_: str) -> Response:
        """A message with its whole thread: the first of it, the others as its replies."""
        me = self._caller(request)
        found = self._network.post_ever(Platform.REDDIT, f"t4_{id_}")
        if found is None or me.id not in {found.author, *found.mentions}:
            refuse({"message": "Not Found", "error": 404}, 404)
        thread = [one for one in self._network.posts(Platform.REDDIT) if one.root == found.root]
        first, *rest = sorted(thread, key=lambda one: one.number)
        shown = self._views.message(first, [self._views.message(one) for one in rest])
        return thing_json(request, listing([shown], None))

    def all(self) -> list[dict[str, Any]]:
        """Every message of somebody: who wrote it, to whom, and what."""
        return [
            {"id": one.id, "author": one.author, "to": one.mentions[0], "text": one.text}
            for one in self._network.posts(Platform.REDDIT)
            if one.id.startswith("t4_") and one.author != _SYSTEM
        ]

    def welcome(self, account: Account) -> None:
        """Reddit's own mail to a new account."""
        text = "This is the platform's own welcome mail. Nobody wrote it and nobody waits for an answer."
        self._keep(_SYSTEM, text, to=account.id, title="Welcome")

    def write(self, author: Account, text: str, *, toward: Account) -> Post:
        """A private message to somebody."""
        return self._keep(author.id, text, to=toward.id, title=text[:40])

    def answer(self, author: Account, text: str, *, parent: Post) -> Post:
        """An answer to whoever wrote the one above, or once more to whom it was written."""
        other = parent.mentions[0] if parent.author == author.id else parent.author
        return self._keep(author.id, text, to=other, parent=parent)

    def _keep(self, author: str, text: str, *, to: str, title: str | None = None, parent: Post | None = None) -> Post:
        number = self._network.next_number()
        id_ = f"t4_{base36(FIRST_ID + number)}"
        return self._network.keep_post(
            Post(
                platform=Platform.REDDIT,
                id=id_,
                number=number,
                author=author,
                text=text,
                created_at=self._network.moment(),
                parent=None if parent is None else parent.id,
                root=id_ if parent is None else parent.root,
                mentions=(to,),
                title=title,
            )
        )
