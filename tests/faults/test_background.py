"""Rows 31 and 32: things that always fail, and background loops that die."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from db.workers.upkeep import Duty
from tests.faults import failpoints
from tests.faults.conftest import seed
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.specs import quick, steady
from tests.faults.stage import Stage
from tests.faults.test_races import claimed
from worker.supervisor.heart import BEAT, ORDERS
from worker.supervisor.lookout import LOOKOUT
from worker.supervisor.upkeep.reconciler import LOOK

SETTINGS = {"LEASE_SECONDS": "4", "TRAINER_THREADS": "1"}
LOOPS = {
    "api": ("publish hints", "forget hints", "keyring", "webhooks", "listeners"),
    "worker": ("slot 0", LOOKOUT, BEAT, ORDERS, LOOK, *Duty),
}
_METRICS = {"api": "netcoach_background_failures_total", "worker": "netcoach_worker_background_failures_total"}
_STUCK = "job_stuck"
_FAILS = (
    "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$",
    "CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()",
)


async def failures(stage: Stage, program: str) -> dict[str, float]:
    """How often each kind of loop of a program failed, by the metrics."""
    text = (await stage.client.http.get("/metrics")).text
    return {
        sample.labels["loop"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == _METRICS[program]
    }


async def unready(stage: Stage) -> str:
    """What `/readyz` names; nothing if it is green."""
    answer = await stage.client.http.get("/readyz")
    return "" if answer.is_success else answer.json()["detail"]


async def until_ready(stage: Stage, timeout_seconds: float = 30) -> list[str]:
    deadline = time.monotonic() + timeout_seconds
    while said := await unready(stage):
        if time.monotonic() > deadline:
            return [f"P: /readyz is red: {said}"]
        await asyncio.sleep(0.1)
    return []


async def end_loops(stage: Stage, *, names: dict[str, tuple[str, ...]], times: int, wait_seconds: float) -> list[str]:
    """Each of these loops is ended so often; what does not come back cannot be ended again, and is not counted."""
    before = {program: await failures(stage, program) for program in names}
    for turn in range(times):
        for program, loops in names.items():
            for name in loops:
                failpoints.end_loop(stage.arms, program, name)
        deadline = time.monotonic() + wait_seconds
        while missing := await _not_counted(stage, names, before, turn + 1):
            if time.monotonic() > deadline:
                return [f"P: {name} did not come back" for name in missing]
            await asyncio.sleep(0.1)
    return []


async def _not_counted(
    stage: Stage, names: dict[str, tuple[str, ...]], before: dict[str, dict[str, float]], times: int
) -> list[str]:
    return [
        name
        for program, loops in names.items()
        for counted in [await failures(stage, program)]
        for name in loops
        for kind in [name.removesuffix(" 0")]
        if counted.get(kind, 0) - before[program].get(kind, 0) < times
    ]


@pytest.mark.row(32)
async def test_every_loop_that_is_ended_comes_back(company: Stage, tally: Tally) -> None:
    (worker,) = company.workers
    job_id = await company.client.insist(steady(seed(), epochs=20))
    await company.wait(job_id, lambda job: job.epoch >= 2)
    violations = await end_loops(company, names=LOOPS, times=2, wait_seconds=30)
    violations += await until_ready(company)
    await company.client.insist(quick())
    violations += await judge(company)
    row = await company.job(job_id)
    if (row.status, row.attempts_counted) != ("succeeded", 1):
        violations.append(f"P: {job_id}: is {row.status}, and {row.attempts_counted} attempts count")
    if not worker.is_running:
        violations.append("P: the worker has ended")
    tally.note(violations, tried=2 * sum(map(len, LOOPS.values())))


@pytest.mark.row(32)
@pytest.mark.long
async def test_loops_that_nobody_keeps(stage: Stage, tally: Tally) -> None:
    rig = (*stage.armed, "--without", "supervision")
    await stage.start_api(rig=rig)
    await stage.start_worker(rig=rig)
    await stage.client.insist(quick())
    names = {"api": ("webhooks",), "worker": ("slot 0",)}
    violations = await end_loops(stage, names=names, times=1, wait_seconds=5)
    await stage.client.insist(quick())
    tally.turned_red("supervision", [*violations, *await judge(stage, letters="L", within_seconds=15)], letters="L P")


async def plant(stage: Stage) -> dict[str, str]:
    """Rows that cannot be written or deleted, a file that cannot be deleted, and beside each one that can; the latter.

    What cannot be done comes first in every order.
    """
    await stage.execute(
        "INSERT INTO removals (job_id, created_at) VALUES ('job_00/../..', statement_timestamp()), (:id, '2001-01-01')",
        id=_STUCK,
    )
    stuck = stage.home / "storage" / "jobs" / _STUCK
    stuck.parent.mkdir(parents=True, exist_ok=True)
    stuck.touch()  # where a folder is looked for
    deleted = f"{_STUCK}_behind"
    (stage.home / "storage" / "jobs" / deleted).mkdir()
    (stage.home / "storage" / "jobs" / deleted / "model.keras").touch()
    await stage.execute("INSERT INTO removals (job_id, created_at) VALUES (:id, statement_timestamp())", id=deleted)
    bad, good = await claimed(stage, 2, lease_seconds=3600)
    for name, what, table, condition in (
        ("no_expiry", "UPDATE", "jobs", f"OLD.id = '{bad.job_id}'"),
        ("no_claim", "UPDATE", "jobs", "OLD.name = 'unclaimable'"),
        ("no_forgetting", "DELETE", "workers", "OLD.id = 'worker_0'"),
        ("no_notes", "DELETE", "outbox", "OLD.accelerator = 'gpu'"),
    ):
        for statement in _FAILS:
            await stage.execute(statement.format(name=name, what=what, table=table, condition=condition))
    for worker_id in ("worker_0", "worker_1"):
        await stage.execute(
            "INSERT INTO workers (id, hostname, pid, accelerators_json, slots, versions_json, devices_json, state, "
            "started_at, heartbeat_at) "
            "VALUES (:id, 'gone', 1, '[]', 1, '{}', '[]', 'ready', '2001-01-01', '2001-01-01')",
            id=worker_id,
        )
    return {"job": good.job_id, "bad job": bad.job_id, "removal": deleted, "worker": "worker_1"}


async def lapse(stage: Stage, planted: dict[str, str]) -> None:
    """The leases of both jobs run out; of the bad one without its trigger's leave."""
    async with stage.database.write() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        ids = f"'{planted['job']}', '{planted['bad job']}'"
        await connection.exec_driver_sql(
            f"UPDATE jobs SET lease_expires_at = statement_timestamp() - interval '1 s' WHERE id IN ({ids})"  # noqa: S608
        )


