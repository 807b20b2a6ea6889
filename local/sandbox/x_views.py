"""How X API v2 shows posts and users: fields on request, t.co links, escaped text. It must never change state.

Shapes: recordings of the live service and openapi.json 2.167. That version renamed `tweet.fields` to `post.fields` and
`…_tweet…` to `…_post…` in bodies; the sandbox answers in the spelling of the request.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Request

from local.sandbox.counting import MENTION, URL
from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import EXTENSIONS
from local.sandbox.wire import milliseconds

_PHOTO = 3
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def asked(request: Request, *names: str) -> set[str]:
    """The comma-separated values of the first of these parameters that is there."""
    for name in names:
        if name in request.args:
            return {one for one in request.args[name].split(",") if one}
    return set()


def short_link(url: str) -> str:
    """The t.co link of a URL, always the same; 23 characters like the real ones."""
    number = int.from_bytes(hashlib.sha256(url.encode()).digest()[:8], "big")
    tail = ""
    for _ in range(10):
        number, digit = divmod(number, len(_DIGITS))
        tail += _DIGITS[digit]
    return f"https://t.co/{tail}"


def full_text(post: Post) -> str:
    """The post's text as X keeps it: a reply begins with the handles that it answers."""
    return str(post.facts.get("prefix", "")) + post.text


def media_key(id_: str) -> str:
    """The key of a photo by its id."""
    return f"{_PHOTO}_{id_}"


def _pictures_link(network: SandboxNetwork, post: Post) -> str:
    author = network.account(Platform.X, post.author)
    return f"https://x.com/{author.handle if author else 'i'}/status/{post.id}/photo/1"


def shown_text(network: SandboxNetwork, post: Post) -> str:
    """The text as the API tells it: links shortened, one more to its pictures, &, < and > escaped."""
    text = URL.sub(lambda found: short_link(found.group()), full_text(post))
    if post.pictures:
        text = f"{text} {short_link(_pictures_link(network, post))}".lstrip()
    return html.escape(text, quote=False)


def _entities(network: SandboxNetwork, post: Post) -> dict[str, Any]:
    text = html.unescape(shown_text(network, post))
    originals = {short_link(found): found for found in URL.findall(full_text(post))}
    urls = [
        {
            "start": found.start(),
            "end": found.end(),
            "url": found.group(),
            "expanded_url": originals[found.group()],
            "display_url": originals[found.group()].split("//", 1)[1][:30],
        }
        for found in URL.finditer(text)
        if found.group() in originals
    ]
    urls += _picture_links(network, post, text)
    mentions = []
    for found in MENTION.finditer(text):
        account = network.account_by_handle(Platform.X, found.group(1))
        if account is not None:
            mentions.append({"start": found.start(), "end": found.end(), "username": account.handle, "id": account.id})
    return {name: value for name, value in (("urls", urls), ("mentions", mentions)) if value}


def _picture_links(network: SandboxNetwork, post: Post, text: str) -> list[dict[str, Any]]:
    """The link at the end of the text, once for each picture that it leads to."""
    if not post.pictures:
        return []
    link = _pictures_link(network, post)
    short = short_link(link)
    at = text.rindex(short)
    where = {"start": at, "end": at + len(short), "url": short, "expanded_url": link}
    shown = f"pic.x.com/{short.rpartition('/')[2]}"
    return [{**where, "display_url": shown, "media_key": media_key(one["upload"])} for one in post.pictures]


def user_view(account: Account) -> dict[str, Any]:
    """A user with the default fields."""
    return {"id": account.id, "name": account.name, "username": account.handle}


def _optional(network: SandboxNetwork, post: Post) -> dict[str, Any]:
    replies = sum(1 for one in network.posts(Platform.X) if one.parent == post.id)
    fields: dict[str, Any] = {
        "author_id": post.author,
        "created_at": milliseconds(post.created_at),
        "conversation_id": post.root,
        "lang": "en",
        "public_metrics": {
            "retweet_count": 0,
            "reply_count": replies,
            "like_count": 0,
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": 0,
        },
    }
    entities = _entities(network, post)
    if entities:
        fields["entities"] = entities
    if post.pictures:
        fields["attachments"] = {"media_keys": [media_key(one["upload"]) for one in post.pictures]}
    if post.parent is not None:
        fields["referenced_tweets"] = [{"type": "replied_to", "id": post.parent}]
        parent = network.post_ever(Platform.X, post.parent)
        if parent is not None:
            fields["in_reply_to_user_id"] = parent.author
    return fields


def post_view(network: SandboxNetwork, post: Post, request: Request) -> dict[str, Any]:
    """A post with the default fields and those that were asked for."""
    new_names = "post.fields" in request.args
    wanted = {one.replace("post", "tweet") for one in asked(request, "post.fields", "tweet.fields")}
    view: dict[str, Any] = {"id": post.id, "text": shown_text(network, post), "edit_history_tweet_ids": [post.id]}
    view.update({name: value for name, value in _optional(network, post).items() if name in wanted})
    if new_names:
        return {name.replace("tweet", "post"): value for name, value in view.items()}
    return view


def includes(network: SandboxNetwork, posts: Iterable[Post], request: Request) -> dict[str, Any]:
    """The users and posts that `expansions` asks for; empty if there are none."""
    posts = list(posts)
    wanted = asked(request, "expansions")
    found: dict[str, Any] = {}
    if "author_id" in wanted:
        authors = dict.fromkeys(post.author for post in posts)
        users = [network.account(Platform.X, one) for one in authors]
        found["users"] = [user_view(one) for one in users if one is not None]
    if wanted & {"referenced_tweets.id", "referenced_posts.id"}:
        parents = dict.fromkeys(post.parent for post in posts if post.parent is not None)
        there = [network.post(Platform.X, one) for one in parents]
        key = "posts" if "referenced_posts.id" in wanted else "tweets"
        found[key] = [post_view(network, one, request) for one in there if one is not None]
    if "attachments.media_keys" in wanted:
        fields = asked(request, "media.fields")
        found["media"] = [_media_view(one, fields) for post in posts for one in post.pictures]
    return {key: value for key, value in found.items() if value}


def _media_view(picture: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """A photo with the default fields and those that were asked for."""
    fields = {name: picture[name] for name in ("width", "height")}
    fields["url"] = f"https://pbs.x.sandbox.example/media/{picture['upload']}.{EXTENSIONS[picture['mime']]}"
    if picture["alt"]:
        fields["alt_text"] = picture["alt"]
    view = {"media_key": media_key(picture["upload"]), "type": "photo"}
    return view | {name: value for name, value in fields.items() if name in wanted}
