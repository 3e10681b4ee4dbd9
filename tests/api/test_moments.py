"""What is answered of a job is as of one moment: one that is deleted between two statements is not there."""

import ast
import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event

from api.artifacts import service as artifacts
from api.jobs import reading as jobs
from api.jobs.queries import MetricsQuery
from api.requests.queries import PageQuery
from api.signals import service as signals
from api.signals.schemas import SignalsQuery
from api.webhooks import reading as webhooks
from db.connections.engine import Database
from db.errors import JobNotFound, WebhookNotFound
from db.jobs.controls import request_cancel
from db.queue.places import Places
from db.tables.base import DEFAULT_PROJECT
from db.webhooks.messages import note_test
from db.webhooks.webhooks import create as create_webhook
from services.actors import Actor
from settings.traces import NO_TRACE
from tests.db.scenes import draft_webhook, in_write, running, submit
from tests.db.test_signals import record_measured
from tests.services.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
CALLER = Actor(DEFAULT_PROJECT, None, NO_TRACE)
Ask = Callable[[Any, str], Awaitable[object]]

OF_A_JOB: dict[str, Ask] = {
    "api.signals.service.read_signals": lambda context, job_id: signals.read_signals(
        context, CALLER, job_id, SignalsQuery()
    ),
    "api.jobs.reading.read_results": lambda context, job_id: jobs.read_results(context, CALLER, job_id),
    "api.jobs.reading.read_epochs": lambda context, job_id: jobs.read_epochs(context, CALLER, job_id, MetricsQuery()),
    "api.jobs.reading.read_events": lambda context, job_id: jobs.read_events(context, CALLER, job_id, PageQuery()),
    "api.jobs.reading.read_attempts": lambda context, job_id: jobs.read_attempts(context, CALLER, job_id, PageQuery()),
    "api.artifacts.service.list_artifacts": lambda context, job_id: artifacts.list_artifacts(context, CALLER, job_id),
    "api.artifacts.service.find": lambda context, job_id: artifacts.find(context, CALLER, job_id, "model.keras"),
}
ONE_MOMENT_OR_NONE = {
    "services.jobs.jobs.read": "the job by one statement; its place in the queue is of the last second",
    "api.jobs.reading.list_page": "the jobs by one statement; their places, likewise",
    "api.jobs.waiting._read_with_place": "where the job stands by one statement; its place, likewise",
    "api.jobs.listeners._look": "many jobs by one statement; their places, likewise",
    "api.prometheus.service._of_database": "figures for `/metrics`, of no one moment",
    "services.quotas.guard.known_of": "quotas, which the transaction asks again",
    "api.workers.service.vital_signs": "who works and what fails, of no one moment",
    "api.datasets.previews.read": "the data set, then a file that goes after it; without one, the data set again",
    "api.datasets.reading._read": "where the reading stands, then the data set: what ends in between is news at once",
    "services.dataset_facts.datasets_named_in": "data sets, which the transaction that makes a job looks for again",
    "services.datasets.creation.create_of_upload": "an upload, which the transaction that uses it up looks for again",
    "services.repairs.planner.advance": "a repair, then its jobs: its step says whether it went on meanwhile",
    "services.quotas.guard.shown": "limits and what is used of them, of no one moment",
}
"""Functions that read more than once and whose statements need not agree, and why."""


@contextmanager
def after_statement(number: int, database: Database, act: Callable[[], None]) -> Iterator[list[str]]:
    """Once: as soon as so many statements of a read are through; yields the statements."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)
        if len(statements) == number:
            act()

    engine = database._reader.sync_engine
    event.listen(engine, "after_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "after_cursor_execute", note)


@pytest.fixture
def execute(database_url: str, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Runs a statement by a connection of its own, and waits for it."""
    if database_url.startswith("sqlite"):

        def on_sqlite(statement: str) -> None:
            with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute(statement)

        return on_sqlite
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = database_url.partition("?")[0].rpartition("/")[2]
    return lambda statement: server.execute(statement, name) and None


def context_of(database: Database) -> Any:  # noqa: ANN401 -- as much of a `Context` as these need
    return SimpleNamespace(database=database, places=Places(database, None), large_reads=asyncio.Lock())


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", OF_A_JOB)
async def test_a_job_deleted_while_it_is_read_is_not_there_or_whole(
    database: Database, execute: Callable[[str], None], name: str, number: int
) -> None:
    job_id = (await submit(database)).id
    await in_write(database, request_cancel, job_id, DEFAULT_PROJECT)
    delete = partial(execute, f"DELETE FROM jobs WHERE id = '{job_id}'")  # noqa: S608 -- an id of ours
    with after_statement(number, database, delete) as statements:
        try:
            await OF_A_JOB[name](context_of(database), job_id)
        except JobNotFound:
            return
    assert len(statements) <= number, "nothing is read once it is gone"


async def test_a_job_deleted_while_its_signals_are_read_is_not_there(
    database: Database, execute: Callable[[str], None]
) -> None:
    fence = await running(database)
    await record_measured(database, fence, 1)
    ask = OF_A_JOB["api.signals.service.read_signals"]
    delete = partial(execute, f"DELETE FROM jobs WHERE id = '{fence.job_id}'")  # noqa: S608 -- an id of ours
    # The first three ask for the job, for what was seen once, and for what its rows are like.
    with after_statement(3, database, delete), pytest.raises(JobNotFound):
        await ask(context_of(database), fence.job_id)


async def test_a_webhook_deleted_while_its_messages_are_read_is_not_there(
    database: Database, execute: Callable[[str], None]
) -> None:
    hook = draft_webhook()
    await in_write(database, create_webhook, hook)
    await in_write(database, note_test, hook.id, DEFAULT_PROJECT)
    context = context_of(database)
    rows, _ = await webhooks.list_deliveries(context, CALLER, hook.id, PageQuery())
    assert len(rows) == 1
    with (
        after_statement(1, database, lambda: execute(f"DELETE FROM webhooks WHERE id = '{hook.id}'")),  # noqa: S608
        pytest.raises(WebhookNotFound),
    ):
        await webhooks.list_deliveries(context, CALLER, hook.id, PageQuery())


def test_every_function_that_reads_more_than_once_is_tried_above() -> None:
    found = set()
    for path in [path for room in ("api", "services") for path in (ROOT / room).rglob("*.py")]:
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.AsyncFunctionDef):
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                if "await rows_of_job(" in ast.unparse(function):
                    found.add(f"{module}.{function.name}")
                for block in ast.walk(function):
                    if isinstance(block, ast.AsyncWith) and "database.read(" in ast.unparse(block.items[0]):
                        inside = [node for statement in block.body for node in ast.walk(statement)]
                        if sum(isinstance(node, ast.Await) for node in inside) > 1:
                            found.add(f"{module}.{function.name}")
    found.remove("api.jobs.reading.rows_of_job")  # by those that ask it, which are tried
    assert found == {*OF_A_JOB, *ONE_MOMENT_OR_NONE}
