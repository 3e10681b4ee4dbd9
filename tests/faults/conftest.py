"""Rows of the fault matrix: which of them run, what they report, and the servers that they may harm."""

import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.faults.ledger import Ledger, Tally
from tests.faults.servers import HardPostgres, HardRedis
from tests.faults.stage import Stage
from tests.services.servers import started

_LEDGER = pytest.StashKey[Ledger]()
_DEFAULT_SEED = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--all-faults", action="store_true", help="run the long rows too, and write docs/reliability.md")
    group.addoption("--row", type=int, help="run one row of the fault matrix")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LEDGER] = Ledger()
    config.addinivalue_line("markers", "row(number): a row of the fault matrix")
    config.addinivalue_line("markers", "long: too slow for the whole suite; `make faults` runs it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    only = config.getoption("row", None)
    is_all = config.getoption("all_faults", default=False)

    def is_wanted(item: pytest.Item) -> bool:
        if item.get_closest_marker("long") and not is_all:
            return False
        row = item.get_closest_marker("row")
        return only is None or (row is not None and row.args[0] == only)

    unwanted = [item for item in items if not is_wanted(item)]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if is_wanted(item)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    ledger = config.stash[_LEDGER]
    if ledger.tallies:
        terminalreporter.section(f"fault matrix, seed {seed()}")
        terminalreporter.write(ledger.table())
        if config.getoption("all_faults", default=False):
            ledger.write()


def seed() -> int:
    """What the rows' randomness comes from."""
    return int(os.environ.get("SEED") or _DEFAULT_SEED)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """The account of the test's row."""
    row = request.node.get_closest_marker("row")
    assert row is not None
    return request.config.stash[_LEDGER].tally(row.args[0])


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """The test's own randomness: the same for the same seed."""
    return random.Random(f"{seed()} {request.node.name}")  # noqa: S311 -- it has to be repeatable


@pytest.fixture(scope="session")
def hard_postgres() -> Iterator[HardPostgres]:
    """A PostgreSQL for the rows that harm one; they leave it running."""
    # What was acknowledged outlives its processes.
    with started(HardPostgres(synchronous_commit="on")) as server:
        yield server


@pytest.fixture(scope="session")
def hard_redis() -> Iterator[HardRedis]:
    """A Redis likewise."""
    with started(HardRedis()) as server:
        yield server


@pytest.fixture
async def stage(request: pytest.FixtureRequest, tmp_path: Path, hard_redis: HardRedis) -> AsyncIterator[Stage]:
    """An empty stage of the test's own, on PostgreSQL unless the test is parametrized with ``stage`` otherwise."""
    is_sqlite = getattr(request, "param", "postgresql") == "sqlite"
    postgres = None if is_sqlite else request.getfixturevalue("hard_postgres")
    async with open_stage(tmp_path, hard_redis, postgres) as opened:
        yield opened


@pytest.fixture(scope="module")
async def company(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    hard_redis: HardRedis,
    hard_postgres: HardPostgres,
) -> AsyncIterator[Stage]:
    """A stage that the tests of a module share: each leaves an API and one worker running, both warm and armed.

    The module's ``SETTINGS`` are the worker's.
    """
    async with open_stage(tmp_path_factory.mktemp("company"), hard_redis, hard_postgres) as opened:
        await opened.start_api(rig=opened.armed)
        await opened.start_worker(rig=opened.armed, **getattr(request.module, "SETTINGS", {}))
        yield opened


@asynccontextmanager
async def open_stage(folder: Path, redis: HardRedis, postgres: HardPostgres | None) -> AsyncIterator[Stage]:
    """A stage without programs; what runs on it at the end is ended."""
    redis.flush()
    opened = await Stage.open(folder, redis=redis, postgres=postgres)
    try:
        yield opened
    finally:
        await opened.close()
