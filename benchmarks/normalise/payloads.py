"""What is mapped: posts and notifications as the platforms sent them, read from the recorded corpus, or made by hand without it.

Each is what one call of a connector's mapping takes, so that items are counted alike everywhere.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.normalise import by_hand
from connectors.bluesky import mapping as bluesky
from connectors.capabilities import InteractionKind
from connectors.lemmy import mapping as lemmy
from connectors.mastodon import mapping as mastodon
from connectors.reddit import mapping as reddit
from connectors.x import mapping as x

ROOT = Path(__file__).resolve().parents[2]
_PLACEHOLDERS = (
    (re.compile(r'"record\((\d+)\)"'), r'"at://did:plc:author\1/app.bsky.feed.post/3krecord\1"'),
    (re.compile(r'"user\((\d+)\)"'), r'"did:plc:author\1"'),
    (re.compile(r'"cids\((\d+)\)"'), r'"bafyreieq46l7x2t6adc7p4uil7j4tbpipwzr3tu4dtuadmeszvmglkf2c4"'),
)
"""What stands in snapshots where a name differs from run to run; a peer takes real names only."""

MOST = 200
"""Items of one platform: beyond it the same kinds come again."""


@dataclass(frozen=True)
class Subject:
    """One platform's mapping. map: maps all of `items` once and tells how many came out."""

    platform: str
    items: list[Any]
    map: Callable[[], int]
    recorded: bool


def corpus() -> Path:
    """Where the recorded traffic lies, if it does."""
    return Path(os.environ.get("PARLEY_CORPUS") or ROOT.parent / "shared" / "corpus")


def subjects() -> dict[str, Subject]:
    """Every platform with what it is to map."""
    found = {}
    for name, (folders, wanted, _) in _PLATFORMS.items():
        items = [one for body in _bodies(folders) for one in _within(body, wanted)][:MOST]
        recorded = bool(items)
        items = items or by_hand.ITEMS[name]
        found[name] = Subject(name, items, partial(mapped, name, items), recorded)
    return found


def mapped(platform: str, items: list[Any]) -> int:
    """How many interactions come of these."""
    return _PLATFORMS[platform][2](items)


def lean(platform: str, item: dict[str, Any]) -> dict[str, Any]:
    """The item with those fields only that end up in an interaction: what a peer would map beside them costs it nothing."""
    kept: dict[str, Any] = {name: item[name] for name in _LEAN[platform] if name in item}
    whose = "account" if platform == "mastodon" else "author"
    kept[whose] = {name: value for name, value in item[whose].items() if name in _LEAN_AUTHOR}
    if platform == "bluesky":
        kept["record"] = {name: value for name, value in item["record"].items() if name in _LEAN_RECORD}
    return kept


def _bodies(folders: tuple[str, ...]) -> Iterator[Any]:
    for folder in folders:
        for path in sorted((corpus() / folder).glob("*.json")):
            text = path.read_text()
            for placeholder, real in _PLACEHOLDERS:
                text = placeholder.sub(real, text)
            held = json.loads(text)
            yield held["response"].get("json") if isinstance(held, dict) and "response" in held else held


def _within(body: Any, wanted: Callable[[dict[str, Any]], bool]) -> Iterator[Any]:
    """Everything in a body that is one of the wanted things, the outer ones first; nothing within one that was found."""
    if isinstance(body, dict) and wanted(body):
        yield body
    elif isinstance(body, dict | list):
        for one in body.values() if isinstance(body, dict) else body:
            yield from _within(one, wanted)


def _is_status(one: dict[str, Any]) -> bool:
    return {"id", "uri", "content", "account", "created_at"} <= one.keys() and one.get("reblog") is None


def _is_post_view(one: dict[str, Any]) -> bool:
    record = one.get("record")
    return {"uri", "cid", "author", "record"} <= one.keys() and isinstance(record, dict) and "text" in record


def _is_thing(one: dict[str, Any]) -> bool:
    return one.get("kind") in {"t1", "t3"} and isinstance(one.get("data"), dict)


def _never(one: dict[str, Any]) -> bool:
    """Nobody has recorded any."""
    del one
    return False


def _is_page(one: dict[str, Any]) -> bool:
    return isinstance(one.get("data"), list) and "meta" in one and bool(one["data"]) and "text" in one["data"][0]


def _of_mastodon(items: list[Any]) -> int:
    return sum(mastodon.interaction(one, "nobody") is not None for one in items)


def _of_bluesky(items: list[Any]) -> int:
    kind, own = InteractionKind.REPLY, "did:plc:nobody"
    return sum(bluesky.interaction(one, kind, own) is not None for one in items)


def _of_reddit(items: list[Any]) -> int:
    return sum(reddit.interaction(one, "nobody") is not None for one in items)


def _of_lemmy(items: list[Any]) -> int:
    return sum(lemmy.interaction(one, "42", "https://lemmy.example") is not None for one in items)


def _of_x(items: list[Any]) -> int:
    return sum(len(x.interactions(one, "nobody")[0]) for one in items)


_PLATFORMS: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], bool], Callable[[list[Any]], int]]] = {
    "x": (("x/mentions", "x/user_tweets", "x/home_timeline", "x/search", "x/quote_tweets"), _is_page, _of_x),
    "reddit": (
        ("reddit/inbox_all", "reddit/inbox_mentions", "reddit/inbox_comment_replies", "reddit/inbox_post_replies"),
        _is_thing,
        _of_reddit,
    ),
    "mastodon": (("mastodon/notifications", "mastodon/context", "mastodon/timelines"), _is_status, _of_mastodon),
    "lemmy": ((), _never, _of_lemmy),
    "bluesky": (("bluesky/notifications", "bluesky/thread", "bluesky/author-feed"), _is_post_view, _of_bluesky),
}

_LEAN = {
    "mastodon": (
        "id",
        "uri",
        "url",
        "created_at",
        "content",
        "in_reply_to_id",
        "in_reply_to_account_id",
        "language",
        "spoiler_text",
    ),
    "bluesky": ("uri", "cid", "indexedAt"),
}
_LEAN_AUTHOR = frozenset({"id", "acct", "username", "display_name", "url", "did", "handle", "displayName"})
_LEAN_RECORD = frozenset({"$type", "text", "createdAt", "langs", "reply"})
