"""The one task of a worker."""

# Celery carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUntypedFunctionDecorator=false

from typing import Any

from celery import Celery

from broker.queues import HINT_TASK


def register_tasks(app: Celery) -> None:
    """Give the app the hint task, which wakes the app's supervisor and returns at once.

    Nothing long ever runs inside a Celery task, so visibility time-outs, prefetching and acknowledgement have nothing
    to lose.
    """

    @app.task(name=HINT_TASK, bind=True)
    def hint(self: Any, job_id: str) -> None:  # noqa: ANN401, ARG001 - a bound task; the database says which job is next  # pyright: ignore[reportUnusedFunction] - Celery calls it
        self.app.supervisor.wake()
