"""The life of a reader process: ready, then one file after the other."""

import errno
import logging
import time
from pathlib import Path
from typing import NoReturn

import numpy as np
import PIL
import pyarrow as pa

from spec.inputs import InputName
from spec.states import FailureCode
from worker.messages import Artifact, Ended, Ready, Train, Work
from worker.reader.faults import FileFaulty
from worker.reader.orders import ReadOrder
from worker.reader.packing import pack, write_facts
from worker.reader.previews import write_preview
from worker.reader.reading import read
from worker.reader.results import results_of
from worker.reader.table import SignOfLife
from worker.trainer.orders import OrderReader
from worker.trainer.process import is_memory_used_up, limit_memory, resident_bytes
from worker.trainer.reports import JobReporter, ReportWriter

_SIGN_SECONDS = 0.5
_THREADS = 2
"""Of Arrow, whatever the machine has: one cuts blocks into fields while another converts them."""
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

logger = logging.getLogger(__name__)


class _Stopped(Exception):
    """An order to stop came."""


def serve(orders: OrderReader, reports: ReportWriter, memory_bytes: int | None) -> NoReturn:
    """Read what is ordered; the end of the orders' pipe ends the process."""
    pa.set_cpu_count(_THREADS)
    pa.set_io_thread_count(_THREADS)
    if memory_bytes is not None:
        limit_memory(memory_bytes)
    versions = {"numpy": np.__version__, "pillow": PIL.__version__, "pyarrow": pa.__version__}
    reports.send(Ready(versions=versions, devices=[]))
    while True:
        work = orders.next_work()
        end = _carried_out(work, JobReporter(reports, work), orders)
        logger.info("The reading of %s ended: %s.", work.job_id, end.outcome)
        reports.send(end)
        orders.forget(work)
        pa.default_memory_pool().release_unused()


def _carried_out(work: Train | Work, reporter: JobReporter, orders: OrderReader) -> Ended:
    spoken_at = time.monotonic()

    def sign_of_life() -> None:
        nonlocal spoken_at
        if orders.stop_of(work) is not None:
            raise _Stopped
        if time.monotonic() - spoken_at > _SIGN_SECONDS:
            spoken_at = time.monotonic()
            reporter.sign_of_life()

    try:
        results, artifacts = _read(work, sign_of_life)
    except _Stopped:
        return _ended(work, "stopped")
    except Exception as error:  # noqa: BLE001 -- whatever a file brings about is told, and the process goes on
        return _ended(work, "failed", **_failure(error))
    return _ended(work, "succeeded", results=results, artifacts=artifacts)


def _ended(work: Train | Work, outcome: str, **said: object) -> Ended:
    known = {"job_id": work.job_id, "attempt": work.attempt, "outcome": outcome, "rss_bytes": resident_bytes()}
    return Ended.model_validate(known | said)


def _failure(error: Exception) -> dict[str, object]:
    """What is reported of an exception; its traceback belongs in the log alone."""
    if isinstance(error, FileFaulty):
        results = {"faults": [fault.document() for fault in error.faults], "more_faults": error.more}
        return {"code": FailureCode.DATA_ERROR.value, "message": error.faults[0].message, "results": results}
    if isinstance(error, MemoryError) or is_memory_used_up():
        return {"code": FailureCode.OUT_OF_MEMORY.value, "message": _OUT_OF_MEMORY}
    logger.error("The reading failed.", exc_info=error)
    failed: dict[str, object] = {"code": FailureCode.INTERNAL.value, "is_to_be_tried_again": isinstance(error, OSError)}
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return failed | {"message": "The disk of the worker is full."}
    message = f"The reader failed with `{type(error).__name__}`. The log of the worker has the details."
    return failed | {"message": message}


def _read(work: Train | Work, sign_of_life: SignOfLife) -> tuple[dict[str, object], list[Artifact]]:
    order = ReadOrder.model_validate(work.spec)
    folder = Path(work.work_dir)
    pieces = folder / "pieces"
    pieces.mkdir()
    path = Path(work.inputs[InputName.DATASET].path)
    dataset = read(path, order.description, pieces, limits=order.limits, sign_of_life=sign_of_life)
    facts = dataset.facts(order.description.target)
    shown = write_preview(dataset.preview(), folder)
    packed, told = pack(dataset.columns, folder), write_facts(facts, folder)
    pieces.rmdir()
    return results_of(dataset, facts), [
        Artifact(name=packed.name, path=str(packed), media_type="application/zip"),
        Artifact(name=told.name, path=str(told), media_type="application/json"),
        Artifact(name=shown.name, path=str(shown), media_type="application/json"),
    ]


_OUT_OF_MEMORY = (
    "The file needs more memory than this worker has for reading. Write it with smaller rows, row groups or pictures."
)
