"""How X API v2 shows posts and users: fields on request, t.co links, escaped text. It must never change state.

Shapes: recordings of the live service and openapi.json 2.167. That version renamed `tweet.fields` to `post.fields` and
`…_tweet…` to `…_post…` in bodies; the sandbox answers in the spelling of the request.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

from werkzeug.wrappers import Request

from local.sandbox.counting import MENTION, URL
from local.sandbox.model import Account, Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import EXTENSIONS, VIDEO_EXTENSIONS
from local.sandbox.wire import milliseconds, refuse

QUOTED = re.compile(r"https://(?:x\.com|twitter\.com|x\.sandbox\.example)/\w+/status/([0-9]+)")
"""A link to a post: X takes the post that holds it for a quote."""
REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")
_CLICKS_LAST = timedelta(days=30)
_PHOTO, _VIDEO = 3, 7
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


def versions(post: Post) -> list[str]:
    """All ids that a post had, oldest first: each edit gives it another."""
    return list(post.facts.get("versions") or [post.id])


def asked_options(body: dict[str, Any]) -> dict[str, Any]:
    """What a new post asks for beside its words: {poll?, reply_settings?}. Raises Refusal where X does not take it."""
    poll, who = body.get("poll"), body.get("reply_settings")
    if who is not None and who not in REPLY_SETTINGS:
        _invalid("reply_settings", f"$.reply_settings: must be one of {', '.join(REPLY_SETTINGS)}")
    if poll is not None and not _is_poll(poll):
        _invalid("poll", "$.poll: 2 to 4 options of 1 to 25 characters, open for 5 to 10080 minutes")
    return {name: value for name, value in (("poll", poll), ("reply_settings", who)) if value is not None}


def _is_poll(poll: Any) -> bool:
    options, lasts = (poll.get("options"), poll.get("duration_minutes")) if isinstance(poll, dict) else (None, None)
    if not isinstance(options, list) or not 2 <= len(options) <= 4 or len(set(map(str, options))) < len(options):
        return False
    fine = all(isinstance(one, str) and 1 <= len(one) <= 25 for one in options)
    return fine and isinstance(lasts, int) and 5 <= lasts <= 10_080


def _invalid(name: str, message: str) -> NoReturn:
    error = {"parameters": {f"$.{name}": [""]}, "message": message}
    refuse(
        {
            "errors": [error],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.twitter.com/2/problems/invalid-request",
        },
        400,
    )


def media_key(id_: str, mime: str = "") -> str:
    """The key of a photo, or of a video, by its id."""
    return f"{_VIDEO if mime in VIDEO_EXTENSIONS else _PHOTO}_{id_}"


def _key(picture: dict[str, Any]) -> str:
    return media_key(picture["upload"], picture["mime"])


def _pictures_link(network: SandboxNetwork, post: Post) -> str:
    author = network.account(Platform.X, post.author)
    kind = "video" if any(one["mime"] in VIDEO_EXTENSIONS for one in post.pictures) else "photo"
    return f"https://x.com/{author.handle if author else 'i'}/status/{post.id}/{kind}/1"


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
    return [{**where, "display_url": shown, "media_key": _key(one)} for one in post.pictures]


def user_view(account: Account) -> dict[str, Any]:
    """A user with the default fields."""
    return {"id": account.id, "name": account.name, "username": account.handle}


def _optional(network: SandboxNetwork, post: Post) -> dict[str, Any]:
    public = _public_counts(network, post)
    told = network.counts(Platform.X, post.id)
    fields: dict[str, Any] = {
        "author_id": post.author,
        "created_at": milliseconds(post.created_at),
        "conversation_id": post.root,
        "lang": "en",
        "public_metrics": public | {name: told[name] for name in public if name in told},
        "reply_settings": post.facts.get("options", {}).get("reply_settings", "everyone"),
    }
    entities = _entities(network, post)
    if entities:
        fields["entities"] = entities
    if post.pictures:
        fields["attachments"] = {"media_keys": [_key(one) for one in post.pictures]}
    if "poll" in post.facts.get("options", {}):
        fields["attachments"] = {"poll_ids": [_poll_id(post)]}
    refers = [{"type": "quoted", "id": post.facts["quotes"]}] if "quotes" in post.facts else []
    if post.parent is not None:
        refers.insert(0, {"type": "replied_to", "id": post.parent})
    if refers:
        fields["referenced_tweets"] = refers
    if post.parent is not None:
        parent = network.post_ever(Platform.X, post.parent)
        if parent is not None:
            fields["in_reply_to_user_id"] = parent.author
    return fields


def _public_counts(network: SandboxNetwork, post: Post) -> dict[str, int]:
    others = network.posts(Platform.X)
    return {
        "retweet_count": 0,
        "reply_count": sum(1 for one in others if one.parent == post.id),
        "like_count": 0,
        "quote_count": sum(1 for one in others if one.facts.get("quotes") == post.id),
        "bookmark_count": 0,
        "impression_count": 0,
    }


def _clicks(network: SandboxNetwork, post: Post, caller: Account | None) -> dict[str, Any]:
    """What only the author is told, of a post of the last 30 days."""
    if caller is None or caller.id != post.author or network.now() - post.created_at >= _CLICKS_LAST:
        return {}
    told = network.counts(Platform.X, post.id)
    return {"non_public_metrics": {name: told.get(name, 0) for name in ("url_link_clicks", "user_profile_clicks")}}


def account_counts(network: SandboxNetwork, account: Account, request: Request) -> dict[str, Any]:
    """The account's own counts, where they were asked for."""
    if "public_metrics" not in asked(request, "user.fields"):
        return {}
    posts = len(network.posts(Platform.X, author=account.id))
    counted = {"followers_count": 0, "following_count": 0, "tweet_count": posts, "listed_count": 0}
    return {"public_metrics": counted | network.counts(Platform.X, account.id)}


