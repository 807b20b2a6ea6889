"""`python -m benchmarks.meter.beside`: what is done beside the load of the bill, counted the same way; prints one JSON line.

A credential that is tried, accounts and posts that are counted, own threads and waiting messages that are read again, and an
act of moderation. Each warm, on the platform where it is dearest; queue requests are those between the tick and the worker.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from benchmarks.meter import scenarios
from benchmarks.meter.rig import PLATFORMS, Connected, ListeningPlatform, Rig
from benchmarks.meter.usage import Usage
from chalicelib.domain.account import Account
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.listening import Listening as Wanted
from chalicelib.domain.looking_back import AT_LEAST_EVERY
from chalicelib.services import hearing, listening, measuring, moderating, polling, probe_times, rereading
from chalicelib.services.moderating import Wish
from connectors.contract import RemoteInteraction, RemoteRef, SignIn
from connectors.metrics import Measure, Metrics
from connectors.moderation import Moderation, Target

_MUCH = timedelta(days=2)


class Answering(Connected):
    """A connector that also counts, reads again and moderates."""

    def metrics(self, refs: Sequence[RemoteRef], *, account: bool = False, communities: Sequence[str] = ()) -> Metrics:
        """Six counts of each post, two of the account."""
        told = dict.fromkeys(list(Measure)[:6], 1234)
        of_account = {Measure.FOLLOWERS: 12_345, Measure.POSTS: 678} if account else {}
        return Metrics({one.id: told for one in refs}, of_account, dict.fromkeys(communities, of_account))

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """As it was said."""
        asked = {one.id for one in refs}
        every = [one for inbox in self.platform.inboxes.values() for one in inbox]
        return {one.ref.id: one for one in every if one.ref.id in asked}

    def moderate(self, target: Target, action: Moderation) -> None:
        """Done."""


class _Platform(ListeningPlatform):
    def connect(self, given: SignIn) -> Connected:
        return Answering(self, given)


def measure(platforms: Sequence[str] = PLATFORMS) -> dict[str, dict[str, float]]:
    """DynamoDB's calls and write units, and queue requests, of each unit of work."""
    return {name: _dearest(unit, platforms) for name, unit in UNITS.items()}


def _dearest(unit: Callable[[Rig], Usage], platforms: Sequence[str]) -> dict[str, float]:
    found = [unit(_rig(one)) for one in platforms]
    return {
        "calls": max(one.of("dynamodb") for one in found),
        "write_units": max(one.write_units for one in found),
        "queue_requests": max(one.of("sqs") for one in found),
    }


def _rig(platform: str) -> Rig:
    rig = Rig(platform)
    rig.platform.__class__ = _Platform
    scenarios.interaction(rig, "ignored")  # the process has met the workspace
    return rig


def _account(rig: Rig) -> Account:
    (tenant,) = rig.tenants
    found = rig.desk.store.accounts.get(tenant.caller.workspace, tenant.accounts[0].id)
    if found is None:
        raise AssertionError("the account is gone")
    return found


def _probe(rig: Rig) -> Usage:
    """Its moment has come: the tick finds it, a worker asks the platform who is signed in."""
    at = rig.clock.now().replace(second=0) + _MUCH
    scenarios.quiet(rig, at)
    probe_times.try_soon(rig.desk, _account(rig), at)
    idle = scenarios.idle_tick(rig)
    with rig.used() as used:
        rig.tick()
        rig.deliver()
    return used - idle


def _counted(rig: Rig, posts: int) -> Usage:
    """One round of a workspace that counts: so many posts that are due at once, and nothing else."""
    (tenant,) = rig.tenants
    measuring.switch(rig.desk, tenant.caller, rig.clock.now(), on=True)
    for _ in range(2):
        measuring.take_round(rig.desk, tenant.caller.workspace, rig.clock.now())
        rig.clock.at += measuring.EVERY
    if posts:
        scenarios.posts(rig)
        measuring.take_round(rig.desk, tenant.caller.workspace, rig.clock.now())
        rig.clock.at += measuring.EVERY
    with rig.used() as used:
        measuring.take_round(rig.desk, tenant.caller.workspace, rig.clock.now())
    return used


