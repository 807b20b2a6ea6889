"""procrastinate on PostgreSQL. Recovery, by its guide's "Retry stalled jobs": a periodic task that retries the jobs of
workers without a heartbeat for 30 s; here every five seconds instead of every ten minutes.
"""

from effect import JOBS, RECOVERY, STORE, due, effect
from procrastinate import App, PsycopgConnector

app = App(connector=PsycopgConnector(conninfo=STORE))


@app.task(name="say")
def say(job):
    effect(job)


if RECOVERY:

    @app.periodic(cron="*/5 * * * * *")
    @app.task(queueing_lock="retry_stalled_jobs", pass_context=True)
    async def retry_stalled_jobs(context, timestamp):  # noqa: ARG001 - handed by name
        for job in await app.job_manager.get_stalled_jobs():
            await app.job_manager.retry_job(job)


def schedule():
    with app.open():
        app.schema_manager.apply_schema()
        for job in range(1, JOBS + 1):
            say.configure(schedule_at=due(job)).defer(job=job)


def left():
    with app.open():
        return sum(one.status in ("todo", "doing") for one in app.job_manager.list_jobs(task="say"))
