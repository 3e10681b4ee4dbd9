"""Starts programs of the service, each in a process of its own, that need not import again what all of them import.

A program of its own, which `nursery.py` runs and asks: a line of JSON each on standard input and output. To
``{"program": …, "arguments": …, "environment": …, "log": …, "files": …}`` it answers with the process's id, to
``{"ended": id}`` with its exit code as `subprocess` tells it, or null while it runs. What it starts dies with it, and
it with the tests.
"""

import ctypes
import json
import os
import random
import resource
import runpy
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import alembic.command  # noqa: F401
import celery  # noqa: F401
import fastapi.openapi.utils  # noqa: F401
import orjson  # noqa: F401
import redis.asyncio  # noqa: F401
import sqlalchemy.dialects.postgresql.asyncpg
import sqlalchemy.ext.asyncio  # noqa: F401
import uvicorn.protocols.http.httptools_impl  # noqa: F401

import db.connections.engine  # noqa: F401
import settings  # noqa: F401
import spec.check  # noqa: F401
import storage.store  # noqa: F401

# Not `prometheus_client`: what it is imported with decides whether it counts for one process or for several.
assert "prometheus_client" not in sys.modules

_PR_SET_PDEATHSIG = 1


def _become(start: dict[str, Any]) -> NoReturn:
    """What ``python -m`` does, in a new session, and with this environment alone."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(start["log"], os.O_WRONLY | os.O_APPEND)
    for number, source in enumerate((nothing, log, log)):
        os.dup2(source, number)
    os.chdir(Path(start["log"]).parent)
    os.environ.clear()
    os.environ.update(start["environment"])
    resource.setrlimit(resource.RLIMIT_NOFILE, tuple(start["files"]))
    random.seed()
    sys.argv = [start["program"], *start["arguments"]]
    code = 0
    try:
        runpy.run_module(start["program"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 -- as Python itself: a traceback, and 1
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.exit(code)


def _started(start: dict[str, Any]) -> int:
    return os.fork() or _become(start)


def _ended(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


if __name__ == "__main__":
    while line := sys.stdin.readline():
        asked = json.loads(line)
        answer = _ended(asked["ended"]) if "ended" in asked else _started(asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
