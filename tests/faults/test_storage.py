"""Row 33: an object store that is away, silent or refusing, and a service that stores there."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.conftest import open_stage, seed
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.proxy import Proxy
from tests.faults.servers import HardRedis
from tests.faults.specs import quick, steady
from tests.faults.stage import Stage
from tests.services.s3 import S3Server

PREFIX = "some/where"
REFUSED = "the storage does not take a file"


class Remote:
    """A stage whose files lie in a bucket, behind a proxy."""

    def __init__(self, stage: Stage, s3: S3Server, proxy: Proxy) -> None:
        self.stage = stage
        self.s3 = s3
        self.proxy = proxy

    @contextmanager
    def away(self) -> Iterator[None]:
        self.proxy.is_refusing = True
        self.proxy.cut()
        yield
        self.proxy.is_refusing = False

    @contextmanager
    def silent(self) -> Iterator[None]:
        self.proxy.is_swallowing = True
        self.proxy.swallow()
        yield
        self.proxy.is_swallowing = False

    def files(self, job_id: str) -> list[str]:
        """What the bucket has of a job."""
        return [name for name in self.s3.names() if f"/{job_id}/" in name]

    async def wait_removed(self, job_id: str) -> None:
        deadline = time.monotonic() + 30
        while left := self.files(job_id):
            assert time.monotonic() < deadline, f"{left} are left: {self.stage.said()}"
            await asyncio.sleep(0.1)

    async def judge_artifacts(self, job_id: str) -> list[str]:
        """Every artifact is in the bucket, and is what was written, whole or in part."""
        http = self.stage.client.http
        listed = (await http.get(f"/v1/jobs/{job_id}/artifacts")).json()["data"]
        found = [] if {"model.keras", "history.csv", "logs"} <= {file["name"] for file in listed} else [f"P: {listed}"]
        for file in listed:
            whole = await http.get(file["url"])
            part = await http.get(file["url"], headers={"Range": "bytes=1-5"})
            if hashlib.sha256(whole.content).hexdigest() != file["sha256"]:
                found.append(f"P: {file['name']} is another: {whole.status_code}")
            if (part.status_code, part.content) != (206, whole.content[1:6]):
                found.append(f"P: a part of {file['name']} is another: {part.status_code}")
        return found


@pytest.fixture(scope="module")
async def remote(tmp_path_factory: pytest.TempPathFactory, hard_redis: HardRedis) -> AsyncIterator[Remote]:
    """One for all tests, with the API; each leaves the bucket within reach."""
    folder: Path = tmp_path_factory.mktemp("remote")
    with S3Server("faults") as s3, Proxy(("127.0.0.1", s3.port)) as proxy:
        async with open_stage(folder, hard_redis, None) as stage:
            stage.environment = s3.environment(proxy.port) | {"NETCOACH_STORAGE_URL": f"s3://{s3.bucket}/{PREFIX}"}
            await stage.start_api()
            yield Remote(stage, s3, proxy)


@pytest.fixture(scope="module")
async def served(remote: Remote) -> Remote:
    """The same with a worker."""
    await remote.stage.start_worker()
    return remote


async def wait_refused(stage: Stage, job_id: str, text: str = REFUSED) -> None:
    """Wait until the worker said this while it had the job."""
    worker = stage.workers[-1]
    deadline = time.monotonic() + 60
    while not any(text in line and job_id in line for line in worker.said(1_000_000).splitlines()):
        assert time.monotonic() < deadline, stage.said()
        await asyncio.sleep(0.05)


async def end_without(remote: Remote, fault: Callable[[], AbstractContextManager[None]]) -> list[str]:
    """A job's training ends, a job is read and another deleted while the store cannot be had; then it can again."""
    stage, http = remote.stage, remote.stage.client.http
    kept, deleted = [await stage.learn(spec) for spec in (quick(seed()), quick(seed() + 1))]
    with fault():
        job_id = await stage.client.insist(quick(seed()))
        refused = asyncio.create_task(wait_refused(stage, job_id))
        answer = await http.get(f"/v1/jobs/{kept}/artifacts/model.keras")
        removal = await http.delete(f"/v1/jobs/{deleted}")
        await refused
        waiting = await stage.job(job_id)
    del stage.client.acknowledged[deleted]
    violations = await judge(stage, within_seconds=60, letters="LD")
    row = await stage.job(job_id)
    if (row.status, row.attempt) != ("succeeded", 1):
        violations.append(f"P: {job_id}: {row.status} in attempt {row.attempt}: {row.error_message}")
    if waiting.status != "running":
        violations.append(f"P: {job_id}: was {waiting.status} before its files were stored")
    if (answer.status_code, "Retry-After" in answer.headers) != (httpx.codes.SERVICE_UNAVAILABLE, True):
        violations.append(f"P: an artifact was answered {answer.status_code}: {answer.text[:200]}")
    if removal.status_code != httpx.codes.NO_CONTENT:
        violations.append(f"P: a deletion was answered {removal.status_code}: {removal.text}")
    await remote.wait_removed(deleted)
    violations += await remote.judge_artifacts(job_id) + await remote.judge_artifacts(kept)
    if not all(program.is_running for program in stage.programs):
        violations.append(f"P: a program has ended: {stage.said()}")
    return violations


