"""The units of work, each through the real services: a post, an interaction, an empty poll, an idle tick.

warm: the process has served this workspace before. cold: it has not, and reads and opens everything anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.meter.rig import Rig, Tenant
from benchmarks.meter.usage import Usage
from chalicelib.domain.account import Account
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.post import Body, Post, Schedule, VariantState
from chalicelib.ports import QueueName
from chalicelib.services import hearing, polling, probe_times, scheduling
from chalicelib.store import keys

TEXT = "The spring workshop begins on Monday at nine. Bring old clothes, we bring the paint: https://example.org/spring"

HEARD = {
    "ignored": ("Click here to claim your free gift card www.win-big.example.com", InteractionState.IGNORED),
    "review": (
        "I waited three weeks for my refund and nobody answers, this is not acceptable.",
        InteractionState.IN_REVIEW,
    ),
    "answered": ("Thank you, the new opening hours are a great help. Lovely work!", InteractionState.ANSWERED),
    "escalated": ("honestly everyone would be better off without me", InteractionState.ESCALATED),
}
"""What somebody says, and the state that it leads to under the starter guideline."""

AHEAD = timedelta(days=1)
"""Posts are scheduled a day before: nothing but the tick hints at them."""


@dataclass(frozen=True)
class Posts:
    """What so many posts used, from their schedule to their end."""

    count: int
    scheduled: Usage
    said: Usage
    """The tick that found them, less an idle one, and the workers."""

    @property
    def all(self) -> Usage:
        """Both together."""
        return self.scheduled + self.said


def write_post(rig: Rig, tenant: Tenant, account: Account, at: datetime, campaign: str | None = None) -> Post:
    """Schedule one variant as a member does."""
    when = Schedule(at, "Europe/Berlin", f"{at + timedelta(hours=1):%FT%T}", timedelta(hours=1))
    says = Body(TEXT, language="en")
    if account.platform == "reddit":
        says = replace(says, title="The spring workshop", community="workshops")
    wish = scheduling.Wish(account.id, says, "/variants/0")
    return scheduling.schedule(rig.desk, tenant.caller, campaign, when, [wish], rig.clock.now())


def posts(rig: Rig, *, tick_before: int = 30, cold: bool = False) -> Posts:
    """Every account of the rig says one thing at the same full minute; the tick runs so many seconds before."""
    at = rig.clock.now().replace(second=0) + AHEAD
    pairs = [(tenant, account) for tenant in rig.tenants for account in tenant.accounts]
    made = []
    with rig.used() as scheduled:
        for tenant, account in pairs:
            if cold:
                rig.new_process()
            made.append(write_post(rig, tenant, account, at))
    quiet(rig, at - timedelta(seconds=tick_before))
    if cold:
        rig.new_process()
    idle = idle_tick(rig)
    with rig.used() as said:
        rig.tick()
        rig.settle(60, QueueName.PUBLISH)  # what is read in this minute is counted as reading
    for (tenant, _), post in zip(pairs, made, strict=True):
        variant = rig.desk.store.variants.get(tenant.caller.workspace, post.variants[0])
        if variant is None or variant.state is not VariantState.PUBLISHED:
            raise AssertionError("a post was not published")
    return Posts(len(made), scheduled, said - idle)


def interaction(rig: Rig, outcome: str, *, cold: bool = False) -> Usage:
    """Somebody new says something, once; counted from its ingest to where it comes to rest, without the poll around it."""
    tenant = rig.tenants[0]
    account = tenant.accounts[0]
    text, state = HEARD[outcome]
    rig.hears(account, text)
    found = rig.platform.inboxes[account.native_id][-1:]
    if cold:
        rig.new_process()
    with rig.used() as heard:
        rig.usage.requests["message.heard"] += 1  # it is decided where it is heard, which leaves no line of its own
        hearing.hear(rig.desk, account, found, rig.clock.now())
        rig.deliver(QueueName.TRIAGE)
        if cold:
            rig.new_process()
        rig.deliver(QueueName.PUBLISH)
    if outcome == "escalated":
        rig.clock.at += timedelta(minutes=1)
        before = idle_tick(rig)
        with rig.used() as told:
            rig.tick()
        heard = heard + told - before
    workspace = tenant.caller.workspace
    new = rig.desk.keyed(workspace, "interaction", account.platform, found[0].native_id)
    after = rig.desk.store.interactions.get(workspace, new)
    if after is None or after.state is not state:
        raise AssertionError(f"{outcome}: the interaction came to rest as {after and after.state}")
    return heard


def poll(rig: Rig) -> Usage:
    """The first account's slot is read, and there is nothing; by default it is the only account there."""
    with rig.used() as read:
        _run(rig, _slot(rig))
    return read - _claimed(rig, _slot(rig))


def polls(rig: Rig) -> list[Usage]:
    """Every slot of the rig is read, cold, and there is nothing; what each took, by slot."""
    reads = []
    for slot in keys.slots_of(rig.platform.name):
        _run(rig, slot)  # what there was before an account was connected is read once
        rig.new_process()
        with rig.used() as read:
            _run(rig, slot)
        rig.new_process()
        reads.append(read - _claimed(rig, slot))
    return reads


def news(rig: Rig) -> Usage:
    """What a poll that found something uses beyond an empty one and beyond the ingest: it keeps how far it read."""
    account = rig.tenants[0].accounts[0]
    rig.hears(account, HEARD["ignored"][0])
    poll(rig)
    empty = poll(rig)
    rig.hears(account, HEARD["ignored"][0])
    with rig.used() as ingest:
        hearing.hear(rig.desk, account, rig.platform.inboxes[account.native_id][-1:], rig.clock.now())
    rig.hears(account, HEARD["ignored"][0])
    _run(rig, _slot(rig))
    rig.hears(account, HEARD["ignored"][0])
    return poll(rig) - empty - ingest


def _run(rig: Rig, slot: str, most: int = polling.MOST_IN_RUN) -> None:
    """Take a slot's run, once whoever had the last one is surely done."""
    rig.clock.at += polling.BUSY
    polling.run(rig.desk, {"slot": slot, "most": str(most)})


def _claimed(rig: Rig, slot: str) -> Usage:
    """What a run of it uses that reads no account: its claim, whatever the number of accounts."""
    with rig.used() as claim:
        _run(rig, slot, most=0)
    return claim


def _slot(rig: Rig) -> str:
    account = rig.tenants[0].accounts[0]
    return keys.slot_of(account.platform, account.id)


def idle_tick(rig: Rig) -> Usage:
    """A tick as it would be if nothing were due: measured on an installation without anything to do."""
    empty = Rig(rig.platform.name, 1, 1)
    empty.clock.at = rig.clock.at
    empty.tick()
    empty.settle()
    with empty.used() as idle:
        empty.tick()
    return idle


def quiet(rig: Rig, at: datetime) -> None:
    """Move to this moment with slots and credentials just looked after, so that a tick finds only what is due."""
    rig.clock.at = at - timedelta(seconds=1)
    for tenant in rig.tenants:
        for account in tenant.accounts:
            probe_times.try_soon(rig.desk, account, at + AHEAD)
    for slot in rig.desk.store.slots((rig.platform.name,)):
        rig.desk.store.claim_slot(slot, rig.clock.at)
    rig.clock.at = at
