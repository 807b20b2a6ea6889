"""APScheduler 3 on a SQLite job store. Recovery, by its user guide's "Missed job executions and coalescing": a job may run
however late it is (`misfire_grace_time=None`; as it comes, a second), and runs once for all the times it missed.
"""

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from effect import JOBS, RECOVERY, STORE, due, effect

OPTIONS = {
    "jobstores": {"default": SQLAlchemyJobStore(url=f"sqlite:///{STORE}")},
    "job_defaults": {"misfire_grace_time": None, "coalesce": True} if RECOVERY else {},
}


def schedule():
    scheduler = BackgroundScheduler(**OPTIONS)
    scheduler.start(paused=True)
    for job in range(1, JOBS + 1):
        scheduler.add_job(effect, "date", run_date=due(job), args=[job])
    scheduler.shutdown()


def left():
    return len(OPTIONS["jobstores"]["default"].get_all_jobs())


def work():
    BlockingScheduler(**OPTIONS).start()
