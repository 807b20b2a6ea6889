"""The page on which people look at the sandbox: a timeline per platform. All that a member wrote is escaped; no scripts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from werkzeug.wrappers import Response

from local.sandbox.model import Platform, Post
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import VIDEO_EXTENSIONS, looks
from local.sandbox.wire import Facade

POSTS_SHOWN = 100
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

STYLE = """
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 100rem; padding: 1rem; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; }
article { border: 1px solid #8886; border-radius: .5rem; margin-block: .6rem; padding: .5rem .75rem; overflow-wrap: anywhere; }
article.ours { border-inline-start: .4rem solid #2a6fd6; }
article.gone { opacity: .6; }
article:target { outline: 3px solid #d68a2a; }
p { margin: .3rem 0; white-space: pre-wrap; }
small { opacity: .85; }
img { display: block; height: auto; margin-block: .4rem; max-block-size: 14rem; max-inline-size: 100%; }
"""


def stylesheet() -> Response:
    """The page's one style sheet."""
    return _guarded(Response(STYLE, content_type="text/css; charset=utf-8"))


def file(data: bytes) -> Response:
    """Bytes that somebody handed over: shown where they are a picture, and never run."""
    seen = looks(data)
    return _guarded(Response(data, content_type=seen.mime if seen else "application/octet-stream"))


def timelines(network: SandboxNetwork, facades: Mapping[Platform, Facade]) -> Response:
    """A timeline of each platform, newest first, ours marked."""
    ours = sum(len(network.posts(one.platform, author=one.id)) for one in network.accounts(ours=True))
    columns = "".join(_column(network, platform, facade) for platform, facade in facades.items())
    body = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox network</title><link rel="stylesheet" href="/_sandbox/style.css"></head>
<body><h1>Sandbox network</h1>
<p>Nobody here is real, and nothing here leaves this machine. Posts of our accounts have a bar at their edge: {ours} so far.
The sandbox’s clock: {network.now():%Y-%m-%d %H:%M:%S} UTC. Load the page again to see what is new.</p>
<main>{columns}</main></body></html>"""
    return _guarded(Response(body, content_type="text/html; charset=utf-8"))


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _column(network: SandboxNetwork, platform: Platform, facade: Facade) -> str:
    posts = network.posts(platform, deleted=True)[::-1]
    known = [one for one in posts if network.account(platform, one.author) is not None]
    shown = "".join(_article(network, facade, one) for one in known[:POSTS_SHOWN])
    return f"<section><h2>{platform.title()}</h2>{shown or '<p>Nothing has been said yet.</p>'}</section>"


def _article(network: SandboxNetwork, facade: Facade, post: Post) -> str:
    author = network.account(post.platform, post.author)
    handle = author.handle if author else "?"
    ours = bool(author and author.ours)
    notes = [f"{post.created_at:%Y-%m-%d %H:%M:%S}"]
    if ours:
        notes.insert(0, "ours")
    if post.community:
        notes.append(f"in r/{post.community}")
    if post.parent:
        above = network.post_ever(post.platform, post.parent)
        answered = network.account(post.platform, above.author) if above else None
        notes.append(f"answering @{answered.handle}" if answered else "answering something that is gone")
    if post.deleted:
        notes.append("taken down")
    kinds = " ".join(name for name, is_so in (("ours", ours), ("gone", post.deleted)) if is_so)
    pictures = "".join(_picture(one) for one in post.pictures)
    title = f"<strong>{escape(post.title)}</strong>" if post.title else ""
    return (
        f'<article id="{escape(f"{post.platform}-{post.id}")}" class="{kinds}"><strong>@{escape(handle)}</strong> '
        f"<small>{escape(' · '.join(notes))}</small>{title}<p>{escape(post.text)}</p>{pictures}"
        f"<small>{escape(facade.link(post))}</small></article>"
    )


def _picture(picture: Mapping[str, Any]) -> str:
    where, alt = escape(f"/_sandbox/media/{picture['sha256']}"), escape(str(picture["alt"]))
    if picture["mime"] in VIDEO_EXTENSIONS:
        return f'<a href="{where}">a video</a>: {alt}'
    return f'<img src="{where}" width="{int(picture["width"])}" height="{int(picture["height"])}" alt="{alt}">'
