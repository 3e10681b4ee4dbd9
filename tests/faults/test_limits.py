"""Rows 22, 26, 28: disks and memory that are used up, and specs that would use them up."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from db.migrate import upgrade
from tests.faults import audit
from tests.faults.conftest import seed
from tests.faults.disk import SmallDisk
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.servers import HardRedis
from tests.faults.specs import SOFTMAX, quick, steady
from tests.faults.stage import Stage

_DISK_BYTES = 96 * 2**20
_EPOCHS = 40


@pytest.mark.row(22)
@pytest.mark.long
async def test_the_disk_is_full(tmp_path: Path, hard_redis: HardRedis, tally: Tally, rng: random.Random) -> None:
    """The home with database, storage and work dirs is on a disk that is filled while jobs are trained and posted."""
    home = tmp_path / "home"
    hard_redis.flush()
    with SmallDisk(home, _DISK_BYTES) as disk:
        await asyncio.to_thread(upgrade, f"sqlite:///{disk.seen}/netcoach.db")
        stage = Stage(tmp_path, f"sqlite:///{disk.seen}/netcoach.db", hard_redis.url)
        stage.home, stage.within = disk.seen, disk.within
        settings = {"HOME": str(home), "DATABASE_URL": f"sqlite:///{home}/netcoach.db"}
        await audit.install(stage.database)
        try:
            await stage.start_api(**settings)
            await stage.start_worker(**settings)
            spec = steady(seed(), epochs=_EPOCHS)
            await stage.learn(spec)
            for _ in range(3):
                tally.note(await fill_disk(stage, disk, spec, rng))
        finally:
            await stage.close()


async def fill_disk(stage: Stage, disk: SmallDisk, spec: dict[str, Any], rng: random.Random) -> list[str]:
    job_id = await stage.client.insist(spec)
    epoch = rng.randrange(2, _EPOCHS // 2)
    await stage.wait(job_id, lambda job: job.epoch >= epoch)
    stage.client.answers.clear()
    disk.fill()
    for _ in range(20):
        await stage.client.post(quick())
        await asyncio.sleep(0.3)
        disk.fill()
    readable = await stage.client.http.get(f"/v1/jobs/{job_id}")
    disk.empty()
    violations = [
        f"P: {times} POSTs were answered {status}"
        for status, times in stage.client.answers.items()
        if status not in {httpx.codes.CREATED, httpx.codes.SERVICE_UNAVAILABLE}
    ]
    if not readable.is_success:
        violations.append(f"P: a job could not be read: {readable.text}")
    violations += await judge(stage, letters="LDFMO", within_seconds=120)
    row = await stage.job(job_id)
    if row.status != "succeeded" and "disk" not in (row.error_message or ""):
        violations.append(f"P: {job_id}: {row.status}, {row.error_code}: {row.error_message}")
    if not all(program.is_running for program in stage.programs):
        violations.append("P: a program has ended")
    after = await stage.wait_end(await stage.client.insist(quick()), 60)
    return violations if after.status == "succeeded" else [*violations, f"P: {after.id}: {after.status} afterwards"]


def hungry() -> dict[str, Any]:
    """A job that needs some gigabytes."""
    spec = quick(seed(), epochs=1, batch_size=512)
    layer = {"type": "Dense", "units": 13_000, "activation": "relu"}
    spec["network"] = {"layers": [{"type": "Flatten"}, layer, layer, SOFTMAX]}
    spec["resources"] = {"max_attempts": 2}
    return spec


_TRAINER_BYTES = 5 * 2**28


@pytest.mark.row(26)
@pytest.mark.long
@pytest.mark.parametrize("limit_bytes", [_TRAINER_BYTES, 2**40])
async def test_a_job_that_needs_too_much_memory(stage: Stage, tally: Tally, limit_bytes: int) -> None:
    await stage.start_api()
    worker = await stage.start_worker(
        WORKER_SLOTS="2", TRAINER_THREADS="1", TRAINER_MEMORY_BYTES=str(limit_bytes), LEASE_SECONDS="10"
    )
    spec = steady(seed(), epochs=30)
    await stage.learn(spec)
    other = await stage.client.insist(spec)
    job_id = await stage.client.insist(hungry())
    violations = await judge(stage, within_seconds=120)
    row, unharmed = await stage.job(job_id), await stage.job(other)
    if (row.status, row.error_code) != ("failed", "out_of_memory"):
        violations.append(f"P: {job_id}: is {row.status}, {row.error_code}: {row.error_message}")
    if row.attempt > row.max_attempts:
        violations.append(f"P: {job_id}: had {row.attempt} attempts")
    if (unharmed.status, unharmed.attempt) != ("succeeded", 1):
        violations.append(f"P: {other}: is {unharmed.status} in attempt {unharmed.attempt}")
    if not worker.is_running:
        violations.append("P: the worker has ended")
    if limit_bytes == _TRAINER_BYTES:
        tally.measured(f"`out_of_memory` after {row.attempt} of {row.max_attempts} attempts")
        tally.note(violations)
    else:
        tally.turned_red("memory limit", violations, letters="P")


@pytest.mark.row(26)
@pytest.mark.long
async def test_a_job_whose_trainer_dies_each_time(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    worker = await stage.start_worker()
    poison = steady(seed(), epochs=1000)
    poison["resources"] = {"max_attempts": 3}
    job_id = await stage.client.insist(poison)
    healthy = [await stage.client.insist(quick()) for _ in range(3)]
    for attempt in (1, 2, 3):
        await stage.wait(job_id, lambda job, attempt=attempt: job.attempt == attempt and job.fraction > 0)
        worker.trainers()[0].kill()
        await stage.wait(job_id, lambda job, attempt=attempt: job.attempt > attempt or job.status != "running")
    violations = await judge(stage)
    row = await stage.job(job_id)
    if (row.status, row.error_code, row.attempt) != ("failed", "worker_lost", 3):
        violations.append(f"P: {job_id}: is {row.status}, {row.error_code} after {row.attempt} attempts")
    violations += [f"P: {other}: harmed" for other in healthy if (await stage.job(other)).status != "succeeded"]
    tally.note(violations)


_BOUND_SECONDS = 0.1
_GROWTH_BYTES = 32 * 2**20


def hostile() -> dict[str, bytes]:
    """Bodies that ask for too much."""
    wide, deep, long = quick(), quick(), quick()
    wide["network"]["layers"][1:1] = [{"type": "Dense", "units": 10**9}]
    twice = {"type": "Dense", "units": 30_000}
    deep["network"]["layers"][1:1] = [twice] * 40
    long["network"]["layers"][1:1] = [{"type": "Flatten"}] * 10_000
    layers = b'{"type":"Flatten"},' * 10**6
    return {
        "1e9 units": json.dumps(wide).encode(),
        "1e9 epochs": json.dumps(quick(epochs=10**9)).encode(),
        "40 layers of 30,000 units": json.dumps(deep).encode(),
        "1e4 layers": json.dumps(long).encode(),
        "1e6 layers": b'{"network":{"layers":[' + layers + b"{}]}}",
        "1e5 deep": b'{"network":' * 10**5 + b"1" + b"}" * 10**5,
        "1e5 deep arrays": b"[" * 10**5 + b"]" * 10**5,
        "a number of 1e5 digits": b'{"training":{"epochs":' + b"9" * 10**5 + b"}}",
        "a name of 1e6 characters": b'{"name":"' + b"x" * 10**6 + b'"}',
        "5e4 unknown fields": json.dumps({f"f{number}": 1 for number in range(50_000)}).encode(),
    }


@pytest.mark.row(28)
async def test_specs_that_ask_for_too_much(stage: Stage, tally: Tally) -> None:
    api = await stage.start_api()
    slowest_seconds, slowest = 0.0, ""
    post = stage.client.http.post
    process = psutil.Process(api.pid)
    violations: list[str] = []
    before_bytes = 0
    for round_number in range(6):
        for name, body in hostile().items():
            taken: list[float] = []
            for _ in range(3):
                spent = process.cpu_times()
                answer = await post("/v1/jobs", content=body, headers={"Content-Type": "application/json"})
                now = process.cpu_times()
                taken.append(now.user + now.system - spent.user - spent.system)
                tally.tried += 1
                if not answer.is_client_error:
                    violations.append(f"P: {name}: was answered {answer.status_code}: {answer.text[:200]}")
            # Of the process's own time, for the machine may have other things to do; and the best of three.
            if min(taken) > slowest_seconds:
                slowest_seconds, slowest = min(taken), name
        if round_number == 0:
            before_bytes = process.memory_info().rss
    growth_bytes = process.memory_info().rss - before_bytes
    if slowest_seconds > _BOUND_SECONDS:
        violations.append(f"P: {slowest}: took {slowest_seconds * 1000:.0f} ms")
    if growth_bytes > _GROWTH_BYTES:
        violations.append(f"P: the memory grew by {growth_bytes / 2**20:.0f} MiB")
    tally.measured(
        f"slowest {slowest_seconds * 1000:.0f} ms of CPU ({slowest}), memory +{growth_bytes / 2**20:.0f} MiB"
    )
    tally.note([*dict.fromkeys(violations), *await judge(stage, letters="D")], tried=0)
