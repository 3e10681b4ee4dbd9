import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select, text, update

from db import migrate
from db.attempts import attempts, epochs, findings
from db.attempts.attempts import EpochRecord, Progress
from db.attempts.endings import Ending, finish, hand_back
from db.attempts.findings import NewFindings
from db.connections.engine import Database
from db.datasets import datasets, references
from db.datasets.datasets import DatasetFilter
from db.errors import StatementFailed
from db.jobs import events, jobs, removals
from db.projects import audit, deleted_use, idempotency, quotas
from db.projects.audit import LOCAL, Act
from db.projects.idempotency import Answer, KeyedRequest, SpecInJob
from db.queue import claims
from db.repairs import repairs, steps
from db.repairs.steps import NewTrial
from db.tables import row_sizes
from db.tables.attempts import EpochSignals
from db.tables.base import DEFAULT_PROJECT
from db.tables.jobs import Job
from db.tables.metadata import METADATA
from db.tables.projects import AuditEntry, IdempotencyKey
from db.tables.row_sizes import CHANGE_BYTES
from spec.ids import new_id
from spec.language.numbers import encode_json
from spec.states import JobStatus
from tests.db import read_datasets
from tests.db.scenes import claim, in_read, in_write, read, running, submit
from tests.services.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]


def differences(connection: Connection) -> list[object]:
    """What Alembic would change to make the tables those the models declare."""
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


async def test_migrations_make_the_tables_the_models_declare(database: Database) -> None:
    async with database.write() as connection:
        assert await connection.run_sync(differences) == []


async def move(url: str, direction: Callable[[Config, str], None], revision: str) -> None:
    """Migrate a database up or down, as `db.migrate` does."""
    database = Database(url, checks_references=False)
    async with database.write() as connection:
        await connection.run_sync(lambda plain: direction(migrate.configuration(plain), revision))
        if database.is_sqlite:  # which then does not refuse rows that refer to none
            assert (await connection.execute(text("PRAGMA foreign_key_check"))).all() == []
    await database.close()


async def test_all_migrations_can_be_taken_back_and_applied_again(database: Database, database_url: str) -> None:
    await submit(database)
    await move(database_url, command.downgrade, "base")
    async with database.write() as connection:
        assert await connection.run_sync(lambda plain: inspect(plain).get_table_names()) == ["alembic_version"]
    await move(database_url, command.upgrade, "head")
    async with database.write() as connection:
        assert await connection.run_sync(differences) == []
    await submit(database)


async def test_no_migration_costs_what_there_was(database: Database, database_url: str) -> None:
    """Down to the first release and up again: each step with rows, and rows that refer to them."""
    done = await running(database, epochs=2, name="kept", priority=4)
    await in_write(database, hand_back, done, "stopping")
    queued = await submit(database)
    before = await read(database, done.job_id)
    history = await in_read(database, events.list_page, done.job_id, 0, 100)
    await move(database_url, command.downgrade, "0001")
    await move(database_url, command.upgrade, "head")
    assert await read(database, done.job_id) == before
    assert await read(database, queued.id) == queued
    assert await in_read(database, events.list_page, done.job_id, 0, 100) == history
    assert len(await in_read(database, epochs.page, done.job_id, 0, 10)) == 2
    (attempt,) = await in_read(database, attempts.list_page, done.job_id, 10)
    assert (attempt.outcome, attempt.is_counted) == ("handed_back", False)
    assert (await claim(database)).job_id == done.job_id
    with pytest.raises(StatementFailed):
        await submit(database, project="nobody's")


async def test_a_job_gets_the_time_of_its_id(database: Database, database_url: str) -> None:
    job = await submit(database)
    await move(database_url, command.downgrade, "0006")
    other = job.created_at - timedelta(seconds=1)
    async with database.write() as connection:
        await connection.execute(update(Job).values(created_at=other))
    await move(database_url, command.upgrade, "head")
    assert (await read(database, job.id)).created_at == job.created_at


async def test_a_release_without_data_sets_has_nothing_of_them_but_the_jobs_on_them(
    database: Database, database_url: str
) -> None:
    """One was read, one failed, one is being read, and a job trains on the first."""
    dataset = await read_datasets.ready(database, name="a")
    await read_datasets.ready(database, is_sound=False)
    await read_datasets.being_read(database)
    job = await submit(database, dataset=dataset, validation_dataset=dataset)
    await move(database_url, command.downgrade, "0014")
    async with database.read() as connection:
        kinds = (await connection.scalars(text("SELECT kind FROM jobs"))).all()
        files = await connection.scalar(text("SELECT count(*) FROM artifacts"))
    assert (kinds, files) == (["train"], 0)
    await move(database_url, command.upgrade, "head")
    assert await read(database, job.id) == job
    assert await in_read(database, datasets.list_page, DEFAULT_PROJECT, DatasetFilter(), 10) == []


