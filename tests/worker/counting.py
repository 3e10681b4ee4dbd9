"""A process without TensorFlow that does the work of a kind of the tests' own: it counts, and tells what it came to."""

import argparse
import time
from pathlib import Path

from worker.messages import Ended, Ready, Work
from worker.trainer.orders import OrderReader
from worker.trainer.process import die_with_parent, limit_memory, resident_bytes
from worker.trainer.reports import JobReporter, ReportWriter

HELD = "held"
"""A file beside the work's folders: as long as it is there, no attempt ends."""


def main() -> None:
    """Report ready, then count for one job after the other until the supervisor is gone."""
    die_with_parent()
    parser = argparse.ArgumentParser()
    for name in ("--read-fd", "--write-fd", "--memory-bytes"):
        parser.add_argument(name, type=int, required=True)
    said = parser.parse_args()
    limit_memory(said.memory_bytes)
    orders = OrderReader(said.read_fd)
    orders.start()
    reports = ReportWriter(said.write_fd)
    reports.start()
    reports.send(Ready(versions={}, devices=[]))
    while True:
        work = orders.next_work()
        assert isinstance(work, Work)
        reporter = JobReporter(reports, work)
        while Path(work.spec["held_by"]).exists() and orders.stop_of(work) is None:
            reporter.progress(0.5)
            time.sleep(0.05)
        is_faulty = work.attempt == 1 and work.spec.get("is_machine_faulty", False)
        is_stopped = orders.stop_of(work) is not None
        reports.send(
            Ended(
                job_id=work.job_id,
                attempt=work.attempt,
                outcome="failed" if is_faulty else "stopped" if is_stopped else "succeeded",
                is_to_be_tried_again=is_faulty,
                results={} if is_stopped else {"count": sum(work.spec["numbers"]), "kind": work.kind},
                rss_bytes=resident_bytes(),
            )
        )
        orders.forget(work)


if __name__ == "__main__":
    main()
