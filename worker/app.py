"""The worker as Celery starts it: ``celery -A worker.app worker``, or ``python -m worker``, which does the same.

Everything that Celery's command line could say is said by the configuration here. Importing this module reads the
settings and ends the program, with the variable's name, if one is wrong.
"""

# Celery carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUntypedBaseClass=false
# pyright: reportUntypedFunctionDecorator=false

import logging
import sys
from typing import Any

from celery import Celery, bootsteps, signals

from broker.app import make_celery
from broker.queues import queues_for
from settings import SettingsError, WorkerSettings, load_or_exit
from settings.loading import EXIT_CODE
from settings.logs import configure_logging
from settings.privacy import keep_files_private, warn_of_open_home
from settings.traces import configure_traces
from worker.supervisor.devices import Seat, reading_seats, seats
from worker.supervisor.thread import SupervisorThread
from worker.tasks import register_tasks

_FAILED_EXIT_CODE = 1


class SupervisorStep(bootsteps.StartStopStep):
    """Starts the supervisor before the worker consumes its first hint, and stops it with the worker.

    The supervisor needs no broker: while there is none, its slots poll the database.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:  # noqa: ANN401 - Celery's signature
        """Takes the supervisor that the app was made with."""
        super().__init__(parent, **options)
        self._supervisor: SupervisorThread = parent.app.supervisor

    def start(self, parent: Any) -> None:  # noqa: ANN401, ARG002 - Celery's signature
        """Start it; and have the signal that ends the worker reach it even while Celery waits for the broker."""
        self._supervisor.start()
        signals.worker_shutting_down.connect(self._begin_to_stop)

    def stop(self, parent: Any) -> None:  # noqa: ANN401 - Celery's signature
        """Hand back what runs and wait until all is done."""
        self._supervisor.stop()
        if self._supervisor.has_failed:
            parent.exitcode = _FAILED_EXIT_CODE

    terminate = stop

    def _begin_to_stop(self, **_: object) -> None:
        self._supervisor.request_stop()


def make_app(settings: WorkerSettings, places: list[Seat]) -> Celery:
    """The Celery app of a worker with these settings.

    Args:
        settings: The worker's settings.
        places: What each slot trains on, or reads with; their accelerators decide which queues are consumed.
    """
    accelerators = {accelerator for seat in places for accelerator in seat.accelerators}
    app: Any = make_celery(settings.broker_url.get_secret_value(), queues=queues_for(accelerators))
    # The one task returns at once, so the thread that consumes runs it itself.
    app.conf.update(worker_pool="solo", worker_concurrency=1)
    app.supervisor = SupervisorThread(settings, places)
    app.steps["worker"].add(SupervisorStep)
    register_tasks(app)
    return app


def _start() -> Celery:
    keep_files_private()
    settings = load_or_exit(WorkerSettings)
    try:
        places = [*seats(settings), *reading_seats(settings)]
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_CODE)

    # Celery leaves logging alone where this signal has a receiver.
    @signals.setup_logging.connect(weak=False)
    def _(**_: object) -> None:  # pyright: ignore[reportUnusedFunction] - Celery calls it
        configure_logging(settings, "worker")
        warn_of_open_home(settings.home)
        # A line for each hint tells nothing: what is done about it is logged by the supervisor.
        for name in ("celery.worker.strategy", "celery.app.trace"):
            logging.getLogger(name).setLevel(logging.WARNING)

    configure_traces(settings, "worker")
    return make_app(settings, places)


app = _start()
