"""``python -m worker``: the Celery worker with what this service does not use switched off."""

# Celery carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from worker.app import app

app.worker_main(["worker", "--without-gossip", "--without-mingle", "--without-heartbeat"])
