"""What an instance tells an account: its notifications, the tags that it watches, threads, and single statuses again.

A cursor is a small JSON document: the newest notification, the newest status of each timeline, and what was switched on.
What nobody switched on is not mapped, though the instance sends it in the same page: private messages above all.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.capabilities import InteractionKind
from connectors.contract import EarlierPage, EarlierPost, Listening, Page, RemoteInteraction, RemoteRef, Thread
from connectors.errors import Rejected, Retryable
from connectors.mastodon import mapping
from connectors.mastodon.instance import PAGE_SIZE, TABLE, Instance, body_of
from connectors.past import Stretch, read_back
from connectors.shape import at, rows, word
from connectors.translate import translated

NOTIFICATIONS = "/api/v1/notifications"
NOTIFICATION_PAGES = 5
OWN_PAGES = 5
HIGHEST_ANCESTOR = 4
"""How many steps above a reply its root is looked for; what stands higher is seen in the thread only."""
USUAL_TYPES = ("mention", "quote")
REPORT_TYPE = "admin.report"
MESSAGES, REPORTS = "messages", "reports"


@dataclass
class Place:
    """How far an account was read. notification, timelines: newest ids; on: what was switched on beside the usual."""

    notification: str | None = None
    timelines: dict[str, str] = field(default_factory=dict)
    on: frozenset[str] = frozenset()

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        """The place that a cursor names; one from before there was a document is a notification's id."""
        try:
            told = json.loads(cursor or "{}")
        except ValueError:
            return cls(cursor)
        if not isinstance(told, dict):
            return cls(cursor)
        known = at(told, "t")
        timelines = {path: it for path, it in known.items() if isinstance(it, str)} if isinstance(known, dict) else {}
        return cls(word(told, "n"), timelines, frozenset(one for one in rows(told, "on") if isinstance(one, str)))

    def cursor(self) -> str | None:
        """As what it is kept; None where nothing was read yet."""
        told = {"n": self.notification, "t": self.timelines, "on": sorted(self.on)}
        kept = {name: it for name, it in told.items() if it}
        return json.dumps(kept, sort_keys=True, separators=(",", ":")) if kept else None


@dataclass(frozen=True)
class Timeline:
    """A public timeline that is read along. word: the one that is watched, where that is why."""

    path: str
    kind: InteractionKind
    word: str | None = None
    local: bool = False


def timelines(listening: Listening) -> list[Timeline]:
    """What is read beside the notifications. A word is heard as a hashtag: Mastodon has no other search that is complete."""
    found = {tag: said for said in listening.words if (tag := tag_of(said))}
    tags = [
        Timeline(f"/api/v1/timelines/tag/{quote(tag, safe='')}", InteractionKind.KEYWORD, said)
        for tag, said in found.items()
    ]
    own = [Timeline("/api/v1/timelines/public", InteractionKind.COMMUNITY, local=True)] if listening.communities else []
    return tags + own


def tag_of(said: str) -> str | None:
    """A watched word as a hashtag, without its spaces and marks; None where nothing is left that could be one."""
    kept = "".join(c for c in said if c == "_" or unicodedata.category(c)[0] in "LMN").lower()
    return kept if any(not c.isdigit() and c != "_" for c in kept) else None


