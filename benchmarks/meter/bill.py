"""Requests and units in dollars: a load (load.toml) of counted units of work at dated list prices (prices.toml).

What the load takes for granted (outcomes, how often accounts are polled, how long a platform takes to answer) is written
there and nowhere else. Everything is counted cold: at a million accounts a process rarely meets a workspace twice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.meter.usage import Usage

HERE = Path(__file__).parent
_GB = 1024**3
_MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True)
class Units:
    """What one of each unit of work uses."""

    post: Usage
    outcomes: Mapping[str, Usage]
    """Of an interaction, by what was decided."""
    news: Usage
    """What a poll that found something uses beyond an empty one."""
    empty_poll: Usage
    idle_tick: Usage


def prices() -> dict[str, Any]:
    """The dated price list."""
    return tomllib.loads((HERE / "prices.toml").read_text(encoding="utf-8"))


def load() -> dict[str, Any]:
    """The load, and what it takes for granted."""
    return tomllib.loads((HERE / "load.toml").read_text(encoding="utf-8"))


def usd_per_1000_accounts(units: Units, at: Mapping[str, Any], cost: Mapping[str, Any]) -> dict[str, float]:
    """Dollars a month for 1,000 accounts, by service. at: the load; cost: the price list."""
    parts = _account_month(units, at)
    installation = times(units.idle_tick, _MINUTES_OF_A_DAY * at["days"] / at["accounts"])
    used = _plus(*parts.values())
    everything = _plus(used, installation)
    source = at["event_source"]
    asking = source["queues"] * source["receives_a_minute"] * _MINUTES_OF_A_DAY * at["days"] / at["accounts"]
    kept = used.stored_bytes / at["days"] * at["retention_days"] / _GB
    invocations = everything.of("lambda")
    logged = (everything.log_bytes + invocations * at["lambda"]["own_log_bytes"]) / _GB
    each: dict[str, float] = {
        "dynamodb": everything.write_units * _price(cost, "dynamodb_write_unit")
        + everything.read_units * _price(cost, "dynamodb_read_unit"),
        "storage": kept * (_price(cost, "dynamodb_stored_gb_month") + _price(cost, "dynamodb_recovery_gb_month")),
        "lambda": invocations * _price(cost, "lambda_request")
        + sum(_seconds(name, one, at) for name, one in {**parts, "ticks": installation}.items())
        * at["lambda"]["gb"]
        * _price(cost, "lambda_gb_second"),
        "sqs": (everything.of("sqs") + asking) * _price(cost, "sqs_request"),
        "kms": everything.of("kms") * _price(cost, "kms_request"),
        "ses": everything.of("ses") * _price(cost, "ses_mail"),
        "logs": logged * _price(cost, "log_gb"),
    }
    return {service: float(1000 * dollars) for service, dollars in each.items()}


def polls_a_day(at: Mapping[str, Any]) -> float:
    """How often an account is read, over all tiers."""
    return sum(
        float(share) * _MINUTES_OF_A_DAY / float(name.removeprefix("every_")) for name, share in at["polls"].items()
    )


def times(usage: Usage, factor: float) -> Usage:
    """So many of it; counts are then shares, not whole numbers."""
    scaled = {name: value * factor for name, value in vars(usage).items() if name != "requests"}
    result = Usage(**scaled)
    for name, count in usage.requests.items():
        result.requests[name] = count * factor  # type: ignore[assignment]
    return result


def _plus(*usages: Usage) -> Usage:
    total = Usage()
    for one in usages:
        total = total + one
    return total


def _account_month(units: Units, at: Mapping[str, Any]) -> dict[str, Usage]:
    """What one account uses in a month, by what for; its workspace's digests' share stands with the interactions."""
    day, days, batches = at["of_an_account_a_day"], at["days"], at["batches"]
    heard = day["interactions"] * days
    decided = [times(units.outcomes[name], heard * share) for name, share in at["outcomes"].items()]
    polls = polls_a_day(at) * days
    digests = at["mails"]["digests_of_a_workspace_a_day"] * days / at["accounts_of_a_workspace"]
    listening, mails = Usage(), Usage()
    listening.requests["lambda.listen"] = polls / batches["polls_of_an_invocation"]
    mails.requests["ses.SendRawEmail"] = digests
    return {
        "posts": times(units.post, day["posts"] * days),
        "interactions": _plus(*decided, mails),
        "polls": _plus(times(units.news, heard), times(units.empty_poll, polls), listening),
    }


def _seconds(part: str, usage: Usage, at: Mapping[str, Any]) -> float:
    """How long the functions wait and compute, by the milliseconds that the load gives to each request.

    Accounts are listened to, and spoken for, side by side (workers/queues.py): such waits are shared.
    """
    each, beside = at["milliseconds"], at["lambda"]["side_by_side"]
    waited = 0.0
    for name, count in usage.requests.items():
        shared = beside if part == "polls" or name == "platform.publish" else 1
        waited += count * each.get(name, each.get(name.partition(".")[0], 0)) / shared
    return (waited + usage.log_lines * each["message"]) / 1000


def _price(cost: Mapping[str, Any], name: str) -> float:
    return float(cost[name]["usd"]) / float(cost[name]["per"])
