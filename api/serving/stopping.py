"""Tells the application that its process was asked to stop, while requests are still under way.

A server first waits for them, and only then ends the application's lifespan: too late for those that wait for news.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_of_stop(tell: Callable[[], None]) -> Generator[None]:
    """While the block runs, ``tell`` is called on the running loop when the process is to stop.

    The server's own handlers are called as well, first. Outside of the main thread, where nobody handles signals,
    nothing is told.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        former = before[signal.Signals(number)]
        if callable(former):
            former(number, frame)

    for number, former in before.items():
        if callable(former):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, former in before.items():
            if callable(former):
                signal.signal(number, former)