def post_view(
    network: SandboxNetwork, post: Post, request: Request, id_: str | None = None, caller: Account | None = None
) -> dict[str, Any]:
    """A post with the default fields and those that were asked for. id_: of the version that is meant; the last otherwise."""
    new_names = "post.fields" in request.args
    wanted = {one.replace("post", "tweet") for one in asked(request, "post.fields", "tweet.fields")}
    ids = versions(post)
    meant = id_ or ids[-1]
    said = replace(post, text=post.facts.get("texts", {}).get(meant, post.text))
    view: dict[str, Any] = {"id": meant, "text": shown_text(network, said), "edit_history_tweet_ids": ids}
    optional = {**_optional(network, said), **_clicks(network, post, caller)}
    view.update({name: value for name, value in optional.items() if name in wanted})
    if new_names:
        return {name.replace("tweet", "post"): value for name, value in view.items()}
    return view


def _poll_id(post: Post) -> str:
    return f"{int(post.id) + 1}"


def _poll_view(post: Post, wanted: set[str]) -> dict[str, Any]:
    """A poll with the default fields and those that were asked for; nobody votes here."""
    poll = post.facts["options"]["poll"]
    options = [{"position": n, "label": label, "votes": 0} for n, label in enumerate(poll["options"], 1)]
    view: dict[str, Any] = {"id": _poll_id(post), "options": options}
    return view | ({"duration_minutes": poll["duration_minutes"]} if "duration_minutes" in wanted else {})


def includes(network: SandboxNetwork, posts: Iterable[Post], request: Request) -> dict[str, Any]:
    """The users and posts that `expansions` asks for; empty if there are none."""
    posts = list(posts)
    wanted = asked(request, "expansions")
    found: dict[str, Any] = {}
    if "author_id" in wanted:
        above = [network.post(Platform.X, post.parent or "") for post in posts]
        also = [one for one in above if one is not None and "referenced_tweets.id.author_id" in wanted]
        authors = dict.fromkeys(post.author for post in [*posts, *also])
        users = [network.account(Platform.X, one) for one in authors]
        found["users"] = [user_view(one) for one in users if one is not None]
    if wanted & {"referenced_tweets.id", "referenced_posts.id"}:
        named = [one for post in posts for one in (post.parent, post.facts.get("quotes")) if one]
        parents = dict.fromkeys(named)
        there = [network.post(Platform.X, one) for one in parents]
        key = "posts" if "referenced_posts.id" in wanted else "tweets"
        found[key] = [post_view(network, one, request) for one in there if one is not None]
    if "attachments.media_keys" in wanted:
        fields = asked(request, "media.fields")
        found["media"] = [_media_view(one, fields) for post in posts for one in post.pictures]
    if "attachments.poll_ids" in wanted:
        fields = asked(request, "poll.fields")
        found["polls"] = [_poll_view(post, fields) for post in posts if "poll" in post.facts.get("options", {})]
    return {key: value for key, value in found.items() if value}


def _media_view(picture: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """A photo or a video with the default fields and those that were asked for."""
    fields = {name: picture[name] for name in ("width", "height")}
    kind, place = "photo", f"https://pbs.x.sandbox.example/media/{picture['upload']}"
    if picture["mime"] in VIDEO_EXTENSIONS:
        kind, fields["preview_image_url"] = "video", f"{place}.jpg"
    else:
        fields["url"] = f"{place}.{EXTENSIONS[picture['mime']]}"
    if picture["alt"]:
        fields["alt_text"] = picture["alt"]
    view = {"media_key": _key(picture), "type": kind}
    return view | {name: value for name, value in fields.items() if name in wanted}
