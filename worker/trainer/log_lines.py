"""The trainer's log lines: each names the job it is about, and the request that made the job."""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager

from worker.messages import Train

_FORMAT = "%(asctime)s %(levelname)s %(message)s"


class _JobFormatter(logging.Formatter):
    """Adds to a line what it is about."""

    about = ""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return super().format(record) + self.about


_formatter = _JobFormatter(_FORMAT)


def log_to_stderr() -> None:
    """Begin to log."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter)
    logging.basicConfig(handlers=[handler], level=logging.INFO)


@contextmanager
def lines_about(order: Train) -> Generator[None]:
    """All that is logged meanwhile is about this job; a trainer has one at a time."""
    request = f" request_id={order.request_id}" if order.request_id else ""
    _formatter.about = f" job_id={order.job_id} attempt={order.attempt}{request}"
    try:
        yield
    finally:
        _formatter.about = ""
