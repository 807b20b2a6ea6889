"""How Mastodon shows accounts, statuses and notifications. It must never change state.

Key sets: recordings of a 4.6 server (corpus mastodon/). `uri` has a host of the sandbox's own invention, so that it is
the same after a restart on another port; `url` is on loopback and leads to the page that people look at.
"""

from __future__ import annotations

import html
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.sandbox.counting import HASHTAG, MENTION, URL
from local.sandbox.model import Account, Complaint, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import EXTENSIONS, VIDEO_EXTENSIONS
from local.sandbox.wire import milliseconds

DOMAIN = "mastodon.sandbox.example"
VERSION = "4.6.0"
LONGEST = 500
MOST_MEDIA = 4
LONGEST_DESCRIPTION = 1500
IMAGE_BYTES = 16 * 1024 * 1024
IMAGE_PIXELS = 33_177_600
VIDEO_BYTES = 99 * 1024 * 1024
VIDEO_PIXELS = 8_294_400
PREVIEW_PIXELS = 230_400
"""A preview has at most so many pixels (640 x 360)."""
URL_LENGTH = 23
BLURHASH = "U00000fQfQfQfQfQfQfQfQfQfQfQfQfQfQfQ"
"""The blur of a grey picture: nothing here looks at pictures."""
APPLICATION: dict[str, Any] = {"name": "Sandbox", "website": None}
"""The one app there is: every token here belongs to it."""


def instance_v2() -> dict[str, Any]:
    """The instance document of /api/v2/instance, as far as clients read it."""
    return {
        "domain": DOMAIN,
        "title": "The sandbox",
        "version": VERSION,
        "source_url": "https://mastodon.sandbox.example/source",
        "description": "A network in a box: nobody here is real.",
        "usage": {"users": {"active_month": 0}},
        "thumbnail": {"url": f"https://{DOMAIN}/thumbnail.png", "blurhash": None, "versions": {}},
        "languages": ["en"],
        "configuration": {
            "urls": {"streaming": f"wss://{DOMAIN}"},
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": {
                "max_characters": LONGEST,
                "max_media_attachments": MOST_MEDIA,
                "characters_reserved_per_url": URL_LENGTH,
            },
            "media_attachments": {
                "supported_mime_types": [*EXTENSIONS, *VIDEO_EXTENSIONS],
                "description_limit": LONGEST_DESCRIPTION,
                "image_size_limit": IMAGE_BYTES,
                "image_matrix_limit": IMAGE_PIXELS,
                "video_size_limit": VIDEO_BYTES,
                "video_frame_rate_limit": 120,
                "video_matrix_limit": VIDEO_PIXELS,
            },
            "polls": {
                "max_options": 4,
                "max_characters_per_option": 50,
                "min_expiration": 300,
                "max_expiration": 2629746,
            },
            "translation": {"enabled": False},
        },
        "registrations": {"enabled": False, "approval_required": False, "message": None, "url": None},
        "api_versions": {"mastodon": 9},
        "contact": {"email": "nobody@sandbox.example", "account": None},
        "rules": [],
    }


def instance_v1() -> dict[str, Any]:
    """The older instance document."""
    newer = instance_v2()
    return {
        "uri": DOMAIN,
        "title": newer["title"],
        "short_description": newer["description"],
        "description": newer["description"],
        "email": newer["contact"]["email"],
        "version": VERSION,
        "urls": {"streaming_api": newer["configuration"]["urls"]["streaming"]},
        "stats": {"user_count": 0, "status_count": 0, "domain_count": 0},
        "thumbnail": newer["thumbnail"]["url"],
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": {
            name: newer["configuration"][name] for name in ("accounts", "statuses", "media_attachments", "polls")
        },
        "contact_account": None,
        "rules": [],
    }


