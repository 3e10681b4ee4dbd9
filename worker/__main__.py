"""``python -m worker``: the Celery worker with what this service does not use switched off."""

# Celery carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import warnings

from celery.platforms import SecurityWarning

from worker.app import app

# What it warns of is a root who unpickles messages; this worker takes JSON alone.
warnings.simplefilter("ignore", SecurityWarning)
app.worker_main(["--quiet", "worker", "--without-gossip", "--without-mingle", "--without-heartbeat"])
