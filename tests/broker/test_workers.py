"""Hints reach a real worker, again and again, whatever happens to the broker: its next poll is a minute away."""

import asyncio
import re
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import amqp
import pytest
import redis

from spec.states import JobStatus
from tests.faults.proxy import Proxy
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer
from tests.worker.workbench import Workbench, WorkerProcess


class Branch:
    """A worker that reaches its broker through a proxy, and a publisher that needs none."""

    def __init__(self, bench: Workbench, worker: WorkerProcess, proxy: Proxy) -> None:
        self.bench = bench
        self.worker = worker
        self.proxy = proxy

    async def answer_seconds(self) -> float:
        """How long after its hint a job was claimed; it has ended."""
        job_id = await self.bench.submit(epochs=1)
        published_at = time.monotonic()
        await self.bench.wait(job_id, lambda job: job.attempt > 0)
        took_seconds = time.monotonic() - published_at
        await self.bench.wait_end(job_id)
        return took_seconds

    async def wait_log(self, pattern: str, since: int) -> None:
        """Return when the worker has said this after ``since`` characters."""
        deadline = time.monotonic() + 30
        while not re.search(pattern, self.worker.log.read_text(errors="replace")[since:]):
            assert time.monotonic() < deadline, self.bench.logs()
            await asyncio.sleep(0.1)

    @property
    def said(self) -> int:
        """How many characters the worker has said."""
        return len(self.worker.log.read_text(errors="replace"))


@pytest.fixture(scope="module")
async def branch(
    server: RedisServer | RabbitServer, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> AsyncIterator[Branch]:
    folder = tmp_path_factory.mktemp("branch")
    shutil.copyfile(sqlite_template, folder / "netcoach.db")
    bench = Workbench(folder, f"sqlite:///{folder}/netcoach.db", server.url)
    with Proxy(server.address) as proxy:
        try:
            worker = await bench.start_worker(
                BROKER_URL=server.url_by(proxy.port), POLL_SECONDS="60", RECONCILE_SECONDS="60"
            )
            yield Branch(bench, worker, proxy)
        finally:
            await bench.close()


async def test_a_hint_reaches_an_idle_worker_at_once(branch: Branch) -> None:
    await branch.answer_seconds()  # the first may come before the worker listens
    assert await branch.answer_seconds() < 10


async def test_hints_arrive_after_every_restart_of_the_broker(
    branch: Branch, server: RedisServer | RabbitServer
) -> None:
    for _ in range(3 if isinstance(server, RedisServer) else 1):
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        unheard = await branch.bench.submit(is_published=False)
        await asyncio.to_thread(server.start)
        assert await branch.answer_seconds() < 40
        # One hint is as good as another: it wakes the slot, which takes the older job and then the newer one.
        assert (await branch.bench.job(unheard)).status is JobStatus.SUCCEEDED


async def test_a_broker_that_refuses_a_worker_does_not_end_it(
    branch: Branch, server: RedisServer | RabbitServer
) -> None:
    begun = branch.said
    branch.proxy.is_refusing = True
    branch.proxy.cut()
    if isinstance(server, RedisServer):
        with redis.Redis(unix_socket_path=str(server.socket_path)) as client:
            client.config_set("maxmemory", "1")
            branch.proxy.is_refusing = False
            await branch.wait_log("OutOfMemoryError", begun)
            client.config_set("maxmemory", "0")
    else:
        with amqp.Connection(f"{server.address[0]}:{server.address[1]}") as connection, connection.channel() as channel:
            channel.queue_delete("jobs.any")
            channel.queue_declare("jobs.any", durable=True, auto_delete=False)
            branch.proxy.is_refusing = False
            await branch.wait_log("PRECONDITION_FAILED.*'x-queue-type'", begun)
            channel.queue_delete("jobs.any")
    assert await branch.answer_seconds() < 40


async def test_hints_arrive_again_after_a_connection_died_unheard(branch: Branch) -> None:
    await branch.answer_seconds()
    branch.proxy.swallow()
    # Redis gives a hint of the next second to the dead connection, which still waits there; a poll makes up for that.
    await asyncio.sleep(1.5)
    assert await branch.answer_seconds() < 50
