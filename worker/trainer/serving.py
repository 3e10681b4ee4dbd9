"""The life of a trainer process once TensorFlow is imported: ready, then one job after the other."""

import gc
from typing import Literal, NoReturn

from worker.messages import Ready
from worker.trainer import devices
from worker.trainer.data import PreparedDataSets
from worker.trainer.orders import OrderReader
from worker.trainer.process import limit_memory
from worker.trainer.reports import JobReporter, ReportWriter
from worker.trainer.training import Bench, clear_session, train


def serve(  # noqa: PLR0913 (what the command line says)
    orders: OrderReader,
    reports: ReportWriter,
    *,
    device: Literal["cpu", "gpu"],
    threads: int,
    checkpoint_seconds: float,
    memory_bytes: int | None,
) -> NoReturn:
    """Train what is ordered; the end of the orders' pipe ends the process."""
    devices.configure(device, threads)
    # What was imported stays: collecting garbage between jobs then looks at the jobs' objects alone.
    gc.freeze()
    names = devices.names()
    left_bytes = None if memory_bytes is None else limit_memory(memory_bytes)
    bench = Bench(PreparedDataSets(), names, threads, checkpoint_seconds, left_bytes)
    reports.send(Ready(versions=devices.versions(), devices=bench.devices))
    while True:
        order = orders.next_train()
        reporter = JobReporter(reports, order)
        reports.send(train(order, reporter, bench, lambda order=order: orders.stop_of(order)))
        orders.forget(order)
        # After the report, so that nobody waits for it.
        clear_session()
