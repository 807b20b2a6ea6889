"""`python -m local.release`: leave a small record of this release behind, which every later release must still read.

It is made by the services themselves, on a clock and chance of its own and on platforms that live in memory, and holds
each noun in several states. The key beside it opens its sealed parts; it was made for this and protects nothing. A
record of a release that was published must never be made anew: it would no longer be that release's.
"""

from __future__ import annotations

import argparse
import sys
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib import VERSION, bootstrap, settings
from chalicelib.adapters.embedded.mailbox import FolderMailer
from chalicelib.adapters.embedded.queue import SqliteQueue
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.domain.access import MAY, Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.brake import Brake, Scope
from chalicelib.domain.campaign import Target
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.post import Body, Schedule
from chalicelib.domain.review import Subject, Verdict
from chalicelib.ports import Table
from chalicelib.services import (
    access,
    accounts,
    bodies,
    braking,
    campaigns,
    changing,
    checking,
    digesting,
    polling,
    publishing,
    reviewing,
    scheduling,
    taking_down,
    triaging,
    workspaces,
)
from chalicelib.services.desk import Desk
from chalicelib.services.ticking import tick
from chalicelib.store import keys
from chalicelib.store.store import Store
from connectors import errors, registry
from connectors.contract import (
    Absent,
    Capabilities,
    Dedupe,
    Draft,
    Found,
    Identity,
    InteractionKind,
    Lookup,
    Page,
    Receipt,
    RemoteAuthor,
    RemoteInteraction,
    RemoteRef,
    SignIn,
    Terms,
    Unproven,
)
from local.machine import operator_token
from local.sandbox.members import CAST, Kind

RELEASES = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "releases"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEST_KEY = b"PARLEY RELEASE FIXTURE: TEST KEY"
"""The 32 bytes of the key file, so that whoever decodes it reads what it is."""

MINUTE = timedelta(minutes=1)
SETTLED = 3 * MINUTE
"""More than lease + landing + visible + skew of every platform by default."""

