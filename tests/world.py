"""A desk on an in-memory record with a clock that tests move, and platforms that do as a script says.

The scripted platform stands for the world outside: it keeps what was really posted, whatever the caller was told.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.adapters.embedded.blobs import FolderBlobs
from chalicelib.adapters.embedded.mailbox import FolderMailer
from chalicelib.adapters.embedded.queue import SqliteQueue
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.post import Body, Schedule, Variant
from chalicelib.domain.timing import Timing
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import Table
from chalicelib.services import accounts, scheduling, workspaces
from chalicelib.services.desk import Desk, Platforms, Policy
from chalicelib.store.store import Store
from connectors import errors, registry
from connectors.capabilities import (
    Capabilities,
    Dedupe,
    InteractionKind,
    LengthUnit,
    PictureLimits,
    Platform,
    Terms,
    Threads,
)
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPage,
    EarlierPost,
    Found,
    Identity,
    Listening,
    Lookup,
    Page,
    Picture,
    Receipt,
    RemoteAuthor,
    RemoteInteraction,
    RemoteRef,
    SignIn,
    Thread,
    Unproven,
    Upload,
)
from connectors.metrics import Measure, Metrics
from connectors.moderation import Moderation, Target
from connectors.signing import App, Begun, Way

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TIMING = Timing(lease=65 * SECOND, call=8 * SECOND, landing=30 * SECOND, visible=10 * SECOND, skew=2 * SECOND)


class Killed(BaseException):
    """The process was killed here."""


@dataclass
class MovableClock:
    """A clock that stands until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


