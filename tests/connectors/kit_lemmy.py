"""Lemmy, for the contract suite. Shapes: version 3 of its API, as its own TypeScript client has them; all content is made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors.capabilities import Platform
from connectors.contract import Draft, Identity, RemoteRef, Unproven
from connectors.metrics import Counts, Measure
from connectors.moderation import Moderation, Target
from connectors.options import Card, Option, Options
from tests.connectors.kit import NOW, TEXT, Kit, iso
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.verbs import Hears, Moderates, Said, Spoken, Tells

API, HOME = "/api/v3", "https://lemmy.example"
ROOT_POST = 90


def person(number: int, name: str = "someone") -> dict[str, Any]:
    return {"id": number, "name": name, "actor_id": f"{HOME}/u/{name}", "local": True, "deleted": False}


COMMUNITY = {"id": 5, "name": "tools", "actor_id": f"{HOME}/c/tools", "local": True}
OURS, OTHER = person(42, "parley"), person(7)


def post_view(number: int, title: str, body: str, made: datetime, creator: dict[str, Any]) -> dict[str, Any]:
    post = {
        "id": number,
        "name": title,
        "body": body,
        "creator_id": creator["id"],
        "community_id": COMMUNITY["id"],
        "removed": False,
        "deleted": False,
        "locked": False,
        "nsfw": False,
        "published": iso(made),
        "ap_id": f"{HOME}/post/{number}",
        "local": True,
        "language_id": 0,
    }
    counts = {"post_id": number, "comments": 0, "score": 1, "upvotes": 1, "downvotes": 0}
    return {"post": post, "creator": creator, "community": COMMUNITY, "counts": counts}


def comment_view(number: int, text: str, made: datetime, creator: dict[str, Any], path: str) -> dict[str, Any]:
    comment = {
        "id": number,
        "creator_id": creator["id"],
        "post_id": ROOT_POST,
        "content": text,
        "removed": False,
        "deleted": False,
        "published": iso(made),
        "ap_id": f"{HOME}/comment/{number}",
        "local": True,
        "path": path,
    }
    counts = {"comment_id": number, "score": 1, "upvotes": 1, "downvotes": 0, "child_count": 0}
    root = post_view(ROOT_POST, "A post", "", NOW, OTHER)["post"]
    return {"comment": comment, "post": root, "creator": creator, "community": COMMUNITY, "counts": counts}


def _number(ref_id: str) -> int:
    return int(ref_id.rpartition("/")[2])


def _of_draft(ref_id: str, draft: Draft, made: datetime, creator: dict[str, Any]) -> dict[str, Any]:
    if draft.in_reply_to:
        path = f"0.{_number(draft.in_reply_to.id)}.{_number(ref_id)}"
        return comment_view(_number(ref_id), draft.text, made, creator, path)
    view = post_view(_number(ref_id), draft.title or "", draft.text, made, creator)
    return view | {"post": view["post"] | {"url": draft.options.card.url if draft.options.card else None}}


def _own(own: list[tuple[str, Draft, datetime]]) -> Any:
    views = [(draft, _of_draft(ref_id, draft, made, OURS)) for ref_id, draft, made in own]
    return {
        "person_view": {"person": OURS, "counts": {}},
        "posts": [view for draft, view in views if not draft.in_reply_to],
        "comments": [view for draft, view in views if draft.in_reply_to],
    }


def _mentions(entries: list[tuple[str, str, datetime]]) -> Any:
    found = []
    for number, words, made in entries:
        view = comment_view(int(number), words, made, OTHER, f"0.{number}")
        found.append(view | {"person_mention": {"id": int(number), "recipient_id": 42}, "recipient": OURS})
    return {"mentions": found}


def _prepare(server: Loopback) -> None:
    """What is asked beside: the number of a community, replies, who is signed in."""
    server.on("GET", f"{API}/community", Reply({"community_view": {"community": COMMUNITY}}))
    server.on("GET", f"{API}/user/replies", Reply({"replies": []}))


def _shown(draft: Draft, *, ours: bool) -> Any:
    """What GET /post or GET /comment answers."""
    view = _of_draft("post/1001", draft, NOW, OURS if ours else OTHER)
    return {"comment_view" if draft.in_reply_to else "post_view": view}


# --- what is read again, moderated, counted ---------------------------------------------------------------------------


def _said(one: Said, path: str) -> dict[str, Any]:
    return comment_view(int(one.number), one.text, one.made, OURS if one.ours else OTHER, path)


def _again(server: Loopback, there: Sequence[Said]) -> None:
    known = {one.number: {"comment_view": _said(one, f"0.{one.number}")} for one in there}

    def answer(asked: Asked) -> Reply:
        number = asked.query["id"][0]
        return Reply(known[number]) if number in known else Reply({"error": "couldnt_find_comment"}, 404)

    server.on("GET", f"{API}/comment", answer)


def _paths(above: Sequence[Said], post: Said, below: Sequence[Said]) -> dict[str, str]:
    """The path of each; the first of all is the post itself, which has none."""
    first = (above or [post])[0].number
    parents = {one.number: one.parent for one in (*above, post, *below)}

    def path(number: str) -> str:
        parent = parents.get(number)
        return f"{path(parent)}.{number}" if parent and parent != first else f"0.{number}"

    return {number: path(number) for number in parents if number != first}


def _around(server: Loopback, above: Sequence[Said], post: Said, below: Sequence[Said]) -> None:
    """The root is a post (number 100), everything under it a comment; where nothing is above, the post is that root."""
    paths = _paths(above, post, below)
    root = (above or [post])[0]
    shown = post_view(int(root.number), "", root.text, root.made, OURS if root.ours else OTHER)
    shown["counts"]["comments"] = len(below)
    server.on("GET", f"{API}/post", Reply({"post_view": shown}))
    views = [_said(one, paths[one.number]) for one in (*above, post, *below) if one.number != root.number]
    for view in views:
        view["post"] = shown["post"]
    server.on("GET", f"{API}/comment/list", Reply({"comments": views}))
    asked_for = [view for view in views if view["comment"]["id"] == int(post.number)]
    server.on("GET", f"{API}/comment", *[Reply({"comment_view": view}) for view in asked_for])


def _gone(server: Loopback, _post: Said) -> None:
    for sort in ("post", "comment"):
        server.on("GET", f"{API}/{sort}", Reply({"error": f"couldnt_find_{sort}"}, 404))


def _pages(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    def answer(asked: Asked) -> Reply:
        page = int(asked.query["page"][0]) - 1
        there = pages[page] if page < len(pages) else []
        posts = [post_view(int(one.number), "", one.text, one.made, OURS) for one in there if one.parent is None]
        comments = [_said(one, f"0.{one.parent}.{one.number}") for one in there if one.parent is not None]
        return Reply({"person_view": {}, "posts": posts, "comments": comments})

    server.on("GET", f"{API}/user", answer)


def _past(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    def answer(asked: Asked) -> Reply:
        page = int(asked.query["page"][0]) - 1
        return Reply(
            _mentions([(one.number, one.text, one.made) for one in (pages[page] if page < len(pages) else [])])
        )

    server.on("GET", f"{API}/user/mention", answer)


def _ref_id(one: Said) -> str:
    """What the suite says first of a thread, and of our own, are posts."""
    return (
        f"post/{one.number}"
        if one.parent is None and int(one.number) in {100, *range(200, 300)}
        else f"comment/{one.number}"
    )


WRITES = {
    Moderation.REMOVE: ("post/remove", {"removed": True}),
    Moderation.APPROVE: ("post/remove", {"removed": False}),
    Moderation.LOCK: ("post/lock", {"locked": True}),
    Moderation.UNLOCK: ("post/lock", {"locked": False}),
    Moderation.BAN: ("community/ban_user", {"ban": True, "person_id": 7, "community_id": 5}),
    Moderation.UNBAN: ("community/ban_user", {"ban": False}),
    Moderation.BLOCK: ("user/block", {"block": True, "person_id": 7}),
    Moderation.UNBLOCK: ("user/block", {"block": False}),
    Moderation.REPORT: ("post/report", {"reason": "rude"}),
}
"""All of a post, so that one target serves."""


def _takes(server: Loopback, action: Moderation) -> None:
    _prepare(server)
    server.on("POST", f"{API}/{WRITES[action][0]}", Reply({"post_view": {}}))


def _carried(asked: Asked, action: Moderation) -> bool:
    path, said = WRITES[action]
    return asked.path == f"{API}/{path}" and said.items() <= asked.form.items()


def _tells(server: Loopback, posts: Mapping[str, Counts], account: Counts, communities: Mapping[str, Counts]) -> None:
    names = {Measure.SCORE: "score", Measure.LIKES: "upvotes", Measure.REPLIES: "comments"}

    def one_post(asked: Asked) -> Reply:
        counts = posts.get(f"post/{asked.query['id'][0]}")
        if counts is None:
            return Reply({"error": "couldnt_find_post"}, 404)
        view = post_view(_number(asked.query["id"][0]), "T", "", NOW, OURS)
        return Reply({"post_view": view | {"counts": {names[it]: number for it, number in counts.items()}}})

    server.on("GET", f"{API}/post", one_post)
    told = {"post_count": account.get(Measure.POSTS)}
    server.on(
        "GET", f"{API}/user", Reply({"person_view": {"person": OURS, "counts": told}, "posts": [], "comments": []})
    )
    of = communities.get("tools", {})
    counts = {"subscribers": of.get(Measure.SUBSCRIBERS), "posts": of.get(Measure.POSTS)}
    server.on("GET", f"{API}/community", Reply({"community_view": {"community": COMMUNITY, "counts": counts}}))


DRAFT = Draft(TEXT, title="A title", community="tools")
LEMMY = Kit(
    platform=Platform.LEMMY,
    credential={"jwt": "SECRET-l"},
    identity=Identity("42", "parley@lemmy.example"),
    draft=DRAFT,
    target=RemoteRef("comment/900", root=RemoteRef(f"post/{ROOT_POST}")),
    write=("POST", f"{API}/post"),
    reply_write=("POST", f"{API}/comment"),
    created={"post_view": post_view(1001, "A title", TEXT, NOW, OURS)},
    created_id="post/1001",
    sent_text=lambda body: str(body["body"]),
    refusal=Reply({"error": f"you may not say {TEXT}"}, 400),
    limited=Reply({"error": "rate_limit_error"}, 400),
    limited_for=60,
    whoami=(f"{API}/site", {"my_user": {"local_user_view": {"person": OURS}}}),
    own_listing=(f"{API}/user", _own),
    silence=Unproven,
    inbox=(f"{API}/user/mention", _mentions),
    told_left=None,
    look_up=(f"{API}/post", _shown),
    missing=Reply({"error": "couldnt_find_post"}, 404),
    references=("post/1001", "{host}/post/1001", "{host}/post/1001/"),
    foreign=(
        "1001",
        "{host}/1001",
        "{host}/c/tools",
        "https://elsewhere.example/post/1001",
        "private_message/1001",
        "https://[x/post/1001",
    ),
    native_id=lambda number: f"{HOME}/comment/{number}",
    reply_look_up=f"{API}/comment",
    reply_id=lambda number: f"comment/{number}",
    names_target='"parent_id": 900',
    removal=("POST", f"{API}/post/delete"),
    prepare=_prepare,
    hears=Hears(ref_id=_ref_id, again=_again, around=_around, gone=_gone, own=_pages, past=_past),
    moderates=Moderates(
        target=Target(RemoteRef("post/2001"), "7", "someone@lemmy.example", community="tools", reason="rude"),
        stage=_takes,
        write={action: ("POST", f"{API}/{path}") for action, (path, _) in WRITES.items()},
        carried=_carried,
        no_moderator=Reply({"error": "not_a_moderator"}, 400),
    ),
    tells=Tells(
        ids=("post/1001", "post/1002", "post/1003"),
        stage=_tells,
        post={Measure.SCORE: 3, Measure.LIKES: 4, Measure.REPLIES: 5},
        account={Measure.POSTS: 6},
        communities={"tools": {Measure.SUBSCRIBERS: 7, Measure.POSTS: 8}},
    ),
    speaks={
        Option.SENSITIVE: Spoken(
            replace(DRAFT, options=Options(sensitive=True)), lambda asked: asked.form.get("nsfw") is True
        ),
        Option.CARD: Spoken(
            replace(DRAFT, options=Options(card=Card("https://example.org/", "A title"))),
            lambda asked: asked.form.get("url") == "https://example.org/",
        ),
    },
)
