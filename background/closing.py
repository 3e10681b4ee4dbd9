"""The end of a program: everything is closed, whatever becomes of the closing of something else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from background.loops import told_of


async def close_all(log_name: str, closings: Iterable[tuple[str, Callable[[], Awaitable[object]]]]) -> None:
    """Close these, one after the other; what fails is logged.

    Args:
        log_name: Of the logger.
        closings: What is closed, in a word, and how.
    """
    log = structlog.stdlib.get_logger(log_name)
    for what, close in closings:
        try:
            await close()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 -- nothing may keep the others from it
            log.warning("could not be closed", what=what, **told_of(error))
