"""`python -m benchmarks.lateness [--posts N]`: how late posts are when nothing goes wrong, in virtual time, one JSON line.

N posts of 200 accounts at seeded random moments of two hours, scheduled long before. by_queue: ticks each minute, hints with
whole seconds of delay, rounded up, as on AWS. embedded: ticks each second, hints with their exact delay, looked for ten
times a second, as on one machine. Seconds, measured at the platform; calls take no time. early must be 0. What a cold start,
a busy worker or a slow platform adds is not in it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks.virtual import START, Virtual, virtual
from chalicelib.ports import QueueName
from chalicelib.services import lines, ticking
from connectors.capabilities import Allowance
from local.runner import LOOK_EVERY, TICK_EVERY

SPAN = timedelta(hours=2)
ACCOUNTS = 200
SEED = 4


def measure(posts: int, tick: timedelta, *, look_every: timedelta | None) -> dict[str, float]:
    """Lateness with ticks so far apart. look_every: how often a queue is looked at; None where it calls by itself."""
    world = virtual(allowance=Allowance(300, timedelta(minutes=5)), exact=look_every is not None)
    world.desk = replace(world.desk, policy=replace(world.desk.policy, tick_every=tick))
    draw = random.Random(SEED)
    caller, accounts = world.open("desk", ACCOUNTS)
    due: dict[str, datetime] = {}
    for number in range(posts):
        at = START + draw.random() * SPAN
        due[f"{number}"] = at
        world.schedule(caller, draw.choice(accounts), [f"{number}"], at, timedelta(0), timedelta(hours=1))
    moment = START - draw.random() * tick
    while moment < START + SPAN + 2 * timedelta(minutes=1):
        _work(world, moment, look_every)
        world.clock.at = moment
        ticking.tick(world.desk, moment)
        moment += tick
    said = {text: at for one in world.platform.said.values() for at, text in one}
    late = sorted((said[text] - at).total_seconds() for text, at in due.items())
    return {
        "p50": round(late[len(late) // 2], 3),
        "p99": round(late[int(len(late) * 0.99)], 3),
        "worst": round(late[-1], 3),
        "early": sum(one < 0 for one in late),
    }


def _work(world: Virtual, until: datetime, look_every: timedelta | None) -> None:
    while (taken := world.queue.take(until)) is not None:
        at, queue, body = taken
        world.clock.at = max(world.clock.at, at)
        if look_every is not None:
            world.clock.at += -((world.clock.at - START) % -look_every)
        if queue is QueueName.PUBLISH:
            front = "front" in body
            lines.speak(world.desk, str(body["workspace"]), str(body["account"]), body["variants"], front=front)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line; exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lateness", description=__doc__)
    parser.add_argument("--posts", type=int, default=2000)
    asked = parser.parse_args(arguments)
    by_queue = measure(asked.posts, timedelta(minutes=1), look_every=None)
    embedded = measure(asked.posts, timedelta(seconds=TICK_EVERY), look_every=timedelta(seconds=LOOK_EVERY))
    print(json.dumps({"posts": asked.posts, "by_queue": by_queue, "embedded": embedded}))
    missed = by_queue["p50"] > 1 or by_queue["p99"] > 2 or embedded["p50"] > 0.2 or embedded["p99"] > 2
    sys.exit(bool(missed or by_queue["early"] or embedded["early"]))


if __name__ == "__main__":
    main()