class Ears:
    """One reading of what is new for an account."""

    def __init__(self, instance: Instance, own_id: str, listening: Listening) -> None:
        self._instance = instance
        self._own_id = own_id
        self._listening = listening
        self._heard: dict[str, RemoteInteraction] = {}
        self._skipped = 0
        self._caught_up = True

    def fetch(self, cursor: str | None) -> Page:
        """Notifications forward from the cursor, then one page of each timeline."""
        place = Place.read(cursor)
        began = place.notification is None
        on = frozenset(
            name for name, it in ((MESSAGES, self._listening.messages), (REPORTS, self._listening.moderated)) if it
        )
        self._notifications(place)
        if not began and on - place.on:
            self._recent(on - place.on)
        place.on = on
        watched = timelines(self._listening)
        place.timelines = {one.path: place.timelines[one.path] for one in watched if one.path in place.timelines}
        for one in watched:
            self._timeline(one, place)
        items = sorted(rooted(self._instance, [*self._heard.values()]), key=lambda it: it.created_at)
        return Page(tuple(items), place.cursor(), self._caught_up, self._skipped)

    def before(self, max_id: str | None) -> Stretch:
        """The page of notifications that lies before one of them; reports stay with their queue, which is read whole anyway."""
        page = self._notified(max_id=max_id)
        self._take(page)
        ids = (word(it, "id") for it in page)
        return Stretch([*rooted(self._instance, [*self._heard.values()])], mapping.oldest(ids), self._skipped)

    def _notifications(self, place: Place) -> None:
        known = place.notification
        self._caught_up = known is None
        for _ in range(NOTIFICATION_PAGES if known else 1):
            page = self._notified(place.notification)
            self._take(page)
            place.notification = mapping.newest([*(word(it, "id") for it in page), place.notification])
            if len(page) < PAGE_SIZE:
                self._caught_up = True
                break

    def _recent(self, switched_on: frozenset[str]) -> None:
        """The newest page once more, for what was passed over until now."""
        kinds = {MESSAGES: InteractionKind.MESSAGE, REPORTS: InteractionKind.REPORT}
        self._take(self._notified(), only={kinds[one] for one in switched_on})

    def _notified(self, min_id: str | None = None, max_id: str | None = None) -> list[Any]:
        """GET /api/v1/notifications, with what the account's own policy puts aside: a desk hears strangers too."""
        types = [*USUAL_TYPES, REPORT_TYPE] if self._listening.moderated else [*USUAL_TYPES]
        query = {"types[]": types, "include_filtered": "true", "limit": PAGE_SIZE}
        query |= {"min_id": min_id, "max_id": max_id}
        return self._instance.page(NOTIFICATIONS, **query)

    def _take(self, page: list[Any], only: set[InteractionKind] | None = None) -> None:
        reports = [entry for entry in page if at(entry, "type") == REPORT_TYPE] if self._listening.moderated else []
        asked = self._instance.statuses(mapping.reported(reports)) if reports else []
        statuses = {status_id: one for one in asked if (status_id := word(one, "id"))}
        for entry in reversed(page):
            found = mapping.notified(entry, self._own_id)
            if found is None and self._listening.moderated:
                found = mapping.report(entry, statuses, self._instance.url)
            if found and found.kind is InteractionKind.MESSAGE and not self._listening.messages:
                found = None
            if only is None or (found and found.kind in only):
                self._hear(found)

    def _timeline(self, line: Timeline, place: Place) -> None:
        """One page. What names us comes with the notifications, and as a mention; a timeline that is refused costs no page."""
        known = place.timelines.get(line.path)
        try:
            page = self._instance.page(line.path, limit=PAGE_SIZE, min_id=known, local="true" if line.local else None)
        except Rejected:
            self._skipped += 1
            return
        for status in reversed(page):
            named = any(word(one, "id") == self._own_id for one in rows(status, "mentions"))
            answers = word(status, "in_reply_to_account_id") == self._own_id
            found = None if named else mapping.interaction(status, self._own_id, None if answers else line.kind)
            self._hear(replace(found, why=(line.word,)) if found and line.word and not answers else found)
        newest = mapping.newest([*(word(it, "id") for it in page), known])
        if newest:
            place.timelines[line.path] = newest
        if known and len(page) == PAGE_SIZE:
            self._caught_up = False

    def _hear(self, found: RemoteInteraction | None) -> None:
        if found is None:
            self._skipped += 1
        else:
            self._heard.setdefault(found.native_id, found)


def back(instance: Instance, own_id: str, token: str | None, since: datetime, listening: Listening) -> EarlierPage:
    """The notifications further back, by `max_id`: an instance's own ids, which stay good."""
    wanted = Listening(messages=listening.messages)
    return read_back(token, since, {"notifications": lambda max_id: Ears(instance, own_id, wanted).before(max_id)})


