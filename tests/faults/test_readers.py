"""Rows 34 and 35: processes that read files and are killed, and files that need more memory than there is."""

import asyncio
import json
import random
import signal

import psutil
import pytest

from tests.faults.conftest import seed
from tests.faults.datasets import Reading, create, hungry_table, learn, table, wait_lost, wait_read, wait_reading
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.specs import quick
from tests.faults.stage import Stage

_LIMIT_BYTES = 384 * 2**20
SETTINGS = {"READER_MEMORY_BYTES": str(_LIMIT_BYTES)}
_LARGE = 40
"""Megabytes that take a reader long enough to be killed in between."""
_MOST_DELAY_SECONDS = 0.3


@pytest.fixture(scope="module")
def content() -> bytes:
    """A file that takes some tenths of a second to read."""
    return table(seed(), _LARGE)


@pytest.fixture(scope="module")
async def undisturbed(company: Stage, content: bytes) -> Reading:
    """What there is to be read of it."""
    return await learn(company, content)


async def kill_reader(stage: Stage, dataset_id: str, attempt: int, delay_seconds: float) -> bool:
    """Kill the reader of a data set in this attempt; whether it was reading still."""
    if not await wait_reading(stage, dataset_id, attempt):
        return False
    await asyncio.sleep(delay_seconds)
    for worker in stage.workers:
        for reader in worker.readers():
            reader.kill()
    reading = await Reading.of(stage, dataset_id)
    return (reading.status, reading.attempt) == ("processing", attempt)


@pytest.mark.row(34)
@pytest.mark.parametrize("times", [2, pytest.param(12, marks=pytest.mark.long)])
async def test_a_reader_killed_while_it_reads(
    company: Stage, undisturbed: Reading, tally: Tally, rng: random.Random, times: int
) -> None:
    content = table(seed(), _LARGE)
    killed = 0
    for _ in range(3 * times):
        dataset_id = await create(company, content)
        killed += await kill_reader(company, dataset_id, 1, rng.random() * _MOST_DELAY_SECONDS)
        violations = await judge(company)
        violations += (await Reading.of(company, dataset_id)).differences(dataset_id, undisturbed)
        tally.note(violations)
        if killed == times:
            break
    assert killed == times, "readers ended before they could be killed"


@pytest.mark.row(34)
async def test_a_reader_killed_each_time(company: Stage, content: bytes, tally: Tally) -> None:
    dataset_id = await create(company, content)
    for attempt in (1, 2, 3):
        assert await kill_reader(company, dataset_id, attempt, 0.05)
        await wait_lost(company, dataset_id, attempt)
    violations = await judge(company)
    reading = await Reading.of(company, dataset_id)
    error = json.loads(reading.error_json or "{}")
    told = (reading.status, reading.attempt, reading.digests, error.get("code"), error.get("message"))
    if told != ("failed", 3, {}, "worker_lost", "The process that read the file was killed by SIGKILL."):
        violations.append(f"P: {dataset_id}: {told}")
    # The next file is read.
    behind = await wait_read(company, await create(company, b"a\n1\n2\n"))
    if behind.status != "ready":
        violations.append(f"P: the file behind it is {behind.status}: {behind.error_json}")
    tally.note(violations)


@pytest.mark.row(34)
@pytest.mark.long
async def test_the_worker_of_a_reader_killed(
    company: Stage, content: bytes, undisturbed: Reading, tally: Tally, rng: random.Random
) -> None:
    for _ in range(3):
        dataset_id = await create(company, content)
        assert await wait_reading(company, dataset_id, 1)
        await asyncio.sleep(rng.random() * _MOST_DELAY_SECONDS)
        (worker,) = company.workers
        readers = worker.readers()
        worker.kill()
        _, alive = await asyncio.to_thread(psutil.wait_procs, readers, timeout=5)
        violations = [f"O: reader {reader.pid} outlived its supervisor" for reader in alive]
        await company.start_worker(rig=company.armed, **SETTINGS)
        violations += await judge(company)
        tally.note([*violations, *(await Reading.of(company, dataset_id)).differences(dataset_id, undisturbed)])


