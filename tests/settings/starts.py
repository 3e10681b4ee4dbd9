"""Starts programs of the service that end at once, each in a process of its own with an open umask.

Standard input is a JSON list of starts: ``{"program": …, "arguments": […], "environment": {…}}``, a program being what
``python -m`` takes, or ``module:name`` of what another program calls. Prints a list of what came of each:
``{"exit": …, "umask": …, "said": …}``. What they all import is imported once, before the processes part.
"""

import importlib
import json
import os
import runpy
import signal
import sys
from typing import Any

import alembic.command  # noqa: F401
import celery  # noqa: F401
import fastapi  # noqa: F401
import sqlalchemy.ext.asyncio  # noqa: F401
import uvicorn  # noqa: F401

import db.connections.engine  # noqa: F401
import settings  # noqa: F401
import spec.check  # noqa: F401
import storage.store  # noqa: F401

OPEN = 0o022
SECONDS = 60
"""After which one that should have ended is killed."""


def _become(program: str, arguments: list[str]) -> None:
    module, _, name = program.partition(":")
    sys.argv = [module, *arguments]
    if name:
        getattr(importlib.import_module(module), name)()
    else:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def _exit_code(program: str, arguments: list[str]) -> int:
    try:
        _become(program, arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 -- as Python itself: a traceback, and 1
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _start(start: dict[str, Any]) -> dict[str, Any]:
    said, told = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.umask(OPEN)
        signal.alarm(SECONDS)
        os.environ.update(start["environment"])
        os.dup2(said[1], 1)
        os.dup2(said[1], 2)
        code = _exit_code(start["program"], start["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(told[1], json.dumps({"exit": code, "umask": f"{os.umask(0):03o}"}).encode())
        os._exit(0)
    os.close(said[1])
    os.close(told[1])
    with os.fdopen(said[0]) as lines, os.fdopen(told[0]) as outcome:
        text = lines.read()
        found = json.loads(outcome.read() or '{"exit": null, "umask": null}')
    os.waitpid(child, 0)
    return {**found, "said": text}


if __name__ == "__main__":
    sys.stdout.write(json.dumps([_start(start) for start in json.load(sys.stdin)]))
