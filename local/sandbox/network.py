"""The state of the sandbox network: who is there, what was said, who may sign in, what was asked.

It is the independent witness of what was really posted, so it must never import a connector or a room of Parley, never
answer a write before the journal has it, and never forget one that it answered.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local.sandbox.blobs import Blobs
from local.sandbox.clock import SandboxClock
from local.sandbox.faults import FaultQueue
from local.sandbox.journal import Journal
from local.sandbox.model import Account, Complaint, LateWrite, Platform, Post, Seen, Token, TokenUse, Upload
from local.sandbox.pictures import looks
from local.sandbox.ratelimits import RateMeter

REQUESTS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Processing:
    """How long a platform works on what is handed over now, and whether anything comes of it."""

    seconds: float
    fails: bool = False


class SandboxNetwork:
    """Everything that the four façades share, behind one lock. `path`: the state directory, or None for memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = SandboxClock()
        self.faults = FaultQueue()
        self.rates = RateMeter()
        self.listing_lag: dict[str, timedelta] = {}
        self.requests: deque[Seen] = deque(maxlen=REQUESTS_KEPT)
        self._accounts: dict[tuple[str, str], Account] = {}
        self._handles: dict[tuple[str, str], str] = {}
        self._posts: dict[tuple[str, str], Post] = {}
        self._uploads: dict[tuple[str, str], Upload] = {}
        self._shown: dict[tuple[str, str], str] = {}
        self._processing: Processing | None = None
        self._tokens: dict[tuple[str, str], Token] = {}
        self._late: dict[int, LateWrite] = {}
        self._read: set[tuple[str, str, str]] = set()
        self._notices_seen: dict[tuple[str, str], datetime] = {}
        self._marks: dict[tuple[str, str], set[str]] = {}
        self._counts: dict[tuple[str, str], dict[str, int]] = {}
        self._records: dict[tuple[str, str], dict[str, Any]] = {}
        self._complaints: list[Complaint] = []
        self._number = 0
        self._moments: set[datetime] = set()
        self._landing: datetime | None = None
        self._journal = Journal(path)
        self.blobs = Blobs(path)
        for event in self._journal.events():
            self._apply(event)

    def close(self) -> None:
        """Let go of the state directory."""
        self._journal.close()

    # --- time --------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The sandbox's time; while a late write lands, the time at which it was due."""
        return self._landing or self.clock.now()

    def moment(self) -> datetime:
        """A time for something new: now, in whole milliseconds, and no other post has it (ids are made of it)."""
        at = self.now()
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        while at in self._moments:
            at += timedelta(milliseconds=1)
        return at

    def move_clock(self, *, seconds: float | None = None, to: datetime | None = None) -> datetime:
        """Advance the sandbox's clock, or set it; the offset is kept. Returns the new time."""
        with self.lock:
            if to is not None:
                self.clock.set(to)
            if seconds is not None:
                self.clock.advance(seconds)
            self._keep({"e": "clock", "offset": self.clock.offset.total_seconds()})
            return self.clock.now()

    # --- accounts ----------------------------------------------------------------------------------------------------

    def add_account(self, platform: Platform, id_: str, handle: str, name: str, *, ours: bool) -> Account:
        """Make an account; a handle that is taken gives the account that has it."""
        with self.lock:
            found = self.account_by_handle(platform, handle)
            if found is not None:
                return found
            password = secrets.token_urlsafe(12)
            account = Account(platform, id_, handle, name, ours, self.now(), password)
            self._keep({"e": "account", "v": account.as_json()})
            return account

    def account(self, platform: str, id_: str) -> Account | None:
        """The account with this native id, or None."""
        return self._accounts.get((platform, id_))

    def account_by_handle(self, platform: str, handle: str) -> Account | None:
        """The account with this handle, in any case, or None."""
        id_ = self._handles.get((platform, handle.lower()))
        return None if id_ is None else self._accounts[platform, id_]

    def accounts(self, platform: str | None = None, *, ours: bool | None = None) -> list[Account]:
        """All accounts, in the order in which they were made."""
        return [one for one in self._accounts.values() if platform in {None, one.platform} and ours in {None, one.ours}]

    # --- tokens ------------------------------------------------------------------------------------------------------

    def issue(
        self, account: Account, use: TokenUse, *, lifetime: timedelta | None = None, value: str | None = None
    ) -> Token:
        """Hand out a secret; `lifetime` counts on the sandbox's clock, None is until revoked."""
        with self.lock:
            expires = None if lifetime is None else self.now() + lifetime
            token = Token(value or secrets.token_urlsafe(30), account.platform, account.id, use, expires)
            self._keep({"e": "token", "v": token.as_json()})
            return token

    def token(self, platform: str, value: str) -> Token | None:
        """The secret as it was handed out, even if it is expired or revoked; None if it never was."""
        return self._tokens.get((platform, value))

    def usable(self, token: Token | None, use: TokenUse) -> bool:
        """Whether this secret may be used for that, now."""
        return (
            token is not None
            and token.use == use
            and not token.revoked
            and (token.expires_at is None or token.expires_at > self.now())
        )

    def tokens_of(self, account: Account, use: TokenUse) -> list[Token]:
        """This account's usable secrets of one kind, oldest first."""
        mine = [t for t in self._tokens.values() if (t.platform, t.account) == (account.platform, account.id)]
        return [t for t in mine if self.usable(t, use)]

    def revoke(self, token: Token, *, at: datetime | None = None) -> None:
        """End a secret now, or let it expire at a given time if that comes earlier."""
        with self.lock:
            if at is None:
                ended = replace(token, revoked=True)
            else:
                ended = replace(token, expires_at=at if token.expires_at is None else min(at, token.expires_at))
            self._keep({"e": "token", "v": ended.as_json()})

    def sign_out(self, account: Account) -> int:
        """Revoke every secret of this account; returns how many ended."""
        with self.lock:
            mine = [t for t in self._tokens.values() if (t.platform, t.account) == (account.platform, account.id)]
            live = [t for t in mine if not t.revoked]
            for token in live:
                self.revoke(token)
            return len(live)

    # --- posts -------------------------------------------------------------------------------------------------------

    def next_number(self) -> int:
        """The number of the next thing to be said."""
        return self._number + 1

    def keep_post(self, post: Post) -> Post:
        """Put something said on the record; the same id again replaces it."""
        with self.lock:
            self._keep({"e": "post", "v": post.as_json()})
            return post

    def keep_posts(self, posts: list[Post], records: dict[str, dict[str, Any]] | None = None) -> None:
        """Put several things on the record at once, of one platform: all of them are there, or none."""
        with self.lock:
            told = {"records": records, "platform": posts[0].platform} if posts and records else {}
            self._keep({"e": "posts", "v": [one.as_json() for one in posts], **told})

    def keep_record(self, platform: str, id_: str, value: dict[str, Any] | None) -> None:
        """Keep something that is no post under a name of the platform's own; None: it is not there any more."""
        with self.lock:
            self._keep({"e": "record", "platform": platform, "id": id_, "v": value})

    def record(self, platform: str, id_: str) -> dict[str, Any] | None:
        """What `keep_record` keeps under this name, or None."""
        return self._records.get((platform, id_))

    def records(self, platform: str, prefix: str) -> dict[str, dict[str, Any]]:
        """All that is kept under names that begin so."""
        found = self._records.items()
        return {name: value for (where, name), value in found if where == platform and name.startswith(prefix)}

    def delete_post(self, post: Post) -> None:
        """Take something down; it stays on the witness's record as deleted."""
        with self.lock:
            self._keep({"e": "post", "v": replace(post, deleted=True).as_json()})

    def post(self, platform: str, id_: str) -> Post | None:
        """What was said under this id and is still there, or None."""
        found = self._posts.get((platform, id_))
        return None if found is None or found.deleted else found

    def post_ever(self, platform: str, id_: str) -> Post | None:
        """What was said under this id, even if it was taken down since, or None."""
        return self._posts.get((platform, id_))

    def posts(
        self, platform: str | None = None, *, author: str | None = None, deleted: bool = False, listing: bool = False
    ) -> list[Post]:
        """What was said, oldest first. deleted: with what was taken down. listing: only what listings already show."""
        with self.lock:
            horizon = {key: self.now() - lag for key, lag in self.listing_lag.items()} if listing else {}
            found = [
                one
                for one in self._posts.values()
                if platform in {None, one.platform}
                and author in {None, one.author}
                and (deleted or not one.deleted)
                and (one.platform not in horizon or one.created_at <= horizon[one.platform])
            ]
            return sorted(found, key=lambda one: one.number)

    def mark_read(self, account: Account, ids: list[str]) -> None:
        """Note that this account has read these inbox items."""
        with self.lock:
            self._keep({"e": "read", "platform": account.platform, "account": account.id, "ids": ids})

    def is_read(self, account: Account, id_: str) -> bool:
        """Whether this account has read this inbox item."""
        return (account.platform, account.id, id_) in self._read

    def note_seen(self, account: Account, at: datetime) -> None:
        """Note up to when this account has seen its notifications."""
        with self.lock:
            self._keep({"e": "seen", "platform": account.platform, "account": account.id, "at": at.isoformat()})

    def seen_at(self, account: Account) -> datetime | None:
        """Up to when this account has seen its notifications."""
        return self._notices_seen.get((account.platform, account.id))

    # --- what was done to a post, an account or a community; what is counted of it -----------------------------------

    def mark(self, platform: str, subject: str, state: str, *, on: bool = True) -> None:
        """Note a state of a post, account or community (`hidden`, `muted by 42`, `report: spam`), or that it ended."""
        with self.lock:
            if (state in self.marks(platform, subject)) != on:
                self._keep({"e": "mark", "platform": platform, "subject": subject, "state": state, "on": on})

    def marks(self, platform: str, subject: str) -> frozenset[str]:
        """Which states a post, account or community is in."""
        return frozenset(self._marks.get((platform, subject), ()))

    def all_marks(self, platform: str | None = None) -> dict[tuple[str, str], frozenset[str]]:
        """Everything that is in any state, by (platform, subject)."""
        found = self._marks.items()
        return {key: frozenset(states) for key, states in found if states and platform in {None, key[0]}}

    def complain(self, complaint: Complaint) -> Complaint:
        """Put a report on the record; it takes the next number."""
        with self.lock:
            self._keep({"e": "complaint", "v": complaint.as_json()})
            return complaint

    def complaints(self, platform: str) -> list[Complaint]:
        """All that was reported there, oldest first."""
        return [one for one in self._complaints if one.platform == platform]

    def count(self, platform: str, subject: str, counts: dict[str, int]) -> None:
        """Let the platform tell these numbers of a post, account or community, beside those it told before."""
        with self.lock:
            self._keep({"e": "count", "platform": platform, "subject": subject, "counts": counts})

    def counts(self, platform: str, subject: str) -> dict[str, int]:
        """Which numbers the platform tells of it; what is not there is not told, or counted by the façade itself."""
        return dict(self._counts.get((platform, subject), {}))

    # --- uploads -----------------------------------------------------------------------------------------------------

    @contextmanager
    def works_on(self, processing: Processing | None) -> Iterator[None]:
        """What is handed over meanwhile is worked on so long; None: it is ready at once."""
        self._processing = processing
        try:
            yield
        finally:
            self._processing = None

    def keep_upload(
        self,
        owner: Account,
        id_: str,
        data: bytes,
        *,
        mime: str = "",
        alt: str = "",
        facts: dict[str, Any] | None = None,
        works_for: timedelta | None = None,
    ) -> Upload:
        """Keep a file that was handed over: its bytes first, then that it is there. mime: where it is nothing that is known.

        works_for: how long the platform works on it, where nobody asked for another time by a fault.
        """
        with self.lock:
            seen, at = looks(data), self.now()
            if self._processing is not None:
                works_for = timedelta(seconds=self._processing.seconds)
            done = None if works_for is None else at + works_for
            upload = Upload(
                platform=owner.platform,
                id=id_,
                owner=owner.id,
                mime=seen.mime if seen else mime or "application/octet-stream",
                sha256=self.blobs.put(data),
                size=len(data),
                width=seen.width if seen else 0,
                height=seen.height if seen else 0,
                created_at=at,
                alt=alt,
                ready_at=done,
                fails=self._processing is not None and self._processing.fails,
                facts=facts or {},
            )
            self.change_upload(upload)
            return upload

    def change_upload(self, upload: Upload) -> None:
        """Put what is known of an upload on the record, instead of what was."""
        with self.lock:
            self._keep({"e": "upload", "v": upload.as_json()})

    def upload(self, platform: str, id_: str, owner: str | None = None) -> Upload | None:
        """What was handed over under this id (by this account) and is not forgotten, or None."""
        found = self._uploads.get((platform, id_))
        return None if found is None or found.gone or owner not in {None, found.owner} else found

    def uploads(self, platform: str | None = None) -> list[Upload]:
        """All that was handed over, oldest first, with what is forgotten since."""
        return [one for one in self._uploads.values() if platform in {None, one.platform}]

    def shown_by(self, upload: Upload) -> str | None:
        """The post that shows this upload, or None."""
        return self._shown.get((upload.platform, upload.id))

    def _has(self, post: Post) -> None:
        self._posts[post.platform, post.id] = post
        self._number = max(self._number, post.number)
        self._moments.add(post.created_at)
        for picture in post.pictures:
            key = (post.platform, picture["upload"])
            if not post.deleted:
                self._shown[key] = post.id
            elif self._shown.get(key) == post.id:
                del self._shown[key]

    # --- late writes -------------------------------------------------------------------------------------------------

    def postpone(self, late: LateWrite) -> None:
        """Keep a write whose effect comes later."""
        with self.lock:
            self._keep({"e": "late", "v": late.as_json()})

    def next_late_id(self) -> int:
        """An id for the next late write."""
        return max(self._late, default=0) + 1

    def land_due(self, land: Callable[[LateWrite], None]) -> None:
        """Let every late write whose time has come take effect, at the time at which it was due."""
        with self.lock:
            for late in sorted(self._late.values(), key=lambda one: one.due):
                if late.due <= self.clock.now():
                    # Noted first: it was never answered, so a crash here may lose it, but must not let it land twice.
                    self._keep({"e": "landed", "id": late.id})
                    with self._at(late.due):
                        land(late)

    @contextmanager
    def _at(self, due: datetime) -> Iterator[None]:
        self._landing = due
        try:
            yield
        finally:
            self._landing = None

    # --- the journal -------------------------------------------------------------------------------------------------

    def _keep(self, event: dict[str, Any]) -> None:
        self._journal.append(event)
        self._apply(event)

    def _apply(self, event: dict[str, Any]) -> None:
        match event["e"]:
            case "account":
                account = Account.from_json(event["v"])
                self._accounts[account.platform, account.id] = account
                self._handles[account.platform, account.handle.lower()] = account.id
            case "token":
                token = Token.from_json(event["v"])
                self._tokens[token.platform, token.value] = token
            case "post":
                self._has(Post.from_json(event["v"]))
            case "posts":
                for one in event["v"]:
                    self._has(Post.from_json(one))
                for name, value in event.get("records", {}).items():
                    self._records[event["platform"], name] = value
            case "record":
                self._records[event["platform"], event["id"]] = event["v"]
                if event["v"] is None:
                    del self._records[event["platform"], event["id"]]
            case "upload":
                upload = Upload.from_json(event["v"])
                self._uploads[upload.platform, upload.id] = upload
            case "read":
                self._read.update((event["platform"], event["account"], id_) for id_ in event["ids"])
            case "seen":
                at = datetime.fromisoformat(event["at"])
                self._notices_seen[event["platform"], event["account"]] = at
            case "mark":
                states = self._marks.setdefault((event["platform"], event["subject"]), set())
                (states.add if event["on"] else states.discard)(event["state"])
            case "count":
                self._counts.setdefault((event["platform"], event["subject"]), {}).update(event["counts"])
            case "complaint":
                complaint = Complaint.from_json(event["v"])
                self._complaints.append(complaint)
                self._number = max(self._number, complaint.number)
            case "late":
                late = LateWrite.from_json(event["v"])
                self._late[late.id] = late
            case "landed":
                self._late.pop(event["id"], None)
            case "clock":
                self.clock.offset = timedelta(seconds=event["offset"])