class MastodonViews:
    """Views over the network's Mastodon posts; `base`: where the façade is reached, such as http://127.0.0.1:1/mastodon."""

    def __init__(self, network: SandboxNetwork, base: str) -> None:
        self._network = network
        self._base = base.rstrip("/")

    def account(self, account: Account) -> dict[str, Any]:
        """An account as others see it."""
        mine = self._network.posts(Platform.MASTODON, author=account.id)
        told = self._network.counts(Platform.MASTODON, account.id)
        url, image = f"{self._base}/@{account.handle}", f"https://{DOMAIN}/avatars/original/missing.png"
        return {
            "id": account.id,
            "username": account.handle,
            "acct": account.handle,
            "display_name": account.name,
            "locked": False,
            "bot": False,
            "discoverable": None,
            "indexable": False,
            "group": False,
            "created_at": account.created_at.strftime("%Y-%m-%dT00:00:00.000Z"),
            "note": "",
            "url": url,
            "uri": f"https://{DOMAIN}/ap/users/{account.id}",
            "avatar": image,
            "avatar_static": image,
            "avatar_description": "",
            "header": image,
            "header_static": image,
            "header_description": "",
            "followers_count": told.get("followers", 0),
            "following_count": told.get("following", 0),
            "statuses_count": told.get("posts", len(mine)),
            "last_status_at": mine[-1].created_at.strftime("%Y-%m-%d") if mine else None,
            "hide_collections": None,
            "noindex": False,
            "emojis": [],
            "roles": [],
            "fields": [],
        }

    def own_account(self, account: Account) -> dict[str, Any]:
        """An account as its owner sees it."""
        source = {"privacy": "public", "sensitive": False, "language": None, "note": "", "fields": []}
        role = {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
        return {**self.account(account), "source": {**source, "follow_requests_count": 0}, "role": role}

    def status(self, post: Post, *, source: bool = False) -> dict[str, Any]:
        """A status; `source` adds the plain text, as the answer to a deletion does."""
        network = self._network
        author = network.account(Platform.MASTODON, post.author)
        parent = network.post_ever(Platform.MASTODON, post.parent) if post.parent else None
        told = [network.account(Platform.MASTODON, one) for one in post.mentions]
        handle = author.handle if author else "gone"
        told_of = network.counts(Platform.MASTODON, post.id)
        everybody = network.posts(Platform.MASTODON)
        replies = sum(1 for one in everybody if one.parent == post.id)
        quotes = sum(1 for one in everybody if one.facts.get("quoted") == post.id)
        view: dict[str, Any] = {
            "id": post.id,
            "created_at": milliseconds(post.created_at),
            "in_reply_to_id": parent.id if parent and not parent.deleted else None,
            "in_reply_to_account_id": parent.author if parent and not parent.deleted else None,
            "sensitive": post.facts.get("sensitive", False),
            "spoiler_text": post.facts.get("spoiler_text", ""),
            "visibility": post.facts.get("visibility", "public"),
            "language": post.facts.get("language", "en"),
            "uri": f"https://{DOMAIN}/ap/users/{post.author}/statuses/{post.id}",
            "url": f"{self._base}/@{handle}/{post.id}",
            "replies_count": told_of.get("replies", replies),
            "reblogs_count": told_of.get("reposts", 0),
            "favourites_count": told_of.get("likes", 0),
            "quotes_count": told_of.get("quotes", quotes),
            "edited_at": post.facts.get("edited_at"),
            "favourited": False,
            "reblogged": False,
            "muted": False,
            "bookmarked": False,
            "content": self.content(post.text),
            "filtered": [],
            "reblog": None,
            "application": APPLICATION,
            "account": self.account(author) if author else None,
            "media_attachments": [self.attachment(one) for one in post.pictures],
            "mentions": [
                {"id": one.id, "username": one.handle, "url": f"{self._base}/@{one.handle}", "acct": one.handle}
                for one in told
                if one is not None
            ],
            "tags": [
                {"name": tag.lower(), "url": f"https://{DOMAIN}/tags/{tag.lower()}"}
                for tag in dict.fromkeys(HASHTAG.findall(post.text))
            ],
            "emojis": [],
            "quote": self._quote(post),
            "card": None,
            "poll": self._poll(post),
        }
        if source:
            view["text"] = post.text
        return view

    def attachment(self, picture: dict[str, Any], *, ready: bool = True) -> dict[str, Any]:
        """A media attachment; without an address while it is worked on."""
        shrunk = min(1.0, math.sqrt(PREVIEW_PIXELS / max(1, picture["width"] * picture["height"])))
        sizes = {"original": 1.0, "small": shrunk}
        where = {name: f"{self._base}/system/media_attachments/files/{picture['sha256']}/{name}" for name in sizes}
        ending = VIDEO_EXTENSIONS.get(picture["mime"])
        kind, preview = ("image", EXTENSIONS.get(picture["mime"], "bin")) if ending is None else ("video", "png")
        return {
            "id": picture["upload"],
            "type": kind,
            "url": f"{where['original']}.{ending or preview}" if ready else None,
            "preview_url": f"{where['small']}.{preview}" if ready else None,
            "remote_url": None,
            "preview_remote_url": None,
            "text_url": None,
            "meta": {name: _measures(picture, factor) for name, factor in sizes.items()} if ready else {},
            "description": picture["alt"] or None,
            "blurhash": BLURHASH if ready else None,
        }

    def _quote(self, post: Post) -> dict[str, Any] | None:
        """What it quotes, without what that quotes in turn."""
        quoted = self._network.post(Platform.MASTODON, str(post.facts.get("quoted")))
        if quoted is None:
            return {"state": "deleted", "quoted_status": None} if post.facts.get("quoted") else None
        return {"state": "accepted", "quoted_status": {**self.status(replace(quoted, facts={})), "quote": None}}

    def _poll(self, post: Post) -> dict[str, Any] | None:
        asked = post.facts.get("poll")
        if not asked:
            return None
        ends = post.created_at + timedelta(seconds=asked["expires_in"])
        return {
            "id": post.id,
            "expires_at": milliseconds(ends),
            "expired": ends <= self._network.now(),
            "multiple": asked["multiple"],
            "votes_count": 0,
            "voters_count": 0,
            "voted": False,
            "own_votes": [],
            "options": [{"title": one, "votes_count": 0} for one in asked["options"]],
            "emojis": [],
        }

    def notification(self, one: Post | Complaint, told: str = "mention") -> dict[str, Any]:
        """What an account is told of; it is numbered by its place in the order of all that was said."""
        by = self._network.account(Platform.MASTODON, one.by if isinstance(one, Complaint) else one.author)
        view = {
            "id": str(one.number),
            "type": "admin.report" if isinstance(one, Complaint) else told,
            "created_at": milliseconds(one.created_at),
            "group_key": f"ungrouped-{one.number}",
            "account": self.account(by) if by else None,
        }
        return (
            {**view, "report": self.report(one)} if isinstance(one, Complaint) else {**view, "status": self.status(one)}
        )

    def report(self, complaint: Complaint) -> dict[str, Any]:
        """A report, as who made it and a moderator see it."""
        about = self._network.account(Platform.MASTODON, complaint.about)
        return {
            "id": str(complaint.number),
            "action_taken": False,
            "action_taken_at": None,
            "category": complaint.reason,
            "comment": complaint.comment,
            "forwarded": False,
            "created_at": milliseconds(complaint.created_at),
            "status_ids": list(complaint.posts) or None,
            "rule_ids": None,
            "collection_ids": [],
            "target_account": self.account(about) if about else None,
        }

    def relationship(self, me: Account, other: Account) -> dict[str, Any]:
        """How `me` stands to another."""
        marks = self._network.marks(Platform.MASTODON, other.id)
        is_muted = f"muted by {me.id}" in marks
        no = ("following", "showing_reblogs", "notifying", "followed_by", "blocked_by", "requested", "requested_by")
        return {
            "id": other.id,
            **dict.fromkeys((*no, "domain_blocking", "endorsed"), False),
            "languages": None,
            "blocking": f"blocked by {me.id}" in marks,
            "muting": is_muted,
            "muting_notifications": is_muted,
            "muting_expires_at": None,
            "note": "",
        }

    def content(self, text: str) -> str:
        """Plain text as Mastodon's HTML: paragraphs, links with hidden scheme, mention and tag spans."""
        paragraphs = [one for one in text.replace("\r\n", "\n").split("\n\n") if one]
        return "".join(f"<p>{self._line(one)}</p>" for one in paragraphs)

    def _line(self, text: str) -> str:
        shown, at = "", 0
        for found in URL.finditer(text):
            shown += self._words(text[at : found.start()]) + _anchor(found.group())
            at = found.end()
        return shown + self._words(text[at:])

    def _words(self, text: str) -> str:
        marked, at = "", 0
        for found in MENTION.finditer(text):
            account = self._network.account_by_handle(Platform.MASTODON, found.group(1))
            if account is None or (found.group(2) or DOMAIN) != DOMAIN:
                continue
            url, name = html.escape(f"{self._base}/@{account.handle}"), html.escape(account.handle)
            link = f'<a href="{url}" class="u-url mention">@<span>{name}</span></a>'
            marked += _tagged(text[at : found.start()]) + f'<span class="h-card" translate="no">{link}</span>'
            at = found.end()
        return marked + _tagged(text[at:])


def _measures(picture: dict[str, Any], factor: float) -> dict[str, Any]:
    width, height = (max(1, round(picture[name] * factor)) for name in ("width", "height"))
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}


def _escaped(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;").replace("\n", "<br />")


def _tagged(text: str) -> str:
    shown, at = "", 0
    for found in HASHTAG.finditer(text):
        tag = found.group(1)
        link = (
            f'<a href="https://{DOMAIN}/tags/{tag.lower()}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
        )
        shown += _escaped(text[at : found.start()]) + link
        at = found.end()
    return shown + _escaped(text[at:])


def _anchor(url: str) -> str:
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:30], rest[30:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{_escaped(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://</span><span class="{kind}">{_escaped(shown)}</span>'
        f'<span class="invisible">{_escaped(hidden)}</span></a>'
    )
