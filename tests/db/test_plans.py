"""No read of the API goes through a whole table that grows: what the databases say of their plans."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import artifacts, attempts, checkpoints, epochs, histories, signals
from db.attempts.signals import Position, Sample, Wanted
from db.connections.engine import Database
from db.datasets import datasets, facts, readings, stray_files, uploads
from db.datasets import removals as dataset_removals
from db.datasets.datasets import DatasetFilter, NewDataset, StoredFile
from db.jobs import events, jobs, outbox, standings, weights
from db.jobs.jobs import JobFilter
from db.projects import audit, keys, quotas
from db.projects.audit import LOCAL, Act
from db.projects.keys import NewKey
from db.tables.base import DEFAULT_PROJECT
from db.webhooks import message_claims, messages, webhooks
from spec.ids import new_id
from spec.kinds import READ
from spec.states import JobStatus
from tests.db.scenes import draft, draft_webhook, record, running

JOBS = 2_000
EVERY = 100
BY_STATE = DatasetFilter(status=("ready", "failed"))
Read = Callable[[AsyncConnection], Awaitable[Any]]

_TABLES = (
    "api_keys|artifacts|attempts|audit_log|checkpoints|epochs|epoch_signals|job_starts|events|idempotency_keys|job_labels|jobs|"
    "outbox|webhook_deliveries|datasets|blobs|uploads|upload_parts|stray_files"
)
_WHOLE_ON_SQLITE = re.compile(rf"SCAN ({_TABLES})\b")
_WHOLE_ON_POSTGRESQL = re.compile(rf"Seq Scan on ({_TABLES})\b")


def by(**fields: Any) -> Read:  # noqa: ANN401 -- of several types
    return lambda connection: jobs.list_page(connection, DEFAULT_PROJECT, JobFilter(**fields), 20, new_id("job"))


def reads(job_id: str, key_id: str, hook_id: str, dataset_id: str) -> dict[str, Read]:
    """What the API reads."""
    mine = DEFAULT_PROJECT
    return {
        "a job": lambda connection: jobs.get(connection, job_id, mine),
        "whether there is a job": lambda connection: jobs.is_there(connection, job_id, mine),
        "a job's standing": lambda connection: standings.require(connection, job_id, mine),
        "standings that changed": lambda connection: standings.changed(connection, {job_id: 0}),
        "a result": lambda connection: jobs.get_with_results(connection, job_id, mine),
        "jobs": by(),
        "jobs by state": by(status=(JobStatus.RUNNING,)),
        "jobs by several states": by(status=(JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.FAILED)),
        "jobs by ids": by(ids=(job_id, new_id("job"))),
        "jobs by name": by(name="name 7"),
        "jobs by data set": by(dataset="iris"),
        "jobs by sweep": by(sweep="sweep_7"),
        "jobs by parent": by(parent="job_7"),
        "jobs by initial weights": by(initial_weights="job_7"),
        "jobs by time": by(
            created_after=datetime(2000, 1, 1, tzinfo=UTC), created_before=datetime(2000, 1, 2, tzinfo=UTC)
        ),
        "jobs by metadata": by(metadata={"team": "team 7"}),
        "jobs by two of metadata, and state": by(metadata={"team": "team 7", "n": "7"}, status=(JobStatus.QUEUED,)),
        "epochs": lambda connection: epochs.page(connection, job_id, 1, 100),
        "signals": lambda connection: signals.page(
            connection, job_id, Wanted(Position(2), 100, None, 2**20), Sample(("dense",), 30)
        ),
        "what signals are like": lambda connection: signals.sample(connection, job_id, Position(2)),
        "events": lambda connection: events.list_page(connection, job_id, 0, 100),
        "a history": lambda connection: histories.page_after(connection, job_id, 0, 0, 100),
        "attempts": lambda connection: attempts.list_page(connection, job_id, 1000),
        "checkpoints": lambda connection: checkpoints.list_for(connection, job_id),
        "artifacts": lambda connection: artifacts.list_for(connection, job_id),
        "an artifact": lambda connection: artifacts.get(connection, job_id, "history.csv"),
        "the audit log": lambda connection: audit.list_page(connection, mine, 20, new_id("act")),
        "a key": lambda connection: keys.find(connection, key_id),
        "keys": lambda connection: keys.list_page(connection, mine, 20, new_id("key")),
        "deliveries": lambda connection: messages.list_page(connection, hook_id, mine, 20),
        "whether a delivery is due": message_claims.next_due,
        "a project's use": lambda connection: quotas.consumption_of(connection, mine),
        "a project's load": lambda connection: quotas.load_of(connection, mine),
        "needed files of a deleted job": lambda connection: weights.needed_files(connection, "job_7"),
        "needed files of a project's deleted jobs": lambda connection: weights.files_of_deleted(connection, mine),
        "a data set": lambda connection: datasets.get(connection, dataset_id, mine),
        "where a data set's reading stands": lambda connection: datasets.standing_of(connection, dataset_id, mine),
        "data sets": lambda connection: datasets.list_page(connection, mine, DatasetFilter(), 20, new_id("ds")),
        "data sets by name": lambda connection: datasets.list_page(connection, mine, DatasetFilter(name="a"), 20),
        "data sets by state": lambda connection: datasets.list_page(connection, mine, BY_STATE, 20),
        "the file that a job reads": lambda connection: readings.file_of(connection, job_id),
        "uploads": lambda connection: uploads.list_page(connection, mine, 20),
        "files to be removed": lambda connection: stray_files.due(connection, "", 100),
        "who uses a data set": lambda connection: datasets.users_of(connection, dataset_id, mine),
        "facts of a data set": lambda connection: facts.find(connection, [dataset_id, new_id("ds")], mine),
        "a data set by its name": lambda connection: facts.id_of(connection, "a", mine),
        "files of data sets": lambda connection: facts.files_of(connection, [dataset_id]),
        "data sets to be removed": lambda connection: dataset_removals.due(connection, "", 100),
        "uploads to be removed": lambda connection: uploads.expired(connection, "", 100),
        "the outbox": lambda connection: outbox.unpublished(connection, 100),
    }


@pytest.fixture
async def stored(database: Database) -> dict[str, Read]:
    """Enough of everything that a database would rather not go through all of it."""
    fence = await running(database, epochs=3)
    key = NewKey(new_id("key"), DEFAULT_PROJECT, None, "ab" * 32, ["read"])
    hook = draft_webhook(events_json='["job.failed"]')
    async with database.write() as connection:
        await keys.create(connection, key)
        await webhooks.create(connection, hook)
        for _ in range(EVERY):
            await messages.note_test(connection, hook.id, DEFAULT_PROJECT)
        for start in range(0, JOBS, EVERY):
            numbers = range(start, start + EVERY)
            new = [
                draft(
                    name=f"name {number % 97}",
                    dataset=("digits", "iris")[number % 50 == 0],
                    sweep=f"sweep_{number % 97}",
                    parent=f"job_{number % 97}",
                    initial_weights=f"job_{number % 97}",
                    initial_weights_json='{"key":"k","sha256":"00","size_bytes":1}',
                    metadata={"team": f"team {number % 97}", "n": str(number)},
                )
                for number in numbers
            ]
            await jobs.create_all(connection, new)
            acts = [Act(DEFAULT_PROJECT, LOCAL, "job.create", job.id, "r", None) for job in new]
            await audit.record(connection, *acts)
    await record(database, fence, *range(4, 300))
    return reads(fence.job_id, key.id, hook.id, await _some_datasets(database))


async def _some_datasets(database: Database) -> str:
    """Data sets, each of a file of its own; the id of the last."""
    dataset_id = ""
    async with database.write() as connection:
        for number in range(EVERY):
            dataset_id = new_id("ds")
            file = StoredFile(f"blobs/{number}", f"{number:064}", 8)
            job = draft(kind=READ, dataset=dataset_id, epochs=1)
            described = {"name": f"name {number}", "format": None, "description_json": "{}"}
            new = NewDataset(id=dataset_id, project=DEFAULT_PROJECT, job=job, **described)
            await stray_files.await_reference(connection, file.key)
            await datasets.create(connection, new, file)
            await uploads.create(connection, new_id("up"), DEFAULT_PROJECT, 8, None)
    return dataset_id


async def plans_of(database: Database, read: Read) -> list[str]:
    """What the database says of how it carries out each statement of a read."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's
        sent.append((statement, parameters))

    async with database.read() as connection:
        engine = connection.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            await read(connection)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        if not database.is_sqlite:
            # Of few rows it prefers the whole table: asked to do without, it shows whether there is another way.
            await connection.exec_driver_sql("SET enable_seqscan = off")
        plans: list[str] = []
        for statement, parameters in sent:
            rows = await connection.exec_driver_sql(f"{explain} {statement}", parameters)
            plans.append("\n".join(str(row[-1]) for row in rows))
        if not database.is_sqlite:
            await connection.exec_driver_sql("RESET enable_seqscan")
    return plans


async def test_no_read_goes_through_a_whole_table(database: Database, stored: dict[str, Read]) -> None:
    whole = _WHOLE_ON_SQLITE if database.is_sqlite else _WHOLE_ON_POSTGRESQL
    told = {name: await plans_of(database, read) for name, read in stored.items()}
    assert all(told.values())
    assert {name: plans for name, plans in told.items() if any(map(whole.search, plans))} == {}


async def test_a_read_without_its_index_is_seen(database: Database, stored: dict[str, Read]) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("DROP INDEX audit_log_project_id")
    whole = _WHOLE_ON_SQLITE if database.is_sqlite else re.compile("Seq Scan on audit_log|audit_log_pkey")
    (plan,) = await plans_of(database, stored["the audit log"])
    assert whole.search(plan) or "SEARCH audit_log USING PRIMARY KEY" in plan


async def test_jobs_by_metadata_are_walked_by_their_label(database: Database, stored: dict[str, Read]) -> None:
    for name in ("jobs by metadata", "jobs by two of metadata, and state"):
        (plan,) = await plans_of(database, stored[name])
        assert "job_labels_label_job_id" in plan
        assert "USE TEMP B-TREE" not in plan
