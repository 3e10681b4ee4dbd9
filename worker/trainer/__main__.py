"""One slot's trainer: ``python -m worker.trainer --read-fd R --write-fd W [--threads N] [--device cpu|gpu] …``."""

import argparse
import gc
import os
from pathlib import Path

from worker.trainer.log_lines import log_to_stderr
from worker.trainer.orders import OrderReader
from worker.trainer.process import die_with_parent, keep_files_private
from worker.trainer.reports import ReportWriter


def main(arguments: list[str] | None = None) -> None:
    """Report ready, then train one job after the other until the supervisor is gone; never returns."""
    keep_files_private()
    die_with_parent()
    options = _options(arguments)
    # The orders are read from the first moment on, so that even a process still importing ends with its supervisor.
    orders = OrderReader(options.read_fd)
    orders.start()
    reports = ReportWriter(options.write_fd)
    reports.start()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    log_to_stderr()
    # TensorFlow is imported only here, after the arrangements above: it takes seconds, and a quarter more where its
    # modules are looked through for garbage again and again. `serve` lets the collector work.
    gc.disable()
    from worker.trainer.serving import serve  # noqa: PLC0415

    serve(
        orders,
        reports,
        device=options.device,
        replicas=options.replicas,
        threads=options.threads,
        checkpoint_seconds=options.checkpoint_seconds,
        memory_bytes=options.memory_bytes,
        data_folder=options.data_folder,
        data_cache_bytes=options.data_cache_bytes,
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m worker.trainer", description=__doc__)
    parser.add_argument("--read-fd", type=int, required=True, help="descriptor that orders are read from")
    parser.add_argument("--write-fd", type=int, required=True, help="descriptor that reports are written to")
    parser.add_argument("--threads", type=int, default=0, help="threads within one operation; 0: one a core")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu", help="the kind of device to train on")
    parser.add_argument("--replicas", type=int, default=1, help="devices that one job may train on at once")
    parser.add_argument("--memory-bytes", type=int, help="memory the process can use (no limit by default)")
    parser.add_argument("--data-folder", type=Path, help="where prepared rows are shared (in memory by default)")
    parser.add_argument("--data-cache-bytes", type=int, default=4 * 2**30, help="disk space they can use there")
    parser.add_argument(
        "--checkpoint-seconds", type=float, default=10.0, help="least time between two checkpoints within an epoch"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