@dataclass
class CountingEntropy:
    """Bytes that differ each time, the same in every run."""

    count: int = 0

    def token(self, size: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(size, "big")


@dataclass
class ScriptedPlatform:
    """One platform. Each publish takes the next act of the script; with none left, it goes well."""

    name: str
    dedupe: Dedupe
    clock: MovableClock
    script: deque[str] = field(default_factory=deque)
    look_ups: deque[str] = field(default_factory=deque)
    posted: list[tuple[str, str, RemoteRef | None]] = field(default_factory=list)
    """(text, key, what it answers) of everything that really stands there."""
    shown: dict[str, tuple[tuple[str | None, str], ...]] = field(default_factory=dict)
    """By text: the handle and description of each picture that stands under it."""
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    """Description and bytes of every picture that was handed over."""
    works_for: float = 0
    """Seconds for which the platform works on a picture."""
    inbox: list[RemoteInteraction] = field(default_factory=list)
    missed: tuple[str, ...] = ()
    """What it does not tell of what is listened to."""
    past: list[RemoteInteraction] = field(default_factory=list)
    """What was said to the account long ago, the newest first; told by `past_page` at once."""
    past_page: int = 3
    went_back: list[str | None] = field(default_factory=list)
    """Where each page that was read back began."""
    answers_back: deque[str] = field(default_factory=deque)
    """How the next of them go; with none left, well."""
    earlier: list[EarlierPost] = field(default_factory=list)
    """What the account posted, the newest first."""
    threads: dict[str, Thread | None] = field(default_factory=dict)
    """What stands around each post, by its id; None: it does not answer."""
    looked_back: list[str] = field(default_factory=list)
    """The threads that were read, and how often the own posts were."""
    listened: list[Listening] = field(default_factory=list)
    """What each reading looked for."""
    asked: int = 0
    signs_in: bool = True
    cause: errors.Cause = errors.Cause.UNKNOWN
    """Why it does not."""
    pays: bool = True
    """Whether our app's money there lasts."""
    codes: dict[str, str] = field(default_factory=dict)
    """What each code, or password, is exchanged for; once."""
    exchanges: int = 0
    registered: int = 0
    revoked: list[str] = field(default_factory=list)
    who: str = "us"
    handle: str = "our-desk"
    refuses: frozenset[str] = frozenset()
    """Tokens that it takes no more."""
    reads: bool = True
    before_landing: Callable[[], None] = lambda: None
    found_by_text: bool = False
    """A look-up goes by the text alone, as on X and Reddit."""
    moderated: list[tuple[str, Target]] = field(default_factory=list)
    """Every moderation that was done, and to what."""
    answers_acts: deque[str] = field(default_factory=deque)
    """How the next moderations go; with none left, well."""
    counts: dict[str, dict[Measure, int]] = field(default_factory=dict)
    """What is told of each post, by its id on the platform; of one that is not here nothing is."""
    account_counts: dict[Measure, int] = field(default_factory=dict)
    community_counts: dict[str, dict[Measure, int]] = field(default_factory=dict)
    counted: list[tuple[str, ...]] = field(default_factory=list)
    """The posts that were asked about, by asking."""
    answers_counts: deque[str] = field(default_factory=deque)
    micro_usd_per_read: int = 0
    terms: Terms = field(default_factory=Terms)
    extra: dict[str, Any] = field(default_factory=dict)
    """What its capabilities say beside the usual."""
    drafts: list[Draft] = field(default_factory=list)
    """Everything that was published, as it was asked for."""
    deleted: list[str] = field(default_factory=list)
    """What was taken down, by its id on the platform."""
    deletes: bool = True
    slow_by: float = 0
    """Seconds that pass in the middle of a claim."""

    def capabilities(self) -> Capabilities:
        return Capabilities(
            Platform(self.name),
            280,
            LengthUnit.CHARACTERS,
            self.dedupe,
            frozenset(InteractionKind),
            poll_every=SECOND,
            threads=Threads.AT_ONCE if self.dedupe is Dedupe.BY_ID else Threads.BY_PART,
            pictures=PictureLimits(4, frozenset({"image/png", "image/jpeg"}), 1_000_000, 500),
            moderations=frozenset(Moderation) - ({Moderation.LOCK} if self.name == "mastodon" else set()),
            measures=frozenset({Measure.LIKES, Measure.VIEWS, Measure.FOLLOWERS, Measure.SUBSCRIBERS}),
            micro_usd_per_read=self.micro_usd_per_read,
            **self.extra,
        )

    def begin(self, app: App, url: str, state: str) -> Begun:
        secret = {"verifier": f"secret-verifier-of-{state}"}
        if self.name == "mastodon":
            self.registered += not app.client
            secret |= {"client_id": "m", "client_secret": "secret-of-the-app"}
        return Begun(f"{url}/authorize?state={state}", secret)

    def finish(self, secret: Mapping[str, str], code: str) -> dict[str, str]:
        self.exchanges += 1
        if code == "busy":
            raise errors.Retryable(self.name, "not now")
        if code == "forgotten":
            raise errors.Rejected(self.name, "we know no such app", code="invalid_client")
        if code not in self.codes or not ("verifier" in secret or "identifier" in secret):
            raise errors.Rejected(self.name, "HTTP 400 Bad Request", code="invalid_grant")
        return {"token": self.codes.pop(code)}

    def land(self, draft: Draft, key: str) -> Receipt:
        self.before_landing()
        self.drafts.append(draft)
        refs = []
        for one in (draft, *draft.thread):
            self.posted.append((one.text, key, one.in_reply_to or (refs[-1] if refs else None)))
            self.shown[one.text] = tuple((each.handle, each.alt) for each in one.pictures)
            number = len(self.posted)
            refs.append(RemoteRef(f"{self.name}-{number}", f"https://{self.name}.example/{number}"))
        return Receipt(refs[0], thread=tuple(refs[1:]))


@dataclass
class ScriptedConnector:
    """A connector to a scripted platform."""

    platform: ScriptedPlatform
    given: SignIn

    @property
    def capabilities(self) -> Capabilities:
        return self.platform.capabilities()

    def sign_in(self) -> None:
        if not self.platform.signs_in or self.given.credential.get("token") in self.platform.refuses:
            raise errors.AuthExpired(self.platform.name, "the token was revoked", cause=self.platform.cause)

    def identify(self) -> Identity:
        self._pay()
        return Identity(self.platform.who, self.platform.handle)

    def _pay(self) -> None:
        if not self.platform.pays:
            raise errors.Unpaid(self.platform.name, "HTTP 402 Payment Required", code="credits-depleted")

    def terms(self) -> Terms:
        return self.platform.terms

    def length(self, draft: Draft) -> int:
        return len(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        self.platform.clock.move(self.platform.slow_by)
        return f"{seed}@{at.isoformat()}"

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        self.platform.asked += 1
        self._pay()
        name = self.platform.name
        match self.platform.script.popleft() if self.platform.script else "well":
            case "well":
                return self.platform.land(draft, key)
            case "lands, answer lost":
                self.platform.land(draft, key)
                raise errors.Ambiguous(name, code="no-answer")
            case "answer lost":
                raise errors.Ambiguous(name, code="no-answer")
            case "lands, killed":
                self.platform.land(draft, key)
                raise Killed
            case "killed":
                raise Killed
            case "busy":
                raise errors.Retryable(name, "not now", retry_after=20)
            case "limited":
                raise errors.RateLimited(name, "slow down", retry_after=300)
            case "signed out":
                raise errors.AuthExpired(name, "the token was revoked")
            case "lost a picture":
                raise errors.Rejected(name, "no such picture", code=errors.PICTURE_NOT_UPLOADED)
            case "refused":
                raise errors.Rejected(name, "too many links", code="links")
            case act:
                raise AssertionError(f"the script knows no {act!r}")

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:
        if self.platform.look_ups:
            match self.platform.look_ups.popleft():
                case "cannot look":
                    raise errors.Retryable(self.platform.name, "the listing did not answer")
                case "signed out":
                    raise errors.AuthExpired(self.platform.name, "the token was revoked")
                case "silence":
                    return Unproven("it is not in the listing yet")
        for number, (text, kept, _) in enumerate(self.platform.posted, 1):
            by_text = self.platform.found_by_text or self.platform.dedupe is Dedupe.BY_SEARCH
            if text == draft.text and (by_text or kept == key):
                return Found(Receipt(RemoteRef(f"{self.platform.name}-{number}")))
        return Unproven("it is not in the listing yet") if self.platform.dedupe is Dedupe.BY_SEARCH else Absent()

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        for number, (text, _, _) in enumerate(self.platform.posted, 1):
            if reference == f"{self.platform.name}-{number}":
                ours = Found(Receipt(RemoteRef(reference)))
                return ours if text == draft.text else Unproven("that post says something else")
        return Absent()

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:
        self.platform.listened.append(listening)
        self._pay()
        if not self.platform.reads:
            raise errors.Retryable(self.platform.name, "the inbox did not answer")
        # One page of three, with an overlap of one: what a careful connector does.
        begin = max(0, int(cursor or 0) - 1)
        items = tuple(self.platform.inbox[begin : begin + 3])
        end = begin + len(items)
        return Page(items, str(end), caught_up=end >= len(self.platform.inbox), missed=self.platform.missed)

    def earlier(self, token: str | None, *, since: datetime, listening: Listening = USUAL_LISTENING) -> EarlierPage:
        self.platform.went_back.append(token)
        self.platform.listened.append(listening)
        self._answer(self.platform.answers_back, lambda: None)
        begin = int(token or 0)
        there = self.platform.past[begin : begin + self.platform.past_page]
        told = [one for one in there if one.created_at >= since]
        more = len(told) == len(there) and begin + len(there) < len(self.platform.past)
        return EarlierPage(tuple(told[::-1]), str(begin + len(there)) if more else None)

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        self.platform.looked_back.append("own posts")
        return () if before else tuple(self.platform.earlier)

    def thread(self, ref: RemoteRef) -> Thread:
        self.platform.looked_back.append(ref.id)
        if ref.id not in self.platform.threads:
            raise errors.Rejected(self.platform.name, "no such post", code="gone")
        found = self.platform.threads[ref.id]
        if found is None:
            raise errors.Retryable(self.platform.name, "the thread did not answer")
        return found

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        asked = {one.id for one in refs}
        return {one.ref.id: one for one in self.platform.inbox if one.ref.id in asked}

    def upload(self, picture: Picture, data: bytes) -> Upload:
        self.platform.uploads.append((picture.alt, data))
        done = self.platform.clock.now() + self.platform.works_for * SECOND
        return Upload(f"{len(self.platform.uploads)} until {done.isoformat()}", ready=not self.platform.works_for)

    def uploaded(self, handle: str) -> str | None:
        number, _, until = handle.partition(" until ")
        return f"{number} done" if datetime.fromisoformat(until) <= self.platform.clock.now() else None

    def moderate(self, target: Target, action: Moderation) -> None:
        self._answer(self.platform.answers_acts, lambda: self.platform.moderated.append((action.value, target)))

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:
        self.platform.counted.append(tuple(one.id for one in refs))
        self._answer(self.platform.answers_counts, lambda: None)
        known = self.platform.counts
        return Metrics(
            {one.id: known[one.id] for one in refs if one.id in known},
            self.platform.account_counts if account else {},
            {one: self.platform.community_counts[one] for one in communities if one in self.platform.community_counts},
        )

    def _answer(self, script: deque[str], do: Callable[[], None]) -> None:
        self._pay()
        name = self.platform.name
        match script.popleft() if script else "well":
            case "well":
                do()
            case "answer lost":
                do()
                raise errors.Ambiguous(name, code="no-answer")
            case "killed":
                raise Killed
            case "done, killed":
                do()
                raise Killed
            case "limited":
                raise errors.RateLimited(name, "slow down", retry_after=300)
            case "busy":
                raise errors.Retryable(name, "not now")
            case "signed out":
                raise errors.AuthExpired(name, "the token was revoked")
            case "gone":
                raise errors.Rejected(name, "no such post", code="gone")
            case "refused":
                raise errors.Rejected(name, "you are no moderator here", code="not-moderator")
            case act:
                raise AssertionError(f"the script knows no {act!r}")

    def delete(self, ref: RemoteRef) -> None:
        if not self.platform.deletes:
            raise errors.Unsupported(self.platform.name, "posts stay here")
        self.platform.deleted.append(ref.id)


@dataclass
class World:
    """A desk with an open workspace, one account on each platform, and hands on everything outside."""

    desk: Desk
    clock: MovableClock
    platforms: Mapping[str, ScriptedPlatform]
    mail: FolderMailer
    workspace: Workspace
    caller: Caller
    accounts: dict[str, Account]
    folder: Path

    def record(self) -> str:
        """Everything in the record, as the file holds it."""
        with closing(sqlite3.connect(self.folder / "record.sqlite")) as connection:
            return "\n".join(connection.iterdump())

    def schedule(self, platform: str, text: str = "Hello", *, seconds: float = 0, **body: str) -> Variant:
        """A variant that is due in so many seconds."""
        at = self.clock.now() + timedelta(seconds=seconds)
        when = Schedule(at, "UTC", at.isoformat(), timedelta(hours=1))
        wish = scheduling.Wish(self.accounts[platform].id, Body(text, **body), "/variants/0")
        post = scheduling.schedule(self.desk, self.caller, None, when, [wish], self.clock.now())
        return self.variant(post.variants[0])

    def variant(self, variant_id: str) -> Variant:
        found = self.desk.store.variants.get(self.workspace.id, variant_id)
        assert found is not None
        return found

    def hears(self, platform: str, text: str, *, number: int, author: str = "m1", thread: str = "t1") -> None:
        """Somebody says something toward our account."""
        self.platforms[platform].inbox.append(said(text, number, author=author, thread=thread))

    def by(self, role: Role, member: str) -> Caller:
        """Another person of the workspace."""
        return Caller(self.workspace.id, member, role, "token")


def said(text: str, number: int, *, author: str = "m1", thread: str = "t1") -> RemoteInteraction:
    return RemoteInteraction(
        native_id=f"native-{number}",
        kind=InteractionKind.MENTION,
        author=RemoteAuthor(author, f"handle-of-{author}", f"Name of {author}"),
        text=text,
        created_at=START + timedelta(seconds=number),
        conversation_id=thread,
        ref=RemoteRef(f"ref-{number}", f"https://platform.example/{author}/{number}"),
        language="en",
    )


def make_world(folder: Path, table: Table | None = None) -> World:
    """A world in this folder, its record there too unless another table is given."""
    clock = MovableClock()
    platforms = {
        "x": ScriptedPlatform("x", Dedupe.BY_SEARCH, clock),
        "mastodon": ScriptedPlatform("mastodon", Dedupe.BY_KEY, clock),
        "bluesky": ScriptedPlatform("bluesky", Dedupe.BY_ID, clock),
    }
    mail = FolderMailer(folder / "mail", clock=clock)
    desk = Desk(
        store=Store(table or SqliteTable(folder / "record.sqlite")),
        queue=SqliteQueue(":memory:", clock=clock),
        mailer=mail,
        vault=FileVault(folder / "vault.key"),
        blobs=FolderBlobs(folder / "blobs"),
        clock=clock,
        entropy=CountingEntropy(),
        platforms=Platforms(
            capabilities=lambda name: platforms[name].capabilities(),
            connect=lambda name, sign_in: ScriptedConnector(platforms[name], sign_in),
            length=lambda _, draft: len(draft.text),
            credential_problem=lambda _, given: None if "token" in given else "the credential lacks token",
            inbound=registry.inbound,
            way=lambda name: Way.PASSWORD if name == "bluesky" else Way.BROWSER,
            app_fields=lambda name: ("client_id",) if name == "x" else (),
            begin=lambda name, app, url, state: platforms[name].begin(app, url, state),
            finish=lambda name, _, __, secret, code: platforms[name].finish(secret, code),
            revoke=lambda name, _, __, credential: platforms[name].revoked.append(credential.get("token", "")),
        ),
        policy=Policy(
            timing={
                "x": TIMING,
                "mastodon": TIMING,
                "bluesky": Timing(TIMING.lease, TIMING.call, TIMING.landing, TIMING.visible, TIMING.skew, atomic=True),
            },
            hosts={name: (f"https://{name}.example",) for name in platforms},
            apps={"x": {"client_id": "ours"}},
            index_lag=timedelta(0),
        ),
    )
    desk.store.open()
    workspace, owner, _ = workspaces.open_workspace(desk, "Desk", "Europe/Berlin", "Owner", "owner@desk.example", START)
    caller = Caller(workspace.id, owner.id, Role.OWNER, "token")
    connected = {
        name: accounts.connect(desk, caller, name, {"token": f"secret-of-{name}"}, None, START) for name in platforms
    }
    return World(desk, clock, platforms, mail, workspace, caller, connected, folder)
