"""Runs the program that finds a reference, and makes of what it tells what is stored."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from worker.reference_messages import GONE, Prepared, Reference, decode_reference
from worker.supervisor.trainers.environment import plain_environment

PROGRAM = "worker.trainer.reference"
_MOST_SECONDS = 600.0
"""Of real time, on a machine that has much else to do. Of processor time, the program has ten."""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class NothingFound(Exception):
    """The program ended without a word, which says nothing about the rows: it was killed, or they were gone."""


async def find(prepared: Prepared, memory_bytes: int) -> Mapping[str, Any]:
    """What is to be stored: a reference, or with a ``reason`` alone why there is none.

    Args:
        prepared: The rows.
        memory_bytes: What the program may use.

    Raises:
        NothingFound: If it is worth another try.
        OSError: If the program cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", PROGRAM, str(memory_bytes)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=plain_environment(os.environ) | _ONE_THREAD,
        # A Ctrl-C in the terminal is the supervisor's to answer.
        start_new_session=True,
    )
    last: Reference | None = None
    is_late = False
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            (process.stdin or _none()).write(prepared.model_dump_json().encode() + b"\n")
            async for line in process.stdout or _none():
                last = decode_reference(line)
            await process.wait()
    except TimeoutError:
        is_late = True
    except (ValueError, OSError):
        pass  # half a line, or a pipe that broke: its end tells more
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if last is not None and len(last.scores) > 1:
        return _stored(last)
    return _without(process.returncode or 0, is_late=is_late)


def _none() -> Any:  # noqa: ANN401 -- it is never called: both are pipes
    raise AssertionError


def _stored(found: Reference) -> dict[str, Any]:
    guess, models = found.scores[0], found.scores[1:]
    document: dict[str, Any] = {
        "metric": found.metric,
        "guess": guess.score,
        "models": {one.model: one.score for one in models},
        "balanced": None,
        "train_rows": found.train_rows,
        "rows": found.rows,
        "has_validation": found.has_validation,
        "seconds": found.seconds,
    }
    if guess.balanced is not None:
        document["balanced"] = {"guess": guess.balanced, "models": {one.model: one.balanced for one in models}}
    return document


def _without(code: int, *, is_late: bool) -> dict[str, Any]:
    if code == -signal.SIGXCPU:
        return {"reason": "It took too long."}
    if is_late or code < 0 or code == GONE:
        raise NothingFound
    if code:
        return {"reason": "The process failed."}
    return {"reason": "There are too few rows, or no model can learn from them."}
