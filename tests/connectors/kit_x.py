"""X, for the contract suite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from connectors.capabilities import Platform
from connectors.contract import Draft, Identity, Limit, RemoteRef, Unproven
from connectors.metrics import Counts, Measure
from connectors.moderation import Moderation, Target
from connectors.options import Option, Options, Poll, WhoMayReply
from tests.connectors.kit import EPOCH, NOW, TEXT, Kit, iso
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.verbs import Hears, Moderates, Said, Spoken, Tells


def _x_post(post_id: str, draft: Draft, made: datetime) -> dict[str, Any]:
    post: dict[str, Any] = {
        "id": post_id,
        "text": draft.text.replace("https://example.org/a?b=1&c=2", "https://t.co/abc")
        .replace("<", "&lt;")
        .replace(">", "&gt;"),
        "created_at": iso(made),
        "author_id": "42",
        "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://example.org/a?b=1&c=2"}]},
    }
    if draft.in_reply_to:
        post["text"] = f"@someone {post['text']}"
        post["referenced_tweets"] = [{"type": "replied_to", "id": draft.in_reply_to.id}]
    return post


def _x_mentions(entries: list[tuple[str, str, datetime]]) -> Any:
    posts = [{"id": i, "text": t, "author_id": "7", "created_at": iso(m), "conversation_id": i} for i, t, m in entries]
    return _x_page(posts)


def _x_page(posts: list[Any]) -> Any:
    if not posts:
        return {"meta": {"result_count": 0}}
    users = [{"id": "7", "username": "someone", "name": "Some One"}]
    return {
        "data": posts,
        "includes": {"users": users},
        "meta": {"result_count": len(posts), "newest_id": posts[0]["id"]},
    }


# --- what is read again, moderated, counted ---------------------------------------------------------------------------

TWEETS, SEARCH, OWN, ME = "/2/tweets", "/2/tweets/search/recent", "/2/users/42/tweets", "/2/users/me"
DATE = {"date": "Fri, 20 Nov 2026 12:00:00 GMT"}
USERS = [{"id": "7", "username": "someone", "name": "Some One"}, {"id": "42", "username": "parley", "name": "P"}]


def said_post(one: Said, among: Iterable[Said] = ()) -> dict[str, Any]:
    """A post as X shows it; its conversation and whom it answers where they are known."""
    known = {other.number: other for other in (*among, one)}
    root = one
    while root.parent in known:
        root = known[root.parent]
    post: dict[str, Any] = {
        "id": one.number,
        "text": one.text,
        "created_at": iso(one.made),
        "author_id": "42" if one.ours else "7",
        "conversation_id": root.parent or root.number,
        "edit_history_tweet_ids": [one.number],
    }
    if one.parent:
        post["referenced_tweets"] = [{"type": "replied_to", "id": one.parent}]
        if one.parent in known:
            post["in_reply_to_user_id"] = "42" if known[one.parent].ours else "7"
    return post


def look_up(server: Loopback, posts: Mapping[str, Any]) -> None:
    """From now on GET /2/tweets shows these, and says of every other that there is none."""

    def answer(asked: Asked) -> Reply:
        ids = asked.query["ids"][0].split(",")
        gone = [{"resource_id": it, "type": "https://api.x.com/2/problems/resource-not-found"} for it in ids]
        body = {
            "data": [posts[it] for it in ids if it in posts],
            "errors": [one for one in gone if one["resource_id"] not in posts],
            "includes": {"users": USERS},
        }
        return Reply({name: value for name, value in body.items() if value}, headers=DATE)

    server.on("GET", TWEETS, answer)


def _again(server: Loopback, there: Sequence[Said]) -> None:
    look_up(server, {one.number: said_post(one) for one in there})


def _around(server: Loopback, above: Sequence[Said], post: Said, below: Sequence[Said]) -> None:
    everybody = {one.number: one for one in (*above, post, *below)}
    shown = {number: said_post(one, everybody.values()) for number, one in everybody.items()}
    parent = [shown[post.parent]] if post.parent in shown else []
    body = {"data": shown[post.number], "includes": {"users": USERS, "tweets": parent}}
    server.on("GET", f"{TWEETS}/{post.number}", Reply(body))
    look_up(server, shown)
    found = _x_page([shown[one.number] for one in below])
    server.on("GET", SEARCH, Reply(found, headers=DATE))


def _gone(server: Loopback, post: Said) -> None:
    error = {"resource_id": post.number, "type": "https://api.x.com/2/problems/resource-not-found"}
    server.on("GET", f"{TWEETS}/{post.number}", Reply({"errors": [error]}))


def _own(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    after = {page[-1].number: following for page, following in zip(pages, [*pages[1:], []], strict=True)}

    def answer(asked: Asked) -> Reply:
        before = asked.query.get("until_id", [""])[0]
        return Reply(_x_page([said_post(one) for one in (after.get(before, []) if before else pages[0])]))

    server.on("GET", OWN, answer)


def _past(server: Loopback, pages: Sequence[Sequence[Said]]) -> None:
    after = {page[-1].number: following for page, following in pairwise(pages)}

    def answer(asked: Asked) -> Reply:
        until = asked.query.get("until_id", [""])[0]
        there = (after.get(until, []) if until else pages[0]) if pages else []
        body = _x_mentions([(one.number, one.text, one.made) for one in there])
        if there and there[-1].number in after:
            body["meta"]["next_token"] = "next"
        return Reply(body)

    server.on("GET", "/2/users/42/mentions", answer)


MUTING = "/2/users/42/muting"
WRITES = {
    Moderation.HIDE: ("PUT", f"{TWEETS}/2001/hidden"),
    Moderation.UNHIDE: ("PUT", f"{TWEETS}/2001/hidden"),
    Moderation.MUTE: ("POST", MUTING),
    Moderation.UNMUTE: ("DELETE", f"{MUTING}/7"),
}


def _takes(server: Loopback, action: Moderation) -> None:
    name = "hidden" if action in (Moderation.HIDE, Moderation.UNHIDE) else "muting"
    server.on(*WRITES[action], Reply({"data": {name: action in (Moderation.HIDE, Moderation.MUTE)}}))


def _carries(asked: Asked, action: Moderation) -> bool:
    if action is Moderation.MUTE:
        return bool(asked.form == {"target_user_id": "7"})
    return action is Moderation.UNMUTE or asked.form == {"hidden": action is Moderation.HIDE}


NAMES = {
    Measure.LIKES: "like_count",
    Measure.REPOSTS: "retweet_count",
    Measure.REPLIES: "reply_count",
    Measure.QUOTES: "quote_count",
    Measure.BOOKMARKS: "bookmark_count",
    Measure.VIEWS: "impression_count",
    Measure.LINK_CLICKS: "url_link_clicks",
    Measure.PROFILE_CLICKS: "user_profile_clicks",
    Measure.FOLLOWERS: "followers_count",
    Measure.FOLLOWING: "following_count",
    Measure.POSTS: "tweet_count",
}
CLICKS = (Measure.LINK_CLICKS, Measure.PROFILE_CLICKS)


def counted_post(post_id: str, counts: Counts) -> dict[str, Any]:
    """One of our own posts with its counts in X's names, the clicks apart."""
    public = {NAMES[one]: number for one, number in counts.items() if one not in CLICKS}
    clicks = {NAMES[one]: number for one, number in counts.items() if one in CLICKS}
    told = {"public_metrics": public, "non_public_metrics": clicks}
    return {"id": post_id, "text": "", "author_id": "42", "created_at": iso(NOW), **told}


