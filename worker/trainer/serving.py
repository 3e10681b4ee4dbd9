"""The life of a trainer process once TensorFlow is imported: ready, then one job after the other."""

import gc
import logging
import sys
from pathlib import Path
from typing import Literal, NoReturn

from worker.messages import Ready
from worker.trainer import devices
from worker.trainer.data.files import DataFiles
from worker.trainer.data.prepared import PreparedDataSets
from worker.trainer.log_lines import lines_about
from worker.trainer.orders import OrderReader
from worker.trainer.process import limit_memory
from worker.trainer.reports import JobReporter, ReportWriter
from worker.trainer.tensor_memory import TensorMemory
from worker.trainer.work.bench import Bench
from worker.trainer.work.kinds import WORK
from worker.trainer.work.remains import forget_job

_OTHER_BYTES = 256 * 2**20
_MOST_OTHER_SHARE = 0.75
"""What is not for tensors: a quarter of what jobs may take, at least so many bytes (traced graphs, rows as they are
read, copies), which are three quarters at most where there is little."""

MOST_FRAMES = 10_000
"""Keras looks through a network by recursion, a frame a layer, where Python would stop at 1,000.

A call from Python to Python takes nothing of the thread's own stack: 1,000 layers were built, trained and saved on a
quarter of the usual one.
"""

logger = logging.getLogger(__name__)


def serve(  # noqa: PLR0913 (what the command line says)
    orders: OrderReader,
    reports: ReportWriter,
    *,
    device: Literal["cpu", "gpu"],
    replicas: int,
    threads: int,
    checkpoint_seconds: float,
    memory_bytes: int | None,
    data_folder: Path | None,
    data_cache_bytes: int,
) -> NoReturn:
    """Train what is ordered; the end of the orders' pipe ends the process."""
    sys.setrecursionlimit(MOST_FRAMES)
    devices.configure(device, threads, replicas)
    # What was imported stays: collecting garbage between jobs then looks at the jobs' objects alone.
    gc.freeze()
    gc.enable()
    memory = TensorMemory(None if memory_bytes is None else _for_tensors(limit_memory(memory_bytes)))
    bench = Bench(
        PreparedDataSets(_data_files(data_folder, data_cache_bytes)),
        devices.names(),
        threads,
        checkpoint_seconds,
        memory,
    )
    reports.send(Ready(versions=devices.versions(), devices=bench.devices))
    while True:
        order = orders.next_work()
        reporter = JobReporter(reports, order)
        with lines_about(order):
            logger.info("The training begins.")
            end = WORK[order.kind](order, reporter, bench, orders)
            logger.info("The training ended: %s.", end.outcome)
        reports.send(end)
        orders.forget(order)
        forget_job()
        # What a job held goes with it but for circles of references. A few milliseconds, as all older is frozen.
        gc.collect()


def _data_files(folder: Path | None, limit_bytes: int) -> DataFiles | None:
    if folder is None:
        return None
    try:
        return DataFiles(folder, limit_bytes)
    except OSError as error:
        logger.warning("The rows cannot be shared with other trainers: %s.", error)
        return None


def _for_tensors(job_bytes: int) -> int:
    other_bytes = max(job_bytes // 4, min(_OTHER_BYTES, int(_MOST_OTHER_SHARE * job_bytes)))
    return job_bytes - other_bytes
