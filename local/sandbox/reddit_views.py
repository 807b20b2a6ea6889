"""How Reddit shows posts, comments and inbox items: listings of things. It must never change state.

Shapes: recordings (corpus reddit/). Without raw_json=1 every string has &, < and > escaped.
"""

from __future__ import annotations

import html
import re
from typing import Any

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import EXTENSIONS
from local.sandbox.wire import json_response

FIRST_ID = 36**5
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """A number as Reddit writes its ids."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def thing_json(request: Request, body: Any, status: int = 200) -> Response:
    """A JSON answer in Reddit's two manners: raw, or with escaped strings."""
    raw = request.values.get("raw_json") == "1"
    return json_response(body if raw else _escaped(body), status)


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return html.escape(value, quote=False)
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    if isinstance(value, dict):
        return {name: _escaped(one) for name, one in value.items()}
    return value


def listing(things: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    """A listing of things, newest first."""
    data = {"after": after, "dist": len(things), "modhash": None, "geo_filter": "", "children": things, "before": None}
    return {"kind": "Listing", "data": data}


def listed(request: Request, things: list[dict[str, Any]]) -> Response:
    """A page of these, which came oldest first; newest first. `before` knows only what is still there: it must not be trusted."""
    things.reverse()
    names = [one["data"]["name"] for one in things]
    limit = max(1, min(100, request.args.get("limit", 25, type=int)))
    after, before = request.args.get("after"), request.args.get("before")
    if after:
        things = things[names.index(after) + 1 :] if after in names else []
    elif before:
        things = things[: names.index(before)] if before in names else []
    page = things[:limit]
    more = page[-1]["data"]["name"] if len(things) > len(page) else None
    return thing_json(request, listing(page, more))


def body_html(text: str) -> str:
    """The Markdown rendered as paragraphs; nothing else of Markdown is read."""
    paragraphs = "\n\n".join(f"<p>{html.escape(one, quote=False)}</p>" for one in text.split("\n\n"))
    return f'<!-- SC_OFF --><div class="md">{paragraphs}\n</div><!-- SC_ON -->'


def slug(title: str) -> str:
    """The title as it stands in a permalink."""
    return "_".join(re.findall(r"[a-z0-9]+", title.lower()))[:50] or "_"


def short(fullname: str) -> str:
    """The id without its kind."""
    return fullname.partition("_")[2]


def _of_picture(picture: dict[str, Any]) -> dict[str, Any]:
    """What a post of one picture says instead of a self post's words; its address holds the id of the file."""
    name = f"{picture['upload']}.{EXTENSIONS.get(picture['mime'], 'bin')}"
    url = f"https://i.redd.it/{name}"
    source = {
        "url": f"https://preview.redd.it/{name}?auto=webp",
        "width": picture["width"],
        "height": picture["height"],
    }
    image = {"source": source, "resolutions": [], "variants": {}, "id": picture["sha256"][:43]}
    return {
        "is_self": False,
        "domain": "i.redd.it",
        "url": url,
        "url_overridden_by_dest": url,
        "post_hint": "image",
        "is_reddit_media_domain": True,
        "thumbnail": "image",
        "preview": {"images": [image], "enabled": True},
        "media": None,
        "is_video": False,
    }


def _of_gallery(post: Post) -> dict[str, Any]:
    """What a post of several pictures says: their order and captions apart from their sizes."""
    url = f"https://www.reddit.com/gallery/{short(post.id)}"
    items = [
        {"media_id": one["upload"], "id": post.number * 100 + nth, **({"caption": one["alt"]} if one["alt"] else {})}
        for nth, one in enumerate(post.pictures)
    ]
    metadata = {
        one["upload"]: {
            "status": "valid",
            "e": "Image",
            "m": one["mime"],
            "p": [],
            "s": {"x": one["width"], "y": one["height"], "u": f"https://preview.redd.it/{one['upload']}"},
            "id": one["upload"],
        }
        for one in post.pictures
    }
    return {
        "is_self": False,
        "domain": "reddit.com",
        "url": url,
        "url_overridden_by_dest": url,
        "is_gallery": True,
        "gallery_data": {"items": items},
        "media_metadata": metadata,
    }


def _of_options(post: Post, options: dict[str, Any]) -> dict[str, Any]:
    """What a post says of the link, the poll or the other post that it is, and of its labels."""
    said: dict[str, Any] = {
        "over_18": bool(options.get("sensitive")),
        "spoiler": bool(options.get("spoiler")),
        "link_flair_template_id": options.get("flair"),
    }
    if "card" in options:
        said |= {"is_self": False, "url": options["card"], "url_overridden_by_dest": options["card"], "domain": "link"}
    if "crosspost" in options:
        said |= {"is_self": False, "crosspost_parent": options["crosspost"]}
    if "poll" in options:
        view = f"[View Poll](https://www.reddit.com/poll/{short(post.id)})"
        choices = [{"id": str(nth), "text": one} for nth, one in enumerate(options["poll"], 1)]
        said |= {
            "poll_data": {"options": choices, "total_vote_count": 0, "user_selection": None},
            "selftext": f"{post.text}\n\n{view}" if post.text else view,
        }
    return said


class RedditViews:
    """Views over the network's Reddit posts."""

    def __init__(self, network: SandboxNetwork) -> None:
        self._network = network

    def _author(self, post: Post) -> tuple[str, str | None]:
        account = self._network.account(Platform.REDDIT, post.author)
        return ("[deleted]", None) if account is None or post.deleted else (account.handle, f"t2_{account.id}")

    def _top(self, post: Post) -> Post:
        return self._network.post_ever(Platform.REDDIT, post.root) or post

    def permalink(self, post: Post) -> str:
        """The path under which the post is shown."""
        top = self._top(post)
        path = f"/r/{post.community}/comments/{short(top.id)}/{slug(top.title or '')}/"
        return path if post is top or post.id == top.id else f"{path}{short(post.id)}/"

    def thing(self, post: Post, *, moderator: bool = False) -> dict[str, Any]:
        """A submission (t3), a comment (t1) or a message (t4), as one sees it who moderates its community, or does not."""
        if post.id.startswith("t4_"):
            return self.message(post)
        found = self.submission(post) if post.id.startswith("t3_") else self.comment(post)
        marks = self._network.marks(Platform.REDDIT, post.id)
        reports = [
            [one.removeprefix("report: "), 1, False, False] for one in sorted(marks) if one.startswith("report: ")
        ]
        if moderator:
            found["data"] |= {
                "can_mod_post": True,
                "user_reports": reports,
                "num_reports": len(reports),
                "removed": "removed" in marks,
                "approved": "approved" in marks,
            }
        elif "removed" in marks:
            of_post = {"selftext": "[removed]", "removed_by_category": "moderator"}
            of_comment = {"body": "[removed]", "author": "[deleted]", "author_fullname": None}
            found["data"] |= of_post if found["kind"] == "t3" else of_comment
        return found

    def _common(self, post: Post) -> dict[str, Any]:
        author, fullname = self._author(post)
        created = post.created_at.timestamp() // 1
        counts = self._network.counts(Platform.REDDIT, post.id)
        return {
            "id": short(post.id),
            "name": post.id,
            "author": author,
            "author_fullname": fullname,
            "subreddit": post.community,
            "subreddit_id": "t5_sandbox",
            "subreddit_name_prefixed": f"r/{post.community}",
            "created": created,
            "created_utc": created,
            "edited": post.facts.get("edited", False),
            "score": counts.get("score", 1),
            "ups": counts.get("score", 1),
            "downs": 0,
            "likes": None,
            "locked": "locked" in self._network.marks(Platform.REDDIT, post.id),
            "archived": False,
            "saved": False,
            "stickied": False,
            "distinguished": None,
            "num_reports": None,
            "mod_reports": [],
            "user_reports": [],
            "permalink": self.permalink(post),
        }

    def submission(self, post: Post) -> dict[str, Any]:
        """A post of words, of one picture or of several, as a t3."""
        text = "[deleted]" if post.deleted else post.text
        counts = self._network.counts(Platform.REDDIT, post.id)
        replies = sum(1 for one in self._network.posts(Platform.REDDIT) if one.root == post.id and one.id != post.id)
        data = {
            **self._common(post),
            "title": post.title or "",
            "selftext": text,
            "selftext_html": body_html(text) if text else None,
            "is_self": True,
            "url": "https://www.reddit.com" + self.permalink(post),
            "domain": f"self.{post.community}",
            "num_comments": counts.get("replies", replies),
            "num_crossposts": counts.get("crossposts", 0),
            "view_count": counts.get("views"),
            "hidden": False,
            "upvote_ratio": counts.get("upvote_percent", 100) / 100,
            **({} if post.deleted else _of_options(post, post.facts.get("options", {}))),
        }
        if len(post.pictures) == 1:
            data |= _of_picture(post.pictures[0])
        elif post.pictures:
            data |= _of_gallery(post)
        return {"kind": "t3", "data": data}

    def comment(self, post: Post) -> dict[str, Any]:
        """A comment as a t1."""
        text = "[deleted]" if post.deleted else post.text
        top = self._top(post)
        data = {
            **self._common(post),
            "body": text,
            "body_html": body_html(text),
            "parent_id": post.parent,
            "link_id": post.root,
            "link_title": top.title,
            "replies": "",
            "controversiality": 0,
            "score_hidden": False,
            "is_submitter": top.author == post.author,
            "removal_reason": None,
            "banned_by": None,
            "approved_by": None,
            "author_flair_text": None,
            "author_flair_css_class": None,
            "gilded": 0,
            "report_reasons": None,
        }
        return {"kind": "t1", "data": data}

    def message(self, post: Post, replies: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """A private message as its author and its reader see it, with those that answer it."""
        reader = self._network.account(Platform.REDDIT, post.mentions[0]) if post.mentions else None
        thing = self.inbox_item(
            post, "unknown", reader or Account("reddit", "", "", "", ours=False, created_at=post.created_at)
        )
        thing["data"]["replies"] = listing(replies, None) if replies else ""
        return thing

    def inbox_item(self, post: Post, kind: str, owner: Account) -> dict[str, Any]:
        """A comment (t1) or a message (t4) as it lies in `owner`'s inbox."""
        author, fullname = self._author(post)
        is_comment = post.id.startswith("t1_")
        top = self._top(post)
        created = post.created_at.timestamp() // 1
        data = {
            "first_message": None,
            "first_message_name": post.root if post.id.startswith("t4_") and post.root != post.id else None,
            "subreddit": post.community,
            "likes": None,
            "replies": "",
            "author_fullname": fullname,
            "id": short(post.id),
            "subject": kind.replace("_", " ") if is_comment else top.title if top is post else f"re: {top.title}",
            "associated_awarding_id": None,
            "score": 1 if is_comment else 0,
            "author": author if fullname else None,
            "num_comments": 1 if is_comment else None,
            "parent_id": post.parent,
            "subreddit_name_prefixed": f"r/{post.community}" if post.community else None,
            "new": not self._network.is_read(owner, post.id),
            "type": kind,
            "body": post.text,
            "dest": owner.handle,
            "was_comment": is_comment,
            "body_html": body_html(post.text),
            "name": post.id,
            "created": created,
            "created_utc": created,
            "context": f"{self.permalink(post)}?context=3" if is_comment else "",
            "distinguished": None if fullname else "admin",
        }
        if is_comment:
            data["link_title"] = top.title
        return {"kind": "t1" if is_comment else "t4", "data": data}