def rooted(instance: Instance, items: Sequence[RemoteInteraction]) -> Iterator[RemoteInteraction]:
    """The same items, of one conversation where they hang under one root: it is looked for above what they answer."""
    known: dict[str, Any] = {}
    wanted = {it.parent_id for it in items if it.parent_id and it.conversation_id == it.parent_id}
    for _ in range(HIGHEST_ANCESTOR):
        if not wanted:
            break
        try:
            found = instance.statuses(sorted(wanted))
        except Rejected:
            break
        known |= {status_id: one for one in found if (status_id := word(one, "id"))}
        wanted = {above for one in found if (above := word(one, "in_reply_to_id"))} - known.keys()
    for item in items:
        root, above = None, item.parent_id if item.conversation_id == item.parent_id else None
        seen: set[str] = set()
        while above in known and above not in seen:
            seen.add(above)
            root, above = word(known[above], "uri") or root, word(known[above], "in_reply_to_id")
        yield replace(item, conversation_id=root) if root else item


def read(instance: Instance, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
    """These statuses as they stand now, by id; what is missing is gone, or not shown to this account."""
    found = (mapping.interaction(one, None) for one in instance.statuses([ref.id for ref in refs]))
    return {it.ref.id: it for it in found if it}


def thread(instance: Instance, ref: RemoteRef, own_id: str) -> Thread:
    """GET /api/v1/statuses/:id and its context. What is private below comes with the notifications only."""
    status = instance.status(ref.id)
    if status is None:
        raise Rejected("mastodon", "That status is not there.", code="gone")
    with instance.client() as (client, wire), translated(TABLE, wire):
        client.status_context(ref.id)
    body = body_of(wire)
    if not isinstance(body, dict):
        raise Retryable("mastodon", "The instance answered something that is no thread.", code="not-a-thread")
    ancestors, descendants = rows(body, "ancestors"), rows(body, "descendants")
    root = word(ancestors[0] if ancestors else status, "uri")
    own = {word(one, "id") for one in (*ancestors, status) if word(one, "account", "id") == own_id}
    above = [_placed(one, None, root) for one in ancestors]
    below = []
    under_own: dict[str | None, bool] = {word(status, "id"): bool(own)}
    for one in descendants:
        parent = word(one, "in_reply_to_id")
        on_own = under_own.get(parent, False) or word(one, "in_reply_to_account_id") == own_id
        under_own[word(one, "id")] = on_own or word(one, "account", "id") == own_id
        if at(one, "visibility") != mapping.PRIVATE and (found := _placed(one, own_id, root)):
            below.append(replace(found, on_own=on_own))
    told = wire.answer.headers if wire.answer else {}
    return Thread(
        tuple(filter(None, above)),
        tuple(sorted(below, key=lambda it: it.created_at)),
        complete="mastodon-async-refresh" not in told,
    )


def _placed(status: Any, own_id: str | None, root: str | None) -> RemoteInteraction | None:
    kind = InteractionKind.REPLY if word(status, "in_reply_to_id") else InteractionKind.MENTION
    found = mapping.interaction(status, own_id, kind)
    return found and replace(found, conversation_id=root or found.conversation_id)


def own_posts(instance: Instance, own_id: str, before: str | None) -> tuple[EarlierPost, ...]:
    """A page of the account's own statuses, boosts and private messages left out."""
    for _ in range(OWN_PAGES):
        with instance.client() as (client, wire), translated(TABLE, wire):
            client.account_statuses(own_id, exclude_reblogs=True, limit=PAGE_SIZE, max_id=before)
        page = body_of(wire)
        if not isinstance(page, list):
            raise Retryable("mastodon", "The instance answered something that is no list.", code="not-a-list")
        found = tuple(filter(None, map(mapping.earlier, page)))
        last = word(page[-1], "id") if page else None
        if found or last is None:
            return found
        before = last
    return ()
