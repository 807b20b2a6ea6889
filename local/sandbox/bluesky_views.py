"""How Bluesky's AppView shows posts, threads and notifications. It must never change state.

Shapes: snapshots and runs of the reference servers (corpus bluesky/).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.sandbox.bluesky_beside import BlueskyBeside
from local.sandbox.bluesky_blobs import EXTERNAL, IMAGES, VIDEO, images, video
from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import milliseconds

IMAGES_HOST = "cdn.bsky.sandbox.example"
VIDEOS_HOST = "video.bsky.sandbox.example"
_DEPTH = 6
_SIZES = {"thumb": "thumbnail", "fullsize": "fullsize"}


class BlueskyViews:
    """Views over the network's Bluesky posts."""

    def __init__(self, network: SandboxNetwork, beside: BlueskyBeside) -> None:
        self._network = network
        self._beside = beside

    def author(self, did: str) -> dict[str, Any]:
        """A profile in its shortest view."""
        account = self._network.account(Platform.BLUESKY, did)
        view: dict[str, Any] = {
            "did": did,
            "handle": account.handle if account else "handle.invalid",
            "associated": {"activitySubscription": {"allowSubscriptions": "followers"}},
            "viewer": {"muted": False, "blockedBy": False},
            "labels": [],
        }
        if account is not None:
            view |= {"displayName": account.name, "createdAt": milliseconds(account.created_at)}
        return view

    def post(self, post: Post) -> dict[str, Any]:
        """A postView."""
        replies = sum(1 for one in self._network.posts(Platform.BLUESKY) if one.parent == post.id)
        told = self._network.counts(Platform.BLUESKY, post.id)
        view: dict[str, Any] = {
            "uri": post.id,
            "cid": post.facts["cid"],
            "author": self.author(post.author),
            "record": post.facts["record"],
            "bookmarkCount": told.get("bookmarks", 0),
            "replyCount": told.get("replies", replies),
            "repostCount": told.get("reposts", 0),
            "likeCount": told.get("likes", 0),
            "quoteCount": told.get("quotes", 0),
            "indexedAt": milliseconds(indexed_at(post)),
            "viewer": {"bookmarked": False, "threadMuted": False, "embeddingDisabled": False},
            "labels": [],
        }
        if post.pictures:
            view["embed"] = self._embed(post)
        elif (embed := post.facts["record"].get("embed") or {}).get("$type") == EXTERNAL:
            card = {name: embed["external"][name] for name in ("uri", "title", "description")}
            view["embed"] = {"$type": f"{EXTERNAL}#view", "external": card}
        if gate := self._beside.gate_of(post.id):
            view["threadgate"] = gate
        return view

    @staticmethod
    def _embed(post: Post) -> dict[str, Any]:
        """The pictures, or the video, as the AppView shows them: addresses of its own, and what the record says of each."""
        if (film := video(post.facts["record"])) is not None:
            cid = film["video"]["ref"]["$link"]
            where = f"https://{VIDEOS_HOST}/watch/{post.author}/{cid}"
            found = {"cid": cid, "playlist": f"{where}/playlist.m3u8", "thumbnail": f"{where}/thumbnail.jpg"}
            said: dict[str, Any] = {name: film[name] for name in ("alt", "aspectRatio") if name in film}
            return {"$type": f"{VIDEO}#view", **found, **said}
        shown = []
        for image in images(post.facts["record"]):
            where = f"{post.author}/{image['image']['ref']['$link']}"
            view = {name: f"https://{IMAGES_HOST}/img/feed_{kind}/plain/{where}" for name, kind in _SIZES.items()}
            view["alt"] = image["alt"]
            if "aspectRatio" in image:
                view["aspectRatio"] = image["aspectRatio"]
            shown.append(view)
        return {"$type": f"{IMAGES}#view", "images": shown}

    def post_or_gap(self, uri: str) -> dict[str, Any]:
        """A postView, or the view that stands where a post is gone."""
        post = self._network.post(Platform.BLUESKY, uri)
        if post is None:
            return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
        return {"$type": "app.bsky.feed.defs#postView", **self.post(post)}

    def feed_item(self, post: Post) -> dict[str, Any]:
        """A post in an author's feed, with what it answers."""
        view: dict[str, Any] = {"post": self.post(post)}
        if post.parent is not None:
            view["reply"] = {"root": self.post_or_gap(post.root), "parent": self.post_or_gap(post.parent)}
        return view

    def thread(self, post: Post, *, down: int = _DEPTH, up: int = 80) -> dict[str, Any]:
        """A threadViewPost with parents above and replies below."""
        view: dict[str, Any] = {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self.post(post),
            "threadContext": {},
        }
        if up and post.parent is not None:
            parent = self._network.post(Platform.BLUESKY, post.parent)
            view["parent"] = (
                {"$type": "app.bsky.feed.defs#notFoundPost", "uri": post.parent, "notFound": True}
                if parent is None
                else self.thread(parent, down=0, up=up - 1)
            )
        if down:
            under = [
                one for one in self._network.posts(Platform.BLUESKY) if one.parent == post.id and self._stands(one)
            ]
            view["replies"] = [self.thread(one, down=down - 1, up=0) for one in under]
        return view

    def _stands(self, post: Post) -> bool:
        """Whether the old getPostThread shows an answer: it shows what is hidden, but not what a gate forbids."""
        return "hidden" in self._network.marks(Platform.BLUESKY, post.id) or self._beside.lets_in(post)

    def notification(self, post: Post, reason: str, subject: str | None, seen: datetime | None) -> dict[str, Any]:
        """One notification; `subject` is our own post that it is about."""
        at = indexed_at(post)
        view: dict[str, Any] = {
            "uri": post.id,
            "cid": post.facts["cid"],
            "author": self.author(post.author),
            "reason": reason,
            "record": post.facts["record"],
            "isRead": seen is not None and at <= seen,
            "indexedAt": milliseconds(at),
            "labels": [],
        }
        if subject is not None:
            view["reasonSubject"] = subject
        return view

    def reasons(self, owner: Account) -> list[tuple[Post, str, str | None]]:
        """What concerns this account, oldest first: (post, reason, our post it is about)."""
        found: list[tuple[Post, str, str | None]] = []
        for post in self._network.posts(Platform.BLUESKY, listing=True):
            if post.author == owner.id or not self._beside.lets_in(post):
                continue
            subject = self._answered(post, owner)
            if subject is not None:
                found.append((post, "reply", subject))
            elif owner.id in post.mentions:
                found.append((post, "mention", None))
            elif self._quoted(post, owner):
                found.append((post, "quote", post.facts["record"]["embed"]["record"]["uri"]))
        return sorted(found, key=lambda row: (indexed_at(row[0]), row[0].number))

    def _answered(self, post: Post, owner: Account) -> str | None:
        for uri in (post.parent, post.root):
            above = self._network.post_ever(Platform.BLUESKY, uri) if uri and uri != post.id else None
            if above is not None and above.author == owner.id:
                return above.id
        return None

    def _quoted(self, post: Post, owner: Account) -> bool:
        embed = post.facts["record"].get("embed")
        if not isinstance(embed, dict) or embed.get("$type") != "app.bsky.embed.record":
            return False
        quoted = self._network.post_ever(Platform.BLUESKY, str(embed.get("record", {}).get("uri")))
        return quoted is not None and quoted.author == owner.id


def indexed_at(post: Post) -> datetime:
    """When the AppView says it saw a post: a backdated `createdAt` is believed (seen with the reference server)."""
    claimed = datetime.fromisoformat(post.facts["record"]["createdAt"])
    return min(claimed, post.created_at)
