"""What a record is made on: a clock and chance of its own, platforms in memory, and a feed that stands still."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chalicelib import bootstrap, settings
from chalicelib.adapters.embedded.blobs import FolderBlobs
from chalicelib.adapters.embedded.mailbox import FolderMailer
from chalicelib.adapters.embedded.queue import SqliteQueue
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account
from chalicelib.ports import UNKNOWN, Answer, Fetched, Question, Table, Validators
from chalicelib.services import accounts
from chalicelib.services.desk import Desk
from chalicelib.store.store import Store
from connectors import errors, registry
from connectors.capabilities import Capabilities, Dedupe, Terms
from connectors.communities import CommunityRules
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
    RemoteInteraction,
    RemoteRef,
    SignIn,
    Thread,
    Unproven,
    Upload,
)
from connectors.metrics import Counts, Measure, Metrics
from connectors.moderation import Moderation, Target
from connectors.signing import App, Begun

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""

TEST_KEY = b"PARLEY RELEASE FIXTURE: TEST KEY"
"""The 32 bytes of the key file, so that whoever decodes it reads what it is."""

FEED = b"""<?xml version="1.0"?>
<rss version="2.0"><channel><title>Tool Library</title><link>https://tools.example/</link>
<item><guid>7</guid><title>How to sharpen a plane</title><link>https://tools.example/7</link></item>
<item><guid>6</guid><title>Which glue for what</title><link>https://tools.example/6</link></item>
</channel></rss>
"""


@dataclass(slots=True)
class Clock:
    """ports.Clock that stands until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return self.at

    def move(self, by: timedelta) -> datetime:
        """Let some time pass; the time it is then."""
        self.at += by
        return self.at


@dataclass(slots=True)
class Counted:
    """ports.Entropy that counts: bytes that differ each time, the same in every run."""

    count: int = 0

    def token(self, size: int) -> bytes:
        """`size` bytes."""
        self.count += 1
        return self.count.to_bytes(size, "big")


@dataclass(slots=True)
class Remote:
    """One platform in memory: what stands there, what was said toward us, and which errors come next."""

    name: str
    failures: deque[errors.ConnectorError] = field(default_factory=deque)
    posted: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    inbox: list[RemoteInteraction] = field(default_factory=list)
    reads: bool = True
    works: bool = False
    """It works on pictures for a while."""
    missed: tuple[str, ...] = ()
    """What of all that is listened to it does not tell."""
    earlier: list[EarlierPost] = field(default_factory=list)
    """What was posted before Parley came."""
    threads: dict[str, Thread] = field(default_factory=dict)
    """What stands around a post, by its id."""
    moderated: list[Moderation] = field(default_factory=list)
    """What it was asked to do about what was said, in order."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """A connector to a platform in memory."""

    remote: Remote
    given: SignIn
    capabilities: Capabilities

    def sign_in(self) -> None:
        """Open a session where there is none."""
        if self.given.sessions is not None and self.given.sessions.load() is None:
            self.given.sessions.save(f"session of {self.remote.name}")

    def identify(self) -> Identity:
        """Always the same."""
        return Identity(f"{self.remote.name}-us", f"desk-on-{self.remote.name}")

    def terms(self) -> Terms:
        """As everywhere."""
        return Terms()

    def length(self, draft: Draft) -> int:
        """As the platform's own connector counts."""
        return registry.length(self.remote.name, draft)

    def new_key(self, seed: str, at: datetime) -> str:
        """Seed and time."""
        return f"{seed}@{at.isoformat()}"

    def publish(self, draft: Draft, *, key: str) -> Receipt:  # noqa: ARG002 - the contract's
        """The next failure, if one was put there; otherwise it stands."""
        if self.remote.failures:
            raise self.remote.failures.popleft()
        refs = [self._said(one) for one in (draft, *draft.thread)]
        return Receipt(refs[0], thread=tuple(refs[1:]))

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002 - the contract's
        """Nothing that was lost ever landed; whether that can be proved is the platform's own."""
        if self.capabilities.dedupe is Dedupe.BY_SEARCH:
            return Unproven("it is not in the listing yet", silent=True)
        return Absent()

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """Whether the post of this id stands here, and says so."""
        for number, text in enumerate(self.remote.posted, start=1):
            ref = self._standing(number)
            if ref.id == reference and reference not in self.remote.deleted:
                return Found(Receipt(ref)) if text == draft.text else Unproven("it says something else")
        return Absent()

    def earlier(
        self,
        token: str | None,  # noqa: ARG002 - the contract's
        *,
        since: datetime,  # noqa: ARG002
        listening: Listening = USUAL_LISTENING,  # noqa: ARG002
    ) -> EarlierPage:
        """Nothing was said before Parley came."""
        return EarlierPage((), None)

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        """What was posted before, in one page."""
        return () if before is not None else tuple(self.remote.earlier)

    def thread(self, ref: RemoteRef) -> Thread:
        """What stands around it; nothing, where nothing was put there."""
        return self.remote.threads.get(ref.id, Thread())

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:  # noqa: ARG002
        """Everything from the cursor on, in one page."""
        if not self.remote.reads:
            raise errors.Retryable(self.remote.name, "the inbox did not answer", retry_after=120)
        told = tuple(self.remote.inbox[int(cursor or 0) :])
        return Page(told, str(len(self.remote.inbox)), missed=self.remote.missed)

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """It shows nothing a second time: whoever asks goes on with what they have."""
        raise errors.Unsupported(self.remote.name, f"none of the {len(refs)} is shown again")

    def moderate(self, target: Target, action: Moderation) -> None:  # noqa: ARG002 - the contract's
        """It is so from now on."""
        self.remote.moderated.append(action)

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:
        """Seven of everything that the platform counts of posts; what was taken down is not told."""
        likes: Counts = {
            one: 7 for one in (Measure.LIKES, Measure.REPLIES, Measure.SCORE) if one in self.capabilities.measures
        }
        posts: dict[str, Counts] = {one.id: likes for one in refs if one.id not in self.remote.deleted}
        people = {Measure.FOLLOWERS: 70} if account else {}
        return Metrics(posts, people, {one: {Measure.SUBSCRIBERS: 700} for one in communities})

    def rules_of(self, community: str) -> CommunityRules:  # noqa: ARG002 - the contract's
        """Links lead anywhere but to one place."""
        return CommunityRules(not_domains=("prize.example",))

    def delete(self, ref: RemoteRef) -> None:
        """It stands here no longer."""
        self.remote.deleted.add(ref.id)

    def upload(self, picture: Picture, data: bytes) -> Upload:  # noqa: ARG002 - the contract's
        """It holds the picture, and may still work on it."""
        return Upload(f"{self.remote.name}-holds-{picture.id}", ready=not self.remote.works)

    def uploaded(self, handle: str) -> str | None:
        """What it holds, once it is done with it."""
        return None if self.remote.works else handle

    def _said(self, draft: Draft) -> RemoteRef:
        self.remote.posted.append(draft.text)
        return self._standing(len(self.remote.posted))

    def _standing(self, number: int) -> RemoteRef:
        """What the platform tells of its nth post."""
        name = self.remote.name
        root = RemoteRef(f"{name}-root", revision="r1")
        return RemoteRef(f"{name}-{number}", f"https://{name}.example/{number}", f"r{number}", root)


