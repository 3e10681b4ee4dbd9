"""Workbenches: one on each kind of database, with a worker that the tests of a module share; or a fresh one."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import TEMPLATE
from tests.services.redis import RedisServer
from tests.worker.workbench import Workbench, WorkerProcess


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> AsyncIterator[Workbench]:
    """A workbench that the tests of a module share."""
    folder: Path = tmp_path_factory.mktemp("bench")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "netcoach.db")
        workbench = Workbench(folder, f"sqlite:///{folder}/netcoach.db", redis_server.url)
        try:
            yield workbench
        finally:
            await workbench.close()
    else:
        with request.getfixturevalue("postgres_server").fresh_database(TEMPLATE) as url:
            workbench = Workbench(folder, url, redis_server.url)
            try:
                yield workbench
            finally:
                await workbench.close()


@pytest.fixture(scope="module")
async def worker(bench: Workbench) -> WorkerProcess:
    """The worker that the tests of a module share, its trainer warm."""
    return await bench.start_worker(PROGRESS_TIMEOUT_SECONDS="12")


@pytest.fixture
async def fresh_bench(tmp_path: Path, sqlite_url: str, broker_url: str) -> AsyncIterator[Workbench]:
    """A workbench of the test's own."""
    workbench = Workbench(tmp_path, sqlite_url, broker_url)
    try:
        yield workbench
    finally:
        await workbench.close()
