"""The meter's figures: every unit of work counted, on the platform where it is dearest, and the bill for the load."""

from __future__ import annotations

from typing import Any

from benchmarks.meter import bill, scenarios
from benchmarks.meter.rig import PLATFORMS, Rig
from benchmarks.meter.usage import Usage

WORKSPACES, ACCOUNTS_EACH = 100, 2
"""200 posts at one full minute, as at some 144,000 accounts with two posts a day spread over the day's minutes."""
POLLED = 20, 20
"""400 accounts in a platform's four slots: about as many in each as the load takes one invocation to read."""
DENSE = 140, 10
"""1,400 posts at one full minute, as at a million accounts: the shards of the due index are full of others' posts."""


def measure(platforms: tuple[str, ...] = PLATFORMS) -> dict[str, Any]:
    """All figures. Those of a post and an interaction are warm and the highest of these platforms'; the bill is cold."""
    posts = {platform: _posts(platform, cold=False) for platform in platforms}
    units = {platform: _units(platform) for platform in platforms}
    outcomes = {
        name: max(_warm_interaction(platform, name).write_units for platform in platforms) for name in scenarios.HEARD
    }
    load, prices = bill.load(), bill.prices()
    bills = [bill.usd_per_1000_accounts(one, load, prices) for one in units.values()]
    usd = {service: round(sum(one[service] for one in bills) / len(bills), 3) for service in bills[0]}
    return {
        "calls_per_post": max(one.all.of("dynamodb") / one.count for one in posts.values()),
        "wru_per_post": max(one.all.write_units / one.count for one in posts.values()),
        "rru_per_post": max(one.all.read_units / one.count for one in posts.values()),
        "queue_requests_per_post": max(one.all.of("sqs") / one.count for one in posts.values()),
        "wru_per_interaction": outcomes["ignored"],
        "wru_by_outcome": outcomes,
        "wru_of_a_poll_with_news": max(one.news.write_units for one in units.values()),
        "wru_empty_poll": max(one.empty_poll.write_units for one in units.values()),
        "rru_empty_poll": max(round(one.empty_poll.read_units, 2) for one in units.values()),
        "queries_idle_tick": max(one.idle_tick.index_queries for one in units.values()),
        "usd_per_1000_accounts_month": round(sum(usd.values()), 2),
        "usd": usd,
        "prices": prices["as_of"],
    }


def _posts(platform: str, *, cold: bool) -> scenarios.Posts:
    rig = Rig(platform, WORKSPACES, ACCOUNTS_EACH)
    scenarios.posts(rig)  # an account's first post makes its budget; and the process has met every workspace
    return scenarios.posts(rig, cold=cold)


def dense() -> dict[str, float]:
    """What a post uses where a million accounts speak, beside what `measure` tells."""
    rig = Rig("mastodon", *DENSE)
    scenarios.posts(rig)
    posts = scenarios.posts(rig)
    return {
        "calls_per_post": round(posts.all.of("dynamodb") / posts.count, 2),
        "rru_per_post": round(posts.all.read_units / posts.count, 2),
        "queue_requests_per_post": round(posts.all.of("sqs") / posts.count, 2),
    }


def _warm_interaction(platform: str, outcome: str) -> Usage:
    rig = Rig(platform)
    scenarios.interaction(rig, "ignored")
    return scenarios.interaction(rig, outcome)


def _units(platform: str) -> bill.Units:
    """One of each, cold; averaged over the platforms by whoever asks."""
    posts, polled = _posts(platform, cold=True), Rig(platform, *POLLED)
    polls = sum(scenarios.polls(polled), Usage())
    return bill.Units(
        post=bill.times(posts.all, 1 / posts.count),
        outcomes={name: scenarios.interaction(Rig(platform), name, cold=True) for name in scenarios.HEARD},
        news=scenarios.news(Rig(platform)),
        empty_poll=bill.times(polls, 1 / sum(len(tenant.accounts) for tenant in polled.tenants)),
        idle_tick=scenarios.idle_tick(Rig(platform)),
    )
