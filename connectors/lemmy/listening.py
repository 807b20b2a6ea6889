"""What a Lemmy instance tells an account: replies, mentions, messages, reports, communities and words; threads; one thing again.

Lemmy's listings go backwards by page and know no "since": each is read from its top until what is known. Its numbers grow
with each thing that an instance takes in, so the highest is a place to which a listing was read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import EarlierPage, Identity, Listening, Page, RemoteInteraction, RemoteRef, Thread
from connectors.errors import Rejected, Retryable
from connectors.lemmy import mapping
from connectors.lemmy.instance import PAGE_SIZE, Instance
from connectors.past import Stretch, read_back
from connectors.shape import word

PAGES = 10
"""Pages of one listing in one reading; what is more than 500 things behind is passed over."""
WHOLE_THREAD = 50
"""Asked for with a depth, Lemmy gives a whole tree and heeds no limit."""

Map = Callable[[Any], RemoteInteraction | None]


@dataclass(frozen=True)
class Stream:
    """One listing that is read along. name: where the cursor keeps it. at: where the number of a row lies."""

    name: str
    path: str
    rows: str
    at: tuple[str, str]
    map: Map
    query: Mapping[str, Any] = field(default_factory=dict)


def streams(url: str, own_id: str, listening: Listening) -> list[Stream]:
    """All that is listened to, what is said to us first: where a thing is found twice, the first is taken."""

    def said(view: Any) -> RemoteInteraction | None:
        return mapping.interaction(view, own_id, url)

    def mentioned(view: Any) -> RemoteInteraction | None:
        return mapping.interaction(view, own_id, url, InteractionKind.MENTION)

    found = [
        Stream("r", "/user/replies", "replies", ("comment_reply", "id"), said, {"sort": "New"}),
        Stream("m", "/user/mention", "mentions", ("person_mention", "id"), mentioned, {"sort": "New"}),
    ]
    if listening.messages:
        messages = Stream(
            "d",
            "/private_message/list",
            "private_messages",
            (mapping.MESSAGE, "id"),
            lambda view: mapping.message(view, own_id),
        )
        found.append(messages)
    if listening.moderated:
        found += [_reports(sort, url, listening.moderated) for sort in (mapping.POST, mapping.COMMENT)]
    for name in listening.communities:
        found += _everything(f"c:{name}", url, own_id, InteractionKind.COMMUNITY, community_name=mapping.bare(name))
    for watched in listening.words:
        found += _searches(watched, url, own_id, listening.word_places)
    return found


def _reports(sort: str, url: str, moderated: Sequence[str]) -> Stream:
    names = {mapping.bare(name).casefold() for name in moderated}

    def of_ours(view: Any) -> RemoteInteraction | None:
        stands = {mapping.community_of(view), mapping.community_of(view, qualified=True)}
        found = mapping.report(view, sort, url)
        return found if names & {one.casefold() for one in stands if one} else None

    at = (f"{sort}_report", "id")
    return Stream(f"{sort[0]}r", f"/{sort}/report/list", f"{sort}_reports", at, of_ours, {"unresolved_only": "true"})


def _everything(name: str, url: str, own_id: str, kind: InteractionKind, **query: Any) -> list[Stream]:
    def found(view: Any) -> RemoteInteraction | None:
        one = mapping.interaction(view, own_id, url, kind)
        # A comment under our own post is said to us, whichever way it was found.
        return replace(one, kind=InteractionKind.COMMENT) if one and _is_under_own(one) else one

    query = {"sort": "New", "type_": "All", **query}
    return [
        Stream(f"{name}/{sort}", f"/{sort}/list", f"{sort}s", (sort, "id"), found, query)
        for sort in (mapping.POST, mapping.COMMENT)
    ]


def _is_under_own(one: RemoteInteraction) -> bool:
    return bool(one.on_own) and (one.parent_id or "").startswith("post/")


def _searches(watched: str, url: str, own_id: str, places: Sequence[str]) -> list[Stream]:
    """GET /search, in all of the instance or in named communities."""
    found: list[Stream] = []
    for place in places or ("",):
        query: dict[str, Any] = {"q": watched, "listing_type": "All"}
        if place:
            query["community_name"] = mapping.bare(place)
        for one in _everything(f"w:{watched}:{place}", url, own_id, InteractionKind.KEYWORD, **query):
            kind = {"type_": "Posts" if one.rows == "posts" else "Comments"}
            found.append(replace(one, path="/search", query={**one.query, **kind}, map=_because_of(watched, one.map)))
    return found


def _because_of(watched: str, inner: Map) -> Map:
    def found(view: Any) -> RemoteInteraction | None:
        one = inner(view)
        return replace(one, why=(watched,)) if one and one.kind is InteractionKind.KEYWORD else one

    return found


class Ears:
    """One reading of what is new for an account."""

    def __init__(self, instance: Instance, own_id: str, listening: Listening) -> None:
        self._instance = instance
        self._streams = streams(instance.url, own_id, listening)
        self._heard: dict[str, RemoteInteraction] = {}
        self._skipped = 0

    def fetch(self, cursor: str | None) -> Page:
        """Every listing, from its top down to what is known."""
        known = place_of(cursor)
        place: dict[str, int] = {}
        for stream in self._streams:
            try:
                newest = self._read(stream, known.get(stream.name))
            except Rejected:  # no moderator any more, or a community that is gone: the rest is heard all the same
                if stream.name in ("r", "m"):
                    raise
                self._skipped += 1
                newest = known.get(stream.name)
            if newest is not None:
                place[stream.name] = newest
        items = sorted(self._heard.values(), key=lambda it: it.created_at)
        told = json.dumps(place, sort_keys=True, separators=(",", ":")) if place else None
        return Page(tuple(items), told, caught_up=True, skipped=self._skipped)

    def _read(self, stream: Stream, known: int | None) -> int | None:
        newest = known
        for page in range(1, (PAGES if known is not None else 1) + 1):
            rows = self._instance.rows(stream.path, stream.rows, **stream.query, page=page, limit=PAGE_SIZE)
            numbers = [mapping.number(row, *stream.at) for row in rows]
            for row, number in zip(rows, numbers, strict=True):
                if number is None or known is None or number > known:
                    self._hear(stream.map(row))
            told = [number for number in numbers if number is not None]
            newest = max([*told, *([] if newest is None else [newest])], default=None)
            if len(rows) < PAGE_SIZE or (known is not None and any(number <= known for number in told)):
                break
        return newest

    def _hear(self, found: RemoteInteraction | None) -> None:
        if found is None:
            self._skipped += 1
        else:
            self._heard.setdefault(found.native_id, found)


def back(instance: Instance, own_id: str, token: str | None, since: datetime, listening: Listening) -> EarlierPage:
    """Replies, mentions and messages further back, by page: what is new meanwhile shifts them, so that some come twice."""
    there = streams(instance.url, own_id, Listening(messages=listening.messages))
    return read_back(token, since, {one.name: partial(_stretch, instance, one) for one in there})


def _stretch(instance: Instance, stream: Stream, place: str | None) -> Stretch:
    page = int(place) if place and place.isascii() and place.isdigit() else 1
    rows = instance.rows(stream.path, stream.rows, **stream.query, page=page, limit=PAGE_SIZE)
    items = [found for row in rows if (found := stream.map(row))]
    return Stretch(items, str(page + 1) if rows else None, len(rows) - len(items))


def place_of(cursor: str | None) -> dict[str, int]:
    """How far each listing was read; what cannot be read is as if it had not been."""
    try:
        told = json.loads(cursor or "{}")
    except ValueError:
        return {}
    known = {name: mapping.number(told, name) for name in told} if isinstance(told, dict) else {}
    return {name: it for name, it in known.items() if it is not None}


# --- one thing again, and what stands around it -----------------------------------------------------------------------


def read(instance: Instance, refs: Sequence[RemoteRef], identity: Identity | None) -> Mapping[str, RemoteInteraction]:
    """These as they stand now, by id; what was deleted or removed is missing."""
    found: dict[str, RemoteInteraction] = {}
    for ref in refs:
        sort, number = mapping.split(ref.id)
        if sort == mapping.MESSAGE:
            one = _message(instance, ref, identity)
        else:
            body = instance.maybe(f"/{sort}", id=number) or {}
            one = mapping.interaction(body.get(f"{sort}_view"), None, instance.url)
        if one:
            found[ref.id] = one
    return found


def _message(instance: Instance, ref: RemoteRef, identity: Identity | None) -> RemoteInteraction | None:
    """A message can be asked for with the whole conversation only."""
    own = identity.id if identity else ""
    person = ref.root.id.removeprefix("person/") if ref.root else None
    for page in range(1, PAGES + 1):
        query = {"creator_id": person, "page": page, "limit": PAGE_SIZE}
        rows = instance.rows("/private_message/list", "private_messages", **query)
        for row in rows:
            one = mapping.message(row, own)
            if one and one.ref.id == ref.id:
                return one
        if len(rows) < PAGE_SIZE:
            break
    return None


def thread(instance: Instance, ref: RemoteRef, own_id: str) -> Thread:
    """The post, and what of its comments stands above and below."""
    sort, number = mapping.split(ref.id)
    if sort == mapping.MESSAGE:
        return Thread()
    body = instance.maybe(f"/{sort}", id=number)
    view = body.get(f"{sort}_view") if body else None
    post_id = mapping.number(view, mapping.POST, "id")
    if body is not None and post_id is None:
        raise Retryable("lemmy", "The instance answered something that is no post.", code="not-a-post")
    if body is None or mapping.is_gone(view):
        raise Rejected("lemmy", "That is not there.", code="gone")
    rows = instance.rows("/comment/list", "comments", post_id=post_id, type_="All", sort="Old", max_depth=WHOLE_THREAD)
    by_path = {path: row for row in rows if (path := word(row, mapping.COMMENT, "path"))}
    own_path = word(view, mapping.COMMENT, "path") or "0"
    steps = own_path.split(".")
    above = [by_path.get(".".join(steps[:depth])) for depth in range(2, len(steps))]
    top = [_post_of(instance, post_id)] if sort == mapping.COMMENT else []
    below = [row for path, row in by_path.items() if path.startswith(f"{own_path}.")]
    mapped_above = [mapping.interaction(one, None, instance.url) for one in (*top, *above)]
    mapped_below = [mapping.interaction(one, own_id, instance.url) for one in below]
    told = mapping.number(view, "counts", "child_count" if sort == mapping.COMMENT else "comments")
    return Thread(
        tuple(filter(None, mapped_above)),
        tuple(sorted(filter(None, mapped_below), key=lambda it: it.created_at)),
        complete=told is None or len(below) >= told,
    )


def _post_of(instance: Instance, post_id: int | None) -> Any:
    body = instance.maybe("/post", id=post_id)
    return body.get("post_view") if body else None
