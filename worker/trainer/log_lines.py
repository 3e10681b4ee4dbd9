"""The trainer's log lines: each names the job it is about, and the request that made the job.

During a job standard error is a file that the job's owner gets. What tells of this installation does not belong there:
tracebacks, of whatever origin, and the paths of warnings go to the worker's log alone.
"""

import logging
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import TextIO

from worker.messages import Train, Work

_FORMAT = "%(asctime)s %(levelname)s %(message)s"


class _JobFormatter(logging.Formatter):
    """Adds to a line what it is about."""

    about = ""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback if there is one."""
        line, *rest = super().format(record).split("\n", 1)
        return "\n".join([line + self.about, *rest])


class _TwoLogs(logging.StreamHandler[TextIO]):
    """Writes to standard error, and what has a traceback to the worker's log too: there with it, here without."""

    def __init__(self, workers_log: TextIO) -> None:
        super().__init__(sys.stderr)
        self._workers_log = workers_log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        if record.exc_info or record.exc_text or record.stack_info:
            _write(self._workers_log, self.format(record))
            record = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        super().emit(record)


_formatter = _JobFormatter(_FORMAT)


def log_to_stderr() -> None:
    """Begin to log; standard error is the worker's log now."""
    workers_log = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    handler = _TwoLogs(workers_log)
    handler.setFormatter(_formatter)
    logging.basicConfig(handlers=[handler], level=logging.INFO)

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        logging.getLogger("py.warnings").warning("%s: %s", category.__name__, message)

    def note(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        _write(workers_log, f"An exception was not handled.{_formatter.about}\n{text}")

    # What Python itself prints of a warning, of a thread that dies, and of an exception in a finalizer.
    warnings.showwarning = show
    threading.excepthook = lambda died: note(died.exc_type, died.exc_value, died.exc_traceback)
    sys.unraisablehook = lambda lost: note(lost.exc_type, lost.exc_value, lost.exc_traceback)


@contextmanager
def lines_about(order: Train | Work) -> Generator[None]:
    """All that is logged meanwhile is about this job; a trainer has one at a time."""
    request = f" request_id={order.request_id}" if order.request_id else ""
    _formatter.about = f" job_id={order.job_id} attempt={order.attempt}{request}"
    try:
        yield
    finally:
        _formatter.about = ""


def reason_of(error: BaseException) -> str:
    """Why something did not work, for a line that a job's owner reads: an error's own text may name a path."""
    return getattr(error, "strerror", None) or type(error).__name__


def _write(log: TextIO, text: str) -> None:
    try:
        log.write(text.rstrip("\n") + "\n")
        log.flush()
    except OSError:
        return  # nobody reads it any more
