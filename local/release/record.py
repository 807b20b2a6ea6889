"""The record while its story is told: whose it is, and what the acts do to it again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from chalicelib.domain import timing
from chalicelib.domain.access import MAY, Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.brake import Brake, Scope
from chalicelib.domain.campaign import Segment, Target
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.post import Attachment, Body, HalfSent, Part, Schedule
from chalicelib.domain.review import Subject
from chalicelib.domain.series import spelled
from chalicelib.services import (
    access,
    braking,
    campaigns,
    changing,
    checking,
    polling,
    publishing,
    reviewing,
    scheduling,
    spending,
    triaging,
    workspaces,
)
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from connectors import errors
from connectors.capabilities import InteractionKind
from connectors.contract import RemoteAuthor, RemoteInteraction, RemoteRef
from local.machine import operator_token
from local.release.platforms import Clock, Remote, sign_in
from local.sandbox.members import CAST, Kind

ZONE = "Europe/Berlin"
MINUTE = timedelta(minutes=1)
SETTLED = 3 * MINUTE
"""More than lease + landing + visible + skew of every platform by default."""

CAP = 20_000_000
"""Micro-dollars a month: far more than the story spends."""


@dataclass(slots=True)
class Record:
    """A workspace at its desk, with its accounts, its first campaign and the people who do not own it, by role."""

    desk: Desk
    clock: Clock
    remotes: Mapping[str, Remote]
    owner: Caller
    accounts: dict[str, Account] = field(default_factory=dict)
    members: dict[Role, Caller] = field(default_factory=dict)
    campaign: str = ""

    def people(self) -> None:
        """Members of every role; tokens in use, narrowed, about to expire, and revoked."""
        desk, owner, now = self.desk, self.owner, self.clock.now()
        for role in (Role.MANAGER, Role.REVIEWER, Role.SAFETY, Role.AUDITOR):
            mail, told = f"{role.value}@desk.example", role is Role.SAFETY
            member, _ = workspaces.add_member(desk, owner, role.value.title(), mail, role, now, escalations=told)
            self.members[role] = Caller(owner.workspace, member.id, role, "release")
        # Every right by its name, so that a later release that renames one is told.
        rights = MAY[Role.OWNER]
        workspaces.issue_token(desk, owner, owner.member, now, scopes=rights, expires_at=now + timedelta(days=30))
        _, lost = workspaces.issue_token(desk, owner, owner.member, now)
        access.revoke(desk, owner, lost.id, self.clock.move(MINUTE))
        operator_token(desk)

    def presence(self) -> None:
        """An account on each platform, a cap on what they spend, and a campaign of all of them."""
        spending.set_cap(self.desk, self.owner, CAP, 800, self.clock.now())
        for name in self.remotes:
            self.accounts[name] = sign_in(self.desk, self.owner, name, self.clock.now())
        targets = (Target("sign-ups", 40, unit="people"), Target("posts_published", 12))
        neighbours = Segment("Neighbours", platform="mastodon", language="en", zone=ZONE, tags=("repair",))
        goal = "Bring 40 neighbours with something broken to the workshop"
        self.campaign = self.plan("Spring repairs", goal, targets, (neighbours,), CAP // 2)
        campaigns.count_by_hand(self.desk, self.owner, self.campaign, "sign-ups", 7, "the list", self.clock.now())

    def plan(
        self,
        name: str,
        goal: str,
        targets: tuple[Target, ...] = (),
        segments: tuple[Segment, ...] = (),
        budget: int | None = None,
    ) -> str:
        """A campaign of every account."""
        desk, owner, now, every = self.desk, self.owner, self.clock.now(), tuple(self.accounts.values())
        names, until = tuple(one.id for one in every), now + timedelta(days=60)
        return campaigns.create(
            desk, owner, name, goal, targets, names, now, until, now, segments=segments, budget_micro_usd=budget
        ).id

    # --- what is said ------------------------------------------------------------------------------------------------

    def when(self, ahead: timedelta = timedelta(0)) -> Schedule:
        """So far ahead, by the clock on the wall."""
        at = self.clock.now() + ahead
        return Schedule(at, ZONE, spelled(timing.wall_time(at, ZONE)), timedelta(hours=1))

    def body(self, name: str, text: str, pictures: Sequence[Attachment] = (), rest: Sequence[str] = ()) -> Body:
        """A text as this platform takes it; `rest`: the parts of a thread that follow."""
        title, community = ("The workshop opens", "repairs") if name in {"reddit", "lemmy"} else (None, None)
        return Body(text, title, community, "en", pictures=tuple(pictures), rest=tuple(map(Part, rest)))

    def schedule(
        self,
        name: str,
        text: str,
        *,
        ahead: timedelta = timedelta(0),
        publish: bool = True,
        campaign: str | None = None,
        pictures: Sequence[Attachment] = (),
        rest: Sequence[str] = (),
        labels: Sequence[str] = (),
    ) -> str:
        """Schedule it; and take its first step, if it is to be."""
        wish = checking.Wish(self.accounts[name].id, self.body(name, text, pictures, rest), "/variants/0")
        post = scheduling.schedule(
            self.desk,
            self.owner,
            campaign or self.campaign,
            self.when(ahead),
            [wish],
            self.clock.now(),
            idempotency_key=text,
            labels=labels,
            half_sent=HalfSent.GO_ON,
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

    def cancel(self, variant: str) -> None:
        """Cancel it."""
        changing.cancel(self.desk, self.owner, variant, self.clock.now())

    def in_doubt(self, name: str, text: str) -> None:
        """Said, and the answer lost; then looked for."""
        self.remotes[name].failures.append(errors.Ambiguous(name, code="no-answer"))
        variant = self.schedule(name, text)
        self.clock.move(SETTLED)
        self.publish(variant)

    def brake(self, scope: Scope, target: str | None, lasts: timedelta | None = None) -> Brake:
        """Put a brake on."""
        now = self.clock.now()
        stop = braking.Stop(scope, target, "the river rises", None if lasts is None else now + lasts)
        return braking.put_on(self.desk, self.owner, stop, now)

    def decide(self, subject: Subject, decision: reviewing.Decision) -> None:
        """Claim the first open item about such a subject, and decide it."""
        waiting = reviewing.waiting(self.desk, self.owner.workspace, limit=50, after=None).items
        item = next(one for one in waiting if one.subject is subject)
        reviewing.claim(self.desk, self.owner, item.id, self.clock.now())
        reviewing.decide(self.desk, self.owner, item.id, decision, self.clock.move(MINUTE))

    # --- what is heard -----------------------------------------------------------------------------------------------

    def hears(self, name: str, kind: Kind, /, **otherwise: Any) -> Interaction:
        """Somebody new says something of this kind, in a thread of its own, and the account is read; gives what was heard.

        otherwise: fields of the remote interaction that are not as usual.
        """
        inbox = self.remotes[name].inbox
        number = len(inbox) + 1
        member = f"{CAST[kind].member}-{number}"
        said = RemoteInteraction(
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
        inbox.append(replace(said, **otherwise))
        known = {one.id for one in self.inbox()}
        self.clock.move(MINUTE)
        self.read(name)
        return next(one for one in self.inbox() if one.id not in known)

    def read(self, name: str) -> None:
        """Read one account as it is now."""
        account = self.desk.store.accounts.get(self.owner.workspace, self.accounts[name].id)
        if account is not None:
            polling.poll_account(self.desk, account, self.clock.now())

    def inbox(self) -> list[Interaction]:
        """Every interaction."""
        shelf = keys.shelf(self.owner.workspace, "INBOX")
        return self.desk.store.interactions.listed(shelf, limit=100).items

    def triage(self) -> None:
        """Decide about what is new."""
        ids = [one.id for one in self.inbox()]
        triaging.triage_all(self.desk, self.owner.workspace, ids, self.clock.now())
