"""Where large bodies are read and checked: beside the event loop, in turns between projects.

A check holds Python's lock, and gives it up every few milliseconds: the loop goes on meanwhile, if more slowly. Hence
few run at once, and of one project one: whoever sends the largest bodies waits for itself.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from api.answers.errors import RateLimited
from api.prometheus import instruments

AT_ONCE = 2
"""Checks that run beside the loop, each for another project."""
MOST_WAITING = 32
"""Checks of one project that wait for their turn; each holds a body."""
RETRY_AFTER_SECONDS = 2

Result = TypeVar("Result")
_Turn = tuple["asyncio.Future[Any]", Callable[[], Any]]


class LargeChecks:
    """The large checks of one process of the API."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check")
        self._waiting: OrderedDict[str, deque[_Turn]] = OrderedDict()
        self._running: set[str] = set()

    async def run(self, project: str, work: Callable[[], Result]) -> Result:
        """What the work gives, or raises, once it is the project's turn.

        Raises:
            RateLimited: If as many of the project wait as may.
        """
        waiting = self._waiting.setdefault(project, deque())
        if len(waiting) >= MOST_WAITING:
            instruments.RATE_LIMITED.inc()
            raise RateLimited(RETRY_AFTER_SECONDS)
        outcome: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        waiting.append((outcome, work))
        self._start()
        return await outcome

    async def close(self) -> None:
        """Begins no more; what runs comes to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        """Begins what may begin; a project that had its turn goes behind the others."""
        for project in list(self._waiting):
            if len(self._running) >= AT_ONCE:
                return
            if project not in self._running and (turn := self._next_of(project)) is not None:
                self._running.add(project)
                self._begin(project, *turn)

    def _next_of(self, project: str) -> _Turn | None:
        waiting = self._waiting[project]
        while waiting:
            turn = waiting.popleft()
            if not turn[0].done():  # else whoever asked has gone
                self._waiting.move_to_end(project)
                return turn
        del self._waiting[project]
        return None

    def _begin(self, project: str, outcome: "asyncio.Future[Any]", work: Callable[[], Any]) -> None:
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)

        def end(done: "asyncio.Future[Any]") -> None:
            self._running.discard(project)
            self._start()
            if done.cancelled():
                outcome.cancel()
            elif (error := done.exception()) is None:
                if not outcome.done():
                    outcome.set_result(done.result())
            elif not outcome.done():
                outcome.set_exception(error)

        running.add_done_callback(end)
