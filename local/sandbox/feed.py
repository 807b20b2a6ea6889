"""What members said of their own accord, as a feed that others may follow: RSS 2.0 and Atom. It must never show what we said.

Sources: the RSS 2.0 specification, RFC 4287. An entry keeps its id for good; nothing changes without another ETag.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import Facade

TITLE = "What members say"
ENTRIES = 50
LONGEST_TITLE = 80
ATOM = "http://www.w3.org/2005/Atom"
_ID = "tag:sandbox.example,2026"


def entries(network: SandboxNetwork, platform: Platform | None = None) -> list[Post]:
    """What the cast began, newest first: no answers, nothing of ours, no platform's own mail."""
    members = {(one.platform, one.id) for one in network.accounts(platform, ours=False)}
    begun = [one for one in network.posts(platform) if one.parent is None and (one.platform, one.author) in members]
    return begun[::-1][:ENTRIES]


def rss(network: SandboxNetwork, facades: Mapping[Platform, Facade], posts: list[Post], request: Request) -> Response:
    """The feed as RSS 2.0."""
    top = ET.Element("rss", version="2.0")
    channel = ET.SubElement(top, "channel")
    _say(channel, title=TITLE, link=_home(request), description="Nobody here is real.", language="en")
    for post in posts:
        item = ET.SubElement(channel, "item")
        link = facades[Platform(post.platform)].link(post)
        _say(item, title=_title(post), link=link, description=post.text, pubDate=format_datetime(post.created_at))
        ET.SubElement(item, "guid", isPermaLink="false").text = _id(post)
        ET.SubElement(item, "source", url=_home(request)).text = _author(network, post)
    return _answered(top, "application/rss+xml", posts, request)


def atom(network: SandboxNetwork, facades: Mapping[Platform, Facade], posts: list[Post], request: Request) -> Response:
    """The feed as Atom."""
    top = ET.Element("feed", xmlns=ATOM)
    changed = posts[0].created_at if posts else datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    _say(top, title=TITLE, id=f"{_ID}:feed", updated=changed.isoformat())
    ET.SubElement(top, "link", rel="self", href=request.base_url)
    for post in posts:
        entry = ET.SubElement(top, "entry")
        _say(entry, title=_title(post), id=_id(post), published=post.created_at.isoformat())
        _say(entry, updated=post.created_at.isoformat(), summary=post.text)
        ET.SubElement(entry, "link", rel="alternate", href=facades[Platform(post.platform)].link(post))
        _say(ET.SubElement(entry, "author"), name=_author(network, post))
    return _answered(top, "application/atom+xml", posts, request)


def _say(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = _legal(text)


def _legal(text: str) -> str:
    """Without the control characters that no XML may hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )


def _title(post: Post) -> str:
    line = (post.title or post.text).strip().partition("\n")[0]
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def _id(post: Post) -> str:
    return f"{_ID}:{post.platform}/{post.id}"


def _author(network: SandboxNetwork, post: Post) -> str:
    account = network.account(post.platform, post.author)
    return account.name if account else "Somebody"


def _home(request: Request) -> str:
    return f"{request.host_url}_sandbox/"


def _answered(top: ET.Element, mime: str, posts: list[Post], request: Request) -> Response:
    body = ET.tostring(top, encoding="utf-8", xml_declaration=True)
    response = Response(body, content_type=f"{mime}; charset=utf-8")
    response.headers["X-Content-Type-Options"] = "nosniff"
    if posts:
        response.last_modified = posts[0].created_at
    response.add_etag()
    response.make_conditional(request)
    return response