async def sizes(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        found = (await connection.execute(select(Job.id, Job.row_bytes + Job.growth_bytes))).all()
        return {row[0]: row[1] for row in found}


async def test_rows_of_a_former_release_are_counted_as_if_they_had_always_been(
    database: Database, database_url: str
) -> None:
    """Down and up again: what is counted at each write is what the migration counts of rows that were there."""
    fence = await running(database, epochs=2, name="né", metadata={"a": "b", "c": "d"}, train_rows=5)
    await in_write(database, hand_back, fence, "stopping")
    other = await submit(database, spec_json='{"b":"' + "ü" * 5000 + '"}')
    await in_write(database, jobs.request_cancel, other.id, DEFAULT_PROJECT)
    gone = await submit(database, train_rows=7)
    await in_write(database, jobs.request_cancel, gone.id, DEFAULT_PROJECT)
    await in_write(database, removals.delete_job, gone.id, DEFAULT_PROJECT)
    body = '{"id":"x","spec":' + other.spec_json + ',"warnings":[]}'
    kept = [(KeyedRequest("key", "digest", DEFAULT_PROJECT), Answer(201, "/v1/jobs/x", body))]
    await in_write(database, idempotency.store_all, kept, [SpecInJob(other.id, other.spec_json)])
    acts = [Act(DEFAULT_PROJECT, LOCAL, "job.create", f"job_{number}", "r", None) for number in range(2100)]
    await in_write(database, audit.record, *acts)
    before = await sizes(database)
    log = await in_read(database, audit.list_page, DEFAULT_PROJECT, 3000)
    histories = [await in_read(database, events.list_page, one, 0, 10) for one in (fence.job_id, other.id)]
    assert [[event.id for event in history] for history in histories] == [[1, 2, 3, 4], [1, 2]]
    await move(database_url, command.downgrade, "0008")
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT body_json FROM idempotency_keys")) == body
        numbers = await connection.scalars(text("SELECT id FROM audit_log ORDER BY id"))
        assert list(numbers) == list(range(1, 2101))
    await move(database_url, command.upgrade, "head")
    assert await sizes(database) == before
    assert [await in_read(database, events.list_page, one, 0, 10) for one in (fence.job_id, other.id)] == histories
    again = await in_read(database, audit.list_page, DEFAULT_PROJECT, 3000)
    assert [(row.object_id, row.at) for row in again] == [(row.object_id, row.at) for row in log]
    async with database.read() as connection:
        size = await connection.scalar(select(IdempotencyKey.size_bytes))
        assert size is not None
        assert size > len(body.encode())
        ids = (await connection.scalars(select(AuditEntry.id).order_by(AuditEntry.at, AuditEntry.id))).all()
    assert list(ids) == sorted(ids), "by their times"
    total = (await in_read(database, quotas.consumption_of, DEFAULT_PROJECT)).database_bytes
    assert total == sum(before.values()) + size
    assert await in_read(database, deleted_use.epoch_samples_of, DEFAULT_PROJECT) == 0, "the one thing that is lost"


async def test_a_release_without_signals_does_not_count_them(database: Database, database_url: str) -> None:
    """Whether the job was running when it was gone back, or had ended before."""
    told = {"dense": {"gradient_norm": 0.5}}
    fences = [await running(database, epochs=1) for _ in range(3)]
    before = await sizes(database)
    record = EpochRecord(1, {"loss": 1.0}, 0.5, Progress(1 / 3, 1.5), told)
    for fence in fences[1:]:
        await in_write(database, attempts.record_epochs, fence, [record])
    grown = await sizes(database)
    assert all(grown[fence.job_id] > before[fence.job_id] for fence in fences[1:])
    await in_write(database, hand_back, fences[2], "stopping")
    before[fences[2].job_id] += CHANGE_BYTES
    await move(database_url, command.downgrade, "0010")
    assert await sizes(database) == before
    await move(database_url, command.upgrade, "head")
    assert await sizes(database) == before
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(EpochSignals)) == 0
    await in_write(database, attempts.record_epochs, fences[1], [record])
    assert (await sizes(database))[fences[1].job_id] > before[fences[1].job_id]


async def test_a_release_without_the_facts_of_data_sets_does_not_count_them(
    database: Database, database_url: str
) -> None:
    facts = '{"name":"Zahlen, schön"}'
    older = await submit(database)
    newer = await submit(database, dataset_facts_json=facts)
    before = await sizes(database)
    assert before[newer.id] == before[older.id] + len(facts.encode())
    await move(database_url, command.downgrade, "0011")
    assert await sizes(database) == {older.id: before[older.id], newer.id: before[older.id]}
    await move(database_url, command.upgrade, "head")
    claimed = [await in_write(database, claims.claim_next, "worker_1", 0, ["cpu"], 30) for _ in range(2)]
    assert [one and (one.job_id, one.dataset_facts_json) for one in claimed] == [(older.id, None), (newer.id, None)]


