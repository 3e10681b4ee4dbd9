"""A process that stands for the reader: it tells how many lines the file has, or that it is at fault."""

import argparse
import hashlib
from pathlib import Path

from worker.messages import Ended, Ready, Work
from worker.trainer.orders import OrderReader
from worker.trainer.process import die_with_parent, limit_memory, resident_bytes
from worker.trainer.reports import ReportWriter


def main() -> None:
    """Report ready, then read one file after the other until the supervisor is gone."""
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
        reports.send(_read(work))
        orders.forget(work)


def _read(work: Work) -> Ended:
    file = work.inputs["dataset"]
    content = Path(file.path).read_bytes()
    assert hashlib.sha256(content).hexdigest() == file.sha256
    told = {"job_id": work.job_id, "attempt": work.attempt, "rss_bytes": resident_bytes()}
    if b"\0" in content:
        faults = [{"code": "nul", "message": "This is not text.", "line": 1}]
        return Ended(**told, outcome="failed", code="data_error", message="Not text.", results={"faults": faults})
    return Ended(
        **told, outcome="succeeded", results={"format": "csv", "rows": content.count(b"\n"), "facts": {"columns": []}}
    )


if __name__ == "__main__":
    main()
