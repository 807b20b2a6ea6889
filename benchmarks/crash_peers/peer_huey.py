"""huey on SQLite. Recovery, by its documentation: `retries`, and what was interrupted is put on the queue again
("Using SIGNAL_INTERRUPTED"). It says itself that tasks in the hands of a consumer that was killed are lost.
"""

from effect import JOBS, RECOVERY, STORE, due, effect
from huey import SqliteHuey
from huey.signals import SIGNAL_INTERRUPTED

huey = SqliteHuey(filename=STORE)


@huey.task(retries=3 if RECOVERY else 0)
def say(job):
    effect(job)


if RECOVERY:

    @huey.signal(SIGNAL_INTERRUPTED)
    def on_interrupted(_signal, task, *_args, **_kwargs):
        huey.enqueue(task)


def schedule():
    for job in range(1, JOBS + 1):
        say.schedule(args=(job,), eta=due(job))


def left():
    return huey.pending_count() + huey.scheduled_count()
