"""Tells that a job is being prepared, for as long as it truly is: a long download must not look like a hang."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

_LOOK_SECONDS = 2.0
_LEAST_WORK_SECONDS = 0.001


@contextmanager
def signs_of_life(tell: Callable[[], None], look_seconds: float = _LOOK_SECONDS) -> Generator[None]:
    """Call ``tell`` now and then while the calling thread works on what the block holds.

    Work is processor time of the calling thread: it rises with every block of bytes that comes from a socket or a
    disk, and with all that is computed from them. A thread that waits for bytes which do not come has none, and
    nothing is told.

    Args:
        tell: Called on a thread of its own.
        look_seconds: Between two looks.
    """
    clock = time.pthread_getcpuclockid(threading.get_ident())
    is_over = threading.Event()

    def watch() -> None:
        before = time.clock_gettime(clock)
        while not is_over.wait(look_seconds):
            now = time.clock_gettime(clock)
            if now - before >= _LEAST_WORK_SECONDS:
                before = now
                tell()

    watcher = threading.Thread(target=watch, name="signs of life", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
