"""What others said on X, as JSON, to our nouns. Pure; an entry that cannot be read is skipped and counted, the rest is kept.

An edited post has a new id: the record knows it by the first that it had, a reply answers the latest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.shape import at, rows, word
from connectors.x import PRIVATE
from connectors.x.posts import full_text, made, post_url, references, versions

MESSAGE_FIELDS: Mapping[str, list[str]] = {
    "dm_event_fields": ["created_at", "dm_conversation_id", "entities", "event_type", "id", "sender_id", "text"],
    "expansions": ["sender_id"],
    "user_fields": ["name", "username"],
}


@dataclass(frozen=True, slots=True)
class Beside:
    """What came along with posts: users and other posts by id. own: our account's id, where it is known."""

    users: Mapping[str, Any]
    posts: Mapping[str, Any]
    own: str | None

    @classmethod
    def of(cls, body: Any, own: str | None) -> Beside:
        """What an answer includes. The posts of the answer itself are known too: one may refer to another."""
        data = at(body, "data")
        posts = [*rows(body, "includes", "tweets"), *rows(body, "includes", "posts")]
        posts += data if isinstance(data, list) else [data]
        return cls(
            {user_id: user for user in rows(body, "includes", "users") if (user_id := word(user, "id"))},
            {post_id: post for post in posts if (post_id := word(post, "id"))},
            own,
        )

    def joined(self, other: Beside) -> Beside:
        """Both together; of a post that came twice the later telling."""
        return Beside({**self.users, **other.users}, {**self.posts, **other.posts}, self.own)

    def author_of(self, post_id: str | None) -> str | None:
        """Who wrote a post, where it came along."""
        return word(self.posts.get(post_id or ""), "author_id")

    def first_id(self, post_id: str | None) -> str | None:
        """By what the record knows a post that may have been edited since."""
        return next(iter(versions(self.posts.get(post_id or ""))), post_id)


def interactions(body: Any, own_id: str | None) -> tuple[list[RemoteInteraction], int]:
    """One page of posts as X orders it, and how many entries are nobody's interaction or could not be read."""
    posts, beside = rows(body, "data"), Beside.of(body, own_id)
    read = [found for post in posts if (found := interaction(post, beside))]
    return read, len(posts) - len(read)


def interaction(post: Any, beside: Beside, *, anybodys: bool = False) -> RemoteInteraction | None:
    """One post of somebody else; None where it is a repost, our own (unless `anybodys`), or cannot be read."""
    ids, when, refers = versions(post), made(post), references(post)
    author, latest = word(post, "author_id"), word(post, "id")
    if not ids or latest is None or when is None or word(post, "text") is None or "retweeted" in refers:
        return None
    if author is not None and author == beside.own and not anybodys:
        return None
    user = beside.users.get(author or "")
    url = post_url(latest, word(user, "username"))
    when = made({"id": ids[0]}) or when if len(ids) > 1 else when  # an edit is told with a time of its own
    conversation = word(post, "conversation_id") or ids[0]
    answered = refers.get("replied_to")
    on_own = _on_own(post, answered, beside)
    return RemoteInteraction(
        native_id=ids[0],
        kind=_kind(post, refers, beside, on_own=on_own is True),
        author=RemoteAuthor(author, word(user, "username"), word(user, "name")),
        text=full_text(post),
        created_at=when,
        conversation_id=conversation,
        ref=RemoteRef(latest, url),
        parent_id=beside.first_id(answered or refers.get("quoted")),
        language=word(post, "lang"),
        url=url,
        on_own=on_own,
        raw=post,
    )


def _kind(post: Any, refers: Mapping[str, str], beside: Beside, *, on_own: bool) -> InteractionKind:
    """An answer in a conversation of ours is one to us, also where it answers somebody else in it."""
    if beside.own is None:
        return InteractionKind.MENTION
    answered = refers.get("replied_to")
    if answered and (on_own or _answered_user(post, answered, beside) == beside.own):
        return InteractionKind.REPLY
    quotes_us = "quoted" in refers and beside.author_of(refers["quoted"]) == beside.own
    return InteractionKind.QUOTE if quotes_us else InteractionKind.MENTION


def _answered_user(post: Any, answered: str | None, beside: Beside) -> str | None:
    return (word(post, "in_reply_to_user_id") or beside.author_of(answered)) if answered else None


def _on_own(post: Any, answered: str | None, beside: Beside) -> bool | None:
    """Whether the conversation is one that we began: only there can a reply be hidden."""
    conversation = word(post, "conversation_id")
    if beside.own is None or (answered and not conversation):
        return None
    if answered is None:
        return False if conversation in (None, *versions(post)[:1]) else None
    if answered == conversation:
        starter = _answered_user(post, answered, beside)
    else:
        starter = beside.author_of(conversation)
    return None if starter is None else starter == beside.own


# --- private messages -------------------------------------------------------------------------------------------------


def messages(body: Any, own_id: str | None) -> tuple[list[RemoteInteraction], int]:
    """One page of events of private messages as X orders it; comings and goings, and our own words, are left out."""
    events = rows(body, "data")
    users = {user_id: user for user in rows(body, "includes", "users") if (user_id := word(user, "id"))}
    read = [found for event in events if word(event, "sender_id") != own_id and (found := message(event, users))]
    return read, len(events) - len(read)


def message(event: Any, users: Mapping[str, Any]) -> RemoteInteraction | None:
    """One private message; None for any other event, and what cannot be read."""
    event_id, text, when = word(event, "id"), word(event, "text"), made(event)
    if event_id is None or text is None or when is None or word(event, "event_type") not in (None, "MessageCreate"):
        return None
    sender = word(event, "sender_id")
    conversation = word(event, "dm_conversation_id")
    user = users.get(sender or "")
    return RemoteInteraction(
        native_id=f"{PRIVATE}{event_id}",
        kind=InteractionKind.MESSAGE,
        author=RemoteAuthor(sender, word(user, "username"), word(user, "name")),
        text=full_text(event),
        created_at=when,
        conversation_id=f"{PRIVATE}{conversation or event_id}",
        ref=RemoteRef(f"{PRIVATE}{event_id}", root=RemoteRef(f"{PRIVATE}{conversation}") if conversation else None),
        on_own=False,
        raw=event,
    )