async def test_a_service_stores_in_a_bucket(served: Remote) -> None:
    job_id = await served.stage.learn(quick(seed()))
    assert f"{PREFIX}/jobs/{job_id}/1/model.keras" in served.files(job_id)
    assert await served.judge_artifacts(job_id) == []
    assert (await served.stage.client.http.delete(f"/v1/jobs/{job_id}")).status_code == httpx.codes.NO_CONTENT
    del served.stage.client.acknowledged[job_id]
    await served.wait_removed(job_id)
    assert not (served.stage.home / "storage").exists()


@pytest.mark.row(33)
@pytest.mark.parametrize("fault", ["away", "refusing", pytest.param("silent", marks=pytest.mark.long)])
async def test_a_store_that_cannot_be_had(served: Remote, tally: Tally, fault: str) -> None:
    faults: dict[str, Any] = {"away": served.away, "silent": served.silent, "refusing": served.s3.refusing}
    tally.note(await end_without(served, faults[fault]))


@pytest.mark.row(33)
@pytest.mark.long
async def test_a_checkpoint_is_waited_for(served: Remote, tally: Tally) -> None:
    stage = served.stage
    spec = steady(seed())
    await stage.learn(spec)
    job_id = await stage.client.insist(spec)
    await stage.wait(job_id, lambda job: job.epoch >= 8)
    with served.away():
        stage.workers[-1].trainers()[0].kill()
        await wait_refused(stage, job_id, "a checkpoint cannot be read; trying again")
    violations = await judge(stage, letters="LDM")
    started = [attempt.from_epoch for attempt in await stage.attempts(job_id)]
    if len(started) != 2 or not started[1]:
        violations.append(f"P: {job_id}: its attempts began after epochs {started}")
    tally.note(violations)


@pytest.mark.row(33)
async def test_what_is_asked_while_a_job_waits_for_its_store(served: Remote, tally: Tally) -> None:
    stage = served.stage
    violations: list[str] = []
    with served.away():
        cancelled = await stage.client.insist(quick(seed()))
        await wait_refused(stage, cancelled)
        assert (await stage.client.ask(cancelled, "cancel")) == httpx.codes.OK
        if (row := await stage.wait_end(cancelled)).status != "cancelled":
            violations.append(f"P: {cancelled}: was to be cancelled and is {row.status}")
        handed_back = await stage.client.insist(quick(seed()))
        await wait_refused(stage, handed_back)
        worker = stage.workers[-1]
        await asyncio.to_thread(worker.end)
        if worker.process.returncode != 0:
            violations.append(f"P: the worker did not end by itself: {worker.said()}")
        row = await stage.job(handed_back)
        counted = await stage.scalar("SELECT attempts_counted FROM jobs WHERE id = :id", id=handed_back)
        if (row.status, counted) != ("queued", 0):
            violations.append(f"P: {handed_back}: is {row.status} with {counted} attempts")
    tally.note(violations)


@pytest.mark.row(33)
@pytest.mark.long
async def test_a_store_that_is_not_waited_for(remote: Remote, tally: Tally) -> None:
    await asyncio.gather(*(asyncio.to_thread(worker.end) for worker in remote.stage.workers))
    worker = await remote.stage.start_worker(rig=("--without", "patience"))
    tally.turned_red("waiting for the store", await end_without(remote, remote.away), letters="P")
    await asyncio.to_thread(worker.end)
