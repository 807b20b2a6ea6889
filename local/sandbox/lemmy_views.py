"""How Lemmy shows people, communities, posts, comments, messages and reports. It must never change state.

Key sets: the types of Lemmy's own TypeScript client for version 3 of its API. `ap_id` and `actor_id` have a host of the
sandbox's own invention, so that they are the same after a restart on another port.
"""

from __future__ import annotations

import zlib
from typing import Any

from local.sandbox.model import Account, Complaint, Platform, Post
from local.sandbox.network import SandboxNetwork

HOST = "lemmy.sandbox.example"
POST, COMMENT, MESSAGE = "post", "comment", "private_message"


def sort_of(id_: str) -> str:
    """post, comment or private_message."""
    return id_.partition("/")[0]


def number_of(id_: str) -> int:
    """The number in an id."""
    return int(id_.rpartition("/")[2])


def community_id(name: str) -> int:
    """A number for a community, the same for the same name."""
    return zlib.crc32(name.encode()) % 1_000_000 + 1


class LemmyViews:
    """Views over the network's Lemmy posts."""

    def __init__(self, network: SandboxNetwork) -> None:
        self._network = network

    def person(self, account: Account | None) -> dict[str, Any] | None:
        """A person, as everybody sees them."""
        if account is None:
            return None
        return {
            "id": int(account.id),
            "name": account.handle,
            "display_name": account.name,
            "actor_id": f"https://{HOST}/u/{account.handle}",
            "published": account.created_at.isoformat(),
            "local": True,
            "banned": False,
            "deleted": False,
            "bot_account": False,
            "instance_id": 1,
        }

    def author(self, post: Post) -> dict[str, Any] | None:
        """Who said it."""
        return self.person(self._network.account(Platform.LEMMY, post.author))

    def community(self, name: str) -> dict[str, Any]:
        """A community."""
        return {
            "id": community_id(name),
            "name": name,
            "title": name.title(),
            "actor_id": f"https://{HOST}/c/{name}",
            "local": True,
            "removed": False,
            "deleted": False,
            "nsfw": False,
            "instance_id": 1,
        }

    def community_view(self, name: str) -> dict[str, Any]:
        """A community, and what is counted of it."""
        told = self._network.counts(Platform.LEMMY, f"c/{name}")
        there = [one for one in self._network.posts(Platform.LEMMY) if one.community == name]
        counts = {
            "community_id": community_id(name),
            "subscribers": told.get("subscribers", 0),
            "posts": told.get("posts", sum(sort_of(one.id) == POST for one in there)),
            "comments": sum(sort_of(one.id) == COMMENT for one in there),
        }
        return {"community": self.community(name), "subscribed": "NotSubscribed", "blocked": False, "counts": counts}

    def said(self, post: Post) -> dict[str, Any]:
        """One thing, without what stands around it."""
        is_edited = post.facts.get("updated")
        view: dict[str, Any] = {
            "id": number_of(post.id),
            "creator_id": int(post.author),
            "published": post.created_at.isoformat(),
            "updated": is_edited,
            "deleted": post.deleted,
            "ap_id": f"https://{HOST}/{post.id}",
            "local": True,
        }
        if sort_of(post.id) == MESSAGE:
            return view | {"content": post.text, "recipient_id": int(post.mentions[0]), "read": False}
        marks = self._network.marks(Platform.LEMMY, post.id)
        view |= {"removed": "removed" in marks, "language_id": 0}
        if sort_of(post.id) == COMMENT:
            return view | {"content": post.text, "post_id": number_of(post.root), "path": self.path(post)}
        return view | {
            "name": post.title or "",
            "body": post.text or None,
            "url": post.facts.get("url"),
            "community_id": community_id(post.community or ""),
            "locked": "locked" in marks,
            "nsfw": bool(post.facts.get("nsfw")),
        }

    def path(self, post: Post) -> str:
        """0.12.34: a comment under what it answers."""
        steps = [str(number_of(post.id))]
        parent = post.parent
        while parent and sort_of(parent) == COMMENT:
            steps.insert(0, str(number_of(parent)))
            above = self._network.post_ever(Platform.LEMMY, parent)
            parent = above.parent if above else None
        return ".".join(["0", *steps])

    def view(self, post: Post) -> dict[str, Any]:
        """A post_view or comment_view; a message's is shorter."""
        if sort_of(post.id) == MESSAGE:
            recipient = self._network.account(Platform.LEMMY, post.mentions[0])
            return {MESSAGE: self.said(post), "creator": self.author(post), "recipient": self.person(recipient)}
        root = self._network.post_ever(Platform.LEMMY, post.root) or post
        told = self._network.counts(Platform.LEMMY, post.id)
        everybody = self._network.posts(Platform.LEMMY)
        likes = told.get("likes", 1)
        counts: dict[str, Any] = {"score": told.get("score", likes), "upvotes": likes, "downvotes": 0}
        if sort_of(post.id) == COMMENT:
            under = sum(self.path(one).startswith(f"{self.path(post)}.") for one in everybody if one.root == post.root)
            counts |= {"comment_id": number_of(post.id), "child_count": told.get("replies", under)}
        else:
            under = sum(one.root == post.id and one.id != post.id for one in everybody)
            counts |= {"post_id": number_of(post.id), "comments": told.get("replies", under)}
        view = {
            POST: self.said(root),
            "creator": self.author(post),
            "community": self.community(root.community or ""),
            "counts": counts,
            "subscribed": "NotSubscribed",
            "saved": False,
        }
        return view | ({COMMENT: self.said(post)} if sort_of(post.id) == COMMENT else {})

    def report(self, complaint: Complaint) -> dict[str, Any] | None:
        """A report, as a moderator sees it; None where what it was of is gone."""
        post = self._network.post_ever(Platform.LEMMY, complaint.posts[0])
        if post is None:
            return None
        sort = sort_of(post.id)
        original = (
            {"original_comment_text": post.text}
            if sort == COMMENT
            else {"original_post_name": post.title, "original_post_body": post.text}
        )
        told = {
            "id": complaint.number,
            "creator_id": int(complaint.by),
            f"{sort}_id": number_of(post.id),
            **original,
            "reason": complaint.comment,
            "resolved": False,
            "published": complaint.created_at.isoformat(),
        }
        reporter = self.person(self._network.account(Platform.LEMMY, complaint.by))
        return {**self.view(post), f"{sort}_report": told, "creator": reporter, f"{sort}_creator": self.author(post)}
