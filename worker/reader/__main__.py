"""A slot's reader of files: ``python -m worker.reader --read-fd R --write-fd W [--memory-bytes N]``."""

import argparse
import gc
import os

from worker.trainer.log_lines import log_to_stderr
from worker.trainer.orders import OrderReader
from worker.trainer.process import die_with_parent, keep_files_private
from worker.trainer.reports import ReportWriter


def main(arguments: list[str] | None = None) -> None:
    """Report ready, then read one file after the other until the supervisor is gone; never returns."""
    keep_files_private()
    die_with_parent()
    parser = argparse.ArgumentParser(prog="python -m worker.reader", description=__doc__)
    parser.add_argument("--read-fd", type=int, required=True, help="descriptor that orders are read from")
    parser.add_argument("--write-fd", type=int, required=True, help="descriptor that reports are written to")
    parser.add_argument("--memory-bytes", type=int, help="memory the process can use (no limit by default)")
    options = parser.parse_args(arguments)
    orders = OrderReader(options.read_fd)
    orders.start()
    reports = ReportWriter(options.write_fd)
    reports.start()
    # The limit of the process counts what is set aside as used: regions of Arrow's own allocators, and threads' stacks.
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    log_to_stderr()
    # What is imported stays, and is not looked through for garbage again and again.
    gc.disable()
    from worker.reader.serving import serve  # noqa: PLC0415 -- after the arrangements above

    gc.freeze()
    gc.enable()
    serve(orders, reports, options.memory_bytes)


if __name__ == "__main__":
    main()
