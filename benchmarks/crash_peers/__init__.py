"""One kill among twenty jobs: Parley beside APScheduler, huey, dramatiq and procrastinate."""