def _tells(server: Loopback, posts: Mapping[str, Counts], account: Counts, _communities: object) -> None:
    look_up(server, {post_id: counted_post(post_id, counts) for post_id, counts in posts.items()})
    told = {NAMES[measure]: number for measure, number in account.items()}
    server.on("GET", ME, Reply({"data": {"id": "42", "username": "parley", "public_metrics": told}}))


POLL = Options(poll=Poll(("Yes", "No, never"), timedelta(hours=2)))
FOLLOWED = Options(who_may_reply=frozenset({WhoMayReply.FOLLOWING}))

X_WINDOWS = {
    **DATE,
    "x-rate-limit-remaining": "97",
    "x-rate-limit-reset": str(EPOCH + 840),
    "x-user-limit-24hour-remaining": "450",
    "x-user-limit-24hour-reset": str(EPOCH + 40_000),
    "x-app-limit-24hour-remaining": "9000",
    "x-app-limit-24hour-reset": str(EPOCH + 50_000),
}

DRAFT = Draft(TEXT)
X = Kit(
    platform=Platform.X,
    credential={"access_token": "SECRET-x"},
    identity=Identity("42", "parley"),
    draft=DRAFT,
    target=RemoteRef("900"),
    write=("POST", "/2/tweets"),
    reply_write=("POST", "/2/tweets"),
    created={"data": {"id": "1001", "text": TEXT}},
    created_id="1001",
    sent_text=lambda body: str(body["text"]),
    refusal=Reply(
        {"title": "Forbidden", "status": 403, "type": "about:blank", "detail": f"You may not say {TEXT}"}, 403
    ),
    limited=Reply(
        {"title": "Too Many Requests", "status": 429},
        429,
        {
            "date": "Fri, 20 Nov 2026 12:00:00 GMT",
            "x-rate-limit-remaining": "12",
            "x-rate-limit-reset": str(EPOCH + 60),
            "x-user-limit-24hour-remaining": "0",
            "x-user-limit-24hour-reset": str(EPOCH + 7200),
        },
    ),
    limited_for=7200,
    whoami=("/2/users/me", {"data": {"id": "42", "username": "parley", "name": "P"}}),
    own_listing=("/2/users/42/tweets", lambda own: _x_page([_x_post(*entry) for entry in own])),
    silence=Unproven,
    inbox=("/2/users/42/mentions", _x_mentions),
    told_left=(X_WINDOWS, Limit(97, 840, "account")),
    look_up=(
        "/2/tweets/1001",
        lambda draft, *, ours: {"data": {**_x_post("1001", draft, NOW), "author_id": "42" if ours else "7"}},
    ),
    missing=Reply(
        {
            "errors": [
                {
                    "value": "1001",
                    "title": "Not Found Error",
                    "type": "https://api.twitter.com/2/problems/resource-not-found",
                }
            ]
        }
    ),
    references=(
        "1001",
        " 1001 ",
        "https://x.com/parley/status/1001",
        "https://x.com/parley/status/1001?s=20",
        "x.com/i/web/status/1001",
        "https://x.com/i/status/1001",
        "https://twitter.com/Some_One/statuses/1001/photo/1",
        "https://mobile.twitter.com/parley/status/1001#m",
    ),
    foreign=("https://x.com/parley", "https://notx.com/parley/status/1001", "https://x.com.evil.example/a/status/1001"),
    removal=("DELETE", "/2/tweets/1001"),
    hears=Hears(ref_id=lambda one: one.number, again=_again, around=_around, gone=_gone, own=_own, past=_past),
    moderates=Moderates(
        target=Target(RemoteRef("2001"), "7", "someone", on_own=True), stage=_takes, write=WRITES, carried=_carries
    ),
    tells=Tells(
        ids=("301", "302", "303"),
        stage=_tells,
        post={measure: n for n, measure in enumerate([*NAMES][:8], 11)},
        account={measure: n for n, measure in enumerate([*NAMES][8:], 21)},
    ),
    speaks={
        Option.POLL: Spoken(
            replace(DRAFT, options=POLL),
            lambda asked: asked.form.get("poll") == {"options": ["Yes", "No, never"], "duration_minutes": 120},
        ),
        Option.WHO_MAY_REPLY: Spoken(
            replace(DRAFT, options=FOLLOWED), lambda asked: asked.form.get("reply_settings") == "following"
        ),
    },
)
