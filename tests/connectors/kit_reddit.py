"""Reddit, for the contract suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.capabilities import Platform
from connectors.contract import Draft, Identity, Limit, RemoteRef, Unproven
from connectors.metrics import Counts, Measure
from connectors.moderation import Moderation, Target
from connectors.options import Card, Option, Options, Poll
from tests.connectors.kit import NOW, TEXT, Kit
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.verbs import Hears, Moderates, Said, Spoken, Tells


def _reddit_token(server: Loopback) -> None:
    body = {"access_token": "SECRET-access", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
    server.on("POST", "/api/v1/access_token", Reply(body))


def _reddit_own(own: list[tuple[str, Draft, datetime]]) -> Any:
    children = []
    for name, draft, made in own:
        item: dict[str, Any] = {
            "name": name,
            "author": "parley",
            "created_utc": made.timestamp(),
            "permalink": "/r/test/x/",
        }
        if draft.in_reply_to:
            item |= {"body": draft.text, "parent_id": draft.in_reply_to.id}
        else:
            item |= {"title": draft.title, "selftext": draft.text, "subreddit": "Test"}
        children.append({"kind": name[:2], "data": item})
    return {"kind": "Listing", "data": {"children": children, "after": None}}


def _reddit_inbox(entries: list[tuple[str, str, datetime]]) -> Any:
    children = [
        {
            "kind": "t1",
            "data": {
                "name": name,
                "author": "someone",
                "author_fullname": "t2_7",
                "body": text,
                "type": "username_mention",
                "created_utc": made.timestamp(),
                "context": f"/r/test/comments/abc/t/{name[3:]}/?context=3",
                "parent_id": "t3_abc",
                "subreddit": "test",
            },
        }
        for name, text, made in entries
    ]
    return {"kind": "Listing", "data": {"children": children, "after": None}}


def _reddit_shown(draft: Draft, *, ours: bool) -> Any:
    name = "t1_1001" if draft.in_reply_to else "t3_1001"
    body = _reddit_own([(name, draft, NOW)])
    body["data"]["children"][0]["data"]["author"] = "Parley" if ours else "someone"
    return body


# --- what is read again, moderated, counted ---------------------------------------------------------------------------

INFO, OVERVIEW, ME = "/api/info", "/user/parley/overview", "/api/v1/me"


def listing(children: Sequence[Any], after: str | None = None) -> Any:
    """A page of a listing."""
    return {"kind": "Listing", "data": {"children": list(children), "after": after}}


def _name(one: Said) -> str:
    return f"t1_{one.number}" if one.parent else f"t3_{one.number}"


def said_thing(one: Said, top: str = "100", replies: Sequence[Any] = ()) -> Any:
    """A post, which is all title, or a comment; those whose parent is the top answer the post."""
    item: dict[str, Any] = {
        "name": _name(one),
        "author": "parley" if one.ours else "someone",
        "author_fullname": "t2_42" if one.ours else "t2_7",
        "created_utc": one.made.timestamp(),
        "subreddit": "test",
        "edited": False,
    }
    if one.parent is None:
        return {
            "kind": "t3",
            "data": {**item, "title": one.text, "selftext": "", "is_self": True, "permalink": "/r/test/x/"},
        }
    parent = f"t3_{top}" if one.parent == top else f"t1_{one.parent}"
    below = listing(replies) if replies else ""
    comment = {"body": one.text, "parent_id": parent, "link_id": f"t3_{top}", "replies": below}
    return {"kind": "t1", "data": {**item, **comment, "permalink": f"/r/test/comments/{top}/x/{one.number}/"}}


def _again(server: Loopback, there: Sequence[Said]) -> None:
    known = {_name(one): said_thing(one) for one in there}

    def answer(asked: Asked) -> Reply:
        return Reply(listing([known[name] for name in asked.query["id"][0].split(",") if name in known]))

    server.on("GET", INFO, answer)


def _around(server: Loopback, above: Sequence[Said], post: Said, below: Sequence[Said]) -> None:
    top = above[0] if above else post

    def grown(one: Said) -> Any:
        return said_thing(one, top.number, [grown(it) for it in below if it.parent == one.number])

    tree = grown(post)
    for one in reversed(above[1:]):
        tree = said_thing(one, top.number, [tree])
    under = [grown(one) for one in below if one.parent == top.number] if top is post else [tree]
    server.on("GET", INFO, Reply(listing([said_thing(post, top.number)])))
    path = f"/comments/{top.number}" + ("" if top is post else f"/_/{post.number}")
    server.on("GET", path, Reply([listing([said_thing(top)]), listing(under)]))


def _gone(server: Loopback, _post: Said) -> None:
    server.on("GET", INFO, Reply(listing([])))


def _own(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    after = {_name(page[-1]): following for page, following in zip(pages, [*pages[1:], []], strict=True)}

    def answer(asked: Asked) -> Reply:
        before = asked.query.get("after", [""])[0]
        return Reply(listing([said_thing(one) for one in (after.get(before, []) if before else pages[0])]))

    server.on("GET", OVERVIEW, answer)


def _past(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    names = [f"t1_{page[-1].number}" for page in pages]

    def answer(asked: Asked) -> Reply:
        after = asked.query.get("after", [""])[0]
        place = names.index(after) + 1 if after else 0
        body = _reddit_inbox([(f"t1_{one.number}", one.text, one.made) for one in pages[place]] if pages else [])
        body["data"]["after"] = names[place] if place + 1 < len(pages) else None
        return Reply(body)

    server.on("GET", "/message/inbox", answer)


_ACTS: dict[Moderation, tuple[str, dict[str, str]]] = {
    Moderation.REMOVE: ("/api/remove", {"id": "t1_2001"}),
    Moderation.APPROVE: ("/api/approve", {"id": "t1_2001"}),
    Moderation.LOCK: ("/api/lock", {"id": "t1_2001"}),
    Moderation.UNLOCK: ("/api/unlock", {"id": "t1_2001"}),
    Moderation.BAN: ("/r/test/api/friend", {"name": "someone", "type": "banned", "duration": "3", "note": "rude"}),
    Moderation.UNBAN: ("/r/test/api/unfriend", {"name": "someone", "type": "banned"}),
    Moderation.BLOCK: ("/api/block_user", {"name": "someone"}),
    Moderation.UNBLOCK: ("/r/all/api/unfriend", {"name": "someone", "type": "enemy", "container": "t2_42"}),
    Moderation.REPORT: ("/api/report", {"thing_id": "t1_2001", "reason": "rude"}),
}


def _takes(server: Loopback, action: Moderation) -> None:
    server.on("POST", _ACTS[action][0], Reply({"json": {"errors": []}}))


def _carried(asked: Asked, action: Moderation) -> bool:
    path, fields = _ACTS[action]
    return asked.path == path and fields.items() <= asked.form.items()


_NAMES = {
    Measure.SCORE: "score",
    Measure.UPVOTE_PERCENT: "upvote_ratio",
    Measure.REPLIES: "num_comments",
    Measure.CROSSPOSTS: "num_crossposts",
    Measure.VIEWS: "view_count",
    Measure.KARMA: "total_karma",
    Measure.SUBSCRIBERS: "subscribers",
    Measure.PRESENT: "active_user_count",
}


def _named(counts: Counts) -> dict[str, Any]:
    told: dict[str, Any] = {_NAMES[one]: number for one, number in counts.items() if one in _NAMES}
    if Measure.UPVOTE_PERCENT in counts:
        told["upvote_ratio"] = counts[Measure.UPVOTE_PERCENT] / 100
    return told


def _tells(server: Loopback, posts: Mapping[str, Counts], account: Counts, communities: Mapping[str, Counts]) -> None:
    shown = {}
    for name, counts in posts.items():
        shown[name] = said_thing(Said(name[3:], "x", NOW))
        shown[name]["data"] |= {"view_count": None, **_named(counts)}
    server.on(
        "GET",
        INFO,
        lambda asked: Reply(listing([shown[it] for it in asked.query["id"][0].split(",") if it in shown])),
    )
    profile = {"subscribers": account[Measure.FOLLOWERS]} if Measure.FOLLOWERS in account else {}
    server.on("GET", ME, Reply({"id": "42", "name": "parley", "subreddit": profile, **_named(account)}))
    for name, counts in communities.items():
        server.on("GET", f"/r/{name}/about", Reply({"kind": "t5", "data": _named(counts)}))


def _asks(options: Options, name: str, value: object) -> Spoken:
    """How an option is asked for: a field of the form that has this value."""
    return Spoken(replace(DRAFT, options=options), lambda asked: asked.form.get(name) == value)


DRAFT = Draft(TEXT, title="A title", community="r/test")
_POLL = Poll(("Yes", "No"), timedelta(days=2))
_MADE_POLL = {"json": {"errors": [], "data": {"id": "t3_1001", "url": "https://www.reddit.com/r/t/1001/"}}}
REDDIT = Kit(
    platform=Platform.REDDIT,
    credential={
        "client_id": "id",
        "client_secret": "SECRET-client",
        "refresh_token": "SECRET-refresh",
        "user_agent": "parley tests by nobody",
    },
    identity=Identity("t2_42", "parley"),
    draft=DRAFT,
    target=RemoteRef("t1_900"),
    write=("POST", "/api/submit"),
    reply_write=("POST", "/api/comment"),
    created={
        "json": {"errors": [], "data": {"id": "1001", "name": "t3_1001", "url": "https://www.reddit.com/r/t/1001/"}}
    },
    created_id="t3_1001",
    sent_text=lambda body: str(body["text"]),
    refusal=Reply({"json": {"errors": [["SUBMIT_VALIDATION", f"You may not say {TEXT}", "text"]]}}),
    limited=Reply(
        None, 429, {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "1000", "x-ratelimit-reset": "93"}, b""
    ),
    limited_for=93,
    whoami=("/api/v1/me", {"id": "42", "name": "parley"}),
    own_listing=("/user/parley/submitted", _reddit_own),
    silence=Unproven,
    inbox=("/message/inbox", _reddit_inbox),
    told_left=(
        {"x-ratelimit-remaining": "584.0", "x-ratelimit-used": "16", "x-ratelimit-reset": "251"},
        Limit(584, 251, "app"),
    ),
    look_up=("/api/info", _reddit_shown),
    missing=Reply({"kind": "Listing", "data": {"children": [], "after": None}}),
    references=(
        "t3_1001",
        "1001",
        "https://redd.it/1001",
        "https://www.reddit.com/r/test/comments/1001/a_title/",
        "https://old.reddit.com/r/test/comments/1001/a_title/?utm_source=share",
        "https://reddit.com/comments/1001",
        "https://www.reddit.com/user/parley/comments/1001/a_title",
        "www.reddit.com/r/test/comments/1001/",
    ),
    foreign=(
        "https://www.reddit.com/r/test/s/AbCdEf",
        "https://www.reddit.com/r/test/",
        "https://notreddit.com/r/test/comments/1001/a/",
        "t5_1001",
    ),
    client_id="id",
    native_id=lambda number: f"t1_{number}",
    deletes_alike=True,
    reply_id=lambda number: f"t1_{number}",
    mention_id=lambda number: f"t1_{number}",
    removal=("POST", "/api/del"),
    prepare=_reddit_token,
    hears=Hears(ref_id=_name, again=_again, around=_around, gone=_gone, own=_own, past=_past),
    moderates=Moderates(
        target=Target(RemoteRef("t1_2001"), "t2_7", "someone", "test", on_own=True, reason="rude", days=3),
        stage=_takes,
        write={action: ("POST", path) for action, (path, _) in _ACTS.items()},
        carried=_carried,
        no_moderator=Reply({"message": "Forbidden", "error": 403}, 403),
    ),
    tells=Tells(
        ids=("t3_1001", "t3_1002", "t3_1003"),
        stage=_tells,
        post={
            Measure.SCORE: 1,
            Measure.UPVOTE_PERCENT: 2,
            Measure.REPLIES: 3,
            Measure.CROSSPOSTS: 4,
            Measure.VIEWS: 5,
        },
        account={Measure.KARMA: 6, Measure.FOLLOWERS: 7},
        communities={"test": {Measure.SUBSCRIBERS: 8, Measure.PRESENT: 9}},
    ),
    speaks={
        Option.SENSITIVE: _asks(Options(sensitive=True), "nsfw", "True"),
        Option.SPOILER: _asks(Options(spoiler=True), "spoiler", "True"),
        Option.FLAIR: _asks(Options(flair="f-1"), "flair_id", "f-1"),
        Option.CARD: _asks(Options(card=Card("https://example.org/")), "url", "https://example.org/"),
        Option.CROSSPOST: Spoken(
            replace(DRAFT, text="", options=Options(crosspost="t3_900")),
            lambda asked: asked.form.get("crosspost_fullname") == "t3_900",
            says=False,
        ),
        Option.POLL: Spoken(
            replace(DRAFT, options=Options(poll=_POLL)),
            lambda asked: asked.form.get("options") == ["Yes", "No"] and asked.form.get("duration") == 2,
            write=("POST", "/api/submit_poll_post"),
            created=_MADE_POLL,
        ),
    },
)