async def test_a_release_without_initial_weights_does_not_count_them(database: Database, database_url: str) -> None:
    plain = await submit(database)
    child = await submit(database, initial_weights=plain.id, initial_weights_json='{"key":"größer"}', first_epoch=2)
    before = await sizes(database)
    await move(database_url, command.downgrade, "0013")
    assert await sizes(database) == {plain.id: before[plain.id], child.id: before[plain.id]}
    await move(database_url, command.upgrade, "head")
    row = await read(database, child.id)
    assert (row.initial_weights, row.first_epoch) == (None, 0)


async def test_a_release_without_the_coach_counts_nothing_of_it_but_events(
    database: Database, database_url: str
) -> None:
    """A job is repaired, another is looked at once more, and of a third nothing was ever found."""
    texts = {"findings_json": '[{"title":"Größer"}]', "start": '{"inputs":{"Größe":1}}', "plan": '{"title":"Größer"}'}
    plain, sick, undecided = [
        await running(database, epochs=1, findings_json=found) for found in ("[]", texts["findings_json"], "[]")
    ]
    counted = await sizes(database)
    told = NewFindings([{"id": "finding_ü", "severity": "hint"}], 1)
    record = EpochRecord(1, {"loss": 1.0}, 0.5, Progress(1 / 3, 1.5), None, json.loads(texts["start"]))
    await in_write(database, attempts.record_epochs, sick, [record])
    events_bytes = {fence.job_id: CHANGE_BYTES for fence in (plain, sick, undecided)}
    for fence in (sick, undecided):
        await in_write(database, findings.record, fence, told)
        data = {"attempt": 1, "after_epoch": 1, **told.findings[0]}
        events_bytes[fence.job_id] += row_sizes.of_event(encode_json(data))
    await in_write(database, references.note, undecided.job_id, "key")
    assert await in_write(database, references.claim, "key", [])
    for fence, is_undecided in ((plain, None), (sick, False), (undecided, True)):
        ending = Ending(
            status=JobStatus.SUCCEEDED,
            repair_json=None if is_undecided is None else texts["plan"],
            is_awaiting=bool(is_undecided),
            is_undecided=bool(is_undecided),
        )
        await in_write(database, finish, fence, ending)
    trial = NewTrial(0, new_id("job"), 0, 7, 0, 1)
    await in_write(database, steps.add, sick.job_id, [trial])
    await move(database_url, command.downgrade, "0016")
    left = {job_id: size + events_bytes[job_id] for job_id, size in counted.items()}
    left[sick.job_id] -= len(texts["findings_json"].encode())
    assert await sizes(database) == left
    await move(database_url, command.upgrade, "head")
    assert await sizes(database) == left
    for fence in (plain, sick, undecided):
        job = await read(database, fence.job_id)
        assert (job.status, job.is_repairing, job.findings_json) == (JobStatus.SUCCEEDED, False, "[]")
        assert await in_read(database, repairs.find, fence.job_id) is None
        assert (await in_read(database, findings.read, fence.job_id, DEFAULT_PROJECT)).is_final


def test_whoever_migrates_knows_all_tables() -> None:
    """Alembic compares with what `db.migrations.env` imports: a table that it does not know of would be dropped."""
    program = (
        "import importlib, pkgutil, db.tables\n"
        "from db.tables.metadata import METADATA\n"
        "known = set(METADATA.tables)\n"
        "for module in pkgutil.iter_modules(db.tables.__path__, 'db.tables.'): importlib.import_module(module.name)\n"
        "print(sorted(set(METADATA.tables) - known), len(known))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told == f"[] {len(METADATA.tables)}\n"
    environment = (ROOT / "db" / "migrations" / "env.py").read_text()
    assert "from db.tables.metadata import METADATA" in re.findall(r"^from db\S* import .*$", environment, re.MULTILINE)


async def run(url: str | None) -> tuple[int | None, str]:
    """Exit code and complaint of ``python -m db.migrate``."""
    environment = {name: value for name, value in os.environ.items() if name != "NETCOACH_DATABASE_URL"}
    if url is not None:
        environment["NETCOACH_DATABASE_URL"] = url
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "db.migrate", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    return process.returncode, said.decode()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_several_may_migrate_at_once(postgres_server: PostgresServer, tmp_path: Path, kind: str) -> None:
    with postgres_server.fresh_database() as empty:
        url = empty if kind == "postgresql" else f"sqlite:///{tmp_path}/netcoach.db"
        assert await asyncio.gather(*(run(url) for _ in range(3))) == [(0, "")] * 3
        database = Database(url)
        async with database.write() as connection:
            assert await connection.run_sync(differences) == []
        await database.close()


async def test_what_is_wrong_is_said_without_the_password(tmp_path: Path) -> None:
    assert await run(None) == (2, "NETCOACH_DATABASE_URL is not set.\n")
    code, said = await run("mysql://me:hunter2@host/db")
    assert code == 2
    assert said.startswith("NETCOACH_DATABASE_URL: ")
    assert "hunter2" not in said
    code, said = await run(f"postgresql://me:hunter2@/db?host={tmp_path}")
    assert code == 1
    assert said == "The database is unavailable: it cannot be reached.\n"