def _daily_count(rig: Rig) -> Usage:
    """The round in which an account itself is counted, beyond one in which nothing is."""
    idle = _counted(rig, 0)
    rig.clock.at += measuring.DAY
    with rig.used() as used:
        measuring.take_round(rig.desk, rig.tenants[0].caller.workspace, rig.clock.now())
    return used - idle


def _threads(rig: Rig) -> Usage:
    """The daily look at an account's own posts, where no thread is to be read, beyond an empty reading of its inbox."""
    account, now = _account(rig), rig.clock.now()
    if rig.desk.platforms.capabilities(account.platform).micro_usd_per_read:
        listening.listen_for(rig.desk, rig.tenants[0].caller, account.id, Wanted(threads=True), now)
    for _ in range(3):
        polling.poll_account(rig.desk, _account(rig), rig.clock.now())
        rig.clock.at += _MUCH  # and it has found its tier
    polling.poll_account(rig.desk, _account(rig), rig.clock.now())
    with rig.used() as empty:
        polling.poll_account(rig.desk, _account(rig), rig.clock.now())
    rig.clock.at += AT_LEAST_EVERY
    with rig.used() as used:
        polling.poll_account(rig.desk, _account(rig), rig.clock.now())
    return used - empty


def _waiting(rig: Rig, outcome: str = "review") -> Interaction:
    account = _account(rig)
    rig.hears(account, scenarios.HEARD[outcome][0])
    found = rig.platform.inboxes[account.native_id][-1]
    hearing.hear(rig.desk, account, [found], rig.clock.now())
    name = rig.desk.keyed(account.workspace, "interaction", account.platform, found.native_id)
    heard = rig.desk.store.interactions.get(account.workspace, name)
    if heard is None:
        raise AssertionError("it was not heard")
    return heard


def _reread(rig: Rig) -> Usage:
    """An answer's message is read again before the answer goes out; it stands there as it was."""
    heard = _waiting(rig)
    rig.clock.at += rereading.SURE_FOR
    with rig.used() as used:
        if not rereading.fresh(rig.desk, heard, rig.clock.now()):
            raise AssertionError("it stands there as it was")
    return used


def _moderation(rig: Rig) -> Usage:
    """Somebody is muted (blocked, where nobody is muted), from the decision until the platform did it."""
    heard = _waiting(rig, "ignored")
    (tenant,) = rig.tenants
    can = rig.desk.platforms.capabilities(rig.platform.name).moderations
    action = Moderation.MUTE if Moderation.MUTE in can else Moderation.BLOCK
    clause = rig.desk.guideline(rig.desk.workspace(tenant.caller.workspace)).clauses[0].id
    with rig.used() as used:
        wish = Wish(action.value, "it drives people away", (clause,))
        ruling = moderating.moderate(rig.desk, tenant.caller, heard.id, wish, rig.clock.now())
        rig.deliver()
    done = rig.desk.store.rulings.get(ruling.workspace, ruling.id)
    if done is None or done.open:
        raise AssertionError("no worker did it")
    return used


UNITS: Mapping[str, Callable[[Rig], Usage]] = {
    "credential_tried": _probe,
    "round_of_counting_with_nothing_due": lambda rig: _counted(rig, 0),
    "round_of_counting_with_a_post": lambda rig: _counted(rig, 1),
    "account_counted": _daily_count,
    "own_posts_looked_at": _threads,
    "message_read_again_before_its_answer": _reread,
    "moderation": _moderation,
}


def main() -> None:
    """Measure and print."""
    print(json.dumps(measure()))


if __name__ == "__main__":
    main()
