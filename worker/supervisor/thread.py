"""Runs the supervisor's event loop in a thread beside Celery's."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable

import structlog

from settings import WorkerSettings
from worker.supervisor.devices import Seat
from worker.supervisor.supervisor import Supervisor

_log = structlog.stdlib.get_logger("worker")


class SupervisorThread:
    """The supervisor in a thread of its own, which lives as long as the worker.

    Trainers die with the thread that forked them, so all of them are started from this one.
    """

    def __init__(self, settings: WorkerSettings, seats: list[Seat]) -> None:
        """Does not start yet.

        Args:
            settings: The worker's settings.
            seats: What each slot trains on.
        """
        self._settings = settings
        self._seats = seats
        self._thread = threading.Thread(target=self._run, name="supervisor")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._supervisor: Supervisor | None = None
        self._has_begun = threading.Event()
        self.has_failed = False

    def start(self) -> None:
        """Start the thread and wait until its loop runs."""
        self._thread.start()
        self._has_begun.wait()

    def wake(self) -> None:
        """There may be work: have the free slots look at once. Any thread may call it, at any time."""
        self._call(Supervisor.wake)

    def request_stop(self) -> None:
        """Begin to hand back what runs; returns at once. A signal handler may call it."""
        self._call(Supervisor.request_stop)

    def stop(self) -> None:
        """Hand back what runs, end the trainers, and wait until all is done: a few seconds at most."""
        self.request_stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _call(self, act: Callable[[Supervisor], None]) -> None:
        if self._loop is None or self._supervisor is None:
            return
        # A closed loop has nothing left to wake or to stop.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act, self._supervisor)

    def _run(self) -> None:
        try:
            asyncio.run(self._supervise())
        except Exception:  # noqa: BLE001 - whatever it is, the worker must not live on without its supervisor
            self.has_failed = True
            _log.exception("supervisor failed")
            # A worker without its supervisor is of no use: end it, and let whoever started it start it anew.
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            self._has_begun.set()

    async def _supervise(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._supervisor = Supervisor(self._settings, self._seats)
        self._has_begun.set()
        await self._supervisor.run()
