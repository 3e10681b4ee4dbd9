"""One policy for every loop that runs for as long as its program: it fails in the log, is counted, and comes back."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 30.0
WELL_SECONDS = 5.0
"""A loop that has run for so long since it failed is well again, unless it says so earlier."""

_ROOT = Path(__file__).resolve().parents[1]


class LoopEnded(Exception):
    """A loop returned, though it should run for as long as the program."""


class _State:
    """How one loop fares."""

    def __init__(self) -> None:
        self.failing_since: float | None = None
        self.is_hindered = False
        self.pause_seconds = FIRST_PAUSE_SECONDS


class Loops:
    """The loops of one program, on one event loop.

    A loop that raises, returns or is cancelled by anybody but `close` is started again, after a pause that doubles with
    each failure. It counts as failing from its first failure until it went well: it says so itself (`went_well`), or
    has run for `WELL_SECONDS`. What it expects to happen, such as an outage of the database, it is to deal with itself.

    Args:
        log_name: Of the logger that failures go to: by their type and place, never with their data.
        on_failure: Called with the loop's name at each failure, to be counted.
        on_change: Called when a loop begins to fail or is well again.
    """

    def __init__(
        self,
        log_name: str,
        *,
        on_failure: Callable[[str], None] = lambda _: None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._log = structlog.stdlib.get_logger(log_name)
        self._on_failure = on_failure
        self._on_change = on_change
        self._states: dict[str, _State] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._may_return = False
        self._is_closing = False

    @property
    def failing(self) -> list[str]:
        """The names of those that fail now."""
        return sorted(name for name, state in self._states.items() if state.failing_since is not None)

    def supervised(self, name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Keep a loop running until `close`.

        Args:
            name: Unlike all others; loops of one kind have a number at their end.
            run: Called again after each failure.
        """
        self._states[name] = _State()
        task = asyncio.create_task(self._keep(name, run), name=name)
        self._tasks.append(task)
        return task

    def went_well(self, name: str) -> None:
        """The loop did what it is for."""
        state = self._states.setdefault(name, _State())
        state.pause_seconds = FIRST_PAUSE_SECONDS
        state.is_hindered = False
        if state.failing_since is not None:
            seconds = round(time.monotonic() - state.failing_since, 1)
            state.failing_since = None
            self._log.info("a background loop has recovered", loop=name, failed_seconds=seconds)
            self._on_change()

    def note_failure(self, name: str, error: BaseException, **about: object) -> None:
        """One thing that the loop does could not be done, and it goes on with the others: logged and counted."""
        self._log.warning("a part of a background loop failed", loop=name, **told_of(error), **about)
        self._on_failure(name)

    def note_hindrance(self, name: str, error: BaseException) -> None:
        """The loop cannot do what it is for, and goes on trying: it counts as failing until it says it went well."""
        state = self._states.setdefault(name, _State())
        self._log.error("a background loop is hindered", loop=name, **told_of(error))
        self._on_failure(name)
        state.is_hindered = True
        if state.failing_since is None:
            state.failing_since = time.monotonic()
            self._on_change()

    def expect_returns(self) -> None:
        """From now on a loop may return: the program is to end."""
        self._may_return = True

    async def close(self) -> None:
        """Cancel all and wait until they have ended; raises nothing of theirs."""
        self._is_closing = True
        for task in self._tasks:
            task.cancel()
        for task, ended in zip(self._tasks, await asyncio.gather(*self._tasks, return_exceptions=True), strict=True):
            if isinstance(ended, Exception):
                self._log.error("a background loop failed while stopping", loop=task.get_name(), **told_of(ended))

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        while True:
            well = asyncio.get_running_loop().call_later(WELL_SECONDS, self._ran_on, name)
            error: BaseException
            try:
                await run()
                error = LoopEnded()
            except asyncio.CancelledError as cancelled:
                if self._is_closing:
                    raise
                _stay()
                error = cancelled
            except Exception as failure:
                if self._is_closing:
                    raise
                error = failure
            finally:
                well.cancel()
            if self._is_closing or (isinstance(error, LoopEnded) and self._may_return):
                return
            await self._pause(self._failed(name, error))

    def _ran_on(self, name: str) -> None:
        """The loop has run for long enough; that says nothing of what hinders it."""
        if not self._states[name].is_hindered:
            self.went_well(name)

    def _failed(self, name: str, error: BaseException) -> float:
        """Takes note of a failure; how long the loop is to rest."""
        state = self._states[name]
        pause_seconds = state.pause_seconds
        state.pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
        self._log.error("a background loop failed", loop=name, pause_seconds=pause_seconds, **told_of(error))
        self._on_failure(name)
        if state.failing_since is None:
            state.failing_since = time.monotonic()
            self._on_change()
        return pause_seconds

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            if self._is_closing:
                raise
            _stay()


def kind_of(name: str) -> str:
    """A loop's name without the number that tells it from others of its kind: what failures are counted by."""
    return name.rstrip("0123456789 ")


def _stay() -> None:
    """Go on as if the running task had not been cancelled."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


def told_of(error: BaseException) -> dict[str, str]:
    """What a log may say of an error: its type, where it was raised, and its text only if the error vouches for it."""
    told = {"reason": type(error).__name__}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT)] or list(frames)
        last = ours[-1]
        told["where"] = f"{Path(last.filename).name}:{last.lineno} {last.name}"
    if getattr(error, "holds_no_data", False):
        told["detail"] = str(error)
    return told