async def held_up(stage: Stage, planted: dict[str, str], within_seconds: float) -> list[str]:
    """What could be done, and was not within the time."""
    done: dict[str, Any] = {
        "a lease was not expired": (
            "SELECT count(*) FROM jobs WHERE id = :id AND attempt = 1 AND ended_at IS NULL",
            "job",
        ),
        "files were not swept": ("SELECT count(*) FROM removals WHERE job_id = :id AND swept_at IS NULL", "removal"),
        "a worker was not forgotten": ("SELECT count(*) FROM workers WHERE id = :id", "worker"),
    }
    deadline = time.monotonic() + within_seconds
    while True:
        left = [what for what, (statement, key) in done.items() if await stage.scalar(statement, id=planted[key])]
        if not left or time.monotonic() > deadline:
            return [f"O: {what}" for what in left]
        await asyncio.sleep(0.1)


async def fail_always(stage: Stage, *, within_seconds: float) -> list[str]:
    """Everything planted; then jobs, of which one cannot be claimed though it is always next."""
    planted = await plant(stage)
    await lapse(stage, planted)
    for never in (
        {**quick(), "name": "unclaimable", "resources": {"priority": 100}},
        {**quick(), "resources": {"accelerator": "gpu"}},
    ):
        answer = await stage.client.http.post("/v1/jobs", json=never)
        assert answer.status_code == httpx.codes.CREATED, answer.text
    for _ in range(2):
        await stage.client.insist(quick())
    violations = await judge(stage, letters="L", within_seconds=within_seconds)
    return violations + await held_up(stage, planted, within_seconds)


async def uproot(stage: Stage) -> None:
    """Nothing fails any more."""
    for name, table in (
        ("no_expiry", "jobs"),
        ("no_claim", "jobs"),
        ("no_forgetting", "workers"),
        ("no_notes", "outbox"),
    ):
        await stage.execute(f"DROP TRIGGER {name} ON {table}")
    await stage.execute("DELETE FROM removals WHERE job_id LIKE 'job_00%'")
    (stage.home / "storage" / "jobs" / _STUCK).unlink(missing_ok=True)


@pytest.mark.row(31)
async def test_what_always_fails_holds_up_nothing_else(company: Stage, tally: Tally) -> None:
    (worker,) = company.workers
    violations = await fail_always(company, within_seconds=30)
    # A statement that fails whatever it is about: the loop that needs it is named, and the others work.
    await company.execute("ALTER TABLE removals ALTER COLUMN swept_at TYPE text")
    await company.execute("ALTER TABLE removals ALTER COLUMN created_at TYPE text")
    deadline = time.monotonic() + 30
    while f"`{LOOK}`" not in (said := await unready(company)):
        if time.monotonic() > deadline:
            violations.append(f"P: /readyz does not name what fails: {said}")
            break
        await asyncio.sleep(0.1)
    await company.client.insist(quick())
    violations += await judge(company, letters="L", within_seconds=30)
    for column in ("swept_at", "created_at"):
        await company.execute(
            f"ALTER TABLE removals ALTER COLUMN {column} TYPE timestamptz USING CAST({column} AS timestamptz)"
        )
    await uproot(company)
    violations += await until_ready(company)
    violations += [found for found in await judge(company, letters="LO") if _STUCK not in found]
    if not worker.is_running:
        violations.append("P: the worker has ended")
    tally.note(violations, tried=7)


@pytest.mark.row(31)
@pytest.mark.long
async def test_what_always_fails_without_separation(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    await stage.start_worker(rig=("--without", "separation"))
    tally.turned_red("isolation of failures", await fail_always(stage, within_seconds=15), letters="L O")