class Naming(InMemory):
    """A platform that has to be told by id whom a text names."""

    def whom(self, draft: Draft) -> dict[str, str]:
        """Everybody has an id."""
        words = [word.strip(".,:;!?").lower() for part in (draft, *draft.thread) for word in part.text.split()]
        return {word[1:]: f"id-of-{word[1:]}" for word in words if word.startswith("@")}


class OneReader:
    """ports.SecondReader that sees a little of every risk."""

    name = "second-of-the-record"
    labels = frozenset({"insult", "threat"})

    def price(self, question: Question) -> int:  # noqa: ARG002 - the port's
        """The same for everything."""
        return 40

    def ask(self, question: Question) -> Answer:
        """300 of 1000, for less than was feared."""
        return Answer(dict.fromkeys(question.labels, 300), "unclear", 30)


class OneFeed:
    """ports.Fetcher of a world in which there is one feed, at every address, and nothing new in it."""

    def get(self, url: str, *, most: int, types: frozenset[str], known: Validators = UNKNOWN) -> Fetched:  # noqa: ARG002
        """The feed; nothing where that is known."""
        tag = Validators(etag="1")
        if known.etag == tag.etag:
            return Fetched(url, "", b"", tag, changed=False)
        return Fetched(url, "application/rss+xml", FEED, tag)


def desk_on(table: Table, vault: FileVault, home: Path, clock: Clock, remotes: Mapping[str, Remote]) -> Desk:
    """A desk on this record as bootstrap builds it, but for its clock, chance, platforms and web. Raises EngineUnusable.

    home: where mails and pictures go. A record is left without its pictures: only what platforms hold can be shown again.
    """
    hosts = {f"PARLEY_HOSTS_{one.upper()}": f"https://{one}.example" for one in settings.PLATFORMS}

    def connect(platform: str, given: SignIn) -> InMemory:
        kind = Naming if platform == "bluesky" else InMemory
        return kind(remotes[platform], given, registry.capabilities(platform))

    store = Store(table)
    store.open()
    return Desk(
        store=store,
        queue=SqliteQueue(":memory:", clock=clock),
        mailer=FolderMailer(home / "mail", clock=clock),
        vault=vault,
        blobs=FolderBlobs(home / "blobs"),
        fetcher=OneFeed(),
        clock=clock,
        entropy=Counted(),
        platforms=replace(bootstrap.platforms(), connect=connect, begin=begin, finish=finish),  # type: ignore[arg-type]
        policy=bootstrap.policy(settings.read(hosts)),
        second=OneReader(),
    )


def begin(platform: str, app: App, base_url: str, state: str) -> Begun:
    """The first half of a sign-in in a browser that nobody opens: our app is registered where it was not known."""
    client = dict(app.client) or {"client_id": f"client-on-{platform}", "client_secret": "test-secret-of-the-app"}
    return Begun(f"{base_url}/authorize?state={state}", {**client, "verifier": "test-verifier"})


def finish(platform: str, app: App, base_url: str, secret: Mapping[str, str], code: str) -> Mapping[str, str]:  # noqa: ARG001
    """The second half: what signs the account in from then on."""
    return credential_of(platform)


def write_key(path: Path) -> FileVault:
    """The vault of the test key, whose file is made. Raises FileExistsError."""
    with path.open("x", encoding="ascii") as stream:
        stream.write(f"parley-key-1:{urlsafe_b64encode(TEST_KEY).decode()}\n")
    path.chmod(0o600)
    return FileVault(path)


def sign_in(desk: Desk, owner: Caller, name: str, now: datetime) -> Account:
    """Connect the account on this platform, or sign it in again."""
    return accounts.connect(desk, owner, name, credential_of(name), None, now)


def credential_of(name: str) -> dict[str, str]:
    """What signs in to this platform; it opens nothing."""
    return {one: f"test-{one}-of-{name}" for one in registry.credential_fields(name)[0]}
