import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from db.attempts import checkpoints
from db.attempts.checkpoints import NewCheckpoint
from db.attempts.endings import hand_back
from db.connections.engine import Database
from db.jobs import events
from db.queue import claims
from db.queue.inputs import Input
from db.tables.attempts import Attempt
from db.tables.base import DEFAULT_PROJECT
from spec.inputs import InputName
from spec.states import JobStatus
from tests.db.scenes import claim, in_read, in_write, read, running, submit

ROOT = Path(__file__).resolve().parents[2]


async def test_a_claim_gives_the_job_a_number_and_a_lease(database: Database) -> None:
    row = await submit(database, max_attempts=2, max_runtime_seconds=9.5)
    taken = await in_write(database, claims.claim_next, "worker_1", 3, ["cpu"], 30)
    assert taken == claims.Claim(row.id, 1, row.spec_json, 42, 2, 9.5, project=DEFAULT_PROJECT)
    now = await read(database, row.id)
    assert (now.status, now.attempt, now.attempts_counted) == (JobStatus.RUNNING, 1, 1)
    assert (now.worker_id, now.slot, now.revision) == ("worker_1", 3, 2)
    assert now.started_at is not None
    assert now.lease_expires_at is not None
    assert (now.lease_expires_at - now.started_at).total_seconds() == pytest.approx(30, abs=0.1)
    attempts = await in_read(database, lambda connection: connection.execute(select(Attempt.attempt, Attempt.slot)))
    assert attempts.all() == [(1, 3)]
    history = await in_read(database, events.list_page, row.id, 0, 10)
    assert history[-1].type == "job.claimed"
    assert await in_write(database, claims.claim_next, "worker_1", 3, ["cpu"], 30) is None


async def test_a_claim_says_what_the_attempt_begins_with(database: Database) -> None:
    fence = await running(database, dataset_facts_json="{}")
    for step in (1, 2):
        new = NewCheckpoint(0, step, f"checkpoints/{step}", 100 + step, f"{step}" * 64)
        await in_write(database, checkpoints.record, fence, new, keep=2)
    await in_write(database, hand_back, fence, "stopping")
    taken = await in_write(database, claims.claim_next, "worker_1", 3, ["cpu"], 30)
    assert taken is not None
    assert (taken.attempt, taken.dataset_facts_json) == (2, "{}")
    assert taken.inputs == tuple(
        Input(InputName.CHECKPOINT, f"checkpoints/{step}", f"{step}" * 64, 100 + step, is_required=False)
        for step in (2, 1)
    )
    assert await in_read(database, claims.claim_of, "worker_1", 3) == taken


async def test_the_highest_priority_goes_first_then_the_oldest(database: Database) -> None:
    made = [(await submit(database, priority=priority)).id for priority in (0, 5, -5, 5, 0)]
    assert [(await claim(database)).job_id for _ in made] == [made[index] for index in (1, 3, 0, 4, 2)]


async def test_a_worker_gets_only_what_it_can_run(database: Database) -> None:
    kinds = {(await submit(database, accelerator=kind)).id: kind for kind in ("gpu", "cpu", "any", "gpu", "any")}

    async def take(accelerators: list[str]) -> str | None:
        taken = await in_write(database, claims.claim_next, "worker_1", 0, accelerators, 30)
        return None if taken is None else kinds[taken.job_id]

    assert [await take(["cpu"]) for _ in range(3)] == ["cpu", "any", "any"]
    assert await take(["cpu"]) is None
    assert [await take(["gpu"]) for _ in range(3)] == ["gpu", "gpu", None]


async def test_a_slot_gets_only_jobs_for_as_many_gpus_as_it_has(database: Database) -> None:
    asked = {(await submit(database, accelerator="gpu", gpus=gpus)).id: gpus for gpus in (4, 2, 1, 2, 1)}

    async def take(gpus: int) -> int | None:
        taken = await in_write(database, claims.claim_next, "worker_1", 0, ["gpu"], 30, gpus=gpus)
        return None if taken is None else asked[taken.job_id]

    assert [await take(1), await take(2), await take(1), await take(1)] == [1, 2, 1, None]
    assert [await take(3), await take(3), await take(8), await take(8)] == [2, None, 4, None]


async def test_the_lease_is_by_the_clock_of_the_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    row = await submit(database)
    monkeypatch.setattr(time, "time", lambda: 4e9)  # this worker believes in the year 2096
    await claim(database, lease_seconds=30)
    now = await read(database, row.id)
    assert now.lease_expires_at is not None
    assert (now.lease_expires_at - row.created_at).total_seconds() == pytest.approx(30, abs=5)


async def test_eight_claimers_take_fifty_jobs_each_once(database: Database) -> None:
    made = {(await submit(database)).id for _ in range(50)}

    async def work(number: int) -> list[str]:
        taken = []
        # 56 claims for 50 jobs: none of the eight can take all, however late the others come.
        for _ in range(7):
            claimed = await in_write(database, claims.claim_next, f"worker_{number}", 0, ["cpu"], 30)
            if claimed is not None:
                taken.append(claimed.job_id)
        return taken

    shares = await asyncio.gather(*(work(number) for number in range(8)))
    taken = Counter(job_id for share in shares for job_id in share)
    assert taken == dict.fromkeys(made, 1)
    assert all(shares)


CLAIMER = """
import asyncio, sys
from db.connections.engine import Database
from db.queue.claims import claim_next

async def main(url, name):
    database = Database(url)
    print("ready", flush=True)
    sys.stdin.readline()
    while True:
        async with database.write() as connection:
            claimed = await claim_next(connection, name, 0, ["cpu"], 30)
        if claimed is None:
            break
        print(claimed.job_id, claimed.attempt)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_four_processes_take_fifty_jobs_each_once(database: Database, database_url: str) -> None:
    made = {(await submit(database)).id for _ in range(50)}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            CLAIMER,
            database_url,
            f"worker_{number}",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    said = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0] * 4
    assert Counter(line for output, _ in said for line in output.decode().splitlines()) == {
        f"{job_id} 1": 1 for job_id in made
    }


async def test_claimers_do_not_wait_for_each_other_on_postgresql(postgres_url: str) -> None:
    database = Database(postgres_url)
    made = [(await submit(database)).id for _ in range(2)]
    async with database.write() as first, database.write() as second:
        one = await claims.claim_next(first, "worker_1", 0, ["cpu"], 30)
        other = await asyncio.wait_for(claims.claim_next(second, "worker_2", 0, ["cpu"], 30), 5)
    assert one is not None
    assert other is not None
    assert [one.job_id, other.job_id] == made
    await database.close()