LONG = "Everything that was mended this spring, and by whom. " * (bodies.SHORT // 50)
"""Too long to lie on the post itself; only Reddit takes as much."""


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
        self.remote.posted.append(draft.text)
        return self._standing(len(self.remote.posted))

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002 - the contract's
        """Nothing that was lost ever landed; whether that can be proved is the platform's own."""
        if self.capabilities.dedupe is Dedupe.BY_SEARCH:
            return Unproven("it is not in the listing yet", silent=True)
        return Absent()

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """Whether the post of this id stands here, and says so."""
        for number, text in enumerate(self.remote.posted, start=1):
            receipt = self._standing(number)
            if receipt.ref.id == reference and reference not in self.remote.deleted:
                return Found(receipt) if text == draft.text else Unproven("it says something else")
        return Absent()

    def fetch_interactions(self, cursor: str | None) -> Page:
        """Everything from the cursor on, in one page."""
        if not self.remote.reads:
            raise errors.Retryable(self.remote.name, "the inbox did not answer", retry_after=120)
        return Page(tuple(self.remote.inbox[int(cursor or 0) :]), str(len(self.remote.inbox)))

    def delete(self, ref: RemoteRef) -> None:
        """It stands here no longer."""
        self.remote.deleted.add(ref.id)

    def _standing(self, number: int) -> Receipt:
        """What the platform tells of its nth post."""
        name = self.remote.name
        root = RemoteRef(f"{name}-root", revision="r1")
        return Receipt(RemoteRef(f"{name}-{number}", f"https://{name}.example/{number}", f"r{number}", root))


def desk_on(table: Table, vault: FileVault, mail: Path, clock: Clock, remotes: Mapping[str, Remote]) -> Desk:
    """A desk on this record as bootstrap builds it, but for its clock, chance and platforms. Raises EngineUnusable."""
    hosts = {f"PARLEY_HOSTS_{one.upper()}": f"https://{one}.example" for one in settings.PLATFORMS}

    def connect(platform: str, given: SignIn) -> InMemory:
        return InMemory(remotes[platform], given, registry.capabilities(platform))

    store = Store(table)
    store.open()
    return Desk(
        store=store,
        queue=SqliteQueue(":memory:", clock=clock),
        mailer=FolderMailer(mail, clock=clock),
        vault=vault,
        clock=clock,
        entropy=Counted(),
        platforms=replace(bootstrap.platforms(), connect=connect),  # type: ignore[arg-type]
        policy=bootstrap.policy(settings.read(hosts)),
    )


def write_key(path: Path) -> FileVault:
    """The vault of the test key, whose file is made. Raises FileExistsError."""
    with path.open("x", encoding="ascii") as stream:
        stream.write(f"parley-key-1:{urlsafe_b64encode(TEST_KEY).decode()}\n")
    path.chmod(0o600)
    return FileVault(path)


def sign_in(desk: Desk, owner: Caller, name: str, now: datetime) -> Account:
    """Connect the account on this platform, or sign it in again."""
    credential = {one: f"test-{one}-of-{name}" for one in registry.credential_fields(name)[0]}
    return accounts.connect(desk, owner, name, credential, None, now)


@dataclass(slots=True)
class Record:
    """The story that the record tells, act by act."""

    desk: Desk
    clock: Clock
    remotes: Mapping[str, Remote]
    owner: Caller
    accounts: dict[str, Account] = field(default_factory=dict)
    campaign: str | None = None

    def people(self) -> None:
        """Members of every role; tokens in use, narrowed, about to expire, and revoked."""
        desk, owner, now = self.desk, self.owner, self.clock.now()
        for role in (Role.MANAGER, Role.REVIEWER, Role.SAFETY, Role.AUDITOR):
            mail = f"{role.value}@desk.example"
            workspaces.add_member(desk, owner, role.value.title(), mail, role, now, escalations=role is Role.SAFETY)
        # Every right by its name, so that a later release that renames one is told.
        rights = MAY[Role.OWNER]
        workspaces.issue_token(desk, owner, owner.member, now, scopes=rights, expires_at=now + timedelta(days=30))
        _, lost = workspaces.issue_token(desk, owner, owner.member, now)
        access.revoke(desk, owner, lost.id, self.clock.move(MINUTE))
        operator_token(desk)

    def presence(self) -> None:
        """An account on each platform, and a campaign."""
        for name in self.remotes:
            self.accounts[name] = sign_in(self.desk, self.owner, name, self.clock.now())
        self.campaign = self.plan("Spring repairs", "Bring 40 neighbours with something broken to the workshop")

    def plan(self, name: str, goal: str) -> str:
        """A campaign of every account."""
        now, every = self.clock.now(), tuple(one.id for one in self.accounts.values())
        until, targets = now + timedelta(days=60), (Target("sign-ups", 40),)
        return campaigns.create(self.desk, self.owner, name, goal, targets, every, now, until, now).id

    def schedule(
        self,
        name: str,
        text: str,
        *,
        ahead: timedelta = timedelta(0),
        publish: bool = True,
        campaign: str | None = None,
    ) -> str:
        """Schedule it; and take its first step, if it is to be."""
        reddit = {"title": "The workshop opens", "community": "repairs"} if name == "reddit" else {}
        at = self.clock.now() + ahead
        when = Schedule(at, "Europe/Berlin", f"{at + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}", timedelta(hours=1))
        body = Body(text, title=reddit.get("title"), community=reddit.get("community"), language="en")
        wish = checking.Wish(self.accounts[name].id, body, "/variants/0")
        post = scheduling.schedule(
            self.desk, self.owner, campaign or self.campaign, when, [wish], self.clock.now(), idempotency_key=text
        )
        if publish:
            self.publish(post.variants[0])
        return post.variants[0]

    def publish(self, variant: str) -> None:
        """Take the next step with it."""
        publishing.publish(self.desk, self.owner.workspace, variant)

    def edit(self, variant: str, text: str) -> None:
        """Have it say something else."""
        changing.edit(self.desk, self.owner, variant, changing.Edit(1, text=text), self.clock.now())

    def brake(self, scope: Scope, target: str | None, lasts: timedelta | None = None) -> Brake:
        """Put a brake on."""
        now = self.clock.now()
        stop = braking.Stop(scope, target, "the river rises", None if lasts is None else now + lasts)
        return braking.put_on(self.desk, self.owner, stop, now)

    def said(self) -> None:
        """Variants that came to an end: published, refused, cancelled, missed, and settled by a person."""
        for name in self.remotes:
            self.schedule(name, f"The workshop opens on {name}")
        self.remotes["x"].failures.append(errors.Rejected("x", "too many links", code="links"))
        self.schedule("x", "Refused by the platform")
        self.cancel(self.schedule("x", "Cancelled by a member", ahead=MINUTE, publish=False))
        self.in_doubt("x", "Found by a person")
        posted = self.remotes["x"].posted
        posted.append("Found by a person")
        found = reviewing.Decision(Verdict.PUBLISHED, "it stands there", remote_id=f"x-{len(posted)}")
        self.decide(Subject.VARIANT, found)
        for text in ("Closed by a person", "Whether it landed cannot be known"):
            self.in_doubt("x", text)
        self.decide(Subject.VARIANT, reviewing.Decision(Verdict.CLOSE, "no longer wanted"))
        missed = self.schedule("bluesky", "Missed", publish=False)
        self.clock.move(timedelta(hours=2))
        self.publish(missed)
        edited = self.schedule("bluesky", "Before it was edited", ahead=MINUTE, publish=False)
        self.edit(edited, "After it was edited")
        self.clock.move(MINUTE)
        self.publish(edited)
        down = self.schedule("bluesky", "Taken down again")
        taking_down.take_down(self.desk, self.owner, down, "the date was wrong", self.clock.now())

    def stopped(self) -> None:
        """A brake that was lifted and one that ended by itself, and what became of what they held."""
        brake = self.brake(Scope.PLATFORM, "bluesky")
        held = self.schedule("bluesky", "Held until the brake was lifted")
        braking.lift(self.desk, self.owner, brake.id, "the river falls", self.clock.move(MINUTE))
        self.publish(held)
        self.brake(Scope.ALL, None, timedelta(hours=2))
        missed = self.schedule("mastodon", "Held for too long")
        self.clock.move(timedelta(hours=1, minutes=30))
        self.publish(missed)
        held = self.schedule("mastodon", "Held until the brake ended")
        tick(self.desk, self.clock.move(timedelta(minutes=30)))
        self.publish(held)

    def in_doubt(self, name: str, text: str) -> None:
        """Said, and the answer lost; then looked for."""
        self.remotes[name].failures.append(errors.Ambiguous(name, code="no-answer"))
        variant = self.schedule(name, text)
        self.clock.move(SETTLED)
        self.publish(variant)

    def cancel(self, variant: str) -> None:
        """Cancel it."""
        changing.cancel(self.desk, self.owner, variant, self.clock.now())

    def decide(self, subject: Subject, decision: reviewing.Decision) -> None:
        """Claim the first open item about such a subject, and decide it."""
        waiting = reviewing.waiting(self.desk, self.owner.workspace, limit=50, after=None).items
        item = next(one for one in waiting if one.subject is subject)
        reviewing.claim(self.desk, self.owner, item.id, self.clock.now())
        reviewing.decide(self.desk, self.owner, item.id, decision, self.clock.move(MINUTE))

    def hears(self, name: str, kind: Kind) -> None:
        """Somebody new says something of this kind, in a thread of its own, and the account is read."""
        inbox = self.remotes[name].inbox
        number = len(inbox) + 1
        member = f"{CAST[kind].member}-{number}"
        inbox.append(
            RemoteInteraction(
                native_id=f"{name}-native-{number}",
                kind=InteractionKind.MENTION,
                author=RemoteAuthor(f"id-{member}", member, member.title()),
                text=CAST[kind].text,
                created_at=self.clock.now(),
                conversation_id=f"{name}-thread-{number}",
                ref=RemoteRef(f"{name}-ref-{number}", revision="r1", root=RemoteRef(f"{name}-root-{number}")),
                language="en",
                url=f"https://{name}.example/{number}",
            )
        )
        self.clock.move(MINUTE)
        self.read(name)

    def read(self, name: str) -> None:
        """Read one account as it is now."""
        account = self.desk.store.accounts.get(self.owner.workspace, self.accounts[name].id)
        if account is not None:
            polling.poll_account(self.desk, account, self.clock.now())

    def heard(self) -> None:
        """Interactions in every state that this release reaches but NEW, which comes last."""
        for kind in (Kind.PRAISE, Kind.SPAM, Kind.INSULT, Kind.INSULT, Kind.SELF_HARM):
            self.hears("mastodon", kind)
        self.triage()
        for one in self.inbox():
            if one.answer is not None:
                self.publish(one.answer)
        self.decide(Subject.INTERACTION, reviewing.Decision(Verdict.LET_GO, "answering would feed it"))
        tick(self.desk, self.clock.move(MINUTE))

    def inbox(self) -> list[Interaction]:
        """Every interaction."""
        shelf = keys.shelf(self.owner.workspace, "INBOX")
        return self.desk.store.interactions.listed(shelf, limit=100).items

    def triage(self) -> None:
        """Decide about what is new."""
        ids = [one.id for one in self.inbox()]
        triaging.triage_all(self.desk, self.owner.workspace, ids, self.clock.now())

    def told(self) -> None:
        """A digest that was sent."""
        now = self.clock.now()
        digesting.order(self.desk, self.owner, (self.owner.member,), START, now, now)
        tick(self.desk, self.clock.move(MINUTE))

    def left(self) -> None:
        """What is under way when the release is replaced: the next one takes it up from here."""
        workspaces.set_silence(self.desk, self.owner, 30 * MINUTE, self.clock.now())
        self.in_doubt("x", "Sent again once silence is long enough")
        self.held()
        self.remotes["x"].reads = False
        self.read("x")
        self.hears("bluesky", Kind.PHONE_NUMBER)
        self.hears("bluesky", Kind.PRAISE)
        self.triage()
        self.hears("bluesky", Kind.QUESTION)
        digesting.order(self.desk, self.owner, (self.owner.member,), START, self.clock.now(), self.clock.now())
        self.remotes["mastodon"].failures.append(errors.Ambiguous("mastodon", code="no-answer"))
        self.schedule("mastodon", "Being sent")
        for name in ("x", "mastodon", "bluesky"):
            self.schedule(name, f"Due soon on {name}", ahead=5 * MINUTE, publish=False)
        waiting = reviewing.waiting(self.desk, self.owner.workspace, limit=1, after=None).items
        reviewing.claim(self.desk, self.owner, waiting[0].id, self.clock.now())

    def held(self) -> None:
        """Held for either reason, some of it edited meanwhile; and an account that was just signed in again."""
        texts = ("Held while the account is signed out", "Signed out before it was edited", f"Held: {LONG}")
        held = [self.schedule("reddit", text, publish=False) for text in texts]
        for name in ("reddit", "bluesky"):
            self.remotes[name].failures.append(errors.AuthExpired(name, "the token was revoked"))
        for one in held:
            self.publish(one)
        self.edit(held[1], "Signed out, and edited")
        self.schedule("bluesky", "Released by a sign-in")
        sign_in(self.desk, self.owner, "bluesky", self.clock.now())
        market = self.plan("Autumn market", "Show what was mended")
        self.brake(Scope.CAMPAIGN, market)
        self.edit(self.schedule("mastodon", "Braked before it was edited", campaign=market), "Braked, and edited")
        self.brake(Scope.ACCOUNT, self.accounts["x"].id, 10 * MINUTE)
        self.schedule("x", "Held by a brake that ends")
        soon = self.schedule("bluesky", "Due soon, before it was edited", ahead=5 * MINUTE, publish=False)
        self.edit(soon, "Due soon, and edited")

    def tell(self) -> None:
        """All of it."""
        acts = (self.people, self.presence, self.said, self.stopped, self.heard, self.told, self.left)
        for act in acts:
            act()
            self.clock.move(MINUTE)


def leave(folder: Path, version: str = VERSION, *, force: bool = False) -> Path:
    """Make `<version>.sqlite` and `<version>.key` in a folder, and give the record's path. Raises FileExistsError."""
    record, key = folder / f"{version}.sqlite", folder / f"{version}.key"
    if record.exists() and not force:
        raise FileExistsError(f"{record.name} is there already; `--force` makes it anew, before its release only.")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as name:
        place, clock = Path(name), Clock()
        remotes = {one: Remote(one) for one in settings.PLATFORMS}
        table = SqliteTable(place / record.name)
        desk = desk_on(table, write_key(place / key.name), place / "mail", clock, remotes)
        workspace, owner, _ = workspaces.open_workspace(
            desk, "Repair Café", "Europe/Berlin", "Owner", "owner@desk.example", START
        )
        Record(desk, clock, remotes, Caller(workspace.id, owner.id, Role.OWNER, "release")).tell()
        table.close()  # the last to close it folds the write-ahead log into the file
        (place / key.name).replace(key)
        (place / record.name).replace(record)
    return record


def main(arguments: list[str] | None = None) -> int:
    """Leave this release's record behind. Returns 1 where one is there already."""
    parser = argparse.ArgumentParser(prog="python -m local.release", description=leave.__doc__)
    parser.add_argument("--force", action="store_true", help="make it anew; only before the release is out")
    parser.add_argument("--folder", type=Path, default=RELEASES, help="where to (default: the tests' fixtures)")
    asked = parser.parse_args(arguments)
    try:
        record = leave(asked.folder, force=asked.force)
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{record.name}: {record.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
