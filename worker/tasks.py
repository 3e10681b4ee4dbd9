"""The one task of a worker."""

# Celery carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUntypedFunctionDecorator=false

from typing import Any

import structlog
from celery import Celery

from broker.lines import REQUEST_ID_HEADER
from broker.queues import HINT_TASK

_log = structlog.stdlib.get_logger("worker")


def register_tasks(app: Celery) -> None:
    """Give the app the hint task, which wakes the app's supervisor and returns at once.

    Nothing long ever runs inside a Celery task, so visibility time-outs, prefetching and acknowledgement have nothing
    to lose.
    """

    @app.task(name=HINT_TASK, bind=True)
    def hint(self: Any, job_id: str) -> None:  # noqa: ANN401 - a bound task  # pyright: ignore[reportUnusedFunction] - Celery calls it
        # The database says which job is next; this one's line tells that the broker brought word of it.
        _log.debug("hint", job_id=job_id, request_id=self.request.get(REQUEST_ID_HEADER))
        self.app.supervisor.wake()