async def freeze_and_wake(stage: Stage, content: bytes, undisturbed: Reading) -> list[str]:
    """The worker of a reading freezes until another has read the file, and then wakes."""
    dataset_id = await create(stage, content)
    assert await wait_reading(stage, dataset_id, 1)
    job_id = await stage.scalar("SELECT job_id FROM datasets WHERE id = :id", id=dataset_id)
    worker = await stage.worker_of(job_id)
    worker.signal(signal.SIGSTOP)
    await wait_lost(stage, dataset_id, 1, is_claimed=True)
    # The first attempt's reader has gone on meanwhile, and its supervisor hears of it while the second one reads.
    worker.signal(signal.SIGCONT)
    violations = await judge(stage)
    violations += (await Reading.of(stage, dataset_id)).differences(dataset_id, undisturbed)
    return violations if stage.workers == stage.programs[1:] else [*violations, "P: a worker has ended"]


@pytest.mark.row(34)
@pytest.mark.long
async def test_the_worker_of_a_reader_frozen_past_its_lease(stage: Stage, content: bytes, tally: Tally) -> None:
    await stage.start_api()
    await stage.start_workers(2, TRAINER_THREADS="1", **SETTINGS)
    undisturbed = await learn(stage, content)
    for _ in range(2):
        tally.note(await freeze_and_wake(stage, content, undisturbed))


@pytest.mark.row(34)
@pytest.mark.long
async def test_a_frozen_worker_of_a_reader_without_a_fence(stage: Stage, content: bytes, tally: Tally) -> None:
    await stage.start_api()
    await stage.start_workers(2, rig=("--without", "fence"), TRAINER_THREADS="1", **SETTINGS)
    undisturbed = await learn(stage, content)
    tally.turned_red("fence", await freeze_and_wake(stage, content, undisturbed), letters="D F P")


async def read_what_is_too_large(stage: Stage, content: bytes) -> list[str]:
    """A file that needs more memory than there is comes between others, and a job is trained beside it."""
    (worker,) = stage.workers
    before = [process.pid for process in worker.trainers()]
    job_id = await stage.client.insist(quick(seed(), epochs=20))
    dataset_id = await create(stage, content)
    behind = await create(stage, b"a,b\n1,x\n2,y\n")
    violations = await judge(stage)
    reading = await Reading.of(stage, dataset_id)
    error = json.loads(reading.error_json or "{}")
    told = (reading.status, reading.attempt, reading.digests, error.get("code"))
    if told != ("failed", 1, {}, "out_of_memory") or "Write it with smaller" not in error["message"]:
        violations.append(f"P: {dataset_id}: {told}: {error}")
    if (other := await Reading.of(stage, behind)).status != "ready":
        violations.append(f"P: {behind}: is {other.status}: {other.error_json}")
    if (row := await stage.job(job_id)).status != "succeeded" or row.attempt != 1:
        violations.append(f"P: {job_id}: is {row.status} in attempt {row.attempt}")
    if [process.pid for process in worker.trainers()] != before:
        violations.append("P: the trainer is another")
    return violations


@pytest.mark.row(35)
async def test_a_file_that_needs_too_much_memory(company: Stage, tally: Tally) -> None:
    tally.note(await read_what_is_too_large(company, hungry_table(_LIMIT_BYTES // 2**20)))


@pytest.mark.row(35)
@pytest.mark.long
async def test_a_reader_that_outgrows_its_memory_is_killed(stage: Stage, tally: Tally) -> None:
    """The second line: it does not keep to its limit by itself."""
    await stage.start_api()
    await stage.start_worker(rig=("--without", "reader-limit"), **SETTINGS)
    tally.note(await read_what_is_too_large(stage, hungry_table(3 * _LIMIT_BYTES // 2**20)))


@pytest.mark.row(35)
@pytest.mark.long
async def test_a_reader_that_may_use_all_memory(stage: Stage, tally: Tally) -> None:
    await stage.start_api()
    await stage.start_worker(READER_MEMORY_BYTES=str(2**40))
    violations = await read_what_is_too_large(stage, hungry_table(_LIMIT_BYTES // 2**20))
    tally.turned_red("memory limit", violations, letters="P")
