"""dramatiq on Redis: at least once as it comes, what a dead worker held comes back after `heartbeat_timeout` (60 s), by
chance: once in `maintenance_chance` (0.1 %) of the commands given to the broker. Recovery: both options, as `RedisBroker`'s
reference describes them, set so that it comes back soon.
"""

from datetime import UTC, datetime

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from effect import JOBS, RECOVERY, STORE, due, effect

broker = RedisBroker(url=STORE, **({"heartbeat_timeout": 5_000, "maintenance_chance": 1_000_000} if RECOVERY else {}))
dramatiq.set_broker(broker)


@dramatiq.actor
def say(job):
    effect(job)


def schedule():
    for job in range(1, JOBS + 1):
        delay = (due(job) - datetime.now(UTC)).total_seconds()
        say.send_with_options(args=(job,), delay=round(1000 * delay))


def left():
    if not RECOVERY:
        # As on a broker that others use too: on a quiet one it takes a quarter of an hour until chance strikes.
        for _ in range(2000):
            broker.do_qsize("default")
            broker.do_qsize("default.DQ")
    return sum(broker.client.hlen(f"dramatiq:{queue}.msgs") for queue in ("default", "default.DQ"))
